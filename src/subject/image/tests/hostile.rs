//! Texts that nobody writes on purpose, and some that somebody does.

use std::time::Instant;

use super::*;

#[test]
fn characters_that_yaml_refuses_do_not_cost_the_file() {
    for (written, read) in [
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00", "\u{fffd}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\ud83dx", "\u{fffd}x"),
        (r"\\ud83d", "\\ud83d"),
        (r"\u00e9\/\b\f\n\t\r", "é/\u{8}\u{c}\n\t\r"),
        ("\u{7f}", "?"),
        ("\u{1}", "?"),
        ("\0", "?"),
        ("\u{80}\u{85}\u{9f}", "¿\u{85}¿"),
        ("\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}"),
        ("\u{feff}😀é", "\u{feff}😀é"),
    ] {
        let config = format!(r#"{{"User":"<{written}>","WorkingDir":"/w"}}"#);
        let file = format!(r#"{{"rootfs":{{}},"config":{config}}}"#);
        let image = one(&file);
        assert_eq!(text(&image.user), format!("<{read}>"), "{written:?}");
        assert_eq!(cut(&file, image.workdir.expect("set").span), "\"/w\"", "no byte has moved: {written:?}");
    }
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let text_of_file = format!("\u{feff}{}", CONTAINER.replace('\n', "\r\n"));
    let image = one(&text_of_file);
    assert_eq!(cut(&text_of_file, image.name.expect("set").span), "shop-api-1");
}

#[test]
fn aliases_are_no_json_and_cannot_multiply_work() {
    let text =
        format!("[&a {{\"RootFS\":{{}},\"Config\":{{\"Env\":[{}]}}}}{}]", "\"A=b\",".repeat(500), ",*a".repeat(500));
    let loaded = read(SOURCE, &text);
    assert!(loaded.images.is_empty());
    assert!(loaded.problems[0].what.contains("aliases"), "{:?}", loaded.problems);
}

#[test]
fn hostile_texts_cost_what_they_are_long() {
    let started = Instant::now();
    for opener in [
        "[",
        "{",
        "{\"a\":",
        "[{\"RootFS\":",
        "\"",
        "\\",
        "\\ud83d",
        "[[],",
        "\u{7f}",
        "*a ",
        "&a [",
        "{\"rootfs\":1},",
    ] {
        let text = opener.repeat(50_000);
        recognise(&text);
        let loaded = read(SOURCE, &text);
        assert!(loaded.images.is_empty() && !loaded.problems.is_empty(), "{opener}");
        let text = format!("{{\"rootfs\":{{}},\"config\":{{\"Env\":{text}}}}}");
        recognise(&text);
        read(SOURCE, &text);
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn a_file_cut_short_anywhere_neither_panics_nor_passes() {
    for text in [BLOB, CONTAINER] {
        for end in 0..text.len() {
            recognise(&text[..end]);
            let loaded = read(SOURCE, &text[..end]);
            assert!(loaded.images.is_empty() && !loaded.problems.is_empty(), "{}", &text[..end]);
        }
    }
}

#[test]
fn ten_megabytes_are_read_and_wrong_items_are_told_so_often_only() {
    let long = "x".repeat(5_000_000);
    let numbers = "1,".repeat(20_000);
    let text = format!(
        r#"{{"rootfs":{{}},"config":{{"Env":["A={long}","B=\ud83d{long}"],"Cmd":[{numbers}1],"User":"app"}}}}"#
    );
    assert_eq!(recognise(&text), Some(Shape::Config));
    let loaded = read(SOURCE, &text);
    assert_eq!(loaded.images[0].user.as_ref().map(|user| &*user.value), Some("app"));
    assert_eq!(loaded.images[0].env.len(), 2);
    assert_eq!(loaded.problems.len(), 100);
    let many = format!("{{\"a\":[{}1],\"rootfs\":{{}},\"config\":{{}}}}", "{\"b\":[]},".repeat(100_000));
    assert_eq!(read(SOURCE, &many).images.len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_with_places_inside_it(
        text in "(\\PC|[\"\\\\{}\\[\\],:u0-9d\u{7f}\u{feff}\\r\\n])*",
        user in "(\\PC|\\\\u[dD][89a-f][0-9a-f]{2}|\\\\[\"\\\\nbx/])*",
    ) {
        for text in [text.clone(), format!("{{\"rootfs\":{{}},\"config\":{{\"User\":\"{user}\",\"Env\":[\"A={user}\",{text}]}}}}")] {
            recognise(&text);
            let loaded = read(SOURCE, &text);
            for image in &loaded.images {
                assert!(text.get(image.span.range()).is_some());
                for variable in &image.env {
                    assert!(text.get(variable.name.span.range()).is_some());
                    assert!(variable.value.as_ref().is_none_or(|value| text.get(value.span.range()).is_some()));
                }
            }
            for problem in &loaded.problems {
                if let ProblemPlace::Span(span) = problem.place {
                    assert!(text.get(span.range()).is_some(), "{problem:?}");
                }
            }
        }
    }
}
