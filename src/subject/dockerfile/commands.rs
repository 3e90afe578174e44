//! Commands: CMD, ENTRYPOINT, SHELL and HEALTHCHECK, in JSON form or as text for the shell.

use std::ops::Range;
use std::time::Duration;

use super::instruction::{Command, Flag, Healthcheck, Kind, Timing};
use super::parse::{Args, Fault, fault};
use super::words::{self, Json};
use crate::source::{Span, Spanned};

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
            "interval" => timing.interval = Some(duration(value)?),
            "timeout" => timing.timeout = Some(duration(value)?),
            "start-period" => timing.start_period = Some(duration(value)?),
            _ => timing.start_interval = Some(duration(value)?),
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

fn duration(value: &Spanned<String>) -> Result<Spanned<Duration>, Fault> {
    match go_duration(&value.value).filter(|d| d.is_zero() || *d >= Duration::from_millis(1)) {
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

/// Go's `time.ParseDuration` for durations that are not negative: `1h2m3.5s`, `500ms`, `0`.
pub fn go_duration(text: &str) -> Option<Duration> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = unsigned;
    let mut nanoseconds = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let behind = &rest[digits..];
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        nanoseconds += number * nanoseconds_in(&behind[..end])?;
        rest = &behind[end..];
    }
    let in_range = !unsigned.is_empty() && nanoseconds < i64::MAX as f64;
    let negative = text.starts_with('-') && nanoseconds > 0.0;
    (in_range && !negative).then(|| Duration::from_nanos(nanoseconds.round() as u64))
}

fn nanoseconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return None,
    })
}
