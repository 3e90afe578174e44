//! `--fix`, `--unsafe-fixes` and `--diff` of `plimsoll scan`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use super::{FAILED, FixArgs, output, policies};
use crate::finding::Safety;
use crate::fix::{self, Changes};
use crate::policy::Policy;
use crate::scan::Request;
use crate::terminal::clean;

/// What was done.
pub(super) enum Outcome {
    /// The changes were printed; the process exits with this.
    Shown(u8),
    /// The changes were made, or there are none to make; if the report of what remains does not fail, the process exits
    /// with this.
    Made(u8),
}

/// Prints or makes the changes that are asked for.
pub(super) fn run(
    args: &FixArgs,
    request: &Request,
    bound: &[Policy],
    quiet: bool,
    pool: &rayon::ThreadPool,
) -> io::Result<Outcome> {
    if !args.fix && !args.diff {
        return Ok(Outcome::Made(0));
    }
    let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let header = policies::header(bound, request.min_severity, false);
    let plan = |excluded: &BTreeMap<PathBuf, String>| fix::plan(request, bound, &header, safety, excluded, pool);
    if args.diff {
        let changes = plan(&BTreeMap::new())?;
        let mut out = output::standard();
        out.write_all(changes.diff().as_bytes())?;
        out.flush()?;
        complain(&changes);
        if !quiet {
            eprintln!("plimsoll: would fix {}", amount(&changes));
        }
        return Ok(Outcome::Shown(if changes.files.is_empty() { changes.before.exit_code } else { 1 }));
    }
    let changes = made(&plan)?;
    complain(&changes);
    if !quiet {
        eprintln!("plimsoll: fixed {}", amount(&changes));
    }
    Ok(Outcome::Made(if changes.left.is_empty() { 0 } else { FAILED }))
}

/// Plans and writes; files that cannot be written are left out of a new plan, until all others can be.
fn made(plan: &dyn Fn(&BTreeMap<PathBuf, String>) -> io::Result<Changes>) -> io::Result<Changes> {
    let mut excluded = BTreeMap::new();
    loop {
        let changes = plan(&excluded)?;
        let Err(failed) = changes.write() else { return Ok(changes) };
        let known = excluded.len();
        excluded.extend(failed);
        if excluded.len() == known {
            return Err(io::Error::other("the fixes cannot be written"));
        }
    }
}

/// Says which files are left alone.
fn complain(changes: &Changes) {
    for (name, why) in &changes.left {
        eprintln!("warning: `{}` is left as it is: {}", clean(name), clean(why));
    }
}

/// `3 findings in 2 files`, and how many fixes of which rules were declined.
fn amount(changes: &Changes) -> String {
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let made = format!("{} in {}", count(changes.findings, "finding"), count(changes.files.len(), "file"));
    let rules: BTreeSet<String> = changes.declined.values().map(|rule| format!("`{rule}`")).collect();
    let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
    match changes.declined.len() {
        0 => made,
        1 => format!("{made}; 1 fix of {rules} is not made, as it would bring about another finding"),
        more => format!("{made}; {more} fixes of {rules} are not made, as they would bring about other findings"),
    }
}
