//! Any text at all: the scanner does not panic, and its ranges can be cut out of the text.

use std::ops::Range;

use plimsoll::shell::{Script, scan};
use proptest::prelude::*;

fn assert_ranges(text: &str, script: &Script) {
    let sliceable = |range: &Range<usize>| text.get(range.clone()).is_some();
    for command in &script.commands {
        assert!(sliceable(&command.range), "{:?} of {text:?}", command.range);
        let inside = |range: &Range<usize>| {
            sliceable(range) && command.range.start <= range.start && range.end <= command.range.end
        };
        for word in &command.words {
            assert!(inside(&word.range), "{:?} in {:?} of {text:?}", word.range, command.range);
        }
        for assignment in &command.assignments {
            assert!(inside(&assignment.value.range), "{assignment:?} in {:?} of {text:?}", command.range);
        }
        for redirect in &command.redirects {
            assert!(inside(&redirect.target.range), "{redirect:?} in {:?} of {text:?}", command.range);
            assert!(redirect.body.as_ref().is_none_or(sliceable), "{redirect:?} of {text:?}");
        }
        command.behind_prefixes();
    }
    for group in &script.group_redirects {
        assert!(script.commands.get(group.commands.clone()).is_some(), "{group:?} of {text:?}");
        assert!(sliceable(&group.redirect.target.range), "{group:?} of {text:?}");
        assert!(group.redirect.body.as_ref().is_none_or(sliceable), "{group:?} of {text:?}");
    }
    script.is_lone_simple_command();
}

/// What a shell cares about.
const PIECES: &[&str] = &[
    "(",
    ")",
    "((",
    "))",
    "{",
    "}",
    "$(",
    "${",
    "`",
    "'",
    "\"",
    "$'",
    "\\",
    "\n",
    "\r\n",
    " ",
    "\t",
    ";",
    ";;",
    "&&",
    "||",
    "|",
    "&",
    "<<E",
    "<<-E",
    "E\n",
    "<",
    ">",
    "2>",
    "&>",
    "<(",
    "[[",
    "]]",
    "if ",
    "then ",
    "fi ",
    "for x in ",
    "do ",
    "done ",
    "case ",
    "in ",
    "esac ",
    "a",
    "A=",
    "A=(",
    "é",
    "🐋",
    "#",
    "!",
    "@(",
    ":-",
    "$",
    "f()",
    "function ",
    "time ",
    "sudo ",
    "env ",
    "-u ",
];

/// Texts in which openers, closers and heredocs meet.
fn shell_like() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_scanned(text in any::<String>()) {
        assert_ranges(&text, &scan(&text));
    }

    #[test]
    fn any_pieces_of_shell_are_scanned(text in shell_like()) {
        let script = scan(&text);
        assert_ranges(&text, &script);
        for word in script.commands.iter().flat_map(|command| &command.words) {
            word.expand(&|_| None);
            word.expand(&|name| Some(name.to_string()));
        }
    }
}
