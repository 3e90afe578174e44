//! Shell text: which of the commands that a shell is given becomes the service, and whether the shell makes room for it.

use super::words::Scope;
use super::{Argv, Invocation, LayerKind, Resolver, ShellKind, wrapper};
use crate::shell::{self, Command, Joint, Nesting, Part, Script, Word};
use crate::source::{Span, Spanned};

/// How many commands beside the service are remembered before a text counts as too long.
const MOST_COMMANDS: usize = 4096;

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
            "sh" if first == 2 => Some(ShellKind::ExecsLastCommand),
            "sh" => None,
            _ => Some(kind_of(name)?),
        };
        let mut is_text = false;
        let mut at = first;
        while let Some(word) = words.get(at) {
            match word.strip_prefix(['-', '+']) {
                Some("-") => {
                    at += 1;
                    break;
                }
                Some("-rcfile" | "-init-file") => at += 2,
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

/// What a shell of this name does with a lone command; `None` for `sh`, which may be any, and for other programs.
pub(super) fn kind_of(name: &str) -> Option<ShellKind> {
    match name {
        "dash" => Some(ShellKind::Dash),
        "bash" | "ash" | "zsh" | "ksh" => Some(ShellKind::ExecsLastCommand),
        _ => None,
    }
}

/// A text that a shell runs, with what its positional parameters stand for.
pub(super) struct Body<'a> {
    /// The text.
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
    /// Whether it replaces the shell by `exec`.
    pub is_exec: bool,
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
        let Some(at) = position_of_service(&commands) else {
            return Err(if script.compound || script.partial {
                "which command the shell runs last depends on a condition"
            } else {
                "the shell has no command to run"
            });
        };
        if self.process.others.len() + commands.len() > MOST_COMMANDS {
            return Err("the shell runs more commands than are looked into");
        }
        let mut scope = Scope::new(body, self.around.env, &mut self.variables, &mut self.words_left);
        let mut others = Vec::new();
        for (i, command) in commands.iter().enumerate() {
            if i == at {
                continue;
            }
            // What comes behind the service cannot change it.
            let changes = i < at && (scope.assign(command)? || scope.set_positional(command, &commands[..i])?);
            if !changes {
                others.extend(beside(command, &mut scope)?);
            }
        }
        let command = commands[at];
        let is_exec = is_exec(command);
        let words = if is_exec { after_exec(&command.words) } else { &command.words };
        if words.first().is_some_and(|word| is_unfollowable(word, body.text)) {
            return Err("the shell runs a function or an `eval`, which is not looked into");
        }
        scope.export(command)?;
        let argv = scope.command(words)?;
        self.process.others.extend(others);
        let replaced = replaced(is_exec, command, &script, body.kind);
        let traps = commands.iter().any(|command| traps_term(command));
        Ok(Service { argv, is_exec: replaced == Some(true) && is_exec, replaced, traps })
    }
}

/// A command that runs before the service or beside it.
fn beside(command: &Command, scope: &mut Scope) -> Result<Option<Invocation>, &'static str> {
    if command.words.is_empty() {
        return Ok(None);
    }
    let mut environment = Vec::new();
    for assignment in &command.assignments {
        environment.extend(scope.text(&assignment.value)?.map(|value| (assignment.name.clone(), value)));
    }
    let argv = scope.words(&command.words)?;
    Ok((!argv.is_empty()).then_some(Invocation { argv, environment, conditional: command.conditional }))
}

/// The first `exec` of a program, else the last command that nothing decides about.
fn position_of_service(commands: &[&Command]) -> Option<usize> {
    if let Some(at) = commands.iter().position(|command| is_exec(command) && !command.conditional) {
        return Some(at);
    }
    let mut at = commands.iter().rposition(|command| !is_tail(command))?;
    // The last part of a pipe only takes what the service writes, and `b` of `a || b` waits for its failure.
    while at > 0 && matches!(commands[at].joint, Joint::Pipe | Joint::Or) {
        at -= 1;
    }
    let command = commands[at];
    let in_place = matches!(command.nesting, Nesting::Top | Nesting::Subshell);
    (in_place && !command.words.is_empty()).then_some(at)
}

/// `exec PROGRAM` in the shell itself.
fn is_exec(command: &Command) -> bool {
    let in_shell = command.nesting == Nesting::Top && command.joint != Joint::Pipe && !command.piped;
    in_shell && !command.background && command.program() == Some("exec") && !after_exec(&command.words).is_empty()
}

/// `a || exit 1`, `a & wait`: what speaks up once the service has ended.
fn is_tail(command: &Command) -> bool {
    match command.program() {
        Some("wait" | "exit" | "true" | ":") => true,
        Some("false" | "echo" | "kill" | "return") => command.joint == Joint::Or,
        _ => false,
    }
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

/// A name that the text itself defines as a function, or `eval`.
fn is_unfollowable(word: &Word, text: &str) -> bool {
    let Some(name) = word.literal() else { return false };
    if name == "eval" {
        return true;
    }
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    let defines = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("function ").map_or(line, str::trim_start);
        let rest = line.strip_prefix(name).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with("()") || line.len() < text.len() && rest.starts_with('{'))
    };
    is_name && text.split(['\n', ';']).any(defines)
}

fn replaced(is_exec: bool, command: &Command, script: &Script, kind: ShellKind) -> Option<bool> {
    if is_exec && !command.conditional {
        return Some(true);
    }
    if !script.is_lone_simple_command() {
        return Some(false);
    }
    match kind {
        ShellKind::Dash => Some(false),
        ShellKind::ExecsLastCommand => Some(true),
        ShellKind::None | ShellKind::Unknown => None,
    }
}

/// `trap HANDLER TERM`; `trap - TERM` takes a handler away.
fn traps_term(command: &Command) -> bool {
    let signal = |word: &Word| matches!(word.literal(), Some("TERM" | "SIGTERM" | "15" | "EXIT" | "0"));
    command.program() == Some("trap")
        && command.words.get(1).is_some_and(|handler| !matches!(handler.literal(), Some("-" | "")))
        && command.words.iter().skip(2).any(signal)
}

/// `$@` or `$*` and nothing else.
pub(super) fn is_all_arguments(word: &Word) -> bool {
    match word.parts.as_slice() {
        [Part::Variable { name, operation }] => matches!(name.as_str(), "@" | "*") && operation.is_empty(),
        _ => false,
    }
}
