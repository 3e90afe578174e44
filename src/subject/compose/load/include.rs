//! `include`: other projects whose resources become part of this one.

use std::sync::Arc;

use super::Loader;
use crate::source::Span;
use crate::subject::compose::environment::Environment;
use crate::subject::compose::{merge, path, schema};
use crate::yaml::{Entry, Node, Value};

/// Deepest nesting of includes.
const DEPTH: usize = 20;

impl Loader<'_> {
    /// Everything a document includes, merged; `None` if it includes nothing that can be read.
    pub(super) fn include(
        &mut self,
        document: &Arc<Node>,
        directory: &str,
        environment: &Environment,
    ) -> Option<Arc<Node>> {
        let include = document.get("include").filter(|include| !include.has_tag(merge::RESET))?.clone();
        let mut merged: Option<Arc<Node>> = None;
        for item in include.items() {
            if let Some(included) = self.included(item, directory, environment) {
                merged = Some(self.onto(merged, included));
            }
        }
        merged
    }

    fn included(&mut self, item: &Arc<Node>, directory: &str, environment: &Environment) -> Option<Arc<Node>> {
        let path_node = if item.is_mapping() { item.get("path")? } else { item };
        let paths = self.paths(path_node, directory)?;
        let first = paths.first()?;
        let own_directory = match item.get("project_directory").and_then(|node| node.scalar_text()) {
            Some(given) => path::join(directory, given),
            None => path::parent(first),
        };
        let circle = self.including.contains(first);
        if circle || self.including.len() >= DEPTH {
            let (what, help) = if circle {
                (format!("`{}` includes itself", self.shown(first)), "break the circle of `include`")
            } else {
                (format!("`{}` is included through too many files", self.shown(first)), "include in fewer steps")
            };
            self.error(item.span, what.clone(), help);
            self.incomplete = Some(what);
            return None;
        }
        if self.files_left < paths.len() {
            self.too_many_files(item.span, "include fewer files");
            return None;
        }
        self.files_left -= paths.len();
        let env_files = match item.get("env_file") {
            Some(node) => self.paths(node, directory)?,
            None => Vec::new(),
        };
        let mut own = environment.clone();
        self.read_environment(&mut own, &env_files, &own_directory, Some(item.span));
        self.including.push(first.clone());
        let tree = self.project(&paths, &own_directory, &own, Some(path_node.span));
        self.including.pop();
        tree.map(|tree| resources(&tree))
    }

    /// One path or a list of them, joined to a directory; `None` if one of them cannot be known or is far away.
    fn paths(&mut self, node: &Arc<Node>, directory: &str) -> Option<Vec<String>> {
        let items = node.one_or_many();
        let mut paths = Vec::with_capacity(items.len());
        for item in items {
            let text = item.scalar_text()?;
            if let Some(why) = item.trail.as_ref().and_then(|trail| trail.unknown.as_deref()) {
                self.incomplete = Some(format!("`{}` is not included: {why}", schema::short(text)));
                return None;
            }
            if path::is_remote(text) {
                self.far(item.span, text);
                return None;
            }
            paths.push(path::join(directory, text));
        }
        Some(paths)
    }

    /// Says that a project is not read to its end.
    pub(super) fn too_many_files(&mut self, place: Span, help: &'static str) {
        let what = "the project refers to too many files";
        self.error(place, what, help);
        self.incomplete = Some(what.to_string());
    }

    fn far(&mut self, place: Span, path: &str) {
        let what = format!("`{}` is not fetched", schema::short(path));
        self.warning(place, what.clone(), "fetch it and include the copy; what it brings is not examined");
        self.incomplete = Some(what);
    }
}

/// What an include brings: everything but the name and its own includes.
fn resources(tree: &Arc<Node>) -> Arc<Node> {
    let brought = |entry: &&Entry| !matches!(&*entry.key.value, "name" | "version" | "include");
    merge::rebuilt(tree, Value::Mapping(tree.entries().iter().filter(brought).cloned().collect()))
}
