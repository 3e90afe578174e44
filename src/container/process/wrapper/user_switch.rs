//! User switches: programs that change the user before they run a command.

use super::{Rest, Step, assignment, is_cluster_with, option_value, skip_options};
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

/// A user switch at the start of a command line.
pub(super) fn step(name: &str, words: &[&str]) -> Option<Step> {
    match name {
        "gosu" | "su-exec" | "setuidgid" | "s6-setuidgid" => {
            let user = *words.get(1).filter(|user| !user.starts_with('-'))?;
            found(name, Some(user), false, 2, words)
        }
        "setpriv" => {
            let at = skip_options(words, 1, SETPRIV);
            let user = option_value(&words[..at.min(words.len())], &["--reuid", "--euid", "--ruid"]);
            found(name, user, false, at, words)
        }
        "chpst" => {
            let at = skip_options(words, 1, CHPST);
            found(name, option_value(&words[..at.min(words.len())], &["-u", "-U"]), false, at, words)
        }
        "chroot" => {
            let at = skip_options(words, 1, &[]);
            let user = option_value(&words[..at.min(words.len())], &["--userspec"]);
            found(name, user, false, at + 1, words)
        }
        "sudo" | "doas" => {
            let at = skip_options(words, 1, SUDO);
            let user = option_value(&words[..at.min(words.len())], &["-u", "--user"]);
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
