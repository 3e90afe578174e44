//! Connections: bytes to and from a server, with one deadline over everything.
//!
//! A timeout for each read would let a server that sends one byte now and then go on for ever; here what is left until
//! the deadline is all that a read gets.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing listens there.
    Refused,
    /// There is no way there; what the system says.
    Unreachable(String),
    /// Nobody took the connection before the deadline.
    NoConnection,
    /// The connection was taken, and no answer came before the deadline.
    NoAnswer,
    /// The connection was closed before an answer came.
    Closed,
    /// An answer began and did not end before the deadline; how it began.
    Unfinished(String),
    /// An answer began and broke off; how it began.
    BrokenOff(String),
    /// The answer is not of the protocol; how it begins.
    Foreign(Vec<u8>),
    /// The answer is longer than any that could be right; the limit.
    TooLong(&'static str),
}

/// A connection until its deadline.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    deadline: Instant,
}

/// What is left until a deadline; an error once nothing is.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Unix reports a timeout of a socket as one kind, Windows as the other.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

impl Connection {
    /// Connects to the first address that takes it; each gets a fair part of the time.
    pub fn open(addresses: &[SocketAddr], deadline: Instant) -> Result<Connection, Failure> {
        let mut failure = Failure::Unreachable("it has no address".to_string());
        for (at, address) in addresses.iter().enumerate() {
            let parts = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
            let Ok(left) = left(deadline) else { return Err(Failure::NoConnection) };
            match TcpStream::connect_timeout(address, (left / parts).max(Duration::from_millis(1))) {
                Ok(stream) => {
                    // A question is one small packet; it is not to wait for more.
                    let _ = stream.set_nodelay(true);
                    return Ok(Connection { stream, deadline });
                }
                Err(error) if is_timeout(&error) => failure = Failure::NoConnection,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => failure = Failure::Refused,
                Err(error) => failure = Failure::Unreachable(error.to_string()),
            }
        }
        Err(failure)
    }

    /// Sends everything.
    pub fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let sent = left(self.deadline).and_then(|left| {
                self.stream.set_write_timeout(Some(left))?;
                self.stream.write(bytes)
            });
            match sent {
                Ok(0) => return Err(Failure::Closed),
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Failure::NoAnswer),
                Err(_) => return Err(Failure::Closed),
            }
        }
        Ok(())
    }

    /// Appends what comes next, at most `room` bytes; `false` if the other side has said all.
    pub fn receive(&mut self, into: &mut Vec<u8>, room: usize) -> Result<bool, Failure> {
        let mut piece = [0; 4096];
        let room = room.min(piece.len());
        loop {
            let received = left(self.deadline).and_then(|left| {
                self.stream.set_read_timeout(Some(left))?;
                self.stream.read(&mut piece[..room])
            });
            match received {
                Ok(received) => {
                    into.extend_from_slice(&piece[..received]);
                    return Ok(received > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Failure::NoAnswer),
                Err(_) => return Err(Failure::Closed),
            }
        }
    }
}
