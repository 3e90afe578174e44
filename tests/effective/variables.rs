//! Which variable an instruction sees: the latest of ENV and ARG, and what the caller of the build gave.

use crate::case::{Project, dockerfiles, same};

#[test]
fn the_latest_of_env_and_arg_with_a_value_counts() {
    dockerfiles(&[
        (
            "ARG after ENV",
            "FROM scratch\nENV X=1\nARG X=2\nUSER $X\n",
            "user",
            "2, uid 2 gid 0 < USER 4 < `FROM scratch` 1",
        ),
        ("which leaves the image's variable", "FROM scratch\nENV X=1\nARG X=2\n", "environment X", "1 < ENV 2"),
        (
            "ENV after ARG",
            "FROM scratch\nARG X=2\nENV X=1\nUSER $X\n",
            "user",
            "1, uid 1 gid 0 < USER 4 < `FROM scratch` 1",
        ),
        (
            "an ARG without a value hides no ENV",
            "FROM scratch\nENV X=1\nARG X\nUSER $X\n",
            "user",
            "1, uid 1 gid 0 < USER 4 < `FROM scratch` 1",
        ),
        (
            "and no ARG that had one",
            "FROM scratch\nARG X=1\nARG X\nUSER $X\n",
            "user",
            "1, uid 1 gid 0 < USER 4 < `FROM scratch` 1",
        ),
        (
            "what a caller may give is not known",
            "FROM scratch\nARG X\nUSER $X\n",
            "user",
            "? the build argument `X` has no default < USER 3 < `FROM scratch` 1",
        ),
        (
            "all words of an instruction see what was before it",
            "FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n",
            "environment def",
            "hello < ENV 3",
        ),
        (
            "the next one sees the new value",
            "FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n",
            "environment ghi",
            "bye < ENV 4",
        ),
        ("an ARG is no variable of the image", "FROM scratch\nARG X=1\n", "environment X", "absent"),
        ("a variable that is set again", "FROM scratch\nENV X=1\nENV X=2\n", "environment X", "2 < ENV 3 < ENV 2"),
        ("the old form keeps its blanks", "FROM scratch\nENV X a  b\n", "environment X", "a  b < ENV 2"),
    ]);
}

#[test]
fn global_arguments_are_for_from_until_they_are_declared_again() {
    dockerfiles(&[
        (
            "FROM sees it",
            "ARG V=3.20\nFROM alpine:$V\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < the base image `alpine:3.20` 2",
        ),
        (
            "a stage does not",
            "ARG V=3\nFROM scratch\nUSER $V\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < USER 3 < `FROM scratch` 2",
        ),
        ("until it asks for it", "ARG V=3\nFROM scratch\nARG V\nENV A=$V\n", "environment A", "3 < ENV 4"),
        ("its own default is nearer", "ARG V=1\nFROM scratch\nARG V=2\nENV A=$V\n", "environment A", "2 < ENV 4"),
        (
            "one refers to another",
            "ARG A=3\nARG B=$A.20\nFROM alpine:$B\n",
            "working directory",
            "/ < the base image `alpine:3.20` 3",
        ),
        (
            "a default in FROM",
            "FROM ${UNSET:-alpine:3.20}\n",
            "working directory",
            "/ < the base image `alpine:3.20` 1",
        ),
        (
            "the platform is there for the asking",
            "FROM scratch\nARG TARGETARCH\nENV A=$TARGETARCH\n",
            "environment A",
            "amd64 < ENV 3",
        ),
        (
            "a default of the file beats it",
            "FROM scratch\nARG TARGETARCH=x\nENV A=$TARGETARCH\n",
            "environment A",
            "x < ENV 3",
        ),
        ("without asking there is none", "FROM scratch\nENV A=$TARGETARCH\n", "environment A", " < ENV 2"),
    ]);
}

#[test]
fn a_child_stage_sees_the_arguments_of_its_parent() {
    dockerfiles(&[
        ("an argument", "FROM scratch AS p\nARG X=1\nFROM p\nENV Y=$X\n", "environment Y", "1 < ENV 4"),
        (
            "one made of a variable of then",
            "FROM scratch AS p\nENV A=1\nARG B=$A\nENV A=2\nFROM p\nENV Y=$B\n",
            "environment Y",
            "1 < ENV 6",
        ),
        (
            "a variable of the image lies over an argument of its name",
            "FROM scratch AS p\nENV X=1\nARG X=2\nFROM p\nENV Y=$X\n",
            "environment Y",
            "1 < ENV 5",
        ),
        (
            "through two generations",
            "FROM scratch AS a\nARG X=1\nFROM a AS b\nFROM b\nENV Y=$X\n",
            "environment Y",
            "1 < ENV 5",
        ),
        ("not a sibling's", "FROM scratch AS a\nARG X=1\nFROM scratch\nENV Y=$X\n", "environment Y", " < ENV 4"),
        (
            "a trigger may declare one",
            "FROM scratch AS a\nONBUILD ARG X=1\nFROM a\nENV Y=$X\n",
            "environment Y",
            "1 < ENV 4",
        ),
    ]);
}

#[test]
fn variables_that_a_known_image_may_set_are_not_taken_for_unset() {
    dockerfiles(&[
        (
            "every image has a PATH",
            "FROM node:20-alpine\nENV PATH=/app/bin:$PATH\n",
            "environment PATH",
            "? the variable `PATH` of the base image `node:20-alpine` is not known < ENV 2",
        ),
        (
            "scratch has the one that BuildKit gives it",
            "FROM scratch\nENV PATH=/app/bin:$PATH\n",
            "environment PATH",
            "/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin < ENV 2 < `FROM scratch` 1",
        ),
        (
            "of an unknown image every variable may be one",
            "FROM corp.example/base:1\nUSER $APP_USER\n",
            "user",
            "? the environment of the base image `corp.example/base:1` is not known < USER 2 < \
             the base image `corp.example/base:1` 1",
        ),
    ]);
}

const ARGUED: &str = "ARG V=1\nFROM alpine:3.$V\nARG V\nARG U=5\nUSER $U\nENV A=$V\n";

#[test]
fn build_arguments_come_from_the_command_line_and_from_compose() {
    let compose =
        "services:\n  app:\n    build:\n      context: .\n      args:\n        U: 7\n        V: \"20\"\n        W: x\n";
    let open = "services:\n  app:\n    build:\n      context: .\n      args:\n        U: ${USER_ID}\n        V:\n";
    let given = |name: &str, value: Option<&str>| {
        let (name, value) = (name.to_string(), value.map(str::to_string));
        move |request: &mut plimsoll::scan::Request| {
            request.build_arguments.insert(name, value);
        }
    };
    let file = ("Dockerfile", ARGUED);
    let base = "the base image `alpine:3.1` 2";
    let rows = [
        ("none", Project::new(&[file]), "Dockerfile", "user", format!("5, uid 5 gid 0 < USER 5 < {base}")),
        (
            "one of the command line beats the default",
            Project::with(&[file], given("U", Some("2009"))),
            "Dockerfile",
            "user",
            format!("2009, uid 2009 gid 0 < USER 5 < {base}"),
        ),
        (
            "and the global default, inside and outside of the stage",
            Project::with(&[file], given("V", Some("9"))),
            "Dockerfile",
            "working directory",
            "/ < the base image `alpine:3.9` 2".to_string(),
        ),
        (
            "one whose value is not told",
            Project::with(&[file], given("U", None)),
            "Dockerfile",
            "user",
            format!("? the value of the build argument `U` is not given < USER 5 < {base}"),
        ),
        (
            "Compose gives both",
            Project::new(&[file, ("compose.yaml", compose)]),
            "app",
            "user",
            "7, uid 7 gid 0 < USER 5 < the base image `alpine:3.20` 2".to_string(),
        ),
        (
            "inside of the stage, too",
            Project::new(&[file, ("compose.yaml", compose)]),
            "app",
            "environment A",
            "20 < ENV 6".to_string(),
        ),
        (
            "the command line beats Compose",
            Project::with(&[file, ("compose.yaml", compose)], given("U", Some("2009"))),
            "app",
            "user",
            "2009, uid 2009 gid 0 < USER 5 < the base image `alpine:3.20` 2".to_string(),
        ),
    ];
    same(rows.into_iter().map(|(why, p, c, field, expected)| (why.to_string(), p.field(c, field), expected)).collect());
    let project = Project::new(&[file, ("compose.yaml", open)]);
    let user = project.field("app", "user");
    assert!(user.starts_with("? ") && user.contains("USER_ID"), "{user}: a variable that nobody gave is not empty");
    assert!(project.field("app", "environment A").starts_with("? "), "the value comes from a machine that is not here");
}
