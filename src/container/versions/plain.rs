//! Plain files: `.nvmrc`, `.node-version`, `.python-version`, `runtime.txt` and `.tool-versions`.
//!
//! Formats: nvm (`nvm --help`, "nvmrc"), nodenv, pyenv (`COMMANDS.md`, "pyenv local"; uv writes the same file),
//! Heroku's `runtime.txt`, asdf ("Configuration", `.tool-versions`; mise reads it too).

use std::ops::Range;

use super::range::{self, Grammar};
use super::{Condition, Demand, Operator, Stated, open};
use crate::container::runtime::{Version, node_release};

/// `.nvmrc` and `.node-version`: the first line that says something.
pub(super) fn node(text: &str) -> Option<Stated> {
    let range = lines(text).next()?;
    Some(Stated { runtime: "node", demand: node_version(&text[range.clone()]), range })
}

/// `.python-version`: words on one or several lines, all of which are made available; the first is `python`.
pub(super) fn python(text: &str) -> Option<Stated> {
    let mut found = Versions::default();
    for line in lines(text) {
        if is_range(&text[line.clone()]) {
            found.add(python_range(&text[line.clone()]), line);
            continue;
        }
        for word in words(text, line) {
            found.add(python_version(&text[word.clone()]), word);
        }
    }
    found.stated("python")
}

/// `runtime.txt`: `python-3.11.4`. Other hosts have files of that name for other languages.
pub(super) fn runtime_txt(text: &str) -> Option<Stated> {
    let line = lines(text).next()?;
    let written = &text[line.clone()];
    let digits = written.strip_prefix("python-").unwrap_or(written);
    digits.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    let range = line.end - digits.len()..line.end;
    Some(Stated { runtime: "python", demand: python_version(digits), range })
}

/// `.tool-versions`: a tool and its versions on each line.
pub(super) fn tool_versions(text: &str) -> Vec<Stated> {
    let mut all: Vec<Stated> = Vec::new();
    for line in lines(text) {
        let mut words = words(text, line);
        let runtime = match words.next().map(|tool| &text[tool]) {
            Some("nodejs" | "node") => "node",
            Some("python") => "python",
            _ => continue,
        };
        // of two lines for one tool the first counts
        if all.iter().any(|stated| stated.runtime == runtime) {
            continue;
        }
        let mut found = Versions::default();
        for word in words {
            let version = &text[word.clone()];
            let version = version.strip_prefix("latest:").or(version.strip_prefix("prefix:")).unwrap_or(version);
            found.add(if runtime == "node" { node_version(version) } else { python_version(version) }, word);
        }
        all.extend(found.stated(runtime));
    }
    all
}

/// The versions that a file lists: any of them is good.
#[derive(Default)]
struct Versions {
    first: Option<Demand>,
    /// The versions as alternatives, if there are several.
    alternatives: Vec<Vec<Condition>>,
    range: Range<usize>,
}

/// Longer lists are cut.
const MOST_VERSIONS: usize = 32;

impl Versions {
    fn add(&mut self, demand: Demand, range: Range<usize>) {
        match &demand {
            // `system` beside a version is what to fall back to
            Demand::Open(_) if self.first.is_some() => return,
            _ if self.alternatives.len() >= MOST_VERSIONS => return,
            Demand::Open(_) => {}
            Demand::Exact(version) => {
                self.alternatives.push(vec![Condition { operator: Operator::Same, version: version.clone() }]);
            }
            Demand::Range(alternatives) => self.alternatives.extend(alternatives.iter().cloned()),
        }
        let replace = matches!(self.first, None | Some(Demand::Open(_)));
        self.range = if replace { range } else { self.range.start..range.end };
        if replace {
            self.first = Some(demand);
        } else {
            self.first = Some(Demand::Range(self.alternatives.clone()));
        }
    }

    fn stated(self, runtime: &'static str) -> Option<Stated> {
        Some(Stated { runtime, demand: self.first?, range: self.range })
    }
}

/// `20`, `v20.11.1`, `lts/iron`, `lts-iron`, `iron`; `lts/*`, `node`, `stable` and `system` are open.
fn node_version(written: &str) -> Demand {
    let lower = written.to_ascii_lowercase();
    let name = lower.strip_prefix("lts/").or(lower.strip_prefix("lts-")).unwrap_or(&lower);
    if let Some(version) = node_release(name) {
        return Demand::Exact(version);
    }
    let version = lower.strip_prefix("node-").unwrap_or(&lower);
    range::parse(version, Grammar::Npm).unwrap_or_else(|| open(written))
}

/// `3.11`, `3.11.4`, `3.13t`, `3.12-dev`, `pypy3.10-7.3.15`, `cpython-3.11.4`, `3.11.4/envs/app`; `system` and the
/// names of environments are open.
fn python_version(written: &str) -> Demand {
    let prefixes = ["cpython-", "cpython@", "python-", "pypy-", "pypy@", "pypy"];
    let version = prefixes.iter().find_map(|prefix| written.strip_prefix(prefix)).unwrap_or(written);
    let numbers = version.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let rest = &version[numbers..];
    let known =
        rest.is_empty() || matches!(rest, "t" | "x" | "*") || rest.starts_with(['/', ':']) || range::is_suffix(rest);
    Version::parse(version).filter(|_| known).map_or_else(|| open(written), Demand::Exact)
}

fn is_range(line: &str) -> bool {
    line.starts_with(['>', '<', '=', '~', '!', '^'])
}

fn python_range(line: &str) -> Demand {
    range::parse(line, Grammar::Python).unwrap_or_else(|| open(line))
}

/// Where the lines that say something stand, without comments and surrounding blanks.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = text.len() - body.len();
    // a lone `\r` ended lines once, and `\r\n` leaves an empty one
    body.split(['\n', '\r']).filter_map(move |line| {
        let start = at;
        at += line.len() + 1;
        let said = line.split('#').next().unwrap_or("");
        let blanks = said.len() - said.trim_start().len();
        let said = said.trim();
        (!said.is_empty()).then_some(start + blanks..start + blanks + said.len())
    })
}

/// Where the words of a line stand.
fn words(text: &str, line: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = line.start;
    text[line].split(char::is_whitespace).filter_map(move |word| {
        let start = at;
        // the blank may be longer than a byte
        at = start + word.len();
        let blank = text[at..].chars().next().map_or(0, char::len_utf8);
        at += blank;
        (!word.is_empty()).then_some(start..start + word.len())
    })
}
