mod hostile;

use std::time::{Duration, Instant};

use super::*;

/// The commands of a text, one a line: joint, nesting and flags, then the words as `none` or their literal text.
fn commands(text: &str) -> Vec<String> {
    scan(text).commands.iter().map(|command| describe(text, command)).collect()
}

fn describe(text: &str, command: &Command) -> String {
    let joint = match command.joint {
        Joint::First => "first",
        Joint::And => "and",
        Joint::Or => "or",
        Joint::Pipe => "pipe",
        Joint::Then => "then",
        Joint::Background => "background",
    };
    let nesting = match command.nesting {
        Nesting::Top => "",
        Nesting::Subshell => " subshell",
        Nesting::Substitution => " substitution",
        Nesting::Compound => " compound",
    };
    let mut line = format!("{joint}{nesting}");
    for (flag, name) in
        [(command.piped, " piped"), (command.background, " behind"), (command.conditional, " conditional")]
    {
        line.push_str(if flag { name } else { "" });
    }
    line.push(':');
    for assignment in &command.assignments {
        line.push_str(&format!(" {}={}", assignment.name, assignment.value.literal().unwrap_or("<none>")));
    }
    for word in &command.words {
        line.push_str(&format!(" {}", word.literal().unwrap_or(&text[word.range.clone()])));
    }
    for redirect in &command.redirects {
        let target = redirect.target.literal().unwrap_or("<none>");
        let body = redirect.body.clone().map(|body| format!("{:?}", &text[body])).unwrap_or_default();
        line.push_str(&format!(" [{}{target}{body}]", redirect.operator));
    }
    line
}

fn assert_commands(text: &str, expected: &[&str]) {
    assert_eq!(commands(text), expected, "{text}");
    assert!(!scan(text).partial, "nothing is left out of {text:?}");
}

fn first_word(text: &str) -> Word {
    scan(text).commands[0].words[0].clone()
}

#[test]
fn operators_join_commands() {
    assert_commands(
        "a && b || c; d | e & f",
        &[
            "first: a",
            "and conditional: b",
            "or conditional: c",
            "then piped behind: d",
            "pipe behind: e",
            "background: f",
        ],
    );
    assert_commands("a || true && b", &["first: a", "or conditional: true", "and: b"]);
    assert_commands("a |& b\n\n;c", &["first piped: a", "pipe: b", "then: c"]);
    assert_commands("a &&\n\n b ||\n c", &["first: a", "and conditional: b", "or conditional: c"]);
    assert_commands("a\\\n  b \\\n && c", &["first: a b", "and: c"]);
    assert_commands(
        "set -eux; apt-get update # done\ntrue",
        &["first: set -eux", "then: apt-get update", "then: true"],
    );
    assert_commands("echo a#b \\# x", &["first: echo a#b # x"]);
    assert_commands("a\r\nb\r\n", &["first: a", "then: b"]);
}

#[test]
fn groups_pass_on_what_they_stand_in() {
    assert_commands("id a || { b; c; }", &["first: id a", "first conditional: b", "then conditional: c"]);
    assert_commands("(a; b) | c", &["first subshell piped: a", "then subshell piped: b", "pipe: c"]);
    assert_commands("{ a; } > log 2>&1 && b", &["first: a", "and: b"]);
    assert_commands("{ a && b; } &", &["first behind: a", "and behind: b"]);
    assert_commands("((x = (1 + 2) * 3)) && a", &["and: a"]);
    assert_commands("((a); b)", &["first subshell: a", "then subshell: b"]);
    assert_commands("(a;(b))", &["first subshell: a", "first subshell: b"]);
}

#[test]
fn branches_loops_and_functions_hold_commands() {
    assert_commands(
        "if a; then b; elif c; then d; else e; fi && f",
        &[
            "first compound: a",
            "first compound conditional: b",
            "first compound conditional: c",
            "first compound conditional: d",
            "first compound conditional: e",
            "and: f",
        ],
    );
    assert_commands(
        "if ! id app; then useradd app; fi",
        &["first compound: id app", "first compound conditional: useradd app"],
    );
    assert_commands(
        "while read l; do a; done < in | b",
        &["first compound piped: read l", "first compound piped conditional: a", "pipe: b"],
    );
    assert_commands(
        "for x in 1 $(b); do a $x; done; c",
        &["first substitution: b", "first compound conditional: a $x", "then: c"],
    );
    assert_commands("for x\ndo a; done", &["first compound conditional: a"]);
    assert_commands("for ((i=0; i<3; i++)); do a; done", &["first compound conditional: a"]);
    assert_commands(
        "case $(arch) in x86*|'a b') a;; (*) b; c ;; esac; d",
        &[
            "first substitution: arch",
            "first compound conditional: a",
            "first compound conditional: b",
            "then compound conditional: c",
            "then: d",
        ],
    );
    assert_commands("case x in\n# none\n a) b\nesac", &["first compound conditional: b"]);
    assert_commands("f() { a; }; f", &["first compound conditional: a", "then: f"]);
    assert_commands(
        "function f { a; }\nf () ( b )",
        &["first compound conditional: a", "first subshell conditional: b"],
    );
    assert_commands("time a; time -p { b; }; ! c", &["first: time a", "first: b", "then: c"]);
    assert_commands("echo if then { } fi", &["first: echo if then { } fi"]);
    assert_commands("[[ -f x && ( $y =~ ^(a|b)$ ) ]] && a", &["first: [[ -f x && ( $y =~ ^(a|b)$ ) ]]", "and: a"]);
}

#[test]
fn quotes_and_escapes_are_removed() {
    let literals = [
        ("'a b'", "a b"),
        (r#""a \"b\" \$c \d""#, r#"a "b" $c \d"#),
        (r"a\ b\'", "a b'"),
        ("a'b'\"c\"", "abc"),
        ("a\\\nb", "ab"),
        ("\"a\\\nb\"", "ab"),
        (r"$'a\tb\x41\u00e9\101\'\q'", "a\tbAéA'\\q"),
        ("$\"a\"", "a"),
        ("\"\"", ""),
        ("a$", "a$"),
        ("*.@(a|b)x", "*.@(a|b)x"),
        ("{}", "{}"),
        ("\"it's\"", "it's"),
        ("\\é", "é"),
    ];
    for (text, expected) in literals {
        let script = scan(text);
        assert_eq!(script.commands[0].words[0].literal(), Some(expected), "{text}");
        assert_eq!(script.commands[0].words.len(), 1, "{text}");
        assert!(!script.partial, "{text}");
    }
    assert!(first_word("'a'b").quoted);
    assert!(!first_word("ab").quoted);
}

#[test]
fn variables_keep_their_operation() {
    let variable =
        |name: &str, operation: &str| vec![Part::Variable { name: name.to_string(), operation: operation.to_string() }];
    assert_eq!(first_word("$A").parts, variable("A", ""));
    assert_eq!(first_word("\"${A}\"").parts, variable("A", ""));
    assert_eq!(first_word("${A:-b c}").parts, variable("A", ":-b c"));
    assert_eq!(first_word("${A:-${B:-'}'}}").parts, variable("A", ":-${B:-'}'}"));
    assert_eq!(first_word("${A##*/}").parts, variable("A", "##*/"));
    assert_eq!(first_word("${A[0]}").parts, variable("A", "[0]"));
    assert_eq!(first_word("$@").parts, variable("@", ""));
    assert_eq!(first_word("${#}").parts, variable("#", ""));
    assert_eq!(first_word("${10}").parts, variable("10", ""));
    assert_eq!(first_word("${#A}").parts, [Part::Substitution]);
    assert_eq!(first_word("${!A}").parts, [Part::Substitution]);
    assert_eq!(first_word("$((1 + $(a)))").parts, [Part::Substitution]);
    let mixed = first_word("a$B-c");
    assert_eq!(mixed.parts.len(), 3, "text before and behind a variable stays");
}

#[test]
fn substitutions_follow_the_command_that_holds_them() {
    assert_commands(
        "a \"$(b | c \"$(d)\")\" `e f` <(g); h",
        &[
            "first: a \"$(b | c \"$(d)\")\" `e f` <(g)",
            "first substitution piped: b",
            "pipe substitution: c \"$(d)\"",
            "first substitution: d",
            "first substitution: e f",
            "first substitution: g",
            "then: h",
        ],
    );
    assert_commands("X=$(a) b", &["first: X=<none> b", "first substitution: a"]);
    assert_commands("x=${Y:-$(a)}", &["first: x=<none>", "first substitution: a"]);
    assert_commands(
        "echo $((1 + `a`)) $( (b) )",
        &["first: echo $((1 + `a`)) $( (b) )", "first substitution: a", "first subshell: b"],
    );
    assert_commands("echo $((a) | b)", &["first: echo $((a) | b)", "first subshell piped: a", "pipe substitution: b"]);
    assert_commands("$(case x in a) b;; esac)", &["first: $(case x in a) b;; esac)", "first compound conditional: b"]);
    let text = "é=1; echo \"`b`\" $(c)";
    let inner: Vec<_> = scan(text).commands.iter().map(|command| text[command.range.clone()].to_string()).collect();
    assert_eq!(inner, ["é=1", "echo \"`b`\" $(c)", "b", "c"], "ranges are those of the whole text");
}

#[test]
fn assignments_stand_before_the_program() {
    assert_commands("A=1 B+='x y' C[0]=z prog D=2", &["first: A=1 B=x y C=z prog D=2"]);
    assert_commands("A=", &["first: A="]);
    assert_commands("A=(1 '2)' $(b) # )\n) c", &["first: A=<none> c", "first substitution: b"]);
    assert_commands("declare -a A=(1 2)", &["first: declare -a A=(1 2)"]);
    assert_commands("1A=2 a", &["first: 1A=2 a"]);
}

#[test]
fn redirections_are_told_from_words() {
    assert_commands(
        "a >b 2>&1 <c >>d &>e >|f <>g h 2> i",
        &["first: a h [>b] [>&1] [<c] [>>d] [&>e] [>|f] [<>g] [>i]"],
    );
    assert_commands("a 2 >b", &["first: a 2 [>b]"]);
    assert_commands("a {fd}>b <<<\"c d\"", &["first: a [>b] [<<<c d]"]);
    assert_commands("> b", &["first: [>b]"]);
    assert_commands("a > >(b)", &["first: a [><none>]", "first substitution: b"]);
}

#[test]
fn heredocs_are_bodies_not_commands() {
    assert_commands(
        "cat <<EOF > f && b\nrm -rf /\nEOF\nc",
        &["first: cat [<<EOF\"rm -rf /\\n\"] [>f]", "and: b", "then: c"],
    );
    assert_commands(
        "a <<A <<-'B C'; d\n1\nA\n\t2\n\tB C\ne",
        &["first: a [<<A\"1\\n\"] [<<-B C\"\\t2\\n\"]", "then: d", "then: e"],
    );
    assert_commands("a <<$X\n1\n$X\nb", &["first: a [<<<none>\"1\\n\"]", "then: b"]);
    assert_commands(
        "x=$(cat <<E\n)\nE\n) b\nc",
        &["first: x=<none> b", "first substitution: cat [<<E\")\\n\"]", "then: c"],
    );
    assert_commands(
        "while a; do b; done <<E\nfi\nE\nc",
        &["first compound: a", "first compound conditional: b", "then: c"],
    );
    assert_commands("a <<E\r\nx\r\nE\r\nb", &["first: a [<<E\"x\\r\\n\"]", "then: b"]);
}

#[test]
fn groups_have_redirections_of_their_own() {
    let text = "a; { b; (c) >d; } >> e <<F && g\n1\nF\n";
    let script = scan(text);
    let found: Vec<_> = script
        .group_redirects
        .iter()
        .map(|group| {
            let body = group.redirect.body.clone().map(|body| &text[body]);
            (group.commands.clone(), group.redirect.operator.as_str(), group.redirect.target.literal(), body)
        })
        .collect();
    let expected = [(2..3, ">", Some("d"), None), (1..3, ">>", Some("e"), None), (1..3, "<<", Some("F"), Some("1\n"))];
    assert_eq!(found, expected);
}

#[test]
fn what_does_not_end_is_taken_as_far_as_it_goes() {
    let texts = [
        ("a 'b c", "a|b c"),
        ("a \"b c", "a|b c"),
        ("a $(b c", "a|$(b c"),
        ("a `b c", "a|`b c"),
        ("a ${b", "a|${b"),
        ("a <<E\nbody", "a"),
        ("a <<E", "a"),
        ("if a; then b", "a"),
        ("{ a", "a"),
        ("a; )", "a"),
        ("a; fi", "a"),
        ("[[ a", "[[|a"),
        ("a $'b", "a|b"),
        ("case a", ""),
        ("a >", "a"),
        ("a `b \\`c\\``", "a|`b \\`c\\``"),
    ];
    for (text, words) in texts {
        let script = scan(text);
        assert!(script.partial, "{text}");
        let Some(command) = script.commands.first() else {
            assert_eq!(words, "", "{text}");
            continue;
        };
        let found: Vec<_> =
            command.words.iter().map(|word| word.literal().unwrap_or(&text[word.range.clone()])).collect();
        assert_eq!(found.join("|"), words, "{text}");
    }
}

#[test]
fn operators_of_expansion() {
    let lookup = |name: &str| match name {
        "SET" => Some("s".to_string()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let values = [
        ("$SET-x", Some("s-x")),
        ("$NONE", None),
        ("${NONE:-d}", Some("d")),
        ("${NONE-d}", Some("d")),
        ("${EMPTY:-d}", Some("d")),
        ("${EMPTY-d}", Some("")),
        ("${SET:-d}", Some("s")),
        ("${SET:+d}", Some("d")),
        ("${EMPTY:+d}", Some("")),
        ("${EMPTY+d}", Some("d")),
        ("${NONE+d}", Some("")),
        ("${NONE:-$SET}", Some("s")),
        ("\"${NONE:-a ${NONE:-\"b\"}}\"", Some("a b")),
        ("${NONE:-'a b'}", Some("a b")),
        ("\"${NONE:-'a'}\"", None),
        ("${NONE:-$NONE}", None),
        ("${NONE:-$(a)}", None),
        ("${NONE:-}", Some("")),
        ("${SET%x}", None),
        ("${NONE:=d}", None),
        ("${NONE:?d}", None),
        ("$(a)", None),
    ];
    for (text, expected) in values {
        assert_eq!(first_word(text).expand(&lookup).as_deref(), expected, "{text}");
    }
    assert_eq!(first_word("--uid=$NONE").known(&lookup), Known { text: "--uid=".into(), whole: false });
    let body = heredoc_text("a:$SET:\"\\$SET'\n");
    assert_eq!(body.expand(&lookup).as_deref(), Some("a:s:\"$SET'\n"), "quotes mean nothing in a heredoc");
}

#[test]
fn programs_stand_behind_prefixes() {
    let texts = [
        ("useradd app", "useradd"),
        ("/usr/bin/sudo -E -u root -- useradd app", "useradd"),
        ("sudo --user=x A=1 useradd app", "useradd"),
        ("env -i -u X A=1 B=$C useradd app", "useradd"),
        ("exec -a name node x.js", "node"),
        ("nice -n 5 nohup time -p node", "node"),
        ("doas -u root command -p node", "node"),
        ("command -v node", "command"),
        ("env", "env"),
        ("sudo -i", "sudo"),
        ("exec $X", "$X"),
        ("sudo -u$USER node", "node"),
    ];
    for (text, expected) in texts {
        let script = scan(text);
        let words = script.commands[0].behind_prefixes();
        let program = &text[words[0].range.clone()];
        assert_eq!(program.rsplit('/').next(), Some(expected), "{text}");
    }
    assert_eq!(scan("/usr/sbin/useradd a").commands[0].program(), Some("useradd"));
    assert_eq!(scan("$X a").commands[0].program(), None);
}

#[test]
fn lone_commands() {
    let lone = ["node x.js", "A=1 node $(date) > log", "exec node", "node \\\n x\n"];
    let not_lone = ["a && b", "a | b", "a; b", "a &", "{ a; }", "(a)", "if a; then b; fi", "! a", "A=1", "", "a $("];
    for text in lone {
        assert!(scan(text).is_lone_simple_command(), "{text}");
    }
    for text in not_lone {
        assert!(!scan(text).is_lone_simple_command(), "{text}");
    }
}

#[test]
fn options_and_operands() {
    let takes = TakesValue { letters: "ug", names: &["uid", "gid"] };
    let script = scan("useradd -ru 5 app --uid=$X -g5 --gid 7 -u${X} --system -- -z");
    let words: Vec<_> = script.commands[0].words[1..].iter().map(|word| word.known(&|_| None)).collect();
    let option = |name, value| Argument::Option { name, value };
    let found: Vec<_> = Arguments::new(&words, takes).collect();
    assert_eq!(
        found,
        [
            option("r", None),
            option("u", Some("5")),
            Argument::Operand(Some("app")),
            option("uid", None),
            option("g", Some("5")),
            option("gid", Some("7")),
            option("u", None),
            option("system", None),
            Argument::Operand(Some("-z")),
        ]
    );
}

#[test]
fn behind_shell_finds_commands_for_history_and_redaction() {
    for (text, commands) in [
        ("/bin/sh -c ls -l", Some("ls -l")),
        ("/bin/bash -o pipefail -c ls -l", Some("ls -l")),
        ("/busybox/sh -eux -o pipefail -ec ls", Some("ls")),
        ("bash --login -c ls", Some("ls")),
        ("/bin/sh install.sh -c ls", None),
        ("/bin/sh -c", None),
        ("npm ci -c x", None),
    ] {
        assert_eq!(super::behind_shell(text), commands, "{text}");
    }
}
