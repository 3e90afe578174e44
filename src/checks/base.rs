//! Base: the images that containers are made from.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::checks::fixes;
use crate::container::Container;
use crate::container::base;
use crate::container::image_state::{BaseImage, shown};
use crate::container::reference::Reference;
use crate::container::runtime::{self, VersionFact};
use crate::container::traced::Known;
use crate::container::versions::{Agreement, agrees};
use crate::finding::{Finding, Fix, Judgement, Note};
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::Span;
use crate::subject::compose::Setting;
use crate::subject::dockerfile::stage::Base;
use crate::suggest;

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
    reference: Option<Cow<'c, Reference>>,
    /// Where it is named.
    place: Span,
    /// Why a part of it is not known.
    incomplete: Option<Cow<'c, str>>,
}

impl<'c> Used<'c> {
    /// The image at the bottom of a stage, or that a service names. `written` is how its file has it where that is not
    /// known: `${REGISTRY}/node:20-alpine` leaves only the registry open, and name and tag are known all the same.
    fn new(base: &'c BaseImage, written: &'c str, place: Span, incomplete: Option<Cow<'c, str>>) -> Used<'c> {
        if incomplete.is_some()
            && let Some(name) = behind_registry(written)
        {
            let reference = Reference::parse(name).ok().map(Cow::Owned);
            return Used { text: written, reference, place, incomplete: None };
        }
        Used { text: &base.text, reference: base.reference.as_ref().map(Cow::Borrowed), place, incomplete }
    }

    /// As messages name it.
    fn shown(&self) -> String {
        shown(self.text)
    }
}

/// `node:20-alpine` of `${REGISTRY}/node:20-alpine`: the last component, if variables stand only before it.
fn behind_registry(written: &str) -> Option<&str> {
    let (before, name) = written.rsplit_once('/')?;
    let plain = !name.is_empty() && !name.contains(['$', '{', '}', '"', '\'']);
    (plain && before.contains('$')).then_some(name)
}

/// The image of a service as its file has it, where a variable in it is not known.
fn written_name(container: &Container) -> &str {
    match container.service.as_ref().and_then(|service| service.image.as_ref()).map(|image| &image.setting) {
        Some(Setting::Unknown(unknown)) => &unknown.text,
        _ => "",
    }
}

/// Every image that the container is made from: of all stages that take part, or the one that the service names.
fn images(container: &Container) -> Vec<Used<'_>> {
    let base = &container.image.base;
    let Some(build) = &container.build else {
        if let Some(why) = container.unresolved_build() {
            return vec![Used::new(base, "", base.span, Some(Cow::Owned(why)))];
        }
        let Some(named) = &container.named_image else { return Vec::new() };
        let incomplete = match &named.known {
            Known::Value(_) => None,
            Known::Unknown(why) => Some(Cow::Borrowed(why.as_str())),
        };
        return vec![Used::new(base, written_name(container), named.origin.span, incomplete)];
    };
    let mut used = Vec::new();
    for index in &build.reachable {
        let stage = &build.stages.stages[*index];
        let incomplete = match &stage.base {
            Base::Image(_) => None,
            Base::Unknown(why) => Some(Cow::Borrowed(why.as_str())),
            Base::Stage(_) | Base::Scratch | Base::Context(_) => continue,
        };
        used.push(Used::new(&build.states[index].base, &stage.image.value, stage.image.span, incomplete));
    }
    used
}

/// `runtime` and `version` have no default: only a policy knows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedVersion {
    #[serde(deserialize_with = "known_runtime")]
    runtime: String,
    version: String,
}

/// A runtime that no image has would never be found wrong.
fn known_runtime<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let name = String::deserialize(value)?;
    if runtime::NAMES.contains(&name.as_str()) {
        return Ok(name);
    }
    let meant = suggest::nearest(&name, runtime::NAMES.iter().copied());
    let hint = match meant {
        Some(meant) => format!(", did you mean `{meant}`?"),
        None => format!("; there are {}", runtime::NAMES.join(", ")),
    };
    Err(D::Error::custom(format!("there is no runtime `{name}`{hint}")))
}

fn runtime_version_wrong(container: &Container, wanted: &WantedVersion) -> Judgement {
    let none = format!("no {} takes part", wanted.runtime);
    if container.build.is_none() && container.named_image.is_none() {
        return given_version(container, wanted, &none);
    }
    let judged = images(container).into_iter().map(|image| {
        let Some((kind, version)) = image.reference.as_deref().and_then(runtime::from_reference) else {
            return unknown_runtime(container, wanted, &image, &none);
        };
        if kind.to_string() != wanted.runtime {
            return Judgement::not_applicable(none.clone());
        }
        if let Some(why) = image.incomplete {
            return Judgement::inconclusive(why, Some(image.place));
        }
        let fix = || fixes::base::version(container, image.text, image.place, &wanted.version);
        let judgement = judge_version(&version, wanted, &image.shown(), image.place, &fix);
        with_arguments(container, &image, judgement)
    });
    let judged: Vec<Judgement> = judged.collect();
    // The finished image shows what it was really built on, and what was copied whole.
    let given = container.image.opened.is_some().then(|| given_version(container, wanted, &none));
    match (Judgement::all(judged, &none), given) {
        (judgement @ Judgement::Violated { .. }, _) | (judgement, None) => judgement,
        (judgement, Some(Judgement::NotApplicable(_))) => judgement,
        (_, Some(given)) => given,
    }
}

/// Says which build arguments of the service an image is made with: the Dockerfile alone does not show it.
fn with_arguments(container: &Container, image: &Used, mut judgement: Judgement) -> Judgement {
    if let Judgement::Violated { findings, .. } = &mut judgement {
        for argument in fixes::base::given_by(container, image.text, image.place) {
            let what = format!("the build argument `{}` of the service comes from here", argument.name);
            findings.iter_mut().for_each(|finding| {
                finding.notes.push(Note { message: what.clone(), place: Some(argument.value.span) });
            });
        }
    }
    judgement
}

/// An image whose very name is not known may be of the runtime.
fn unknown_runtime(container: &Container, wanted: &WantedVersion, image: &Used, none: &str) -> Judgement {
    match (&image.incomplete, &image.reference) {
        (Some(why), None) => {
            // Where the image is not known, the program may still tell: `java` runs on no node image.
            let runs_other = container.runtime.get().is_some_and(|runtime| {
                container.image.base.span != image.place || runtime.kind.to_string() != wanted.runtime
            });
            if runs_other {
                return Judgement::not_applicable(none);
            }
            Judgement::inconclusive(why.clone(), Some(image.place))
        }
        _ => Judgement::not_applicable(none),
    }
}

/// A built image says its version itself.
fn given_version(container: &Container, wanted: &WantedVersion, none: &str) -> Judgement {
    match &container.runtime.known {
        Known::Value(runtime) if runtime.kind.to_string() == wanted.runtime => {
            let fix = || Fix::words(format!("build the image from {} {}", wanted.runtime, wanted.version));
            judge_version(&runtime.version, wanted, &container.name, container.runtime.origin.span, &fix)
        }
        Known::Value(_) => Judgement::not_applicable(none),
        Known::Unknown(why) => Judgement::inconclusive(why.clone(), Some(container.runtime.origin.span)),
    }
}

fn judge_version(
    version: &VersionFact,
    wanted: &WantedVersion,
    image: &str,
    place: Span,
    fix: &dyn Fn() -> Fix,
) -> Judgement {
    let (runtime, decided) = (&wanted.runtime, &wanted.version);
    let violated = |message: String| Judgement::violated(Finding::new(place, message).fix(fix()));
    match version {
        VersionFact::Known(version) => match version.matches(decided) {
            Some(true) => Judgement::met(place, format!("`{image}` is {runtime} {version}")),
            Some(false) => violated(format!("`{image}` is {runtime} {version}; decided is {runtime} {decided}")),
            None => violated(format!("`{image}` may be any {runtime} {version}; decided is {runtime} {decided}")),
        },
        VersionFact::Moving(tag) => {
            violated(format!("the tag `{tag}` of `{image}` follows releases; decided is {runtime} {decided}"))
        }
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
    if let Some(why) = container.unresolved_build() {
        return Judgement::inconclusive(why, Some(container.image.base.span));
    }
    if container.build.is_none() {
        return Judgement::not_applicable("it is not built from a Dockerfile here");
    }
    let mut without_file: Vec<String> = Vec::new();
    let judged = images(container).into_iter().map(|image| {
        let Some((kind, version)) = image.reference.as_deref().and_then(runtime::from_reference) else {
            return Judgement::not_applicable(NOTHING);
        };
        let name = kind.to_string();
        if name != "node" && name != "python" {
            return Judgement::not_applicable(NOTHING);
        }
        let Some(file) = container.version_files.iter().find(|file| file.runtime == name) else {
            // The file is missing once, however many stages would be held against it.
            if !parameters.required || without_file.contains(&name) {
                return Judgement::not_applicable(NOTHING);
            }
            without_file.push(name.clone());
            return Judgement::violated(no_version_file(&name, image.place));
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
                    .note_at(file.span, "the version the project is written for")
                    .fix(Fix::words(format!("let the image of `FROM` and `{}` name the same {name}", file.path))),
            ),
        }
    });
    Judgement::all(judged.collect::<Vec<_>>(), NOTHING)
}

fn no_version_file(runtime: &str, place: Span) -> Finding {
    let files = match runtime {
        "node" => "`.nvmrc`, `.node-version`, `.tool-versions` or `engines` in `package.json`",
        _ => "`.python-version`, `.tool-versions`, `requires-python` in `pyproject.toml` or `runtime.txt`",
    };
    Finding::new(place, format!("no version file says which {runtime} is meant"))
        .note(format!("looked for beside the Dockerfile and above: {files}"))
        .fix(Fix::words(match runtime {
            "node" => "put a `.nvmrc` with the version beside the Dockerfile",
            _ => "put a `.python-version` with the version beside the Dockerfile",
        }))
}

/// Judges every image that the container is made from, by its reference; one that is not known is open.
fn each_reference(container: &Container, judge: impl Fn(&Used, &Reference) -> Judgement) -> Judgement {
    let judged = images(container).into_iter().map(|image| match (&image.incomplete, image.reference.as_deref()) {
        (Some(why), _) => Judgement::inconclusive(why.clone(), Some(image.place)),
        (None, Some(reference)) => judge(&image, reference),
        (None, None) => {
            Judgement::inconclusive(format!("`{}` is no image reference", image.shown()), Some(image.place))
        }
    });
    Judgement::all(judged.collect::<Vec<_>>(), "no image is named")
}

fn base_tag_missing(container: &Container, _: &NoParameters) -> Judgement {
    each_reference(container, |image, reference| {
        if reference.tag.is_some() || reference.digest.is_some() {
            return Judgement::met(image.place, format!("`{}` names a version", image.shown()));
        }
        let finding = Finding::new(image.place, format!("`{}` has neither tag nor digest", image.shown()));
        Judgement::violated(finding.fix(fixes::base::unversioned(container, image.text, image.place)))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    moving: Vec<String>,
}

fn base_tag_latest(container: &Container, parameters: &Moving) -> Judgement {
    let violated = |image: &Used, message: String| {
        let fix = fixes::base::unversioned(container, image.text, image.place);
        Judgement::violated(Finding::new(image.place, message).fix(fix))
    };
    each_reference(container, |image, reference| match (&reference.tag, &reference.digest) {
        (_, Some(_)) => Judgement::met(image.place, format!("`{}` is pinned by its digest", image.shown())),
        (Some(tag), None) if moves(tag, reference, &parameters.moving) => {
            violated(image, format!("the tag `{tag}` of `{}` moves", image.shown()))
        }
        (Some(tag), None) if is_without_version(tag, reference) => violated(
            image,
            format!("the tag `{tag}` of `{}` names a variant and no version, so it moves", image.shown()),
        ),
        (Some(tag), None) => Judgement::met(image.place, format!("the tag `{tag}` is not one that moves")),
        // `base-tag-missing` speaks of that.
        (None, None) => Judgement::not_applicable("there is no tag"),
    })
}

/// Whether a tag is one of the moving ones, alone or with a variant behind it: `lts`, `lts-alpine`. What looks like a
/// date, a version or a commit behind it makes it a build of its own: `nightly-2025-01-31`, `main-4f9d2c1`.
fn moves(tag: &str, reference: &Reference, moving: &[String]) -> bool {
    if moving.iter().any(|moving| moving == tag) {
        return true;
    }
    let mut parts = tag.split('-');
    let channel = parts.next().unwrap_or(tag);
    let is_build = |part: &str| {
        let number = part.strip_prefix('v').unwrap_or(part).starts_with(|c: char| c.is_ascii_digit());
        number || part.len() >= 7 && part.bytes().all(|b| b.is_ascii_hexdigit())
    };
    // `lts-iron` is node 20, and stays that.
    let is_release = matches!(runtime::from_reference(reference), Some((_, VersionFact::Known(_))));
    moving.iter().any(|moving| moving == channel) && !parts.any(is_build) && !is_release
}

/// `node:alpine`, `python:slim`: whatever is newest, in a variant. Of an operating system, such a word is the version.
fn is_without_version(tag: &str, reference: &Reference) -> bool {
    matches!(runtime::from_reference(reference), Some((_, VersionFact::Moving(_)))) && base::names_variant_only(tag)
}

fn base_digest_missing(container: &Container, _: &NoParameters) -> Judgement {
    each_reference(container, |image, reference| {
        if reference.digest.is_some() {
            return Judgement::met(image.place, format!("`{}` is pinned by its digest", image.shown()));
        }
        let finding = Finding::new(image.place, format!("`{}` is not pinned by a digest", image.shown()));
        let inspect = format!("docker buildx imagetools inspect {}", image.text);
        Judgement::violated(finding.fix(Fix::words(format!("add the digest that `{inspect}` prints"))))
    })
}
