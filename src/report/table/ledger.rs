//! Ledger: the little that is kept of each project until the end.

use std::collections::HashMap;

use super::item::address;
use super::{few, head, heading};
use crate::report::{Header, LocatedNote, ProjectReport, Verdict};
use crate::terminal::{Lines, Style, brief};

/// With more containers than that no matrix is kept.
pub const CONTAINERS: usize = 16;
/// Different missing facts that are told apart.
const FACTS: usize = 500;
/// Missing facts that are shown.
const SHOWN: usize = 10;
/// Containers of one fact that are remembered by name.
const NAMES: usize = 4;
/// Bytes of one fact that are kept.
const LONGEST: usize = 400;

/// What is kept.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The containers in order; `None` once there were too many.
    columns: Columns,
    /// Findings below the least severity that is shown.
    pub hidden: usize,
    facts: Vec<Fact>,
    /// Index into `facts` by message and place.
    known: HashMap<(String, String), usize>,
    /// Open verdicts whose facts were too many to keep.
    further: usize,
    /// Containers so far; two projects may have containers of one name.
    containers: usize,
}

/// The containers that the matrix has columns for.
#[derive(Debug)]
enum Columns {
    Kept(Vec<Column>),
    TooMany,
}

impl Default for Columns {
    fn default() -> Columns {
        Columns::Kept(Vec::new())
    }
}

/// One container's verdicts.
#[derive(Debug)]
pub struct Column {
    /// The container.
    pub name: String,
    /// The project it belongs to.
    pub project: String,
    /// By control of the header; `None` where no rules assess it.
    pub verdicts: Vec<Option<Verdict>>,
}

/// A fact that is missing, and what it keeps open.
#[derive(Debug, Default)]
struct Fact {
    message: String,
    place: String,
    controls: Vec<usize>,
    /// The names of the first containers that wait for it.
    names: Vec<String>,
    /// How many containers wait for it.
    containers: usize,
    /// The last of them.
    last: usize,
    /// Verdicts that wait for it.
    verdicts: usize,
}

impl Ledger {
    /// Takes in what the end needs of a project.
    pub fn enter(&mut self, header: &Header, project: &ProjectReport) {
        self.hidden += project.findings.iter().filter(|finding| finding.severity < header.min_severity).count();
        self.enter_columns(header, project);
        for container in &project.containers {
            self.containers += 1;
            for verdict in container.verdicts.iter().filter(|verdict| verdict.verdict == Verdict::Inconclusive) {
                for ground in &verdict.grounds {
                    self.enter_fact(ground, verdict.control, &container.name);
                }
            }
        }
    }

    fn enter_columns(&mut self, header: &Header, project: &ProjectReport) {
        let Columns::Kept(columns) = &mut self.columns else { return };
        if columns.len() + project.containers.len() > CONTAINERS {
            self.columns = Columns::TooMany;
            return;
        }
        for container in &project.containers {
            let mut verdicts = vec![None; header.controls.len()];
            for verdict in &container.verdicts {
                if let Some(slot) = verdicts.get_mut(verdict.control) {
                    *slot = Some(verdict.verdict);
                }
            }
            let (name, project) = (head(&container.name).into_owned(), head(&project.name).into_owned());
            columns.push(Column { name, project, verdicts });
        }
    }

    fn enter_fact(&mut self, ground: &LocatedNote, control: usize, container: &str) {
        let message = brief(&ground.message, LONGEST).into_owned();
        let place = ground.location.as_ref().map(address).unwrap_or_default();
        let key = (message, place);
        let at = match self.known.get(&key) {
            Some(&at) => at,
            None if self.facts.len() == FACTS => {
                self.further += 1;
                return;
            }
            None => {
                let (message, place) = key.clone();
                self.facts.push(Fact { message, place, ..Fact::default() });
                self.known.insert(key, self.facts.len() - 1);
                self.facts.len() - 1
            }
        };
        self.facts[at].concern(control, self.containers, container);
    }

    /// The containers in the order they came, unless they were too many.
    pub fn columns(&self) -> Option<&[Column]> {
        match &self.columns {
            Columns::Kept(columns) => Some(columns),
            Columns::TooMany => None,
        }
    }

    /// Whether anything is open for want of a fact.
    pub fn has_facts(&self) -> bool {
        !self.facts.is_empty()
    }

    /// Writes the missing facts, those that settle most first.
    pub fn write_facts(&self, lines: &mut Lines, header: &Header) {
        heading(lines, "inconclusive", "these facts are missing; what would settle most comes first");
        let mut facts: Vec<&Fact> = self.facts.iter().collect();
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.verdicts));
        let shown = if facts.len() == SHOWN + 1 { SHOWN + 1 } else { SHOWN };
        for fact in facts.iter().take(shown) {
            fact.write(lines, header);
        }
        let more = facts.len().saturating_sub(shown);
        if more > 0 {
            let least = if self.further > 0 { "at least " } else { "" };
            lines.put(Style::Faint, &format!("  and {least}{more} more")).end();
        }
    }
}

impl Fact {
    /// Remembers who waits for it; `number` is the container's, from 1.
    fn concern(&mut self, control: usize, number: usize, name: &str) {
        self.verdicts += 1;
        if !self.controls.contains(&control) {
            self.controls.push(control);
        }
        if self.last == number {
            return;
        }
        (self.last, self.containers) = (number, self.containers + 1);
        if self.names.len() < NAMES && !self.names.iter().any(|known| *known == head(name)) {
            self.names.push(head(name).into_owned());
        }
    }

    fn write(&self, lines: &mut Lines, header: &Header) {
        lines.put(Style::Warning, "?").plain(" ").wrap(Style::Plain, &self.message, 4).end();
        if !self.place.is_empty() {
            lines.put(Style::Margin, "  --> ").plain(&self.place);
        } else {
            lines.space(5);
        }
        let controls = self.controls.iter().filter_map(|&control| header.controls.get(control));
        let controls: Vec<&str> = controls.map(|control| &*control.id).collect();
        let mut containers = self.names.join(", ");
        let unnamed = self.containers - self.names.len();
        if unnamed > 0 {
            containers.push_str(&format!(" and {unnamed} more"));
        }
        lines.wrap_whole(Style::Faint, &format!(" in {containers}"), 6);
        lines.wrap_whole(Style::Faint, &format!(" for {}", few(controls.into_iter(), NAMES)), 6).end();
    }
}
