//! Process: who is PID 1 in a container, what it wraps, and what the service really is.
//!
//! [`resolve`] peels an entrypoint with its command layer by layer, the way they would start each other: an init, a
//! shell, a script, `gosu`, `npm` ..., down to the application. What cannot be looked into - a script that nobody has
//! the text of, a supervisor's configuration - makes the process opaque, with the reason; nothing is guessed.

mod entrypoint;
mod function;
mod service;
mod shell_call;
mod shell_text;
#[cfg(test)]
mod tests;
mod variables;
pub(crate) mod wrapper;

use std::cell::Cell;
use std::collections::HashMap;

use crate::source::Spanned;

/// The words of a command, each with the place it was read from.
pub type Argv = Vec<Spanned<String>>;

/// How many layers are peeled before a process counts as opaque.
const DEEPEST: usize = 24;

/// How many words a command may have before it counts as opaque; scripts can multiply their arguments.
const LONGEST_COMMAND: usize = 4096;

/// How many bytes of shell text are read for one process; a script may start others, or itself.
const MOST_TEXT: usize = 4 << 20;

/// How many bytes the values of variables and arguments may come to.
const MOST_EXPANDED: usize = 1 << 20;

/// What `/bin/sh` does with `-c COMMAND`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellKind {
    /// Debian's dash: it stays as the parent.
    Dash,
    /// Busybox and bash: a lone simple command replaces the shell.
    ExecsLastCommand,
    /// There is no `/bin/sh`.
    None,
    /// Not known.
    Unknown,
}

/// What is known about a program file that may be a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptContents {
    /// Its text.
    Known(String),
    /// An official image's entrypoint: it executes its arguments.
    Transparent {
        /// The program it puts before arguments that start with a dash.
        prefix: Option<String>,
    },
    /// Nothing.
    Unknown,
}

/// What a process is resolved with.
pub struct Surroundings<'a> {
    /// Whether the container is started with an init of the engine (`init: true`, `--init`).
    pub init: bool,
    /// The program behind `/bin/sh`.
    pub shell: ShellKind,
    /// What is known about a program file, by the word that names it: a path, or a name to be found in `PATH`.
    pub script: &'a dyn Fn(&str) -> ScriptContents,
    /// The container's environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// A process tree as far as one command line tells it: from PID 1 inwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// PID 1 first, the service last.
    pub layers: Vec<Layer>,
    /// Variables that layers set for what they wrap: `env A=b`, `A=b command`, `export A=b`.
    pub environment: Vec<(String, String)>,
    /// Commands that shells run beside the service, in source order.
    pub others: Vec<Invocation>,
    opaque: Option<String>,
}

/// A command that a shell runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Program and arguments; variables of unknown value as they are written.
    pub argv: Argv,
    /// Variables set for it alone.
    pub environment: Vec<(String, String)>,
    /// Whether it depends on a condition that is not looked into.
    pub conditional: bool,
}

/// One program of a process tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub kind: LayerKind,
    /// The command line it was started with; empty for an init that the engine adds.
    pub argv: Argv,
}

/// What a layer is, and what it does with what it wraps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerKind {
    /// A minimal init: `tini`, `dumb-init`, `docker-init`, `catatonit`, `s6`.
    Init {
        /// Its name.
        name: String,
        /// It forwards signals to the whole process group, not to its child alone.
        whole_group: bool,
    },
    /// A shell with `-c TEXT`.
    Shell {
        /// Whether the service replaces it; `None` if that depends on which shell `/bin/sh` is, or is not known.
        replaced: Option<bool>,
        /// The text says `exec`, so that the service replaces any shell.
        execs: bool,
        /// It passes `TERM` on to a service in the background.
        traps: bool,
    },
    /// `npm run`, `npx`, `yarn`, `pnpm`, `bun run` ...: stays, and loses signals.
    PackageRunner {
        /// Its name.
        name: String,
        /// The script of `package.json` that it runs; `None` where it runs the command that follows.
        script: Option<String>,
    },
    /// A program that changes the user: `gosu`, `su-exec`, `setpriv`, `su`, `sudo` ...
    UserSwitch {
        /// Its name.
        program: String,
        /// The user it changes to, if it says one.
        user: Option<String>,
        /// It stays as the parent.
        stays: bool,
    },
    /// A process manager with its own configuration: `supervisord`, `pm2-runtime` ...
    Supervisor {
        /// Its name.
        name: String,
    },
    /// Any other program that runs a command: `env`, `nice`, `timeout`, `poetry run` ...
    Wrapper {
        /// Its name, with its subcommand.
        name: String,
        /// It stays as the parent.
        stays: bool,
        /// If it stays, whether it forwards `TERM`.
        forwards: bool,
    },
    /// A script.
    Script {
        /// The word that names it.
        path: String,
        /// Whether its contents are known.
        known: bool,
        /// Whether what it runs replaces it; `None` if its contents are not known.
        replaced: Option<bool>,
        /// It passes `TERM` on to a service in the background.
        traps: bool,
    },
    /// The service.
    Application,
}

/// A layer that keeps signals from the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocker<'p> {
    /// The layer.
    pub layer: &'p Layer,
    /// Whether that is sure, or depends on a shell or script that is not known.
    pub certain: bool,
}

impl Layer {
    /// Whether it is still there when the service runs; `None` if that is not known.
    pub fn stays(&self) -> Option<bool> {
        match &self.kind {
            LayerKind::Shell { replaced, .. } | LayerKind::Script { replaced, .. } => {
                replaced.map(|replaced| !replaced)
            }
            LayerKind::UserSwitch { stays, .. } | LayerKind::Wrapper { stays, .. } => Some(*stays),
            _ => Some(true),
        }
    }

    /// Whether it passes `TERM` on to what it wraps, if it stays.
    pub fn forwards(&self) -> bool {
        match &self.kind {
            LayerKind::Init { .. } | LayerKind::Supervisor { .. } | LayerKind::Application => true,
            LayerKind::Shell { traps, .. } | LayerKind::Script { traps, .. } => *traps,
            LayerKind::Wrapper { forwards, .. } => *forwards,
            LayerKind::PackageRunner { .. } | LayerKind::UserSwitch { .. } => false,
        }
    }
}

impl Process {
    /// The layer that is PID 1 once the service runs; `None` if that is not known.
    pub fn pid1(&self) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.stays() != Some(false)).filter(|layer| layer.stays().is_some())
    }

    /// The init at PID 1: `dumb-init`, `tini`, `docker-init`, `catatonit`, `s6` or `supervisord`. `None` also if PID 1
    /// is not known; [`Process::pid1`] tells the difference.
    pub fn init(&self) -> Option<&str> {
        match &self.pid1()?.kind {
            LayerKind::Init { name, .. } => Some(name),
            LayerKind::Supervisor { name } => Some(name).filter(|name| *name == "supervisord").map(String::as_str),
            _ => None,
        }
    }

    /// Whether an init may become PID 1, where which layer does is not known.
    pub fn may_have_init(&self) -> bool {
        let candidates = self.layers.iter().filter(|layer| layer.stays() != Some(false));
        let surely_last = candidates.clone().position(|layer| layer.stays() == Some(true));
        let mut candidates = candidates.take(surely_last.map_or(usize::MAX, |at| at + 1));
        candidates.any(|layer| matches!(layer.kind, LayerKind::Init { .. } | LayerKind::Supervisor { .. }))
    }

    /// The command line of the service, or of the package runner that starts it; `None` if it is not known.
    pub fn application(&self) -> Option<&[Spanned<String>]> {
        let last = self.layers.last().filter(|_| self.opaque.is_none())?;
        matches!(last.kind, LayerKind::Application | LayerKind::PackageRunner { .. }).then_some(last.argv.as_slice())
    }

    /// Why the service is not known, if it is not.
    pub fn is_opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// The last program that changes the user on the way to the service, and to whom.
    pub fn user_switch(&self) -> Option<(&str, &str)> {
        self.layers.iter().rev().find_map(|layer| match &layer.kind {
            LayerKind::UserSwitch { program, user: Some(user), .. } => Some((program.as_str(), user.as_str())),
            _ => None,
        })
    }

    /// The layers that stay between PID 1 and the service, PID 1 included, and do not pass `TERM` on. An init that
    /// signals the whole group gets past them.
    pub fn signal_blockers(&self) -> Vec<Blocker<'_>> {
        let blocks = |layer: &&Layer| layer.stays() != Some(false) && !layer.forwards();
        let blocker = |layer| Blocker { layer, certain: Layer::stays(layer).is_some() };
        self.layers.iter().filter(blocks).map(blocker).collect()
    }
}

/// Peels a command line (ENTRYPOINT and CMD joined) down to the service.
pub fn resolve(argv: &[Spanned<String>], around: &Surroundings<'_>) -> Process {
    let mut resolver = Resolver {
        around,
        process: Process::default(),
        variables: HashMap::new(),
        budget: Cell::new(MOST_EXPANDED),
        text_left: MOST_TEXT,
    };
    if around.init {
        let kind = LayerKind::Init { name: "docker-init".to_string(), whole_group: false };
        resolver.process.layers.push(Layer { kind, argv: Vec::new() });
    }
    let mut next = Some(argv.to_vec());
    for _ in 0..DEEPEST {
        let Some(argv) = next else { return resolver.process };
        next = resolver.peel(argv);
    }
    if next.is_some() {
        resolver.process.opaque = Some(format!("more than {DEEPEST} programs start each other"));
    }
    resolver.process
}

struct Resolver<'a> {
    around: &'a Surroundings<'a>,
    process: Process,
    /// Variables that a shell has set; `None` for those whose value is not known.
    variables: HashMap<String, Option<String>>,
    /// Bytes that may still be expanded.
    budget: Cell<usize>,
    /// Bytes of shell text that may still be read.
    text_left: usize,
}

impl Resolver<'_> {
    /// Takes the outermost program off a command line and gives what it runs; `None` at the end.
    fn peel(&mut self, argv: Argv) -> Option<Argv> {
        if argv.is_empty() {
            return self.give_up("there is no command to run");
        }
        if argv.len() > LONGEST_COMMAND {
            return self.give_up("the command line is too long to be looked into");
        }
        let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
        if let Some(shell) = shell_call::Call::parse(&words) {
            return self.peel_shell(shell, argv);
        }
        if let Some(step) = wrapper::step(&words) {
            return self.peel_wrapper(step, argv);
        }
        self.peel_file(argv)
    }

    fn give_up(&mut self, why: impl Into<String>) -> Option<Argv> {
        self.process.opaque = Some(why.into());
        None
    }

    fn push(&mut self, kind: LayerKind, argv: Argv) {
        self.process.layers.push(Layer { kind, argv });
    }

    /// Inits have a variable for what their option says, too.
    fn signals_group(&self, init: &str, by_option: bool) -> bool {
        match init {
            "tini" => by_option || (self.around.env)("TINI_KILL_PROCESS_GROUP").is_some(),
            "dumb-init" => by_option && (self.around.env)("DUMB_INIT_SETSID").as_deref() != Some("0"),
            _ => by_option,
        }
    }

    fn peel_wrapper(&mut self, mut step: wrapper::Step, argv: Argv) -> Option<Argv> {
        let next = step.next(&argv);
        self.process.environment.extend(step.environment);
        let supervisor = match &step.kind {
            LayerKind::Supervisor { name } => Some(name.clone()),
            LayerKind::Init { name, .. } if next.is_none() => Some(name.clone()),
            _ => None,
        };
        if let LayerKind::Init { name, whole_group } = &mut step.kind {
            *whole_group = self.signals_group(name, *whole_group);
        }
        let runs_script = matches!(step.kind, LayerKind::PackageRunner { script: Some(_), .. });
        self.push(step.kind, argv);
        match (next, supervisor) {
            (_, Some(name)) => self.give_up(format!("`{name}` starts what its own configuration says")),
            (None, None) if !runs_script => self.give_up("what the command runs is not known"),
            (next, _) => next,
        }
    }
}
