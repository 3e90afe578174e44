//! JSON: the whole report for programs, one document, written as the run goes on.
//!
//! Nothing is left out but findings below the shown severity (each project says how many) and the text under a place:
//! it may hold secrets, and whoever has the file can cut it out by `offset` and `length`. Lists are always there, even
//! when empty; `location` is there if something has a place. A change that breaks readers raises `schemaVersion`.

mod view;

use std::io;

use serde::Serialize;

use self::view::{ControlView, FindingView, ProblemView, Scanned, Skipped, TallyView, Tool, VerdictView};
use super::harmless::Harmless;
use super::{ContainerReport, Header, ProjectReport, ReportedFinding, Severity, Summary, Writer};

/// Version of the shape of the document.
const SCHEMA_VERSION: u32 = 1;

/// Writes one JSON document. The output should be buffered.
pub struct Json<W> {
    out: W,
    /// `policy/control` for each control of the header.
    controls: Vec<String>,
    /// Whether a project was written already.
    continued: bool,
}

impl<W: io::Write> Json<W> {
    /// A writer to `out`, to which nothing is written yet.
    pub fn new(out: W) -> Json<W> {
        Json { out, controls: Vec::new(), continued: false }
    }

    /// The output, for one that keeps what is written to it.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// One value, on one line.
    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut self.out, Harmless);
        Ok(value.serialize(&mut serializer)?)
    }

    /// `"name": value`, on one line, with what separates it from the next.
    fn field(&mut self, indent: &str, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.text(indent)?;
        self.value(&name)?;
        self.text(": ")?;
        self.value(value)?;
        self.text(",\n")
    }

    /// `[`, each item on a line of its own, `]`.
    fn list<T: Serialize>(&mut self, indent: &str, items: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.text("[")?;
        let mut any = false;
        for item in items {
            self.text(if any { ",\n" } else { "\n" })?;
            self.text(indent)?;
            self.text("  ")?;
            self.value(&item)?;
            any = true;
        }
        if any {
            self.text("\n")?;
            self.text(indent)?;
        }
        self.text("]")
    }

    /// `"name": [...]`, without what separates it from the next.
    fn list_field<T: Serialize>(
        &mut self,
        indent: &str,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        self.text(indent)?;
        self.value(&name)?;
        self.text(": ")?;
        self.list(indent, items)
    }

    fn container(&mut self, container: &ContainerReport, shown: &[Option<usize>]) -> io::Result<()> {
        self.text("        {\"name\":")?;
        self.value(&container.name)?;
        self.text(",\"kind\":")?;
        self.value(&container.kind)?;
        self.text(",\"runtime\":")?;
        self.value(&container.runtime)?;
        self.text(",\"verdicts\":")?;
        let controls = std::mem::take(&mut self.controls);
        let verdicts = container.verdicts.iter().map(|verdict| VerdictView::new(verdict, &controls, shown));
        self.list("        ", verdicts)?;
        self.controls = controls;
        self.text("}")
    }
}

impl<W: io::Write> Writer for Json<W> {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.controls = header.controls.iter().map(|control| format!("{}/{}", control.policy, control.id)).collect();
        self.text("{\n")?;
        self.field("  ", "schemaVersion", &SCHEMA_VERSION)?;
        self.field("  ", "tool", &Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })?;
        self.field("  ", "minSeverity", &header.min_severity)?;
        self.list_field("  ", "rules", &header.rules)?;
        self.text(",\n")?;
        let names = self.controls.clone();
        let controls = names.iter().zip(&header.controls).map(|(control, info)| ControlView { control, info });
        self.list_field("  ", "controls", controls)?;
        self.text(",\n  \"projects\": [")
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        let shown = shown(project, header.min_severity);
        let hidden = shown.iter().filter(|place| place.is_none()).count();
        self.text(if self.continued { ",\n    {\n" } else { "\n    {\n" })?;
        self.continued = true;
        self.field("      ", "name", &project.name)?;
        self.field("      ", "kind", &project.kind)?;
        self.field("      ", "files", &project.files)?;
        self.text("      \"containers\": [")?;
        for (i, container) in project.containers.iter().enumerate() {
            self.text(if i == 0 { "\n" } else { ",\n" })?;
            self.container(container, &shown)?;
        }
        self.text(if project.containers.is_empty() { "],\n" } else { "\n      ],\n" })?;
        let findings = project.findings.iter().zip(&shown).filter(|(_, place)| place.is_some());
        self.list_field("      ", "findings", findings.map(|(finding, _)| FindingView::from(finding)))?;
        self.text(",\n")?;
        self.field("      ", "hiddenFindings", &hidden)?;
        self.list_field("      ", "problems", project.problems.iter().map(ProblemView::from))?;
        self.text("\n    }")
    }

    fn finish(&mut self, _header: &Header, summary: &Summary) -> io::Result<()> {
        self.text(if self.continued { "\n  ],\n" } else { "],\n" })?;
        self.text("  \"summary\": {\n")?;
        let scanned: Vec<_> = summary.scanned.iter().map(|(kind, count)| Scanned { kind, count: *count }).collect();
        self.field("    ", "scanned", &scanned)?;
        self.list_field("    ", "skipped", summary.skipped.iter().map(|(path, reason)| Skipped { path, reason }))?;
        self.text(",\n")?;
        self.field("    ", "furtherSkipped", &summary.further_skipped)?;
        self.list_field("    ", "problems", summary.problems.iter().map(ProblemView::from))?;
        self.text(",\n")?;
        self.field("    ", "containers", &summary.containers)?;
        self.field("    ", "errors", &summary.errors)?;
        self.field("    ", "warnings", &summary.warnings)?;
        self.field("    ", "notes", &summary.notes)?;
        self.field("    ", "failures", &summary.failures)?;
        let names = std::mem::take(&mut self.controls);
        let tallies = names.iter().zip(&summary.tallies).map(|(control, tally)| TallyView { control, tally });
        self.list_field("    ", "tallies", tallies)?;
        self.text(&format!(",\n    \"exitCode\": {}\n  }}\n}}\n", summary.exit_code))?;
        self.out.flush()
    }
}

/// For each finding its index among those that are shown, if it is.
fn shown(project: &ProjectReport, min_severity: Severity) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |finding: &ReportedFinding| {
        let place = next;
        (finding.severity >= min_severity).then(|| {
            next += 1;
            place
        })
    };
    project.findings.iter().map(place).collect()
}

#[cfg(test)]
mod tests;
