//! Restart: whether the engine brings a service back.

use serde::{Deserialize, Deserializer, de::Error};

use crate::container::traced::{Known, Traced};
use crate::container::{Container, Kind};
use crate::finding::{Edit, Finding, Fix, Judgement};

/// The policies that are accepted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    accept: Vec<Policy>,
}

/// A policy as `restart` writes it.
struct Policy(String);

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
        let text = String::deserialize(deserializer)?;
        let counted = text.strip_prefix("on-failure:").is_some_and(|times| times.parse::<u64>().is_ok());
        if counted || matches!(text.as_str(), "no" | "always" | "unless-stopped" | "on-failure") {
            return Ok(Policy(text));
        }
        let known = "`no`, `always`, `unless-stopped` or `on-failure[:N]`";
        Err(D::Error::custom(format!("`{text}` is no restart policy: it is {known}")))
    }
}

impl Accepted {
    /// `on-failure` stands for any number of attempts.
    fn has(&self, policy: &str) -> bool {
        let any_number = policy.split(':').next().unwrap_or(policy);
        self.accept.iter().any(|accepted| accepted.0 == policy || accepted.0 == any_number)
    }

    fn shown(&self) -> String {
        self.accept.iter().map(|accepted| format!("`{}`", accepted.0)).collect::<Vec<_>>().join(" or ")
    }
}

pub(super) fn restart_policy_wrong(container: &Container, accepted: &Accepted) -> Judgement {
    if container.completes.is_some() {
        return Judgement::not_applicable("it is a job: another service waits until it has ended");
    }
    let Some(policy) = &container.restart else {
        return if container.kind == Kind::Service {
            never(container, accepted)
        } else {
            Judgement::not_applicable("a restart policy belongs to a service")
        };
    };
    let text = match &policy.known {
        Known::Value(text) => text,
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(policy.origin.span)),
    };
    if accepted.has(text) {
        return Judgement::met(policy.origin.span, format!("the restart policy is `{text}`"));
    }
    let name = container.short_name();
    let deployed = is_deployed(container, policy);
    let message = match deployed {
        true => format!("`deploy.restart_policy` gives `{name}` the restart policy `{text}`"),
        false => format!("`{name}` has the restart policy `{text}`, not {}", accepted.shown()),
    };
    let mut finding = Finding::new(policy.origin.span, message);
    let before = policy.overrode.first().filter(|_| deployed);
    if let Some(before) = before {
        finding = finding.note_at(before.span, "this `restart` has no effect beside it");
    }
    Judgement::violated(finding.fix(policy_fix(container, policy, accepted, deployed)))
}

/// Without a policy the engine does not bring it back.
fn never(container: &Container, accepted: &Accepted) -> Judgement {
    if accepted.has("no") {
        return Judgement::met(container.key, "the engine never restarts it");
    }
    let name = container.short_name();
    let wanted = accepted.accept.first().map_or("unless-stopped", |policy| policy.0.as_str());
    let title = format!("add `restart: {wanted}` to `{name}`");
    let service = container.service.as_deref();
    let fix = match service.and_then(|service| Some((service.span, service.indent?))) {
        Some((span, indent)) => {
            let line = format!("restart: {wanted}\n{}", " ".repeat(indent));
            Fix::risky(title, vec![Edit::insert_before(span, line)])
        }
        None => Fix::words(title),
    };
    Judgement::violated(Finding::new(container.key, format!("`{name}` has no restart policy")).fix(fix))
}

/// Whether the policy stands in `deploy`, which wins over `restart`.
fn is_deployed(container: &Container, policy: &Traced<String>) -> bool {
    let deploy = container.service.as_deref().and_then(|service| service.deploy);
    deploy.is_some_and(|deploy| deploy.contains(policy.origin.span))
}

fn policy_fix(container: &Container, policy: &Traced<String>, accepted: &Accepted, deployed: bool) -> Fix {
    let wanted = accepted.accept.first().map_or("unless-stopped", |policy| policy.0.as_str());
    if deployed {
        let name = container.short_name();
        return Fix::words(format!("remove `restart_policy` from `deploy` and write `restart: {wanted}` in `{name}`"));
    }
    let title = format!("write `restart: {wanted}`");
    // `no` without quotes is a boolean to other readers of YAML
    let text = if wanted == "no" { "\"no\"" } else { wanted };
    match container.kind {
        Kind::Service => Fix::risky(title, vec![Edit::replace(policy.origin.span, text)]),
        _ => Fix::words(title),
    }
}
