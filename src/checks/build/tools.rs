//! Tools: compilers, headers and their like in the image that ships.

use serde::Deserialize;

use super::{built, listed, unless_opaque};
use crate::container::Container;
use crate::container::install::system::{self, Package};
use crate::finding::{Finding, Fix, Judgement};

/// What a service needs when it runs, though it looks like a tool for building.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    accept: Vec<String>,
}

pub(super) fn build_tools_shipped(container: &Container, parameters: &Accepted) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let packages = build.packages();
    let is_tool = |package: &&Package| system::builds(&package.name) && !parameters.accept.contains(&package.name);
    let mut tools: Vec<&Package> = packages.left.iter().filter(is_tool).collect();
    let mut parts = Vec::new();
    while let Some(first) = tools.first().copied() {
        let (together, others): (Vec<&Package>, _) = tools.into_iter().partition(|tool| tool.step == first.step);
        tools = others;
        parts.push(Judgement::violated(finding(first, &together, build.chain.len() > 1 || build.reachable.len() > 1)));
    }
    parts.extend(
        packages
            .unknown
            .iter()
            .map(|&place| Judgement::inconclusive("which packages are installed is not known", Some(place))),
    );
    if !parts.is_empty() {
        return Judgement::all(parts, "");
    }
    unless_opaque(container, Judgement::met(build.from(), "no build tools are installed in the stage that ships"))
}

fn finding(first: &Package, together: &[&Package], has_stages: bool) -> Finding {
    let names = listed(together.iter().map(|package| package.name.as_str()));
    let are = if together.len() > 1 { "are" } else { "is" };
    let mut finding = Finding::new(first.span, format!("{names} {are} installed in the image that ships"));
    let removed = together.iter().filter(|package| package.removed_later.is_some()).count();
    if let Some(later) = together.iter().find_map(|package| package.removed_later) {
        let what = if removed == together.len() { "what is removed here" } else { "what of it is removed here" };
        finding = finding.note_at(later, format!("{what} stays in the layer below"));
    }
    let plain: Vec<&str> = together.iter().map(|package| package.name.as_str()).collect();
    let stage = if has_stages { "in the stage that builds" } else { "in a stage of its own" };
    let fix = if removed > 0 {
        format!(
            "remove them in the RUN that installs them, or install `{}` {stage} and copy the result",
            plain.join(" ")
        )
    } else {
        format!("install `{}` {stage} and copy the result; here, leave it out", plain.join(" "))
    };
    finding.fix(Fix::words(fix))
}
