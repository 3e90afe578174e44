//! Checks: every rule the program has, by topic.
//!
//! A check is a plain function from an effective container and typed parameters to a judgement. It never sees policies,
//! severities or reports.

pub mod base;
pub mod build;
pub mod contents;
pub mod decision;
mod fixes;
pub mod frontend;
pub mod health;
pub mod identity;
pub mod images;
pub mod process;
pub mod resources;
mod shipped;
pub mod topology;

use crate::rule::Rule;

/// The topics, each a list of rules.
pub const TOPICS: [&[Rule]; 11] = [
    build::RULES,
    base::RULES,
    identity::RULES,
    process::RULES,
    health::RULES,
    resources::RULES,
    topology::RULES,
    images::RULES,
    frontend::RULES,
    contents::RULES,
    decision::RULES,
];

/// Rules that no file of an image tells anything about: its configuration, the Dockerfile or Compose say all.
const FILES_TELL_NOTHING: [&str; 22] = [
    "adr-review-overdue",
    "base-digest-missing",
    "base-tag-latest",
    "base-tag-missing",
    "base-variant-heavy",
    "build-tools-shipped",
    "cache-busted",
    "context-unfiltered",
    "depends-on-unchecked",
    "dev-dependencies-shipped",
    "healthcheck-missing",
    "healthcheck-timing",
    "limits-missing",
    "network-default",
    "network-subnet-missing",
    "network-subnet-overlap",
    "reservations-missing",
    "reservations-over-limits",
    "restart-policy-wrong",
    "stage-single",
    "venv-missing",
    "image-drift",
];

/// Whether a rule can use the files of an image.
pub fn can_use_files(id: &str) -> bool {
    !FILES_TELL_NOTHING.contains(&id)
}

/// Every rule, topic by topic.
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    TOPICS.iter().flat_map(|topic| topic.iter())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
