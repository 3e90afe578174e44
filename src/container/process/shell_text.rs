//! Shell text: what a shell is given to run, walked through to the command that becomes the service.

use super::service::{self, How};
use super::shell_call::Call;
use super::variables::Frame;
use super::{Argv, Invocation, Layer, LayerKind, Resolver, ShellKind, function, wrapper};
use crate::shell::{self, Command, Joint, Nesting, Script, Word};
use crate::source::Span;

/// How deep functions and `eval` are followed.
const DEEPEST_CALL: usize = 8;

/// How many commands a branch may have between its test and its `exec`.
const LONGEST_BRANCH: usize = 16;

/// How many commands beside the service are remembered.
const MOST_OTHERS: usize = 4096;

/// A text that a shell runs, with what its positional parameters stand for.
pub(super) struct Body<'a> {
    pub text: &'a str,
    /// The text that holds the functions: the same, or for the body of a function the one around it.
    pub functions: &'a str,
    /// `$0`, then `$1` …
    pub positional: Argv,
    /// Where the words of the text are.
    pub place: Span,
    /// What the shell does with a lone command.
    pub kind: ShellKind,
}

/// What a text comes to.
#[derive(Debug)]
pub(super) struct Service {
    /// The command that becomes the service.
    pub argv: Argv,
    /// Whether it replaces the shell; `None` if that depends on the shell.
    pub replaced: Option<bool>,
    /// Whether it does so because the text says `exec`.
    pub execs: bool,
    /// Whether the text passes `TERM` on by itself.
    pub traps: bool,
    /// A change of the user that comes before the service if the container runs as root.
    pub switch: Option<Layer>,
}

impl Resolver<'_> {
    /// A shell: its text or its file is looked into.
    pub(super) fn peel_shell(&mut self, call: Call, argv: Argv) -> Option<Argv> {
        let kind = call.kind.unwrap_or(self.around.shell);
        if !call.is_text {
            let file = argv[call.at].value.clone();
            return self.peel_script_file(&file, argv, call.at, kind);
        }
        let positional = match &argv[call.at + 1..] {
            [] => argv[..1].to_vec(),
            rest => rest.to_vec(),
        };
        let text = &argv[call.at].value;
        let body = Body { text, functions: text, positional, place: argv[call.at].span, kind };
        let service = self.service(body, 0);
        let kind = match &service {
            Ok(service) => LayerKind::Shell { replaced: service.replaced, execs: service.execs, traps: service.traps },
            Err(_) => Outline::of(text).layer(),
        };
        self.push(kind, argv);
        self.go_on(service)
    }

    /// What a text comes to is peeled next.
    pub(super) fn go_on(&mut self, service: Result<Service, String>) -> Option<Argv> {
        match service {
            Ok(service) => {
                self.process.layers.extend(service.switch);
                Some(service.argv)
            }
            Err(why) => self.give_up(why),
        }
    }

    /// Finds the service in a text; what runs beside it is remembered.
    pub(super) fn service(&mut self, body: Body, depth: usize) -> Result<Service, String> {
        let Some(left) = self.text_left.checked_sub(body.text.len()) else {
            return Err("there is too much shell text to be looked into".to_string());
        };
        self.text_left = left;
        let script = shell::scan(body.text);
        let commands: Vec<&Command> = script.outermost().collect();
        let mut frame = Frame::new(&body);
        let choice = match service::choose(&commands) {
            Ok(choice) => choice,
            Err(why) => {
                commands.iter().for_each(|command| self.before(command, &mut frame));
                return self.same_on_every_way(&commands, &frame).ok_or_else(|| why.to_string());
            }
        };
        let mut switch = None;
        for (at, command) in commands[..choice.at].iter().enumerate() {
            switch = switch.or_else(|| self.steps_down(&commands, at, &frame));
            self.before(command, &mut frame);
        }
        let traps = choice.how == How::Background && commands.iter().any(|command| traps_term(command));
        if choice.how == How::Background {
            commands[choice.at + 1..].iter().for_each(|command| self.before(command, &mut frame));
        }
        let command = commands[choice.at];
        let argv = self.service_words(command, &frame)?;
        self.set_for_service(command, &frame);
        let execs = choice.how == How::Exec;
        let replaced = replaced(choice.how, &script, body.kind);
        let service = Service { argv, replaced, execs, traps, switch };
        let in_place = choice.how != How::Background
            && command.nesting == Nesting::Top
            && !command.piped
            && command.joint != Joint::Pipe;
        self.through_builtins(service, &frame, &body, in_place, depth)
    }

    /// The service's words: the program at least has to be known.
    fn service_words(&mut self, command: &Command, frame: &Frame) -> Result<Argv, String> {
        let words = after_exec(&command.words);
        if let Some(why) = frame.unsure_in(words) {
            return Err(why.to_string());
        }
        let argv = self.words(words, frame);
        let Some(program) = argv.first() else {
            return Err("what the shell runs is given by its arguments, and there are none".to_string());
        };
        let first = words.first().filter(|word| word.literal().is_none());
        if first.is_some_and(|word| !frame.is_all_arguments(word) && self.text(word, frame).is_none()) {
            let shown: String = program.value.chars().take(40).collect();
            return Err(format!("what the shell runs is the value of `{shown}`, which is not known"));
        }
        if self.exhausted() {
            return Err("the arguments of the shell are too long to be looked into".to_string());
        }
        Ok(argv)
    }

    fn set_for_service(&mut self, command: &Command, frame: &Frame) {
        for assignment in &command.assignments {
            if let Some(value) = self.text(&assignment.value, frame) {
                self.process.environment.push((assignment.name.clone(), value));
            }
        }
    }

    /// `. FILE`, `eval` and functions of the text itself run in the shell; they are looked into.
    fn through_builtins(
        &mut self,
        service: Service,
        frame: &Frame,
        body: &Body,
        in_place: bool,
        depth: usize,
    ) -> Result<Service, String> {
        let mut argv = service.argv;
        let inner = match argv[0].value.as_str() {
            "." | "source" if argv.len() > 1 => {
                argv[0].value = "sh".to_string();
                // The shell that reads the file is the one that is there already.
                let (replaced, execs) = if in_place { (Some(true), true) } else { (service.replaced, service.execs) };
                return Ok(Service { argv, replaced, execs, ..service });
            }
            "eval" => argv[1..].iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "),
            name => match function::body(body.functions, name) {
                Some(Ok(inner)) => inner.to_string(),
                Some(Err(why)) => return Err(why),
                None => return Ok(Service { argv, ..service }),
            },
        };
        if depth >= DEEPEST_CALL {
            return Err("functions of the shell call each other too deeply".to_string());
        }
        let positional = if argv[0].value == "eval" { frame.positional.clone() } else { argv };
        let inner =
            Body { text: &inner, functions: body.functions, positional, place: body.place, kind: ShellKind::Dash };
        let found = self.service(inner, depth + 1)?;
        let traps = found.traps || service.traps;
        Ok(Service { traps, switch: service.switch.or(found.switch), ..found })
    }

    /// A command that runs before the service or beside it.
    fn before(&mut self, command: &Command, frame: &mut Frame) {
        if self.set_state(command, frame) || command.words.is_empty() {
            return;
        }
        let words = after_exec(&command.words);
        if words.is_empty() || self.process.others.len() >= MOST_OTHERS {
            return;
        }
        let argv = self.words(words, frame);
        let environment = command.assignments.iter();
        let environment = environment.filter_map(|a| Some((a.name.clone(), self.text(&a.value, frame)?))).collect();
        let conditional = command.conditional || command.nesting == Nesting::Compound;
        self.process.others.push(Invocation { argv, environment, conditional });
    }

    /// The service, if all branches `exec` the same command but for a step down from root.
    fn same_on_every_way(&self, commands: &[&Command], frame: &Frame) -> Option<Service> {
        let ways: Vec<usize> = (0..commands.len())
            .filter(|&at| commands[at].nesting == Nesting::Compound && !service::is_farewell(commands[at]))
            .collect();
        if ways.len() < 2 {
            return None;
        }
        let mut found: Option<Argv> = None;
        let mut switch = None;
        for at in ways {
            let words = after_exec(&commands[at].words);
            if !service::is_exec(commands[at]) || self.exhausted() || frame.unsure_in(words).is_some() {
                return None;
            }
            let inner = without_switch(self.words(words, frame));
            if *found.get_or_insert_with(|| inner.clone()) != inner {
                return None;
            }
            switch = switch.or_else(|| self.steps_down(commands, at, frame));
        }
        let argv = found.filter(|argv| argv.first().is_some_and(|program| !program.value.contains(['$', '`'])))?;
        Some(Service { argv, replaced: Some(true), execs: true, traps: false, switch })
    }

    /// `if [ "$(id -u)" = 0 ]; then exec gosu app "$0" "$@"; fi`, in front of an `exec "$@"`.
    fn steps_down(&self, commands: &[&Command], at: usize, frame: &Frame) -> Option<Layer> {
        let command = commands[at];
        if !service::is_exec(command) || command.nesting != Nesting::Compound || !asks_for_root(&commands[..at], frame)
        {
            return None;
        }
        let argv = self.words(after_exec(&command.words), frame);
        let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
        let step = wrapper::step(&words)?;
        let inner = step.next(&argv)?;
        let own_script = inner.first().is_some_and(|word| frame.is_own_name(&word.value));
        let inner = if own_script { &inner[1..] } else { &inner[..] };
        let hands_over = inner == frame.arguments();
        let switches = matches!(step.kind, LayerKind::UserSwitch { stays: false, .. });
        (switches && hands_over).then_some(Layer { kind: step.kind, argv })
    }
}

/// Whether the test right before a command is about root and nothing else.
fn asks_for_root(before: &[&Command], frame: &Frame) -> bool {
    let before = &before[before.len().saturating_sub(LONGEST_BRANCH)..];
    let is_test = |command: &&&Command| matches!(command.program(), Some("[" | "[[" | "test"));
    let Some(at) = before.iter().rposition(|command| is_test(&command)) else { return false };
    let test = before[at];
    let text = frame.body_text(test.range.clone());
    let alone = test.joint != Joint::And && before.get(at + 1).is_none_or(|next| !is_joined(next));
    let root = ["id -u", "$UID", "${UID", "$EUID", "${EUID", "whoami"].iter().any(|sign| text.contains(sign));
    let zero = ["0", "root"].iter().any(|zero| text.contains(zero));
    alone && root && zero && !text.contains("!=") && !text.contains("-ne") && !text.contains("-gt")
}

fn is_joined(command: &Command) -> bool {
    matches!(command.joint, Joint::And | Joint::Or)
}

/// A command line without the change of user before it.
fn without_switch(argv: Argv) -> Argv {
    let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
    match wrapper::step(&words) {
        Some(step) if matches!(step.kind, LayerKind::UserSwitch { stays: false, .. }) => {
            step.next(&argv).unwrap_or_default()
        }
        _ => argv,
    }
}

/// The words behind `exec` and its options, if it is one.
fn after_exec(words: &[Word]) -> &[Word] {
    if words.first().and_then(Word::literal) != Some("exec") {
        return words;
    }
    let mut at = 1;
    while let Some(option) = words.get(at).and_then(|word| word.literal()).filter(|word| word.starts_with('-')) {
        at += if option.ends_with('a') { 2 } else { 1 };
        if option == "--" {
            break;
        }
    }
    words.get(at..).unwrap_or_default()
}

fn replaced(how: How, script: &Script, kind: ShellKind) -> Option<bool> {
    match (how, kind) {
        (How::Exec, _) => Some(true),
        (How::Background, _) => Some(false),
        (How::Foreground, _) if !script.is_lone_simple_command() => Some(false),
        (_, ShellKind::Dash | ShellKind::None) => Some(false),
        (_, ShellKind::ExecsLastCommand) => Some(true),
        (_, ShellKind::Unknown) => None,
    }
}

/// What can be said of a text whose service is not known.
pub(super) struct Outline {
    /// Whether the shell stays, whichever way it goes.
    pub stays: bool,
    /// Whether it passes `TERM` on to something in the background.
    pub traps: bool,
    lone: bool,
}

impl Outline {
    pub fn of(text: &str) -> Outline {
        let script = shell::scan(text);
        let leaves = |command: &Command| matches!(command.program(), Some("exec" | "eval" | "." | "source"));
        Outline {
            stays: !script.partial && !script.commands.iter().any(leaves),
            traps: script.commands.iter().any(traps_term) && script.commands.iter().any(|command| command.background),
            lone: script.is_lone_simple_command(),
        }
    }

    fn layer(&self) -> LayerKind {
        let replaced = (self.stays && !self.lone).then_some(false);
        LayerKind::Shell { replaced, execs: false, traps: self.traps }
    }
}

/// `trap ACTION TERM`, with an action: an empty one ignores the signal, and `-` is none.
fn traps_term(command: &Command) -> bool {
    if command.program() != Some("trap") {
        return false;
    }
    let mut words = command.words.iter().skip(1).skip_while(|word| word.literal() == Some("--"));
    let acts = words.next().is_some_and(|action| !matches!(action.literal(), Some("" | "-")));
    acts && words.any(|word| matches!(word.literal(), Some("TERM" | "SIGTERM" | "15")))
}
