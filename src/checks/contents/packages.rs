//! Packages: those that nobody wants in a container, and the server of SSH.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Look, blame, shown};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::image::Opened;
use crate::image::layers::{Content, Contents, Entry, Lookup};
use crate::rule::NoParameters;
use crate::shell;

/// Packages that must not be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forbidden {
    packages: Vec<String>,
}

/// An installed package with the entry that tells of it.
struct Package<'c> {
    name: String,
    entry: Entry<'c>,
}

const DPKG: &str = "var/lib/dpkg";
const STATUS: &str = "var/lib/dpkg/status";
const APK: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const RPM: [&str; 4] = [
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
];

pub(super) fn package_forbidden(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    forbidden: &Forbidden,
) -> Judgement {
    let mut look = Look::default();
    let mut packages = of_dpkg(contents);
    packages.extend(of_apk(contents, &mut look));
    if RPM.iter().any(|path| contents.get(path).is_some()) {
        look.leave_open("the list of packages is that of rpm, which is not read".to_string());
    }
    if packages.is_empty() && contents.get(STATUS).is_some() {
        look.leave_open(format!("`{}` is there, which is not read, and no list of a package's files", shown(STATUS)));
    }
    if packages.is_empty() && look.unknown.is_empty() && contents.unknown().is_none() {
        return Judgement::not_applicable("the image has no list of packages");
    }
    for package in packages.iter().filter(|package| forbidden.packages.contains(&package.name)) {
        let name = &package.name;
        let finding = Finding::new(container.key, format!("the package `{name}` is installed"));
        let finding =
            blame(finding.within(opened.place(&package.entry, false)), container, package.entry.layer, "installed");
        look.find(finding.fix(Fix::words(format!("drop `{name}` from the packages that the image installs"))));
    }
    look.judgement(container, contents, "no package is installed that must not be there")
}

/// What dpkg has installed. It keeps the checksums of a package as long as its files are there, and of distroless images
/// there is a file for each package. The list of a package's files outlives it, if it leaves configuration behind, and so
/// counts only where nothing has checksums.
fn of_dpkg(contents: &Contents) -> Vec<Package<'_>> {
    let mut seen = BTreeSet::new();
    let (mut packages, mut listed) = (Vec::new(), Vec::new());
    for entry in contents.below(DPKG).filter(Entry::is_file) {
        let (stem, extension) = entry.name().rsplit_once('.').unwrap_or((entry.name(), ""));
        let (name, into) = match (entry.parent(), extension) {
            ("var/lib/dpkg/info" | "var/lib/dpkg/status.d", "md5sums") => (stem, &mut packages),
            ("var/lib/dpkg/status.d", _) => (entry.name(), &mut packages),
            ("var/lib/dpkg/info", "list") => (stem, &mut listed),
            _ => continue,
        };
        into.push(Package { name: name.split(':').next().unwrap_or(name).to_string(), entry });
    }
    if packages.is_empty() {
        packages = listed;
    }
    packages.retain(|package| seen.insert(package.name.clone()));
    packages
}

/// What apk has installed: `P:` lines.
fn of_apk<'c>(contents: &'c Contents, look: &mut Look) -> Vec<Package<'c>> {
    let Some(entry) = APK.iter().find_map(|path| contents.get(path)) else { return Vec::new() };
    match contents.content_of(&entry) {
        Content::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let names = text.lines().filter_map(|line| line.strip_prefix("P:"));
            names.map(|name| Package { name: name.trim().to_string(), entry }).collect()
        }
        Content::Absent => Vec::new(),
        Content::Unknown(why) => {
            look.leave_open(why);
            Vec::new()
        }
    }
}

/// Servers of SSH.
const SERVERS: [&str; 5] =
    ["usr/sbin/sshd", "usr/local/sbin/sshd", "sbin/sshd", "usr/sbin/dropbear", "usr/local/sbin/dropbear"];

pub(super) fn sshd_installed(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    _: &NoParameters,
) -> Judgement {
    let mut look = Look::default();
    let mut seen = BTreeSet::new();
    for path in SERVERS {
        let entry = match contents.find(path) {
            Lookup::Found(entry) if entry.is_file() && seen.insert(entry.path) => entry,
            Lookup::Unknown(why) => {
                look.leave_open(why);
                continue;
            }
            _ => continue,
        };
        let started = match is_started(container, entry.name()) {
            Some(true) => ", and the container starts it",
            Some(false) => ", though the container's own command does not start it",
            None => "",
        };
        let message = format!("the server of SSH is installed: `{}`{started}", shown(entry.path));
        let finding = Finding::new(container.key, message).within(opened.place(&entry, false));
        let finding = blame(finding, container, entry.layer, "installed");
        let package = if entry.name() == "dropbear" { "dropbear" } else { "openssh-server" };
        look.find(finding.fix(Fix::words(format!("drop `{package}` from the image, and get in with `docker exec`"))));
    }
    look.judgement(container, contents, "no server of SSH is installed")
}

/// Whether the command line of the container runs a program; nothing if that is not known.
fn is_started(container: &Container, program: &str) -> Option<bool> {
    let words = container.argv().ok()?;
    let names = |text: &str| shell::scan(text).commands.iter().any(|command| command.program() == Some(program));
    Some(words.iter().any(|word| word.value.rsplit('/').next() == Some(program) || names(&word.value)))
}
