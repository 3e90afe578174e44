//! Debian's `adduser`, `addgroup`, `deluser` and `delgroup`, as in adduser(8) and deluser(8).

use crate::shell::{Argument, Arguments, Known, TakesValue};

use super::add::{NewAccount, NewGroup, PrimaryGroup, Step, id_value};
use super::allocate::{Pool, Strategy};
use super::{Accounts, Id};

const ADDUSER: TakesValue = TakesValue {
    letters: "",
    names: &[
        "comment", "conf", "firstgid", "firstuid", "gecos", "gid", "home", "ingroup", "lastgid", "lastuid", "shell",
        "uid",
    ],
};

const DELUSER: TakesValue = TakesValue { letters: "", names: &["backup-to", "backup-suffix", "conf"] };

/// What an `adduser` or `addgroup` command asks for.
#[derive(Default)]
struct Request<'a> {
    uid: Option<Id>,
    gid: Option<Option<&'a str>>,
    system: bool,
    group: bool,
    /// Ids come from a range of its own.
    range: bool,
    operands: Vec<Option<&'a str>>,
}

fn request(words: &[Known]) -> Request<'_> {
    let mut request = Request::default();
    for argument in Arguments::new(words, ADDUSER) {
        match argument {
            Argument::Option { name: "uid", value } => request.uid = Some(id_value(value)),
            Argument::Option { name: "gid" | "ingroup", value } => request.gid = Some(value),
            Argument::Option { name: "system", .. } => request.system = true,
            Argument::Option { name: "group", .. } => request.group = true,
            Argument::Option { name: "firstuid" | "lastuid" | "firstgid" | "lastgid" | "conf", .. } => {
                request.range = true;
            }
            Argument::Option { .. } => {}
            Argument::Operand(text) => request.operands.push(text),
        }
    }
    request
}

impl Accounts {
    pub(super) fn debian_adduser(&mut self, words: &[Known], step: &Step<'_>) {
        let request = request(words);
        let name = match request.operands.as_slice() {
            [] => return,
            [Some(user), Some(group)] => return self.add_to_group(user, group, step),
            [Some(name)] => *name,
            _ => return self.set_opaque(step.place),
        };
        if request.group && !request.system {
            return self.debian_group(name, &request, step);
        }
        let pool = if request.system { Pool::System } else { Pool::Normal };
        if request.range {
            self.lose_ids(pool);
        }
        let group = match request.gid {
            Some(Some(group)) => PrimaryGroup::Given(group),
            Some(None) => PrimaryGroup::Unknown,
            None if request.system && !request.group => {
                PrimaryGroup::Default(self.group("nogroup").map_or(Id::Known(65534), |group| group.gid))
            }
            None => PrimaryGroup::Own,
        };
        let new = NewAccount {
            name,
            uid: request.uid,
            group,
            groups: Vec::new(),
            strategy: Strategy::Debian,
            pool,
            shared: false,
            existing: request.system,
        };
        self.create_account(new, step);
    }

    pub(super) fn debian_addgroup(&mut self, words: &[Known], step: &Step<'_>) {
        let request = request(words);
        match request.operands.as_slice() {
            [] => {}
            [Some(user), Some(group)] => self.add_to_group(user, group, step),
            [Some(name)] => self.debian_group(name, &request, step),
            _ => self.set_opaque(step.place),
        }
    }

    fn debian_group(&mut self, name: &str, request: &Request<'_>, step: &Step<'_>) {
        let pool = if request.system { Pool::System } else { Pool::Normal };
        if request.range {
            self.lose_ids(pool);
        }
        let gid = request.gid.map(id_value);
        let existing = request.system;
        self.create_group(NewGroup { name, gid, strategy: Strategy::Debian, pool, shared: false, existing }, step);
    }

    /// `deluser` of Debian and busybox: `USER`, or `USER GROUP` to leave a group.
    pub(super) fn deluser(&mut self, words: &[Known], step: &Step<'_>) {
        let mut group = false;
        let mut operands = Vec::new();
        for argument in Arguments::new(words, DELUSER) {
            match argument {
                Argument::Option { name, .. } => group |= name == "group",
                Argument::Operand(text) => operands.push(text),
            }
        }
        match operands.as_slice() {
            [] => {}
            [Some(name)] if group => self.remove_group(name, step),
            [Some(name)] => self.remove_account(name, step),
            [Some(user), Some(group)] => self.leave_group(user, group),
            _ => self.set_opaque(step.place),
        }
    }

    /// `delgroup` of Debian and busybox: `GROUP`, or `USER GROUP` to leave a group.
    pub(super) fn delgroup(&mut self, words: &[Known], step: &Step<'_>) {
        let operands: Vec<_> = Arguments::new(words, DELUSER)
            .filter_map(|argument| match argument {
                Argument::Operand(text) => Some(text),
                Argument::Option { .. } => None,
            })
            .collect();
        match operands.as_slice() {
            [] => {}
            [Some(name)] => self.remove_group(name, step),
            [Some(user), Some(group)] => self.leave_group(user, group),
            _ => self.set_opaque(step.place),
        }
    }

    fn leave_group(&mut self, user: &str, group: &str) {
        if let Some(account) = self.accounts.iter_mut().find(|account| account.name == user) {
            account.groups.retain(|name| name != group);
        }
    }
}
