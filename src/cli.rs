//! Command line: flags to requests. Does no work itself; each command has a module.

mod controls;
mod explain;
mod fixes;
mod image;
mod images;
mod init;
mod output;
mod policies;
mod probe;
mod rules;
mod scan;
mod show;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::contract::Expect;
use crate::init::{Kind, Store};
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
    /// Exit code: 0 if nothing is at or above `--fail-on`, 1 if something is, 2 if the job could not be done. After
    /// `--fix` that is about what remains; with `--diff` it is also 1 if there is something to fix.
    Scan(ScanArgs),
    /// Show the effective containers: each value, who decided it, and what it overrode.
    Show(ShowArgs),
    /// Ask the running services of a project what their health checks ask.
    ///
    /// Asks each published port on this machine, without secrets: HTTP must answer 200 in under one second; Redis is
    /// sent PING, PostgreSQL a startup packet. Services that cannot be asked are listed with the reason.
    ///
    /// Exit code: 0 if every answer is right, 1 if one is not or does not come, 2 if the job could not be done.
    Probe(ProbeArgs),
    /// Look into images, and compare them.
    #[command(subcommand)]
    Image(image::ImageCommand),
    /// Write a starting point that meets the decision, and overwrite nothing.
    ///
    /// Exit code: 0 if it was written or is there, 2 if something stands in the way; then nothing was written.
    Init(InitArgs),
    /// List the rules, or the controls of a policy with theirs.
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
#[derive(Debug, Default, Args)]
struct InputArgs {
    /// Files and folders, which are searched as git sees them; images: `oci:DIR`, `docker-archive:FILE`,
    /// `oci-archive:FILE`, `registry:REFERENCE`, `config:FILE`, `inspect:FILE` or `inspect:-`.
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
    /// The image that a service or Dockerfile came to: it decides what its files leave open.
    #[arg(long = "image", value_name = "SERVICE=IMAGE")]
    images: Vec<String>,
    /// A base image, where FROM or `image` names it.
    #[arg(long = "base", value_name = "REFERENCE=IMAGE")]
    bases: Vec<String>,
    /// Of images for several platforms only the one for this [default: each].
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<String>,
    /// Read configurations of images only, and no layers.
    #[arg(long)]
    no_layers: bool,
    /// Ask registries on other machines without TLS.
    #[cfg(feature = "registry")]
    #[arg(long)]
    plain_http: bool,
    /// Threads [default: one per core].
    #[arg(short, long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads())]
    jobs: usize,
}

#[derive(Debug, Args)]
struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// A policy: a built-in name, a file, or `all` for every rule with its defaults [default: adr-0003, and
    /// image-contents where an image of this machine is given].
    #[arg(long = "policy", value_name = "NAME|FILE")]
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
    #[command(flatten)]
    fixes: FixArgs,
}

/// What is to be changed in the files.
#[derive(Debug, Args)]
struct FixArgs {
    /// Make the changes that findings carry and that are safe, then report what remains.
    #[arg(long, group = "fixing")]
    fix: bool,
    /// With `--fix` or `--diff`: also changes that may alter what a container does.
    #[arg(long, requires = "fixing")]
    unsafe_fixes: bool,
    /// Print what `--fix` would change, as a unified diff with secrets starred out, and write nothing.
    #[arg(long, group = "fixing", conflicts_with_all = ["format", "outputs"])]
    diff: bool,
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
struct ProbeArgs {
    /// Compose files that make one project, later ones override; or folders that have them [default: as Compose finds
    /// them from here].
    #[arg(value_name = "COMPOSE")]
    compose: Vec<PathBuf>,
    /// Only this service; it is an error if it cannot be asked.
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// What the services are to say: 200 if healthy, 503 if unhealthy.
    #[arg(long, value_enum, default_value_t = Expect::Healthy)]
    expect: Expect,
    /// Ask this host instead of the addresses of this machine that ports are published on.
    #[arg(long, value_name = "HOST")]
    address: Option<String>,
    /// The whole answer is to come in less than this.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = probe::duration)]
    within: Duration,
    /// When to give up one try.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = probe::duration)]
    timeout: Duration,
    /// For how long to ask again until the answer is right [default: ask once].
    #[arg(long, value_name = "DURATION", default_value = "0", hide_default_value = true, value_parser = probe::duration)]
    wait: Duration,
    /// A file with variables for Compose, instead of `.env`; later ones win.
    #[arg(long = "env-file", value_name = "FILE")]
    env_files: Vec<PathBuf>,
    /// A variable for Compose; without a value it is taken from the environment of this process.
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// A profile of Compose that is active; `*` for all.
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = ShowFormat::Table)]
    format: ShowFormat,
    /// Write another format to a file, too.
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    outputs: Vec<String>,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// What to begin with; several kinds make a Compose project around them, `project` alone has them all.
    #[arg(value_enum, value_name = "KIND")]
    kinds: Vec<Kind>,
    /// The folder that it goes to; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The name of the project, or of the service [default: the name of the folder].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What the Compose project has beside its services.
    #[arg(long, value_enum, value_name = "STORE", value_delimiter = ',')]
    with: Vec<Store>,
    /// Say what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// List the kinds.
    #[arg(long)]
    list: bool,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Debug, Args)]
struct RulesArgs {
    /// List the controls of this policy and the rules that assess them instead; can be given several times.
    #[arg(long = "policy", value_name = "NAME|FILE")]
    policies: Vec<String>,
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
        Command::Probe(args) => probe::run(args),
        Command::Image(command) => image::run(&command),
        Command::Init(args) => init::run(&args),
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
        for sub in sub.get_subcommands().filter(|sub| sub.get_name() != "help") {
            clap_mangen::Man::new(sub.clone()).render(&mut page)?;
        }
    }
    std::io::Write::write_all(&mut std::io::stdout(), &page)?;
    Ok(0)
}
