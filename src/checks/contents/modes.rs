//! Modes: programs that run with more rights than who starts them, and files that everybody may change.

use serde::Deserialize;

use super::{Look, blame, shown};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::image::Opened;
use crate::image::layers::{Contents, Entry};

const SET_UID: u16 = 0o4000;
const SET_GID: u16 = 0o2000;
const STICKY: u16 = 0o1000;
const OTHERS_WRITE: u16 = 0o002;

/// What distributions install with more rights.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Privileged {
    accept: Vec<String>,
    capabilities: Vec<String>,
}

/// Folders that packages put programs into.
const SYSTEM_FOLDERS: [&str; 8] =
    ["bin", "sbin", "usr/bin", "usr/sbin", "usr/lib", "usr/libexec", "lib", "usr/local/lib/openssh"];

/// Programs that do whatever they are told, and so give away every right that they have.
const INTERPRETERS: [&str; 22] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "python", "python2", "python3", "perl", "ruby", "node",
    "php", "lua", "awk", "gawk", "find", "vim", "nano", "env", "tar",
];

impl Privileged {
    fn accepts(&self, entry: &Entry<'_>) -> bool {
        let system = |folder: &str| entry.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let known = |accepted: &String| match accepted.strip_prefix('/') {
            Some(path) => path == entry.path,
            None => accepted == entry.name() && SYSTEM_FOLDERS.iter().any(|folder| system(folder)),
        };
        self.accept.iter().any(known)
    }
}

pub(super) fn setuid_file(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    privileged: &Privileged,
) -> Judgement {
    let mut look = Look::default();
    for entry in contents.iter().filter(Entry::is_file) {
        if let Some(message) = rights(&entry, privileged) {
            let path = shown(entry.path);
            let command = if entry.has(SET_UID | SET_GID) { "chmod a-s" } else { "setcap -r" };
            let finding =
                Finding::new(container.key, format!("`{path}` {message}")).within(opened.place(&entry, false));
            let finding = blame(finding, container, entry.layer, "brought");
            look.find(
                finding.fix(Fix::words(format!("take the right away, `RUN {command} {path}`, or remove the file"))),
            );
        }
    }
    look.judgement(container, contents, "no program has more rights than those that distributions install")
}

/// Which right a file gives, if it gives one that is not accepted.
fn rights(entry: &Entry<'_>, privileged: &Privileged) -> Option<String> {
    let set_uid = entry.has(SET_UID) && entry.has(0o111);
    // Without the right of the group to run it, the bit means something else.
    let set_gid = entry.has(SET_GID) && entry.has(0o010);
    if set_uid || set_gid {
        let whose = match (set_uid, entry.uid) {
            (true, 0) => "root (setuid)".to_string(),
            (true, uid) => format!("uid {uid} (setuid)"),
            (false, _) => format!("group {} (setgid)", entry.gid),
        };
        let interprets =
            INTERPRETERS.contains(&entry.name().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'));
        return if entry.has(OTHERS_WRITE) {
            Some(format!("runs as {whose}, and everybody may write to it"))
        } else if interprets {
            Some(format!("runs as {whose} for everybody, and does whatever it is told"))
        } else {
            (!privileged.accepts(entry)).then(|| format!("runs as {whose}, whoever starts it"))
        };
    }
    let names = entry.capability.map(|capability| capability.names())?;
    let tolerated = names.iter().all(|name| privileged.capabilities.contains(name));
    let why = format!("has capabilities of its own, whoever starts it: {}", names.join(", "));
    (!tolerated && !privileged.accepts(entry)).then_some(why)
}

/// Where everybody may write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    accept: Vec<String>,
}

pub(super) fn file_world_writable(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    shared: &Shared,
) -> Judgement {
    let mut look = Look::default();
    let accepted = |entry: &Entry<'_>| {
        let path = shown(entry.path);
        shared.accept.iter().any(|accepted| {
            path.strip_prefix(accepted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let writable = contents.iter().filter(|entry| !entry.implied && entry.has(OTHERS_WRITE));
    let writable = writable.filter(|entry| entry.is_file() || entry.is_dir() && !entry.has(STICKY));
    let mut writable = writable.filter(|entry| !accepted(entry)).peekable();
    while let Some(entry) = writable.next() {
        let path = shown(entry.path);
        let folder = format!("{}/", entry.path);
        let mut below = 0;
        while entry.is_dir() && writable.next_if(|other| other.path.starts_with(&folder)).is_some() {
            below += 1;
        }
        let message = match (entry.is_dir(), below) {
            (true, 0) => format!("everybody may write to the folder `{path}`"),
            (true, _) => format!("everybody may write to the folder `{path}` and to {below} files and folders in it"),
            (false, _) => format!("everybody may write to `{path}`"),
        };
        let finding = Finding::new(container.key, message).within(opened.place(&entry, false));
        let finding = blame(finding, container, entry.layer, "brought");
        let recursive = if below > 0 { "-R " } else { "" };
        look.find(finding.fix(Fix::words(format!(
            "take the right from the others, `chmod {recursive}o-w {path}`, and give what is written to the account that writes"
        ))));
    }
    look.judgement(
        container,
        contents,
        "nothing outside of the folders for temporary files may be written by everybody",
    )
}
