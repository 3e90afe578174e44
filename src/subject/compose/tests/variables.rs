use std::collections::BTreeMap;

use super::*;
use crate::subject::compose::environment::{self, Environment};
use crate::subject::compose::interpolate;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let given: BTreeMap<String, String> = pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    Environment::new(&given)
}

fn expand(text: &str) -> Result<String, String> {
    let environment = environment(&[("SET", "x"), ("EMPTY", ""), ("A1_", "y")]);
    let outcome = interpolate::expand(text, &|name| environment.get(name).cloned());
    outcome.map(|outcome| outcome.text).map_err(|fault| fault.what)
}

#[test]
fn interpolation_grammar() {
    let cases = [
        ("$SET", "x"),
        ("${SET}", "x"),
        ("a$SET.b", "ax.b"),
        ("$A1_-", "y-"),
        ("$SET$SET", "xx"),
        ("$EMPTY", ""),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${NO:-d}", "d"),
        ("${NO-d}", "d"),
        ("${SET:-d}", "x"),
        ("${NO:-}", ""),
        ("${SET:+r}", "r"),
        ("${EMPTY:+r}", ""),
        ("${EMPTY+r}", "r"),
        ("${NO:+r}", ""),
        ("${NO+r}", ""),
        ("${SET:?e}", "x"),
        ("${SET?e}", "x"),
        ("${EMPTY?e}", ""),
        ("${NO:-${SET}}", "x"),
        ("${NO:-a${NO2:-b}c}", "abc"),
        ("${NO:-a:b}", "a:b"),
        ("${NO:-{\"a\": 1}}", "{\"a\": 1}"),
        ("${NO:-http://x?y}", "http://x?y"),
        ("$$SET", "$SET"),
        ("$$$SET", "$x"),
        ("$$$$", "$$"),
        ("$1", "$1"),
        ("$(x)", "$(x)"),
        ("$", "$"),
        ("a$", "a$"),
        ("$ x", "$ x"),
        ("$NO", "${NO}"),
        ("a${NO}b", "a${NO}b"),
        ("é$SET", "éx"),
        ("$é", "$é"),
    ];
    for (text, expected) in cases {
        assert_eq!(expand(text).as_deref(), Ok(expected), "{text}");
    }
    for text in [
        "${}",
        "${1x}",
        "${SET/x/y}",
        "${SET:x}",
        "${",
        "a ${SET",
        "${NO:?why}",
        "${NO?}",
        "${EMPTY:?e}",
        "${ SET}",
        "${SET }",
        "${SET:}",
    ] {
        assert!(expand(text).is_err(), "{text}");
    }
    assert_eq!(expand("${NO:?set it}"), Err("the variable `NO` is required and not set: set it".to_string()));
}

fn dotenv(text: &str) -> Vec<String> {
    let environment = environment(&[("OUT", "from outside"), ("B", "outer")]);
    let mut sources = Sources::new();
    let source = sources.add_text(".env", text);
    let (assignments, problems) = environment::read(source, text, &environment, false);
    let shown = assignments.into_iter().map(|a| match a.definition.value {
        Ok(value) => format!("{}={value}", a.name),
        Err(_) => format!("{}?", a.name),
    });
    shown.chain(problems.into_iter().map(|p| format!("! {}", p.what))).collect()
}

#[test]
fn env_file_grammar() {
    let cases: [(&str, &[&str]); 24] = [
        ("A=1\nB = 2\n", &["A=1", "B=2"]),
        ("A: yaml like", &["A=yaml like"]),
        ("export A=1", &["A=1"]),
        ("OUT\nNOWHERE\n", &["OUT=from outside"]),
        ("# c\n\n  # d\nA=1 # e", &["A=1"]),
        ("A=1#e", &["A=1#e"]),
        ("A='x # y' # z", &["A=x # y"]),
        ("A=\"x # y\" # z", &["A=x # y"]),
        ("A='$OUT \\n'", &["A=$OUT \\n"]),
        ("A=\"$OUT\\n\\t\\\"\\\\\\$x\"", &["A=from outside\n\t\"\\$x"]),
        ("A='l1\nl2'\nC=3", &["A=l1\nl2", "C=3"]),
        ("A=\"l1\nl2\"\nC=3", &["A=l1\nl2", "C=3"]),
        ("A=x  \nC=$A/y", &["A=x", "C=x/y"]),
        ("B=inner\nC=$B", &["B=inner", "C=outer"]),
        ("\u{feff}A=1", &["A=1"]),
        ("A=1\r\nC=2\r\n", &["A=1", "C=2"]),
        ("A=", &["A="]),
        ("A=\"\"", &["A="]),
        ("A=$NOPE", &["A?"]),
        ("A=${NOPE:-d}", &["A=d"]),
        ("A B=1", &["! this line does not begin with the name of a variable"]),
        ("A=\"open\nC=1", &["C=1", "! the quoted value of `A` does not end"]),
        ("A=a=b=c", &["A=a=b=c"]),
        ("A=${", &["A?", "! the value of `A` cannot be expanded: `${` is not closed"]),
    ];
    for (text, expected) in cases {
        assert_eq!(dotenv(text), expected, "{text:?}");
    }
}

#[test]
fn a_variable_without_value_makes_the_value_unknown_and_is_reported_once() {
    let case = attributes("user: ${UID}\nworking_dir: /x/${UID}\nhostname: ${NAME:-h}");
    let a = case.service("a");
    assert_eq!(a.user.as_ref().unwrap().unknown(), Some("the variable `UID` is not set"));
    assert!(a.working_dir.as_ref().unwrap().unknown().is_some());
    assert_eq!(text(&a.hostname), Some("h"));
    assert_eq!(case.whats(), ["the variable `UID` is not set"]);
    assert_eq!(case.problems[0].gravity, Gravity::Warning);
}

#[test]
fn a_required_variable_is_an_error_and_the_value_unknown() {
    let case = attributes("user: ${UID:?who}\nhostname: h");
    assert_eq!(case.errors(), ["the variable `UID` is required and not set: who"]);
    assert!(case.service("a").user.as_ref().unwrap().unknown().is_some());
    assert_eq!(text(&case.service("a").hostname), Some("h"));
}

#[test]
fn values_come_from_the_env_file_of_the_project_and_say_so() {
    let disk = [
        ("p/compose.yaml", "services: {a: {image: 'i:${TAG}', privileged: '${P}', user: '${U}', environment: [X, Y]}}"),
        ("p/.env", "TAG=7\nP=true\nX=x\nU=env\n"),
        ("p/other.env", "U=other\n"),
    ];
    let mut request = request(&["p/compose.yaml"]);
    let loaded = case(&request, &disk);
    let a = loaded.service("a");
    assert_eq!(text(&a.image), Some("i:7"));
    assert_eq!(loaded.slice(a.image.as_ref().unwrap().through[0]), "7");
    assert_eq!(a.privileged.as_ref().unwrap().value(), Some(&true));
    assert_eq!(variables_of(&a.environment), ["X=x", "Y=?"]);
    request.variables.insert("TAG".to_string(), "8".to_string());
    request.env_files = vec![PathBuf::from("p/.env"), PathBuf::from("p/other.env")];
    let loaded = case(&request, &disk);
    assert_eq!(text(&loaded.service("a").image), Some("i:8"));
    assert_eq!(text(&loaded.service("a").user), Some("other"));
    request.env_files.push(PathBuf::from("p/none.env"));
    assert_eq!(case(&request, &disk).errors()[0], "there is no file `p/none.env`");
}

#[test]
fn keys_are_not_expanded_and_what_a_variable_makes_is_cast() {
    let case = attributes(
        "labels: {'$KEY': v}\nprivileged: ${P:-true}\ncpus: ${C:-0.5}\nscale: ${S:-3}\nports: ['${PORT:-80}:80']",
    );
    let a = case.service("a");
    assert_eq!(a.labels[0].name, "$KEY");
    assert_eq!(a.privileged.as_ref().unwrap().value(), Some(&true));
    assert_eq!(a.resources.cpu_limit.as_ref().unwrap().value(), Some(&0.5));
    assert_eq!(a.replicas.as_ref().unwrap().value(), Some(&3));
    assert_eq!(a.ports[0].published.as_deref(), Some("80"));
    assert_eq!(case.whats(), [""; 0]);
    let wrong = attributes("privileged: ${P:-perhaps}");
    assert_eq!(wrong.errors(), ["`privileged` must be `true` or `false`, not `perhaps`"]);
}

#[test]
fn aliases_are_expanded_once() {
    let case = one(
        "x-env: &env {A: '${NO}'}\nservices: {a: {image: i, environment: *env}, b: {image: i, environment: {<<: *env, B: b}}}",
    );
    assert_eq!(case.whats(), ["the variable `NO` is not set"]);
    assert_eq!(variables_of(&case.service("b").environment), ["B=b", "A=?"]);
}
