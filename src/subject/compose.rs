//! Compose: the project that several files, variables, `extends` and `include` make together.
//!
//! 1. [`files`] says which files of a directory are one project.
//! 2. [`load()`] parses them, expands variables file by file, follows `extends` and `include`, and merges.
//! 3. The merged tree is held against the table of attributes, then read into [`Project`].
//! 4. What only shows across attributes and services (undefined networks, circles, contradicting limits) is checked.
//!
//! Every value keeps the bytes that decided it and those it replaced. What depends on a variable without a value is
//! unknown, never empty. What Compose itself would refuse is a [`Problem`](crate::problem::Problem), and the rest of
//! the project is still read.

mod check;
mod environment;
pub mod files;
mod interpolate;
mod load;
mod merge;
mod model;
mod path;
mod read;
mod schema;
mod siblings;
pub mod units;
pub mod words;

pub use load::{Loaded, Parsed, ReadFile, Request, load};
pub use model::*;

#[cfg(test)]
mod tests;
