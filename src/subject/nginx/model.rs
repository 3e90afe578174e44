//! The model: levels, what they inherit, and what nginx answers.
//!
//! A level is a context of nginx that others inherit from: `http`, `server`, `location`, `if`, `limit_except`. All levels
//! of a configuration stand in one list and know their parent, so "the nearest level that says so" is a walk outwards.

pub mod answer;
pub mod handler;
pub mod headers;
pub mod listen;
pub mod location;
pub mod upstream;

use super::pattern::Pattern;
use super::{Directive, Indent, Word};
use crate::problem::{Problem, ProblemPlace};
use crate::source::{SourceId, Span};
use location::Matcher;

/// Which level of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LevelId(usize);

impl LevelId {
    /// What stands outside all blocks.
    pub const MAIN: LevelId = LevelId(0);
}

/// What a level is.
#[derive(Debug, Clone, PartialEq)]
pub enum LevelKind {
    /// Outside all blocks.
    Main,
    /// `http`
    Http,
    /// `server` in `http`
    Server,
    /// `location`
    Location(Matcher),
    /// `if`
    If,
    /// `limit_except`
    LimitExcept,
    /// `upstream`
    Upstream,
}

impl LevelKind {
    /// The word that opens it; `None` for what stands outside all blocks.
    pub fn keyword(&self) -> Option<&'static str> {
        Some(match self {
            LevelKind::Main => return None,
            LevelKind::Http => "http",
            LevelKind::Server => "server",
            LevelKind::Location(_) => "location",
            LevelKind::If => "if",
            LevelKind::LimitExcept => "limit_except",
            LevelKind::Upstream => "upstream",
        })
    }

    /// The level that a block opens inside another; `None` for a block that nothing inherits from.
    pub fn of(outer: &LevelKind, directive: &Directive) -> Option<LevelKind> {
        directive.block.as_ref()?;
        match (outer, directive.name.text.as_str()) {
            (LevelKind::Main, "http") => Some(LevelKind::Http),
            (LevelKind::Http, "server") => Some(LevelKind::Server),
            (LevelKind::Http, "upstream") => Some(LevelKind::Upstream),
            (LevelKind::Server | LevelKind::Location(_), "location") => {
                Some(LevelKind::Location(Matcher::read(&directive.arguments)))
            }
            (LevelKind::Server | LevelKind::Location(_), "if") => Some(LevelKind::If),
            (LevelKind::Location(_), "limit_except") => Some(LevelKind::LimitExcept),
            _ => None,
        }
    }
}

/// A level: its own directives, includes put in their place, and the levels inside.
#[derive(Debug, Clone)]
pub struct Level {
    /// What it is.
    pub kind: LevelKind,
    /// The level it inherits from.
    pub parent: Option<LevelId>,
    /// `server`, `location` ...: the word that opens it.
    pub keyword: Span,
    /// That word and what stands before `{`; the start of the file for a level that the file does not spell out.
    pub place: Span,
    /// How far it is moved in.
    pub indent: Indent,
    /// The words behind the keyword.
    pub arguments: Vec<Word>,
    /// `{` and `}`; nothing for a level that the file does not spell out.
    pub body: Option<(Span, Span)>,
    /// Its own directives, in order, without those that open a level.
    pub directives: Vec<Directive>,
    /// The levels inside, in order.
    pub children: Vec<LevelId>,
    /// What may stand in it besides.
    pub open: Vec<Unknown>,
}

impl Level {
    /// A level without directives.
    pub fn new(kind: LevelKind, parent: Option<LevelId>, place: Span) -> Level {
        Level {
            kind,
            parent,
            keyword: place,
            place,
            indent: Indent::default(),
            arguments: Vec::new(),
            body: None,
            directives: Vec::new(),
            children: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Its own directives of a name.
    pub fn own<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Directive> {
        self.directives.iter().filter(move |directive| directive.is(name))
    }
}

/// What a level may have that is not among what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The missing fact, as a sentence without a full stop.
    pub why: String,
    /// The `include`, or the start of the file.
    pub place: Span,
    /// Whose directives are not all known.
    pub level: LevelId,
}

/// Why nginx does not start with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// As a sentence without a full stop.
    pub why: String,
    /// What makes it so.
    pub place: Span,
}

impl Failure {
    /// What a problem of a file means for the whole; `start` is that file's start.
    pub fn of(problem: &Problem, start: Span) -> Failure {
        let place = match &problem.place {
            ProblemPlace::Span(span) => *span,
            ProblemPlace::Path(_) => start,
        };
        Failure { why: format!("nginx does not start with this configuration: {}", problem.what), place }
    }
}

/// What the main file's own directives belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// It is a whole configuration.
    Main,
    /// It is a file of `conf.d`, and stands in the `http` of the official image.
    Http,
    /// It starts at `location`; the server is not known.
    Server,
    /// Directives that may stand in many places, without any block that says where.
    Snippet,
}

/// A file that a configuration was loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    /// Its path in the container.
    pub path: String,
    /// The source that its text is.
    pub source: SourceId,
    /// Whether the image brings it.
    pub builtin: bool,
}

/// A loaded configuration.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// What the main file's directives belong to.
    pub context: Context,
    /// All files, each once, the main file first.
    pub files: Vec<LoadedFile>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// Why nginx does not start, if it does not.
    pub failures: Vec<Failure>,
    levels: Vec<Level>,
}

/// How many failures of one configuration are worth keeping.
const MAX_FAILURES: usize = 50;

/// What is in force for a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting<'a> {
    /// A directive, of this level or one around it.
    Set(LevelId, &'a Directive),
    /// Nothing says so: nginx's default.
    Unset,
    /// Something may say so that was not read.
    Open(&'a Unknown),
}

impl Configuration {
    /// A configuration without directives.
    pub fn new(context: Context, start: Span) -> Configuration {
        Configuration {
            context,
            files: Vec::new(),
            problems: Vec::new(),
            failures: Vec::new(),
            levels: vec![Level::new(LevelKind::Main, None, start)],
        }
    }

    pub(super) fn add(&mut self, level: Level) -> LevelId {
        let id = LevelId(self.levels.len());
        if let Some(parent) = level.parent {
            self.levels[parent.0].children.push(id);
        }
        self.levels.push(level);
        id
    }

    pub(super) fn push(&mut self, level: LevelId, directive: Directive) {
        self.levels[level.0].directives.push(directive);
    }

    pub(super) fn open(&mut self, level: LevelId, unknown: Unknown) {
        self.levels[level.0].open.push(unknown);
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure);
        }
    }

    pub(super) fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// A level.
    pub fn level(&self, id: LevelId) -> &Level {
        &self.levels[id.0]
    }

    /// All levels, outer ones first.
    pub fn levels(&self) -> impl Iterator<Item = (LevelId, &Level)> {
        self.levels.iter().enumerate().map(|(index, level)| (LevelId(index), level))
    }

    /// The levels inside a level, in order.
    pub fn children(&self, id: LevelId) -> impl Iterator<Item = LevelId> {
        self.level(id).children.iter().copied()
    }

    /// All that may stand somewhere and was not read.
    pub fn unknowns(&self) -> impl Iterator<Item = &Unknown> {
        self.levels.iter().flat_map(|level| &level.open)
    }

    /// The servers of `http`, in order.
    pub fn servers(&self) -> impl Iterator<Item = LevelId> {
        self.levels().filter(|(_, level)| level.kind == LevelKind::Server).map(|(id, _)| id)
    }

    /// What may add servers that were not read.
    pub fn open_servers(&self) -> Option<&Unknown> {
        let outer = self.levels.iter().filter(|level| matches!(level.kind, LevelKind::Main | LevelKind::Http));
        outer.flat_map(|level| &level.open).next()
    }

    /// The locations of a level and of the locations inside, in order.
    pub fn locations(&self, id: LevelId) -> Vec<LevelId> {
        let mut found = Vec::new();
        for child in self.children(id).filter(|child| matches!(self.level(*child).kind, LevelKind::Location(_))) {
            found.push(child);
            found.extend(self.locations(child));
        }
        found
    }

    /// The level and those around it, innermost first.
    pub fn outwards(&self, id: LevelId) -> impl Iterator<Item = (LevelId, &Level)> {
        std::iter::successors(Some(id), |id| self.level(*id).parent).map(|id| (id, self.level(id)))
    }

    /// The server that a level is, or stands in.
    pub fn server_of(&self, id: LevelId) -> Option<LevelId> {
        self.outwards(id).find(|(_, level)| level.kind == LevelKind::Server).map(|(id, _)| id)
    }

    /// The directive of a name that is in force for a level: its own, or that of the nearest level around it.
    pub fn setting<'a>(&'a self, id: LevelId, name: &str) -> Setting<'a> {
        for (id, level) in self.outwards(id) {
            if let Some(directive) = level.directives.iter().rfind(|directive| directive.is(name)) {
                return Setting::Set(id, directive);
            }
            if let Some(unknown) = level.open.first() {
                return Setting::Open(unknown);
            }
        }
        Setting::Unset
    }

    /// Whether the image brings the file that a place is in.
    pub fn is_builtin(&self, place: Span) -> bool {
        self.files.iter().any(|file| file.builtin && file.source == place.source)
    }

    /// The values that a variable of `map` or `set` may have; `None` if nothing here sets it, or not all of them are
    /// known.
    pub fn values_of(&self, variable: &str) -> Option<Vec<&Word>> {
        let mut found = Vec::new();
        for directive in self.levels.iter().flat_map(|level| &level.directives) {
            match (directive.name.text.as_str(), directive.arguments.as_slice()) {
                ("map", [_, name]) if name.text == variable => {
                    let entries = &directive.block.as_ref()?.directives;
                    let plain = |entry: &&Directive| !matches!(entry.name.text.as_str(), "hostnames" | "volatile");
                    if entries.iter().any(|entry| entry.is("include")) {
                        return None;
                    }
                    found.extend(entries.iter().filter(plain).filter_map(|entry| entry.argument(0)));
                }
                ("set", [name, value]) if name.text == variable => found.push(value),
                _ => {}
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

/// A time as nginx writes it (`1y`, `365d`, `1h 30m`, `31536000`), in seconds.
pub fn seconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let factor = match &rest[..unit] {
            "" | "s" => 1,
            "ms" => 0,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            "M" => 2_592_000,
            "y" => 31_536_000,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(factor)?)?;
        rest = rest[unit..].trim_start();
    }
    Some(total)
}
