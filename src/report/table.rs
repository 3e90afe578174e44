//! Table: the report for a person at a terminal, or in the log of a CI job.
//!
//! 1. `begin` writes nothing.
//! 2. `project` writes a project that has findings or problems: a heading, then three to five lines for each, as
//!    compilers do it ([`item`], [`excerpt`]). A project without any is only counted.
//! 3. `finish` writes the problems of no project, the compliance matrix ([`matrix`]), the facts that would settle what
//!    is open ([`ledger`]), and in the last lines what it all came to ([`closing`]).
//!
//! What it keeps in memory does not grow with the tree.

mod closing;
mod excerpt;
mod item;
mod ledger;
mod matrix;

use std::borrow::Cow;
use std::io;

use self::ledger::Ledger;
use super::{Header, ProjectReport, Summary, Writer};
use crate::terminal::{Lines, Style, brief, clean, fit, fit_end, width};

/// No line gets shorter than this many columns, whatever the terminal says: nothing would be left to read.
const NARROWEST: usize = 40;
/// And none longer: a margin beside a source line is no gain any more.
const WIDEST: usize = 400;

/// How to write a [`Table`].
#[derive(Debug, Clone)]
pub struct Options {
    /// With ANSI colours.
    pub color: bool,
    /// Columns of the terminal; 100 is a good guess for a log.
    pub width: usize,
    /// Findings and problems only: no compliance, no totals.
    pub quiet: bool,
    /// What `--fail-on` was set to, as the user would type it.
    pub fail_on: String,
}

/// Writes a report as text for a person.
#[derive(Debug)]
pub struct Table<W: io::Write> {
    out: W,
    options: Options,
    lines: Lines,
    ledger: Ledger,
    /// Whether something was written, so that the next section is set apart from it.
    begun: bool,
}

impl<W: io::Write> Table<W> {
    /// A table that goes to `out`, which should be buffered.
    pub fn new(out: W, options: Options) -> Table<W> {
        let lines = Lines::new(options.color, options.width.clamp(NARROWEST, WIDEST));
        Table { out, options, lines, ledger: Ledger::default(), begun: false }
    }

    /// Gives back what it writes to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Sets a section apart from what is above.
    fn section(&mut self) {
        if self.begun {
            self.lines.end();
        }
        self.begun = true;
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.write_to(&mut self.out)
    }
}

impl<W: io::Write> Writer for Table<W> {
    fn begin(&mut self, _: &Header) -> io::Result<()> {
        Ok(())
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        self.ledger.enter(header, project);
        let shown = || project.findings.iter().filter(|finding| finding.severity >= header.min_severity);
        if shown().next().is_none() && project.problems.is_empty() {
            return Ok(());
        }
        self.section();
        project_heading(&mut self.lines, project);
        let mut above = None;
        for finding in shown() {
            item::finding(&mut self.lines, finding, above, project.containers.len());
            above = Some(finding);
            self.flush()?;
        }
        for problem in &project.problems {
            item::problem(&mut self.lines, problem);
            self.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self, header: &Header, summary: &Summary) -> io::Result<()> {
        if !summary.problems.is_empty() {
            self.section();
            for problem in &summary.problems {
                item::problem(&mut self.lines, problem);
                self.flush()?;
            }
        }
        if self.options.quiet {
            return self.out.flush();
        }
        // Where there is no container there is nothing to say about controls.
        let judged = summary.containers > 0;
        for policy in matrix::policies(header).into_iter().filter(|_| judged) {
            self.section();
            matrix::write(&mut self.lines, header, summary, &self.ledger, policy);
        }
        if self.ledger.has_facts() {
            self.section();
            self.ledger.write_facts(&mut self.lines, header);
        }
        self.section();
        closing::write(&mut self.lines, header, summary, self.ledger.hidden, &self.options.fail_on);
        self.flush()?;
        self.out.flush()
    }
}

/// A line across: `── name  what it is`.
pub(super) fn heading(lines: &mut Lines, name: &str, what: &str) {
    lines.put(Style::Faint, "── ");
    let name = head(name);
    lines.put(Style::Strong, &fit_end(&name, lines.left()));
    let what = clean(what);
    let room = lines.left().saturating_sub(2);
    if room > 8 && !what.is_empty() {
        lines.space(2).put(Style::Faint, &fit(&what, room));
    }
    lines.end();
}

/// What a project is called, and which containers come out of it. Where their runtimes do not fit, names do.
fn project_heading(lines: &mut Lines, project: &ProjectReport) {
    let room = lines.width().saturating_sub("──   ".chars().count() + width(&head(&project.name)));
    let (what, all) = containers(project, true, room);
    let what = if all { what } else { containers(project, false, room).0 };
    heading(lines, &project.name, &what);
}

/// The kind of a project and the first of its containers, and whether that is all of them.
fn containers(project: &ProjectReport, runtimes: bool, room: usize) -> (String, bool) {
    let total = project.containers.len();
    let mut what = project.kind.to_string();
    for (i, container) in project.containers.iter().enumerate() {
        let known = runtimes && container.runtime != "unknown" && !container.runtime.is_empty();
        let name = head(&container.name);
        let text = match (container.name == project.name, known) {
            (true, true) => container.runtime.clone(),
            (true, false) => continue,
            (false, true) => format!("{name} ({})", container.runtime),
            (false, false) => name.into_owned(),
        };
        let more = if i + 1 < total { format!(" and {} more", total - i - 1) } else { String::new() };
        // A count at the end says more than a name that is cut in half.
        if i > 0 && width(&what) + 2 + width(&text) + more.len() > room {
            what.push_str(&format!(" and {} more", total - i));
            return (what, false);
        }
        what.push_str(if i == 0 { ": " } else { ", " });
        what.push_str(&text);
    }
    (what, true)
}

/// As much of a name as anyone reads, cleaned.
fn head(name: &str) -> Cow<'_, str> {
    brief(name, 200)
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The first few of a list, and how many more there are: `a, b and 3 more`.
fn few<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let total = names.len();
    // One more name takes no more room than saying that there is one more.
    let shown = if total <= most + 1 { total } else { most };
    let mut text = names.take(shown).map(head).collect::<Vec<_>>().join(", ");
    if shown < total {
        text.push_str(&format!(" and {} more", total - shown));
    }
    text
}
