//! Accounts: which users and groups an image has, and who a `USER` text means by that.
//!
//! A table starts from what the base image is known to have ([`Accounts::stock`], or [`Accounts::unknown`]), takes in
//! the account commands of each RUN in order ([`Accounts::apply`]), and answers [`resolve_user`]. What it cannot
//! follow makes it incomplete, never wrong: see [`Accounts::complete`].

mod add;
mod allocate;
mod busybox;
mod commands;
mod debian;
mod files;
mod given;
mod opaque;
mod shadow;
mod stock;
#[cfg(test)]
mod tests;
mod user;

pub use stock::Distribution;
pub use user::{ResolvedUser, StartError, User, resolve_user};

use crate::source::Span;

/// More entries than any image has; a text that makes more is not followed further.
const MOST_ENTRIES: usize = 512;

/// A user or group id, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// This number.
    Known(u32),
    /// Not 0 for sure; the number depends on the image.
    NonZero,
    /// Any number, 0 among them.
    Unknown,
}

impl Id {
    /// The number, if it is known.
    pub fn known(self) -> Option<u32> {
        match self {
            Id::Known(id) => Some(id),
            Id::NonZero | Id::Unknown => None,
        }
    }

    /// Whether it is 0; `None` if that is not decidable.
    pub fn is_zero(self) -> Option<bool> {
        match self {
            Id::Known(id) => Some(id == 0),
            Id::NonZero => Some(false),
            Id::Unknown => None,
        }
    }
}

/// A line of `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its user id.
    pub uid: Id,
    /// Its primary group.
    pub gid: Id,
    /// Supplementary groups it was put into by name, as far as commands say.
    pub groups: Vec<String>,
    /// The command that created or last changed it; `None` if the base image has it.
    pub place: Option<Span>,
    /// Whether that command may have been left out (`||`, a branch), so that the account may not be there.
    pub conditional: bool,
}

/// A line of `/etc/group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its id.
    pub gid: Id,
    /// The command that created or last changed it; `None` if the base image has it.
    pub place: Option<Span>,
    /// Whether that command may have been left out, so that the group may not be there.
    pub conditional: bool,
}

/// Something about an account command that does not fit the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What does not fit.
    pub kind: IncidentKind,
    /// The account or group that the command is for.
    pub name: String,
    /// The command.
    pub place: Span,
    /// Whether the build goes on if the command fails: `||` follows, or `;` without `set -e`.
    pub tolerated: bool,
}

/// What does not fit. All but the `Shared` ones make the command fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentKind {
    /// The user id asked for belongs to another account.
    UidTaken(Holder),
    /// The group id asked for belongs to another group.
    GidTaken(Holder),
    /// The account has the user id of another one, on purpose (`-o`, or a line in the file).
    UidShared(Holder),
    /// The group has the id of another one, on purpose.
    GidShared(Holder),
    /// The account to be created is there already; the place is that of its creation.
    AccountExists(Option<Span>),
    /// The group to be created is there already; the place is that of its creation.
    GroupExists(Option<Span>),
    /// The account to be changed is not there.
    AccountMissing,
    /// The group with this name or number is not there.
    GroupMissing(String),
}

/// Who has an id already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The id.
    pub id: u32,
    /// The account or group that has it.
    pub name: String,
    /// The command that gave it; `None` if the base image did.
    pub place: Option<Span>,
}

/// The users and groups of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    distribution: Distribution,
    accounts: Vec<Account>,
    groups: Vec<Group>,
    incidents: Vec<Incident>,
    complete: bool,
    opaque: Option<Span>,
    /// Names of packages that were installed: they may have brought accounts.
    packages: Vec<String>,
    /// Whether all ids from 1000 on, and all below, are known; else the next free one is not.
    normal_ids: bool,
    system_ids: bool,
}

impl Accounts {
    /// The table of an image that nothing is known of.
    pub fn unknown() -> Accounts {
        Accounts { complete: false, normal_ids: false, system_ids: false, ..Accounts::none() }
    }

    /// The table of an image without any accounts: `scratch`.
    pub fn none() -> Accounts {
        Accounts {
            distribution: Distribution::Unknown,
            accounts: Vec::new(),
            groups: Vec::new(),
            incidents: Vec::new(),
            complete: true,
            opaque: None,
            packages: Vec::new(),
            normal_ids: true,
            system_ids: true,
        }
    }

    /// An account that the image has beyond its distribution's; brings a group of its name if no other has its id.
    pub fn add_stock(&mut self, name: &str, uid: Id, gid: Id) {
        self.accounts.retain(|account| account.name != name);
        let (owned, groups) = (name.to_string(), Vec::new());
        self.accounts.push(Account { name: owned.clone(), uid, gid, groups, place: None, conditional: false });
        let taken = gid.known().is_some_and(|gid| self.by_gid(gid).is_some());
        if !taken && self.group(name).is_none() {
            self.groups.push(Group { name: owned, gid, place: None, conditional: false });
        }
    }

    /// What kind of user management programs the image has.
    pub fn distribution(&self) -> Distribution {
        self.distribution
    }

    /// Whether all accounts are in the table; `false` once something opaque ran, or if the base is not known.
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// The first thing that may have changed accounts unseen; `None` in an incomplete table: the base is not known.
    pub fn opaque(&self) -> Option<Span> {
        self.opaque
    }

    /// Says that something not looked into may have changed accounts, such as a COPY over `/etc`.
    pub fn set_opaque(&mut self, place: Span) {
        self.set_incomplete(place);
        self.normal_ids = false;
    }

    /// Says that there may be more accounts of services, as packages bring them: their ids are below 1000.
    fn set_incomplete(&mut self, place: Span) {
        self.opaque.get_or_insert(place);
        self.complete = false;
        self.system_ids = false;
    }

    /// The account with this name; the first one, as `getpwnam` has it.
    pub fn user(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The first account with this id.
    pub fn by_uid(&self, uid: u32) -> Option<&Account> {
        self.accounts.iter().find(|account| account.uid == Id::Known(uid))
    }

    /// The group with this name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The first group with this id.
    pub fn by_gid(&self, gid: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.gid == Id::Known(gid))
    }

    /// All accounts, in the order of the file.
    pub fn users(&self) -> &[Account] {
        &self.accounts
    }

    /// All groups, in the order of the file.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What did not fit, in the order of the commands.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// Whether an account or group that is not in the table may be there all the same.
    pub fn may_have(&self, name: &str) -> bool {
        !self.complete || opaque::may_come_with(name, &self.packages)
    }
}
