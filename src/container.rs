//! Container: the effective container, and how it is resolved.

pub mod accounts;
