//! Variant: whether the base of the image that ships is the full distribution.

use serde::Deserialize;

use super::built;
use crate::container::Container;
use crate::container::base::System;
use crate::container::image_state::BaseImage;
use crate::container::reference::Reference;
use crate::container::runtime::{self, VersionFact};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::subject::dockerfile::stage::Base;

/// The variants that are small enough.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variants {
    accept: Vec<String>,
    nginx: Vec<String>,
}

/// Images of Docker Hub that come as a full Debian and smaller, and the variants that they have.
const IMAGES: [(&str, &[&str]); 10] = [
    ("node", &["slim", "alpine"]),
    ("python", &["slim", "alpine"]),
    ("ruby", &["slim", "alpine"]),
    ("rust", &["slim", "alpine"]),
    ("perl", &["slim"]),
    ("elixir", &["slim", "alpine"]),
    ("erlang", &["slim", "alpine"]),
    ("golang", &["alpine"]),
    ("debian", &["slim"]),
    ("nginx", &["alpine"]),
];

/// Releases of Debian that a tag may name.
const RELEASES: [&str; 8] = ["stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "sid", "jessie"];

/// Words of a tag that leave the variant as it is.
const ORDINARY: [&str; 16] = [
    "latest",
    "lts",
    "current",
    "stable",
    "mainline",
    "oldstable",
    "testing",
    "unstable",
    "perl",
    "otel",
    "rc",
    "beta",
    "argon",
    "carbon",
    "boron",
    "dubnium",
];

const NAMES: [&str; 7] = ["erbium", "fermium", "gallium", "hydrogen", "iron", "jod", "krypton"];

/// Which variant of an image a tag means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    Alpine,
    Slim,
    Distroless,
    Full,
    Unknown,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Variant::Alpine => "alpine",
            Variant::Slim => "slim",
            Variant::Distroless => "distroless",
            Variant::Full | Variant::Unknown => "full",
        }
    }
}

pub(super) fn base_variant_heavy(container: &Container, parameters: &Variants) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let base = &container.image.base;
    if base.is_scratch() {
        return Judgement::met(base.span, "there is nothing below it");
    }
    if container.image.windows || base.is_windows() {
        return Judgement::not_applicable("an image for Windows has no such variants");
    }
    let written = &build.stages.stages[build.chain[0]].image.value;
    if let Base::Unknown(why) | Base::Context(why) = &build.stages.stages[build.chain[0]].base {
        return match suffix(written) {
            Some(variant) if parameters.accepts(written, variant) => {
                Judgement::met(base.span, format!("`{written}` is the {} variant", variant.name()))
            }
            _ => Judgement::inconclusive(format!("the variant of the base image is not known: {why}"), Some(base.span)),
        };
    }
    let Some(reference) = &base.reference else {
        return Judgement::inconclusive(format!("`{}` is no image reference", base.shown()), Some(base.span));
    };
    judge(reference, base, written, parameters)
}

impl Variants {
    fn accepts(&self, image: &str, variant: Variant) -> bool {
        self.accepted(image).iter().any(|accepted| accepted == variant.name())
    }

    fn accepted(&self, image: &str) -> &[String] {
        let is_nginx = image.contains("nginx");
        if is_nginx { &self.nginx } else { &self.accept }
    }
}

fn judge(reference: &Reference, base: &BaseImage, written: &str, parameters: &Variants) -> Judgement {
    let shown = base.shown();
    let name = reference.repository_name();
    let variant = match variant_of(reference) {
        Variant::Unknown => of_system(base),
        variant => variant,
    };
    let accepted = parameters.accepted(name);
    match variant {
        Variant::Unknown if has_no_variants(reference, base) => {
            Judgement::not_applicable(format!("no variants of `{name}` are known"))
        }
        Variant::Unknown => Judgement::inconclusive(format!("the variant of `{shown}` is not known"), Some(base.span)),
        variant if accepted.iter().any(|accepted| accepted == variant.name()) => {
            Judgement::met(base.span, format!("`{shown}` is the {} variant", variant.name()))
        }
        variant => {
            let what = if variant == Variant::Full {
                format!("`{shown}` is the full distribution")
            } else {
                format!("`{shown}` is the {} variant", variant.name())
            };
            let accepted = accepted.join(", ");
            let finding = Finding::new(base.span, what).note(format!("accepted variants: {accepted}"));
            Judgement::violated(finding.fix(fix(reference, base, written, parameters)))
        }
    }
}

/// Images that come as nothing else: `alpine:3.20`, `caddy:2`.
fn of_system(base: &BaseImage) -> Variant {
    match base.facts.as_ref().and_then(|facts| facts.system) {
        Some(System::Alpine | System::Wolfi | System::Busybox) => Variant::Alpine,
        Some(System::Distroless | System::None) => Variant::Distroless,
        _ => Variant::Unknown,
    }
}

/// Images that are known to come in one size, or whose sizes have names of their own: `ubi-minimal`.
fn has_no_variants(reference: &Reference, base: &BaseImage) -> bool {
    let known = is_official(reference) || base.facts.is_some();
    let red_hat = matches!(reference.domain.as_str(), "registry.access.redhat.com" | "registry.redhat.io");
    known && known_variants(reference.repository_name()).is_none() || red_hat
}

fn is_official(reference: &Reference) -> bool {
    matches!(reference.domain.as_str(), "docker.io" | "public.ecr.aws" | "mirror.gcr.io")
        && (!reference.path.contains('/') || reference.path.contains("library/"))
}

fn known_variants(name: &str) -> Option<&'static [&'static str]> {
    IMAGES.iter().find(|(image, _)| *image == name).map(|(_, variants)| *variants)
}

/// The variant that a reference names; `Unknown` for a digest alone, for words of unknown meaning, and for images that
/// are not known to have variants.
fn variant_of(reference: &Reference) -> Variant {
    let place = (reference.domain.as_str(), reference.path.as_str());
    let tag = reference.effective_tag();
    if let ("gcr.io", path) = place
        && path.starts_with("distroless/")
    {
        return Variant::Distroless;
    }
    if matches!(place, ("cgr.dev", _) | ("dhi.io", _)) || place.1.starts_with("chainguard/") {
        let develops = tag.is_some_and(|tag| tag.split('-').any(|word| word == "dev"));
        return if develops { Variant::Unknown } else { Variant::Distroless };
    }
    let Some(tag) = tag else { return Variant::Unknown };
    let words: Vec<&str> = tag.split('-').collect();
    let says =
        |word: &str| words.iter().any(|known| known.trim_end_matches(|c: char| c == '.' || c.is_ascii_digit()) == word);
    let small = [("alpine", Variant::Alpine), ("distroless", Variant::Distroless), ("slim", Variant::Slim)];
    if let Some((_, variant)) = small.into_iter().find(|(word, _)| says(word)) {
        return variant;
    }
    let name = reference.repository_name();
    let unprivileged = reference.path == "nginxinc/nginx-unprivileged";
    if !unprivileged && (!is_official(reference) || known_variants(name).is_none()) {
        return Variant::Unknown;
    }
    let is_plain = |word: &&str| {
        let number = word.trim_start_matches('v');
        number.starts_with(|c: char| c.is_ascii_digit())
            || RELEASES.contains(word)
            || ORDINARY.contains(word)
            || NAMES.contains(word)
    };
    if words.iter().all(is_plain) { Variant::Full } else { Variant::Unknown }
}

/// `node:${VERSION}-alpine` says its variant whatever the version is.
fn suffix(written: &str) -> Option<Variant> {
    let behind = written.rsplit_once('}')?.1;
    if behind.contains(['$', '/', ':']) {
        return None;
    }
    let says = |word: &str| behind.split('-').skip(1).any(|part| part.starts_with(word));
    [("alpine", Variant::Alpine), ("slim", Variant::Slim)]
        .into_iter()
        .find(|(word, _)| says(word))
        .map(|(_, variant)| variant)
}

/// Whether a tag says which release is meant: `20`, `iron`, `bookworm`. Others follow releases.
fn names_release(reference: &Reference, tag: &str) -> bool {
    match runtime::from_reference(reference) {
        Some((_, version)) => matches!(version, VersionFact::Known(_)),
        // Of an operating system, the name is the version.
        None => tag
            .split('-')
            .any(|word| word.starts_with(|c: char| c.is_ascii_digit()) || RELEASES.contains(&word) && word != "sid"),
    }
}

/// The tag with the first accepted variant that the image has. Slim first: it is the same distribution.
fn fix(reference: &Reference, base: &BaseImage, written: &str, parameters: &Variants) -> Fix {
    let name = reference.repository_name();
    let image = if name.starts_with("nginx") { "nginx" } else { name };
    let accepted = parameters.accepted(image);
    let offered = known_variants(image).unwrap_or_default();
    let Some(variant) = offered.iter().find(|variant| accepted.iter().any(|accepted| accepted == *variant)) else {
        return Fix::words(format!("copy what is built into a stage from one of: {}", accepted.join(", ")));
    };
    let tag = reference.effective_tag().unwrap_or("latest");
    let small = if *variant == "alpine" {
        let kept: Vec<&str> = tag.split('-').filter(|word| !RELEASES.contains(word)).collect();
        if kept.is_empty() { "alpine".to_string() } else { format!("{}-alpine", kept.join("-")) }
    } else {
        format!("{tag}-{variant}")
    };
    let small = small.trim_start_matches("latest-");
    // A tag that moves is a fault of its own, and a variant does not mend it: the version is for the project to say.
    if !names_release(reference, tag) {
        return Fix::words(format!("build from the `{variant}` variant of the version that it is tested with"));
    }
    let image = written.split(['@', '$']).next().unwrap_or(written);
    let name = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(image, |(name, _)| name);
    let better = format!("{name}:{small}");
    if written.contains(['$', '@', '"']) || base.text != *written {
        return Fix::words(format!("build from the `{variant}` variant, here `{small}`"));
    }
    Fix::risky(format!("build from `{better}`"), vec![Edit::replace(base.span, better)])
}
