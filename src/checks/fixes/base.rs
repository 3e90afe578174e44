//! Base: how an image gets the version that it should have.

use super::bytes_of;
use crate::container::Container;
use crate::container::reference::Reference;
use crate::container::runtime::{self, Version, VersionFact};
use crate::container::versions::{Agreement, Demand, agrees};
use crate::finding::{Edit, Fix};
use crate::source::{Span, Spanned};
use crate::subject::compose::Variable;
use crate::subject::dockerfile::instruction::{Argument, Kind};

/// References past this length are not followed through their variables, in bytes.
const LONGEST_REFERENCE: usize = 1024;

/// The tag with another version in the place of the one it has: `18.20-alpine3.19` and `20` give `20-alpine`. The release
/// of a variant goes with the version it was made for.
fn retagged(tag: Option<&str>, version: &str) -> Option<String> {
    let Some(tag) = tag else { return Some(version.to_string()) };
    let (head, variant) = match tag.split_once('-') {
        Some((head, variant)) => (head, variant),
        None => (tag, ""),
    };
    let is_version = head.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    let variant = match tag {
        _ if ["alpine", "slim", "bookworm", "bullseye", "trixie"].iter().any(|name| head.starts_with(name)) => tag,
        _ if is_version || !head.is_empty() => variant,
        _ => return None,
    };
    let variant = match variant.strip_prefix("alpine") {
        Some(release) if release.chars().all(|c| c.is_ascii_digit() || c == '.') => "alpine",
        _ => variant,
    };
    let known = ["alpine", "slim", "bookworm", "bullseye", "trixie", "slim-bookworm", "slim-bullseye", "bookworm-slim"];
    let known = known.contains(&variant) || matches!(variant, "" | "bullseye-slim" | "slim-trixie" | "trixie-slim");
    known.then(|| if variant.is_empty() { version.to_string() } else { format!("{version}-{variant}") })
}

/// The way out for an image, named at `place` as `text`, that has another version than `version`.
pub fn version(container: &Container, text: &str, place: Span, version: &str) -> Fix {
    let runtime = Reference::parse(text).ok().and_then(|reference| runtime::from_reference(&reference));
    let name = runtime.map_or_else(|| "the runtime".to_string(), |(kind, _)| kind.to_string());
    let words = || Fix::words(format!("name an image of {name} {version}"));
    let Some(new) = renamed(text, version) else { return words() };
    let title = match written(container, place) {
        Some(written) if written.value.contains('$') => format!("let `{}` come to `{new}`", written.value),
        _ => format!("use `{new}`"),
    };
    if disagrees(container, &name, version) {
        return Fix::words(format!("{title}, and let the version files say the same"));
    }
    match edit(container, text, &new, place, version) {
        Some((edit, was)) => Fix::risky(title, vec![edit]).expecting(was.span, was.value),
        None => Fix::words(title),
    }
}

/// The image with another version; `None` for one with a digest, or a tag that says more than version and variant.
fn renamed(text: &str, version: &str) -> Option<String> {
    let reference = Reference::parse(text).ok().filter(|reference| reference.digest.is_none())?;
    let tag = reference.tag.as_deref();
    // Other images have versions of their own in their tags.
    let official = matches!(reference.path.rsplit('/').next(), Some("node" | "python"));
    if !official {
        return None;
    }
    let name = tag.and_then(|tag| text.strip_suffix(tag)?.strip_suffix(':')).unwrap_or(text);
    Some(format!("{name}:{}", retagged(tag, version)?))
}

/// Whether a version file of the project asks for another version.
fn disagrees(container: &Container, runtime: &str, version: &str) -> bool {
    let Some(version) = Version::parse(version).map(VersionFact::Known) else { return true };
    let file = container.version_files.iter().find(|file| file.runtime == runtime);
    file.is_some_and(|file| agrees(&version, &file.demand) == Agreement::Disagrees)
}

/// Another text in the place of one, and what that was.
type Change = (Edit, Spanned<String>);

fn change(was: &Spanned<String>, new: &str) -> Option<Change> {
    let bytes = bytes_of(was)?;
    Some((Edit::replace(bytes, new), Spanned::new(was.value.clone(), bytes)))
}

/// The image in its place; or the default of the one ARG that it is made with.
fn edit(container: &Container, text: &str, new: &str, place: Span, version: &str) -> Option<Change> {
    match written(container, place) {
        Some(written) if written.value != text => match given_by(container, text, place).as_slice() {
            [] => argument_edit(container, &written.value, text, version),
            [given] => service_argument_edit(given, &written.value, version),
            _ => None,
        },
        // The image of a service may have quotes around it.
        _ => change(&Spanned::new(text.to_string(), place), new),
    }
}

/// The image of the FROM at a place, as it is written.
fn written(container: &Container, place: Span) -> Option<&Spanned<String>> {
    let build = container.build.as_ref()?;
    build.stages.stages.iter().map(|stage| &stage.image).find(|image| image.span == place)
}

/// The build arguments of the service that make the image at a place what it is.
pub fn given_by<'c>(container: &'c Container, text: &str, place: Span) -> Vec<&'c Variable> {
    let build = container.service.as_ref().and_then(|service| service.build.as_ref());
    let (Some(build), Some(written)) = (build, written(container, place)) else { return Vec::new() };
    if text.contains('$') || text.len().max(written.value.len()) > LONGEST_REFERENCE {
        return Vec::new();
    }
    let (mut made, mut used) = (written.value.clone(), Vec::new());
    for argument in &build.args {
        let Some(value) = argument.value.value().filter(|value| text.contains(value.as_str())) else { continue };
        let with_value = made.replace(&format!("${{{}}}", argument.name), value);
        if with_value != made {
            used.push(argument);
            made = with_value;
        }
    }
    // Other variables, or a value from the command line, had a part in it.
    if made == text { used } else { Vec::new() }
}

/// `VERSION: "18"` under `args` of the service, for `FROM node:${VERSION}-alpine`.
fn service_argument_edit(given: &Variable, written: &str, version: &str) -> Option<Change> {
    let value = given.value.value()?;
    let new = retagged(Some(value), version)?;
    let mended = written.replace(&format!("${{{}}}", given.name), &new);
    let once = given.value.overrode.is_empty() && given.value.through.is_empty();
    (once && is_version(&mended, version)).then(|| change(&Spanned::new(value.clone(), given.value.span), &new))?
}

fn is_version(image: &str, version: &str) -> bool {
    let runtime = Reference::parse(image).ok().and_then(|reference| runtime::from_reference(&reference));
    matches!(runtime, Some((_, VersionFact::Known(known))) if known.matches(version) == Some(true))
}

/// `ARG VERSION=18` above `FROM node:${VERSION}-alpine`, if it is its default that counts.
fn argument_edit(container: &Container, written: &str, text: &str, version: &str) -> Option<Change> {
    let build = container.build.as_ref()?;
    let before = build.file.instructions.iter().take_while(|i| !matches!(i.kind, Kind::From { .. }));
    let arguments: Vec<&Argument> = before
        .filter_map(|instruction| match &instruction.kind {
            Kind::Arg(arguments) => Some(arguments),
            _ => None,
        })
        .flatten()
        .collect();
    if written.matches('$').count() != 1 {
        return None;
    }
    let mut fitting = arguments.iter().filter_map(|argument| {
        let default = argument.default.as_ref()?;
        let braced = format!("${{{}}}", argument.name.value);
        let plain = written.replace(&braced, &default.value);
        (plain == text && plain != *written).then_some((default, braced))
    });
    let (default, braced) = fitting.next()?;
    let new = retagged(Some(&default.value), version)?;
    let mended = written.replace(&braced, &new);
    (is_version(&mended, version) && fitting.next().is_none()).then(|| change(default, &new))?
}

/// The way out for an image that names no version: the one that the project's version file asks for, if there is one.
pub fn unversioned(container: &Container, text: &str, place: Span) -> Fix {
    let reference = Reference::parse(text).ok();
    let runtime = reference.as_ref().and_then(runtime::from_reference).map(|(kind, _)| kind.to_string());
    let file = container.version_files.iter().find(|file| Some(file.runtime) == runtime.as_deref());
    let demand = file.and_then(|file| match &file.demand {
        Demand::Exact(version) => Some((file, version.to_string())),
        _ => None,
    });
    if let Some((file, wanted)) = demand
        && let Some(new) = renamed(text, &wanted)
    {
        let title = format!("use `{new}`, as `{}` says", file.path);
        return match edit(container, text, &new, place, &wanted) {
            Some((edit, was)) => Fix::risky(title, vec![edit]).expecting(was.span, was.value),
            None => Fix::words(title),
        };
    }
    let name = reference.map_or_else(
        || text.to_string(),
        |reference| match &reference.tag {
            Some(tag) => text.strip_suffix(tag).and_then(|text| text.strip_suffix(':')).unwrap_or(text).to_string(),
            None => text.to_string(),
        },
    );
    let ask = match runtime.as_deref() {
        Some("node") => format!("`docker run --rm {text} node --version`"),
        Some("python") => format!("`docker run --rm {text} python --version`"),
        _ => format!("`docker image inspect {text}`"),
    };
    Fix::words(format!("write the version that it is tested with as the tag of `{name}`; {ask} tells the present one"))
}
