//! Parse: logical lines to typed instructions.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use super::Dockerfile;
use super::directive::{self, Directives};
use super::heredoc::{self, Heredoc, Opener};
use super::instruction::*;
use super::lines::{Lines, Logical, MAX_LINE};
use super::words::{self, Json};
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned, Text};
use crate::suggest;

/// Reads one file.
pub struct Parser<'a> {
    source: SourceId,
    text: &'a str,
    lines: Lines<'a>,
    directives: Directives,
    problems: &'a mut Vec<Problem>,
    /// Where each line's text stands last, once a heredoc asked: a delimiter without a line below is not searched for,
    /// so that a file of unterminated heredocs stays linear.
    last_lines: Option<HashMap<&'a str, usize>>,
}

/// The arguments of one instruction: the joined text and which part of it is left to read.
pub(super) struct Args<'t> {
    pub keyword: Keyword,
    pub text: &'t Text,
    pub rest: Range<usize>,
    pub flags: Vec<Flag>,
    pub openers: &'t [Opener],
    pub escape: u8,
}

impl Args<'_> {
    pub fn rest(&self) -> &str {
        &self.text.value[self.rest.clone()]
    }

    pub fn spanned(&self, range: Range<usize>) -> Spanned<String> {
        Spanned::new(self.text.value[range.clone()].to_string(), self.text.span(range))
    }

    pub fn span(&self) -> Span {
        self.text.span(self.rest.clone())
    }
}

/// What is wrong with an instruction: where, what, what to do.
pub(super) struct Fault {
    pub span: Span,
    pub what: String,
    pub help: String,
}

pub(super) fn fault<T>(span: Span, what: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { span, what: what.into(), help: help.into() })
}

impl<'a> Parser<'a> {
    /// Reads the directives and stands before the first line.
    pub fn new(source: SourceId, text: &'a str, problems: &'a mut Vec<Problem>) -> Parser<'a> {
        let directives = directive::read(source, text, problems);
        let lines = Lines::new(source, text, directives.escape_byte());
        Parser { source, text, lines, directives, problems, last_lines: None }
    }

    /// Reads the whole file.
    pub fn file(mut self) -> Dockerfile {
        let mut instructions = Vec::new();
        while let Some(logical) = self.lines.logical() {
            instructions.extend(self.instruction(logical));
        }
        let mut too_long = std::mem::take(&mut self.lines.too_long);
        too_long.dedup();
        for span in too_long {
            self.problems.push(Problem::error(
                span.before(),
                format!("this line has {} bytes; BuildKit reads at most {}", span.end - span.start, MAX_LINE - 1),
                "move the data to a file and COPY it",
            ));
        }
        if instructions.is_empty() {
            self.problems.push(Problem::error(
                Span::new(self.source, 0..0),
                "the file has no instructions",
                "start it with `FROM image`, or remove the file",
            ));
        }
        let comments = std::mem::take(&mut self.lines.comments);
        Dockerfile { source: self.source, directives: self.directives, instructions, comments }
    }

    fn instruction(&mut self, logical: Logical) -> Option<Instruction> {
        let Logical { text, has_empty_continuation } = logical;
        let whole = words::trim(&text.value, 0..text.value.len());
        if whole.is_empty() {
            return None;
        }
        if has_empty_continuation {
            self.problems.push(Problem::note(
                text.span(whole.clone()),
                "blank lines stand inside a continued instruction",
                "remove them; BuildKit warns and will refuse them one day",
            ));
        }
        Some(self.read(&text, whole, 0))
    }

    /// Reads the instruction in `range` of the logical line; `ONBUILD` reads its trigger with it too.
    fn read(&mut self, text: &Text, range: Range<usize>, depth: u8) -> Instruction {
        let value = &text.value[range.clone()];
        let name = value.split(words::is_blank).next().unwrap_or(value);
        let keyword_range = range.start..range.start + name.len();
        let keyword_span = text.span(keyword_range.clone());
        let keyword = Keyword::parse(name);
        let mut instruction = Instruction {
            span: text.span(range.clone()),
            keyword,
            keyword_span,
            flags: Vec::new(),
            kind: Kind::Invalid,
            heredocs: Vec::new(),
        };
        let Some(keyword) = keyword else {
            self.problems.push(unknown_instruction(name, keyword_span));
            return instruction;
        };
        let args = words::trim(&text.value, keyword_range.end..range.end);
        if keyword == Keyword::Onbuild {
            return self.onbuild(text, args, depth, instruction);
        }
        let openers = self.openers(keyword, text, args.clone());
        instruction.heredocs = self.heredocs(&openers, text);
        if let Some(last) = instruction.heredocs.last() {
            instruction.span = instruction.span.to(last.span);
        }
        let (flags, at) = words::flags(text, args.clone());
        let rest = words::trim(&text.value, at..args.end);
        let escape = self.directives.escape_byte();
        let args = Args { keyword, text, rest, flags, openers: &openers, escape };
        let kind = check_flags(&args).and_then(|()| kind(&args, &instruction.heredocs));
        instruction.flags = args.flags;
        match kind {
            Ok(kind) => instruction.kind = kind,
            Err(Fault { span, what, help }) => self.problems.push(Problem::error(span, what, help)),
        }
        instruction
    }

    fn onbuild(&mut self, text: &Text, args: Range<usize>, depth: u8, mut onbuild: Instruction) -> Instruction {
        let trigger = text.value[args.clone()].split(words::is_blank).next().unwrap_or("");
        let forbidden = matches!(Keyword::parse(trigger), Some(Keyword::Onbuild | Keyword::From | Keyword::Maintainer));
        if args.is_empty() || forbidden || depth > 0 {
            self.problems.push(Problem::error(
                text.span(args.clone()),
                if args.is_empty() {
                    "ONBUILD has no trigger".into()
                } else {
                    format!("`{trigger}` cannot be a trigger")
                },
                "write an instruction other than FROM, MAINTAINER and ONBUILD behind it",
            ));
            return onbuild;
        }
        let trigger = self.read(text, args, depth + 1);
        onbuild.span = onbuild.span.to(trigger.span);
        onbuild.kind = Kind::Onbuild(Box::new(trigger));
        onbuild
    }

    fn openers(&self, keyword: Keyword, text: &Text, args: Range<usize>) -> Vec<Opener> {
        if !keyword.takes_heredocs() || !text.value[args.clone()].contains("<<") {
            return Vec::new();
        }
        let (_, at) = words::flags(text, args.clone());
        if matches!(words::json(&text.value, at..args.end), Json::Strings(_) | Json::NotStrings) {
            return Vec::new();
        }
        heredoc::openers(&text.value[args.clone()], args.start)
    }

    /// Reads the bodies behind the logical line.
    fn heredocs(&mut self, openers: &[Opener], line: &Text) -> Vec<Heredoc> {
        let mut heredocs = Vec::new();
        for opener in openers {
            if let Some(heredoc) = self.body(opener) {
                heredocs.push(heredoc);
                continue;
            }
            self.problems.push(Problem::error(
                line.span(opener.word.clone()),
                format!("the heredoc `{}` has no end", opener.name),
                format!("put a line with only `{}` behind its text", opener.name),
            ));
            break;
        }
        heredocs
    }

    /// The body behind the current line; `None`, and nothing read, if it has no end.
    fn body(&mut self, opener: &Opener) -> Option<Heredoc> {
        let start = self.lines.position();
        let text = self.text;
        let last_lines = self.last_lines.get_or_insert_with(|| {
            let starts = text.split_inclusive('\n').scan(0, |at, line| {
                *at += line.len();
                Some((line.trim_end_matches(['\r', '\n']).trim_start_matches('\t'), *at - line.len()))
            });
            starts.collect()
        });
        if last_lines.get(opener.name.trim_start_matches('\t')).is_none_or(|&last| last < start) {
            return None;
        }
        let mut body = Text::new(self.source, start);
        while let Some(line) = self.lines.physical() {
            let mut from = line.start;
            if opener.strip_tabs {
                let written = &self.text[line.clone()];
                from += written.len() - written.trim_start_matches('\t').len();
            }
            if self.text[from..line.end] == opener.name {
                let span = Span::new(self.source, start..line.end);
                let (name, word) = (opener.name.clone(), opener.word.clone());
                return Some(Heredoc { name, expand: opener.expand, strip_tabs: opener.strip_tabs, word, body, span });
            }
            body.push(&self.text[from..self.lines.position()], from);
        }
        self.lines.rewind(start);
        None
    }
}

fn unknown_instruction(name: &str, span: Span) -> Problem {
    let near = suggest::nearest(&name.to_ascii_uppercase(), Keyword::ALL.iter().map(|(known, _)| *known));
    let help = match near {
        Some(known) => format!("did you mean `{known}`?"),
        None => "a line that continues the one above needs a `\\` at that line's very end".to_string(),
    };
    let shown: String = name.chars().take(40).collect();
    Problem::error(span, format!("unknown instruction `{shown}`"), help)
}

/// The flags that an instruction takes: name, whether it may be repeated, whether it is boolean.
fn known_flags(keyword: Keyword) -> &'static [(&'static str, bool, bool)] {
    match keyword {
        Keyword::From => &[("platform", false, false)],
        Keyword::Copy => &[
            ("from", false, false),
            ("chown", false, false),
            ("chmod", false, false),
            ("link", false, true),
            ("parents", false, true),
            ("exclude", true, false),
        ],
        Keyword::Add => &[
            ("chown", false, false),
            ("chmod", false, false),
            ("link", false, true),
            ("exclude", true, false),
            ("checksum", false, false),
            ("keep-git-dir", false, true),
            ("unpack", false, true),
        ],
        Keyword::Run => {
            &[("mount", true, false), ("network", false, false), ("security", false, false), ("device", true, false)]
        }
        Keyword::Healthcheck => &[
            ("interval", false, false),
            ("timeout", false, false),
            ("start-period", false, false),
            ("start-interval", false, false),
            ("retries", false, false),
        ],
        _ => &[],
    }
}

fn check_flags(args: &Args) -> Result<(), Fault> {
    if matches!(args.keyword, Keyword::Arg | Keyword::Stopsignal) {
        return Ok(());
    }
    let known = known_flags(args.keyword);
    for (i, flag) in args.flags.iter().enumerate() {
        let Some(&(_, repeats, boolean)) = known.iter().find(|(name, ..)| *name == flag.name) else {
            let help = match known {
                [] => "write `--` before arguments that begin with dashes, or use the JSON form".to_string(),
                _ => {
                    format!("it takes {}", known.iter().map(|k| format!("`--{}`", k.0)).collect::<Vec<_>>().join(", "))
                }
            };
            return fault(flag.span, format!("{} has no flag `--{}`", args.keyword.name(), flag.name), help);
        };
        if !repeats && args.flags[..i].iter().any(|other| other.name == flag.name) {
            return fault(flag.span, format!("the flag `--{}` is given twice", flag.name), "keep one of them");
        }
        match &flag.value {
            None if !boolean => {
                return fault(flag.span, format!("the flag `--{}` has no value", flag.name), "write `--name=value`");
            }
            Some(value) if boolean && !matches!(value.value.as_str(), "true" | "false") => {
                return fault(
                    value.span,
                    format!("`{}` is neither `true` nor `false`", value.value),
                    "write one of them",
                );
            }
            _ => {}
        }
    }
    Ok(())
}

fn kind(args: &Args, heredocs: &[Heredoc]) -> Result<Kind, Fault> {
    match args.keyword {
        Keyword::From => from(args),
        Keyword::Arg => arguments(args),
        Keyword::Env => Ok(Kind::Env(pairs(args)?)),
        Keyword::Label => Ok(Kind::Label(pairs(args)?)),
        Keyword::User => Ok(Kind::User(one(args)?)),
        Keyword::Workdir => Ok(Kind::Workdir(one(args)?)),
        Keyword::Stopsignal => Ok(Kind::Stopsignal(one(args)?)),
        Keyword::Maintainer => Ok(Kind::Maintainer(one(args)?)),
        Keyword::Copy | Keyword::Add => super::transfer::transfer(args),
        Keyword::Run => super::transfer::run(args, heredocs),
        Keyword::Cmd => Ok(Kind::Cmd(command(args, args.rest.clone())?)),
        Keyword::Entrypoint => Ok(Kind::Entrypoint(command(args, args.rest.clone())?)),
        Keyword::Shell => shell(args),
        Keyword::Healthcheck => healthcheck(args),
        Keyword::Expose => Ok(Kind::Expose(list(args)?)),
        Keyword::Volume => volume(args),
        Keyword::Onbuild => Ok(Kind::Invalid),
    }
}

fn from(args: &Args) -> Result<Kind, Fault> {
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
            let what = format!("`{}` is not a stage name", name.value);
            return fault(name.span, what, "begin with a letter; letters, digits, `-`, `_` and `.` may follow");
        }
    }
    Ok(Kind::From { image: args.spanned(image.clone()), name })
}

fn arguments(args: &Args) -> Result<Kind, Fault> {
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

fn pairs(args: &Args) -> Result<Vec<Pair>, Fault> {
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
            let what = format!("`{}` has no `=`", args.spanned(word.clone()));
            return fault(args.text.span(word), what, "quote values that hold blanks: `key=\"a b\"`");
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
        let what = format!("`{rest}` has no value");
        return fault(args.span(), what, format!("write `{} {rest}=value`", args.keyword.name()));
    };
    let value = words::trim(&args.text.value, end..args.rest.end);
    Ok(vec![Pair { key: args.spanned(args.rest.start..end), value: args.spanned(value) }])
}

fn one(args: &Args) -> Result<Spanned<String>, Fault> {
    if args.rest.is_empty() {
        let name = args.keyword.name();
        return fault(args.text.full_span(), format!("{name} has no argument"), format!("write `{name} value`"));
    }
    Ok(args.spanned(args.rest.clone()))
}

fn list(args: &Args) -> Result<Vec<Spanned<String>>, Fault> {
    one(args)?;
    Ok(words::plain(&args.text.value, args.rest.clone()).into_iter().map(|word| args.spanned(word)).collect())
}

fn volume(args: &Args) -> Result<Kind, Fault> {
    let volumes = match words::json(&args.text.value, args.rest.clone()) {
        Json::Strings(strings) => spanned_strings(args, strings),
        Json::NotStrings => return not_strings(args),
        Json::No { .. } => list(args)?,
    };
    if volumes.is_empty() || volumes.iter().any(|volume| volume.value.is_empty()) {
        return fault(args.text.full_span(), "VOLUME names no path", "write `VOLUME /path`");
    }
    Ok(Kind::Volume(volumes))
}

fn shell(args: &Args) -> Result<Kind, Fault> {
    let help = "write `SHELL [\"/bin/bash\", \"-c\"]`";
    match words::json(&args.text.value, args.rest.clone()) {
        Json::Strings(strings) if !strings.is_empty() => Ok(Kind::Shell(spanned_strings(args, strings))),
        Json::NotStrings => not_strings(args),
        _ => fault(args.text.full_span(), "SHELL takes a JSON array of strings", help),
    }
}

pub(super) fn spanned_strings(args: &Args, strings: Vec<(String, Range<usize>)>) -> Vec<Spanned<String>> {
    strings.into_iter().map(|(string, range)| Spanned::new(string, args.text.span(range))).collect()
}

pub(super) fn not_strings<T>(args: &Args) -> Result<T, Fault> {
    fault(args.span(), "the JSON array holds something other than strings", "put every element in double quotes")
}

/// A command in `range`: JSON form, or text for the shell.
pub(super) fn command(args: &Args, range: Range<usize>) -> Result<Command, Fault> {
    match words::json(&args.text.value, range.clone()) {
        Json::Strings(strings) => {
            Ok(Command::Exec { argv: spanned_strings(args, strings), span: args.text.span(range) })
        }
        Json::NotStrings => not_strings(args),
        Json::No { looks_like } => Ok(Command::Shell { text: args.text.slice(range), malformed_exec: looks_like }),
    }
}

fn healthcheck(args: &Args) -> Result<Kind, Fault> {
    let help = "write `HEALTHCHECK CMD command` or `HEALTHCHECK NONE`";
    let rest = args.rest();
    let word = rest.split(words::is_blank).next().unwrap_or(rest);
    let behind = words::trim(&args.text.value, args.rest.start + word.len()..args.rest.end);
    if word.eq_ignore_ascii_case("none") {
        if !behind.is_empty() {
            return fault(args.text.span(behind), "HEALTHCHECK NONE takes no arguments", help);
        }
        return Ok(Kind::Healthcheck(Healthcheck::None));
    }
    if !word.eq_ignore_ascii_case("cmd") {
        let what = if word.is_empty() { "HEALTHCHECK has no type".into() } else { format!("unknown type `{word}`") };
        return fault(args.text.full_span(), what, help);
    }
    let timing = timing(&args.flags)?;
    let command = command(args, behind.clone())?;
    let empty = match &command {
        Command::Exec { argv, .. } => argv.is_empty(),
        Command::Shell { text, .. } => text.value.is_empty(),
    };
    if empty {
        return fault(args.text.full_span(), "the health check has no command", help);
    }
    Ok(Kind::Healthcheck(Healthcheck::Cmd { command, timing }))
}

fn timing(flags: &[Flag]) -> Result<Timing, Fault> {
    let mut timing = Timing::default();
    for flag in flags {
        let Some(value) = &flag.value else { continue };
        if flag.name == "retries" {
            let Ok(retries) = value.value.parse() else {
                return fault(
                    value.span,
                    format!("`{}` is not a number of retries", value.value),
                    "write a whole number",
                );
            };
            timing.retries = Some(Spanned::new(retries, value.span));
            continue;
        }
        let slot = match flag.name.as_str() {
            "interval" => &mut timing.interval,
            "timeout" => &mut timing.timeout,
            "start-period" => &mut timing.start_period,
            _ => &mut timing.start_interval,
        };
        let duration = go_duration(&value.value).filter(|d| d.is_zero() || *d >= Duration::from_millis(1));
        let Some(duration) = duration else {
            let what = format!("`{}` is not a duration", value.value);
            return fault(value.span, what, "write a number with a unit: `30s`, `1m30s`, `500ms`");
        };
        *slot = Some(Spanned::new(duration, value.span));
    }
    Ok(timing)
}

/// Go's `time.ParseDuration` without signs: `1h2m3.5s`, `500ms`, `0`.
pub fn go_duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut nanoseconds = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let behind = &rest[digits..];
        let unit = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        nanoseconds += number
            * match &behind[..unit] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return None,
            };
        rest = &behind[unit..];
    }
    (!text.is_empty() && nanoseconds < i64::MAX as f64).then(|| Duration::from_nanos(nanoseconds.round() as u64))
}
