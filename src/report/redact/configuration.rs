//! The configuration of an image: where its secrets are, by the structure of it.
//!
//! A value there ends where its JSON string ends, whatever quotes and blanks it holds. What is unsure is hidden.

use std::ops::Range;

use super::{SECRET_WORDS, is_secret, secrets as secrets_of_line};
use crate::shell;

/// A JSON string without its escapes.
struct Unescaped {
    value: String,
    /// Where each byte of the value stands in the text, and where the value ends.
    places: Vec<usize>,
}

/// Where the secrets of a configuration are.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut key = String::new();
    let mut previous = String::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {}
            byte => {
                if matches!(byte, b'[' | b']' | b'{' | b'}') {
                    previous.clear();
                }
                if matches!(byte, b']' | b'}') {
                    key.clear();
                }
                at += 1;
                continue;
            }
        }
        let string = unescaped(text, at + 1);
        at = string.places.last().map_or(bytes.len(), |end| end + 1);
        if text[at.min(text.len())..].trim_start().starts_with(':') {
            key = string.value;
            previous.clear();
            continue;
        }
        let ranges = hidden(&key, &previous, &string.value);
        found.extend(ranges.into_iter().map(|range| string.places[range.start]..string.places[range.end]));
        previous = string.value;
    }
    found
}

/// The string that starts at an offset, behind its quote.
fn unescaped(text: &str, start: usize) -> Unescaped {
    let mut string = Unescaped { value: String::new(), places: Vec::new() };
    let mut at = start;
    while let Some(character) = text[at..].chars().next().filter(|character| *character != '"') {
        let length = match &text.as_bytes()[at..] {
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => character.len_utf8(),
        };
        let end = text.floor_char_boundary(at + length).max(at + 1);
        let meant = serde_json::from_str::<String>(&format!("\"{}\"", &text[at..end]));
        // Half a character is as good as any.
        let meant = if character == '\\' { meant.unwrap_or("?".to_string()) } else { character.to_string() };
        string.value.push_str(&meant);
        string.places.resize(string.value.len(), at);
        at = end;
    }
    string.places.push(at);
    string
}

/// What is hidden of a string, by the key that it stands under and by the item before it.
fn hidden(key: &str, previous: &str, value: &str) -> Vec<Range<usize>> {
    let all = 0..value.len();
    let option = previous.starts_with('-') && !previous.contains(['=', ' ']);
    let word = SECRET_WORDS.contains(&previous.trim_start_matches('-'));
    if is_telling(key) || word || option && is_telling(previous) {
        return if is_variable(value) { Vec::new() } else { vec![all] };
    }
    if let Some((name, set)) = value.split_once('=').filter(|(name, _)| is_name(name) && is_telling(name)) {
        return if is_variable(set) { Vec::new() } else { one(name.len() + 1..value.len()) };
    }
    if matches!(previous, "-u" | "--user" | "-U" | "--proxy-user")
        && let Some((user, password)) = value.split_once(':')
        && !is_variable(password)
    {
        return one(user.len() + 1..value.len());
    }
    let mut found = if key.eq_ignore_ascii_case("created_by") { of_step(value) } else { Vec::new() };
    let commands = secrets_of_line(value);
    if !commands.is_empty() {
        let ends = word_ends(value);
        let whole = |secret: Range<usize>| secret.start..ends[secret.start].max(secret.end);
        found.extend(commands.into_iter().map(whole));
    }
    found
}

/// What is hidden of a step of the history, beside what its commands tell: the quotes of build arguments and of variables
/// are lost there, so that a value may go on behind a blank.
fn of_step(step: &str) -> Vec<Range<usize>> {
    let body = step.strip_prefix("/bin/sh -c #(nop)").unwrap_or(step).trim_start();
    let body = body.strip_prefix("RUN ").unwrap_or(body).trim_start();
    let start = step.len() - body.len();
    if let Some(arguments) = body.strip_prefix('|') {
        let blank = arguments.find(' ').map_or(body.len(), |blank| blank + 2);
        // A value may name a shell as well; the last one is the one that runs.
        let mut blanks = body.match_indices(' ').map(|(at, _)| at);
        let shell = blanks.rfind(|at| shell::behind_shell(&body[at + 1..]).is_some());
        let end = shell.unwrap_or(body.len()).max(blank);
        return one(start + blank..start + end);
    }
    let Some(("ENV" | "ARG" | "LABEL", _)) = body.split_once(' ') else { return Vec::new() };
    let names = body.match_indices('=').map(|(at, _)| (body[..at].rfind([' ', '"', '\'']).map_or(0, |at| at + 1), at));
    let telling = names.into_iter().find(|(from, to)| is_telling(&body[*from..*to]));
    telling
        .map(|(_, at)| start + at + 1..step.len())
        .filter(|value| !is_variable(&step[value.clone()]))
        .into_iter()
        .collect()
}

fn one(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(super::is_name)
}

/// Whether a name says that the value is a secret, however its words are joined.
fn is_telling(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase().replace(['-', '.'], "_");
    is_secret(&name) || name.contains('_') && name.split('_').any(|word| word == "pwd") && !super::is_harmless(&name)
}

/// Whether a value is nothing but a variable.
fn is_variable(value: &str) -> bool {
    let name =
        value.strip_prefix('$').map(|name| name.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(name));
    name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// For each byte of a command line where its word ends, as a shell sees words.
fn word_ends(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut ends = Vec::with_capacity(bytes.len());
    let (mut quote, mut escaped) = (None, false);
    for (at, byte) in bytes.iter().enumerate() {
        let was_escaped = std::mem::take(&mut escaped);
        match (quote, byte) {
            _ if was_escaped => {}
            (None | Some(b'"'), b'\\') => escaped = true,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            (None, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|') => ends.resize(at, at),
            _ => {}
        }
    }
    ends.resize(bytes.len(), bytes.len());
    ends
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::starred;
    use super::secrets;
    use crate::report::locate::Locator;
    use crate::source::{Entry, Source, Sources, Span};

    /// Every format shows a place by its excerpt, or not at all.
    #[test]
    fn an_excerpt_from_behind_a_name_hides_the_value() {
        for before in ["", "x".repeat(8192).as_str()] {
            let text = format!("{{\"a\":\"{before}\",\"Env\":[\"DB_PASSWORD=-a\\\"LEAK b LEAK\"]}}");
            let value = text.find("=").unwrap() + 1..text.rfind('"').unwrap();
            let mut sources = Sources::new();
            let entry = Some(Arc::new(Entry { image: "x".into(), layer: None, path: None }));
            let id = sources.add(Source { entry, ..Source::of_text("image/x/config.json", text.as_str()) });
            let located = Locator::new(&sources, false).locate(Span::new(id, value));
            assert!(located.snippet.contains("***") && !located.snippet.contains("LEAK"), "{}", located.snippet);
        }
    }

    #[test]
    fn no_part_of_a_secret_is_left() {
        for text in [
            r#"{"Env":["JWT_PRIVATE_KEY=-----BEGIN LEAK KEY-----\nLEAK\n"]}"#,
            r#"{"Env":["DB_PASSWORD=a\"LEAK","B=1"]}"#,
            r#"{"Env":["ADMIN_PASSWORD=correct horse LEAK"]}"#,
            r#"{"Env":["API_KEY='LEAK x LEAK'","\u0041_TOKEN=\u0041\\LEAK\ud83d\ude00LEAK"]}"#,
            r#"{"Env":["TOKEN=${X:-LEAK}", "URL=postgres://a:LEAK@x/"]}"#,
            r#"{"Labels":{"deploy.token":"a \"LEAK","my.private-key":"LEAK"}}"#,
            r#"{"Cmd":["a","--db-password","corr LEAK", "--token=x LEAK","--api.key=LEAK"]}"#,
            r#"{"Cmd":["curl","-u","bob:x LEAK"], "Entrypoint":["redis-server", "--requirepass", "-LEAK"]}"#,
            r#"{"Test":["CMD-SHELL","curl -H 'Authorization: Bearer LEAK LEAK' -u 'bob:LEAK LEAK' localhost"]}"#,
            r#"{"created_by":"RUN |1 DB_PASSWORD=two LEAK /bin/sh -c curl -u bob:LEAK x # buildkit"}"#,
            r#"{"created_by":"|2 A=b /bin/sh -c LEAK DB_PASSWORD=LEAK /busybox/sh -ec ls"}"#,
            r#"{"created_by":"RUN |1 K=-----BEGIN PRIVATE KEY----- LEAK /bin/bash -o pipefail -c ls"}"#,
            r#"{"created_by":"RUN |1 K=x LEAK"}"#,
            r#"{"created_by":"ENV A=1 DB_PASSWORD=two LEAK"}"#,
            r#"{"created_by":"/bin/sh -c #(nop)  ENV X_TOKEN=two LEAK"}"#,
            r#"{"created_by":"RUN /bin/bash -c export TOKEN=\"a\\\"LEAK LEAK\" && x --password=a\\ LEAK"}"#,
        ] {
            let shown = starred(text, &secrets(text));
            assert!(!shown.contains("LEAK"), "{shown}");
            assert!(shown.contains('*') && serde_json::from_str::<serde_json::Value>(&shown).is_ok(), "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            r#"{"Env":["PATH=/usr/bin","DB_PASSWORD_FILE=/run/secrets/db","TOKEN=$X"]}"#,
            r#"{"Labels":{"version":"1.0"},"Cmd":["node","--port","80"],"User":"1000:1000"}"#,
            r#"{"created_by":"RUN /bin/sh -c npm ci && TOKEN=$X ls # buildkit"}"#,
        ] {
            assert_eq!(starred(text, &secrets(text)), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(\"|[a-z=:\\\\u| -]|TOKEN=|ä|created_by|curl){0,40}") {
            let shown = starred(&text, &secrets(&text)).into_owned();
            proptest::prop_assert_eq!(shown.encode_utf16().count(), text.encode_utf16().count());
        }
    }
}
