//! What holds for every input: no panic, spans that cut the file at the right places, and no byte left unread.

use plimsoll::problem::{Problem, ProblemPlace};
use plimsoll::source::{SourceId, Span, Spanned};
use plimsoll::subject::dockerfile::Dockerfile;
use plimsoll::subject::dockerfile::instruction::{Command, Healthcheck, Instruction, Kind};
use plimsoll::subject::dockerfile::stage::BuildSettings;
use proptest::prelude::*;

use crate::shape::resolve;

/// Pieces that a Dockerfile is made of, valid and not.
const TOKENS: &[&str] = &[
    "FROM",
    "from ",
    "RUN ",
    "ENV ",
    "COPY ",
    "ADD ",
    "ARG ",
    "CMD ",
    "USER ",
    "LABEL ",
    "EXPOSE ",
    "VOLUME ",
    "SHELL ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "WORKDIR ",
    "STOPSIGNAL ",
    "MAINTAINER ",
    "ENTRYPOINT ",
    "NOPE ",
    "a",
    "B=c",
    "é",
    "🐋",
    "\u{a0}",
    "80/tcp",
    " AS ",
    " as b",
    " ",
    "  ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\u{b}",
    "\\\n",
    "\\ \n",
    "`\n",
    "\\",
    "\\\\",
    "`",
    "#",
    "# c\n",
    "\n# c\n",
    "# escape=`\n",
    "# syntax=docker/dockerfile:1\n",
    "# check=skip=all\n",
    "\u{feff}",
    "\0",
    "'",
    "\"",
    "=",
    "$",
    "${",
    "}",
    "$A",
    "${A:-b}",
    "[",
    "]",
    ",",
    "[\"a\", \"b\"]",
    "[\"\\u00e9\"]",
    "[1]",
    "<<E",
    "<<-E",
    " << E",
    "<<'E'",
    "3<<\"E F\"",
    "\nE\n",
    "\n\tE\n",
    "--",
    "--from=a ",
    "--from=0 ",
    "--link ",
    "--mount=type=bind,from=b ",
    "--mount=\"a",
    "--interval=5s ",
    "NONE",
    "x\ny\n",
    "{{",
    "%%",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..60).prop_map(|tokens| tokens.concat())
}

fn lossy_bytes() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..400).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_soup_of_tokens(text in soup()) {
        check(&text);
    }

    #[test]
    fn any_instructions(text in soup()) {
        check(&format!("FROM a\n{text}"));
    }
}

proptest! {
    #[test]
    fn any_bytes(text in lossy_bytes()) {
        check(&text);
    }
}

fn check(text: &str) {
    let (file, stages, problems) = resolve(text, &BuildSettings::default());
    for problem in &problems {
        check_problem(text, problem);
    }
    if problems.iter().any(|problem| problem.what.contains("template") || problem.what.contains("frontend")) {
        return;
    }
    check_cover(text, &file);
    for instruction in &file.instructions {
        check_instruction(text, &file, instruction);
    }
    for (index, stage) in stages.stages.iter().enumerate() {
        assert!(stage.instructions.start < stage.instructions.end);
        assert_eq!(stages.chain(index).last(), Some(&index));
        assert!(stages.reachable(&file, index).contains(&index));
    }
}

fn cut(text: &str, span: Span) -> &str {
    assert_eq!(span.source, SourceId(0));
    text.get(span.range()).unwrap_or_else(|| panic!("{span:?} does not cut {text:?}"))
}

fn check_problem(text: &str, problem: &Problem) {
    assert!(!problem.what.is_empty() && !problem.help.is_empty());
    assert!(problem.what.len() + problem.help.len() < 800, "{problem:?}");
    match problem.place {
        ProblemPlace::Span(span) => drop(cut(text, span)),
        ProblemPlace::Path(_) => panic!("{problem:?} points nowhere"),
    }
}

/// Instructions stand in order and apart, and what is in none of them nor in a comment says nothing.
fn check_cover(text: &str, file: &Dockerfile) {
    let mut covered = vec![false; text.len()];
    let mut end = 0;
    for instruction in &file.instructions {
        assert!(end <= instruction.span.start, "{text:?}");
        end = instruction.span.end;
        covered[instruction.span.range()].fill(true);
    }
    for comment in &file.comments {
        assert!(cut(text, *comment).starts_with('#'));
        covered[comment.range()].fill(true);
    }
    let escape = file.directives.escape_byte() as char;
    for (at, c) in text.char_indices() {
        let says_nothing = c.is_whitespace() || c == escape || (at == 0 && c == '\u{feff}');
        assert!(covered[at] || says_nothing, "byte {at} of {text:?} is in nothing");
    }
}

fn check_instruction(text: &str, file: &Dockerfile, instruction: &Instruction) {
    let escape = file.directives.escape_byte() as char;
    let inside = |span: Span| {
        cut(text, span);
        assert!(instruction.span.contains(span), "{text:?}");
    };
    cut(text, instruction.span);
    inside(instruction.keyword_span);
    if let Some(keyword) = instruction.keyword {
        assert!(joined(cut(text, instruction.keyword_span), escape).eq_ignore_ascii_case(keyword.name()));
    }
    for flag in &instruction.flags {
        inside(flag.span);
        assert!(joined(cut(text, flag.span), escape).starts_with("--"));
        flag.value.iter().for_each(|value| assert!(flag.span.contains(value.span)));
    }
    for heredoc in &instruction.heredocs {
        inside(heredoc.span);
        inside(heredoc.body.full_span());
        assert!(cut(text, heredoc.span).ends_with(&heredoc.name), "{text:?}");
    }
    for (value, exact) in words(&instruction.kind) {
        inside(value.span);
        let written = joined(cut(text, value.span), escape);
        match exact {
            Exactly::Written => assert_eq!(written, value.value, "{text:?}"),
            Exactly::LowerCase => assert_eq!(written.to_ascii_lowercase(), value.value, "{text:?}"),
            Exactly::Json => {
                let string = serde_json::from_str::<String>(&written);
                assert!(written == value.value || string.is_ok_and(|string| string == value.value), "{text:?}");
            }
        }
    }
    if let Kind::Onbuild(trigger) = &instruction.kind {
        inside(trigger.span);
        check_instruction(text, file, trigger);
    }
    if let Kind::Run(run) = &instruction.kind {
        run.script.iter().for_each(|script| inside(script.full_span()));
        run.mounts.iter().for_each(|mount| inside(mount.span));
    }
}

enum Exactly {
    Written,
    LowerCase,
    Json,
}

/// All values of an instruction, with how they relate to what is written.
fn words(kind: &Kind) -> Vec<(Spanned<String>, Exactly)> {
    let all = |words: &[Spanned<String>]| words.iter().map(|word| (word.clone(), Exactly::Json)).collect::<Vec<_>>();
    match kind {
        Kind::From { image, name } => {
            let name = name.iter().map(|name| (name.clone(), Exactly::LowerCase));
            name.chain([(image.clone(), Exactly::Written)]).collect()
        }
        Kind::Arg(arguments) => {
            let words = arguments.iter().flat_map(|a| std::iter::once(&a.name).chain(&a.default));
            words.map(|word| (word.clone(), Exactly::Written)).collect()
        }
        Kind::Env(pairs) | Kind::Label(pairs) => {
            let words = pairs.iter().flat_map(|pair| [&pair.key, &pair.value]);
            words.map(|word| (word.clone(), Exactly::Written)).collect()
        }
        Kind::User(word) | Kind::Workdir(word) | Kind::Stopsignal(word) | Kind::Maintainer(word) => {
            vec![(word.clone(), Exactly::Written)]
        }
        Kind::Transfer(transfer) => {
            let mut words = all(&transfer.sources);
            words.push((transfer.destination.clone(), Exactly::Json));
            words
        }
        Kind::Run(run) => command(&run.command),
        Kind::Cmd(run) | Kind::Entrypoint(run) | Kind::Healthcheck(Healthcheck::Cmd { command: run, .. }) => {
            command(run)
        }
        Kind::Shell(words) | Kind::Expose(words) | Kind::Volume(words) => all(words),
        Kind::Healthcheck(Healthcheck::None) | Kind::Onbuild(_) | Kind::Invalid => Vec::new(),
    }
}

fn command(command: &Command) -> Vec<(Spanned<String>, Exactly)> {
    match command {
        Command::Exec { argv, .. } => argv.iter().map(|word| (word.clone(), Exactly::Json)).collect(),
        Command::Shell { text, .. } => vec![(Spanned::new(text.value.clone(), text.full_span()), Exactly::Written)],
    }
}

/// Text of the file without its continuations, and without the comments and blank lines between them.
fn joined(written: &str, escape: char) -> String {
    let mut lines = written.split('\n').enumerate().peekable();
    let mut joined = String::new();
    while let Some((number, line)) = lines.next() {
        // The last line holds the last byte of the text, so it is none to leave out.
        if lines.peek().is_none() {
            joined.push_str(line);
            continue;
        }
        if number > 0 && (line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        let line = line.trim_end_matches('\r').trim_end_matches([' ', '\t']);
        joined.push_str(line.strip_suffix(escape).unwrap_or(line));
    }
    joined
}
