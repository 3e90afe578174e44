//! `package.json`: what `engines.node` demands.

use std::ops::Range;

use super::range::{self, Grammar};
use super::{Stated, open};
use crate::source::SourceId;
use crate::yaml::{self, Node};

/// The range under `engines.node`. Only a file that has the word is read.
pub(super) fn engines(source: SourceId, text: &str) -> Option<Stated> {
    memchr::memmem::find(text.as_bytes(), b"\"engines\"")?;
    let loaded = yaml::load(source, text);
    let Some(root) = loaded.documents.first() else {
        // it has engines, and nobody can say which
        let demand = open("a file that is not JSON");
        return Some(Stated { runtime: "node", demand, range: 0..0 });
    };
    let node = root.get("engines")?.get("node")?;
    let written = node.scalar_text()?.trim();
    if written.is_empty() {
        return None;
    }
    let demand = range::parse(written, Grammar::Npm).unwrap_or_else(|| open(written));
    Some(Stated { runtime: "node", demand, range: place(node, text, written) })
}

/// Where the range stands without quotes and blanks; with an escape in it, all between the quotes.
fn place(node: &Node, text: &str, written: &str) -> Range<usize> {
    let raw = text.get(node.span.range()).unwrap_or("");
    let start = node.span.start as usize;
    if let Some(at) = raw.find(written) {
        return start + at..start + at + written.len();
    }
    let quotes = usize::from(raw.len() >= 2 && raw.starts_with('"'));
    start + quotes..node.span.end as usize - quotes
}
