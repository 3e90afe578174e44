//! The documents are held against the program: links lead somewhere, commands run, what is shown is what is printed,
//! and what they say about rules and controls is so.
//!
//! Conventions for README.md and docs/:
//!
//! - Each line of an `sh` block is a command. Those of `plimsoll`, directly or by `cargo run --`, are run in a folder that
//!   holds a copy of `testdata`, and must exit with 0 or 1. Others are left alone, and so is a line with a placeholder in
//!   angle brackets.
//! - In a `console` block, a line that opens with `$ ` is a command, run in the same way, and what follows is its output
//!   (standard error behind standard output). A line `...` stands for any number of lines; the output may have whatever it
//!   likes there.
//! - A `yaml` block that opens with a comment such as `# team.yaml` is a file in that folder, for the commands of
//!   all documents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::report::Assessment;
use plimsoll::source::SourceId;
use plimsoll::suggest;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// README.md and everything in docs/, by their paths from the root.
fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_string()];
    for folder in ["docs", "docs/decisions"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    found
}

/// The fenced blocks of a document: info string and text.
fn blocks(markdown: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => open = Some((info.to_string(), String::new())),
            Event::Text(text) => {
                if let Some((_, block)) = &mut open {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// The words in backticks of a document's prose.
fn code_words(markdown: &str) -> Vec<String> {
    let code = Parser::new(markdown).filter_map(|event| match event {
        Event::Code(code) => Some(code.to_string()),
        _ => None,
    });
    code.collect()
}

/// The text with every run of blanks as one.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn adr() -> Policy {
    let (_, text) = BUILT_IN.iter().find(|(name, _)| *name == "adr-0003").expect("the built-in policy");
    Policy::read(SourceId(0), text).unwrap_or_else(|why| panic!("{why:?}"))
}

/// A folder with a copy of `testdata`, removed again.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = name.replace(['/', '.'], "-");
        let path = std::env::temp_dir().join(format!("plimsoll-docs-{}-{name}", std::process::id()));
        copy(&root().join("testdata"), &path.join("testdata"));
        Folder(path)
    }

    /// The program's exit code, and its outputs one behind the other.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        for name in ["CLICOLOR_FORCE", "CLICOLOR", "NO_COLOR"] {
            command.env_remove(name);
        }
        let output = command.args(arguments).current_dir(&self.0).output().expect("the program");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8(text).expect("UTF-8"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The arguments, if the line runs the program.
fn arguments(line: &str) -> Option<Vec<&str>> {
    let rest =
        ["plimsoll ", "cargo run --release -- ", "cargo run -- "].iter().find_map(|start| line.strip_prefix(start))?;
    (!rest.contains('<')).then(|| rest.split_whitespace().collect())
}

/// The commands of a `console` block, each with the lines below it.
fn sessions(block: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sessions: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), sessions.last_mut()) {
            (Some(command), _) => sessions.push((command, Vec::new())),
            (None, Some((_, shown))) => shown.push(line),
            (None, None) => panic!("a `console` block opens with `$ `, not with `{line}`"),
        }
    }
    sessions
}

/// The files that a document shows: name and text.
fn files(markdown: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (_, text) in blocks(markdown).into_iter().filter(|(info, _)| info == "yaml") {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        if let Some(name) = name.filter(|name| name.ends_with(".yaml") && !name.contains(['/', ' '])) {
            files.push((name.to_string(), text));
        }
    }
    files
}

/// Whether the pieces between lines `...` stand in the output, in this order, and at its ends where no `...` is.
fn shows(shown: &[&str], output: &str) -> bool {
    let lines: Vec<&str> = output.lines().collect();
    let pieces: Vec<&[&str]> = shown.split(|line| *line == "...").collect();
    let mut at = 0;
    for (i, piece) in pieces.iter().enumerate() {
        if i + 1 == pieces.len() && i > 0 {
            return lines[at..].ends_with(piece);
        }
        let mut starts = at..=lines.len().saturating_sub(piece.len());
        match starts.find(|&start| lines[start..].starts_with(piece)) {
            Some(start) if i > 0 || start == 0 => at = start + piece.len(),
            _ => return false,
        }
    }
    at == lines.len()
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let mut complaints = Vec::new();
    let mut commands = 0;
    let files: Vec<(String, String)> = documents().iter().flat_map(|document| files(&read(document))).collect();
    for document in documents() {
        let folder = Folder::new(&document);
        for (name, text) in &files {
            std::fs::write(folder.0.join(name), text).expect("a file");
        }
        let blocks = blocks(&read(&document));
        for (info, text) in &blocks {
            let sessions = match info.as_str() {
                "sh" => text.lines().map(|line| (line, Vec::new())).collect(),
                "console" => sessions(text),
                _ => continue,
            };
            for (line, shown) in sessions {
                let Some(arguments) = arguments(line) else { continue };
                commands += 1;
                let (code, output) = folder.run(&arguments);
                let right = if info == "console" { shows(&shown, &output) } else { code == 0 || code == 1 };
                if !right {
                    complaints.push(format!("{document}: `{line}` exits with {code} and prints\n{output}"));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    assert!(commands >= 20, "only {commands} commands were found");
}

/// The ids that GitHub gives to the headings of a document.
fn anchors(markdown: &str) -> Vec<String> {
    let headings =
        markdown.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

/// The path with `..` taken out by text.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[test]
fn every_link_leads_somewhere() {
    let mut complaints = Vec::new();
    for document in documents().into_iter().chain(["rules/README.md".to_string()]) {
        let folder = Path::new(&document).parent().expect("a folder").to_path_buf();
        let text = read(&document);
        for event in Parser::new(&text) {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else { continue };
            if dest_url.contains("://") {
                continue;
            }
            let (path, anchor) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
            let target = if path.is_empty() { PathBuf::from(&document) } else { normal(&folder.join(path)) };
            if !root().join(&target).exists() {
                complaints.push(format!("{document}: {dest_url} does not exist"));
            } else if !anchor.is_empty() && !anchors(&read(&target)).iter().any(|known| known == anchor) {
                complaints.push(format!("{document}: {dest_url} has no such heading"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_rule_that_is_named_exists() {
    let rules: Vec<&str> = plimsoll::checks::rules().map(|rule| rule.id).collect();
    let policy = adr();
    let mut known: BTreeSet<&str> = rules.iter().copied().collect();
    known.extend(plimsoll::policy::BUILT_IN.iter().map(|(name, _)| *name));
    for control in &policy.controls {
        known.insert(&control.id);
        known.extend(control.planned.iter().map(String::as_str));
    }
    known.extend(BUILT_IN.iter().map(|(name, _)| *name));
    let firsts: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.split('-').next()).collect();
    let lasts: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.rsplit('-').next()).collect();
    for document in documents() {
        for word in code_words(&read(&document)) {
            let shaped = word.contains('-') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if !shaped || word.starts_with('-') || word.ends_with('-') || known.contains(&*word) {
                continue;
            }
            let first = word.split('-').next().unwrap_or_default();
            let last = word.rsplit('-').next().unwrap_or_default();
            let meant = suggest::nearest(&word, rules.iter().copied());
            let like_a_rule = firsts.contains(first) || lasts.contains(last) || meant.is_some();
            assert!(!like_a_rule, "{document} names `{word}`, which is no rule and no control; meant may be {meant:?}");
        }
    }
}

#[test]
fn every_page_belongs_to_a_rule() {
    let rules: BTreeSet<String> = plimsoll::checks::rules().map(|rule| rule.id.to_string()).collect();
    let entries = std::fs::read_dir(root().join("rules")).expect("rules/");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let pages: BTreeSet<String> = names
        .filter(|name| name != "README.md")
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_string()))
        .collect();
    let idle: Vec<_> = pages.difference(&rules).collect();
    assert!(idle.is_empty(), "these pages are in no topic's list in src/checks: {idle:?}");
}

#[test]
fn the_readme_says_how_much_of_the_policy_is_assessed() {
    let policy = adr();
    let readme = read("README.md");
    let number = |of: fn(&Assessment) -> bool| policy.controls.iter().filter(|control| of(&control.assessment)).count();
    let is = |number: usize| format!("{number} {}", if number == 1 { "is" } else { "are" });
    let sentence = format!(
        "has {} controls. Of these, {} assessed by rules; {} planned; {} left to a person; {} left to another tool.",
        policy.controls.len(),
        is(number(|by| matches!(by, Assessment::Rules(_)))),
        is(number(|by| matches!(by, Assessment::Planned))),
        is(number(|by| matches!(by, Assessment::Manual(_)))),
        is(number(|by| matches!(by, Assessment::Outside(_)))),
    );
    assert!(folded(&readme).contains(&sentence), "README.md has to say: {sentence}");
    let about = format!("as {} controls", policy.controls.len());
    assert!(folded(&read("docs/policies.md")).contains(&about), "docs/policies.md has to say: {about}");

    // Where nothing is planned, there is nothing to tell.
    let paragraph = readme.split("\n\n").find(|paragraph| paragraph.starts_with("Planned are")).unwrap_or_default();
    let told: BTreeSet<String> = code_words(paragraph).into_iter().collect();
    let open = policy.controls.iter().filter(|control| control.assessment == Assessment::Planned);
    let open: BTreeSet<String> = open.map(|control| control.id.to_string()).collect();
    assert_eq!(told, open, "README.md, `Planned are`: left what it tells, right what is so");
}

#[test]
fn the_table_of_controls_is_what_the_program_prints() {
    let arguments = ["rules", "--policy", "adr-0003", "--format", "markdown"];
    let (code, printed) = Folder::new("controls").run(&arguments);
    assert_eq!(code, 0, "{printed}");
    let again = format!("docs/adr-0003.md is old: run `cargo run -- {} > docs/adr-0003.md`", arguments.join(" "));
    assert!(read("docs/adr-0003.md") == printed, "{again}");
    for control in adr().controls {
        assert!(printed.contains(&format!("| `{}` | {} |", control.id, control.title)), "no row for `{}`", control.id);
    }
}

#[test]
fn the_readme_sets_up_with_two_commands_and_ci_runs_the_tests_by_one_of_them() {
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Try it")).expect("`Try it`");
    let commands: Vec<String> = blocks(section).into_iter().map(|(_, text)| text.trim().to_string()).collect();
    assert_eq!(commands, ["cargo run --release -- scan testdata/flowstate/before", "cargo test"]);
    assert!(read(".ci/run").lines().any(|line| line == commands[1]), ".ci/run does not run `{}`", commands[1]);
}

#[test]
fn the_worked_example_is_the_code() {
    let code = read("src/checks/base.rs");
    let quoted: Vec<_> =
        blocks(&read("docs/adding-a-rule.md")).into_iter().filter(|(info, _)| info == "rust").collect();
    assert!(quoted.len() >= 2);
    for (_, text) in quoted {
        assert!(code.contains(&text), "docs/adding-a-rule.md quotes what is not in src/checks/base.rs:\n{text}");
    }
    let head = blocks(&read("docs/adding-a-rule.md")).into_iter().find(|(_, text)| text.starts_with("---\n"));
    let (_, head) = head.expect("the head of the page");
    assert!(read("rules/base-digest-missing.md").starts_with(&head), "the head of the page is another one:\n{head}");
}

#[test]
fn every_key_of_the_json_report_is_explained() {
    let folder = Folder::new("json");
    let (_, report) = folder.run(&["scan", "testdata/flowstate/before", "--format", "json", "--quiet"]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let mut keys = BTreeSet::new();
    collect_keys(&report, &mut keys);
    // The verdicts that a tally counts are its keys.
    let counted = ["violated", "inconclusive", "waived", "met", "notApplicable"];
    let explained: BTreeSet<String> = code_words(&read("docs/outputs.md")).into_iter().collect();
    let missing: Vec<_> =
        keys.iter().filter(|key| !explained.contains(*key) && !counted.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "docs/outputs.md does not explain {missing:?}");
}

fn collect_keys(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                collect_keys(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

#[test]
fn what_is_said_of_the_policy_all_is_so() {
    let folder = Folder::new("all");
    let (code, output) = folder.run(&["scan", "testdata/flowstate/after", "--policy", "all", "--fail-on", "never"]);
    let open = output.lines().any(|line| line.contains("runtime-version-wrong (manual: "));
    assert!(code == 0 && open, "docs/policies.md on `--policy all` is out of date: exit code {code}\n{output}");
}

#[test]
fn the_picture_is_what_the_program_prints() {
    let folder = Folder::new("picture");
    let (_, output) = folder.run(&["scan", "testdata/flowstate/before"]);
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let mut printed = output.lines().map(squeezed);
    let picture = read("docs/picture.svg");
    let lines = picture.lines().filter(|line| line.starts_with("<text")).map(|line| squeezed(&plain(line)));
    // The command, and the mark for what is left out, are not printed.
    let drawn: Vec<String> = lines.skip(1).filter(|line| line != "⋮").collect();
    assert!(drawn.len() > 20);
    for line in drawn {
        assert!(
            printed.any(|known| known == line),
            "not printed: {line}\ndocs/picture.svg is old: run docs/picture.py"
        );
    }
}

/// The text of an SVG line, without its elements.
fn plain(line: &str) -> String {
    let pieces = line.split('<').filter_map(|piece| Some(piece.split_once('>')?.1));
    pieces.collect::<String>().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
