//! Deep links: a route of a single-page application leads to its page.

use super::edits;
use super::site::{self, DEEP_LINK};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::subject::nginx::model::answer::Fallback;
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::location::Chosen;
use crate::subject::nginx::{Configuration, LevelId, LevelKind, Word};

/// What becomes of a deep link.
enum Outcome {
    /// The page answers.
    Page,
    /// A program or another server answers: it is no application of files.
    Elsewhere,
    /// Every route has a file of its own.
    Prerendered,
    /// Nothing is there.
    Lost,
    /// That is not known, and why.
    Unknown(String),
}

const FALLBACK: &str = "try_files $uri $uri/ /index.html;";

/// `nginx-fallback-missing`
pub fn nginx_fallback_missing(container: &Container, nginx: &Configuration, _: &NoParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let (sites, mut judged) = site::of_files(nginx);
    for (server, page) in sites {
        let place = nginx.try_files(page).map_or(nginx.level(page).place, |directive| directive.span);
        judged.push(match outcome(nginx, server, page) {
            Outcome::Page => Judgement::met(site::place(container, nginx, place), "deep links lead to the page"),
            Outcome::Unknown(why) => Judgement::inconclusive(why, Some(place)),
            Outcome::Elsewhere | Outcome::Prerendered => Judgement::not_applicable(""),
            Outcome::Lost => match mounted(nginx, server) {
                Some(level) => {
                    let place = site::place(container, nginx, nginx.level(level).place);
                    Judgement::met(place, format!("deep links below {} lead to its page", site::shown(nginx, level)))
                }
                None => Judgement::violated(finding(container, nginx, page)),
            },
        });
    }
    Judgement::all(judged, "no server of nginx serves a single-page application")
}

fn outcome(nginx: &Configuration, server: LevelId, level: LevelId) -> Outcome {
    let rewritten = [Some(level), nginx.server_of(level)].into_iter().flatten().any(|id| rewrites_to_page(nginx, id));
    if rewritten {
        return Outcome::Page;
    }
    if nginx.index_file(level).ends_with(".php") {
        return Outcome::Elsewhere;
    }
    let tried = nginx.try_files(level).map(|directive| directive.arguments.as_slice()).unwrap_or_default();
    // The page may also be the last file that is looked for.
    if tried.iter().any(|word| word.unknown.is_none() && is_page(&word.text) && word.text != "/") {
        return Outcome::Page;
    }
    match nginx.fallback(level) {
        Some(Fallback::Path(word)) => path_outcome(nginx, server, level, word),
        Some(Fallback::Named(word)) => match nginx.named(level, &word.text) {
            Some(named) => named_outcome(nginx, named),
            None => Outcome::Unknown(format!("there is no location `{}`", word.text)),
        },
        Some(Fallback::Status(_)) if prerendered(nginx, level) => Outcome::Prerendered,
        Some(Fallback::Status(_)) | None => error_page_outcome(nginx, level),
    }
}

fn path_outcome(nginx: &Configuration, server: LevelId, level: LevelId, word: &Word) -> Outcome {
    if let Some(why) = &word.unknown {
        return Outcome::Unknown(why.clone());
    }
    let path = word.text.split(['?']).next().unwrap_or_default();
    let path = path.replace("$is_args", "").replace("$args", "").replace("$query_string", "");
    let name = path.rsplit('/').next().unwrap_or_default();
    if !path.starts_with(['/', '$']) {
        return Outcome::Unknown(format!("`{path}` at the end of `try_files` does not start with `/`"));
    }
    if path.contains("$uri") {
        return Outcome::Unknown(format!("whether `{path}` is the page is not known"));
    }
    if name.is_empty() || name == nginx.index_file(level) || name == "index.html" || name == "index.htm" {
        return Outcome::Page;
    }
    if name.contains("404") || name.contains("error") {
        return if prerendered(nginx, level) { Outcome::Prerendered } else { Outcome::Lost };
    }
    if name.ends_with(".html") {
        return Outcome::Page;
    }
    match nginx.location_for(server, &path) {
        Chosen::Level(other) if matches!(nginx.handler(other), Handler::Pass(_) | Handler::Program(_)) => {
            Outcome::Elsewhere
        }
        Chosen::Level(_) => Outcome::Unknown(format!("whether `{path}` is the page is not known")),
        Chosen::Unknown(why) => Outcome::Unknown(why),
    }
}

fn named_outcome(nginx: &Configuration, named: LevelId) -> Outcome {
    if rewrites_to_page(nginx, named) {
        return Outcome::Page;
    }
    match nginx.handler(named) {
        Handler::Pass(_) | Handler::Program(_) => Outcome::Elsewhere,
        Handler::Files => match nginx.fallback(named) {
            Some(Fallback::Path(word)) if word.text.ends_with(".html") => Outcome::Page,
            _ => Outcome::Lost,
        },
        _ => Outcome::Lost,
    }
}

/// What `error_page 404` makes of it.
fn error_page_outcome(nginx: &Configuration, level: LevelId) -> Outcome {
    match nginx.error_page(level, "404") {
        Some((_, target)) if is_page(&target.text) => Outcome::Page,
        Some((_, target)) if target.text.starts_with('@') => match nginx.named(level, &target.text) {
            Some(named) => named_outcome(nginx, named),
            None => Outcome::Lost,
        },
        _ => match nginx.outwards(level).find_map(|(_, level)| level.open.first()) {
            Some(open) => Outcome::Unknown(open.why.clone()),
            None => Outcome::Lost,
        },
    }
}

fn is_page(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path == "/" || !path.contains("$uri") && (path.ends_with("/index.html") || path.ends_with("/index.htm"))
}

/// Whether a `rewrite` of a level, or of an `if` in it, leads to the page.
fn rewrites_to_page(nginx: &Configuration, level: LevelId) -> bool {
    let conditions = nginx.children(level).filter(|child| nginx.level(*child).kind == LevelKind::If);
    conditions.chain([level]).any(|id| {
        nginx.level(id).own("rewrite").any(|rewrite| rewrite.argument(1).is_some_and(|word| is_page(&word.text)))
    })
}

/// Whether `try_files` looks for a page of each route: `$uri.html`, `$uri/index.html`.
fn prerendered(nginx: &Configuration, level: LevelId) -> bool {
    let words = nginx.try_files(level).map(|directive| directive.arguments.as_slice()).unwrap_or_default();
    words.iter().any(|word| matches!(word.text.as_str(), "$uri.html" | "$uri/index.html" | "${uri}.html"))
}

/// A location that an application below a path of its own falls back in.
fn mounted(nginx: &Configuration, server: LevelId) -> Option<LevelId> {
    let prefixes = nginx.locations(server).into_iter().filter(|level| nginx.handler(*level) == Handler::Files);
    prefixes.into_iter().find(|level| match nginx.fallback(*level) {
        Some(Fallback::Path(word)) => is_page(&word.text),
        _ => false,
    })
}

fn finding(container: &Container, nginx: &Configuration, level: LevelId) -> Finding {
    let shown = site::shown(nginx, level);
    let Some(directive) = nginx.try_files(level) else {
        let opener = nginx.level(level);
        let place = if opener.kind == LevelKind::Server { opener.keyword } else { opener.place };
        let message = format!("{shown} answers deep links such as `{DEEP_LINK}` with 404: there is no `try_files`");
        let finding = Finding::new(site::place(container, nginx, place), message);
        // With `alias`, nginx joins the path of the fallback in another way.
        let plain = opener.own("alias").next().is_none();
        return finding.fix(match edits::into_level(nginx, level, &[FALLBACK.to_string()]).filter(|_| plain) {
            Some(edit) => Fix::risky(format!("add `{FALLBACK}` to {shown}"), vec![edit]),
            None if plain => Fix::words(format!(
                "copy a configuration of your own to /etc/nginx/conf.d/default.conf, with `location / {{ {FALLBACK} }}`"
            )),
            None => Fix::words("end a `try_files` there with the path of the application's index.html"),
        });
    };
    let last = directive.arguments.last();
    let message = format!(
        "{shown} answers deep links such as `{DEEP_LINK}` with `{}`, not with the page",
        last.map_or("", |word| &word.text)
    );
    let finding = Finding::new(site::place(container, nginx, directive.span), message);
    let title = format!("write `{FALLBACK}`");
    finding.fix(match last.and_then(|word| edits::replace(nginx, word, "/index.html")) {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    })
}
