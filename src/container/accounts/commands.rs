//! Commands: walks a RUN body and hands each account command to the program it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::shell::{
    self, Argument, Arguments, Command, Joint, Known, Nesting, Part, Redirect, Room, Script, TakesValue, Word,
};
use crate::source::{Span, Text};

use super::add::Step;
use super::allocate::Pool;
use super::files::{File, output};
use super::opaque::{installed, is_opaque, is_opaque_source, is_without_accounts, only_reads};
use super::{Accounts, Distribution, MOST_ENTRIES};

/// How deep `sh -c 'sh -c ...'` is followed.
const MAX_DEPTH: u32 = 4;

const ACCOUNT_PROGRAMS: [&str; 10] =
    ["adduser", "addgroup", "deluser", "delgroup", "groupadd", "groupdel", "groupmod", "useradd", "userdel", "usermod"];

/// More groups that write account files than anyone has in one body.
const MOST_GROUPS: usize = 16;

/// Programs that write nothing.
const SILENT: [&str; 6] = [":", "cd", "mkdir", "set", "test", "true"];

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Accounts {
    /// Applies every account command of one RUN body, in order. `lookup` gives the values of ARG and ENV at that
    /// point; `text` is what `script` was scanned from, and turns its ranges into spans.
    pub fn apply(&mut self, script: &Script, text: &Text, lookup: &dyn Fn(&str) -> Option<String>) {
        let room = &Room::default();
        let variables = BTreeMap::new();
        let mut walk = Walk { accounts: self, lookup, variables, room, place: None, conditional: false, depth: 0 };
        walk.script(script, text);
    }
}

/// The state of a walk through a body and the texts it hands to other shells.
struct Walk<'a> {
    accounts: &'a mut Accounts,
    lookup: Lookup<'a>,
    /// What the body itself sets; `None` if the value is not known.
    variables: BTreeMap<String, Option<String>>,
    room: &'a Room,
    /// The place of all commands, in a text that is not the file's own.
    place: Option<Span>,
    conditional: bool,
    depth: u32,
}

/// A body while its commands are walked.
struct Body<'s> {
    script: &'s Script,
    text: &'s Text,
    /// Groups that write to an account file: their commands, the file, and whether they only append.
    groups: Vec<(Range<usize>, File, bool)>,
    guards: BTreeSet<String>,
    tolerated: Vec<bool>,
}

impl Walk<'_> {
    fn script(&mut self, script: &Script, text: &Text) {
        if script.partial {
            let place = self.place.unwrap_or_else(|| text.full_span());
            self.accounts.set_opaque(place);
        }
        self.variables.extend(script.loop_variables.iter().map(|name| (name.clone(), None)));
        let groups = self.groups(script);
        if let Some((last, _, _)) = groups.get(MOST_GROUPS) {
            let place = self.place.unwrap_or_else(|| text.span(script.commands[last.start].range.clone()));
            return self.accounts.set_opaque(place);
        }
        let body = Body { script, text, groups, guards: guards(script), tolerated: tolerated(script) };
        for index in 0..script.commands.len() {
            self.command(&body, index);
        }
    }

    fn groups(&self, script: &Script) -> Vec<(Range<usize>, File, bool)> {
        let writes = |group: &shell::GroupRedirect| {
            let (file, append) = self.redirected(&group.redirect)?;
            (!group.commands.is_empty()).then(|| (group.commands.clone(), file, append))
        };
        script.group_redirects.iter().filter_map(writes).take(MOST_GROUPS + 1).collect()
    }

    /// The account file that a redirection writes to, and whether it only appends.
    fn redirected(&self, redirect: &Redirect) -> Option<(File, bool)> {
        if !matches!(redirect.operator.as_str(), ">" | ">>" | ">|") {
            return None;
        }
        let file = File::at(&self.known(&redirect.target).text)?;
        Some((file, redirect.operator == ">>"))
    }

    fn command(&mut self, body: &Body<'_>, index: usize) {
        let command = &body.script.commands[index];
        if command.words.is_empty() {
            return self.assign(command);
        }
        let step = Step {
            place: self.place.unwrap_or_else(|| body.text.span(command.range.clone())),
            conditional: self.conditional || command.conditional,
            tolerated: body.tolerated[index],
            guards: &body.guards,
        };
        let mut words = command.behind_prefixes();
        if words.len() > 1 && words[0].file_name() == Some("busybox") {
            words = &words[1..];
        }
        let program = self.known(&words[0]);
        if !program.whole {
            return self.accounts.set_opaque(step.place);
        }
        let name = program.text.rsplit('/').next().unwrap_or_default();
        let arguments: Vec<Known> = words[1..].iter().map(|word| self.known(word)).collect();
        if let Some((file, append)) = self.written_file(body, index, name, &arguments) {
            return self.write(body, index, (file, append), (name, &arguments), &step);
        }
        if self.account_program(name, &arguments, &step) {
            return;
        }
        self.other_program(body, command, &program.text, &arguments, &step);
    }

    /// The commands that change accounts.
    fn account_program(&mut self, name: &str, arguments: &[Known], step: &Step<'_>) -> bool {
        let accounts = &mut *self.accounts;
        let style = accounts.style(name, arguments);
        match (name, style) {
            ("useradd", _) | ("adduser", Style::Shadow) => accounts.useradd(arguments, step),
            ("groupadd", _) | ("addgroup", Style::Shadow) => accounts.groupadd(arguments, step),
            ("usermod", _) => accounts.usermod(arguments, step),
            ("groupmod", _) => accounts.groupmod(arguments, step),
            ("userdel", _) => accounts.userdel(arguments, step),
            ("groupdel", _) => accounts.groupdel(arguments, step),
            ("adduser", Style::Debian) => accounts.debian_adduser(arguments, step),
            ("addgroup", Style::Debian) => accounts.debian_addgroup(arguments, step),
            ("adduser", Style::Busybox) => accounts.busybox_adduser(arguments, step),
            ("addgroup", Style::Busybox) => accounts.busybox_addgroup(arguments, step),
            ("deluser", _) => accounts.deluser(arguments, step),
            ("delgroup", _) => accounts.delgroup(arguments, step),
            _ => return false,
        }
        true
    }

    fn other_program(&mut self, body: &Body<'_>, command: &Command, path: &str, arguments: &[Known], step: &Step<'_>) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let first = arguments.first().filter(|word| word.whole).map(|word| word.text.as_str());
        match name {
            "sh" | "ash" | "bash" | "dash" | "ksh" | "zsh" => return self.shell(body, command, arguments, step),
            "eval" => return self.eval(arguments, step),
            "." | "source" if is_opaque_source(first) => return self.accounts.set_opaque(step.place),
            "." | "source" => return,
            "export" | "readonly" | "declare" | "typeset" | "local" => return self.declare(command, arguments),
            "read" => {
                for word in arguments {
                    self.variables.insert(word.text.clone(), None);
                }
                return;
            }
            "xargs" if arguments.iter().any(|word| ACCOUNT_PROGRAMS.contains(&word.text.as_str())) => {
                return self.accounts.set_opaque(step.place);
            }
            _ => {}
        }
        let mut names_file = arguments.iter().filter(|word| word.text.contains("/etc/")).map(|word| word.text.as_str());
        let changes_file = names_file.any(|path| File::at(path).is_some()) && !only_reads(name, arguments);
        if changes_file || is_opaque(path) {
            return self.accounts.set_opaque(step.place);
        }
        self.install(name, arguments, step);
    }

    fn install(&mut self, name: &str, arguments: &[Known], step: &Step<'_>) {
        for package in installed(name, arguments) {
            match package {
                Some(package) if is_without_accounts(package) => {}
                Some(package) if self.accounts.packages.len() < MOST_ENTRIES => {
                    self.accounts.packages.push(package.to_string());
                    self.accounts.lose_ids(Pool::System);
                }
                _ => self.accounts.set_incomplete(step.place),
            }
        }
    }

    /// `NAME=value` on its own: for the commands that follow, if it is not in a subshell or a branch.
    fn assign(&mut self, command: &Command) {
        for assignment in &command.assignments {
            let known = self.known(&assignment.value);
            self.set(command, &assignment.name, known.whole.then_some(known.text));
        }
    }

    fn declare(&mut self, command: &Command, arguments: &[Known]) {
        for word in arguments {
            if let Some((name, value)) = word.text.split_once('=') {
                self.set(command, name, word.whole.then(|| value.to_string()));
            }
        }
    }

    fn set(&mut self, command: &Command, name: &str, value: Option<String>) {
        let certain = command.nesting == Nesting::Top && !command.conditional;
        self.variables.insert(name.to_string(), value.filter(|value| certain && Room::holds(value)));
    }

    /// The text of a word, with the body's own variables before ARG and ENV.
    fn known(&self, word: &Word) -> Known {
        let is_hidden = |part: &Part| match part {
            Part::Variable { name, .. } => matches!(self.variables.get(name), Some(None)),
            _ => false,
        };
        let lookup = |name: &str| match self.variables.get(name) {
            Some(value) => self.room.take(value.clone()?),
            None => self.room.take((self.lookup)(name)?),
        };
        match word.parts.iter().position(is_hidden) {
            None => word.known(&lookup),
            // `${X:-default}` of a variable that is set, but to what is not known.
            Some(hidden) => {
                let parts = word.parts[..hidden].to_vec();
                let start = Word { range: word.range.clone(), quoted: word.quoted, parts };
                Known { whole: false, ..start.known(&lookup) }
            }
        }
    }

    /// `sh -c text`, `sh <<EOF` or `sh file`.
    fn shell(&mut self, body: &Body<'_>, command: &Command, arguments: &[Known], step: &Step<'_>) {
        let takes = TakesValue { letters: "oO", names: &["init-file", "rcfile"] };
        let (mut text_given, mut operands) = (false, Vec::new());
        for argument in Arguments::new(arguments, takes) {
            match argument {
                Argument::Option { name, .. } => text_given |= name == "c",
                Argument::Operand(text) => operands.push(text),
            }
        }
        match (text_given, operands.first()) {
            (true, Some(Some(text))) => self.nested(text, step),
            (true, None) => {}
            (_, Some(_)) => self.accounts.set_opaque(step.place),
            (false, None) => match command.redirects.iter().find_map(|redirect| redirect.body.clone()) {
                Some(inner) => self.inner(&body.text.slice(inner), None, step),
                None if command.joint == Joint::Pipe || !command.redirects.is_empty() => {
                    self.accounts.set_opaque(step.place);
                }
                None => {}
            },
        }
    }

    fn eval(&mut self, arguments: &[Known], step: &Step<'_>) {
        if arguments.iter().any(|word| !word.whole) {
            return self.accounts.set_opaque(step.place);
        }
        let words: Vec<_> = arguments.iter().map(|word| word.text.as_str()).collect();
        self.nested(&words.join(" "), step);
    }

    fn nested(&mut self, text: &str, step: &Step<'_>) {
        self.inner(&Text::whole(text, step.place), Some(step.place), step);
    }

    /// A text for another shell; all of it is at `place`, unless it stands in the file.
    fn inner(&mut self, text: &Text, place: Option<Span>, step: &Step<'_>) {
        if self.depth >= MAX_DEPTH {
            return self.accounts.set_opaque(step.place);
        }
        let lookup = |name: &str| match self.variables.get(name) {
            Some(value) => value.clone(),
            None => (self.lookup)(name),
        };
        let mut walk = Walk {
            accounts: self.accounts,
            lookup: &lookup,
            variables: BTreeMap::new(),
            room: self.room,
            place: place.or(self.place),
            conditional: step.conditional,
            depth: self.depth + 1,
        };
        walk.script(&shell::scan(&text.value), text);
    }

    /// The account file that a command writes to, and whether it only appends.
    fn written_file(&self, body: &Body<'_>, index: usize, name: &str, arguments: &[Known]) -> Option<(File, bool)> {
        let command = &body.script.commands[index];
        if name == "tee" {
            let file = arguments.iter().find_map(|word| File::at(&word.text))?;
            return Some((file, arguments.iter().any(|word| word.text == "-a" || word.text == "--append")));
        }
        if let Some(file) = command.redirects.iter().find_map(|redirect| self.redirected(redirect)) {
            return Some(file);
        }
        let (commands, file, append) = body.groups.iter().find(|group| group.0.contains(&index))?;
        let writes = !command.piped && command.nesting != Nesting::Substitution && !SILENT.contains(&name);
        // Only the first command of a group meets the file as it was.
        writes.then_some((*file, *append || index > commands.start))
    }

    fn write(
        &mut self,
        body: &Body<'_>,
        index: usize,
        (file, append): (File, bool),
        (name, arguments): (&str, &[Known]),
        step: &Step<'_>,
    ) {
        let command = &body.script.commands[index];
        let before = index.checked_sub(1).map(|before| &body.script.commands[before]);
        let lines = match (name, before) {
            ("tee", Some(before)) if command.joint == Joint::Pipe => self.output(before, body.text),
            ("tee", _) => output("cat", &[], command, body.text, &|word| self.known(word)),
            _ => output(name, arguments, command, body.text, &|word| self.known(word)),
        };
        let Some(lines) = lines else { return self.accounts.set_opaque(step.place) };
        if !append {
            self.accounts.clear(file, step);
        }
        for line in &lines {
            self.accounts.line(file, line, step);
        }
    }

    fn output(&self, command: &Command, text: &Text) -> Option<Vec<Known>> {
        let arguments: Vec<Known> = command.words.get(1..)?.iter().map(|word| self.known(word)).collect();
        output(command.program()?, &arguments, command, text, &|word| self.known(word))
    }
}

/// Whose options an `adduser` or `addgroup` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Shadow,
    Debian,
    Busybox,
}

impl Accounts {
    fn style(&self, name: &str, arguments: &[Known]) -> Style {
        match self.distribution {
            Distribution::Alpine => Style::Busybox,
            Distribution::Debian => Style::Debian,
            // `addgroup` is not there at all; who has it has it from Debian.
            Distribution::RedHat if name == "addgroup" => Style::Debian,
            Distribution::RedHat => Style::Shadow,
            Distribution::Unknown => guessed_style(name, arguments),
        }
    }
}

/// Where the image does not say, the options tell: letters that only one of the programs has.
fn guessed_style(name: &str, arguments: &[Known]) -> Style {
    let letters = |word: &Known| word.text.starts_with('-') && !word.text.starts_with("--");
    let has = |set: &[char]| arguments.iter().any(|word| letters(word) && word.text.contains(set));
    match name {
        "addgroup" if has(&['S', 'g']) => Style::Busybox,
        "addgroup" => Style::Debian,
        _ if has(&['S', 'D', 'H', 'h']) => Style::Busybox,
        _ if has(&['r', 'm', 'M', 'N', 'U', 'd', 'b', 'c']) => Style::Shadow,
        _ if has(&['u', 'G', 'g', 's', 'k']) => Style::Busybox,
        _ => Style::Debian,
    }
}

/// Names that the script looks up before it changes them.
fn guards(script: &Script) -> BTreeSet<String> {
    let asks = |command: &&Command| matches!(command.program(), Some("id" | "getent" | "grep" | "egrep"));
    let words = script.commands.iter().filter(asks).flat_map(|command| &command.words[1..]);
    words.filter_map(Word::literal).map(|word| word.trim_matches(['^', ':', '$']).to_string()).collect()
}

/// For each command, whether the build goes on if it fails.
fn tolerated(script: &Script) -> Vec<bool> {
    let errexit = script.commands.iter().any(|command| {
        let sets_e = |word: &Word| {
            word.literal().is_some_and(|text| text == "errexit" || (text.starts_with('-') && text.contains('e')))
        };
        command.program() == Some("set") && command.words[1..].iter().any(sets_e)
    });
    let mut tolerated = vec![false; script.commands.len()];
    let mut next: Option<usize> = None;
    for (index, command) in script.commands.iter().enumerate().rev() {
        tolerated[index] = next.is_some_and(|next| {
            let following = &script.commands[next];
            match following.joint {
                Joint::Or | Joint::Pipe => true,
                Joint::And => tolerated[next],
                Joint::Then | Joint::Background => !errexit,
                // A group or a branch follows, which is run or not by how this one ends.
                Joint::First => following.conditional && !command.conditional,
            }
        });
        if command.nesting != Nesting::Substitution {
            next = Some(index);
        }
    }
    tolerated
}
