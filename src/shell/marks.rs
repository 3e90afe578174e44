//! Marks: facts about a run of commands that show only behind them, such as the `|` after a group.

use std::ops::Range;

use super::Command;
use super::scanner::MAX_DEPTH;

/// What an operator says about the commands before it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fact {
    Piped,
    Background,
    Conditional,
}

struct Mark {
    commands: Range<usize>,
    /// In how many substitutions the list is that it is about.
    depth: u32,
    fact: Fact,
}

/// All facts of a script, collected while it is read and applied in one sweep.
#[derive(Default)]
pub(super) struct Marks(Vec<Mark>);

impl Marks {
    pub fn add(&mut self, commands: Range<usize>, depth: u32, fact: Fact) {
        if !commands.is_empty() {
            self.0.push(Mark { commands, depth, fact });
        }
    }

    /// Applies the marks. They may lie in each other, so those open at a command are counted, by depth.
    pub fn apply(&self, commands: &mut [Command], depths: &[u32]) {
        let mut edges: Vec<(usize, i32, &Mark)> = Vec::with_capacity(2 * self.0.len());
        for mark in &self.0 {
            edges.push((mark.commands.start, 1, mark));
            edges.push((mark.commands.end, -1, mark));
        }
        edges.sort_unstable_by_key(|edge| edge.0);
        let mut edges = edges.into_iter().peekable();
        let mut piped = [0; MAX_DEPTH as usize + 1];
        let (mut background, mut conditional) = (0, 0);
        for (index, command) in commands.iter_mut().enumerate() {
            while let Some((_, step, mark)) = edges.next_if(|edge| edge.0 <= index) {
                match mark.fact {
                    Fact::Piped => piped[mark.depth as usize] += step,
                    Fact::Background => background += step,
                    Fact::Conditional => conditional += step,
                }
            }
            // What is substituted in a word writes to the word, not to the pipe behind the command.
            command.piped = piped[depths[index] as usize] > 0;
            command.background = background > 0;
            command.conditional |= conditional > 0;
        }
    }
}
