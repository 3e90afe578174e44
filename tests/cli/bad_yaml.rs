//! Compose files that are broken or hostile: said once, with the place and the next step, and the rest is judged.

use crate::bad_dockerfiles::{GOOD, beside_good, harmless, judged, problem};
use crate::command::{Folder, Run, run};

#[track_caller]
fn compose(text: &str, what: &str, place: &str, help: &str) {
    problem(beside_good("compose.yaml", text), what, &format!("compose.yaml:{place}"), help);
}

#[test]
fn text_that_is_no_yaml() {
    compose("services:\n  a: [1, 2\n  b: }\n", "this is not YAML: ", "3:4", "correct it here");
    compose("services:\n\ta: {}\n", "this is not YAML: tabs", "2:2", "correct it here");
    compose("just text\n", "a Compose file must be a mapping", "1:1", "begin it with `services:`");
    compose("", "the Compose file is empty", "1:1", "begin it with `services:`");
}

#[test]
fn a_key_that_stands_twice() {
    let text = "services:\n  a:\n    image: x:1\n    image: y:1\n";
    compose(text, "the key `image` stands twice in one mapping", "4:5", "line 3");
}

#[test]
fn an_attribute_that_compose_does_not_have() {
    let text = "services:\n  a:\n    image: x:1\n    enviroment: {}\n";
    compose(text, "`services.a` has no attribute `enviroment`", "4:5", "did you mean `environment`?");
}

#[test]
fn a_dockerfile_or_a_build_context_that_is_missing() {
    let text = "services:\n  a:\n    build: {context: ./good, dockerfile: Nope}\n";
    compose(text, "`a` is built from `good/Nope`, which does not exist", "3:42", "correct `dockerfile`");
    let text = "services:\n  a:\n    build: ./nope\n";
    compose(text, "the build context `nope` of `a` does not exist", "3:12", "correct `context`");
}

#[test]
fn a_variable_that_is_required_and_not_set() {
    let text = "services:\n  a:\n    image: x:${TAG:?give a tag}\n";
    compose(text, "the variable `TAG` is required and not set: give a tag", "3:12", "set `TAG` in an env file");
}

#[test]
fn services_that_extend_each_other() {
    let text = "services:\n  a:\n    extends: {service: b}\n  b:\n    extends: {service: a}\n";
    compose(text, "`a` extends itself", "3:14", "break the circle");
}

#[test]
fn files_that_include_each_other() {
    let folder = Folder::new()
        .with("good/Dockerfile", GOOD)
        .with("compose.yaml", "include: [other.yaml]\nservices: {a: {image: \"x:1\"}}\n")
        .with("other.yaml", "include: [compose.yaml]\n");
    problem(judged(&folder), "`compose.yaml` includes itself", "other.yaml:1:11", "break the circle");
}

#[test]
fn a_file_that_is_extended_or_included_and_missing() {
    let text = "services:\n  a:\n    extends: {service: b, file: no/such.yaml}\n";
    compose(text, "there is no file `no/such.yaml`", "3:33", "correct the path");
    let text = "include: [no/such.yaml]\nservices: {a: {image: \"x:1\"}}\n";
    compose(text, "there is no file `no/such.yaml`", "1:11", "correct the path");
}

#[test]
fn a_file_of_compose_v1() {
    let text = "web:\n  image: nginx\n  ports: [\"80:80\"]\n";
    compose(text, "`web` looks like a service of Compose v1", "1:1", "move all services under `services:`");
}

#[test]
fn brackets_a_hundred_thousand_deep() {
    for opener in ["[", "{", "- ", "? ", "[{a: "] {
        let text = format!("services:\n  a:\n    image: {}\n", opener.repeat(100_000));
        let ran = beside_good("compose.yaml", &text).says(&["error: "]).says(&["--> compose.yaml:3:"]);
        ran.says(&["= help: "]).lacks("recursion");
    }
    let deep: String = (1..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    problem(
        beside_good("compose.yaml", format!("services:\n{deep}")),
        "values are nested more than 100 deep here",
        "compose.yaml:101:101",
        "examined",
    );
}

#[test]
fn openers_in_values_that_are_expanded_or_run() {
    for opener in ["${a:-", "$(", "((", "'", "\\\"$(", "${", "$$", "[", "{"] {
        let nested = opener.repeat(50_000);
        let text = format!(
            "services:\n  a:\n    image: x:1\n    user: \"{nested}\"\n    command: \"{nested}\"\n    healthcheck:\n      \
             test: \"{nested}\"\n"
        );
        let folder = Folder::new().with("compose.yaml", text);
        for command in ["scan", "show"] {
            harmless(Run::new(folder.path(), &[command, "--jobs", "2"]).bounded().go());
        }
    }
}

/// Ten levels of aliases, nine of each: a thousand million values.
fn bomb(open: &str, close: &str, item: impl Fn(usize, &str) -> String) -> String {
    let level = |i: usize| {
        let below = if i == 0 { "v".to_string() } else { format!("*a{}", i - 1) };
        let items: Vec<String> = (0..9).map(|j| item(j, &below)).collect();
        format!("x-{i}: &a{i} {open}{}{close}\n", items.join(", "))
    };
    (0..10).map(level).collect()
}

#[test]
fn aliases_that_expand_without_end() {
    let list = bomb("[", "]", |_, below| below.to_string());
    let map = bomb("{", "}", |j, below| format!("k{j}: {below}"));
    for head in [&list, &map] {
        for field in ["labels: *a9", "environment: *a9", "<<: *a9", "command: *a9"] {
            let text = format!("{head}services:\n  w:\n    image: x:1\n    {field}\n");
            let ran = beside_good("compose.yaml", text).says(&["error: "]).says(&["--> compose.yaml:"]);
            assert!(ran.took.as_secs() < 20, "{:?}", ran.took);
        }
    }
    let text = "services: &s\n  w:\n    image: x:1\n    labels: *s\n";
    beside_good("compose.yaml", text).says(&["error: this alias stands inside the value it stands for"]);
}

#[test]
fn names_and_values_with_control_characters() {
    let text = "services:\n  \"a\\e[31m\\x9b\":\n    image: \"x\\e[31m:1\"\n    user: \"ro\\u202eot\"\n    \"b\\x07\": 1\n  web:\n    \
                image: \"alpine:3.20\"\n    user: \"0\\e[2J\"\n    environment:\n      \"A\\e[31mB\": x\n";
    let folder = Folder::new().with("compose.yaml", text).with("good/Dockerfile", GOOD);
    judged(&folder).says(&["`a\\u{1b}[31m\\u{9b}` cannot name a service"]);
    for format in ["table", "json"] {
        harmless(run(folder.path(), &["show", "--format", format]));
    }
}

#[test]
fn two_services_with_one_dockerfile_that_cannot_be_read_are_told_why_once() {
    let folder = Folder::new()
        .with("good/Dockerfile", GOOD)
        .with("Dockerfile/x", "")
        .with("compose.yaml", "services:\n  a: {build: .}\n  b: {build: .}\n");
    problem(judged(&folder), "is a folder, not a file", "Dockerfile", "give the path of a file");
}

#[test]
fn thousands_of_services_are_only_long() {
    let alike: String =
        (0..2_000).map(|i| format!("  s{i}:\n    build: ./good\n    depends_on: [s{}]\n", (i + 1) % 50)).collect();
    let chain: String = (1..3_000).map(|i| format!("  s{i}: {{extends: s{}}}\n", i - 1)).collect();
    for text in [format!("services:\n{alike}"), format!("services:\n  s0: {{image: \"x:1\"}}\n{chain}")] {
        let folder = Folder::new().with("good/Dockerfile", GOOD).with("compose.yaml", text);
        for command in ["scan", "show"] {
            let ran = harmless(Run::new(folder.path(), &[command, "--jobs", "2"]).bounded().go());
            assert!(ran.took.as_secs() < 20, "{:?}", ran.took);
        }
    }
}
