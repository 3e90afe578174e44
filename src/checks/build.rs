//! Build: what goes into the image that ships.

mod cache;
mod context;
mod dependencies;
mod environment;
mod stage;
mod tools;
mod variant;

use super::shipped;
use crate::container::Container;
use crate::container::build::Build;
use crate::container::image_state::Action;
use crate::finding::Judgement;
use crate::rule;
use crate::rule::Rule;
use crate::subject::dockerfile::instruction::Kind;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("stage-single", on_container: stage::stage_single),
    rule!("dev-dependencies-shipped", on_container: dependencies::dev_dependencies_shipped),
    rule!("build-tools-shipped", on_container: tools::build_tools_shipped),
    rule!("base-variant-heavy", on_container: variant::base_variant_heavy),
    rule!("cache-busted", on_container: cache::cache_busted),
    rule!("context-unfiltered", on_container: context::context_unfiltered),
    rule!("venv-missing", on_container: environment::venv_missing),
];

/// How a container is built; the judgement if that is not known, or it is not built.
fn built(container: &Container) -> Result<&Build, Judgement> {
    if let Some(why) = container.unresolved_build() {
        return Err(Judgement::inconclusive(why, Some(container.image.base.span)));
    }
    container.build.as_deref().ok_or_else(|| Judgement::not_applicable("it is not built from a Dockerfile here"))
}

/// The judgement where nothing was found: open if a step of the shipped image cannot be looked into.
fn unless_opaque(container: &Container, otherwise: Judgement) -> Judgement {
    match container.image.steps.iter().find(|step| matches!(step.action, Action::Opaque)) {
        Some(step) => {
            let run = shipped::instruction(container, step.span).is_some_and(|i| matches!(i.kind, Kind::Run(_)));
            let why = match run {
                true => "the commands of this `RUN` are not read: they are not for a POSIX shell",
                false => "an instruction cannot be looked into",
            };
            Judgement::inconclusive(why, Some(step.span))
        }
        None => otherwise,
    }
}

/// `a`, `b` and 3 more.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 6;
    let mut all: Vec<&str> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let mut quoted: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    if more > 0 {
        quoted.push(format!("{more} more"));
    }
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
