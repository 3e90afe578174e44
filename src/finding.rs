//! Finding: what a check says about one subject.
//!
//! A check answers with a [`Judgement`], always: there is no way to look at something and say nothing. A finding is a
//! fact without severity; severity, control and waiver are added by `assess`.

use crate::source::{InImage, Span, Spanned};

/// A sentence with the place it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// Lower case, no full stop, values in backticks.
    pub message: String,
    /// Where, if it is somewhere.
    pub place: Option<Span>,
}

/// Whether a fix may be applied without anybody looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// What the container does stays the same but for the fault.
    Safe,
    /// It may need something else as well, or change what someone relies on.
    Unsafe,
}

/// A piece of text in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What is replaced; an empty span is where text is put in.
    pub place: Span,
    /// What takes its place.
    pub text: String,
}

/// The smallest change that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What to do, in the imperative and for this very file: "add `USER node` before the CMD".
    pub title: String,
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// The change; empty if it is for a human to make. All edits are made, or none.
    pub edits: Vec<Edit>,
    /// What has to stand in the files for the edits to be right, where a check cannot know: a value that was read may come
    /// from a variable. If something else stands there, no edit is made.
    pub expected: Vec<Spanned<String>>,
}

impl Fix {
    /// A change that only a human can make.
    pub fn words(title: impl Into<String>) -> Fix {
        Fix { title: title.into(), safety: Safety::Unsafe, edits: Vec::new(), expected: Vec::new() }
    }

    /// A change that may be made unseen.
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Fix {
        Fix { title: title.into(), safety: Safety::Safe, edits, expected: Vec::new() }
    }

    /// A change that somebody should look at.
    pub fn risky(title: impl Into<String>, edits: Vec<Edit>) -> Fix {
        Fix { title: title.into(), safety: Safety::Unsafe, edits, expected: Vec::new() }
    }
}

impl Fix {
    /// Makes the edits only where this text stands in its place.
    pub fn expecting(mut self, place: Span, text: impl Into<String>) -> Fix {
        self.expected.push(Spanned::new(text.into(), place));
        self
    }
}

impl Edit {
    /// Other text for a place.
    pub fn replace(place: Span, text: impl Into<String>) -> Edit {
        Edit { place, text: text.into() }
    }

    /// Text before a place.
    pub fn insert_before(place: Span, text: impl Into<String>) -> Edit {
        Edit { place: Span::new(place.source, place.start as usize..place.start as usize), text: text.into() }
    }

    /// Text behind a place.
    pub fn insert_after(place: Span, text: impl Into<String>) -> Edit {
        Edit { place: Span::new(place.source, place.end as usize..place.end as usize), text: text.into() }
    }
}

/// A violation: where, what, and what else explains it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The bytes that decided the matter.
    pub place: Span,
    /// The entry of an image that it speaks of, instead of bytes: a file with a mode, an owner, a size. The place is then
    /// that of the container.
    pub entry: Option<Box<InImage>>,
    /// The fact, lower case, no full stop: "the container runs as `root`".
    pub message: String,
    /// What it overrides, what would be accepted, where else to look.
    pub notes: Vec<Note>,
    /// The way out.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A violation at a place.
    pub fn new(place: Span, message: impl Into<String>) -> Finding {
        Finding { place, entry: None, message: message.into(), notes: Vec::new(), fix: None }
    }

    /// Says which entry of an image it speaks of.
    pub fn within(mut self, entry: InImage) -> Finding {
        self.entry = Some(Box::new(entry));
        self
    }

    /// Adds a sentence without a place.
    pub fn note(mut self, message: impl Into<String>) -> Finding {
        self.notes.push(Note { message: message.into(), place: None });
        self
    }

    /// Says how to mend it.
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fix = Some(fix);
        self
    }

    /// Adds a sentence with the place it speaks of.
    pub fn note_at(mut self, place: Span, message: impl Into<String>) -> Finding {
        self.notes.push(Note { message: message.into(), place: Some(place) });
        self
    }
}

/// What a check found out about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The requirement is broken; at least one finding. What else could not be decided stands beside.
    Violated {
        /// The violations.
        findings: Vec<Finding>,
        /// What was not decidable besides.
        unknown: Vec<Note>,
    },
    /// A fact is missing; each note names one.
    Inconclusive(Vec<Note>),
    /// It was examined and holds; each note is a piece of evidence.
    Met(Vec<Note>),
    /// The subject cannot be held to this; why.
    NotApplicable(String),
}

impl Judgement {
    /// One violation.
    pub fn violated(finding: Finding) -> Judgement {
        Judgement::Violated { findings: vec![finding], unknown: Vec::new() }
    }

    /// One missing fact, named, with the place where it would be.
    pub fn inconclusive(why: impl Into<String>, place: Option<Span>) -> Judgement {
        Judgement::Inconclusive(vec![Note { message: why.into(), place }])
    }

    /// One piece of evidence.
    pub fn met(place: Span, evidence: impl Into<String>) -> Judgement {
        Judgement::Met(vec![Note { message: evidence.into(), place: Some(place) }])
    }

    /// The subject cannot be held to the requirement.
    pub fn not_applicable(why: impl Into<String>) -> Judgement {
        Judgement::NotApplicable(why.into())
    }

    /// The judgement over several parts of one subject: any violation violates, any missing fact leaves it open, and
    /// it is met only if some part was examined. `nothing` says why it is not applicable when no part is.
    pub fn all(parts: impl IntoIterator<Item = Judgement>, nothing: &str) -> Judgement {
        let (mut findings, mut unknown, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match part {
                Judgement::Violated { findings: f, unknown: u } => {
                    findings.extend(f);
                    unknown.extend(u);
                }
                Judgement::Inconclusive(notes) => unknown.extend(notes),
                Judgement::Met(notes) => evidence.extend(notes),
                Judgement::NotApplicable(_) => {}
            }
        }
        if !findings.is_empty() {
            Judgement::Violated { findings, unknown }
        } else if !unknown.is_empty() {
            Judgement::Inconclusive(unknown)
        } else if !evidence.is_empty() {
            Judgement::Met(evidence)
        } else {
            Judgement::NotApplicable(nothing.to_string())
        }
    }
}
