//! A Dockerfile and the configuration of the image that it builds get the same verdicts.
//!
//! The configurations are what BuildKit writes for the Dockerfiles beside them. What a configuration cannot know - the
//! layers hold accounts, programs and scripts - may be inconclusive there, and each such case is named.

use std::collections::BTreeMap;

use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::source::SourceId;

use crate::scan::{Tree, report, request};

/// The controls that a configuration has the fields for. The others are about the build: they hold stages and base
/// images to something, of which a configuration knows nothing.
const CONTROLS: [&str; 9] = [
    "non-root",
    "init",
    "init-installed",
    "exec-form",
    "no-reload",
    "healthcheck",
    "limits",
    "node-version",
    "python-version",
];

/// The verdicts on a file, by control.
fn verdicts(name: &str, text: &str) -> BTreeMap<String, String> {
    let (id, policy) = BUILT_IN[0];
    let policy = Policy::read(SourceId(0), policy).expect("the policy");
    let tree = Tree::new();
    tree.write(name, text);
    let report = report(&request(vec![tree.path().join(name)], tree.path(), 1), &[policy]);
    let json: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let verdicts = json["projects"][0]["containers"][0]["verdicts"].as_array().expect("verdicts");
    let control = |verdict: &serde_json::Value| verdict["control"].as_str().unwrap_or_default().to_string();
    let short = |name: String| name.trim_start_matches(&format!("{id}/")).to_string();
    verdicts.iter().map(|v| (short(control(v)), v["verdict"].as_str().unwrap_or_default().to_string())).collect()
}

/// Holds a Dockerfile and its configuration (the object under `config`) to each other; `open` are the controls that
/// the configuration cannot decide.
#[track_caller]
fn alike(dockerfile: &str, config: &str, open: &[&str]) {
    let built = verdicts("Dockerfile", dockerfile);
    let digest = format!("sha256:{:064x}", 7);
    let image = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{config},"rootfs":{{"type":"layers","diff_ids":["{digest}"]}}}}"#
    );
    let described = verdicts("image.json", &image);
    for control in CONTROLS {
        let (built, described) = (&built[control], &described[control]);
        if open.contains(&control) {
            assert_eq!(described, "inconclusive", "{control} is decided ({built}): it is no exception\n{dockerfile}");
            assert_ne!(built, "inconclusive", "{control} is not decided on either side\n{dockerfile}");
        } else {
            assert_eq!(built, described, "{control}: Dockerfile on the left, configuration on the right\n{dockerfile}");
        }
    }
}

/// What a configuration leaves open where neither a variable nor the program tells the runtime: a control of one runtime
/// may or may not concern it.
const RUNTIME: [&str; 3] = ["init", "node-version", "python-version"];

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[test]
fn a_service_as_it_should_be() {
    alike(
        "FROM node:20-alpine\nRUN apk add --no-cache dumb-init\nWORKDIR /app\nUSER node\nHEALTHCHECK --interval=10s CMD wget -qO- http://127.0.0.1:3000/health\nENTRYPOINT [\"dumb-init\", \"--\"]\nCMD [\"node\", \"server.js\"]\n",
        &format!(
            r#"{{"User":"node","WorkingDir":"/app","Env":["{PATH}","NODE_VERSION=20.18.0"],"Entrypoint":["dumb-init","--"],"Cmd":["node","server.js"],"Healthcheck":{{"Test":["CMD-SHELL","wget -qO- http://127.0.0.1:3000/health"],"Interval":10000000000}}}}"#
        ),
        // whether dumb-init is in the layers
        &["init-installed"],
    );
}

#[test]
fn a_service_as_it_should_not_be() {
    alike(
        "FROM python:3.12-slim\nCMD [\"uvicorn\", \"app:app\", \"--reload\"]\n",
        &format!(r#"{{"Env":["{PATH}","PYTHON_VERSION=3.12.7"],"Cmd":["uvicorn","app:app","--reload"]}}"#),
        &[],
    );
}

#[test]
fn a_shell_that_may_stay() {
    alike(
        "FROM python:3.11-slim\nUSER 1001\nCMD uvicorn app:app\n",
        &format!(
            r#"{{"User":"1001","Env":["{PATH}","PYTHON_VERSION=3.11.10"],"Cmd":["/bin/sh","-c","uvicorn app:app"]}}"#
        ),
        // whichever shell /bin/sh is: neither it nor uvicorn is an init
        &[],
    );
}

#[test]
fn a_shell_that_stays_for_sure() {
    alike(
        "FROM python:3.11-slim\nUSER 1001\nCMD alembic upgrade head && uvicorn app:app\n",
        &format!(
            r#"{{"User":"1001","Env":["{PATH}","PYTHON_VERSION=3.11.10"],"Cmd":["/bin/sh","-c","alembic upgrade head \u0026\u0026 uvicorn app:app"]}}"#
        ),
        &[],
    );
}

#[test]
fn a_shell_that_gives_way() {
    alike(
        "FROM alpine:3.20\nUSER 10001:10001\nCMD exec /srv/app --port 80\n",
        &format!(
            r#"{{"User":"10001:10001","Env":["{PATH}"],"WorkingDir":"/","Cmd":["/bin/sh","-c","exec /srv/app --port 80"]}}"#
        ),
        &RUNTIME,
    );
}

#[test]
fn a_lone_program() {
    alike(
        "FROM scratch\nCOPY app /app\nUSER 65534:65534\nENTRYPOINT [\"/app\"]\n",
        &format!(r#"{{"User":"65534:65534","Env":["{PATH}"],"WorkingDir":"/","Entrypoint":["/app"]}}"#),
        &RUNTIME,
    );
}

#[test]
fn a_lone_program_as_root() {
    alike(
        "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n",
        &format!(r#"{{"Env":["{PATH}"],"WorkingDir":"/","Entrypoint":["/app"]}}"#),
        &RUNTIME,
    );
}

#[test]
fn root_by_another_name() {
    alike(
        "FROM alpine:3.20\nUSER 1000\nUSER 0:1000\nCMD [\"top\"]\n",
        &format!(r#"{{"User":"0:1000","Env":["{PATH}"],"WorkingDir":"/","Cmd":["top"]}}"#),
        &RUNTIME,
    );
}

#[test]
fn a_health_check_that_is_switched_off() {
    alike(
        "FROM alpine:3.20\nRUN apk add --no-cache tini\nUSER 10001\nHEALTHCHECK NONE\nENTRYPOINT [\"/sbin/tini\", \"--\", \"/srv/app\"]\n",
        &format!(
            r#"{{"User":"10001","Env":["{PATH}"],"WorkingDir":"/","Entrypoint":["/sbin/tini","--","/srv/app"],"Healthcheck":{{"Test":["NONE"]}}}}"#
        ),
        // whether tini is in the layers
        &["init-installed", RUNTIME[0], RUNTIME[1], RUNTIME[2]],
    );
}

#[test]
fn an_entrypoint_that_clears_the_command() {
    alike(
        "FROM alpine:3.20 AS base\nENTRYPOINT [\"e\"]\nCMD [\"flask\", \"run\", \"--debug\"]\nFROM base\nUSER 7\nENTRYPOINT [\"y\"]\n",
        &format!(r#"{{"User":"7","Env":["{PATH}"],"WorkingDir":"/","Entrypoint":["y"]}}"#),
        &RUNTIME,
    );
}

#[test]
fn nothing_to_run() {
    alike("FROM scratch\nCOPY files /files\n", &format!(r#"{{"Env":["{PATH}"],"WorkingDir":"/"}}"#), &RUNTIME[1..]);
}

#[test]
fn an_official_image_that_steps_down() {
    alike(
        "FROM redis:7-alpine\nHEALTHCHECK CMD redis-cli ping\n",
        &format!(
            r#"{{"Env":["{PATH}","REDIS_VERSION=7.4.1"],"WorkingDir":"/data","ExposedPorts":{{"6379/tcp":{{}}}},"Entrypoint":["docker-entrypoint.sh"],"Cmd":["redis-server"],"Healthcheck":{{"Test":["CMD-SHELL","redis-cli ping"]}}}}"#
        ),
        // what docker-entrypoint.sh does
        &["non-root", "exec-form", "no-reload", RUNTIME[0], RUNTIME[1], RUNTIME[2]],
    );
}

#[test]
fn an_official_image_that_does_not() {
    alike(
        "FROM node:18\nENV NODE_ENV=development\nCMD [\"npm\", \"run\", \"dev\"]\n",
        &format!(
            r#"{{"Env":["{PATH}","NODE_VERSION=18.20.4","NODE_ENV=development"],"WorkingDir":"/","Entrypoint":["docker-entrypoint.sh"],"Cmd":["npm","run","dev"]}}"#
        ),
        // what docker-entrypoint.sh does
        &["init", "exec-form", "no-reload"],
    );
}
