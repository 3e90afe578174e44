//! Redis: how much memory the server keeps, and what it gives up when that is full.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, de::Error};

use super::amount::Amount;
use crate::container::Container;
use crate::container::traced::Known;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::source::{Span, Spanned};
use crate::subject::redis::{self, CommandLine, Directive, Setting};

/// The most that the server may keep, and which policies are accepted when that is reached.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    maxmemory: Size,
    policy: Vec<Policy>,
}

/// A size as Redis writes it, with its text.
struct Size {
    text: String,
    bytes: u64,
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        let text = String::deserialize(deserializer)?;
        match redis::bytes(&text).filter(|bytes| *bytes > 0) {
            Some(bytes) => Ok(Size { text, bytes }),
            None => Err(D::Error::custom(format!("`{text}` is no size that Redis reads, such as `200mb`"))),
        }
    }
}

/// The eviction policies.
const POLICIES: [&str; 8] = [
    "allkeys-lru",
    "volatile-lru",
    "allkeys-lfu",
    "volatile-lfu",
    "allkeys-random",
    "volatile-random",
    "volatile-ttl",
    "noeviction",
];

/// One of [`POLICIES`].
#[derive(PartialEq, Eq)]
struct Policy(String);

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
        let text = String::deserialize(deserializer)?;
        if POLICIES.contains(&text.as_str()) {
            return Ok(Policy(text));
        }
        Err(D::Error::custom(format!("Redis has no policy `{text}`; it has {}", POLICIES.join(", "))))
    }
}

/// Programs that are the server.
const SERVERS: [&str; 3] = ["redis-server", "valkey-server", "keydb-server"];
/// Programs of the same images that keep no data.
const OTHERS: [&str; 10] = [
    "redis-cli",
    "valkey-cli",
    "keydb-cli",
    "redis-sentinel",
    "valkey-sentinel",
    "redis-benchmark",
    "valkey-benchmark",
    "redis-check-aof",
    "redis-check-rdb",
    "redis_exporter",
];

pub(super) fn redis_memory_unbounded(container: &Container, parameters: &Parameters) -> Judgement {
    let server = match server(container) {
        Ok(server) => server,
        Err(judgement) => return judgement,
    };
    let (maxmemory, policy) = (server.setting("maxmemory"), server.setting("maxmemory-policy"));
    let missing: Vec<&str> = [("maxmemory", &maxmemory), ("maxmemory-policy", &policy)]
        .into_iter()
        .filter(|(_, setting)| matches!(setting, Found::Default))
        .map(|(name, _)| name)
        .collect();
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(Judgement::violated(missing_finding(container, parameters, &missing)));
    }
    parts.push(size_judged(container, parameters, &maxmemory));
    parts.push(policy_judged(parameters, &policy));
    Judgement::all(parts, "no Redis server runs")
}

/// What the server of a container keeps at most, if that is known; 0 is all it can get.
pub(super) fn kept(container: &Container) -> Option<u64> {
    match server(container).ok()?.setting("maxmemory") {
        Found::Value(text) => redis::bytes(&text.value),
        Found::Default => Some(0),
        Found::Unknown(..) => None,
    }
}

/// A server with what it is configured by.
struct Server<'c> {
    line: CommandLine,
    /// The file that it names.
    file: Option<&'c Known<Arc<redis::Configuration>>>,
}

/// What is in force for one name.
enum Found {
    Default,
    Value(Spanned<String>),
    Unknown(String, Span),
}

/// The server that a container runs.
fn server(container: &Container) -> Result<Server<'_>, Judgement> {
    let process = match &container.process {
        Known::Value(process) => process.application().ok_or_else(|| process.is_opaque()),
        Known::Unknown(why) => Err(Some(why.as_str())),
    };
    let program = process.ok().and_then(|words| words.split_first());
    let name = program.map(|(program, _)| program.value.rsplit('/').next().unwrap_or(&program.value));
    if let (Some(name), Some((_, arguments))) = (name, program)
        && SERVERS.contains(&name)
    {
        if arguments.iter().any(|word| word.value == "--sentinel") {
            return Err(Judgement::not_applicable("a sentinel keeps no data"));
        }
        return Ok(Server { line: redis::command_line(arguments), file: container.redis_conf.as_ref() });
    }
    let place = container.process_place();
    match (container.runtime_name(), name) {
        (Ok(runtime), _) if runtime != "redis" => {
            Err(Judgement::not_applicable(format!("it runs {}, not Redis", container.runtime_label())))
        }
        (_, Some(name)) if OTHERS.contains(&name) => {
            Err(Judgement::not_applicable(format!("it runs `{name}`, which keeps no data")))
        }
        (Ok(_), Some(name)) => {
            Err(Judgement::inconclusive(format!("how `{name}` starts Redis is not known"), Some(place)))
        }
        (Err(_), Some(name)) => Err(Judgement::not_applicable(format!("it runs `{name}`, not Redis"))),
        (Err(why), None) => Err(Judgement::inconclusive(why, Some(container.runtime.origin.span))),
        (Ok(_), None) => {
            let why = process.err().flatten().unwrap_or("what the container starts is not known");
            Err(Judgement::inconclusive(why, Some(place)))
        }
    }
}

impl Server<'_> {
    /// What counts for a name: the arguments come after the file.
    fn setting(&self, name: &str) -> Found {
        let line = &self.line;
        match line.options.setting(name) {
            Setting::Set(directive) => match directive.arguments.first() {
                Some(value) if value.value.contains('$') => {
                    Found::Unknown(format!("the value of `{name}` is `{}`", value.value), value.span)
                }
                _ => given(directive),
            },
            Setting::Open(include) => {
                Found::Unknown("what `--include` brings is not known".to_string(), include.span())
            }
            Setting::Default => self.below_options(name),
        }
    }

    /// What counts where no option says anything: unknown words, then the file.
    fn below_options(&self, name: &str) -> Found {
        let line = &self.line;
        let words = line.options.directives.iter().flat_map(|directive| &directive.arguments);
        let open = words.into_iter().find(|word| word.value.starts_with('$') && !is_lone_value(line, word));
        match open.or(line.standard_input.as_ref()) {
            Some(word) => Found::Unknown(format!("`{}` may say something about `{name}`", word.value), word.span),
            None => self.file_setting(name),
        }
    }

    fn file_setting(&self, name: &str) -> Found {
        let Some(file) = &self.line.file else { return Found::Default };
        match self.file {
            Some(Known::Value(configuration)) => match configuration.setting(name) {
                Setting::Set(directive) => given(directive),
                Setting::Open(include) => {
                    let path = include.value().map_or("", |path| path.value.as_str());
                    let why = format!("what the included `{path}` says about `{name}` is not known");
                    Found::Unknown(why, include.span())
                }
                Setting::Default => Found::Default,
            },
            Some(Known::Unknown(why)) => Found::Unknown(why.clone(), file.span),
            None => Found::Unknown(format!("what `{}` says about `{name}` is not known", file.value), file.span),
        }
    }
}

/// The value of a directive.
fn given(directive: &Directive) -> Found {
    match directive.arguments.first() {
        Some(value) => Found::Value(value.clone()),
        None => Found::Unknown(format!("`{}` has no value", directive.name.value), directive.span()),
    }
}

/// Whether a word is the one value of an option, and nothing besides.
fn is_lone_value(line: &CommandLine, word: &Spanned<String>) -> bool {
    line.options.directives.iter().any(|directive| directive.value() == Some(word))
}

fn missing_finding(container: &Container, parameters: &Parameters, missing: &[&str]) -> Finding {
    let named = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    let effect = if missing.contains(&"maxmemory") {
        "it takes all the memory it can get"
    } else {
        "it evicts nothing and refuses writes when it is full"
    };
    let message = format!("nothing sets {named} of redis: {effect}");
    let mut options = Vec::new();
    for name in missing {
        options.push(format!("--{name}"));
        options.push(match *name {
            "maxmemory" => parameters.maxmemory.text.clone(),
            _ => parameters.policy.first().map_or_else(String::new, |policy| policy.0.clone()),
        });
    }
    let fix = match fits(container, parameters) {
        true => match container.redis_conf.as_ref().and_then(Known::value) {
            Some(file) => add_lines(file, &options),
            None => add_options(container, &options),
        },
        false => Fix::words(format!("start it with `{}`, and give it more memory than that", options.join(" "))),
    };
    Finding::new(container.process_place(), message).fix(fix)
}

/// Adds lines to the end of the configuration file.
fn add_lines(file: &redis::Configuration, options: &[String]) -> Fix {
    let lines: Vec<String> =
        options.chunks(2).map(|option| option.join(" ").trim_start_matches("--").to_string()).collect();
    let shown = lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(" and ");
    let title = format!("write {shown} into the configuration");
    match file.directives.last() {
        Some(last) => Fix::risky(title, vec![Edit::insert_after(last.span(), format!("\n{}", lines.join("\n")))]),
        None => Fix::words(title),
    }
}

/// Adds options to the command, where the service's own text can be added to, or where it has none.
fn add_options(container: &Container, options: &[String]) -> Fix {
    let title = format!("start it with `{}`", options.join(" "));
    let Some(service) = container.service.as_deref() else {
        return Fix::words(format!("{title}, as further words of the command"));
    };
    let own = service.command.as_ref().and_then(|command| command.value());
    if let Some(command) = own {
        let last = command.argv.last().filter(|_| command.text.is_some() && command.cut.is_none());
        let application = container.process.value().and_then(|process| process.application());
        let is_plain = last.is_some_and(|last| last.span.range().len() == last.value.len());
        return match (last, application.and_then(|words| words.last())) {
            (Some(last), Some(end)) if is_plain && last == end => {
                Fix::risky(title, vec![Edit::insert_after(last.span, format!(" {}", options.join(" ")))])
            }
            _ => Fix::words(format!("{title}, as further words of `command`")),
        };
    }
    let argv = container.command.get().map(|argv| argv.words.as_slice()).unwrap_or_default();
    let (Some(indent), [program]) = (service.indent, argv) else {
        return Fix::words(format!("{title}, as `command` of the service"));
    };
    if service.entrypoint.is_some() || service.command.is_some() {
        return Fix::words(format!("{title}, as `command` of the service"));
    }
    let words = std::iter::once(&program.value).chain(options).map(|word| format!("\"{word}\"")).collect::<Vec<_>>();
    let line = format!("command: [{}]\n{}", words.join(", "), " ".repeat(indent));
    Fix::risky(title, vec![Edit::insert_before(service.span, line)])
}

/// Whether what the server may keep leaves room below the memory limit.
fn fits(container: &Container, parameters: &Parameters) -> bool {
    let limit = container.memory_limit.as_ref();
    limit.is_none_or(|limit| limit.get().is_some_and(|limit| *limit == 0 || *limit > parameters.maxmemory.bytes))
}

fn size_judged(container: &Container, parameters: &Parameters, found: &Found) -> Judgement {
    let value = match found {
        Found::Default => return Judgement::not_applicable("`maxmemory` is not set"),
        Found::Unknown(why, place) => return Judgement::inconclusive(why.clone(), Some(*place)),
        Found::Value(value) => value,
    };
    let most = &parameters.maxmemory;
    let bytes = redis::bytes(&value.value);
    let shown = &value.value;
    let message = match bytes {
        None => format!("redis reads no size in `{shown}`, its `maxmemory`"),
        Some(0) => "`maxmemory` is `0`: redis takes all the memory it can get".to_string(),
        Some(bytes) if bytes > most.bytes => format!("`maxmemory` is `{shown}`, more than `{}`", most.text),
        Some(bytes) => return below_limit(container, parameters, value, bytes),
    };
    let title = format!("set `maxmemory` to `{}`", most.text);
    let fix = match requoted(value, &most.text).filter(|_| fits(container, parameters)) {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    };
    Judgement::violated(Finding::new(value.span, message).fix(fix))
}

/// A size that is accepted, against the memory limit of the container.
fn below_limit(container: &Container, parameters: &Parameters, value: &Spanned<String>, bytes: u64) -> Judgement {
    let shown = &value.value;
    let kept = || Judgement::met(value.span, format!("redis keeps at most `{shown}`"));
    let Some(limit) = &container.memory_limit else { return kept() };
    let most = match &limit.known {
        Known::Value(0) => return kept(),
        Known::Value(most) => *most,
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(limit.origin.span)),
    };
    if bytes < most {
        return kept();
    }
    let message = format!("`maxmemory` is `{shown}`, and the container is killed at `{}`", most.written());
    let words = match most > parameters.maxmemory.bytes {
        true => format!("set `maxmemory` to `{}`", parameters.maxmemory.text),
        false => format!("set `maxmemory` to about three quarters of `{}`, or raise the limit", most.written()),
    };
    let finding = Finding::new(value.span, message).note_at(limit.origin.span, "the memory limit");
    Judgement::violated(finding.fix(Fix::words(words)))
}

fn policy_judged(parameters: &Parameters, found: &Found) -> Judgement {
    let value = match found {
        Found::Default => return Judgement::not_applicable("`maxmemory-policy` is not set"),
        Found::Unknown(why, place) => return Judgement::inconclusive(why.clone(), Some(*place)),
        Found::Value(value) => value,
    };
    let shown = &value.value;
    if parameters.policy.iter().any(|policy| policy.0.eq_ignore_ascii_case(shown)) {
        return Judgement::met(value.span, format!("redis evicts by `{shown}`"));
    }
    let accepted = parameters.policy.iter().map(|policy| format!("`{}`", policy.0)).collect::<Vec<_>>();
    let title = format!("set `maxmemory-policy` to {}", accepted.join(" or "));
    let edit = parameters.policy.first().and_then(|policy| requoted(value, &policy.0));
    let fix = match edit {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    };
    let message = format!("redis evicts by `{shown}` when its memory is full");
    Judgement::violated(Finding::new(value.span, message).fix(fix))
}

/// Another text for a word, in quotes if it has quotes; `None` where the word is not alone at its place.
fn requoted(word: &Spanned<String>, text: &str) -> Option<Edit> {
    match word.span.range().len().checked_sub(word.value.len()) {
        Some(0) => Some(Edit::replace(word.span, text)),
        Some(2) => Some(Edit::replace(word.span, format!("\"{text}\""))),
        _ => None,
    }
}
