//! Redis: `PING` in RESP (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).

use super::connection::{Connection, Failure};

/// The longest first line of a reply that is read; error messages are one sentence.
const LINE: usize = 1024;

/// The first line of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `+PONG`.
    Pong,
    /// `-NOAUTH`, `-NOPERM`: it answers, and tells only those who have a password more.
    Locked,
    /// Any other error, without the `-`: `LOADING Redis is loading the dataset in memory`.
    Error(String),
}

/// Asks, and reads the first line of the reply.
pub fn ping(connection: &mut Connection) -> Result<Reply, Failure> {
    connection.send(b"*1\r\n$4\r\nPING\r\n")?;
    let mut bytes = Vec::new();
    let line = loop {
        if let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") {
            break &bytes[..end];
        }
        if bytes.len() >= LINE {
            return Err(Failure::Foreign(bytes));
        }
        let room = LINE - bytes.len();
        if !connection.receive(&mut bytes, room)? {
            return Err(if bytes.is_empty() { Failure::Closed } else { Failure::Foreign(bytes) });
        }
    };
    match line {
        b"+PONG" => Ok(Reply::Pong),
        [b'-', error @ ..] if error.starts_with(b"NOAUTH ") || error.starts_with(b"NOPERM ") => Ok(Reply::Locked),
        [b'-', error @ ..] => Ok(Reply::Error(String::from_utf8_lossy(error).into_owned())),
        _ => Err(Failure::Foreign(bytes)),
    }
}
