//! Commands: CMD, ENTRYPOINT, SHELL and HEALTHCHECK, in JSON form or as text for the shell.

use std::ops::Range;
use std::time::Duration;

use super::instruction::{Command, Flag, Healthcheck, Kind, Timing};
use super::parse::{Args, Fault, fault};
use super::words::{self, Json};
use crate::source::{Span, Spanned};
use crate::subject::duration;

/// A command in `range`: JSON form, or text for the shell.
pub(super) fn command(args: &Args, range: Range<usize>) -> Result<Command, Fault> {
    match words::json(&args.text.value, range.clone()) {
        Json::Strings(strings) => {
            Ok(Command::Exec { argv: args.spanned_strings(strings), span: args.text.span(range) })
        }
        Json::NotStrings => args.not_strings(),
        Json::No { looks_like } => Ok(Command::Shell { text: args.text.slice(range), malformed_exec: looks_like }),
    }
}

pub(super) fn shell(args: &Args) -> Result<Kind, Fault> {
    let help = "write `SHELL [\"/bin/bash\", \"-c\"]`";
    match words::json(&args.text.value, args.rest.clone()) {
        Json::Strings(strings) if !strings.is_empty() => Ok(Kind::Shell(args.spanned_strings(strings))),
        Json::NotStrings => args.not_strings(),
        _ => fault(args.text.full_span(), "SHELL takes a JSON array of strings", help),
    }
}

/// `HEALTHCHECK`: the type's word ends at any white space, as in BuildKit.
pub(super) fn healthcheck(args: &Args) -> Result<Kind, Fault> {
    let help = "write `HEALTHCHECK CMD command` or `HEALTHCHECK NONE`";
    let word = args.first_word();
    let behind = words::trim(&args.text.value, args.rest.start + word.len()..args.rest.end);
    if word.eq_ignore_ascii_case("none") {
        if !behind.is_empty() {
            return fault(args.text.span(behind), "HEALTHCHECK NONE takes no arguments", help);
        }
        return Ok(Kind::Healthcheck(Healthcheck::None));
    }
    if !word.eq_ignore_ascii_case("cmd") {
        let what = match word {
            "" => "HEALTHCHECK has no type".to_string(),
            word => format!("unknown type `{}`", words::shown(word)),
        };
        return fault(args.text.full_span(), what, help);
    }
    let timing = timing(&args.flags)?;
    let command = command(args, behind)?;
    let empty = match &command {
        Command::Exec { argv, .. } => argv.is_empty(),
        Command::Shell { text, .. } => text.value.is_empty(),
    };
    if empty {
        return fault(args.text.full_span(), "the health check has no command", help);
    }
    Ok(Kind::Healthcheck(Healthcheck::Cmd { command, timing }))
}

/// Empty values mean the engine's defaults, like absent flags.
fn timing(flags: &[Flag]) -> Result<Timing, Fault> {
    let mut timing = Timing::default();
    for flag in flags {
        let Some(value) = flag.value.as_ref().filter(|value| !value.value.is_empty()) else { continue };
        match flag.name.as_str() {
            "retries" => timing.retries = Some(retries(value)?),
            "interval" => timing.interval = Some(read_duration(value)?),
            "timeout" => timing.timeout = Some(read_duration(value)?),
            "start-period" => timing.start_period = Some(read_duration(value)?),
            _ => timing.start_interval = Some(read_duration(value)?),
        }
    }
    Ok(timing)
}

fn retries(value: &Spanned<String>) -> Result<Spanned<u32>, Fault> {
    match value.value.parse::<i32>().ok().and_then(|retries| u32::try_from(retries).ok()) {
        Some(retries) => Ok(Spanned::new(retries, value.span)),
        None => bad_timing(value.span, &value.value, "a number of retries", "write a whole number"),
    }
}

fn read_duration(value: &Spanned<String>) -> Result<Spanned<Duration>, Fault> {
    match duration::go(&value.value).filter(|d| d.is_zero() || *d >= Duration::from_millis(1)) {
        Some(duration) => Ok(Spanned::new(duration, value.span)),
        None => bad_timing(
            value.span,
            &value.value,
            "a duration of at least `1ms`",
            "write a number with a unit: `30s`, `1m30s`, `500ms`",
        ),
    }
}

fn bad_timing<T>(span: Span, value: &str, wanted: &str, help: &str) -> Result<T, Fault> {
    fault(span, format!("`{}` is not {wanted}", words::shown(value)), help)
}
