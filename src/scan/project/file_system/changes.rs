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
    /// It is what stood at this path before, if anything did: else it is as it was.
    Over(String),
    /// It cannot be told; why.
    Unknown(String),
}

/// What a script brings into a folder.
#[derive(Debug, Default)]
pub(super) struct Created {
    /// Names that may stand in it.
    pub names: Vec<String>,
    /// Folders whose content is put into it.
    pub folders: Vec<String>,
    /// Why there may be more.
    pub open: Option<String>,
}

/// What a script that starts in `workdir` does to a path: its last command that does anything to it decides. `None` if
/// none does.
pub(super) fn changed(script: &Script, workdir: Option<&str>, path: &str) -> Option<Change> {
    let places = places(script, workdir);
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

/// What a script that starts in `workdir` may create in a folder.
pub(super) fn created_in(script: &Script, workdir: Option<&str>, folder: &str) -> Created {
    let places = places(script, workdir);
    let mut created = Created::default();
    for (command, place) in script.commands.iter().zip(&places) {
        let place = place.as_deref();
        let operands = operands(command, place);
        let redirects = command.redirects.iter().filter_map(|redirect| absolute(redirect.target.literal()?, place));
        for path in operands.iter().filter_map(|operand| operand.path.clone()).chain(redirects) {
            if parent(&path) == folder && !has_glob(&path) && path != "/" {
                created.names.push(file_name(&path).to_string());
            }
        }
        if unpacks_over(command, place, &operands, folder) {
            created.open = Some(format!("a RUN unpacks files over `{folder}`"));
        }
        copied_into(command, &operands, folder, &mut created);
    }
    created
}

/// What `cp`, `mv`, `ln` or `install` put into a folder, or into one that it is in.
fn copied_into(command: &Command, operands: &[Operand], folder: &str, created: &mut Created) {
    if !program(command).is_some_and(|program| matches!(program, "cp" | "mv" | "ln" | "install")) {
        return;
    }
    let Some((target, sources)) = operands.split_last() else { return };
    let Some(rest) = target.path.as_deref().and_then(|target| below(folder, target)) else { return };
    for source in sources {
        match (&source.path, &source.name) {
            (Some(path), _) if source.contents => created.folders.push(join(path, rest)),
            (path, Some(name)) if !has_glob(name) => match (below(rest, name), path) {
                _ if rest.is_empty() => created.names.push(name.clone()),
                (Some(inner), Some(path)) => created.folders.push(join(path, inner)),
                _ => {}
            },
            // A file that is copied into a folder around this one does not get here.
            _ if rest.is_empty() || program(command) == Some("mv") || is_recursive(command) => {
                created.open = Some(format!("what a RUN copies into `{folder}` is not known"));
            }
            _ => {}
        }
    }
}

fn is_recursive(command: &Command) -> bool {
    let options = command.words.iter().filter_map(|word| word.literal()).filter(|word| word.starts_with('-'));
    options.into_iter().any(|option| match option.strip_prefix("--") {
        Some(long) => matches!(long, "recursive" | "archive"),
        None => option.contains(['r', 'R', 'a']),
    })
}

/// The program that a command runs.
fn program(command: &Command) -> Option<&str> {
    Some(argv::file_name(command.behind_prefixes().first()?.literal()?))
}

/// Where each command runs, as far as the working directory and each `cd` before it tell.
fn places(script: &Script, workdir: Option<&str>) -> Vec<Option<String>> {
    let mut place = workdir.map(str::to_string);
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

/// A word of a command that may be a path.
struct Operand {
    /// The absolute path; `None` if that is not known.
    path: Option<String>,
    /// Its last part; `None` if that is not known.
    name: Option<String>,
    /// Whether what is in the folder is meant, and not the folder: `conf/.`.
    contents: bool,
}

/// The operands of a command that may be paths.
fn operands(command: &Command, place: Option<&str>) -> Vec<Operand> {
    let words = command.behind_prefixes().iter().skip(1).map(|word| word.literal());
    let plain = words.filter(|word| !word.is_some_and(|word| word.starts_with('-')));
    let operand = |word: Option<&str>| {
        let path = word.and_then(|word| absolute(word, place));
        let contents =
            word.is_some_and(|word| matches!(word, "." | "./") || word.ends_with("/.") || word.ends_with("/./"));
        let name = path.as_deref().or(word).filter(|_| !contents).map(|path| file_name(path).to_string());
        Operand { path, name, contents }
    };
    plain.map(operand).collect()
}

/// Whether a command puts files of an archive or a repository over a path.
fn unpacks_over(command: &Command, place: Option<&str>, operands: &[Operand], path: &str) -> bool {
    let words = command.behind_prefixes();
    let has = |holds: fn(&str) -> bool| words.iter().skip(1).filter_map(|word| word.literal()).any(holds);
    let unpacks = match program(command) {
        Some("tar" | "bsdtar") => {
            let old_style = words.get(1).and_then(|word| word.literal()).is_some_and(|word| word.contains('x'));
            old_style
                || has(|word| {
                    word == "--extract" || word.starts_with('-') && !word.starts_with("--") && word.contains('x')
                })
        }
        Some("unzip" | "rsync" | "svn") => true,
        Some("git") => has(|word| word == "clone"),
        _ => false,
    };
    // What is unpacked over everything is a program for its own folder.
    let over = |folder: &str| folder != "/" && below(path, folder).is_some();
    let to = operands.iter().filter_map(|operand| operand.path.as_deref());
    unpacks && (to.into_iter().any(over) || program(command) != Some("git") && place.is_some_and(over))
}

fn change(command: &Command, place: Option<&str>, path: &str) -> Option<Change> {
    for redirect in &command.redirects {
        let writes = redirect.operator.contains('>');
        if writes && redirect.target.literal().and_then(|target| absolute(target, place)).as_deref() == Some(path) {
            return Some(Change::Unknown(format!("a RUN writes `{path}`")));
        }
    }
    let words = command.behind_prefixes();
    let program = program(command)?;
    let operands = operands(command, place);
    let known = || operands.iter().filter_map(|operand| operand.path.as_deref());
    match program {
        "rm" | "unlink" => known().any(|operand| covers(operand, path)).then_some(Change::Removed),
        "mv" => moved(&operands, path).or_else(|| {
            let (_, sources) = operands.split_last()?;
            let mut sources = sources.iter().filter_map(|source| source.path.as_deref());
            sources.any(|source| covers(source, path)).then_some(Change::Removed)
        }),
        "cp" | "install" | "ln" => moved(&operands, path),
        "sed" | "perl" => {
            let in_place = words.iter().filter_map(|word| word.literal()).any(|word| edits_in_place(program, word));
            // Line ends are taken off scripts all the time, which changes nothing that is looked at here.
            let line_ends = words.iter().filter_map(|word| word.literal()).any(|word| word.starts_with("s/\\r"));
            let meant = known().any(|operand| covers(operand, path));
            (in_place && meant && !line_ends).then(|| Change::Unknown(format!("`{program}` changes it in a RUN")))
        }
        "tee" | "envsubst" | "patch" | "awk" | "jq" | "yq" | "crudini" | "curl" | "wget" => {
            known().any(|operand| operand == path).then(|| Change::Unknown(format!("`{program}` writes it in a RUN")))
        }
        _ => unpacks_over(command, place, &operands, path)
            .then(|| Change::Unknown(format!("`{program}` may write it in a RUN"))),
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
fn moved(operands: &[Operand], path: &str) -> Option<Change> {
    let (target, sources) = operands.split_last()?;
    let into = below(path, target.path.as_deref()?)?;
    for source in sources.iter().rev() {
        let inner = source.name.as_deref().and_then(|name| below(into, name));
        match (&source.path, &source.name) {
            (Some(source), _) if has_glob(source) => {
                return Some(Change::Unknown(format!("a RUN copies `{source}` to where it is")));
            }
            (Some(from), _) if source.contents => {
                return (!into.is_empty()).then(|| Change::Over(join(from, into)));
            }
            (Some(from), _) if into.is_empty() => return Some(Change::From(from.clone())),
            (Some(from), _) => {
                if let Some(rest) = inner {
                    let from = if rest.is_empty() { from.clone() } else { join(from, rest) };
                    return Some(Change::From(from));
                }
            }
            (None, name) if into.is_empty() || name.is_none() || inner.is_some() => {
                return Some(Change::Unknown("what a RUN copies to where it is is not known".to_string()));
            }
            (None, _) => {}
        }
    }
    None
}
