//! Answers over HTTP: what keeps the contract, what breaks it, and what is none.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::program::{CALM, Folder, project, web};
use crate::servers::*;

#[test]
fn a_200_in_time_keeps_the_contract() {
    let stays = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    for (port, why) in [
        (answering(http(200, "{}")), "a length, and closed"),
        (answering("HTTP/1.1 200 OK\r\n\r\nok"), "no length, and closed"),
        (answering("HTTP/1.0 200\r\n\r\n"), "no phrase"),
        (answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), "bare line ends"),
        (answering(http(200, "unhealthy")), "the status counts, not what the body says"),
        (answering(format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{}", http(200, ""))), "hints come before"),
        (answering_and_staying(http(200, "ok")), "a length ends the answer, not the connection"),
        (answering_and_staying(stays), "the last chunk ends the answer"),
    ] {
        let ran = project(port).probe(&CALM);
        assert_eq!(ran.code, 0, "{why}\n{}\n{}", ran.out, ran.err);
        let ran = ran.says("1 met").says("every answer is right (exit code 0)");
        assert_eq!(ran.err, "", "{why}");
    }
}

#[test]
fn a_quick_answer_keeps_the_limit_of_a_second() {
    project(answering(http(200, "ok"))).probe(&[]).exits(0).says("200 in under 1 s").says("200 OK");
}

#[test]
fn any_other_status_breaks_it() {
    for (port, said) in [
        (answering(http(503, "db: connection refused")), "answered 503, not 200"),
        (answering(http(503, "db: connection refused")), "note: the answer begins `db: connection refused`"),
        (answering(http(404, "")), "answered 404, not 200"),
        (answering(http(201, "")), "answered 201, not 200"),
        (answering("HTTP/1.1 204 No Content\r\n\r\n"), "answered 204, not 200"),
        (answering("HTTP/1.1 500\r\n\r\n"), "answered 500, not 200"),
    ] {
        project(port).probe(&CALM).exits(1).says(said).says("1 violated");
    }
}

#[test]
fn a_redirect_is_no_200_and_not_followed() {
    let (elsewhere, asked) = recording();
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    project(answering(answer)).probe(&CALM).exits(1).says("answered 302, not 200").says("a redirect is not followed");
    assert!(asked.try_recv().is_err(), "nobody asked where it leads");
}

#[test]
fn an_unhealthy_service_is_to_say_503() {
    let unhealthy = ["--expect", "unhealthy", "--within", "4s"];
    project(answering(http(503, ""))).probe(&unhealthy).exits(0).says("503 in under 4 s");
    project(answering(http(200, "ok"))).probe(&unhealthy).exits(1).says("answered 200, not 503");
    project(nobody()).probe(&unhealthy).exits(1).says("nothing listens there");
}

#[test]
fn a_late_answer_breaks_it_whatever_it_says() {
    let late = |status: u16| {
        serve(move |mut stream| {
            request(&mut stream);
            thread::sleep(Duration::from_millis(1500));
            let _ = stream.write_all(http(status, "").as_bytes());
        })
    };
    project(late(200)).probe(&[]).exits(1).says("answered after 1.5").says("s, not in under 1 s");
    project(late(503)).probe(&[]).exits(1).says("answered 503, not 200; answered after 1.5");
    project(late(200)).probe(&["--within", "4s"]).exits(0);
}

#[test]
fn whoever_hangs_is_given_up() {
    let hangs = || serve(|_stream| thread::sleep(Duration::from_secs(60)));
    let impatient = ["--within", "500ms", "--timeout", "1s"];
    let endless = "x";
    for (port, said) in [
        (hangs(), "gave no whole answer within 1 s"),
        (dripping("", "HTTP/1.1 200 OK\r\nA: b\r\n"), "gave no whole answer within 1 s"),
        (dripping("HTTP/1.1 200 OK\r\n", "A: b\r\n"), "gave no whole answer within 1 s"),
        (dripping("HTTP/1.1 200 OK\r\n\r\n", endless), "began to answer `200 OK` and did not end within 1 s"),
        (answering_and_staying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), "began to answer `200 OK`"),
    ] {
        let ran = project(port).probe(&impatient).exits(1).says(said);
        assert!(ran.took < Duration::from_secs(6), "{said}: {:?}", ran.took);
    }
}

#[test]
fn everybody_is_asked_at_the_same_time() {
    let services: String =
        (0..8).map(|at| web(&format!("web{at}"), serve(|_stream| thread::sleep(Duration::from_secs(60))))).collect();
    let ran = Folder::of(format!("services:\n{services}")).probe(&["--timeout", "2s"]).exits(1).says("8 violated");
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn what_is_no_answer_breaks_it() {
    let endless = |head: &'static str, line: &'static str| {
        serve(move |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(line.as_bytes()).is_ok() {}
        })
    };
    for (port, said) in [
        (serve(drop), "closed the connection without an answer"),
        (nobody(), "nothing listens there"),
        (answering("SSH-2.0-OpenSSH_9.6\r\n"), "the answer is not HTTP: it begins `SSH-2.0-OpenSSH_9.6`"),
        (answering("HTTP/1.1 abc\r\n\r\n"), "the answer is not HTTP"),
        (answering("HTTP/1.1 200 OK\r\nA"), "the answer is not HTTP: it begins `HTTP/1.1 200 OK A`"),
        (answering([0xff; 40]), "the answer is not HTTP"),
        (answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), "began to answer `200 OK` and broke off"),
        (answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"), "broke off"),
        (endless("HTTP/1.1 200 OK\r\nA: ", "aaaaaaaaaaaaaaaaaaaaaaaa"), "its head is longer than 32 KiB"),
        (endless("HTTP/1.1 200 OK\r\n", "A: b\r\n"), "it has more than 128 header fields"),
        (endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "its head is longer than 32 KiB"),
    ] {
        project(port).probe(&["--within", "4s", "--timeout", "8s"]).exits(1).says(said);
    }
}

#[test]
fn of_an_endless_body_no_more_is_read_than_a_health_check_has() {
    let port = serve(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    project(port).probe(&CALM).exits(0);
}

#[test]
fn what_a_server_says_does_nothing_to_the_terminal_or_the_log() {
    let body = "\u{1b}[2Jgone \u{202e}\r\n::error::x ##[group]y\r\npassword=hunter2";
    let port = answering(format!("HTTP/1.1 500 bad\x1b[31m\r\n\r\n{body}"));
    let other = answering(http(500, body));
    for port in [port, other] {
        for format in ["table", "json"] {
            let ran = project(port).probe(&["--within", "4s", "--format", format]).exits(1);
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!ran.out.contains(acts), "{:?}", ran.out);
            assert!(!ran.out.contains("hunter2"), "{}", ran.out);
            assert!(!ran.out.lines().any(|line| line.trim_start().starts_with("::")), "{}", ran.out);
        }
    }
}

#[test]
fn the_request_is_that_of_the_health_check_and_holds_no_secret() {
    let (port, asked) = recording();
    let folder = Folder::of(format!(
        "services:\n  web:\n    image: example/web:1.0\n    ports: [\"{port}:3000\"]\n    \
         environment: {{ PORT: 3000, BASE: /api, TOKEN: geheim, POSTGRES_PASSWORD: geheim }}\n    healthcheck:\n      \
         test: 'curl -f -u me:geheim -H \"Authorization: geheim\" http://localhost:$$PORT/health?token=geheim'\n"
    ));
    folder.probe(&CALM).exits(0);
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "GET /health HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: plimsoll/{version}\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    );
    assert_eq!(asked.try_recv().as_ref(), Ok(&expected));
    assert!(asked.try_recv().is_err(), "asked once");
}

#[test]
fn a_service_that_is_not_there_yet_can_be_waited_for() {
    let ran = project(in_turn(&[503, 503, 200])).probe(&["--within", "4s", "--wait", "30s"]).exits(0);
    assert!(ran.took < Duration::from_secs(15), "{:?}", ran.took);
    let ran = project(in_turn(&[503])).probe(&["--within", "4s", "--wait", "1s", "--format", "json"]).exits(1);
    let tries = ran.json()["services"][0]["tries"].as_u64();
    assert!(tries.is_some_and(|tries| tries > 1), "{tries:?}");
    project(in_turn(&[503, 200])).probe(&CALM).exits(1);
}
