//! Stock accounts: what the distributions' own `/etc/passwd` and `/etc/group` hold.
//!
//! Sources: Debian's `base-passwd`, Alpine's `alpine-baselayout-data`, Red Hat's `setup`, distroless' `common`.
//! Ids that changed between releases are not known: `_apt` of Debian, for one.

use super::{Account, System};

/// An entry of `/etc/group`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Group name.
    pub name: &'static str,
    /// Group id.
    pub gid: u32,
}

const fn account(name: &'static str, uid: u32, gid: u32) -> Account {
    Account { name, uid: Some(uid), gid: Some(gid) }
}

const fn group(name: &'static str, gid: u32) -> Group {
    Group { name, gid }
}

const DEBIAN: &[Account] = &[
    account("root", 0, 0),
    account("daemon", 1, 1),
    account("bin", 2, 2),
    account("sys", 3, 3),
    account("sync", 4, 65534),
    account("games", 5, 60),
    account("man", 6, 12),
    account("lp", 7, 7),
    account("mail", 8, 8),
    account("news", 9, 9),
    account("uucp", 10, 10),
    account("proxy", 13, 13),
    account("www-data", 33, 33),
    account("backup", 34, 34),
    account("list", 38, 38),
    account("irc", 39, 39),
    Account { name: "_apt", uid: None, gid: Some(65534) },
    account("nobody", 65534, 65534),
];

const ALPINE: &[Account] = &[
    account("root", 0, 0),
    account("bin", 1, 1),
    account("daemon", 2, 2),
    account("lp", 4, 7),
    account("sync", 5, 0),
    account("shutdown", 6, 0),
    account("halt", 7, 0),
    account("mail", 8, 12),
    account("news", 9, 13),
    account("uucp", 10, 14),
    account("cron", 16, 16),
    account("ftp", 21, 21),
    account("sshd", 22, 22),
    account("games", 35, 35),
    account("ntp", 123, 123),
    account("guest", 405, 100),
    account("nobody", 65534, 65534),
];

const RED_HAT: &[Account] = &[
    account("root", 0, 0),
    account("bin", 1, 1),
    account("daemon", 2, 2),
    account("adm", 3, 4),
    account("lp", 4, 7),
    account("sync", 5, 0),
    account("shutdown", 6, 0),
    account("halt", 7, 0),
    account("mail", 8, 12),
    account("operator", 11, 0),
    account("games", 12, 100),
    account("ftp", 14, 50),
    account("nobody", 65534, 65534),
];

const DISTROLESS: &[Account] = &[account("root", 0, 0), account("nobody", 65534, 65534)];

const ROOT: &[Account] = &[account("root", 0, 0)];

const DEBIAN_GROUPS: &[Group] = &[
    group("root", 0),
    group("daemon", 1),
    group("bin", 2),
    group("sys", 3),
    group("adm", 4),
    group("tty", 5),
    group("disk", 6),
    group("lp", 7),
    group("mail", 8),
    group("news", 9),
    group("uucp", 10),
    group("man", 12),
    group("proxy", 13),
    group("kmem", 15),
    group("dialout", 20),
    group("fax", 21),
    group("voice", 22),
    group("cdrom", 24),
    group("floppy", 25),
    group("tape", 26),
    group("sudo", 27),
    group("audio", 29),
    group("dip", 30),
    group("www-data", 33),
    group("backup", 34),
    group("operator", 37),
    group("list", 38),
    group("irc", 39),
    group("src", 40),
    group("shadow", 42),
    group("video", 44),
    group("sasl", 45),
    group("plugdev", 46),
    group("staff", 50),
    group("games", 60),
    group("users", 100),
    group("nogroup", 65534),
];

const ALPINE_GROUPS: &[Group] = &[
    group("root", 0),
    group("bin", 1),
    group("daemon", 2),
    group("sys", 3),
    group("adm", 4),
    group("tty", 5),
    group("disk", 6),
    group("lp", 7),
    group("kmem", 9),
    group("wheel", 10),
    group("floppy", 11),
    group("mail", 12),
    group("news", 13),
    group("uucp", 14),
    group("cron", 16),
    group("audio", 18),
    group("cdrom", 19),
    group("dialout", 20),
    group("ftp", 21),
    group("sshd", 22),
    group("input", 23),
    group("tape", 26),
    group("video", 27),
    group("netdev", 28),
    group("kvm", 34),
    group("games", 35),
    group("shadow", 42),
    group("www-data", 82),
    group("users", 100),
    group("ntp", 123),
    group("abuild", 300),
    group("utmp", 406),
    group("ping", 999),
    group("nogroup", 65533),
    group("nobody", 65534),
];

const DISTROLESS_GROUPS: &[Group] = &[group("root", 0), group("nobody", 65534), group("tty", 5), group("staff", 50)];

const ROOT_GROUP: &[Group] = &[group("root", 0)];

/// The accounts that every image of a distribution has.
pub fn stock_accounts(system: System) -> &'static [Account] {
    match system {
        System::Debian | System::Ubuntu => DEBIAN,
        System::Alpine => ALPINE,
        System::RedHat => RED_HAT,
        System::Distroless => DISTROLESS,
        System::Wolfi | System::Busybox => ROOT,
        System::None => &[],
    }
}

/// The groups that every image of a distribution has, as far as they are known.
pub fn stock_groups(system: System) -> &'static [Group] {
    match system {
        System::Debian | System::Ubuntu => DEBIAN_GROUPS,
        System::Alpine => ALPINE_GROUPS,
        System::Distroless => DISTROLESS_GROUPS,
        System::RedHat | System::Wolfi | System::Busybox => ROOT_GROUP,
        System::None => &[],
    }
}
