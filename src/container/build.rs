//! Build: a Dockerfile under given settings, evaluated stage by stage to the image it makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image_state::{Action, Argv, BaseImage, Form, ImageState, Step, declared_health};
use super::traced::{Known, Origin, Traced};
use crate::problem::Problem;
use crate::shell;
use crate::source::{Span, Spanned, Text};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::expand::{self, Expanded, Lookup};
use crate::subject::dockerfile::instruction::{Argument, Command, Instruction, Keyword, Kind, Pair, Run, Transfer};
use crate::subject::dockerfile::stage::{self, Base, BuildSettings, Stages};

/// More stages than this are not resolved; the largest known files have fewer than a hundred.
const MAX_STAGES: usize = 200;

/// More variables than this in one image are not kept apart.
const MAX_VARIABLES: usize = 4096;

/// More bytes of values than this in one stage are not kept.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// An image as a Dockerfile builds it.
#[derive(Debug, Clone)]
pub struct Build {
    /// The file.
    pub file: Arc<Dockerfile>,
    /// Its stages under the settings.
    pub stages: Stages,
    /// The stage that ships.
    pub target: usize,
    /// The stages whose instructions make the shipped image, its own last.
    pub chain: Vec<usize>,
    /// Every stage the target needs, in file order.
    pub reachable: Vec<usize>,
    /// The states of the reachable stages, by stage index.
    pub states: BTreeMap<usize, Arc<ImageState>>,
}

impl Build {
    /// Evaluates a Dockerfile. `None`, with a problem, if it has no stage to build.
    pub fn new(file: Arc<Dockerfile>, settings: &BuildSettings, problems: &mut Vec<Problem>) -> Option<Build> {
        let stages = Stages::new(&file, settings, problems);
        let target = stages.target?;
        if stages.stages.len() > MAX_STAGES {
            problems.push(Problem::error(
                stages.stages[MAX_STAGES].from,
                format!("the file has {} stages; at most {MAX_STAGES} are resolved", stages.stages.len()),
                "split the file",
            ));
            return None;
        }
        let chain = stages.chain(target);
        let reachable = stages.reachable(&file, target);
        let mut states: BTreeMap<usize, Arc<ImageState>> = BTreeMap::new();
        for &index in &reachable {
            let state = Evaluation::new(&file, &stages, settings, index, &states, problems).run();
            states.insert(index, Arc::new(state));
        }
        Some(Build { file, stages, target, chain, reachable, states })
    }

    /// The state of the shipped image.
    pub fn image(&self) -> &Arc<ImageState> {
        &self.states[&self.target]
    }

    /// The FROM instruction of the shipped stage.
    pub fn from(&self) -> Span {
        self.stages.stages[self.target].from
    }
}

/// One stage on its way from its base to its last instruction.
struct Evaluation<'a> {
    file: &'a Dockerfile,
    stages: &'a Stages,
    settings: &'a BuildSettings,
    index: usize,
    earlier: &'a BTreeMap<usize, Arc<ImageState>>,
    problems: &'a mut Vec<Problem>,
    escape: char,
    state: ImageState,
    /// What variables mean at this point: the latest of ENV and ARG.
    scope: BTreeMap<String, Lookup>,
    /// Bytes of all values that were kept.
    value_bytes: usize,
}

impl<'a> Evaluation<'a> {
    fn new(
        file: &'a Dockerfile,
        stages: &'a Stages,
        settings: &'a BuildSettings,
        index: usize,
        earlier: &'a BTreeMap<usize, Arc<ImageState>>,
        problems: &'a mut Vec<Problem>,
    ) -> Evaluation<'a> {
        let stage = &stages.stages[index];
        let mut scope = BTreeMap::new();
        let state = match &stage.base {
            Base::Stage(parent) => {
                for ancestor in stages.chain(*parent) {
                    inherit_arguments(file, stages, settings, ancestor, &mut scope);
                }
                ImageState::clone(&earlier[parent])
            }
            Base::Scratch => ImageState::of_base(BaseImage::scratch(stage.image.span)),
            Base::Image(reference) => ImageState::of_base(BaseImage::new(reference, stage.image.span, None)),
            Base::Context(name) => {
                let why = format!("it is the additional build context `{name}`");
                ImageState::of_base(BaseImage::new("", stage.image.span, Some(why)))
            }
            Base::Unknown(why) => {
                let known = repository_before_variables(&stage.image.value);
                ImageState::of_base(BaseImage::new(known, stage.image.span, Some(why.clone())))
            }
        };
        for (name, value) in &state.env {
            scope.insert(name.clone(), lookup_of(value));
        }
        // Every image has a `PATH`; what is on that of a base image is not in the table.
        let path = || Lookup::Unknown(state.base.unknown("the `PATH`"));
        scope.entry("PATH".to_string()).or_insert_with(path);
        let escape = file.directives.escape_byte() as char;
        let mut evaluation =
            Evaluation { file, stages, settings, index, earlier, problems, escape, state, scope, value_bytes: 0 };
        evaluation.state.cmd_set = false;
        evaluation.state.windows |= stage.platform.as_ref().is_some_and(|platform| platform.starts_with("windows"));
        evaluation
    }

    fn run(mut self) -> ImageState {
        for trigger in std::mem::take(&mut self.state.triggers) {
            self.apply(&trigger);
        }
        let file = self.file;
        for instruction in &file.instructions[self.stages.stages[self.index].instructions.clone()] {
            self.apply(instruction);
        }
        self.state
    }

    fn apply(&mut self, instruction: &Instruction) {
        let name = instruction.keyword.map_or("", Keyword::name);
        let origin = Origin::new(instruction.span, name);
        match &instruction.kind {
            Kind::Invalid => self.invalid(instruction, origin),
            Kind::Env(pairs) => self.env(pairs),
            Kind::Arg(arguments) => self.arguments(arguments),
            Kind::User(user) => {
                let user = self.expand(user);
                self.state.user.set(user, origin);
            }
            Kind::Workdir(path) => self.workdir(path, origin),
            Kind::Stopsignal(signal) => {
                let signal = self.expand(signal);
                self.state.stop_signal.set(signal, origin);
            }
            Kind::Cmd(command) => {
                let argv = self.argv(command);
                self.state.cmd.set(argv, origin);
                self.state.cmd_set = true;
            }
            Kind::Entrypoint(command) => {
                let argv = self.argv(command);
                self.state.entrypoint.set(argv, origin.clone());
                if !self.state.cmd_set {
                    self.state.cmd.set(Known::Value(Argv::empty()), origin);
                }
            }
            Kind::Shell(words) => self.state.shell = Some(words.iter().map(|word| word.value.clone()).collect()),
            Kind::Healthcheck(healthcheck) => {
                self.state.health.set(Known::Value(declared_health(healthcheck)), origin);
            }
            Kind::Expose(ports) => self.expose(ports),
            Kind::Run(run) => self.run_step(run, instruction.span),
            Kind::Transfer(transfer) => self.transfer(transfer, instruction),
            Kind::Onbuild(trigger) => self.state.triggers.push(Arc::new((**trigger).clone())),
            Kind::From { .. } | Kind::Label(_) | Kind::Volume(_) | Kind::Maintainer(_) => {}
        }
    }

    /// An instruction that could not be read may have set its field to anything.
    fn invalid(&mut self, instruction: &Instruction, origin: Origin) {
        let Some(keyword) = instruction.keyword.or(instruction.meant) else { return };
        let why = match instruction.keyword {
            Some(_) => format!("the {} instruction could not be read", keyword.name()),
            None => format!("a line that is no instruction may be meant as {}", keyword.name()),
        };
        match keyword {
            Keyword::User => self.state.user.set(Known::Unknown(why), origin),
            Keyword::Workdir => self.state.workdir.set(Known::Unknown(why), origin),
            Keyword::Cmd => self.state.cmd.set(Known::Unknown(why), origin),
            Keyword::Entrypoint => self.state.entrypoint.set(Known::Unknown(why), origin),
            Keyword::Healthcheck => self.state.health.set(Known::Unknown(why), origin),
            Keyword::Env => self.state.env_incomplete = Some(why),
            Keyword::Run | Keyword::Copy | Keyword::Add => {
                self.state.steps.push(Arc::new(Step { span: instruction.span, action: Action::Opaque }));
                self.state.accounts.set_opaque(instruction.span);
            }
            _ => {}
        }
    }

    /// What a name means here.
    fn lookup(&self, name: &str) -> Lookup {
        match (self.scope.get(name), &self.state.env_incomplete) {
            (Some(value), _) => value.clone(),
            (None, Some(why)) => Lookup::Unknown(why.clone()),
            (None, None) => Lookup::Unset,
        }
    }

    fn expand_text(&self, text: &str) -> Known<String> {
        match expand::expand(text, self.escape, &|name| self.lookup(name)) {
            Ok(Expanded::Value(value)) => Known::Value(value),
            Ok(Expanded::Unknown(why)) => Known::Unknown(why),
            Err(why) => Known::Unknown(format!("`{text}` cannot be expanded: {why}")),
        }
    }

    fn expand(&mut self, word: &Spanned<String>) -> Known<String> {
        let expanded = expand::expand(&word.value, self.escape, &|name| self.lookup(name));
        match expanded {
            Ok(Expanded::Value(value)) => Known::Value(value),
            Ok(Expanded::Unknown(why)) => Known::Unknown(why),
            Err(why) => {
                let what = format!("the value cannot be expanded: {why}");
                self.problems.push(Problem::error(word.span, what, "mend the expansion; the build fails on it"));
                Known::Unknown(why)
            }
        }
    }

    fn env(&mut self, pairs: &[Pair]) {
        // All values of one instruction see the variables from before it.
        let mut values = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let Known::Value(key) = self.expand(&pair.key) else { continue };
            values.push((key, self.expand(&pair.value), pair.key.span.to(pair.value.span)));
        }
        for (key, value, place) in values {
            let scoped = lookup_of_known(&value);
            let is_full = self.state.env.len() >= MAX_VARIABLES && !self.state.env.contains_key(&key);
            if is_full || !self.has_room(&scoped) {
                self.state.env_incomplete = Some("the image sets too many variables to follow".to_string());
                return;
            }
            let origin = Origin::new(place, "ENV");
            self.scope.insert(key.clone(), scoped);
            match self.state.env.get_mut(&key) {
                Some(traced) => traced.set(value, origin),
                None => {
                    self.state.env.insert(key, Traced { known: value, origin, overrode: Vec::new() });
                }
            }
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        // Here, too, all defaults see what stood before the instruction.
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let outer = self.stages.globals.get(&argument.name.value);
            let lookup = |name: &str| self.lookup(name);
            values.push(stage::argument_value(argument, self.settings, self.escape, &lookup, outer));
        }
        for (argument, value) in arguments.iter().zip(values) {
            let name = &argument.name.value;
            // An ARG without any value does not hide an ENV of the same name.
            let hides = !matches!(value, Lookup::Ungiven(_)) || !self.state.env.contains_key(name);
            if hides && self.has_room(&value) && self.scope.len() < 2 * MAX_VARIABLES {
                self.scope.insert(name.clone(), value);
            }
        }
    }

    /// Whether a value can still be kept; a file that doubles its variables again and again runs out of room.
    fn has_room(&mut self, value: &Lookup) -> bool {
        self.value_bytes += match value {
            Lookup::Value(value) => value.len(),
            _ => 0,
        };
        self.value_bytes <= MAX_VALUE_BYTES
    }

    fn workdir(&mut self, path: &Spanned<String>, origin: Origin) {
        let expanded = self.expand(path);
        let joined = match (expanded, &self.state.workdir.known) {
            (Known::Value(path), _) if path.starts_with('/') || is_windows_path(&path) => Known::Value(path),
            (Known::Value(path), Known::Value(current)) => Known::Value(join(current, &path)),
            (Known::Value(_), Known::Unknown(why)) => Known::Unknown(why.clone()),
            (Known::Unknown(why), _) => Known::Unknown(why),
        };
        self.state.workdir.set(joined, origin);
    }

    /// The arguments of a command; the shell in force goes before shell form.
    fn argv(&self, command: &Command) -> Known<Argv> {
        let (text, malformed) = match command {
            Command::Exec { argv, .. } => return Known::Value(Argv { words: argv.clone(), form: Form::Exec }),
            Command::Shell { text, malformed_exec } => (text, *malformed_exec),
        };
        let span = text.full_span();
        let default = if self.state.windows { &["cmd", "/S", "/C"][..] } else { &["/bin/sh", "-c"][..] };
        let mut words: Vec<_> = match &self.state.shell {
            Some(shell) => shell.iter().map(|word| Spanned::new(word.clone(), span)).collect(),
            None => default.iter().map(|word| Spanned::new(word.to_string(), span)).collect(),
        };
        words.push(Spanned::new(text.value.clone(), span));
        Known::Value(Argv { words, form: if malformed { Form::Malformed } else { Form::Shell } })
    }

    fn expose(&mut self, ports: &[Spanned<String>]) {
        for port in ports {
            let Known::Value(value) = self.expand(port) else { continue };
            for word in value.split_whitespace() {
                let (number, protocol) = word.rsplit_once('/').unwrap_or((word, "tcp"));
                let number = number.rsplit(':').next().unwrap_or(number);
                let text = format!("{number}/{}", protocol.to_ascii_lowercase());
                if !self.state.ports.iter().any(|known| known.value == text) {
                    self.state.ports.push(Spanned::new(text, port.span));
                }
            }
        }
    }

    fn run_step(&mut self, run: &Run, span: Span) {
        let action = match (&run.command, &run.script) {
            (Command::Exec { argv, .. }, _) => {
                let text = text_of(argv, span);
                Action::Run { script: shell::scan(&text.value), text }
            }
            (_, Some(text)) if self.shell_is_posix() => {
                Action::Run { script: shell::scan(&text.value), text: text.clone() }
            }
            _ => Action::Opaque,
        };
        match &action {
            Action::Run { script, text } => {
                let (scope, incomplete) = (&self.scope, &self.state.env_incomplete);
                let value = |name: &str| match (scope.get(name), incomplete) {
                    (Some(Lookup::Value(value)), _) => Some(value.clone()),
                    (Some(Lookup::Unset), _) | (None, None) => Some(String::new()),
                    _ => None,
                };
                self.state.accounts.apply(script, text, &value);
            }
            _ => self.state.accounts.set_opaque(span),
        }
        self.state.steps.push(Arc::new(Step { span, action }));
    }

    fn shell_is_posix(&self) -> bool {
        let Some(shell) = &self.state.shell else { return !self.state.windows };
        let program = shell.first().map_or("", |word| word.rsplit(['/', '\\']).next().unwrap_or(word));
        matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
    }

    fn transfer(&mut self, transfer: &Transfer, instruction: &Instruction) {
        let sources: Vec<_> = transfer
            .sources
            .iter()
            .map(|source| {
                let expanded = self.expand_text(&source.value);
                Spanned::new(expanded.value().cloned().unwrap_or_else(|| source.value.clone()), source.span)
            })
            .collect();
        let destination = match (self.expand_text(&transfer.destination.value), &self.state.workdir.known) {
            (Known::Value(path), _) if path.starts_with('/') => path,
            (Known::Value(path), Known::Value(current)) => {
                let slash = if path.ends_with('/') || path == "." { "/" } else { "" };
                format!("{}{slash}", join(current, &path))
            }
            (Known::Value(path), Known::Unknown(_)) => path,
            (Known::Unknown(_), _) => transfer.destination.value.clone(),
        };
        let from = transfer.from.as_ref().map(|from| from.value.clone());
        self.copy_accounts(&sources, &destination, from.as_deref(), instruction.span);
        let inline = instruction.heredocs.iter().map(|doc| (doc.name.clone(), doc.body.value.clone())).collect();
        let action = Action::Transfer { sources, destination, from, inline };
        self.state.steps.push(Arc::new(Step { span: instruction.span, action }));
    }

    /// `COPY --from=stage /etc/passwd`: the accounts of that stage hold here too.
    fn copy_accounts(&mut self, sources: &[Spanned<String>], destination: &str, from: Option<&str>, place: Span) {
        let lists = |path: &str| matches!(path.trim_end_matches('/'), "/etc/passwd" | "/etc" | "/");
        let copies = sources.iter().any(|source| lists(&source.value)) || lists(destination) && from.is_some();
        if !copies || !(destination.starts_with("/etc") || destination == "/") {
            return;
        }
        let stage = from.and_then(|from| self.stages.copied_from(from, self.index));
        match stage.and_then(|stage| self.earlier.get(&stage)) {
            Some(state) => self.state.accounts = state.accounts.clone(),
            None => self.state.accounts.set_opaque(place),
        }
    }
}

/// The arguments a stage declares are visible in the stages built from it.
fn inherit_arguments(
    file: &Dockerfile,
    stages: &Stages,
    settings: &BuildSettings,
    stage: usize,
    scope: &mut BTreeMap<String, Lookup>,
) {
    let escape = file.directives.escape_byte() as char;
    for instruction in &file.instructions[stages.stages[stage].instructions.clone()] {
        let Kind::Arg(arguments) = &instruction.kind else { continue };
        for argument in arguments {
            let outer = stages.globals.get(&argument.name.value);
            let lookup = |name: &str| scope.get(name).cloned().unwrap_or(Lookup::Unset);
            let value = stage::argument_value(argument, settings, escape, &lookup, outer);
            scope.insert(argument.name.value.clone(), value);
        }
    }
}

/// `node` of `node:${VERSION}-alpine`: the repository, if no variable is in it.
pub fn repository_before_variables(image: &str) -> &str {
    let image = image.trim_matches(['"', '\'']);
    let variable = image.find('$').unwrap_or(image.len());
    let slash = image[..variable].rfind('/').map_or(0, |i| i + 1);
    match image[slash..variable].find([':', '@']) {
        Some(end) => &image[..slash + end],
        None => "",
    }
}

fn lookup_of(value: &Traced<String>) -> Lookup {
    lookup_of_known(&value.known)
}

fn lookup_of_known(value: &Known<String>) -> Lookup {
    match value {
        Known::Value(value) => Lookup::Value(value.clone()),
        Known::Unknown(why) => Lookup::Unknown(why.clone()),
    }
}

/// A JSON-form RUN as the shell text that does the same.
fn text_of(argv: &[Spanned<String>], span: Span) -> Text {
    let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
    if let [program, "-c", text] = words.as_slice()
        && matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash"))
    {
        return Text::anchored(text.to_string(), span);
    }
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
    Text::anchored(quoted.join(" "), span)
}

fn is_windows_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' || path.starts_with('\\')
}

/// A relative path on an absolute one, cleaned.
pub fn join(current: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in current.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
