use std::time::{Duration, Instant};

use super::*;

const SOURCE: SourceId = SourceId(0);

fn one(text: &str) -> Arc<Node> {
    let loaded = load(SOURCE, text);
    assert_eq!(loaded.problems, [], "{text}");
    loaded.documents[0].clone()
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.range()]
}

#[test]
fn scalars_mean_what_go_yaml_makes_of_them() {
    use Resolved::*;
    let cases = [
        ("", Null),
        ("~", Null),
        ("null", Null),
        ("NULL", Null),
        ("nULL", Text),
        ("true", Bool(true)),
        ("False", Bool(false)),
        ("tRue", Text),
        ("yes", Text),
        ("on", Text),
        ("y", Text),
        ("off", Text),
        ("0777", Int(511)),
        ("017", Int(15)),
        ("0o17", Int(15)),
        ("0x10", Int(16)),
        ("0b11", Int(3)),
        ("1_000", Int(1000)),
        ("-5", Int(-5)),
        ("+5", Int(5)),
        ("--5", Text),
        ("+-5", Text),
        ("0", Int(0)),
        ("00", Int(0)),
        ("08", Float(8.0)),
        ("18446744073709551615", Int(18_446_744_073_709_551_615)),
        ("1e3", Float(1000.0)),
        ("1.10", Float(1.1)),
        (".5", Float(0.5)),
        ("1.", Float(1.0)),
        (".", Text),
        ("-", Text),
        ("1.2.3", Text),
        ("22:22", Text),
        ("1:30", Text),
        ("0x", Text),
        ("0xg", Text),
        (".inf", Float(f64::INFINITY)),
        ("-.INF", Float(f64::NEG_INFINITY)),
        ("inf", Text),
        ("nan", Text),
        ("2001-12-14", Date),
        ("2001-12-14T21:59:43.10-05:00", Date),
        ("2001-12-14 21:59:43.10 -5", Date),
        ("2001-1", Text),
        ("2001-13-14", Text),
        ("500m", Text),
        ("1g", Text),
        ("1e400", Text),
    ];
    for (text, meaning) in cases {
        assert_eq!(resolve(text), meaning, "{text}");
    }
    assert!(matches!(resolve(".nan"), Float(value) if value.is_nan()));
}

#[test]
fn quotes_and_tags_make_text() {
    let node = one("a: '1'\nb: \"true\"\nc: !!str 5\nd: |\n  7\ne: !!int '5'\n");
    let text = |key: &str| node.get(key).and_then(|n| n.as_str().map(str::to_string));
    assert_eq!(text("a").as_deref(), Some("1"));
    assert_eq!(text("b").as_deref(), Some("true"));
    assert_eq!(text("c").as_deref(), Some("5"));
    assert_eq!(text("d").as_deref(), Some("7\n"));
    assert_eq!(node.get("e").and_then(|n| n.as_int()), Some(5));
}

#[test]
fn spans_end_at_the_last_byte_that_belongs() {
    let text = "\u{feff}# c\na: &x\n  b: 1 # k\n  'q':\n\n# trailing\nc: !reset [1, *x]\nd: |-\n   foo\n    bar\n\n\n# z\ne: end\n";
    let node = one(text);
    assert_eq!(slice(text, node.span), text["\u{feff}# c\n".len()..].trim_end());
    assert_eq!(slice(text, node.get("a").unwrap().span), "b: 1 # k\n  'q'");
    assert_eq!(slice(text, node.get("c").unwrap().span), "[1, *x]");
    assert_eq!(slice(text, node.get("c").unwrap().tag.as_ref().unwrap().span), "!reset");
    assert_eq!(slice(text, node.get("d").unwrap().span), "foo\n    bar");
    assert_eq!(slice(text, node.entry("e").unwrap().key.span), "e");
    assert_eq!(slice(text, node.get("a").unwrap().entries()[1].key.span), "'q'");
    let comments: Vec<_> = load(SOURCE, text).comments.iter().map(|c| slice(text, *c).to_string()).collect();
    assert_eq!(comments, ["# c", "# k", "# trailing", "# z"]);
}

#[test]
fn lines_may_end_with_carriage_returns() {
    let text = "a:\r\n  b: x\r\n  c: |\r\n    one\r\n    two\r\n";
    let node = one(text);
    let a = node.get("a").unwrap();
    assert_eq!(slice(text, a.get("b").unwrap().span), "x");
    assert_eq!(a.get("c").unwrap().as_str(), Some("one\ntwo\n"));
    let lines = text_of(a.get("c").unwrap(), text);
    assert_eq!(lines.value, "one\ntwo\n");
    assert_eq!(slice(text, lines.span(4..7)), "two");
}

#[test]
fn aliases_share_and_merge_keys_add() {
    let node = one("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: {<<: *b}\ne: *a\n");
    let read = |map: &str, key: &str| node.get(map).and_then(|m| m.get(key)).and_then(|n| n.as_int());
    assert_eq!((read("c", "x"), read("c", "y"), read("c", "z")), (Some(9), Some(2), Some(4)));
    assert_eq!(read("d", "z"), Some(4));
    assert!(Arc::ptr_eq(node.get("a").unwrap(), node.get("e").unwrap()));
    assert!(node.get("c").unwrap().entry("y").unwrap().merged);
}

#[test]
fn reading_goes_on_after_what_is_wrong_with_keys() {
    let loaded = load(SOURCE, "a: 1\nb: 2\na: 3\n1: x\n[k]: y\n<<: 5\nc: *nope\nd: &d [*d]\nlast: yes\n");
    let whats: Vec<_> = loaded.problems.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(
        whats,
        [
            "the key `a` stands twice in one mapping",
            "the key `1` must be text, this is a number",
            "a key must be text, this is a list",
            "the alias `*nope` has no anchor before it",
            "this alias stands inside the value it stands for",
            "a merge key takes mappings, this is a number",
        ]
    );
    let root = &loaded.documents[0];
    assert_eq!(root.get("a").and_then(|n| n.as_int()), Some(3));
    assert_eq!(root.get("last").and_then(|n| n.as_str()), Some("yes"));
}

#[test]
fn duplicates_are_found_in_large_mappings_too() {
    let mut text: String = (0..50).map(|i| format!("k{i}: {i}\n")).collect();
    text.push_str("k3: 1\nk40: 2\nfresh: 3\nfresh: 4\n");
    assert_eq!(load(SOURCE, &text).problems.len(), 3);
}

#[test]
fn documents_before_a_syntax_error_are_kept() {
    let loaded = load(SOURCE, "a: 1\n---\nb: [1, 2\n---\nc: 3\n");
    assert_eq!(loaded.documents.len(), 1);
    assert_eq!(loaded.problems.len(), 1);
    assert!(loaded.problems[0].what.starts_with("this is not YAML: "), "{:?}", loaded.problems);
}

#[test]
fn json_is_read_as_it_is() {
    let text = "{\n\t\"a\": [1, 2.5, true, null, \"x\\u00e9\\/\\n\"],\n\t\"b\": {}\n}\n";
    let node = one(text);
    let json = to_json(&node, 100).unwrap();
    assert_eq!(json, serde_json::from_str::<serde_json::Value>(text).unwrap());
    assert_eq!(to_json(&node, 7), Err(TooLarge { nodes: 8 }));
}

#[test]
fn texts_know_their_places() {
    let cases = [
        ("k: plain text", "text", "text"),
        ("k: 'it''s text'", "text", "text"),
        ("k: 'it''s text'", "'s", "''s"),
        ("k: \"a \\\"b\\\" c\"", "c", "c"),
        ("k: plain\n  on two", "two", "two"),
        ("k: 'a\n  b'", "b", "b"),
        ("k: |\n  one\n    two\n  three\n", "two", "two"),
        ("k: |2-\n    one\n\n  three\n", "three", "three"),
        ("k: >\n  one\n  two\n\n  three\n", "three", "three"),
        ("k: >-\n  one\n  two\n", "two", "two"),
        ("k:\n  - |\n    é one\n    two\n", "two", "two"),
    ];
    for (source, part, there) in cases {
        let node = one(source);
        let value = &node.entries()[0].value;
        let value = value.items().first().unwrap_or(value);
        let text = text_of(value, source);
        assert_eq!(text.value, &*value.scalar().unwrap().text, "{source}");
        let at = text.value.find(part).unwrap();
        assert_eq!(slice(source, text.span(at..at + part.len())), there, "{source}");
    }
}

#[test]
fn a_text_that_cannot_be_followed_stays_inside_the_source() {
    for source in ["k: \"\\u00e9x\"", "k: \"\\U0001F600\"", "k: >+\n\n  a\n   b\n\n  c\n\n", "é: \"\\Lé\""] {
        let node = one(source);
        let text = text_of(&node.entries()[0].value, source);
        for end in (1..=text.value.len()).filter(|&i| text.value.is_char_boundary(i)) {
            assert!(source.get(text.span(0..end).range()).is_some(), "{source} {end}");
        }
    }
}

#[test]
fn hostile_documents_are_read_in_their_own_size() {
    let laughs: String =
        (1..60).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))).collect();
    let merges: String = (1..3000).map(|i| format!("m{i}: &m{i}\n  <<: *m{}\n  k{i}: 1\n", i - 1)).collect();
    let wide: String =
        (1..40).map(|i| format!("w{i}: &w{i} {{<<: [{}]}}\n", vec![format!("*w{}", i - 1); 12].join(","))).collect();
    let chain: String = (1..3000).map(|i| format!("c{i}: &c{i} [*c{}]\n", i - 1)).collect();
    let n = 20_000;
    let inputs = [
        "[".repeat(n),
        "{a: ".repeat(n),
        "- ".repeat(n),
        "? ".repeat(n),
        "{".repeat(n),
        "[{".repeat(n),
        "a: &a ".repeat(n),
        "!x ".repeat(n),
        "&x ".repeat(n),
        "*x ".repeat(n),
        "--- ".repeat(n),
        "---\n".repeat(n),
        "\"".repeat(n),
        "'".repeat(n),
        "# c\n".repeat(n),
        "|\n".repeat(n),
        "\t".repeat(n),
        "\0".repeat(n),
        "a: \0\n".to_string(),
        "\n".repeat(n),
        "%YAML 1.2\n".repeat(n),
        "k: ".repeat(n),
        "? - ".repeat(n),
        (0..n).map(|i| format!("{}a:\n", " ".repeat(i % 150))).collect(),
        format!("k: {}", "x".repeat(1 << 20)),
        format!("a0: &a0 x\n{laughs}"),
        format!("m0: &m0 {{z: 1}}\n{merges}"),
        format!("w0: &w0 {{z: 1}}\n{wide}"),
        format!("c0: &c0 x\n{chain}"),
        format!("a: &a x\nb: [{}]", "*a, ".repeat(n)),
        "a: &a\n  ".to_string() + &"b: *a\n  ".repeat(n),
    ];
    for input in inputs {
        let start = Instant::now();
        let loaded = load(SOURCE, &input);
        for document in &loaded.documents {
            let _ = to_json(document, 1000);
        }
        drop(loaded);
        let shown: String = input.chars().take(20).collect();
        assert!(start.elapsed() < Duration::from_secs(5), "{shown:?} took {:?}", start.elapsed());
    }
}

#[test]
fn nested_aliases_are_weighed_not_expanded() {
    let laughs: String =
        (1..12).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 11].join(","))).collect();
    let node = one(&format!("a0: &a0 x\n{laughs}"));
    assert_eq!(node.weight(), u32::MAX);
    assert!(to_json(&node, 1_000_000).is_err());
}
