//! Changes to the table: one place that creates, so that what does not fit is seen once.

use std::collections::BTreeSet;

use crate::source::Span;

use super::allocate::{Pool, Strategy};
use super::{Account, Accounts, Group, Holder, Id, Incident, IncidentKind, MOST_ENTRIES};

/// The command that a change comes from.
pub(super) struct Step<'a> {
    pub place: Span,
    /// It may be left out.
    pub conditional: bool,
    /// The build goes on if it fails.
    pub tolerated: bool,
    /// Names that the script asks for with `id` or `getent`; a conditional change of one of them goes by the answer.
    pub guards: &'a BTreeSet<String>,
}

/// Which primary group a new account gets.
pub(super) enum PrimaryGroup<'a> {
    /// One of its own, with its name.
    Own,
    /// This one, by name or number.
    Given(&'a str),
    /// The program's default, whether or not it is in the table.
    Default(Id),
    /// One that is not known.
    Unknown,
}

/// An account to be created.
pub(super) struct NewAccount<'a> {
    pub name: &'a str,
    /// The id asked for.
    pub uid: Option<Id>,
    pub group: PrimaryGroup<'a>,
    pub groups: Vec<String>,
    pub strategy: Strategy,
    pub pool: Pool,
    /// Another account may have the id.
    pub shared: bool,
    /// It may be there already.
    pub existing: bool,
}

/// A group to be created.
pub(super) struct NewGroup<'a> {
    pub name: &'a str,
    /// The id asked for.
    pub gid: Option<Id>,
    pub strategy: Strategy,
    pub pool: Pool,
    /// Another group may have the id.
    pub shared: bool,
    /// It may be there already.
    pub existing: bool,
}

/// An id as an option's value says it; `None`: not known.
pub(super) fn id_value(value: Option<&str>) -> Id {
    value.and_then(|value| value.parse().ok()).map_or(Id::Unknown, Id::Known)
}

impl Accounts {
    /// Notes what does not fit, if the command runs for sure.
    pub(super) fn report(&mut self, kind: IncidentKind, name: &str, step: &Step<'_>) {
        let missing = match &kind {
            IncidentKind::AccountMissing => Some(name),
            IncidentKind::GroupMissing(group) => Some(group.as_str()),
            _ => None,
        };
        if step.conditional || missing.is_some_and(|name| self.may_have(name)) || self.incidents.len() >= MOST_ENTRIES {
            return;
        }
        let (name, place, tolerated) = (name.to_string(), step.place, step.tolerated);
        self.incidents.push(Incident { kind, name, place, tolerated });
    }

    /// Whether a change to `name` may not take place. Where the script asks whether the name is there, the table knows.
    fn is_uncertain(&self, name: &str, step: &Step<'_>) -> bool {
        step.conditional && !(self.complete && step.guards.contains(name))
    }

    fn uid_holder(&self, uid: Option<Id>) -> Option<Holder> {
        let id = uid.and_then(Id::known)?;
        let account = self.by_uid(id).filter(|account| !account.conditional)?;
        Some(Holder { id, name: account.name.clone(), place: account.place })
    }

    fn gid_holder(&self, gid: Option<Id>) -> Option<Holder> {
        let id = gid.and_then(Id::known)?;
        let group = self.by_gid(id).filter(|group| !group.conditional)?;
        Some(Holder { id, name: group.name.clone(), place: group.place })
    }

    /// Notes that an id is taken; whether the command fails of it.
    pub(super) fn report_uid(&mut self, name: &str, uid: Option<Id>, shared: bool, step: &Step<'_>) -> bool {
        let Some(holder) = self.uid_holder(uid) else { return false };
        let kind = if shared { IncidentKind::UidShared } else { IncidentKind::UidTaken };
        self.report(kind(holder), name, step);
        !shared
    }

    /// The same for a group.
    pub(super) fn report_gid(&mut self, name: &str, gid: Option<Id>, shared: bool, step: &Step<'_>) -> bool {
        let Some(holder) = self.gid_holder(gid) else { return false };
        let kind = if shared { IncidentKind::GidShared } else { IncidentKind::GidTaken };
        self.report(kind(holder), name, step);
        !shared
    }

    pub(super) fn create_account(&mut self, new: NewAccount<'_>, step: &Step<'_>) {
        if let Some(there) = self.user(new.name) {
            let kind = IncidentKind::AccountExists(there.place);
            if !new.existing && !there.conditional {
                self.report(kind, new.name, step);
            }
            return;
        }
        if self.report_uid(new.name, new.uid, new.shared, step) && step.tolerated {
            return;
        }
        let uncertain = self.is_uncertain(new.name, step);
        let own = matches!(new.group, PrimaryGroup::Own);
        let uid = match new.uid {
            Some(uid) => uid,
            None if uncertain => Id::NonZero,
            None => self.free_uid(new.strategy, new.pool, own),
        };
        let Some(gid) = self.primary_group(&new, uid, uncertain, step) else { return };
        self.note_ids(uid, new.uid.is_some(), new.pool, uncertain);
        let (name, place) = (new.name.to_string(), Some(step.place));
        self.push_account(Account { name, uid, gid, groups: new.groups, place, conditional: uncertain });
    }

    /// What the next free id depends on.
    pub(super) fn note_ids(&mut self, id: Id, explicit: bool, pool: Pool, uncertain: bool) {
        if explicit && id.known().is_none() {
            self.lose_ids(Pool::Normal);
            self.lose_ids(Pool::System);
        } else if uncertain || id.known().is_none() {
            self.lose_ids(pool);
        }
    }

    /// The primary group's id; `None` if the command fails and the build goes on.
    fn primary_group(&mut self, new: &NewAccount<'_>, uid: Id, uncertain: bool, step: &Step<'_>) -> Option<Id> {
        match new.group {
            PrimaryGroup::Own => self.own_group(new, uid, uncertain, step),
            PrimaryGroup::Default(gid) => Some(gid),
            PrimaryGroup::Unknown => Some(Id::Unknown),
            PrimaryGroup::Given(text) => {
                let gid = self.existing_group(text);
                if gid.is_none() {
                    self.report(IncidentKind::GroupMissing(text.to_string()), new.name, step);
                    if step.tolerated && !self.may_have(text) {
                        return None;
                    }
                }
                Some(gid.unwrap_or(text.parse().map_or(Id::Unknown, Id::Known)))
            }
        }
    }

    /// The id of the group that a name or number means; `None` if the table has none.
    pub(super) fn existing_group(&self, text: &str) -> Option<Id> {
        match text.parse() {
            Ok(gid) => self.by_gid(gid).map(|group| group.gid),
            Err(_) => self.group(text).map(|group| group.gid),
        }
    }

    fn own_group(&mut self, new: &NewAccount<'_>, uid: Id, uncertain: bool, step: &Step<'_>) -> Option<Id> {
        if let Some(there) = self.group(new.name) {
            let (gid, conditional) = (there.gid, there.conditional);
            if !conditional {
                self.report(IncidentKind::GroupExists(there.place), new.name, step);
            }
            return (conditional || !step.tolerated).then_some(gid);
        }
        let holder = self.gid_holder(Some(uid));
        // busybox insists on the same number for both.
        if let (Some(holder), Strategy::Busybox, Some(_)) = (&holder, new.strategy, new.uid) {
            self.report(IncidentKind::GidTaken(holder.clone()), new.name, step);
        }
        let gid = match uid {
            Id::Known(id) if self.ids_known(Pool::of(id)) && !uncertain && holder.is_none() && is_kept(id, new) => uid,
            _ if uncertain => Id::NonZero,
            Id::Known(_) if holder.is_some() => self.free_gid(new.strategy, new.pool),
            _ => Id::NonZero,
        };
        self.note_ids(gid, false, new.pool, uncertain);
        let (name, place) = (new.name.to_string(), Some(step.place));
        self.push_group(Group { name, gid, place, conditional: uncertain });
        Some(gid)
    }

    pub(super) fn create_group(&mut self, new: NewGroup<'_>, step: &Step<'_>) {
        if let Some(there) = self.group(new.name) {
            let kind = IncidentKind::GroupExists(there.place);
            if !new.existing && !there.conditional {
                self.report(kind, new.name, step);
            }
            return;
        }
        if self.report_gid(new.name, new.gid, new.shared, step) && step.tolerated {
            return;
        }
        let uncertain = self.is_uncertain(new.name, step);
        let gid = match new.gid {
            Some(gid) => gid,
            None if uncertain => Id::NonZero,
            None => self.free_gid(new.strategy, new.pool),
        };
        self.note_ids(gid, new.gid.is_some(), new.pool, uncertain);
        let (name, place) = (new.name.to_string(), Some(step.place));
        self.push_group(Group { name, gid, place, conditional: uncertain });
    }

    pub(super) fn push_account(&mut self, account: Account) {
        match (self.accounts.len() < MOST_ENTRIES, account.place) {
            (false, Some(place)) => self.set_opaque(place),
            _ => self.accounts.push(account),
        }
    }

    pub(super) fn push_group(&mut self, group: Group) {
        match (self.groups.len() < MOST_ENTRIES, group.place) {
            (false, Some(place)) => self.set_opaque(place),
            _ => self.groups.push(group),
        }
    }

    /// Changes an account, which is there from now on if the table is not complete.
    pub(super) fn change_account(&mut self, name: &str, step: &Step<'_>, change: impl FnOnce(&mut Account)) {
        if self.user(name).is_none() {
            self.report(IncidentKind::AccountMissing, name, step);
            if !self.may_have(name) {
                return;
            }
            let (uid, gid) = if name == "root" { (Id::Known(0), Id::Known(0)) } else { (Id::Unknown, Id::Unknown) };
            let (name, groups, place) = (name.to_string(), Vec::new(), Some(step.place));
            self.push_account(Account { name, uid, gid, groups, place, conditional: step.conditional });
        }
        if let Some(account) = self.accounts.iter_mut().find(|account| account.name == name) {
            change(account);
            account.place = Some(step.place);
        }
    }

    /// Puts a user into a group.
    pub(super) fn add_to_group(&mut self, user: &str, group: &str, step: &Step<'_>) {
        if self.existing_group(group).is_none() {
            self.report(IncidentKind::GroupMissing(group.to_string()), user, step);
        }
        match self.accounts.iter_mut().find(|account| account.name == user) {
            Some(account) if account.groups.len() < MOST_ENTRIES => account.groups.push(group.to_string()),
            Some(_) => {}
            None => self.change_account(user, step, |account| account.groups.push(group.to_string())),
        }
    }

    /// Removes an account, and the group of its name if no other account has it as its own.
    pub(super) fn remove_account(&mut self, name: &str, step: &Step<'_>) {
        let Some(account) = self.user(name) else {
            return self.report(IncidentKind::AccountMissing, name, step);
        };
        let gid = account.gid;
        if self.is_uncertain(name, step) {
            // Whether it is there is no longer known, and neither are the free ids.
            return self.set_opaque(step.place);
        }
        self.accounts.retain(|account| account.name != name);
        let own = self.group(name).is_some_and(|group| group.gid == gid);
        if own && !self.accounts.iter().any(|account| account.gid == gid) {
            self.groups.retain(|group| group.name != name);
        }
    }

    pub(super) fn remove_group(&mut self, name: &str, step: &Step<'_>) {
        if self.group(name).is_none() {
            return self.report(IncidentKind::GroupMissing(name.to_string()), name, step);
        }
        if self.is_uncertain(name, step) {
            return self.set_opaque(step.place);
        }
        self.groups.retain(|group| group.name != name);
    }
}

/// Whether a private group gets the account's number even if it is free: shadow keeps to the range of its pool.
fn is_kept(id: u32, new: &NewAccount<'_>) -> bool {
    let largest = if new.pool == Pool::System { 999 } else { 60_000 };
    new.strategy != Strategy::Shadow || id <= largest
}
