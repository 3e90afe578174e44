//! Service clients: programs that ask databases, brokers and gRPC services.

use super::http::holds_password;
use super::reader::{Asked, Line};
use super::url::{self, Url};
use super::{Address, Given, Target};
use crate::shell::{Argument, Arguments, Known, TakesValue};

/// redis-cli(1), valkey-cli(1).
const REDIS: TakesValue = TakesValue {
    letters: "hpastunriIdDX",
    names: &[
        "user",
        "pass",
        "sni",
        "cacert",
        "cacertdir",
        "cert",
        "key",
        "tls-ciphers",
        "tls-ciphersuites",
        "rdb",
        "pipe-timeout",
    ],
};

/// pg_isready(1).
const PG_ISREADY: TakesValue =
    TakesValue { letters: "Udhpt", names: &["username", "dbname", "host", "port", "timeout"] };

/// psql(1), where `-t` leaves out everything but the rows.
const PSQL: TakesValue = TakesValue {
    letters: "UdhpcfvFPRTLo",
    names: &["username", "dbname", "host", "port", "command", "file", "set", "variable", "output", "pset"],
};

/// mysqladmin(1), mysql(1) and their MariaDB names. `-p` takes a password only in the same word.
const MYSQL: TakesValue = TakesValue {
    letters: "uhPSeDirw",
    names: &["user", "host", "port", "socket", "execute", "database", "protocol", "connect-timeout", "defaults-file"],
};

/// mongosh(1), mongo.
const MONGO: TakesValue = TakesValue {
    letters: "uph",
    names: &[
        "eval",
        "host",
        "port",
        "username",
        "password",
        "authenticationDatabase",
        "authenticationMechanism",
        "tlsCAFile",
        "tlsCertificateKeyFile",
        "sslCAFile",
        "sslPEMKeyFile",
        "file",
    ],
};

/// kafka-topics.sh and its like.
const KAFKA: TakesValue =
    TakesValue { letters: "", names: &["bootstrap-server", "zookeeper", "command-config", "topic", "broker-list"] };

/// An address as options put it together.
struct Place<'a> {
    line: &'a Line<'a>,
    address: Address,
}

impl<'a> Place<'a> {
    fn new(line: &'a Line<'a>, port: u16) -> Place<'a> {
        Place { line, address: Address::local(port) }
    }

    fn host(&mut self, value: Option<&str>) {
        match value {
            Some(path) if path.starts_with('/') => self.socket(value),
            Some(host) => self.address.host = self.line.variables.given(&host.to_ascii_lowercase()),
            None => self.address.host = Given::Unknown,
        }
    }

    fn port(&mut self, value: Option<&str>) {
        self.address.port = value.map_or(Given::Unknown, |port| self.line.variables.given(port));
    }

    fn socket(&mut self, value: Option<&str>) {
        self.address.socket = value.map(|path| self.line.variables.show(path));
    }
}

/// `redis-cli ping`: exits with 0 for error replies too, unless `-e` is given or the reply is looked at.
pub(super) fn redis(line: &Line<'_>) -> Asked {
    let mut place = Place::new(line, 6379);
    let (mut strict, mut shows_password, mut words) = (false, false, Vec::new());
    // What follows the command belongs to it, dashes or not.
    for argument in line.arguments(REDIS) {
        match argument {
            Argument::Operand(word) => words.extend(word),
            Argument::Option { .. } if !words.is_empty() => {}
            Argument::Option { name: "h", value } => place.host(value),
            Argument::Option { name: "p", value } => place.port(value),
            Argument::Option { name: "s", value } => place.socket(value),
            Argument::Option { name: "u", value } => {
                if let Some(value) = value {
                    shows_password |= holds_password(value);
                    place.address = Url::parse(value, line.variables).address(6379);
                }
            }
            Argument::Option { name: "a" | "pass", .. } => shows_password = true,
            Argument::Option { name: "e", .. } => strict = true,
            Argument::Option { .. } => {}
        }
    }
    let command = words.first().map(|word| line.variables.show(word).to_ascii_lowercase());
    let target = Target::Redis { address: place.address, command };
    Asked { target, fails: Some(strict || line.judged), shows_password }
}

/// `pg_isready`: 0 accepts connections, 1 rejects them, 2 does not answer. `psql -c` fails with its query.
pub(super) fn postgres(program: &str, line: &Line<'_>) -> Asked {
    let takes = if program == "psql" { PSQL } else { PG_ISREADY };
    let mut place = Place::new(line, 5432);
    let mut shows_password = false;
    for argument in line.arguments(takes) {
        match argument {
            Argument::Option { name: "h" | "host", value } => place.host(value),
            Argument::Option { name: "p" | "port", value } => place.port(value),
            Argument::Option { name: "d" | "dbname", value } | Argument::Operand(value) => {
                if let Some(text) = value.filter(|text| text.contains("://")) {
                    shows_password |= holds_password(text);
                    place.address = Url::parse(text, line.variables).address(5432);
                }
            }
            Argument::Option { .. } => {}
        }
    }
    Asked { target: Target::Postgres(place.address), fails: Some(true), shows_password }
}

/// `mysqladmin ping` exits with 0 when access is denied; `mysql -e` does not.
pub(super) fn mysql(line: &Line<'_>) -> Asked {
    let mut place = Place::new(line, 3306);
    // `-phost` is a password and no host.
    let is_password = |word: &&Known| word.text.len() > 2 && word.text.starts_with("-p");
    let others: Vec<Known> = line.arguments.iter().filter(|word| !is_password(word)).cloned().collect();
    let (mut shows_password, mut ping) = (others.len() < line.arguments.len(), false);
    for argument in Arguments::new(&others, MYSQL) {
        match argument {
            Argument::Option { name: "h" | "host", value } => place.host(value),
            Argument::Option { name: "P" | "port", value } => place.port(value),
            Argument::Option { name: "S" | "socket", value } => place.socket(value),
            Argument::Option { name: "password", value } => {
                shows_password |= value.is_some_and(|text| !text.is_empty())
            }
            Argument::Operand(word) => ping |= word == Some("ping"),
            Argument::Option { .. } => {}
        }
    }
    Asked { target: Target::Mysql(place.address), fails: Some(!ping), shows_password }
}

/// `healthcheck.sh` of the MariaDB image; any other script of that name is the project's own.
pub(super) fn healthcheck_script(line: &Line<'_>) -> Option<Asked> {
    let of_mariadb = |word: &str| matches!(word, "--connect" | "--innodb_initialized" | "--innodb_buffer_pool_loaded");
    let target = Target::Mysql(Address::local(3306));
    line.words().any(of_mariadb).then_some(Asked { target, fails: Some(true), shows_password: false })
}

/// `mongosh --eval`: fails if it cannot connect; what a command answers is printed.
pub(super) fn mongo(line: &Line<'_>) -> Asked {
    let mut place = Place::new(line, 27017);
    let mut shows_password = false;
    let mut script = None;
    for argument in line.arguments(MONGO) {
        match argument {
            Argument::Option { name: "host" | "h", value: Some(host) } => {
                place.address = url::address(host, 27017, line.variables);
            }
            Argument::Option { name: "port", value } => place.port(value),
            Argument::Option { name: "p" | "password", .. } => shows_password = true,
            Argument::Option { name: "eval", value } => script = value,
            Argument::Operand(Some(server)) if server.contains([':', '/', '.']) && !server.ends_with(".js") => {
                shows_password |= holds_password(server);
                place.address = url::address(server, 27017, line.variables);
            }
            _ => {}
        }
    }
    let strict = script.is_some_and(|script| ["quit(", "exit(", "throw"].iter().any(|word| script.contains(word)));
    Asked { target: Target::Mongo(place.address), fails: Some(strict || line.judged), shows_password }
}

/// `rabbitmq-diagnostics -q ping`, `rabbitmqctl status`.
pub(super) fn rabbitmq(_: &Line<'_>) -> Asked {
    Asked { target: Target::Rabbitmq, fails: Some(true), shows_password: false }
}

/// `kafka-topics.sh --bootstrap-server localhost:9092 --list`.
pub(super) fn kafka(line: &Line<'_>) -> Asked {
    let mut address = Address::local(9092);
    for argument in line.arguments(KAFKA) {
        if let Argument::Option { name: "bootstrap-server" | "broker-list", value: Some(servers) } = argument {
            let first = servers.split(',').next().unwrap_or(servers);
            address = url::address(first, 9092, line.variables);
        }
    }
    Asked { target: Target::Kafka(address), fails: Some(true), shows_password: false }
}

/// `grpc_health_probe -addr=:50051`: Go's flags, with one dash or two.
pub(super) fn grpc(line: &Line<'_>) -> Asked {
    let mut address = Address { port: Given::Unknown, ..Address::local(0) };
    let mut words = line.words();
    while let Some(word) = words.next() {
        let flag = word.trim_start_matches('-');
        let value = match flag.strip_prefix("addr") {
            Some("") if flag.len() < word.len() => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(value) = value {
            address = url::address(value, 0, line.variables);
            if address.port == Given::Value(0) {
                address.port = Given::Unknown;
            }
        }
    }
    Asked { target: Target::Grpc(address), fails: Some(true), shows_password: false }
}
