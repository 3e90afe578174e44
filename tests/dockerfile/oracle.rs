//! A second opinion: where another parser takes a file, it sees the same instructions in the same order.

use parse_dockerfile::Instruction;
use proptest::prelude::*;

use crate::shape::parse;

/// The names of the instructions that the other parser sees; `None` if it refuses the file.
fn theirs(text: &str) -> Option<Vec<&'static str>> {
    let file = parse_dockerfile::parse(text).ok()?;
    let name = |instruction: &Instruction| match instruction {
        Instruction::Add(_) => "ADD",
        Instruction::Arg(_) => "ARG",
        Instruction::Cmd(_) => "CMD",
        Instruction::Copy(_) => "COPY",
        Instruction::Entrypoint(_) => "ENTRYPOINT",
        Instruction::Env(_) => "ENV",
        Instruction::Expose(_) => "EXPOSE",
        Instruction::From(_) => "FROM",
        Instruction::Healthcheck(_) => "HEALTHCHECK",
        Instruction::Label(_) => "LABEL",
        Instruction::Maintainer(_) => "MAINTAINER",
        Instruction::Onbuild(_) => "ONBUILD",
        Instruction::Run(_) => "RUN",
        Instruction::Shell(_) => "SHELL",
        Instruction::Stopsignal(_) => "STOPSIGNAL",
        Instruction::User(_) => "USER",
        Instruction::Volume(_) => "VOLUME",
        Instruction::Workdir(_) => "WORKDIR",
        _ => "another",
    };
    Some(file.instructions.iter().map(name).collect())
}

fn ours(text: &str) -> Vec<&'static str> {
    parse(text).0.instructions.iter().map(|i| i.keyword.map_or("another", |keyword| keyword.name())).collect()
}

#[test]
fn whole_files() {
    for text in [
        "FROM alpine",
        "ARG V=3\n\nFROM alpine:$V AS base\nRUN apk add x \\\n  # why\n  y\n\nFROM base\nCOPY --from=base /a /b\n",
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM mcr\nSHELL [\"powershell\"]\nRUN a `\n  b\nWORKDIR C:\\x\\\nUSER u\n",
        "FROM a\r\nENV A=1 \\\r\n    B=2\r\nLABEL x y z\r\nEXPOSE 80 81/udp\r\n",
        "FROM a\nRUN <<EOF\nFROM b\nEOF\nUSER c\n",
        "FROM a\nCOPY <<EOF /x\nUSER u\nEOF\nADD b c\nVOLUME /d\n",
        "FROM a\nONBUILD RUN x\nHEALTHCHECK --interval=5s CMD a\nSTOPSIGNAL 9\nMAINTAINER m\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\n",
        "from a\nrun x\ncmd y",
        "FROM a\nRUN x \\\n\n\n  y\nUSER z",
    ] {
        let theirs = theirs(text).unwrap_or_else(|| panic!("the other parser refuses {text}"));
        assert_eq!(ours(text), theirs, "{text}");
    }
}

/// Lines that may follow each other in any order.
const LINES: &[&str] = &[
    "FROM a",
    "FROM b AS c",
    "from d as e",
    "ARG A",
    "ARG B=1",
    "ENV A=1 B=2",
    "ENV k some value",
    "LABEL a=\"b c\"",
    "USER u",
    "WORKDIR /w",
    "RUN x",
    "RUN [\"x\", \"y\"]",
    "RUN a \\\n  && b",
    "RUN a \\\n# comment\n  b",
    "RUN a \\\n\n  b",
    "RUN <<E\nUSER x\nE",
    "RUN <<-E\n\tx \\\n\tE",
    "COPY a b",
    "COPY [\"a b\", \"c\"]",
    "COPY --from=c --chown=1:1 a b",
    "COPY <<E /x\nRUN y\nE",
    "ADD a \\\n  b",
    "CMD x",
    "CMD [\"a\",\\\n \"b\"]",
    "CMD [not json]",
    "ENTRYPOINT x",
    "EXPOSE 80 81",
    "VOLUME /a /b",
    "VOLUME [\"/a\"]",
    "SHELL [\"/bin/sh\"]",
    "STOPSIGNAL SIGTERM",
    "HEALTHCHECK NONE",
    "HEALTHCHECK --retries=3 CMD x",
    "ONBUILD USER x",
    "MAINTAINER me",
    "# comment",
    "",
    "   ",
    "  # indented",
];

#[test]
fn the_other_parser_takes_the_known_lines() {
    for line in LINES {
        assert!(theirs(&format!("FROM a\n{line}\n")).is_some(), "files with `{line}` would not be compared");
    }
}

proptest! {
    #[test]
    fn files_of_known_lines(lines in prop::collection::vec(prop::sample::select(LINES), 0..30), windows in any::<bool>()) {
        let text = format!("FROM a\n{}\n", lines.join("\n"));
        let text = if windows { text.replace('\n', "\r\n") } else { text };
        if let Some(theirs) = theirs(&text) {
            prop_assert_eq!(ours(&text), theirs);
        }
    }
}
