//! Verdicts: an answer held against the contract.
//!
//! Of HTTP, the status counts and nothing else: a redirect is no 200, and what the body says is no matter. A Redis that
//! demands a password and a PostgreSQL that will not serve this user answer all the same; neither is told a secret.

use std::time::Duration;

use super::ask::Reply;
use super::connection::Failure;
use super::plan::{Protocol, Question};
use super::{Expect, Terms, Verdict, http, postgres, redis};
use crate::report::redact::redact;

/// How much of an answer is quoted, in bytes.
const EXCERPT: usize = 120;

/// An answer, judged.
#[derive(Debug)]
pub struct Judged {
    /// Met or violated.
    pub verdict: Verdict,
    /// The answer in short.
    pub answer: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What is wrong.
    pub reason: Option<String>,
    /// What else is to be known.
    pub note: Option<String>,
    /// The next step.
    pub help: Option<String>,
}

/// What a reply says before time is looked at.
struct Said {
    answer: String,
    status: Option<u16>,
    /// What is wrong with it, and the next step.
    wrong: Option<(String, String)>,
    note: Option<String>,
}

/// Judges what came back, or did not.
pub fn of(question: &Question, reply: &Result<Reply, Failure>, took: Duration, terms: &Terms) -> Judged {
    let said = match reply {
        Ok(Reply::Http(reply)) => said_by_http(reply, terms.expect),
        Ok(Reply::Redis(reply)) => said_by_redis(reply),
        Ok(Reply::Postgres(reply)) => said_by_postgres(reply),
        Err(failure) => {
            let (reason, help) = of_failure(failure, &question.protocol, terms);
            return judged(Verdict::Violated, None, Some((reason, help)));
        }
    };
    let late = (took >= terms.within).then(|| {
        let reason = format!("answered after {}, not in under {}", seconds(took), seconds(terms.within));
        (reason, "let the check look at less, or let it use what is cached".to_string())
    });
    let wrong = match (said.wrong.clone(), late) {
        (Some((what, help)), Some((late, _))) => Some((format!("{what}; {late}"), help)),
        (wrong, late) => wrong.or(late),
    };
    let verdict = if wrong.is_some() { Verdict::Violated } else { Verdict::Met };
    judged(verdict, Some(said), wrong)
}

fn judged(verdict: Verdict, said: Option<Said>, wrong: Option<(String, String)>) -> Judged {
    let (reason, help) = wrong.unzip();
    let (answer, status, note) = match said {
        Some(said) => (Some(said.answer), said.status, said.note),
        None => (None, None, None),
    };
    Judged { verdict, answer, status, reason, note, help }
}

fn said_by_http(reply: &http::Reply, expect: Expect) -> Said {
    let (status, wanted) = (reply.status, expect.status());
    let wrong = (status != wanted).then(|| {
        let help = match (expect, status) {
            (Expect::Healthy, 503) => "the service says that it is unhealthy: see its log, and what it depends on",
            (Expect::Healthy, 300..=399) => "a redirect is not followed: let the health check ask where it leads",
            (Expect::Healthy, 401 | 403) => "let the health endpoint answer without a login",
            (Expect::Healthy, 404) => "let the service have the path that its health check asks",
            (Expect::Unhealthy, 200) => "let the endpoint look at what the service depends on, and answer 503",
            _ => "let the endpoint answer 200 when it is healthy and 503 when it is not",
        };
        (format!("answered {status}, not {wanted}"), help.to_string())
    });
    let quote = excerpt(&reply.body).filter(|_| wrong.is_some());
    let note = quote.map(|quote| format!("the answer begins `{quote}`"));
    Said { answer: excerpt(reply.line.as_bytes()).unwrap_or_default(), status: Some(status), wrong, note }
}

fn said_by_redis(reply: &redis::Reply) -> Said {
    let said = |answer: &str, note: Option<&str>| Said {
        answer: answer.to_string(),
        status: None,
        wrong: None,
        note: note.map(str::to_string),
    };
    match reply {
        redis::Reply::Pong => said("PONG", None),
        redis::Reply::Locked => {
            said("asks for a password", Some("none is sent: it answers, and what it would say behind it is not seen"))
        }
        redis::Reply::Error(error) => {
            let code = error.split(' ').next().unwrap_or_default();
            let help = match code {
                "LOADING" => "wait until it has read its data: `--wait 30s`",
                "DENIED" => "it takes no connections from outside its container: set a password or `protected-mode no`",
                _ => "see its log",
            };
            let quote = excerpt(error.as_bytes()).unwrap_or_default();
            let wrong = (format!("answered PING with the error `{quote}`"), help.to_string());
            Said { wrong: Some(wrong), ..said(&excerpt(code.as_bytes()).unwrap_or_default(), None) }
        }
    }
}

fn said_by_postgres(reply: &postgres::Reply) -> Said {
    let said = |answer: String| Said { answer, status: None, wrong: None, note: None };
    match reply {
        postgres::Reply::Accepts => said("accepts connections".to_string()),
        postgres::Reply::Declines(code, message) => {
            let quote = excerpt(format!("{code}: {message}").as_bytes()).unwrap_or_default();
            let note = format!("it serves, but not this user without a password: `{quote}`");
            Said { note: Some(note), ..said("accepts connections".to_string()) }
        }
        postgres::Reply::Starting(message) => {
            let quote = excerpt(message.as_bytes()).unwrap_or_default();
            let wrong = (format!("accepts no connections: `{quote}`"), "wait until it does: `--wait 30s`".to_string());
            Said { wrong: Some(wrong), ..said("rejects connections".to_string()) }
        }
    }
}

/// What is wrong where there is no answer, and the next step.
fn of_failure(failure: &Failure, protocol: &Protocol, terms: &Terms) -> (String, String) {
    let name = match protocol {
        Protocol::Http(_) => "HTTP",
        Protocol::Redis => "Redis",
        Protocol::Postgres { .. } => "PostgreSQL",
    };
    let timeout = seconds(terms.timeout);
    let log = "see the log of the service";
    let (reason, help) = match failure {
        Failure::Refused => (
            "nothing listens there".to_string(),
            "see that the project is up: `docker compose ps`; `--wait 60s` waits for it",
        ),
        Failure::Unreachable(why) => (format!("cannot be reached: {why}"), "see that the address is right"),
        Failure::NoConnection => (
            format!("nobody took the connection within {timeout}"),
            "see that the project is up, and no firewall is between",
        ),
        Failure::NoAnswer => (format!("gave no whole answer within {timeout}"), log),
        Failure::Closed => (
            "closed the connection without an answer".to_string(),
            "see that the process listens on 0.0.0.0, and its log",
        ),
        Failure::Unfinished(line) => (format!("began to answer `{line}` and did not end within {timeout}"), log),
        Failure::BrokenOff(line) => (format!("began to answer `{line}` and broke off"), log),
        Failure::TooLong(limit) => (format!("the answer is too long: {limit}"), log),
        Failure::Foreign(bytes) => {
            let quote = excerpt(bytes).map(|quote| format!(": it begins `{quote}`")).unwrap_or_default();
            (format!("the answer is not {name}{quote}"), "see that the published port is the one that the check asks")
        }
    };
    (reason, help.to_string())
}

/// The beginning of what a server says, on one line; `None` if there is nothing to see.
fn excerpt(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT)]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let more = if bytes.len() > EXCERPT { "…" } else { "" };
    (!text.is_empty()).then(|| format!("{}{more}", redact(&crate::terminal::clean(&text))))
}

/// `1 s`, `1.5 s`, `250 ms`.
pub fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        milliseconds if milliseconds % 1000 == 0 => format!("{} s", milliseconds / 1000),
        _ => format!("{:.2} s", duration.as_secs_f64()),
    }
}
