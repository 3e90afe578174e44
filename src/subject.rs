//! Subjects: what is judged, each parsed once and resolved once.

pub mod dockerfile;
pub mod image;
