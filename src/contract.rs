//! Contract: what a running project answers to what its health checks ask.
//!
//! 1. [`project`] says which Compose files are meant; [`crate::scan::containers`] resolves them.
//! 2. [`plan`] finds out for each service what its health check asks, and at which published port of this machine that
//!    can be asked; what cannot be asked keeps its reason.
//! 3. Each question is asked on a thread of its own, in its own protocol ([`http`], [`redis`], [`postgres`]) over a
//!    [`connection`] that ends at a deadline, and the answer is held against the [`Terms`].
//!
//! The only module that uses a network. It sends no secrets, follows no redirects, and asks nobody but the ports that
//! the project publishes on this machine, unless the user names another.

mod ask;
mod connection;
mod http;
pub mod plan;
mod postgres;
pub mod project;
mod published;
mod redis;
mod verdict;

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::container::Container;
use plan::{Plan, Question};
pub use verdict::seconds;

/// How many questions are open at a time.
const AT_ONCE: usize = 64;

/// What the services are expected to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// HTTP status 200, `PONG`, connections accepted.
    #[default]
    Healthy,
    /// HTTP status 503. Databases have no answer that says so, and are not asked.
    Unhealthy,
}

impl Expect {
    /// The HTTP status that the contract demands.
    pub fn status(self) -> u16 {
        match self {
            Expect::Healthy => 200,
            Expect::Unhealthy => 503,
        }
    }
}

/// What an answer is held against.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What is to be said.
    pub expect: Expect,
    /// In less than this.
    pub within: Duration,
    /// When one try is given up.
    pub timeout: Duration,
    /// For how long a question is asked again until the answer is right.
    pub wait: Duration,
}

/// The host that the user names instead of this machine.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// As the user wrote it.
    pub name: String,
    /// What it resolves to.
    pub addresses: Vec<IpAddr>,
}

/// What came of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The answer is right, and in time.
    Met,
    /// It is not.
    Violated,
    /// It was not asked; the reason says why.
    NotAsked,
}

/// One question and what came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The service.
    pub service: String,
    /// What its health check asks, in short.
    pub health_check: Option<String>,
    /// What was asked: `GET http://127.0.0.1:3000/health`.
    pub asked: Option<String>,
    /// What came of it.
    pub verdict: Verdict,
    /// The answer in short: `200 OK`, `PONG`.
    pub answer: Option<String>,
    /// The HTTP status, if there is one.
    pub status: Option<u16>,
    /// How long the last try took, to the end of the answer or to where it was given up.
    pub milliseconds: Option<u64>,
    /// How often it was asked.
    pub tries: u32,
    /// What is wrong, or why it was not asked.
    pub reason: Option<String>,
    /// What else is to be known of the answer.
    pub note: Option<String>,
    /// The next step.
    pub help: Option<String>,
}

/// What came of a project.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Every service, in the order of the files.
    pub rows: Vec<Row>,
    /// What the answers were held against.
    pub terms: Terms,
    /// Whether something stood in the way: a file that cannot be read, a named service that was not asked.
    pub failed: bool,
}

impl Outcome {
    /// How many rows have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// How many questions were asked.
    pub fn asked(&self) -> usize {
        self.rows.len() - self.count(Verdict::NotAsked)
    }

    /// 1 if the contract is violated, else 2 if something stood in the way or nothing was asked, else 0.
    pub fn exit_code(&self) -> u8 {
        match () {
            () if self.count(Verdict::Violated) > 0 => 1,
            () if self.failed || self.asked() == 0 => 2,
            () => 0,
        }
    }
}

/// Asks the services of these containers, all at once.
pub fn examine<'c>(
    containers: impl Iterator<Item = &'c Container>,
    elsewhere: Option<&Elsewhere>,
    terms: &Terms,
) -> Outcome {
    let plans: Vec<Plan> = containers.flat_map(|container| plan::of(container, elsewhere, terms.expect)).collect();
    let questions: Vec<(usize, &Question)> =
        plans.iter().enumerate().filter_map(|(at, plan)| Some((at, plan.question.as_ref().ok()?))).collect();
    let answered = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((at, question)) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = ask::row(&plans[*at], question, terms);
            answered.lock().unwrap_or_else(PoisonError::into_inner).push((*at, row));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..questions.len().min(AT_ONCE) {
            // Where no more threads are to be had, those that are there take longer.
            if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut rows = answered.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.extend(plans.iter().enumerate().filter_map(|(at, plan)| Some((at, ask::not_asked(plan)?))));
    rows.sort_by_key(|(at, _)| *at);
    Outcome { rows: rows.into_iter().map(|(_, row)| row).collect(), terms: terms.clone(), failed: false }
}
