//! Files that are no Dockerfiles: other frontends' and templates.

use plimsoll::problem::Gravity;

use crate::shape::resolve;

/// The one problem of a file that is not read, `None` if it is read.
fn unread(text: &str) -> Option<String> {
    let (file, stages, problems) = resolve(text, &Default::default());
    let whole = problems.iter().find(|p| p.what.contains("template") || p.what.contains("frontend"))?;
    assert_eq!(problems.len(), 1, "it is the only problem: {problems:#?}");
    assert_eq!(whole.gravity, Gravity::Warning);
    assert!(file.instructions.is_empty() && stages.stages.is_empty(), "nothing is read of it");
    Some(whole.what.clone())
}

#[test]
fn frontends_of_others() {
    for first in [
        "# syntax=ghcr.io/acme/buildpack:1",
        "#syntax = cmdjulian/mopy",
        "# syntax=docker.io/r2d4/packfile@sha256:00",
        "//syntax=acme/front:1",
        "#!/usr/bin/env docker\n# syntax=acme/front",
        "{\"syntax\": \"acme/front\"}",
    ] {
        let what = unread(&format!("{first}\nFROM a\nnope\n")).unwrap_or_default();
        assert!(what.starts_with("the file is written for the frontend `"), "{first}: {what}");
    }
    let (file, _, problems) = resolve("apiVersion: v1\n# syntax=acme/front\n", &Default::default());
    assert!(file.directives.syntax.is_none(), "further down it is a comment");
    assert!(!problems.is_empty());
}

#[test]
fn dockers_own_frontend() {
    for syntax in [
        "docker/dockerfile",
        "docker/dockerfile:1",
        "docker/dockerfile:1.7-labs",
        "docker.io/docker/dockerfile:1@sha256:00",
        "docker/dockerfile-upstream:master",
        "registry.example.com:5000/mirror/docker/dockerfile:1",
        "docker/dockerfile:1 # pinned",
    ] {
        assert_eq!(unread(&format!("# syntax={syntax}\nFROM a")), None, "{syntax}");
    }
}

#[test]
fn templates() {
    for text in [
        "{{ def is_alpine:\n  env.variant\n-}}\nFROM alpine:{{ env.variant }}",
        "FROM alpine:{{ .Version }}\nRUN x",
        "FROM mcr.example.com/windows/{{ env.variant }}:{{ env.release }}\nSHELL [\"powershell\"]",
        "FROM {{base_image}}\n",
        "FROM a\n{% if x %}\nRUN y\n{% endif %}",
        "FROM a\n  {{- range .Packages }}\nRUN install {{ . }}\n{{- end }}",
        "FROM <%= base %>\nRUN x",
        "FROM php:%%PHP_VERSION%%-apache\nRUN x",
        "FROM a\nUSER {{ user }}\n",
        "FROM a\nWORKDIR {{workdir}}",
        "FROM a\nEXPOSE {{ port }}",
    ] {
        assert_eq!(unread(text).as_deref(), Some("the file is a template of a Dockerfile"), "{text}");
    }
}

#[test]
fn braces_that_belong_to_programs() {
    for text in [
        "FROM a\nRUN docker inspect --format '{{.Id}}' x",
        "FROM a\nRUN docker inspect --format \\\n  '{{.Id}}' \\\n{{.NotATag}} x",
        "FROM a\nHEALTHCHECK CMD docker ps --format '{{.State}}'",
        "FROM a\nHEALTHCHECK CMD [\"docker\", \"inspect\", \"{{.State.Health}}\"]",
        "FROM a\nENV FORMAT='{{.Name}}' OTHER={{x}}",
        "FROM a\nENV FORMAT {{ .Name }}",
        "FROM a\nLABEL usage=\"run {{image}}\"",
        "FROM a\nCMD consul-template '{{ key }}'",
        "ARG FORMAT={{.Name}}\nFROM a",
        "FROM a\nCOPY {{cookiecutter.name}}/ /app/",
        "FROM a\nCOPY <<EOF /etc/x.j2\n{% if x %}\n{{ y }}\n{% endif %}\nEOF",
        "FROM a\nRUN <<EOF\n{{ x }}\nEOF",
        "# {{ a comment }}\nFROM a\nRUN date +%%H",
    ] {
        assert_eq!(unread(text), None, "{text}");
    }
}
