//! Asking: one question, as often as the terms allow.

use std::time::{Duration, Instant};

use super::connection::{Connection, Failure};
use super::plan::{Plan, Protocol, Question};
use super::verdict::{self, Judged};
use super::{Row, Terms, Verdict, http, postgres, redis};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// What a server says, in its own protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Over HTTP.
    Http(http::Reply),
    /// Of Redis.
    Redis(redis::Reply),
    /// Of PostgreSQL.
    Postgres(postgres::Reply),
}

/// Asks until the answer is right or the time for that is over, and says what came of it.
pub fn row(plan: &Plan, question: &Question, terms: &Terms) -> Row {
    let until = Instant::now() + terms.wait;
    let mut tries = 0;
    loop {
        let began = Instant::now();
        let reply = once(question, began + terms.timeout);
        let took = began.elapsed();
        tries += 1;
        let judged = verdict::of(question, &reply, took, terms);
        if judged.verdict == Verdict::Met || Instant::now() + PAUSE >= until {
            return as_row(plan, question, judged, took, tries);
        }
        std::thread::sleep(PAUSE);
    }
}

fn once(question: &Question, deadline: Instant) -> Result<Reply, Failure> {
    let mut connection = Connection::open(&question.place.addresses, deadline)?;
    match &question.protocol {
        Protocol::Http(get) => http::get(&mut connection, get).map(Reply::Http),
        Protocol::Redis => redis::ping(&mut connection).map(Reply::Redis),
        Protocol::Postgres { user } => postgres::hello(&mut connection, user).map(Reply::Postgres),
    }
}

fn as_row(plan: &Plan, question: &Question, judged: Judged, took: Duration, tries: u32) -> Row {
    Row {
        service: plan.service.clone(),
        health_check: plan.health_check.clone(),
        asked: Some(question.shown()),
        verdict: judged.verdict,
        answer: judged.answer,
        status: judged.status,
        milliseconds: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        tries,
        reason: judged.reason,
        note: judged.note,
        help: judged.help,
    }
}

/// The row of a service that is not asked; `None` if it is.
pub fn not_asked(plan: &Plan) -> Option<Row> {
    let why = plan.question.as_ref().err()?;
    Some(Row {
        service: plan.service.clone(),
        health_check: plan.health_check.clone(),
        asked: None,
        verdict: Verdict::NotAsked,
        answer: None,
        status: None,
        milliseconds: None,
        tries: 0,
        reason: Some(why.reason.clone()),
        note: None,
        help: Some(why.help.clone()),
    })
}
