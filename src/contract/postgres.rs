//! PostgreSQL: a startup packet (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
//!
//! As `pg_isready` does, it asks whether connections are accepted, and goes away without logging in: the server demands
//! a password, or says why it will not serve this user, or that it serves nobody yet.

use super::connection::{Connection, Failure};

/// Version 3.0 of the protocol.
const VERSION: u32 = 3 << 16;
/// The longest message that is read; a server has no reason to say more before anybody has logged in.
const MESSAGE: usize = 32 * 1024;
/// `cannot_connect_now`: it starts up, shuts down or recovers.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// What a server says to a startup packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It goes on to log the user in.
    Accepts,
    /// It serves others, and says why it will not serve this user: code and message.
    Declines(String, String),
    /// It serves nobody now; its message.
    Starting(String),
}

/// Says hello as `user`, and reads what comes back.
pub fn hello(connection: &mut Connection, user: &str) -> Result<Reply, Failure> {
    connection.send(&startup(user))?;
    let mut bytes = Vec::new();
    let end = loop {
        let end = wanted(&bytes)?;
        if bytes.len() >= end {
            break end;
        }
        if !connection.receive(&mut bytes, MESSAGE)? {
            return Err(if bytes.is_empty() { Failure::Closed } else { Failure::Foreign(bytes) });
        }
    };
    if bytes[0] != b'E' {
        // Terminate: a server that trusts everybody has begun a session.
        let _ = connection.send(b"X\0\0\0\x04");
        return Ok(Reply::Accepts);
    }
    let field = |wanted: u8| {
        let mut fields = bytes[5..end].split(|byte| *byte == 0);
        let field = fields.find(|field| field.first() == Some(&wanted))?;
        Some(String::from_utf8_lossy(&field[1..]).into_owned())
    };
    let message = field(b'M').unwrap_or_default();
    match field(b'C') {
        Some(code) if code == CANNOT_CONNECT_NOW => Ok(Reply::Starting(message)),
        Some(code) => Ok(Reply::Declines(code, message)),
        None => Err(Failure::Foreign(bytes)),
    }
}

/// How many bytes the message has that begins so: the head, until that is there.
fn wanted(bytes: &[u8]) -> Result<usize, Failure> {
    // `R`: how to log in. `v`: an older version of the protocol is offered. `E`: an error.
    if bytes.first().is_some_and(|kind| !matches!(kind, b'R' | b'v' | b'E')) {
        return Err(Failure::Foreign(bytes.to_vec()));
    }
    let Some(length) = bytes.get(1..5) else { return Ok(5) };
    let length = length.iter().fold(0usize, |length, byte| (length << 8) | usize::from(*byte));
    if (4..MESSAGE).contains(&length) { Ok(length + 1) } else { Err(Failure::Foreign(bytes.to_vec())) }
}

/// Length, version, and the user; the database is that of the same name unless it is said.
fn startup(user: &str) -> Vec<u8> {
    let mut body = VERSION.to_be_bytes().to_vec();
    for text in ["user", user, "application_name", "plimsoll"] {
        body.extend(text.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_startup_packet_says_its_own_length() {
        let packet = startup("a\0b");
        assert_eq!(packet[..8], [0, 0, 0, packet.len() as u8, 0, 3, 0, 0]);
        assert_eq!(packet[8..], *b"user\0ab\0application_name\0plimsoll\0\0");
    }

    #[test]
    fn what_is_no_message_is_not_waited_for() {
        assert_eq!(wanted(b""), Ok(5));
        assert_eq!(wanted(b"R\0\0\0\x08"), Ok(9));
        for foreign in [&b"H"[..], b"E\xff\xff\xff\xff", b"E\0\0\0\x03"] {
            assert_eq!(wanted(foreign), Err(Failure::Foreign(foreign.to_vec())));
        }
    }
}
