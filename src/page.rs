//! Page: what is written about one rule, as its Markdown file has it.
//!
//! A page is front matter between two lines `---`, and a body in CommonMark. This module cuts a page in two, reads the
//! body's first paragraph and its fenced examples, and renders the body for a terminal. What the front matter means is
//! not its business.

mod example;
mod terminal;

pub use example::{Example, ExampleError, Expected, ExpectedLine, FixedFile, Params, Subject, SupportingFile};
pub use terminal::render_terminal;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A page, cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    /// The YAML between the two lines `---`, without them. Starts on line 2 of the file.
    pub front_matter: &'a str,
    /// Everything after the second line `---`.
    pub body: &'a str,
    /// The 1-based line of the file that the body starts on.
    pub body_line: usize,
}

impl<'a> Page<'a> {
    /// Cuts the text of a page; a byte order mark before it and `\r\n` line ends do no harm.
    pub fn split(text: &'a str) -> Result<Page<'a>, &'static str> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.split_inclusive('\n');
        let opening = lines.next().filter(|line| is_marker(line));
        let opening = opening.ok_or("the page has no front matter; start it with a line `---`")?;
        let mut end = opening.len();
        for (count, line) in lines.enumerate() {
            if is_marker(line) {
                let front_matter = &text[opening.len()..end];
                return Ok(Page { front_matter, body: &text[end + line.len()..], body_line: count + 3 });
            }
            end += line.len();
        }
        Err("the front matter does not end; close it with a second line `---`")
    }

    /// The first paragraph as one line of plain text; empty if the body has none.
    pub fn summary(&self) -> String {
        let mut summary = String::new();
        let mut inside = false;
        for event in Parser::new_ext(self.body, Options::empty()) {
            match event {
                Event::Start(Tag::Paragraph) => inside = true,
                Event::End(TagEnd::Paragraph) => break,
                Event::Text(text) | Event::Code(text) if inside => summary.push_str(&text),
                Event::SoftBreak | Event::HardBreak if inside => summary.push(' '),
                _ => {}
            }
        }
        summary
    }

    /// The fenced examples in page order, each with the parameters and files it is judged with.
    pub fn examples(&self) -> Result<Vec<Example>, ExampleError> {
        example::read(self.body, self.body_line)
    }
}

fn is_marker(line: &str) -> bool {
    line.trim_end() == "---"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_second_marker() {
        let page = Page::split("---\ntitle: x\ntags: [a]\n---\n\nBody.\n---\n").expect("two markers");
        assert_eq!(page.front_matter, "title: x\ntags: [a]\n");
        assert_eq!((page.body, page.body_line), ("\nBody.\n---\n", 5));
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
        let page = Page::split("\u{feff}---\r\ntitle: x\r\n---\r\nBody\r\n").expect("two markers");
        assert_eq!((page.front_matter, page.body, page.body_line), ("title: x\r\n", "Body\r\n", 4));
    }

    #[test]
    fn empty_front_matter_and_body_are_cut_too() {
        let page = Page::split("---\n---").expect("two markers");
        assert_eq!((page.front_matter, page.body, page.body_line), ("", "", 3));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, word) in [("", "no front matter"), ("# Title\n---\n", "no front matter"), ("---\na: b\n", "not end")]
        {
            assert!(Page::split(text).expect_err("is refused").contains(word), "{text:?}");
        }
    }

    #[test]
    fn the_summary_is_the_first_paragraph_without_markup() {
        let page = Page::split("---\n---\n\nThe **last** `USER` of the\n[stage](https://x.example) counts.\n\nNo.\n")
            .expect("two markers");
        assert_eq!(page.summary(), "The last USER of the stage counts.");
    }

    #[test]
    fn a_body_without_paragraphs_has_no_summary() {
        let page = Page::split("---\n---\n## Why\n").expect("two markers");
        assert_eq!(page.summary(), "");
    }

    #[test]
    fn hostile_bodies_are_read_in_reasonable_time() {
        for piece in ["> ", "- ", "* a\n", "[", "![", "`", "```\n", "**", "<", "_a", "\\", "#", "1. ", "~~~ x bad=\n"] {
            let text = format!("---\n---\n{}", piece.repeat(20_000));
            let page = Page::split(&text).expect("two markers");
            page.summary();
            let _ = page.examples();
            render_terminal(page.body, 80, true);
        }
    }
}
