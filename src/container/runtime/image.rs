//! Runtime images: the runtime and version that an image reference tells.

use super::{Kind, Version, VersionFact};
use crate::container::reference::Reference;

/// Release names of Node.js, which its tags may use instead of a number.
const NODE_RELEASES: [(&str, &str); 11] = [
    ("argon", "4"),
    ("boron", "6"),
    ("carbon", "8"),
    ("dubnium", "10"),
    ("erbium", "12"),
    ("fermium", "14"),
    ("gallium", "16"),
    ("hydrogen", "18"),
    ("iron", "20"),
    ("jod", "22"),
    ("krypton", "24"),
];

/// Where a repository's references have the version of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// The first part of the tag that is a number: `20.11.1-alpine`.
    Tag,
    /// After a word of the tag: `python3.11`, `pg16`. The image is not this runtime without it.
    Word(&'static str),
    /// After a word of the tag, if it is there; a number alone is the version of something else.
    OnlyWord(&'static str),
    /// In the tag, after a version of the image itself: `1-20-bookworm`.
    DevContainer,
    /// Nowhere.
    Nowhere,
}

/// The version that a release name of Node.js stands for: `iron` is 20.
pub fn node_release(name: &str) -> Option<Version> {
    NODE_RELEASES.iter().find(|(release, _)| *release == name).and_then(|(_, version)| Version::parse(version))
}

/// What the reference tells about the runtime: by the last component of the repository, and by the tag for its version.
/// `None` for an operating system, or a repository whose name says nothing: the process has to be looked at.
pub fn from_reference(reference: &Reference) -> Option<(Kind, VersionFact)> {
    let name = reference.repository_name();
    let tag = reference.effective_tag();
    if let Some(found) = from_versioned_name(name, tag) {
        return Some(found);
    }
    let (kind, place) = from_plain_name(reference, name)?;
    let version = version_in_tag(&kind, place, tag);
    if matches!(place, Where::Word(_)) && version == VersionFact::Unknown && tag.is_some() {
        return None;
    }
    Some((kind, version))
}

/// Repositories with the version in their name: `nodejs20-debian12`, `python3-debian12`, `nodejs-20-minimal`,
/// `python-311`, `postgresql-16-c9s`.
fn from_versioned_name(name: &str, tag: Option<&str>) -> Option<(Kind, VersionFact)> {
    if let Some(debian) = name.strip_prefix("python3-debian") {
        let version = match debian {
            "10" => "3.7",
            "11" => "3.9",
            "12" => "3.11",
            "13" => "3.13",
            _ => return Some((Kind::Python, VersionFact::Unknown)),
        };
        return Some((Kind::Python, known(version)));
    }
    let (word, kind) = [
        ("nodejs", Kind::Node),
        ("python", Kind::Python),
        ("nginx", Kind::Nginx),
        ("redis", Kind::Redis),
        ("postgresql", Kind::Postgres),
    ]
    .into_iter()
    .find(|(word, _)| name.starts_with(word))?;
    let rest = name[word.len()..].trim_start_matches('-');
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    if rest == "3" && kind == Kind::Python {
        return Some((kind, VersionFact::Moving(tag.unwrap_or("3").to_string())));
    }
    let version = match (&kind, &rest[..digits]) {
        (Kind::Python | Kind::Nginx, joined) if joined.len() > 1 => format!("{}.{}", &joined[..1], &joined[1..]),
        (_, number) => number.to_string(),
    };
    Some((kind, known(&version)))
}

fn from_plain_name(reference: &Reference, name: &str) -> Option<(Kind, Where)> {
    let dev_container = reference.path.contains("devcontainers/");
    let tag = if dev_container { Where::DevContainer } else { Where::Tag };
    Some(match name {
        "node" | "nodejs" | "alpine-node" | "pm2" | "javascript-node" | "typescript-node" | "aws-lambda-nodejs" => {
            (Kind::Node, tag)
        }
        "python" | "pypy" | "aws-lambda-python" => (Kind::Python, tag),
        "uv" => (Kind::Python, Where::Word("python")),
        "uvicorn-gunicorn"
        | "uvicorn-gunicorn-fastapi"
        | "uvicorn-gunicorn-starlette"
        | "meinheld-gunicorn"
        | "meinheld-gunicorn-flask"
        | "uwsgi-nginx-flask"
        | "uwsgi-nginx"
        | "base-notebook"
        | "minimal-notebook"
        | "scipy-notebook" => (Kind::Python, Where::OnlyWord("python")),
        "miniconda3" | "anaconda3" | "miniforge3" | "mambaforge" => (Kind::Python, Where::Nowhere),
        "nginx" | "nginx-unprivileged" | "openresty" => (Kind::Nginx, Where::Tag),
        "redis" | "redis-stack" | "redis-stack-server" | "redis-cluster" | "redis-sentinel" | "valkey"
        | "valkey-bundle" | "valkey-cluster" | "valkey-sentinel" => (Kind::Redis, Where::Tag),
        "postgres" | "postgresql" | "postgis" | "postgresql-repmgr" => (Kind::Postgres, Where::Tag),
        "pgvector"
        | "timescaledb"
        | "timescaledb-ha"
        | "pgvecto-rs"
        | "vchord-postgres"
        | "paradedb"
        | "citus"
        | "pgrouting"
        | "timescaledb-postgis" => (Kind::Postgres, Where::OnlyWord("pg")),
        _ if reference.domain == "mcr.microsoft.com" && reference.path.starts_with("dotnet/") => {
            (Kind::Other("dotnet".to_string()), Where::Tag)
        }
        _ => (Kind::Other(other_runtime(name)?.to_string()), Where::Tag),
    })
}

/// Runtimes that no rule knows more about than their name.
fn other_runtime(name: &str) -> Option<&'static str> {
    Some(match name {
        "golang" | "go" => "go",
        "rust" => "rust",
        "ruby" | "jruby" => "ruby",
        "php" | "wordpress" | "drupal" | "nextcloud" | "composer" => "php",
        "openjdk"
        | "eclipse-temurin"
        | "amazoncorretto"
        | "java"
        | "jre"
        | "jdk"
        | "maven"
        | "gradle"
        | "tomcat"
        | "sapmachine"
        | "ibm-semeru-runtimes" => "java",
        "elixir" | "erlang" => "erlang",
        "deno" => "deno",
        "bun" => "bun",
        "httpd" => "httpd",
        "caddy" => "caddy",
        "traefik" => "traefik",
        "haproxy" => "haproxy",
        "mysql" => "mysql",
        "mariadb" => "mariadb",
        "mongo" | "mongodb" => "mongo",
        "rabbitmq" => "rabbitmq",
        "memcached" => "memcached",
        "elasticsearch" => "elasticsearch",
        "opensearch" => "opensearch",
        "kibana" => "kibana",
        "kafka" | "kafka-native" | "cp-kafka" => "kafka",
        "zookeeper" => "zookeeper",
        "cassandra" => "cassandra",
        "couchdb" => "couchdb",
        "nats" => "nats",
        "neo4j" => "neo4j",
        "prometheus" => "prometheus",
        "grafana" => "grafana",
        "registry" => "registry",
        "jenkins" => "jenkins",
        _ => return None,
    })
}

fn version_in_tag(kind: &Kind, place: Where, tag: Option<&str>) -> VersionFact {
    let Some(tag) = tag else { return VersionFact::Unknown };
    let word = match (place, kind) {
        (Where::Nowhere, _) => return VersionFact::Unknown,
        (Where::Word(word) | Where::OnlyWord(word), _) => Some(word),
        (_, Kind::Python) => Some("python"),
        (_, Kind::Postgres) => Some("pg"),
        _ => None,
    };
    if let Some(version) = word.and_then(|word| after_word(tag, word)) {
        return VersionFact::Known(version);
    }
    match place {
        Where::Word(_) => return VersionFact::Unknown,
        Where::OnlyWord(_) if tag == "latest" => return VersionFact::Moving(tag.to_string()),
        Where::OnlyWord(_) => return VersionFact::Unknown,
        _ => {}
    }
    if *kind == Kind::Node
        && let Some(version) = tag.split('-').find_map(node_release)
    {
        return VersionFact::Known(version);
    }
    let mut numbers = tag.split('-').filter(|part| is_number(part)).map_while(Version::parse);
    match (numbers.next(), place) {
        (Some(image), Where::DevContainer) => VersionFact::Known(runtime_of_dev_container(image, numbers.next())),
        // A number further back is the version of something else: `alpine-3.20`.
        (Some(version), _) if is_number(tag) => VersionFact::Known(version),
        _ => VersionFact::Moving(tag.to_string()),
    }
}

/// Development containers put the version of the image definition, 0 to 5, before that of the language.
fn runtime_of_dev_container(first: Version, second: Option<Version>) -> Version {
    match second {
        Some(second) if first.numbers().first().is_some_and(|&major| major <= 5) => second,
        _ => first,
    }
}

/// The version after a word in a tag: `pg16`, `python3.11`, `python-3.11`.
fn after_word(tag: &str, word: &str) -> Option<Version> {
    let mut parts = tag.split('-').peekable();
    while let Some(part) = parts.next() {
        let Some(rest) = part.strip_prefix(word) else { continue };
        if is_number(rest) {
            return Version::parse(rest);
        }
        if let Some(next) = parts.peek().filter(|next| rest.is_empty() && is_number(next)) {
            return Version::parse(next);
        }
    }
    None
}

fn is_number(part: &str) -> bool {
    part.strip_prefix('v').unwrap_or(part).starts_with(|c: char| c.is_ascii_digit())
}

fn known(version: &str) -> VersionFact {
    Version::parse(version).map_or(VersionFact::Unknown, VersionFact::Known)
}
