use super::*;
use crate::container::reference::Reference;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// `kind version`, `kind ~tag` for a moving one, `kind ?` for an unknown one, empty for no runtime.
fn told(text: &str) -> String {
    let reference = Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match from_reference(&reference) {
        None => String::new(),
        Some((kind, VersionFact::Known(version))) => format!("{kind} {version}"),
        Some((kind, VersionFact::Moving(tag))) => format!("{kind} ~{tag}"),
        Some((kind, VersionFact::Unknown)) => format!("{kind} ?"),
    }
}

fn tell(cases: &[(&str, &str)]) {
    for (reference, expected) in cases {
        assert_eq!(told(reference), *expected, "{reference}");
    }
}

#[test]
fn references_of_node() {
    tell(&[
        ("node:20-alpine", "node 20"),
        ("node:20.11.1-bookworm", "node 20.11.1"),
        ("node:v20", "node 20"),
        ("node", "node ~latest"),
        ("node:lts-slim", "node ~lts-slim"),
        ("node:current", "node ~current"),
        ("node:alpine", "node ~alpine"),
        ("node:alpine3.20", "node ~alpine3.20"),
        ("node:iron-alpine", "node 20"),
        ("node:lts-iron", "node 20"),
        ("node:hydrogen", "node 18"),
        ("node:jod-slim", "node 22"),
        ("node:krypton", "node 24"),
        ("node:gallium", "node 16"),
        ("node:fermium", "node 14"),
        ("node:erbium", "node 12"),
        ("node:dubnium", "node 10"),
        ("registry.corp:5000/base/node:20", "node 20"),
        ("gcr.io/distroless/nodejs20-debian12", "node 20"),
        ("gcr.io/distroless/nodejs20-debian12:nonroot", "node 20"),
        ("gcr.io/distroless/nodejs:18", "node 18"),
        ("registry.access.redhat.com/ubi9/nodejs-20-minimal:1-47", "node 20"),
        ("public.ecr.aws/lambda/nodejs:20", "node 20"),
        ("cgr.dev/chainguard/node:latest-dev", "node ~latest-dev"),
        ("bitnami/node:20.11.1-debian-12-r0", "node 20.11.1"),
        ("cimg/node:20.11-browsers", "node 20.11"),
        ("circleci/node:14", "node 14"),
        ("mcr.microsoft.com/devcontainers/javascript-node:20", "node 20"),
        ("mcr.microsoft.com/devcontainers/javascript-node:1-20-bookworm", "node 20"),
        ("mcr.microsoft.com/devcontainers/typescript-node:1.1.2-18", "node 18"),
    ]);
}

#[test]
fn references_of_python() {
    tell(&[
        ("python:3.11.9-slim", "python 3.11.9"),
        ("python:3-alpine", "python 3"),
        ("python:3.13.0rc1", "python 3.13.0"),
        ("python:slim", "python ~slim"),
        ("pypy:3.11-slim", "python 3.11"),
        ("gcr.io/distroless/python3-debian11", "python 3.9"),
        ("gcr.io/distroless/python3-debian12:debug", "python 3.11"),
        ("gcr.io/distroless/python3-debian13", "python 3.13"),
        ("gcr.io/distroless/python3", "python ~latest"),
        ("registry.access.redhat.com/ubi9/python-311", "python 3.11"),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.11", "python 3.11"),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.11-slim-2024-01-22", "python 3.11"),
        ("tiangolo/uvicorn-gunicorn-fastapi", "python ~latest"),
        ("ghcr.io/astral-sh/uv:python3.11-bookworm", "python 3.11"),
        ("ghcr.io/astral-sh/uv:0.5.1-python3.12-alpine", "python 3.12"),
        ("ghcr.io/astral-sh/uv:latest", ""),
        ("ghcr.io/astral-sh/uv:0.5.1", ""),
        ("quay.io/jupyter/base-notebook:python-3.11.6", "python 3.11.6"),
        ("continuumio/miniconda3:24.1.2-0", "python ?"),
        ("mcr.microsoft.com/devcontainers/python:1-3.11-bookworm", "python 3.11"),
        ("mcr.microsoft.com/devcontainers/python:3.11", "python 3.11"),
    ]);
}

#[test]
fn references_of_servers_and_of_none() {
    tell(&[
        ("nginx:1.27-alpine", "nginx 1.27"),
        ("nginx:stable-alpine", "nginx ~stable-alpine"),
        ("nginxinc/nginx-unprivileged:1.25", "nginx 1.25"),
        ("bitnami/nginx", "nginx ~latest"),
        ("registry.access.redhat.com/ubi9/nginx-124", "nginx 1.24"),
        ("openresty/openresty:1.25.3.1-alpine", "nginx 1.25.3.1"),
        ("redis:7-alpine", "redis 7"),
        ("valkey/valkey:8", "redis 8"),
        ("redis/redis-stack:7.2.0-v9", "redis 7.2.0"),
        ("bitnami/redis:7.2", "redis 7.2"),
        ("postgres:16.3-alpine3.20", "postgres 16.3"),
        ("postgis/postgis:16-3.4", "postgres 16"),
        ("pgvector/pgvector:pg16", "postgres 16"),
        ("pgvector/pgvector:0.7.0-pg16", "postgres 16"),
        ("timescale/timescaledb:2.14-pg16", "postgres 16"),
        ("timescale/timescaledb:latest-pg15", "postgres 15"),
        ("timescale/timescaledb-ha:pg16.2-ts2.14", "postgres 16.2"),
        ("timescale/timescaledb:2.14", "postgres ?"),
        ("bitnami/postgresql:16", "postgres 16"),
        ("golang:1.22-alpine", "go 1.22"),
        ("eclipse-temurin:21-jre", "java 21"),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet 8.0"),
        ("alpine:3.20", ""),
        ("debian:bookworm-slim", ""),
        ("gcr.io/distroless/static-debian12", ""),
        ("ghcr.io/acme/app:1.2", ""),
        ("ghcr.io/acme/runtime:1.2", ""),
        ("nodered/node-red", ""),
    ]);
}

#[test]
fn a_digest_alone_tells_the_runtime_and_no_version() {
    assert_eq!(told(&format!("node@{DIGEST}")), "node ?");
    assert_eq!(told(&format!("node:20@{DIGEST}")), "node 20");
    assert_eq!(told(&format!("gcr.io/distroless/nodejs20-debian12@{DIGEST}")), "node 20");
}

#[test]
fn a_version_matches_by_whole_numbers() {
    for (version, wanted, expected) in [
        ("20", "20", Some(true)),
        ("20.11.1", "20", Some(true)),
        ("20.x", "20", Some(true)),
        ("20.11.1-alpine", "20.x", Some(true)),
        ("v20.1", "v20", Some(true)),
        ("2", "20", Some(false)),
        ("200", "20", Some(false)),
        ("18.20", "20", Some(false)),
        ("3.11.9", "3.11", Some(true)),
        ("3.1", "3.11", Some(false)),
        ("3", "3.11", None),
        ("2", "3.11", Some(false)),
        ("3.11", "x", None),
    ] {
        let version = Version::parse(version).unwrap_or_else(|| panic!("{version} has a number"));
        assert_eq!(version.matches(wanted), expected, "{version} for {wanted}");
    }
}

#[test]
fn a_version_is_at_least_another_only_when_that_is_sure() {
    let version = |text| Version::parse(text).unwrap_or_else(|| panic!("{text} has a number"));
    assert_eq!(version("24.04").at_least(&version("23.04")), Some(true));
    assert_eq!(version("22.04").at_least(&version("23.04")), Some(false));
    assert_eq!(version("23").at_least(&version("23.04")), None);
    assert_eq!(version("3").at_least(&version("3.0")), Some(true));
}

#[test]
fn texts_without_a_number_are_no_version() {
    assert_eq!(Version::parse("latest"), None);
    assert_eq!(Version::parse(""), None);
    assert_eq!(
        Version::parse("99999999999999999999").map(|version| version.to_string()).as_deref(),
        Some("4294967295")
    );
    assert_eq!(Version::parse(&"1.".repeat(50_000)).map(|version| version.numbers().len()), Some(8));
}

#[test]
fn programs_tell_the_runtime() {
    for (program, kind) in [
        ("node", Some(Kind::Node)),
        ("/usr/local/bin/npm", Some(Kind::Node)),
        (r"C:\nodejs\node.exe", Some(Kind::Node)),
        ("uvicorn", Some(Kind::Python)),
        ("/app/.venv/bin/gunicorn", Some(Kind::Python)),
        ("python3.11", Some(Kind::Python)),
        ("python", Some(Kind::Python)),
        ("python-config", None),
        ("nginx", Some(Kind::Nginx)),
        ("valkey-server", Some(Kind::Redis)),
        ("postgres", Some(Kind::Postgres)),
        ("java", Some(Kind::Other("java".to_string()))),
        ("/app/server", None),
    ] {
        assert_eq!(from_program(program), kind, "{program}");
    }
}
