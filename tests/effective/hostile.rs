//! Files made to exhaust: they are resolved in little time and memory, or their values are not known.

use std::time::Instant;

use crate::case::Project;

#[track_caller]
fn resolves(text: &str) -> Project {
    let start = Instant::now();
    let project = Project::new(&[("Dockerfile", text)]);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    project
}

#[test]
fn a_working_directory_that_grows_with_every_line() {
    let text = format!("FROM scratch\nENV A={}\n{}", "a/".repeat(30_000), "WORKDIR $A\n".repeat(5_000));
    let project = resolves(&text);
    assert!(
        project.field("Dockerfile", "working directory").starts_with("? the working directory is longer than any path")
    );
}

#[test]
fn ports_without_end() {
    let text: String = (1..60_000).map(|port| format!("EXPOSE {port}\n")).collect();
    let project = resolves(&format!("FROM scratch\n{text}"));
    let ports = project.container("Dockerfile").fields.iter().filter(|field| field.name == "port").count();
    assert!(ports <= 1024, "{ports}");
}

#[test]
fn stages_that_each_add_a_megabyte() {
    let mut text = format!("FROM scratch AS s0\nENV V={}\n", "x".repeat(60_000));
    for stage in 1..150 {
        text.push_str(&format!("FROM s{} AS s{stage}\n", stage - 1));
        (0..9).for_each(|copy| text.push_str(&format!("ENV V{stage}_{copy}=$V$V\n")));
    }
    text.push_str("USER $V149_8\n");
    let project = resolves(&text);
    assert!(project.field("Dockerfile", "user").starts_with("? the image sets too many variables to follow"));
    assert!(project.field("Dockerfile", "environment V149_8").starts_with("? "), "no value is better than a wrong one");
}

#[test]
fn an_argument_there_is_no_room_for_is_unknown_and_not_empty() {
    let doubled: String = (0..12).map(|n| format!("ARG A{n}=$V$V\n")).collect();
    let text = format!("FROM scratch\nARG V={}\n{doubled}ARG W={}\nUSER $W\n", "x".repeat(60_000), "y".repeat(60_000));
    let project = resolves(&text);
    assert!(project.field("Dockerfile", "user").starts_with("? the image sets too many variables to follow"));
}

#[test]
fn a_long_variable_on_every_line() {
    let value = format!("FROM scratch\nENV A={}\n", "1 ".repeat(30_000).trim_end().replace(' ', "\\ "));
    for line in ["COPY $A $A /$A\n", "EXPOSE $A\n", "WORKDIR /$A\n", "LABEL a=$A\n"] {
        resolves(&format!("{value}{}CMD [\"x\"]\n", line.repeat(5_000)));
    }
}
