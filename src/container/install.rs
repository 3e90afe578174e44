//! Install: what package managers put into an image, and into which folder.
//!
//! 1. [`node`] and [`python`] read the calls of their package managers; [`system`] those of the distribution.
//! 2. [`folders`] follows what they install through the stages of a build, to the one that ships.

pub mod folders;
pub mod node;
pub mod python;
pub mod system;

use super::calls::Call;
use crate::subject::dockerfile::expand::Lookup;

/// Which dependencies an installation brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// Those that the service needs to run.
    Production,
    /// Those for development as well.
    Development,
    /// Not known; why.
    Unknown(String),
}

/// Whether a variable that the Dockerfile sets is one of the words for yes; `None` if it is not set.
pub(crate) fn switched_on(call: &Call, name: &str) -> Option<bool> {
    match call.given(name)? {
        Lookup::Value(value) => Some(matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")),
        _ => None,
    }
}
