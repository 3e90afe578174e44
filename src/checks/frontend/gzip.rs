//! Compression: `gzip` where scripts and styles are served.

use serde::Deserialize;

use super::{edits, site};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::source::Span;
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::location::Chosen;
use crate::subject::nginx::model::{Context, Setting};
use crate::subject::nginx::{Configuration, Directive, LevelId, stock};

/// What a policy may set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GzipParameters {
    types: Vec<String>,
}

const FIRST: &str = "gzip on;";
const TYPES: &str = "gzip_types text/css application/javascript application/json image/svg+xml;";

/// `nginx-gzip-off`
pub fn nginx_gzip_off(container: &Container, nginx: &Configuration, parameters: &GzipParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let (sites, unknown) = site::of_files(nginx);
    let mut judged = unknown;
    let mut seen: Vec<Span> = Vec::new();
    for (server, page) in sites {
        for level in levels_of_text(nginx, server, page, &mut judged) {
            let judgement = level_judged(container, nginx, server, level, parameters);
            // Many locations under one directive are one matter.
            if let Judgement::Violated { findings, .. } = &judgement {
                let place = findings.first().map_or(container.key, |finding| finding.place);
                if seen.contains(&place) {
                    continue;
                }
                seen.push(place);
            }
            judged.push(judgement);
        }
    }
    Judgement::all(judged, "no server of nginx serves files")
}

/// The levels that serve the page, its scripts and its styles.
fn levels_of_text(nginx: &Configuration, server: LevelId, page: LevelId, judged: &mut Vec<Judgement>) -> Vec<LevelId> {
    let mut levels = vec![page];
    for path in ["/index.html", "/assets/index.js", "/assets/index.css", "/static/js/main.js"] {
        match nginx.location_for(server, path) {
            Chosen::Level(level) if levels.contains(&level) => {}
            Chosen::Level(level) if nginx.handler(level) == Handler::Files => levels.push(level),
            Chosen::Level(_) => {}
            Chosen::Unknown(why) => judged.push(Judgement::inconclusive(why, Some(nginx.level(server).place))),
        }
    }
    levels
}

fn level_judged(
    container: &Container,
    nginx: &Configuration,
    server: LevelId,
    level: LevelId,
    parameters: &GzipParameters,
) -> Judgement {
    if let Setting::Set(_, directive) = nginx.setting(level, "gzip_static")
        && directive.argument(0).is_some_and(|word| word.text != "off")
    {
        let evidence = "files that were compressed beforehand are served";
        return Judgement::met(site::place(container, nginx, directive.span), evidence);
    }
    match nginx.setting(level, "gzip") {
        Setting::Open(unknown) => Judgement::inconclusive(unknown.why.clone(), Some(unknown.place)),
        Setting::Unset => Judgement::violated(unset(container, nginx, server)),
        Setting::Set(_, directive) => match directive.argument(0).and_then(|word| word.known()) {
            Some("on") => types_judged(container, nginx, level, directive, parameters),
            Some("off") => Judgement::violated(off(container, nginx, level, directive)),
            _ => Judgement::inconclusive("whether `gzip` is on is not known", Some(directive.span)),
        },
    }
}

fn unset(container: &Container, nginx: &Configuration, server: LevelId) -> Finding {
    let place = site::place(container, nginx, nginx.level(server).keyword);
    let finding = Finding::new(place, "nginx compresses nothing: `gzip` is not switched on");
    let lines = [FIRST.to_string(), TYPES.to_string()];
    match edits::into_level(nginx, server, &lines) {
        Some(edit) => finding.fix(Fix::risky(format!("add `{FIRST}` and `{TYPES}` to the server"), vec![edit])),
        None => {
            let title = format!("copy a file with `{FIRST}` and `{TYPES}` to /etc/nginx/conf.d/gzip.conf");
            finding.note("the configuration of the image is in force, and leaves it off").fix(Fix::words(title))
        }
    }
}

fn off(container: &Container, nginx: &Configuration, level: LevelId, directive: &Directive) -> Finding {
    let place = site::place(container, nginx, directive.span);
    let message = format!("`gzip` is off where {} serves files", site::shown(nginx, level));
    let title = "write `gzip on;`, with `gzip_types` beside it";
    let edit = directive.argument(0).and_then(|word| edits::replace(nginx, word, "on"));
    let types = match nginx.setting(level, "gzip_types") {
        Setting::Unset => edits::behind(nginx, directive, &[TYPES.to_string()]),
        _ => None,
    };
    let fix = match edit {
        Some(edit) => Fix::risky(title, std::iter::once(edit).chain(types).collect()),
        None => Fix::words(title),
    };
    Finding::new(place, message).fix(fix)
}

fn types_judged(
    container: &Container,
    nginx: &Configuration,
    level: LevelId,
    gzip: &Directive,
    parameters: &GzipParameters,
) -> Judgement {
    let (list, place) = match nginx.setting(level, "gzip_types") {
        Setting::Open(unknown) => return Judgement::inconclusive(unknown.why.clone(), Some(unknown.place)),
        Setting::Unset => (None, gzip.span),
        Setting::Set(_, directive) => (Some(directive), directive.span),
    };
    let words = list.map(|directive| directive.arguments.as_slice()).unwrap_or_default();
    if let Some(why) = words.iter().find_map(|word| word.unknown.clone()) {
        return Judgement::inconclusive(why, Some(place));
    }
    let listed = |name: &str| words.iter().any(|word| word.text == "*" || word.text.eq_ignore_ascii_case(name));
    let script = script_type(nginx, level);
    let missing: Vec<&str> = parameters
        .types
        .iter()
        .map(|name| if name == stock::JAVASCRIPT { script.as_deref().unwrap_or(name) } else { name })
        .filter(|name| *name != "text/html" && !listed(name))
        // Without a table of types a script may be either.
        .filter(|name| script.is_some() || *name != stock::JAVASCRIPT || !listed("text/javascript"))
        .collect();
    if missing.is_empty() {
        return Judgement::met(site::place(container, nginx, place), "text is compressed");
    }
    let shown: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let shown = shown.join(" and ");
    let finding = match list {
        None => Finding::new(
            site::place(container, nginx, place),
            format!("without `gzip_types` only `text/html` is compressed, not {shown}"),
        ),
        Some(_) => Finding::new(site::place(container, nginx, place), format!("`gzip_types` leaves out {shown}")),
    };
    Judgement::violated(finding.fix(types_fix(nginx, gzip, list, &missing)))
}

fn types_fix(nginx: &Configuration, gzip: &Directive, list: Option<&Directive>, missing: &[&str]) -> Fix {
    let Some(list) = list else {
        let title = format!("add `{TYPES}` behind `gzip on;`");
        return match edits::behind(nginx, gzip, &[TYPES.to_string()]) {
            Some(edit) => Fix::risky(title, vec![edit]),
            None => Fix::words(title),
        };
    };
    let title = format!("add `{}` to `gzip_types`", missing.join(" "));
    match list.arguments.last().filter(|word| !nginx.is_builtin(word.span)) {
        Some(last) => {
            Fix::risky(title, vec![crate::finding::Edit::insert_after(last.span, format!(" {}", missing.join(" ")))])
        }
        None => Fix::words(title),
    }
}

/// The type that scripts are sent with, by the `types` in force; `None` if no table of types was read. A file of
/// `conf.d` has the table of the image.
fn script_type(nginx: &Configuration, level: LevelId) -> Option<String> {
    let mut levels = nginx.outwards(level).map(|(_, level)| level);
    let Some(level) = levels.find(|level| level.own("types").next().is_some()) else {
        return (nginx.context != Context::Main).then(|| stock::JAVASCRIPT.to_string());
    };
    let entries = level.own("types").filter_map(|types| types.block.as_ref()).flat_map(|block| &block.directives);
    let mut of_script = entries.filter(|entry| entry.arguments.iter().any(|word| word.text == "js"));
    of_script.next_back().map(|entry| entry.name.text.clone())
}
