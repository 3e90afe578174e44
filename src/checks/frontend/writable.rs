//! Writable paths: where a user that is not root may write in a container that runs nginx.
//!
//! What the official images own by root is known; what the build hands over with `chown`, `chmod` or `install`, and what
//! Compose mounts, is followed. Everything else is not known.

use crate::container::Container;
use crate::container::accounts::User;
use crate::container::image_state::Action;
use crate::image::layers::{Contents, Lookup};
use crate::shell::Command;
use crate::subject::compose::{Mount, MountKind};
use crate::subject::nginx::stock::Image;

/// Whether a path may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writable {
    /// It may.
    Yes,
    /// It may not.
    No,
    /// That is not known, and why.
    Unknown(String),
}

/// The paths of a container, as one of its users sees them.
pub struct Paths<'a> {
    container: &'a Container,
    user: &'a User,
    image: Option<Image>,
    handed_over: Vec<HandedOver>,
    /// Why something may be handed over that was not seen.
    opaque: Option<String>,
}

/// A path that the build hands over.
struct HandedOver {
    path: String,
    recursive: bool,
    to_user: Option<bool>,
    /// Whether it changes who owns the path, and not only its mode.
    by_owner: bool,
}

impl<'a> Paths<'a> {
    /// The paths of a container.
    pub fn new(container: &'a Container, user: &'a User, image: Option<Image>) -> Paths<'a> {
        let mut paths = Paths { container, user, image, handed_over: Vec::new(), opaque: None };
        for (_, command) in container.image.commands() {
            paths.follow(command);
        }
        if container.image.steps.iter().any(|step| matches!(step.action, Action::Opaque)) {
            paths.opaque = Some("what a RUN does cannot be followed".to_string());
        }
        paths
    }

    /// Whether a file at this path may be created or written.
    pub fn writable(&self, path: &str) -> Writable {
        let path = canonical(path);
        if path.starts_with("/dev/") || path.starts_with("/proc/self/") {
            return Writable::Yes;
        }
        if let Some(answer) = self.mounted(&path) {
            return answer;
        }
        let service = self.container.service.as_ref();
        if let Some(read_only) = service.and_then(|service| service.read_only.as_ref()) {
            match read_only.value() {
                Some(true) => return Writable::No,
                Some(false) => {}
                None => return Writable::Unknown(read_only.unknown().unwrap_or_default().to_string()),
            }
        }
        self.in_image(&path)
    }

    /// Whether the whole file system is read-only.
    pub fn read_only(&self) -> bool {
        let service = self.container.service.as_ref();
        service.and_then(|service| service.read_only.as_ref()).and_then(|given| given.value()) == Some(&true)
    }

    fn in_image(&self, path: &str) -> Writable {
        if let Some(contents) = self.container.image.contents() {
            return self.in_contents(contents, path);
        }
        if path.starts_with("/tmp/") || path.starts_with("/var/tmp/") {
            return Writable::Yes;
        }
        let folder = parent(path);
        let concerns = |over: &&HandedOver| {
            over.path == path || over.path == folder || (over.recursive && below(path, &over.path))
        };
        let mut found: Option<Option<bool>> = None;
        for over in self.handed_over.iter().filter(concerns) {
            // Who owns a path may write it in all modes that are in use: a mode gives, and takes nothing.
            let takes_nothing = !over.by_owner && over.to_user == Some(false);
            if takes_nothing || found == Some(Some(true)) && over.to_user.is_none() {
                continue;
            }
            found = Some(over.to_user);
        }
        match found {
            Some(Some(true)) => return Writable::Yes,
            Some(None) => return Writable::Unknown(format!("who owns `{path}` is not known")),
            _ => {}
        }
        // They belong to uid 101 and to the group 0, which may write there, too.
        let owned = ["/var/cache/nginx", "/etc/nginx"].iter().any(|owned| below(path, owned));
        if found.is_none() && owned && self.image == Some(Image::Unprivileged) {
            let (uid, gid) = (self.user.uid.known(), self.user.gid.known());
            match (uid, gid) {
                (Some(101), _) | (_, Some(0)) => return Writable::Yes,
                (Some(_), Some(_)) => {}
                _ => return Writable::Unknown(format!("whether the user may write `{path}` is not known")),
            }
        }
        match (&self.opaque, self.image) {
            (Some(why), _) => Writable::Unknown(format!("whether `{path}` may be written is not known: {why}")),
            (None, None) => {
                let base = &self.container.image.base;
                Writable::Unknown(base.unknown(&format!("who owns `{path}`")))
            }
            (None, Some(_)) if found.is_some() || owned_by_root(path) => Writable::No,
            (None, Some(_)) => Writable::Unknown(format!("who owns `{path}` is not known")),
        }
    }

    /// What owner and mode say, of the path itself or, where nothing is there yet, of its folder.
    fn in_contents(&self, contents: &Contents, path: &str) -> Writable {
        let entry = match contents.find(path) {
            Lookup::Absent => contents.find(parent(path)),
            found => found,
        };
        let entry = match entry {
            Lookup::Found(entry) => entry,
            Lookup::Absent => return Writable::No,
            Lookup::Unknown(why) => return Writable::Unknown(why),
        };
        let (uid, gid) = (self.user.uid.known(), self.user.gid.known());
        if uid == Some(0) || entry.has(0o002) || uid == Some(entry.uid) && entry.has(0o200) {
            return Writable::Yes;
        }
        match (uid, gid) {
            (Some(_), Some(gid)) if gid == entry.gid && entry.has(0o020) => Writable::Yes,
            // A group of the user may be one more than its first.
            (Some(_), _) if !entry.has(0o020) => Writable::No,
            (Some(_), Some(_)) if entry.gid == 0 => Writable::No,
            _ => Writable::Unknown(format!("whether the user may write `{path}` is not known")),
        }
    }

    fn mounted(&self, path: &str) -> Option<Writable> {
        let service = self.container.service.as_ref()?;
        let memory = service.tmpfs.iter().filter_map(|given| given.value()).filter_map(|entry| {
            let (target, options) = entry.split_once(':').unwrap_or((entry, ""));
            let target = canonical(target);
            below(path, &target).then(|| (target.len(), in_memory(options)))
        });
        let mounts = service.volumes.iter().filter_map(|mount| {
            let target = canonical(mount.target.value()?);
            (path == target || below(path, &target)).then(|| (target.len(), self.in_mount(mount, path)))
        });
        memory.chain(mounts).max_by_key(|(length, _)| *length).map(|(_, answer)| answer)
    }

    fn in_mount(&self, mount: &Mount, path: &str) -> Writable {
        match mount.kind {
            _ if mount.read_only => Writable::No,
            MountKind::Tmpfs => in_memory(&mount.options.join(",")),
            // A new volume is filled from the image, with its owners.
            MountKind::Volume => match self.in_image(path) {
                Writable::Yes => Writable::Yes,
                _ => Writable::Unknown(format!("who owns the volume at `{path}` is not known")),
            },
            _ => Writable::Unknown(format!("who owns what is mounted over `{path}` is not known")),
        }
    }

    fn follow(&mut self, command: &Command) {
        let Some(program) = command.program() else {
            return;
        };
        let words: Vec<Option<&str>> = command.words[1..].iter().map(|word| word.literal()).collect();
        let is_option = |word: &&Option<&str>| word.is_some_and(|word| word.starts_with('-') && word.len() > 1);
        let options: String = words.iter().filter(is_option).flatten().copied().collect();
        let recursive = options.contains('R') || options.contains("recursive");
        let mut plain = words.iter().filter(|word| !is_option(word)).copied();
        let to_user = match program {
            "chown" => plain.next().map(|owner| owner.map(|owner| self.is_owner(owner))),
            "chmod" => plain.next().map(|mode| mode.and_then(lets_all_write)),
            // What a group may do depends on the groups of the user.
            "chgrp" => plain.next().map(|_| None),
            "install" => return self.installed(&words),
            "sh" | "bash" | "ash" | "source" | "." => {
                self.opaque = Some("a RUN starts a script".to_string());
                return;
            }
            name if name.ends_with(".sh") => {
                self.opaque = Some(format!("a RUN starts `{name}`"));
                return;
            }
            _ => return,
        };
        for path in plain {
            match (path, to_user) {
                (Some(path), Some(to_user)) => {
                    let by_owner = program == "chown";
                    let over = HandedOver { path: canonical(path), recursive, to_user, by_owner };
                    self.handed_over.push(over);
                }
                _ => self.opaque = Some("a path that a RUN hands over is not known".to_string()),
            }
        }
    }

    /// `install -d -o USER -m MODE FOLDER`: the folders, and whom they are made for.
    fn installed(&mut self, words: &[Option<&str>]) {
        let (mut to_user, mut folders, mut paths) = (Some(false), false, Vec::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word {
                Some("-o" | "--owner") => to_user = words.next().copied().flatten().map(|owner| self.is_owner(owner)),
                Some("-m" | "--mode") => {
                    let all = words.next().copied().flatten().and_then(lets_all_write);
                    to_user = if all == Some(true) { all } else { to_user };
                }
                Some("-g" | "--group") => drop(words.next()),
                Some("-d" | "--directory") => folders = true,
                // Options in one word, or with `=`: who is meant is not followed.
                Some(option) if option.starts_with('-') => {
                    folders |= option.starts_with("-d") || option.contains("directory");
                    to_user = None;
                }
                path => paths.push(*path),
            }
        }
        for path in paths.into_iter().filter(|_| folders) {
            match path.map(canonical) {
                Some(path) => self.handed_over.push(HandedOver { path, recursive: false, to_user, by_owner: true }),
                None => self.opaque = Some("a folder that a RUN makes is not known".to_string()),
            }
        }
    }

    /// Whether `owner` of a `chown` is the user.
    fn is_owner(&self, owner: &str) -> bool {
        let name = owner.split([':', '.']).next().unwrap_or_default();
        let text = self.user.text.split(':').next().unwrap_or_default();
        let same_id = match (name.parse::<u32>(), self.user.uid.known()) {
            (Ok(id), Some(uid)) => id == uid,
            _ => false,
        };
        name == text || same_id || self.user.name.as_deref() == Some(name)
    }
}

/// `/var/run` is a link to `/run` in all images.
fn canonical(path: &str) -> String {
    let path = path.trim_end_matches(['/', '*']);
    let path = path.trim_end_matches('/');
    match path.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/run{rest}"),
        _ => path.to_string(),
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Paths that belong to root in the official images.
fn owned_by_root(path: &str) -> bool {
    ["/run", "/var", "/etc", "/usr", "/opt", "/srv", "/lib"].iter().any(|folder| below(path, folder))
}

/// Whether a mode lets everybody write; `None` if that depends on the group.
fn lets_all_write(mode: &str) -> Option<bool> {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return match (bits & 0o002 != 0, bits & 0o020 != 0) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        };
    }
    let adds = |who: &[char]| {
        mode.split(',').any(|part| part.contains('w') && part.contains(['+', '=']) && part.starts_with(who))
    };
    if adds(&['a', 'o', '+']) || mode.contains("ugo+") || mode.contains("go+w") {
        return Some(true);
    }
    if mode.contains('g') { None } else { Some(false) }
}

/// Whether a file system in memory may be written: everybody may, unless its options say otherwise.
fn in_memory(options: &str) -> Writable {
    let mut modes = options.split(',').filter_map(|option| option.trim().strip_prefix("mode="));
    let mode = modes.next_back().map(|mode| lets_all_write(mode.trim_start_matches("0o")));
    match mode {
        None | Some(Some(true)) => Writable::Yes,
        _ if options.contains("uid=") || options.contains("gid=") => Writable::Yes,
        _ => Writable::Unknown("the mode of a tmpfs leaves open who may write there".to_string()),
    }
}
