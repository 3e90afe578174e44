//! The ids of the account that a container runs as.

use super::nothing_runs;
use super::undefined::unseen;
use crate::checks::fixes::user::{self as user_fixes, Ids};
use crate::checks::shipped;
use crate::container::Container;
use crate::container::accounts::{Id, ResolvedUser, User, resolve_user};
use crate::container::traced::Known;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::subject::dockerfile::instruction::Kind;

pub(super) fn user_id_wrong(container: &Container, wanted: &Ids) -> Judgement {
    let place = container.user_text.origin.span;
    if container.image.windows {
        return Judgement::not_applicable("a Windows container has no uid");
    }
    if nothing_runs(container) {
        return Judgement::not_applicable("nothing runs in the container");
    }
    let resolved = match &container.user.known {
        Known::Value(resolved) => resolved,
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(place)),
    };
    let start = match resolved {
        ResolvedUser::User(user) => user,
        ResolvedUser::Fails(error) => {
            return Judgement::inconclusive(format!("the container does not start: {}", error.sentence()), Some(place));
        }
    };
    let dropped =
        container.drops_to.as_ref().map(|drop| (drop, resolve_user(&drop.account, &container.image.accounts)));
    let user = match &dropped {
        Some((_, ResolvedUser::User(user))) => user,
        Some((_, ResolvedUser::Fails(error))) => return Judgement::inconclusive(error.sentence(), Some(place)),
        None => start,
    };
    judge(container, user, wanted, dropped.is_some())
}

fn judge(container: &Container, user: &User, wanted: &Ids, dropped: bool) -> Judgement {
    let place = container.user_text.origin.span;
    let who = who(user);
    let is_wrong = |id: Id, wanted: u32| match id {
        Id::Known(id) => Some(id != wanted),
        Id::NonZero if wanted == 0 => Some(true),
        Id::NonZero | Id::Unknown => None,
    };
    let (uid, gid) = (is_wrong(user.uid, wanted.uid), is_wrong(user.gid, wanted.gid));
    if uid == Some(true) || gid == Some(true) {
        let (has, not) = match (uid, gid) {
            (Some(true), Some(true)) => (
                format!("uid {} and gid {}", shown(user.uid), shown(user.gid)),
                format!("{}:{}", wanted.uid, wanted.gid),
            ),
            (Some(true), _) => (format!("uid {}", shown(user.uid)), wanted.uid.to_string()),
            _ => (format!("gid {}", shown(user.gid)), wanted.gid.to_string()),
        };
        let mut finding = Finding::new(place, format!("{who} has {has}, not {not}"));
        if let Some(created) = user.place {
            finding = finding.note_at(created, "the account is created here");
        } else if let Some(name) = user.name.as_ref().filter(|_| !user.numeric && user.uid != Id::Known(0)) {
            finding = finding.note(format!("{} has the account `{name}`", container.image.base.named()));
        }
        return Judgement::violated(finding.fix(fix(container, user, wanted, dropped)));
    }
    let open = match (uid, gid) {
        (None, _) => "uid",
        (_, None) => "gid",
        _ => return Judgement::met(place, format!("{who} has uid {} and gid {}", wanted.uid, wanted.gid)),
    };
    let created = user.place.is_some();
    let why = match created {
        true => format!("the {open} of {who} depends on which ids are free"),
        false => format!("the {open} of {who} is not known: {}", unseen(container)),
    };
    Judgement::inconclusive(why, Some(user.place.unwrap_or(place)))
}

fn who(user: &User) -> String {
    match &user.name {
        Some(name) => format!("`{name}`"),
        None if user.text.is_empty() => "the user".to_string(),
        None => format!("`{}`", user.text),
    }
}

fn shown(id: Id) -> String {
    match id {
        Id::Known(id) => id.to_string(),
        Id::NonZero | Id::Unknown => "other".to_string(),
    }
}

/// Numbers need no account; but one that the build makes should have the right ones from the start.
fn fix(container: &Container, user: &User, ids: &Ids, dropped: bool) -> Fix {
    if user.is_root() == Some(true) && !dropped {
        return user_fixes::not_root(container, *ids);
    }
    let name = user.name.as_deref().filter(|_| !user.numeric);
    if let (Some(_), Some(name)) = (user.place, name) {
        let command = shipped::account_command(container, name, ids.uid, ids.gid);
        return match command {
            Some(command) => Fix::words(format!("create `{name}` with the ids that it should have: `RUN {command}`")),
            None => Fix::words(format!("create `{name}` with uid {} and gid {}", ids.uid, ids.gid)),
        };
    }
    if dropped {
        return Fix::words(format!("let the entrypoint give up root for `{ids}`"));
    }
    let origin = &container.user_text.origin;
    if origin.by.starts_with("`user`") {
        let title = format!("write `user: \"{ids}\"`, and give these ids what the service writes to");
        return Fix::risky(title, vec![Edit::replace(origin.span, format!("\"{ids}\""))]);
    }
    let title = format!("write `USER {ids}`, and give these ids what the service writes to");
    match shipped::instruction(container, origin.span).map(|instruction| &instruction.kind) {
        Some(Kind::User(text)) => Fix::risky(title, vec![Edit::replace(text.span, ids.to_string())]),
        _ => match shipped::insert(container, &format!("USER {ids}")) {
            Some(edit) => Fix::risky(title, vec![edit]),
            None => Fix::words(format!("run it as `{ids}`: `user: \"{ids}\"` in Compose")),
        },
    }
}
