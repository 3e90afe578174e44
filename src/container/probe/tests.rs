use std::time::{Duration, Instant};

use super::*;
use crate::source::SourceId;

mod code;
mod exec;
mod hostile;
mod http;
mod services;
mod status;

fn shell(text: &str) -> Probe {
    let span = Span::new(SourceId(0), 0..text.len());
    of_shell(&Text::whole(text, span))
}

fn exec(words: &[&str]) -> Probe {
    let mut at = 0;
    let spanned = |word: &&str| {
        let start = at;
        at += word.len() + 1;
        Spanned::new(word.to_string(), Span::new(SourceId(0), start..start + word.len()))
    };
    of_exec(&words.iter().map(spanned).collect::<Vec<_>>())
}

/// The only check of a text.
fn only(text: &str) -> Check {
    let probe = shell(text);
    assert_eq!(probe.checks.len(), 1, "{text}: {:?}", probe.checks);
    probe.checks[0].clone()
}

fn http(text: &str) -> Http {
    match only(text).target {
        Target::Http(http) => http,
        other => panic!("{text} asks {other:?}"),
    }
}

fn value(text: &str) -> Given<String> {
    Given::Value(text.to_string())
}

/// Each text with its description.
fn assert_described(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(describe(&shell(text)), *expected, "{text}");
    }
}

#[test]
fn a_check_stands_at_its_command() {
    let text = "set -e; curl -f localhost || exit 1";
    let check = only(text);
    assert_eq!(&text[check.place.range()], "curl -f localhost");
    let text = "bash -c 'nc -z db 5432'";
    assert_eq!(&text[only(text).place.range()], text, "what is quoted stands at the command that runs it");
}

#[test]
fn programs_are_those_that_the_image_needs() {
    let table: &[(&str, &[&str])] = &[
        ("curl -fs localhost | jq -e .ok || exit 1", &["curl", "jq"]),
        ("/usr/bin/curl -f localhost", &["/usr/bin/curl"]),
        ("timeout 5 bash -c '</dev/tcp/localhost/80'", &["timeout", "bash"]),
        ("[ \"$(redis-cli ping)\" = PONG ]", &["redis-cli"]),
        ("env A=1 node health.js", &["env", "node"]),
        ("exec curl -f localhost", &["curl"]),
        ("gosu postgres pg_isready", &["gosu", "pg_isready"]),
    ];
    for (text, expected) in table {
        let programs: Vec<String> = shell(text).programs.into_iter().map(|program| program.value).collect();
        assert_eq!(programs, *expected, "{text}");
    }
}

#[test]
fn what_asks_nothing_is_named_for_it() {
    use Weakness::*;
    let table = [
        ("exit 0", AlwaysSucceeds),
        ("true", AlwaysSucceeds),
        ("echo ok", AlwaysSucceeds),
        (":", AlwaysSucceeds),
        ("ps", ProcessExists),
        ("pgrep -f gunicorn", ProcessExists),
        ("pidof nginx || exit 1", ProcessExists),
        ("kill -0 1", ProcessExists),
        ("ls", FileExists),
        ("test -f /tmp/ready", FileExists),
        ("[ -f /tmp/ready ]", FileExists),
        ("cat /tmp/ready", FileExists),
        ("nginx -t", ConfigurationValid),
        ("node --version", ProgramStarts),
        ("sleep 1", AsksNothing),
    ];
    for (text, weakness) in table {
        assert_eq!(shell(text).checks[0].target, Target::Trivial(weakness), "{text}");
    }
    assert_eq!(describe(&shell("nginx -t")), "nginx (only shows that the configuration is valid)");
    assert_eq!(describe(&shell("pgrep x && curl -f localhost")), "curl http://localhost/", "curl asks, pgrep does not");
    assert_eq!(describe(&shell("ps aux | grep -q node")), "ps (only shows that a process exists)");
}

#[test]
fn own_binaries_are_custom() {
    assert_described(&[
        ("/app --healthcheck", "/app --healthcheck"),
        ("node healthcheck.js", "node healthcheck.js"),
        ("python3 -u /srv/health.py", "python3 /srv/health.py"),
        ("/healthcheck.sh || exit 1", "/healthcheck.sh"),
        ("sh /healthcheck.sh", "sh /healthcheck.sh"),
        ("mytool --password=hunter2", "mytool"),
        ("mytool -phunter2", "mytool"),
        ("traefik healthcheck --ping", "traefik healthcheck"),
    ]);
    let probe = shell("$CHECK --now");
    assert_eq!(probe.incomplete.as_deref(), Some("the program is in `$CHECK`"));
    assert_eq!(describe(&probe), "$CHECK --now");
}
