//! Runtimes: what a container runs on, and in which version, as far as its base image or its program tells.
//!
//! A reference is read by the last component of its repository and by its tag; see [`from_reference`]. A version in a
//! tag may be shorter than the one wanted: `python:3` may or may not be 3.11, and that is what [`Version::matches`]
//! answers.

mod image;

pub use image::{from_reference, node_release};

use crate::container::argv;
use std::fmt;

/// What a container runs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Node.js.
    Node,
    /// Python, PyPy included.
    Python,
    /// Nginx, unprivileged builds and OpenResty included.
    Nginx,
    /// Redis and Valkey.
    Redis,
    /// PostgreSQL, with extensions or without.
    Postgres,
    /// Something else with a name: `java`, `ruby`, `mysql`.
    Other(String),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Node => "node",
            Kind::Python => "python",
            Kind::Nginx => "nginx",
            Kind::Redis => "redis",
            Kind::Postgres => "postgres",
            Kind::Other(name) => name,
        })
    }
}

/// The names of all runtimes, those that rules know more about first.
pub const NAMES: &[&str] = &[
    "node",
    "python",
    "nginx",
    "redis",
    "postgres",
    "bun",
    "caddy",
    "cassandra",
    "couchdb",
    "deno",
    "dotnet",
    "elasticsearch",
    "erlang",
    "go",
    "grafana",
    "haproxy",
    "httpd",
    "java",
    "jenkins",
    "kafka",
    "kibana",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "nats",
    "neo4j",
    "opensearch",
    "php",
    "prometheus",
    "rabbitmq",
    "registry",
    "ruby",
    "rust",
    "traefik",
    "zookeeper",
];

/// The numbers of a version, most significant first: `20.11.1`. Never empty; may be cut short, as tags are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    numbers: Vec<u32>,
}

/// What a reference tells about the version of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionFact {
    /// The tag has it, in full or cut short.
    Known(Version),
    /// The tag follows releases: `latest`, `lts-slim`, `alpine`.
    Moving(String),
    /// Nothing: there is only a digest, or a tag that means something else.
    Unknown,
}

/// How many numbers of a version are kept.
const LONGEST_VERSION: usize = 8;

impl Version {
    /// Reads `20`, `v20.11.1`, `3.11.9rc1`, `16-alpine`: the numbers at the start; `None` if there is none.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let mut numbers = Vec::new();
        for part in text.split('.').take(LONGEST_VERSION) {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            numbers.push(part[..digits].parse().unwrap_or(u32::MAX));
            if digits < part.len() {
                break;
            }
        }
        (!numbers.is_empty()).then_some(Version { numbers })
    }

    /// A version of these numbers, most significant first; `None` without any.
    pub fn from_numbers(numbers: &[u32]) -> Option<Version> {
        let numbers = &numbers[..numbers.len().min(LONGEST_VERSION)];
        (!numbers.is_empty()).then(|| Version { numbers: numbers.to_vec() })
    }

    /// The numbers, most significant first.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// Whether this version is the `wanted` one, which may be a prefix (`20`, `20.x`, `3.11`): `20.11.1` is `20`.
    /// `None` if this version is cut too short to tell, or `wanted` is not a version.
    pub fn matches(&self, wanted: &str) -> Option<bool> {
        let wanted = Version::parse(wanted)?;
        let compared = self.numbers.iter().zip(&wanted.numbers).all(|(mine, theirs)| mine == theirs);
        match compared {
            false => Some(false),
            true if self.numbers.len() < wanted.numbers.len() => None,
            true => Some(true),
        }
    }

    /// Whether this version is `bound` or newer; `None` if it is cut too short to tell.
    pub fn at_least(&self, bound: &Version) -> Option<bool> {
        for (mine, theirs) in self.numbers.iter().zip(&bound.numbers) {
            if mine != theirs {
                return Some(mine > theirs);
            }
        }
        let missing = bound.numbers.get(self.numbers.len()..).unwrap_or_default();
        missing.iter().all(|&number| number == 0).then_some(true)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, number) in self.numbers.iter().enumerate() {
            write!(f, "{}{number}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// The name of a program without its folder and, on Windows, its extension: `C:\nodejs\node.exe` is node.
pub fn program_name(argv0: &str) -> &str {
    let name = argv0.rsplit('\\').next().map_or(argv0, |name| name.strip_suffix(".exe").unwrap_or(name));
    argv::file_name(name)
}

/// The runtime that a program belongs to, by its file name; `None` if the name tells nothing.
pub fn from_program(argv0: &str) -> Option<Kind> {
    let name = program_name(argv0);
    if is_python(name) {
        return Some(Kind::Python);
    }
    let kind = match name {
        "node" | "nodejs" | "npm" | "npx" | "yarn" | "yarnpkg" | "pnpm" | "pnpx" | "corepack" | "nodemon"
        | "ts-node" | "ts-node-dev" | "tsnd" | "node-dev" | "tsx" | "pm2" | "pm2-runtime" | "next" | "nuxt"
        | "nuxi" | "nest" | "vite" | "webpack" | "webpack-dev-server" | "ng" | "astro" | "react-scripts" | "gatsby"
        | "serve" | "http-server" | "remix-serve" | "concurrently" => Kind::Node,
        "uvicorn"
        | "gunicorn"
        | "hypercorn"
        | "granian"
        | "daphne"
        | "uwsgi"
        | "waitress-serve"
        | "flask"
        | "fastapi"
        | "sanic"
        | "litestar"
        | "celery"
        | "django-admin"
        | "manage.py"
        | "streamlit"
        | "gradio"
        | "dagster"
        | "airflow"
        | "jupyter"
        | "uv"
        | "uvx"
        | "poetry"
        | "pipenv"
        | "pdm"
        | "hatch"
        | "pip"
        | "pip3"
        | "ddtrace-run"
        | "opentelemetry-instrument"
        | "newrelic-admin"
        | "pypy"
        | "pypy3" => Kind::Python,
        "nginx" | "nginx-debug" | "openresty" => Kind::Nginx,
        "redis-server" | "redis-sentinel" | "valkey-server" | "valkey-sentinel" => Kind::Redis,
        "postgres" | "postmaster" | "pg_ctl" => Kind::Postgres,
        "java" => Kind::Other("java".to_string()),
        "dotnet" => Kind::Other("dotnet".to_string()),
        "ruby" | "rails" | "puma" | "bundle" | "rake" | "unicorn" | "sidekiq" => Kind::Other("ruby".to_string()),
        "php" | "php-fpm" | "apache2-foreground" | "artisan" => Kind::Other("php".to_string()),
        "deno" => Kind::Other("deno".to_string()),
        "bun" | "bunx" => Kind::Other("bun".to_string()),
        "go" => Kind::Other("go".to_string()),
        "cargo" => Kind::Other("rust".to_string()),
        "mysqld" => Kind::Other("mysql".to_string()),
        "mariadbd" => Kind::Other("mariadb".to_string()),
        "mongod" | "mongos" => Kind::Other("mongo".to_string()),
        "rabbitmq-server" => Kind::Other("rabbitmq".to_string()),
        "httpd" | "httpd-foreground" => Kind::Other("httpd".to_string()),
        "caddy" | "traefik" | "haproxy" | "memcached" => Kind::Other(name.to_string()),
        _ => return None,
    };
    Some(kind)
}

/// `python`, `python3`, `python3.11`.
fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

#[cfg(test)]
mod tests;
