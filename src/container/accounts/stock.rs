//! Stock accounts: what a distribution's base image has before anything is installed.

use super::{Account, Accounts, Group, Id};

/// What kind of user management programs an image has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Alpine, Wolfi and other busybox images: `adduser` and `addgroup` are busybox applets.
    Alpine,
    /// Debian and Ubuntu: `useradd` of shadow, and `adduser` in Perl.
    Debian,
    /// Red Hat, Fedora, Amazon and their kin: shadow; `adduser` is another name of `useradd`.
    RedHat,
    /// Not known.
    Unknown,
}

/// A name, a user id and a group id; `None` where releases differ.
type StockAccount = (&'static str, Option<u32>, u32);

/// alpine-baselayout's passwd; old releases had all of these, newer ones leave some out.
const ALPINE_ACCOUNTS: &[StockAccount] = &[
    ("root", Some(0), 0),
    ("bin", Some(1), 1),
    ("daemon", Some(2), 2),
    ("lp", Some(4), 7),
    ("sync", Some(5), 0),
    ("shutdown", Some(6), 0),
    ("halt", Some(7), 0),
    ("mail", Some(8), 12),
    ("news", Some(9), 13),
    ("uucp", Some(10), 14),
    ("operator", Some(11), 0),
    ("man", Some(13), 15),
    ("postmaster", Some(14), 12),
    ("cron", Some(16), 16),
    ("ftp", Some(21), 21),
    ("sshd", Some(22), 22),
    ("at", Some(25), 25),
    ("squid", Some(31), 31),
    ("xfs", Some(33), 33),
    ("games", Some(35), 35),
    ("cyrus", Some(85), 12),
    ("vpopmail", Some(89), 89),
    ("ntp", Some(123), 123),
    ("smmsp", Some(209), 209),
    ("guest", Some(405), 100),
    ("nobody", Some(65534), 65534),
];

const ALPINE_GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("bin", 1),
    ("daemon", 2),
    ("sys", 3),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("lp", 7),
    ("kmem", 9),
    ("wheel", 10),
    ("floppy", 11),
    ("mail", 12),
    ("news", 13),
    ("uucp", 14),
    ("man", 15),
    ("cron", 16),
    ("audio", 18),
    ("cdrom", 19),
    ("dialout", 20),
    ("ftp", 21),
    ("sshd", 22),
    ("input", 23),
    ("at", 25),
    ("tape", 26),
    ("video", 27),
    ("netdev", 28),
    ("squid", 31),
    ("xfs", 33),
    ("kvm", 34),
    ("games", 35),
    ("shadow", 42),
    ("www-data", 82),
    ("vpopmail", 89),
    ("users", 100),
    ("ntp", 123),
    ("smmsp", 209),
    ("abuild", 300),
    ("utmp", 406),
    ("ping", 999),
    ("nogroup", 65533),
    ("nobody", 65534),
];

/// base-passwd's passwd.master; `_apt` is 42 in newer releases, 100 in older ones.
const DEBIAN_ACCOUNTS: &[StockAccount] = &[
    ("root", Some(0), 0),
    ("daemon", Some(1), 1),
    ("bin", Some(2), 2),
    ("sys", Some(3), 3),
    ("sync", Some(4), 65534),
    ("games", Some(5), 60),
    ("man", Some(6), 12),
    ("lp", Some(7), 7),
    ("mail", Some(8), 8),
    ("news", Some(9), 9),
    ("uucp", Some(10), 10),
    ("proxy", Some(13), 13),
    ("www-data", Some(33), 33),
    ("backup", Some(34), 34),
    ("list", Some(38), 38),
    ("irc", Some(39), 39),
    ("gnats", Some(41), 41),
    ("_apt", None, 65534),
    ("nobody", Some(65534), 65534),
];

const DEBIAN_GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("daemon", 1),
    ("bin", 2),
    ("sys", 3),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("lp", 7),
    ("mail", 8),
    ("news", 9),
    ("uucp", 10),
    ("man", 12),
    ("proxy", 13),
    ("kmem", 15),
    ("dialout", 20),
    ("fax", 21),
    ("voice", 22),
    ("cdrom", 24),
    ("floppy", 25),
    ("tape", 26),
    ("sudo", 27),
    ("audio", 29),
    ("dip", 30),
    ("www-data", 33),
    ("backup", 34),
    ("operator", 37),
    ("list", 38),
    ("irc", 39),
    ("src", 40),
    ("gnats", 41),
    ("shadow", 42),
    ("utmp", 43),
    ("video", 44),
    ("sasl", 45),
    ("plugdev", 46),
    ("staff", 50),
    ("games", 60),
    ("users", 100),
    ("nogroup", 65534),
];

/// The `setup` package's uidgid file.
const RED_HAT_ACCOUNTS: &[StockAccount] = &[
    ("root", Some(0), 0),
    ("bin", Some(1), 1),
    ("daemon", Some(2), 2),
    ("adm", Some(3), 4),
    ("lp", Some(4), 7),
    ("sync", Some(5), 0),
    ("shutdown", Some(6), 0),
    ("halt", Some(7), 0),
    ("mail", Some(8), 12),
    ("operator", Some(11), 0),
    ("games", Some(12), 100),
    ("ftp", Some(14), 50),
    ("dbus", Some(81), 81),
    ("nobody", Some(65534), 65534),
];

const RED_HAT_GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("bin", 1),
    ("daemon", 2),
    ("sys", 3),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("lp", 7),
    ("mem", 8),
    ("kmem", 9),
    ("wheel", 10),
    ("cdrom", 11),
    ("mail", 12),
    ("man", 15),
    ("dialout", 18),
    ("floppy", 19),
    ("games", 20),
    ("utmp", 22),
    ("tape", 33),
    ("utempter", 35),
    ("video", 39),
    ("ftp", 50),
    ("lock", 54),
    ("audio", 63),
    ("dbus", 81),
    ("users", 100),
    ("nobody", 65534),
];

impl Accounts {
    /// What the base image of a distribution has, and `extra` accounts of this very image: `(name, uid, gid)`. An
    /// extra account brings a group of its own name if no other has its group id.
    pub fn stock(distribution: Distribution, extra: &[(&str, u32, u32)]) -> Accounts {
        let (accounts, groups) = match distribution {
            Distribution::Alpine => (ALPINE_ACCOUNTS, ALPINE_GROUPS),
            Distribution::Debian => (DEBIAN_ACCOUNTS, DEBIAN_GROUPS),
            Distribution::RedHat => (RED_HAT_ACCOUNTS, RED_HAT_GROUPS),
            Distribution::Unknown => (&[][..], &[][..]),
        };
        let start = if distribution == Distribution::Unknown { Accounts::unknown() } else { Accounts::none() };
        let mut table = Accounts {
            distribution,
            accounts: accounts
                .iter()
                .map(|&(name, uid, gid)| stock_account(name, uid.map_or(Id::NonZero, Id::Known), gid))
                .collect(),
            groups: groups.iter().map(|&(name, gid)| stock_group(name, gid)).collect(),
            // Red Hat images differ in which services brought a system account along.
            system_ids: start.system_ids && distribution != Distribution::RedHat,
            ..start
        };
        for &(name, uid, gid) in extra {
            table.accounts.retain(|account| account.name != name);
            table.accounts.push(stock_account(name, Id::Known(uid), gid));
            if table.by_gid(gid).is_none() && table.group(name).is_none() {
                table.groups.push(stock_group(name, gid));
            }
        }
        table
    }
}

fn stock_account(name: &str, uid: Id, gid: u32) -> Account {
    let (name, groups) = (name.to_string(), Vec::new());
    Account { name, uid, gid: Id::Known(gid), groups, place: None, conditional: false }
}

fn stock_group(name: &str, gid: u32) -> Group {
    Group { name: name.to_string(), gid: Id::Known(gid), place: None, conditional: false }
}
