//! Caching: files whose names change with their content may be kept for a year.

use serde::Deserialize;

use super::{edits, site};
use crate::container::Container;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::source::Span;
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::headers::{Expires, Header, read_expires};
use crate::subject::nginx::model::location::{Chosen, Matcher};
use crate::subject::nginx::{Configuration, Directive, LevelId, LevelKind, Word};

/// What a policy may set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CacheParameters {
    max_age: u64,
    immutable: bool,
}

/// Where bundlers put what they name after its content.
const ASSET: &str = "/assets/index-4f3a2b1c.js";
const CACHE_CONTROL: &str = "public, immutable";

/// What a level says about keeping its answers.
#[derive(Debug, Default)]
struct Caching {
    seconds: u64,
    immutable: bool,
    unknown: Option<String>,
    /// What says the longest time.
    place: Option<Span>,
}

/// `nginx-cache-missing`
pub fn nginx_cache_missing(container: &Container, nginx: &Configuration, parameters: &CacheParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let (sites, mut judged) = site::of_files(nginx);
    for (server, page) in &sites {
        let mut unknown = None;
        let mut levels = vec![*page];
        let of_files = |level: &LevelId| matches!(nginx.handler(*level), Handler::Files | Handler::Open(_));
        levels.extend(nginx.locations(*server).into_iter().filter(of_files));
        let is_condition = |level: &LevelId| nginx.level(*level).kind == LevelKind::If;
        let conditions = levels.iter().flat_map(|level| nginx.children(*level)).filter(is_condition);
        let conditions: Vec<LevelId> = conditions.filter(of_files).collect();
        levels.extend(conditions);
        for level in levels {
            let caching = caching(nginx, level);
            if caching.seconds >= parameters.max_age && (caching.immutable || !parameters.immutable) {
                let place = caching.place.unwrap_or(nginx.level(level).place);
                let evidence = format!("{} lets files be kept for a year", site::shown(nginx, level));
                return Judgement::met(site::place(container, nginx, place), evidence);
            }
            unknown = unknown.or(caching.unknown);
        }
        let open = nginx.level(*server).open.first().map(|open| open.why.clone());
        judged.push(match unknown.or(open) {
            Some(why) => Judgement::inconclusive(why, Some(nginx.level(*server).place)),
            None => Judgement::violated(finding(container, nginx, *server, *page, parameters)),
        });
    }
    Judgement::all(judged, "no server of nginx serves files")
}

fn caching(nginx: &Configuration, level: LevelId) -> Caching {
    let mut caching = Caching::default();
    let (expires, place) = nginx.expires_at(level);
    match expires {
        Expires::Seconds(seconds) => (caching.seconds, caching.place) = (seconds, place),
        Expires::Unknown(why) => match expires_by_map(nginx, level) {
            Some(seconds) => (caching.seconds, caching.place) = (seconds, place),
            None => caching.unknown = Some(why),
        },
        Expires::Never | Expires::Off => {}
    }
    let headers = nginx.headers_at(level);
    for header in headers.named("Cache-Control") {
        read_cache_control(nginx, header, &mut caching);
    }
    if let Some(open) = headers.open {
        caching.unknown.get_or_insert_with(|| open.why.clone());
    }
    caching
}

/// The longest time that a `map` gives to the variable in `expires`.
fn expires_by_map(nginx: &Configuration, level: LevelId) -> Option<u64> {
    let word = own_or_outer(nginx, level, "expires")?.arguments.last()?;
    let values = nginx.values_of(&word.text)?;
    let times = values.iter().map(|value| read_expires(value)).filter_map(|expires| match expires {
        Expires::Seconds(seconds) => Some(seconds),
        _ => None,
    });
    Some(times.max().unwrap_or(0))
}

fn own_or_outer<'a>(nginx: &'a Configuration, level: LevelId, name: &'a str) -> Option<&'a Directive> {
    nginx.outwards(level).find_map(|(_, level)| level.own(name).next_back())
}

fn read_cache_control(nginx: &Configuration, header: &Header, caching: &mut Caching) {
    let word = header.value;
    let values: Vec<&Word> = match (&word.unknown, word.text.starts_with('$')) {
        (Some(why), _) => {
            caching.unknown = Some(why.clone());
            return;
        }
        (None, true) => match nginx.values_of(&word.text) {
            Some(values) => values,
            None => {
                caching.unknown = Some(format!("the value of `{}` is not known", word.text));
                return;
            }
        },
        (None, false) => vec![word],
    };
    for value in values {
        let text = value.text.to_ascii_lowercase();
        let text = text.split_once(':').map_or(text.as_str(), |(_, value)| value);
        for part in text.split(',').map(str::trim) {
            caching.immutable |= part == "immutable";
            let seconds = part.strip_prefix("max-age=").and_then(|seconds| seconds.trim_matches('"').parse().ok());
            if let Some(seconds) = seconds.filter(|seconds| *seconds >= caching.seconds) {
                (caching.seconds, caching.place) = (seconds, Some(header.place));
            }
        }
    }
}

fn finding(
    container: &Container,
    nginx: &Configuration,
    server: LevelId,
    page: LevelId,
    parameters: &CacheParameters,
) -> Finding {
    let candidate = candidate(nginx, server, page);
    let Some(level) = candidate else {
        let place = site::place(container, nginx, nginx.level(server).keyword);
        let finding = Finding::new(place, "no location lets hashed assets be kept for a year");
        return finding.fix(new_location(nginx, server));
    };
    let caching = caching(nginx, level);
    let place = caching.place.unwrap_or(nginx.level(level).place);
    let shown = site::shown(nginx, level);
    let message = match (caching.seconds, caching.immutable) {
        (0, _) => format!("{shown} does not say for how long files may be kept"),
        (seconds, _) if seconds < parameters.max_age => {
            format!("{shown} lets files be kept for {seconds} seconds, less than {}", parameters.max_age)
        }
        _ => format!("{shown} lets files be kept for a year, but does not say `immutable`"),
    };
    let finding = Finding::new(site::place(container, nginx, place), message);
    finding.fix(existing_location(nginx, level, &caching, parameters))
}

/// The location that was meant for assets: the one that serves them, or one that already says something.
fn candidate(nginx: &Configuration, server: LevelId, page: LevelId) -> Option<LevelId> {
    let serves = match nginx.location_for(server, ASSET) {
        Chosen::Level(level) => Some(level).filter(|level| *level != page && nginx.handler(*level) == Handler::Files),
        Chosen::Unknown(_) => None,
    };
    serves.or_else(|| {
        let locations = nginx.locations(server).into_iter().filter(|level| nginx.handler(*level) == Handler::Files);
        let is_page = |level: &LevelId| matches!(&nginx.level(*level).kind, LevelKind::Location(Matcher::Exact(_)));
        locations.filter(|level| !is_page(level)).max_by_key(|level| caching(nginx, *level).seconds).filter(|level| {
            let own = nginx.level(*level);
            caching(nginx, *level).seconds > 0 && own.own("expires").chain(own.own("add_header")).next().is_some()
        })
    })
}

/// The changes to a location that says too little.
fn existing_location(nginx: &Configuration, level: LevelId, caching: &Caching, parameters: &CacheParameters) -> Fix {
    let title = "write `expires 1y;` and `add_header Cache-Control \"public, immutable\";` there".to_string();
    let body = nginx.level(level).body.filter(|(open, _)| !nginx.is_builtin(*open));
    let Some((open, _)) = body.filter(|_| parameters.max_age <= 31_536_000) else {
        return Fix::words(title);
    };
    let editable = |place: Span| place.source == open.source;
    let own_expires = nginx.level(level).own("expires").next_back();
    let own_control = nginx
        .level(level)
        .own("add_header")
        .find(|directive| directive.argument(0).is_some_and(|word| word.text.eq_ignore_ascii_case("Cache-Control")));
    let mut edits: Vec<Option<Edit>> = Vec::new();
    let mut lines = Vec::new();
    match own_expires {
        Some(directive) if caching.seconds < parameters.max_age => {
            edits.push(directive.arguments.last().filter(|w| editable(w.span)).map(|w| Edit::replace(w.span, "1y")));
        }
        Some(_) => {}
        None => lines.push("expires 1y;".to_string()),
    }
    match own_control.and_then(|directive| directive.argument(1)) {
        Some(value) => edits
            .push(Some(Edit::replace(value.span, format!("\"{CACHE_CONTROL}\""))).filter(|edit| editable(edit.place))),
        // The first `add_header` of a location makes it one that has to send all headers itself.
        None if nginx.headers_at(level).set.is_empty() => return Fix::words(title),
        None => {
            lines.push(format!("add_header Cache-Control \"{CACHE_CONTROL}\";"));
            let Some(repeated) = repeated_headers(nginx, level) else { return Fix::words(title) };
            lines.extend(repeated);
        }
    }
    if !lines.is_empty() {
        edits.push(edits::into_level(nginx, level, &lines));
    }
    match edits.into_iter().collect() {
        Some(edits) => Fix::risky(title, edits),
        None => Fix::words(title),
    }
}

/// The headers that an `add_header` in a level would drop, if it has none of its own; `None` if one of them cannot be
/// written down.
fn repeated_headers(nginx: &Configuration, level: LevelId) -> Option<Vec<String>> {
    if nginx.level(level).own("add_header").next().is_some() {
        return Some(Vec::new());
    }
    inherited_headers(nginx, level)
}

/// What a level passes on to the levels inside.
fn inherited_headers(nginx: &Configuration, level: LevelId) -> Option<Vec<String>> {
    let headers = nginx.headers_at(level).set;
    headers.iter().filter(|header| header.from_add_header()).map(Header::as_directive).collect()
}

/// A location for what bundlers put below `/assets/`.
fn new_location(nginx: &Configuration, server: LevelId) -> Fix {
    let repeated = inherited_headers(nginx, server).unwrap_or_default();
    let mut lines = vec!["location ^~ /assets/ {".to_string()];
    lines.push("    expires 1y;".to_string());
    lines.push(format!("    add_header Cache-Control \"{CACHE_CONTROL}\";"));
    lines.extend(repeated.iter().map(|line| format!("    {line}")));
    lines.push("    try_files $uri =404;".to_string());
    lines.push("}".to_string());
    let title = "add `location ^~ /assets/ { expires 1y; add_header Cache-Control \"public, immutable\"; }` for what the bundler names after its content, with the other headers repeated".to_string();
    // Where the page is served by a location with a root of its own, the new location would look elsewhere.
    let taken = nginx.locations(server).iter().any(|level| {
        matches!(&nginx.level(*level).kind, LevelKind::Location(Matcher::Prefix { text, .. }) if text == "/assets/")
    });
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    match edits::block_in_server(nginx, server, &lines)
        .filter(|_| !taken && !repeated.is_empty() && nginx.root(server).is_some())
    {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    }
}
