//! The effective container: what `plimsoll show` says of a Dockerfile with its Compose project, field by field, with who
//! decided each value and whom that overrode.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on is to stop

mod case;
mod commands;
mod configuration;
mod engine;
mod fields;
mod hostile;
mod places;
mod privileges;
mod projects;
#[path = "../support/scan.rs"]
mod scan;
mod stages;
mod variables;
