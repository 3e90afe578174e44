//! Wrappers: inits, user switches, package runners and the rest.

use super::*;

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

#[test]
fn wrappers_that_replace_themselves_are_looked_through() {
    for text in [
        "env app x",
        "env -i A=1 B=2 app x",
        "env -u A app x",
        "nice -n 5 app x",
        "nice app x",
        "nohup app x",
        "stdbuf -oL app x",
        "stdbuf -o L app x",
        "ionice -c 2 -n 0 app x",
        "taskset 0x3 app x",
        "taskset -c 0-3 app x",
        "numactl --interleave=all app x",
        "chroot /mnt app x",
        "chroot --userspec=1:1 /mnt app x",
        "setpriv --reuid=1001 --clear-groups app x",
        "setpriv --reuid 1001 --regid 1001 --init-groups app x",
        "gosu app app x",
        "su-exec 1001:1001 app x",
        "setuidgid app app x",
        "chpst -u app app x",
        "catchsegv app x",
        "ddtrace-run app x",
        "opentelemetry-instrument --traces_exporter otlp app x",
        "newrelic-admin run-program app x",
        "pipenv run app x",
        "poetry run app x",
        "pdm run app x",
        "hatch run app x",
        "bundle exec app x",
        "dotenv run -- app x",
        "dotenv -f .env run app x",
        "wait-for-it.sh db:5432 -t 30 -- app x",
        "/usr/bin/env nice gosu me app x",
    ] {
        let process = on_debian(&words(text));
        assert_eq!((pid1(&process).as_str(), service(&process).as_str()), ("app", "app x"), "{text}");
        assert!(blockers(&process).is_empty(), "{text}");
    }
}

#[test]
fn wrappers_that_stay_block_signals_unless_they_forward() {
    for (text, blocks) in [
        ("timeout 5m app x", false),
        ("timeout -k 5 -s INT --foreground 5m app x", false),
        ("uv run app x", false),
        ("uv run --frozen --no-dev --with x app x", false),
        ("dockerize -wait tcp://db:5432 -timeout 10s app x", false),
        ("conda run -n base --no-capture-output app x", true),
        ("xvfb-run -a -s opts app x", true),
        ("sudo -E -u app app x", true),
        ("runuser -u app -- app x", true),
        ("runuser -u app app x", true),
        ("npx app x", true),
        ("npx --yes app x", true),
        ("npm exec -- app x", true),
        ("yarn dlx app x", true),
        ("pnpm exec app x", true),
        ("bunx app x", true),
    ] {
        let process = on_debian(&words(text));
        assert_eq!(service(&process), "app x", "{text}");
        assert_eq!(!blockers(&process).is_empty(), blocks, "{text}");
        assert_eq!(pid1(&process), words(text)[0], "{text}");
    }
}

#[test]
fn inits_are_known_by_name_with_their_options() {
    for (text, name, group) in [
        ("tini -- app x", "tini", false),
        ("/sbin/tini app x", "tini", false),
        ("/tini -g -- app x", "tini", true),
        ("tini -vvv -s -p SIGTERM -e 143 -- app x", "tini", false),
        ("tini-static -wg -- app x", "tini", true),
        ("docker-init -- app x", "docker-init", false),
        ("catatonit -- app x", "catatonit", false),
        ("dumb-init app x", "dumb-init", true),
        ("/usr/bin/dumb-init -- app x", "dumb-init", true),
        ("dumb-init -c app x", "dumb-init", false),
        ("dumb-init --single-child -v -r 15:3 app x", "dumb-init", false),
        ("dumb-init --rewrite=15:3 app x", "dumb-init", true),
        ("/init app x", "s6", false),
        ("env A=1 dumb-init app x", "dumb-init", true),
    ] {
        let process = on_debian(&words(text));
        assert_eq!(process.init(), Some(name), "{text}");
        assert_eq!(process.signals_whole_group(), group, "{text}");
        assert_eq!(service(&process), "app x", "{text}");
    }
}

#[test]
fn an_init_below_pid_1_is_no_init() {
    assert_eq!(on_debian(&["sh", "-c", "migrate && tini -- node x.js"]).init(), None);
    assert_eq!(on_debian(&["npx", "dumb-init", "node"]).init(), None);
    assert_eq!(on_debian(&["/opt/tini-wrapper", "node"]).init(), None);
}

#[test]
fn a_shell_behind_an_init_still_blocks() {
    let process = on_debian(&["tini", "--", "sh", "-c", "node x.js"]);
    assert_eq!((process.init(), process.signals_whole_group()), (Some("tini"), false));
    assert_eq!(blockers(&process), ["sh"]);
    let group = on_debian(&["dumb-init", "sh", "-c", "node x.js"]);
    assert!(group.signals_whole_group(), "dumb-init reaches the node behind the shell");
}

#[test]
fn package_runners_stand_between() {
    for (text, script) in [
        ("npm start", "start"),
        ("npm run dev", "dev"),
        ("npm run-script dev -- --port 1", "dev"),
        ("npm --prefix app run dev", "dev"),
        ("npm run --silent dev", "dev"),
        ("npm test", "test"),
        ("yarn dev", "dev"),
        ("yarn run dev", "dev"),
        ("yarn workspace web dev", "dev"),
        ("yarn --cwd app start", "start"),
        ("pnpm dev", "dev"),
        ("pnpm --filter web run dev", "dev"),
        ("bun run dev", "dev"),
        ("deno task dev", "dev"),
        ("node --run dev", "dev"),
        ("corepack yarn dev", "dev"),
    ] {
        let process = on_debian(&words(text));
        let last = process.layers.last().map(|layer| layer.kind.clone());
        let Some(LayerKind::PackageRunner { script: Some(found), .. }) = last else { panic!("{text}: {last:?}") };
        assert_eq!(found, script, "{text}");
        assert!(!blockers(&process).is_empty(), "{text}");
        assert!(process.application().is_some(), "{text}");
    }
}

#[test]
fn files_and_package_management_are_no_scripts() {
    for text in
        ["bun run src/index.ts", "bun index.ts", "bun --watch index.ts", "npm ci", "yarn install", "deno run x.ts"]
    {
        let process = on_debian(&words(text));
        assert_eq!(service(&process), text);
        assert!(blockers(&process).is_empty(), "{text}");
    }
}

#[test]
fn users_are_told_by_the_switch() {
    for (argv, user) in [
        (vec!["gosu", "postgres", "app"], Some("postgres")),
        (vec!["su-exec", "1001:1001", "app"], Some("1001:1001")),
        (vec!["setpriv", "--reuid=1001", "app"], Some("1001")),
        (vec!["setpriv", "--reuid", "app", "--clear-groups", "app"], Some("app")),
        (vec!["setpriv", "--no-new-privs", "app"], None),
        (vec!["chpst", "-u", "app", "app"], Some("app")),
        (vec!["chroot", "--userspec=7:7", "/", "app"], Some("7:7")),
        (vec!["runuser", "-u", "app", "--", "app"], Some("app")),
        (vec!["su", "-", "app", "-c", "exec app"], Some("app")),
        (vec!["su", "-c", "exec app", "app"], Some("app")),
        (vec!["su", "-s", "/bin/sh", "app", "-c", "exec app"], Some("app")),
        (vec!["sudo", "-u", "app", "app"], Some("app")),
        (vec!["sudo", "app"], Some("root")),
        (vec!["gosu", "root", "gosu", "app", "app"], Some("app")),
    ] {
        let process = on_debian(&argv);
        assert_eq!(process.user_switch(), user, "{argv:?}");
        assert_eq!(service(&process), "app", "{argv:?}");
    }
}

#[test]
fn su_stays_in_the_way() {
    let process = on_debian(&["su", "app", "-c", "exec node x.js"]);
    assert_eq!((pid1(&process).as_str(), service(&process).as_str()), ("su", "node x.js"));
    assert_eq!(blockers(&process), ["su"]);
}

#[test]
fn supervisors_start_what_their_configuration_says() {
    for text in [
        "supervisord -n",
        "/usr/bin/supervisord",
        "pm2-runtime app.js",
        "runsvdir /etc/service",
        "foreman start",
        "/init",
    ] {
        let process = on_debian(&words(text));
        assert_eq!(process.application(), None, "{text}");
        assert!(process.is_opaque().is_some_and(|why| why.contains("configuration")), "{text}");
        assert!(process.pid1().is_some(), "{text}");
    }
    assert_eq!(on_debian(&["supervisord"]).init(), Some("supervisord"));
    assert_eq!(on_debian(&["pm2-runtime", "x.js"]).init(), None);
    assert_eq!(on_debian(&["/init"]).init(), Some("s6"));
}

#[test]
fn a_wrapper_with_nothing_to_wrap_is_the_service() {
    for text in ["env", "nice", "gosu --version", "tini", "poetry install", "timeout 5", "uv sync", "bundle install"] {
        assert_eq!(service(&on_debian(&words(text))), text);
    }
}

#[test]
fn variables_of_env_reach_the_service() {
    let process = on_debian(&words("env FLASK_DEBUG=1 cross-env NODE_ENV=production app"));
    let expected = [("FLASK_DEBUG", "1"), ("NODE_ENV", "production")];
    assert_eq!(process.environment, expected.map(|(name, value)| (name.to_string(), value.to_string())));
    assert_eq!(service(&on_debian(&["env", "-S", "python -m app", "x"])), "python -m app x");
}

#[test]
fn uv_runs_files_and_modules_with_python() {
    assert_eq!(service(&on_debian(&words("uv run main.py --x"))), "python main.py --x");
    assert_eq!(service(&on_debian(&words("uv run -m app.main"))), "python -m app.main");
    assert_eq!(service(&on_debian(&words("uv --directory /app run uvicorn a:b"))), "uvicorn a:b");
}
