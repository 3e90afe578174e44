//! Scripts: entrypoint scripts of an image whose text the build context has.

use std::collections::BTreeMap;
use std::path::Path;

use super::Session;
use crate::container::build::{Build, join};
use crate::container::image_state::{Action, Argv, ImageState};
use crate::container::process::ScriptContents;
use crate::scan::files::Files;
use crate::source::SourceId;
use crate::yaml;

/// How many stages are looked into for one script: a copy may lead to a stage that copies in turn.
const MAX_LOOKS: usize = 64;

/// The script files of a container: path in the container, text.
pub(super) type Scripts = Vec<(String, String)>;

impl Session<'_> {
    /// The texts of the files that entrypoint and command may run, as far as a COPY from the build context or an inline
    /// file brings them, through another stage or directly. Only files that are named like programs of the command line are read.
    pub(super) fn scripts(
        &mut self,
        files: &mut Files,
        image: &ImageState,
        build: Option<&Build>,
        context: Option<&Path>,
    ) -> Scripts {
        let mut wanted: Vec<String> = Vec::new();
        for argv in [&image.entrypoint, &image.cmd] {
            for word in argv.get().map(|argv| argv.words.as_slice()).unwrap_or_default() {
                wanted.extend(word.value.split_whitespace().filter(|word| is_script_name(word)).map(str::to_string));
            }
        }
        let mut scripts = Scripts::new();
        for path in wanted {
            let mut search = Search { files, build, context, looks: MAX_LOOKS };
            if let Some(text) = search.script(image, &path) {
                scripts.push((path, text));
            }
        }
        scripts
    }
}

/// The search for one script, from the shipped stage back to the build context.
struct Search<'a, 'f> {
    files: &'a mut Files<'f>,
    build: Option<&'a Build>,
    context: Option<&'a Path>,
    /// How many more stages may be looked into.
    looks: usize,
}

impl Search<'_, '_> {
    fn script(&mut self, image: &ImageState, path: &str) -> Option<String> {
        self.looks = self.looks.checked_sub(1)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        // The latest step that puts a file of this name there decides.
        for step in image.steps.iter().rev() {
            let Action::Transfer { sources, destination, from, inline } = &step.action else { continue };
            let lands = |source_name: &str| {
                let folder = destination.ends_with('/') || sources.len() + inline.len() > 1;
                let target = if folder {
                    format!("{}/{source_name}", destination.trim_end_matches('/'))
                } else {
                    destination.clone()
                };
                if path.contains('/') { ends_with_path(&target, path) } else { target.rsplit('/').next() == Some(name) }
            };
            if let Some((_, text)) = inline.iter().find(|(inline_name, _)| lands(inline_name)) {
                return Some(text.clone());
            }
            for source in sources {
                let file_name = source.value.trim_end_matches('/').rsplit('/').next().unwrap_or(&source.value);
                let inside = path_inside(destination, path, name);
                if let Some(from) = from {
                    if lands(file_name) {
                        return self.in_stage(from, &source.value);
                    }
                    let below = inside.map(|inside| format!("{}/{inside}", source.value.trim_end_matches('/')));
                    if let Some(text) = below.and_then(|below| self.in_stage(from, &below)) {
                        return Some(text);
                    }
                    continue;
                }
                let context = self.context?;
                if lands(file_name) {
                    let text = read_in(self.files, context, &source.value)?;
                    return Some(self.files.text(text).to_string());
                }
                // A whole folder is copied: the script may be in it.
                if let Some(source) =
                    inside.and_then(|inside| read_in(self.files, context, &format!("{}/{inside}", source.value)))
                {
                    return Some(self.files.text(source).to_string());
                }
            }
        }
        None
    }

    /// The file at `path` of another stage, where COPY takes it from.
    fn in_stage(&mut self, from: &str, path: &str) -> Option<String> {
        let build = self.build?;
        let stage = build.stages.copied_from(from, build.target)?;
        let path = join("/", path);
        self.script(build.states.get(&stage)?, &path)
    }
}

/// Where below `destination` the file at `path` stands, if it does.
fn path_inside<'p>(destination: &str, path: &'p str, name: &'p str) -> Option<&'p str> {
    if !path.starts_with('/') {
        return Some(path.trim_start_matches("./")).filter(|path| path.contains('/') || *path == name);
    }
    path.strip_prefix(destination.trim_end_matches('/'))?.strip_prefix('/')
}

/// `/app/start.sh` is what `start.sh`, `./start.sh` and `/app/start.sh` may name.
fn ends_with_path(target: &str, path: &str) -> bool {
    let path = path.trim_start_matches("./");
    target == path || !path.starts_with('/') && target.ends_with(&format!("/{path}"))
}

fn read_in(files: &mut Files, context: &Path, relative: &str) -> Option<SourceId> {
    let path = crate::discover::absolute(&context.join(relative.trim_start_matches('/')));
    // Nothing outside the build context is part of the build.
    if !path.starts_with(context) || !path.is_file() {
        return None;
    }
    files.read(&path).ok().flatten()
}

/// Names that programs of their own do not have.
fn is_script_name(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
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

impl Session<'_> {
    /// The scripts of the `package.json` that a build step copies, or that stands in the build context of an image
    /// whose files come from another stage.
    pub(super) fn package_scripts(
        &mut self,
        files: &mut Files,
        image: &ImageState,
        context: Option<&Path>,
    ) -> BTreeMap<String, String> {
        let runs_package = [&image.entrypoint, &image.cmd].iter().any(|argv| argv.get().is_none_or(mentions_runner));
        let Some(context) = context.filter(|_| runs_package) else { return BTreeMap::new() };
        let copied = image.steps.iter().rev().find_map(|step| {
            let Action::Transfer { sources, from: None, .. } = &step.action else { return None };
            sources.iter().find_map(|source| package_file(&source.value))
        });
        let path = copied.unwrap_or_else(|| "package.json".to_string());
        let Some(source) = read_in(files, context, &path) else { return BTreeMap::new() };
        let loaded = yaml::load(source, &files.text(source));
        let scripts = loaded.documents.first().and_then(|document| document.get("scripts"));
        let entries = scripts.map_or(&[][..], |scripts| scripts.entries()).iter();
        entries
            .filter_map(|entry| Some((entry.key.value.to_string(), entry.value.scalar_text()?.to_string())))
            .collect()
    }
}

fn mentions_runner(argv: &Argv) -> bool {
    argv.words.iter().any(|word| {
        let mut words = word.value.split_whitespace();
        words.any(|word| matches!(word.rsplit('/').next(), Some("npm" | "yarn" | "pnpm" | "bun" | "npx")))
    })
}

/// The `package.json` that a COPY of `source` brings: itself, or the one in a copied folder.
fn package_file(source: &str) -> Option<String> {
    let name = source.rsplit('/').next().unwrap_or(source);
    if name == "package.json" {
        return Some(source.to_string());
    }
    if name.starts_with("package") && name.contains('*') {
        return Some(format!("{}package.json", &source[..source.len() - name.len()]));
    }
    matches!(source, "." | "./" | "/").then(|| "package.json".to_string())
}
