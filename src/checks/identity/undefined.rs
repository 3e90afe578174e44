//! Accounts that a user text names and nobody creates.

use super::nothing_runs;
use crate::checks::shipped;
use crate::container::Container;
use crate::container::accounts::{ResolvedUser, StartError, User};
use crate::container::traced::Known;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::suggest;

/// The id that a new account gets in a proposal, if it is free.
const PROPOSED: u32 = 1001;

pub(super) fn user_undefined(container: &Container, _: &NoParameters) -> Judgement {
    let place = container.user_text.origin.span;
    if container.image.windows {
        return Judgement::not_applicable("a Windows container has other accounts");
    }
    if nothing_runs(container) {
        return Judgement::not_applicable("nothing runs in the container");
    }
    if let Some(why) = container.unresolved_build() {
        return Judgement::inconclusive(why, Some(place));
    }
    let unnamed = container.user_text.get().is_some_and(String::is_empty);
    if unnamed || container.user_text.origin == container.image.base.origin() {
        return Judgement::not_applicable("nothing names a user, so that of the base image stays");
    }
    let text = match &container.user_text.known {
        Known::Value(text) => text,
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(place)),
    };
    match &container.user.known {
        Known::Unknown(why) => Judgement::inconclusive(why.clone(), Some(place)),
        Known::Value(ResolvedUser::Fails(error)) => Judgement::violated(finding(container, text, error)),
        Known::Value(ResolvedUser::User(user)) => found(container, user),
    }
}

/// A name that does not fail is that of an account, or of one that the image may have.
fn found(container: &Container, user: &User) -> Judgement {
    let place = container.user_text.origin.span;
    let accounts = &container.image.accounts;
    let (name, group) = user.text.split_once(':').unwrap_or((&user.text, ""));
    let conditional = |conditional: Option<bool>, what: &str, name: &str| match conditional {
        Some(false) => None,
        Some(true) => Some(format!("whether there is {what} `{name}` depends on a condition in the build")),
        None => Some(format!("whether there is {what} `{name}` is not known: {}", unseen(container))),
    };
    let is_name = |part: &str| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit());
    let mut open = None;
    if is_name(name) {
        open = conditional(accounts.user(name).map(|account| account.conditional), "a user", name);
    }
    if is_name(group) {
        let known = accounts.group(group).map(|group| group.conditional);
        open = open.or_else(|| conditional(known, "a group", group));
    }
    match open {
        Some(why) => Judgement::inconclusive(why, Some(place)),
        None if !is_name(name) => Judgement::met(place, format!("`{}` needs no account", user.text)),
        None => Judgement::met(user.place.unwrap_or(place), format!("there is an account `{name}`")),
    }
}

/// Why the accounts of an image are not all known.
pub(super) fn unseen(container: &Container) -> String {
    let image = &container.image;
    match image.accounts.opaque() {
        Some(place) if place != image.base.span => "a step of the build may create accounts unseen".to_string(),
        None if image.accounts.complete() => "an installed package may bring it".to_string(),
        _ => image.base.unknown("what accounts are part"),
    }
}

fn finding(container: &Container, text: &str, error: &StartError) -> Finding {
    let place = container.user_text.origin.span;
    let base = &container.image.base;
    let by = if base.is_scratch() { "an empty image".to_string() } else { format!("`{}`", base.shown()) };
    let message = match error {
        StartError::OutOfRange(_) => error.sentence(),
        _ if container.build.is_some() => format!("{}: neither {by} nor the build creates it", error.sentence()),
        _ => format!("{} in {by}", error.sentence()),
    };
    let mut finding = Finding::new(place, message).note("the container does not start");
    let (StartError::NoSuchUser(name) | StartError::NoSuchGroup(name)) = error else {
        return finding.fix(Fix::words(format!("write an id from 0 to 2147483647 in the place of `{text}`")));
    };
    let accounts = &container.image.accounts;
    let known = accounts.users().iter().map(|account| account.name.as_str());
    if let Some(near) = suggest::nearest(name, known) {
        finding = finding.note(format!("there is an account `{near}`"));
    }
    finding.fix(fix(container, name, error))
}

/// Creates what is missing before the USER that names it, or names ids, which need no account.
fn fix(container: &Container, name: &str, error: &StartError) -> Fix {
    let place = container.user_text.origin.span;
    let accounts = &container.image.accounts;
    let free = (PROPOSED..PROPOSED + 100).find(|id| accounts.by_uid(*id).is_none() && accounts.by_gid(*id).is_none());
    let id = free.unwrap_or(PROPOSED);
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let group_exists = accounts.group(name).is_some();
    let missing_user = matches!(error, StartError::NoSuchUser(_)) && !group_exists && plain;
    let user = shipped::instruction(container, place).filter(|_| missing_user);
    match (user, shipped::account_command(container, name, id, id)) {
        (Some(user), Some(command)) => {
            let title = format!("put `RUN {command}` before the USER");
            Fix::risky(title, vec![Edit::insert_before(user.span, format!("RUN {command}\n"))])
        }
        _ => Fix::words(format!("write ids, which need no account: `{id}:{id}` in the place of the name")),
    }
}
