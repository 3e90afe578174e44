//! The table as a person gets it: small reports built by hand, their text compared as a whole.

use std::sync::Arc;

use plimsoll::finding::Safety;
use plimsoll::problem::Gravity;
use plimsoll::report::table::{Options, Table};
use plimsoll::report::{
    Assessment, ContainerReport, ControlInfo, ControlVerdict, FileText, Header, LocatedNote, Location, ProjectReport,
    ReportedEdit, ReportedFinding, ReportedFix, ReportedProblem, Severity, Summary, Tally, Verdict, Writer,
};
use plimsoll::source::Position;
use plimsoll::terminal::width;

/// The first `needle` of a text, with the line it stands in.
fn at(path: &str, text: &str, needle: &str) -> Location {
    let offset = text.find(needle).unwrap_or_else(|| panic!("{needle}"));
    let line_start = |byte: usize| text[..byte].rfind('\n').map_or(0, |i| i + 1);
    let position = |byte: usize| Position {
        line: text[..byte].matches('\n').count() as u32 + 1,
        column: text[line_start(byte)..byte].encode_utf16().count() as u32 + 1,
    };
    let end = offset + needle.len();
    let snippet = &text[line_start(offset)..text[end..].find('\n').map_or(text.len(), |i| end + i)];
    Location {
        path: path.into(),
        start: position(offset),
        end: position(end),
        offset: offset as u32,
        length: needle.len() as u32,
        snippet: snippet.to_string(),
        line_hash: None,
        entry: None,
    }
}

fn finding(severity: Severity, message: &str, location: Location) -> ReportedFinding {
    ReportedFinding {
        rule: "user-root",
        severity,
        controls: vec!["adr/non-root".into()],
        containers: vec!["api".into()],
        message: message.into(),
        location,
        notes: Vec::new(),
        fix: None,
        fingerprint: String::new(),
    }
}

/// A fix, with an edit or in words.
fn fix(title: &str, safety: Safety, edit: Option<Location>) -> Option<ReportedFix> {
    let file = FileText { path: "Dockerfile".into(), text: "".into() };
    let edits = edit.map(|location| ReportedEdit { location, text: "x".into(), file }).into_iter().collect();
    Some(ReportedFix { title: title.into(), safety, edits, secret: false })
}

#[test]
fn the_way_out_stands_below_a_finding() {
    let header = Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Note };
    let place = || at("Dockerfile", "FROM a\nUSER root\n", "root");
    let found = |fix| {
        let finding = ReportedFinding { fix, ..finding(Severity::Error, "runs as `root`", place()) };
        written(options(80), &header, &[project(Vec::new(), vec![finding])], &Summary::default())
    };
    let safe = fix("write `USER node`", Safety::Safe, Some(place()));
    let risky = fix("write `USER node`", Safety::Unsafe, Some(place()));
    for (fix, line) in [
        (safe, "     = fix: write `USER node` (`--fix` makes it)\n"),
        (risky, "     = fix: write `USER node` (`--fix --unsafe-fixes` makes it)\n"),
        (fix("think about \u{1b}it", Safety::Unsafe, None), "     = fix: think about \\u{1b}it\n"),
    ] {
        let text = found(fix);
        assert!(text.contains(line), "{line}\n{text}");
    }
}

fn problem(path: &str, what: &str, help: &str) -> ReportedProblem {
    let (what, help) = (what.to_string(), help.to_string());
    ReportedProblem { gravity: Gravity::Error, path: path.into(), location: None, what, help }
}

fn note(message: &str, location: Option<Location>) -> LocatedNote {
    LocatedNote { message: message.into(), location }
}

fn control(id: &str, group: &str, assessment: Assessment) -> ControlInfo {
    let (title, source, group) = (String::new(), String::new(), group.to_string());
    ControlInfo { policy: "adr".into(), id: id.into(), title, group, source, assessment }
}

/// Three controls by rules in two groups, and one for each way not to be assessed.
fn header() -> Header {
    let rules = || Assessment::Rules(vec!["user-root"]);
    let controls = vec![
        control("non-root", "identity", rules()),
        control("limits", "resources", rules()),
        control("uid", "identity", rules()),
        control("nginx-gzip", "frontend", rules()),
        control("image-size", "images", Assessment::Planned),
        control("contract", "outside", Assessment::Outside("plimsoll probe".into())),
        control("speed", "outside", Assessment::Manual("it is measured".into())),
    ];
    Header { rules: Vec::new(), controls, min_severity: Severity::Note }
}

/// A container with a verdict for each of the controls; those that are open lack the user of its base.
fn container(name: &str, verdicts: [Verdict; 4]) -> ContainerReport {
    let verdict = |(control, &verdict): (usize, &Verdict)| {
        let open = verdict == Verdict::Inconclusive;
        let grounds = if open { vec![note("the user of `base` is not known", None)] } else { Vec::new() };
        ControlVerdict { control, verdict, grounds, findings: Vec::new() }
    };
    let verdicts = verdicts.iter().enumerate().map(verdict).collect();
    ContainerReport { name: name.into(), kind: "service", runtime: "node".into(), verdicts }
}

fn project(containers: Vec<ContainerReport>, findings: Vec<ReportedFinding>) -> ProjectReport {
    let files = vec![Arc::from("compose.yml")];
    ProjectReport { name: "compose.yml".into(), kind: "compose", files, containers, findings, problems: Vec::new() }
}

/// What the pipeline would sum up.
fn summary(header: &Header, projects: &[ProjectReport]) -> Summary {
    let mut tallies = vec![Tally::default(); header.controls.len()];
    for verdict in projects.iter().flat_map(|p| &p.containers).flat_map(|c| &c.verdicts) {
        let tally = &mut tallies[verdict.control];
        *match verdict.verdict {
            Verdict::NotApplicable => &mut tally.not_applicable,
            Verdict::Met => &mut tally.met,
            Verdict::Waived => &mut tally.waived,
            Verdict::Inconclusive => &mut tally.inconclusive,
            Verdict::Violated => &mut tally.violated,
        } += 1;
    }
    let count = |severity| projects.iter().flat_map(|p| &p.findings).filter(|f| f.severity == severity).count();
    let errors = count(Severity::Error);
    Summary {
        scanned: vec![("Dockerfile".into(), 1), ("Compose file".into(), 1)],
        containers: projects.iter().map(|p| p.containers.len()).sum(),
        errors,
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
        tallies,
        exit_code: u8::from(errors > 0),
        ..Summary::default()
    }
}

fn options(width: usize) -> Options {
    Options { color: false, width, quiet: false, fail_on: "error".into() }
}

fn written(options: Options, header: &Header, projects: &[ProjectReport], summary: &Summary) -> String {
    let mut table = Table::new(Vec::new(), options);
    table.begin(header).expect("a Vec takes everything");
    for project in projects {
        table.project(header, project).expect("a Vec takes everything");
    }
    table.finish(header, summary).expect("a Vec takes everything");
    String::from_utf8(table.into_inner()).expect("reports are UTF-8")
}

/// Findings and problems of one project, without what follows.
fn quiet(header: &Header, project: ProjectReport) -> String {
    let options = Options { quiet: true, ..options(80) };
    written(options, header, &[project], &Summary::default())
}

const DOCKERFILE: &str = "FROM node:20\nUSER node\nCOPY . .\n";
const COMPOSE: &str = "services:\n  api:\n    user: \"0\"\n    build: .\n";

#[test]
fn a_whole_report_fits_a_screen() {
    use Verdict::*;
    let mut root = finding(Severity::Error, "the container runs as `root`", at("compose.yml", COMPOSE, "\"0\""));
    root.containers = vec!["api".into(), "worker".into()];
    root.notes.push(note("overrides `USER node`", Some(at("Dockerfile", DOCKERFILE, "node\nCOPY"))));
    let containers = vec![
        container("api", [Violated, Met, Inconclusive, NotApplicable]),
        container("worker", [Violated, Waived, Inconclusive, NotApplicable]),
        container("web", [Met, Met, Met, NotApplicable]),
    ];
    let projects = [project(containers, vec![root])];
    let mut summary = summary(&header(), &projects);
    summary.skipped = vec![("big.yml".into(), "larger than 4 MB".into())];
    summary.further_skipped = 2;
    let text = written(options(80), &header(), &projects, &summary);
    let expected = "\
── compose.yml  compose: api (node), worker (node), web (node)
✗ error[user-root]: the container runs as `root`
  --> compose.yml:3:11 in api, worker [adr/non-root]
   3 |     user: \"0\"
     |           ^^^
     = note: overrides `USER node` (Dockerfile:2:6)

── compliance  adr
                       api  worker  web
  identity   non-root  ✗    ✗       ✓
             uid       ?    ?       ✓
  resources  limits    ✓    ~       ✓
  ✗ violated  ? inconclusive  ~ waived  ✓ met
  not applicable to any container: nginx-gzip
  not assessed: image-size (planned)
                contract (outside: plimsoll probe)
                speed (manual: it is measured)

── inconclusive  these facts are missing; what would settle most comes first
? the user of `base` is not known
      in api, worker for uid

scanned  2 files (1 Dockerfile, 1 Compose file)
skipped  1 file: larger than 4 MB (big.yml)
         2 files more
judged   3 containers: 4 met, 2 violated, 2 inconclusive, 1 waived, 3 n/a
found    1 error
failed   findings reach `--fail-on error` (exit code 1)
";
    assert_eq!(text, expected);
}

#[test]
fn a_change_that_mends_two_findings_is_shown_once() {
    let place = || at("Dockerfile", DOCKERFILE, "node:20");
    let change = || fix("add `USER 1001:1001` before `CMD`", Safety::Unsafe, Some(place()));
    let mut root = finding(Severity::Error, "the container runs as root", place());
    root.fix = change();
    let mut id = ReportedFinding { rule: "user-id-wrong", ..finding(Severity::Error, "`root` has uid 0", place()) };
    id.fix = change();
    let mut words = ReportedFinding { rule: "base-tag-missing", ..finding(Severity::Error, "no tag", place()) };
    words.fix = fix("name a version", Safety::Unsafe, None);
    let expected = "\
── compose.yml  compose
✗ error[user-root]: the container runs as root
  --> Dockerfile:1:6 [adr/non-root]
   1 | FROM node:20
     |      ^^^^^^^
     = fix: add `USER 1001:1001` before `CMD` (`--fix --unsafe-fixes` makes it)
✗ error[user-id-wrong]: `root` has uid 0
  --> Dockerfile:1:6 [adr/non-root]
   1 | FROM node:20
     |      ^^^^^^^
     = fix: the same change as for `user-root`
✗ error[base-tag-missing]: no tag
  --> Dockerfile:1:6 [adr/non-root]
   1 | FROM node:20
     |      ^^^^^^^
     = fix: name a version
";
    assert_eq!(quiet(&header(), project(Vec::new(), vec![root, id, words])), expected);
}

#[test]
fn nothing_found_is_said_and_is_not_called_met() {
    let projects = [project(vec![container("api", [Verdict::Inconclusive; 4])], Vec::new())];
    let text = written(options(80), &header(), &projects, &summary(&header(), &projects));
    assert!(text.starts_with("── compliance  adr\n"), "a project with nothing to say has no heading: {text}");
    assert!(text.contains("found    nothing\n"), "{text}");
    let last = "passed   no finding reaches `--fail-on error`; 4 verdicts are inconclusive (exit code 0)\n";
    assert!(text.replace("\n         ", " ").ends_with(last), "{text}");
}

#[test]
fn an_empty_run_has_only_its_last_lines() {
    let header = Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Note };
    let text = written(options(80), &header, &[], &Summary { exit_code: 2, ..Summary::default() });
    let expected = "\
scanned  0 files
judged   0 containers
found    nothing
failed   the job could not be done (exit code 2)
";
    assert_eq!(text, expected);
}

#[test]
fn problems_come_with_their_help() {
    let mut broken = project(Vec::new(), Vec::new());
    let location = Some(at("Dockerfile", "FORM x", "FORM"));
    broken.problems =
        vec![ReportedProblem { location, ..problem("Dockerfile", "`FORM` is no instruction", "write `FROM`") }];
    let summary = Summary {
        problems: vec![problem("gone", "there is nothing at this path", "check the spelling")],
        failures: 2,
        exit_code: 2,
        ..Summary::default()
    };
    let header = Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Error };
    let expected = "\
── compose.yml  compose
✗ error: `FORM` is no instruction
  --> Dockerfile:1:1
   1 | FORM x
     | ^^^^
     = help: write `FROM`

✗ error: there is nothing at this path
  --> gone
     = help: check the spelling

scanned  0 files
judged   0 containers
found    nothing; 2 problems left something unexamined
failed   2 problems left something unexamined (exit code 2)
";
    assert_eq!(written(options(80), &header, std::slice::from_ref(&broken), &summary), expected);
    let quiet = written(Options { quiet: true, ..options(80) }, &header, &[broken], &summary);
    assert_eq!(quiet, expected[..expected.find("\nscanned").unwrap_or_default()], "quiet ends before the totals");
}

#[test]
fn what_is_below_the_least_severity_is_counted_only() {
    let header = Header { min_severity: Severity::Warning, ..header() };
    let place = || at("Dockerfile", DOCKERFILE, "node");
    let notes = vec![finding(Severity::Note, "advice", place()), finding(Severity::Note, "more", place())];
    let projects = [project(Vec::new(), notes)];
    let text = written(options(80), &header, &projects, &summary(&header, &projects));
    assert!(!text.contains("advice") && !text.contains("compose.yml"), "{text}");
    assert!(text.contains("found    2 notes (2 below `warning` not shown)\n"), "{text}");
}

#[test]
fn containers_are_named_only_where_that_says_something() {
    let place = || at("Dockerfile", "USER root", "root");
    let mut shared = finding(Severity::Warning, "a", place());
    shared.containers = vec!["a".into(), "b".into(), "c".into()];
    let met = [Verdict::Met; 4];
    let three = vec![container("a", met), container("b", met), container("c", met)];
    let text = quiet(&header(), project(three, vec![shared.clone()]));
    assert!(text.contains("  --> Dockerfile:1:6 in all 3 containers [adr/non-root]\n"), "{text}");
    let alone = quiet(&header(), project(vec![container("api", met)], vec![finding(Severity::Note, "a", place())]));
    assert!(alone.contains("\ni note[user-root]: a\n  --> Dockerfile:1:6 [adr/non-root]\n"), "{alone}");
    shared.containers = (0..9).map(|i| format!("c{i}")).collect();
    let many = (0..20).map(|i| container(&format!("c{i}"), met)).collect();
    let text = quiet(&header(), project(many, vec![shared]));
    assert!(text.contains(" in c0, c1, c2, c3 and 5 more [adr/non-root]\n"), "{text}");
    assert!(text.lines().next().is_some_and(|line| width(line) <= 80 && line.ends_with(" more")), "{text}");
}

#[test]
fn thirty_containers_are_counted() {
    let verdict = |i: usize| if i < 10 { Verdict::Violated } else { Verdict::Met };
    let containers = (0..30).map(|i| container(&format!("service-{i}"), [verdict(i); 4])).collect();
    let projects = [project(containers, Vec::new())];
    let text = written(options(80), &header(), &projects, &summary(&header(), &projects));
    let expected = "\
                         violated  met
  identity   non-root          10   20
             uid               10   20
  resources  limits            10   20
  frontend   nginx-gzip        10   20
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn columns_are_numbered_where_names_do_not_fit_or_are_the_same() {
    let names = ["one/api/Dockerfile", "two/api/Dockerfile", "web"];
    let containers = names.map(|name| container(name, [Verdict::Met; 4])).to_vec();
    let projects = [project(containers, Vec::new()), project(vec![container("web", [Verdict::Met; 4])], Vec::new())];
    let text = written(options(80), &header(), &projects, &summary(&header(), &projects));
    let expected = "\
                         1  2  3  4
  identity   non-root    ✓  ✓  ✓  ✓
             uid         ✓  ✓  ✓  ✓
  resources  limits      ✓  ✓  ✓  ✓
  frontend   nginx-gzip  ✓  ✓  ✓  ✓
  ✓ met  1 one/api/Dockerfile  2 two/api/Dockerfile  3 web (compose.yml)
  4 web (compose.yml)
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn missing_facts_are_said_once_and_bounded() {
    let mut containers: Vec<_> = (0..30).map(|i| container(&format!("c{i}"), [Verdict::Inconclusive; 4])).collect();
    for (i, container) in containers.iter_mut().enumerate().skip(5) {
        container.verdicts[0].grounds = vec![note(&format!("fact {i}"), Some(at("f", "x", "x")))];
    }
    let projects = [project(containers, Vec::new())];
    let text = written(options(80), &header(), &projects, &summary(&header(), &projects));
    let first = "? the user of `base` is not known\n      in c0, c1, c2, c3 and 26 more for non-root, limits, uid, nginx-gzip\n";
    assert!(
        text.contains(&format!("settle most comes first\n{first}? fact 5\n  --> f:1:1 in c5 for non-root\n")),
        "{text}"
    );
    assert!(text.contains("? fact 13\n") && !text.contains("? fact 14\n"), "{text}");
    assert!(text.contains("\n  and 16 more\n"), "{text}");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let place = at("Dockerfile", "USER 漢字", "漢字");
    let containers = vec![container("api", [Verdict::Violated, Verdict::Met, Verdict::Waived, Verdict::Inconclusive])];
    let projects = [project(containers, vec![finding(Severity::Error, "a message", place)])];
    let summary = summary(&header(), &projects);
    let plain = written(options(80), &header(), &projects, &summary);
    let colored = written(Options { color: true, ..options(80) }, &header(), &projects, &summary);
    assert!(!plain.contains('\x1b'));
    assert!(colored.contains("\x1b[1;31m✗\x1b[0m \x1b[1;31merror[user-root]\x1b[0m: \x1b[1ma message\x1b[0m\n"));
    assert!(colored.contains("\n     \x1b[1;34m|      \x1b[0m\x1b[1;31m^^^^\x1b[0m\n"), "{colored:?}");
    let stripped: String = colored
        .split('\x1b')
        .enumerate()
        .map(|(i, part)| if i == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) })
        .collect();
    assert_eq!(stripped, plain);
}

/// Everything a scanned repository may put into a report.
fn hostile(evil: &str) -> (Header, Vec<ProjectReport>, Summary) {
    let place = || Location { path: evil.into(), snippet: format!("{evil}{evil}"), ..at("f", evil, evil) };
    let mut header = header();
    header.controls[0].id = evil.into();
    header.controls[1].group = evil.into();
    header.controls[6].assessment = Assessment::Manual(evil.into());
    let mut bad = finding(Severity::Error, evil, place());
    (bad.controls, bad.containers) = (vec![evil.into()], vec![evil.into(), evil.into()]);
    bad.notes = vec![note(evil, Some(place())); 8];
    let mut containers = vec![container(evil, [Verdict::Inconclusive; 4]), container("b", [Verdict::Met; 4])];
    containers[0].runtime = evil.into();
    containers[0].verdicts[0].grounds = vec![note(evil, Some(place()))];
    let mut project = project(containers, vec![bad]);
    project.name = evil.into();
    project.problems = vec![ReportedProblem { location: Some(place()), ..problem(evil, evil, evil) }];
    let mut summary = summary(&header, std::slice::from_ref(&project));
    summary.problems = vec![problem(evil, evil, evil)];
    summary.skipped = vec![(evil.into(), evil.into())];
    (header, vec![project], summary)
}

#[test]
fn nothing_that_acts_gets_through() {
    let cases = [
        ("\x1b]0;owned\x07\x1b[2J\u{9b}31m\r\u{8}", "escape sequences"),
        ("\u{202e}dne\u{2066}\u{200b}\u{feff}\u{e0041}", "reversed and unseen text"),
        ("a\n::error::b\r\n  ::add-mask::c", "commands to GitHub's runner"),
        ("##[error]x ##vso[task.setvariable]y ##teamcity[z", "commands to other runners"),
    ];
    for (evil, why) in cases {
        let (header, projects, summary) = hostile(evil);
        for width in [0, 40, 80, usize::MAX] {
            let text = written(options(width), &header, &projects, &summary);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{why}: {text:?}");
            assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{e0041}']), "{why}: {text:?}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{why}: {text:?}");
            assert!(!text.contains("##[") && !text.contains("vso[") && !text.contains("teamcity["), "{why}: {text:?}");
        }
    }
}

#[test]
fn a_flood_is_cut_everywhere() {
    for evil in ["x".repeat(1_000_000), "漢 ".repeat(250_000), "\u{301}".repeat(500_000)] {
        let (header, projects, summary) = hostile(&evil);
        let text = written(options(80), &header, &projects, &summary);
        assert!(text.len() < 80_000, "{} bytes of output", text.len());
    }
}

#[test]
fn a_line_of_ten_megabytes_is_one_line() {
    let line = format!("RUN {} && USER root {}", "x ".repeat(2_500_000), "y ".repeat(2_500_000));
    let text = quiet(&header(), project(Vec::new(), vec![finding(Severity::Error, "long", at("f", &line, "root"))]));
    assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    let [source, carets] = [3, 4].map(|i| text.lines().nth(i).unwrap_or_default());
    assert_eq!(source.find("root").map(|i| width(&source[..i])), carets.find("^^^^"), "{text}");
}

#[test]
fn equal_reports_give_equal_bytes() {
    let (header, projects, summary) = hostile("some text");
    let once = written(options(100), &header, &projects, &summary);
    assert_eq!(once, written(options(100), &header, &projects, &summary));
}
