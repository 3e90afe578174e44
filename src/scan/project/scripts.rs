//! Scripts: what stands in the files that entrypoint and command run, and in the `package.json` beside them.

use std::collections::BTreeMap;

use super::file_system::{FileSystem, Found};
use crate::container::argv::file_name;
use crate::container::build::join;
use crate::container::image_state::DEFAULT_PATH;
use crate::container::process::ScriptContents;
use crate::yaml;

/// How many words of a command line are looked into.
const MAX_SCRIPTS: usize = 32;

/// The script files of a container: path as the command line has it, text.
pub(super) type Scripts = Vec<(String, String)>;

/// Where a container's relative paths and bare names are looked for.
pub(super) struct Start<'a> {
    /// The words of every entrypoint and command that may be in force.
    pub words: Vec<&'a str>,
    /// Whether one of them is not known.
    pub incomplete: bool,
    /// The working directory, if it is known.
    pub workdir: Option<&'a str>,
    /// The variable `PATH`, if it is known.
    pub path: Option<&'a str>,
}

impl Start<'_> {
    /// The paths that a word of the command line may name, the first that is there being meant.
    fn paths(&self, word: &str) -> Vec<String> {
        if word.starts_with('/') {
            return vec![word.to_string()];
        }
        let beside = self.workdir.map(|workdir| join(workdir, word));
        if word.contains('/') {
            return beside.into_iter().collect();
        }
        let folders = self.path.unwrap_or(DEFAULT_PATH).split(':').filter(|folder| folder.starts_with('/'));
        beside.into_iter().chain(folders.map(|folder| join(folder, word))).collect()
    }
}

/// The texts of the files that entrypoint and command may run, as far as the tree has them. Only files that are named
/// like programs of the command line are read.
pub(super) fn scripts(system: &mut FileSystem, start: &Start) -> Scripts {
    let words = start.words.iter().flat_map(|word| word.split_whitespace()).filter(|word| is_script_name(word));
    let mut scripts = Scripts::new();
    for word in words.take(MAX_SCRIPTS) {
        for path in start.paths(word) {
            match system.read(&path) {
                Found::File(source) => {
                    scripts.push((word.to_string(), system.text(source).to_string()));
                    break;
                }
                Found::Absent | Found::OfBase => {}
                // Whichever it is, it is not known.
                Found::Unknown(_) => break,
            }
        }
    }
    scripts
}

/// Names that programs of their own do not have.
fn is_script_name(word: &str) -> bool {
    let name = file_name(word);
    !word.starts_with('-')
        && (name.ends_with(".sh") || name.ends_with(".bash") || name.contains("entrypoint") || word.starts_with("./"))
        || word.starts_with('/') && !["/bin/", "/usr/", "/sbin/", "/opt/"].iter().any(|folder| word.starts_with(folder))
}

/// What the scripts say about a path.
pub(super) fn contents(scripts: &Scripts, path: &str) -> ScriptContents {
    match scripts.iter().find(|(known, _)| known == path) {
        Some((_, text)) => ScriptContents::Known(text.clone()),
        None => ScriptContents::Unknown,
    }
}

/// The scripts of the `package.json` in the working directory, if entrypoint or command may run one.
pub(super) fn package_scripts(system: &mut FileSystem, start: &Start) -> BTreeMap<String, String> {
    let runs_package = start.incomplete || start.words.iter().any(|word| mentions_runner(word));
    let Some(workdir) = start.workdir.filter(|_| runs_package) else { return BTreeMap::new() };
    let Found::File(source) = system.read(&join(workdir, "package.json")) else { return BTreeMap::new() };
    let loaded = yaml::load(source, &system.text(source));
    let scripts = loaded.documents.first().and_then(|document| document.get("scripts"));
    let entries = scripts.map_or(&[][..], |scripts| scripts.entries()).iter();
    entries.filter_map(|entry| Some((entry.key.value.to_string(), entry.value.scalar_text()?.to_string()))).collect()
}

fn mentions_runner(text: &str) -> bool {
    text.split_whitespace().any(|word| matches!(file_name(word), "npm" | "yarn" | "pnpm" | "bun" | "npx"))
}
