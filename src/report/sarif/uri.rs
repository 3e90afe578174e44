//! URI: a path as GitHub accepts it in an artifact location.

use std::fmt::Write;

/// Stands for a step out of the scanned tree: `..` is refused, and a file there cannot be shown anyway.
const PARENT: &str = "__parent__";

/// Stands for a path without any name in it: an empty URI is refused.
const UNNAMED: &str = "unnamed";

/// The path as a relative URI reference (RFC 3986): percent-encoded UTF-8, `/` between segments, neither empty nor
/// `.` nor `..` segments, no scheme. A path that leads out of the tree, or an absolute one, gets a relative stand-in;
/// whatever is given, the answer is a valid URI.
pub fn uri(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut climbed = 0;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.len() > climbed => {
                segments.pop();
            }
            ".." => {
                segments.push(PARENT);
                climbed += 1;
            }
            name => segments.push(name),
        }
    }
    if segments.is_empty() {
        return UNNAMED.to_string();
    }
    let mut uri = String::with_capacity(path.len());
    for (i, segment) in segments.iter().enumerate() {
        if i > 0 {
            uri.push('/');
        }
        encode(segment, &mut uri);
    }
    uri
}

/// Writes what RFC 3986 calls a `segment-nz-nc`: no colon, so that no first segment is taken for a scheme.
fn encode(segment: &str, uri: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_becomes_a_valid_relative_uri() {
        let table = [
            ("Dockerfile", "Dockerfile"),
            ("apps/web/Dockerfile.prod", "apps/web/Dockerfile.prod"),
            ("node_modules/@scope/a+b/Dockerfile", "node_modules/@scope/a+b/Dockerfile"),
            ("my app/Dockerfile", "my%20app/Dockerfile"),
            ("c#/Dockerfile", "c%23/Dockerfile"),
            ("100%/Dockerfile", "100%25/Dockerfile"),
            ("what?/Dockerfile", "what%3F/Dockerfile"),
            ("a%20b/Dockerfile", "a%2520b/Dockerfile"),
            ("repo:tag/config.json", "repo%3Atag/config.json"),
            ("a/b:c", "a/b%3Ac"),
            ("http://example.org/x", "http%3A/example.org/x"),
            ("größe/Dockerfile", "gr%C3%B6%C3%9Fe/Dockerfile"),
            ("🐋", "%F0%9F%90%8B"),
            ("a\u{1b}[31m\n/b", "a%1B%5B31m%0A/b"),
            ("a\"<>\\^`{|}", "a%22%3C%3E%5C%5E%60%7B%7C%7D"),
            ("[slug]/Dockerfile", "%5Bslug%5D/Dockerfile"),
            ("/etc/app/Dockerfile", "etc/app/Dockerfile"),
            ("//host/share", "host/share"),
            ("C:/app/Dockerfile", "C%3A/app/Dockerfile"),
            ("./a/./b//c/", "a/b/c"),
            ("a/../b", "b"),
            ("../b", "__parent__/b"),
            ("../../b", "__parent__/__parent__/b"),
            ("a/../../b", "__parent__/b"),
            ("..a/...", "..a/..."),
            ("%2e%2e/b", "%252e%252e/b"),
            ("", "unnamed"),
            (".", "unnamed"),
            ("/", "unnamed"),
            ("a/..", "unnamed"),
        ];
        for (path, expected) in table {
            assert_eq!(uri(path), expected, "{path:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_steps_up_take_no_time() {
        assert!(uri(&"../".repeat(100_000)).starts_with("__parent__/__parent__"));
        assert_eq!(uri(&"a/../".repeat(100_000)), "unnamed");
    }
}
