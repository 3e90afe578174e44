use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::report::locate::Locator;
use crate::source::SourceId;

fn file(text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::new();
    let source = Source::of_file("Dockerfile", "/x/Dockerfile", text);
    let id = sources.add(source);
    (sources, id)
}

fn span(sources: &Sources, id: SourceId, what: &str) -> Span {
    let start = sources.get(id).text.find(what).expect("is part of the text");
    Span::new(id, start..start + what.len())
}

/// The texts and places that are left of the edits.
fn edits(sources: &Sources, fix: &Fix) -> Vec<(u32, u32, String)> {
    let located = Locator::new(sources, false).fix(fix);
    located.edits.into_iter().map(|edit| (edit.location.offset, edit.location.length, edit.text)).collect()
}

#[test]
fn text_that_is_put_in_takes_the_line_ends_of_its_file() {
    let (sources, id) = file("FROM a\r\nCMD b\r\n");
    let at = span(&sources, id, "CMD");
    let fix = Fix::safe("x", vec![Edit::insert_before(at, "USER node\n")]);
    assert_eq!(edits(&sources, &fix), [(8, 0, "USER node\r\n".to_string())]);
}

#[test]
fn nothing_is_put_in_before_a_byte_order_mark() {
    let (sources, id) = file("\u{feff}FROM a\n");
    let fix = Fix::safe("x", vec![Edit::insert_before(Span::new(id, 0..0), "# b\n")]);
    assert_eq!(edits(&sources, &fix), [(3, 0, "# b\n".to_string())]);
}

#[test]
fn edits_that_touch_the_same_bytes_or_no_file_are_left_to_a_human() {
    let (mut sources, id) = file("FROM a\n");
    let at = span(&sources, id, "FROM a");
    let fix = Fix::safe("x", vec![Edit::replace(at, "b"), Edit::replace(span(&sources, id, "a"), "c")]);
    assert_eq!(edits(&sources, &fix), []);
    let standard_input = sources.add_text("-", "FROM a\n");
    let fix = Fix::safe("x", vec![Edit::replace(Span::new(standard_input, 0..4), "b")]);
    assert_eq!(edits(&sources, &fix), []);
    let past = Fix::safe("x", vec![Edit::replace(Span::new(id, 5..90), "b")]);
    assert_eq!(edits(&sources, &past), []);
}

#[test]
fn an_edit_that_holds_a_secret_is_made_and_not_shown() {
    let (sources, id) = file("ENV DB_PASSWORD=x\nCMD srv --token abc\n");
    for (what, text, secret) in [
        ("srv --token abc", "[\"srv\", \"--token\", \"abc\"]", true),
        ("CMD", "ENTRYPOINT", false),
        ("x", "hunter2", true),
    ] {
        let place = match what {
            "x" => Span::new(id, 16..17),
            _ => span(&sources, id, what),
        };
        let fix = Locator::new(&sources, false).fix(&Fix::safe("t", vec![Edit::replace(place, text)]));
        assert_eq!((fix.edits.len(), fix.secret, fix.shown_edits().is_empty()), (1, secret, secret), "{what}");
    }
    let fix = Locator::new(&sources, false).fix(&Fix::words("write `--token abc`"));
    assert_eq!(fix.title, "write `--token ****", "a title is redacted as well");
}

#[test]
fn an_inline_dockerfile_is_edited_in_the_lines_of_its_compose_file() {
    let compose = "services:\n  a:\n    x: |\n      FROM a\n      CMD b\n";
    let (mut sources, host) = file(compose);
    let mut text = Text::new(host, 30);
    text.push("FROM a\n", 30);
    text.push("CMD b\n", 43);
    assert_eq!(text.value, "FROM a\nCMD b\n");
    let value: Arc<str> = text.value.as_str().into();
    let id = sources.add(Source::of_host("x", value, Arc::new(text)));
    let at = span(&sources, id, "CMD");
    let fix = Fix::risky("x", vec![Edit::insert_before(at, "USER node\n")]);
    assert_eq!(edits(&sources, &fix), [(43, 0, "USER node\n      ".to_string())]);
    let fix = Fix::risky("x", vec![Edit::replace(span(&sources, id, "b"), "[\"b\"]")]);
    assert_eq!(edits(&sources, &fix), [(47, 1, "[\"b\"]".to_string())]);
}

#[test]
fn an_inline_dockerfile_whose_lines_are_none_of_the_compose_file_is_left_alone() {
    let (mut sources, host) = file("x: \"FROM a\\nCMD b\"\n");
    let anchored = Text::anchored("FROM a\nCMD b".to_string(), Span::new(host, 3..18));
    let value: Arc<str> = anchored.value.as_str().into();
    let id = sources.add(Source::of_host("x", value, Arc::new(anchored)));
    let at = span(&sources, id, "CMD");
    for edit in [Edit::insert_before(at, "USER node\n"), Edit::replace(at, "RUN"), Edit::insert_before(at, "x")] {
        assert_eq!(edits(&sources, &Fix::risky("x", vec![edit])), []);
    }
}

#[test]
fn what_was_found_twice_is_fixed_in_one_way_or_in_words() {
    let (sources, id) = file("FROM a\n");
    let at = span(&sources, id, "a");
    let locator = Locator::new(&sources, false);
    let fix = |text: &str| Some(locator.fix(&Fix::safe("t", vec![Edit::replace(at, text)])));
    let count = |fix: Option<ReportedFix>| fix.map(|fix| fix.edits.len());
    assert_eq!(count(joined(fix("b"), fix("b"))), Some(1));
    assert_eq!(count(joined(fix("b"), fix("c"))), Some(0));
    assert_eq!(count(joined(fix("b"), None)), Some(0));
    let safety = |fix: Option<ReportedFix>| fix.map(|fix| fix.safety);
    assert_eq!(safety(joined(fix("b"), fix("b"))), Some(Safety::Safe));
    assert_eq!(safety(joined(fix("b"), fix("c"))), Some(Safety::Unsafe), "there is nothing that may be made unseen");
    assert_eq!(count(joined(None, None)), None);
    assert_eq!(
        locator.fix(&Fix::safe("t", vec![Edit::replace(at, "b")])).edits[0].file.path,
        PathBuf::from("/x/Dockerfile")
    );
}

#[test]
fn edits_are_made_only_where_what_is_expected_stands() {
    let (sources, id) = file("command: uvicorn app ${FLAGS}\n");
    let place = span(&sources, id, "${FLAGS}");
    let fix = || Fix::risky("drop `--reload`", vec![Edit::replace(place, "")]);
    assert_eq!(edits(&sources, &fix().expecting(place, "--reload")), []);
    assert_eq!(edits(&sources, &fix().expecting(place, "${FLAGS}")).len(), 1);
}
