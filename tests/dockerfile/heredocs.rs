//! Heredocs: which words open one, where its body ends, and who reads it.

use plimsoll::subject::dockerfile::instruction::Kind;

use crate::shape::{parse, reads, reads_in_stage, refuses_in_stage};

#[test]
fn words_that_open_one() {
    let open = |word: &str, shape: &str, why: &str| {
        reads_in_stage(&format!("RUN x {word}\nb\nEOF\n"), &format!("RUN sh[x {word}] {shape}"), why);
    };
    open("<<EOF", "<<EOF\"b\\n\"", "the plain form");
    open("3<<EOF", "<<EOF\"b\\n\"", "with a descriptor");
    open("<<-EOF", "<<-EOF\"b\\n\"", "with tabs removed");
    open("<<\"EOF\"", "<<'EOF'\"b\\n\"", "with a quoted delimiter");
    open("<<'EOF'", "<<'EOF'\"b\\n\"", "with a quoted delimiter");
    open("<<\"E\"OF", "<<'EOF'\"b\\n\"", "with a delimiter that is quoted in part");
    open("<<\\EOF", "<<'EOF'\"b\\n\"", "an escape quotes too");
    open("<<E\\OF", "<<'EOF'\"b\\n\"", "anywhere in it");
    open("<< EOF", "<<EOF\"b\\n\"", "with a blank before the delimiter");
    open("<<EOF > f", "<<EOF\"b\\n\"", "with a redirection behind it");
    open("<<EOF | cat", "<<EOF\"b\\n\"", "with a pipe behind it");
}

#[test]
fn words_that_open_none() {
    for (line, why) in [
        ("cat<<EOF", "the word does not start with it"),
        ("x <<<EOF", "three are a string for the shell"),
        ("x \"<<EOF\"", "it is quoted as a whole"),
        ("x '<<EOF'", "it is quoted as a whole"),
        ("x <<- EOF", "a blank behind the dash"),
        ("x $((1<<2))", "it stands inside a word"),
        ("x << ", "there is no delimiter"),
        ("x <<''", "the delimiter is empty"),
        ("it's <<EOF", "a quote is not closed, so the line is not looked at"),
        ("echo \" <<EOF", "a quote is not closed, so the line is not looked at"),
        ("echo ${x^^} <<EOF", "an expansion is malformed, so the line is not looked at"),
        ("x \\<<EOF", "it is escaped"),
    ] {
        reads_in_stage(&format!("RUN {line}"), &format!("RUN sh[{}]", line.trim()), why);
    }
    reads_in_stage("CMD cat <<EOF", "CMD sh[cat <<EOF]", "only RUN, COPY and ADD have them");
    reads_in_stage("RUN [\"cat\", \"<<EOF\"]", "RUN exec[\"cat\", \"<<EOF\"]", "JSON form has none");
    reads_in_stage("COPY [\"<<EOF\", \"/x\"]", "COPY [<<EOF] -> [/x]", "JSON form has none");
}

#[test]
fn without_an_end() {
    refuses_in_stage("RUN cat <<EOF\nx", "`EOF` has no end", "the file ends first");
    refuses_in_stage("RUN cat <<EOF\n EOF", "`EOF` has no end", "the end is not the delimiter alone");
    refuses_in_stage("RUN cat <<EOF\n\tEOF", "`EOF` has no end", "tabs go only with a dash");
    refuses_in_stage("RUN cat <<-EOF\n  EOF", "`EOF` has no end", "only tabs go");
    refuses_in_stage("RUN cat <<EOF>f\nEOF", "`EOF>f` has no end", "the delimiter goes on to the end of the word");
    refuses_in_stage("RUN echo $((1 << 2))", "`2))` has no end", "arithmetic with blanks is a trap");
    refuses_in_stage("RUN cat <<A <<B\nA\n", "`B` has no end", "each needs its own");
    let (_, problems) = parse("FROM a\nRUN cat <<EOF\nserver {\n  listen 80;\n}\n");
    assert_eq!(problems.len(), 1, "what should have been the body is not told of again: {problems:#?}");
}

#[test]
fn bodies() {
    reads_in_stage(
        "RUN <<E\n# c\nx \\\n\ny\nE\nUSER u",
        "RUN sh[<<E] <<E\"# c\\nx \\\\\\n\\ny\\n\"\nUSER [u]",
        "nothing in a body is a comment or a continuation",
    );
    reads_in_stage(
        "RUN <<E\nE\nUSER u",
        "RUN sh[<<E] <<E\"\"\nUSER [u]",
        "a body may be empty and need no blank line behind it",
    );
    reads_in_stage("RUN <<-E\n\t\tx\n\t y\n\tE", "RUN sh[<<-E] <<-E\"x\\n y\\n\"", "leading tabs go with a dash");
    reads_in_stage(
        "RUN <<E\r\nx\r\nE\r\nUSER u\r\n",
        "RUN sh[<<E] <<E\"x\\r\\n\"\nUSER [u]",
        "Windows line ends stay in the body and do not hide its end",
    );
    reads_in_stage(
        "RUN cat <<A >a && cat <<B >b\n1\nA\n2\nB\nUSER u",
        "RUN sh[cat <<A >a && cat <<B >b] <<A\"1\\n\" <<B\"2\\n\"\nUSER [u]",
        "two bodies follow each other",
    );
    reads_in_stage(
        "RUN a <<A \\\n && b <<B\nA\nB",
        "RUN sh[a <<A  && b <<B] <<A\"\" <<B\"\"",
        "lines are joined before openers are looked for",
    );
    reads_in_stage(
        "RUN cat <<A <<A\n1\nA\n2\nA",
        "RUN sh[cat <<A <<A] <<A\"1\\n\" <<A\"2\\n\"",
        "the same delimiter twice",
    );
    reads(
        "# escape=`\nFROM a\nRUN <<\\E\nx\nE",
        "FROM [a]\nRUN sh[<<\\E] <<'E'\"x\\n\"",
        "the delimiter is escaped with a backslash whatever the directive says",
    );
    reads_in_stage("RUN <<E\nFROM b\nE", "RUN sh[<<E] <<E\"FROM b\\n\"", "an instruction in a body is none");
}

#[test]
fn copied_files() {
    reads_in_stage("COPY <<EOF /x\nb\nEOF\nUSER u", "COPY -> [/x] <<EOF\"b\\n\"\nUSER [u]", "a heredoc is a source");
    reads_in_stage("COPY <<-EOF /x\n\tb\n\tEOF\n", "COPY -> [/x] <<-EOF\"b\\n\"", "with tabs removed");
    reads_in_stage("ADD <<EOF /x\nb\nEOF\n", "ADD -> [/x] <<EOF\"b\\n\"", "in ADD too");
    reads_in_stage(
        "COPY --chmod=755 <<'EOF' /x\n$b\nEOF\n",
        "COPY --chmod=[755] -> [/x] <<'EOF'\"$b\\n\"",
        "behind flags",
    );
    reads_in_stage(
        "COPY <<A <<B a.txt /d/\n1\nA\n2\nB",
        "COPY [a.txt] -> [/d/] <<A\"1\\n\" <<B\"2\\n\"",
        "several, beside other sources",
    );
    reads_in_stage("ONBUILD COPY <<A /d\n1\nA\nUSER u", "ONBUILD COPY -> [/d] <<A\"1\\n\"\nUSER [u]", "in a trigger");
    refuses_in_stage(
        "COPY a <<EOF\nEOF",
        "a heredoc cannot be the destination",
        "nothing can be copied into a heredoc",
    );
    refuses_in_stage("COPY <<EOF\nEOF", "needs a source and a destination", "a heredoc is only a source");
}

fn script(run: &str) -> Option<String> {
    let (file, problems) = parse(&format!("FROM a\n{run}"));
    assert_eq!(problems, [], "{run}");
    match &file.instructions[1].kind {
        Kind::Run(run) => run.script.as_ref().map(|script| script.value.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_shell_reads() {
    let is = |run: &str, expected: Option<&str>, why: &str| assert_eq!(script(run).as_deref(), expected, "{why}");
    is("RUN x", Some("x"), "the line");
    is("RUN [\"x\"]", None, "no shell at all");
    is("RUN <<EOF\na\nb\nEOF", Some("a\nb\n"), "the body alone, if it is the whole command");
    is("RUN <<-EOF\n\ta\n\tEOF", Some("a\n"), "without its tabs");
    is("RUN --network=none <<EOF\na\nEOF", Some("a\n"), "flags do not count");
    is("RUN << EOF\na\nEOF", Some("a\n"), "nor does the blank");
    is("RUN <<EOF\n#!/bin/bash -e\na\nEOF", Some("#!/bin/bash -e\na\n"), "a shell named by the body is a shell");
    is("RUN <<EOF\n#!/usr/bin/env -S bash -e\na\nEOF", Some("#!/usr/bin/env -S bash -e\na\n"), "also through env");
    is("RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF", None, "another interpreter is none");
    is("RUN <<EOF\n#!/opt/bin/node\nEOF", None, "another interpreter is none");
    is("RUN python3 <<EOF\nprint()\nEOF", Some("python3 <<EOF\nprint()\nEOF"), "otherwise the line with its heredocs");
    is("RUN cat <<A >x && cat <<B\n1\nA\n2\nB", Some("cat <<A >x && cat <<B\n1\nA\n2\nB"), "all of them");
    is("RUN <<A <<B\n1\nA\n2\nB", Some("<<A <<B\n1\nA\n2\nB"), "two are not one");
}
