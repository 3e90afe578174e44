//! Servers that behave as a test wants them to, on free ports of this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Starts a server that does this with each connection, each on a thread of its own; gives its port.
pub fn serve(talk: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            thread::spawn(move || talk(stream));
        }
    });
    port
}

/// Reads a request over HTTP to the end of its head.
pub fn request(stream: &mut TcpStream) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A server that reads a request and answers it with these bytes, then closes.
pub fn answering(answer: impl Into<Vec<u8>>) -> u16 {
    let answer = answer.into();
    serve(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(&answer);
    })
}

/// As [`answering`], but the connection stays open.
pub fn answering_and_staying(answer: impl Into<Vec<u8>>) -> u16 {
    let answer = answer.into();
    serve(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(&answer);
        thread::sleep(Duration::from_secs(60));
    })
}

/// A server that answers these statuses, one for each connection, and the last one from then on.
pub fn in_turn(statuses: &[u16]) -> u16 {
    let left = std::sync::Arc::new(std::sync::Mutex::new(statuses.to_vec()));
    serve(move |mut stream| {
        request(&mut stream);
        let mut left = left.lock().expect("a list");
        let status = if left.len() > 1 { left.remove(0) } else { left[0] };
        let _ = stream.write_all(http(status, "").as_bytes());
    })
}

/// A server that answers 200, and a channel with what it was sent.
pub fn recording() -> (u16, Receiver<String>) {
    let (sent, received) = channel();
    let port = serve(move |mut stream| {
        let _ = sent.send(request(&mut stream));
        let _ = stream.write_all(http(200, "").as_bytes());
    });
    (port, received)
}

/// A server that sends these bytes one by one, with a pause before each, behind what it sends at once.
pub fn dripping(at_once: &'static str, slowly: &'static str) -> u16 {
    serve(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(at_once.as_bytes());
        for byte in slowly.bytes().cycle() {
            thread::sleep(Duration::from_millis(200));
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    })
}

/// An answer over HTTP.
pub fn http(status: u16, body: &str) -> String {
    let phrase = match status {
        200 => "OK",
        503 => "Service Unavailable",
        302 => "Found",
        _ => "Whatever",
    };
    format!("HTTP/1.1 {status} {phrase}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A port at which nothing listens.
pub fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}
