//! Siblings: the Compose files of the same folder that are not part of the project.
//!
//! Files that are meant to be layered lack what another one has. Which files go together only their user knows; that one
//! of them has what is missing tells a fragment from a mistake.

use std::collections::HashMap;
use std::sync::Arc;

use super::load::Loader;
use crate::yaml::{Entry, Node};

/// The files that were parsed for the folder and take no part here.
pub(super) struct Siblings {
    files: Vec<Sibling>,
    /// The files of the project as the command line takes them: `-f compose.yaml`.
    own: String,
}

struct Sibling {
    name: String,
    documents: Vec<Arc<Node>>,
    /// Where the entries of each top-level mapping are looked up.
    sections: HashMap<&'static str, HashMap<Arc<str>, Arc<Node>>>,
}

/// The top-level mappings that other parts refer to.
const SECTIONS: [&str; 5] = ["services", "networks", "volumes", "secrets", "configs"];

impl Siblings {
    /// Those of the project that is being loaded.
    pub fn of(loader: &Loader<'_>) -> Siblings {
        let mut files = Vec::new();
        for (path, parsed) in &loader.request.parsed {
            if !loader.compose_files.contains(&parsed.source) {
                let name = loader.shown(&path.to_string_lossy());
                files.push(Sibling { name, documents: parsed.yaml.documents.clone(), sections: HashMap::new() });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let own = loader.request.files.iter().map(|file| format!("-f {}", loader.shown(&file.to_string_lossy())));
        Siblings { files, own: own.collect::<Vec<_>>().join(" ") }
    }

    /// The file that defines something, such as a service with an image, and what to scan instead.
    pub fn defining(&mut self, section: &str, name: &str) -> Option<(String, String)> {
        let at = self.files.iter_mut().position(|file| file.defines(section, name))?;
        let file = &self.files[at].name;
        Some((file.clone(), format!("-f {file} {}", self.own)))
    }

    /// How to scan files that are one project.
    pub fn advice(&self) -> String {
        format!("if another file has it, scan them together: `-f FILE {}`", self.own)
    }
}

impl Sibling {
    fn defines(&mut self, section: &str, name: &str) -> bool {
        let Some(section) = SECTIONS.into_iter().find(|known| *known == section) else { return false };
        let documents = &self.documents;
        let entries = self.sections.entry(section).or_insert_with(|| {
            let all = documents.iter().filter_map(|document| document.get(section)).flat_map(|node| node.entries());
            all.map(|entry: &Entry| (entry.key.value.clone(), entry.value.clone())).collect()
        });
        let Some(node) = entries.get(name) else { return false };
        section != "services" || ["image", "build", "extends", "provider"].iter().any(|key| node.get(key).is_some())
    }
}
