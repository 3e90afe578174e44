//! Arguments: FROM, ARG, ENV, LABEL, VOLUME and the instructions that take one word or a list of them.

use super::instruction::{Argument, Kind, Pair};
use super::parse::{Args, Fault, fault};
use super::words::{self, Json};
use crate::source::Spanned;

pub(super) fn from(args: &Args) -> Result<Kind, Fault> {
    let words = words::plain(&args.text.value, args.rest.clone());
    let help = "write `FROM image` or `FROM image AS name`";
    let (image, name) = match words.as_slice() {
        [image] => (image, None),
        [image, word, name] if args.text.value[word.clone()].eq_ignore_ascii_case("as") => (image, Some(name)),
        [] => return fault(args.text.full_span(), "FROM names no image", help),
        _ => return fault(args.span(), "FROM takes an image and at most a name", help),
    };
    let name = name.map(|range| args.spanned(range.clone()).map(|name| name.to_ascii_lowercase()));
    if let Some(name) = &name {
        let mut bytes = name.value.bytes();
        let valid = bytes.next().is_some_and(|b| b.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
        if !valid {
            let what = format!("`{}` is not a stage name", words::shown(&name.value));
            return fault(name.span, what, "begin with a letter; letters, digits, `-`, `_` and `.` may follow");
        }
    }
    Ok(Kind::From { image: args.spanned(image.clone()), name })
}

pub(super) fn arg(args: &Args) -> Result<Kind, Fault> {
    let words = words::quoted(&args.text.value, args.rest.clone(), args.escape);
    if words.is_empty() {
        return fault(args.text.full_span(), "ARG names no argument", "write `ARG name` or `ARG name=default`");
    }
    let mut arguments = Vec::with_capacity(words.len());
    for word in words {
        let written = &args.text.value[word.clone()];
        let split = written.find('=').map(|i| word.start + i);
        let name = args.spanned(word.start..split.unwrap_or(word.end));
        if name.value.is_empty() {
            return fault(args.text.span(word), "the argument has no name", "write `ARG name=default`");
        }
        arguments.push(Argument { name, default: split.map(|at| args.spanned(at + 1..word.end)) });
    }
    Ok(Kind::Arg(arguments))
}

pub(super) fn pairs(args: &Args) -> Result<Vec<Pair>, Fault> {
    let name = args.keyword.name();
    let words = words::quoted(&args.text.value, args.rest.clone(), args.escape);
    let Some(first) = words.first() else {
        return fault(args.text.full_span(), format!("{name} names nothing"), format!("write `{name} key=value`"));
    };
    if !args.text.value[first.clone()].contains('=') {
        return legacy_pair(args);
    }
    let mut pairs = Vec::with_capacity(words.len());
    for word in words {
        let Some(equals) = args.text.value[word.clone()].find('=').map(|i| word.start + i) else {
            // The word may be the rest of a secret: it is pointed at, not shown.
            return fault(args.text.span(word), "this word has no `=`", "quote values that hold blanks: `key=\"a b\"`");
        };
        if equals == word.start {
            return fault(args.text.span(word), "the key is empty", format!("write `{name} key=value`"));
        }
        pairs.push(Pair { key: args.spanned(word.start..equals), value: args.spanned(equals + 1..word.end) });
    }
    Ok(pairs)
}

/// `ENV key the rest is the value`.
fn legacy_pair(args: &Args) -> Result<Vec<Pair>, Fault> {
    let rest = args.rest();
    let Some(end) = rest.find(words::is_blank).map(|i| args.rest.start + i) else {
        let (name, key) = (args.keyword.name(), words::shown(rest));
        return fault(args.span(), format!("`{key}` has no value"), format!("write `{name} {key}=value`"));
    };
    let value = words::trim(&args.text.value, end..args.rest.end);
    Ok(vec![Pair { key: args.spanned(args.rest.start..end), value: args.spanned(value) }])
}

pub(super) fn one(args: &Args) -> Result<Spanned<String>, Fault> {
    if args.rest.is_empty() {
        let name = args.keyword.name();
        return fault(args.text.full_span(), format!("{name} has no argument"), format!("write `{name} value`"));
    }
    Ok(args.spanned(args.rest.clone()))
}

pub(super) fn list(args: &Args) -> Result<Vec<Spanned<String>>, Fault> {
    one(args)?;
    Ok(words::plain(&args.text.value, args.rest.clone()).into_iter().map(|word| args.spanned(word)).collect())
}

pub(super) fn volume(args: &Args) -> Result<Kind, Fault> {
    let volumes = match words::json(&args.text.value, args.rest.clone()) {
        Json::Strings(strings) => args.spanned_strings(strings),
        Json::NotStrings => return args.not_strings(),
        Json::No { .. } => list(args)?,
    };
    if volumes.is_empty() || volumes.iter().any(|volume| volume.value.trim().is_empty()) {
        return fault(args.text.full_span(), "VOLUME names no path", "write `VOLUME /path`");
    }
    Ok(Kind::Volume(volumes))
}
