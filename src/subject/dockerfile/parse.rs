//! Parse: logical lines to typed instructions.

use std::ops::Range;

use super::directive::{self, Directives};
use super::heredoc::{self, Heredoc, LastLines, Opener};
use super::instruction::*;
use super::lines::{Lines, Logical, MAX_LINE};
use super::words::{self, Json};
use super::{Dockerfile, arguments, commands, flags, frontend, literal, transfer};
use crate::problem::{Gravity, Problem};
use crate::source::{SourceId, Span, Spanned, Text};
use crate::suggest;

/// Reads one file.
pub struct Parser<'a> {
    source: SourceId,
    text: &'a str,
    lines: Lines<'a>,
    directives: Directives,
    problems: &'a mut Vec<Problem>,
    /// Where each line's text stands last; made when the first heredoc turns out to have no end, so that a file of
    /// such heredocs stays linear.
    last_lines: Option<LastLines<'a>>,
    /// The lines above are no instructions either: one problem for all of them.
    astray: bool,
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

    /// The first of the words that are left.
    pub fn first_word(&self) -> &str {
        let rest = self.rest();
        rest.split(char::is_whitespace).next().unwrap_or(rest)
    }

    pub fn spanned(&self, range: Range<usize>) -> Spanned<String> {
        Spanned::new(self.text.value[range.clone()].to_string(), words::span(self.text, range))
    }

    pub fn span(&self) -> Span {
        self.text.span(self.rest.clone())
    }

    pub fn spanned_strings(&self, strings: Vec<(String, Range<usize>)>) -> Vec<Spanned<String>> {
        strings.into_iter().map(|(string, range)| Spanned::new(string, self.text.span(range))).collect()
    }

    pub fn not_strings<T>(&self) -> Result<T, Fault> {
        fault(self.span(), "the JSON array holds something other than strings", "put every element in double quotes")
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
        Parser { source, text, lines, directives, problems, last_lines: None, astray: false }
    }

    /// Reads the whole file. A file in another language gives that one problem and no instructions.
    pub fn file(mut self) -> Dockerfile {
        let mut instructions = Vec::new();
        let before = self.problems.len();
        while let Some(logical) = self.lines.logical() {
            instructions.extend(self.instruction(logical));
        }
        if let Some(problem) = frontend::unreadable(self.text, &self.directives, &instructions) {
            self.problems.truncate(before);
            self.problems.push(problem);
            instructions.clear();
        } else {
            self.check_whole(&instructions);
        }
        let comments = std::mem::take(&mut self.lines.comments);
        Dockerfile { source: self.source, directives: self.directives, instructions, comments }
    }

    fn check_whole(&mut self, instructions: &[Instruction]) {
        let mut too_long = std::mem::take(&mut self.lines.too_long);
        // The lines behind a heredoc without an end are read twice.
        too_long.sort_unstable();
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
            meant: None,
            is_in_capitals: name.bytes().all(|byte| byte.is_ascii_uppercase()),
            keyword_span,
            flags: Vec::new(),
            kind: Kind::Invalid,
            heredocs: Vec::new(),
        };
        let astray = std::mem::replace(&mut self.astray, keyword.is_none());
        let Some(keyword) = keyword else {
            instruction.meant = meant(name);
            if !astray {
                self.report(unknown_instruction(name, keyword_span), depth);
            }
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
        let kind = flags::check(&args).and_then(|()| kind(&args, &instruction.heredocs));
        instruction.flags = args.flags;
        match kind {
            Ok(kind) => instruction.kind = kind,
            Err(Fault { span, what, help }) => self.report(Problem::error(span, what, help), depth),
        }
        self.problems.extend(literal::refused(&instruction, escape));
        instruction
    }

    /// A trigger is run in the files that build on this one: what is wrong with it does not stop this build.
    fn report(&mut self, problem: Problem, depth: u8) {
        let gravity = if depth > 0 { Gravity::Warning } else { problem.gravity };
        self.problems.push(Problem { gravity, ..problem });
    }

    fn onbuild(&mut self, text: &Text, args: Range<usize>, depth: u8, mut onbuild: Instruction) -> Instruction {
        let (flags, at) = words::flags(text, args.clone());
        let args = words::trim(&text.value, at..args.end);
        let trigger = text.value[args.clone()].split(words::is_blank).next().unwrap_or("");
        let forbidden = matches!(Keyword::parse(trigger), Some(Keyword::Onbuild | Keyword::From | Keyword::Maintainer));
        let what = match flags.first() {
            Some(_) => "ONBUILD takes no flags of its own".to_string(),
            None if args.is_empty() => "ONBUILD has no trigger".to_string(),
            None if forbidden || depth > 0 => format!("`{trigger}` cannot be a trigger"),
            None => {
                let trigger = self.read(text, args, depth + 1);
                onbuild.span = onbuild.span.to(trigger.span);
                onbuild.kind = Kind::Onbuild(Box::new(trigger));
                return onbuild;
            }
        };
        let help = "write an instruction other than FROM, MAINTAINER and ONBUILD behind it";
        self.problems.push(Problem::error(onbuild.span, what, help));
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
                format!("the heredoc `{}` has no end", words::shown(&opener.name)),
                format!("put a line with only `{}` behind its text", words::shown(&opener.name)),
            ));
            // What should have been its body is read as instructions; one problem is enough.
            self.astray = true;
            break;
        }
        heredocs
    }

    /// The body behind the current line; `None`, and nothing read, if it has no end.
    fn body(&mut self, opener: &Opener) -> Option<Heredoc> {
        let start = self.lines.position();
        if self.last_lines.as_ref().is_some_and(|last| !last.ends(opener, start)) {
            return None;
        }
        let mut body = Text::new(self.source, start);
        while let Some(line) = self.lines.physical() {
            let from = if opener.strip_tabs { self.without_tabs(line.clone()) } else { line.start };
            if self.text[from..line.end] == opener.name {
                let span = Span::new(self.source, start..line.end);
                let (name, word) = (opener.name.clone(), opener.word.clone());
                return Some(Heredoc { name, expand: opener.expand, strip_tabs: opener.strip_tabs, word, body, span });
            }
            body.push(&self.text[from..self.lines.position()], from);
        }
        self.lines.rewind(start);
        self.last_lines.get_or_insert_with(|| LastLines::new(self.text));
        None
    }

    fn without_tabs(&self, line: Range<usize>) -> usize {
        let written = &self.text[line.clone()];
        line.start + written.len() - written.trim_start_matches('\t').len()
    }
}

fn meant(name: &str) -> Option<Keyword> {
    let near = suggest::nearest(&name.to_ascii_uppercase(), Keyword::ALL.iter().map(|(known, _)| *known));
    near.and_then(Keyword::parse)
}

fn unknown_instruction(name: &str, span: Span) -> Problem {
    let help = match meant(name) {
        Some(keyword) => format!("did you mean `{}`?", keyword.name()),
        None => "a line that continues the one above needs a `\\` at that line's very end".to_string(),
    };
    // Behind a broken continuation this may be a variable with its value, which is not for showing.
    let shown = name.split('=').next().unwrap_or(name);
    Problem::error(span, format!("unknown instruction `{}`", words::shown(shown)), help)
}

fn kind(args: &Args, heredocs: &[Heredoc]) -> Result<Kind, Fault> {
    match args.keyword {
        Keyword::From => arguments::from(args),
        Keyword::Arg => arguments::arg(args),
        Keyword::Env => Ok(Kind::Env(arguments::pairs(args)?)),
        Keyword::Label => Ok(Kind::Label(arguments::pairs(args)?)),
        Keyword::User => Ok(Kind::User(arguments::one(args)?)),
        Keyword::Workdir => Ok(Kind::Workdir(arguments::one(args)?)),
        Keyword::Stopsignal => Ok(Kind::Stopsignal(arguments::one(args)?)),
        Keyword::Maintainer => Ok(Kind::Maintainer(arguments::one(args)?)),
        Keyword::Copy | Keyword::Add => transfer::transfer(args),
        Keyword::Run => transfer::run(args, heredocs),
        Keyword::Cmd => Ok(Kind::Cmd(commands::command(args, args.rest.clone())?)),
        Keyword::Entrypoint => Ok(Kind::Entrypoint(commands::command(args, args.rest.clone())?)),
        Keyword::Shell => commands::shell(args),
        Keyword::Healthcheck => commands::healthcheck(args),
        Keyword::Expose => Ok(Kind::Expose(arguments::list(args)?)),
        Keyword::Volume => arguments::volume(args),
        Keyword::Onbuild => Ok(Kind::Invalid),
    }
}
