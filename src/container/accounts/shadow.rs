//! The shadow suite: `useradd`, `groupadd`, `usermod`, `groupmod`, `userdel` and `groupdel`, as in their man pages.

use crate::shell::{Argument, Arguments, Known, TakesValue};

use super::add::{NewAccount, NewGroup, PrimaryGroup, Step, id_value};
use super::allocate::{Pool, Strategy};
use super::{Account, Accounts, Id, IncidentKind};

const USERADD: TakesValue = TakesValue {
    letters: "bcdefgGkKpRPsuZ",
    names: &[
        "base-dir",
        "comment",
        "expiredate",
        "gid",
        "groups",
        "home",
        "home-dir",
        "inactive",
        "key",
        "password",
        "prefix",
        "root",
        "selinux-user",
        "shell",
        "skel",
        "uid",
    ],
};

const GROUPADD: TakesValue =
    TakesValue { letters: "gKpPRU", names: &["gid", "key", "password", "prefix", "root", "users"] };

const USERMOD: TakesValue = TakesValue {
    letters: "cdefgGlpPRsuvVwWZ",
    names: &[
        "add-subgids",
        "add-subuids",
        "comment",
        "del-subgids",
        "del-subuids",
        "expiredate",
        "gid",
        "groups",
        "home",
        "inactive",
        "login",
        "password",
        "prefix",
        "root",
        "selinux-user",
        "shell",
        "uid",
    ],
};

const GROUPMOD: TakesValue =
    TakesValue { letters: "gnpPRU", names: &["gid", "new-name", "password", "prefix", "root", "users"] };

const DELETE: TakesValue = TakesValue { letters: "PR", names: &["prefix", "root"] };

/// Whether an option says that the files of another root are meant.
fn is_elsewhere(name: &str) -> bool {
    matches!(name, "R" | "root" | "P" | "prefix")
}

fn list(value: Option<&str>) -> Vec<String> {
    value.unwrap_or_default().split(',').filter(|name| !name.is_empty()).map(str::to_string).collect()
}

/// The operand that names an account, and whether a command has to be left alone.
#[derive(Default)]
struct Subject<'a> {
    name: Option<&'a str>,
    /// There is an operand, known or not.
    given: bool,
    elsewhere: bool,
}

impl<'a> Subject<'a> {
    fn operand(&mut self, text: Option<&'a str>) {
        self.name = text;
        self.given = true;
    }
}

impl Accounts {
    /// A command for an account whose name is not known may be for any.
    fn named<'a>(&mut self, subject: &Subject<'a>, step: &Step<'_>) -> Option<&'a str> {
        if subject.given && !subject.elsewhere && subject.name.is_none() {
            self.set_opaque(step.place);
        }
        subject.name.filter(|name| !subject.elsewhere && !name.is_empty())
    }

    pub(super) fn useradd(&mut self, words: &[Known], step: &Step<'_>) {
        let mut subject = Subject::default();
        let (mut uid, mut gid, mut groups) = (None, None, Vec::new());
        let (mut system, mut private, mut shared, mut defaults) = (false, true, false, false);
        for argument in Arguments::new(words, USERADD) {
            match argument {
                Argument::Option { name: "u" | "uid", value } => uid = Some(id_value(value)),
                Argument::Option { name: "g" | "gid", value } => gid = Some(value),
                Argument::Option { name: "G" | "groups", value } => groups = list(value),
                Argument::Option { name: "r" | "system", .. } => system = true,
                Argument::Option { name: "N" | "no-user-group", .. } => private = false,
                Argument::Option { name: "o" | "non-unique", .. } => shared = true,
                Argument::Option { name: "D" | "defaults", .. } => defaults = true,
                Argument::Option { name, .. } => subject.elsewhere |= is_elsewhere(name),
                Argument::Operand(text) => subject.operand(text),
            }
        }
        let Some(name) = self.named(&subject, step).filter(|_| !defaults) else { return };
        for group in &groups {
            if self.existing_group(group).is_none() {
                self.report(IncidentKind::GroupMissing(group.clone()), name, step);
            }
        }
        let group = match gid {
            Some(Some(gid)) => PrimaryGroup::Given(gid),
            Some(None) => PrimaryGroup::Unknown,
            None if private => PrimaryGroup::Own,
            // GROUP in /etc/default/useradd: `users`.
            None => PrimaryGroup::Default(Id::Known(100)),
        };
        let pool = if system { Pool::System } else { Pool::Normal };
        let new = NewAccount { name, uid, group, groups, strategy: Strategy::Shadow, pool, shared, existing: false };
        self.create_account(new, step);
    }

    pub(super) fn groupadd(&mut self, words: &[Known], step: &Step<'_>) {
        let mut subject = Subject::default();
        let (mut gid, mut system, mut force, mut shared) = (None, false, false, false);
        for argument in Arguments::new(words, GROUPADD) {
            match argument {
                Argument::Option { name: "g" | "gid", value } => gid = Some(id_value(value)),
                Argument::Option { name: "r" | "system", .. } => system = true,
                Argument::Option { name: "f" | "force", .. } => force = true,
                Argument::Option { name: "o" | "non-unique", .. } => shared = true,
                Argument::Option { name, .. } => subject.elsewhere |= is_elsewhere(name),
                Argument::Operand(text) => subject.operand(text),
            }
        }
        let Some(name) = self.named(&subject, step) else { return };
        // With `-f`, a number that is taken is as good as none.
        let taken = gid.and_then(Id::known).is_some_and(|gid| self.by_gid(gid).is_some());
        let gid = gid.filter(|_| !(force && !shared && taken));
        let pool = if system { Pool::System } else { Pool::Normal };
        self.create_group(NewGroup { name, gid, strategy: Strategy::Shadow, pool, shared, existing: force }, step);
    }

    pub(super) fn usermod(&mut self, words: &[Known], step: &Step<'_>) {
        let mut subject = Subject::default();
        let (mut uid, mut gid, mut groups, mut login) = (None, None, None, None);
        let (mut append, mut shared) = (false, false);
        for argument in Arguments::new(words, USERMOD) {
            match argument {
                Argument::Option { name: "u" | "uid", value } => uid = Some(id_value(value)),
                Argument::Option { name: "g" | "gid", value } => gid = Some(value),
                Argument::Option { name: "G" | "groups", value } => groups = Some(list(value)),
                Argument::Option { name: "l" | "login", value } => login = Some(value),
                Argument::Option { name: "a" | "append", .. } => append = true,
                Argument::Option { name: "o" | "non-unique", .. } => shared = true,
                Argument::Option { name, .. } => subject.elsewhere |= is_elsewhere(name),
                Argument::Operand(text) => subject.operand(text),
            }
        }
        let Some(name) = self.named(&subject, step) else { return };
        if let Some(uid) = uid {
            self.change_uid(name, uid, shared, step);
        }
        if let Some(gid) = gid {
            let gid = gid.and_then(|gid| self.given_group(name, gid, step)).unwrap_or(Id::Unknown);
            self.change_account(name, step, |account| account.gid = if step.conditional { Id::Unknown } else { gid });
        }
        if let Some(groups) = groups {
            self.change_groups(name, groups, append, step);
        }
        match login {
            Some(Some(login)) => self.change_account(name, step, |account| account.name = login.to_string()),
            Some(None) => self.set_opaque(step.place),
            None => {}
        }
    }

    fn given_group(&mut self, name: &str, group: &str, step: &Step<'_>) -> Option<Id> {
        let gid = self.existing_group(group);
        if gid.is_none() {
            self.report(IncidentKind::GroupMissing(group.to_string()), name, step);
        }
        gid.or_else(|| group.parse().ok().map(Id::Known))
    }

    fn change_uid(&mut self, name: &str, uid: Id, shared: bool, step: &Step<'_>) {
        let same = self.user(name).is_some_and(|account| account.uid == uid);
        if same {
            return;
        }
        if self.report_uid(name, Some(uid), shared, step) && step.tolerated {
            return;
        }
        if uid.known().is_none() || step.conditional {
            self.lose_ids(Pool::Normal);
            self.lose_ids(Pool::System);
        }
        self.change_account(name, step, |account| {
            account.uid = match (account.uid, uid) {
                // One of two numbers.
                (Id::Known(0), _) | (_, Id::Known(0) | Id::Unknown) if step.conditional => Id::Unknown,
                (Id::Unknown, _) if step.conditional => Id::Unknown,
                _ if step.conditional => Id::NonZero,
                _ => uid,
            };
        });
    }

    fn change_groups(&mut self, name: &str, groups: Vec<String>, append: bool, step: &Step<'_>) {
        let before = self.user(name).map_or(0, |account| account.groups.len());
        for group in groups {
            self.add_to_group(name, &group, step);
        }
        if let Some(account) = self.accounts.iter_mut().find(|account| account.name == name)
            && !append
            && !step.conditional
        {
            account.groups.drain(..before.min(account.groups.len()));
        }
    }

    pub(super) fn groupmod(&mut self, words: &[Known], step: &Step<'_>) {
        let mut subject = Subject::default();
        let (mut gid, mut new_name, mut shared) = (None, None, false);
        for argument in Arguments::new(words, GROUPMOD) {
            match argument {
                Argument::Option { name: "g" | "gid", value } => gid = Some(id_value(value)),
                Argument::Option { name: "n" | "new-name", value } => new_name = Some(value),
                Argument::Option { name: "o" | "non-unique", .. } => shared = true,
                Argument::Option { name, .. } => subject.elsewhere |= is_elsewhere(name),
                Argument::Operand(text) => subject.operand(text),
            }
        }
        let Some(name) = self.named(&subject, step) else { return };
        if self.group(name).is_none() {
            return self.report(IncidentKind::GroupMissing(name.to_string()), name, step);
        }
        if let Some(gid) = gid {
            self.change_gid(name, gid, shared, step);
        }
        match new_name {
            Some(Some(new_name)) => {
                if let Some(group) = self.groups.iter_mut().find(|group| group.name == name) {
                    group.name = new_name.to_string();
                }
            }
            Some(None) => self.set_opaque(step.place),
            None => {}
        }
    }

    /// The accounts that have the group as their primary one follow.
    fn change_gid(&mut self, name: &str, gid: Id, shared: bool, step: &Step<'_>) {
        let Some(old) = self.group(name).map(|group| group.gid).filter(|old| *old != gid) else { return };
        if self.report_gid(name, Some(gid), shared, step) && step.tolerated {
            return;
        }
        if gid.known().is_none() || step.conditional {
            self.lose_ids(Pool::Normal);
            self.lose_ids(Pool::System);
        }
        let gid = if step.conditional { Id::Unknown } else { gid };
        if let Some(group) = self.groups.iter_mut().find(|group| group.name == name) {
            group.gid = gid;
            group.place = Some(step.place);
        }
        if old.known().is_some() {
            let follow = |account: &mut Account| account.gid = gid;
            self.accounts.iter_mut().filter(|account| account.gid == old).for_each(follow);
        }
    }

    /// `userdel`.
    pub(super) fn userdel(&mut self, words: &[Known], step: &Step<'_>) {
        let subject = Accounts::subject(words, DELETE);
        if let Some(name) = self.named(&subject, step) {
            self.remove_account(name, step);
        }
    }

    /// `groupdel`.
    pub(super) fn groupdel(&mut self, words: &[Known], step: &Step<'_>) {
        let subject = Accounts::subject(words, DELETE);
        if let Some(name) = self.named(&subject, step) {
            self.remove_group(name, step);
        }
    }

    fn subject(words: &[Known], takes: TakesValue) -> Subject<'_> {
        let mut subject = Subject::default();
        for argument in Arguments::new(words, takes) {
            match argument {
                Argument::Option { name, .. } => subject.elsewhere |= is_elsewhere(name),
                Argument::Operand(text) => subject.operand(text),
            }
        }
        subject
    }
}
