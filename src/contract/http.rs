//! HTTP: one GET over a plain connection, to the end of the answer.
//!
//! The head is read by `httparse`. Redirects are an answer like any other. The body is read to its end, because a client
//! that a health check runs waits for it too, but not further than [`BODY`].

use super::connection::{Connection, Failure};

/// The longest head, interim answers included.
const HEAD: usize = 32 * 1024;
/// The most header fields; Apache httpd takes 100, nginx as many as fit.
const FIELDS: usize = 128;
/// How much of a body is read; one that is longer counts as whole from there on.
const BODY: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// The value of `Host`: that which the health check sends.
    pub host: String,
    /// The path, with every byte in it that a request line cannot hold as `%XX`.
    pub path: String,
}

impl Get {
    /// A request for a path of a server; whatever stands in a Compose file, it stays one request.
    pub fn new(host: &str, port: u16, path: &str) -> Get {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let host = if host.is_empty() || !host.chars().all(plain) { "localhost" } else { host };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
        let host = if port == 80 { host } else { format!("{host}:{port}") };
        let mut escaped = String::with_capacity(path.len() + 1);
        if !path.starts_with('/') {
            escaped.push('/');
        }
        for byte in path.bytes() {
            match byte {
                b'!'..=b'~' => escaped.push(char::from(byte)),
                _ => escaped.push_str(&format!("%{byte:02X}")),
            }
        }
        Get { host, path: escaped }
    }

    fn request(&self) -> String {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: plimsoll/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            self.path,
            self.host,
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Status and phrase: `200 OK`.
    pub line: String,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// The head of an answer.
struct Head {
    status: u16,
    line: String,
    length: usize,
    end: End,
}

/// Asks, and reads the whole answer.
pub fn get(connection: &mut Connection, get: &Get) -> Result<Reply, Failure> {
    connection.send(get.request().as_bytes())?;
    let (mut bytes, mut read) = (Vec::new(), 0);
    let head = loop {
        match head(&bytes)? {
            // `100 Continue` and `103 Early Hints` come before the answer.
            Some(head) if (100..200).contains(&head.status) && head.status != 101 => drop(bytes.drain(..head.length)),
            Some(head) => break head,
            None if read >= HEAD => return Err(Failure::TooLong("its head is longer than 32 KiB")),
            None => {
                let before = bytes.len();
                if !connection.receive(&mut bytes, HEAD - read)? {
                    return Err(if bytes.is_empty() { Failure::Closed } else { Failure::Foreign(bytes) });
                }
                read += bytes.len() - before;
            }
        }
    };
    bytes.drain(..head.length);
    let unfinished = |failure| match failure {
        Failure::NoAnswer => Failure::Unfinished(head.line.clone()),
        _ => Failure::BrokenOff(head.line.clone()),
    };
    while bytes.len() < BODY && !is_whole(&bytes, head.end) {
        let room = BODY - bytes.len();
        if !connection.receive(&mut bytes, room).map_err(unfinished)? {
            if head.end == End::Close {
                break;
            }
            return Err(Failure::BrokenOff(head.line));
        }
    }
    Ok(Reply { status: head.status, line: head.line, body: bytes })
}

/// The head at the start of the bytes; `None` if it is not all there.
fn head(bytes: &[u8]) -> Result<Option<Head>, Failure> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Failure::TooLong("it has more than 128 header fields")),
        Err(_) => return Err(Failure::Foreign(bytes.to_vec())),
    };
    let Some(status) = response.code else { return Err(Failure::Foreign(bytes.to_vec())) };
    let phrase = response.reason.unwrap_or("");
    let line = format!("{status} {phrase}").trim_end().to_string();
    let values = |name: &'static str| {
        let fields = response.headers.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        fields.flat_map(|field| field.value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
    };
    let end = match values("transfer-encoding").next_back() {
        _ if matches!(status, 101 | 204 | 304) => End::Length(0),
        Some(coding) if coding.eq_ignore_ascii_case(b"chunked") => End::Chunked,
        Some(_) => End::Close,
        None => match body_length(values("content-length")) {
            Ok(length) => length.map_or(End::Close, End::Length),
            Err(()) => return Err(Failure::Foreign(bytes.to_vec())),
        },
    };
    Ok(Some(Head { status, line, length, end }))
}

/// The one length that all values give, if there are any. Nobody knows where the answer ends if they are no numbers, or
/// not the same: then it is invalid (RFC 9112, 6.3).
fn body_length<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> Result<Option<u64>, ()> {
    let Some(first) = values.next() else { return Ok(None) };
    if !first.iter().all(u8::is_ascii_digit) || values.any(|other| other != first) {
        return Err(());
    }
    std::str::from_utf8(first).ok().and_then(|length| length.parse().ok()).map(Some).ok_or(())
}

/// Whether the body is all there.
fn is_whole(body: &[u8], end: End) -> bool {
    match end {
        End::Length(length) => u64::try_from(body.len()).is_ok_and(|read| read >= length),
        End::Chunked => has_last_chunk(body),
        End::Close => false,
    }
}

/// Whether the chunks go on to the last one. A size that is none is never followed by a last chunk.
fn has_last_chunk(mut body: &[u8]) -> bool {
    loop {
        match httparse::parse_chunk_size(body) {
            Ok(httparse::Status::Complete((_, 0))) => return body.ends_with(b"\r\n\r\n"),
            Ok(httparse::Status::Complete((start, size))) => {
                let next = usize::try_from(size).ok().and_then(|size| start.checked_add(size)?.checked_add(2));
                match next.and_then(|next| body.get(next..)) {
                    Some(rest) => body = rest,
                    None => return false,
                }
            }
            Ok(httparse::Status::Partial) | Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_server_sends_is_read_without_a_panic(bytes: Vec<u8>, of_http: bool) {
            let bytes = if of_http { [b"HTTP/1.1 200 OK\r\n", &bytes[..]].concat() } else { bytes };
            let _ = head(&bytes);
            for end in [End::Chunked, End::Close, End::Length(u64::MAX)] {
                let _ = is_whole(&bytes, end);
            }
        }

        #[test]
        fn whatever_a_file_says_is_one_request(host: String, port: u16, path: String) {
            let request = Get::new(&host, port, &path).request();
            let mut fields = [httparse::EMPTY_HEADER; 8];
            let mut read = httparse::Request::new(&mut fields);
            prop_assert_eq!(read.parse(request.as_bytes()), Ok(httparse::Status::Complete(request.len())));
            prop_assert_eq!(read.headers.len(), 4);
        }
    }

    #[test]
    fn a_path_stays_one_request() {
        for (host, port, path, expected_host, expected_path) in [
            ("localhost", 3000, "/health", "localhost:3000", "/health"),
            ("127.0.0.1", 80, "", "127.0.0.1", "/"),
            ("::1", 8080, "health", "[::1]:8080", "/health"),
            ("a\r\nX: y", 80, "/ HTTP/1.1\r\nX: y", "localhost", "/%20HTTP/1.1%0D%0AX:%20y"),
            ("web_1", 80, "/größe", "web_1", "/gr%C3%B6%C3%9Fe"),
        ] {
            let get = Get::new(host, port, path);
            assert_eq!((get.host.as_str(), get.path.as_str()), (expected_host, expected_path), "{host} {path}");
            assert_eq!(get.request().matches("\r\n").count(), 6, "{host} {path}");
        }
    }

    #[test]
    fn the_head_says_where_the_body_ends_or_is_none() {
        for (fields, end) in [
            ("", Some(End::Close)),
            ("Content-Length: 2\r\n", Some(End::Length(2))),
            ("Content-Length: 2\r\ncontent-length: 2, 2\r\n", Some(End::Length(2))),
            ("Content-Length: 2\r\nContent-Length: 3\r\n", None),
            ("Content-Length: -5\r\n", None),
            ("Content-Length: +5\r\n", None),
            ("Content-Length: \r\n", None),
            ("Content-Length: 99999999999999999999\r\n", None),
            ("Content-Length: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n", Some(End::Chunked)),
            ("Transfer-Encoding: gzip\r\n", Some(End::Close)),
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
            let found = head(answer.as_bytes()).ok().flatten().map(|head| head.end);
            assert_eq!(found, end, "{fields}");
        }
    }

    #[test]
    fn a_chunked_body_ends_with_its_last_chunk_and_not_before() {
        for (body, whole) in [
            (&b"5\r\nhello\r\n0\r\n\r\n"[..], true),
            (b"0\r\n\r\n", true),
            (b"5\r\nhello\r\n0\r\nExpires: 0\r\n\r\n", true),
            (b"5\r\nhello\r\n0\r\n", false),
            (b"7\r\n0\r\n\r\n..\r\n", false),
            (b"5\r\nhel", false),
            (b"ffffffffffffffff\r\nx", false),
            (b"x\r\n0\r\n\r\n", false),
        ] {
            assert_eq!(has_last_chunk(body), whole, "{}", String::from_utf8_lossy(body));
        }
    }
}
