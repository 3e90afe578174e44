//! Layers of an image: each is read once, as it streams past, and together they make the file system that a container
//! would see. Nothing is ever written to disk.
//!
//! 1. [`read_all`] reads the layers, several at a time where they lie apart from each other; [`read_layer`] reads one:
//!    unpacked, checked against its digests, its tar walked header by header. [`Keep`] says whose content is kept,
//!    [`Limits`] what it may cost.
//! 2. [`Contents`] answers what is in the image, and what lies in its layers though it was replaced or deleted later.
//!
//! The rules are those of the image specification (`layer.md`); where engines differ the doubt is said.

mod all;
mod capability;
mod contents;
mod entry;
mod files;
mod keep;
mod limits;
mod merge;
mod name;
mod pax;
mod read;
mod tar;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(in crate::image) mod tests;
mod unpack;
mod walk;
mod zstd;

pub use all::read_all;
pub use capability::Capability;
pub use contents::{Contents, LayerFacts};
pub use entry::{Content, Entry, Fate, Kind, Listing, Lookup};
pub use files::{LayerFiles, Sum};
pub use keep::{Candidate, Keep};
pub use limits::Limits;
pub use merge::compare;
pub use read::read_layer;
