//! Servers: where a program takes its port from, and what it takes without being told.

use super::address::{self, Bound};
use super::{Around, Evidence, Listening};
use crate::container::argv::{file_name, skip_options};
use crate::container::traced::Known;
use crate::source::{Span, Spanned};
use crate::subject::redis::Setting;

/// A server and its ways to be told a port.
struct Server {
    /// The program's file name, its module's name, or both with a subcommand: `flask run`.
    name: &'static str,
    /// Options with an address or a port.
    options: &'static [&'static str],
    /// A variable that stands for them.
    variable: Option<&'static str>,
    /// The port without any of these.
    default: Option<u16>,
    /// What else may say otherwise where no option does: a configuration that is read unasked.
    reads: Option<&'static str>,
    /// Options after which it listens elsewhere, or as a configuration says.
    elsewhere: &'static [&'static str],
}

const PLAIN: Server =
    Server { name: "", options: &["--port"], variable: None, default: None, reads: None, elsewhere: &[] };

const PORT: &[&str] = &["-p", "--port"];
const BIND: &[&str] = &["-b", "--bind"];

const SERVERS: &[Server] = &[
    Server {
        name: "uvicorn",
        variable: Some("UVICORN_PORT"),
        default: Some(8000),
        elsewhere: &["--uds", "--fd"],
        ..PLAIN
    },
    Server { name: "gunicorn", options: BIND, variable: Some("PORT"), default: Some(8000), ..PLAIN },
    Server {
        name: "hypercorn",
        options: &["-b", "--bind", "--insecure-bind"],
        default: Some(8000),
        elsewhere: &["-c", "--config"],
        ..PLAIN
    },
    Server { name: "granian", variable: Some("GRANIAN_PORT"), default: Some(8000), elsewhere: &["--uds"], ..PLAIN },
    Server {
        name: "daphne",
        options: PORT,
        default: Some(8000),
        elsewhere: &["-e", "--endpoint", "-u", "--unix-socket", "--fd"],
        ..PLAIN
    },
    Server { name: "fastapi run", variable: Some("PORT"), default: Some(8000), ..PLAIN },
    Server { name: "fastapi dev", variable: Some("PORT"), default: Some(8000), ..PLAIN },
    Server {
        name: "flask run",
        options: PORT,
        variable: Some("FLASK_RUN_PORT"),
        default: Some(5000),
        reads: Some("`.flaskenv`"),
        ..PLAIN
    },
    Server {
        name: "streamlit run",
        options: &["--server.port"],
        variable: Some("STREAMLIT_SERVER_PORT"),
        default: Some(8501),
        reads: Some("`config.toml`"),
        ..PLAIN
    },
    Server { name: "next start", options: PORT, variable: Some("PORT"), default: Some(3000), ..PLAIN },
    Server { name: "next dev", options: PORT, variable: Some("PORT"), default: Some(3000), ..PLAIN },
    Server { name: "vite preview", default: Some(4173), reads: Some("the configuration of vite"), ..PLAIN },
    Server { name: "vite", default: Some(5173), reads: Some("the configuration of vite"), ..PLAIN },
    Server { name: "http-server", options: PORT, variable: Some("PORT"), default: Some(8080), ..PLAIN },
    Server { name: "serve", options: &["-l", "--listen", "-p"], variable: Some("PORT"), default: Some(3000), ..PLAIN },
    Server { name: "php -S", options: &["-S"], ..PLAIN },
    Server { name: "php-fpm", options: &[], default: Some(9000), reads: Some("the configuration of php-fpm"), ..PLAIN },
    Server { name: "redis-server", default: Some(6379), elsewhere: &["--tls-port"], ..PLAIN },
    Server { name: "valkey-server", default: Some(6379), elsewhere: &["--tls-port"], ..PLAIN },
    Server {
        name: "postgres",
        options: PORT,
        variable: Some("PGPORT"),
        default: Some(5432),
        elsewhere: &["--config-file", "--config_file"],
        ..PLAIN
    },
    Server { name: "mysqld", options: &["-P", "--port"], default: Some(3306), reads: Some("`my.cnf`"), ..PLAIN },
    Server { name: "mariadbd", options: &["-P", "--port"], default: Some(3306), reads: Some("`my.cnf`"), ..PLAIN },
    Server { name: "mongod", default: Some(27017), elsewhere: &["-f", "--config"], ..PLAIN },
    Server { name: "memcached", options: PORT, default: Some(11211), ..PLAIN },
    Server { name: "puma", options: &["-p", "--port", "-b", "--bind"], reads: Some("`config/puma.rb`"), ..PLAIN },
    Server { name: "rails server", options: PORT, reads: Some("`config/puma.rb`"), ..PLAIN },
    Server { name: "rails s", options: PORT, reads: Some("`config/puma.rb`"), ..PLAIN },
];

/// Programs that only run the service's own code, which may do as `PORT` says.
const RUNTIMES: &[&str] = &["node", "nodejs", "bun", "deno", "python", "python3", "tsx", "ts-node"];

/// Servers that no `PORT` speaks to.
const FOREIGN: &[&str] = &[
    "apache2-foreground",
    "apachectl",
    "caddy",
    "dotnet",
    "envoy",
    "haproxy",
    "httpd",
    "httpd-foreground",
    "java",
    "nginx",
    "nginx-debug",
    "rabbitmq-server",
    "traefik",
];

/// The ports that a command listens on.
pub(super) fn of_command(argv: &[Spanned<String>], around: &Around<'_>, out: &mut Listening) {
    let Some(command) = Command::read(argv) else { return out.leave_open("what runs is not known") };
    if let Some(first) = command.addressed {
        return command.operand(first, out);
    }
    match SERVERS.iter().find(|server| command.is(server.name)) {
        Some(server) => command.server(server, around, out),
        None => command.own_code(around, out),
    }
}

/// A command whose server is found out.
struct Command<'a> {
    /// The server's name.
    name: &'a str,
    /// What follows it.
    arguments: &'a [Spanned<String>],
    /// The place of the name.
    place: Span,
    /// For servers that take the address as an operand: what it is without one.
    addressed: Option<u16>,
}

impl<'a> Command<'a> {
    /// Steps over interpreters: `python -m uvicorn`, `node node_modules/.bin/next`, `python manage.py runserver`.
    fn read(argv: &'a [Spanned<String>]) -> Option<Command<'a>> {
        let (program, arguments) = argv.split_first()?;
        let command = Command { name: file_name(&program.value), arguments, place: program.span, addressed: None };
        let words: Vec<&str> = arguments.iter().map(|word| word.value.as_str()).collect();
        let name = command.name;
        if name.starts_with("python") || name.starts_with("pypy") {
            let at = skip_options(&words, 0, &["-W", "-X", "-m", "-c"]);
            if let Some(module) = words.iter().take(at).position(|word| *word == "-m") {
                return Some(command.behind(module + 1));
            }
            let runs = words.get(at).is_some_and(|script| file_name(script) == "manage.py");
            return Some(if runs { command.behind(at) } else { command });
        }
        let at = skip_options(&words, 0, &["-r", "--require", "--import", "--loader"]);
        let packaged =
            matches!(name, "node" | "nodejs") && words.get(at).is_some_and(|path| path.contains("node_modules/"));
        Some(if packaged { command.behind(at) } else { command.addressed() })
    }

    fn behind(self, at: usize) -> Command<'a> {
        match self.arguments.get(at) {
            Some(word) => {
                let (name, arguments) = (file_name(&word.value), &self.arguments[at + 1..]);
                Command { name, arguments, place: word.span, addressed: None }.addressed()
            }
            None => self,
        }
    }

    /// Django's development server and Python's take the address as an operand.
    fn addressed(mut self) -> Command<'a> {
        let django = matches!(self.name, "manage.py" | "django-admin" | "django-admin.py");
        let first = self.arguments.first().map(|word| word.value.as_str());
        if django && first.is_some_and(|word| word == "runserver" || word == "runserver_plus") {
            self.arguments = &self.arguments[1..];
            self.addressed = Some(8000);
        } else if self.name == "http.server" {
            self.addressed = Some(8000);
        }
        self
    }

    /// Whether this is the server of that name, with its subcommand.
    fn is(&self, server: &str) -> bool {
        let (name, subcommand) = server.split_once(' ').unwrap_or((server, ""));
        let mut words = self.arguments.iter().map(|word| word.value.as_str());
        let own = self.name.strip_suffix(".js").unwrap_or(self.name);
        let option = subcommand.starts_with('-');
        let given = words.any(|word| word == subcommand || option && word.starts_with(subcommand));
        own == name && (subcommand.is_empty() || given)
    }

    fn operand(&self, default: u16, out: &mut Listening) {
        let words: Vec<&str> = self.arguments.iter().map(|word| word.value.as_str()).collect();
        let at = skip_options(&words, 0, &["--settings", "--pythonpath", "-b", "--bind", "-d", "--directory", "-v"]);
        match self.arguments.get(at) {
            Some(word) => self.value(address::bound(&word.value), word.span, "the address", Some(default), out),
            None => self.default(default, out),
        }
    }

    fn server(&self, server: &Server, around: &Around<'_>, out: &mut Listening) {
        let mut told = false;
        for (option, value, place) in self.values(server.options) {
            told = true;
            self.value(address::bound(value), place, &format!("`{option}`"), server.default, out);
        }
        if server.name == "postgres" {
            told |= self.postgres_settings(out);
        }
        if let Some((option, ..)) = self.values(server.elsewhere).first() {
            out.leave_open(format!("`{}` is given `{option}`, which may name other ports", self.name));
        }
        let redis = server.name == "redis-server" || server.name == "valkey-server";
        if redis && !told && self.arguments.first().is_some_and(|word| !word.value.starts_with("--")) {
            return self.redis_file(around, out);
        }
        if told {
            return;
        }
        if self.name == "gunicorn" {
            out.leave_open("`gunicorn` is given no `--bind`, and a configuration file may have one");
        }
        if self.name == "fastapi" && !matches!((around.variable)("PORT"), Ok(None)) {
            out.leave_open("whether `fastapi` heeds `PORT` depends on its release");
        }
        match server.variable.map(|name| (name, (around.variable)(name))) {
            Some((name, Ok(Some((value, place))))) => {
                return self.value(address::bound(&value), place, &format!("`{name}`"), server.default, out);
            }
            Some((_, Err(why))) => out.leave_open(why),
            Some((_, Ok(None))) | None => {}
        }
        if let Some(file) = server.reads {
            out.leave_open(format!("`{}` is given no port, and {file} may have one", self.name));
        }
        if let Some(default) = server.default {
            self.default(default, out);
        }
    }

    /// The port that a configuration file of Redis names.
    fn redis_file(&self, around: &Around<'_>, out: &mut Listening) {
        let unknown = |what: &str| format!("`{}` reads a configuration file, {what}", self.name);
        let configuration = match around.redis {
            Some(Known::Value(configuration)) => configuration,
            Some(Known::Unknown(why)) => return out.leave_open(why.clone()),
            None => return out.leave_open(unknown("which may name another port")),
        };
        match configuration.setting("port") {
            Setting::Default => self.default(6379, out),
            Setting::Set(directive) => match directive.value() {
                Some(value) => self.value(address::port(&value.value), value.span, "`port`", None, out),
                None => out.leave_open(unknown("whose port is not known")),
            },
            Setting::Open(_) => out.leave_open(unknown("which includes another one")),
        }
    }

    /// `-c port=5433`; whether that names the port.
    fn postgres_settings(&self, out: &mut Listening) -> bool {
        let mut told = false;
        for (_, setting, place) in self.values(&["-c"]) {
            match setting.split_once('=').map(|(name, value)| (name.trim(), value)) {
                Some(("port", value)) => {
                    told = true;
                    self.value(address::port(value), place, "`port`", None, out);
                }
                Some(("config_file" | "data_directory" | "include", _)) => {
                    out.leave_open("`postgres` is given a configuration, which may name another port");
                }
                _ => {}
            }
        }
        told
    }

    fn default(&self, port: u16, out: &mut Listening) {
        out.push(port, self.place, format!("the default of `{}`", self.name), Evidence::Process);
    }

    fn value(&self, bound: Bound, place: Span, by: &str, default: Option<u16>, out: &mut Listening) {
        match (bound, default) {
            (Bound::Port(port), _) => out.push(port, place, format!("{by} of `{}`", self.name), Evidence::Process),
            (Bound::Default, Some(port)) => self.default(port, out),
            (Bound::Other, _) => {}
            (Bound::Unknown | Bound::Default, _) => out.leave_open(format!("which port {by} names is not known")),
        }
    }

    /// The options among the arguments, each with its value and where that stands.
    fn values(&self, options: &'static [&'static str]) -> Vec<(&'static str, &'a str, Span)> {
        let mut values = Vec::new();
        for (at, word) in self.arguments.iter().enumerate() {
            for option in options {
                let Some(rest) = word.value.strip_prefix(option) else { continue };
                let short = option.len() == 2;
                match rest.strip_prefix('=') {
                    Some(value) => values.push((*option, value, word.span)),
                    None if rest.is_empty() => {
                        let next = self.arguments.get(at + 1);
                        values.push((*option, next.map_or("", |next| &next.value), next.unwrap_or(word).span));
                    }
                    None if short => values.push((*option, rest, word.span)),
                    None => {}
                }
            }
        }
        values
    }

    /// A service of its own code: `PORT` is what it is told, if it is told.
    fn own_code(&self, around: &Around<'_>, out: &mut Listening) {
        let told = match (around.variable)("PORT") {
            Ok(told) => told,
            Err(why) => return out.leave_open(why),
        };
        let own = RUNTIMES.contains(&self.name) || around.built && !FOREIGN.contains(&self.name);
        match told.map(|(value, place)| (address::port(&value), place)) {
            Some((Bound::Port(port), place)) if own => out.push(port, place, "`PORT`", Evidence::Environment),
            _ => out.leave_open(format!("on which port `{}` listens is not known", self.name)),
        }
    }
}
