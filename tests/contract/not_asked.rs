//! What cannot be asked is listed with its reason, and never left out.

use crate::program::{CALM, Folder, web};
use crate::servers::{answering, http, recording};

/// A service by the rest of its definition, and why it is not asked.
const NOT_ASKED: [(&str, &str); 19] = [
    ("healthcheck: { test: curl -f http://localhost:3000/health }", "publishes no port"),
    ("ports: [\"8080:8080\"]\n    healthcheck: { test: curl localhost:3000 }", "publishes other ports, and not 3000"),
    ("ports: [\"3000\"]\n    healthcheck: { test: curl localhost:3000 }", "on a port of the engine's choice"),
    ("ports: [\"8000-8010:3000\"]\n    healthcheck: { test: curl localhost:3000 }", "on a port of the engine's choice"),
    ("ports: [\"3000:3000/udp\"]\n    healthcheck: { test: curl localhost:3000 }", "publishes no port"),
    ("ports: [\"${P}:3000\"]\n    healthcheck: { test: curl localhost:3000 }", "the variable `P` is not set"),
    (
        "ports: [\"203.0.113.7:3000:3000\"]\n    healthcheck: { test: curl localhost:3000 }",
        "no address of this machine",
    ),
    ("network_mode: host\n    healthcheck: { test: curl localhost:3000 }", "uses the network of the host"),
    ("network_mode: none\n    healthcheck: { test: curl localhost:3000 }", "has no network"),
    ("ports: [\"3000:3000\"]\n    healthcheck: { disable: true }", "its health check is switched off"),
    ("ports: [\"3000:3000\"]\n    healthcheck: { test: curl -k https://localhost:3000 }", "asks over TLS"),
    (
        "ports: [\"3000:3000\"]\n    healthcheck: { test: curl http://example.com:3000 }",
        "asks `example.com`, which is not",
    ),
    ("ports: [\"3000:3000\"]\n    healthcheck: { test: \"true\" }", "asks nothing over HTTP"),
    (
        "ports: [\"3000:3000\"]\n    healthcheck: { test: curl --unix-socket /s http://localhost/ }",
        "the socket file `/s`",
    ),
    ("ports: [\"3000:3000\"]\n    scale: 0\n    healthcheck: { test: curl localhost:3000 }", "runs no replica"),
    ("profiles: [debug]\n    healthcheck: { test: curl localhost:3000 }", "starts only with the profile `debug`"),
    ("ports: [\"6379:6379\"]\n    healthcheck: { test: redis-cli --tls ping }", "speaks TLS, which is not spoken here"),
    ("ports: [\"6379:6379\"]\n    healthcheck: { test: redis-cli -s /run/r.sock ping }", "socket file `/run/r.sock`"),
    ("build: ./missing\n    ports: [\"3000:3000\"]", "its health check is not known"),
];

#[test]
fn each_reason_is_said() {
    for (definition, reason) in NOT_ASKED {
        let image = if definition.contains("build:") { "" } else { "image: example/web:1.0\n    " };
        let ran = Folder::of(format!("services:\n  web:\n    {image}{definition}\n")).probe(&[]).exits(2);
        let ran = ran.says("not asked web").says(reason).says("= help: ").says("nothing was asked (exit code 2)");
        ran.warns("error: there is nothing to ask");
    }
}

#[test]
fn what_a_base_image_brings_is_not_guessed() {
    let folder = Folder::of("services:\n  web: { build: ., ports: [\"3000:3000\"] }\n");
    let folder = folder.with("Dockerfile", "FROM example/base:1.0\n");
    folder.probe(&[]).exits(2).says("not asked web its health check is not known");
}

#[test]
fn some_that_are_not_asked_do_not_spoil_the_rest() {
    let quiet: String = NOT_ASKED[..5]
        .iter()
        .enumerate()
        .map(|(at, (definition, _))| format!("  quiet{at}:\n    image: example/quiet:1.0\n    {definition}\n"))
        .collect();
    let folder = Folder::of(format!("services:\n{}{quiet}", web("web", answering(http(200, "")))));
    folder.probe(&CALM).exits(0).says("asked 1 service: 1 met; 5 not asked");
    folder.probe(&["--service", "quiet0"]).exits(2).warns("`quiet0` cannot be asked: publishes no port");
    folder.probe(&["--service", "web", "--within", "4s"]).exits(0).says("asked 1 service: 1 met passed");
}

#[test]
fn a_file_does_not_send_us_to_other_machines_but_the_user_may() {
    let (port, asked) = recording();
    let compose = format!("services:\n{}", web("web", port)).replace("127.0.0.1", "203.0.113.7");
    let folder = Folder::of(compose);
    folder.probe(&CALM).exits(2).says("is published on `203.0.113.7`").says("--address HOST");
    assert!(asked.try_recv().is_err(), "nobody was asked");
    folder.probe(&["--within", "4s", "--address", "127.0.0.1"]).exits(0).says(&format!("GET http://127.0.0.1:{port}"));
    folder.probe(&["--within", "4s", "--address", "localhost"]).exits(0).says(&format!("GET http://localhost:{port}"));
}
