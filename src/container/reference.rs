//! Image references: `[domain/]path[:tag][@digest]`, taken apart and normalised the way Docker does it.
//!
//! The grammar is that of the `distribution/reference` library: a name without `/` is an official image on Docker
//! Hub, and two texts name the same image when their normalised parts are equal. A text with variables left in it is
//! refused as [`ReferenceError::Unresolved`]: nobody knows what it will name.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// The registry that a reference without a domain means.
pub const DOCKER_HUB: &str = "docker.io";

/// The longest `domain/path` that registries accept, in bytes.
const LONGEST_NAME: usize = 255;

/// A normalised image reference. Equality and hash look at the parts, not at how they were written.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The registry, with its port if it has one: `docker.io`, `localhost:5000`.
    pub domain: String,
    /// The repository within the registry: `library/node`, `distroless/static-debian12`.
    pub path: String,
    /// The tag as written; `None` where none is written (see [`Reference::effective_tag`]).
    pub tag: Option<String>,
    /// The digest with its algorithm: `sha256:...`. It decides over the tag.
    pub digest: Option<String>,
}

impl PartialEq for Reference {
    fn eq(&self, other: &Reference) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Reference {}

impl Hash for Reference {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// Why a text names no image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceError {
    /// There is nothing there.
    Empty,
    /// A `$` is left: the value of a variable is not known.
    Unresolved,
    /// 64 hexadecimal digits: an image id, which no registry resolves.
    Identifier,
    /// The repository has an upper-case letter.
    UpperCase,
    /// The part before the first `/` is no host name with an optional port.
    Domain,
    /// The repository is not made of lower-case letters and digits with single separators.
    Path,
    /// The tag has a character that tags cannot have, or is empty or longer than 128.
    Tag,
    /// The digest is not `algorithm:hex` with the length its algorithm has.
    Digest,
    /// Domain and repository together are longer than 255 bytes.
    TooLong,
}

impl ReferenceError {
    /// The next step for whoever wrote the reference.
    pub fn help(&self) -> &'static str {
        match self {
            ReferenceError::Empty => "name an image, for example `alpine:3.20`",
            ReferenceError::Unresolved => "give the variable a value or a default",
            ReferenceError::Identifier => "name the repository, and the digest as `name@sha256:...`",
            ReferenceError::UpperCase => "write the repository in lower case",
            ReferenceError::Domain => "write the registry as `host` or `host:port`",
            ReferenceError::Path => "use lower-case letters and digits, separated by `/`, `.`, `_` or `-`",
            ReferenceError::Tag => "use up to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`",
            ReferenceError::Digest => "write the digest as `sha256:` and 64 hexadecimal digits",
            ReferenceError::TooLong => "shorten registry and repository to 255 bytes",
        }
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceError::Empty => "the image reference is empty",
            ReferenceError::Unresolved => "the image reference contains a variable whose value is not known",
            ReferenceError::Identifier => "an image id is not an image reference",
            ReferenceError::UpperCase => "the repository of an image reference has an upper-case letter",
            ReferenceError::Domain => "the registry of the image reference is not a host name",
            ReferenceError::Path => "the repository of the image reference is malformed",
            ReferenceError::Tag => "the tag of the image reference is malformed",
            ReferenceError::Digest => "the digest of the image reference is malformed",
            ReferenceError::TooLong => "the image reference is longer than a registry accepts",
        })
    }
}

impl std::error::Error for ReferenceError {}

impl Reference {
    /// Takes a reference apart and normalises it: `node` is `docker.io/library/node`.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.contains('$') {
            return Err(ReferenceError::Unresolved);
        }
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(ReferenceError::Identifier);
        }
        let (name_and_tag, digest_range) = match text.find('@') {
            Some(at) => (&text[..at], Some(at + 1..text.len())),
            None => (text, None),
        };
        let path_start = domain_length(name_and_tag).map_or(0, |length| length + 1);
        let colon = name_and_tag[path_start..].rfind(':').map(|at| at + path_start);
        let tag_range = colon.filter(|&at| !name_and_tag[at..].contains('/')).map(|at| at + 1..name_and_tag.len());
        let name_end = tag_range.as_ref().map_or(name_and_tag.len(), |range| range.start - 1);
        let (domain, path) = normalise(&text[..path_start.saturating_sub(1)], &text[path_start..name_end]);
        let part = |range: &Option<Range<usize>>| range.clone().map(|range| text[range].to_string());
        let reference = Reference { domain, path, tag: part(&tag_range), digest: part(&digest_range) };
        reference.check(path_start > 0)?;
        Ok(reference)
    }

    fn check(&self, has_domain: bool) -> Result<(), ReferenceError> {
        if has_domain && !is_domain(&self.domain) {
            return Err(ReferenceError::Domain);
        }
        if self.path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ReferenceError::UpperCase);
        }
        if !self.path.split('/').all(is_path_component) {
            return Err(ReferenceError::Path);
        }
        if self.domain.len() + 1 + self.path.len() > LONGEST_NAME {
            return Err(ReferenceError::TooLong);
        }
        if self.tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag);
        }
        if self.digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
            return Err(ReferenceError::Digest);
        }
        Ok(())
    }

    fn parts(&self) -> (&str, &str, Option<&str>, Option<&str>) {
        (&self.domain, &self.path, self.tag.as_deref(), self.digest.as_deref())
    }

    /// The tag that is pulled: the one written, or `latest`; `None` if a digest decides and no tag is written.
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, None) => Some("latest"),
            (None, Some(_)) => None,
        }
    }

    /// The last component of the repository: `node` of `docker.io/library/node`.
    pub fn repository_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Registry and repository without what Docker Hub leaves out: `node`, `bitnami/node`, `ghcr.io/acme/app`.
    pub fn familiar_name(&self) -> String {
        if self.domain != DOCKER_HUB {
            return format!("{}/{}", self.domain, self.path);
        }
        let official = self.path.strip_prefix("library/").filter(|name| !name.contains('/'));
        official.unwrap_or(&self.path).to_string()
    }

    /// The shortest text that means the same, tag and digest as written.
    pub fn familiar(&self) -> String {
        let mut text = self.familiar_name();
        if let Some(tag) = &self.tag {
            text.push(':');
            text.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(digest);
        }
        text
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.familiar())
    }
}

/// How long the domain at the start is, if the first component is one: only a `/` after it makes it a candidate.
fn domain_length(name: &str) -> Option<usize> {
    let length = name.find('/')?;
    let first = &name[..length];
    let looks_like_host =
        first == "localhost" || first.bytes().any(|b| matches!(b, b'.' | b':') || b.is_ascii_uppercase());
    looks_like_host.then_some(length)
}

fn normalise(domain: &str, path: &str) -> (String, String) {
    let domain = match domain {
        "" | "index.docker.io" => DOCKER_HUB,
        other => other,
    };
    if domain == DOCKER_HUB && !path.contains('/') {
        return (domain.to_string(), format!("library/{path}"));
    }
    (domain.to_string(), path.to_string())
}

fn is_domain(domain: &str) -> bool {
    if let Some(rest) = domain.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let numeric = |b: u8| b.is_ascii_hexdigit() || b == b':';
        return !address.is_empty() && address.bytes().all(numeric) && (port.is_empty() || is_port(port));
    }
    let (host, port) = domain.split_at(domain.find(':').unwrap_or(domain.len()));
    host.split('.').all(is_host_label) && (port.is_empty() || is_port(port))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_host_label(label: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
}

/// `[a-z0-9]+` runs joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let bytes = component.as_bytes();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if !plain(first) || !plain(last) {
        return false;
    }
    bytes
        .split(|&b| plain(b))
        .all(|separator| matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|&b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let first = tag.bytes().next().is_some_and(word);
    first && tag.len() <= 128 && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn parse(text: &str) -> Reference {
        Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn names_normalise_the_way_docker_does_it() {
        for (text, domain, path, tag) in [
            ("node", "docker.io", "library/node", None),
            ("node:20-alpine", "docker.io", "library/node", Some("20-alpine")),
            ("bitnami/node:20", "docker.io", "bitnami/node", Some("20")),
            ("docker.io/node", "docker.io", "library/node", None),
            ("index.docker.io/library/node", "docker.io", "library/node", None),
            ("localhost/app", "localhost", "app", None),
            ("localhost:5000/app:1", "localhost:5000", "app", Some("1")),
            ("localhost:5000", "docker.io", "library/localhost", Some("5000")),
            ("registry.corp:443/a/b/c:v1", "registry.corp:443", "a/b/c", Some("v1")),
            ("ghcr.io/astral-sh/uv:python3.11-bookworm", "ghcr.io", "astral-sh/uv", Some("python3.11-bookworm")),
            ("REGISTRY/app", "REGISTRY", "app", None),
            ("[::1]:5000/app:x", "[::1]:5000", "app", Some("x")),
            ("a__b/c--d.e:_1", "docker.io", "a__b/c--d.e", Some("_1")),
        ] {
            let reference = parse(text);
            assert_eq!((&*reference.domain, &*reference.path, reference.tag.as_deref()), (domain, path, tag), "{text}");
        }
    }

    #[test]
    fn what_docker_refuses_is_an_error_with_a_reason() {
        let long = format!("a{}", "/b".repeat(130));
        let long_tag = format!("a:{}", "t".repeat(129));
        for (text, error) in [
            ("", ReferenceError::Empty),
            ("app:${TAG}", ReferenceError::Unresolved),
            ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", ReferenceError::Identifier),
            ("Node:20", ReferenceError::UpperCase),
            ("acme/App", ReferenceError::UpperCase),
            ("ghcr.io/Acme/app", ReferenceError::UpperCase),
            ("-host.x/app", ReferenceError::Domain),
            ("host:port/app", ReferenceError::Domain),
            ("[::1/app", ReferenceError::Domain),
            ("a//b", ReferenceError::Path),
            ("a/", ReferenceError::Path),
            ("a..b", ReferenceError::Path),
            ("a___b", ReferenceError::Path),
            (":tag", ReferenceError::Path),
            ("node 20", ReferenceError::Path),
            ("nöde", ReferenceError::Path),
            ("node:", ReferenceError::Tag),
            ("node:-x", ReferenceError::Tag),
            ("node:a b", ReferenceError::Tag),
            (long_tag.as_str(), ReferenceError::Tag),
            ("node@sha256:abc", ReferenceError::Digest),
            ("node@", ReferenceError::Digest),
            ("node@md5:0123", ReferenceError::Digest),
            (long.as_str(), ReferenceError::TooLong),
        ] {
            assert_eq!(Reference::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_64_digit_name_is_fine_once_it_has_a_tag() {
        let id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assert!(Reference::parse(&format!("{id}:1")).is_ok());
    }

    #[test]
    fn references_are_equal_when_they_name_the_same_image() {
        assert_eq!(parse("node:20"), parse("docker.io/library/node:20"));
        assert_ne!(parse("node"), parse("node:latest"));
        assert_ne!(parse("node"), parse("ghcr.io/library/node"));
    }

    #[test]
    fn the_familiar_form_leaves_out_what_docker_hub_implies() {
        for (text, familiar) in [
            ("docker.io/library/node:20", "node:20"),
            ("index.docker.io/bitnami/node", "bitnami/node"),
            ("ghcr.io/acme/app:1", "ghcr.io/acme/app:1"),
        ] {
            assert_eq!(parse(text).familiar(), familiar);
        }
        assert_eq!(parse(&format!("node:20@{DIGEST}")).to_string(), format!("node:20@{DIGEST}"));
        assert_eq!(parse("public.ecr.aws/docker/library/node").repository_name(), "node");
    }

    #[test]
    fn the_tag_in_force_is_latest_only_without_a_digest() {
        assert_eq!(parse("node").effective_tag(), Some("latest"));
        assert_eq!(parse(&format!("node@{DIGEST}")).effective_tag(), None);
        assert_eq!(parse(&format!("node:20@{DIGEST}")).effective_tag(), Some("20"));
    }

    #[test]
    fn hostile_texts_are_refused_quickly() {
        for opener in ["/", ":", "@", "a/", "a:", "-", "[", "."] {
            assert!(Reference::parse(&opener.repeat(100_000)).is_err(), "{opener}");
        }
    }
}
