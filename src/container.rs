//! Container: the effective container, and how it is resolved.

pub mod base;
pub mod process;
pub mod reference;
pub mod runtime;
