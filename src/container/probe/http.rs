//! HTTP clients: curl(1) and wget(1), GNU's and that of busybox.

use super::given::is_mark;
use super::reader::{Asked, Line};
use super::url::Url;
use super::{Address, Given, Target};
use crate::shell::{Argument, TakesValue};

/// curl's options with a value; without them a value would be taken for a URL.
const CURL: TakesValue = TakesValue {
    letters: "AbcCdDeEFHKmoPQrtTuUwxXyYz",
    names: &[
        "abstract-unix-socket",
        "alt-svc",
        "aws-sigv4",
        "cacert",
        "capath",
        "cert",
        "cert-type",
        "ciphers",
        "config",
        "connect-timeout",
        "connect-to",
        "continue-at",
        "cookie",
        "cookie-jar",
        "create-file-mode",
        "crlfile",
        "curves",
        "data",
        "data-ascii",
        "data-binary",
        "data-raw",
        "data-urlencode",
        "delegation",
        "dns-interface",
        "dns-ipv4-addr",
        "dns-ipv6-addr",
        "dns-servers",
        "doh-url",
        "dump-header",
        "engine",
        "etag-compare",
        "etag-save",
        "expect100-timeout",
        "form",
        "form-string",
        "happy-eyeballs-timeout-ms",
        "haproxy-clientip",
        "header",
        "hostpubmd5",
        "hsts",
        "interface",
        "ipfs-gateway",
        "json",
        "keepalive-time",
        "key",
        "key-type",
        "limit-rate",
        "local-port",
        "mail-from",
        "max-filesize",
        "max-redirs",
        "max-time",
        "netrc-file",
        "noproxy",
        "oauth2-bearer",
        "output",
        "output-dir",
        "parallel-max",
        "pass",
        "pinnedpubkey",
        "postquote",
        "preproxy",
        "prequote",
        "proto",
        "proto-default",
        "proto-redir",
        "proxy",
        "proxy-header",
        "proxy-user",
        "pubkey",
        "quote",
        "random-file",
        "range",
        "rate",
        "referer",
        "request",
        "request-target",
        "resolve",
        "retry",
        "retry-delay",
        "retry-max-time",
        "service-name",
        "socks4",
        "socks4a",
        "socks5",
        "socks5-hostname",
        "speed-limit",
        "speed-time",
        "stderr",
        "telnet-option",
        "time-cond",
        "tls-max",
        "tls13-ciphers",
        "trace",
        "trace-ascii",
        "unix-socket",
        "upload-file",
        "url",
        "url-query",
        "user",
        "user-agent",
        "variable",
        "write-out",
    ],
};

/// wget's options with a value, those of busybox (`-T`, `-O`, `-P`, `-Y off`) among them.
const WGET: TakesValue = TakesValue {
    letters: "aABDeiIlOoPQRtTUwXY",
    names: &[
        "append-output",
        "base",
        "bind-address",
        "body-data",
        "body-file",
        "ca-certificate",
        "ca-directory",
        "certificate",
        "connect-timeout",
        "directory-prefix",
        "dns-timeout",
        "execute",
        "header",
        "http-password",
        "http-user",
        "input-file",
        "level",
        "limit-rate",
        "load-cookies",
        "max-redirect",
        "method",
        "output-document",
        "output-file",
        "password",
        "post-data",
        "post-file",
        "private-key",
        "quota",
        "read-timeout",
        "referer",
        "save-cookies",
        "secure-protocol",
        "timeout",
        "tries",
        "user",
        "user-agent",
        "wait",
        "waitretry",
    ],
};

/// What curl asks, one for each URL.
pub(super) fn curl(line: &Line<'_>) -> Vec<Asked> {
    let (mut fails, mut reports_status, mut socket, mut password) = (false, false, None, false);
    let mut urls = Vec::new();
    for argument in line.arguments(CURL) {
        match argument {
            Argument::Option { name: "f" | "fail" | "fail-with-body", .. } => fails = true,
            Argument::Option { name: "w" | "write-out", value } => {
                reports_status =
                    value.is_some_and(|format| format.contains("http_code") || format.contains("response_code"));
            }
            Argument::Option { name: "unix-socket", value } => socket = value,
            Argument::Option { name: "u" | "user", value } => password |= value.is_some_and(|user| user.contains(':')),
            Argument::Option { name: "url", value } => urls.extend(value),
            Argument::Operand(operand) => urls.extend(operand),
            Argument::Option { .. } => {}
        }
    }
    let fails = match (fails, line.judged) {
        (true, _) => Some(true),
        (false, true) => reports_status.then_some(true),
        (false, false) => Some(false),
    };
    let mut asked = of_urls(line, &urls, fails);
    for one in &mut asked {
        one.shows_password |= password;
        if let (Target::Http(http), Some(socket)) = (&mut one.target, socket) {
            http.address.socket = Some(line.variables.show(socket));
        }
    }
    asked
}

/// What wget asks, one for each URL. It exits with 8 for a status of 400 and up (busybox: with 1).
pub(super) fn wget(line: &Line<'_>) -> Vec<Asked> {
    let mut urls = Vec::new();
    let mut password = false;
    for argument in line.arguments(WGET) {
        match argument {
            Argument::Operand(operand) => urls.extend(operand),
            Argument::Option { name: "password" | "http-password", value } => password |= value.is_some(),
            Argument::Option { .. } => {}
        }
    }
    let mut asked = of_urls(line, &urls, Some(true));
    asked.iter_mut().for_each(|one| one.shows_password |= password);
    asked
}

fn of_urls(line: &Line<'_>, urls: &[&str], fails: Option<bool>) -> Vec<Asked> {
    // `curl $OPTIONS http://...`: what is only a variable is no URL if another one is there.
    let written = urls.iter().any(|url| line.variables.only(url).is_none());
    let urls = urls.iter().filter(|url| !written || line.variables.only(url).is_none());
    urls.map(|url| {
        let target = Url::parse(url, line.variables).target();
        let fails = if matches!(target, Target::Http(_)) { fails } else { None };
        Asked { target, fails, shows_password: holds_password(url) }
    })
    .collect()
}

/// Whether the userinfo of a URL has a password that is written out.
pub(super) fn holds_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let userinfo = authority.rsplit_once('@').map(|(userinfo, _)| userinfo);
    userinfo.and_then(|userinfo| userinfo.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

/// Netcat: `nc -z host port`. In busybox, OpenBSD's and nmap's `-w` takes seconds; `-U` a socket file.
pub(super) fn netcat(line: &Line<'_>) -> Asked {
    let takes = TakesValue { letters: "wipsqXxITVOMmP", names: &["wait", "source-port", "source", "proxy"] };
    let mut operands = Vec::new();
    let mut socket = false;
    for argument in line.arguments(takes) {
        match argument {
            Argument::Operand(operand) => operands.extend(operand),
            Argument::Option { name: "U" | "unixsock", .. } => socket = true,
            Argument::Option { .. } => {}
        }
    }
    let given = |text: &str| line.variables.given::<String>(text);
    let target = match operands.as_slice() {
        [file, ..] if socket => Target::Tcp(Address {
            socket: Some(line.variables.show(file)),
            host: given("localhost"),
            port: Given::Unknown,
        }),
        [host, port, ..] => {
            let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
            Target::Tcp(Address { host: given(&host), port: line.variables.given(port), socket: None })
        }
        // `nc -z localhost:80` is a mistake of another tool's syntax; nothing certain is asked.
        _ => Target::Tcp(Address { host: Given::Unknown, port: Given::Unknown, socket: None }),
    };
    Asked { target, fails: None, shows_password: false }
}

/// The path of an HTTP request that is written out for a bare connection: `printf 'GET /health HTTP/1.1...'`.
pub(super) fn request_path(text: &str) -> Option<String> {
    let lines = memchr::memmem::find_iter(text.as_bytes(), b" HTTP/1.").take(8);
    for end in lines {
        let before = &text[..end];
        let start = before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).map_or(0, |at| at + 1);
        let method = text[..start].trim_end();
        let path = &text[start..end];
        let plain = path.starts_with('/') && !path.contains(['$', '`']) && !path.contains(is_mark);
        if plain && (method.ends_with("GET") || method.ends_with("HEAD")) {
            return Some(path.split(['?', '#']).next().unwrap_or(path).to_string());
        }
    }
    None
}
