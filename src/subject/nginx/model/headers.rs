//! Headers: what `add_header` and `expires` come to for a level.
//!
//! The nearest level with any `add_header` gives all of them; what levels around it add is lost, unless
//! `add_header_inherit merge` (since nginx 1.29.3) is in force. `more_set_headers` of headers-more adds to what is
//! inherited. <https://nginx.org/en/docs/http/ngx_http_headers_module.html>

use super::{Configuration, Level, LevelId, Setting, Unknown, Word, seconds};
use crate::source::Span;

/// A header that goes out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header<'a> {
    /// Its name, as it is written.
    pub name: &'a str,
    /// Its value; with `more_set_headers` the whole `Name: value`.
    pub value: &'a Word,
    /// Whether it goes out with every status.
    pub always: bool,
    /// The directive.
    pub place: Span,
    /// The level whose directive it is.
    pub level: LevelId,
    /// Whether `more_set_headers` sends it.
    pub more: bool,
}

impl Header<'_> {
    /// Whether `add_header` sends it, so that another `add_header` further in drops it.
    pub fn from_add_header(&self) -> bool {
        !self.more
    }

    /// The directive that sends it; `None` if its value is not what the file says.
    pub fn as_directive(&self) -> Option<String> {
        if self.value.filled || self.value.unknown.is_some() {
            return None;
        }
        let value = self.value.text.replace('\\', "\\\\").replace('"', "\\\"");
        Some(format!("add_header {} \"{value}\"{};", self.name, if self.always { " always" } else { "" }))
    }
}

/// The headers that go out for a level.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a> {
    /// All of them; a name may be there twice.
    pub set: Vec<Header<'a>>,
    /// The level whose `add_header` are in force; `None` if there are none.
    pub from: Option<LevelId>,
    /// What may add or drop some and was not read.
    pub open: Option<&'a Unknown>,
}

impl<'a> Headers<'a> {
    /// The headers of a name that are sent: one with an empty value is not.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Header<'a>> {
        self.set.iter().filter(move |header| header.name.eq_ignore_ascii_case(name) && !header.value.text.is_empty())
    }

    /// Whether a header of that name is sent.
    pub fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }
}

/// For how long an answer may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expires {
    /// So many seconds.
    Seconds(u64),
    /// Not at all: `epoch`, a negative time.
    Never,
    /// Nothing is said.
    Off,
    /// That is not known, and why.
    Unknown(String),
}

/// How the headers of outer levels are inherited.
#[derive(Clone, Copy, PartialEq)]
enum Inherit {
    On,
    Off,
    Merge,
}

impl Configuration {
    /// The headers that go out with an answer of a level.
    pub fn headers_at(&self, id: LevelId) -> Headers<'_> {
        let mut headers = Headers::default();
        let mut replaced = false;
        for (id, level) in self.outwards(id) {
            more_set(id, level, &mut headers.set);
            if replaced {
                continue;
            }
            let own: Vec<Header> = own_headers(id, level).collect();
            if !own.is_empty() && headers.from.is_none() {
                headers.from = Some(id);
            }
            let has_own = !own.is_empty();
            headers.set.extend(own);
            if headers.open.is_none() {
                headers.open = level.open.first();
            }
            replaced = match self.inheritance(id) {
                Inherit::On => has_own,
                Inherit::Off => true,
                Inherit::Merge => false,
            };
        }
        headers
    }

    fn inheritance(&self, id: LevelId) -> Inherit {
        match self.setting(id, "add_header_inherit") {
            Setting::Set(_, directive) => match directive.argument(0).map(|word| word.text.as_str()) {
                Some("merge") => Inherit::Merge,
                Some("off") => Inherit::Off,
                _ => Inherit::On,
            },
            _ => Inherit::On,
        }
    }

    /// What `expires` says for a level.
    pub fn expires_at(&self, id: LevelId) -> (Expires, Option<Span>) {
        match self.setting(id, "expires") {
            Setting::Unset => (Expires::Off, None),
            Setting::Open(unknown) => (Expires::Unknown(unknown.why.clone()), None),
            Setting::Set(_, directive) => {
                let words: Vec<&Word> = directive.arguments.iter().filter(|word| word.text != "modified").collect();
                let value = match words.as_slice() {
                    [word] => read_expires(word),
                    _ => Expires::Unknown("`expires` has not one time".to_string()),
                };
                (value, Some(directive.span))
            }
        }
    }
}

/// Reads the value of `expires`.
pub fn read_expires(word: &Word) -> Expires {
    if let Some(why) = &word.unknown {
        return Expires::Unknown(why.clone());
    }
    match word.text.as_str() {
        "off" => Expires::Off,
        "max" => Expires::Seconds(315_360_000),
        "epoch" => Expires::Never,
        text if text.starts_with('-') => Expires::Never,
        text if text.starts_with('@') => Expires::Seconds(0),
        text => match seconds(text) {
            Some(seconds) => Expires::Seconds(seconds),
            None => Expires::Unknown(format!("what `expires {text}` comes to is not known")),
        },
    }
}

fn own_headers(id: LevelId, level: &Level) -> impl Iterator<Item = Header<'_>> {
    level.own("add_header").filter_map(move |directive| {
        let (name, value) = (directive.argument(0)?, directive.argument(1)?);
        let always = directive.argument(2).is_some_and(|word| word.text == "always");
        Some(Header { name: &name.text, value, always, place: directive.span, level: id, more: false })
    })
}

fn more_set<'a>(id: LevelId, level: &'a Level, set: &mut Vec<Header<'a>>) {
    for directive in level.own("more_set_headers") {
        let headers = directive.arguments.iter().filter_map(|word| Some((word.text.split_once(':')?, word)));
        for ((name, _), value) in headers.filter(|((_, value), _)| !value.trim().is_empty()) {
            set.push(Header { name: name.trim(), value, always: true, place: directive.span, level: id, more: true });
        }
    }
}
