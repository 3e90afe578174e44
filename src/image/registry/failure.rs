//! Failure: why an answer of a registry is none, whether asking again may help, and what the user can do.

use std::io;
use std::time::Duration;

use serde::Deserialize;

use crate::terminal::clean;

/// Why a request came to nothing.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What is wrong.
    pub what: String,
    /// The next step.
    pub help: String,
    /// Whether it is worth asking again.
    pub again: Again,
    /// Whether the server does not speak what it was asked in: HTTP to a server of HTTPS.
    pub other_protocol: bool,
    /// Whether the registry says that it does not have what was asked for.
    pub absent: bool,
}

/// Whether it is worth asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would answer the same.
    No,
    /// After a pause of our choice.
    Soon,
    /// After the pause that the server asks for.
    After(Duration),
}

impl Failure {
    /// A failure that stays one.
    pub(super) fn new(what: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure { what: what.into(), help: help.into(), again: Again::No, other_protocol: false, absent: false }
    }

    /// What the transport met.
    pub(super) fn transport(error: ureq::Error) -> Failure {
        use ureq::Error;
        match error {
            Error::Io(error) => Failure::io(&error),
            Error::Timeout(ureq::Timeout::PerRead) => {
                Failure::new("the answer stalls", "try again, or check the network and the proxy between")
            }
            Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => Failure::new(
                "it cannot be reached in time",
                "check the name of the registry, the network and the proxy",
            ),
            Error::Timeout(_) => {
                Failure::new("the answer takes too long", "try again, or check the network and the proxy between")
            }
            Error::HostNotFound => {
                Failure::new("no such host is known", "check the spelling of the registry and the network")
            }
            Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => Failure {
                other_protocol: true,
                ..Failure::new("what it answers is not HTTP", "check that a registry answers at this address")
            },
            Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
                Failure::new("the proxy refuses", "check HTTPS_PROXY and NO_PROXY")
            }
            Error::Rustls(error) => Failure::tls(&error.to_string()),
            Error::Tls(error) => Failure::tls(error),
            Error::TlsRequired => Failure::tls("no TLS"),
            other => Failure::new(quoted(&other.to_string()), "check that a registry answers at this address"),
        }
    }

    /// What reading or connecting met.
    pub(super) fn io(error: &io::Error) -> Failure {
        use io::ErrorKind as Kind;
        let wrapped = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
        match (error.kind(), wrapped) {
            (_, Some(ureq::Error::Timeout(_))) | (Kind::TimedOut | Kind::WouldBlock, _) => {
                Failure::new("the answer stalls", "try again, or check the network and the proxy between")
            }
            (_, Some(ureq::Error::Protocol(_))) => {
                Failure::new("what it answers is not HTTP", "check that a registry answers at this address")
            }
            (Kind::ConnectionRefused, _) => Failure {
                other_protocol: true,
                ..Failure::new("nothing listens there", "check the address of the registry, and that it runs")
            },
            (Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof, _) => Failure {
                again: Again::Soon,
                other_protocol: true,
                ..Failure::new("the connection was cut", "try again, or check the network and the proxy between")
            },
            (Kind::InvalidData, _) => Failure::tls(&error.to_string()),
            _ => Failure::new(quoted(&error.to_string()), "check the address of the registry and the network"),
        }
    }

    fn tls(why: &str) -> Failure {
        let help = if why.contains("UnknownIssuer") || why.contains("certificate") {
            "name the certificate of its authority in SSL_CERT_FILE, or put it into /etc/docker/certs.d"
        } else {
            "check that it speaks HTTPS; `--plain-http` asks a registry that does not"
        };
        let other_protocol = why.contains("corrupt message");
        Failure { other_protocol, ..Failure::new(format!("TLS fails: {}", quoted(why)), help) }
    }
}

/// What a registry says about an error (`distribution-spec`, "Error Codes").
#[derive(Deserialize)]
struct Errors {
    errors: Vec<RegistryError>,
}

#[derive(Deserialize)]
struct RegistryError {
    code: Option<String>,
    message: Option<String>,
}

/// `404 Not Found (MANIFEST_UNKNOWN: manifest unknown)`.
///
/// What the registry says is redacted before it is cut, so that no part of a secret is left.
pub(super) fn status_line(status: ureq::http::StatusCode, body: &[u8], redacted: &dyn Fn(&str) -> String) -> String {
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let status = format!("{}{reason}", status.as_u16());
    let errors: Option<Errors> = serde_json::from_slice(body).ok();
    let Some(error) = errors.and_then(|errors| errors.errors.into_iter().next()) else { return status };
    let parts = [error.code, error.message].into_iter().flatten().filter(|part| !part.trim().is_empty());
    let said: Vec<String> = parts.map(|part| quoted(&redacted(part.trim()))).collect();
    if said.is_empty() { status } else { format!("{status} ({})", said.join(": ")) }
}

/// At most this many characters of what somebody else wrote are shown.
const SHOWN: usize = 160;

/// What somebody else wrote, on one line, harmless and not too long.
pub(super) fn quoted(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let cut = if head.len() < text.len() { "..." } else { "" };
    format!("{}{cut}", clean(&head).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::StatusCode;

    #[test]
    fn what_a_registry_says_is_shown_cut_and_harmless() {
        let body = br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest\u001b[31m unknown"},{"code":"X"}]}"#;
        let line = status_line(StatusCode::NOT_FOUND, body, &str::to_string);
        assert_eq!(line, "404 Not Found (MANIFEST_UNKNOWN: manifest\\u{1b}[31m unknown)");
        let long = format!(r#"{{"errors":[{{"message":"{}"}}]}}"#, "é".repeat(10_000));
        assert!(status_line(StatusCode::FORBIDDEN, long.as_bytes(), &str::to_string).len() < 400);
    }

    #[test]
    fn other_bodies_say_nothing() {
        for body in ["", "<html>", "{}", r#"{"errors":[]}"#, r#"{"errors":[{"code":null}]}"#, r#"{"errors":"x"}"#] {
            assert_eq!(
                status_line(StatusCode::BAD_GATEWAY, body.as_bytes(), &str::to_string),
                "502 Bad Gateway",
                "{body}"
            );
        }
    }
}
