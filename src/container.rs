//! Container: the effective container, and how it is resolved.

pub mod base;
pub mod reference;
pub mod runtime;
