//! Result: one alert, for all that one rule finds on one line.
//!
//! GitHub tells alerts apart by rule and line hash, so two findings of a rule on one line would be one alert with the
//! text of either. They are joined here: the first gives the place, the others become related locations, and every
//! container and control is named. The same finding may also come from several projects that share a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Location as SarifLocation, LogicalLocation, Message,
    PhysicalLocation, Region, Replacement, Result as SarifResult, ResultLevel,
};

use super::kept::Rank;
use super::text::{cut, plain, sentence};
use super::uri::uri;
use crate::report::{LocatedNote, Location, ReportedEdit, ReportedFinding, ReportedFix, Severity};
use crate::source::{Entry, Position};

/// A whole message, in UTF-16 code units.
const MESSAGE_LIMIT: usize = 4096;

/// One sentence of a message.
const SENTENCE_LIMIT: usize = 1000;

/// One name in a message.
const NAME_LIMIT: usize = 200;

/// How many names a list has before it says how many more there are.
const LIST_LIMIT: usize = 20;

/// How many further places one result relates to.
const RELATED_LIMIT: usize = 20;

/// What tells results apart: URI, line and rule; also their order.
pub type Key = (String, u32, &'static str);

/// A place, without the text that stands there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    path: Arc<str>,
    start: Position,
    end: Position,
    entry: Option<Arc<Entry>>,
}

impl Place {
    /// Sets right what SARIF does not allow: lines and columns from 1, and no end before the start.
    pub fn new(location: &Location) -> Place {
        let from_one = |at: Position| Position { line: at.line.max(1), column: at.column.max(1) };
        let start = from_one(location.start);
        Place {
            path: location.path.clone(),
            start,
            end: from_one(location.end).max(start),
            entry: location.entry.clone(),
        }
    }

    fn region(&self) -> Region {
        Region::builder()
            .start_line(i64::from(self.start.line))
            .start_column(i64::from(self.start.column))
            .end_line(i64::from(self.end.line))
            .end_column(i64::from(self.end.column))
            .build()
    }

    /// As a SARIF location.
    pub fn location(&self) -> SarifLocation {
        let region = self.region();
        let physical = PhysicalLocation::builder().artifact_location(artifact(&self.path)).region(region).build();
        let mut location = SarifLocation::builder().physical_location(physical).build();
        // The path of what is in an image is made up; this says which image it is.
        location.logical_locations = self.entry.as_ref().map(|entry| {
            let named = LogicalLocation::builder().fully_qualified_name(plain(&entry.to_string(), NAME_LIMIT));
            vec![named.kind("resource").build()]
        });
        location
    }
}

/// What takes the place of something in a file.
type Replaced = (Place, String);

/// A way out: what it does, and the replacements. Two findings on a line may have the same one.
type Change = (String, Vec<Replaced>);

/// The edits of a fix, if a report may show them.
fn change(fix: &ReportedFix) -> Option<Change> {
    let replaced = |edit: &ReportedEdit| (Place::new(&edit.location), edit.text.clone());
    let edits: Vec<Replaced> = fix.shown_edits().iter().map(replaced).collect();
    (!edits.is_empty()).then(|| (plain(&fix.title, SENTENCE_LIMIT), edits))
}

/// A fix as SARIF has it: one change for each file, with its replacements in order.
fn fix((title, edits): &Change) -> Fix {
    let mut files: BTreeMap<&str, Vec<Replacement>> = BTreeMap::new();
    for (place, text) in edits {
        let inserted = ArtifactContent::builder().text(text.clone()).build();
        let replacement = Replacement::builder().deleted_region(place.region()).inserted_content(inserted).build();
        files.entry(&place.path).or_default().push(replacement);
    }
    let changes = files.into_iter().map(|(path, replacements)| {
        ArtifactChange::builder().artifact_location(artifact(path)).replacements(replacements).build()
    });
    Fix::builder().description(message(sentence(title.clone()))).artifact_changes(changes.collect::<Vec<_>>()).build()
}

/// A file by its path relative to the root.
pub fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri(path)).uri_base_id("%SRCROOT%").build()
}

/// Names as they are shown: sorted, none twice.
fn names(given: &[String]) -> Vec<String> {
    let mut names = Vec::with_capacity(given.len());
    add(&mut names, given.iter().map(|name| plain(name, NAME_LIMIT)));
    names
}

/// Takes names in among sorted ones.
fn add(names: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for name in more {
        if let Err(at) = names.binary_search(&name) {
            names.insert(at, name);
        }
    }
}

/// What is kept of the findings of one rule on one line until they are written.
pub struct Pending {
    severity: Severity,
    message: String,
    place: Place,
    /// Sorted, as the controls are.
    containers: Vec<String>,
    controls: Vec<String>,
    /// Further findings on the line.
    also: Vec<(String, Place)>,
    /// Whether there were more of them than are kept.
    more: bool,
    notes: Vec<(String, Option<Place>)>,
    /// What to do, for a reader.
    advice: Vec<String>,
    fixes: Vec<Change>,
    line_hash: Option<String>,
    fingerprint: String,
}

impl Rank for Pending {
    fn rank(&self) -> usize {
        self.severity.rank()
    }
}

impl Pending {
    /// From the first finding.
    pub fn new(finding: &ReportedFinding) -> Pending {
        let note = |note: &LocatedNote| (plain(&note.message, SENTENCE_LIMIT), note.location.as_ref().map(Place::new));
        Pending {
            severity: finding.severity,
            message: plain(&finding.message, SENTENCE_LIMIT),
            place: Place::new(&finding.location),
            containers: names(&finding.containers),
            controls: names(&finding.controls),
            also: Vec::new(),
            more: false,
            notes: finding.notes.iter().take(RELATED_LIMIT).map(note).collect(),
            advice: finding.fix.iter().map(|fix| plain(&fix.title, SENTENCE_LIMIT)).collect(),
            fixes: finding.fix.iter().filter_map(change).collect(),
            line_hash: finding.location.line_hash.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    }

    /// Which line and rule it is about.
    pub fn key(&self, rule: &'static str) -> Key {
        (uri(&self.place.path), self.place.start.line, rule)
    }

    /// Takes in another finding of the same rule and line.
    pub fn join(&mut self, other: Pending) {
        self.severity = self.severity.max(other.severity);
        add(&mut self.containers, other.containers);
        add(&mut self.controls, other.controls);
        for advice in other.advice {
            if self.advice.len() < RELATED_LIMIT && !self.advice.contains(&advice) {
                self.advice.push(advice);
            }
        }
        for fix in other.fixes {
            if self.fixes.len() < RELATED_LIMIT && !self.fixes.contains(&fix) {
                self.fixes.push(fix);
            }
        }
        let another = (other.message, other.place);
        let same = another.0 == self.message && another.1 == self.place;
        if same || self.also.contains(&another) {
            return;
        }
        if self.also.len() < RELATED_LIMIT {
            self.also.push(another);
        } else {
            self.more = true;
        }
    }

    /// The result, under the rule's index in the driver if it has one.
    pub fn result(&self, rule: &str, index: Option<usize>) -> SarifResult {
        let related = self.related();
        let mut result = SarifResult::builder()
            .rule_id(rule)
            .level(level(self.severity))
            .message(message(self.text()))
            .locations(vec![self.place.location()])
            .partial_fingerprints(self.fingerprints())
            .build();
        result.rule_index = index.map(|index| index as i64);
        result.related_locations = Some(related).filter(|related| !related.is_empty());
        result.fixes = Some(self.fixes.iter().map(fix).collect()).filter(|fixes: &Vec<Fix>| !fixes.is_empty());
        result
    }

    /// GitHub reads the line hash only, and requires one; where there is no text to hash, ours takes its place.
    fn fingerprints(&self) -> BTreeMap<String, String> {
        let line_hash = self.line_hash.clone().unwrap_or_else(|| format!("{}:1", self.fingerprint));
        BTreeMap::from([
            ("primaryLocationLineHash".to_string(), line_hash),
            ("plimsoll/v1".to_string(), self.fingerprint.clone()),
        ])
    }

    /// The fact first: where there is little room, only the first sentence is shown.
    fn text(&self) -> String {
        let mut text = self.message.clone();
        if !self.containers.is_empty() {
            text = format!("{} ({})", text.trim_end_matches('.'), list(&self.containers, "`"));
        }
        let mut text = sentence(text);
        if !self.controls.is_empty() {
            text = format!("{text} Asked for by {}.", list(&self.controls, ""));
        }
        let mut id = 0;
        let mut clause = |message: &str, place: Option<&Place>| {
            let message = message.trim_end_matches('.');
            let Some(place) = place else { return message.to_string() };
            id += 1;
            format!("{message} ({})", self.link(place, id))
        };
        let mut also: Vec<String> = self.also.iter().map(|(message, place)| clause(message, Some(place))).collect();
        let notes: Vec<String> = self.notes.iter().map(|(message, place)| clause(message, place.as_ref())).collect();
        also.extend(self.more.then(|| "and more on this line".to_string()));
        for (opening, clauses) in [("Also", also), ("Note", notes)] {
            if !clauses.is_empty() {
                text = format!("{text} {opening}: {}.", clauses.join("; "));
            }
        }
        if !self.advice.is_empty() {
            text = format!("{text} Fix: {}.", self.advice.join("; "));
        }
        cut(text, MESSAGE_LIMIT)
    }

    /// A link to the related location with this id; one that is not linked to is not shown by GitHub.
    fn link(&self, place: &Place, id: usize) -> String {
        let line = place.start.line;
        if place.path == self.place.path {
            return format!("[line {line}]({id})");
        }
        let path = plain(&place.path, NAME_LIMIT).replace('[', "(").replace(']', ")");
        format!("[line {line} of {path}]({id})")
    }

    /// The further findings, then the notes that have a place, with the ids that [`Pending::text`] links to.
    fn related(&self) -> Vec<SarifLocation> {
        let also = self.also.iter().map(|(message, place)| (message, place));
        let notes = self.notes.iter().filter_map(|(message, place)| Some((message, place.as_ref()?)));
        (1..)
            .zip(also.chain(notes))
            .map(|(id, (text, place))| {
                let mut location = place.location();
                location.id = Some(id);
                location.message = Some(message(sentence(text.clone())));
                location
            })
            .collect()
    }
}

/// A message of plain text.
pub fn message(text: String) -> Message {
    Message::builder().text(text).build()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    }
}

/// The first names, each between `quote`s, and how many more there are.
fn list(names: &[String], quote: &str) -> String {
    let shown: Vec<String> = names.iter().take(LIST_LIMIT).map(|name| format!("{quote}{name}{quote}")).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(LIST_LIMIT) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
