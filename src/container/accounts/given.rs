//! Accounts of an image that was given: its own `/etc/passwd` and `/etc/group`.

use super::{Accounts, Distribution};
use crate::image::layers::{Content, Contents, Lookup};
use crate::source::Span;

impl Accounts {
    /// The table of an image whose layers were read. Where one of the files is not known, nobody in it is.
    pub fn of_contents(contents: &Contents, place: Span) -> Accounts {
        let mut accounts = Accounts { distribution: distribution(contents), ..Accounts::none() };
        let (passwd, group) = (contents.content("/etc/passwd"), contents.content("/etc/group"));
        if matches!(passwd, Content::Unknown(_)) || matches!(group, Content::Unknown(_)) {
            return Accounts { distribution: accounts.distribution, ..Accounts::unknown() };
        }
        if let Content::Bytes(bytes) = passwd {
            accounts.replace_passwd(&String::from_utf8_lossy(bytes), place);
        }
        if let Content::Bytes(bytes) = group {
            accounts.replace_group(&String::from_utf8_lossy(bytes), place);
        }
        // Two lines with one id are no command of this build.
        accounts.incidents.clear();
        for account in &mut accounts.accounts {
            account.place = None;
        }
        for group in &mut accounts.groups {
            group.place = None;
        }
        accounts
    }
}

/// Whose programs manage users.
fn distribution(contents: &Contents) -> Distribution {
    if matches!(contents.find("/sbin/apk"), Lookup::Found(_))
        || matches!(contents.find("/bin/busybox"), Lookup::Found(_))
    {
        return Distribution::Alpine;
    }
    if matches!(contents.find("/usr/bin/dpkg"), Lookup::Found(_)) {
        return Distribution::Debian;
    }
    if matches!(contents.find("/usr/bin/rpm"), Lookup::Found(_)) { Distribution::RedHat } else { Distribution::Unknown }
}
