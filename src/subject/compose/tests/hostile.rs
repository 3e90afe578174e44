use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Loads a text and demands that it took no more than a few seconds in a debug build.
fn quickly(text: &str) -> Vec<Problem> {
    let start = Instant::now();
    let (loaded, sources) = load_all(&request(&["p/compose.yaml"]), &[("p/compose.yaml", text)]);
    for problem in &loaded.problems {
        if let crate::problem::ProblemPlace::Span(span) = problem.place {
            let _ = sources.slice(span);
        }
    }
    let shown: String = text.chars().take(60).collect();
    assert!(start.elapsed() < Duration::from_secs(8), "{shown:?} took {:?}", start.elapsed());
    loaded.problems
}

fn service(lines: &str) -> String {
    format!("services:\n  a:\n    image: i\n    {lines}\n")
}

#[test]
fn many_of_everything() {
    let n = 20_000;
    let list = |item: &str| format!("[{}]", vec![item; n].join(", "));
    let numbered = |prefix: &str, suffix: &str| (0..n).map(|i| format!("{prefix}{i}{suffix}")).collect::<String>();
    let inputs = [
        service(&format!("ports: {}", list("'80:80'"))),
        service(&format!("volumes: {}", list("'./a:/b'"))),
        service(&format!("environment: {}", list("A=b"))),
        service(&format!("cap_add: {}", list("X"))),
        service(&format!("security_opt: {}", list("X"))),
        service(&format!("depends_on: [{}]", numbered("s", ", "))),
        service(&format!("command: \"{}\"", "$(".repeat(n))),
        service(&format!("command: \"{}\"", "a ".repeat(n))),
        service(&format!("command: \"{}\"", "' ".repeat(n))),
        service(&format!("image: \"{}\"", "${".repeat(n))),
        service(&format!("hostname: \"{}\"", "${A:-".repeat(n))),
        service(&format!("hostname: \"{}{}\"", "${A:-".repeat(n), "}".repeat(n))),
        service(&format!("hostname: \"{}\"", "$A".repeat(n))),
        service(&format!("hostname: \"{}\"", "{".repeat(n))),
        service(&numbered("x", ": 1\n    ")),
        service(&numbered("unknown", ": 1\n    ")),
        format!("services:\n{}", numbered("  s", ": {image: i}\n")),
        format!(
            "services:\n{}",
            (0..n).map(|i| format!("  s{i}: {{image: i, depends_on: [s{}]}}\n", (i + 1) % n)).collect::<String>()
        ),
        format!(
            "services:\n{}",
            (0..n).map(|i| format!("  s{i}: {{image: i, extends: s{}}}\n", (i + 1) % n)).collect::<String>()
        ),
        format!("services: {{a: {{image: i}}}}\nnetworks:\n{}", numbered("  n", ": \n")),
        "services: {a: {image: i}}\n---\n".repeat(2000),
        format!("include: {}\n", list("compose.yaml")),
        format!("include: {}\n", list("{path: [a, b], env_file: c}")),
    ];
    for input in inputs {
        quickly(&input);
    }
}

#[test]
fn bombs_are_refused_by_size() {
    let laughs: String =
        (1..12).map(|i| format!("  a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 11].join(","))).collect();
    let problems = quickly(&format!("x-bomb:\n  a0: &a0 x\n{laughs}services: {{a: {{image: i, cap_add: *a11}}}}\n"));
    assert_eq!(problems[0].what, "this project expands to too many values");
    let unused = quickly(&format!("x-bomb:\n  a0: &a0 x\n{laughs}services: {{a: {{image: i}}}}\n"));
    assert_eq!(unused, []);
    let variables: String = (0..2000).map(|i| format!("V{}=$V{i}$V{i}\n", i + 1)).collect();
    let disk =
        [("p/compose.yaml", "services: {a: {image: $V2000}}"), ("p/.env", &format!("V0=xxxxxxxxxx\n{variables}"))];
    let start = Instant::now();
    load_all(&request(&["p/compose.yaml"]), &disk);
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn more_services_than_can_be_held_against_each_other() {
    let services: String = (0..4001).map(|i| format!("  s{i}: {{image: i, depends_on: [s0]}}\n")).collect();
    let problems = quickly(&format!("services:\n{services}"));
    assert_eq!(problems[0].what, "the project has 4001 services; at most 4000 are examined");
    assert_eq!(problems.len(), 1);
}

#[test]
fn extends_cannot_multiply() {
    let keys: String = (0..5000).map(|i| format!("    x-{i}: 1\n")).collect();
    let children: String = (0..5000).map(|i| format!("  s{i}: {{extends: p}}\n")).collect();
    let problems = quickly(&format!("services:\n  p:\n    image: i\n{keys}{children}"));
    assert_eq!(problems[0].what, "this project expands to too many values");
}

#[test]
fn includes_cannot_multiply() {
    let files: Vec<(String, String)> = (0..30)
        .map(|i| {
            (
                format!("p/f{i}.yaml"),
                format!("include: [f{}.yaml, f{}.yaml]\nservices: {{s{i}: {{image: i}}}}", i + 1, i + 1),
            )
        })
        .collect();
    let disk: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let start = Instant::now();
    load_all(&request(&["p/f0.yaml"]), &disk);
    assert!(start.elapsed() < Duration::from_secs(8));
}

fn piece() -> impl Strategy<Value = String> {
    let tokens = [
        "\n",
        "  ",
        "\n  ",
        "\n    ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "'",
        "\"",
        "|",
        ">-\n",
        "&a ",
        "*a",
        "<<: *a",
        "!reset ",
        "!override ",
        "$",
        "${",
        "${A:-",
        "#",
        "é",
        "\t",
        "\r\n",
        "---\n",
        "\\",
        "null",
        "1",
        "services:\n  a:",
        "image: i",
        "extends: a",
        "include: [p/compose.yaml]",
        "ports:",
        "command: ",
        "environment:",
        "- A=b",
        "volumes:",
        "\u{feff}",
        "\0",
        ",",
        "healthcheck: {test: ",
        "build: {dockerfile_inline: ",
    ];
    proptest::sample::select(tokens.to_vec()).prop_map(str::to_string)
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_place_is_inside_it(pieces in proptest::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        let disk = [("p/compose.yaml", text.as_str()), ("p/o.yaml", text.as_str()), ("p/.env", text.as_str())];
        let (loaded, sources) = load_all(&request(&["p/compose.yaml", "p/o.yaml"]), &disk);
        for problem in &loaded.problems {
            if let crate::problem::ProblemPlace::Span(span) = problem.place {
                prop_assert!(sources.get(span.source).text.get(span.range()).is_some(), "{problem:?}");
            }
        }
        for service in loaded.project.iter().flat_map(|project| &project.services) {
            let values = service.environment.iter().map(|variable| variable.value.span);
            let words = service.command.iter().filter_map(|c| c.value()).flat_map(|c| c.argv.iter().map(|word| word.span));
            for span in values.chain(words).chain([service.key, service.span]) {
                prop_assert!(sources.get(span.source).text.get(span.range()).is_some());
            }
        }
    }
}
