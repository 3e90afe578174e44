//! Paths: what nginx has to write is writable for the user that it runs as.

use super::writable::{Paths, Writable};
use super::{edits, site, user};
use crate::container::Container;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;
use crate::subject::nginx::model::{Context, Level};
use crate::subject::nginx::stock::Image;
use crate::subject::nginx::{self, Configuration, Directive, LevelId, LevelKind};

/// A path that nginx creates.
struct Needed {
    /// What for: `the pid file`.
    what: &'static str,
    path: String,
    /// The project's directive that says so, if one does.
    place: Option<Span>,
}

const PID: &str = "/run/nginx.pid";
/// The directives for folders that nginx creates when it starts, and what the official images have compiled in.
const TEMPORARY: [(&str, &str); 5] = [
    ("client_body_temp_path", "/var/cache/nginx/client_temp"),
    ("proxy_temp_path", "/var/cache/nginx/proxy_temp"),
    ("fastcgi_temp_path", "/var/cache/nginx/fastcgi_temp"),
    ("uwsgi_temp_path", "/var/cache/nginx/uwsgi_temp"),
    ("scgi_temp_path", "/var/cache/nginx/scgi_temp"),
];
/// The log files of the official images are links to the container's output.
const LINKED_LOGS: [&str; 2] = ["/var/log/nginx/access.log", "/var/log/nginx/error.log"];

/// `nginx-path-unwritable`
pub fn nginx_path_unwritable(container: &Container, nginx: &Configuration, _: &NoParameters) -> Judgement {
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let user = match user::unprivileged(container) {
        Ok(user) => user,
        Err(judgement) => return judgement,
    };
    let reference = container.image.base.reference.as_ref();
    let image = reference.and_then(|reference| Image::of(&reference.path));
    let paths = Paths::new(container, user, image);
    let mut judged = Vec::new();
    let mut unwritable: Vec<Needed> = Vec::new();
    for needed in needed(container, nginx) {
        let place = needed.place.unwrap_or(container.user_text.origin.span);
        match paths.writable(&needed.path) {
            Writable::Yes => judged.push(Judgement::met(place, format!("`{}` may be written", needed.path))),
            Writable::Unknown(why) => judged.push(Judgement::inconclusive(why, Some(place))),
            Writable::No => unwritable.push(needed),
        }
    }
    let (said, left): (Vec<Needed>, Vec<Needed>) = unwritable.into_iter().partition(|needed| needed.place.is_some());
    judged.extend(said.iter().map(|needed| Judgement::violated(said_finding(container, &paths, &user.text, needed))));
    if !left.is_empty() {
        judged.push(Judgement::violated(left_finding(container, nginx, &paths, &user.text, &left)));
    }
    Judgement::all(judged, "nginx writes nothing")
}

/// All that nginx creates or opens for writing when it starts.
fn needed(container: &Container, nginx: &Configuration) -> Vec<Needed> {
    let mut needed = Vec::new();
    let process = container.process.value();
    let line = nginx::command_line(process.and_then(|process| process.application()).unwrap_or_default());
    let said = |directive: &Directive| (!nginx.is_builtin(directive.span)).then(|| directive.head());
    let main = nginx.level(LevelId::MAIN);
    // A file of `conf.d` alone leaves the main file to the image, which the container would have brought.
    let pid = line.directives.iter().find(|directive| directive.is("pid"));
    match (pid, main.own("pid").next_back()) {
        (Some(pid), _) => needed.extend(path_of(pid, "the pid file", None)),
        (None, Some(pid)) => needed.extend(path_of(pid, "the pid file", said(pid))),
        (None, None) => needed.push(Needed { what: "the pid file", path: PID.to_string(), place: None }),
    }
    let http = nginx.levels().find(|(_, level)| level.kind == LevelKind::Http).map(|(_, level)| level);
    for (name, default) in TEMPORARY {
        match http.and_then(|http| http.own(name).next_back()) {
            Some(directive) => needed.extend(path_of(directive, "a temporary folder", said(directive))),
            None if http.is_some() => {
                needed.push(Needed { what: "a temporary folder", path: default.to_string(), place: None });
            }
            None => {}
        }
    }
    for level in nginx.levels().map(|(_, level)| level) {
        needed.extend(logs_and_caches(level, &said));
    }
    needed
}

fn logs_and_caches<'a>(
    level: &'a Level,
    said: &'a dyn Fn(&Directive) -> Option<Span>,
) -> impl Iterator<Item = Needed> + 'a {
    level.directives.iter().filter_map(move |directive| match directive.name.text.as_str() {
        "access_log" | "error_log" => path_of(directive, "a log file", said(directive))
            .filter(|needed| !LINKED_LOGS.contains(&needed.path.as_str())),
        name if name.ends_with("_cache_path") => path_of(directive, "a cache", said(directive)),
        _ => None,
    })
}

fn path_of(directive: &Directive, what: &'static str, place: Option<Span>) -> Option<Needed> {
    let word = directive.argument(0)?;
    let path = word.known()?;
    let is_file = path.starts_with('/') && !word.has_variable();
    is_file.then(|| Needed { what, path: path.to_string(), place })
}

fn said_finding(container: &Container, paths: &Paths, user: &str, needed: &Needed) -> Finding {
    let place = needed.place.unwrap_or(container.key);
    let message = format!("nginx runs as `{user}`, which may not write {} `{}`", needed.what, needed.path);
    let name = needed.path.rsplit('/').next().unwrap_or("nginx");
    let title = match (needed.what, paths.read_only()) {
        (_, true) => format!("mount a tmpfs over the folder of `{}`: the file system is read-only", needed.path),
        ("a log file", _) => "write the log to /dev/stdout or /dev/stderr".to_string(),
        _ => format!("write `/tmp/{name}`"),
    };
    Finding::new(place, message).fix(Fix::words(title))
}

fn left_finding(container: &Container, nginx: &Configuration, paths: &Paths, user: &str, left: &[Needed]) -> Finding {
    let mut shown: Vec<&str> = Vec::new();
    for needed in left {
        let path = if needed.path.starts_with("/var/cache/nginx/") { "/var/cache/nginx" } else { &needed.path };
        if !shown.contains(&path) {
            shown.push(path);
        }
    }
    let list = shown.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" and ");
    let service = container.service.as_ref();
    let read_only = service.and_then(|service| service.read_only.as_ref()).filter(|_| paths.read_only());
    if let Some(read_only) = read_only {
        let folders: Vec<&str> = shown.iter().map(|path| folder_of(path)).collect();
        let message = format!("the file system is read-only, and nginx has to write {list}");
        let title = format!("add `tmpfs: [{}]` to the service", folders.join(", "));
        return Finding::new(read_only.span, message).fix(Fix::words(title));
    }
    let place = container.user_text.origin.span;
    let message = format!("nginx runs as `{user}`, which may not write {list}");
    Finding::new(place, message).fix(left_fix(container, nginx, user, &shown))
}

fn folder_of(path: &str) -> &str {
    match path {
        PID => "/run",
        path if path.starts_with("/var/cache/nginx") => "/var/cache/nginx",
        path => path.rsplit_once('/').map_or("/", |(folder, _)| folder),
    }
}

/// Where the project has a main file, paths below `/tmp` in it; else the paths are handed over in the Dockerfile.
fn left_fix(container: &Container, nginx: &Configuration, user: &str, shown: &[&str]) -> Fix {
    let main = nginx.level(LevelId::MAIN);
    let first = main.directives.first().map(|directive| (directive.span, directive.indent));
    let own = nginx.files.first().is_some_and(|file| !file.builtin) && nginx.context == Context::Main;
    if let (true, Some((place, indent))) = (own, first) {
        let mut edits: Vec<Edit> = Vec::new();
        if shown.contains(&PID) {
            edits.push(edits::before(place, indent, &["pid /tmp/nginx.pid;".to_string()]));
        }
        let http = nginx.levels().find(|(_, level)| level.kind == LevelKind::Http);
        if let (Some((id, http)), true) = (http, shown.contains(&"/var/cache/nginx")) {
            let missing = TEMPORARY.iter().filter(|(name, _)| http.own(name).next().is_none());
            let lines: Vec<String> = missing
                .map(|(name, path)| format!("{name} /tmp/{};", path.rsplit('/').next().unwrap_or("nginx")))
                .collect();
            edits.extend(edits::into_level(nginx, id, &lines));
        }
        let title = "write `pid /tmp/nginx.pid;` outside all blocks and the five `*_temp_path` below `/tmp` in `http`";
        return Fix::risky(title, edits);
    }
    let owner = user.split(':').next().unwrap_or(user);
    let line = format!("RUN touch {PID} && chown -R {owner} {PID} /var/cache/nginx");
    let title = format!("add `{line}` before the USER, or build on nginxinc/nginx-unprivileged");
    match user_instruction(container) {
        Some(place) => Fix::risky(title, vec![Edit::insert_before(place, format!("{line}\n"))]),
        None => Fix::words(title),
    }
}

/// The USER instruction that is in force, if it is the only one of its stage and root's before.
fn user_instruction(container: &Container) -> Option<Span> {
    use crate::subject::dockerfile::instruction::Kind;
    let build = container.build.as_ref()?;
    let origin = container.user_text.origin.span;
    let users: Vec<Span> = build
        .file
        .instructions
        .iter()
        .filter(|instruction| matches!(instruction.kind, Kind::User(_)) && instruction.span.start >= build.from().start)
        .map(|instruction| instruction.span)
        .collect();
    match users.as_slice() {
        [only] if only.contains(origin) || *only == origin => Some(*only),
        _ => None,
    }
}
