//! Accounts: empty passwords, and numbers that several names share.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Look, blame};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::image::Opened;
use crate::image::layers::{Content, Contents, Entry, Lookup};
use crate::rule::NoParameters;

/// Bytes that a name may have: no system takes more.
const LONGEST_NAME: usize = 256;

/// A file of accounts.
struct Table<'c> {
    entry: Entry<'c>,
    text: String,
}

impl Table<'_> {
    /// The fields of each line that is an account; comments, lines for NIS and lines cut short are none.
    fn lines(&self, least: usize) -> impl Iterator<Item = Vec<&str>> {
        let lines = self.text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '+', '-']));
        let lines = lines.map(|line| line.split(':').collect::<Vec<_>>());
        lines.filter(move |fields| fields.len() >= least && (1..=LONGEST_NAME).contains(&fields[0].len()))
    }
}

/// The file at a path; nothing if there is none or it is not known.
fn table<'c>(contents: &'c Contents, path: &str, look: &mut Look) -> Option<Table<'c>> {
    let entry = match contents.find(path) {
        Lookup::Found(entry) => entry,
        Lookup::Absent => return None,
        Lookup::Unknown(why) => {
            look.leave_open(why);
            return None;
        }
    };
    match contents.content_of(&entry) {
        Content::Bytes(bytes) => Some(Table { entry, text: String::from_utf8_lossy(bytes).into_owned() }),
        Content::Absent => None,
        Content::Unknown(why) => {
            look.leave_open(why);
            None
        }
    }
}

pub(super) fn account_password_empty(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    _: &NoParameters,
) -> Judgement {
    let mut look = Look::default();
    let (passwd, shadow) = (table(contents, "etc/passwd", &mut look), table(contents, "etc/shadow", &mut look));
    let Some(passwd) = passwd else { return look.judgement(container, contents, "the image has no accounts") };
    let fields: BTreeMap<&str, &str> = passwd.lines(2).map(|fields| (fields[0], fields[1])).collect();
    let mut find = |table: &Table<'_>, name: &str| {
        let message = format!("the account `{name}` has an empty password in `/{}`", table.entry.path);
        let finding = Finding::new(container.key, message).within(opened.place(&table.entry, false));
        let finding = blame(finding, container, table.entry.layer, "wrote");
        look.find(finding.fix(Fix::words(format!("lock the account: `RUN passwd -l {name}`"))));
    };
    for (name, _) in fields.iter().filter(|(_, password)| password.is_empty()) {
        find(&passwd, name);
    }
    // The second file counts for those accounts that the first sends there.
    if let Some(shadow) = &shadow {
        for fields in shadow.lines(2).filter(|line| line[1].is_empty() && fields.get(line[0]) == Some(&"x")) {
            find(shadow, fields[0]);
        }
    }
    look.judgement(container, contents, "no account has an empty password")
}

/// Accounts and groups that may share their number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    accept: Vec<String>,
}

pub(super) fn account_id_shared(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    accepted: &Accepted,
) -> Judgement {
    let mut look = Look::default();
    for (path, what, kind) in [("etc/passwd", "uid", "accounts"), ("etc/group", "gid", "groups")] {
        let Some(table) = table(contents, path, &mut look) else { continue };
        let mut by_id: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
        for fields in table.lines(3).filter(|fields| !accepted.accept.iter().any(|name| name == fields[0])) {
            let Ok(id) = fields[2].parse() else { continue };
            by_id.entry(id).or_default().insert(fields[0]);
        }
        for (id, names) in by_id.iter().filter(|(_, names)| names.len() > 1) {
            let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
            let message = match (*id, what) {
                (0, "uid") => format!("{} have uid 0: each of them is root", shown.join(", ")),
                _ => format!("the {kind} {} share {what} {id}", shown.join(", ")),
            };
            let finding = Finding::new(container.key, message).within(opened.place(&table.entry, false));
            let finding = blame(finding, container, table.entry.layer, "wrote");
            look.find(finding.fix(Fix::words(format!(
                "give `{}` a {what} of its own",
                names.iter().rev().find(|name| **name != "root").unwrap_or(&"")
            ))));
        }
    }
    look.judgement(container, contents, "no two accounts and no two groups share a number")
}
