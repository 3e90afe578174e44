//! Answers that are wrong, too long, too slow, cut short, or a refusal.

use super::*;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn a_document_that_is_not_what_its_digest_says_is_refused() {
    let server = Server::new(|request, published| match request.path().contains("/blobs/") {
        true => answer(200, "", String::from_utf8_lossy(&published.config).replace("app", "bad").as_bytes()),
        false => published.honest(request),
    });
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("configuration") && error.what.contains("digest"), "{error}");

    let server = Server::new(|_, published| {
        let said = format!("Docker-Content-Digest: {}\r\n", Digest::of(b"x"));
        answer(200, &said, &published.manifest)
    });
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("`Docker-Content-Digest`"), "{error}");
}

#[test]
fn a_document_that_is_too_long_is_not_read() {
    let announced = Server::talking(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
        thread::sleep(Duration::from_secs(3));
    });
    let started = Instant::now();
    let error = refused(&announced.reference("app:1"), &options());
    assert!(error.what.contains("4194304 bytes"), "{error}");
    assert!(started.elapsed() < Duration::from_millis(700));

    let endless = Server::talking(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    let error = refused(&endless.reference("app:1"), &options());
    assert!(error.what.contains("4194304 bytes"), "{error}");

    let head = Server::talking(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(format!("X-Y: {}\r\n", "z".repeat(4000)).as_bytes()).is_ok() {}
    });
    let error = refused(&head.reference("app:1"), &options());
    assert!(error.what.contains("not HTTP") || error.what.contains("cut"), "{error}");
}

#[test]
fn a_registry_that_stalls_is_not_waited_for() {
    let silent = |_: &server::Request, _: &Published, _: &mut TcpStream| thread::sleep(Duration::from_secs(20));
    let started = Instant::now();
    let error = refused(&Server::talking(silent).reference("app:1"), &options());
    assert!(error.what.contains("stalls") || error.what.contains("too long"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));

    let dripping = Server::talking(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let mut options = options();
    options.timeouts.overall = Duration::from_millis(1500);
    let started = Instant::now();
    let error = refused(&dripping.reference("app:1"), &options);
    assert!(error.what.contains("stalls") || error.what.contains("too long"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_connection_that_is_cut_is_tried_again_a_few_times() {
    let server = Server::talking(|_, published, stream| {
        let whole = published.document(&published.manifest);
        let _ = stream.write_all(&whole[..whole.len() - 7]);
    });
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("cut"), "{error}");
    let clear = server.asked().iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!(clear, 3, "{:?}", server.asked());
}

/// Answers this a few times, and is honest then.
fn recovering(times: usize, status: u16, headers: &'static str) -> Server {
    let left = AtomicUsize::new(times);
    Server::new(move |request, published| {
        let spent = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
        if spent { published.honest(request) } else { answer(status, headers, b"") }
    })
}

#[test]
fn what_passes_is_waited_for_and_what_lasts_is_not() {
    for (status, headers) in [(503, ""), (502, ""), (429, "Retry-After: 0\r\n")] {
        let server = recovering(2, status, headers);
        assert!(open(&server.reference("app:1"), &Wanted::default(), &options()).is_ok(), "{status}");
        assert_eq!(server.asked().len(), 4, "{status}");
    }
    let server = recovering(9, 429, "Retry-After: 3600\r\n");
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("429") && error.help.contains("3600") && error.help.contains("log in"), "{error}");
    assert_eq!(server.asked().len(), 1);
    let server = recovering(9, 500, "");
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("500") && error.what.contains("(3 times)"), "{error}");
    let server = recovering(9, 404, "");
    refused(&server.reference("app:1"), &options());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_refusal_says_what_the_registry_says_and_what_to_do() {
    let said = |status, body: &'static [u8]| {
        refused(&Server::new(move |_, _| answer(status, "", body)).reference("team/app:2"), &options())
    };
    let unknown = said(404, br#"{"errors":[{"code":"NAME_UNKNOWN","message":"no \u001b[2Jsuch repository"}]}"#);
    assert!(unknown.what.contains(r"404 Not Found (NAME_UNKNOWN: no \u{1b}[2Jsuch repository)"), "{unknown}");
    assert!(unknown.help.contains("spelling"), "{unknown}");
    let denied = said(403, br#"{"errors":[{"code":"DENIED"}]}"#);
    assert!(denied.what.contains("403 Forbidden (DENIED)") && denied.help.contains("team/app"), "{denied}");
    let teapot = said(418, b"<html>");
    assert!(teapot.what.contains("418"), "{teapot}");
}

#[test]
fn documents_that_contradict_how_they_are_served_are_refused() {
    let index = "Content-Type: application/vnd.oci.image.index.v1+json\r\n";
    let docker = "Content-Type: application/vnd.docker.distribution.manifest.v2+json\r\n";
    let page = "Content-Type: text/html; charset=utf-8\r\n";
    for (headers, why) in [(index, "contradicts"), (docker, "is served as"), (page, "a web page")] {
        let server = Server::new(move |_, published| answer(200, headers, &published.manifest));
        let error = refused(&server.reference("app:1"), &options());
        assert!(error.what.contains(why), "{error}");
    }
    for headers in ["", "Content-Type: application/json\r\n", "Content-Type: ;;;\r\n"] {
        let server = Server::new(move |request, published| match request.path().contains("/manifests/") {
            true => answer(200, headers, &published.manifest),
            false => published.honest(request),
        });
        assert!(open(&server.reference("app:1"), &Wanted::default(), &options()).is_ok(), "{headers}");
    }
    let nothing = Server::new(|_, _| answer(200, "", b""));
    assert!(refused(&nothing.reference("app:1"), &options()).what.contains("malformed"));
}

#[test]
fn a_platform_that_the_registry_lost_is_named() {
    let server = Server::new(|request, published| match request.path().ends_with("/all") {
        true => published.honest(request),
        false => answer(404, "", b""),
    });
    let error = refused(&server.reference("app:all"), &options());
    assert!(error.what.contains("is not there"), "{error}");
}

#[test]
fn layers_have_the_size_that_the_manifest_says() {
    let layer = |body: &'static [u8], headers: &'static str| {
        let server = Server::talking(move |request, published, stream| {
            let name = Digest::of(&published.layer);
            let bytes = match request.path().ends_with(name.as_str()) {
                true => [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat(),
                false => published.honest(request),
            };
            let _ = stream.write_all(&bytes);
        });
        let images = open(&server.reference("app:1"), &Wanted::default(), &options()).expect("an image");
        let Blobs::Apart(layers) = &images[0].blobs else { panic!("apart") };
        let mut bytes = Vec::new();
        let read = layers(0).map(|mut reader| reader.read_to_end(&mut bytes).map(|_| ()));
        match read {
            Err(error) => error.to_string(),
            Ok(Err(error)) => error.to_string(),
            Ok(Ok(())) => String::from_utf8(bytes).expect("text"),
        }
    };
    let closing = "Connection: close\r\n";
    assert_eq!(layer(b"not really a tar", closing), "not really a tar");
    assert!(layer(b"not really", closing).contains("6 bytes too early"));
    assert!(layer(b"not really a tar, and more", closing).contains("longer than the manifest says"));
    assert!(layer(b"not really", "Content-Length: 10\r\n").contains("the registry sends 10 bytes"));
    assert!(layer(b"not really", "Content-Length: 16\r\n").contains("cut"));
}

#[test]
fn no_answer_makes_it_panic_or_hang() {
    let started = Instant::now();
    for head in [
        "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nmore here",
        "HTTP/1.1 304 Not Modified\r\n\r\nmore",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nfffffffffffffffff\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nx\r\n0\r\n\r\n",
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: \x07\r\n\r\n",
        "HTTP/1.1 999 What\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: \u{e9}\r\nDocker-Content-Digest: \u{e9}\r\n\r\n{",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer realm=\"\\\r\n\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "\r\n\r\n\r\n",
        "",
    ] {
        let server = Server::new(move |_, _| head.as_bytes().to_vec());
        refused(&server.reference("app:1"), &options());
    }
    let endless = Server::talking(|_, _, stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {});
    let mut options = options();
    options.timeouts.overall = Duration::from_millis(1500);
    refused(&endless.reference("app:1"), &options);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_identity_token_is_exchanged_once_even_if_that_fails() {
    let server = Server::new(|request, _| {
        let host = request.header("host").unwrap_or_default();
        let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\"\r\n");
        if request.path() == "/token" { answer(503, "", b"") } else { answer(401, &challenge, b"") }
    });
    let text = format!(r#"{{"auths":{{"127.0.0.1:{}":{{"identitytoken":"geheim"}}}}}}"#, server.port);
    let folder = Folder::new("once").with("config.json", &text);
    let error = refused(&server.reference("app:1"), &folder.options());
    assert!(error.what.contains("503"), "{error}");
    assert_eq!(server.asked().len(), 2, "{:?}", server.asked());
}
