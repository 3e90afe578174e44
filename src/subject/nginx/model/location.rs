//! Locations: which one answers a request.
//!
//! <https://nginx.org/en/docs/http/ngx_http_core_module.html#location>: an exact match ends the search; the longest
//! prefix is remembered, and ends it if it has `^~`; then regular expressions are tried in order; else the remembered
//! prefix answers. Locations inside a location repeat this.

use super::{Configuration, LevelId, LevelKind, Pattern, Word};

/// What a location is chosen by.
#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    /// `= /text`
    Exact(String),
    /// `/text`, or `^~ /text`.
    Prefix {
        /// What the path starts with.
        text: String,
        /// Whether it keeps regular expressions from being tried.
        final_: bool,
    },
    /// `~ expression` or `~* expression`
    Regex(Pattern),
    /// `@name`
    Named(String),
    /// It is not known, or cannot be followed; why.
    Unknown(String),
}

impl Matcher {
    /// Reads the words behind `location`.
    pub fn read(words: &[Word]) -> Matcher {
        if let Some(why) = words.iter().find_map(|word| word.unknown.as_deref()) {
            return Matcher::Unknown(format!("what a location matches is not known: {why}"));
        }
        match words {
            [modifier, text] => Matcher::with(&modifier.text, &text.text),
            // `location =/health` and `location ~/x` are read, too.
            [text] => match text.text.as_str() {
                name if name.starts_with('@') => Matcher::Named(name.to_string()),
                joined if joined.starts_with("^~") => Matcher::with("^~", &joined[2..]),
                joined if joined.starts_with("~*") => Matcher::with("~*", &joined[2..]),
                joined if joined.starts_with('~') => Matcher::with("~", &joined[1..]),
                joined if joined.starts_with('=') => Matcher::with("=", &joined[1..]),
                text => Matcher::Prefix { text: text.to_string(), final_: false },
            },
            _ => Matcher::Unknown("a location has the wrong number of words".to_string()),
        }
    }

    fn with(modifier: &str, text: &str) -> Matcher {
        match modifier {
            "=" => Matcher::Exact(text.to_string()),
            "^~" => Matcher::Prefix { text: text.to_string(), final_: true },
            "~" => Matcher::Regex(Pattern::new(text, false)),
            "~*" => Matcher::Regex(Pattern::new(text, true)),
            _ => Matcher::Unknown(format!("`{modifier}` is no modifier of a location")),
        }
    }

    /// Whether nginx refuses both beside each other.
    pub fn same_place(&self, other: &Matcher) -> bool {
        match (self, other) {
            (Matcher::Exact(a), Matcher::Exact(b)) | (Matcher::Named(a), Matcher::Named(b)) => a == b,
            (Matcher::Prefix { text: a, .. }, Matcher::Prefix { text: b, .. }) => a == b,
            _ => false,
        }
    }

    /// As a message shows it.
    pub fn shown(&self) -> String {
        match self {
            Matcher::Exact(text) => format!("= {text}"),
            Matcher::Prefix { text, final_: true } => format!("^~ {text}"),
            Matcher::Prefix { text, .. } => text.clone(),
            Matcher::Regex(pattern) => format!("~ {}", pattern.text),
            Matcher::Named(name) => name.clone(),
            Matcher::Unknown(_) => "?".to_string(),
        }
    }
}

/// Which level answers a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// A location, or the server itself if no location matches.
    Level(LevelId),
    /// That is not known, and why.
    Unknown(String),
}

/// What a search in one level came to.
enum Found {
    /// An exact match or a regular expression: nothing outside is tried any more.
    Final(LevelId),
    /// A prefix, or the level itself.
    Remembered(LevelId),
}

impl Configuration {
    /// The location of a server that answers a path, before anything inside redirects.
    pub fn location_for(&self, server: LevelId, path: &str) -> Chosen {
        match self.search(server, path) {
            Ok(Found::Final(level) | Found::Remembered(level)) => Chosen::Level(level),
            Err(why) => Chosen::Unknown(why),
        }
    }

    fn search(&self, level: LevelId, path: &str) -> Result<Found, String> {
        let mut longest: Option<(LevelId, usize, bool)> = None;
        let mut expressions = Vec::new();
        let mut unknown = self.level(level).open.first().map(|open| open.why.clone());
        for child in self.children(level) {
            let LevelKind::Location(matcher) = &self.level(child).kind else {
                continue;
            };
            match matcher {
                Matcher::Exact(text) if text == path => return Ok(Found::Final(child)),
                Matcher::Prefix { text, final_ }
                    if path.starts_with(text.as_str()) && longest.is_none_or(|(_, length, _)| text.len() > length) =>
                {
                    longest = Some((child, text.len(), *final_));
                }
                Matcher::Regex(pattern) => expressions.push((child, pattern)),
                Matcher::Unknown(why) => unknown = Some(why.clone()),
                _ => {}
            }
        }
        if let Some(why) = unknown {
            return Err(why);
        }
        if let Some((child, _, final_)) = longest {
            match self.search(child, path)? {
                Found::Final(inner) => return Ok(Found::Final(inner)),
                Found::Remembered(inner) if final_ => return Ok(Found::Remembered(inner)),
                Found::Remembered(inner) => {
                    return Ok(self.first_matching(&expressions, path)?.unwrap_or(Found::Remembered(inner)));
                }
            }
        }
        Ok(self.first_matching(&expressions, path)?.unwrap_or(Found::Remembered(level)))
    }

    fn first_matching(&self, expressions: &[(LevelId, &Pattern)], path: &str) -> Result<Option<Found>, String> {
        for (child, pattern) in expressions {
            if pattern.matches(path)? {
                let (Found::Final(inner) | Found::Remembered(inner)) = self.search(*child, path)?;
                return Ok(Some(Found::Final(inner)));
            }
        }
        Ok(None)
    }

    /// The location of this name in the server that a level belongs to.
    pub fn named(&self, level: LevelId, name: &str) -> Option<LevelId> {
        let server = self.server_of(level)?;
        let is = |id: &LevelId| matches!(&self.level(*id).kind, LevelKind::Location(Matcher::Named(n)) if n == name);
        self.children(server).find(is)
    }
}
