//! Probe: what a health check asks, of whom, and whether it can notice that something is wrong.
//!
//! 1. The command line is read: as it stands in exec form, by [`crate::shell`] in shell form; `sh -c` inside of either
//!    is followed.
//! 2. Each simple command of a program that is known to ask something (curl, `redis-cli`, `node -e` ...) becomes a
//!    [`Check`]; what only judges the answer (`grep`, `test`) does not. If nothing asks, the weak commands are the
//!    checks: `true`, `pgrep`, `test -f`.
//! 3. The exit statuses are combined, which tells whether the probe can fail at all.
//!
//! Nothing here knows the image or the environment: a variable stays a [`Given::Variable`], and whether a program
//! exists is for others to say.

mod address;
mod code;
mod describe;
mod given;
mod http;
pub(super) mod launch;
mod reader;
mod services;
mod status;
#[cfg(test)]
mod tests;
mod url;
mod weak;

pub use address::{Address, Http, Scheme};
pub use describe::{describe, describe_address};
pub use given::Given;
pub use weak::Weakness;

use crate::source::{Span, Spanned, Text};
use reader::Reader;

/// What a health check does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What is asked, in the order of the text. Empty if nothing is (`exit 1`, an empty command).
    pub checks: Vec<Check>,
    /// Whether its exit status can be other than 0: not so with `|| true`, `; exit 0`, or a pipe into `cat`. `true`
    /// where that is not certain.
    pub can_fail: bool,
    /// Whether it needs a shell: `/bin/sh` for shell form, the one it names for `["sh", "-c", ...]`.
    pub needs_shell: bool,
    /// The programs that are run, as written (`curl`, `/usr/bin/curl`), in order and as often as they are named; no
    /// builtins, and not the `/bin/sh` of shell form.
    pub programs: Vec<Spanned<String>>,
    /// Words of exec form that only a shell would act on: `$PORT`, `||`, `>`. They reach the program as they are.
    pub unexpanded: Vec<Spanned<String>>,
    /// Why there may be more to it than `checks` has: a program in a variable, a text that is malformed or too deep.
    pub incomplete: Option<String>,
}

/// One command that asks something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The program's file name: `curl`, `node`, `redis-cli`; `bash` for `/dev/tcp`, which only bash has.
    pub tool: String,
    /// What it asks.
    pub target: Target,
    /// Whether an answer that reports an error makes it fail: an HTTP status of 400 and up, `NOAUTH`, access denied.
    /// `None` if there is no such answer, or what becomes of it is not known.
    pub fails_on_error_status: Option<bool>,
    /// Whether a password stands among its arguments, where `ps` shows it.
    pub shows_password: bool,
    /// The command; inside `sh -c`, the command that starts it.
    pub place: Span,
}

/// What a check asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A resource over HTTP.
    Http(Http),
    /// Whether a port takes connections.
    Tcp(Address),
    /// A Redis or Valkey server.
    Redis {
        /// Where it is.
        address: Address,
        /// What it is told, in lower case: `ping`.
        command: Option<String>,
    },
    /// A PostgreSQL server.
    Postgres(Address),
    /// A MySQL or MariaDB server.
    Mysql(Address),
    /// A MongoDB server.
    Mongo(Address),
    /// A RabbitMQ node.
    Rabbitmq,
    /// A Kafka broker.
    Kafka(Address),
    /// A service that speaks the gRPC health protocol.
    Grpc(Address),
    /// Something of the project's own.
    Custom {
        /// The subcommand, flag or script that it is given: `healthcheck`, `--health`, `health.js`.
        asks: Option<String>,
    },
    /// Nothing that the service has to answer.
    Trivial(Weakness),
}

impl Target {
    /// The address that is asked, if there is one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Target::Http(http) => Some(&http.address),
            Target::Redis { address, .. }
            | Target::Tcp(address)
            | Target::Postgres(address)
            | Target::Mysql(address)
            | Target::Mongo(address)
            | Target::Kafka(address)
            | Target::Grpc(address) => Some(address),
            Target::Rabbitmq | Target::Custom { .. } | Target::Trivial(_) => None,
        }
    }

    /// The port that is asked, that of the protocol if none is written; `None` without a port or over a socket file.
    pub fn port(&self) -> Option<&Given<u16>> {
        self.address().filter(|address| address.socket.is_none()).map(|address| &address.port)
    }
}

/// Reads exec form, `["CMD", ...]` without the `CMD`: no shell, so nothing is expanded.
pub fn of_exec(argv: &[Spanned<String>]) -> Probe {
    let place = |range: std::ops::Range<usize>| match (argv.get(range.start), argv[..range.end].last()) {
        (Some(first), Some(last)) if first.span.source == last.span.source => Some(first.span.to(last.span)),
        (first, _) => first.map(|word| word.span),
    };
    Reader::new(&place).exec(argv)
}

/// Reads shell form: text that `/bin/sh -c` gets.
pub fn of_shell(text: &Text) -> Probe {
    let place = |range| Some(text.span(range));
    Reader::new(&place).shell(&text.value)
}
