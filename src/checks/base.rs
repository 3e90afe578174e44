//! Base: the images that containers are made from.

use serde::Deserialize;

use crate::container::Container;
use crate::container::image_state::{BaseImage, shown};
use crate::container::reference::Reference;
use crate::container::runtime::{self, VersionFact};
use crate::container::traced::Known;
use crate::container::versions::{Agreement, agrees};
use crate::finding::{Finding, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::Span;
use crate::subject::dockerfile::stage::Base;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("runtime-version-wrong", on_container: runtime_version_wrong),
    rule!("runtime-version-drift", on_container: runtime_version_drift),
    rule!("base-tag-missing", on_container: base_tag_missing),
    rule!("base-tag-latest", on_container: base_tag_latest),
    rule!("base-digest-missing", on_container: base_digest_missing),
];

/// One image that takes part in making a container.
struct Used<'c> {
    /// As it reads after expansion.
    text: &'c str,
    /// Taken apart; `None` if it is no reference.
    reference: Option<&'c Reference>,
    /// Where it is named.
    place: Span,
    /// Why a part of it is not known.
    incomplete: Option<&'c str>,
}

impl<'c> Used<'c> {
    fn new(base: &'c BaseImage, place: Span, incomplete: Option<&'c str>) -> Used<'c> {
        Used { text: &base.text, reference: base.reference.as_ref(), place, incomplete }
    }

    /// As messages name it.
    fn shown(&self) -> String {
        shown(self.text)
    }
}

/// Every image that the container is made from: of all stages that take part, or the one that the service names.
fn images(container: &Container) -> Vec<Used<'_>> {
    let Some(build) = &container.build else {
        let Some(named) = &container.named_image else { return Vec::new() };
        let incomplete = match &named.known {
            Known::Value(_) => None,
            Known::Unknown(why) => Some(why.as_str()),
        };
        return vec![Used::new(&container.image.base, named.origin.span, incomplete)];
    };
    let mut used = Vec::new();
    for index in &build.reachable {
        let stage = &build.stages.stages[*index];
        let incomplete = match &stage.base {
            Base::Image(_) => None,
            Base::Unknown(why) => Some(why.as_str()),
            Base::Stage(_) | Base::Scratch | Base::Context(_) => continue,
        };
        used.push(Used::new(&build.states[index].base, stage.image.span, incomplete));
    }
    used
}

/// `runtime` and `version` have no default: only a policy knows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedVersion {
    runtime: String,
    version: String,
}

fn runtime_version_wrong(container: &Container, wanted: &WantedVersion) -> Judgement {
    let none = format!("no {} takes part", wanted.runtime);
    if container.build.is_none() && container.named_image.is_none() {
        return given_version(container, wanted, &none);
    }
    let judged = images(container).into_iter().map(|image| {
        let Some((kind, version)) = image.reference.and_then(runtime::from_reference) else {
            return unknown_runtime(container, &image, &none);
        };
        if kind.to_string() != wanted.runtime {
            return Judgement::not_applicable(none.clone());
        }
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        judge_version(&version, wanted, &image.shown(), image.place)
    });
    Judgement::all(judged.collect::<Vec<_>>(), &none)
}

/// An image whose very name is not known may be of the runtime.
fn unknown_runtime(container: &Container, image: &Used, none: &str) -> Judgement {
    match (image.incomplete, image.reference) {
        (Some(why), None) => {
            let runs_other = container.runtime.get().is_some() && container.image.base.span != image.place;
            if runs_other {
                return Judgement::not_applicable(none);
            }
            Judgement::inconclusive(why, Some(image.place))
        }
        _ => Judgement::not_applicable(none),
    }
}

/// A built image says its version itself.
fn given_version(container: &Container, wanted: &WantedVersion, none: &str) -> Judgement {
    match &container.runtime.known {
        Known::Value(runtime) if runtime.kind.to_string() == wanted.runtime => {
            judge_version(&runtime.version, wanted, &container.name, container.runtime.origin.span)
        }
        Known::Value(_) => Judgement::not_applicable(none),
        Known::Unknown(why) => Judgement::inconclusive(why.clone(), Some(container.runtime.origin.span)),
    }
}

fn judge_version(version: &VersionFact, wanted: &WantedVersion, image: &str, place: Span) -> Judgement {
    let (runtime, decided) = (&wanted.runtime, &wanted.version);
    match version {
        VersionFact::Known(version) => match version.matches(decided) {
            Some(true) => Judgement::met(place, format!("`{image}` is {runtime} {version}")),
            Some(false) => Judgement::violated(Finding::new(
                place,
                format!("`{image}` is {runtime} {version}; decided is {runtime} {decided}"),
            )),
            None => Judgement::violated(Finding::new(
                place,
                format!("`{image}` may be any {runtime} {version}; decided is {runtime} {decided}"),
            )),
        },
        VersionFact::Moving(tag) => Judgement::violated(Finding::new(
            place,
            format!("the tag `{tag}` of `{image}` follows releases; decided is {runtime} {decided}"),
        )),
        VersionFact::Unknown => {
            Judgement::inconclusive(format!("`{image}` does not say which {runtime} it is"), Some(place))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drift {
    required: bool,
}

fn runtime_version_drift(container: &Container, parameters: &Drift) -> Judgement {
    const NOTHING: &str = "no node or python image takes part, or no version file speaks of it";
    if container.build.is_none() {
        return Judgement::not_applicable("it is not built from a Dockerfile here");
    }
    let judged = images(container).into_iter().map(|image| {
        let Some((kind, version)) = image.reference.and_then(runtime::from_reference) else {
            return Judgement::not_applicable(NOTHING);
        };
        let name = kind.to_string();
        if name != "node" && name != "python" {
            return Judgement::not_applicable(NOTHING);
        }
        let Some(file) = container.version_files.iter().find(|file| file.runtime == name) else {
            return if parameters.required {
                Judgement::violated(Finding::new(image.place, format!("no version file says which {name} is meant")))
            } else {
                Judgement::not_applicable(NOTHING)
            };
        };
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        match agrees(&version, &file.demand) {
            Agreement::Agrees => {
                Judgement::met(image.place, format!("`{}` agrees with `{}`", image.shown(), file.path))
            }
            Agreement::Open(why) => Judgement::inconclusive(why, Some(image.place)),
            Agreement::Disagrees => Judgement::violated(
                Finding::new(image.place, format!("`{}` disagrees with `{}`", image.shown(), file.path))
                    .note_at(file.span, "the version the project is written for"),
            ),
        }
    });
    Judgement::all(judged.collect::<Vec<_>>(), NOTHING)
}

const NO_IMAGE: &str = "no image is named";

fn base_tag_missing(container: &Container, _: &NoParameters) -> Judgement {
    let judged = images(container).into_iter().map(|image| {
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        let Some(reference) = image.reference else {
            return Judgement::inconclusive(format!("`{}` is no image reference", image.shown()), Some(image.place));
        };
        if reference.tag.is_some() || reference.digest.is_some() {
            return Judgement::met(image.place, format!("`{}` names a version", image.shown()));
        }
        Judgement::violated(Finding::new(image.place, format!("`{}` has neither tag nor digest", image.shown())))
    });
    Judgement::all(judged.collect::<Vec<_>>(), NO_IMAGE)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    moving: Vec<String>,
}

fn base_tag_latest(container: &Container, parameters: &Moving) -> Judgement {
    let judged = images(container).into_iter().map(|image| {
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        let Some(reference) = image.reference else {
            return Judgement::inconclusive(format!("`{}` is no image reference", image.shown()), Some(image.place));
        };
        match (&reference.tag, &reference.digest) {
            (_, Some(_)) => Judgement::met(image.place, format!("`{}` is pinned by its digest", image.shown())),
            (Some(tag), None) if parameters.moving.iter().any(|moving| moving == tag) => {
                Judgement::violated(Finding::new(image.place, format!("the tag `{tag}` of `{}` moves", image.shown())))
            }
            (Some(tag), None) => Judgement::met(image.place, format!("the tag `{tag}` is a version")),
            // `base-tag-missing` speaks of that.
            (None, None) => Judgement::not_applicable("there is no tag"),
        }
    });
    Judgement::all(judged.collect::<Vec<_>>(), NO_IMAGE)
}

fn base_digest_missing(container: &Container, _: &NoParameters) -> Judgement {
    let judged = images(container).into_iter().map(|image| {
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        let Some(reference) = image.reference else {
            return Judgement::inconclusive(format!("`{}` is no image reference", image.shown()), Some(image.place));
        };
        if reference.digest.is_some() {
            return Judgement::met(image.place, format!("`{}` is pinned by its digest", image.shown()));
        }
        Judgement::violated(Finding::new(image.place, format!("`{}` is not pinned by a digest", image.shown())))
    });
    Judgement::all(judged.collect::<Vec<_>>(), NO_IMAGE)
}
