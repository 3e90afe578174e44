//! Development server: a process that is made for developing, or restarts itself when files change.
//!
//! [`of_command`] judges one command line: it takes package runners and interpreters off, follows scripts of a
//! `package.json` whose text is known, and holds what is left against [`table`]. Options count as whole words only, and
//! a program by its file name. What a program turns on itself (`app.run(debug=True)`, a configuration file) is not
//! visible here and counts as no.

mod node;
mod other;
mod package_script;
mod prefix;
mod python;
mod table;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::shell;
use package_script::ByName;
use prefix::Step;

/// How deep scripts that start scripts are followed.
const DEEPEST_SCRIPT: usize = 5;

/// How many prefixes are taken off one command: `env npx bundle exec ...`.
const MOST_PREFIXES: usize = 16;

/// How many bytes variables may add to the scripts of one command line; those beyond count as not known.
const EXPANSION_BUDGET: usize = 1 << 20;

/// What is known about a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is no development server, as far as a command line tells.
    No,
    /// It is one.
    Yes(DevServer),
    /// The missing fact as a clause: "what the script `start` runs is not known".
    Unknown(String),
}

/// A development server and what gives it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevServer {
    /// The program: `uvicorn`; the package runner if a script is known by its name only.
    pub program: String,
    /// What gives it away, as it is written: `--reload`, `flask run`, `nodemon`, `FLASK_DEBUG=1`; "the script `dev`"
    /// if a script is known by its name only.
    pub sign: String,
    /// The environment variable that turns it on, if it is one.
    pub variable: Option<String>,
    /// The environment variable that would turn it off, but is not set: `RAILS_ENV`.
    pub unset: Option<String>,
}

impl Answer {
    fn yes(program: &str, sign: impl Into<String>) -> Answer {
        let (program, sign) = (program.to_string(), sign.into());
        Answer::Yes(DevServer { program, sign, variable: None, unset: None })
    }

    fn by_variable(program: &str, sign: impl Into<String>, variable: &str) -> Answer {
        let (program, sign, variable) = (program.to_string(), sign.into(), Some(variable.to_string()));
        Answer::Yes(DevServer { program, sign, variable, unset: None })
    }

    /// Itself if it is a yes, or else the other one unless that says less.
    fn or(self, other: impl FnOnce() -> Answer) -> Answer {
        if matches!(self, Answer::Yes(_)) {
            return self;
        }
        match other() {
            Answer::No => self,
            Answer::Unknown(_) if self != Answer::No => self,
            other => other,
        }
    }
}

/// Judges one simple command: the program first, without what wraps it (`env`, `gosu`, `dumb-init` ...). `variable`
/// looks an environment variable up, `script` a script of the `package.json` beside the service; `None` is not set, or
/// not known.
pub fn of_command(
    argv: &[&str],
    variable: &dyn Fn(&str) -> Option<String>,
    script: &dyn Fn(&str) -> Option<String>,
) -> Answer {
    Judge { script, seen: BTreeSet::new(), budget: Cell::new(EXPANSION_BUDGET) }.command(argv, variable, 0)
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A program with its arguments, prefixes taken off.
struct Call<'a> {
    /// The name it is known by: the file name, or a package's program.
    program: &'a str,
    /// The word that names it.
    word: &'a str,
    args: &'a [&'a str],
    variable: Lookup<'a>,
}

struct Judge<'a> {
    script: Lookup<'a>,
    /// Scripts of known text judged so far; each counts once, so that scripts cannot multiply.
    seen: BTreeSet<String>,
    budget: Cell<usize>,
}

impl Judge<'_> {
    fn command(&mut self, argv: &[&str], variable: Lookup<'_>, depth: usize) -> Answer {
        let mut set: BTreeMap<&str, &str> = BTreeMap::new();
        let mut words = argv;
        for _ in 0..MOST_PREFIXES {
            match prefix::step(words) {
                Step::Command(rest) => words = rest,
                Step::Assign(rest) => {
                    let assigned = &words[..words.len() - rest.len()];
                    set.extend(assigned.iter().filter_map(|word| word.split_once('=')));
                    words = rest;
                }
                last => {
                    let variable = |name: &str| set.get(name).map(|value| value.to_string()).or_else(|| variable(name));
                    return self.last_step(last, words, &variable, depth);
                }
            }
        }
        Answer::Unknown(format!("more than {MOST_PREFIXES} programs start each other in the command"))
    }

    fn last_step(&mut self, step: Step<'_>, words: &[&str], variable: Lookup<'_>, depth: usize) -> Answer {
        match step {
            Step::Command(_) | Step::Assign(_) | Step::Nothing => Answer::No,
            Step::Program => program(words, variable),
            Step::Texts(texts) => {
                texts.iter().fold(Answer::No, |answer, text| answer.or(|| self.text(text, variable, depth + 1)))
            }
            Step::Scripts(calls) => {
                calls.iter().fold(Answer::No, |answer, call| answer.or(|| self.package_script(call, variable, depth)))
            }
        }
    }

    fn package_script(&mut self, call: &package_script::Call<'_>, variable: Lookup<'_>, depth: usize) -> Answer {
        if !call.elsewhere && self.seen.contains(call.script) {
            return Answer::No;
        }
        let text = if call.elsewhere { None } else { (self.script)(call.script) };
        if let Some(text) = text {
            self.seen.insert(call.script.to_string());
            return self.text(&call.with_arguments(&text), variable, depth + 1);
        }
        if call.or_program && table::knows(prefix::program_name(call.script)) {
            let words: Vec<&str> = std::iter::once(call.script).chain(call.args.iter().copied()).collect();
            let answer = program(&words, variable);
            // A lone name such as `storybook` is more often a script that is called like the program it runs.
            if answer != Answer::No || !call.args.is_empty() {
                return answer;
            }
        }
        match package_script::by_name(call.script) {
            ByName::Development => Answer::yes(call.runner, format!("the script `{}`", call.script)),
            ByName::RunsOnce => Answer::No,
            ByName::Anything => Answer::Unknown(format!("what the script `{}` runs is not known", call.script)),
        }
    }

    /// Judges every command of a shell text; the first that is a development server decides.
    fn text(&mut self, text: &str, variable: Lookup<'_>, depth: usize) -> Answer {
        if depth > DEEPEST_SCRIPT {
            return Answer::Unknown(format!("scripts start each other more than {DEEPEST_SCRIPT} deep"));
        }
        let script = shell::scan(text);
        let mut answer = Answer::No;
        for command in script.outermost() {
            answer = answer.or(|| self.shell_command(command, variable, depth));
            if matches!(answer, Answer::Yes(_)) {
                return answer;
            }
        }
        match answer {
            Answer::No if script.partial => Answer::Unknown("a script cannot be read to its end".to_string()),
            answer => answer,
        }
    }

    fn shell_command(&mut self, command: &shell::Command, variable: Lookup<'_>, depth: usize) -> Answer {
        let budget = &self.budget;
        let thrifty = |name: &str| {
            let value = variable(name)?;
            budget.set(budget.get().checked_sub(value.len())?);
            Some(value)
        };
        let mut set = BTreeMap::new();
        for assignment in &command.assignments {
            set.insert(assignment.name.as_str(), assignment.value.expand(&thrifty));
        }
        let known: Vec<shell::Known> = command.words.iter().map(|word| word.known(&thrifty)).collect();
        if known.first().is_some_and(|program| !program.whole) {
            return Answer::Unknown(
                "which program a script starts depends on a variable that is not known".to_string(),
            );
        }
        let words: Vec<&str> = command.words.iter().zip(&known).flat_map(|(word, known)| fields(word, known)).collect();
        let variable = |name: &str| set.get(name).cloned().unwrap_or_else(|| variable(name));
        self.command(&words, &variable, depth)
    }
}

/// The words that the shell makes of one: a variable outside of quotes is split at blanks, and vanishes if it is empty.
fn fields<'k>(word: &shell::Word, known: &'k shell::Known) -> Vec<&'k str> {
    if word.quoted || word.literal().is_some() {
        return vec![known.text.as_str()];
    }
    known.text.split_whitespace().collect()
}

/// Holds a program against the table.
fn program(words: &[&str], variable: Lookup<'_>) -> Answer {
    let Some((&word, args)) = words.split_first() else { return Answer::No };
    if word.starts_with('$') {
        return Answer::Unknown(format!("which program `{word}` is, is not known"));
    }
    table::judge(&Call { program: prefix::program_name(word), word, args, variable })
}
