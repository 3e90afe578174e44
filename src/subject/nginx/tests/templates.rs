//! Templates of the official image.

use crate::source::SourceId;
use crate::subject::nginx::substitute::{Variable, substitute};
use crate::subject::nginx::{File, Included, load};

fn environment(name: &str) -> Variable {
    match name {
        "PORT" => Variable::Known("8080".to_string()),
        "API" => Variable::Unknown("`API` is set when the container starts".to_string()),
        "incomplete" => Variable::Unknown("the environment is not all known".to_string()),
        _ => Variable::Unset,
    }
}

#[test]
fn only_what_the_environment_defines_is_filled_in() {
    let cases = [
        ("listen ${PORT};", "listen 8080;"),
        ("listen $PORT;", "listen 8080;"),
        ("listen $PORTS;", "listen $PORTS;"),
        ("listen ${PORT:-80};", "listen ${PORT:-80};"),
        ("try_files $uri $uri/ =404;", "try_files $uri $uri/ =404;"),
        ("a $incomplete ${PORT}${PORT};", "a $incomplete 80808080;"),
        ("$", "$"),
        ("${", "${"),
        ("", ""),
    ];
    for (template, expected) in cases {
        assert_eq!(substitute(template, &environment, None).text(), expected);
    }
    assert_eq!(substitute("$PORT", &environment, Some("^NGINX_")).text(), "$PORT");
    assert_eq!(substitute("$PORT", &environment, Some("^PO")).text(), "8080");
}

#[test]
fn spans_point_into_the_template() {
    let template = "server {\n  listen ${PORT} ssl;\n  location / { proxy_pass http://${API}:1; }\n}";
    let file = File::template("/etc/nginx/conf.d/default.conf", SourceId(0), template.into(), &environment, None);
    let configuration = load(file, &mut |_| Included::default());
    let server = configuration.servers().next().expect("a server");
    let listen = &configuration.listens(server)[0];
    assert_eq!((listen.port, listen.tls), (Some(8080), true));
    assert_eq!(&template[listen.place.range()], "${PORT}");
    let Err((why, place)) = &configuration.targets()[0] else { panic!("a known target") };
    assert_eq!(why, "`API` is set when the container starts");
    assert_eq!(&template[place.range()], "http://${API}:1");
}

#[test]
fn what_is_left_in_listen_is_refused_by_nginx() {
    let file = File::template("x", SourceId(0), "server { listen ${NONE}; }".into(), &environment, None);
    let configuration = load(file, &mut |_| Included::default());
    let server = configuration.servers().next().expect("a server");
    assert!(configuration.listens(server)[0].unknown.as_ref().is_some_and(|why| why.contains("is not replaced")));
}

#[test]
fn values_of_the_environment_are_not_written_down_again() {
    let template = "server {\n  add_header X-Token \"${PORT}\";\n  add_header X-Plain \"a\";\n}";
    let file = File::template("/etc/nginx/conf.d/default.conf", SourceId(0), template.into(), &environment, None);
    let configuration = load(file, &mut |_| Included::default());
    let server = configuration.servers().next().expect("a server");
    let written: Vec<_> = configuration.headers_at(server).set.iter().map(|header| header.as_directive()).collect();
    assert_eq!(written, [None, Some("add_header X-Plain \"a\";".to_string())]);
}
