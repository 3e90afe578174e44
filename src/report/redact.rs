//! Redaction: source lines and command lines as reports show them, without the secrets in them.
//!
//! A report quotes lines of files so that a reader sees what is meant; it ends up in logs that many people read. What
//! stands behind a name such as `password` or `--token`, and the password of a URL, is starred out, with one star for each
//! UTF-16 unit, in which columns are counted, so that they stay true. What a name does not give away is not seen.

mod configuration;

pub use self::configuration::secrets as secrets_of_configuration;

use std::borrow::Cow;
use std::ops::Range;

/// Parts of names that say that the value is a secret, in lower case.
const SECRET_NAMES: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "private_key",
    "access_key",
    "encryption_key",
    "master_key",
    "signing_key",
    "credential",
];

/// Last words of names that say so: `DB_PASS`, `--pass`.
const SECRET_ENDS: [&str; 4] = ["_pass", "-pass", "_pwd", "-pwd"];

/// Words with a secret behind the next blank: of a header, and of the configuration and options of redis.
const SECRET_WORDS: [&str; 3] = ["bearer", "masterauth", "requirepass"];

/// Ends of names whose value only says where the secret is.
const HARMLESS_ENDS: [&str; 6] = ["_file", "_path", "_dir", "-file", "-path", "-dir"];

/// Whether a name, in lower case, says that the value is a secret.
pub fn is_secret(name: &str) -> bool {
    let telling = SECRET_NAMES.iter().any(|word| name.contains(word));
    (telling || SECRET_ENDS.iter().any(|end| name.ends_with(end))) && !is_harmless(name)
}

/// Whether a name, in lower case, says that the value is only a place.
pub fn is_harmless(name: &str) -> bool {
    HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
}

/// Where the secrets of a text are.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let telling = SECRET_NAMES.iter().chain(&SECRET_ENDS).chain(&SECRET_WORDS).any(|word| lower.contains(word));
    let mut secrets = logins(text);
    if telling {
        secrets.extend(named_values(text, &lower));
    }
    secrets.extend(url_passwords(text));
    secrets
}

/// The text with secrets starred out; of the same length in UTF-16 units.
pub fn redact(text: &str) -> Cow<'_, str> {
    let secrets = secrets(text);
    starred(text, &secrets)
}

/// The text with these places starred out.
pub fn starred<'t>(text: &'t str, secrets: &[Range<usize>]) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let hidden = |at: usize| secrets.iter().any(|secret| secret.contains(&at));
    for (at, character) in text.char_indices() {
        if hidden(at) {
            out.extend(std::iter::repeat_n('*', character.len_utf16()));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The values behind names that say that they are secret: `NAME=value`, `name: value`, `--name value`, `ENV NAME value`.
fn named_values(text: &str, lower: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_name(bytes[at]) {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|byte| is_name(**byte)).count();
        let name = &lower[at..end];
        let is_word = SECRET_WORDS.contains(&name.trim_start_matches('-'));
        let is_option = is_word || name.starts_with("--") || matches!(lower[..at].trim(), "env" | "arg");
        at = end;
        if !is_word && !is_secret(name) {
            continue;
        }
        if let Some(value) = value_behind(bytes, end, is_option) {
            at = value.end;
            found.push(value);
        }
    }
    found
}

/// The value that starts behind a name, if one does. A variable is no secret, only its name.
fn value_behind(bytes: &[u8], end: usize, is_option: bool) -> Option<Range<usize>> {
    let skip = |from: usize, what: &[u8]| from + bytes[from..].iter().take_while(|byte| what.contains(byte)).count();
    // In JSON there is a backslash before a quote.
    let quoted = skip(end, b"\\\"'");
    let assigned = bytes.get(quoted) == Some(&b'=');
    let mut start = match bytes.get(quoted) {
        Some(b'=') => quoted + 1,
        // Without a blank it is the tag of an image or a port.
        Some(b':') if matches!(bytes.get(quoted + 1), Some(b' ' | b'"' | b'\'' | b'\\')) => skip(quoted + 1, b" "),
        Some(b' ' | b',') if is_option => skip(quoted, b" ,"),
        _ => return None,
    };
    let opening = start;
    start = skip(start, b"\\\"'");
    let closing = bytes[opening..start].last().filter(|last| **last != b'\\');
    let rest = bytes[start..].iter();
    // Between quotes, a value may hold blanks.
    let length = match closing {
        Some(quote) => rest.take_while(|byte| *byte != quote && !matches!(byte, b'\r' | b'\n')).count(),
        None => rest.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',')).count(),
    };
    let value = &bytes[start..start + length];
    // Behind a blank or a colon, this is the next option or a list.
    let other = !assigned && value.starts_with(b"-") || value.starts_with(b"[");
    let plain = !value.is_empty() && !value.starts_with(b"$") && !other;
    plain.then_some(start..start + length)
}

/// `password` of each `-u user:password` of curl.
fn logins(text: &str) -> Vec<Range<usize>> {
    let Some(curl) = text.find("curl") else { return Vec::new() };
    let words = text[curl..].split([' ', '\t', '\n', '"', '\'', '\\']).filter(|word| !matches!(*word, "" | ","));
    let mut found = Vec::new();
    let mut is_login = false;
    for word in words {
        let behind = ["--user=", "--proxy-user=", "-u"].iter().find_map(|option| word.strip_prefix(option));
        let behind = behind.filter(|behind| !behind.is_empty());
        let login = behind.or(is_login.then_some(word)).and_then(|login| login.split_once(':'));
        if let Some((_, password)) = login.filter(|(_, password)| !password.is_empty() && !password.starts_with('$')) {
            // The words are slices of the text.
            let start = password.as_ptr() as usize - text.as_ptr() as usize;
            found.push(start..start + password.len());
        }
        is_login = matches!(word, "-u" | "--user" | "-U" | "--proxy-user");
    }
    found
}

/// `password` of each `scheme://user:password@host`.
fn url_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("://").map(|at| from + at + 3) {
        let authority = text[at..].find(['/', '?', '#', ' ', '"', '\'', '\n']).map_or(text.len(), |end| at + end);
        if let Some(host) = text[at..authority].rfind('@').map(|host| at + host)
            && let Some(colon) = text[at..host].find(':').map(|colon| at + colon + 1)
            && !text[colon..host].starts_with('$')
        {
            found.push(colon..host);
        }
        from = authority.max(at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_behind_telling_names_are_starred_out() {
        for (text, expected) in [
            ("CMD [\"node\", \"--token=s3cr3t\", \"x\"]", "CMD [\"node\", \"--token=******\", \"x\"]"),
            ("command: srv --api-key abc --port 80", "command: srv --api-key *** --port 80"),
            ("CMD [\"srv\", \"--password\", \"hunter2\"]", "CMD [\"srv\", \"--password\", \"*******\"]"),
            ("ENV DB_PASSWORD=\"p w\"", "ENV DB_PASSWORD=\"***\""),
            ("      TOKEN: 'a, b' # c", "      TOKEN: '****' # c"),
            ("ENV DB_PASSWORD hunter2", "ENV DB_PASSWORD *******"),
            ("  POSTGRES_PASSWORD: geheim", "  POSTGRES_PASSWORD: ******"),
            ("command: redis-server --requirepass geheim", "command: redis-server --requirepass ******"),
            ("[\"redis-server\", \"--requirepass\", \"geheim\"]", "[\"redis-server\", \"--requirepass\", \"******\"]"),
            ("requirepass geheim", "requirepass ******"),
            ("curl -H 'Authorization: Bearer geheim' x", "curl -H 'Authorization: Bearer ******' x"),
            ("ENV SMTP_PASS=geheim A=b", "ENV SMTP_PASS=****** A=b"),
            ("      MYSQL_PWD: geheim", "      MYSQL_PWD: ******"),
            ("url: postgres://app:pass@db/x", "url: postgres://app:****@db/x"),
            ("RUN curl -u bob:geheim https://x", "RUN curl -u bob:****** https://x"),
            ("CMD [\"curl\", \"--user\", \"bob:geheim\"]", "CMD [\"curl\", \"--user\", \"bob:******\"]"),
            ("ENV DB_PASSWORD=-geheim", "ENV DB_PASSWORD=*******"),
            ("x TOKEN=größe y", "x TOKEN=***** y"),
            ("x TOKEN=🐋🐋 y", "x TOKEN=**** y"),
        ] {
            assert_eq!(redact(text), expected, "{text}");
            let units = |text: &str| text.encode_utf16().count();
            assert_eq!(units(&redact(text)), units(text), "{text}: columns stay true");
        }
    }

    #[test]
    fn names_without_a_value_variables_and_places_stay() {
        for text in [
            "ENV DB_PASSWORD=$PASSWORD",
            "POSTGRES_PASSWORD_FILE: /run/secrets/postgres",
            "secrets: [db]",
            "proxy_pass http://backend:3000;",
            "curl -H \"Authorization: Bearer $TOKEN\" x",
            "ENV OLDPWD=/srv SECRETS_DIR=/run/secrets",
            "RUN --mount=type=secret,id=npm npm ci",
            "HEALTHCHECK CMD curl http://localhost:3000/health",
            "CMD [\"srv\", \"--token\", \"$TOKEN\"]",
            "image: registry:5000/team/token-service:1.4",
            "curl -u bob:$PASSWORD x",
            "docker run -u 1000:1000 x",
        ] {
            assert_eq!(redact(text), text, "{text}");
        }
    }
}
