//! Subjects: what is judged, each parsed once and resolved once.

pub mod compose;
pub mod dockerfile;
pub mod image;
pub mod redis;
