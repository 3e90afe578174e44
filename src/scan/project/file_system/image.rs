//! Image: what the steps of a build put at a path, latest step first.

use std::sync::Arc;

use super::changes::{Change, changed, created_in};
use super::given::names_of_given;
use super::host::{Host, picks};
use super::{FileSystem, Found, Names, below, file_name, has_glob, parent};
use crate::container::build::join;
use crate::container::image_state::{Action, ImageState, Inline};
use crate::source::{Source, Spanned};

/// How deep copies from stage to stage and moves are followed.
const MAX_DEPTH: usize = 32;

/// A COPY or ADD.
struct Transfer<'s> {
    sources: &'s [Spanned<String>],
    destination: &'s str,
    from: Option<&'s str>,
    inline: &'s [Inline],
    selective: bool,
}

impl<'s> Transfer<'s> {
    fn of(action: &'s Action) -> Option<Transfer<'s>> {
        let Action::Transfer { sources, destination, from, inline, selective } = action else { return None };
        Some(Transfer { sources, destination, from: from.as_deref(), inline, selective: *selective })
    }

    /// Whether sources keep their names: the destination is a folder for sure.
    fn keeps_names(&self) -> bool {
        self.destination.ends_with('/') || self.sources.len() + self.inline.len() > 1
    }

    /// Whether a source file of this name is at `path`. A destination without a slash is the file itself, or, if such a
    /// folder is there already, the folder.
    fn lands(&self, name: &str, path: &str) -> bool {
        let itself = !self.keeps_names() && join("/", self.destination) == path;
        itself || below(path, &join("/", self.destination)) == Some(name)
    }
}

impl FileSystem<'_, '_> {
    /// What the first `steps` steps of an image leave at a path.
    pub(super) fn in_image(&mut self, image: &ImageState, path: &str, steps: usize, depth: usize) -> Found {
        if depth > MAX_DEPTH {
            return Found::Unknown(format!("`{path}` is copied too often to follow"));
        }
        if let Some(found) = self.in_given(image.opened.as_deref(), path) {
            return found;
        }
        for (at, step) in image.steps[..steps].iter().enumerate().rev() {
            if !self.looks_at(&step.action) {
                return Found::Unknown(format!("the build has too many steps to follow `{path}`"));
            }
            match &step.action {
                Action::Opaque => {
                    return Found::Unknown("an instruction that cannot be looked into may change it".to_string());
                }
                Action::Run { script, .. } => match changed(script, workdir(image, at), path) {
                    None => {}
                    Some(Change::Removed) => return Found::Absent,
                    Some(Change::Unknown(why)) => return Found::Unknown(why),
                    Some(Change::From(other)) => {
                        return match self.in_image(image, &other, at, depth + 1) {
                            // The base image may have it, or a command of the build made it.
                            Found::OfBase => Found::Unknown(format!("what a RUN copies from `{other}` is not known")),
                            found => found,
                        };
                    }
                    Some(Change::Over(other)) => match self.in_image(image, &other, at, depth + 1) {
                        Found::OfBase | Found::Absent => {}
                        found => return found,
                    },
                },
                action @ Action::Transfer { .. } => {
                    let found = Transfer::of(action).and_then(|transfer| self.transferred(&transfer, path, depth));
                    if let Some(found) = found {
                        return found;
                    }
                }
            }
        }
        match self.in_given(image.base.opened.as_deref(), path) {
            Some(found) => found,
            None if image.base.is_scratch() => Found::Absent,
            None => Found::OfBase,
        }
    }

    /// Takes note that a step is looked at; whether that is still within bounds.
    fn looks_at(&mut self, action: &Action) -> bool {
        let cost = match action {
            Action::Run { script, .. } => 1 + script.commands.len(),
            _ => 1,
        };
        let left = self.looks.checked_sub(cost);
        self.looks = left.unwrap_or(0);
        left.is_some()
    }

    /// What a COPY or ADD puts at a path; `None` if nothing.
    fn transferred(&mut self, transfer: &Transfer, path: &str, depth: usize) -> Option<Found> {
        if transfer.destination.contains('$') {
            return transfer
                .sources
                .iter()
                .any(|source| file_name(&source.value) == file_name(path))
                .then(|| Found::Unknown(format!("`{}` is copied to a path that is not known", file_name(path))));
        }
        for inline in transfer.inline {
            if transfer.lands(&inline.name, path) {
                return Some(self.inline(inline));
            }
        }
        let rest = below(path, &join("/", transfer.destination));
        if transfer.selective && rest.is_some() {
            return Some(Found::Unknown(format!("the COPY to `{}` picks what it takes", transfer.destination)));
        }
        // The last source to bring a file of this name wins.
        for source in transfer.sources.iter().rev() {
            let found = match transfer.from {
                Some(from) => self.copied_from_stage(transfer, from, &source.value, path, rest, depth),
                None => self.copied_from_context(transfer, &source.value, path, rest),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn inline(&mut self, inline: &Inline) -> Found {
        if inline.expands {
            return Found::Unknown("the inline file holds variables of the build".to_string());
        }
        let name = self.files.sources.get(inline.body.source()).name.clone();
        let source = Source::of_host(name, inline.body.value.as_str(), Arc::new(inline.body.clone()));
        Found::File(self.files.sources.add(source))
    }

    fn copied_from_context(
        &mut self,
        transfer: &Transfer,
        source: &str,
        path: &str,
        rest: Option<&str>,
    ) -> Option<Found> {
        let lands = transfer.lands(file_name(source), path);
        if source.contains("://") || source.starts_with("git@") {
            return lands.then(|| Found::Unknown(format!("`{source}` is fetched")));
        }
        if source.contains('$') {
            return rest.map(|_| Found::Unknown(format!("what `{source}` stands for is not known")));
        }
        let Some(context) = self.context else {
            return rest.map(|_| Found::Unknown("the build context is not known".to_string()));
        };
        if has_glob(source) {
            let rest = rest.filter(|rest| !rest.is_empty() && !rest.contains('/'))?;
            if has_glob(parent(source)) && source.contains('/') {
                return Some(Found::Unknown(format!("`{source}` picks from several folders")));
            }
            let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
            return picks(file_name(source), rest)
                .then(|| self.in_context(context, &format!("{folder}/{rest}")).into())
                .flatten();
        }
        match self.in_context(context, source) {
            Host::File(_) if is_archive(source) => rest.map(|_| Found::Unknown(format!("`{source}` is not unpacked"))),
            Host::File(file) => lands.then_some(Found::File(file)),
            Host::Unknown(why) => rest.map(|_| Found::Unknown(why)),
            Host::Folder => {
                let rest = rest.filter(|rest| !rest.is_empty())?;
                self.in_context(context, &format!("{}/{rest}", source.trim_end_matches('/'))).into()
            }
            Host::Missing => (lands || context.assumed && rest.is_some())
                .then(|| Found::Unknown(format!("`{source}` is not in the build context"))),
        }
    }

    /// What a COPY from another stage or an image takes.
    fn copied_from_stage(
        &mut self,
        transfer: &Transfer,
        from: &str,
        source: &str,
        path: &str,
        rest: Option<&str>,
        depth: usize,
    ) -> Option<Found> {
        let lands = transfer.lands(file_name(source), path);
        if !lands && rest.is_none() {
            return None;
        }
        let build = self.build?;
        let stage = build.stages.copied_from(from, build.target).and_then(|stage| build.states.get(&stage)).cloned();
        let Some(state) = stage else {
            return Some(Found::Unknown(format!("it is copied from `{from}`")));
        };
        if has_glob(source) || source.contains('$') {
            return Some(Found::Unknown(format!("`{source}` is copied from the stage `{from}`")));
        }
        let source = join("/", source);
        if lands {
            match self.in_image(&state, &source, state.steps.len(), depth + 1) {
                // It may be a folder, which has the path below it.
                Found::OfBase | Found::Absent => {}
                found => return Some(found),
            }
        }
        let unknown = || Found::Unknown(format!("it is copied from the stage `{from}`"));
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else { return Some(unknown()) };
        match self.in_image(&state, &join(&source, rest), state.steps.len(), depth + 1) {
            Found::Absent => None,
            // What the other stage's base has there, or what its commands made, is not told apart.
            Found::OfBase => Some(unknown()),
            found => Some(found),
        }
    }

    /// The names that the first `steps` steps of an image bring into a folder.
    pub(super) fn names_of_image(
        &mut self,
        image: &ImageState,
        folder: &str,
        steps: usize,
        depth: usize,
        names: &mut Names,
    ) {
        if depth > MAX_DEPTH {
            return names.leave_open(format!("`{folder}` is copied too often to follow"));
        }
        if names_of_given(image.opened.as_deref(), folder, names) {
            return;
        }
        names_of_given(image.base.opened.as_deref(), folder, names);
        for (at, step) in image.steps[..steps].iter().enumerate() {
            if !self.looks_at(&step.action) {
                return names.leave_open(format!("the build has too many steps to list `{folder}`"));
            }
            match &step.action {
                Action::Opaque => {
                    names.leave_open("an instruction that cannot be looked into may add files".to_string());
                }
                Action::Run { script, .. } => {
                    let created = created_in(script, workdir(image, at), folder);
                    names.extend(created.names);
                    if let Some(why) = created.open {
                        names.leave_open(why);
                    }
                    for other in created.folders {
                        self.names_of_image(image, &other, at, depth + 1, names);
                    }
                }
                action @ Action::Transfer { .. } => {
                    if let Some(transfer) = Transfer::of(action) {
                        self.names_of_transfer(&transfer, folder, depth, names);
                    }
                }
            }
        }
    }

    fn names_of_transfer(&mut self, transfer: &Transfer, folder: &str, depth: usize, names: &mut Names) {
        let destination = join("/", transfer.destination);
        if parent(&destination) == folder && !transfer.keeps_names() {
            names.extend([file_name(&destination).to_string()]);
        }
        let Some(rest) = below(folder, &destination) else { return };
        if transfer.selective {
            return names.leave_open(format!("the COPY to `{}` picks what it takes", transfer.destination));
        }
        if rest.is_empty() {
            names.extend(transfer.inline.iter().map(|inline| inline.name.clone()));
        }
        for source in transfer.sources {
            let source = source.value.as_str();
            if let Some(from) = transfer.from {
                let stage = self
                    .build
                    .and_then(|build| build.states.get(&build.stages.copied_from(from, build.target)?).cloned());
                match stage {
                    Some(state) if !has_glob(source) => {
                        let inner = join(&join("/", source), rest);
                        self.names_of_image(&state, &inner, state.steps.len(), depth + 1, names);
                    }
                    _ => names.leave_open(format!("files are copied from `{from}`")),
                }
                if rest.is_empty() {
                    names.extend([file_name(source).to_string()]);
                }
                continue;
            }
            self.names_from_context(source, rest, names);
        }
    }

    fn names_from_context(&mut self, source: &str, rest: &str, names: &mut Names) {
        let Some(context) = self.context else {
            return names.leave_open("the build context is not known".to_string());
        };
        if has_glob(source) {
            if rest.is_empty() {
                self.context_names(context, source, names);
            }
            return;
        }
        match self.in_context(context, source) {
            Host::File(_) if rest.is_empty() => names.extend([file_name(source).to_string()]),
            Host::Folder => {
                let folder = context.folder.join(source.trim_start_matches('/')).join(rest);
                if folder.is_dir() {
                    self.host_names(&folder, &context.folder, names);
                }
            }
            Host::Unknown(why) => names.leave_open(why),
            Host::Missing => names.leave_open(format!("`{source}` is not in the build context")),
            Host::File(_) => {}
        }
    }
}

/// Where the RUN at a step starts, if that is known.
fn workdir(image: &ImageState, step: usize) -> Option<&str> {
    match image.history.workdir_at(step) {
        Some(known) => known.value().map(String::as_str),
        None => image.base.facts.as_ref().and_then(|facts| facts.workdir),
    }
}

/// Whether ADD would unpack it. COPY would not; there, nothing that is looked for here is an archive.
fn is_archive(path: &str) -> bool {
    let name = file_name(path);
    [".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"].iter().any(|ending| name.ends_with(ending))
}
