//! Server files: the configuration of nginx or redis that a container really has.
//!
//! What the image has by itself, what the build copies over it, what the entrypoint renders from templates, and what
//! Compose mounts over all of that: [`FileSystem`] knows, this asks it for the right paths.

use std::path::PathBuf;
use std::sync::Arc;

use super::file_system::{FileSystem, Found, picks};
use crate::container::Container;
use crate::container::argv::file_name;
use crate::container::build::join;
use crate::container::process::LayerKind;
use crate::container::runtime::Kind;
use crate::container::traced::Known;
use crate::problem::Problem;
use crate::source::{SourceId, Spanned};
use crate::subject::nginx::substitute::Variable;
use crate::subject::nginx::{self, File, Included, stock};
use crate::subject::redis;

/// Where the entrypoint of the official image looks for templates, and where it puts what it renders.
const TEMPLATES: &str = "/etc/nginx/templates";
const RENDERED: &str = "/etc/nginx/conf.d";

/// What reading a server's files brought up.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// The files of the tree that the configuration is made of.
    pub used: Vec<PathBuf>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
}

/// Puts the configuration of its server into a container.
pub(super) fn attach(container: &mut Container, system: &mut FileSystem) -> Brought {
    let mut brought = Brought::default();
    match container.runtime.get().map(|runtime| runtime.kind.clone()) {
        Some(Kind::Nginx) => {
            let mut files = NginxFiles { stock: stock_image(container), container, system, used: Vec::new() };
            let configuration = files.configuration();
            let used = files.used;
            brought.used.extend(used.into_iter().filter_map(|source| system.host_path(source)));
            if let Known::Value(configuration) = &configuration {
                brought.problems.extend(configuration.problems.iter().cloned());
            }
            let configuration = written_at_start(container).map_or(configuration, Known::Unknown);
            container.nginx = Some(configuration.map(Arc::new));
        }
        Some(Kind::Redis) => container.redis_conf = redis_file(container, system).map(|known| known.map(Arc::new)),
        _ => {}
    }
    brought
}

/// Why the configuration is not the one of the image: a shell writes it before nginx starts.
fn written_at_start(container: &Container) -> Option<String> {
    let process = container.process.value()?;
    let writes = |text: &str| {
        text.contains("/etc/nginx")
            && ["envsubst", "sed ", "cp ", "> /etc/", ">/etc/", "tee "].iter().any(|way| text.contains(way))
    };
    let shells = process.layers.iter().filter(|layer| matches!(layer.kind, LayerKind::Shell { .. }));
    let texts = shells.filter_map(|layer| layer.argv.last());
    texts
        .map(|text| text.value.as_str())
        .any(writes)
        .then(|| "the configuration of nginx is not known: a shell writes it before nginx starts".to_string())
}

fn stock_image(container: &Container) -> Option<stock::Image> {
    container.image.base.reference.as_ref().and_then(|reference| stock::Image::of(&reference.path))
}

/// The way to the files of an nginx.
struct NginxFiles<'a, 's, 'a2, 'f> {
    container: &'a Container,
    system: &'s mut FileSystem<'a2, 'f>,
    stock: Option<stock::Image>,
    used: Vec<SourceId>,
}

impl NginxFiles<'_, '_, '_, '_> {
    fn configuration(&mut self) -> Known<nginx::Configuration> {
        let process = self.container.process.value();
        let line = nginx::command_line(process.and_then(|process| process.application()).unwrap_or_default());
        if line.has_prefix {
            return Known::Unknown("nginx is started with a folder of its own (`-p`)".to_string());
        }
        let main = line.file.map_or(stock::MAIN.to_string(), |path| join("/etc/nginx", path));
        let file = match self.file(&main) {
            Ok(Some(file)) => file,
            Ok(None) => return Known::Unknown(format!("there is no `{main}` in the image")),
            Err(why) => return Known::Unknown(format!("what `{main}` holds is not known: {why}")),
        };
        Known::Value(nginx::load_whole(file, &line.directives, &mut |path| self.included(path)))
    }

    /// The file at a path; `None` if there is none.
    fn file(&mut self, path: &str) -> Result<Option<File>, String> {
        match self.system.read(path) {
            Found::File(source) => {
                self.used.push(source);
                Ok(Some(File::plain(path, source, self.system.text(source))))
            }
            Found::Absent => Ok(None),
            Found::Unknown(why) => Err(why),
            Found::OfBase => match self.stock {
                Some(image) => Ok(stock::file(image, path).map(|text| {
                    let source = self.system.add_text(path, text);
                    File::builtin(path, source, text.into())
                })),
                None => Err(self.container.image.base.unknown("the configuration of nginx")),
            },
        }
    }

    fn included(&mut self, path: &str) -> Included {
        if !path.contains(['*', '?', '[']) {
            if let Some(file) = self.rendered(path) {
                return Included { files: vec![file], unknown: None };
            }
            return match self.file(path) {
                Ok(file) => Included { files: file.into_iter().collect(), unknown: None },
                Err(why) => Included { files: Vec::new(), unknown: Some(format!("`{path}`: {why}")) },
            };
        }
        let (folder, pattern) = path.rsplit_once('/').unwrap_or(("", path));
        if folder.contains(['*', '?', '[']) {
            let why = format!("`{path}` picks from several folders");
            return Included { files: Vec::new(), unknown: Some(why) };
        }
        self.picked(folder, pattern)
    }

    /// The files of a folder that a pattern picks, those that are rendered into it among them.
    fn picked(&mut self, folder: &str, pattern: &str) -> Included {
        let stock: &[&str] = match self.stock {
            Some(_) if folder == RENDERED => &["default.conf"],
            _ => &[],
        };
        let listing = self.system.list(folder, stock);
        let mut included = Included { files: Vec::new(), unknown: listing.open };
        let image = &self.container.image;
        let files_known = image.contents().is_some() || image.base_contents().is_some() || image.base.is_scratch();
        if self.stock.is_none() && !files_known {
            let why = || self.container.image.base.unknown(&format!("what `{folder}` holds"));
            included.unknown.get_or_insert_with(why);
        }
        let rendered = self.templates(folder, &mut included.unknown);
        let mut paths: Vec<String> = listing.entries.into_iter().map(|(path, _)| path).collect();
        paths.extend(rendered.iter().map(|file| file.path.clone()));
        paths.retain(|path| picks(pattern, file_name(path)));
        paths.sort();
        paths.dedup();
        for path in paths {
            if let Some(file) = rendered.iter().find(|file| file.path == path) {
                included.files.push(file.clone());
                continue;
            }
            match self.file(&path) {
                Ok(file) => included.files.extend(file),
                Err(why) => included.unknown = included.unknown.or(Some(format!("`{path}`: {why}"))),
            }
        }
        included
    }

    /// The template that the entrypoint renders to a path.
    fn rendered(&mut self, path: &str) -> Option<File> {
        let folder = path.rsplit_once('/')?.0;
        self.templates(folder, &mut None).into_iter().find(|file| file.path == path)
    }

    /// The files that the entrypoint renders into a folder.
    fn templates(&mut self, folder: &str, unknown: &mut Option<String>) -> Vec<File> {
        if !self.renders() {
            return Vec::new();
        }
        let setting = |name: &str, default: &str| match self.container.variable(name) {
            Ok(Some(value)) => value.to_string(),
            _ => default.to_string(),
        };
        let (from, to) =
            (setting("NGINX_ENVSUBST_TEMPLATE_DIR", TEMPLATES), setting("NGINX_ENVSUBST_OUTPUT_DIR", RENDERED));
        let suffix = setting("NGINX_ENVSUBST_TEMPLATE_SUFFIX", ".template");
        let filter = self.container.variable("NGINX_ENVSUBST_FILTER").ok().flatten().map(str::to_string);
        // Folders below that of the templates become folders below that of the output.
        let Some(inner) = join("/", folder).strip_prefix(&join("/", &to)).map(str::to_string) else {
            return Vec::new();
        };
        let listing = self.system.list(&format!("{from}{inner}"), &[]);
        if let Some(why) = listing.open {
            unknown.get_or_insert(why);
        }
        let mut files = Vec::new();
        for (path, found) in listing.entries {
            let Some(name) = file_name(&path).strip_suffix(&*suffix) else { continue };
            match found {
                Found::File(source) => {
                    self.used.push(source);
                    let target = format!("{}/{name}", folder.trim_end_matches('/'));
                    let environment = |name: &str| variable(self.container, name);
                    let text = self.system.text(source);
                    files.push(File::template(target, source, text, &environment, filter.as_deref()));
                }
                Found::Unknown(why) => {
                    unknown.get_or_insert(format!("`{path}`: {why}"));
                }
                Found::Absent | Found::OfBase => {}
            }
        }
        files
    }

    /// Whether the entrypoint of the official image runs, which renders templates only for nginx itself.
    fn renders(&self) -> bool {
        let Some(facts) = self.container.image.base.facts.as_ref().filter(|_| self.stock.is_some()) else {
            return false;
        };
        let Ok(words) = self.container.argv() else { return true };
        let own = facts.entrypoint.as_ref().and_then(|entrypoint| entrypoint.first());
        let mut words = words.iter().map(|word| file_name(&word.value));
        let is_own = own.is_some_and(|own| words.next() == Some(file_name(own)));
        is_own && words.next().is_some_and(|program| matches!(program, "nginx" | "nginx-debug"))
    }
}

/// A variable of a container, for `envsubst`.
fn variable(container: &Container, name: &str) -> Variable {
    match container.variable(name) {
        Ok(Some(value)) => Variable::Known(value.to_string()),
        Ok(None) => Variable::Unset,
        Err(why) => Variable::Unknown(why.to_string()),
    }
}

/// The file that a redis is started with, what it includes put in its place; `None` if it is started with none.
fn redis_file(container: &Container, system: &mut FileSystem) -> Option<Known<redis::Configuration>> {
    let words = container.process.value()?.application()?;
    let path = redis::command_line(words.get(1..)?).file?;
    let workdir = container.workdir.get().map_or("/", String::as_str);
    let absolute = |path: &str| if path.starts_with('/') { path.to_string() } else { join(workdir, path) };
    let mut find = |path: &Spanned<String>| match system.read(&absolute(&path.value)) {
        Found::File(source) => Ok((source, system.text(source))),
        Found::Absent => Err(format!("there is no `{}` in the container", path.value)),
        Found::OfBase => Err(container.image.base.unknown(&format!("the file `{}`", path.value))),
        Found::Unknown(why) => Err(format!("what `{}` holds is not known: {why}", path.value)),
    };
    Some(match find(&path) {
        Ok((source, text)) => {
            let mut configuration = redis::parse(source, &text);
            configuration.resolve(&mut |path| find(path).ok());
            Known::Value(configuration)
        }
        Err(why) => Known::Unknown(why),
    })
}
