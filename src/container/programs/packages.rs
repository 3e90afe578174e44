//! Packages: what a command of a package manager installs or removes, and which packages hold a program.

use crate::shell::{Argument, Arguments, Known, TakesValue};

/// What a command changes.
pub(super) struct Change<'a> {
    /// It installs; else it removes.
    pub installs: bool,
    /// The names of the packages, without version; `None` for one that is not known.
    pub packages: Vec<Option<&'a str>>,
    /// apk's name for all of them together: `--virtual .deps`.
    pub group: Option<&'a str>,
}

/// Programs with the packages that hold them in the distributions; a `*` stands for any end of the name.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("bash", &["bash"]),
    ("catatonit", &["catatonit"]),
    ("cgi-fcgi", &["fcgi", "libfcgi-bin"]),
    ("curl", &["curl", "curl-minimal", "alpine-sdk"]),
    ("dig", &["bind-tools", "dnsutils", "bind9-dnsutils", "bind-utils"]),
    ("dumb-init", &["dumb-init"]),
    ("grpc_health_probe", &["grpc_health_probe", "grpc-health-probe"]),
    ("http", &["httpie"]),
    ("java", &["openjdk*", "default-j*", "java-*", "temurin-*"]),
    ("jq", &["jq"]),
    ("mariadb", &["mariadb*", "default-mysql-client", "mysql-client"]),
    ("mariadb-admin", &["mariadb*", "default-mysql-client", "mysql-client"]),
    ("mongosh", &["mongodb-mongosh*", "mongosh"]),
    ("mysql", &["mysql*", "mariadb*", "default-mysql-client"]),
    ("mysqladmin", &["mysql*", "mariadb*", "default-mysql-client"]),
    ("nc", &["netcat*", "nmap-ncat", "ncat", "nmap", "busybox-extras"]),
    ("ncat", &["ncat", "nmap", "nmap-ncat"]),
    ("netcat", &["netcat*"]),
    ("netstat", &["net-tools"]),
    ("nginx", &["nginx*"]),
    ("node", &["nodejs*"]),
    ("npm", &["npm", "nodejs*"]),
    ("perl", &["perl*"]),
    ("pg_isready", &["postgresql*"]),
    ("pgrep", &["procps*"]),
    ("php", &["php*"]),
    ("pidof", &["procps*", "sysvinit-utils"]),
    ("ping", &["iputils*", "inetutils-ping"]),
    ("ps", &["procps*"]),
    ("psql", &["postgresql*"]),
    ("python", &["python-is-python3", "python", "python2*", "python3", "py3-*"]),
    ("python3", &["python3*", "py3-*"]),
    ("redis-cli", &["redis*", "valkey*"]),
    ("redis-server", &["redis*", "valkey*"]),
    ("ruby", &["ruby*"]),
    ("s6", &["s6", "s6-overlay*"]),
    ("ss", &["iproute2*"]),
    ("telnet", &["telnet", "inetutils-telnet", "busybox-extras"]),
    ("tini", &["tini", "tini-static"]),
    ("valkey-cli", &["valkey*"]),
    ("wget", &["wget", "wget2"]),
];

/// Whether it is known in which packages a program is.
pub(super) fn is_packaged(program: &str) -> bool {
    PROVIDERS.iter().any(|(name, _)| *name == program)
}

/// Whether a package holds a program.
pub(super) fn provides(package: &str, program: &str) -> bool {
    let providers = PROVIDERS.iter().find(|(name, _)| *name == program).map_or(&[][..], |(_, packages)| packages);
    let mut fits = providers.iter().map(|pattern| match pattern.strip_suffix('*') {
        Some(start) => package.starts_with(start),
        None => package == *pattern,
    });
    package == program || fits.any(|fits| fits)
}

/// The package that brings a program with a package manager; `None` if that is not known for sure.
pub(super) fn package(program: &str, manager: &str) -> Option<&'static str> {
    Some(match (program, manager) {
        ("nc" | "netcat", _) => "netcat-openbsd",
        ("cgi-fcgi", "apk") => "fcgi",
        ("cgi-fcgi", "apt") => "libfcgi-bin",
        ("ps" | "pgrep" | "pidof", _) => "procps",
        ("ss", _) => "iproute2",
        ("netstat", _) => "net-tools",
        ("pg_isready" | "psql", _) => "postgresql-client",
        ("redis-cli", "apt") => "redis-tools",
        ("redis-cli", "apk") => "redis",
        ("mysql" | "mysqladmin", "apt") => "default-mysql-client",
        ("python3", _) => "python3",
        ("node", _) => "nodejs",
        _ => {
            let same = PROVIDERS.iter().find(|(name, packages)| *name == program && packages.contains(name));
            return same.map(|(name, _)| *name);
        }
    })
}

/// What a command changes; `None` if it is none of a package manager, or changes nothing.
pub(super) fn change<'a>(program: &str, words: &'a [Known]) -> Option<Change<'a>> {
    let takes = match program {
        "apk" => TakesValue { letters: "ptX", names: &["repository", "root", "virtual"] },
        "apt" | "apt-get" | "aptitude" => {
            TakesValue { letters: "cot", names: &["config-file", "option", "target-release"] }
        }
        "dnf" | "microdnf" | "tdnf" | "yum" | "zypper" => {
            TakesValue { letters: "c", names: &["disablerepo", "enablerepo", "installroot", "setopt"] }
        }
        _ => return None,
    };
    let (mut operands, mut group) = (Vec::new(), None);
    for argument in Arguments::new(words, takes) {
        match argument {
            Argument::Option { name: "t" | "virtual", value } if program == "apk" => group = value,
            Argument::Operand(text) => operands.push(text),
            Argument::Option { .. } => {}
        }
    }
    let (verb, packages) = operands.split_first()?;
    let installs = match (*verb)? {
        "add" | "install" | "in" | "reinstall" => true,
        "del" | "remove" | "purge" | "autoremove" | "erase" | "rm" => false,
        _ => return None,
    };
    let mut names = Vec::new();
    for package in packages {
        match package {
            // A variable without quotes is as many words as there are in it.
            Some(text) => names.extend(text.split_whitespace().map(|name| Some(without_version(name)))),
            None => names.push(None),
        }
    }
    Some(Change { installs, packages: names, group })
}

/// `curl=8.5.0-r0`, `curl>8` and `./curl_8.deb` to `curl`.
fn without_version(package: &str) -> &str {
    let name = package.split(['=', '<', '>', '~']).next().unwrap_or(package);
    let file = name.rsplit('/').next().unwrap_or(name);
    if file.ends_with(".deb") || file.ends_with(".rpm") { file.split('_').next().unwrap_or(file) } else { file }
}
