//! Context: whether an ignore file keeps out of the image what does not belong there.

use super::built;
use crate::container::Container;
use crate::container::image_state::Action;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;

pub(super) fn context_unfiltered(container: &Container, _: &NoParameters) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let mut copies: Vec<Span> = Vec::new();
    for &index in &build.reachable {
        let (_, first) = build.inherited(index);
        let whole = build.states[&index].steps.iter().skip(first).filter(|step| copies_all(&step.action));
        copies.extend(whole.map(|step| step.span));
    }
    let Some(&copy) = copies.first() else {
        return Judgement::not_applicable("no instruction copies the whole build context");
    };
    let Some(context) = &container.context else {
        return Judgement::inconclusive("the build context is no folder of this tree", Some(copy));
    };
    if let Some(ignore) = &context.ignore {
        if let Some(why) = &ignore.incomplete {
            return Judgement::inconclusive(why.clone(), Some(copy));
        }
        if ignore.filters() {
            return Judgement::met(copy, "an ignore file filters what is copied");
        }
    } else if let Some(other) = &context.ignore_above {
        let why = format!("whether the build context is that of `{other}` is not known");
        return Judgement::inconclusive(why, Some(copy));
    }
    let what = match &context.ignore {
        Some(_) => "excludes nothing",
        None => "is missing",
    };
    let folder =
        if context.name.is_empty() || context.name == "." { String::new() } else { format!("{}/", context.name) };
    let parts = copies.into_iter().map(|copy| {
        let message = format!("the whole build context is copied, and its `.dockerignore` {what}");
        let fix = format!("write `{folder}.dockerignore` with the lines {}", lines(container));
        let finding = Finding::new(copy, message).fix(Fix::words(fix));
        Judgement::violated(match context.assumed {
            true => finding.note(format!("the build context is taken to be `{}`", context.name)),
            false => finding,
        })
    });
    Judgement::all(parts, "no instruction copies the whole build context")
}

/// COPY or ADD of all there is.
fn copies_all(action: &Action) -> bool {
    let Action::Transfer { sources, from: None, .. } = action else { return false };
    sources.iter().any(|source| matches!(source.value.as_str(), "." | "./" | "/" | "/." | "./." | "*" | "./*"))
}

/// What an ignore file for this runtime begins with.
fn lines(container: &Container) -> &'static str {
    match container.runtime_name() {
        Ok("node") => "`.git`, `node_modules`, `dist`, `.env*` and `*.log`",
        Ok("python") => "`.git`, `.venv`, `__pycache__`, `.env*` and `.pytest_cache`",
        _ => "`.git`, `node_modules`, `.venv`, `.env*` and what a build leaves behind",
    }
}
