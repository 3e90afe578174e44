//! Parsing: tokens to directives, with recovery.
//!
//! A directive that lacks its `;` ends where the next one visibly begins; a block that lacks its `}` ends with the text.
//! Blocks that nest too deep and directives that are too many are not read, and said to be so.

use super::words::{Token, Words};
use super::{Block, Directive, Indent, Input, Parsed, Word};
use crate::problem::Problem;
use crate::source::Span;

/// How deep blocks may nest; nginx itself knows no useful configuration beyond a handful.
const MAX_DEPTH: usize = 48;
/// How many directives one text may have.
const MAX_DIRECTIVES: usize = 100_000;
/// How many problems of one text are worth telling.
const MAX_PROBLEMS: usize = 20;

/// A block that is being read, or the text itself.
#[derive(Default)]
struct Frame {
    opener: Option<Opener>,
    directives: Vec<Directive>,
}

/// The words before a block, its `{`, and how far they are moved in.
type Opener = (Vec<Word>, Span, Indent);

/// Reads a text.
pub fn parse(input: &Input) -> Parsed {
    let mut parser = Parser {
        input,
        words: Words::new(input.text()),
        frames: vec![Frame::default()],
        pending: Vec::new(),
        indent: Indent::default(),
        problems: Vec::new(),
        count: 0,
        skipped: 0,
    };
    if input.text().starts_with('\u{feff}') {
        let place = input.span(0..3);
        parser.problem(place, "the file starts with a byte order mark, which nginx refuses", "save it without one");
    }
    while let Some(token) = parser.words.token() {
        parser.token(token);
        if parser.count > MAX_DIRECTIVES {
            let end = input.text().len();
            let what = format!("there are more than {MAX_DIRECTIVES} directives; the rest is not read");
            parser.problem(input.span(end..end), what, "split the configuration");
            break;
        }
    }
    parser.finish()
}

struct Parser<'a> {
    input: &'a Input<'a>,
    words: Words<'a>,
    frames: Vec<Frame>,
    pending: Vec<Word>,
    /// Where the first of the pending words is moved in.
    indent: Indent,
    problems: Vec<Problem>,
    count: usize,
    /// Blocks below the deepest level that are open.
    skipped: usize,
}

impl Parser<'_> {
    fn token(&mut self, token: Token) {
        match token {
            Token::Word { range, text, quoted, first } => {
                if first && !quoted && self.starts_directive(&text) {
                    self.missing_end();
                }
                if self.pending.is_empty() && self.skipped == 0 {
                    self.indent = self.input.indent(range.start);
                }
                let (span, filled) = (self.input.span(range.clone()), self.input.is_filled(range.clone()));
                let unknown = self.input.unknown(range);
                if self.skipped == 0 {
                    self.pending.push(Word { text, span, quoted, filled, unknown });
                }
            }
            Token::End(range) => {
                let span = self.input.span(range);
                if self.pending.is_empty() && self.skipped == 0 {
                    self.problem(span, "`;` ends nothing", "remove it");
                }
                self.end_directive(span);
            }
            Token::Open(range) => self.open(self.input.span(range)),
            Token::Close(range) => self.close(self.input.span(range)),
            Token::Unclosed(range) => {
                let start = range.start;
                let what = "a quote is not closed";
                self.problem(self.input.span(start..start + 1), what, "close it, or escape it with a backslash");
                self.pending.clear();
            }
        }
    }

    /// Whether a word at the start of a line begins a directive although the one before lacks its `;`.
    fn starts_directive(&self, text: &str) -> bool {
        let open = self.frames.last().and_then(|frame| frame.opener.as_ref());
        let free = open.is_some_and(|(words, ..)| matches!(words[0].text.as_str(), "map" | "geo" | "types"));
        self.pending.len() > 1 && !free && STARTERS.contains(&text)
    }

    fn missing_end(&mut self) {
        let Some((first, last)) = self.pending.first().zip(self.pending.last()) else {
            return;
        };
        let (what, end) = (format!("`{}` is not ended with `;`", short(&first.text)), last.span);
        self.problem(end, what, "put `;` behind it");
        self.end_directive(Span { start: end.end, ..end });
    }

    fn end_directive(&mut self, end: Span) {
        let mut words = std::mem::take(&mut self.pending).into_iter();
        if let Some(name) = words.next() {
            let span = name.span.to(end);
            self.add(Directive { name, arguments: words.collect(), span, indent: self.indent, block: None });
        }
    }

    fn add(&mut self, directive: Directive) {
        self.count += 1;
        if let Some(frame) = self.frames.last_mut() {
            frame.directives.push(directive);
        }
    }

    fn open(&mut self, span: Span) {
        if self.skipped > 0 {
            self.skipped += 1;
            return;
        }
        if self.pending.is_empty() {
            self.problem(span, "`{` opens a block of nothing", "put the name of the block before it");
            let (text, span) = (String::new(), span.before());
            self.pending.push(Word { text, span, quoted: false, filled: false, unknown: None });
        }
        let words = std::mem::take(&mut self.pending);
        if words[0].text.ends_with("_by_lua_block") {
            return self.skip_block(words, span);
        }
        if self.frames.len() > MAX_DEPTH {
            let what = format!("blocks nest deeper than {MAX_DEPTH}; what is inside is not read");
            self.problem(span, what, "nest less");
            self.skipped = 1;
            return;
        }
        self.frames.push(Frame { opener: Some((words, span, self.indent)), directives: Vec::new() });
    }

    fn skip_block(&mut self, words: Vec<Word>, open: Span) {
        let end = self.input.text().len();
        let close = match self.words.skip_block() {
            Some(range) => self.input.span(range),
            None => {
                let what = format!("the block of `{}` is not closed", short(&words[0].text));
                self.problem(words[0].span, what, "close it with `}`");
                self.input.span(end..end)
            }
        };
        self.add_block((words, open, self.indent), close, Vec::new());
    }

    fn add_block(&mut self, (words, open, indent): Opener, close: Span, directives: Vec<Directive>) {
        let mut words = words.into_iter();
        if let Some(name) = words.next() {
            let span = name.span.to(close);
            let block = Some(Block { open, close, directives });
            self.add(Directive { name, arguments: words.collect(), span, indent, block });
        }
    }

    fn close(&mut self, span: Span) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        self.missing_end();
        let opener = if self.frames.len() > 1 { self.frames.pop() } else { None };
        match opener {
            Some(Frame { opener: Some(opener), directives }) => self.add_block(opener, span, directives),
            _ => self.problem(span, "`}` closes nothing", "remove it, or open the block that it is meant to close"),
        }
    }

    fn problem(&mut self, place: Span, what: impl Into<String>, help: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::error(place, what, help));
        }
    }

    fn finish(mut self) -> Parsed {
        self.missing_end();
        let end = self.input.text().len();
        let end = self.input.span(end..end);
        while self.frames.len() > 1 {
            if let Some(Frame { opener: Some(opener), directives }) = self.frames.pop() {
                let what = format!("the block of `{}` is not closed", short(&opener.0[0].text));
                self.problem(opener.0[0].span, what, "close it with `}`");
                self.add_block(opener, end, directives);
            }
        }
        let directives = self.frames.pop().map(|frame| frame.directives).unwrap_or_default();
        Parsed { directives, problems: self.problems }
    }
}

/// A name as a message can carry it.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Names that no other directive has for an argument.
const STARTERS: [&str; 38] = [
    "access_log",
    "add_header",
    "alias",
    "client_max_body_size",
    "default_type",
    "error_log",
    "error_page",
    "expires",
    "fastcgi_pass",
    "gzip",
    "gzip_comp_level",
    "gzip_min_length",
    "gzip_proxied",
    "gzip_types",
    "gzip_vary",
    "include",
    "index",
    "keepalive_timeout",
    "listen",
    "location",
    "proxy_buffering",
    "proxy_cache_bypass",
    "proxy_connect_timeout",
    "proxy_http_version",
    "proxy_pass",
    "proxy_read_timeout",
    "proxy_redirect",
    "proxy_send_timeout",
    "proxy_set_header",
    "return",
    "rewrite",
    "root",
    "sendfile",
    "server_name",
    "server_tokens",
    "try_files",
    "types_hash_max_size",
    "upstream",
];
