//! Client: questions to one repository of one registry, with redirects, retries and limits.
//!
//! Nothing is sent but `GET`, so that asking again is harmless; the one exception is the exchange of an identity token
//! (`token`). What a login gives is sent to the registry that asked for it, and to no other server.

use std::io::Read;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Body};

use super::Options;
use super::address::Address;
use super::credentials::Found;
use super::failure::{Again, Failure, quoted, status_line};
use super::secret::Secret;
use super::token::Authorization;
use super::{agent, token};
use crate::image::ImageError;

/// More redirects than that are a loop.
const REDIRECTS: usize = 5;

/// How often a question is asked at most.
const ATTEMPTS: u32 = 3;

/// A longer pause than that is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How much of the body of an error is read.
const ERROR_LIMIT: u64 = 16 << 10;

/// How many of the latest questions an error lists.
const MOST_SHOWN: usize = 8;

/// One repository of a registry.
pub(super) struct Client {
    direct: OnceLock<Agent>,
    proxied: OnceLock<Agent>,
    /// The root of the registry.
    pub base: Address,
    /// As references call the registry.
    pub domain: String,
    /// The repository in it.
    pub repository: String,
    pub(super) options: Options,
    pub(super) found: OnceLock<Found>,
    pub(super) authorization: Mutex<Option<Authorization>>,
    pub(super) secrets: Mutex<Vec<Secret>>,
    tried: Mutex<Vec<String>>,
}

/// The head of an answer, its body to be read.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// Who answered, after redirects.
    pub from: Address,
}

/// A body that was read to its end.
pub(super) struct Fetched {
    pub bytes: Vec<u8>,
    pub headers: HeaderMap,
}

/// What is asked.
pub(super) struct Question<'q> {
    pub address: &'q Address,
    pub accept: Option<&'q str>,
    pub authorization: Option<&'q Secret>,
    /// When it has to be over.
    pub until: Instant,
}

impl Client {
    /// Asks nobody yet.
    pub(super) fn new(base: Address, domain: &str, repository: &str, options: &Options) -> Client {
        Client {
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
            base,
            domain: domain.to_string(),
            repository: repository.to_string(),
            options: options.clone(),
            found: OnceLock::new(),
            authorization: Mutex::new(None),
            secrets: Mutex::new(Vec::new()),
            tried: Mutex::new(Vec::new()),
        }
    }

    /// The same, knowing what was asked elsewhere before.
    pub(super) fn after(self, tried: Vec<String>) -> Client {
        locked(&self.tried).extend(tried);
        self
    }

    /// Reads what lies at a path, at most `limit` bytes.
    pub(super) fn fetch(
        &self,
        path: &str,
        accept: Option<&str>,
        limit: usize,
        until: Instant,
    ) -> Result<Fetched, Failure> {
        self.repeated(until, || {
            let answer = self.ask(path, accept, until)?;
            let headers = answer.headers.clone();
            Ok(Fetched { bytes: self.body(answer, limit)?, headers })
        })
    }

    /// Opens what lies at a path; only the head of the answer has come then.
    pub(super) fn open(&self, path: &str, until: Instant) -> Result<Answer, Failure> {
        self.repeated(until, || self.ask(path, None, until))
    }

    /// Asks until there is an answer, or none to be expected.
    fn repeated<T>(&self, until: Instant, ask: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
        let mut pause = self.options.timeouts.pause;
        let mut attempt = 1;
        loop {
            let failure = match ask() {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::No => return Err(failure),
                Again::Soon => pause,
                Again::After(wait) => wait,
            };
            let left = until.saturating_duration_since(Instant::now());
            if attempt == ATTEMPTS || wait > LONGEST_PAUSE || wait >= left {
                return Err(failure);
            }
            thread::sleep(wait);
            pause *= 4;
            attempt += 1;
        }
    }

    /// One question, with the login if the registry demands one; an answer other than 200 is a failure.
    fn ask(&self, path: &str, accept: Option<&str>, until: Instant) -> Result<Answer, Failure> {
        let address = self.base.at(path);
        let known = self.known_authorization();
        let ask = |authorization: Option<&Authorization>| {
            let authorization = authorization.map(Authorization::header);
            self.follow(&Question { address: &address, accept, authorization, until })
        };
        let mut answer = ask(known.as_ref())?;
        let demanded = answer.status == StatusCode::UNAUTHORIZED && answer.from.same_server(&self.base);
        if demanded && let Some(fresh) = token::authorize(self, &answer.headers, known.as_ref(), until)? {
            answer = ask(Some(&fresh))?;
        }
        if answer.status == StatusCode::OK {
            return Ok(answer);
        }
        Err(self.refusal(answer))
    }

    /// Asks, and goes where the answers lead. `Authorization` stays with the server that it is for.
    pub(super) fn follow(&self, question: &Question) -> Result<Answer, Failure> {
        let mut address = question.address.clone();
        let mut authorization = question.authorization;
        for _ in 0..=REDIRECTS {
            let answer = self.send(&Question { address: &address, authorization, ..*question })?;
            if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let location = answer.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| address.join(location)).ok_or_else(|| {
                Failure::new(format!("{address} leads to nowhere"), "check that a registry answers at this address")
            })?;
            self.may_lead(&address, &next)?;
            if !next.same_server(&address) {
                authorization = None;
            }
            address = next;
        }
        Err(Failure::new(
            format!("{} leads from one address to the next, more than {REDIRECTS} times", question.address),
            "check that a registry answers at this address",
        ))
    }

    /// Whether an answer may send us there: never out of HTTPS, never in clear to another machine, never from another
    /// machine to this one.
    pub(super) fn may_lead(&self, from: &Address, to: &Address) -> Result<(), Failure> {
        let why = if from.is_secure() && !to.is_secure() {
            "leaves HTTPS"
        } else if !self.may_ask(to) {
            "is plain HTTP to another machine"
        } else if to.is_loopback() && !from.is_loopback() {
            "leads to this machine"
        } else {
            return Ok(());
        };
        Err(Failure::new(
            format!("{from} leads to {to}, which {why}"),
            "check that a registry answers at this address, and how it is configured",
        ))
    }

    /// Whether this address may be asked at all: over HTTPS, or in clear on this machine, or in clear because the user
    /// said so of this registry.
    pub(super) fn may_ask(&self, address: &Address) -> bool {
        address.is_secure() || address.is_loopback() || (self.options.plain_http && address.same_host(&self.base))
    }

    /// One request, one answer, whatever its status.
    fn send(&self, question: &Question) -> Result<Answer, Failure> {
        let left = self.left(question.until)?;
        let agent = self.agent(question.address);
        let mut request = agent.get(question.address.url()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(accept) = question.accept {
            request = request.header(header::ACCEPT, accept);
        }
        if let Some(authorization) = question.authorization {
            request = request.header(header::AUTHORIZATION, authorization.expose());
        }
        let sent = request.config().timeout_global(Some(left)).build().call();
        self.answered("GET", question.address, sent)
    }

    /// Posts a form, once, following nothing.
    pub(super) fn post(&self, address: &Address, form: &Secret, until: Instant) -> Result<Answer, Failure> {
        let left = self.left(until)?;
        let request = self.agent(address).post(address.url()).content_type("application/x-www-form-urlencoded");
        let sent = request.config().timeout_global(Some(left)).build().send(form.expose());
        self.answered("POST", address, sent)
    }

    fn answered(
        &self,
        method: &str,
        address: &Address,
        sent: Result<ureq::http::Response<Body>, ureq::Error>,
    ) -> Result<Answer, Failure> {
        match sent {
            Ok(response) => {
                let (head, body) = response.into_parts();
                self.note(format!("{method} {address}: {}", head.status.as_u16()));
                Ok(Answer { status: head.status, headers: head.headers, body, from: address.clone() })
            }
            Err(error) => {
                let failure = Failure::transport(error);
                self.note(format!("{method} {address}: {}", failure.what));
                Err(failure)
            }
        }
    }

    /// Proxies are not for this machine.
    fn agent(&self, address: &Address) -> &Agent {
        let proxied = !address.is_loopback();
        let agent = if proxied { &self.proxied } else { &self.direct };
        agent.get_or_init(|| agent::agent(&self.options, &self.domain, proxied))
    }

    fn left(&self, until: Instant) -> Result<Duration, Failure> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::new("the registry takes too long", "try again, or check the network"));
        }
        Ok(left)
    }

    /// Reads a body of at most `limit` bytes.
    pub(super) fn body(&self, answer: Answer, limit: usize) -> Result<Vec<u8>, Failure> {
        let too_long = || {
            Failure::new(
                format!("{} answers more than {limit} bytes, which is all it should have", answer.from),
                "check that a registry answers at this address",
            )
        };
        let limit = limit as u64;
        if answer.body.content_length().is_some_and(|length| length > limit) {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        let read = answer.body.into_reader().take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| {
            let failure = Failure::io(&error);
            Failure { other_protocol: false, ..failure }
        })?;
        if bytes.len() as u64 > limit {
            return Err(too_long());
        }
        Ok(bytes)
    }

    /// The failure that an answer other than 200 is.
    pub(super) fn refusal(&self, answer: Answer) -> Failure {
        let Answer { status, headers, body, from } = answer;
        let mut said = Vec::new();
        let _ = body.into_reader().take(ERROR_LIMIT).read_to_end(&mut said);
        let line = status_line(status, &said, &|text| self.redacted(text));
        let retry_after = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let seconds = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let again = match status.as_u16() {
            429 | 503 => seconds.map_or(Again::Soon, Again::After),
            500 | 502 | 504 => Again::Soon,
            _ => Again::No,
        };
        let help = match status.as_u16() {
            401 => self.login_help(),
            403 => format!("ask for the right to pull `{}`, or log in as somebody who has it", self.repository),
            404 => "check the spelling of registry, repository and tag".to_string(),
            429 => {
                let wait =
                    retry_after.map(|wait| format!("wait as long as it asks for (Retry-After: {})", quoted(wait)));
                format!("{}, or log in: many registries allow more then", wait.unwrap_or("wait".to_string()))
            }
            500..=599 => "try again later, or ask those who run the registry".to_string(),
            _ => "check that a registry answers at this address".to_string(),
        };
        let other_protocol = status == StatusCode::BAD_REQUEST;
        let who = if from.same_server(&self.base) { "the registry".to_string() } else { from.to_string() };
        let absent = status == StatusCode::NOT_FOUND;
        Failure { again, other_protocol, absent, ..Failure::new(format!("{who} answers {line}"), help) }
    }

    fn known_authorization(&self) -> Option<Authorization> {
        locked(&self.authorization).clone()
    }

    fn note(&self, line: String) {
        locked(&self.tried).push(line);
    }

    /// The error that a failure is to the user: what was asked, of whom, and what came of it.
    pub(super) fn error(&self, what: &str, failure: Failure) -> ImageError {
        let mut asked: Vec<(String, usize)> = Vec::new();
        for line in self.tried() {
            match asked.last_mut() {
                Some((last, times)) if *last == line => *times += 1,
                _ => asked.push((line, 1)),
            }
        }
        let skipped = asked.len().saturating_sub(MOST_SHOWN);
        let lines = asked.into_iter().skip(skipped).map(|(line, times)| match times {
            1 => line,
            _ => format!("{line} ({times} times)"),
        });
        let lines = lines.collect::<Vec<_>>().join(", ");
        let asked = if lines.is_empty() { String::new() } else { format!("; asked: {lines}") };
        let text = format!("{what} cannot be read from its registry: {}{asked}", failure.what);
        ImageError::new(self.redacted(&text), self.redacted(&failure.help))
    }

    /// Everything that was asked so far and what came of it, without anything secret.
    pub(super) fn tried(&self) -> Vec<String> {
        locked(&self.tried).iter().map(|line| self.redacted(line)).collect()
    }

    /// The text without anything that proves who the user is.
    pub(super) fn redacted(&self, text: &str) -> String {
        locked(&self.secrets).iter().fold(text.to_string(), |text, secret| secret.redact(&text))
    }
}

/// What a lock guards; a thread that panicked has left it whole.
pub(super) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
