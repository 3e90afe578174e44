//! Mounts: what a service puts over the files of its image.

use std::path::{Path, PathBuf};

use super::host::Host;
use super::{FileSystem, Found, Names, below, file_name, parent};
use crate::container::build::join;
use crate::source::Source;
use crate::subject::compose::{self, Given, Grant, Location, MountKind, Setting};

/// Something that hides what the image has at its target.
#[derive(Debug, Clone)]
pub(super) struct Mounted {
    target: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// A path of this machine.
    Bind(PathBuf),
    /// Memory, empty at the start.
    Empty,
    /// A file with this content.
    Found(Found),
}

impl FileSystem<'_, '_> {
    /// Everything that a service mounts, those that decide first at the end.
    pub(super) fn mounted(&mut self, service: &compose::Service, project: &compose::Project) -> Vec<Mounted> {
        let mut mounts = Vec::new();
        for mount in &service.volumes {
            let Some(target) = mount.target.value() else { continue };
            let what = match mount.kind {
                MountKind::Tmpfs => What::Empty,
                MountKind::Bind => match mount.source.as_ref().map(located) {
                    Some(Ok(path)) => What::Bind(path),
                    Some(Err(why)) => What::Found(Found::Unknown(why)),
                    None => continue,
                },
                _ => What::Found(Found::Unknown(format!("a volume is mounted at `{target}`"))),
            };
            mounts.push(Mounted { target: join("/", target), what });
        }
        for given in &service.tmpfs {
            if let Some(path) = given.value().and_then(|text| text.split(':').next()) {
                mounts.push(Mounted { target: join("/", path), what: What::Empty });
            }
        }
        for grant in &service.configs {
            mounts.extend(self.granted(grant, &project.configs, "/"));
        }
        for grant in &service.secrets {
            mounts.extend(self.granted(grant, &project.secrets, "/run/secrets/"));
        }
        // The deepest target decides; of two at one target the later.
        mounts.sort_by_key(|mount| mount.target.len());
        mounts
    }

    /// The file that a config or secret comes as.
    fn granted(&mut self, grant: &Grant, resources: &[compose::Resource], folder: &str) -> Option<Mounted> {
        let name = grant.source.value()?;
        let target = match &grant.target {
            Some(given) => given.value()?.clone(),
            None => name.clone(),
        };
        let what = match resources.iter().find(|resource| resource.name == *name) {
            Some(resource) => self.resource(resource),
            None => What::Found(Found::Unknown(format!("`{name}` is not defined"))),
        };
        Some(Mounted { target: join(folder, &target), what })
    }

    fn resource(&mut self, resource: &compose::Resource) -> What {
        let unknown = |why: &str| What::Found(Found::Unknown(why.to_string()));
        if let Some(file) = &resource.file {
            return located(file).map_or_else(|why| unknown(&why), What::Bind);
        }
        match resource.content.as_ref().map(|content| (&content.setting, content.span)) {
            Some((Setting::Value(text), span)) => {
                let host = std::sync::Arc::new(crate::source::Text::anchored(text.clone(), span));
                let name = self.files.sources.get(span.source).name.clone();
                let source = Source::of_host(name, text.as_str(), host);
                What::Found(Found::File(self.files.sources.add(source)))
            }
            Some((Setting::Unknown(missing), _)) => unknown(&missing.why),
            None => unknown(&format!("`{}` is kept outside of the tree", resource.name)),
        }
    }

    /// What the mounts have at a path; `None` if none is over it.
    pub(super) fn in_mounts(&mut self, path: &str) -> Option<Found> {
        let mount = self.mounts.iter().rev().find(|mount| below(path, &mount.target).is_some())?.clone();
        let rest = below(path, &mount.target)?;
        Some(match mount.what {
            What::Empty => Found::Absent,
            What::Found(found) if rest.is_empty() || matches!(found, Found::Unknown(_)) => found,
            What::Found(_) => Found::Absent,
            What::Bind(host) => {
                let within = self.files.root().to_path_buf();
                let there = if rest.is_empty() { host.clone() } else { host.join(rest) };
                match self.host(&there, &within) {
                    Host::File(source) => Found::File(source),
                    Host::Folder => Found::Absent,
                    Host::Unknown(why) => Found::Unknown(why),
                    // What is mounted and not in the tree is made by something else before the project starts.
                    Host::Missing if rest.is_empty() || !host.is_dir() => {
                        Found::Unknown(format!("`{}` is mounted there and not in the tree", self.files.name(&host)))
                    }
                    Host::Missing => Found::Absent,
                }
            }
        })
    }

    /// The names that mounts bring into a folder. Whether the folder itself is mounted over.
    pub(super) fn names_of_mounts(&mut self, folder: &str, names: &mut Names) -> bool {
        let own: Vec<String> = self
            .mounts
            .iter()
            .filter(|mount| parent(&mount.target) == folder)
            .map(|m| file_name(&m.target).to_string())
            .collect();
        names.extend(own);
        let Some(mount) = self.mounts.iter().rev().find(|mount| below(folder, &mount.target).is_some()) else {
            return false;
        };
        match (&mount.what, below(folder, &mount.target)) {
            (What::Bind(host), Some(rest)) => {
                let within = self.files.root().to_path_buf();
                let host = if rest.is_empty() { host.clone() } else { host.join(rest) };
                self.host_names(&host, &within, names);
            }
            (What::Found(Found::Unknown(why)), _) => names.leave_open(why.clone()),
            _ => {}
        }
        true
    }
}

/// Where a path of the host is.
fn located(given: &Given<Location>) -> Result<PathBuf, String> {
    match &given.setting {
        Setting::Value(location) if location.resolved.starts_with('~') => {
            Err(format!("`{}` is in somebody's home", location.written))
        }
        Setting::Value(location) => Ok(crate::discover::absolute(Path::new(&location.resolved))),
        Setting::Unknown(unknown) => Err(unknown.why.clone()),
    }
}
