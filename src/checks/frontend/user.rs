//! Users: whether nginx is started without root.

use crate::container::accounts::{ResolvedUser, User};
use crate::container::traced::Known;
use crate::container::{Container, Kind};
use crate::finding::Judgement;

/// The user that nginx is started as, if it is not root.
///
/// # Errors
/// The judgement on a container whose nginx is root, or whose user is not known.
pub fn unprivileged(container: &Container) -> Result<&User, Judgement> {
    let place = container.user.origin.span;
    if container.kind == Kind::Configuration {
        return Err(Judgement::not_applicable("nobody says here whom nginx is started as"));
    }
    let user = match &container.user.known {
        Known::Unknown(why) => return Err(Judgement::inconclusive(why.clone(), Some(place))),
        Known::Value(ResolvedUser::Fails(error)) => {
            let why = format!("the container does not start: {}", error.sentence());
            return Err(Judgement::inconclusive(why, Some(place)));
        }
        Known::Value(ResolvedUser::User(user)) => user,
    };
    match user.is_root() {
        Some(false) => Ok(user),
        Some(true) => Err(Judgement::not_applicable("nginx is started as root")),
        None if user.named_like_root() => {
            Err(Judgement::inconclusive(format!("the uid of `{}` is not known", user.text), Some(place)))
        }
        None => Ok(user),
    }
}
