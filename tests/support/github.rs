//! GitHub's demands on a SARIF file, as far as they are documented or known from its errors, and what the `plimsoll`
//! profile promises beyond them. The schema allows much that the server then rejects, or shows wrongly.
//!
//! Sources: the page "SARIF support for code scanning" of GitHub's documentation, and github/codeql-action.

use std::collections::HashSet;

use serde_json::Value;

/// Largest upload, compressed with gzip.
const SIZE_LIMIT: usize = 10_000_000;

/// Everything GitHub would reject or misread in this file, each with a JSON pointer; empty if it is fine.
pub fn complaints(text: &str) -> Vec<String> {
    let mut checker = Checker { complaints: Vec::new() };
    match serde_json::from_str(text) {
        Ok(log) => checker.log(&log),
        Err(error) => checker.complain("", format!("not JSON: {error}")),
    }
    if text.len() > SIZE_LIMIT && compressed_size(text.as_bytes()) > SIZE_LIMIT {
        checker.complain("", "more than 10 MB when compressed");
    }
    checker.complaints
}

struct Checker {
    complaints: Vec<String>,
}

impl Checker {
    fn complain(&mut self, at: &str, what: impl Into<String>) {
        self.complaints.push(format!("{at}: {}", what.into()));
    }

    fn check(&mut self, good: bool, at: &str, what: &str) {
        if !good {
            self.complain(at, what);
        }
    }

    /// A required string: present, not empty, harmless, and not too long.
    fn text(&mut self, value: &Value, pointer: &str, at: &str, limit: usize) {
        let place = format!("{at}{pointer}");
        match value.pointer(pointer).and_then(Value::as_str) {
            None => self.complain(&place, "required, but missing or no string"),
            Some(text) => {
                self.check(!text.trim().is_empty(), &place, "must not be empty");
                self.check(text.encode_utf16().count() <= limit, &place, "too long");
                let acts = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
                self.check(!text.contains(acts), &place, "has control characters");
            }
        }
    }

    fn one_of(&mut self, value: &Value, pointer: &str, at: &str, allowed: &[&str]) {
        let known = value.pointer(pointer).and_then(Value::as_str).is_some_and(|text| allowed.contains(&text));
        self.check(known, &format!("{at}{pointer}"), &format!("must be one of {allowed:?}"));
    }

    /// An array of at most `limit` items; empty if it is missing, which is a complaint.
    fn items<'v>(&mut self, value: &'v Value, pointer: &str, at: &str, limit: usize) -> &'v [Value] {
        let place = format!("{at}{pointer}");
        let Some(items) = value.pointer(pointer).and_then(Value::as_array) else {
            self.complain(&place, "required array is missing");
            return &[];
        };
        self.check(items.len() <= limit, &place, &format!("more than {limit} items"));
        items
    }

    fn log(&mut self, log: &Value) {
        self.text(log, "/$schema", "", usize::MAX);
        self.one_of(log, "/version", "", &["2.1.0"]);
        let runs = self.items(log, "/runs", "", 20);
        self.check(runs.len() == 1, "/runs", "must be exactly one: runs of one category are rejected");
        for (i, run) in runs.iter().enumerate() {
            self.run(run, &format!("/runs/{i}"));
        }
    }

    fn run(&mut self, run: &Value, at: &str) {
        self.text(run, "/tool/driver/name", at, usize::MAX);
        self.text(run, "/tool/driver/semanticVersion", at, usize::MAX);
        let rules = self.rules(run, at);
        let results = self.items(run, "/results", at, 25_000);
        let mut seen = HashSet::new();
        for (i, result) in results.iter().enumerate() {
            let at = format!("{at}/results/{i}");
            self.result(result, &at, &rules);
            self.check(seen.insert(identity(result)), &at, "another result has this rule and line");
        }
        let absent = run.get("automationDetails").is_none();
        self.check(absent, &format!("{at}/automationDetails"), "overrides the category of the user");
        let columns = run.get("columnKind").and_then(Value::as_str);
        let known = matches!(columns, Some("utf16CodeUnits" | "unicodeCodePoints"));
        self.check(known || results.is_empty(), &format!("{at}/columnKind"), "required with results");
        let bases = run.get("originalUriBaseIds").and_then(Value::as_object);
        for (name, base) in bases.into_iter().flatten() {
            let place = format!("{at}/originalUriBaseIds/{name}");
            self.check(base.get("uri").is_none(), &place, "names a folder of the machine");
        }
        self.invocations(run, at);
    }

    /// The ids of the rules, in order.
    fn rules<'v>(&mut self, run: &'v Value, at: &str) -> Vec<&'v str> {
        let rules = self.items(run, "/tool/driver/rules", at, 25_000);
        let mut ids = HashSet::new();
        for (i, rule) in rules.iter().enumerate() {
            let at = format!("{at}/tool/driver/rules/{i}");
            self.rule(rule, &at);
            self.check(ids.insert(&rule["id"]), &at, "another rule has this id");
        }
        rules.iter().map(|rule| rule["id"].as_str().unwrap_or_default()).collect()
    }

    fn rule(&mut self, rule: &Value, at: &str) {
        self.text(rule, "/id", at, 255);
        self.text(rule, "/name", at, 255);
        self.text(rule, "/shortDescription/text", at, 1024);
        self.text(rule, "/fullDescription/text", at, 1024);
        self.text(rule, "/help/text", at, usize::MAX);
        self.one_of(rule, "/defaultConfiguration/level", at, &["note", "warning", "error"]);
        let properties = &rule["properties"];
        let place = format!("{at}/properties");
        self.one_of(properties, "/precision", &place, &["very-high", "high", "medium", "low"]);
        self.one_of(properties, "/problem.severity", &place, &["error", "warning", "recommendation"]);
        let tags = self.items(properties, "/tags", &place, 10);
        self.check(tags.iter().all(|tag| tag.as_str().is_some_and(|tag| !tag.is_empty())), &place, "has an empty tag");
        self.check(tags.iter().collect::<HashSet<_>>().len() == tags.len(), &place, "has a tag twice");
        let Some(score) = properties.get("security-severity") else { return };
        let place = format!("{place}/security-severity");
        self.check(tags.iter().any(|tag| tag == "security"), &place, "needs the tag `security`");
        match score.as_str().map(str::parse::<f64>) {
            None => self.complain(&place, "expected string"),
            Some(Err(_)) => self.complain(&place, "is not a number"),
            Some(Ok(score)) => self.check(score > 0.0 && score <= 10.0, &place, "is out of range"),
        }
    }

    fn result(&mut self, result: &Value, at: &str, rules: &[&str]) {
        self.text(result, "/message/text", at, usize::MAX);
        self.text(result, "/ruleId", at, 255);
        self.check(result.pointer("/message/id").is_none(), at, "message by id is rejected");
        self.one_of(result, "/level", at, &["note", "warning", "error"]);
        for ignored in ["suppressions", "baselineState", "kind"] {
            self.check(result.get(ignored).is_none(), at, &format!("`{ignored}` is not read: an alert opens anyway"));
        }
        let index = result.get("ruleIndex").and_then(Value::as_u64).map(|index| index as usize);
        let same = index.and_then(|index| rules.get(index)) == result["ruleId"].as_str().as_ref();
        self.check(same, &format!("{at}/ruleIndex"), "does not lead to the rule with this id");
        let locations = self.items(result, "/locations", at, 1000);
        self.check(!locations.is_empty(), at, "expected at least one location");
        self.check(locations.len() <= 1, at, "only the first location is read");
        for (i, location) in locations.iter().enumerate() {
            self.location(location, &format!("{at}/locations/{i}"));
        }
        let hash = result.pointer("/partialFingerprints/primaryLocationLineHash").and_then(Value::as_str);
        self.check(hash.is_some_and(is_line_hash), &format!("{at}/partialFingerprints"), "has no line hash");
        self.related(result, at);
    }

    /// Related locations are shown only where the message links to them.
    fn related(&mut self, result: &Value, at: &str) {
        let mut ids = HashSet::new();
        let related = result.get("relatedLocations").and_then(Value::as_array);
        for (i, location) in related.into_iter().flatten().enumerate() {
            let at = format!("{at}/relatedLocations/{i}");
            self.location(location, &at);
            self.text(location, "/message/text", &at, usize::MAX);
            let fresh = location.get("id").and_then(Value::as_u64).is_some_and(|id| ids.insert(id.to_string()));
            self.check(fresh, &at, "needs an id of its own");
        }
        let message = result.pointer("/message/text").and_then(Value::as_str).unwrap_or_default();
        for link in message.split("](").skip(1) {
            let target = link.split(')').next().unwrap_or_default();
            self.check(
                ids.contains(target) || link.ends_with('…'),
                at,
                "links to something else than a related location",
            );
        }
    }

    fn location(&mut self, location: &Value, at: &str) {
        self.uri(location, at);
        let at = format!("{at}/physicalLocation/region");
        let bound = |name: &str| {
            location.pointer(&format!("/physicalLocation/region/{name}")).and_then(Value::as_u64).unwrap_or(0)
        };
        let [start, end] = [["startLine", "startColumn"], ["endLine", "endColumn"]].map(|names| names.map(bound));
        self.check([start, end].iter().flatten().all(|&bound| bound >= 1), &at, "lines and columns count from 1");
        self.check(start <= end, &at, "ends before it starts");
        let physical = &location["physicalLocation"];
        let snippet = physical["region"].get("snippet").or(physical.get("contextRegion"));
        self.check(snippet.is_none(), &at, "shows text that may hold a secret");
    }

    fn uri(&mut self, location: &Value, at: &str) {
        let pointer = "/physicalLocation/artifactLocation/uri";
        match location.pointer(pointer).and_then(Value::as_str) {
            None => self.complain(at, "expected artifact location"),
            Some(uri) => {
                if let Some(what) = wrong_with_uri(uri) {
                    self.complain(&format!("{at}{pointer}"), format!("{what}: `{uri}`"));
                }
            }
        }
    }

    fn invocations(&mut self, run: &Value, at: &str) {
        let invocations = self.items(run, "/invocations", at, 1);
        self.check(invocations.len() == 1, at, "expected one invocation");
        for invocation in invocations {
            let at = format!("{at}/invocations/0");
            self.check(invocation["executionSuccessful"].is_boolean(), &at, "does not say whether it was successful");
            self.check(invocation["exitCode"].is_u64(), &at, "has no exit code");
            let notifications = self.items(invocation, "/toolExecutionNotifications", &at, 2_000);
            for (i, notification) in notifications.iter().enumerate() {
                let at = format!("{at}/toolExecutionNotifications/{i}");
                self.text(notification, "/message/text", &at, usize::MAX);
                self.one_of(notification, "/level", &at, &["note", "warning", "error"]);
                for location in notification.get("locations").and_then(Value::as_array).into_iter().flatten() {
                    self.uri(location, &at);
                }
            }
        }
    }
}

/// Rule, file and first line: what GitHub can tell alerts apart by.
fn identity(result: &Value) -> (Option<&str>, Option<&str>, Option<u64>) {
    let place = result.pointer("/locations/0/physicalLocation");
    (
        result["ruleId"].as_str(),
        place.and_then(|place| place["artifactLocation"]["uri"].as_str()),
        place.and_then(|place| place["region"]["startLine"].as_u64()),
    )
}

/// `^[0-9a-f]+:\d+$`
fn is_line_hash(text: &str) -> bool {
    let Some((hash, count)) = text.split_once(':') else { return false };
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    !hash.is_empty() && hash.chars().all(hex) && !count.is_empty() && count.chars().all(|c| c.is_ascii_digit())
}

/// Why this is no relative path as RFC 3986 writes it and GitHub can match with a file, if it is none.
fn wrong_with_uri(uri: &str) -> Option<&'static str> {
    let bytes = uri.as_bytes();
    if uri.is_empty() {
        return Some("empty");
    }
    if uri.starts_with('/') {
        return Some("not relative");
    }
    if uri.split('/').next().is_some_and(|first| first.contains(':')) {
        return Some("has a scheme");
    }
    for (i, &byte) in bytes.iter().enumerate() {
        let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        let good = match byte {
            b'%' => hex(i + 1) && hex(i + 2),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte),
        };
        if !good {
            return Some("not percent-encoded");
        }
    }
    let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "" | "." | "..");
    uri.split('/').any(dots).then_some("has empty or dot segments")
}

/// An upper bound for the size that gzip comes to: greedy matches in a window of 32 KiB, at the prices of deflate's
/// fixed codes.
fn compressed_size(bytes: &[u8]) -> usize {
    const WINDOW: usize = 32_768;
    const LONGEST: usize = 258;
    // Where the four bytes with a hash were seen last, plus one; what is found there is compared anyway.
    let mut last = vec![0usize; 1 << 16];
    let (mut at, mut bits) = (0, 0usize);
    while let Some(key) = bytes[at..].first_chunk::<4>() {
        let hash = u32::from_le_bytes(*key).wrapping_mul(0x9e37_79b1) >> 16;
        let known = std::mem::replace(&mut last[hash as usize], at + 1);
        let mut length = 0;
        if known > 0 && at + 1 - known <= WINDOW {
            let pairs = bytes[known - 1..].iter().zip(&bytes[at..]).take(LONGEST);
            length = pairs.take_while(|(a, b)| a == b).count();
        }
        let matched = length >= 4;
        bits += if matched { 31 } else { 9 };
        at += if matched { length } else { 1 };
    }
    bits += 9 * (bytes.len() - at);
    bits / 8
}
