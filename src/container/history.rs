//! History: what variables, the working directory, the search path and the user were at each step of a build.
//!
//! A later instruction does not reach back: `NODE_ENV` counts for an installation only if it is set before.

use std::collections::BTreeMap;

use super::image_state::ImageState;
use super::traced::Known;
use crate::subject::dockerfile::expand::Lookup;

/// Longer values are not remembered; nothing that is looked at here has one.
const MAX_VALUE: usize = 4096;

/// The changes of a build, each with the number of steps that had run before it.
#[derive(Debug, Clone, Default)]
pub struct History {
    variables: BTreeMap<String, Vec<(usize, Lookup)>>,
    workdir: Vec<(usize, Known<String>)>,
    search_path: Vec<(usize, Known<String>)>,
    user: Vec<(usize, Known<String>)>,
}

impl History {
    pub(super) fn variable(&mut self, step: usize, name: &str, value: Lookup) {
        let value = match value {
            Lookup::Value(value) if value.len() > MAX_VALUE => {
                Lookup::Unknown(format!("the value of `{name}` is too long to follow"))
            }
            value => value,
        };
        // Every stage begins with what the one below it has.
        if self.variable_at(step, name) == Some(&value) {
            return;
        }
        match self.variables.get_mut(name) {
            Some(changes) => changes.push((step, value)),
            None => {
                self.variables.insert(name.to_string(), vec![(step, value)]);
            }
        }
    }

    pub(super) fn workdir(&mut self, step: usize, path: Known<String>) {
        self.workdir.push((step, path));
    }

    pub(super) fn search_path(&mut self, step: usize, path: Known<String>) {
        self.search_path.push((step, path));
    }

    pub(super) fn user(&mut self, step: usize, user: Known<String>) {
        self.user.push((step, user));
    }

    /// Whom the last USER before a step names; `None` if there is none.
    pub fn user_at(&self, step: usize) -> Option<&Known<String>> {
        at(&self.user, step)
    }

    /// What a variable was at a step, if it was ever set before.
    pub(super) fn variable_at(&self, step: usize, name: &str) -> Option<&Lookup> {
        at(self.variables.get(name)?, step)
    }

    /// What a RUN at a step had for its working directory; `None` if no instruction has set one.
    pub fn workdir_at(&self, step: usize) -> Option<&Known<String>> {
        at(&self.workdir, step)
    }

    /// What instructions before a step have made of `PATH`: the directories around those of the base image, which are
    /// left out. `None` if none has touched it.
    pub fn search_path_at(&self, step: usize) -> Option<&Known<String>> {
        at(&self.search_path, step)
    }
}

/// The last change before a step.
fn at<T>(changes: &[(usize, T)], step: usize) -> Option<&T> {
    let behind = changes.partition_point(|(change, _)| *change <= step);
    changes[..behind].last().map(|(_, value)| value)
}

impl ImageState {
    /// What a variable means to the step of this index.
    pub fn variable_at(&self, step: usize, name: &str) -> Lookup {
        match (self.history.variable_at(step, name), &self.env_incomplete) {
            (Some(value), _) => value.clone(),
            (None, Some(why)) => Lookup::Unknown(why.clone()),
            (None, None) if self.base.facts.is_some() && images_set(name) => {
                Lookup::Unknown(self.base.unknown(&format!("the variable `{name}`")))
            }
            (None, None) => Lookup::Unset,
        }
    }
}

/// Variables that images of programs and languages set for themselves. The table of base images does not have them.
fn images_set(name: &str) -> bool {
    let endings = ["PATH", "_VERSION", "_HOME", "_ROOT", "_DIR", "PGDATA"];
    name == "LANG" || endings.iter().any(|ending| name.ends_with(ending))
}
