//! Loading: a main file and all it includes, sorted into levels.
//!
//! `include` is textual: what the file says is put in its place, in the same level. A path is relative to the directory
//! of the main configuration file. Depth, number and size of what is included are bounded.

use super::model::location::Matcher;
use super::model::{Configuration, Context, Failure, Level, LevelId, LevelKind, LoadedFile, Unknown};
use super::{Block, Directive, File, Included, Parsed};
use crate::source::Span;

/// How deep files may include each other.
const MAX_DEPTH: usize = 16;
/// How many files one configuration may include.
const MAX_FILES: usize = 1000;
/// How many bytes of text one configuration may include.
const MAX_BYTES: usize = 64 << 20;
/// How many levels one configuration may have.
const MAX_LEVELS: usize = 50_000;
/// The directory that relative paths start from.
const PREFIX: &str = "/etc/nginx";

/// Loads a configuration. `include` is asked for absolute paths in the container, which may have wildcards; it gives
/// the files in the order of their names.
///
/// A main file without `http` is taken as what its directives belong to: `server` to the `http` of the official image,
/// `location` to a server.
pub fn load(main: File, include: &mut dyn FnMut(&str) -> Included) -> Configuration {
    let parsed = main.parse();
    let context = context_of(&parsed.directives);
    let start = Span::new(main.source, 0..0);
    let mut loader = Loader {
        include,
        configuration: Configuration::new(context, start),
        stack: vec![main.path.clone()],
        included: 0,
        bytes: 0,
    };
    let mut level = LevelId::MAIN;
    let outer: &[LevelKind] = match context {
        Context::Main => &[],
        Context::Http => &[LevelKind::Http],
        Context::Server | Context::Snippet => &[LevelKind::Http, LevelKind::Server],
    };
    for kind in outer {
        level = loader.configuration.add(Level::new(kind.clone(), Some(level), start));
    }
    if matches!(context, Context::Server | Context::Snippet) {
        let why = "the server that includes this file is not among what is scanned";
        loader.open(level, why, start);
    }
    loader.file(&main, parsed, level);
    loader.configuration
}

/// The directives of the outermost level that nginx takes once, on its command line or in its files.
const SINGLE: [&str; 5] = ["daemon", "master_process", "pid", "user", "worker_processes"];

/// Loads the configuration that nginx is started with: as [`load`], and what nginx refuses in a main file is a failure.
/// `command_line` are the directives of `-g`.
pub fn load_whole(main: File, command_line: &[Directive], include: &mut dyn FnMut(&str) -> Included) -> Configuration {
    let mut configuration = load(main, include);
    let level = configuration.level(LevelId::MAIN);
    let mut refused = Vec::new();
    if configuration.context != Context::Main {
        let spelt_out = configuration.levels().find(|(_, level)| level.body.is_some()).map(|(_, level)| level);
        let place = spelt_out.map_or(level.place, |level| level.place);
        let word = spelt_out.and_then(|level| level.kind.keyword());
        refused.push(match word {
            Some(word) => (format!("`{word}` stands at the top of its main file"), place),
            None => ("its main file has no `events` block".to_string(), place),
        });
    } else if level.own("events").next().is_none() && level.open.is_empty() {
        refused.push(("its main file has no `events` block".to_string(), level.place));
    }
    for name in SINGLE {
        let before = command_line.iter().filter(|directive| directive.is(name)).count();
        if let Some(second) = level.own(name).nth(1_usize.saturating_sub(before)) {
            let by = if before > 0 { "by `-g` and by this file" } else { "twice" };
            refused.push((format!("`{name}` is set {by}"), second.head()));
        }
    }
    for (why, place) in refused {
        configuration.fail(Failure { why: format!("nginx does not start: {why}"), place });
    }
    configuration
}

/// What a file's directives belong to.
fn context_of(directives: &[Directive]) -> Context {
    let has = |names: &[&str]| directives.iter().any(|d| names.contains(&d.name.text.as_str()));
    if has(&["http", "events", "stream", "mail", "worker_processes", "pid"]) {
        Context::Main
    } else if has(&["server", "upstream"]) {
        Context::Http
    } else if has(&["location"]) {
        Context::Server
    } else if directives.iter().any(|d| d.is("include")) || directives.is_empty() {
        Context::Main
    } else {
        Context::Snippet
    }
}

struct Loader<'a> {
    include: &'a mut dyn FnMut(&str) -> Included,
    configuration: Configuration,
    /// The paths that are being read, outermost first.
    stack: Vec<String>,
    included: usize,
    bytes: usize,
}

impl Loader<'_> {
    fn file(&mut self, file: &File, parsed: Parsed, level: LevelId) {
        let known = self.configuration.files.iter().any(|loaded| loaded.source == file.source);
        if !known {
            for problem in parsed.problems {
                self.configuration.fail(Failure::of(&problem, Span::new(file.source, 0..0)));
                self.configuration.problems.push(problem);
            }
        }
        let loaded = LoadedFile { path: file.path.clone(), source: file.source, builtin: file.builtin };
        if !self.configuration.files.contains(&loaded) {
            self.configuration.files.push(loaded);
        }
        self.directives(parsed.directives, level);
    }

    fn directives(&mut self, directives: Vec<Directive>, level: LevelId) {
        for mut directive in directives {
            if directive.is("include") {
                self.included(directive, level);
                continue;
            }
            let kind = LevelKind::of(&self.configuration.level(level).kind, &directive);
            if kind.is_none() {
                self.check_misplaced(&directive, level);
            } else if self.configuration.level_count() >= MAX_LEVELS {
                let why = format!("there are more than {MAX_LEVELS} blocks; the rest is not read");
                return self.open(LevelId::MAIN, &why, directive.head());
            }
            let Some((kind, block)) = kind.and_then(|kind| Some((kind, directive.block.take()?))) else {
                self.configuration.push(level, directive);
                continue;
            };
            self.block(kind, &directive, block, level);
        }
    }

    /// A block that nginx knows, and not in this level.
    fn check_misplaced(&mut self, directive: &Directive, level: LevelId) {
        let name = directive.name.text.as_str();
        let known = matches!(name, "http" | "server" | "upstream" | "location" | "if" | "limit_except");
        let main = level == LevelId::MAIN && self.configuration.context == Context::Main;
        let spelt_out = main || self.configuration.level(level).body.is_some();
        if directive.block.is_some() && known && spelt_out {
            let around = self.configuration.level(level).kind.keyword();
            let around = around.map_or("outside of all blocks".to_string(), |around| format!("in `{around}`"));
            let why = format!("nginx does not start: `{name}` stands {around}");
            self.configuration.fail(Failure { why, place: directive.head() });
        }
    }

    fn block(&mut self, kind: LevelKind, directive: &Directive, block: Block, parent: LevelId) {
        if let LevelKind::Location(matcher) = &kind {
            self.check_duplicate(matcher, directive, parent);
        }
        let mut level = Level::new(kind, Some(parent), directive.head());
        level.keyword = directive.name.span;
        level.indent = directive.indent;
        level.body = Some((block.open, block.close));
        level.arguments.clone_from(&directive.arguments);
        let id = self.configuration.add(level);
        self.directives(block.directives, id);
    }

    /// Two locations of one modifier and one text: nginx does not start.
    fn check_duplicate(&mut self, matcher: &Matcher, directive: &Directive, parent: LevelId) {
        if !matches!(matcher, Matcher::Exact(_) | Matcher::Prefix { .. } | Matcher::Named(_)) {
            return;
        }
        let siblings = self.configuration.children(parent).take(500);
        let same = |id: &LevelId| match &self.configuration.level(*id).kind {
            LevelKind::Location(other) => other.same_place(matcher),
            _ => false,
        };
        let found = siblings.into_iter().any(|id| same(&id));
        if found {
            let what = format!("nginx does not start: there are two locations `{}`", matcher.shown());
            self.configuration.fail(Failure { why: what, place: directive.head() });
        }
    }

    fn open(&mut self, level: LevelId, why: &str, place: Span) {
        self.configuration.open(level, Unknown { why: why.to_string(), place, level });
    }

    fn included(&mut self, directive: Directive, level: LevelId) {
        let place = directive.head();
        let Some(path) = directive.argument(0) else {
            return self
                .configuration
                .fail(Failure { why: "nginx does not start: `include` names no file".to_string(), place });
        };
        let Some(text) = path.known() else {
            let why = format!("what `include` names is not known: {}", path.unknown.as_deref().unwrap_or_default());
            return self.open(level, &why, place);
        };
        let absolute = absolute(text);
        if self.stack.len() > MAX_DEPTH || self.stack.contains(&absolute) {
            let why = format!("nginx does not start: `{text}` is included again and again");
            return self.configuration.fail(Failure { why, place });
        }
        if self.included > MAX_FILES || self.bytes > MAX_BYTES {
            return self.open(level, "too many files are included to read them all", place);
        }
        let mut found = (self.include)(&absolute);
        if brings_data_only(&absolute) {
            found.unknown = None;
            if found.files.is_empty() {
                return;
            }
        }
        if found.files.is_empty() && found.unknown.is_none() && !has_wildcard(text) {
            let why = format!("nginx does not start: there is no `{absolute}` to include");
            return self.configuration.fail(Failure { why, place });
        }
        for file in found.files {
            self.included += 1;
            self.bytes += file.text.len();
            let parsed = file.parse();
            self.stack.push(absolute.clone());
            self.file(&file, parsed, level);
            self.stack.pop();
        }
        if let Some(why) = found.unknown {
            self.open(level, &why, place);
        }
    }
}

/// The path that nginx opens for what an `include` says.
fn absolute(path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_string() } else { format!("{PREFIX}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Files that come with nginx or certbot and hold tables and parameters: what no rule asks for, wherever they are.
fn brings_data_only(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let tables = ["mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params", "proxy_params"];
    tables.contains(&name)
        || name == "options-ssl-nginx.conf"
        || path.starts_with("/usr/share/nginx/modules/")
        || path.starts_with("/etc/nginx/modules-enabled/")
}

fn has_wildcard(path: &str) -> bool {
    path.contains(['*', '?', '['])
}
