//! Sites: what the servers of a configuration are for.
//!
//! A server that only redirects, refuses or forwards is no site. What the image brings stands aside as soon as the
//! project has a server of its own.

use crate::container::Container;
use crate::finding::Judgement;
use crate::source::Span;
use crate::subject::nginx::model::handler::Handler;
use crate::subject::nginx::model::location::Chosen;
use crate::subject::nginx::{Configuration, Directive, LevelId, LevelKind};

/// A path that no file has and no location is written for: a route of the application.
pub const DEEP_LINK: &str = "/deep/link";

/// What a server does with a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Page<'a> {
    /// It looks for a file, on this level.
    Files(LevelId),
    /// It asks another server or a program, on this level.
    Passed(LevelId, &'a Directive),
    /// It answers by itself.
    Answered(LevelId, &'a Directive),
    /// It redirects, refuses or has nothing.
    Nothing,
    /// That is not known, and why.
    Unknown(String),
}

/// The judgement on a configuration that nginx does not start with: nothing can be said of what it would do.
pub fn broken(nginx: &Configuration) -> Option<Judgement> {
    let failure = nginx.failures.first()?;
    Some(Judgement::inconclusive(failure.why.clone(), Some(failure.place)))
}

/// Where to point for something in the configuration: what the image brings cannot be edited, so the image is pointed at
/// for it.
pub fn place(container: &Container, nginx: &Configuration, span: Span) -> Span {
    if nginx.is_builtin(span) { container.image.base.span } else { span }
}

/// What a server does with a path.
pub fn page<'a>(nginx: &'a Configuration, server: LevelId, path: &str) -> Page<'a> {
    let level = match nginx.location_for(server, path) {
        Chosen::Level(level) => level,
        Chosen::Unknown(why) => return Page::Unknown(why),
    };
    match nginx.handler(level) {
        Handler::Return { code: Some(code), directive } => match code {
            200..=299 => Page::Answered(level, directive),
            _ => Page::Nothing,
        },
        Handler::Return { code: None, directive } => {
            Page::Unknown(format!("the status of `{}` is not known", directive.name.text))
        }
        Handler::Denied(_) => Page::Nothing,
        Handler::Internal(directive) => Page::Answered(level, directive),
        Handler::Pass(directive) | Handler::Program(directive) => Page::Passed(level, directive),
        Handler::Open(unknown) => Page::Unknown(unknown.why.clone()),
        // A server without a root and without a location for the path has no files.
        Handler::Files if nginx.level(level).kind == LevelKind::Server && nginx.root(level).is_none() => Page::Nothing,
        Handler::Files => Page::Files(level),
    }
}

/// The servers to judge: those of the project, or those of the image if the project has none that does anything.
pub fn servers(nginx: &Configuration) -> Vec<LevelId> {
    let own = |server: &LevelId| !nginx.is_builtin(nginx.level(*server).place);
    let (mine, stock): (Vec<LevelId>, Vec<LevelId>) = nginx.servers().partition(own);
    if mine.is_empty() { stock } else { mine }
}

/// The servers that look for a file where a deep link asks for one, with the level that does; and why others may be.
pub fn of_files(nginx: &Configuration) -> (Vec<(LevelId, LevelId)>, Vec<Judgement>) {
    let mut sites = Vec::new();
    let mut unknown = Vec::new();
    for server in servers(nginx) {
        match page(nginx, server, DEEP_LINK) {
            Page::Files(level) => sites.push((server, level)),
            Page::Unknown(why) => unknown.push(Judgement::inconclusive(why, Some(nginx.level(server).place))),
            _ => {}
        }
    }
    unknown.extend(more_servers(nginx));
    (sites, unknown)
}

/// That there may be servers that were not read.
pub fn more_servers(nginx: &Configuration) -> Option<Judgement> {
    nginx.open_servers().map(|open| Judgement::inconclusive(open.why.clone(), Some(open.place)))
}

/// A level as messages name it.
pub fn shown(nginx: &Configuration, level: LevelId) -> String {
    match &nginx.level(level).kind {
        LevelKind::Location(matcher) => format!("`location {}`", matcher.shown()),
        LevelKind::Server => "the server".to_string(),
        LevelKind::Http => "`http`".to_string(),
        LevelKind::If => "this `if`".to_string(),
        _ => "this block".to_string(),
    }
}
