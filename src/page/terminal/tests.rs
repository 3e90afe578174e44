use super::*;

fn plain(body: &str, width: usize) -> String {
    render_terminal(body, width, false)
}

#[test]
fn paragraphs_are_wrapped_and_set_apart() {
    let body = "One two three four five\nsix seven.\n\nEight **nine**\n_ten_.\n";
    assert_eq!(plain(body, 20), "One two three four\nfive six seven.\n\nEight nine ten.\n");
}

#[test]
fn a_word_longer_than_the_line_stands_alone() {
    assert_eq!(plain("a bbbbbbbbbbbbbbbbbbbbbbbbbbbb c", 20), "a\nbbbbbbbbbbbbbbbbbbbbbbbbbbbb\nc\n");
}

#[test]
fn inline_code_is_never_broken() {
    assert_eq!(plain("The last `USER root` line.", 20), "The last `USER root`\nline.\n");
}

#[test]
fn punctuation_stays_with_its_code() {
    assert_eq!(plain("123456789012345 `abc`, x", 20), "123456789012345\n`abc`, x\n");
}

#[test]
fn headings_are_underlined_without_color_and_bold_with_it() {
    assert_eq!(plain("Text.\n\n## Why `x`\n\nMore.\n", 40), "Text.\n\nWhy `x`\n-------\n\nMore.\n");
    assert_eq!(render_terminal("## Why not\n", 40, true), "\x1b[1mWhy not\x1b[0m\n");
}

#[test]
fn lists_hang_under_their_marker() {
    let body = "Text:\n- one two three four five six\n- two\n  1. in\n  2. ner\n\nAfter.\n";
    let expected = "Text:\n\n- one two three four\n  five six\n- two\n  1. in\n  2. ner\n\nAfter.\n";
    assert_eq!(plain(body, 20), expected);
}

#[test]
fn loose_items_keep_their_paragraphs() {
    assert_eq!(plain("- a\n\n  b\n\n- c\n", 20), "- a\n\n  b\n\n- c\n");
}

#[test]
fn links_show_where_they_lead() {
    let body = "See [the manual](https://docs.example/x), <https://a.example> and [here](#why).";
    assert_eq!(plain(body, 80), "See the manual (https://docs.example/x), https://a.example and here.\n");
}

#[test]
fn code_is_indented_and_never_wrapped() {
    let body = "Text.\n```sh\necho 1 2 3 4 5 6 7 8 9 10 11\n\n  x\n```\nText.\n";
    assert_eq!(plain(body, 20), "Text.\n\n    echo 1 2 3 4 5 6 7 8 9 10 11\n\n      x\n\nText.\n");
}

#[test]
fn examples_show_the_lines_they_are_bad_on_and_files_their_name() {
    let body = "```text file=api/.nvmrc\n20\n```\n```dockerfile bad=2\nFROM a\nUSER root\n```\n";
    assert_eq!(plain(body, 40), "  api/.nvmrc:\n    20\n\n    FROM a\n  > USER root\n");
    assert!(render_terminal(body, 40, true).ends_with("    FROM a\n\x1b[31m  > USER root\x1b[0m\n"));
}

#[test]
fn styles_appear_only_with_color() {
    let body = "A **b c** `d e` [f](https://g.example).";
    assert!(!plain(body, 80).contains('\x1b'));
    let colored = "A \x1b[1mb c\x1b[0m \x1b[36md e\x1b[0m \x1b[4mf\x1b[0m (https://g.example).\n";
    assert_eq!(render_terminal(body, 80, true), colored);
}

#[test]
fn control_characters_of_the_text_stay_out_of_the_terminal() {
    let body = "a\x1b[31mb `c\x07`\n\n    x\x1b]0;t\x07\n";
    assert!(!plain(body, 80).chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn a_break_and_a_rule_are_kept() {
    assert_eq!(plain("a  \nb\n\n---\n\nc\n", 20), "a\nb\n\n--------------------\n\nc\n");
}

#[test]
fn quotes_are_indented() {
    assert_eq!(plain("a\n\n> b\n> c\n\nd\n", 20), "a\n\n  b c\n\nd\n");
}

#[test]
fn an_empty_body_renders_to_nothing() {
    assert_eq!(plain("", 80), "");
}

#[test]
fn a_tiny_terminal_still_gets_text() {
    assert_eq!(plain("aaaa bbbb cccc dddd eeee", 0), "aaaa bbbb cccc dddd\neeee\n");
}
