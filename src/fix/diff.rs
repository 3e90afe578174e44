//! Diff: what would change in a file, for a reader.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::Change;
use crate::report::redacted;
use crate::terminal::clean;

/// A diff that would take longer is a coarser one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The change as a unified diff. Secrets are starred out and what acts in a terminal is spelt out, so it is there to be
/// read; without either, it can be applied.
pub fn diff(change: &Change) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&*change.before, &*change.after);
    let name = clean(&change.name);
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for line in hunk.iter_changes() {
            let sign = match line.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let text = line.value();
            let text = text.strip_suffix('\n').unwrap_or(text);
            let (text, end) = text.strip_suffix('\r').map_or((text, "\n"), |text| (text, "\r\n"));
            out.push(sign);
            // Tabs stay: a patch has to have what the file has.
            let shown: Vec<_> = redacted(text).split('\t').map(|part| clean(part).into_owned()).collect();
            out.push_str(&shown.join("\t"));
            out.push_str(end);
            if line.missing_newline() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}
