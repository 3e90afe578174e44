//! Instruction: what one logical line says, typed, with the span of every part.

use std::time::Duration;

use super::heredoc::Heredoc;
use crate::source::{Span, Spanned, Text};

/// The instruction names of the Dockerfile grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    /// All of them, in alphabetical order, with their names.
    pub const ALL: [(&'static str, Keyword); 18] = [
        ("ADD", Keyword::Add),
        ("ARG", Keyword::Arg),
        ("CMD", Keyword::Cmd),
        ("COPY", Keyword::Copy),
        ("ENTRYPOINT", Keyword::Entrypoint),
        ("ENV", Keyword::Env),
        ("EXPOSE", Keyword::Expose),
        ("FROM", Keyword::From),
        ("HEALTHCHECK", Keyword::Healthcheck),
        ("LABEL", Keyword::Label),
        ("MAINTAINER", Keyword::Maintainer),
        ("ONBUILD", Keyword::Onbuild),
        ("RUN", Keyword::Run),
        ("SHELL", Keyword::Shell),
        ("STOPSIGNAL", Keyword::Stopsignal),
        ("USER", Keyword::User),
        ("VOLUME", Keyword::Volume),
        ("WORKDIR", Keyword::Workdir),
    ];

    /// The keyword of this name, in any case.
    pub fn parse(name: &str) -> Option<Keyword> {
        Keyword::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, keyword)| keyword)
    }

    /// The name in capitals.
    pub fn name(self) -> &'static str {
        Keyword::ALL.iter().find(|&&(_, keyword)| keyword == self).map_or("", |&(name, _)| name)
    }

    /// Whether the instruction may carry heredocs.
    pub fn takes_heredocs(self) -> bool {
        matches!(self, Keyword::Run | Keyword::Copy | Keyword::Add)
    }
}

/// One instruction.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// From the keyword's first byte to the last byte of its arguments or heredocs.
    pub span: Span,
    /// The keyword; `None` if the line opens with a word that is none.
    pub keyword: Option<Keyword>,
    /// What was probably meant where the line opens with a word that is no keyword: `USER` for `USRE`.
    pub meant: Option<Keyword>,
    /// Whether the line opens with a word in capitals alone, as keywords are written.
    pub is_in_capitals: bool,
    /// The keyword as it is written.
    pub keyword_span: Span,
    /// Flags, in order.
    pub flags: Vec<Flag>,
    /// What it says.
    pub kind: Kind,
    /// Heredocs, in order.
    pub heredocs: Vec<Heredoc>,
}

impl Instruction {
    /// The value of a flag.
    pub fn flag(&self, name: &str) -> Option<&Spanned<String>> {
        self.flags.iter().find(|flag| flag.name == name).and_then(|flag| flag.value.as_ref())
    }

    /// All flags of a name, for those that may be repeated.
    pub fn flags_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Flag> {
        self.flags.iter().filter(move |flag| flag.name == name)
    }
}

/// `--name=value` or `--name`.
#[derive(Debug, Clone)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// Quotes removed.
    pub value: Option<Spanned<String>>,
    /// The whole word.
    pub span: Span,
}

/// The arguments of an instruction. Values are as written: quotes kept where the builder still expands them.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `FROM image [AS name]`
    From {
        /// The image, unexpanded.
        image: Spanned<String>,
        /// The stage's name, lower-cased.
        name: Option<Spanned<String>>,
    },
    /// `ARG name[=default]…`
    Arg(Vec<Argument>),
    /// `ENV key=value…`
    Env(Vec<Pair>),
    /// `LABEL key=value…`
    Label(Vec<Pair>),
    /// `USER user[:group]`
    User(Spanned<String>),
    /// `WORKDIR path`
    Workdir(Spanned<String>),
    /// `STOPSIGNAL signal`
    Stopsignal(Spanned<String>),
    /// `MAINTAINER text`
    Maintainer(Spanned<String>),
    /// `COPY` or `ADD`
    Transfer(Transfer),
    /// `RUN`
    Run(Run),
    /// `CMD`
    Cmd(Command),
    /// `ENTRYPOINT`
    Entrypoint(Command),
    /// `SHELL ["…"]`
    Shell(Vec<Spanned<String>>),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `EXPOSE port…`
    Expose(Vec<Spanned<String>>),
    /// `VOLUME path…`
    Volume(Vec<Spanned<String>>),
    /// `ONBUILD instruction`
    Onbuild(Box<Instruction>),
    /// It could not be read; a problem says why.
    Invalid,
}

/// One name of an `ARG`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The name.
    pub name: Spanned<String>,
    /// The default, unexpanded, quotes kept.
    pub default: Option<Spanned<String>>,
}

/// `key=value`, unexpanded, quotes kept.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key.
    pub key: Spanned<String>,
    /// The value.
    pub value: Spanned<String>,
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Sources, heredoc words left out.
    pub sources: Vec<Spanned<String>>,
    /// Where to.
    pub destination: Spanned<String>,
    /// `--from`, of `COPY`.
    pub from: Option<Spanned<String>>,
}

/// A command in one of its two forms.
#[derive(Debug, Clone)]
pub enum Command {
    /// JSON: the program and its arguments.
    Exec {
        /// The elements.
        argv: Vec<Spanned<String>>,
        /// The whole array.
        span: Span,
    },
    /// Text for the shell in force.
    Shell {
        /// The text, continuations joined, trimmed.
        text: Text,
        /// It opens with `[` but is no JSON array of strings, so the shell gets the brackets too.
        malformed_exec: bool,
    },
}

impl Command {
    /// Where the command stands.
    pub fn span(&self) -> Span {
        match self {
            Command::Exec { span, .. } => *span,
            Command::Shell { text, .. } => text.full_span(),
        }
    }
}

/// `RUN`.
#[derive(Debug, Clone)]
pub struct Run {
    /// The command on the line.
    pub command: Command,
    /// What a shell reads, heredocs included; `None` for JSON form and for scripts of another interpreter.
    pub script: Option<Text>,
    /// Its mounts.
    pub mounts: Vec<Mount>,
}

/// `RUN --mount=…`
#[derive(Debug, Clone)]
pub struct Mount {
    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`; as written if a variable stands in it.
    pub kind: String,
    /// The stage or image it comes from.
    pub from: Option<Spanned<String>>,
    /// What of it is mounted, unexpanded; all of it if that is not said.
    pub source: Option<String>,
    /// Where it is mounted, unexpanded.
    pub target: Option<String>,
    /// The flag.
    pub span: Span,
}

/// `HEALTHCHECK`.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a file has one or two
pub enum Healthcheck {
    /// `HEALTHCHECK NONE`
    None,
    /// `HEALTHCHECK [flags] CMD command`
    Cmd {
        /// What is run.
        command: Command,
        /// Its timing; absent or zero means the engine's default.
        timing: Timing,
    },
}

/// The timing of a health check; `None` is the engine's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timing {
    /// `--interval`, default 30 s.
    pub interval: Option<Spanned<Duration>>,
    /// `--timeout`, default 30 s.
    pub timeout: Option<Spanned<Duration>>,
    /// `--start-period`, default 0 s.
    pub start_period: Option<Spanned<Duration>>,
    /// `--start-interval`, default 5 s.
    pub start_interval: Option<Spanned<Duration>>,
    /// `--retries`, default 3.
    pub retries: Option<Spanned<u32>>,
}
