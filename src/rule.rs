//! Rule: a requirement with one id, its page, and the function that judges it.
//!
//! A rule is bound before any file is read: the page's defaults and the policy's parameters become the typed parameters
//! of its check, and what does not fit is an error in the policy.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::container::Container;
use crate::finding::Judgement;

pub mod front_matter;

/// A rule as its topic file lists it.
pub struct Rule {
    /// Names the fault, thing first: `user-root`.
    pub id: &'static str,
    /// The text of `rules/<id>.md`.
    pub page: &'static str,
    /// Reads the parameters (an object; defaults already filled in) and gives the check.
    pub bind: fn(Value) -> Result<Check, serde_json::Error>,
}

/// A check with its parameters, ready to judge.
pub struct Check(Box<dyn Fn(&Container) -> Judgement + Send + Sync>);

impl Check {
    /// Binds a check on the effective container to its parameters.
    pub fn on_container<P>(
        parameters: Value,
        check: fn(&Container, &P) -> Judgement,
    ) -> Result<Check, serde_json::Error>
    where
        P: DeserializeOwned + Send + Sync + 'static,
    {
        let parameters: P = serde_json::from_value(parameters)?;
        Ok(Check(Box::new(move |container| check(container, &parameters))))
    }

    /// Judges one container.
    pub fn judge(&self, container: &Container) -> Judgement {
        (self.0)(container)
    }
}

/// The parameters of a rule that has none.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// One line of a topic's list: the id, and the check for the kind of subject it judges. The page is found by the id; a
/// missing page does not compile.
#[macro_export]
macro_rules! rule {
    ($id:literal, $kind:ident: $check:path) => {
        $crate::rule::Rule {
            id: $id,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $id, ".md")),
            bind: |parameters| $crate::rule::Check::$kind(parameters, $check),
        }
    };
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("id", &self.id).finish_non_exhaustive()
    }
}
