//! Base images: what a container gets from a well-known image when no Dockerfile, Compose file or image configuration
//! says otherwise.
//!
//! The facts stand in `base/images.tsv`, read from the images' own build files. They are looked up by repository and
//! by what the tag tells about its variant; nothing is built at start-up. A fact that is not known, or that differs
//! between the variants a reference may mean, stays unknown: `None`, never a default.

mod table;
mod tag;

use crate::container::argv;
use crate::container::reference::{DOCKER_HUB, Reference};

/// What is known about an image. `None` is always "not known".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// USER as the image has it; empty where it is not set, which means root.
    pub user: Option<&'static str>,
    /// The user id that `user` resolves to.
    pub uid: Option<u32>,
    /// The group id that `user` resolves to.
    pub gid: Option<u32>,
    /// ENTRYPOINT; empty where there is none.
    pub entrypoint: Option<Vec<&'static str>>,
    /// What the entrypoint does with its arguments.
    pub hands_over: Option<HandsOver>,
    /// CMD; empty where there is none.
    pub cmd: Option<Vec<&'static str>>,
    /// Whether the entrypoint gives up root by itself.
    pub privileges: Option<Privileges>,
    /// The signal that stops it; `SIGTERM` where the image says nothing.
    pub stop_signal: Option<&'static str>,
    /// WORKDIR.
    pub workdir: Option<&'static str>,
    /// Exposed ports as `80/tcp`.
    pub ports: Option<Vec<&'static str>>,
    /// Whether the image declares a health check.
    pub healthcheck: Option<bool>,
    /// The distribution below.
    pub system: Option<System>,
    /// The program behind `/bin/sh`.
    pub shell: Option<Shell>,
    /// The package manager that is installed: `apt`, `apk`, `microdnf`; empty where there is none.
    pub package_manager: Option<&'static str>,
    /// Whether `curl` is there.
    pub curl: Option<bool>,
    /// Whether `wget` is there, busybox's included.
    pub wget: Option<bool>,
    /// An init program that is installed, in use or not; empty where there is none.
    pub init: Option<&'static str>,
    /// Accounts that exist beyond the stock accounts of `system`.
    pub accounts: Vec<Account>,
    /// Whether `accounts` is all there is beyond the stock.
    pub accounts_complete: bool,
    /// Variables that are known to be set, beside others.
    pub env: Vec<(&'static str, &'static str)>,
    /// Whether a variable that is not in `env` may be taken as not set; `PATH` and versions aside.
    pub env_complete: bool,
}

/// What an image's own entrypoint does with the command it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandsOver {
    /// It is not a script that executes its arguments.
    No,
    /// It ends by executing its arguments.
    Executes,
    /// The same, with this program put before arguments that start with a dash.
    ExecutesWith(&'static str),
}

/// What an image that starts as root does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privileges {
    /// Nothing: what it starts keeps the user it has.
    Keeps,
    /// Its entrypoint runs one of `servers` as `account`, and anything else unchanged.
    Drops {
        /// The account that the server runs as.
        account: &'static str,
        /// File names of the programs that are run as that account.
        servers: Vec<&'static str>,
    },
    /// The first process stays root; the processes that it forks run as `account`.
    Workers {
        /// The account of the forked processes.
        account: &'static str,
    },
}

/// The distribution an image is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// Alpine Linux: busybox, musl, apk.
    Alpine,
    /// Debian: apt, dash.
    Debian,
    /// Ubuntu: apt, dash.
    Ubuntu,
    /// Red Hat and what is built from it: Oracle Linux, UBI.
    RedHat,
    /// Wolfi and Chainguard.
    Wolfi,
    /// Busybox on its own.
    Busybox,
    /// Debian's libraries without a package manager and shell.
    Distroless,
    /// Nothing: `scratch`.
    None,
}

/// The program behind `/bin/sh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shell {
    /// Debian's dash: stays as the parent of a command given with `-c`.
    Dash,
    /// Busybox: replaces itself by a lone command.
    Ash,
    /// Bash: replaces itself by a lone command.
    Bash,
    /// There is no `/bin/sh`.
    None,
}

/// An entry of `/etc/passwd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: &'static str,
    /// User id, if known.
    pub uid: Option<u32>,
    /// Id of the primary group, if known.
    pub gid: Option<u32>,
}

impl Facts {
    /// The account that the image's own entrypoint switches to before it runs `program`, if it does.
    pub fn drops_to(&self, program: &str) -> Option<&'static str> {
        let name = argv::file_name(program);
        match self.privileges.as_ref()? {
            Privileges::Drops { account, servers } => servers.contains(&name).then_some(*account),
            _ => None,
        }
    }

    /// What holds for both: facts that differ become unknown.
    fn merge(mut self, other: &Facts) -> Facts {
        fn agree<T: PartialEq>(mine: &mut Option<T>, theirs: &Option<T>) {
            if mine != theirs {
                *mine = None;
            }
        }
        agree(&mut self.user, &other.user);
        agree(&mut self.uid, &other.uid);
        agree(&mut self.gid, &other.gid);
        agree(&mut self.entrypoint, &other.entrypoint);
        agree(&mut self.hands_over, &other.hands_over);
        agree(&mut self.cmd, &other.cmd);
        agree(&mut self.privileges, &other.privileges);
        agree(&mut self.stop_signal, &other.stop_signal);
        agree(&mut self.workdir, &other.workdir);
        agree(&mut self.ports, &other.ports);
        agree(&mut self.healthcheck, &other.healthcheck);
        agree(&mut self.system, &other.system);
        agree(&mut self.shell, &other.shell);
        agree(&mut self.package_manager, &other.package_manager);
        agree(&mut self.curl, &other.curl);
        agree(&mut self.wget, &other.wget);
        agree(&mut self.init, &other.init);
        self.accounts_complete &= other.accounts_complete && self.accounts == other.accounts;
        self.accounts.retain(|account| other.accounts.contains(account));
        self.env_complete &= other.env_complete && self.env == other.env;
        self.env.retain(|variable| other.env.contains(variable));
        self
    }
}

/// What is known about the image that `reference` names; `None` if its repository or its variant is not known.
///
/// A reference with a digest and no tag, or with a tag of unknown meaning, gets what all variants that it may mean
/// have in common.
pub fn lookup(reference: &Reference) -> Option<Facts> {
    let (image, tag) = key(reference);
    common(&image, tag.as_deref())
}

/// What all variants of a repository have in common, for a reference whose tag is not known.
pub fn lookup_any_tag(reference: &Reference) -> Option<Facts> {
    common(&key(reference).0, None)
}

/// Whether a tag consists of variants and of releases of the distribution below: `alpine`, `slim-bookworm`, `fpm-alpine`.
pub fn names_variant_only(tag: &str) -> bool {
    tag::Tag::parse(tag).is_variant_only()
}

fn common(image: &str, tag: Option<&str>) -> Option<Facts> {
    let tag = tag.map(tag::Tag::parse);
    let mut found: Option<Facts> = None;
    for row in table::rows(image) {
        let fit = tag.as_ref().map_or(tag::Fit::Maybe, |tag| tag.fits(row.tags()));
        if fit == tag::Fit::No {
            continue;
        }
        let facts = row.facts()?;
        found = Some(match found {
            Some(so_far) => so_far.merge(&facts),
            None => facts,
        });
        if fit == tag::Fit::Yes {
            break;
        }
    }
    found
}

/// The name and tag under which the table knows the image: mirrors of Docker Hub are Docker Hub, and a distroless
/// repository keeps its Debian version as a part of the tag.
fn key(reference: &Reference) -> (String, Option<String>) {
    let tag = reference.effective_tag().map(str::to_string);
    let name = match (reference.domain.as_str(), reference.path.as_str()) {
        ("public.ecr.aws", path) if path.starts_with("docker/library/") => path["docker/library/".len()..].to_string(),
        ("mirror.gcr.io" | "registry.hub.docker.com" | "registry.docker.com" | "registry-1.docker.io", path) => {
            path.strip_prefix("library/").unwrap_or(path).to_string()
        }
        (DOCKER_HUB, _) => reference.familiar_name(),
        ("gcr.io", path) if path.starts_with("distroless/") => return distroless(path, tag),
        _ => reference.familiar_name(),
    };
    (name, tag)
}

/// `distroless/nodejs22-debian12:nonroot` is the image `nodejs` with the tag `debian12-nonroot`.
fn distroless(path: &str, tag: Option<String>) -> (String, Option<String>) {
    let (name, debian) = match path.rfind("-debian") {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    };
    let name = match name {
        "distroless/python3" => name,
        _ => name.trim_end_matches(|c: char| c.is_ascii_digit()),
    };
    let tag = match (debian, tag) {
        (Some(debian), Some(tag)) => Some(format!("{debian}-{tag}")),
        (_, tag) => tag,
    };
    (format!("gcr.io/{name}"), tag)
}

#[cfg(test)]
mod tests;
