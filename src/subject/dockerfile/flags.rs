//! Flags: which `--name=value` words each instruction takes.

use super::instruction::{Flag, Keyword};
use super::parse::{Args, Fault, fault};
use super::words;

/// A flag that an instruction takes.
struct Known {
    name: &'static str,
    takes: Takes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Bare, `=true` or `=false`.
    Boolean,
    /// One value.
    Value,
    /// A value; may be given again.
    Values,
}

const fn boolean(name: &'static str) -> Known {
    Known { name, takes: Takes::Boolean }
}

const fn value(name: &'static str) -> Known {
    Known { name, takes: Takes::Value }
}

const fn values(name: &'static str) -> Known {
    Known { name, takes: Takes::Values }
}

const FROM: &[Known] = &[value("platform")];
const COPY: &[Known] =
    &[value("from"), value("chown"), value("chmod"), boolean("link"), boolean("parents"), values("exclude")];
const ADD: &[Known] = &[
    value("chown"),
    value("chmod"),
    boolean("link"),
    values("exclude"),
    value("checksum"),
    boolean("keep-git-dir"),
    boolean("unpack"),
];
const RUN: &[Known] = &[values("mount"), value("network"), value("security"), values("device")];
const HEALTHCHECK: &[Known] =
    &[value("interval"), value("timeout"), value("start-period"), value("start-interval"), value("retries")];

fn known(keyword: Keyword) -> &'static [Known] {
    match keyword {
        Keyword::From => FROM,
        Keyword::Copy => COPY,
        Keyword::Add => ADD,
        Keyword::Run => RUN,
        Keyword::Healthcheck => HEALTHCHECK,
        _ => &[],
    }
}

/// Refuses flags that the instruction does not take. ARG, STOPSIGNAL and `HEALTHCHECK NONE` ignore whatever they get.
pub(super) fn check(args: &Args) -> Result<(), Fault> {
    let ignored = match args.keyword {
        Keyword::Arg | Keyword::Stopsignal => true,
        Keyword::Healthcheck => args.first_word().eq_ignore_ascii_case("none"),
        _ => false,
    };
    if ignored {
        return Ok(());
    }
    for (i, flag) in args.flags.iter().enumerate() {
        check_one(args, flag, &args.flags[..i])?;
    }
    Ok(())
}

fn check_one(args: &Args, flag: &Flag, before: &[Flag]) -> Result<(), Fault> {
    let Some(known) = known(args.keyword).iter().find(|known| known.name == flag.name) else {
        return unknown(args.keyword, flag);
    };
    if known.takes != Takes::Values && before.iter().any(|other| other.name == flag.name) {
        return fault(flag.span, format!("the flag `--{}` is given twice", flag.name), "keep one of them");
    }
    match (&flag.value, known.takes) {
        (None, Takes::Value | Takes::Values) => {
            fault(flag.span, format!("the flag `--{}` has no value", flag.name), "write `--name=value`")
        }
        (Some(value), Takes::Boolean) if !is_boolean(&value.value) => {
            fault(value.span, format!("`--{}` is neither `true` nor `false`", flag.name), "write one of them")
        }
        _ => Ok(()),
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn unknown(keyword: Keyword, flag: &Flag) -> Result<(), Fault> {
    let help = match known(keyword) {
        [] => "write `--` before arguments that begin with dashes, or use the JSON form".to_string(),
        known => {
            let names: Vec<String> = known.iter().map(|known| format!("`--{}`", known.name)).collect();
            format!("it takes {}", names.join(", "))
        }
    };
    fault(flag.span, format!("{} has no flag `--{}`", keyword.name(), words::shown(&flag.name)), help)
}
