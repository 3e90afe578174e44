//! Policy: the controls of a decision, and the rules bound to them.
//!
//! A policy is a YAML file. Everything in it is checked when it is read: an unknown rule, parameter or key is a problem
//! with its place in the policy file and, where one is near, the name that was meant.

mod read;
pub mod scope;

use std::sync::Arc;

use crate::problem::Problem;
use crate::report::{Assessment, Severity};
use crate::rule::{Check, Rule};
use crate::source::{SourceId, Span};

pub use scope::Scope;

/// A decision as controls.
#[derive(Debug)]
pub struct Policy {
    /// `adr-0003`
    pub id: Arc<str>,
    /// What it is called.
    pub title: String,
    /// The document it comes from.
    pub source: String,
    /// Its controls, in the decision's order.
    pub controls: Vec<Control>,
}

/// One demand of a decision.
#[derive(Debug)]
pub struct Control {
    /// `non-root`
    pub id: Arc<str>,
    /// The group it is shown in.
    pub group: String,
    /// What it demands.
    pub title: String,
    /// Where the decision asks for it.
    pub source: String,
    /// How it is assessed.
    pub assessment: Assessment,
    /// Rules that belong to it and are not built yet; it can be violated, but never be met as a whole.
    pub planned: Vec<String>,
    /// The rules that decide it.
    pub bindings: Vec<Binding>,
}

/// A rule bound to a control.
pub struct Binding {
    /// The rule.
    pub rule: &'static Rule,
    /// Its check with the policy's parameters.
    pub check: Check,
    /// The values of its parameters: the page's defaults with the policy's over them.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// The severity of its findings here.
    pub severity: Severity,
    /// Whom it concerns.
    pub scope: Scope,
    /// The line of the policy that demands it; `None` for `--policy all`.
    pub place: Option<Span>,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding").field("rule", &self.rule.id).field("severity", &self.severity).finish_non_exhaustive()
    }
}

/// The policies that come with the program.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("adr-0003", include_str!("../rules/policies/adr-0003.yaml")),
    ("image-contents", include_str!("../rules/policies/image-contents.yaml")),
];

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Everything that is wrong with it, with places.
    pub fn read(source: SourceId, text: &str) -> Result<Policy, Vec<Problem>> {
        read::policy(source, text)
    }

    /// Every rule with its page's defaults, one control each. A rule with a parameter that has no default is there too,
    /// as one that nobody but a policy can assess.
    ///
    /// # Errors
    /// A page that cannot be read, or whose defaults do not fit its rule.
    pub fn all() -> Result<Policy, String> {
        let mut controls = Vec::new();
        for rule in crate::checks::rules() {
            controls.push(read::lone_control(rule)?);
        }
        controls.sort_by(|a, b| (&a.group, &a.id).cmp(&(&b.group, &b.id)));
        Ok(Policy {
            id: "all".into(),
            title: "every rule, with its page's defaults".to_string(),
            source: String::new(),
            controls,
        })
    }

    /// Keeps only the bindings of these rules, and the controls that still have one.
    pub fn keep_rules(&mut self, ids: &[String]) {
        for control in &mut self.controls {
            control.bindings.retain(|binding| ids.iter().any(|id| id == binding.rule.id));
            if let Assessment::Rules(rules) = &mut control.assessment {
                rules.retain(|rule| ids.iter().any(|id| id == rule));
            }
        }
        self.controls.retain(|control| !control.bindings.is_empty());
    }
}
