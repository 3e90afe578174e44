//! Inputs that nobody writes by accident.

use proptest::prelude::*;

use super::{alone, with_files};
use crate::problem::ProblemPlace;
use crate::source::{SourceId, Span};
use crate::subject::nginx::substitute::{Variable, substitute};
use crate::subject::nginx::{Directive, parse};

fn check(directives: &[Directive], text: &str) {
    let inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    for directive in directives {
        inside(directive.span);
        inside(directive.head());
        directive.arguments.iter().for_each(|word| inside(word.span));
        if let Some(block) = &directive.block {
            inside(block.open);
            inside(block.close);
            check(&block.directives, text);
        }
    }
}

fn exercise(text: &str) {
    let parsed = parse(SourceId(0), text);
    check(&parsed.directives, text);
    for problem in &parsed.problems {
        let ProblemPlace::Span(span) = problem.place else { panic!("a problem without a span") };
        assert!(text.get(span.range()).is_some(), "{problem:?}");
    }
    let configuration = alone(text);
    for server in configuration.servers() {
        for path in ["/", "/a/b", "/assets/app.js"] {
            for level in configuration.answers(server, path).levels {
                let _ =
                    (configuration.headers_at(level), configuration.expires_at(level), configuration.handler(level));
            }
        }
        let _ = configuration.listens(server);
    }
    let _ = configuration.targets();
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_span_is_in_it(text in "(?s).{0,200}") {
        exercise(&text);
    }

    #[test]
    fn any_mix_of_words_is_read(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "http", "server", "location", "/", "=", "~", "~*", "^~", "(", "[a", "{", "}", ";", " ", "\n", "\"", "'",
                "\\", "#", "$", "${", "include", "*", "try_files", "$uri", "/index.html", "@a", "if", "return", "200",
                "add_header", "X", "é", "proxy_pass", "http://a:1", "$b", "set", "map", "upstream", "listen", "[::]:80",
                "expires", "1y", "_by_lua_block", "-", "types", ":",
            ]),
            0..60,
        )
    ) {
        exercise(&words.concat());
        exercise(&words.join(" "));
    }

    #[test]
    fn any_template_keeps_its_places(text in "[a$ {}A_é;\"]{0,60}", value in "[ a;é{]{0,5}") {
        let filled = substitute(&text, &|name| match name {
            "A" => Variable::Known(value.clone()),
            "A_" => Variable::Unknown("why".to_string()),
            _ => Variable::Unset,
        }, None);
        let length = filled.text().len();
        for start in 0..length {
            for end in start..=length {
                if filled.text().is_char_boundary(start) && filled.text().is_char_boundary(end) {
                    prop_assert!(text.get(filled.place(start..end)).is_some());
                }
            }
        }
    }
}

#[test]
fn deep_blocks_many_directives_and_large_expressions_are_bounded() {
    exercise(&"a{".repeat(100_000));
    exercise(&"location / {".repeat(10_000));
    exercise(&"}".repeat(100_000));
    exercise(&"a b;".repeat(150_000));
    exercise(&format!("server {{ location ~ {} {{ }} }}", "(a*)*".repeat(400)));
    exercise(&format!("server {{ location ~ \"(a{{1,1000}}){{1,1000}}\" {{ }} }}{}", "é\\".repeat(1000)));
    exercise(&format!("server {{ {} }}", "location /a { }".repeat(20_000)));
}

#[test]
fn files_that_include_themselves_end() {
    let configuration =
        with_files("http { include a; }", &[("/etc/nginx/a", "include b; gzip on;"), ("/etc/nginx/b", "include a;")]);
    assert_eq!(configuration.failures[0].why, "nginx does not start: `a` is included again and again");
    let wide = "include conf.d/*.conf;".repeat(50);
    let files: Vec<(String, &str)> = (0..40).map(|i| (format!("/etc/nginx/conf.d/{i}.conf"), "gzip on;")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let configuration = with_files(&format!("http {{ {wide} }}"), &files);
    assert_eq!(
        configuration.unknowns().next().map(|u| u.why.as_str()),
        Some("too many files are included to read them all")
    );
}
