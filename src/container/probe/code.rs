//! Code: one-liners such as `node -e "fetch('http://localhost:3000/health')..."`, by the texts and options in them.
//!
//! Not an interpreter: the first quoted URL, or the `host`, `port` and `path` of an options object, or the arguments of
//! a well-known call say what is asked.

mod tokens;

use super::given::Variables;
use super::http::holds_password;
use super::reader::Asked;
use super::url::Url;
use super::{Address, Given, Http, Scheme, Target};
use crate::shell::{Argument, Arguments, Known, TakesValue};
use tokens::{Token, tokens};

/// What an interpreter's language is, as far as it matters here.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    JavaScript,
    Python,
    Other,
}

/// Whether a program runs code that it is given on its command line.
pub(super) fn is_interpreter(name: &str) -> bool {
    language(name).is_some()
}

fn language(name: &str) -> Option<Language> {
    match name {
        "node" | "nodejs" | "bun" | "deno" => Some(Language::JavaScript),
        "php" | "ruby" | "perl" => Some(Language::Other),
        _ => {
            let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
            version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then_some(Language::Python)
        }
    }
}

/// What the code on an interpreter's command line asks; empty if there is none, or it cannot be told.
pub(super) fn asked(name: &str, arguments: &[Known], judged: bool, variables: &mut Variables) -> Vec<Asked> {
    let Some(language) = language(name) else { return Vec::new() };
    let Some(code) = code(name, language, arguments) else { return Vec::new() };
    let tokens = tokens(code, variables);
    let Some((target, shows_password)) = target(&tokens, variables) else { return Vec::new() };
    let fails = match (&target, language) {
        (Target::Http(_), _) if judged => None,
        (Target::Http(_), Language::JavaScript) => Some(javascript_fails(code, &tokens)),
        (Target::Http(_), Language::Python) => Some(python_fails(code, &tokens)),
        _ => None,
    };
    vec![Asked { target, fails, shows_password }]
}

/// The code among the arguments.
fn code<'a>(name: &str, language: Language, arguments: &'a [Known]) -> Option<&'a str> {
    if name == "deno" {
        let mut words = arguments.iter().map(|word| word.text.as_str());
        return words.next().filter(|word| *word == "eval").and_then(|_| words.find(|word| !word.starts_with('-')));
    }
    let (takes, letters): (TakesValue, &[&str]) = match language {
        Language::JavaScript => {
            let names = &["eval", "print", "require", "import", "input-type", "conditions", "env-file", "loader"];
            (TakesValue { letters: "eprC", names }, &["e", "p", "eval", "print"])
        }
        Language::Python => (TakesValue { letters: "cmWX", names: &[] }, &["c"]),
        Language::Other => (TakesValue { letters: "erIM", names: &[] }, &["e", "r"]),
    };
    // node has no clusters but `-pe`, whose code is the next word.
    if let Some(at) = arguments.iter().position(|word| word.text == "-pe").filter(|_| language == Language::JavaScript)
    {
        return arguments.get(at + 1).map(|word| word.text.as_str());
    }
    for argument in Arguments::new(arguments, takes) {
        match argument {
            // ruby's and node's `-r` is a library, php's is code.
            Argument::Option { name: "r", .. } if name != "php" => {}
            Argument::Option { name, value: Some(code) } if letters.contains(&name) => return Some(code),
            Argument::Operand(_) => return None,
            Argument::Option { .. } => {}
        }
    }
    None
}

/// What is asked, and whether a password is shown.
fn target(tokens: &[Token], variables: &Variables) -> Option<(Target, bool)> {
    let url = tokens.iter().filter_map(Token::value).find(|text| is_url(text));
    if let Some(url) = url {
        return Some((Url::parse(url, variables).target(), holds_password(url)));
    }
    let target = python_http(tokens, variables).or_else(|| socket(tokens, variables));
    Some((target.or_else(|| options(tokens, variables))?, false))
}

fn is_url(text: &str) -> bool {
    let starts = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (starts("http://") && text.len() > "http://".len()) || (starts("https://") && text.len() > "https://".len())
}

/// The values in the parentheses behind the first name that `wanted` takes.
fn call(tokens: &[Token], wanted: impl Fn(&str) -> bool) -> Option<Vec<&str>> {
    let mut rest = tokens;
    while let Some(at) = rest.iter().position(|token| matches!(token, Token::Name(name) if wanted(name))) {
        rest = &rest[at + 1..];
        if rest.first() != Some(&Token::Mark('(')) {
            continue;
        }
        let plain = |token: &&Token| matches!(token, Token::Value(_) | Token::Mark('(' | ','));
        let values: Vec<&str> = rest.iter().take_while(plain).filter_map(Token::value).take(4).collect();
        if !values.is_empty() {
            return Some(values);
        }
    }
    None
}

/// `http.client.HTTPConnection('localhost', 8000)` with its `request('GET', '/health')`.
fn python_http(tokens: &[Token], variables: &Variables) -> Option<Target> {
    let (scheme, values) = match call(tokens, |name| last(name) == "HTTPConnection") {
        Some(values) => (Scheme::Http, values),
        None => (Scheme::Https, call(tokens, |name| last(name) == "HTTPSConnection")?),
    };
    let mut address = Url::parse(values[0], variables).address(scheme.default_port());
    if let Some(port) = values.get(1) {
        address.port = variables.given(port);
    }
    let request = call(tokens, |name| last(name) == "request");
    let path = request.and_then(|values| values.get(1).map(|path| variables.given(path)));
    Some(Target::Http(Http { scheme, address, path: path.unwrap_or(Given::Value("/".to_string())) }))
}

/// `socket.create_connection(('localhost', 5432))`, `.connect((host, port))`, `net.connect(3000, 'localhost')`.
fn socket(tokens: &[Token], variables: &Variables) -> Option<Target> {
    let connects = |name: &str| {
        matches!(last(name), "create_connection" | "connect" | "connect_ex" | "createConnection" | "fsockopen")
            || name == "TCPSocket.new"
    };
    let values = call(tokens, connects)?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match values.as_slice() {
        [port, host, ..] if number(port) => (*host, *port),
        [port] if number(port) => ("localhost", *port),
        [host, port, ..] => (*host, *port),
        _ => return None,
    };
    let host = variables.given(&host.to_ascii_lowercase());
    Some(Target::Tcp(Address { host, port: variables.given(port), socket: None }))
}

/// `{ host: 'localhost', port: 3000, path: '/health' }`, of `http` unless only `net` is spoken of.
fn options(tokens: &[Token], variables: &Variables) -> Option<Target> {
    let option = |wanted: &[&str]| {
        tokens.windows(3).find_map(|window| match window {
            [Token::Name(name) | Token::Value(name), Token::Mark(':'), Token::Value(value)] => {
                wanted.contains(&name.as_str()).then_some(value.as_str())
            }
            _ => None,
        })
    };
    let speaks_of = |module: &str| {
        tokens.iter().any(|token| match token {
            Token::Value(text) => text.strip_prefix("node:").unwrap_or(text) == module,
            Token::Name(name) => name.split('.').next() == Some(module),
            Token::Mark(_) => false,
        })
    };
    let (host, port, path) = (option(&["host", "hostname"]), option(&["port"]), option(&["path"]));
    let (http, https) = (speaks_of("http"), speaks_of("https"));
    if (host.is_none() && port.is_none() && path.is_none()) || !(http || https || port.is_some()) {
        return None;
    }
    let scheme = if https { Scheme::Https } else { Scheme::Http };
    let address = Address {
        host: host.map_or(Given::Value("localhost".to_string()), |host| variables.given(&host.to_ascii_lowercase())),
        port: port.map_or(Given::Value(scheme.default_port()), |port| variables.given(port)),
        socket: option(&["socketPath"]).map(|path| variables.show(path)),
    };
    if path.is_none() && !http && !https {
        return Some(Target::Tcp(address));
    }
    let path = path.unwrap_or("/").split(['?', '#']).next().unwrap_or("/");
    Some(Target::Http(Http { scheme, address, path: variables.given(path) }))
}

/// The last part of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether any name has, or ends in, one of these parts.
fn names_any(tokens: &[Token], parts: &[&str]) -> bool {
    let has = |name: &str| name.split('.').any(|part| parts.contains(&part));
    tokens.iter().any(|token| matches!(token, Token::Name(name) if has(name)))
}

/// `http.get` and `fetch` take any status for an answer: the code must look at it, and leave or throw. axios and got
/// throw by themselves.
fn javascript_fails(code: &str, tokens: &[Token]) -> bool {
    let throws_itself = ["axios", "got", "ky", "ofetch"];
    let required = |text: &str| throws_itself.contains(&text);
    if names_any(tokens, &throws_itself) || tokens.iter().filter_map(Token::value).any(required) {
        return true;
    }
    let looks =
        names_any(tokens, &["statusCode", "status", "ok"]) || code.contains("statusCode") || code.contains("{ok}");
    looks && names_any(tokens, &["exit", "exitCode", "throw", "reject", "assert", "abort", "kill"])
}

/// urllib raises for a status of 400 and up; requests, httpx and http.client do not by themselves.
fn python_fails(code: &str, tokens: &[Token]) -> bool {
    if names_any(tokens, &["urlopen", "urlretrieve", "raise_for_status"]) && !names_any(tokens, &["except"]) {
        return true;
    }
    let looks = names_any(tokens, &["status_code", "status", "ok", "code", "getcode", "raise_for_status"]);
    looks && (names_any(tokens, &["exit", "_exit", "assert", "raise"]) || code.contains("SystemExit"))
        || names_any(tokens, &["urlopen"]) && names_any(tokens, &["exit", "_exit", "raise"])
}
