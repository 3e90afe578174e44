//! Projects: which image a service runs, and which services there are.

use crate::case::Project;

const FILE: &str = "FROM scratch\nUSER 7\nCMD [\"c\"]\n";

#[test]
fn the_places_of_an_inline_dockerfile_are_in_the_compose_file() {
    let compose = "services:\n  app:\n    build:\n      dockerfile_inline: |\n        FROM scratch\n        USER 7\n\n        ENV A=1\n";
    let project = Project::new(&[("compose.yaml", compose)]);
    assert_eq!(project.problems(), [""; 0]);
    assert_eq!(project.container("app").file, "compose.yaml");
    assert_eq!(
        project.field("app", "user"),
        "7, uid 7 gid 0 < USER compose.yaml:6 < `FROM scratch` compose.yaml:5",
        "the lines are those of the Compose file"
    );
    assert_eq!(project.field("app", "environment A"), "1 < ENV compose.yaml:8");
    let fields = &project.container("app").fields;
    let user = fields.iter().find(|field| field.name == "user").expect("a user");
    assert_eq!(user.decided_by.column, 9, "and so are the columns");
}

#[test]
fn an_additional_context_takes_the_place_of_stages_and_images() {
    let compose = "services:\n  app:\n    build:\n      context: .\n      additional_contexts:\n        base: docker-image://alpine:3.20\n";
    let image = "FROM base\nWORKDIR /srv\n";
    let project = Project::new(&[("Dockerfile", image), ("compose.yaml", compose)]);
    assert_eq!(
        project.field("app", "user"),
        "? the user of the image is not known: it is the additional build context `base` < the image 1",
        "nobody looks into the context"
    );
    assert_eq!(project.field("app", "working directory"), "/srv < WORKDIR 2 < the image 1");
    let stage = "FROM alpine:3.20 AS base\nUSER 7\nFROM base\n";
    let project = Project::new(&[("Dockerfile", stage), ("compose.yaml", compose)]);
    assert!(project.field("app", "user").starts_with("? "), "the instructions of the stage are not run");
}

#[test]
fn a_service_that_names_the_image_of_another_runs_what_that_one_builds() {
    let compose =
        "services:\n  worker:\n    image: app:dev\n    user: \"9\"\n  app:\n    build: .\n    image: app:dev\n";
    let project = Project::new(&[("Dockerfile", FILE), ("compose.yaml", compose)]);
    assert_eq!(project.field("worker", "command"), "[\"c\"] < CMD 3 < `FROM scratch` 1");
    assert_eq!(
        project.field("worker", "user"),
        "9, uid 9 gid 0 < `user` of the service compose.yaml:4 < USER 2 < `FROM scratch` 1"
    );
    assert_eq!(project.field("app", "user"), "7, uid 7 gid 0 < USER 2 < `FROM scratch` 1", "the other is left alone");
    assert_eq!(project.container("worker").file, "Dockerfile");
}

#[test]
fn one_dockerfile_is_judged_once_for_each_service_that_builds_it_and_not_alone() {
    let compose =
        "services:\n  a:\n    build: {context: ., args: {U: 1}}\n  b:\n    build: {context: ., args: {U: 2}}\n";
    let project = Project::new(&[("Dockerfile", "FROM scratch\nARG U=0\nUSER $U\n"), ("compose.yaml", compose)]);
    assert_eq!(project.names(), ["a", "b"]);
    assert_eq!(project.field("a", "user"), "1, uid 1 gid 0 < USER 3 < `FROM scratch` 1");
    assert_eq!(project.field("b", "user"), "2, uid 2 gid 0 < USER 3 < `FROM scratch` 1");
}

#[test]
fn services_behind_a_profile_are_there() {
    let compose = "services:\n  app:\n    image: redis:7-alpine\n  debug:\n    image: redis:7-alpine\n    user: \"0\"\n    profiles: [debug]\n";
    let project = Project::new(&[("compose.yaml", compose)]);
    assert_eq!(project.names(), ["app", "debug"], "one that does not start by default is judged, and has its name");
    let user = project.field("debug", "user");
    assert!(user.contains(" < `user` of the service compose.yaml:6 < "), "{user}");
}

#[test]
fn a_variant_stands_on_the_base_and_has_a_name_of_its_own() {
    let base = "services:\n  app:\n    build: .\n    user: \"5\"\n    command: a\n";
    let production = "services:\n  app:\n    user: \"6\"\n";
    let files = [("Dockerfile", FILE), ("docker-compose.yml", base), ("docker-compose.prod.yml", production)];
    let project = Project::new(&files);
    assert_eq!(project.names(), ["app", "app (docker-compose.prod.yml)"]);
    assert_eq!(
        project.field("app", "user"),
        "5, uid 5 gid 0 < `user` of the service docker-compose.yml:4 < USER 2 < `FROM scratch` 1"
    );
    assert_eq!(
        project.field("app (docker-compose.prod.yml)", "user"),
        "6, uid 6 gid 0 < `user` of the service docker-compose.prod.yml:3 < \
         `user` of the service docker-compose.yml:4 < USER 2 < `FROM scratch` 1",
        "it overrides the base, and the base the image"
    );
    assert!(
        project.field("app (docker-compose.prod.yml)", "command").starts_with("[\"a\"] < "),
        "the rest is the base's"
    );
}

#[test]
fn an_override_file_remembers_whom_it_overrode() {
    let base = "services:\n  app:\n    build: .\n    environment: [A=1]\n    command: [a]\n    restart: always\n";
    let over = "services:\n  app:\n    environment: [A=2]\n    command: [b]\n    restart: \"no\"\n";
    let file = "FROM scratch\nENV A=0\nCMD [\"c\"]\n";
    let project = Project::new(&[("Dockerfile", file), ("compose.yaml", base), ("compose.override.yaml", over)]);
    assert_eq!(
        project.field("app", "environment A"),
        "2 < `environment` of the service compose.override.yaml:3 < `environment` of the service compose.yaml:4 < ENV 2"
    );
    assert_eq!(
        project.field("app", "command"),
        "[\"b\"] < `command` of the service compose.override.yaml:4 < `command` of the service compose.yaml:5 < \
         CMD 3 < `FROM scratch` 1"
    );
    assert_eq!(
        project.field("app", "restart"),
        "no < `restart` of the service compose.override.yaml:5 < `restart` of the service compose.yaml:6"
    );
}

#[test]
fn a_build_that_cannot_be_followed_is_known_for_what_the_service_says() {
    let compose = "services:\n  app:\n    build: https://example.com/repository.git\n    user: \"7\"\n";
    let project = Project::new(&[("compose.yaml", compose)]);
    assert!(project.field("app", "command").starts_with("? "), "{}", project.field("app", "command"));
    assert!(project.field("app", "user").starts_with("7, uid 7"), "{}", project.field("app", "user"));
}
