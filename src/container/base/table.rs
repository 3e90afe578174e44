//! The table of base images: its rows and cells.

use super::{Account, Facts, HandsOver, Privileges, Shell, System};

/// The data, one row a line; comment lines start with `#`, which sorts before every image.
const IMAGES: &str = include_str!("images.tsv");

/// How many cells a row has.
pub(super) const COLUMNS: usize = 20;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    line: &'static str,
}

/// The rows of one image, in the order of the table.
pub(super) fn rows(image: &str) -> impl Iterator<Item = Row> + '_ {
    let rest = &IMAGES[first_line_of(image)..];
    rest.lines().map(|line| Row { line }).take_while(move |row| row.image() == image)
}

/// Every row of the table.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Row> {
    IMAGES.lines().filter(|line| !line.starts_with('#')).map(|line| Row { line })
}

/// Where the first line that does not sort before `image` starts, by bisection.
fn first_line_of(image: &str) -> usize {
    let (mut low, mut high) = (0, IMAGES.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b'\n', &IMAGES.as_bytes()[..middle]).map_or(0, |at| at + 1).max(low);
        let end = memchr::memchr(b'\n', &IMAGES.as_bytes()[middle..]).map_or(IMAGES.len(), |at| middle + at + 1);
        let row = Row { line: &IMAGES[start..end] };
        if row.image() < image { low = end } else { high = start }
    }
    low
}

impl Row {
    /// The image as Docker shows its name.
    pub(super) fn image(&self) -> &'static str {
        self.line.split('\t').next().unwrap_or_default()
    }

    /// The words that a tag has to fit.
    pub(super) fn tags(&self) -> &'static str {
        self.line.split('\t').nth(1).unwrap_or_default()
    }

    /// The row as facts; `None` if it is malformed, which a test rules out.
    pub(super) fn facts(&self) -> Option<Facts> {
        let mut cells = [""; COLUMNS];
        let mut count = 0;
        for (cell, text) in cells.iter_mut().zip(self.line.split('\t')) {
            *cell = text;
            count += 1;
        }
        if count != COLUMNS {
            return None;
        }
        let [_, _, user, ids, entrypoint, hands_over, cmd, drops, stop, workdir, ports, rest @ ..] = cells;
        let [healthcheck, system, shell, packages, curl, wget, init, accounts, env] = rest;
        let (uid, gid) = match ids {
            "?" => (None, None),
            _ => parse_ids(ids)?,
        };
        Some(Facts {
            user: text(user),
            uid,
            gid,
            entrypoint: known(entrypoint, argv)?,
            hands_over: known(hands_over, parse_hands_over)?,
            cmd: known(cmd, argv)?,
            privileges: known(drops, parse_privileges)?,
            stop_signal: if stop == "-" { Some("SIGTERM") } else { text(stop) },
            workdir: text(workdir),
            ports: known(ports, |cell| Some(list(cell)))?,
            healthcheck: known(healthcheck, yes_or_no)?,
            system: known(system, parse_system)?,
            shell: known(shell, parse_shell)?,
            package_manager: text(packages),
            curl: known(curl, yes_or_no)?,
            wget: known(wget, yes_or_no)?,
            init: text(init),
            accounts: if accounts == "?" { Vec::new() } else { parse_accounts(accounts)? },
            accounts_complete: accounts != "?",
            env: if env == "?" { Vec::new() } else { parse_env(env)? },
            env_complete: env != "?",
        })
    }
}

/// `?` is not known; anything else has to parse.
fn known<T>(cell: &'static str, parse: impl FnOnce(&'static str) -> Option<T>) -> Option<Option<T>> {
    if cell == "?" { Some(None) } else { parse(cell).map(Some) }
}

fn text(cell: &'static str) -> Option<&'static str> {
    match cell {
        "?" => None,
        "-" => Some(""),
        other => Some(other),
    }
}

fn list(cell: &'static str) -> Vec<&'static str> {
    if cell == "-" { Vec::new() } else { cell.split(' ').collect() }
}

/// A JSON array of strings without escapes.
fn argv(cell: &'static str) -> Option<Vec<&'static str>> {
    if cell == "-" {
        return Some(Vec::new());
    }
    let inner = cell.strip_prefix("[\"")?.strip_suffix("\"]")?;
    Some(inner.split("\",\"").collect())
}

fn yes_or_no(cell: &str) -> Option<bool> {
    match cell {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// `uid:gid`, where either may be `?`.
fn parse_ids(cell: &str) -> Option<(Option<u32>, Option<u32>)> {
    let id = |text: &str| if text == "?" { Some(None) } else { text.parse().ok().map(Some) };
    let (uid, gid) = cell.split_once(':')?;
    Some((id(uid)?, id(gid)?))
}

fn parse_hands_over(cell: &'static str) -> Option<HandsOver> {
    match cell.split_once(' ') {
        None if cell == "-" => Some(HandsOver::No),
        None if cell == "exec" => Some(HandsOver::Executes),
        Some(("exec", program)) => Some(HandsOver::ExecutesWith(program)),
        _ => None,
    }
}

fn parse_privileges(cell: &'static str) -> Option<Privileges> {
    if cell == "-" {
        return Some(Privileges::Keeps);
    }
    if let Some(account) = cell.strip_prefix("workers ") {
        return Some(Privileges::Workers { account });
    }
    let (account, servers) = cell.split_once(" by ")?;
    Some(Privileges::Drops { account, servers: list(servers) })
}

fn parse_system(cell: &str) -> Option<System> {
    Some(match cell {
        "alpine" => System::Alpine,
        "debian" => System::Debian,
        "ubuntu" => System::Ubuntu,
        "redhat" => System::RedHat,
        "wolfi" => System::Wolfi,
        "busybox" => System::Busybox,
        "distroless" => System::Distroless,
        "none" => System::None,
        _ => return None,
    })
}

fn parse_shell(cell: &str) -> Option<Shell> {
    Some(match cell {
        "dash" => Shell::Dash,
        "ash" => Shell::Ash,
        "bash" => Shell::Bash,
        "none" => Shell::None,
        _ => return None,
    })
}

fn parse_accounts(cell: &'static str) -> Option<Vec<Account>> {
    let parse = |entry: &'static str| {
        let (name, ids) = entry.split_once('=')?;
        let (uid, gid) = parse_ids(ids)?;
        Some(Account { name, uid, gid })
    };
    list(cell).into_iter().map(parse).collect()
}

fn parse_env(cell: &'static str) -> Option<Vec<(&'static str, &'static str)>> {
    list(cell).into_iter().map(|variable| variable.split_once('=')).collect()
}
