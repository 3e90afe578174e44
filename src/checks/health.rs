//! Health: whether anything notices when the service stops working.

use crate::container::image_state::Health;
use crate::container::traced::Known;
use crate::container::{Container, Kind};
use crate::finding::{Finding, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};

/// The rules of this topic.
pub const RULES: &[Rule] = &[rule!("healthcheck-missing", on_container: healthcheck_missing)];

fn healthcheck_missing(container: &Container, _: &NoParameters) -> Judgement {
    let origin = &container.health.origin;
    match &container.health.known {
        Known::Value(Health::Off | Health::Missing) | Known::Unknown(_) if container.completes.is_some() => {
            Judgement::not_applicable("it is a job: another service waits until it has ended")
        }
        Known::Unknown(why) => Judgement::inconclusive(why.clone(), Some(origin.span)),
        Known::Value(Health::Check { .. }) => Judgement::met(origin.span, "a health check is in force"),
        Known::Value(Health::Off) => {
            let mut finding = Finding::new(origin.span, "the health check is switched off");
            for overridden in container.health.overrode.iter().filter(|o| o.span != origin.span).take(1) {
                finding = finding.note_at(overridden.span, format!("this overrides {}", overridden.by));
            }
            Judgement::violated(finding)
        }
        Known::Value(Health::Missing) => Judgement::violated(missing(container)),
    }
}

fn missing(container: &Container) -> Finding {
    if container.kind != Kind::Service {
        return Finding::new(container.key, "the container has no health check");
    }
    let finding = Finding::new(container.key, format!("`{}` has no health check", container.short_name()));
    let timing_only = container.service.as_ref().and_then(|service| service.healthcheck.as_ref());
    if let Some(given) = timing_only {
        return finding.note_at(given.span, "this sets when, but neither it nor the image says what to run");
    }
    match &container.build {
        Some(build) => finding.note_at(build.from(), "the image it builds has none either"),
        None => finding,
    }
}
