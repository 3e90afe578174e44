//! Wrappers: where the wrapped command starts, and who stays.

use super::{DEBIAN, LayerKind, World, check};

#[test]
fn wrappers_that_are_replaced() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["env", "-i", "-u", "A", "B=c", "node"], "-env node", "options and variables"),
        (&["env", "-C", "/x", "node"], "-env node", "a folder"),
        (&["env", "-S", "A=b node x.js"], "-env -env node x.js", "a split string"),
        (&["env", "--unset=A", "--", "node"], "-env node", "a value in the same word"),
        (&["nice", "-n", "5", "node"], "-nice node", "a value of its own"),
        (&["nice", "-10", "node"], "-nice node", "the old way"),
        (&["nohup", "node"], "-nohup node", "no options at all"),
        (&["stdbuf", "-oL", "-e", "0", "node"], "-stdbuf node", "joined and apart"),
        (&["ionice", "-c2", "-n", "7", "node"], "-ionice node", "joined and apart"),
        (&["taskset", "-c", "0-3", "node"], "-taskset node", "the list is an operand"),
        (&["numactl", "--interleave=all", "node"], "-numactl node", "a long option"),
        (&["chroot", "--userspec=a:b", "/x", "node"], "-chroot=a:b node", "a folder is an operand"),
        (&["setpriv", "--reuid=1000", "--regid", "1000", "--clear-groups", "node"], "-setpriv=1000 node", "both ways"),
        (&["gosu", "app:app", "node"], "-gosu=app:app node", "one user"),
        (&["su-exec", "1000", "node"], "-su-exec=1000 node", "one user"),
        (&["setuidgid", "app", "node"], "-setuidgid=app node", "one user"),
        (&["chpst", "-u", "app", "node"], "-chpst=app node", "an option"),
        (&["catchsegv", "node"], "-catchsegv node", "as it is"),
        (&["ddtrace-run", "gunicorn", "a"], "-ddtrace-run gunicorn a", "as it is"),
        (&["opentelemetry-instrument", "--service_name", "a", "python"], "-opentelemetry-instrument python", "options"),
        (&["newrelic-admin", "run-program", "gunicorn"], "-newrelic-admin run-program gunicorn", "a subcommand"),
        (&["pipenv", "run", "python"], "-pipenv run python", "a subcommand"),
        (&["poetry", "run", "python"], "-poetry run python", "a subcommand"),
        (&["pdm", "run", "python"], "-pdm run python", "a subcommand"),
        (&["hatch", "run", "python"], "-hatch run python", "a subcommand"),
        (&["bundle", "exec", "puma"], "-bundle exec puma", "a subcommand"),
        (&["dotenv", "run", "--", "python"], "-dotenv run python", "a subcommand and its end"),
        (&["poetry", "install"], "poetry install", "another subcommand wraps nothing"),
    ];
    check(&DEBIAN, rows);
}

#[test]
fn inits_and_their_options() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["tini", "--", "node"], "+tini node", "the end of the options"),
        (&["/sbin/tini", "node"], "+tini node", "by its path"),
        (&["tini-static", "-vvv", "-s", "-w", "node"], "+tini node", "flags"),
        (&["/tini", "-p", "SIGTERM", "-e", "143", "--", "node"], "+tini node", "options with values"),
        (&["tini", "-g", "--", "node"], "+tini* node", "the whole group"),
        (&["tini", "-sg", "node"], "+tini* node", "in a cluster"),
        (&["docker-init", "--", "node"], "+docker-init node", "the engine's"),
        (&["catatonit", "--", "node"], "+catatonit node", "Podman's"),
        (&["dumb-init", "node"], "+dumb-init* node", "the whole session without being asked"),
        (&["dumb-init", "-c", "node"], "+dumb-init node", "its child alone"),
        (&["dumb-init", "--single-child", "-v", "--", "node"], "+dumb-init node", "in words"),
        (&["dumb-init", "-vc", "node"], "+dumb-init node", "in a cluster"),
        (&["dumb-init", "-r", "15:3", "--rewrite", "2:0", "--", "node"], "+dumb-init* node", "rewritten signals"),
        (&["dumb-init", "--rewrite=15:3", "node"], "+dumb-init* node", "in the same word"),
        (&["tini", "--"], "+tini unknown: there is no command to run", "an init without a command is still one"),
        (&["/init"], "+s6 unknown: `s6` starts what its own configuration says", "s6 knows by itself"),
        (&["/init", "node"], "+s6 node", "or is told"),
        (&["tini", "--", "sh", "-c", "node x"], "+tini +shell node x", "the shell gets the signal"),
        (&["dumb-init", "sh", "-c", "exec node x"], "+dumb-init* -shell node x", "or makes room"),
    ];
    check(&DEBIAN, rows);
    let group = World { env: &[("TINI_KILL_PROCESS_GROUP", "1")], ..DEBIAN };
    check(&group, &[(&["tini", "node"], "+tini* node", "by a variable")]);
    let single = World { env: &[("DUMB_INIT_SETSID", "0")], ..DEBIAN };
    check(&single, &[(&["dumb-init", "node"], "+dumb-init node", "by a variable")]);
    let engine = World { init: true, ..DEBIAN };
    check(&engine, &[(&["node"], "+docker-init node", "the engine's init comes first")]);
    assert_eq!(engine.run(&["node"]).init(), Some("docker-init"));
    assert_eq!(DEBIAN.run(&["sh", "-c", "tini -- node"]).init(), None, "a shell is PID 1, not the init behind it");
    assert_eq!(DEBIAN.run(&["sh", "-c", "exec tini -- node"]).init(), Some("tini"));
    assert_eq!(DEBIAN.run(&["gosu", "app", "dumb-init", "node"]).init(), Some("dumb-init"));
}

#[test]
fn wrappers_that_stay() {
    let rows: &[(&[&str], &str, &str)] = &[
        (
            &["timeout", "-k", "5", "-s", "KILL", "--foreground", "30", "node"],
            "+timeout node",
            "options and a duration",
        ),
        (&["timeout", "--preserve-status", "30s", "node"], "+timeout node", "flags"),
        (&["su", "-", "app", "-c", "node x"], "+su=app +shell node x", "a text"),
        (&["su", "app", "-s", "/bin/sh", "-c", "exec node x"], "+su=app -shell node x", "with a shell"),
        (&["sudo", "-E", "-u", "app", "node"], "+sudo=app node", "another user"),
        (&["sudo", "-u", "app", "A=b", "node"], "+sudo=app node", "with a variable"),
        (&["sudo", "-Hu", "app", "node"], "+sudo=app node", "letters joined"),
        (&["sudo", "-uapp", "node"], "+sudo=app node", "a value joined"),
        (&["sudo", "--user=app", "node"], "+sudo=app node", "a long option"),
        (&["runuser", "-u", "app", "--", "node"], "+runuser=app node", "a command"),
        (&["script", "-qec", "node x", "/dev/null"], "+script +shell node x", "a text"),
        (&["conda", "run", "-n", "e", "python"], "+conda run python", "unreliable"),
        (&["xvfb-run", "-a", "node"], "+xvfb-run node", "a script itself"),
        (&["uv", "run", "--no-dev", "uvicorn", "a:b"], "+uv run uvicorn a:b", "forwards"),
        (&["uv", "run", "main.py"], "+uv run python main.py", "a file is Python's"),
        (&["npm", "start"], "+npm:start", "a script"),
        (&["npm", "--silent", "run", "-s", "serve"], "+npm:serve", "with options"),
        (&["npx", "--yes", "nodemon", "x"], "+npx nodemon x", "a program"),
        (&["yarn", "serve"], "+yarn:serve", "without run"),
        (&["yarn", "node", "x.js"], "+yarn node x.js", "node in its environment"),
        (&["pnpm", "-C", "api", "start"], "+pnpm:start", "a folder"),
        (&["bun", "run", "dev"], "+bun:dev", "a script"),
        (&["bun", "run", "x.ts"], "bun run x.ts", "a file is its own"),
        (
            &["supervisord", "-n"],
            "+supervisord unknown: `supervisord` starts what its own configuration says",
            "nobody reads it here",
        ),
        (
            &["pm2-runtime", "x.js"],
            "+pm2-runtime unknown: `pm2-runtime` starts what its own configuration says",
            "a process manager",
        ),
    ];
    check(&DEBIAN, rows);
}

#[test]
fn who_keeps_signals_from_the_service() {
    let rows: &[(&[&str], &[&str], &str)] = &[
        (&["node"], &[], "nobody"),
        (&["tini", "--", "node"], &[], "an init passes on"),
        (&["sh", "-c", "a; node"], &["sh"], "a shell does not"),
        (&["tini", "--", "sh", "-c", "a; node"], &["sh"], "nor behind an init"),
        (&["timeout", "5", "node"], &[], "passes on"),
        (&["sudo", "node"], &["sudo"], "not for sure"),
        (&["npm", "start"], &["npm"], "loses them"),
        (&["gosu", "app", "node"], &[], "is gone"),
        (&["supervisord"], &[], "manages its children"),
    ];
    for (words, expected, why) in rows {
        let process = DEBIAN.run(words);
        let blockers: Vec<_> =
            process.signal_blockers().iter().map(|blocker| blocker.layer.argv[0].value.as_str().to_string()).collect();
        assert_eq!(blockers, *expected, "{words:?}: {why}");
    }
    let process = DEBIAN.run(&["dumb-init", "sh", "-c", "a; node"]);
    let first = process.pid1().map(|layer| &layer.kind);
    assert!(matches!(first, Some(LayerKind::Init { whole_group: true, .. })), "the group hears it all the same");
}
