//! Shell text: which of the commands that a shell is given becomes the service, and whether the shell makes room for it.

use super::{Argv, Invocation, LayerKind, Resolver, ShellKind, wrapper};
use crate::shell::{self, Command, Joint, Nesting, Part, Script, Word};
use crate::source::{Span, Spanned};

/// A call of a shell: `sh -c TEXT NAME ARGUMENT…` or `sh FILE ARGUMENT…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    /// Which word is the text or the file.
    at: usize,
    /// Whether it is a text.
    is_text: bool,
    /// What the shell does with a lone command, if its name tells.
    kind: Option<ShellKind>,
}

impl Call {
    /// Reads a command line whose program is a shell; `None` for another program, and for a shell without text or file.
    pub fn parse(words: &[&str]) -> Option<Call> {
        let (name, first) = match (wrapper::file_name(words.first()?), words.get(1)) {
            ("busybox", Some(applet)) => (*applet, 2),
            (name, _) => (name, 1),
        };
        let kind = match name {
            "sh" => None,
            "dash" => Some(ShellKind::Dash),
            "bash" | "ash" | "zsh" | "ksh" => Some(ShellKind::ExecsLastCommand),
            _ => return None,
        };
        let mut is_text = false;
        let mut at = first;
        while let Some(word) = words.get(at) {
            match word.strip_prefix(['-', '+']) {
                Some("-") => {
                    at += 1;
                    break;
                }
                Some(long) if long.starts_with('-') => at += 1,
                Some(letters) if !letters.is_empty() => {
                    is_text |= word.starts_with('-') && letters.contains('c');
                    // `-o pipefail` takes the next word.
                    at += if letters.ends_with(['o', 'O']) { 2 } else { 1 };
                }
                _ => break,
            }
        }
        (at < words.len()).then_some(Call { at, is_text, kind })
    }
}

/// A text that a shell runs, with what its positional parameters stand for.
pub(super) struct Body<'a> {
    pub text: &'a str,
    /// `$0`, then `$1` …
    pub positional: &'a [Spanned<String>],
    /// Where the words of the text are.
    pub place: Span,
    /// What the shell does with a lone command.
    pub kind: ShellKind,
}

/// What a text comes to.
pub(super) struct Service {
    /// The command that becomes the service.
    pub argv: Argv,
    /// Whether it replaces the shell; `None` if that depends on the shell.
    pub replaced: Option<bool>,
    /// Whether the text handles `TERM`.
    pub traps: bool,
}

impl Resolver<'_> {
    /// A shell: its text or its file is looked into.
    pub(super) fn peel_shell(&mut self, call: Call, argv: Argv) -> Option<Argv> {
        if !call.is_text {
            let file = argv[call.at].value.clone();
            return self.peel_script_file(&file, argv, call.at);
        }
        let body = Body {
            text: &argv[call.at].value,
            positional: &argv[call.at + 1..],
            place: argv[call.at].span,
            kind: call.kind.unwrap_or(self.around.shell),
        };
        let service = self.service(&body);
        let (replaced, traps) = service.as_ref().map_or((None, false), |service| (service.replaced, service.traps));
        let next = service.map(|service| service.argv);
        self.push(LayerKind::Shell { replaced, traps }, argv);
        match next {
            Ok(argv) => Some(argv),
            Err(why) => self.give_up(why),
        }
    }

    /// Finds the service in a text; what runs beside it is remembered.
    pub(super) fn service(&mut self, body: &Body) -> Result<Service, &'static str> {
        let script = shell::scan(body.text);
        let commands: Vec<&Command> = script.outermost().collect();
        let traps = commands.iter().any(|command| traps_term(command));
        let Some(last) = position_of_service(&commands) else {
            return Err(if script.compound || script.partial {
                "which command the shell runs last depends on a condition"
            } else {
                "the shell has no command to run"
            });
        };
        for command in &commands[..last] {
            self.beside(command, body);
        }
        let command = commands[last];
        let words = command.words.as_slice();
        let (is_exec, words) = match words.first().and_then(|word| word.literal()) {
            Some("exec") => (true, after_exec(words)),
            _ => (false, words),
        };
        for assignment in &command.assignments {
            if let Some(value) = self.text(&assignment.value, body) {
                self.process.environment.push((assignment.name.clone(), value));
            }
        }
        let argv = self.words(words, body);
        if argv.is_empty() {
            return Err("what the shell runs is given by its arguments, and there are none");
        }
        Ok(Service { argv, replaced: replaced(is_exec, &script, body.kind), traps })
    }

    /// A command that runs before the service or beside it.
    fn beside(&mut self, command: &Command, body: &Body) {
        let exported = command.program() == Some("export");
        let bare = command.words.is_empty();
        if exported || bare {
            self.remember_variables(command, body);
            return;
        }
        let argv = self.words(&command.words, body);
        let environment = command.assignments.iter();
        let environment = environment.filter_map(|a| Some((a.name.clone(), self.text(&a.value, body)?))).collect();
        self.process.others.push(Invocation { argv, environment, conditional: command.conditional });
    }

    /// `export A=b` and `A=b` on a line of their own hold for what follows.
    fn remember_variables(&mut self, command: &Command, body: &Body) {
        let mut found = Vec::new();
        for assignment in &command.assignments {
            found.extend(self.text(&assignment.value, body).map(|value| (assignment.name.clone(), value)));
        }
        for word in command.words.iter().skip(1) {
            let Some(text) = self.text(word, body) else { continue };
            found.extend(text.split_once('=').map(|(name, value)| (name.to_string(), value.to_string())));
        }
        self.process.environment.extend(found);
    }

    /// The words of a command; a word that is not known stays as it is written.
    fn words(&self, words: &[Word], body: &Body) -> Argv {
        let mut argv = Argv::new();
        for word in words {
            if let [Part::Variable { name, operation }] = word.parts.as_slice()
                && matches!(name.as_str(), "@" | "*")
                && operation.is_empty()
            {
                argv.extend(body.positional.iter().skip(1).cloned());
                continue;
            }
            let text = self.text(word, body).unwrap_or_else(|| body.text[word.range.clone()].to_string());
            // An unquoted variable that is empty is no word at all.
            if text.is_empty() && !word.quoted {
                continue;
            }
            argv.push(Spanned::new(text, body.place));
        }
        argv
    }

    fn text(&self, word: &Word, body: &Body) -> Option<String> {
        word.expand(&|name| {
            if let Ok(number) = name.parse::<usize>() {
                return body.positional.get(number).map(|word| word.value.clone());
            }
            let own = self.process.environment.iter().rev().find(|(known, _)| known == name);
            own.map(|(_, value)| value.clone()).or_else(|| (self.around.env)(name))
        })
    }
}

/// The first `exec` of a program, else the last command that nothing decides about.
fn position_of_service(commands: &[&Command]) -> Option<usize> {
    let in_place = |command: &Command| command.nesting == Nesting::Top && !command.background;
    let execs = |command: &&Command| {
        command.program() == Some("exec") && command.words.len() > 1 && in_place(command) && !command.conditional
    };
    if let Some(at) = commands.iter().position(execs) {
        return Some(at);
    }
    // `a || exit 1`: the tail only speaks up when the service has failed.
    let is_tail = |command: &Command| {
        command.joint == Joint::Or
            && matches!(command.program(), Some("exit" | "true" | "false" | ":" | "echo" | "kill"))
    };
    let last = commands.iter().rposition(|command| !is_tail(command))?;
    let command = commands[last];
    (in_place(command) && !command.words.is_empty()).then_some(last)
}

/// The words behind `exec` and its options.
fn after_exec(words: &[Word]) -> &[Word] {
    let mut at = 1;
    while let Some(option) = words.get(at).and_then(|word| word.literal()).filter(|word| word.starts_with('-')) {
        at += if option.ends_with('a') { 2 } else { 1 };
        if option == "--" {
            break;
        }
    }
    words.get(at..).unwrap_or_default()
}

fn replaced(is_exec: bool, script: &Script, kind: ShellKind) -> Option<bool> {
    if is_exec {
        return Some(true);
    }
    if !script.is_lone_simple_command() {
        return Some(false);
    }
    match kind {
        ShellKind::Dash | ShellKind::None => Some(false),
        ShellKind::ExecsLastCommand => Some(true),
        ShellKind::Unknown => None,
    }
}

fn traps_term(command: &Command) -> bool {
    command.program() == Some("trap")
        && command
            .words
            .iter()
            .skip(2)
            .any(|word| matches!(word.literal(), Some("TERM" | "SIGTERM" | "15" | "EXIT" | "0")))
}
