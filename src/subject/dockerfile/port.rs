//! Port: the words of EXPOSE.

/// What one word of EXPOSE opens, after expansion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposed {
    /// The first port.
    pub first: u16,
    /// The last port; the first again unless it is a range.
    pub last: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'static str,
}

/// Reads `port[-port][/protocol]`, with the `host:` or `address:host:` that BuildKit tolerates in front; `None` if the
/// build fails on it.
pub fn exposed(word: &str) -> Option<Exposed> {
    let container = word.rsplit(':').next().unwrap_or(word);
    let (ports, protocol) = container.split_once('/').unwrap_or((container, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let protocol = match protocol {
        "" => "tcp",
        written => ["tcp", "udp", "sctp"].into_iter().find(|known| known.eq_ignore_ascii_case(written))?,
    };
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(Exposed { first, last, protocol })
}

fn number(text: &str) -> Option<u16> {
    // Unlike Go's, Rust's reading of numbers takes a sign.
    text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_by_the_grammar_of_expose() {
        let tcp = |first, last| Some(Exposed { first, last, protocol: "tcp" });
        assert_eq!(exposed("80"), tcp(80, 80));
        assert_eq!(exposed("80/"), tcp(80, 80));
        assert_eq!(exposed("8000-8010/TCP"), tcp(8000, 8010));
        assert_eq!(exposed("53/udp"), Some(Exposed { first: 53, last: 53, protocol: "udp" }));
        // The host's part is tolerated and has no effect.
        assert_eq!(exposed("8080:80"), tcp(80, 80));
        assert_eq!(exposed("127.0.0.1:8080:80"), tcp(80, 80));
        for garbage in ["", "#", "http", "80/http", "65536", "+80", "90-80", "80-", "80,443", ":", "1:"] {
            assert_eq!(exposed(garbage), None, "{garbage}");
        }
    }
}
