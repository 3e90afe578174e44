//! What base images have: shells, applets of busybox, the tools of a distribution, and programs of their own.

use super::Brought;
use super::packages;
use crate::container::argv::file_name;
use crate::container::base::{Facts, Shell, System};
use crate::container::given;
use crate::container::image_state::{BaseImage, ImageState};
use crate::container::runtime::{self, Kind, VersionFact};
use crate::container::traced::Known;

/// Programs that only serve as init; the table of base images has them.
const INITS: &[&str] = &["catatonit", "docker-init", "dumb-init", "s6", "s6-svscan", "tini"];

/// What POSIX asks of a system with a shell, as far as health checks use it; and what coreutils and busybox add.
const UTILITIES: &[&str] = &[
    "awk", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "egrep", "env", "expr", "fgrep", "find", "grep",
    "head", "hostname", "id", "ls", "mkdir", "mv", "nice", "nohup", "od", "rm", "sed", "sleep", "sort", "stat", "tail",
    "tee", "timeout", "touch", "tr", "uniq", "wc", "whoami", "xargs",
];

/// What busybox adds as it is built for Alpine.
const APPLETS: &[&str] = &[
    "ash", "busybox", "killall", "nc", "netstat", "nslookup", "pgrep", "pidof", "ping", "pkill", "ps", "setsid",
    "telnet", "top", "uptime", "which",
];

/// Images whose tools are known so well that what is neither the system's nor theirs is not there.
const PLAIN: &[&str] =
    &["alpine", "debian", "nginx", "nginxinc/nginx-unprivileged", "node", "python", "redis", "ubuntu", "valkey/valkey"];

/// Whether a base image has a program.
pub(super) fn has(image: &ImageState, program: &str) -> Brought {
    let (base, name) = (&image.base, file_name(program));
    if let Some(contents) = image.base_contents() {
        let path = match image.env.get("PATH").map(|path| &path.known) {
            Some(Known::Unknown(why)) if !program.contains('/') => return Brought::Unknown(why.clone()),
            path => path.and_then(Known::value).map(String::as_str),
        };
        return match given::program(contents, program, path, "/") {
            Ok(found) => of(found.is_some(), base),
            Err(why) => Brought::Unknown(why),
        };
    }
    if base.is_scratch() {
        return Brought::No(None);
    }
    let unknown = || Brought::Unknown(base.unknown(&format!("whether `{name}` is part")));
    if let Some(answer) = own_program(base, program) {
        return answer.map_or_else(unknown, |there| of(there, base));
    }
    let Some(facts) = base.facts.as_ref().filter(|_| !base.is_windows()) else { return unknown() };
    let answer = match name {
        "curl" => facts.curl,
        "wget" => facts.wget,
        "sh" => shell(facts, program),
        name if INITS.contains(&name) => facts.init.map(|init| init.split(['|', ' ']).any(|init| init == name)),
        name => tool(base, facts, name),
    };
    answer.map_or_else(unknown, |there| of(there, base))
}

fn of(there: bool, base: &BaseImage) -> Brought {
    if there { Brought::Yes(base.span) } else { Brought::No(None) }
}

/// Distroless images for debugging have a shell, but not at `/bin/sh`.
fn shell(facts: &Facts, program: &str) -> Option<bool> {
    match facts.shell? {
        Shell::None if facts.wget.is_none() && program != "/bin/sh" => None,
        shell => Some(shell != Shell::None),
    }
}

/// Tools that come with the distribution.
fn tool(base: &BaseImage, facts: &Facts, name: &str) -> Option<bool> {
    let utility = UTILITIES.contains(&name);
    let path = base.reference.as_ref().map_or("", |image| image.path.as_str());
    let path = path.strip_prefix("docker/").unwrap_or(path);
    let plain = PLAIN.contains(&path.strip_prefix("library/").unwrap_or(path));
    match (facts.system, facts.shell?) {
        // One for debugging has busybox in a folder of its own.
        (_, Shell::None) => facts.wget.map(|_| false),
        (Some(System::Alpine | System::Busybox | System::Wolfi), Shell::Ash) => {
            let absent = plain && packages::is_packaged(name);
            (utility || APPLETS.contains(&name)).then_some(true).or(absent.then_some(false))
        }
        (_, Shell::Bash) => (utility || name == "bash").then_some(true),
        (Some(System::Debian | System::Ubuntu) | None, Shell::Dash) => {
            let there = utility || matches!(name, "bash" | "dash" | "perl" | "which");
            // The full variants of languages have a great deal more.
            let slim = facts.wget != Some(true);
            there.then_some(true).or((plain && slim && packages::is_packaged(name)).then_some(false))
        }
        _ => utility.then_some(true),
    }
}

/// The programs that an image is named for: `Some(None)` if it may or may not be one; `None` if it is none of them.
fn own_program(base: &BaseImage, program: &str) -> Option<Option<bool>> {
    let reference = base.reference.as_ref()?;
    let name = file_name(program);
    let distroless = reference.path.starts_with("distroless/");
    let image = reference.path.rsplit('/').next().unwrap_or(&reference.path);
    let (kind, version) = runtime::from_reference(reference)?;
    let own: &[&str] = match &kind {
        // It stands outside of PATH there.
        Kind::Node if distroless => match name {
            "node" => return Some((program == "/nodejs/bin/node").then_some(true)),
            _ => return None,
        },
        Kind::Node => &["node", "nodejs", "npm", "npx"],
        Kind::Python if distroless && name == "python" => return Some(None),
        Kind::Python if distroless => &["python3"],
        Kind::Python => &["pip", "pip3", "python", "python3"],
        Kind::Nginx => &["nginx"],
        Kind::Redis => &["redis-cli", "redis-server", "valkey-cli", "valkey-server"],
        Kind::Postgres => &["pg_isready", "postgres", "psql"],
        Kind::Other(_) => return other_program(image, name, &version),
    };
    let of_valkey = name.starts_with("valkey-") && !image.starts_with("valkey");
    (own.contains(&name) && !of_valkey).then_some(Some(true))
}

fn other_program(image: &str, name: &str, version: &VersionFact) -> Option<Option<bool>> {
    let first = match version {
        VersionFact::Known(version) => version.numbers().first().copied(),
        _ => None,
    };
    match (image, name) {
        ("mariadb", "mariadb" | "mariadb-admin" | "healthcheck.sh") => Some(Some(true)),
        // The names of MySQL are gone since 11.
        ("mariadb", "mysql" | "mysqladmin") => Some(first.map(|version| version < 11)),
        ("mysql", "mysql" | "mysqladmin") | ("rabbitmq", "rabbitmq-diagnostics" | "rabbitmqctl") => Some(Some(true)),
        ("mongo", "mongosh") => Some(first.filter(|version| *version >= 6).map(|_| true)),
        ("mongo", "mongo") => Some(first.map(|version| version < 6)),
        _ => (image == name || matches!((image, name), ("eclipse-temurin" | "amazoncorretto" | "openjdk", "java")))
            .then_some(Some(true)),
    }
}
