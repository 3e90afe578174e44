//! User: how a container stops running as root.

use super::{before_process, bytes_of, instruction, shipped, system};
use crate::container::accounts::Account;
use crate::container::base::System;
use crate::container::{Container, Kind as Subject};
use crate::finding::{Edit, Fix};
use crate::subject::dockerfile::instruction::Kind;

/// The way out for a container that runs as root.
pub fn not_root(container: &Container) -> Fix {
    if container.kind == Subject::Image {
        return Fix::words("build the image with a `USER` that is not root");
    }
    let place = container.user_text.origin.span;
    if let Some(service) = container.service.as_ref().filter(|service| service.user.is_some()) {
        return in_service(container, &service.name);
    }
    let Some(build) = &container.build else { return prebuilt(container) };
    let explicit = instruction(container, place).and_then(|instruction| match &instruction.kind {
        Kind::User(user) => Some((instruction, user)),
        _ => None,
    });
    let Some(account) = usable_account(container) else { return new_account(container) };
    let name = &account.name;
    if let Some((instruction, user)) = explicit {
        let last = shipped(build).iter().rposition(|i| matches!(i.kind, Kind::Run(_) | Kind::Transfer(_)));
        let own = shipped(build).iter().position(|i| i.span == instruction.span);
        if let (Some(own), Some(bytes)) = (own, bytes_of(user))
            && last.is_none_or(|last| last < own)
        {
            return Fix::risky(format!("write `USER {name}` here"), vec![Edit::replace(bytes, name.clone())]);
        }
    }
    match before_process(build, &format!("USER {name}")) {
        Some((edit, place)) => Fix::risky(format!("add `USER {name}` {place}"), vec![edit]),
        None => new_account(container),
    }
}

/// An account that is there and is not root: one that the build makes, or the one that an image brings for this.
fn usable_account(container: &Container) -> Option<&Account> {
    let accounts = &container.image.accounts;
    let fits = |account: &&Account| account.uid.is_zero() == Some(false) && !account.conditional;
    let made = accounts.users().iter().rev().filter(|account| account.place.is_some()).find(fits);
    let brought = || ["node", "nonroot"].iter().find_map(|name| accounts.user(name).filter(fits));
    made.or_else(brought)
}

/// The unprivileged build of the official image of nginx, where that is what a container is made of.
fn unprivileged_nginx(container: &Container) -> Option<String> {
    let reference = container.image.base.reference.as_ref()?;
    let official = reference.domain == "docker.io" && reference.path == "library/nginx";
    let tag = reference.tag.as_deref().unwrap_or("stable");
    official.then(|| format!("nginxinc/nginx-unprivileged:{tag}"))
}

/// What to write where no account is known.
fn new_account(container: &Container) -> Fix {
    if let Some(image) = unprivileged_nginx(container) {
        return Fix::words(format!("build from `{image}`, which runs as uid 101, and let nginx listen on 8080"));
    }
    let make = match system(container) {
        Some(System::Alpine | System::Wolfi | System::Busybox) => {
            "RUN addgroup -S -g 1001 app && adduser -S -D -H -u 1001 -G app app"
        }
        Some(System::Debian | System::Ubuntu | System::RedHat) => {
            "RUN groupadd --gid 1001 app && useradd --uid 1001 --gid app --no-create-home app"
        }
        Some(System::None | System::Distroless) => {
            return Fix::words("add `USER 1001:1001` behind the last `COPY`");
        }
        None if container.image.base.is_scratch() => {
            return Fix::words("add `USER 1001:1001` behind the last `COPY`");
        }
        None => {
            return Fix::words(
                "create an account in the stage that ships and name it in `USER`, or write its id: `USER 1001:1001`",
            );
        }
    };
    Fix::words(format!("add `{make}`, and `USER app` behind the last `RUN` and `COPY`"))
}

/// The service itself says that it is root.
fn in_service(container: &Container, service: &str) -> Fix {
    let below = container.image.user.get().map(String::as_str).unwrap_or("");
    let harmless = !below.is_empty() && below != "root" && !below.starts_with('0');
    if harmless {
        return Fix::words(format!("drop `user` from `{service}`: the image then runs as `{below}`"));
    }
    Fix::words(format!("write the id of an account that is not root: `user: \"1001:1001\"` for `{service}`"))
}

/// Nothing here builds the image.
fn prebuilt(container: &Container) -> Fix {
    let name = container.short_name();
    if let Some(image) = unprivileged_nginx(container) {
        return Fix::words(format!("use `{image}` for `{name}`; it listens on port 8080"));
    }
    Fix::words(format!("add `user: \"1001:1001\"` to `{name}`, and give that id the volumes it writes to"))
}
