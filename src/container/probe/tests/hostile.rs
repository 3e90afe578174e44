//! Hostile input: no panic, and time that grows with the length only.

use super::*;

fn within_a_second(name: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    assert!(start.elapsed() < Duration::from_secs(20), "{name} took {:?}", start.elapsed());
}

#[test]
fn repeated_openers_in_shell_form() {
    let pieces = [
        "\"",
        "'",
        "`",
        "$(",
        "${",
        "(",
        "{ ",
        "http://",
        "curl ",
        "curl http://",
        "| ",
        "|| ",
        "&& ",
        "; ",
        "\\",
        "$A",
        "sh -c ",
        "sh -c '",
        "node -e '",
        "timeout 1 ",
        "busybox ",
        "env ",
        "a=1 ",
        "echo $(curl ",
        "</dev/tcp/",
        "\u{F0000}",
        "GET / HTTP/1.1 ",
        " HTTP/1.",
        "set -o ",
        "[",
        "@",
        "curl -f localhost || true; ",
        "é",
        "\u{202E}",
        "$A curl ",
    ];
    for piece in pieces {
        for text in [piece.repeat(20_000), format!("curl {}", piece.repeat(20_000)), format!("{}x", piece.repeat(3))] {
            within_a_second(piece, || {
                let probe = shell(&text);
                assert!(describe(&probe).chars().count() < 600);
            });
        }
    }
}

#[test]
fn repeated_openers_in_code() {
    let pieces = [
        "\"",
        "'",
        "`",
        "${",
        "`${",
        "f'{",
        "f'",
        "'http://",
        "'http://'+",
        "'a'+",
        "process.env.A||",
        "(",
        "((",
        "[",
        "http.get(",
        "os.environ.get('A',",
        "os.getenv(",
        "port:",
        "port:1,",
        "HTTPConnection(",
        "connect(('h',",
        "a.",
        "\\",
        "'\\",
        "1",
        "||",
        "?",
        "?.",
        "é",
        "\u{F0000}",
        "'a'+b+",
        "x(1,",
    ];
    for piece in pieces {
        for program in [["node", "-e"], ["python", "-c"]] {
            let code = piece.repeat(20_000);
            within_a_second(piece, || drop(describe(&exec(&[program[0], program[1], &code]))));
            drop(exec(&[program[0], program[1], &piece.repeat(3)]));
        }
    }
}

#[test]
fn many_words_in_exec_form() {
    for word in ["http://", "-f", "$A", "||", "sh", "-c", "timeout", "env", "busybox", "", "\u{F0000}", "-"] {
        let words = vec![word; 20_000];
        within_a_second(word, || drop(exec(&words)));
        let words: Vec<&str> = std::iter::once("curl").chain(words).collect();
        within_a_second(word, || drop(exec(&words)));
    }
}

#[test]
fn a_text_with_marks_of_its_own_gets_no_variable() {
    let probe = shell("curl -f http://localhost:$PORT/ http://localhost:\u{F0000}/");
    assert_eq!(probe.checks[1].target.port(), Some(&Given::Unknown), "a mark in the text is not the variable");
    let text = "é\u{F0000}é; curl -f \"http://é\u{F0001}/\"";
    assert_eq!(&text[shell(text).checks[1].place.range()], "curl -f \"http://é\u{F0001}/\"");
}

#[test]
fn shells_in_shells_are_followed_so_far() {
    let words: Vec<&str> = std::iter::repeat_n(["sh", "-c"], 3).flatten().chain(["curl -f localhost"]).collect();
    assert!(exec(&words).can_fail, "`sh -c sh` reads no further text");
    let mut text = "curl -f localhost".to_string();
    for _ in 0..9 {
        text = format!("sh -c {}", text.replace('\\', "\\\\").replace(' ', "\\ "));
    }
    assert_eq!(shell(&text).incomplete.as_deref(), Some("the command is nested too deep"));
}
