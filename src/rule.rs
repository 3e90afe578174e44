//! Rule: a requirement with one id, its page, and the function that judges it.
//!
//! A rule is bound before any file is read: the page's defaults and the policy's parameters become the typed parameters
//! of its check, and what does not fit is an error in the policy.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::container::traced::Known;
use crate::container::{Container, Kind};
use crate::finding::Judgement;
use crate::image::Opened;
use crate::image::layers::Contents;
use crate::source::Span;
use crate::subject::compose;
use crate::subject::decision::Decision;
use crate::subject::nginx;

pub mod front_matter;

/// A rule as its topic file lists it.
pub struct Rule {
    /// Names the fault, thing first: `user-root`.
    pub id: &'static str,
    /// The text of `rules/<id>.md`.
    pub page: &'static str,
    /// What its check judges, by the name of the constructor: `on_container`, `on_image`.
    pub judges: &'static str,
    /// Reads the parameters (an object; defaults already filled in) and gives the check.
    pub bind: fn(Value) -> Result<Check, serde_json::Error>,
}

/// What rules judge.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A container, with the project it belongs to if it is a service's.
    Container {
        /// The container.
        container: &'a Container,
        /// The project of a service.
        project: Option<&'a Neighbourhood<'a>>,
    },
    /// The record of a decision.
    Decision(&'a Decision),
}

/// A Compose project as one of its services sees it.
#[derive(Debug, Clone, Copy)]
pub struct Neighbourhood<'a> {
    /// The merged project.
    pub compose: &'a compose::Project,
    /// The containers of all its services, those that no active profile starts among them.
    pub containers: &'a [Container],
}

impl Neighbourhood<'_> {
    /// The container of a service.
    pub fn container(&self, service: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.short_name() == service)
    }
}

impl<'a> Subject<'a> {
    /// The container, if it is one.
    pub fn container(&self) -> Option<&'a Container> {
        match self {
            Subject::Container { container, .. } => Some(container),
            Subject::Decision(_) => None,
        }
    }

    /// What reports call it.
    pub fn name(&self) -> &str {
        match self {
            Subject::Container { container, .. } => &container.name,
            Subject::Decision(decision) => &decision.path,
        }
    }

    /// `service`, `dockerfile`, `image`, `configuration` or `decision`.
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::Container { container, .. } => container.kind.as_str(),
            Subject::Decision(_) => "decision",
        }
    }

    /// What it runs on, for reports; nothing for a decision.
    pub fn runtime_label(&self) -> String {
        match self {
            Subject::Container { container, .. } => container.runtime_label(),
            Subject::Decision(_) => String::new(),
        }
    }

    /// Where to point when nothing better decided a matter.
    pub fn key(&self) -> Span {
        match self {
            Subject::Container { container, .. } => container.key,
            Subject::Decision(decision) => decision.title.span,
        }
    }
}

/// A check with its parameters, ready to judge.
pub struct Check(Box<dyn Fn(&Subject) -> Judgement + Send + Sync>);

const NO_CONTAINER: &str = "a configuration by itself is no container";
const NOT_A_CONTAINER: &str = "a decision is no container";

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
        Ok(Check(Box::new(move |subject| match subject {
            Subject::Container { container, .. } if container.kind == Kind::Configuration => {
                Judgement::not_applicable(NO_CONTAINER)
            }
            Subject::Container { container, .. } => check(container, &parameters),
            Subject::Decision(_) => Judgement::not_applicable(NOT_A_CONTAINER),
        })))
    }

    /// Binds a check on a service among the others of its Compose project.
    pub fn on_service<P>(
        parameters: Value,
        check: fn(&Container, &Neighbourhood, &P) -> Judgement,
    ) -> Result<Check, serde_json::Error>
    where
        P: DeserializeOwned + Send + Sync + 'static,
    {
        let parameters: P = serde_json::from_value(parameters)?;
        Ok(Check(Box::new(move |subject| match subject {
            Subject::Container { container, project: Some(project) } => check(container, project, &parameters),
            Subject::Container { .. } => Judgement::not_applicable("it is no service of a Compose project"),
            Subject::Decision(_) => Judgement::not_applicable(NOT_A_CONTAINER),
        })))
    }

    /// Binds a check on the configuration of an nginx: that of a container, or one that no container uses.
    pub fn on_nginx<P>(
        parameters: Value,
        check: fn(&Container, &nginx::Configuration, &P) -> Judgement,
    ) -> Result<Check, serde_json::Error>
    where
        P: DeserializeOwned + Send + Sync + 'static,
    {
        let parameters: P = serde_json::from_value(parameters)?;
        Ok(Check(Box::new(move |subject| {
            let Subject::Container { container, .. } = subject else {
                return Judgement::not_applicable(NOT_A_CONTAINER);
            };
            match &container.nginx {
                Some(Known::Value(nginx)) => check(container, nginx, &parameters),
                Some(Known::Unknown(why)) => Judgement::inconclusive(why.clone(), Some(container.key)),
                None => match container.runtime_name() {
                    Ok(_) => Judgement::not_applicable("the container does not run nginx"),
                    Err(why) => Judgement::inconclusive(why, Some(container.runtime.origin.span)),
                },
            }
        })))
    }

    /// Binds a check on what lies in an image: on containers of which the image was given with its layers.
    pub fn on_image<P>(
        parameters: Value,
        check: fn(&Container, &Opened, &Contents, &P) -> Judgement,
    ) -> Result<Check, serde_json::Error>
    where
        P: DeserializeOwned + Send + Sync + 'static,
    {
        let parameters: P = serde_json::from_value(parameters)?;
        Ok(Check(Box::new(move |subject| {
            let Subject::Container { container, .. } = subject else {
                return Judgement::not_applicable(NOT_A_CONTAINER);
            };
            let Some(opened) = container.image.opened.as_deref() else {
                return Judgement::not_applicable("no image is given to look into");
            };
            match &opened.contents {
                Some(contents) => check(container, opened, contents, &parameters),
                None => Judgement::inconclusive("the layers of the image were not read", Some(container.key)),
            }
        })))
    }

    /// Binds a check on the record of a decision.
    pub fn on_decision<P>(parameters: Value, check: fn(&Decision, &P) -> Judgement) -> Result<Check, serde_json::Error>
    where
        P: DeserializeOwned + Send + Sync + 'static,
    {
        let parameters: P = serde_json::from_value(parameters)?;
        Ok(Check(Box::new(move |subject| match subject {
            Subject::Container { .. } => Judgement::not_applicable("it is asked of the decision, not of containers"),
            Subject::Decision(decision) => check(decision, &parameters),
        })))
    }

    /// Judges one subject.
    pub fn judge(&self, subject: &Subject) -> Judgement {
        (self.0)(subject)
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
            judges: stringify!($kind),
            bind: |parameters| $crate::rule::Check::$kind(parameters, $check),
        }
    };
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("id", &self.id).finish_non_exhaustive()
    }
}
