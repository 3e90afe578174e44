//! Changes: what the commands of a RUN do to a path.

use super::{below, file_name, has_glob, parent};
use crate::container::argv;
use crate::container::build::join;
use crate::shell::{Command, Script};

/// What became of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is gone.
    Removed,
    /// It is what stood at this path before.
    From(String),
    /// It cannot be told; why.
    Unknown(String),
}

/// What a script does to a path: its last command that does anything to it decides. `None` if none does.
pub(super) fn changed(script: &Script, path: &str) -> Option<Change> {
    let places = places(script);
    script.commands.iter().zip(&places).rev().find_map(|(command, place)| {
        let change = change(command, place.as_deref(), path)?;
        // A command that may not have run leaves it open what is there.
        Some(match change {
            Change::Unknown(why) => Change::Unknown(why),
            _ if command.conditional => Change::Unknown(format!("a RUN may change `{path}`")),
            change => change,
        })
    })
}

/// The names that a script may create in a folder.
pub(super) fn created_in(script: &Script, folder: &str) -> Vec<String> {
    let places = places(script);
    let mut names = Vec::new();
    for (command, place) in script.commands.iter().zip(&places) {
        let words = operands(command, place.as_deref());
        let redirects =
            command.redirects.iter().filter_map(|redirect| absolute(redirect.target.literal()?, place.as_deref()));
        for path in words.into_iter().chain(redirects) {
            if parent(&path) == folder && !has_glob(&path) && path != "/" {
                names.push(file_name(&path).to_string());
            }
        }
    }
    names
}

/// Where each command runs, as far as a `cd` to an absolute path before it tells.
fn places(script: &Script) -> Vec<Option<String>> {
    let mut place: Option<String> = None;
    let mut places = Vec::with_capacity(script.commands.len());
    for command in &script.commands {
        places.push(place.clone());
        let words = command.behind_prefixes();
        if words.first().and_then(|word| word.literal()) == Some("cd") {
            place = words.get(1).and_then(|word| absolute(word.literal()?, place.as_deref()));
        }
    }
    places
}

fn absolute(path: &str, place: Option<&str>) -> Option<String> {
    match place {
        _ if path.starts_with('/') => Some(join("/", path)),
        Some(place) => Some(join(place, path)),
        None => None,
    }
}

/// The operands of a command that are paths, absolute.
fn operands(command: &Command, place: Option<&str>) -> Vec<String> {
    let words = command.behind_prefixes().iter().skip(1);
    words
        .filter_map(|word| word.literal())
        .filter(|word| !word.starts_with('-'))
        .filter_map(|word| absolute(word, place))
        .collect()
}

fn change(command: &Command, place: Option<&str>, path: &str) -> Option<Change> {
    for redirect in &command.redirects {
        let writes = redirect.operator.contains('>');
        if writes && redirect.target.literal().and_then(|target| absolute(target, place)).as_deref() == Some(path) {
            return Some(Change::Unknown(format!("a RUN writes `{path}`")));
        }
    }
    let words = command.behind_prefixes();
    let program = argv::file_name(words.first()?.literal()?);
    let operands = operands(command, place);
    match program {
        "rm" | "unlink" => operands.iter().any(|operand| covers(operand, path)).then_some(Change::Removed),
        "mv" => moved(&operands, path).or_else(|| {
            let (_, sources) = operands.split_last()?;
            sources.iter().any(|source| covers(source, path)).then_some(Change::Removed)
        }),
        "cp" | "install" => moved(&operands, path),
        "ln" => moved(&operands, path),
        "sed" | "perl" => {
            let in_place = words.iter().filter_map(|word| word.literal()).any(|word| edits_in_place(program, word));
            // Line ends are taken off scripts all the time, which changes nothing that is looked at here.
            let line_ends = words.iter().filter_map(|word| word.literal()).any(|word| word.starts_with("s/\\r"));
            let meant = operands.iter().any(|operand| covers(operand, path));
            (in_place && meant && !line_ends).then(|| Change::Unknown(format!("`{program}` changes it in a RUN")))
        }
        "tee" | "envsubst" | "patch" | "awk" | "jq" | "yq" | "crudini" | "curl" | "wget" | "tar" | "unzip" => operands
            .iter()
            .any(|operand| operand == path)
            .then(|| Change::Unknown(format!("`{program}` writes it in a RUN"))),
        _ => None,
    }
}

fn edits_in_place(program: &str, word: &str) -> bool {
    let short = word.starts_with('-') && !word.starts_with("--");
    word.starts_with("--in-place") || short && word.contains('i') && (program == "sed" || word.len() <= 4)
}

/// Whether an operand means a path or a folder that it is in; `*` stays within a folder.
fn covers(operand: &str, path: &str) -> bool {
    if !has_glob(operand) {
        return below(path, operand).is_some();
    }
    // Most operands with a glob empty a cache, far from what is looked for: those need no matcher.
    let plain = operand.find(['*', '?', '[', '{', '\\']).unwrap_or(operand.len());
    if !path.starts_with(&operand[..plain]) {
        return false;
    }
    let glob = globset::GlobBuilder::new(operand).literal_separator(true).build();
    let Ok(glob) = glob else { return true };
    let matcher = glob.compile_matcher();
    matcher.is_match(path) || path.match_indices('/').any(|(at, _)| at > 0 && matcher.is_match(&path[..at]))
}

/// Where a path comes from if it is the target of `cp`, `mv`, `ln` or `install`.
fn moved(operands: &[String], path: &str) -> Option<Change> {
    let (target, sources) = operands.split_last()?;
    for source in sources.iter().rev() {
        let into = below(path, target)?;
        if has_glob(source) {
            return Some(Change::Unknown(format!("a RUN copies `{source}` to where it is")));
        }
        if into.is_empty() {
            return Some(Change::From(source.clone()));
        }
        let name = file_name(source);
        if let Some(rest) = below(into, name) {
            let from = if rest.is_empty() { source.clone() } else { join(source, rest) };
            return Some(Change::From(from));
        }
    }
    None
}
