//! Scope: which containers a binding concerns.

use globset::GlobMatcher;

use crate::container::{Container, Role};

/// Conditions on a container; an empty one holds for all.
#[derive(Debug, Default)]
pub struct Scope {
    /// Names of runtimes, any of them.
    pub runtimes: Vec<String>,
    /// Application or infrastructure.
    pub role: Option<Role>,
    /// Globs for the service's name, any of them.
    pub services: Vec<GlobMatcher>,
    /// Globs for the path of the file that makes the container, any of them.
    pub paths: Vec<GlobMatcher>,
}

/// Whether a container is concerned.
#[derive(Debug, PartialEq, Eq)]
pub enum Concern {
    /// It is.
    Yes,
    /// It is not; why, as a sentence.
    No(String),
    /// It cannot be told; the missing fact.
    Unknown(String),
}

impl Scope {
    /// The conditions as a policy writes them: each key with its values.
    pub fn conditions(&self) -> Vec<(&'static str, Vec<&str>)> {
        let mut all: Vec<(_, Vec<&str>)> = vec![
            ("runtime", self.runtimes.iter().map(String::as_str).collect()),
            ("role", self.role.iter().map(|role| role.as_str()).collect()),
            ("service", self.services.iter().map(|glob| glob.glob().glob()).collect()),
            ("path", self.paths.iter().map(|glob| glob.glob().glob()).collect()),
        ];
        all.retain(|(_, values)| !values.is_empty());
        all
    }

    /// Whether the container is concerned.
    pub fn concerns(&self, container: &Container) -> Concern {
        if !self.services.is_empty() && !self.services.iter().any(|glob| glob.is_match(container.short_name())) {
            return Concern::No(format!("the control does not concern `{}`", container.name));
        }
        if !self.paths.is_empty() && !self.paths.iter().any(|glob| glob.is_match(&*container.file)) {
            return Concern::No(format!("the control does not concern `{}`", container.file));
        }
        if let Some(role) = self.role
            && role != container.role
        {
            return Concern::No(format!("the container is {}", container.role.as_str()));
        }
        if self.runtimes.is_empty() {
            return Concern::Yes;
        }
        match container.runtime_name() {
            Ok(name) if self.runtimes.iter().any(|runtime| runtime == name) => Concern::Yes,
            Ok(name) => Concern::No(format!("the container runs {name}")),
            // The reason is a sentence: "the runtime of ... is not known".
            Err(why) => Concern::Unknown(why.to_string()),
        }
    }
}
