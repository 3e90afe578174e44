//! Parser events to a tree.
//!
//! Collections are kept on a stack of their own, so that no nesting of the input reaches the call stack. Three limits
//! keep hostile documents linear: nesting (also through aliases), and the number of entries that merge keys may copy.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span as ParserSpan};

use super::resolve::{Resolved, resolve};
use super::{Entry, Loaded, Node, Scalar, Style, Value};
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

/// Deepest nesting, through aliases too. Readers of the tree may recurse.
const DEPTH: u16 = 100;
/// How many entries all merge keys of a text may copy together.
const MERGE_BUDGET: usize = 200_000;
/// Mappings up to this size are searched for duplicate keys without an index.
const SMALL: usize = 16;
/// After this many problems in one text the rest are not worth reading.
const MOST_PROBLEMS: usize = 200;

pub(super) fn load(source: SourceId, text: &str) -> Loaded {
    if u32::try_from(text.len()).is_err() {
        let what = "the file is larger than 4 GiB";
        let place = Span::new(source, 0..0);
        let problems = vec![Problem::error(place, what, "split it, or leave it out of the scan")];
        return Loaded { problems, ..Loaded::default() };
    }
    let mut builder = Builder::new(source, text);
    let mut parser = Parser::new_from_str_with_options(text, options());
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                builder.syntax_error(at, &error);
                break;
            }
        }
    }
    builder.loaded
}

fn options() -> Options {
    let mut options = Options::default();
    options.block_scalar_eof_without_line_feed = true;
    options.bom_inside_document_as_content = true;
    options.emit_unresolved_aliases = true;
    options.max_buffered_comment_events = usize::MAX;
    options.flow_nesting_limit = usize::from(DEPTH);
    options.block_nesting_limit = usize::from(DEPTH);
    options
}

/// The weight and height of a node with this value.
pub(super) fn measure(value: &Value) -> (u32, u16) {
    let mut weight = 1u32;
    let mut height = 0u16;
    let mut add = |node: &Node| {
        weight = weight.saturating_add(node.weight);
        height = height.max(node.height);
    };
    match value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| add(item)),
        Value::Mapping(entries) => entries.iter().for_each(|entry| add(&entry.value)),
    }
    (weight, height.saturating_add(1))
}

/// A collection that is still open.
struct Open {
    start: usize,
    /// One past the last byte of what it holds so far.
    end: usize,
    anchor: usize,
    tag: Option<Spanned<Box<str>>>,
    content: Content,
}

enum Content {
    Sequence(Vec<Arc<Node>>),
    Mapping { entries: Vec<Entry>, key: Option<Key>, merges: Vec<(Span, Arc<Node>)>, index: HashMap<Arc<str>, usize> },
}

enum Key {
    Named(Spanned<Arc<str>>),
    Merge(Span),
    /// A key that cannot be one; its value is dropped.
    Refused,
}

struct Builder<'a> {
    source: SourceId,
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, Arc<Node>>,
    merge_budget: usize,
    loaded: Loaded,
}

impl<'a> Builder<'a> {
    fn new(source: SourceId, text: &'a str) -> Builder<'a> {
        let loaded = Loaded::default();
        Builder { source, text, open: Vec::new(), anchors: HashMap::new(), merge_budget: MERGE_BUDGET, loaded }
    }

    fn take(&mut self, event: Event<'_>, span: &ParserSpan) {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::Comment(..) => self.loaded.comments.push(Span::new(self.source, range)),
            Event::Scalar(text, style, anchor, _) => {
                let tag = self.tag(span);
                let node = self.scalar(&text, style, range, tag);
                self.finish(Arc::new(node), anchor);
            }
            Event::SequenceStart(_, anchor, _) => self.start(span, anchor, Content::Sequence(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let content =
                    Content::Mapping { entries: Vec::new(), key: None, merges: Vec::new(), index: HashMap::new() };
                self.start(span, anchor, content);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            Event::Alias(id) => self.alias(id, Span::new(self.source, range)),
            Event::UnresolvedAlias(name) => {
                let place = Span::new(self.source, range);
                let what = format!("the alias `*{name}` has no anchor before it");
                self.error(place, what, format!("put `&{name}` on the value it stands for"));
                self.place(Arc::new(Node::null(place)), place);
            }
            Event::DocumentEnd => self.anchors.clear(),
            _ => {}
        }
    }

    fn start(&mut self, span: &ParserSpan, anchor: usize, content: Content) {
        let range = span.byte_range().unwrap_or(0..0);
        let tag = self.tag(span);
        self.open.push(Open { start: range.start, end: range.end, anchor, tag, content });
    }

    fn end(&mut self, range: std::ops::Range<usize>) {
        let Some(open) = self.open.pop() else {
            return;
        };
        // the end of a flow collection is its bracket; that of a block collection is the next token
        let end = if range.is_empty() { open.end } else { range.end };
        let span = Span::new(self.source, open.start..end.max(open.start));
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, merges, index, .. } => Value::Mapping(self.merge(entries, merges, index)),
        };
        let mut node = Node::new(span, value);
        if node.height > DEPTH {
            let what = format!("values are nested more than {DEPTH} deep here");
            self.error(span, what, "flatten them; nothing below is examined");
            node = Node::null(span);
        }
        node.tag = open.tag;
        self.finish(Arc::new(node), open.anchor);
    }

    fn finish(&mut self, node: Arc<Node>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let span = node.span;
        self.place(node, span);
    }

    fn alias(&mut self, id: usize, place: Span) {
        match self.anchors.get(&id) {
            Some(node) => self.place(node.clone(), place),
            None => {
                self.error(place, "this alias stands inside the value it stands for", "write the value out");
                self.place(Arc::new(Node::null(place)), place);
            }
        }
    }

    /// Puts a finished node, which stands at `at` here, into the collection that is open.
    fn place(&mut self, node: Arc<Node>, at: Span) {
        let Some(open) = self.open.last_mut() else {
            self.loaded.documents.push(node);
            return;
        };
        open.end = open.end.max(at.end as usize);
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { key: key @ None, .. } => {
                let (new, problem) = read_key(&node, at);
                *key = Some(new);
                // the colon belongs to an entry whose value is left out
                self.report(problem);
            }
            Content::Mapping { key, entries, merges, index } => match key.take() {
                Some(Key::Named(key)) => {
                    let entry = Entry { key, value: node, merged: false };
                    let duplicate = insert(entries, index, entry);
                    self.duplicate(duplicate);
                }
                Some(Key::Merge(span)) => merges.push((span, node)),
                Some(Key::Refused) | None => {}
            },
        }
    }

    /// Adds what merge keys bring: own keys win, then earlier merges.
    fn merge(
        &mut self,
        mut entries: Vec<Entry>,
        merges: Vec<(Span, Arc<Node>)>,
        index: HashMap<Arc<str>, usize>,
    ) -> Vec<Entry> {
        if merges.is_empty() {
            return entries;
        }
        let mut known: HashSet<Arc<str>> = match index.is_empty() {
            true => entries.iter().map(|entry| entry.key.value.clone()).collect(),
            false => index.into_keys().collect(),
        };
        for (span, node) in merges {
            let sources = node.one_or_many();
            for from in sources {
                if !from.is_mapping() {
                    let what = format!("a merge key takes mappings, this is {}", from.kind());
                    self.error(span, what, "give `<<` an alias of a mapping, or a list of them");
                    continue;
                }
                if from.entries().len() > self.merge_budget {
                    let help = "use fewer merge keys; the rest of this mapping is not merged";
                    self.error(span, "the merge keys of this file copy too many entries", help);
                    return entries;
                }
                self.merge_budget -= from.entries().len();
                let new = from.entries().iter().filter(|entry| known.insert(entry.key.value.clone()));
                entries.extend(new.map(|entry| Entry { merged: true, ..entry.clone() }));
            }
        }
        entries
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        range: std::ops::Range<usize>,
        tag: Option<Spanned<Box<str>>>,
    ) -> Node {
        let style = match style {
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Plain,
        };
        // the parser says `~` for a value that is left out
        let text = if style == Style::Plain && range.is_empty() { "" } else { text };
        let resolved = match (style, tag.as_ref().map(|tag| &*tag.value)) {
            (Style::Plain, Some("!!str" | "!")) => Resolved::Text,
            (Style::Plain, _) | (_, Some("!!int" | "!!float" | "!!bool" | "!!null")) => resolve(text),
            _ => Resolved::Text,
        };
        let scalar = Scalar { text: text.into(), style, resolved };
        let span = self.trimmed(range);
        Node { span, tag, value: Value::Scalar(scalar), trail: None, weight: 1, height: 1 }
    }

    /// Block scalars end at the next token; what belongs to them ends at the last byte that is not blank.
    fn trimmed(&self, range: std::ops::Range<usize>) -> Span {
        let kept = self.text.get(range.clone()).map_or(range.end, |s| range.start + s.trim_end().len());
        Span::new(self.source, range.start..kept)
    }

    fn tag(&self, span: &ParserSpan) -> Option<Spanned<Box<str>>> {
        let range = span.tag_span()?.byte_range()?;
        let text = self.text.get(range.clone())?;
        Some(Spanned::new(text.into(), Span::new(self.source, range)))
    }

    fn syntax_error(&mut self, at: usize, error: &ScanError) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
        let place = Span::new(self.source, at..at + length);
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            let what = format!("values are nested more than {DEPTH} deep here");
            return self.error(place, what, "flatten them; the document is not examined");
        }
        let what = format!("this is not YAML: {}", error.info());
        self.error(place, what, "correct it here or in the lines before");
    }

    /// A key that stands twice, and where it stood first.
    fn duplicate(&mut self, duplicate: Option<(Problem, Span)>) {
        let Some((mut problem, first)) = duplicate else { return };
        if self.loaded.problems.len() < MOST_PROBLEMS {
            let before = &self.text.as_bytes()[..first.start as usize];
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            problem.help = format!("remove one of them; the first stands in line {line}");
            self.loaded.problems.push(problem);
        }
    }

    fn report(&mut self, problem: Option<Problem>) {
        if let Some(problem) = problem
            && self.loaded.problems.len() < MOST_PROBLEMS
        {
            self.loaded.problems.push(problem);
        }
    }

    fn error(&mut self, place: Span, what: impl Into<String>, help: impl Into<String>) {
        self.report(Some(Problem::error(place, what, help)));
    }
}

fn read_key(node: &Arc<Node>, at: Span) -> (Key, Option<Problem>) {
    let Some(scalar) = node.scalar() else {
        let what = format!("a key must be text, this is {}", node.kind());
        return (Key::Refused, Some(Problem::error(at, what, "write the key as text; its value is not examined")));
    };
    if &*scalar.text == "<<" && scalar.style == Style::Plain {
        return (Key::Merge(at), None);
    }
    let key = Key::Named(Spanned::new(Arc::from(&*scalar.text), at));
    if scalar.resolved == Resolved::Text {
        return (key, None);
    }
    let what = format!("the key `{}` must be text, this is {}", scalar.text, node.kind());
    (key, Some(Problem::error(at, what, "put the key in quotes")))
}

/// Adds an entry; of two with the same key the later wins, as for JSON readers. Says where the first stood.
fn insert(entries: &mut Vec<Entry>, index: &mut HashMap<Arc<str>, usize>, entry: Entry) -> Option<(Problem, Span)> {
    if entries.len() == SMALL {
        index.extend(entries.iter().enumerate().map(|(i, entry)| (entry.key.value.clone(), i)));
    }
    let known = match entries.len() {
        0..SMALL => entries.iter().position(|known| known.key.value == entry.key.value),
        _ => index.get(&entry.key.value).copied(),
    };
    let Some(known) = known else {
        if entries.len() >= SMALL {
            index.insert(entry.key.value.clone(), entries.len());
        }
        entries.push(entry);
        return None;
    };
    let what = format!("the key `{}` stands twice in one mapping", entry.key.value);
    let (place, first) = (entry.key.span, entries[known].key.span);
    entries[known] = entry;
    Some((Problem::error(place, what, "remove one of them"), first))
}
