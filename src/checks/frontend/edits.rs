//! Edits: lines put into a configuration where they take effect.

use crate::finding::Edit;
use crate::source::Span;
use crate::subject::nginx::{Configuration, Directive, Indent, LevelId, LevelKind, Word};

/// Puts directives into a level: behind its own ones, before the blocks in it; `None` if the file does not spell the
/// level out or cannot be edited.
pub fn into_level(nginx: &Configuration, level: LevelId, lines: &[String]) -> Option<Edit> {
    let (open, _) = nginx.level(level).body.filter(|(open, _)| !nginx.is_builtin(*open))?;
    if let Some(directive) = last_own(nginx, level, open) {
        return behind(nginx, directive, lines);
    }
    let inner = match first_inside(nginx, level, open) {
        Some((place, indent)) if !indent.shares_line => return Some(before(place, indent, lines)),
        _ => nginx.level(level).indent.inner(),
    };
    let inner = inner.text();
    let text: String = lines.iter().map(|line| format!("\n{inner}{}", continued(line, &inner))).collect();
    let empty = nginx.level(level).directives.is_empty() && nginx.level(level).children.is_empty();
    let tail = if empty { nginx.level(level).indent.text() } else { inner };
    Some(Edit::insert_after(open, format!("{text}\n{tail}")))
}

/// The last directive of a level on a line of its own in the same file, before all blocks.
fn last_own(nginx: &Configuration, level: LevelId, open: Span) -> Option<&Directive> {
    let first_block = nginx.children(level).map(|child| nginx.level(child).place);
    let first_block = first_block.filter(|place| place.source == open.source).map(|place| place.start).min();
    let before = |directive: &&Directive| first_block.is_none_or(|block| directive.span.start < block);
    let own = nginx.level(level).directives.iter().filter(|directive| directive.span.source == open.source);
    own.filter(before).max_by_key(|directive| directive.span.start).filter(|directive| !directive.indent.shares_line)
}

/// What stands first in the braces of a level, in the same file.
fn first_inside(nginx: &Configuration, level: LevelId, open: Span) -> Option<(Span, Indent)> {
    let level = nginx.level(level);
    let directives = level.directives.iter().map(|directive| (directive.span, directive.indent));
    let children = level.children.iter().map(|child| nginx.level(*child)).map(|child| (child.place, child.indent));
    let inside = directives.chain(children).filter(|(span, _)| span.source == open.source && span.start > open.start);
    inside.min_by_key(|(span, _)| span.start)
}

/// Puts directives before something that stands at `indent`.
pub fn before(place: Span, indent: Indent, lines: &[String]) -> Edit {
    let blanks = if indent.shares_line { String::new() } else { indent.text() };
    let end = if indent.shares_line { " " } else { "\n" };
    let text: String = lines.iter().map(|line| format!("{}{end}{blanks}", continued(line, &blanks))).collect();
    Edit::insert_before(place, text)
}

/// Puts directives behind another one; `None` if it cannot be edited.
pub fn behind(nginx: &Configuration, directive: &Directive, lines: &[String]) -> Option<Edit> {
    if nginx.is_builtin(directive.span) {
        return None;
    }
    let blanks = directive.indent.text();
    let start = if directive.indent.shares_line { " ".to_string() } else { format!("\n{blanks}") };
    let text: String = lines.iter().map(|line| format!("{start}{}", continued(line, &blanks))).collect();
    Some(Edit::insert_after(directive.span, text))
}

/// Puts a block before the first location of a server, or at its start.
pub fn block_in_server(nginx: &Configuration, server: LevelId, lines: &[&str]) -> Option<Edit> {
    let level = nginx.level(server);
    let (open, _) = level.body.filter(|(open, _)| !nginx.is_builtin(*open))?;
    let is_location = |id: &LevelId| matches!(nginx.level(*id).kind, LevelKind::Location(_));
    let first = nginx.children(server).find(is_location).map(|id| nginx.level(id));
    match first.filter(|location| location.place.source == open.source && !location.indent.shares_line) {
        Some(location) => {
            let blanks = location.indent.text();
            let text: String = lines.iter().map(|line| format!("{line}\n{blanks}")).collect();
            Some(Edit::insert_before(location.place, format!("{}\n{blanks}", text.trim_end_matches([' ', '\t']))))
        }
        None => into_level(nginx, server, &[lines.join("\n")]),
    }
}

fn continued(line: &str, blanks: &str) -> String {
    line.replace('\n', &format!("\n{blanks}"))
}

/// Puts another word in the place of one; `None` if it cannot be edited.
pub fn replace(nginx: &Configuration, word: &Word, text: &str) -> Option<Edit> {
    (!nginx.is_builtin(word.span)).then(|| Edit::replace(word.span, text))
}

/// `add_header` with these words.
pub fn add_header(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("add_header {name} \"{value}\" always;")
}
