//! Images: configurations as JSON, and images that were given as such, each as a container of its own.

use std::sync::Arc;

use super::file_system::FileSystem;
use super::{Judged, Scanner, Session, alone, scripts, start};
use crate::container::image_config::{self, Files as ImageFiles};
use crate::container::image_state::ImageState;
use crate::container::{Container, drift};
use crate::discover::Candidate;
use crate::image::Opened;
use crate::problem::Problem;
use crate::scan::files::Files;
use crate::subject::image::{self, ImageConfig};

impl Scanner<'_> {
    /// A file with configurations, or what `docker inspect` prints.
    pub(super) fn image(&self, candidate: &Candidate) -> Judged {
        let mut files = Files::new(self.root).with_changed(&self.request.changed);
        let mut session = Session::new(self);
        let name = self.root.name(&candidate.path);
        let mut containers = Vec::new();
        match files.read(&candidate.path) {
            Ok(Some(source)) => {
                let text = files.text(source);
                let loaded = image::read(source, &text);
                session.problems.extend(loaded.problems);
                for config in &loaded.images {
                    containers.push(session.image_container(&mut files, config, &name, None));
                }
            }
            Ok(None) => {
                session.problems.push(Problem::error(name.clone(), "does not exist", "see that the path is right"));
            }
            Err(problem) => session.problems.push(problem),
        }
        session.images_report(files, name, &containers)
    }

    /// An image that was given as a layout, an archive or from a registry.
    pub(super) fn opened(&self, opened: &Arc<Opened>) -> Judged {
        let mut files = Files::new(self.root);
        let mut session = Session::new(self);
        let label = opened.image.label.to_string();
        let mut containers = Vec::new();
        let source = files.sources.add(opened.configuration());
        let loaded = image::read(source, &files.text(source));
        session.problems.extend(loaded.problems);
        for config in loaded.images.iter().take(1) {
            containers.push(session.image_container(&mut files, config, &label, Some(opened.clone())));
        }
        session.images_report(files, label, &containers)
    }

    /// What standard input holds, as `docker inspect` prints it.
    pub(super) fn piped(&self, text: &Arc<str>) -> Judged {
        const NAME: &str = "standard input";
        let mut files = Files::new(self.root);
        let mut session = Session::new(self);
        let source = files.sources.add_text(NAME, text);
        let loaded = image::read(source, text);
        session.problems.extend(loaded.problems);
        let mut containers = Vec::new();
        for config in &loaded.images {
            containers.push(session.image_container(&mut files, config, NAME, None));
        }
        session.images_report(files, NAME.to_string(), &containers)
    }
}

/// Puts into a container what only a given image tells: its size, and what its files say of it instead.
pub(super) fn complete(container: &mut Container, declared: &Arc<ImageState>) {
    if Arc::ptr_eq(&container.image, declared) {
        return;
    }
    container.image_size = image_config::size(&container.image, container.key);
    if container.build.is_some() {
        container.declared = Some(declared.clone());
    }
}

impl Session<'_> {
    /// The container of a configuration.
    fn image_container(
        &mut self,
        files: &mut Files,
        config: &ImageConfig,
        name: &str,
        opened: Option<Arc<Opened>>,
    ) -> Container {
        let given = opened.is_some();
        let state = Arc::new(image_config::state(config, opened));
        let mut system = FileSystem::new(files, &state, None, None, None);
        let start = start(&state, None);
        let scripts = scripts::scripts(&mut system, &start);
        let package_scripts = scripts::package_scripts(&mut system, &start);
        let found = ImageFiles { scripts: &|path| scripts::contents(&scripts, path), package_scripts };
        let mut container = image_config::container(config, name, state.clone(), found);
        if given {
            container.name = name.to_string();
            self.attach(&mut container, &mut system);
        }
        container
    }

    /// What an image says that was given for a container; base and steps stay those of its files.
    pub(super) fn given_state(
        &mut self,
        files: &mut Files,
        opened: &Arc<Opened>,
        declared: &Arc<ImageState>,
    ) -> Arc<ImageState> {
        let source = files.sources.add(opened.configuration());
        let loaded = image::read(source, &files.text(source));
        self.problems.extend(loaded.problems);
        let Some(config) = loaded.images.first() else { return declared.clone() };
        let mut state = image_config::state(config, Some(opened.clone()));
        state.base = declared.base.clone();
        state.steps = declared.steps.clone();
        state.history = declared.history.clone();
        drift::explain(&mut state, declared);
        Arc::new(state)
    }

    fn images_report(self, files: Files, name: String, containers: &[Container]) -> Judged {
        let images = containers.len();
        let (report, shown) = self.report(files, name, "image", &alone(containers));
        Judged { reports: vec![report], shown, images, ..Judged::default() }
    }
}
