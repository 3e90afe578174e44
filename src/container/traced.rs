//! Traced values: what is known of a field, which bytes decided it, and what those overrode.

use crate::source::Span;

/// A value, or the reason why it is not known. Never replaced by a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Value(T),
    /// It is not; the missing fact, as a sentence without a full stop.
    Unknown(String),
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Known::Value(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The same knowledge of something derived from the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Value(value) => Known::Value(f(value)),
            Known::Unknown(why) => Known::Unknown(why),
        }
    }
}

/// Who decided a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The bytes. For a fact of a base image the image's name in FROM or in Compose; for an engine default the thing
    /// that left it open.
    pub span: Span,
    /// In words: `USER`, `the base image node:20-alpine`, `user of service api`.
    pub by: String,
}

impl Origin {
    /// Somebody at a place.
    pub fn new(span: Span, by: impl Into<String>) -> Origin {
        Origin { span, by: by.into() }
    }
}

/// A field of the effective container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced<T> {
    /// What is known of it.
    pub known: Known<T>,
    /// Who decided it.
    pub origin: Origin,
    /// Whom that overrode, latest first.
    pub overrode: Vec<Origin>,
}

impl<T> Traced<T> {
    /// A known value.
    pub fn value(value: T, origin: Origin) -> Traced<T> {
        Traced { known: Known::Value(value), origin, overrode: Vec::new() }
    }

    /// A value that is not known.
    pub fn unknown(why: impl Into<String>, origin: Origin) -> Traced<T> {
        Traced { known: Known::Unknown(why.into()), origin, overrode: Vec::new() }
    }

    /// Somebody decides anew; what decided before is remembered.
    pub fn set(&mut self, known: Known<T>, origin: Origin) {
        let before = std::mem::replace(&mut self.origin, origin);
        self.overrode.insert(0, before);
        self.overrode.truncate(MAX_OVERRODE);
        self.known = known;
    }

    /// The value, if it is known.
    pub fn get(&self) -> Option<&T> {
        self.known.value()
    }

    /// The same origin for something derived from the value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Traced<U> {
        let known = match &self.known {
            Known::Value(value) => Known::Value(f(value)),
            Known::Unknown(why) => Known::Unknown(why.clone()),
        };
        Traced { known, origin: self.origin.clone(), overrode: self.overrode.clone() }
    }
}

/// A field that is set a thousand times over remembers only the latest of them.
const MAX_OVERRODE: usize = 8;
