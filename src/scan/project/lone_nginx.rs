//! Lone nginx: configurations that no container of the tree uses, judged by themselves.
//!
//! Where they run is not known, so nothing but the configuration is judged. What they include is looked for beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file_system::picks;
use super::{Judged, Scanner, Session, unknown_container};
use crate::container::runtime::{Kind as RuntimeKind, VersionFact};
use crate::container::traced::{Known, Origin, Traced};
use crate::container::{Container, Kind, Runtime};
use crate::discover::Candidate;
use crate::rule::Subject;
use crate::scan::files::Files;
use crate::source::{SourceId, Span};
use crate::subject::nginx::{self, Configuration, File, Included, LevelKind, stock};

/// The configurations of one folder.
#[derive(Debug)]
pub struct Folder<'f> {
    candidates: Vec<&'f Candidate>,
}

/// Configurations by folder, so that one that includes another can be told.
pub fn by_folder<'f>(left: Vec<&'f Candidate>) -> Vec<Folder<'f>> {
    let mut folders: BTreeMap<&Path, Vec<&Candidate>> = BTreeMap::new();
    for candidate in left {
        folders.entry(candidate.path.parent().unwrap_or(&candidate.path)).or_default().push(candidate);
    }
    folders.into_values().map(|candidates| Folder { candidates }).collect()
}

impl Folder<'_> {
    /// What problems call it.
    pub fn path(&self) -> &Path {
        self.candidates.first().map_or(Path::new(""), |candidate| &candidate.path)
    }
}

/// A configuration that was read.
struct Read {
    name: String,
    path: PathBuf,
    source: SourceId,
    configuration: Configuration,
    named: bool,
    used: Vec<PathBuf>,
}

impl Scanner<'_> {
    /// Judges what is a whole configuration and not a part of another one.
    pub(super) fn lone_nginx(&self, folder: &Folder) -> Judged {
        let mut files = Files::new(self.root).with_changed(&self.request.changed);
        let mut session = Session::new(self);
        let read: Vec<Read> =
            folder.candidates.iter().filter_map(|candidate| read(&mut files, &mut session, candidate)).collect();
        let parts: Vec<&PathBuf> = read.iter().flat_map(|read| &read.used).collect();
        let mut judged = Judged::default();
        let mut containers = Vec::new();
        for read in &read {
            if !read.named && parts.contains(&&read.path) {
                continue;
            }
            match complaint(&read.configuration) {
                Some(reason) if !read.named => judged.skipped.push((read.name.clone(), reason)),
                _ => {
                    session.problems.extend(read.configuration.problems.iter().cloned());
                    containers.push(container(&files, read));
                }
            }
        }
        if containers.is_empty() && session.problems.is_empty() {
            return judged;
        }
        judged.configurations_read = containers.len();
        let subjects: Vec<Subject> =
            containers.iter().map(|container| Subject::Container { container, project: None }).collect();
        let (mut report, _) = session.report(files, self.root.name(folder.path()), "configuration", &subjects);
        for subject in &mut report.containers {
            // What is asked of containers is not asked here.
            subject.verdicts.retain(|verdict| verdict.verdict != crate::report::Verdict::NotApplicable);
        }
        judged.reports.push(report);
        judged
    }
}

fn read(files: &mut Files, session: &mut Session, candidate: &Candidate) -> Option<Read> {
    let name = files.name(&candidate.path);
    let source = match files.read(&candidate.path) {
        Ok(source) => source?,
        Err(problem) => {
            session.problems.push(problem);
            return None;
        }
    };
    let mut used = Vec::new();
    let beside = candidate.path.parent().unwrap_or(&candidate.path).to_path_buf();
    let file = File::plain(stock::MAIN, source, files.text(source));
    let configuration = nginx::load(file, &mut |path| included(files, &beside, path, &mut used));
    Some(Read { name, path: candidate.path.clone(), source, configuration, named: candidate.named, used })
}

/// Why a file is not judged as a configuration.
fn complaint(configuration: &Configuration) -> Option<String> {
    if let Some(problem) = configuration.problems.first() {
        return Some(format!("does not read as a configuration of nginx: {}", problem.what));
    }
    let serves = |kind: &LevelKind| matches!(kind, LevelKind::Server | LevelKind::Location(_));
    let spelt_out = configuration.levels().any(|(_, level)| level.body.is_some() && serves(&level.kind));
    (!spelt_out).then(|| "is a part of a configuration of nginx that nothing includes".to_string())
}

/// What an include names, if it stands beside the file.
fn included(files: &mut Files, beside: &Path, path: &str, used: &mut Vec<PathBuf>) -> Included {
    let inner = path.strip_prefix("/etc/nginx/").unwrap_or(path.trim_start_matches('/'));
    let host = crate::discover::absolute(&beside.join(inner));
    if let Some(text) = stock::file(stock::Image::Official, path).filter(|_| path.ends_with("/mime.types")) {
        let source = files.sources.add_text(path, text);
        return Included { files: vec![File::builtin(path, source, text.into())], unknown: None };
    }
    let mut included = Included::default();
    let folder = host.parent().unwrap_or(beside).to_path_buf();
    if !host.starts_with(files.root()) || !folder.is_dir() {
        included.unknown = Some(format!("what `{path}` brings is not known: no container here uses this file"));
        return included;
    }
    let pattern = host.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.retain(|name| picks(&pattern, name));
    names.sort();
    for name in names {
        let there = folder.join(&name);
        if let Ok(Some(source)) = files.read(&there) {
            used.push(there);
            included.files.push(File::plain(format!("/etc/nginx/{name}"), source, files.text(source)));
        }
    }
    if included.files.is_empty() {
        included.unknown = Some(format!("what `{path}` brings is not known: it is not beside this file"));
    }
    included
}

/// A container of which only the configuration of nginx is known.
fn container(files: &Files, read: &Read) -> Container {
    let place = Span::new(read.source, 0..0);
    let why = "no container here uses this configuration";
    let mut container = unknown_container(files, read.source, &read.name, why);
    let runtime = Runtime { kind: RuntimeKind::Nginx, version: VersionFact::Unknown };
    container.kind = Kind::Configuration;
    container.runtime = Traced::value(runtime, Origin::new(place, "the file"));
    container.nginx = Some(Known::Value(Arc::new(read.configuration.clone())));
    container
}
