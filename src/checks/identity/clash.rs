//! Accounts that a build creates although they are there, so that it fails.

use crate::container::Container;
use crate::container::accounts::{Accounts, Distribution, Holder, Incident, IncidentKind};
use crate::container::build::Build;
use crate::container::image_state::ImageState;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;

pub(super) fn user_clash(container: &Container, _: &NoParameters) -> Judgement {
    let Some(build) = &container.build else {
        return match container.unresolved_build() {
            Some(why) => Judgement::inconclusive(why, Some(container.image.base.span)),
            None => Judgement::not_applicable("it is not built here"),
        };
    };
    let mut seen: Vec<Span> = Vec::new();
    let mut judged = Vec::new();
    for image in build.reachable.iter().filter_map(|index| build.states.get(index)) {
        // A stage has what happened in the stage that it starts from, too.
        for incident in image.accounts.incidents().iter().filter(|incident| !incident.tolerated) {
            let (true, Some(fact)) = (!seen.contains(&incident.place), fact(incident, image)) else { continue };
            seen.push(incident.place);
            judged.push(Judgement::violated(finding(build, image, incident, &fact)));
        }
        judged.extend(created(image));
    }
    Judgement::all(judged, "the build creates no accounts")
}

/// What is there already, as a sentence; `None` for what makes no build fail, or is no clash.
fn fact(incident: &Incident, image: &ImageState) -> Option<String> {
    let by = |place: Option<Span>| match place {
        None => format!("`{}` already has", image.base.shown()),
        Some(_) => "the build already made".to_string(),
    };
    Some(match &incident.kind {
        IncidentKind::UidTaken(Holder { id, name, place }) => format!("{} uid {id} (`{name}`)", by(*place)),
        IncidentKind::GidTaken(Holder { id, name, place }) => format!("{} gid {id} (`{name}`)", by(*place)),
        IncidentKind::AccountExists(place) => format!("{} the account `{}`", by(*place), incident.name),
        IncidentKind::GroupExists(place) => format!("{} the group `{}`", by(*place), incident.name),
        IncidentKind::UidShared(_)
        | IncidentKind::GidShared(_)
        | IncidentKind::AccountMissing
        | IncidentKind::GroupMissing(_) => return None,
    })
}

fn finding(build: &Build, image: &ImageState, incident: &Incident, fact: &str) -> Finding {
    let finding = Finding::new(incident.place, format!("creating `{}` fails: {fact}", incident.name));
    let before = match &incident.kind {
        IncidentKind::UidTaken(holder) | IncidentKind::GidTaken(holder) => holder.place,
        IncidentKind::AccountExists(place) | IncidentKind::GroupExists(place) => *place,
        _ => None,
    };
    let finding = finding.fix(fix(build, image, incident));
    match before {
        Some(place) => finding.note_at(place, "here"),
        None => finding,
    }
}

/// An account of the base image that nobody needs makes room; else another id or name will do.
fn fix(build: &Build, image: &ImageState, incident: &Incident) -> Fix {
    let name = &incident.name;
    let (what, holder) = match &incident.kind {
        IncidentKind::UidTaken(holder) => ("uid", holder),
        IncidentKind::GidTaken(holder) => ("gid", holder),
        IncidentKind::AccountExists(_) => {
            return Fix::words(format!("leave the command out and use the account: `USER {name}`"));
        }
        _ => return Fix::words(format!("leave out the command that creates the group `{name}`")),
    };
    // Accounts of the system stay; the first one of people is there for convenience.
    let of_base = holder.place.is_none() && holder.id >= 1000 && holder.id < 60_000;
    let removes = match image.accounts.distribution() {
        Distribution::Alpine => format!("deluser --remove-home {}", holder.name),
        _ => format!("userdel --remove {}", holder.name),
    };
    let first = image.accounts.incidents().iter().find(|other| is_held_by(other, &holder.name));
    let alone = first.is_some_and(|first| first.place == incident.place);
    if of_base && alone && stands_in_text(build, incident.place) {
        let title = format!("remove `{}` first: `{removes} && ...`", holder.name);
        return Fix::risky(title, vec![Edit::insert_before(incident.place, format!("{removes} && "))]);
    }
    match of_base {
        true => Fix::words(format!("remove `{}` first (`{removes}`), or take another {what}", holder.name)),
        false => Fix::words(format!("take another {what} than {} for `{name}`", holder.id)),
    }
}

fn is_held_by(incident: &Incident, name: &str) -> bool {
    match &incident.kind {
        IncidentKind::UidTaken(holder) | IncidentKind::GidTaken(holder) => holder.name == name && !incident.tolerated,
        _ => false,
    }
}

/// Whether a command stands in the text of a RUN: in JSON form, its place is the whole instruction.
fn stands_in_text(build: &Build, place: Span) -> bool {
    let starts_there = |span: Span| span.source == place.source && span.start == place.start;
    !build.file.instructions.iter().any(|instruction| starts_there(instruction.span))
}

/// What the build creates and could be created.
fn created(image: &ImageState) -> Option<Judgement> {
    let accounts = &image.accounts;
    let places = accounts.users().iter().map(|account| (&account.name, account.place));
    let places = places.chain(accounts.groups().iter().map(|group| (&group.name, group.place)));
    let (name, place) = places.filter_map(|(name, place)| Some((name, place?))).min_by_key(|(_, place)| place.start)?;
    Some(match unseen_before(accounts, image, place) {
        Some(why) => Judgement::inconclusive(why, Some(place)),
        None => Judgement::met(place, format!("`{name}` is created, and nothing has its name or id")),
    })
}

/// Why something may be in the way that is not seen: the base image is not known.
fn unseen_before(accounts: &Accounts, image: &ImageState, place: Span) -> Option<String> {
    let opaque = accounts.opaque();
    let unknown_base = !accounts.complete() && (opaque.is_none() || opaque == Some(image.base.span));
    if unknown_base {
        return Some(image.base.unknown("what accounts are part"));
    }
    let before = opaque.is_some_and(|opaque| opaque.source == place.source && opaque.start < place.start);
    before.then(|| "a step before it may create accounts unseen".to_string())
}
