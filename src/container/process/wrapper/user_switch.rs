//! User switches: programs that change the user before they run a command.

use super::{Rest, Step, assignment, is_cluster_with};
use crate::container::process::LayerKind;

const SETPRIV: &[&str] = &[
    "--reuid",
    "--regid",
    "--groups",
    "--inh-caps",
    "--ambient-caps",
    "--bounding-set",
    "--securebits",
    "--pdeathsig",
    "--selinux-label",
    "--apparmor-profile",
    "--euid",
    "--egid",
    "--ruid",
    "--rgid",
];
const CHPST: &[&str] =
    &["-u", "-U", "-b", "-e", "-/", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-r", "-t", "-C"];
const SUDO: &[&str] = &[
    "-u",
    "--user",
    "-g",
    "--group",
    "-h",
    "--host",
    "-p",
    "--prompt",
    "-C",
    "--close-from",
    "-D",
    "--chdir",
    "-R",
    "--chroot",
    "-T",
    "--command-timeout",
    "-r",
    "--role",
    "-t",
    "--type",
];

/// The value of the first of the options in `names`, and the index of the first operand. Letters may be joined, as in
/// `-Hu app` and `-uapp`; those in `values` take the rest of their word, or the next.
fn options<'w>(words: &[&'w str], values: &[&str], names: &[&str]) -> (Option<&'w str>, usize) {
    let mut found = None;
    let mut at = 1;
    while let Some(&word) = words.get(at) {
        at += 1;
        if word == "--" {
            break;
        }
        if word.len() < 2 || !word.starts_with('-') {
            return (found, at - 1);
        }
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_string(), Some(value)),
            _ if word.starts_with("--") => (word.to_string(), None),
            _ => letter_with_value(word, values),
        };
        if value.is_none() && values.contains(&name.as_str()) {
            value = words.get(at).copied();
            at += 1;
        }
        if names.contains(&name.as_str()) {
            found = found.or(value);
        }
    }
    (found, at.min(words.len()))
}

/// The option in a word of letters that takes a value, and what of the word is its value.
fn letter_with_value<'w>(word: &'w str, values: &[&str]) -> (String, Option<&'w str>) {
    for (at, letter) in word.char_indices().skip(1) {
        let name = format!("-{letter}");
        if values.contains(&name.as_str()) {
            let rest = &word[at + letter.len_utf8()..];
            return (name, Some(rest).filter(|rest| !rest.is_empty()));
        }
    }
    (word.to_string(), None)
}

/// A user switch at the start of a command line.
pub(super) fn step(name: &str, words: &[&str]) -> Option<Step> {
    match name {
        "gosu" | "su-exec" | "setuidgid" | "s6-setuidgid" => {
            let user = *words.get(1).filter(|user| !user.starts_with('-'))?;
            found(name, Some(user), false, 2, words)
        }
        "setpriv" => {
            let (user, at) = options(words, SETPRIV, &["--reuid", "--euid", "--ruid"]);
            found(name, user, false, at, words)
        }
        "chpst" => {
            let (user, at) = options(words, CHPST, &["-u", "-U"]);
            found(name, user, false, at, words)
        }
        "chroot" => {
            let (user, at) = options(words, &["--userspec", "--groups"], &["--userspec"]);
            found(name, user, false, at + 1, words)
        }
        "sudo" | "doas" => {
            let (user, at) = options(words, SUDO, &["-u", "--user"]);
            // Variables for the command come before it.
            let variables = words.iter().skip(at).take_while(|word| assignment(word).is_some()).count();
            found(name, user.or(Some("root")), true, at + variables, words)
        }
        "su" | "runuser" => substitute(name, words),
        _ => None,
    }
}

fn found(program: &str, user: Option<&str>, stays: bool, at: usize, words: &[&str]) -> Option<Step> {
    (at < words.len()).then(|| Step::new(kind(program, user, stays), Rest::Words(at)))
}

fn kind(program: &str, user: Option<&str>, stays: bool) -> LayerKind {
    LayerKind::UserSwitch { program: program.to_string(), user: user.map(str::to_string), stays }
}

/// `su [-] USER -c TEXT`, `runuser -u USER -- COMMAND`. Without either, the user's shell runs.
fn substitute(name: &str, words: &[&str]) -> Option<Step> {
    const VALUES: &[&str] =
        &["-s", "--shell", "-g", "--group", "-G", "--supp-group", "-w", "--whitelist-environment", "-u", "--user"];
    let mut operands = Vec::new();
    let mut text = None;
    let mut named_user = None;
    let mut at = 1;
    while let Some(&word) = words.get(at) {
        match word {
            "--" => {
                operands.extend(at + 1..words.len());
                break;
            }
            "-u" | "--user" if name == "runuser" => named_user = words.get(at + 1).copied(),
            _ if word == "--command" || is_cluster_with(word, 'c') => text = Some(at + 1),
            _ if word == "-" || word.starts_with('-') => {}
            _ if named_user.is_some() => {
                operands.extend(at..words.len());
                break;
            }
            _ => operands.push(at),
        }
        let takes_value = VALUES.contains(&word) || text == Some(at + 1);
        at += if takes_value { 2 } else { 1 };
    }
    if let Some(user) = named_user {
        return found(name, Some(user), true, *operands.first()?, words);
    }
    let user = operands.first().map_or("root", |&at| words[at]);
    let rest = match text.filter(|&at| at < words.len()) {
        Some(at) => Rest::ShellText(at),
        None => Rest::Elsewhere,
    };
    Some(Step::new(kind(name, Some(user), true), rest))
}
