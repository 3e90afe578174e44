//! Command line: flags to requests. Does no work itself; each command has a module.

mod explain;
mod output;
mod policies;
mod rules;
mod scan;
mod show;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::report::Severity;
use crate::subject::decision::date::Date;
use crate::terminal::Color;

/// What the process exits with when the job could not be done.
const FAILED: u8 = 2;

/// Hold containers to architecture decisions.
///
/// Reads Dockerfiles, Compose files and image configurations, works out what would really run, and says for every
/// decision whether it is met.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, about, long_about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge every container of a repository.
    ///
    /// Exit code: 0 if nothing is at or above `--fail-on`, 1 if something is, 2 if the job could not be done.
    Scan(ScanArgs),
    /// Show the effective containers: each value, who decided it, and what it overrode.
    Show(ShowArgs),
    /// List the rules.
    Rules(RulesArgs),
    /// Explain a rule, a control of a policy, or another tool's rule by its id.
    Explain(ExplainArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff.
    Manual,
}

/// What the commands that read containers share.
#[derive(Debug, Args)]
struct InputArgs {
    /// Files and folders; folders are searched as git sees them.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A Compose file; several make one project, later ones override.
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder that reported paths are relative to [default: the top of the git checkout].
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The stage that Dockerfiles are built to; services keep their own.
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// A build argument; without a value it counts as given and unknown.
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]")]
    build_args: Vec<String>,
    /// A file with variables for Compose, instead of `.env`; later ones win.
    #[arg(long = "env-file", value_name = "FILE")]
    env_files: Vec<PathBuf>,
    /// A variable for Compose; without a value it is taken from the environment of this process.
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// A profile of Compose that is active; `*` for all.
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,
    /// Threads [default: one per core].
    #[arg(short, long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads())]
    jobs: usize,
}

#[derive(Debug, Args)]
struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// A policy: a built-in name, a file, or `all` for every rule with its defaults.
    #[arg(long = "policy", value_name = "NAME|FILE", default_value = "adr-0003")]
    policies: Vec<String>,
    /// Only this rule.
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write another format to a file, too.
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    outputs: Vec<String>,
    /// Exit with 1 from this severity on.
    #[arg(long, value_enum, default_value_t = Threshold::Error)]
    fail_on: Threshold,
    /// Show findings from this severity on; the rest still counts.
    #[arg(long, value_enum, default_value_t = Shown::Note)]
    min_severity: Shown,
    /// The day that due dates are held against [default: today].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Print findings and problems only.
    #[arg(short, long)]
    quiet: bool,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "it is no day, such as `2026-01-31`".to_string())
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Only the container of this name.
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = ShowFormat::Table)]
    format: ShowFormat,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Debug, Args)]
struct RulesArgs {
    /// What is printed.
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// `user-root`, `non-root`, `adr-0003/non-root`, `DL3002`, `CKV_DOCKER_8` ...
    #[arg(value_name = "RULE|CONTROL")]
    name: String,
    /// The policies whose demands are named.
    #[arg(long = "policy", value_name = "NAME|FILE", default_value = "adr-0003")]
    policies: Vec<String>,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// The formats of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For GitHub code scanning.
    Sarif,
    /// Everything, for programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For documents.
    Markdown,
}

/// Severities with `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Error,
    Warning,
    Note,
    Never,
}

impl Threshold {
    fn severity(self) -> Option<Severity> {
        match self {
            Threshold::Error => Some(Severity::Error),
            Threshold::Warning => Some(Severity::Warning),
            Threshold::Note => Some(Severity::Note),
            Threshold::Never => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shown {
    Error,
    Warning,
    Note,
}

impl Shown {
    fn severity(self) -> Severity {
        match self {
            Shown::Error => Severity::Error,
            Shown::Warning => Severity::Warning,
            Shown::Note => Severity::Note,
        }
    }
}

/// How many threads one may ask for; each has a stack, and more of them than this help nobody.
fn threads() -> clap::builder::RangedU64ValueParser<usize> {
    clap::builder::RangedU64ValueParser::new().range(0..=256)
}

/// Runs the command that the arguments of this process name, and gives the exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to clap, and no failures.
            let code = if error.use_stderr() { FAILED } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    let result = match cli.command {
        Command::Scan(args) => scan::run(args),
        Command::Show(args) => show::run(args),
        Command::Rules(args) => rules::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions { shell } => completions(shell),
        Command::Manual => manual(),
    };
    match result {
        Ok(code) => code,
        // Whoever reads the output has had enough: that is no failure of ours.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            eprintln!("error: cannot write the output: {error}");
            FAILED
        }
    }
}

fn completions(shell: clap_complete::Shell) -> std::io::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plimsoll", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(0)
}

/// The page of the program with those of its commands behind it.
fn manual() -> std::io::Result<u8> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        clap_mangen::Man::new(sub.clone()).render(&mut page)?;
    }
    std::io::Write::write_all(&mut std::io::stdout(), &page)?;
    Ok(0)
}
