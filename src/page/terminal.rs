//! Terminal: a page's body as text for a person at a prompt.
//!
//! Knows the Markdown that pages use: headings, paragraphs, lists, quotes, inline code, emphasis, links and fenced
//! code. The lines an example is bad on carry a mark, and files and parameters their name.

use std::mem;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::example::{Expected, Role, role};

mod wrap;
use wrap::{Inline, Style};

/// Indentation stops growing at this depth of nested lists and quotes, so that hostile nesting stays linear.
const MAX_DEPTH: usize = 8;
/// Text is never squeezed into less than this many columns.
const MIN_WIDTH: usize = 20;

/// Renders Markdown for a terminal of `width` columns, ending in one line end. ANSI styles only if `color`; control
/// characters of the text never reach the terminal. Code lines are not wrapped.
pub fn render_terminal(body: &str, width: usize, color: bool) -> String {
    let mut page = Renderer::new(width, color);
    for event in Parser::new_ext(body, Options::empty()) {
        page.event(event);
    }
    page.flush();
    page.out
}

struct Renderer {
    out: String,
    width: usize,
    inline: Inline,
    /// Columns that each open list item or quote adds on the left.
    indents: Vec<usize>,
    /// The next number of each open list; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// `-` or `1.` for the first line of an item that has not been written yet.
    marker: Option<String>,
    /// Whether the next block is set off by a blank line.
    spaced: bool,
    code: Option<CodeBlock>,
    link: Option<String>,
}

struct CodeBlock {
    role: Role,
    text: String,
}

impl Renderer {
    fn new(width: usize, color: bool) -> Renderer {
        Renderer {
            out: String::new(),
            width,
            inline: Inline::new(color),
            indents: Vec::new(),
            lists: Vec::new(),
            marker: None,
            spaced: false,
            code: None,
            link: None,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.text.push_str(&text),
                None => self.inline.text(&text),
            },
            Event::Code(text) => self.inline.code(&text),
            Event::Html(text) | Event::InlineHtml(text) => self.inline.text(&text),
            Event::SoftBreak => self.inline.text(" "),
            Event::HardBreak => self.inline.line_break(),
            Event::Rule => {
                self.flush();
                self.spaced = true;
                self.line(&"-".repeat(self.columns().min(40)));
                self.spaced = true;
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.spaced |= self.marker.is_none(),
            Tag::Heading { .. } => {
                self.spaced = true;
                self.inline.push(Style::Bold);
            }
            Tag::List(first) => {
                self.flush();
                self.spaced |= self.lists.is_empty();
                self.lists.push(first);
            }
            Tag::Item => self.start_item(),
            Tag::BlockQuote(_) => {
                self.flush();
                self.indents.push(2);
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let role = match kind {
                    CodeBlockKind::Fenced(info) => role(&info).unwrap_or(Role::Prose),
                    CodeBlockKind::Indented => Role::Prose,
                };
                self.code = Some(CodeBlock { role, text: String::new() });
            }
            Tag::Strong => self.inline.push(Style::Bold),
            Tag::Emphasis => self.inline.push(Style::Italic),
            Tag::Link { dest_url, .. } => {
                self.link = Some(dest_url.to_string());
                self.inline.push(Style::Underlined);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.flush();
                self.spaced = true;
            }
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::List(_) => {
                self.lists.pop();
                self.spaced |= self.lists.is_empty();
            }
            TagEnd::Item => {
                self.flush();
                self.marker = None;
                self.indents.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.indents.pop();
                self.spaced = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::Strong | TagEnd::Emphasis => self.inline.pop(),
            TagEnd::Link => self.end_link(),
            _ => {}
        }
    }

    fn start_item(&mut self) {
        self.flush();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "- ".to_string(),
        };
        self.indents.push(marker.len());
        self.marker = Some(marker);
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        self.inline.pop();
        let color = self.inline.color();
        let width = self.inline.width();
        self.flush();
        if !color {
            let line = if level == HeadingLevel::H1 { "=" } else { "-" };
            self.line(&line.repeat(width.min(self.columns())));
        }
        self.spaced = true;
    }

    fn end_link(&mut self) {
        self.inline.pop();
        let Some(target) = self.link.take() else { return };
        let worth_showing = target.starts_with("http") && !self.inline.ends_with(&target);
        if worth_showing {
            self.inline.text(&format!(" ({target})"));
        }
    }

    fn end_code(&mut self) {
        let Some(CodeBlock { role, text }) = self.code.take() else { return };
        self.spaced = true;
        let caption = match &role {
            Role::File(path) => Some(format!("{path}:")),
            Role::Fixed(None) => Some("with its fixes made:".to_string()),
            Role::Fixed(Some(path)) => Some(format!("{path} with its fixes made:")),
            Role::Params => Some("parameters:".to_string()),
            Role::Prose | Role::Example(..) => None,
        };
        if let Some(caption) = caption {
            let caption = self.inline.styled(&caption, Style::Dim);
            self.line(&format!("  {caption}"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            let line = wrap::printable(line);
            let line = match fires_on(&role, number) {
                true => self.inline.styled(&format!("  > {line}"), Style::Red),
                false => format!("    {line}"),
            };
            self.line(line.trim_end());
        }
        self.spaced = true;
    }

    /// Writes the collected inline text as wrapped lines.
    fn flush(&mut self) {
        if self.inline.is_empty() {
            return;
        }
        let columns = self.columns();
        for line in mem::take(&mut self.inline.words).wrap(columns) {
            self.line(&self.inline.render(&line));
        }
    }

    /// Writes one line, after a blank one if one is due, behind the marker or the indentation.
    fn line(&mut self, text: &str) {
        if mem::take(&mut self.spaced) && !self.out.is_empty() {
            self.out.push('\n');
        }
        let indent = self.indent();
        let start = self.out.len();
        match self.marker.take() {
            Some(marker) => {
                self.out.extend(std::iter::repeat_n(' ', indent.saturating_sub(marker.len())));
                self.out.push_str(&marker);
            }
            None => self.out.extend(std::iter::repeat_n(' ', indent)),
        }
        self.out.push_str(text);
        self.out.truncate(start + self.out[start..].trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn indent(&self) -> usize {
        self.indents.iter().take(MAX_DEPTH).sum()
    }

    fn columns(&self) -> usize {
        self.width.saturating_sub(self.indent()).max(MIN_WIDTH)
    }
}

/// Whether an example with this role is bad on its own line `number`.
fn fires_on(role: &Role, number: usize) -> bool {
    let Role::Example(_, Expected::Violated(locations)) = role else { return false };
    locations.iter().any(|location| location.file.is_none() && location.line == number)
}

#[cfg(test)]
mod tests;
