//! `extends`: a service that starts from another one.

use std::collections::HashMap;
use std::sync::Arc;

use super::{File, Loader};
use crate::source::Span;
use crate::subject::compose::environment::Environment;
use crate::subject::compose::{merge, path, schema};
use crate::yaml::{Entry, Node, Value};

/// Longest chain of services that extend each other.
const LONGEST: usize = 50;

/// The services of a file by name.
pub(super) struct Services {
    entries: Vec<Entry>,
    index: HashMap<Arc<str>, usize>,
}

impl Services {
    fn of(document: &Node) -> Services {
        let entries = document.get("services").map_or(&[][..], |services| services.entries()).to_vec();
        let index = entries.iter().enumerate().map(|(i, entry)| (entry.key.value.clone(), i)).collect();
        Services { entries, index }
    }

    fn get(&self, name: &str) -> Option<&Entry> {
        self.index.get(name).map(|i| &self.entries[*i])
    }
}

/// What the services of a file can extend.
struct Scope<'f> {
    /// The file's path; with a service's name it says what is being extended.
    path: &'f str,
    directory: String,
    services: &'f Services,
    /// What files before this one made.
    before: Option<&'f Node>,
}

impl Loader<'_> {
    /// The document with its services merged onto those they extend.
    pub(super) fn extend(
        &mut self,
        file: &File,
        document: &Arc<Node>,
        merged: Option<&Arc<Node>>,
        environment: &Environment,
    ) -> Arc<Node> {
        let Some(services) = document.get("services") else {
            return document.clone();
        };
        if !services.entries().iter().any(|entry| entry.value.get("extends").is_some()) {
            return document.clone();
        }
        let own = Services::of(document);
        let scope = Scope {
            path: &file.path,
            directory: self.directory(Span::new(file.source, 0..0)).to_string(),
            services: &own,
            before: merged.and_then(|merged| merged.get("services")).map(|services| &**services),
        };
        let mut done = HashMap::new();
        let entries = services.entries().iter().map(|entry| {
            let value = self.extended(&scope, entry, environment, &mut Vec::new(), &mut done);
            Entry { value, ..entry.clone() }
        });
        let services = merge::rebuilt(services, Value::Mapping(entries.collect()));
        let mut entries = document.entries().to_vec();
        for entry in entries.iter_mut().filter(|entry| &*entry.key.value == "services") {
            entry.value = services.clone();
        }
        merge::rebuilt(document, Value::Mapping(entries))
    }

    fn extended(
        &mut self,
        scope: &Scope<'_>,
        entry: &Entry,
        environment: &Environment,
        chain: &mut Vec<(String, String)>,
        done: &mut HashMap<(String, String), Arc<Node>>,
    ) -> Arc<Node> {
        let service = &entry.value;
        let Some(extends) = service.get("extends").filter(|extends| !extends.has_tag(merge::RESET)) else {
            return service.clone();
        };
        let id = (scope.path.to_string(), entry.key.value.to_string());
        if let Some(known) = done.get(&id) {
            return known.clone();
        }
        if chain.contains(&id) || chain.len() >= LONGEST {
            let (what, help) = if chain.contains(&id) {
                (format!("`{}` extends itself", entry.key.value), "break the circle of `extends`")
            } else {
                (format!("`{}` is extended through too many services", entry.key.value), "extend in fewer steps")
            };
            self.error(extends.span, what.clone(), help);
            self.incomplete = Some(what);
            return service.clone();
        }
        chain.push(id.clone());
        let parent = self.parent(scope, extends, environment, chain, done);
        chain.pop();
        let result = match parent {
            Some(parent) if self.take_nodes(parent.weight(), extends.span) => {
                merge::service(&parent, service, &mut self.problems)
            }
            _ => service.clone(),
        };
        done.insert(id, result.clone());
        result
    }

    fn parent(
        &mut self,
        scope: &Scope<'_>,
        extends: &Arc<Node>,
        environment: &Environment,
        chain: &mut Vec<(String, String)>,
        done: &mut HashMap<(String, String), Arc<Node>>,
    ) -> Option<Arc<Node>> {
        let name_node = if extends.is_mapping() { extends.get("service")? } else { extends };
        if self.is_open(name_node) {
            return None;
        }
        let name = name_node.scalar_text()?;
        let file = extends.get("file").filter(|file| !file.is_null());
        let Some(file) = file else {
            if let Some(found) = scope.services.get(name) {
                return Some(without_extends(&self.extended(scope, found, environment, chain, done)));
            }
            // What earlier files and includes made extends nothing any more.
            if let Some(found) = scope.before.and_then(|before| before.entry(name)) {
                return Some(without_extends(&found.value));
            }
            self.missing_parent(name_node.span, name, scope.path);
            return None;
        };
        if self.is_open(file) {
            return None;
        }
        let path = path::join(&scope.directory, file.scalar_text()?);
        let services = self.extended_file(&path, environment, file.span)?;
        let Some(found) = services.get(name) else {
            self.missing_parent(name_node.span, name, &path);
            return None;
        };
        let other = Scope { path: &path, directory: path::parent(&path), services: &services, before: None };
        Some(without_extends(&self.extended(&other, found, environment, chain, done)))
    }

    /// Whether a name or path depends on a variable without a value, so that nothing can be looked up.
    fn is_open(&mut self, node: &Node) -> bool {
        let open = node.trail.as_ref().and_then(|trail| trail.unknown.clone());
        if let Some(why) = &open {
            self.incomplete = Some(format!("what a service extends is not known: {why}"));
        }
        open.is_some()
    }

    fn missing_parent(&mut self, place: Span, name: &str, path: &str) {
        let what = format!("there is no service `{}` in `{}` to extend", schema::short(name), self.shown(path));
        self.error(place, what, "correct the name, or add the service");
        self.incomplete = Some(format!("the service `{}` that another one extends is missing", schema::short(name)));
    }

    fn extended_file(&mut self, path: &str, environment: &Environment, from: Span) -> Option<Arc<Services>> {
        if let Some(known) = self.extended.get(path) {
            return known.clone();
        }
        let document = self.read_extended(path, environment, from);
        let services = document.map(|document| Arc::new(Services::of(&document)));
        self.extended.insert(path.to_string(), services.clone());
        services
    }

    fn read_extended(&mut self, path: &str, environment: &Environment, from: Span) -> Option<Arc<Node>> {
        if self.files_left == 0 {
            self.too_many_files(from, "extend from fewer files");
            return None;
        }
        self.files_left -= 1;
        let file = self.file(path, &path::parent(path), environment, Some(from))?;
        let mut documents = file.documents.into_iter();
        let first = documents.next()?;
        Some(documents.fold(first, |base, over| merge::project(&base, &over, &mut self.problems)))
    }
}

/// A parent without its own `extends`, which is done.
fn without_extends(node: &Arc<Node>) -> Arc<Node> {
    if node.get("extends").is_none() {
        return node.clone();
    }
    let entries = node.entries().iter().filter(|entry| &*entry.key.value != "extends").cloned().collect();
    merge::rebuilt(node, Value::Mapping(entries))
}
