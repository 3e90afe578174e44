//! The merged tree to typed services and resources.
//!
//! Types were checked against the table of attributes before; here a value of the wrong kind is passed over, and only
//! what is wrong inside a value (a size, a duration, a port) is reported.

mod access;
mod build;
mod process;
mod resources;
mod service;
mod top;
mod values;

use std::collections::HashSet;
use std::sync::Arc;

use super::environment::Environment;
use super::load::Loader;
use super::model::Project;
use super::siblings::Siblings;
use super::{check, path, schema};
use crate::problem::Problem;
use crate::yaml::Node;

/// Reads a project from its merged tree.
pub(super) fn project(
    loader: &mut Loader<'_>,
    root: &Arc<Node>,
    environment: &Environment,
    directory: &str,
) -> Project {
    let mut project = Project {
        name: project_name(loader, root, directory),
        files: loader.compose_files.clone(),
        services: Vec::new(),
        networks: Vec::new(),
        volumes: Vec::new(),
        secrets: Vec::new(),
        configs: Vec::new(),
        incomplete: None,
    };
    if let Some(problem) = first_version(root) {
        loader.problems.push(problem);
        project.incomplete = Some("the file is in the form of Compose v1".to_string());
        return project;
    }
    schema::validate(root, &mut loader.problems);
    let mut reader = Reader { loader, environment };
    for entry in root.entries() {
        match &*entry.key.value {
            "services" => project.services = reader.services(&entry.value),
            "networks" => project.networks = reader.networks(&entry.value),
            "volumes" => project.volumes = reader.volumes(&entry.value),
            "secrets" => project.secrets = reader.resources_of(&entry.value, "secret"),
            "configs" => project.configs = reader.resources_of(&entry.value, "config"),
            _ => {}
        }
    }
    mark_used(&mut project);
    project.incomplete.clone_from(&reader.loader.incomplete);
    let models = root.get("models").map_or(&[][..], |models| models.entries());
    let siblings = Siblings::of(reader.loader);
    let fragment = check::project(&project, root, models, siblings, &mut reader.loader.problems);
    project.incomplete = project.incomplete.or(fragment);
    project
}

/// Says of each network whether a service is on it.
fn mark_used(project: &mut Project) {
    let mut used: HashSet<&str> = HashSet::new();
    for service in &project.services {
        match service.networks.as_slice() {
            [] if service.network_mode.is_none() => drop(used.insert("default")),
            networks => used.extend(networks.iter().map(|network| network.name.as_str())),
        }
    }
    for network in &mut project.networks {
        network.used = used.contains(network.name.as_str());
    }
}

/// What reading needs to know besides the tree.
struct Reader<'l, 'a> {
    loader: &'l mut Loader<'a>,
    environment: &'l Environment,
}

/// A file of Compose v1 has its services at the top.
fn first_version(root: &Node) -> Option<Problem> {
    if root.get("services").is_some() || root.get("include").is_some() {
        return None;
    }
    let service = |node: &Node| node.get("image").is_some() || node.get("build").is_some();
    let known = |key: &str| key.starts_with("x-") || matches!(key, "networks" | "volumes" | "secrets" | "configs");
    let first = root.entries().iter().find(|entry| !known(&entry.key.value) && service(&entry.value))?;
    let what = format!("`{}` looks like a service of Compose v1, which stands at the top", first.key.value);
    Some(Problem::error(first.key.span, what, "move all services under `services:`; nothing here is examined"))
}

fn project_name(loader: &Loader<'_>, root: &Node, directory: &str) -> String {
    let given = root.get("name").and_then(|name| name.scalar_text());
    if let Some(name) = loader.request.name.as_deref().or(given) {
        return name.to_string();
    }
    let base = path::clean(directory);
    let base = base.rsplit('/').next().unwrap_or("").to_lowercase();
    let kept: String =
        base.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(*c)).collect();
    kept.trim_start_matches(['_', '-']).to_string()
}
