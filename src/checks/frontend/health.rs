//! Health: a location that answers the health check's path.

use serde::Deserialize;

use super::edits;
use super::site::{self, DEEP_LINK, Page};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::subject::nginx::model::location::Chosen;
use crate::subject::nginx::{Configuration, LevelId, LevelKind};

/// What a policy may set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthParameters {
    path: String,
}

/// What a server says to the health check.
enum Answer {
    /// Something that is meant for it.
    Met(String, LevelId),
    /// The page of the application, or nothing.
    Missing,
    /// A redirect or a refusal for every path.
    Nothing,
    /// That is not known, and why.
    Unknown(String),
}

/// `nginx-health-missing`
pub fn nginx_health_missing(container: &Container, nginx: &Configuration, parameters: &HealthParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let path = parameters.path.as_str();
    let mut judged: Vec<Judgement> = site::more_servers(nginx).into_iter().collect();
    let mut without: Option<LevelId> = None;
    for server in site::servers(nginx) {
        match answer(nginx, server, path) {
            Answer::Met(how, level) => {
                return Judgement::met(site::place(container, nginx, nginx.level(level).place), how);
            }
            Answer::Missing => without = without.or(Some(server)),
            Answer::Nothing => {}
            Answer::Unknown(why) => judged.push(Judgement::inconclusive(why, Some(nginx.level(server).place))),
        }
    }
    // What is not known may be the answer.
    if let (Some(server), true) = (without, judged.is_empty()) {
        judged.push(Judgement::violated(finding(container, nginx, server, path)));
    }
    Judgement::all(judged, "every server of nginx only redirects or refuses")
}

fn answer(nginx: &Configuration, server: LevelId, path: &str) -> Answer {
    if let Some(condition) = answering_condition(nginx, server, path) {
        return Answer::Met(format!("`if` answers `{path}`"), condition);
    }
    let chosen = |path: &str| match nginx.location_for(server, path) {
        Chosen::Level(level) => Some(level),
        Chosen::Unknown(_) => None,
    };
    let dedicated = chosen(path).is_some_and(|level| Some(level) != chosen(DEEP_LINK));
    match site::page(nginx, server, path) {
        Page::Answered(level, directive) => Answer::Met(format!("`{}` answers `{path}`", directive.name.text), level),
        Page::Passed(level, directive) => {
            Answer::Met(format!("`{path}` is passed on by `{}`", directive.name.text), level)
        }
        Page::Files(level) if dedicated => Answer::Met(format!("a file answers `{path}`"), level),
        Page::Unknown(why) => Answer::Unknown(why),
        Page::Nothing if dedicated => Answer::Missing,
        Page::Nothing if site::page(nginx, server, DEEP_LINK) == Page::Nothing && !has_sites(nginx, server) => {
            Answer::Nothing
        }
        Page::Files(_) | Page::Nothing => Answer::Missing,
    }
}

/// Whether a location of a server does more than redirect or refuse.
fn has_sites(nginx: &Configuration, server: LevelId) -> bool {
    use crate::subject::nginx::model::handler::Handler;
    let active = |level: &LevelId| matches!(nginx.handler(*level), Handler::Pass(_) | Handler::Program(_));
    nginx.locations(server).iter().any(active)
}

/// An `if` of the server that returns 200 for the path.
fn answering_condition(nginx: &Configuration, server: LevelId, path: &str) -> Option<LevelId> {
    nginx.children(server).find(|child| {
        let level = nginx.level(*child);
        let names = level.arguments.iter().any(|word| word.text.trim_end_matches(')').ends_with(path));
        let ok = |word: &crate::subject::nginx::Word| word.text == "200" || word.text == "204";
        level.kind == LevelKind::If && names && level.own("return").any(|back| back.argument(0).is_some_and(ok))
    })
}

fn finding(container: &Container, nginx: &Configuration, server: LevelId, path: &str) -> Finding {
    let chosen = match nginx.location_for(server, path) {
        Chosen::Level(level) => level,
        Chosen::Unknown(_) => server,
    };
    let level = nginx.level(chosen);
    let dedicated = level.kind != LevelKind::Server && site::page(nginx, server, path) == Page::Nothing;
    let title = format!("add `location = {path} {{ access_log off; default_type text/plain; return 200 \"ok\\n\"; }}`");
    if dedicated && !matches!(site::page(nginx, server, DEEP_LINK), Page::Nothing) {
        let place = level.own("return").next().map_or(level.place, |directive| directive.head());
        let message = format!("{} does not answer `{path}` with 200", site::shown(nginx, chosen));
        let finding = Finding::new(site::place(container, nginx, place), message);
        let code = level.own("return").next().and_then(|directive| directive.argument(0));
        return finding.fix(match code.and_then(|word| edits::replace(nginx, word, "200")) {
            Some(edit) => Fix::risky(format!("return 200 for `{path}`"), vec![edit]),
            None => Fix::words(format!("return 200 for `{path}`")),
        });
    }
    let place = site::place(container, nginx, nginx.level(server).keyword);
    let mut finding = Finding::new(place, format!("nothing in nginx answers `{path}` by itself"));
    if let Page::Files(level) = site::page(nginx, server, path) {
        let what = format!("{} takes it for the path of a file or of the application", site::shown(nginx, level));
        finding = match nginx.is_builtin(nginx.level(level).place) {
            true => finding.note(what),
            false => finding.note_at(nginx.level(level).place, what),
        };
    }
    let opener = format!("location = {path} {{");
    let lines =
        [opener.as_str(), "    access_log off;", "    default_type text/plain;", "    return 200 \"ok\\n\";", "}"];
    finding.fix(match edits::block_in_server(nginx, server, &lines) {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => {
            Fix::words(format!("copy a configuration of your own to /etc/nginx/conf.d/default.conf, and there {title}"))
        }
    })
}
