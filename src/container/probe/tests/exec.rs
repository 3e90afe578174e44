//! Exec form: nothing is expanded.

use super::*;

fn unexpanded(probe: &Probe) -> Vec<&str> {
    probe.unexpanded.iter().map(|word| word.value.as_str()).collect()
}

#[test]
fn words_are_taken_as_they_are() {
    let probe = exec(&["curl", "-f", "http://localhost:3000/health"]);
    assert_eq!(describe(&probe), "curl http://localhost:3000/health");
    assert!(!probe.needs_shell);
    assert!(probe.can_fail);
    assert_eq!(probe.checks[0].place, Span::new(SourceId(0), 0..36), "from the first to the last word");
    assert_eq!(probe.programs[0].value, "curl");
    assert_eq!(describe(&exec(&["/server", "healthcheck"])), "/server healthcheck");
    assert_eq!(describe(&exec(&["pg_isready", "-U", "postgres"])), "pg_isready");
    assert_eq!(describe(&exec(&["redis-cli", "ping"])), "redis-cli ping");
}

#[test]
fn a_variable_never_gets_a_value() {
    let probe = exec(&["curl", "-f", "http://localhost:$PORT/health"]);
    assert_eq!(unexpanded(&probe), ["http://localhost:$PORT/health"]);
    assert_eq!(probe.checks[0].target.port(), Some(&Given::Unknown), "`$PORT` is no port");
    assert_eq!(unexpanded(&exec(&["pg_isready", "-U", "${POSTGRES_USER}"])), ["${POSTGRES_USER}"]);
    assert_eq!(unexpanded(&exec(&["curl", "-f", "http://localhost/?price=5$"])), [""; 0]);
}

#[test]
fn an_operator_is_an_argument() {
    let probe = exec(&["curl", "-f", "http://localhost/", "||", "exit", "1"]);
    assert_eq!(unexpanded(&probe), ["||"]);
    assert_eq!(describe(&probe), "curl http://localhost/", "what was meant as another command is no URL");
}

#[test]
fn a_shell_inside_expands() {
    let probe = exec(&["sh", "-c", "curl -f http://localhost:$PORT/ || exit 1"]);
    assert_eq!(describe(&probe), "curl http://localhost:$PORT/");
    assert!(probe.needs_shell);
    assert!(probe.can_fail);
    assert!(probe.unexpanded.is_empty());
    assert_eq!(probe.programs.iter().map(|p| p.value.as_str()).collect::<Vec<_>>(), ["sh", "curl"]);
    assert!(!exec(&["bash", "-lc", "curl localhost || true"]).can_fail);
    assert!(exec(&["bash", "-ec", "curl localhost; true"]).can_fail);
    assert!(exec(&["bash", "-eo", "pipefail", "-c", "curl localhost | cat"]).can_fail);
    assert!(!exec(&["true"]).can_fail);
    assert!(exec(&[]).checks.is_empty(), "an empty command asks nothing");
}
