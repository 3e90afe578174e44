//! Variables, quotes and escapes.

use plimsoll::subject::dockerfile::expand::{Expanded, Lookup, expand};

fn table(name: &str) -> Lookup {
    match name {
        "V" => Lookup::Value("foobarbaz".into()),
        "E" => Lookup::Value(String::new()),
        "P" => Lookup::Value("ba".into()),
        "G" => Lookup::Value("b*".into()),
        "S" => Lookup::Value("a/b}c*d\\".into()),
        "BUILD" => Lookup::Unknown("`BUILD` has no default".into()),
        _ => Lookup::Unset,
    }
}

fn value(word: &str, escape: char) -> String {
    match expand(word, escape, &table) {
        Ok(Expanded::Value(value)) => value,
        Ok(Expanded::Unknown(why)) => format!("unknown: {why}"),
        Err(why) => format!("error: {why}"),
    }
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (word, expected) in cases {
        assert_eq!(value(word, '\\'), *expected, "{word}");
    }
}

#[test]
fn plain_variables() {
    all(&[
        ("$V", "foobarbaz"),
        ("${V}", "foobarbaz"),
        ("x${V}y$V-z", "xfoobarbazyfoobarbaz-z"),
        ("$U", ""),
        ("${U}", ""),
        ("$Vx", ""),
    ]);
}

#[test]
fn what_looks_like_a_variable() {
    all(&[
        ("$1", ""),
        ("$12x", "x"),
        ("${12}", ""),
        ("$@x", "x"),
        ("$*$#$?$-$$$!$0", ""),
        ("${@}", ""),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ("$.x", "$.x"),
        ("$(x)", "$(x)"),
        ("$é", "$é"),
    ]);
}

#[test]
fn defaults_and_alternatives() {
    all(&[
        ("${E:-w}", "w"),
        ("${E-w}", ""),
        ("${U:-w}", "w"),
        ("${U-w}", "w"),
        ("${V:-w}", "foobarbaz"),
        ("${V:+w}", "w"),
        ("${E:+w}", ""),
        ("${E+w}", "w"),
        ("${U+w}", ""),
        ("${U:+w}", ""),
        ("${V:?e}", "foobarbaz"),
        ("${E?e}", ""),
        ("${U:-}", ""),
        ("${U:-${V}}", "foobarbaz"),
        ("${U:-${U:-${E:-deep}}}", "deep"),
        ("${U:-a b}", "a b"),
        ("${U:-'a}b'}", "a}b"),
        ("${U:-a\\}b}", "a}b"),
        ("\"${U:-\"a b\"}\"", "a b"),
        ("${1:-x}", "x"),
    ]);
}

#[test]
fn prefixes_and_suffixes() {
    all(&[
        ("${V#f*b}", "arbaz"),
        ("${V##f*b}", "az"),
        ("${V%b*}", "foobar"),
        ("${V%%b*}", "foo"),
        ("${V#foo}", "barbaz"),
        ("${V%baz}", "foobar"),
        ("${V#bar}", "foobarbaz"),
        ("${V%bar}", "foobarbaz"),
        ("${V#f?o}", "barbaz"),
        ("${V##*}", ""),
        ("${V#*}", "foobarbaz"),
        ("${V#\\*}", "foobarbaz"),
        ("${S#a/b\\}c\\*}", "d\\"),
        ("${S%\\\\}", "a/b}c*d"),
        ("${V#\"foo\"}", "barbaz"),
        ("${V%'baz'}", "foobar"),
        ("${V%%$G}", "foo"),
        ("${V%$P*}", "foobar"),
        ("${U#x}", ""),
        ("${V#[f]}", "foobarbaz"),
    ]);
}

#[test]
fn replacements() {
    all(&[
        ("${V/ba/X}", "fooXrbaz"),
        ("${V//ba/X}", "fooXrXz"),
        ("${V//ba/}", "foorz"),
        ("${V/$P/X}", "fooXrbaz"),
        ("${V//$P/$P$P}", "foobabarbabaz"),
        ("${V/b*/X}", "fooX"),
        ("${V//?a/-}", "foo-r-z"),
        ("${V/nope/X}", "foobarbaz"),
        ("${S/\\//-}", "a-b}c*d\\"),
        ("${S/\\}/-}", "a/b-c*d\\"),
        ("${S/b/\\}}", "a/}}c*d\\"),
        ("${S/b/\\/}", "a//}c*d\\"),
        ("${U/a/b}", ""),
    ]);
}

#[test]
fn quotes_and_escapes() {
    all(&[
        ("'$V'", "$V"),
        ("\"$V\"", "foobarbaz"),
        ("\"a\\\"b\\$V\\x\\\\\"", "a\"b$V\\x\\"),
        ("\\$V", "$V"),
        ("a'b'\"c\"", "abc"),
        ("a\\ b", "a b"),
        ("'it\"s'", "it\"s"),
        ("C:\\\\", "C:\\"),
        ("x\\", "x"),
        ("''", ""),
    ]);
    assert_eq!(value("C:\\x`$V", '`'), "C:\\x$V", "a backtick escapes if the directive says so");
    assert_eq!(value("\"`\"C:\\new`x\"", '`'), "\"C:\\new`x", "also in double quotes");
    assert_eq!(value("${V#foo`*}", '`'), "foobarbaz", "also in patterns");
}

#[test]
fn what_is_not_known() {
    all(&[
        ("x-${BUILD}", "unknown: `BUILD` has no default"),
        ("$BUILD", "unknown: `BUILD` has no default"),
        ("${BUILD:-x}", "unknown: `BUILD` has no default"),
        ("${BUILD#x}", "unknown: `BUILD` has no default"),
        ("${BUILD/x/y}", "unknown: `BUILD` has no default"),
        ("${V#$BUILD}", "unknown: `BUILD` has no default"),
        ("${U:-${BUILD}}x${V:+y}", "unknown: `BUILD` has no default"),
        ("${V:-${BUILD}}", "foobarbaz"),
        ("${U:+${BUILD}}", ""),
        ("'$BUILD'", "$BUILD"),
    ]);
}

#[test]
fn what_the_builder_refuses() {
    for word in [
        "${}",
        "${:x}",
        "${{x}}",
        "${V",
        "${",
        "${U:-",
        "${V#x",
        "${V/x",
        "${V/x}",
        "${n:=w}",
        "${n=w}",
        "${n^}",
        "${n^^}",
        "${n,,}",
        "${#n}",
        "${V:1:2}",
        "${V:#x}",
        "${V@Q}",
        "${!V}",
        "'a",
        "\"a",
        "\"a\\",
        "${U:-'a}",
        "${U:?gone}",
        "${U?}",
        "${E:?x}",
    ] {
        assert!(expand(word, '\\', &table).is_err(), "{word}");
    }
    assert_eq!(value("${U:?set me}", '\\'), "error: `U`: set me", "the text is the author's");
}

#[test]
fn growth_ends() {
    let mut grown = "x".to_string();
    let mut refused = 0;
    for _ in 0..200 {
        let lookup = |_: &str| Lookup::Value(grown.clone());
        match expand("$A$A", '\\', &lookup) {
            Ok(Expanded::Value(value)) => grown = value,
            _ => refused += 1,
        }
    }
    assert_eq!(grown.len(), 128 * 1024, "a value doubles up to the longest string that Linux hands to a program");
    assert_eq!(refused, 200 - 17);
    let lookup = |_: &str| Lookup::Value("x".repeat(4000));
    for word in ["\"$A$A\"", "${U:-$A$A}", "${A+}", "${A//x/$A}", "${A#$A}"] {
        assert!(
            !matches!(expand(&word.repeat(50), '\\', &lookup), Ok(Expanded::Value(v)) if v.len() > 128 * 1024),
            "{word}"
        );
    }
    assert!(expand(&"x".repeat(200_000), '\\', &table).is_err(), "nor may it be longer as it is written");
}
