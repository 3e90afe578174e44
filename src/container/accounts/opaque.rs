//! Opaque programs: those that may change accounts without saying so in the RUN body.

use crate::container::argv::file_name;
use crate::shell::{Argument, Arguments, Known, TakesValue};

/// Scripts with a path that build software and leave the system alone.
const BUILD_SCRIPTS: [&str; 11] = [
    "Configure",
    "autogen.sh",
    "bootstrap",
    "bootstrap.sh",
    "buildconf",
    "config",
    "config.guess",
    "configure",
    "gradlew",
    "manage.py",
    "mvnw",
];

/// Sourced files that only set variables.
const ENVIRONMENT_FILES: [&str; 9] =
    ["activate", "bash.bashrc", ".bashrc", "env", "envvars", "nvm.sh", "os-release", "profile", ".profile"];

/// Programs that configure a system by rules kept elsewhere, or edit the files.
const CONFIGURES: [&str; 9] = [
    "ansible-playbook",
    "chef-client",
    "chef-solo",
    "newusers",
    "puppet",
    "salt-call",
    "systemd-sysusers",
    "vigr",
    "vipw",
];

/// Programs that name an account file to read it, to change who may read it, or to write it elsewhere.
const READS: [&str; 18] = [
    "[", "awk", "cat", "chmod", "chown", "cut", "egrep", "getent", "grep", "head", "ls", "md5sum", "sort", "stat",
    "tail", "test", "wc", "xargs",
];

/// Accounts whose package has another name: `(package, account)`.
const ACCOUNTS_OF_PACKAGES: [(&str, &str); 8] = [
    ("apache2", "apache"),
    ("dbus", "messagebus"),
    ("exim4", "Debian-exim"),
    ("httpd", "apache"),
    ("openssh", "sshd"),
    ("php", "www-data"),
    ("squid", "proxy"),
    ("systemd", "systemd-network"),
];

/// Packages without accounts, also in what they draw in.
const WITHOUT_ACCOUNTS: [&str; 16] = [
    "adduser",
    "bash",
    "ca-certificates",
    "curl",
    "dumb-init",
    "gosu",
    "jq",
    "libcap",
    "make",
    "passwd",
    "shadow",
    "su-exec",
    "tini",
    "tzdata",
    "unzip",
    "wget",
];

/// Whether a package can be expected to bring this account or group.
pub(super) fn may_come_with(name: &str, packages: &[String]) -> bool {
    // `pulse-access` comes with `pulseaudio`.
    let stem = name.split(['-', '_', '.']).find(|stem| stem.len() > 2).unwrap_or(name);
    packages.iter().any(|package| {
        let related = package.contains(stem) || (package.len() > 2 && name.contains(package.as_str()));
        related || ACCOUNTS_OF_PACKAGES.iter().any(|(known, account)| *account == name && package.contains(known))
    })
}

/// Whether it is known that a package has no accounts.
pub(super) fn is_without_accounts(package: &str) -> bool {
    WITHOUT_ACCOUNTS.contains(&package)
}

/// Whether a program, called by this path, is a script or tool that may change accounts.
pub(super) fn is_opaque(path: &str) -> bool {
    let name = file_name(path);
    if CONFIGURES.contains(&name) {
        return true;
    }
    if BUILD_SCRIPTS.contains(&name) {
        return false;
    }
    let script = [".sh", ".bash", ".run", ".pl", ".py"].iter().any(|ending| name.ends_with(ending));
    let directory = path.strip_suffix(name).unwrap_or_default().trim_end_matches('/');
    let program = matches!(directory.rsplit('/').next(), Some("bin" | "sbin"));
    script || (path.contains('/') && !program)
}

/// Whether sourcing this file may run account commands.
pub(super) fn is_opaque_source(path: Option<&str>) -> bool {
    let name = path.map(file_name);
    !name.is_some_and(|name| ENVIRONMENT_FILES.contains(&name))
}

/// Whether a program that names an account file in its arguments leaves it as it is.
pub(super) fn only_reads(name: &str, words: &[Known]) -> bool {
    READS.contains(&name)
        || (name == "sed"
            && !words.iter().any(|word| word.text.starts_with("-i") || word.text.starts_with("--in-place")))
        || (matches!(name, "cp" | "install") && words.last().is_some_and(|target| !target.text.starts_with("/etc")))
}

/// The packages that a package manager is told to install, `None` for one whose name is not known; empty for anything
/// but an install.
pub(super) fn installed<'a>(name: &str, words: &'a [Known]) -> Vec<Option<&'a str>> {
    let (install, takes) = match name {
        "apk" => ("add", TakesValue { letters: "ptX", names: &["repository", "root", "virtual"] }),
        "apt" | "apt-get" | "aptitude" => {
            ("install", TakesValue { letters: "cot", names: &["config-file", "option", "target-release"] })
        }
        "dnf" | "microdnf" | "tdnf" | "yum" | "zypper" => {
            ("install", TakesValue { letters: "c", names: &["disablerepo", "enablerepo", "installroot", "setopt"] })
        }
        "dpkg" | "rpm" => return installed_files(words),
        _ => return Vec::new(),
    };
    let mut operands = Arguments::new(words, takes).filter_map(|argument| match argument {
        Argument::Operand(text) => Some(text),
        Argument::Option { .. } => None,
    });
    if operands.next() != Some(Some(install)) {
        return Vec::new();
    }
    operands
        .map(|package| package.map(|name| file_name(name.split(['=', '<', '>', '~']).next().unwrap_or(name))))
        .collect()
}

/// The package files that `dpkg -i` or `rpm -U` installs, by their own names.
fn installed_files(words: &[Known]) -> Vec<Option<&str>> {
    let installs = |word: &Known| matches!(word.text.as_str(), "-i" | "--install" | "-ivh" | "-U" | "-Uvh");
    if !words.iter().any(installs) {
        return Vec::new();
    }
    let files = words.iter().filter(|word| !word.text.starts_with('-'));
    files.map(|word| Some(file_name(&word.text)).filter(|name| word.whole && !name.starts_with('*'))).collect()
}
