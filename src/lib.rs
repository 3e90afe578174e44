//! Plimsoll holds containers to an organisation's architecture decisions.

pub mod finding;
pub mod problem;
pub mod report;
pub mod shell;
pub mod source;
