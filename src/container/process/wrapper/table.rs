//! Wrappers that need nothing but a row: options with values, and operands before the wrapped command.

use super::{Rest, Step};
use crate::container::argv::skip_options;
use crate::container::process::LayerKind;

/// What becomes of a wrapper once the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is replaced.
    Execs,
    /// It stays and passes `TERM` on.
    Forwards,
    /// It stays, and signals are not reliably passed on.
    Stays,
}

struct Wrapper {
    name: &'static str,
    /// The word after the options without which it wraps nothing.
    subcommand: Option<&'static str>,
    /// Options that take the next word.
    values: &'static [&'static str],
    /// Words before the command that are not options.
    operands: usize,
    fate: Fate,
}

const fn row(
    name: &'static str,
    subcommand: Option<&'static str>,
    values: &'static [&'static str],
    operands: usize,
    fate: Fate,
) -> Wrapper {
    Wrapper { name, subcommand, values, operands, fate }
}

const WRAPPERS: &[Wrapper] = &[
    row("exec", None, &["-a"], 0, Fate::Execs),
    row("command", None, &[], 0, Fate::Execs),
    row("busybox", None, &[], 0, Fate::Execs),
    row("nice", None, &["-n", "--adjustment"], 0, Fate::Execs),
    row("nohup", None, &[], 0, Fate::Execs),
    row("setsid", None, &[], 0, Fate::Execs),
    row("stdbuf", None, &["-i", "-o", "-e", "--input", "--output", "--error"], 0, Fate::Execs),
    row("unbuffer", None, &[], 0, Fate::Stays),
    row("time", None, &["-f", "-o", "--format", "--output"], 0, Fate::Stays),
    row("ionice", None, &["-c", "-n", "--class", "--classdata"], 0, Fate::Execs),
    row("chrt", None, &["-T", "-P", "-D"], 1, Fate::Execs),
    row("taskset", None, &[], 1, Fate::Execs),
    row("numactl", None, &["-i", "-N", "-c", "-C", "-m", "-p", "-w"], 0, Fate::Execs),
    row("catchsegv", None, &[], 0, Fate::Execs),
    row("with-contenv", None, &[], 0, Fate::Execs),
    row("vault-env", None, &[], 0, Fate::Execs),
    row("ddtrace-run", None, &[], 0, Fate::Execs),
    row("opentelemetry-instrument", None, OPENTELEMETRY, 0, Fate::Execs),
    row("newrelic-admin", Some("run-program"), &[], 0, Fate::Execs),
    row("pipenv", Some("run"), &[], 0, Fate::Execs),
    row("poetry", Some("run"), &["-C", "--directory", "-P", "--project"], 0, Fate::Execs),
    row("pdm", Some("run"), &["-p", "--project"], 0, Fate::Execs),
    row("hatch", Some("run"), &["-e", "--env", "-p", "--project"], 0, Fate::Execs),
    row("rye", Some("run"), &[], 0, Fate::Execs),
    row("bundle", Some("exec"), &[], 0, Fate::Execs),
    row("dotenv", Some("run"), &["-f", "--file", "-q", "-e"], 0, Fate::Execs),
    row("env-cmd", None, &["-f", "-e", "-r", "--file", "--environments", "--rc-file"], 0, Fate::Forwards),
    row("timeout", None, &["-k", "-s", "--kill-after", "--signal"], 1, Fate::Forwards),
    row("dockerize", None, DOCKERIZE, 0, Fate::Forwards),
    row("corepack", None, &[], 0, Fate::Stays),
    row("conda", Some("run"), CONDA, 0, Fate::Stays),
    row("mamba", Some("run"), CONDA, 0, Fate::Stays),
    row("micromamba", Some("run"), CONDA, 0, Fate::Stays),
    row("xvfb-run", None, XVFB, 0, Fate::Stays),
];

const OPENTELEMETRY: &[&str] = &[
    "--traces_exporter",
    "--metrics_exporter",
    "--logs_exporter",
    "--service_name",
    "--exporter_otlp_endpoint",
    "--exporter_otlp_protocol",
    "--propagators",
    "--resource_attributes",
    "--id_generator",
    "--traces_sampler",
];
const DOCKERIZE: &[&str] =
    &["-wait", "-timeout", "-template", "-stdout", "-stderr", "-wait-http-header", "-wait-retry-interval", "-delims"];
const CONDA: &[&str] = &["-n", "--name", "-p", "--prefix", "--cwd", "-r", "--root-prefix", "-e", "--env"];
const XVFB: &[&str] = &[
    "-n",
    "--server-num",
    "-s",
    "--server-args",
    "-e",
    "--error-file",
    "-f",
    "--auth-file",
    "-p",
    "--xauth-protocol",
    "-w",
    "--wait",
];

/// Process managers; the ones with a word run something only with it.
const SUPERVISORS: &[(&str, Option<&str>)] = &[
    ("supervisord", None),
    ("s6-svscan", None),
    ("runsvdir", None),
    ("runit", None),
    ("my_init", None),
    ("pm2-runtime", None),
    ("pm2-docker", None),
    ("circusd", None),
    ("hivemind", None),
    ("multirun", None),
    ("concurrently", None),
    ("foreman", Some("start")),
    ("honcho", Some("start")),
    ("goreman", Some("start")),
    ("overmind", Some("start")),
];

/// A process manager.
pub(super) fn supervisor(name: &str, words: &[&str]) -> Option<Step> {
    let (name, subcommand) = SUPERVISORS.iter().find(|(known, _)| *known == name)?;
    if subcommand.is_some_and(|word| !words.contains(&word)) {
        return None;
    }
    Some(Step::new(LayerKind::Supervisor { name: name.to_string() }, Rest::Elsewhere))
}

/// A wrapper of the table.
pub(super) fn plain(name: &str, words: &[&str]) -> Option<Step> {
    let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.name == name)?;
    let mut at = skip_options(words, 1, wrapper.values);
    let mut full_name = name.to_string();
    if let Some(subcommand) = wrapper.subcommand {
        if words.get(at) != Some(&subcommand) {
            return None;
        }
        full_name = format!("{name} {subcommand}");
        at = skip_options(words, at + 1, wrapper.values);
    }
    at += wrapper.operands;
    if wrapper.operands > 0 && words.get(at) == Some(&"--") {
        at += 1;
    }
    let stays = wrapper.fate != Fate::Execs;
    let kind = LayerKind::Wrapper { name: full_name, stays, forwards: wrapper.fate != Fate::Stays };
    let wrapped = *words.get(at)?;
    let rest = if name == "hatch" && wrapped.contains(':') && !wrapped.contains('/') {
        Rest::Elsewhere
    } else {
        Rest::Words(at)
    };
    Some(Step::new(kind, rest))
}
