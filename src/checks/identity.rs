//! Identity: whom the container runs as.

mod clash;
mod id;
mod undefined;

use crate::checks::fixes::user::{self, Ids};
use crate::container::Container;
use crate::container::accounts::ResolvedUser;
use crate::container::traced::{Known, Origin};
use crate::finding::{Finding, Judgement};
use crate::rule;
use crate::rule::Rule;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("user-root", on_container: user_root),
    rule!("user-id-wrong", on_container: id::user_id_wrong),
    rule!("user-undefined", on_container: undefined::user_undefined),
    rule!("user-clash", on_container: clash::user_clash),
];

fn user_root(container: &Container, ids: &Ids) -> Judgement {
    let place = container.user.origin.span;
    if container.image.windows {
        return Judgement::not_applicable("a Windows container has no root");
    }
    if nothing_runs(container) {
        return Judgement::not_applicable("nothing runs in the container");
    }
    let resolved = match &container.user.known {
        Known::Value(resolved) => resolved,
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(place)),
    };
    let text = container.user_text.get().map_or("", String::as_str);
    let user = match resolved {
        ResolvedUser::User(user) => user,
        // It does not start at all, so it does not run as root either; `user-undefined` speaks of that.
        ResolvedUser::Fails(error) => {
            return Judgement::inconclusive(format!("the container does not start: {}", error.sentence()), Some(place));
        }
    };
    match user.is_root() {
        Some(false) => Judgement::met(place, format!("the container runs as `{text}`")),
        // An account that nothing here creates: the base image may have it, and by any sane name it is not root.
        None if !user.named_like_root() => Judgement::met(place, format!("the container runs as `{text}`")),
        None => Judgement::inconclusive(format!("the uid of `{text}` is not known"), Some(place)),
        Some(true) => match &container.drops_to {
            Some(drop) if drop.account != "root" && drop.account != "0" => Judgement::met(place, drop.how.clone()),
            _ => Judgement::violated(root_finding(container, text, *ids)),
        },
    }
}

/// An image without a command, such as one that only carries files.
fn nothing_runs(container: &Container) -> bool {
    container.argv().is_ok_and(|argv| argv.is_empty())
}

fn root_finding(container: &Container, text: &str, ids: Ids) -> Finding {
    let origin = &container.user_text.origin;
    let base = &container.image.base;
    let by_base = origin == &base.origin() || base.is_scratch() && origin.span == base.span;
    let message = match text {
        "" if by_base && base.is_scratch() => "the container runs as root: nothing sets a user".to_string(),
        "" if by_base => {
            format!("the container runs as root: nothing sets a user, and `{}` leaves it to root", base.shown())
        }
        "" => "the container runs as root: the user is empty".to_string(),
        text if by_base => format!("the container runs as `{text}`, which `{}` sets", base.shown()),
        text => format!("the container runs as `{text}`"),
    };
    let mut finding = Finding::new(origin.span, message);
    if text != "root" && !text.is_empty() && !text.starts_with('0') {
        finding = finding.note(format!("`{text}` has uid 0"));
    }
    // That a base image's root was overridden helps nobody.
    let of_use = |other: &&Origin| other.span != origin.span && **other != base.origin();
    for overridden in container.user_text.overrode.iter().filter(of_use).take(1) {
        finding = finding.note_at(overridden.span, format!("this overrides {}", overridden.by));
    }
    finding.fix(user::not_root(container, ids))
}
