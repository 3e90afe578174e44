//! SARIF: the report as GitHub code scanning accepts it.
//!
//! One run with every bound rule, and only what is to become an open alert: no suppressed, passed or baselined results,
//! since GitHub would open those as well. No `automationDetails`, as that would override the category a user gives to
//! the upload. No snippets, as the text of a file may hold secrets.
//!
//! 1. `begin` writes the tool and its rules.
//! 2. `project` keeps what matters, merged by place and bounded ([`kept`]); two projects may share a file.
//! 3. `finish` turns one result after the other into SARIF and writes it, then says what could not be examined.

mod kept;
mod result;
mod rule;
mod text;
mod uri;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serde_sarif::sarif::{ArtifactLocation, Invocation, Location as SarifLocation, Notification, PhysicalLocation};

use self::kept::{Kept, Rank};
use self::result::{Key, Pending, Place, artifact, message};
use self::text::{plain, sentence};
pub use self::uri::uri;
use super::harmless::Harmless;
use super::{Header, ProjectReport, ReportedFinding, ReportedProblem, RuleInfo, Summary, Verdict, Writer};
use crate::problem::Gravity;
use crate::source::Position;

/// The schema that GitHub's documentation names.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// How many results GitHub takes in one run; a file with more is rejected.
const RESULT_LIMIT: usize = 25_000;

/// How many problems are told; nobody reads more, and the exit code counts all.
const NOTIFICATION_LIMIT: usize = 1_000;

/// One sentence of a notification, in UTF-16 code units.
const SENTENCE_LIMIT: usize = 1_000;

/// What tells problems apart, and their order: path, place if there is one, and what is wrong.
type ProblemKey = (String, Option<Position>, String);

/// Writes SARIF 2.1.0 for GitHub code scanning. The output should be buffered.
pub struct Sarif<W> {
    out: W,
    /// The place of each rule in the driver's list.
    rules: HashMap<&'static str, usize>,
    results: Kept<Key, Pending>,
    problems: Kept<ProblemKey, Unexamined>,
}

impl<W: io::Write> Sarif<W> {
    /// A writer to `out`, to which nothing is written yet.
    pub fn new(out: W) -> Sarif<W> {
        Sarif { out, rules: HashMap::new(), results: Kept::new(RESULT_LIMIT), problems: Kept::new(NOTIFICATION_LIMIT) }
    }

    /// The output, for one that keeps what is written to it.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut self.out, Harmless);
        Ok(value.serialize(&mut serializer)?)
    }

    fn examine(&mut self, problem: &ReportedProblem) {
        let unexamined = Unexamined::new(problem);
        let at = problem.location.as_ref().map(|location| location.start);
        self.problems.add((problem.path.clone(), at, unexamined.text.clone()), unexamined, |known, new| {
            known.gravity = known.gravity.max(new.gravity);
        });
    }

    /// The items of the results array, one a line.
    fn results(&mut self, results: &BTreeMap<Key, Pending>) -> io::Result<()> {
        for (i, ((_, _, rule), pending)) in results.iter().enumerate() {
            self.text(if i == 0 { "\n" } else { ",\n" })?;
            let result = pending.result(rule, self.rules.get(rule).copied());
            self.json(&result)?;
        }
        Ok(())
    }
}

impl<W: io::Write> Writer for Sarif<W> {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        let mut rules: Vec<&RuleInfo> = header.rules.iter().collect();
        rules.sort_by_key(|rule| rule.id);
        rules.dedup_by_key(|rule| rule.id);
        self.rules = rules.iter().enumerate().map(|(i, rule)| (rule.id, i)).collect();
        self.text("{\n\"$schema\": ")?;
        self.json(&SCHEMA)?;
        self.text(",\n\"version\": \"2.1.0\",\n\"runs\": [{\n\"tool\": ")?;
        self.json(&rule::tool(header, &rules))?;
        self.text(",\n\"results\": [")
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        let open = open_findings(project);
        let shown = |&(i, finding): &(usize, &ReportedFinding)| open[i] && finding.severity >= header.min_severity;
        for (_, finding) in project.findings.iter().enumerate().filter(shown) {
            let pending = Pending::new(finding);
            self.results.add(pending.key(finding.rule), pending, Pending::join);
        }
        for problem in &project.problems {
            self.examine(problem);
        }
        Ok(())
    }

    fn finish(&mut self, _header: &Header, summary: &Summary) -> io::Result<()> {
        for problem in &summary.problems {
            self.examine(problem);
        }
        let (results, results_left_out) = self.results.take();
        let (problems, problems_left_out) = self.problems.take();
        self.results(&results)?;
        self.text("],\n")?;
        let columns = !results.is_empty() || problems.values().any(|problem| problem.place.is_some());
        if columns {
            self.text("\"columnKind\": \"utf16CodeUnits\",\n")?;
        }
        self.text("\"originalUriBaseIds\": ")?;
        let root = ArtifactLocation::builder().description("The root of the repository.").build();
        self.json(&BTreeMap::from([("%SRCROOT%", root)]))?;
        let mut notifications: Vec<Notification> = Vec::with_capacity(problems.len() + 2);
        notifications.extend(left_out(results_left_out, RESULT_LIMIT, "results"));
        notifications.extend(left_out(problems_left_out, NOTIFICATION_LIMIT, "problems"));
        notifications.extend(problems.values().map(Unexamined::notification));
        self.text(",\n\"invocations\": [")?;
        self.json(&invocation(summary, notifications))?;
        self.text("]\n}]\n}\n")?;
        self.out.flush()
    }
}

/// Which findings are to become alerts: all but those that stand behind waived verdicts only.
fn open_findings(project: &ProjectReport) -> Vec<bool> {
    let mut violated = vec![false; project.findings.len()];
    let mut waived = vec![false; project.findings.len()];
    for verdict in project.containers.iter().flat_map(|container| &container.verdicts) {
        let marked = if verdict.verdict == Verdict::Waived { &mut waived } else { &mut violated };
        for &finding in &verdict.findings {
            if let Some(mark) = marked.get_mut(finding) {
                *mark = true;
            }
        }
    }
    violated.iter().zip(waived).map(|(&violated, waived)| violated || !waived).collect()
}

/// What is kept of a problem until it is written.
struct Unexamined {
    gravity: Gravity,
    text: String,
    path: Arc<str>,
    place: Option<Place>,
}

impl Rank for Unexamined {
    fn rank(&self) -> usize {
        self.gravity.rank()
    }
}

impl Unexamined {
    fn new(problem: &ReportedProblem) -> Unexamined {
        let parts = [&problem.what, &problem.help].map(|text| plain(text, SENTENCE_LIMIT));
        let parts: Vec<&str> = parts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        let said = sentence(parts.join("; "));
        let text = match problem.location {
            Some(_) => said,
            // The URI may be a stand-in, and the reader must find what was meant.
            None => format!("`{}`: {said}", plain(&problem.path, SENTENCE_LIMIT)),
        };
        let place = problem.location.as_ref().map(Place::new);
        Unexamined { gravity: problem.gravity, text, path: problem.path.as_str().into(), place }
    }

    fn notification(&self) -> Notification {
        let location = match &self.place {
            Some(place) => place.location(),
            None => SarifLocation::builder()
                .physical_location(PhysicalLocation::builder().artifact_location(artifact(&self.path)).build())
                .build(),
        };
        let mut notification = notification(self.gravity, self.text.clone());
        notification.locations = Some(vec![location]);
        notification
    }
}

fn notification(gravity: Gravity, text: String) -> Notification {
    let level = match gravity {
        Gravity::Note => "note",
        Gravity::Warning => "warning",
        Gravity::Error => "error",
    };
    Notification::builder().level(json!(level)).message(message(text)).build()
}

/// Says that something was left out, so that nobody takes the file for the whole.
fn left_out(count: usize, limit: usize, what: &str) -> Option<Notification> {
    let text = format!(
        "{count} {what} were left out: this file takes {limit}, and the gravest were kept. Narrow the paths, raise the \
         severity that is shown, or take the JSON report, which has no limit."
    );
    (count > 0).then(|| notification(Gravity::Warning, text))
}

fn invocation(summary: &Summary, notifications: Vec<Notification>) -> Invocation {
    Invocation::builder()
        .execution_successful(summary.failures == 0 && summary.exit_code < 2)
        .exit_code(i64::from(summary.exit_code))
        .tool_execution_notifications(notifications)
        .build()
}
