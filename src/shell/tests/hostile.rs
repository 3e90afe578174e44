//! Texts that cost time or stack if anything about them is not bounded.

use super::*;

#[test]
fn hostile_texts_take_linear_time() {
    let openers = [
        "(",
        "((",
        "( ",
        "{ ",
        "$(",
        "\"$(",
        "`",
        "`$(",
        "<<A",
        "<<A ",
        "<<A\n",
        "$((",
        "${",
        "${a:-",
        "\"${",
        "case x in ",
        "case x in a) ",
        "if ",
        "if a; then ",
        "for x in ",
        "while ",
        "'",
        "\"",
        "$'",
        "[[ ",
        "a=(",
        "@(",
        "f() ",
        "f() { ",
        ">",
        "<(",
        "a|",
        "a&",
        "a && b || ",
        "{ a && { a; } || ",
        "time ",
        "! ",
        "\\",
        "#",
        "1>",
        "((a) ",
        "$((a) ",
        "function f ",
        "`\\`",
        "$(a <<A\n",
        "}",
        ")",
        "fi ",
        ";;",
        "sudo ",
        "((' ",
        "\u{e9}",
        "\r",
        "{a",
        "a[",
    ];
    for opener in openers {
        let mut text = opener.repeat(20_000);
        assert_fast(&text);
        text.push_str(&") ".repeat(20_000));
        assert_fast(&text);
    }
    assert_fast(&format!("{}{}", "( ".repeat(20_000), ") ".repeat(20_000)));
    assert_fast(&format!("{}{}", "(".repeat(20_000), ") ".repeat(20_000)));
    assert_fast(&format!("{}a{}", "{ ".repeat(20_000), "; } | a".repeat(20_000)));
    assert_fast(&format!("{}x{}", "${A:-".repeat(20_000), "}".repeat(20_000)));
}

/// Unoptimised and on a loaded machine; anything quadratic takes minutes.
fn assert_fast(text: &str) {
    let start = Instant::now();
    let script = scan(text);
    for command in &script.commands {
        command.behind_prefixes();
    }
    if let Some(word) = script.commands.first().and_then(|command| command.words.first()) {
        word.expand(&|_| None);
    }
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(3), "{:?}... takes {taken:?}", text.chars().take(12).collect::<String>());
}
