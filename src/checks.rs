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

/// Every rule, topic by topic.
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    TOPICS.iter().flat_map(|topic| topic.iter())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
