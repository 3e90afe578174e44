//! Handlers: what a level does with a request that reaches it.

use super::{Configuration, Level, LevelId, LevelKind, Setting, Unknown};
use crate::subject::nginx::{Directive, Word};

/// What answers a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Handler<'a> {
    /// `return`, or a `rewrite` that redirects whatever it is asked for.
    Return {
        /// The status, if it is known.
        code: Option<u16>,
        /// The directive.
        directive: &'a Directive,
    },
    /// `proxy_pass`, `fastcgi_pass` ...: another server.
    Pass(&'a Directive),
    /// `stub_status`, `empty_gif`: nginx itself.
    Internal(&'a Directive),
    /// Lua, JavaScript, Perl: a program inside nginx.
    Program(&'a Directive),
    /// `deny all` and nothing that is let in.
    Denied(&'a Directive),
    /// Files.
    Files,
    /// Something that was not read may take the request.
    Open(&'a Unknown),
}

/// The directives that hand a request to another server.
pub const PASSES: [&str; 6] = ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];

impl Configuration {
    /// What answers a request that reaches a level.
    pub fn handler(&self, id: LevelId) -> Handler<'_> {
        let server = self.server_of(id).filter(|server| *server != id);
        if let Some(redirect) = server.and_then(|server| returns(self.level(server))) {
            return redirect;
        }
        let level = self.level(id);
        if let Some(redirect) = returns(level) {
            return redirect;
        }
        let inherits = matches!(level.kind, LevelKind::If | LevelKind::LimitExcept);
        let own = content(level);
        let outer = || level.parent.filter(|_| inherits).and_then(|parent| content(self.level(parent)));
        if let Some(handler) = own.or_else(outer) {
            return handler;
        }
        if let Some(denied) = self.denied(id) {
            return Handler::Denied(denied);
        }
        level.open.first().map_or(Handler::Files, Handler::Open)
    }

    /// `deny all`, if nothing is let in.
    fn denied(&self, id: LevelId) -> Option<&Directive> {
        let has_rules = |level: &&Level| level.directives.iter().any(|d| d.is("allow") || d.is("deny"));
        let (_, level) = self.outwards(id).find(|(_, level)| has_rules(level))?;
        let mut rules = level.directives.iter().filter(|d| d.is("allow") || d.is("deny"));
        rules.next().filter(|rule| rule.is("deny") && rule.argument(0).is_some_and(|word| word.text == "all"))
    }

    /// Whether only redirects inside nginx reach a location.
    pub fn is_internal(&self, id: LevelId) -> bool {
        self.level(id).own("internal").next().is_some()
    }

    /// Where files of a level are: `root` or `alias`. `None` if that is nginx's default.
    pub fn root(&self, id: LevelId) -> Option<&Word> {
        let alias = self.level(id).own("alias").next_back().and_then(|alias| alias.argument(0));
        alias.or_else(|| match self.setting(id, "root") {
            Setting::Set(_, directive) => directive.argument(0),
            _ => None,
        })
    }
}

/// `return`, or a `rewrite` that redirects everything.
fn returns(level: &Level) -> Option<Handler<'_>> {
    level.directives.iter().find_map(|directive| match directive.name.text.as_str() {
        "return" => {
            let first = directive.argument(0)?;
            let code = match first.known()?.parse::<u16>() {
                Ok(code) => Some(code),
                Err(_) if first.has_variable() && !first.text.contains("://") => None,
                Err(_) => Some(302),
            };
            Some(Handler::Return { code, directive })
        }
        "rewrite" => {
            let (pattern, target) = (directive.argument(0)?, directive.argument(1)?);
            let flag = directive.argument(2).map(|word| word.text.as_str());
            let all = matches!(
                pattern.text.as_str(),
                "^" | "^/" | ".*" | "^.*" | "^.*$" | "^(.*)$" | "^(.*)" | "(.*)" | "^/(.*)$" | "^/(.*)"
            );
            let absolute = ["http://", "https://", "$scheme"].iter().any(|start| target.text.starts_with(start));
            let code = match flag {
                Some("permanent") => 301,
                Some("redirect") => 302,
                _ if absolute => 302,
                _ => return None,
            };
            all.then_some(Handler::Return { code: Some(code), directive })
        }
        _ => None,
    })
}

/// What makes the content of an answer, if it is not files.
fn content(level: &Level) -> Option<Handler<'_>> {
    level.directives.iter().find_map(|directive| match directive.name.text.as_str() {
        name if PASSES.contains(&name) => Some(Handler::Pass(directive)),
        "stub_status" | "empty_gif" | "api" | "status" => Some(Handler::Internal(directive)),
        "js_content" | "perl" | "echo" => Some(Handler::Program(directive)),
        name if name.starts_with("content_by_lua") || name.starts_with("passenger_enabled") => {
            Some(Handler::Program(directive))
        }
        _ => None,
    })
}
