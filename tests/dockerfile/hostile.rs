//! Hostile inputs: each ends soon, in an unoptimised build on a busy machine too. What would be quadratic or
//! exponential takes minutes here, so the bound may be generous.

use std::time::{Duration, Instant};

use plimsoll::problem::Problem;
use plimsoll::subject::dockerfile::expand::{Expanded, Lookup, expand};
use plimsoll::subject::dockerfile::stage::BuildSettings;

use crate::shape::resolve;

const BOUND: Duration = Duration::from_secs(20);

#[track_caller]
fn soon(what: &str, text: &str) -> (usize, Vec<Problem>) {
    let start = Instant::now();
    let (file, stages, problems) = resolve(text, &BuildSettings::default());
    if let Some(target) = stages.target {
        stages.reachable(&file, target);
        stages.chain(target);
    }
    assert!(start.elapsed() < BOUND, "{what} takes {:?}", start.elapsed());
    (file.instructions.len(), problems)
}

#[test]
fn openers_of_json() {
    let (count, problems) = soon("100k broken arrays", &format!("FROM a\n{}", "CMD [\n".repeat(100_000)));
    assert_eq!((count, problems.len()), (100_001, 0), "each is text for the shell");
    soon("deep arrays", &format!("FROM a\nCMD {}", "[".repeat(60_000)));
    soon("an array of one long string", &format!("FROM a\nCMD [\"{}\"]", "x\\\n".repeat(50_000)));
    soon("an array of many strings", &format!("FROM a\nCMD [\"a\"{}]", ",\\\n\"b\"".repeat(50_000)));
}

#[test]
fn heredocs_without_end() {
    let (_, problems) = soon("the same delimiter", &format!("FROM a\n{}", "RUN x <<EOF\n".repeat(20_000)));
    assert_eq!(problems.len(), 20_000);
    let distinct: String = (0..20_000).map(|i| format!("RUN x <<E{i}\n")).collect();
    soon("distinct delimiters", &format!("FROM a\n{distinct}"));
    soon("an end that is indented", &format!("FROM a\n{}\tEOF\n", "RUN x <<EOF\n".repeat(20_000)));
    soon("an end above", &format!("FROM a\nRUN <<EOF\nEOF\n{}", "RUN x <<EOF\n".repeat(20_000)));
    soon("many on a line", &format!("FROM a\nRUN x{}", " <<EOF".repeat(10_000)));
    let (_, problems) = soon(
        "many on a line, all with their end",
        &format!("FROM a\nRUN x{}\n{}", " <<E".repeat(10_000), "E\n".repeat(10_000)),
    );
    assert_eq!(problems, []);
}

#[test]
fn long_lines() {
    let (count, problems) = soon("a line of 10 MB", &format!("FROM a\nRUN {}", "x".repeat(10_000_000)));
    assert_eq!((count, problems.len()), (2, 1));
    soon("a keyword of 10 MB", &"x".repeat(10_000_000));
    soon("10 MB of flags", &format!("FROM a\nRUN {}", "--mount=target=/x ".repeat(500_000)));
    soon("flags that only one may be", &format!("FROM a\nCOPY {}a b", "--exclude=x ".repeat(50_000)));
    soon("10 MB of blanks", &format!("FROM a\nUSER {}x", " ".repeat(10_000_000)));
    soon("words", &format!("FROM a\nENV {}", "A=1 ".repeat(500_000)));
    soon("quotes", &format!("FROM a\nENV A={}", "\"'".repeat(500_000)));
    soon("heredoc openers in quotes", &format!("FROM a\nRUN \"{}", "<<".repeat(500_000)));
    soon("fields of a mount", &format!("FROM a\nRUN --mount=target=/{} x", ",ro".repeat(200_000)));
}

#[test]
fn many_lines() {
    let (count, _) = soon("50k continuations", &format!("FROM a\nRUN x{}", " \\\n y".repeat(50_000)));
    assert_eq!(count, 2);
    let (count, _) = soon("words over 50k lines", &format!("FROM a\nENV A=1{}", " \\\n B=2".repeat(50_000)));
    assert_eq!(count, 2);
    soon("one word over 50k lines", &format!("FROM a\nUSER x{}", "\\\ny".repeat(50_000)));
    soon("comments in an instruction", &format!("FROM a\nRUN x \\\n{}y", "# c\n".repeat(200_000)));
    soon("blank lines in an instruction", &format!("FROM a\nRUN x \\\n{}y", "\n".repeat(200_000)));
    let (count, problems) = soon("1M comments", &"#\n".repeat(1_000_000));
    assert_eq!((count, problems.len()), (0, 1));
    let (_, problems) = soon("100k lines astray", &"nope nope\n".repeat(100_000));
    assert_eq!(problems.len(), 2, "they are one problem, and no stage is another");
    soon("1M blank lines", &"\n".repeat(1_000_000));
    soon("directives", &"# syntax=docker/dockerfile:1\n".repeat(50_000));
    soon("triggers of triggers", &format!("FROM a\n{}", "ONBUILD ".repeat(8_000)));
}

#[test]
fn many_stages() {
    let distinct: String = (0..20_000).map(|i| format!("FROM a AS s{i}\nCOPY --from=s{} x y\n", i / 2)).collect();
    soon("20k stages", &distinct);
    soon("20k stages of a name", &"FROM s AS s\nCOPY --from=s x y\n".repeat(20_000));
    soon(
        "20k stages, each from the one before",
        &(0..20_000).map(|i| format!("FROM s{i} AS s{}\n", i + 1)).collect::<String>(),
    );
    soon(
        "20k arguments",
        &format!("{}FROM a", (0..20_000).map(|i| format!("ARG A{i}=$A{}\n", i / 2)).collect::<String>()),
    );
    let (_, problems) = soon("values that double", &format!("ARG A=xxxxxxxx\n{}FROM $A", "ARG A=$A$A\n".repeat(200)));
    assert_eq!(problems, [], "the value becomes unknown");
}

#[test]
fn odd_bytes() {
    for text in [
        "\0",
        "FROM \0\nRUN \0",
        "\u{feff}",
        "\u{feff}\u{feff}FROM a",
        "\r",
        "\r\r\nFROM a\r",
        "\u{feff}\r\n#\r\n",
        "FROM a\\",
        "\\",
        "\\\n\\\n",
        "# escape=`\n`",
        "`\n",
    ] {
        soon("odd bytes", text);
    }
    soon("100k NUL bytes", &"\0".repeat(100_000));
    soon("100k carriage returns", &"\r".repeat(100_000));
    soon("100k byte order marks", &"\u{feff}".repeat(100_000));
}

#[test]
fn expansions() {
    let long = "foobar".repeat(600);
    let table = |name: &str| if name == "A" { Lookup::Value(long.clone()) } else { Lookup::Unset };
    let start = Instant::now();
    let refused = |word: &str| !matches!(expand(word, '\\', &table), Ok(Expanded::Value(_)));
    assert!(refused(&"${".repeat(100_000)), "openers");
    assert!(refused(&"${A:-".repeat(20_000)), "openers with a default");
    assert!(refused(&"\"${A:-".repeat(15_000)), "openers in quotes");
    assert!(refused(&"$A".repeat(60_000)), "a value 60k times");
    assert!(refused(&"${A+}".repeat(20_000)), "a value looked at 20k times");
    assert!(refused(&format!("${{A#{}}}", "*r".repeat(30_000))), "a pattern of stars");
    assert!(refused(&format!("${{A//{}r/x}}", "?*".repeat(1000))), "a pattern of stars in each place");
    assert!(refused(&format!("${{A//o/{}}}", "x".repeat(60_000))), "a replacement of 60 KB 1,200 times");
    assert!(refused(&"'".repeat(99_999)), "quotes");
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
}
