//! Plimsoll holds containers to an organisation's architecture decisions.

pub mod container;
pub mod finding;
pub mod problem;
pub mod report;
pub mod shell;
pub mod source;
pub mod subject;
pub mod suggest;
pub mod terminal;
