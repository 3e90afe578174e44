//! What a configuration comes to.

use super::{alone, server};
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::headers::Expires;
use crate::subject::nginx::model::location::Chosen;
use crate::subject::nginx::model::seconds;
use crate::subject::nginx::{Configuration, LevelId, LevelKind};

fn shown(configuration: &Configuration, id: LevelId) -> String {
    match &configuration.level(id).kind {
        LevelKind::Location(matcher) => matcher.shown(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

fn chosen(text: &str, path: &str) -> String {
    let configuration = alone(text);
    assert!(configuration.failures.is_empty(), "{:?}", configuration.failures);
    match configuration.location_for(server(&configuration), path) {
        Chosen::Level(id) => shown(&configuration, id),
        Chosen::Unknown(why) => why,
    }
}

#[test]
fn locations_are_chosen_as_nginx_does() {
    let text = r"server {
        location = / { }
        location / { }
        location /assets/ { location ~ \.map$ { } location /assets/deep { } }
        location ^~ /fixed/ { location ~ \.svg$ { } }
        location ~* \.(js|css)$ { }
        location ~ \.JS$ { }
        location /api { }
        location @named { }
    }";
    for (path, expected) in [
        ("/", "= /"),
        ("/x", "/"),
        ("/assets/a.png", "/assets/"),
        ("/assets/a.js", r"~ \.(js|css)$"),
        ("/assets/a.JS", r"~ \.(js|css)$"),
        ("/assets/a.map", r"~ \.map$"),
        ("/assets/deep/a", "/assets/deep"),
        ("/assets/deep/a.css", r"~ \.(js|css)$"),
        ("/fixed/a.js", "^~ /fixed/"),
        ("/fixed/a.svg", r"~ \.svg$"),
        ("/api", "/api"),
        ("/apix", "/api"),
        ("@named", "server"),
    ] {
        assert_eq!(chosen(text, path), expected, "{path}");
    }
    assert_eq!(chosen("server { location /api/ { } }", "/api"), "server");
    let around = r"server { location ~ ^/(?!api/).*\.js$ { } location ~ /\.(?!well-known) { } location / { } }";
    for (path, expected) in [
        ("/x.js", r"~ ^/(?!api/).*\.js$"),
        ("/api/x.js", "/"),
        ("/x", "/"),
        ("/.git", r"the regular expression `/\.(?!well-known)` cannot be followed"),
    ] {
        assert_eq!(chosen(around, path), expected, "{path}");
    }
    assert_eq!(
        chosen(r"server { location ~ ^(a)\1$ { } }", "/x"),
        r"the regular expression `^(a)\1$` cannot be followed"
    );
    assert_eq!(chosen(r"server { location = /x { } location ~ ^/(?!api) { } }", "/x"), "= /x");
    assert_eq!(chosen("server { location =/x { } location ~*\\.js$ { } }", "/a.js"), r"~ \.js$");
    assert_eq!(chosen("server { include secret; location / { } }", "/"), "`secret` is not there");
    assert_eq!(chosen("server { include secret; location = / { } }", "/"), "= /");
}

fn headers(configuration: &Configuration, path: &str) -> Vec<String> {
    let Chosen::Level(id) = configuration.location_for(server(configuration), path) else { panic!("no location") };
    configuration.headers_at(id).set.iter().map(|h| format!("{}={}", h.name, h.value.text)).collect()
}

#[test]
fn one_add_header_drops_all_that_is_inherited() {
    let configuration = alone(
        r#"http { add_header A 1; server {
            add_header B 2 always;
            expires 1h;
            location / { }
            location /assets/ { add_header C 3; expires 1y; location /assets/x { } }
            location /if { if ($a) { add_header D 4; } }
            location /more { more_set_headers "E: 5"; }
        } }"#,
    );
    assert_eq!(headers(&configuration, "/"), ["B=2"]);
    assert_eq!(headers(&configuration, "/assets/"), ["C=3"]);
    assert_eq!(headers(&configuration, "/assets/x"), ["C=3"]);
    assert_eq!(headers(&configuration, "/if"), ["B=2"]);
    assert_eq!(headers(&configuration, "/more"), ["E=E: 5", "B=2"]);
    let condition = configuration.levels().find(|(_, level)| level.kind == LevelKind::If).map(|(id, _)| id);
    let set = configuration.headers_at(condition.expect("an if")).set;
    assert_eq!(set.iter().map(|h| h.name).collect::<Vec<_>>(), ["D"]);
    let Chosen::Level(assets) = configuration.location_for(server(&configuration), "/assets/x") else { panic!() };
    assert_eq!(configuration.expires_at(assets).0, Expires::Seconds(31_536_000));
}

#[test]
fn headers_are_merged_where_that_is_asked_for() {
    let text = |how: &str| {
        format!(
            "http {{ add_header_inherit {how}; server {{ add_header A 1; location / {{ add_header B 2; }} location /x {{ }} }} }}"
        )
    };
    assert_eq!(headers(&alone(&text("merge")), "/"), ["B=2", "A=1"]);
    assert_eq!(headers(&alone(&text("on")), "/"), ["B=2"]);
    assert_eq!(headers(&alone(&text("on")), "/x"), ["A=1"]);
    assert_eq!(headers(&alone(&text("off")), "/x"), Vec::<String>::new());
}

#[test]
fn an_empty_header_is_not_sent() {
    let configuration = alone("server { add_header A \"\"; add_header B x; }");
    let headers = configuration.headers_at(server(&configuration));
    assert!(headers.has("b") && !headers.has("A"));
}

#[test]
fn answers_follow_redirects_inside() {
    let configuration = alone(
        "server {
            index start.html;
            location / { try_files $uri $uri/ /index.html; }
            location = /index.html { }
            location = /start.html { }
            location /docs/ { }
            location /app/ { try_files $uri @app; }
            location @app { proxy_pass http://app; }
            location /assets/ { try_files $uri =404; }
        }",
    );
    let answers = |path: &str| {
        let answers = configuration.answers(server(&configuration), path);
        answers.levels.iter().map(|id| shown(&configuration, *id)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(answers("/deep/link"), "/, = /index.html");
    assert_eq!(answers("/"), "/, = /start.html, = /index.html");
    assert_eq!(answers("/docs/"), "/docs/");
    assert_eq!(answers("/app/x"), "/app/, @app");
    assert_eq!(answers("/assets/x.js"), "/assets/");
}

#[test]
fn handlers_are_told_apart() {
    let configuration = alone(
        r"server {
            location = /a { return 200 ok; }
            location = /b { return 301 https://$host; }
            location = /c { return https://example.com; }
            location = /d { proxy_pass http://x; }
            location = /e { deny all; }
            location = /f { allow 10.0.0.0/8; deny all; stub_status; }
            location = /g { rewrite ^ /index.html break; }
            location = /h { rewrite ^(.*)$ https://example.com$1 permanent; }
            location = /i { content_by_lua_block { x } }
        }",
    );
    let handler = |path: &str| {
        let Chosen::Level(id) = configuration.location_for(server(&configuration), path) else { panic!() };
        match configuration.handler(id) {
            Handler::Return { code, .. } => format!("return {code:?}"),
            Handler::Pass(directive) => directive.name.text.clone(),
            Handler::Internal(directive) | Handler::Program(directive) | Handler::Denied(directive) => {
                format!("-{}", directive.name.text)
            }
            Handler::Files => "files".to_string(),
            Handler::Open(unknown) => unknown.why.clone(),
        }
    };
    let got: Vec<String> = "abcdefghi".chars().map(|c| handler(&format!("/{c}"))).collect();
    let expected = [
        "return Some(200)",
        "return Some(301)",
        "return Some(302)",
        "proxy_pass",
        "-deny",
        "-stub_status",
        "files",
        "return Some(301)",
        "-content_by_lua_block",
    ];
    assert_eq!(got, expected);
}

#[test]
fn targets_go_through_upstreams_and_variables() {
    let configuration = alone(
        "upstream pool { server a:1; server b; server c:3 down; server unix:/x; }
        map $x $where { default http://m:5; }
        server {
            set $api http://api:8000;
            location /1 { proxy_pass http://pool; }
            location /2 { proxy_pass $api; }
            location /3 { proxy_pass http://$arg_x; }
            location /4 { proxy_pass https://example.com/x/$uri; }
            location /5 { fastcgi_pass php:9000; }
            location /6 { proxy_pass http://[::1]:7; }
            location /7 { proxy_pass $where; }
            location /8 { proxy_pass http://unix:/tmp/x; }
        }",
    );
    let targets: Vec<String> = configuration
        .targets()
        .into_iter()
        .map(|target| match target {
            Ok(target) => format!("{}:{}", target.host, target.port.map_or("-".to_string(), |port| port.to_string())),
            Err((why, _)) => why,
        })
        .collect();
    let expected = [
        "a:1",
        "b:80",
        "api:8000",
        "the value of `$arg_x` is not known",
        "example.com:443",
        "php:9000",
        "::1:7",
        "m:5",
    ];
    assert_eq!(targets, expected);
}

#[test]
fn addresses_of_listen_are_read() {
    let configuration = alone(
        "server { listen 80; listen [::]:8080 default_server; listen 127.0.0.1; listen *:443 ssl; listen unix:/x; listen $a; }",
    );
    let ports: Vec<_> =
        configuration.listens(server(&configuration)).iter().map(|l| (l.port, l.unknown.is_some())).collect();
    let expected =
        [(Some(80), false), (Some(8080), false), (Some(80), false), (Some(443), false), (None, false), (None, true)];
    assert_eq!(ports, expected);
    let without = alone("server { }");
    assert!(!without.listens(server(&without))[0].written);
}

#[test]
fn times_are_read() {
    for (text, expected) in [
        ("1y", Some(31_536_000)),
        ("365d", Some(31_536_000)),
        ("31536000", Some(31_536_000)),
        ("1h 30m", Some(5400)),
        ("x", None),
        ("", None),
    ] {
        assert_eq!(seconds(text), expected, "{text}");
    }
}

#[test]
fn a_user_in_an_address_is_refused_and_not_shown() {
    let configuration = alone("server { location / { proxy_pass http://admin:hidden@api:80; } }");
    let found = configuration.targets();
    let Err((why, _)) = &found[0] else { panic!("a target: {found:?}") };
    assert!(why.contains("a user in its address") && !why.contains("hidden"), "{why}");
}
