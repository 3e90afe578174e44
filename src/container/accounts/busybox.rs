//! busybox's `adduser` and `addgroup`; `-g` of the first is the comment field, not a group.

use crate::shell::{Argument, Arguments, Known, TakesValue};

use super::add::{NewAccount, NewGroup, PrimaryGroup, Step, id_value};
use super::allocate::{Pool, Strategy};
use super::{Accounts, Id};

const ADDUSER: TakesValue =
    TakesValue { letters: "gGhksu", names: &["gecos", "home", "ingroup", "shell", "skel", "uid"] };

const ADDGROUP: TakesValue = TakesValue { letters: "g", names: &["gid"] };

impl Accounts {
    pub(super) fn busybox_adduser(&mut self, words: &[Known], step: &Step<'_>) {
        let (mut uid, mut gid, mut system, mut operands) = (None, None, false, Vec::new());
        for argument in Arguments::new(words, ADDUSER) {
            match argument {
                Argument::Option { name: "u" | "uid", value } => uid = Some(id_value(value)),
                Argument::Option { name: "G" | "ingroup", value } => gid = Some(value),
                Argument::Option { name: "S" | "system", .. } => system = true,
                Argument::Option { .. } => {}
                Argument::Operand(text) => operands.push(text),
            }
        }
        let name = match operands.as_slice() {
            [] => return,
            [Some(user), Some(group)] => return self.add_to_group(user, group, step),
            [Some(name)] => *name,
            _ => return self.set_opaque(step.place),
        };
        let group = match gid {
            Some(Some(group)) => PrimaryGroup::Given(group),
            Some(None) => PrimaryGroup::Unknown,
            None if system => PrimaryGroup::Default(self.group("nogroup").map_or(Id::NonZero, |group| group.gid)),
            None => PrimaryGroup::Own,
        };
        let pool = if system { Pool::System } else { Pool::Normal };
        let (strategy, groups) = (Strategy::Busybox, Vec::new());
        self.create_account(
            NewAccount { name, uid, group, groups, strategy, pool, shared: false, existing: false },
            step,
        );
    }

    pub(super) fn busybox_addgroup(&mut self, words: &[Known], step: &Step<'_>) {
        let (mut gid, mut system, mut operands) = (None, false, Vec::new());
        for argument in Arguments::new(words, ADDGROUP) {
            match argument {
                Argument::Option { name: "g" | "gid", value } => gid = Some(id_value(value)),
                Argument::Option { name: "S" | "system", .. } => system = true,
                Argument::Option { .. } => {}
                Argument::Operand(text) => operands.push(text),
            }
        }
        let pool = if system { Pool::System } else { Pool::Normal };
        match operands.as_slice() {
            [] => {}
            [Some(user), Some(group)] => self.add_to_group(user, group, step),
            [Some(name)] => {
                let strategy = Strategy::Busybox;
                self.create_group(NewGroup { name, gid, strategy, pool, shared: false, existing: false }, step);
            }
            _ => self.set_opaque(step.place),
        }
    }
}
