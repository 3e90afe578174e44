//! Script files: known ones, official ones and unknown ones.

use super::*;

#[test]
fn an_entrypoint_that_executes_its_arguments_is_looked_through() {
    for (text, expected) in [
        ("#!/bin/sh\nset -e\nexec \"$@\"\n", "node x.js"),
        ("#!/usr/bin/env bash\nexec gosu app \"$@\"\n", "node x.js"),
        ("#!/bin/sh\nexec tini -- \"$@\"\n", "node x.js"),
        ("#!/bin/sh\nexec su-exec app:app \"$@\"\n", "node x.js"),
        ("#!/bin/sh\nexec /app/server --config x\n", "/app/server --config x"),
        ("#!/bin/sh\nif [ \"$1\" = a ]; then echo a; fi\nexec \"$@\"\n", "node x.js"),
        ("#!/bin/sh\nif [ \"${1#-}\" != \"$1\" ]; then\n  set -- node \"$@\"\nfi\nexec \"$@\"\n", "node x.js"),
    ] {
        let process = Around::with(ShellKind::Dash).script("/entry.sh", text).resolve(&["/entry.sh", "node", "x.js"]);
        assert_eq!(service(&process), expected, "{text}");
        assert_eq!(process.layers[0].stays(), Some(false), "{text}");
    }
}

#[test]
fn a_script_stays_without_exec_whatever_the_shell() {
    for shell in [ShellKind::Dash, ShellKind::ExecsLastCommand, ShellKind::Unknown] {
        let process = Around::with(shell).script("/start.sh", "#!/bin/sh\nnode x.js\n").resolve(&["/start.sh"]);
        assert_eq!((pid1(&process).as_str(), service(&process).as_str()), ("/start.sh", "node x.js"));
        assert_eq!(blockers(&process), ["/start.sh"]);
    }
}

#[test]
fn an_idiom_that_prefixes_options_is_followed() {
    let text = "#!/bin/sh\nif [ \"${1#-}\" != \"$1\" ]; then\n  set -- postgres \"$@\"\nfi\nexec \"$@\"\n";
    let process = Around::with(ShellKind::Dash).script("/entry.sh", text).resolve(&["/entry.sh", "-c", "x=1"]);
    assert_eq!(service(&process), "postgres -c x=1");
}

#[test]
fn arguments_that_another_condition_changes_are_unknown() {
    let text = "#!/bin/sh\nif [ \"$1\" = web ]; then\n  set -- gunicorn app\nfi\nexec \"$@\"\n";
    let process = Around::with(ShellKind::Dash).script("/entry.sh", text).resolve(&["/entry.sh", "web"]);
    assert_eq!(process.is_opaque(), Some("the shell changes its arguments depending on a condition"));
}

#[test]
fn the_init_of_a_script_is_found() {
    let tini =
        Around::with(ShellKind::Dash).script("/e.sh", "#!/bin/sh\nexec tini -g -- \"$@\"").resolve(&["/e.sh", "app"]);
    assert_eq!((tini.init(), tini.signals_whole_group()), (Some("tini"), true));
    let line = "#!/usr/bin/dumb-init /bin/sh\nnode x.js\n";
    let shebang = Around::with(ShellKind::Dash).script("/e.sh", line).resolve(&["/e.sh"]);
    assert_eq!((shebang.init(), service(&shebang).as_str()), (Some("dumb-init"), "node x.js"));
}

#[test]
fn a_script_given_to_a_shell_is_read_the_same_way() {
    let around = Around::with(ShellKind::Dash).script("start.sh", "exec node \"$@\"");
    assert_eq!(service(&around.resolve(&["sh", "-e", "start.sh", "x.js"])), "node x.js");
    assert_eq!(service(&around.resolve(&["bash", "start.sh", "x.js"])), "node x.js");
    assert_eq!(service(&around.resolve(&["sh", "other.sh"])), "? what the script `other.sh` runs is not known");
}

#[test]
fn a_script_in_another_language_is_the_service() {
    for text in ["#!/usr/bin/env node\n", "#!/usr/bin/python3\n", "#!/usr/bin/env -S node --watch\n"] {
        let process = Around::with(ShellKind::Dash).script("/app/run", text).resolve(&["/app/run", "x"]);
        assert_eq!(service(&process), "/app/run x", "{text}");
    }
}

#[test]
fn an_official_entrypoint_executes_its_arguments() {
    let prefix = Some("node".to_string());
    let official = vec![("docker-entrypoint.sh", ScriptContents::Transparent { prefix })];
    let around = Around { scripts: official, ..Around::with(ShellKind::Dash) };
    for (words, expected) in [
        (&["docker-entrypoint.sh", "node", "x.js"][..], "node x.js"),
        (&["docker-entrypoint.sh", "--watch", "x.js"], "node --watch x.js"),
        (&["docker-entrypoint.sh", "x.js"], "node x.js"),
        (&["docker-entrypoint.sh", "npm", "start"], "npm start"),
        (&["docker-entrypoint.sh"], "? the entrypoint is given nothing to run"),
    ] {
        assert_eq!(service(&around.resolve(words)), expected, "{words:?}");
    }
    let process = around.resolve(&["docker-entrypoint.sh", "sh", "-c", "exec dumb-init node x.js"]);
    assert_eq!(process.init(), Some("dumb-init"));
}

#[test]
fn an_unknown_script_hides_pid_1_and_the_service() {
    for path in ["/start.sh", "/docker-entrypoint.sh", "/usr/local/bin/entrypoint"] {
        let process = on_debian(&[path, "node", "x.js"]);
        assert_eq!(process.is_opaque(), Some(format!("what the script `{path}` runs is not known").as_str()));
        assert_eq!((process.pid1(), process.application()), (None, None));
    }
    assert_eq!(service(&on_debian(&["/app/server"])), "/app/server", "a program of its own is the service");
    let behind_init = on_debian(&["tini", "--", "/start.sh"]);
    assert_eq!((behind_init.init(), behind_init.application()), (Some("tini"), None));
}
