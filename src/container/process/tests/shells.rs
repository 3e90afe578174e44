//! Shells with a text: who stays, who goes, and what runs.

use super::*;

/// Text, whether the shell is replaced on Debian and on Alpine (`None`: the same), and the service.
#[test]
fn what_becomes_of_the_shell_depends_on_exec_and_on_the_shell() {
    for (text, debian, alpine, expected) in [
        ("node x.js", false, true, "node x.js"),
        ("PORT=1 node x.js", false, true, "node x.js"),
        ("node x.js > /log 2>&1", false, true, "node x.js"),
        ("exec node x.js", true, true, "node x.js"),
        ("cd /app && exec node x.js", true, true, "node x.js"),
        ("cd /app; exec node x.js", true, true, "node x.js"),
        ("exec -a web node x.js", true, true, "node x.js"),
        ("exec node x.js || exit 1", true, true, "node x.js"),
        ("cd /app && node x.js", false, false, "node x.js"),
        ("migrate; node x.js", false, false, "node x.js"),
        ("node x.js | tee /log", false, false, "node x.js"),
        ("exec node x.js | tee /log", false, false, "node x.js"),
        ("node x.js || exit 1", false, false, "node x.js"),
        ("node x.js || node y.js", false, false, "node x.js"),
        ("(cd /app && node x.js)", false, false, "node x.js"),
        ("{ node x.js; }", false, false, "node x.js"),
        ("worker & node x.js", false, false, "node x.js"),
        ("exec worker & exec node x.js", true, true, "node x.js"),
        ("node x.js & wait", false, false, "node x.js"),
        ("node x.js & wait; exit $?", false, false, "node x.js"),
        ("exec > /log; node x.js", false, false, "node x.js"),
    ] {
        for (process, replaced) in [(on_debian(&["sh", "-c", text]), debian), (on_alpine(&["sh", "-c", text]), alpine)]
        {
            assert_eq!(service(&process), expected, "{text}");
            let kind = &process.layers[0].kind;
            assert_eq!(*kind, LayerKind::Shell { replaced: Some(replaced), traps: false }, "{text}");
            assert_eq!(pid1(&process), if replaced { "node" } else { "sh" }, "{text}");
        }
    }
}

#[test]
fn an_unknown_shell_leaves_pid_1_open_unless_the_text_decides() {
    let unknown = |text: &str| Around::with(ShellKind::Unknown).resolve(&["/bin/sh", "-c", text]);
    assert_eq!(pid1(&unknown("node x.js")), "?");
    assert_eq!(blockers(&unknown("node x.js")), ["/bin/sh?"]);
    assert_eq!(pid1(&unknown("exec node x.js")), "node");
    assert_eq!(pid1(&unknown("a && node x.js")), "/bin/sh");
    assert_eq!(unknown("tini -- node x.js").init(), None);
    assert_eq!(unknown("exec tini -- node x.js").init(), Some("tini"));
}

#[test]
fn the_name_of_a_shell_tells_what_it_does() {
    for (shell, replaced) in [("bash", true), ("/bin/ash", true), ("dash", false)] {
        let process = Around::with(ShellKind::Unknown).resolve(&[shell, "-c", "node x.js"]);
        assert_eq!(process.layers[0].stays(), Some(!replaced), "{shell}");
    }
    let process = Around::with(ShellKind::Unknown).resolve(&["/bin/busybox", "sh", "-c", "node x.js"]);
    assert_eq!(pid1(&process), "node");
}

#[test]
fn options_of_a_shell_are_stepped_over() {
    for words in [
        &["bash", "-ec", "node x.js"][..],
        &["bash", "-euxo", "pipefail", "-c", "node x.js"],
        &["bash", "-o", "pipefail", "-c", "node x.js"],
        &["bash", "-eo", "pipefail", "-c", "node x.js"],
        &["bash", "--login", "-c", "node x.js"],
        &["bash", "--rcfile", "/x", "-c", "node x.js"],
        &["bash", "-c", "--", "node x.js"],
        &["sh", "+x", "-c", "node x.js"],
    ] {
        assert_eq!(service(&on_alpine(words)), "node x.js", "{words:?}");
    }
}

#[test]
fn a_shell_on_its_own_is_the_service() {
    for words in [&["bash"][..], &["/bin/sh", "-l"], &["sh", "-c"]] {
        assert_eq!(service(&on_debian(words)), words.join(" "));
    }
}

#[test]
fn arguments_behind_the_text_fill_its_parameters() {
    for (text, expected) in [
        ("exec \"$@\"", "node x.js"),
        ("exec $@", "node x.js"),
        ("exec \"$0\" \"$@\"", "name node x.js"),
        ("exec $1 --flag ${2}", "node --flag x.js"),
        ("shift; exec python \"$@\"", "python x.js"),
        ("set -- python app.py; exec \"$@\"", "python app.py"),
        ("set -- time \"$@\"; exec \"$@\"", "time node x.js"),
    ] {
        assert_eq!(service(&on_debian(&["sh", "-c", text, "name", "node", "x.js"])), expected, "{text}");
    }
    assert!(service(&on_debian(&["sh", "-c", "exec \"$@\"", "name"])).starts_with("? what the shell runs"));
}

#[test]
fn variables_are_filled_in_where_they_are_known() {
    let around = Around { env: vec![("PORT", "80"), ("CMD", "node x.js")], ..Around::with(ShellKind::Dash) };
    for (text, expected) in [
        ("exec serve -p $PORT", "serve -p 80"),
        ("exec serve -p ${PORT:-3000}", "serve -p 80"),
        ("exec serve -p ${OTHER:-3000}", "serve -p 3000"),
        ("exec serve -p \"$OTHER\"", "serve -p \"$OTHER\""),
        ("exec $CMD", "node x.js"),
        ("exec \"$CMD\"", "node x.js"),
        ("APP=app.py; exec python $APP", "python app.py"),
        ("export APP=app.py && exec python $APP", "python app.py"),
        ("exec ${APP_CMD}", "? the program that the shell runs stands in a variable that is not known"),
        ("exec $(which node) x.js", "? the program that the shell runs stands in a variable that is not known"),
        ("if [ -z \"$APP\" ]; then APP=a.py; fi; exec python ${APP:-b.py}", "python ${APP:-b.py}"),
    ] {
        assert_eq!(service(&around.resolve(&["sh", "-c", text])), expected, "{text}");
    }
    let split = around.resolve(&["sh", "-c", "exec $CMD"]);
    assert_eq!(split.application().map(<[_]>::len), Some(2), "an unquoted variable is split");
}

#[test]
fn only_what_programs_get_is_environment() {
    let environment = |text: &str| on_debian(&["sh", "-c", text]).environment;
    let one = |name: &str, value: &str| vec![(name.to_string(), value.to_string())];
    assert_eq!(environment("FLASK_DEBUG=1 flask run"), one("FLASK_DEBUG", "1"));
    assert_eq!(environment("export FLASK_DEBUG=1; flask run"), one("FLASK_DEBUG", "1"));
    assert_eq!(environment("FLASK_DEBUG=1; export FLASK_DEBUG; flask run"), one("FLASK_DEBUG", "1"));
    assert_eq!(environment("FLASK_DEBUG=1; flask run"), []);
    assert_eq!(environment("FLASK_DEBUG=1 migrate; flask run"), []);
    let inherited = Around { env: vec![("A", "1")], ..Around::with(ShellKind::Dash) };
    assert_eq!(inherited.resolve(&["sh", "-c", "A=2; exec app"]).environment, one("A", "2"));
}

#[test]
fn commands_beside_the_service_are_remembered() {
    let process = on_debian(&["sh", "-c", "A=1 migrate --all && [ -f x ] || seed; watcher & exec node x.js"]);
    let others: Vec<(String, bool)> =
        process.others.iter().map(|other| (joined(&other.argv), other.conditional)).collect();
    let expected = [("migrate --all", false), ("[ -f x ]", true), ("seed", true), ("watcher", false)];
    assert_eq!(others.len(), expected.len());
    assert_eq!(others[0], (expected[0].0.to_string(), expected[0].1));
    assert_eq!(others[2], (expected[2].0.to_string(), expected[2].1));
    assert_eq!(process.others[0].environment, [("A".to_string(), "1".to_string())]);
    assert_eq!(process.others[3].argv[0].value, "watcher");
}

#[test]
fn a_condition_that_decides_the_service_makes_it_unknown() {
    for text in [
        "if [ -n \"$DEV\" ]; then exec nodemon; else exec node x.js; fi",
        "case $1 in web) exec node x.js;; *) exec \"$@\";; esac",
        "while true; do node x.js; sleep 1; done",
    ] {
        assert!(service(&on_debian(&["sh", "-c", text])).starts_with("? which command"), "{text}");
    }
    assert!(service(&on_debian(&["sh", "-c", "main() { exec node x.js; }; main"])).starts_with("? "));
    assert!(service(&on_debian(&["sh", "-c", "eval \"exec node x.js\""])).starts_with("? "));
    assert!(service(&on_debian(&["sh", "-c", ""])).starts_with("? "));
}

#[test]
fn a_condition_before_the_last_exec_does_not_hide_it() {
    let text = "set -e; if [ \"$1\" = migrate ]; then exec migrate; fi; exec node x.js";
    let process = on_debian(&["sh", "-c", text]);
    assert_eq!(service(&process), "node x.js");
    assert!(process.others.iter().any(|other| joined(&other.argv) == "exec migrate" && other.conditional));
}

#[test]
fn a_shell_that_traps_term_is_no_blocker() {
    let blocked = |text: &str| !blockers(&on_debian(&["sh", "-c", text])).is_empty();
    assert!(!blocked("trap 'kill $!' TERM; node x.js & wait"));
    assert!(blocked("trap - TERM; node x.js & wait"));
    assert!(blocked("node x.js & wait"));
}

#[test]
fn words_of_a_text_stand_where_the_text_stands() {
    let process = on_debian(&["sh", "-c", "exec node x.js"]);
    let places: Vec<u32> = process.application().unwrap_or_default().iter().map(|word| word.span.start).collect();
    assert_eq!(places, [2, 2]);
}
