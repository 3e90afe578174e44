use super::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn find(text: &str) -> Option<Facts> {
    lookup(&Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn facts(text: &str) -> Facts {
    find(text).unwrap_or_else(|| panic!("{text} is not known"))
}

#[test]
fn every_row_parses_and_rows_are_sorted_by_image() {
    let mut last = "";
    for row in table::all() {
        let facts = row.facts().unwrap_or_else(|| panic!("{} {} does not parse", row.image(), row.tags()));
        assert!(last <= row.image(), "{last} stands before {}", row.image());
        last = row.image();
        if let (Some(user), Some(uid)) = (facts.user, facts.uid) {
            let numeric = user.split(':').next().and_then(|user| user.parse().ok());
            assert!(numeric.is_none_or(|number: u32| number == uid), "{}: user {user} is not {uid}", row.image());
            assert!(!matches!(user, "" | "root") || uid == 0, "{}: root is not {uid}", row.image());
        }
    }
}

#[test]
fn every_image_is_found_by_a_reference() {
    for row in table::all() {
        let image = row.image();
        let text = match image {
            "gcr.io/distroless/nodejs" => "gcr.io/distroless/nodejs22-debian12".to_string(),
            "gcr.io/distroless/java" => "gcr.io/distroless/java21-debian13".to_string(),
            _ if image.starts_with("gcr.io/distroless/") => format!("{image}-debian12"),
            "grafana/loki" => "grafana/loki:3.0".to_string(),
            _ => image.to_string(),
        };
        assert!(find(&text).is_some(), "{text}");
        assert!(find(&format!("{text}@{DIGEST}")).is_some(), "{text} by digest");
    }
}

#[test]
fn every_word_of_the_table_has_a_meaning() {
    for row in table::all() {
        for word in row.tags().split([' ', '|']) {
            let known = word == "*" || word == "other" || word.starts_with(">=");
            let known = known || tag::Tag::parse(word).fits(word) == tag::Fit::Yes && !tag::Tag::parse(word).is_open();
            assert!(known, "{} {word}", row.image());
        }
    }
}

#[test]
fn variants_are_told_by_the_tag() {
    for (reference, system, shell, curl, wget) in [
        ("node:22", System::Debian, Shell::Dash, true, true),
        ("node:20.11.1-bookworm", System::Debian, Shell::Dash, true, true),
        ("node:20-slim", System::Debian, Shell::Dash, false, false),
        ("node:20-bookworm-slim", System::Debian, Shell::Dash, false, false),
        ("node:lts-alpine3.20", System::Alpine, Shell::Ash, false, true),
        ("python:3.11-slim-bookworm", System::Debian, Shell::Dash, false, false),
        ("python:3.11-alpine", System::Alpine, Shell::Ash, false, true),
        ("nginx:1.27-alpine-slim", System::Alpine, Shell::Ash, false, true),
        ("nginx:alpine", System::Alpine, Shell::Ash, true, true),
        ("alpine:3.20", System::Alpine, Shell::Ash, false, true),
        ("ubuntu:noble", System::Ubuntu, Shell::Dash, false, false),
        ("debian:bookworm-20240701-slim", System::Debian, Shell::Dash, false, false),
        ("eclipse-temurin:21.0.4_7-jre-alpine", System::Alpine, Shell::Ash, false, true),
        ("scratch", System::None, Shell::None, false, false),
    ] {
        let facts = facts(reference);
        assert_eq!((facts.system, facts.shell), (Some(system), Some(shell)), "{reference}");
        assert_eq!((facts.curl, facts.wget), (Some(curl), Some(wget)), "{reference}");
    }
}

fn account(facts: &Facts, name: &str) -> Option<Account> {
    facts.accounts.iter().find(|account| account.name == name).copied()
}

#[test]
fn accounts_follow_the_variant_and_the_version() {
    let ids = |reference: &str, name: &str| account(&facts(reference), name).map(|account| (account.uid, account.gid));
    for (reference, name, expected) in [
        ("node:20", "node", Some((1000, 1000))),
        ("node:20-alpine", "node", Some((1000, 1000))),
        ("postgres:16", "postgres", Some((999, 999))),
        ("postgres:16-alpine", "postgres", Some((70, 70))),
        ("redis:7-alpine", "redis", Some((999, 1000))),
        ("ubuntu:24.04", "ubuntu", Some((1000, 1000))),
        ("ubuntu:noble", "ubuntu", Some((1000, 1000))),
        ("ubuntu", "ubuntu", Some((1000, 1000))),
        ("ubuntu:23.04", "ubuntu", Some((1000, 1000))),
        ("ubuntu:22.04", "ubuntu", None),
        ("ubuntu:jammy", "ubuntu", None),
        ("ubuntu:focal-20240530", "ubuntu", None),
        ("scratch", "root", None),
        ("gcr.io/distroless/static-debian12", "nonroot", Some((65532, 65532))),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra", "app", Some((1654, 1654))),
    ] {
        let expected = expected.map(|(uid, gid)| (Some(uid), Some(gid)));
        assert_eq!(ids(reference, name), expected, "{reference} {name}");
    }
}

#[test]
fn default_users_are_what_the_images_say() {
    for (reference, user, uid) in [
        ("node:20", "", 0),
        ("nginx", "", 0),
        ("nginxinc/nginx-unprivileged:alpine", "101", 101),
        ("gcr.io/distroless/static-debian12", "0", 0),
        ("gcr.io/distroless/static-debian12:nonroot", "65532", 65532),
        ("gcr.io/distroless/nodejs22-debian12:debug-nonroot", "65532", 65532),
        ("gcr.io/distroless/static", "0", 0),
        ("gcr.io/distroless/base-debian13:nonroot-amd64", "65532", 65532),
        ("cgr.dev/chainguard/node", "65532", 65532),
        ("cgr.dev/chainguard/node:latest-dev", "65532", 65532),
        ("memcached:1-alpine", "memcache", 11211),
        ("gradle:8-jdk21-noble", "root", 0),
        ("grafana/tempo:2.5.0", "10001:10001", 10001),
    ] {
        let facts = facts(reference);
        assert_eq!((facts.user, facts.uid), (Some(user), Some(uid)), "{reference}");
    }
}

#[test]
fn entrypoints_and_what_they_do_with_root() {
    let postgres = facts("postgres:16");
    assert_eq!(postgres.entrypoint.as_deref(), Some(&["docker-entrypoint.sh"][..]));
    assert_eq!(postgres.hands_over, Some(HandsOver::ExecutesWith("postgres")));
    assert_eq!(postgres.drops_to("/usr/local/bin/postgres"), Some("postgres"));
    assert_eq!(postgres.drops_to("bash"), None);
    let nginx = facts("nginx");
    assert_eq!(nginx.cmd.as_deref(), Some(&["nginx", "-g", "daemon off;"][..]));
    assert_eq!(nginx.privileges, Some(Privileges::Workers { account: "nginx" }));
    assert_eq!(nginx.stop_signal, Some("SIGQUIT"));
    assert_eq!(facts("node").stop_signal, Some("SIGTERM"));
    assert_eq!(facts("python:3.11").entrypoint, Some(Vec::new()));
    assert_eq!(facts("kibana:9.1").init, Some("tini"));
    assert_eq!(facts("gcr.io/distroless/python3-debian12").entrypoint, Some(vec!["/usr/bin/python3.11"]));
}

#[test]
fn a_digest_gets_what_all_variants_share() {
    let node = facts(&format!("node@{DIGEST}"));
    assert_eq!((node.user, node.uid), (Some(""), Some(0)));
    assert_eq!(account(&node, "node").and_then(|account| account.uid), Some(1000));
    assert_eq!((node.system, node.shell, node.curl), (None, None, None));
    assert_eq!(node.cmd, Some(vec!["node"]));
    let postgres = facts(&format!("postgres@{DIGEST}"));
    assert_eq!(account(&postgres, "postgres"), None);
    assert!(!postgres.accounts_complete);
    assert_eq!(postgres.drops_to("postgres"), Some("postgres"));
    assert_eq!(facts(&format!("elasticsearch@{DIGEST}")).user, None);
}

#[test]
fn a_tag_of_unknown_meaning_leaves_the_variant_open() {
    let node = facts("node:corporate-7");
    assert_eq!((node.uid, node.system), (Some(0), None));
    assert_eq!(facts("node:corporate-alpine").system, Some(System::Alpine));
}

#[test]
fn a_variant_that_the_table_lacks_is_not_taken_for_another() {
    for reference in ["redis:7-windowsservercore", "mariadb:11-ubi9", "jenkins/jenkins:lts-alpine", "golang:nanoserver"]
    {
        assert_eq!(find(reference), None, "{reference}");
    }
    assert_eq!(facts("elasticsearch:7.17").user, None);
    assert_eq!(facts("mcr.microsoft.com/dotnet/aspnet:8.0-azurelinux3.0").user, None);
    assert_eq!(facts("python:2.7-slim").cmd, None);
}

#[test]
fn mirrors_are_docker_hub_and_namesakes_are_not() {
    for reference in [
        "docker.io/library/node:20",
        "public.ecr.aws/docker/library/node:20",
        "mirror.gcr.io/library/node:20",
        "registry.hub.docker.com/library/node:20",
        "registry.docker.com/library/node:20",
    ] {
        assert_eq!(find(reference), find("node:20"), "{reference}");
    }
    for reference in ["bitnami/node:20", "ghcr.io/library/node:20", "acme/postgres", "public.ecr.aws/acme/node"] {
        assert_eq!(find(reference), None, "{reference}");
    }
}

#[test]
fn unverified_cells_stay_unknown() {
    assert_eq!(facts("ubuntu:24.04").cmd, None);
    assert_eq!(facts("nginx:1.27").wget, None);
    assert_eq!(facts("cgr.dev/chainguard/python").shell, None);
    assert_eq!(facts("openzipkin/zipkin").uid, None);
}

#[test]
fn hostile_tags_are_looked_up_quickly() {
    let tag = format!("a{}", "-a".repeat(63));
    assert!(find(&format!("node:{tag}")).is_some());
}
