//! Subjects: what is judged, each parsed once and resolved once.

pub mod compose;
pub mod decision;
pub mod dockerfile;
pub mod dockerignore;
pub mod duration;
pub mod image;
pub mod nginx;
pub mod redis;
