//! Security headers: every location that answers sends them.

use serde::Deserialize;

use super::{edits, site};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::headers::Headers;
use crate::subject::nginx::model::location::Matcher;
use crate::subject::nginx::{Configuration, LevelId, LevelKind};

/// What a policy may set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderParameters {
    headers: Vec<String>,
    proxied: bool,
}

/// A level that answers without some of the headers.
struct Lacking<'a> {
    level: LevelId,
    headers: Headers<'a>,
    missing: Vec<&'a str>,
}

/// `nginx-headers-missing`
pub fn nginx_headers_missing(container: &Container, nginx: &Configuration, parameters: &HeaderParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let mut judged: Vec<Judgement> = site::more_servers(nginx).into_iter().collect();
    for server in site::servers(nginx) {
        judged.extend(server_judged(container, nginx, server, parameters));
    }
    Judgement::all(judged, "no server of nginx answers with more than a redirect")
}

fn server_judged(
    container: &Container,
    nginx: &Configuration,
    server: LevelId,
    parameters: &HeaderParameters,
) -> Vec<Judgement> {
    let mut judged = Vec::new();
    let mut lacking: Vec<Lacking> = Vec::new();
    let mut bare = true;
    for level in answering(nginx, server, parameters.proxied) {
        let headers = nginx.headers_at(level);
        bare &= headers.from.is_none();
        let missing: Vec<&str> =
            parameters.headers.iter().map(String::as_str).filter(|name| !headers.has(name)).collect();
        let place = site::place(container, nginx, nginx.level(level).place);
        match headers.open {
            Some(open) if !missing.is_empty() || drops_unseen(&headers, open.level, nginx) => {
                judged.push(Judgement::inconclusive(open.why.clone(), Some(open.place)));
            }
            _ if missing.is_empty() => {
                judged.push(Judgement::met(place, format!("{} sends the headers", site::shown(nginx, level))));
            }
            _ => lacking.push(Lacking { level, headers, missing }),
        }
    }
    let open = nginx.level(server).open.first();
    judged.extend(open.map(|open| Judgement::inconclusive(open.why.clone(), Some(open.place))));
    judged.extend(violations(container, nginx, server, lacking, bare));
    judged
}

/// Whether what was not read may hold an `add_header` that drops those that were found further out.
fn drops_unseen(headers: &Headers, open: LevelId, nginx: &Configuration) -> bool {
    headers.from.is_some_and(|from| from != open && nginx.outwards(open).any(|(level, _)| level == from))
}

/// One finding for each level whose `add_header` are in force, and for what has none one on the server, if it is all of
/// the server, or one on each location.
fn violations(
    container: &Container,
    nginx: &Configuration,
    server: LevelId,
    lacking: Vec<Lacking>,
    bare: bool,
) -> Vec<Judgement> {
    let mut groups: Vec<(LevelId, Vec<Lacking>)> = Vec::new();
    for item in lacking {
        let key = item.headers.from.unwrap_or(if bare { server } else { item.level });
        match groups.iter_mut().find(|(level, items)| *level == key && items[0].missing == item.missing) {
            Some((_, items)) => items.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups.iter().map(|(level, items)| Judgement::violated(finding(container, nginx, *level, items))).collect()
}

fn finding(container: &Container, nginx: &Configuration, level: LevelId, items: &[Lacking]) -> Finding {
    let missing = &items[0].missing;
    let shown: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let shown = shown.join(", ");
    let own = nginx.level(level).own("add_header").next();
    let outer = nginx.level(level).parent.map(|parent| nginx.headers_at(parent)).unwrap_or_default();
    let dropped = own.is_some() && missing.iter().any(|name| outer.has(name));
    let message = format!("{} not send {shown}", who(nginx, items));
    let (place, message) = match own {
        Some(own) if dropped => (own.span, format!("this `add_header` drops what is inherited: {message}")),
        Some(own) => (own.span, message),
        None => {
            let level = nginx.level(level);
            (if level.kind == LevelKind::Server { level.keyword } else { level.place }, message)
        }
    };
    let mut finding = Finding::new(site::place(container, nginx, place), message);
    for header in outer.set.iter().filter(|header| dropped && missing.contains(&header.name)).take(1) {
        if !nginx.is_builtin(header.place) {
            finding = finding.note_at(header.place, "this is what is dropped");
        }
    }
    finding.fix(fix(nginx, level, missing, &outer))
}

fn who(nginx: &Configuration, items: &[Lacking]) -> String {
    match items {
        [one] => format!("{} does", site::shown(nginx, one.level)),
        [one, rest @ ..] => format!("{} and {} more do", site::shown(nginx, one.level), rest.len()),
        [] => "nginx does".to_string(),
    }
}

fn fix(nginx: &Configuration, level: LevelId, missing: &[&str], outer: &Headers) -> Fix {
    let line = |name: &&str| {
        let inherited = outer.named(name).next();
        if inherited.is_some_and(|header| header.value.filled) {
            return None;
        }
        let inherited = inherited.filter(|header| !header.value.text.contains(':'));
        let value = inherited.map(|header| header.value.text.as_str()).or_else(|| usual_value(name))?;
        Some(edits::add_header(name, value))
    };
    let lines: Option<Vec<String>> = missing.iter().map(line).collect();
    let Some(lines) = lines else {
        return Fix::words(format!("add an `add_header` for {}", missing.join(" and ")));
    };
    let written = format!("`{}`", lines.join("` and `"));
    let here = format!("add {written} to {}", site::shown(nginx, level));
    let body = nginx.level(level).body;
    let own = nginx.level(level).own("add_header").next();
    let edit = match (own, body) {
        (Some(own), Some((open, _))) if own.span.source == open.source && !nginx.is_builtin(open) => {
            Some(edits::before(own.span, own.indent, &lines))
        }
        _ => edits::into_level(nginx, level, &lines),
    };
    match edit {
        Some(edit) => Fix::risky(here, vec![edit]),
        None => {
            Fix::words(format!("copy a configuration of your own to /etc/nginx/conf.d/default.conf, with {written}"))
        }
    }
}

fn usual_value(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "x-frame-options" => "SAMEORIGIN",
        "x-content-type-options" => "nosniff",
        "x-xss-protection" => "1; mode=block",
        "referrer-policy" => "strict-origin-when-cross-origin",
        _ => return None,
    })
}

/// The levels of a server whose answers a browser gets to see.
fn answering(nginx: &Configuration, server: LevelId, proxied: bool) -> Vec<LevelId> {
    let mut levels = Vec::new();
    let locations = nginx.locations(server);
    if answers(nginx, server, proxied) && reaches_server(nginx, server, &locations) {
        levels.push(server);
    }
    let subrequests = subrequests(nginx, server, &locations);
    for location in locations {
        let matcher = match &nginx.level(location).kind {
            LevelKind::Location(matcher) => matcher,
            _ => continue,
        };
        let for_programs = match matcher {
            // Challenges and the like are read by programs, not by browsers.
            Matcher::Exact(text) | Matcher::Prefix { text, .. } => {
                subrequests.contains(text) || text.starts_with("/.well-known/")
            }
            _ => false,
        };
        if !for_programs && answers(nginx, location, proxied) {
            levels.push(location);
            levels.extend(conditions(nginx, location));
        }
    }
    levels
}

/// `if` blocks with headers of their own that do not end in a redirect or a refusal.
fn conditions(nginx: &Configuration, location: LevelId) -> impl Iterator<Item = LevelId> {
    nginx.children(location).filter(|child| {
        let level = nginx.level(*child);
        let returns = level.own("return").next_back();
        let harmless = returns.is_some_and(|directive| directive.argument(0).is_some_and(|word| word.text != "200"));
        level.kind == LevelKind::If && level.own("add_header").next().is_some() && !harmless
    })
}

/// Whether requests can be answered by the server itself: it has files, and no location takes all paths.
fn reaches_server(nginx: &Configuration, server: LevelId, locations: &[LevelId]) -> bool {
    let takes_all = |id: &LevelId| matches!(&nginx.level(*id).kind, LevelKind::Location(Matcher::Prefix { text, .. }) if text == "/");
    let answers_itself = !matches!(nginx.handler(server), Handler::Files) || nginx.root(server).is_some();
    answers_itself && !locations.iter().any(takes_all)
}

/// Whether a level sends something that a browser would show or run.
fn answers(nginx: &Configuration, level: LevelId, proxied: bool) -> bool {
    match nginx.handler(level) {
        Handler::Return { code: Some(code), .. } => code != 204 && (200..300).contains(&code),
        Handler::Return { code: None, .. } | Handler::Denied(_) => false,
        Handler::Pass(directive) => proxied && !directive.is("grpc_pass"),
        Handler::Internal(_) | Handler::Program(_) | Handler::Open(_) => true,
        // What `last` sends on is answered elsewhere.
        Handler::Files => {
            let sends_on = |word: &str| matches!(word, "last" | "redirect" | "permanent");
            let mut rewrites = nginx.level(level).own("rewrite");
            !rewrites.any(|rewrite| rewrite.argument(2).is_some_and(|flag| sends_on(&flag.text)))
        }
    }
}

/// The paths that nginx only asks itself: their answers go nowhere.
fn subrequests(nginx: &Configuration, server: LevelId, locations: &[LevelId]) -> Vec<String> {
    let levels = locations.iter().copied().chain([server]).chain(nginx.level(server).parent);
    let directives = levels.flat_map(|level| &nginx.level(level).directives);
    let asked = directives.filter(|directive| directive.is("auth_request") || directive.is("mirror"));
    asked.filter_map(|directive| directive.argument(0).map(|word| word.text.clone())).collect()
}
