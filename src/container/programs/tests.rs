use std::sync::Arc;

use super::search::Search;
use super::*;
use crate::container::build::Build;
use crate::source::SourceId;
use crate::subject::dockerfile;
use crate::subject::dockerfile::stage::BuildSettings;

/// Whether the image of a Dockerfile has a program.
fn search(text: &str, program: &str) -> Brought {
    let mut problems = Vec::new();
    let file = dockerfile::parse(SourceId(0), text, &mut problems);
    let build = Build::new(Arc::new(file), &BuildSettings::default(), &mut problems).expect("a stage");
    let image = build.image();
    let mut search = Search::new(program, image);
    for step in &image.steps {
        match &step.action {
            Action::Run { script, .. } => search.run(script, step.span),
            Action::Transfer { sources, destination, inline, from, .. } => {
                search.transfer((sources, destination), inline, from.is_some(), step.span);
            }
            Action::Opaque => search.leave_open("opaque"),
        }
    }
    search.finish()
}

/// The same as `yes`, `no` or `?`.
fn has(text: &str, program: &str) -> &'static str {
    match search(text, program) {
        Brought::Yes(_) => "yes",
        Brought::No(_) => "no",
        Brought::Unknown(_) => "?",
    }
}

#[track_caller]
fn table(rows: &[(&str, &str, &str)]) {
    for (text, program, expected) in rows {
        assert_eq!(has(text, program), *expected, "{program} in\n{text}");
    }
}

#[test]
fn base_images_have_their_own() {
    table(&[
        ("FROM node:20-alpine", "wget", "yes"),
        ("FROM node:20-alpine", "curl", "no"),
        ("FROM node:20-alpine", "nc", "yes"),
        ("FROM node:20-alpine", "bash", "no"),
        ("FROM node:20-alpine", "node", "yes"),
        ("FROM node:20-slim", "curl", "no"),
        ("FROM node:20-slim", "wget", "no"),
        ("FROM node:20-slim", "nc", "no"),
        ("FROM node:20-slim", "bash", "yes"),
        ("FROM node:20-slim", "grep", "yes"),
        ("FROM node:20", "curl", "yes"),
        ("FROM node:20", "nc", "?"),
        ("FROM python:3.11-slim", "python", "yes"),
        ("FROM python:3.11-slim", "node", "no"),
        ("FROM redis:7", "redis-cli", "yes"),
        ("FROM postgres:16-alpine", "pg_isready", "yes"),
        ("FROM postgres:16-alpine", "bash", "?"),
        ("FROM nginx:1.27-alpine", "curl", "yes"),
        ("FROM mariadb:11", "mysqladmin", "no"),
        ("FROM mariadb:11", "healthcheck.sh", "yes"),
        ("FROM mariadb:10.11", "mysqladmin", "yes"),
        ("FROM mysql:8.0", "mysqladmin", "yes"),
        ("FROM gcr.io/distroless/nodejs20-debian12", "curl", "no"),
        ("FROM gcr.io/distroless/nodejs20-debian12", "/bin/sh", "no"),
        ("FROM gcr.io/distroless/nodejs20-debian12", "/nodejs/bin/node", "yes"),
        ("FROM gcr.io/distroless/nodejs20-debian12", "node", "?"),
        ("FROM gcr.io/distroless/static-debian12:debug", "/bin/sh", "no"),
        ("FROM gcr.io/distroless/static-debian12:debug", "wget", "?"),
        ("FROM scratch", "sh", "no"),
        ("FROM registry.example.com/base:1", "curl", "?"),
        ("FROM registry.example.com/base:1\nRUN curl -fsSO https://example.com/x", "curl", "yes"),
    ]);
}

#[test]
fn steps_bring_and_take_away() {
    table(&[
        ("FROM node:20-slim\nRUN apt-get update && apt-get install -y curl=7.88.1-10", "curl", "yes"),
        ("FROM node:20-slim\nRUN apt-get install -y php-curl libcurl4 python3-pycurl", "curl", "no"),
        ("FROM node:20-slim\nRUN docker-php-ext-install curl", "curl", "no"),
        ("FROM node:20-slim\nRUN apt-get install -y curl && apt-get purge -y --auto-remove curl", "curl", "no"),
        ("FROM node:20-alpine\nRUN apk add --no-cache --virtual .deps curl git && apk del .deps", "curl", "no"),
        ("FROM node:20-alpine\nRUN apk add --virtual .deps git && apk add curl && apk del .deps", "curl", "yes"),
        ("FROM nginx:1.27-alpine\nRUN apk del curl", "curl", "no"),
        ("FROM node:20-alpine\nRUN apk add wget && apk del wget", "wget", "yes"),
        ("FROM node:20-slim\nRUN deps='curl git' && apt-get install -y $deps", "curl", "yes"),
        ("FROM node:20-slim\nRUN apt-get install -y $(cat packages)", "curl", "?"),
        ("FROM node:20-slim\nENV PACKAGES=curl\nRUN apt-get install -y $PACKAGES", "curl", "yes"),
        ("FROM node:20-slim\nRUN ./setup.sh", "curl", "?"),
        ("FROM node:20-slim\nRUN sh -c 'apt-get install -y curl'", "curl", "yes"),
        ("FROM node:20-slim\nRUN npm ci && npm run build", "curl", "no"),
        ("FROM node:20-slim\nCOPY --from=curlimages/curl /usr/bin/curl /usr/bin/curl", "curl", "yes"),
        ("FROM scratch\nCOPY --from=b /go/bin/service /", "curl", "no"),
        ("FROM scratch\nCOPY --from=b /rootfs/ /", "curl", "?"),
        ("FROM alpine:3.20\nCOPY healthcheck.sh /usr/local/bin/", "healthcheck.sh", "yes"),
        ("FROM alpine:3.20\nCOPY . /app", "/app/healthcheck.sh", "?"),
        ("FROM alpine:3.20\nRUN wget -O /bin/grpc_health_probe https://example.com/x", "grpc_health_probe", "yes"),
        ("FROM debian:12-slim\nRUN apt-get install -y netcat-openbsd", "nc", "yes"),
        ("FROM php:8.3-fpm-alpine\nRUN apk add --no-cache libpq fcgi", "cgi-fcgi", "yes"),
        ("FROM php:8.3-fpm\nRUN apt-get install -y libfcgi-bin", "cgi-fcgi", "yes"),
        ("FROM node:20-slim\nRUN apt-get install -y sync-tool openssh-client", "nc", "no"),
        ("FROM debian:12-slim\nRUN rm /usr/bin/perl", "perl", "no"),
        ("FROM node:20-slim\nRUN pip install dumb-init==1.2.5", "dumb-init", "yes"),
        ("FROM python:3.11-slim\nRUN pip install httpie", "http", "yes"),
        ("FROM python:3.11-slim\nRUN pip install -r requirements.txt", "http", "?"),
        ("FROM python:3.11-slim\nRUN pip install -r requirements.txt", "curl", "no"),
        ("FROM python:3.11-slim\nRUN pip install -r requirements.txt", "celery", "?"),
        ("FROM node:20-slim\nCOPY sync /srv", "nc", "no"),
    ]);
}

#[test]
fn a_package_manager_of_a_language_is_named_and_not_the_base_image() {
    let why = |text: &str, program: &str| match search(text, program) {
        Brought::Unknown(why) => why,
        answer => panic!("{answer:?}"),
    };
    let installed = "FROM python:3.11-slim\nRUN pip install -r requirements.txt";
    assert_eq!(why(installed, "celery"), "whether `pip install -r requirements.txt` installs `celery` is not known");
    let private = "FROM example.com/base:1\nRUN pip install -r requirements.txt";
    assert!(why(private, "celery").contains("base image `example.com/base:1`"), "the base may have it as well");
    assert!(why("FROM python:3.11-slim", "celery").contains("base image"));
}
