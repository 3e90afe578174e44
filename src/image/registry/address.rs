//! Address: a URL of a registry, whether it may be asked in clear, and how messages show it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

use crate::container::reference::DOCKER_HUB;

/// Longer locations than that are refused; those of object stores, with signatures, have 2 KiB.
const LONGEST: usize = 16 * 1024;

/// Where Docker Hub's registry is: its name in references is another one.
const DOCKER_HUB_REGISTRY: &str = "registry-1.docker.io";

/// An absolute `http` or `https` URL without user information and fragment. `Display` leaves out the query, which may
/// hold signatures and tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    secure: bool,
    host: String,
    port: u16,
    path: String,
    query: Option<String>,
}

impl Address {
    /// Reads an absolute URL.
    pub(super) fn parse(text: &str) -> Option<Address> {
        let text = text.split('#').next().unwrap_or(text);
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        let written_port = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if written_port => return None,
            None => default_port(secure),
        };
        Some(Address {
            secure,
            host: authority.host().to_ascii_lowercase(),
            port,
            path: uri.path().to_string(),
            query: uri.query().map(str::to_string),
        })
    }

    /// The root of the registry that references call `domain`.
    pub(super) fn registry(domain: &str, secure: bool) -> Option<Address> {
        let host = if domain == DOCKER_HUB { DOCKER_HUB_REGISTRY } else { domain };
        Address::parse(&format!("{}://{host}/", scheme(secure)))
    }

    /// Another path on the same server.
    pub(super) fn at(&self, path: &str) -> Address {
        Address { path: path.to_string(), query: None, ..self.clone() }
    }

    /// The same with more parameters in its query.
    pub(super) fn with_query(&self, parameters: &[(&str, &str)]) -> Address {
        let mut query = self.query.clone().unwrap_or_default();
        let more = form(parameters);
        if !query.is_empty() && !more.is_empty() {
            query.push('&');
        }
        query.push_str(&more);
        Address { query: Some(query).filter(|query| !query.is_empty()), ..self.clone() }
    }

    /// Where a `Location` leads from here (RFC 3986, section 5, without dot segments).
    pub(super) fn join(&self, location: &str) -> Option<Address> {
        let location = location.trim();
        let here = |rest: &str| Address::parse(&format!("{}{rest}", self.origin()));
        if location.starts_with("//") {
            return Address::parse(&format!("{}:{location}", scheme(self.secure)));
        }
        if location.starts_with('/') {
            return here(location);
        }
        if location.starts_with('?') {
            return here(&format!("{}{location}", self.path));
        }
        let before_path = location.split(['/', '?', '#']).next().unwrap_or(location);
        if before_path.contains(':') {
            return Address::parse(location);
        }
        let folder = self.path.rfind('/').map_or("/", |at| &self.path[..=at]);
        here(&format!("{folder}{location}"))
    }

    /// Whether both are the same server: scheme, host and port.
    pub(super) fn same_server(&self, other: &Address) -> bool {
        (self.secure, &self.host, self.port) == (other.secure, &other.host, other.port)
    }

    /// Whether both have the same host, on whatever port.
    pub(super) fn same_host(&self, other: &Address) -> bool {
        self.host == other.host
    }

    /// Whether it is `https`.
    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether nothing that is said there leaves this machine: `localhost`, 127.0.0.0/8, `::1`.
    pub(super) fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost"
            || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
    }

    /// The whole URL, for whoever asks it.
    pub(super) fn url(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{}{query}", self.origin(), self.path)
    }

    fn origin(&self) -> String {
        let port = if self.port == default_port(self.secure) { String::new() } else { format!(":{}", self.port) };
        format!("{}://{}{port}", scheme(self.secure), self.host)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// Parameters as a query or a form has them.
pub(super) fn form(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn docker_hub_answers_under_another_name() {
        assert_eq!(
            Address::registry("docker.io", true).expect("an address").to_string(),
            "https://registry-1.docker.io/"
        );
        assert_eq!(
            Address::registry("localhost:5000", false).expect("an address").to_string(),
            "http://localhost:5000/"
        );
        assert_eq!(Address::registry("[::1]:5000", false).expect("an address").to_string(), "http://[::1]:5000/");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.9.9.9:80", "[::1]:5000"] {
            assert!(address(&format!("http://{host}/")).is_loopback(), "{host}");
        }
        for host in ["localhost.evil.example", "127.0.0.1.nip.io", "128.0.0.1", "[::2]", "registry", "0.0.0.0"] {
            assert!(!address(&format!("http://{host}/")).is_loopback(), "{host}");
        }
    }

    #[test]
    fn urls_with_passwords_other_schemes_or_control_characters_are_refused() {
        for text in [
            "https://me:secret@host/",
            "ftp://host/",
            "file:///etc/passwd",
            "https:///x",
            "/x",
            "https://h/\r\nX: y",
            "https://host:99999/",
            "https://ho st/",
        ] {
            assert!(Address::parse(text).is_none(), "{text}");
        }
        assert!(Address::parse(&format!("https://h/{}", "a".repeat(LONGEST))).is_none());
    }

    #[test]
    fn locations_lead_on_from_where_they_were_given() {
        let here = address("https://r.example:8443/v2/app/blobs/x?a=b");
        for (location, there) in [
            ("https://cdn.example/b?sig=1#f", "https://cdn.example/b?sig=1"),
            ("//cdn.example/b", "https://cdn.example/b"),
            ("/b", "https://r.example:8443/b"),
            ("?c=d", "https://r.example:8443/v2/app/blobs/x?c=d"),
            ("y", "https://r.example:8443/v2/app/blobs/y"),
            ("http://r.example/", "http://r.example/"),
        ] {
            assert_eq!(here.join(location).map(|address| address.url()).as_deref(), Some(there), "{location}");
        }
        assert!(here.join("javascript:alert(1)").is_none());
    }

    #[test]
    fn queries_are_sent_and_not_shown() {
        let address = address("https://cdn.example/b?sig=geheim").with_query(&[("scope", "repository:a/b:pull")]);
        assert_eq!(address.url(), "https://cdn.example/b?sig=geheim&scope=repository%3Aa%2Fb%3Apull");
        assert_eq!(address.to_string(), "https://cdn.example/b");
    }

    #[test]
    fn a_server_is_scheme_host_and_port() {
        let here = address("https://r.example/a");
        assert!(here.same_server(&address("https://R.example:443/b")));
        for other in ["http://r.example/a", "https://r.example:8443/a", "https://x.r.example/a"] {
            assert!(!here.same_server(&address(other)), "{other}");
        }
    }
}
