//! SARIF as GitHub takes it, and the checker that says what GitHub takes.

#[path = "../support/github.rs"]
mod github;

mod fixes;
mod github_checker;
mod log;
mod reports;
