//! Includes and levels.

use super::{alone, server, with_files};
use crate::source::SourceId;
use crate::subject::nginx::model::Context;
use crate::subject::nginx::stock::{self, Image};
use crate::subject::nginx::{Configuration, File, Included, load, load_whole, parse};

fn failures(configuration: &Configuration) -> Vec<&str> {
    configuration.failures.iter().map(|failure| failure.why.as_str()).collect()
}

fn failures_of(text: &str) -> Vec<String> {
    alone(text).failures.into_iter().map(|failure| failure.why).collect()
}

#[test]
fn includes_are_textual_sorted_and_relative_to_the_main_file() {
    let configuration = with_files(
        "http { include conf.d/*.conf; }",
        &[
            ("/etc/nginx/conf.d/b.conf", "server { include snippets/../x; }"),
            ("/etc/nginx/conf.d/a.conf", "server { listen 1; }"),
            ("/etc/nginx/conf.d/sub/c.conf", "server { listen 3; }"),
            ("/etc/nginx/x", "listen 2;"),
        ],
    );
    let ports: Vec<_> = configuration.servers().map(|server| configuration.listens(server)[0].port).collect();
    assert_eq!(ports, [Some(1), Some(2)]);
    assert_eq!(configuration.files.len(), 4);
    assert!(configuration.failures.is_empty());
}

#[test]
fn a_missing_file_stops_nginx_and_a_pattern_without_files_does_not() {
    assert_eq!(
        failures(&alone("http { include gone; }")),
        ["nginx does not start: there is no `/etc/nginx/gone` to include"]
    );
    assert!(alone("http { include gone/*.conf; }").failures.is_empty());
    let open = alone("http { include secret; server { } }");
    assert_eq!(open.open_servers().map(|unknown| unknown.why.as_str()), Some("`secret` is not there"));
}

#[test]
fn a_part_of_a_configuration_is_taken_as_what_it_belongs_to() {
    for (text, context) in [
        ("events {} http {}", Context::Main),
        ("server {}", Context::Http),
        ("upstream a { } map $a $b { }", Context::Http),
        ("location / {}", Context::Server),
        ("add_header A b;", Context::Snippet),
    ] {
        assert_eq!(alone(text).context, context, "{text}");
    }
    let configuration = alone("location / { gzip on; }");
    assert!(configuration.level(server(&configuration)).open[0].why.contains("not among what is scanned"));
}

#[test]
fn two_locations_of_one_text_stop_nginx() {
    let twice = failures_of("server { location /a {} location ^~ /a {} }");
    assert_eq!(twice, ["nginx does not start: there are two locations `^~ /a`"]);
    assert!(alone("server { location /a {} location = /a {} location ~ /a {} location ~ /a {} }").failures.is_empty());
}

#[test]
fn a_broken_file_is_a_failure_too() {
    let broken = alone("server { listen 80;");
    assert_eq!(
        failures(&broken),
        ["nginx does not start with this configuration: the block of `server` is not closed"]
    );
    assert_eq!(broken.problems.len(), 1);
}

#[test]
fn stock_files_are_whole_configurations() {
    for image in [Image::Official, Image::Unprivileged] {
        let get = |path: &str| stock::file(image, path);
        let main = File::builtin(stock::MAIN, SourceId(0), get(stock::MAIN).expect("a main file").into());
        let configuration = load(main, &mut |path| {
            let path = if path.contains('*') { "/etc/nginx/conf.d/default.conf" } else { path };
            let files = get(path).map(|text| File::builtin(path, SourceId(1), text.into()));
            Included { files: files.into_iter().collect(), unknown: None }
        });
        assert!(configuration.failures.is_empty(), "{:?}", configuration.failures);
        let port = configuration.listens(server(&configuration))[0].port;
        assert_eq!(port, Some(if image == Image::Official { 80 } else { 8080 }));
        assert!(configuration.is_builtin(configuration.level(server(&configuration)).place));
    }
    assert_eq!(stock::PATHS.iter().filter(|path| stock::file(Image::Official, path).is_some()).count(), 3);
}

#[test]
fn what_nginx_refuses_in_its_main_file_is_a_failure() {
    let cases = [
        ("daemon off;", "events {}", None),
        ("daemon off;", "daemon off; events {}", Some("`daemon` is set by `-g` and by this file")),
        ("", "pid /a; pid /b; events {}", Some("`pid` is set twice")),
        ("", "pid /a; http {}", Some("its main file has no `events` block")),
        ("", "include secret;", None),
        ("", "server { listen 80; }", Some("`server` stands at the top of its main file")),
        ("", "listen 80;", Some("its main file has no `events` block")),
        ("", "events {} server { }", Some("`server` stands outside of all blocks")),
        ("", "events {} http { location / { } }", Some("`location` stands in `http`")),
        ("", "events {} http { server { if ($a) { location / { } } } }", Some("`location` stands in `if`")),
        ("", "events {} stream { server { } upstream a { } }", None),
    ];
    for (command_line, text, expected) in cases {
        let file = File::plain("/etc/nginx/nginx.conf", SourceId(0), text.into());
        let line = parse(SourceId(0), command_line).directives;
        let configuration = load_whole(file, &line, &mut |path| Included {
            files: Vec::new(),
            unknown: path.contains("secret").then(|| "`secret` is not there".to_string()),
        });
        let expected: Vec<String> = expected.map(|why| format!("nginx does not start: {why}")).into_iter().collect();
        assert_eq!(failures(&configuration), expected, "{command_line} {text}");
    }
}

#[test]
fn options_are_read_with_and_without_a_blank() {
    let words = |text: &str| -> Vec<_> {
        let place = crate::source::Span::new(SourceId(0), 0..0);
        text.split('|').map(|word| crate::source::Spanned::new(word.to_string(), place)).collect()
    };
    for (text, file, prefix, directives) in [
        ("nginx|-g|daemon off;", None, false, 1),
        ("nginx|-c|/a|-gpid /b; daemon off;", Some("/a"), false, 2),
        ("nginx|-c/a|-p/srv", Some("/a"), true, 0),
        ("nginx|-c", Some(""), false, 0),
    ] {
        let words = words(text);
        let line = crate::subject::nginx::command_line(&words);
        assert_eq!((line.file, line.has_prefix, line.directives.len()), (file, prefix, directives), "{text}");
    }
}
