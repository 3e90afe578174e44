//! User: how a container stops running as root.

use serde::Deserialize;

use super::{before_process, bytes_of, instruction, shipped};
use crate::container::accounts::{Account, Id, ResolvedUser, resolve_user};
use crate::container::build::Build;
use crate::container::{Container, Kind as Subject};
use crate::finding::{Edit, Fix};
use crate::subject::dockerfile::instruction::Kind;

/// The ids that a service is to run with.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ids {
    /// The user.
    pub uid: u32,
    /// Its primary group.
    pub gid: u32,
}

impl std::fmt::Display for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

/// The way out for a container that runs as root. It ends with the ids that were decided, so that one change is enough
/// for every rule that asks whom a container runs as.
pub fn not_root(container: &Container, ids: Ids) -> Fix {
    if container.kind == Subject::Image {
        return Fix::words(format!("build the image with `USER {ids}`"));
    }
    if container.user_text.origin.by.starts_with("`user`") {
        return in_service(container, container.short_name(), ids);
    }
    let Some(build) = &container.build else { return prebuilt(container, ids) };
    if let Some(image) = unprivileged_nginx(container) {
        return Fix::words(format!("build from `{image}`, which runs as uid 101, and let nginx listen on 8080"));
    }
    let user = match usable_account(container, ids) {
        Some(account) => account.name.clone(),
        None => ids.to_string(),
    };
    let access = if user == ids.to_string() { ", and give these ids what the service writes to" } else { "" };
    if let Some(edit) = replacement(container, build, &user) {
        return Fix::risky(format!("write `USER {user}` here{access}"), vec![edit]);
    }
    match before_process(build, &format!("USER {user}")) {
        Some((edit, place)) => Fix::risky(format!("add `USER {user}` {place}{access}"), vec![edit]),
        None => Fix::words(format!("add `USER {user}` behind the last `RUN` and `COPY`{access}")),
    }
}

/// Another user in the USER that is in force, if nothing behind it needs to be root.
fn replacement(container: &Container, build: &Build, user: &str) -> Option<Edit> {
    let explicit = instruction(container, container.user_text.origin.span)?;
    let Kind::User(written) = &explicit.kind else { return None };
    let last = shipped(build).iter().rposition(|i| matches!(i.kind, Kind::Run(_) | Kind::Transfer(_)));
    let own = shipped(build).iter().position(|i| i.span == explicit.span)?;
    let bytes = bytes_of(written)?;
    last.is_none_or(|last| last < own).then(|| Edit::replace(bytes, user))
}

/// An account to run as: the last one that the build makes and that is not root, as that is what it was made for; else
/// one that the image brings and that has the ids.
fn usable_account(container: &Container, ids: Ids) -> Option<&Account> {
    let accounts = &container.image.accounts;
    let fits = |account: &&Account| account.uid.is_zero() == Some(false) && !account.conditional;
    let has_ids = |account: &&Account| account.uid == Id::Known(ids.uid) && account.gid == Id::Known(ids.gid);
    let made = accounts.users().iter().rev().filter(|account| account.place.is_some()).find(fits);
    made.or_else(|| accounts.users().iter().filter(fits).find(has_ids))
}

/// The unprivileged build of the official image of nginx, where that is what a container is made of.
fn unprivileged_nginx(container: &Container) -> Option<String> {
    let reference = container.image.base.reference.as_ref()?;
    let official = reference.domain == "docker.io" && reference.path == "library/nginx";
    let tag = reference.tag.as_deref().unwrap_or("stable");
    official.then(|| format!("nginxinc/nginx-unprivileged:{tag}"))
}

/// The service itself says that it is root. Without its `user` the image's counts, but only if no other file sets one.
fn in_service(container: &Container, service: &str, ids: Ids) -> Fix {
    let origin = &container.user_text.origin;
    let below = container.image.user.get().map(String::as_str).unwrap_or("");
    let runs_as = resolve_user(below, &container.image.accounts);
    let wanted = matches!(&runs_as, ResolvedUser::User(user)
        if user.uid == Id::Known(ids.uid) && user.gid == Id::Known(ids.gid));
    let given = container.service.as_ref().and_then(|service| service.user.as_ref());
    let said_once = given.is_some_and(|user| user.overrode.is_empty());
    if wanted && said_once {
        return Fix::words(format!("drop `user` from `{service}`: the image then runs as `{below}`"));
    }
    let title = format!("write `user: \"{ids}\"` for `{service}`, and give these ids what it writes to");
    Fix::risky(title, vec![Edit::replace(origin.span, format!("\"{ids}\""))])
}

/// Nothing here builds the image.
fn prebuilt(container: &Container, ids: Ids) -> Fix {
    let name = container.short_name();
    if let Some(image) = unprivileged_nginx(container) {
        return Fix::words(format!("use `{image}` for `{name}`; it listens on port 8080"));
    }
    Fix::words(format!("add `user: \"{ids}\"` to `{name}`, and give these ids the volumes it writes to"))
}
