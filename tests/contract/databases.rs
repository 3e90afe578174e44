//! Redis and PostgreSQL, played: what they say when they are not ready, and what is neither.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use crate::program::{CALM, Folder};
use crate::servers::{answering, nobody, serve};

/// A server that answers whatever it is sent first with these bytes.
fn saying(answer: &'static [u8]) -> u16 {
    serve(move |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(answer);
    })
}

fn redis(port: u16) -> Folder {
    Folder::of(format!("services:\n  cache: {{ image: redis:7.4, ports: [\"127.0.0.1:{port}:6379\"] }}\n"))
}

fn postgres(port: u16) -> Folder {
    Folder::of(format!(
        "services:\n  db:\n    image: postgres:16\n    ports: [\"127.0.0.1:{port}:5432\"]\n    \
         environment: {{ POSTGRES_USER: app, POSTGRES_PASSWORD: geheim }}\n    \
         healthcheck: {{ test: [\"CMD\", \"pg_isready\", \"-U\", \"app\"] }}\n"
    ))
}

#[test]
fn redis_is_to_say_pong() {
    for (port, code, said) in [
        (saying(b"+PONG\r\n"), 0, "PONG"),
        (saying(b"-NOAUTH Authentication required.\r\n"), 0, "note: `cache`: none is sent: it answers"),
        (saying(b"-LOADING Redis is loading the dataset in memory\r\n"), 1, "the error `LOADING Redis is loading"),
        (saying(b"-DENIED Redis is running in protected mode\r\n"), 1, "protected-mode no"),
        (saying(b"+QUEUED\r\n"), 1, "the answer is not Redis: it begins `+QUEUED`"),
        (saying(b"+PON"), 1, "the answer is not Redis"),
        (saying(&[b'+'; 4096]), 1, "the answer is not Redis"),
        (saying(b""), 1, "closed the connection without an answer"),
        (answering("HTTP/1.1 400 Bad Request\r\n\r\n"), 1, "gave no whole answer within"),
        (nobody(), 1, "nothing listens there"),
    ] {
        redis(port).probe(&["--within", "900ms", "--timeout", "2s"]).exits(code).says(said);
    }
}

#[test]
fn postgres_is_to_accept_connections() {
    let starting = b"E\0\0\0\x3eSFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
    let declining = b"E\0\0\0\x29SFATAL\0C28000\0Mno pg_hba.conf entry\0\0";
    for (port, code, said) in [
        (saying(b"R\0\0\0\x08\0\0\0\x03"), 0, "accepts connections"),
        (saying(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"), 0, "accepts connections"),
        (saying(declining), 0, "it serves, but not this user without a password: `28000: no pg_hba.conf entry`"),
        (saying(starting), 1, "accepts no connections: `the database system is starting up`"),
        (saying(b"E\0\0\0\x06x\0"), 1, "the answer is not PostgreSQL"),
        (saying(b"E\x7f\xff\xff\xffx"), 1, "the answer is not PostgreSQL"),
        (saying(b"R\0\0"), 1, "the answer is not PostgreSQL"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 1, "the answer is not PostgreSQL: it begins `HTTP/1.1 400"),
        (serve(|_stream| thread::sleep(Duration::from_secs(60))), 1, "gave no whole answer within 2 s"),
        (nobody(), 1, "nothing listens there"),
    ] {
        postgres(port).probe(&["--within", "1900ms", "--timeout", "2s"]).exits(code).says(said);
    }
}

#[test]
fn databases_are_told_who_asks_and_no_secret() {
    let (sent, received) = std::sync::mpsc::channel();
    let port = serve(move |mut stream| {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).unwrap_or(0);
        let _ = sent.send(bytes[..read].to_vec());
        let _ = stream.write_all(b"R\0\0\0\x08\0\0\0\x03");
    });
    postgres(port).probe(&CALM).exits(0);
    let packet = received.recv().expect("a packet");
    assert_eq!(packet[4..], *b"\0\x03\0\0user\0app\0application_name\0plimsoll\0\0");
}

#[test]
fn databases_have_no_unhealthy_answer() {
    let ran = redis(saying(b"+PONG\r\n")).probe(&["--expect", "unhealthy"]).exits(2);
    ran.says("the contract has no unhealthy answer for a database").warns("there is nothing to ask");
}
