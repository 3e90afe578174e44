//! Evaluation: one stage, from its base to its last instruction.
//!
//! Variables mean what they mean at the instruction that uses them. An instruction that could not be read leaves its
//! field unknown, and so does a file that makes more than any image has: values have bounds here.

mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{GivenBases, join};
use crate::container::accounts::Accounts;
use crate::container::image_state::{Action, Argv, BaseImage, Form, ImageState, Inline, Step, declared_health};
use crate::container::traced::{Known, Origin};
use crate::problem::Problem;
use crate::shell;
use crate::source::{Span, Spanned, Text};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::expand::Lookup;
use crate::subject::dockerfile::instruction::{Command, Instruction, Keyword, Kind, Run, Transfer};
use crate::subject::dockerfile::stage::{Base, BuildSettings, Stages};
use variables::lookup_of;

/// A working directory and what is joined to it are no longer than this, which is twice what Linux takes for a path.
const MAX_WORKDIR: usize = 8 * 1024;

/// More ports than this are not kept.
const MAX_PORTS: usize = 1024;

/// Why variables beyond these bounds are not known.
const TOO_MANY: &str = "the image sets too many variables to follow";

/// One stage on its way from its base to its last instruction.
pub(super) struct Evaluation<'a> {
    file: &'a Dockerfile,
    stages: &'a Stages,
    settings: &'a BuildSettings,
    index: usize,
    earlier: &'a BTreeMap<usize, Arc<ImageState>>,
    problems: &'a mut Vec<Problem>,
    escape: char,
    state: ImageState,
    /// The instruction that came last, as far as it has a name.
    above: Option<Keyword>,
    /// What variables mean at this point: the latest of ENV and ARG.
    scope: BTreeMap<String, Lookup>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        file: &'a Dockerfile,
        stages: &'a Stages,
        settings: &'a BuildSettings,
        bases: GivenBases,
        index: usize,
        earlier: &'a BTreeMap<usize, Arc<ImageState>>,
        problems: &'a mut Vec<Problem>,
    ) -> Evaluation<'a> {
        let stage = &stages.stages[index];
        let state = match &stage.base {
            Base::Stage(parent) => ImageState::clone(&earlier[parent]),
            Base::Scratch => ImageState::of_base(BaseImage::scratch(stage.image.span)),
            Base::Image(reference) => {
                ImageState::of_base(BaseImage::new(reference, stage.image.span, None).given(bases))
            }
            Base::Context(name) => {
                let why = format!("it is the additional build context `{name}`");
                ImageState::of_base(BaseImage::new("", stage.image.span, Some(why)))
            }
            Base::Unknown(why) => {
                let known = stage.repository.as_deref().unwrap_or("");
                ImageState::of_base(BaseImage::new(known, stage.image.span, Some(why.clone())))
            }
        };
        // The image's variables lie over the arguments of the stages it was built in.
        let mut scope = state.arguments.clone();
        scope.extend(state.env.iter().map(|(name, value)| (name.clone(), lookup_of(&value.known))));
        let escape = file.directives.escape_byte() as char;
        let mut evaluation =
            Evaluation { file, stages, settings, index, earlier, problems, escape, state, above: None, scope };
        evaluation.state.cmd_set = false;
        evaluation.begin_history();
        evaluation.state.windows |= stage.platform.as_ref().is_some_and(|platform| platform.starts_with("windows"));
        evaluation
    }

    pub(super) fn run(mut self) -> ImageState {
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
        let above = instruction.keyword.or(instruction.meant).or(self.above);
        let origin = Origin::new(instruction.span, name);
        match &instruction.kind {
            Kind::Invalid => self.invalid(instruction),
            Kind::Env(pairs) => self.env(pairs),
            Kind::Arg(arguments) => self.arguments(arguments),
            Kind::User(user) => {
                let user = self.expand(user);
                self.state.history.user(self.state.steps.len(), user.clone());
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
        self.above = above;
    }

    /// An instruction that could not be read may have set its field to anything.
    fn invalid(&mut self, instruction: &Instruction) {
        if let Some(keyword) = instruction.keyword {
            let why = format!("the {} instruction could not be read", keyword.name());
            return self.unread(keyword, why, &Origin::new(instruction.span, keyword.name()));
        }
        let meant = instruction.meant.map_or_else(|| self.may_be_meant(instruction), |meant| vec![meant]);
        for keyword in meant {
            let why = format!("a line that is no instruction may be meant as {}", keyword.name());
            self.unread(keyword, why, &Origin::new(instruction.span, "a line that is no instruction"));
        }
    }

    /// What a line may be meant as whose first word is near to no keyword. In capitals it may be any instruction; else it
    /// is what is left of the one above, whose line does not end as it should.
    fn may_be_meant(&self, line: &Instruction) -> Vec<Keyword> {
        const SETTING: [Keyword; 6] =
            [Keyword::Run, Keyword::Env, Keyword::User, Keyword::Healthcheck, Keyword::Entrypoint, Keyword::Cmd];
        if line.is_in_capitals {
            return SETTING.to_vec();
        }
        self.above.into_iter().collect()
    }

    fn unread(&mut self, keyword: Keyword, why: String, origin: &Origin) {
        let (place, origin) = (origin.span, origin.clone());
        match keyword {
            Keyword::User => self.state.user.set(Known::Unknown(why), origin),
            Keyword::Workdir => self.state.workdir.set(Known::Unknown(why), origin),
            Keyword::Cmd => {
                self.state.cmd.set(Known::Unknown(why), origin);
                self.state.cmd_set = true;
            }
            Keyword::Entrypoint => {
                self.state.entrypoint.set(Known::Unknown(why.clone()), origin.clone());
                if !self.state.cmd_set {
                    self.state.cmd.set(Known::Unknown(why), origin);
                }
            }
            Keyword::Healthcheck => self.state.health.set(Known::Unknown(why), origin),
            Keyword::Env => self.state.env_incomplete = Some(why),
            Keyword::Run | Keyword::Copy | Keyword::Add => {
                self.state.steps.push(Arc::new(Step { span: place, action: Action::Opaque }));
                self.state.accounts.set_opaque(place);
            }
            _ => {}
        }
    }

    fn workdir(&mut self, path: &Spanned<String>, origin: Origin) {
        let expanded = self.expand(path);
        let joined = match (expanded, &self.state.workdir.known) {
            // An instruction that comes to nothing leaves the directory as it is.
            (Known::Value(path), _) if path.is_empty() => return,
            (Known::Value(path), current) if path.len() + current.value().map_or(0, String::len) > MAX_WORKDIR => {
                Known::Unknown("the working directory is longer than any path".to_string())
            }
            (Known::Value(path), _) if path.starts_with('/') || is_windows_path(&path) => Known::Value(path),
            (Known::Value(path), Known::Value(current)) => Known::Value(join(current, &path)),
            (Known::Value(_), Known::Unknown(why)) => Known::Unknown(why.clone()),
            (Known::Unknown(why), _) => Known::Unknown(why),
        };
        let remembered = match &joined {
            Known::Value(path) if !self.has_room(path.len()) => Known::Unknown(TOO_MANY.to_string()),
            joined => joined.clone(),
        };
        self.state.history.workdir(self.state.steps.len(), remembered);
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
            if !self.has_room(value.len()) {
                return;
            }
            for word in value.split_whitespace() {
                let (number, protocol) = word.rsplit_once('/').unwrap_or((word, "tcp"));
                let number = number.rsplit(':').next().unwrap_or(number);
                let text = format!("{number}/{}", protocol.to_ascii_lowercase());
                if self.state.ports.len() >= MAX_PORTS {
                    return;
                }
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
                let mut accounts = std::mem::replace(&mut self.state.accounts, Accounts::none());
                let value = |name: &str| match self.lookup(name) {
                    Lookup::Value(value) => Some(value),
                    Lookup::Unset => Some(String::new()),
                    _ => None,
                };
                accounts.apply(script, text, &value);
                self.state.accounts = accounts;
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
        let sources: Vec<_> =
            transfer.sources.iter().map(|source| Spanned::new(self.path(&source.value), source.span)).collect();
        let mut destination = self.path(&transfer.destination.value);
        if let (false, Known::Value(current)) = (destination.starts_with(['/', '$']), &self.state.workdir.known) {
            let slash = if destination.ends_with('/') || destination == "." { "/" } else { "" };
            destination = format!("{}{slash}", join(current, &destination));
        }
        let from = transfer.from.as_ref().map(|from| from.value.clone());
        self.copy_accounts(&sources, &destination, from.as_deref(), instruction.span);
        let inline = instruction.heredocs.iter().map(|doc| Inline {
            name: doc.name.clone(),
            body: doc.body.clone(),
            expands: doc.expand && doc.body.value.contains('$'),
        });
        let inline = inline.collect();
        let selective = instruction.flags.iter().any(|flag| matches!(flag.name.as_str(), "parents" | "exclude"));
        let action = Action::Transfer { sources, destination, from, inline, selective };
        self.state.steps.push(Arc::new(Step { span: instruction.span, action }));
    }

    /// A path of a COPY; as it is written if it is not known, or too long to keep.
    fn path(&mut self, written: &str) -> String {
        match self.expand_text(written) {
            Known::Value(path) if self.has_room(path.len()) => path,
            _ => written.to_string(),
        }
    }

    /// `COPY --from=stage /etc/passwd`: the accounts of that stage hold here too. What folders of the context hold is not
    /// looked at here: `COPY rootfs/ /` may bring accounts.
    fn copy_accounts(&mut self, sources: &[Spanned<String>], destination: &str, from: Option<&str>, place: Span) {
        let lists = |path: &str| matches!(path.trim_end_matches('/'), "/etc/passwd" | "/etc" | "");
        let is_list = matches!(destination, "/etc/passwd" | "/etc/group");
        let brings = |source: &Spanned<String>| is_list || from.is_some() || may_hold_folders(&source.value);
        let copies = sources.iter().any(|source| lists(&source.value))
            || (lists(destination) || is_list) && sources.iter().any(brings);
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

/// Whether a source of the context may be a folder, or is an archive with some: names of files have an ending.
fn may_hold_folders(source: &str) -> bool {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let archive = [".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2"].iter().any(|ending| name.ends_with(ending));
    source.ends_with('/') || archive || !name.trim_start_matches('.').contains('.')
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
