//! Physical lines, directives, comments, continuations, and how a logical line is split.

use plimsoll::problem::Gravity;
use plimsoll::source::LineIndex;

use crate::shape::{parse, reads, reads_in_stage, refuses, refuses_in_stage, resolve, says};

#[test]
fn physical_lines() {
    reads(
        "FROM a\r\nRUN x \\\r\n  y\r\n",
        "FROM [a]\nRUN sh[x   y]",
        "a file of Windows lines reads as one of Unix lines",
    );
    reads("FROM a\nRUN x\ry", "FROM [a]\nRUN sh[x\ry]", "a carriage return inside a line stays in it");
    reads("FROM\ra", "FROM [a]", "a carriage return separates words like a blank");
    reads("FROM\ta\u{b}AS\u{c}b", "FROM [a] AS [b]", "tabs, vertical tabs and form feeds separate words");
    reads("\u{feff}FROM a", "FROM [a]", "a byte order mark before the first line is not part of it");
    refuses("FROM a\n\u{feff}RUN x", "unknown instruction", "a byte order mark elsewhere is text");
    reads("FROM a", "FROM [a]", "the last line needs no line end");
    reads("\n \t\n\r\nfrom a\n\n", "FROM [a]", "blank lines mean nothing and keywords may have any case");
    reads(
        &format!("FROM a\nRUN {}", "x".repeat(65_531)),
        &format!("FROM [a]\nRUN sh[{}]", "x".repeat(65_531)),
        "65535 bytes are read",
    );
    refuses(&format!("FROM a\nRUN {}", "x".repeat(65_532)), "this line has 65536 bytes", "65536 bytes are not");
    refuses(
        &format!("FROM a\nRUN <<E\n{}\nE", "x".repeat(65_536)),
        "this line has 65536 bytes",
        "nor are they in a heredoc",
    );
    refuses(&format!("FROM a\n#{}", "x".repeat(65_536)), "this line has", "nor in a comment");
}

#[test]
fn files_without_stages() {
    refuses("", "no instructions", "an empty file builds nothing");
    refuses("# only\n\n# comments\n", "no instructions", "comments build nothing");
    refuses("ARG A=1", "builds no stage", "an ARG alone builds nothing");
    refuses("RUN x", "builds no stage", "nothing can run without a stage");
    refuses("ENV A=1\nFROM a", "only ARG may stand before the first FROM", "ENV belongs to a stage");
    refuses("HEALTHCHECK NONE\nFROM a", "only ARG may stand before", "and so does all else but ARG");
    reads("ARG A=1\nARG B\nFROM a", "ARG [A]=[1]\nARG [B]\nFROM [a]", "ARG may stand before FROM");
}

#[test]
fn a_file_without_stages_gives_one_problem_of_it() {
    let (_, _, problems) = resolve("RUN a\nRUN b\nRUN c", &Default::default());
    assert_eq!(problems.len(), 1, "{problems:#?}");
}

#[test]
fn directives_in_force() {
    let escaped = |text: &str| parse(text).0.directives.escape_byte() as char;
    assert_eq!(escaped("# escape=`\nFROM a"), '`', "on the first line");
    assert_eq!(escaped("\u{feff}# escape=`\nFROM a"), '`', "behind a byte order mark");
    assert_eq!(escaped("  #escape=`\r\nFROM a"), '`', "white space before `#` and none behind it");
    assert_eq!(escaped("# ESCAPE = ` \nFROM a"), '`', "any case, blanks around everything");
    assert_eq!(escaped("# syntax=docker/dockerfile:1\n# escape=`\nFROM a"), '`', "below another directive");
    assert_eq!(escaped("# check=skip=all\n# escape=`\nFROM a"), '`', "below another directive");
    assert_eq!(escaped("# escape=\\\nFROM a"), '\\', "the backslash may be named");
    assert_eq!(escaped("\n# escape=`\nFROM a"), '\\', "a blank line ends the directives");
    assert_eq!(escaped("# hello\n# escape=`\nFROM a"), '\\', "a comment ends the directives");
    assert_eq!(escaped("# foo=bar\n# escape=`\nFROM a"), '\\', "an unknown directive ends the directives");
    assert_eq!(escaped("FROM a\n# escape=`"), '\\', "an instruction ends the directives");
    assert_eq!(escaped("# escape=\nFROM a"), '\\', "without a value it is a comment");
    assert_eq!(escaped("#!/usr/bin/env docker\n# escape=`\nFROM a"), '\\', "behind a shebang it is a comment");
    assert_eq!(escaped("# 1escape=`\nFROM a"), '\\', "a name begins with a letter");
}

#[test]
fn directives_point_at_their_values() {
    let text =
        "\u{feff}# syntax = docker/dockerfile:1.7 \n#escape=`\n# check=skip=JSONArgsRecommended;error=true\r\nFROM a";
    let (file, problems) = parse(text);
    assert_eq!(problems, []);
    let under = |span: plimsoll::source::Span| &text[span.range()];
    assert_eq!(file.directives.syntax.as_ref().map(|d| under(d.span)), Some("docker/dockerfile:1.7"));
    assert_eq!(file.directives.escape.map(|d| under(d.span)), Some("`"));
    assert_eq!(file.directives.check.as_ref().map(|d| under(d.span)), Some("skip=JSONArgsRecommended;error=true"));
    assert_eq!(file.comments.len(), 3, "directives are comments too");
}

#[test]
fn directives_refused() {
    refuses("# escape=x\nFROM a", "`x` is not an escape character", "only backslash and backtick escape");
    refuses("# escape=``\nFROM a", "is not an escape character", "one character");
    refuses("# escape=`\n# Escape=`\nFROM a", "`escape` is given twice", "a directive stands once");
    refuses(
        "# syntax=docker/dockerfile:1\n# syntax=docker/dockerfile:1\nFROM a",
        "`syntax` is given twice",
        "a directive stands once",
    );
    refuses("# check=skip=A\n# check=error=true\nFROM a", "`check` is given twice", "a directive stands once");
    refuses("# check=skip=A;skip=B\nFROM a", "no check option", "a check option stands once");
    refuses("# check=only=A\nFROM a", "no check option", "a check option is known");
    refuses("# check=error=maybe\nFROM a", "no check option", "`error` is a boolean");
    reads("# check=SKIP=all;error=true;experimental=all\nFROM a", "FROM [a]", "three options in any case are taken");
    reads("# check=skip=A\n\n# check=skip=B\nFROM a", "FROM [a]", "the second one is a comment");
}

#[test]
fn comments() {
    reads("  # c\nFROM a\n\t# c", "FROM [a]", "white space may stand before `#`");
    reads_in_stage(
        "USER app # run as app",
        "USER [app # run as app]",
        "there is no comment behind an instruction: this is the user's name",
    );
    refuses("FROM alpine # x", "FROM takes an image", "it is two more words");
    reads_in_stage("RUN x # c", "RUN sh[x # c]", "the shell gets the comment");
    reads_in_stage("CMD [\"a\"] # c", "CMD sh-not-json[[\"a\"] # c]", "with text behind it the array is no JSON");
    refuses_in_stage("ENV A=1 # c", "no `=`", "`#` is a word without `=`");
    says("FROM a\nEXPOSE 80 # http", Gravity::Warning, "`#` is no port", "`#` is a word among the ports");
    reads_in_stage(
        "RUN x \\\n# c \\\n   # d\n y",
        "RUN sh[x  y]",
        "comments in an instruction are dropped and do not end it, whatever ends them",
    );
    reads_in_stage("RUN x \\\n\n  \n y", "RUN sh[x  y]", "blank lines in an instruction are dropped too");
    says("FROM a\nRUN x \\\n\n y", Gravity::Note, "blank lines", "but BuildKit warns of them");
    reads_in_stage("RUN x #\\\n y", "RUN sh[x # y]", "what is no comment can go on");
}

#[test]
fn comments_know_their_places() {
    let text = "# a\nFROM a \\\n  # b\r\n AS b\n#c";
    let (file, _) = parse(text);
    let comments: Vec<_> = file.comments.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(comments, ["# a", "# b", "#c"]);
}

#[test]
fn continuations() {
    reads_in_stage("RUN ec\\\nho x", "RUN sh[echo x]", "a word may be glued across lines");
    reads_in_stage(
        "RUN a \\  \t\n  b",
        "RUN sh[a   b]",
        "blanks behind the escape character mean nothing, those before the next text stay",
    );
    reads_in_stage("  RUN a\\\n  b", "RUN sh[a  b]", "only the first line loses its leading white space");
    reads_in_stage("RUN a \\\\\nRUN b", "RUN sh[a \\\\]\nRUN sh[b]", "an escaped escape character does not continue");
    reads_in_stage("RUN a \\\\\\\nRUN b", "RUN sh[a \\\\\\]\nRUN sh[b]", "nor do three");
    reads_in_stage("ENV P=C:\\\\\nRUN b", "ENV [P]=[C:\\\\]\nRUN sh[b]", "values may end in two of them");
    refuses_in_stage(
        "RUN curl \\ # note\n  x",
        "unknown instruction `x`",
        "with text behind it the escape character does not continue",
    );
    reads_in_stage("RUN a \\", "RUN sh[a]", "the file may end in a continuation");
    reads_in_stage("RUN \\\n\\\n a", "RUN sh[a]", "a line may be the escape character alone");
    reads("\\\nFROM a", "FROM [a]", "even the first");
    reads_in_stage("CMD [\"a\",\\\n  \"b\"]", "CMD exec[\"a\", \"b\"]", "lines are joined before JSON is read");
    reads_in_stage("EN\\\nV A=1", "ENV [A]=[1]", "and before the keyword is");
    reads(
        "# escape=`\nFROM a\nRUN x `\ny \\\nRUN z",
        "FROM [a]\nRUN sh[x y \\]\nRUN sh[z]",
        "a backtick continues if the directive says so, and a backslash does not",
    );
    reads(
        "# escape=`\nFROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-Item C:\\ ; `\n  Remove-Item C:\\x\\",
        "FROM [a]\nSHELL [powershell] [-Command]\nRUN sh[Get-Item C:\\ ;   Remove-Item C:\\x\\]",
        "PowerShell files are why",
    );
}

#[test]
fn keywords_and_flags() {
    refuses_in_stage("RUNN x", "unknown instruction `RUNN`", "a typo is refused");
    let (_, problems) = parse("FROM a\nRUNN x");
    assert_eq!(problems[0].help, "did you mean `RUN`?");
    refuses_in_stage("RUN\u{a0}x", "unknown instruction", "a no-break space does not end the keyword");
    refuses_in_stage("CMD --foo", "CMD has no flag `--foo`", "flags are taken off every instruction");
    refuses_in_stage("ENTRYPOINT --help", "no flag `--help`", "and most take none");
    refuses_in_stage("USER --x", "no flag `--x`", "and most take none");
    reads_in_stage("CMD -- --foo", "CMD sh[--foo]", "two dashes end the flags");
    reads_in_stage("USER -x", "USER [-x]", "one dash begins no flag");
    reads(
        "ARG --x A=1\nFROM a\nSTOPSIGNAL --x SIGTERM\nHEALTHCHECK --x NONE",
        "ARG --x [A]=[1]\nFROM [a]\nSTOPSIGNAL --x [SIGTERM]\nHEALTHCHECK --x NONE",
        "three instructions ignore flags",
    );
    refuses_in_stage("COPY --chown a b", "`--chown` has no value", "a value belongs behind `=`");
    refuses_in_stage("COPY --chown=a --chown=b a b", "`--chown` is given twice", "a flag stands once");
    reads_in_stage(
        "COPY --exclude=a --exclude=b a b",
        "COPY --exclude=[a] --exclude=[b] [a] -> [b]",
        "unless it makes a list",
    );
    refuses_in_stage("COPY --nope=1 a b", "COPY has no flag `--nope`", "a flag is known");
    refuses_in_stage("ADD --from=x a b", "ADD has no flag `--from`", "ADD copies from no stage");
    refuses_in_stage("ADD --parents a b", "no flag `--parents`", "ADD keeps no parents");
    refuses_in_stage("COPY --checksum=sha256:0 a b", "no flag `--checksum`", "COPY checks no sums");
    reads_in_stage(
        "COPY --link --parents=false a b",
        "COPY --link --parents=[false] [a] -> [b]",
        "booleans stand bare or with a value",
    );
    reads_in_stage("COPY --link=TRUE a b", "COPY --link=[TRUE] [a] -> [b]", "of any case");
    refuses_in_stage("COPY --link=1 a b", "neither `true` nor `false`", "and of no other kind");
    refuses_in_stage("COPY --link= a b", "neither `true` nor `false`", "nor empty");
    reads_in_stage(
        "RUN --mount=\"type=bind,target=/a b\" x",
        "RUN --mount=[type=bind,target=/a b] sh[x]",
        "quotes keep a flag together and go",
    );
    reads_in_stage("COPY --chown=a\\ b c d", "COPY --chown=[a b] [c] -> [d]", "and so does an escape");
    reads("FROM --platform=linux/amd64 a", "FROM --platform=[linux/amd64] [a]", "FROM takes a platform");
    reads_in_stage(
        "RUN --network=none --security=insecure --device=a --device=b x",
        "RUN --network=[none] --security=[insecure] --device=[a] --device=[b] sh[x]",
        "RUN takes four flags",
    );
    reads_in_stage(
        "ADD --checksum=sha256:0 --keep-git-dir --unpack=true --link --chmod=644 --chown=1 --exclude=x a b",
        "ADD --checksum=[sha256:0] --keep-git-dir --unpack=[true] --link --chmod=[644] --chown=[1] --exclude=[x] [a] -> [b]",
        "ADD takes seven",
    );
}

#[test]
fn empty_values_stand_where_they_are_left_out() {
    use plimsoll::subject::dockerfile::instruction::Kind;
    let text = "FROM a\nENV A= \\\n  B=1\nENV C=\\\n D=1";
    let (file, _) = parse(text);
    for (instruction, before) in [(1, "ENV A="), (2, "ENV C=")] {
        let Kind::Env(pairs) = &file.instructions[instruction].kind else { panic!("{file:?}") };
        let at = pairs[0].value.span;
        assert!(at.start == at.end && text[..at.start as usize].ends_with(before), "on the line of their key");
    }
}

#[test]
fn lines_astray_are_one_problem() {
    let (file, problems) = parse("FROM a\nRUN x \\ # note\n  --one\n  --two\n  --three\nUSER b\nnope\n");
    let lines = LineIndex::new("FROM a\nRUN x \\ # note\n  --one\n  --two\n  --three\nUSER b\nnope\n");
    let at: Vec<_> = problems
        .iter()
        .map(|problem| match &problem.place {
            plimsoll::problem::ProblemPlace::Span(span) => lines.line(span.start),
            plimsoll::problem::ProblemPlace::Path(_) => 0,
        })
        .collect();
    assert_eq!(at, [3, 7], "each run of lines that are no instructions is told once");
    assert_eq!(file.instructions.len(), 7, "and all of them are there");
}

#[test]
fn values_are_not_shown() {
    for text in
        ["FROM a\nENV PASSWORD=hunter hunter2", "FROM a\nENV A=1 \\ \n # x\nB", "FROM a\nDB_PASSWORD=hunter2 \\"]
    {
        let (_, problems) = parse(text);
        assert!(
            !format!("{problems:?}").contains("hunter2"),
            "a secret behind a broken line stays where it is: {problems:?}"
        );
    }
}
