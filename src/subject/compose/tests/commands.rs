use super::*;
use crate::subject::compose::words;

#[test]
fn text_is_split_like_go_shellwords_does() {
    let cases: [(&str, &[&str]); 16] = [
        ("npm run a && npm run b", &["npm", "run", "a"]),
        ("sh -c \"a && b\"", &["sh", "-c", "a && b"]),
        ("sh -c a && b", &["sh", "-c", "a"]),
        ("server 2>&1 x", &["server"]),
        ("a \";\" b", &["a", ";", "b"]),
        ("a \\; b", &["a", ";", "b"]),
        ("echo $HOME", &["echo", "$HOME"]),
        ("redis-server --appendonly yes", &["redis-server", "--appendonly", "yes"]),
        ("''", &[""]),
        ("a\n  b\n", &["a", "b"]),
        ("a\\tb", &["atb"]),
        ("x $(b c) `d e`", &["x", "$(b c)", "`d e`"]),
        ("A=1 {a,b} *.js ~ #x", &["A=1", "{a,b}", "*.js", "~", "#x"]),
        ("a'b c'\"d\"", &["ab cd"]),
        ("\"a\\\"b\"", &["a\"b"]),
        ("é 'ü'", &["é", "ü"]),
    ];
    for (text, expected) in cases {
        let words = words::split(text).unwrap();
        let words: Vec<_> = words.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, expected, "{text}");
    }
    assert_eq!(words::split("").unwrap().words, []);
    for text in ["a (b)", "a )", "a 'b", "a \"b", "$(a", "`a"] {
        assert!(words::split(text).is_err(), "{text}");
    }
}

#[test]
fn an_operator_cuts_the_command_and_is_pointed_at() {
    let case = attributes("command: npm run build && npm start");
    let command = case.service("a").command.as_ref().unwrap().value().unwrap();
    assert_eq!(case.slice(command.cut.unwrap()), "&");
    assert_eq!(case.slice(command.argv[2].span), "build");
    assert_eq!(case.whats(), [""; 0]);
}

#[test]
fn forms_of_a_command() {
    let cases: [(&str, Option<&[&str]>); 10] = [
        ("command: [a, 'b c']", Some(&["a", "b c"])),
        ("command: []", Some(&[])),
        ("command: ''", Some(&[])),
        ("command: null", None),
        ("command:", None),
        ("command: echo $$HOME", Some(&["echo", "$HOME"])),
        ("command: \"redis-server --appendonly yes\"", Some(&["redis-server", "--appendonly", "yes"])),
        ("command: >\n  a\n  b", Some(&["a", "b"])),
        ("command: |\n  a\n  b", Some(&["a", "b"])),
        ("command: a --p=${P}", Some(&["a", "--p=${P}"])),
    ];
    for (lines, expected) in cases {
        let case = attributes(lines);
        assert_eq!(argv(&case.service("a").command).as_deref(), expected, "{lines}");
    }
}

#[test]
fn words_keep_their_places_beside_variables_and_dollars() {
    let case = attributes("command: >-\n  run --home $$HOME ${X:-a} --port\n  80");
    let command = case.service("a").command.as_ref().unwrap().value().unwrap();
    let places: Vec<_> = command.argv.iter().map(|word| case.slice(word.span)).collect();
    assert_eq!(argv(&case.service("a").command).unwrap(), ["run", "--home", "$HOME", "a", "--port", "80"]);
    assert_eq!((places[0], places[1], places[2], places[4], places[5]), ("run", "--home", "$HOME", "--port", "80"));
}

#[test]
fn a_word_with_a_variable_without_value_is_marked() {
    let case = attributes("command: [serve, --port, \"${PORT}\"]");
    let command = case.service("a").command.as_ref().unwrap().value().unwrap();
    assert_eq!(command.unknown.as_deref(), Some("the variable `PORT` is not set"));
    assert_eq!(command.argv[2].value, "${PORT}");
}

#[test]
fn health_checks() {
    let test = |lines: &str| {
        let case = attributes(lines);
        assert_eq!(case.errors(), [""; 0], "{lines}");
        match &case.service("a").healthcheck.as_ref().unwrap().test {
            None => "none".to_string(),
            Some(given) => match given.value().unwrap() {
                Test::Inherit => "inherit".to_string(),
                Test::Off => "off".to_string(),
                Test::Shell(text) => format!("sh {}", text.value),
                Test::Exec(words) => {
                    format!("exec {}", words.iter().map(|w| w.value.clone()).collect::<Vec<_>>().join(","))
                }
            },
        }
    };
    assert_eq!(test("healthcheck: {test: curl -f http://x}"), "sh curl -f http://x");
    assert_eq!(test("healthcheck: {test: NONE}"), "sh NONE");
    assert_eq!(test("healthcheck: {test: [NONE]}"), "off");
    assert_eq!(test("healthcheck: {test: []}"), "inherit");
    assert_eq!(test("healthcheck: {test: [CMD, a, 'b c']}"), "exec a,b c");
    assert_eq!(test("healthcheck: {test: [CMD-SHELL, a b]}"), "sh a b");
    assert_eq!(test("healthcheck: {test: [CMD, a], disable: true}"), "off");
    assert_eq!(test("healthcheck: {test: [CMD, a], disable: false}"), "exec a");
    assert_eq!(test("healthcheck: {disable: \"true\"}"), "off");
    assert_eq!(test("healthcheck: {interval: 5s}"), "none");
}

#[test]
fn the_first_item_of_a_test_must_say_how_it_runs() {
    let case = attributes("healthcheck: {test: [curl, x]}");
    assert_eq!(case.errors(), ["the first item of `healthcheck.test` must be `NONE`, `CMD` or `CMD-SHELL`"]);
}
