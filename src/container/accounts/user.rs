//! Users: what a `USER` or Compose `user:` text means in an image.

use crate::source::Span;

use super::{Accounts, Id};

/// The largest id that a container can be started with.
const LARGEST_ID: u32 = 2_147_483_647;

/// The user and group that a container's process starts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The text that says so, `user[:group]`.
    pub text: String,
    /// The user id.
    pub uid: Id,
    /// The primary group.
    pub gid: Id,
    /// The account's name: as written, or that of the account with the number.
    pub name: Option<String>,
    /// Whether the user part is a number; what Kubernetes `runAsNonRoot` can verify. An empty one is not.
    pub numeric: bool,
    /// Whether the text names a group.
    pub group_given: bool,
    /// The command that created the account; `None` if there is none, or the base image has it.
    pub place: Option<Span>,
}

impl User {
    /// Whether it is root; `None` if that is not decidable.
    pub fn is_root(&self) -> Option<bool> {
        self.uid.is_zero()
    }

    /// What to presume where [`User::is_root`] cannot decide: that names which mean the administrator do so.
    pub fn named_like_root(&self) -> bool {
        self.name.as_deref().is_some_and(is_root_name)
    }
}

fn is_root_name(name: &str) -> bool {
    matches!(name, "root" | "toor" | "Administrator")
}

/// Why a container does not start as the user asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// There is no account with this name.
    NoSuchUser(String),
    /// There is no group with this name.
    NoSuchGroup(String),
    /// This number is no valid id.
    OutOfRange(String),
}

impl StartError {
    /// What the engine would say, as a sentence without a full stop.
    pub fn sentence(&self) -> String {
        match self {
            StartError::NoSuchUser(name) => format!("there is no user `{name}`"),
            StartError::NoSuchGroup(name) => format!("there is no group `{name}`"),
            StartError::OutOfRange(number) => format!("`{number}` is no id that a container can have"),
        }
    }
}

/// What comes of a user text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedUser {
    /// The container starts; what is not known of the user is so in its ids.
    User(User),
    /// The container does not start.
    Fails(StartError),
}

impl ResolvedUser {
    /// The user, if the container starts.
    pub fn user(&self) -> Option<&User> {
        match self {
            ResolvedUser::User(user) => Some(user),
            ResolvedUser::Fails(_) => None,
        }
    }
}

/// What `text` means in an image with these accounts, as the engine reads it at container start (moby/sys/user):
/// `user[:group]`, digits are ids and everything else is a name. Variables must have been replaced.
pub fn resolve_user(text: &str, accounts: &Accounts) -> ResolvedUser {
    match resolve(text, accounts) {
        Ok(user) => ResolvedUser::User(user),
        Err(error) => ResolvedUser::Fails(error),
    }
}

fn resolve(text: &str, accounts: &Accounts) -> Result<User, StartError> {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let mut resolved = match number(user)? {
        _ if user.is_empty() => by_number(0, accounts),
        Some(uid) => by_number(uid, accounts),
        None => by_name(user, accounts)?,
    };
    if !group.is_empty() {
        resolved.gid = group_id(group, accounts)?;
    }
    Ok(User {
        text: text.to_string(),
        numeric: !user.is_empty() && resolved.numeric,
        group_given: !group.is_empty(),
        ..resolved
    })
}

/// The number a part is; `None` for a name.
fn number(part: &str) -> Result<Option<u32>, StartError> {
    let digits = part.strip_prefix('-').unwrap_or(part);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match part.parse::<u32>() {
        Ok(id) if id <= LARGEST_ID => Ok(Some(id)),
        _ => Err(StartError::OutOfRange(part.to_string())),
    }
}

fn by_number(uid: u32, accounts: &Accounts) -> User {
    let account = accounts.by_uid(uid);
    let gid = match account {
        Some(account) => account.gid,
        // Without a line in the file, the group is root's.
        None if accounts.complete() || uid == 0 => Id::Known(0),
        None => Id::Unknown,
    };
    User {
        text: String::new(),
        uid: Id::Known(uid),
        gid,
        name: account.map(|account| account.name.clone()),
        numeric: true,
        group_given: false,
        place: account.and_then(|account| account.place),
    }
}

fn by_name(name: &str, accounts: &Accounts) -> Result<User, StartError> {
    let account = accounts.user(name);
    let (uid, gid) = match account {
        Some(account) => (account.uid, account.gid),
        None if !could_exist(name, accounts) => return Err(StartError::NoSuchUser(name.to_string())),
        None if name == "root" => (Id::Known(0), Id::Known(0)),
        None => (Id::Unknown, Id::Unknown),
    };
    Ok(User {
        text: String::new(),
        uid,
        gid,
        name: Some(name.to_string()),
        numeric: false,
        group_given: false,
        place: account.and_then(|account| account.place),
    })
}

fn group_id(group: &str, accounts: &Accounts) -> Result<Id, StartError> {
    if let Some(gid) = number(group)? {
        return Ok(Id::Known(gid));
    }
    match accounts.group(group) {
        Some(group) => Ok(group.gid),
        None if !could_exist(group, accounts) => Err(StartError::NoSuchGroup(group.to_string())),
        None if group == "root" => Ok(Id::Known(0)),
        None => Ok(Id::Unknown),
    }
}

/// No account has blanks in its name, whatever ran.
fn could_exist(name: &str, accounts: &Accounts) -> bool {
    accounts.may_have(name) && !name.contains(char::is_whitespace)
}
