use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::container::build::Build;
use crate::source::SourceId;
use crate::subject::dockerfile;
use crate::subject::dockerfile::stage::BuildSettings;

/// The calls of the last stage, one a line: `program word word`, with the folder and, where they are set, `NODE_ENV`, the
/// environment and the front of the search path. `?` is what is not known, and a `?` in front a call that may not run.
fn calls(text: &str) -> String {
    let mut problems = Vec::new();
    let file = dockerfile::parse(SourceId(0), text, &mut problems);
    let build = Build::new(Arc::new(file), &BuildSettings::default(), &mut problems).expect("a stage");
    let image = build.image();
    let calls = Calls::new(image);
    let mut lines = Vec::new();
    for step in 0..image.steps.len() {
        calls.of_step(step, &mut |call| lines.push(shown(call)));
    }
    lines.join("\n")
}

fn shown(call: &Call) -> String {
    let mut line = if call.conditional { "? ".to_string() } else { String::new() };
    line.push_str(&call.program);
    for word in &call.words {
        line.push(' ');
        line.push_str(word.text.as_deref().unwrap_or("?"));
    }
    match call.folder.as_deref() {
        Some("/w") => {}
        Some(folder) => line.push_str(&format!(" @{folder}")),
        None => line.push_str(" @?"),
    }
    match call.given("NODE_ENV") {
        Some(Lookup::Value(value)) => line.push_str(&format!(" NODE_ENV={value}")),
        Some(Lookup::Unset) => line.push_str(" NODE_ENV-"),
        Some(_) => line.push_str(" NODE_ENV=?"),
        None => {}
    }
    if let Some(environment) = call.activated {
        line.push_str(&format!(" ({environment})"));
    }
    if let Ok(path) = call.search_path()
        && !path.is_empty()
    {
        line.push_str(&format!(" PATH={}", path.join(":")));
    }
    line
}

/// What each RUN is understood as, in `/w` of an image of which everything is known.
#[track_caller]
fn table(rows: &[(&str, &str)]) {
    for (run, expected) in rows {
        let dockerfile = format!("FROM alpine:3.20\nARG GIVEN=one\nARG OPEN\nWORKDIR /w\nRUN {run}\n");
        assert_eq!(calls(&dockerfile), *expected, "{run}");
    }
}

#[test]
fn words_are_those_that_the_program_gets() {
    table(&[
        ("npm ci", "npm ci"),
        ("/usr/local/bin/npm ci", "npm ci"),
        ("npm 'c'\"i\"", "npm ci"),
        ("npm\\\n  ci", "npm ci"),
        ("echo 'a && npm ci'", "echo a && npm ci"),
        ("echo \"; npm ci\"", "echo ; npm ci"),
        ("npm ci # && npm test", "npm ci"),
        ("apk add $GIVEN", "apk add one"),
        ("apk add $OPEN", "apk add ?"),
        ("apk add a$OPEN", "apk add ?"),
        ("apk add $NOBODY", "apk add"),
        ("apk add \"$NOBODY\"", "apk add "),
        ("apk add $(cat list)", "apk add ?"),
        ("apk add `cat list`", "apk add ?"),
        ("apk add \"$@\" $1", "apk add ? ?"),
        ("P='git make'; apk add $P", "apk add git make"),
        ("P='git make'; apk add \"$P\"", "apk add git make"),
        ("I='apk add'; $I git", "apk add git"),
        ("$OPEN git", ""),
        ("", ""),
        ("[\"apk\", \"add\", \"git\"]", "apk add git"),
        ("apk add 'git", "apk add git"),
    ]);
}

#[test]
fn lists_are_read_in_order() {
    table(&[
        ("a && b; c", "a\nb\nc"),
        ("a || b", "a\n? b"),
        ("a | b", "a\nb"),
        ("a & b", "a\nb"),
        ("(a; b)", "a\nb"),
        ("{ a; b; }", "a\nb"),
        ("if a; then b; else c; fi", "a\n? b\n? c"),
        ("while a; do b; done", "a\n? b"),
        ("f() { b; }; f", "? b\nf"),
        ("case x in y) b;; esac", "? b"),
        ("! a", "a"),
        ("echo $(npm ci)", "echo ?"),
        ("<<EOF\na\nb\nEOF", "a\nb"),
        ("<<EOF bash -e\na\nEOF", "a"),
        ("cat <<EOF > f && a\nnpm ci\nEOF", "cat\na"),
        ("(((", ""),
        (")) && ;; a", "a"),
    ]);
}

#[test]
fn what_runs_something_else_is_looked_through() {
    table(&[
        ("sudo -E -u app npm ci", "npm ci"),
        ("env A=1 npm ci", "npm ci"),
        ("exec npm ci", "npm ci"),
        ("timeout -k 5 60 npm ci", "npm ci"),
        ("gosu app npm ci", "npm ci"),
        ("sudo timeout 5 npm ci", "npm ci"),
        ("echo git | xargs apk add", "echo git\napk add ?"),
        ("xargs -n 1 -a list pip install < list", "pip install ?"),
        ("sh -c 'npm ci'", "npm ci"),
        ("/bin/bash -lc \"npm ci && npm test\"", "npm ci\nnpm test"),
        ("bash -o pipefail -ec 'a | b'", "a\nb"),
        ("su app -c 'npm ci'", "npm ci"),
        ("su - app -c \"npm ci\"", "npm ci"),
        ("sh -c 'sh -c \"npm ci\"'", "npm ci"),
        ("sh -c \"sh -c \\\"npm ci\\\"\"", "npm ci"),
        ("sh -c \"apk add $GIVEN $OPEN\"", "apk add one ?"),
        ("sh -c \"$OPEN\"", ""),
        ("a || sh -c 'b'", "a\n? b"),
        ("sh script.sh", "sh script.sh"),
        ("[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\", \"npm ci\"]", "npm ci"),
        ("[\"sh\", \"-c\", \"a && b\"]", "a\nb"),
    ]);
}

#[test]
fn variables_hold_for_what_sees_them() {
    table(&[
        ("NODE_ENV=production npm ci; a", "npm ci NODE_ENV=production\na"),
        ("NODE_ENV=production; npm ci", "npm ci NODE_ENV=production"),
        ("export NODE_ENV=production && npm ci", "npm ci NODE_ENV=production"),
        ("export NODE_ENV=$OPEN && npm ci", "npm ci NODE_ENV=?"),
        ("env NODE_ENV=production npm ci", "npm ci NODE_ENV=production"),
        ("env NODE_ENV=$OPEN npm ci", "npm ci NODE_ENV=?"),
        ("NODE_ENV=a; unset NODE_ENV; npm ci", "unset NODE_ENV NODE_ENV=a\nnpm ci NODE_ENV-"),
        ("(NODE_ENV=a; b); c", "b NODE_ENV=a\nc"),
        ("NODE_ENV=a; (NODE_ENV=b; b); c", "b NODE_ENV=b\nc NODE_ENV=a"),
        ("sh -c 'NODE_ENV=a; b'; c", "b NODE_ENV=a\nc"),
        ("if a; then NODE_ENV=b; fi; c", "a\nc NODE_ENV=?"),
        ("read NODE_ENV; c", "read NODE_ENV\nc NODE_ENV=?"),
        ("for p in git make; do apk add $p; done", "? apk add ?"),
        ("while read p; do apk add $p; done < list", "read p\n? apk add ?"),
        (". ./versions && apk add $LIST", ". ./versions\napk add ?"),
        ("(. ./versions); apk add $LIST", ". ./versions\napk add"),
        ("export $(cat .env) && apk add $LIST", "apk add ?"),
    ]);
}

#[test]
fn folders_and_environments_are_followed() {
    table(&[
        ("cd a && b", "cd a\nb @/w/a"),
        ("cd /x && b; cd ..; c", "cd /x\nb @/x\ncd .. @/x\nc @/"),
        ("cd a && b && cd - && c", "cd a\nb @/w/a\ncd - @/w/a\nc"),
        ("pushd a; b; popd; c", "pushd a\nb @/w/a\npopd @/w/a\nc"),
        ("cd && b", "cd\nb @?"),
        ("cd ~/a && b", "cd ~/a\nb @?"),
        ("cd $OPEN && b", "cd ?\nb @?"),
        ("(cd a; b); c", "cd a\nb @/w/a\nc"),
        ("(cd a && b) && (cd c && d)", "cd a\nb @/w/a\ncd c\nd @/w/c"),
        ("(cd a && (cd b; c) && { d; }) && e", "cd a\ncd b @/w/a\nc @/w/a/b\nd @/w/a\ne"),
        ("(cd a); if b; then c; fi", "cd a\nb\n? c"),
        ("sh -c 'cd a && b' && c", "cd a\nb @/w/a\nc"),
        ("x || cd a; b", "x\n? cd a\nb @?"),
        (". /v/bin/activate && pip install a", ". /v/bin/activate\npip install a (/v)"),
        ("(. /v/bin/activate); b", ". /v/bin/activate\nb"),
        ("PATH=/v/bin:$PATH pip install a; b", "pip install a PATH=/v/bin\nb"),
        ("env PATH=/v/bin:$PATH pip install a; b", "pip install a PATH=/v/bin\nb"),
        ("export PATH=/v/bin:$PATH; pip install a", "pip install a PATH=/v/bin"),
    ]);
}

#[test]
fn options_are_found_in_every_spelling() {
    for words in ["-t /x", "-t/x", "--target /x", "--target=/x", "-q -t /x"] {
        let dockerfile = format!("FROM alpine:3.20\nRUN pip install {words}\n");
        let file = dockerfile::parse(SourceId(0), &dockerfile, &mut Vec::new());
        let build = Build::new(Arc::new(file), &BuildSettings::default(), &mut Vec::new()).expect("a stage");
        let mut found = None;
        Calls::new(build.image()).of_step(0, &mut |call| {
            found = call.option(&["-t", "--target"]).map(str::to_string);
        });
        assert_eq!(found.as_deref(), Some("/x"), "{words}");
    }
}

#[test]
fn places_are_those_of_the_words_in_the_file() {
    let text = "FROM alpine:3.20\nRUN bash -lc \"cd a && npm ci\" && sh -c \"echo \\\"x\\\"; npm i\"\n";
    let file = dockerfile::parse(SourceId(0), text, &mut Vec::new());
    let build = Build::new(Arc::new(file), &BuildSettings::default(), &mut Vec::new()).expect("a stage");
    let mut places = Vec::new();
    Calls::new(build.image()).of_step(0, &mut |call| {
        if call.program == "npm" {
            places.push(text[call.place.range()].to_string());
        }
    });
    let whole = "bash -lc \"cd a && npm ci\" && sh -c \"echo \\\"x\\\"; npm i\"";
    assert_eq!(places, ["npm ci", whole]);
}

#[test]
fn hostile_texts_take_no_time() {
    let many = 20_000;
    let texts = [
        "(".repeat(many) + "a" + &")".repeat(many),
        "(cd a; b=c) && ".repeat(many) + "x",
        "sh -c '(a)'; ".repeat(many),
        "timeout 1 ".repeat(many),
        "xargs ".repeat(many),
        format!("A={}; {}", "x".repeat(many), "B=$A$A; A=$B$B; c $A; ".repeat(200)),
        format!("cd {}; {}", "x".repeat(many), "cd y; ".repeat(many)),
        "sh -c \"".repeat(many),
    ];
    for text in texts {
        let start = Instant::now();
        calls(&format!("FROM alpine:3.20\nWORKDIR /w\nRUN {text}\n"));
        assert!(start.elapsed() < Duration::from_secs(5), "{}", &text[..40]);
    }
}
