//! Which files are Compose files, and which of a directory make one project.

use std::collections::{BTreeMap, HashSet};

use crate::yaml::{self, Node};

/// What a file name says about a Compose file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A base by its default name; 0 is preferred.
    Base(u8),
    /// A default override, merged without being named; 0 is preferred.
    Override(u8),
    /// A file with something between: `compose.dev.yaml`, `docker-compose-prod.yml`; what stands between.
    Variant(String),
}

/// The default names in the order in which Compose looks for them.
const BASES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The default overrides in the order in which Compose looks for them; any of them goes with any base.
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// Says whether a file name, without directories, is one of Compose's.
pub fn is_compose_file_name(name: &str) -> Option<Role> {
    if let Some(priority) = BASES.iter().position(|base| *base == name) {
        return Some(Role::Base(priority as u8));
    }
    if let Some(priority) = OVERRIDES.iter().position(|over| *over == name) {
        return Some(Role::Override(priority as u8));
    }
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    let rest = stem.strip_prefix("docker-compose").or_else(|| stem.strip_prefix("compose"));
    if let Some(rest) = rest {
        let variant = rest.strip_prefix(['.', '-', '_'])?;
        return (!variant.is_empty()).then(|| Role::Variant(variant.to_string()));
    }
    let variant = stem.strip_suffix("docker-compose").or_else(|| stem.strip_suffix("compose"))?;
    let variant = variant.strip_suffix(['.', '-', '_'])?;
    (!variant.is_empty()).then(|| Role::Variant(variant.to_string()))
}

/// The Compose files of one directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The base Compose would take.
    pub base: Option<String>,
    /// The override Compose would add to it.
    pub overrides: Option<String>,
    /// Bases and overrides with a default name that Compose passes over.
    pub ignored: Vec<String>,
    /// Files that only take part when they are named.
    pub variants: Vec<String>,
}

/// Groups the Compose files of one directory; other names are passed over.
pub fn group<'a>(names: impl IntoIterator<Item = &'a str>) -> Group {
    let mut bases = BTreeMap::new();
    let mut overrides = BTreeMap::new();
    let mut group = Group::default();
    for name in names {
        match is_compose_file_name(name) {
            Some(Role::Base(priority)) => drop(bases.insert(priority, name.to_string())),
            Some(Role::Override(priority)) => drop(overrides.insert(priority, name.to_string())),
            Some(Role::Variant(_)) => group.variants.push(name.to_string()),
            None => {}
        }
    }
    let mut bases = bases.into_values();
    let mut overrides = overrides.into_values();
    group.base = bases.next();
    group.overrides = overrides.next();
    group.ignored = bases.chain(overrides).collect();
    group.variants.sort();
    group
}

/// What a parsed file is on its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// It has a top-level key of Compose besides `name` and `version`.
    pub compose: bool,
    /// It holds nothing but comments.
    pub empty: bool,
    /// All services.
    pub services: Vec<String>,
    /// Services of another file that this one needs: those it gives neither image, build, provider nor `extends`, and
    /// those that its services depend on without it having them.
    pub needs: Vec<String>,
}

impl Sketch {
    /// Reads what a file is from its documents.
    pub fn of(loaded: &yaml::Loaded) -> Sketch {
        let mut sketch = Sketch::default();
        let (mut whole, mut named) = (HashSet::new(), Vec::new());
        for document in &loaded.documents {
            let known =
                |key: &str| matches!(key, "services" | "include" | "networks" | "volumes" | "secrets" | "configs");
            sketch.compose |= document.entries().iter().any(|entry| known(&entry.key.value));
            for entry in document.get("services").map_or(&[][..], |services| services.entries()) {
                sketch.services.push(entry.key.value.to_string());
                let starts = ["image", "build", "provider", "extends"].iter().any(|key| entry.value.get(key).is_some());
                if starts {
                    whole.insert(entry.key.value.to_string());
                }
                named.extend(depended_on(&entry.value));
            }
        }
        sketch.empty = loaded.problems.is_empty() && loaded.documents.iter().all(|document| document.is_null());
        let include = loaded.documents.iter().any(|document| document.get("include").is_some());
        let has: HashSet<&str> = sketch.services.iter().map(String::as_str).collect();
        let incomplete = sketch.services.iter().filter(|name| !whole.contains(*name)).cloned();
        let dangling = named.into_iter().filter(|name| !include && !has.contains(name.as_str()));
        sketch.needs = incomplete.chain(dangling).collect();
        sketch
    }

    /// Whether the file is a project without a base.
    pub fn stands_alone(&self) -> bool {
        self.compose && self.needs.is_empty() && !self.services.is_empty()
    }

    /// Whether the file is to be evaluated on top of `base`: it does not stand alone, and the base has
    /// something it needs.
    pub fn completes(&self, base: &Sketch) -> bool {
        let fragment = self.empty || (self.compose && !self.stands_alone());
        let has: HashSet<&str> = base.services.iter().map(String::as_str).collect();
        fragment && (self.needs.is_empty() || self.needs.iter().any(|name| has.contains(name.as_str())))
    }
}

fn depended_on(service: &Node) -> Vec<String> {
    let Some(node) = service.get("depends_on") else {
        return Vec::new();
    };
    let listed = node.items().iter().filter_map(|item| item.scalar_text()).map(str::to_string);
    listed.chain(node.entries().iter().map(|entry| entry.key.value.to_string())).collect()
}

/// The file sets of a directory that are projects: the base with its override, then each variant alone or on top of
/// what it needs, which is the base or else a variant that stands alone. `sketch` says what a file is; `None` if it
/// could not be parsed, which makes it a project of its own so that the failure is reported.
pub fn projects(group: &Group, mut sketch: impl FnMut(&str) -> Option<Sketch>) -> Vec<Vec<String>> {
    let mut sets = Vec::new();
    let mut foundations: Vec<(&String, Sketch)> = Vec::new();
    if let Some(name) = &group.base {
        sets.push(std::iter::once(name).chain(&group.overrides).cloned().collect());
        foundations.extend(sketch(name).map(|sketch| (name, sketch)));
    } else if let Some(name) = &group.overrides {
        sets.push(vec![name.clone()]);
    }
    let variants: Vec<_> = group.variants.iter().map(|name| (name, sketch(name))).collect();
    let alone = variants.iter().filter_map(|(name, sketch)| Some((*name, sketch.clone()?)));
    foundations.extend(alone.filter(|(_, sketch)| sketch.stands_alone()));
    for (name, sketch) in variants {
        let below = sketch.and_then(|sketch| foundations.iter().find(|(_, base)| sketch.completes(base)));
        sets.push(below.map(|(base, _)| (*base).clone()).into_iter().chain([name.clone()]).collect());
    }
    sets
}

/// Whether a parsed document looks like Compose, for files of any name.
pub fn looks_like_compose(document: &Node) -> bool {
    let services = document.get("services").filter(|services| services.is_mapping());
    services.is_some_and(|services| {
        let known = ["image", "build", "extends", "provider", "command", "environment", "ports"];
        services.entries().iter().any(|entry| known.iter().any(|key| entry.value.get(key).is_some()))
    })
}
