//! Scanner: the loop over commands and operators.
//!
//! Groups, branches and loops are frames on a stack of their own, so their depth costs nothing; only substitutions
//! recurse, and not past [`MAX_DEPTH`].

use std::ops::Range;

use super::marks::{Fact, Marks};
use super::redirect::{Heredocs, Owner};
use super::{Command, GroupRedirect, Joint, Nesting, Script};

/// How deep substitutions may nest; what is deeper is not looked into. People write two or three.
pub(super) const MAX_DEPTH: u32 = 32;

/// The state of one scan. Every method leaves `at` at or behind where it was, never past `limit`.
pub(super) struct Scanner<'t> {
    pub text: &'t str,
    pub bytes: &'t [u8],
    pub at: usize,
    /// Where the text ends as far as the current substitution goes.
    pub limit: usize,
    pub commands: Vec<Command>,
    pub partial: bool,
    pub compound: bool,
    pub heredocs: Heredocs,
    pub group_redirects: Vec<GroupRedirect>,
    pub subshells: Vec<Range<usize>>,
    pub loop_variables: Vec<String>,
    /// Bytes that may still be looked at ahead of `at`, so that telling `((` from `( (` stays linear.
    pub lookahead: usize,
    pub depth: u32,
    /// The depth that each of `commands` was found at.
    depths: Vec<u32>,
    marks: Marks,
}

/// What a frame was opened by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Opener {
    /// The text, or a substitution.
    Text,
    Brace,
    Paren,
    If,
    Loop,
    Case,
}

/// A list being read: what it stands in, and how far its current `&&`/`||` chain has come.
pub(super) struct Frame {
    pub opener: Opener,
    pub nesting: Nesting,
    pub conditional: bool,
    /// In `case`, the next thing is a pattern.
    pub pattern: bool,
    /// The next group is the body of a function.
    pub function: bool,
    /// What joins the next command to the one before.
    joint: Joint,
    /// A command has been read since the last operator.
    pub filled: bool,
    /// First command of the current chain, of its part after the first `&&`, and of its last element.
    chain: usize,
    after_and: Option<usize>,
    element: usize,
    after_or: bool,
}

impl Frame {
    fn new(opener: Opener, nesting: Nesting, conditional: bool, first: usize) -> Frame {
        Frame {
            opener,
            nesting,
            conditional,
            pattern: false,
            function: false,
            joint: Joint::First,
            filled: false,
            chain: first,
            after_and: None,
            element: first,
            after_or: false,
        }
    }

    /// Starts a new list in the same frame, as `then` and `do` do.
    pub fn restart(&mut self, first: usize) {
        *self = Frame::new(self.opener, self.nesting, self.conditional, first);
    }

    /// Whether what is read now may be left out by the shell.
    fn is_conditional(&self) -> bool {
        self.conditional || self.after_or
    }
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Scanner<'t> {
        Scanner {
            text,
            bytes: text.as_bytes(),
            at: 0,
            limit: text.len(),
            commands: Vec::new(),
            partial: false,
            compound: false,
            heredocs: Heredocs::default(),
            group_redirects: Vec::new(),
            subshells: Vec::new(),
            loop_variables: Vec::new(),
            lookahead: 4 * text.len() + 64,
            depth: 0,
            depths: Vec::new(),
            marks: Marks::default(),
        }
    }

    /// Reads the whole text.
    pub fn script(mut self) -> Script {
        self.list(Nesting::Top, false);
        self.fill_heredocs();
        self.marks.apply(&mut self.commands, &self.depths);
        Script {
            commands: self.commands,
            partial: self.partial,
            compound: self.compound,
            group_redirects: self.group_redirects,
            subshells: self.subshells,
            loop_variables: self.loop_variables,
        }
    }

    /// The byte at `at`.
    pub fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    /// The byte `ahead` bytes behind `at`, inside the limit.
    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.limit { self.bytes.get(at).copied() } else { None }
    }

    /// Goes one level deeper, or gives up on the rest of the text.
    pub fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            self.partial = true;
            self.at = self.limit;
            return false;
        }
        self.depth += 1;
        true
    }

    /// Spaces, tabs and joined lines.
    pub fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' => match self.line_join() {
                    0 => return,
                    length => self.at += length,
                },
                _ => return,
            }
        }
    }

    /// The length of the backslash and line end at `at`, 0 if there is none.
    pub fn line_join(&self) -> usize {
        match (self.peek_at(1), self.peek_at(2)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    /// Blanks, line ends and comments, where a list may go on over several lines.
    pub fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n') => self.line_end(),
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..self.limit];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Steps over a line end, and over the heredocs that follow it.
    fn line_end(&mut self) {
        self.at += 1;
        self.read_heredocs();
    }

    /// Reads commands up to the limit or, in `$( )`, up to and with its `)`.
    pub fn list(&mut self, nesting: Nesting, in_parens: bool) {
        let mut frames = vec![Frame::new(Opener::Text, nesting, false, self.commands.len())];
        loop {
            if frames.last().is_some_and(|top| top.pattern) {
                self.pattern(&mut frames);
                continue;
            }
            self.skip_blanks();
            let Some(byte) = self.peek() else { break };
            match byte {
                b'#' => self.comment(),
                b'\n' => {
                    self.line_end();
                    self.separate(&mut frames, Joint::Then);
                }
                b';' | b'|' => self.operator(&mut frames),
                b'&' if self.peek_at(1) != Some(b'>') => self.operator(&mut frames),
                b'(' => self.open_paren(&mut frames),
                b')' if self.close_paren(&mut frames) => {}
                b')' if in_parens => {
                    self.at += 1;
                    self.partial |= frames.len() > 1;
                    return;
                }
                b')' => {
                    self.at += 1;
                    self.partial = true;
                }
                _ => self.command(&mut frames),
            }
        }
        self.partial |= in_parens || frames.len() > 1;
    }

    /// A command, a keyword, or a redirection of the group just closed.
    fn command(&mut self, frames: &mut Vec<Frame>) {
        if self.keyword(frames) {
            return;
        }
        let Some(top) = frames.last_mut() else { return };
        if top.filled
            && let Some(redirect) = self.redirect(Owner::Group(self.group_redirects.len()))
        {
            let commands = top.element..self.commands.len();
            return self.group_redirects.push(GroupRedirect { commands, redirect });
        }
        let command = self.begin(top);
        self.simple_command(command, top);
    }

    /// A command without anything yet, joined and nested as the list says.
    fn begin(&self, top: &mut Frame) -> Command {
        top.element = self.commands.len();
        top.filled = true;
        top.function = false;
        Command {
            range: self.at..self.at,
            joint: top.joint,
            piped: false,
            background: false,
            conditional: top.is_conditional(),
            nesting: top.nesting,
            assignments: Vec::new(),
            words: Vec::new(),
            redirects: Vec::new(),
        }
    }

    /// Opens a group, subshell, branch or loop in the current list.
    pub fn open(&mut self, frames: &mut Vec<Frame>, opener: Opener) {
        self.compound |= self.depth == 0;
        let first = self.commands.len();
        let Some(top) = frames.last_mut() else { return };
        top.element = first;
        let function = std::mem::take(&mut top.function);
        let nesting = match opener {
            Opener::Text => top.nesting,
            Opener::Brace if !function => top.nesting,
            Opener::Paren => Nesting::Subshell,
            _ => Nesting::Compound,
        };
        let conditional = top.is_conditional() || function;
        frames.push(Frame::new(opener, nesting, conditional, first));
    }

    /// Closes the current frame; what it held counts as one element of the list around it.
    pub fn close(&mut self, frames: &mut Vec<Frame>) {
        let closed = frames.pop();
        if let Some(top) = frames.last_mut() {
            if closed.is_some_and(|frame| frame.opener == Opener::Paren) {
                self.subshells.push(top.element..self.commands.len());
            }
            top.filled = true;
        }
    }

    /// Marks that something other than a simple command was read in the current list.
    pub fn element(&mut self, frames: &mut [Frame]) {
        self.compound |= self.depth == 0;
        let Some(top) = frames.last_mut() else { return };
        top.element = self.commands.len();
        top.filled = true;
    }

    /// `;`, `;;`, `;&`, `|`, `|&`, `||`, `&` or `&&`.
    fn operator(&mut self, frames: &mut [Frame]) {
        let second = self.peek_at(1);
        match (self.bytes[self.at], second) {
            (b';', Some(b';' | b'&')) => {
                self.at += 2;
                if self.peek() == Some(b'&') {
                    self.at += 1;
                }
                self.end_of_case_item(frames);
            }
            (b';', _) => {
                self.at += 1;
                self.separate(frames, Joint::Then);
            }
            (b'|', Some(b'|')) => {
                self.at += 2;
                self.or(frames);
            }
            (b'|', _) => {
                self.at += if second == Some(b'&') { 2 } else { 1 };
                self.pipe(frames);
            }
            (_, Some(b'&')) => {
                self.at += 2;
                self.and(frames);
            }
            _ => {
                self.at += 1;
                self.separate(frames, Joint::Background);
            }
        }
    }

    fn end_of_case_item(&mut self, frames: &mut [Frame]) {
        let first = self.commands.len();
        match frames.last_mut() {
            Some(top) if top.opener == Opener::Case => {
                top.restart(first);
                top.pattern = true;
            }
            _ => {
                self.partial = true;
                self.separate(frames, Joint::Then);
            }
        }
    }

    /// Ends a chain; without a command before it, it says nothing (a line end after `&&`).
    fn separate(&mut self, frames: &mut [Frame], joint: Joint) {
        let next = self.commands.len();
        let Some(top) = frames.last_mut().filter(|top| top.filled) else { return };
        if joint == Joint::Background {
            self.mark(top.chain..next, Fact::Background);
        }
        top.joint = joint;
        top.filled = false;
        top.after_or = false;
        top.after_and = None;
        top.chain = next;
    }

    fn and(&mut self, frames: &mut [Frame]) {
        let Some(top) = frames.last_mut() else { return };
        top.after_and.get_or_insert(self.commands.len());
        // `a || true && b` runs `b` whatever `a` does.
        top.after_or = false;
        top.joint = Joint::And;
        top.filled = false;
    }

    fn or(&mut self, frames: &mut [Frame]) {
        let Some(top) = frames.last_mut() else { return };
        if let Some(first) = top.after_and {
            self.mark(first..self.commands.len(), Fact::Conditional);
        }
        top.after_or = true;
        top.joint = Joint::Or;
        top.filled = false;
    }

    fn pipe(&mut self, frames: &mut [Frame]) {
        let Some(top) = frames.last_mut() else { return };
        self.mark(top.element..self.commands.len(), Fact::Piped);
        top.joint = Joint::Pipe;
        top.filled = false;
    }

    fn mark(&mut self, commands: Range<usize>, fact: Fact) {
        self.marks.add(commands, self.depth, fact);
    }

    /// Puts a command into the script; `remove_last` takes the last one out again.
    pub fn add(&mut self, command: Command) {
        self.commands.push(command);
        self.depths.push(self.depth);
    }

    pub fn remove_last(&mut self) {
        self.commands.pop();
        self.depths.pop();
    }
}
