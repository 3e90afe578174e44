//! `plimsoll scan`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::fixes::{self, Outcome};
use super::output::{self, Pending, Sink};
use super::{FAILED, Format, InputArgs, ScanArgs, images, policies};
use crate::assess::Detail;
use crate::image::ImageSource;
use crate::report::json::Json;
use crate::report::sarif::Sarif;
use crate::report::table::{self, Table};
use crate::report::{Severity, Summary, Writer};
use crate::scan::{self, Needs, Request};
use crate::subject::decision::date::Date;

/// A run that takes longer than this shows how far it is.
const PATIENCE: Duration = Duration::from_millis(400);

pub(super) fn run(args: ScanArgs) -> io::Result<u8> {
    let Some(mut request) = request(&args.input) else { return Ok(FAILED) };
    let policies = if args.policies.is_empty() { default_policies(&request) } else { args.policies.clone() };
    let Some(bound) = policies::load(&policies, &args.rules) else { return Ok(FAILED) };
    let Some(outputs) = output::named::<Format>(&args.outputs) else { return Ok(FAILED) };
    request.fail_on = args.fail_on.severity();
    request.min_severity = args.min_severity.severity();
    request.today = args.as_of.unwrap_or(request.today);
    let Some(pool) = pool(&request) else { return Ok(FAILED) };
    silence_panics();
    let fixed = match fixes::run(&args.fixes, &request, &bound, args.quiet, &pool)? {
        Outcome::Shown(code) => return Ok(code),
        Outcome::Made(code) => code,
    };

    let formats: Vec<Format> = outputs.iter().map(|(format, _)| *format).chain([args.format]).collect();
    let needs = Needs {
        line_hashes: formats.contains(&Format::Sarif),
        detail: if formats.contains(&Format::Json) { Detail::Everything } else { Detail::Findings },
        show: false,
    };
    let with_pages = formats.iter().any(|format| *format != Format::Table);
    let header = policies::header(&bound, request.min_severity, with_pages);

    let mut pending = Vec::new();
    let mut writers: Vec<Box<dyn Writer>> = vec![writer(args.format, Box::new(output::standard()), &args)];
    for (format, path) in &outputs {
        match Pending::create(path) {
            Ok((file, sink)) => {
                pending.push(file);
                writers.push(writer(*format, Box::new(sink), &args));
            }
            Err(error) => return failed(&format!("cannot write `{}`: {error}", path.display())),
        }
    }
    let progress = Progress::new(&args);
    // The writers stay on this thread; the pool's threads judge.
    let shown = |done, all| progress.show(done, all);
    let summary = scan::run(&request, &bound, &header, needs, &mut writers, &shown, &pool)?;
    progress.finish();
    drop(writers);
    for file in pending {
        file.finish()?;
    }
    if args.format != Format::Table && !args.quiet {
        eprintln!("{}", in_one_line(&summary));
    }
    Ok(if summary.exit_code == 0 { fixed } else { summary.exit_code })
}

/// What is asked of a run that names no policy. Layers of a registry are not fetched unless somebody asks for it.
fn default_policies(request: &Request) -> Vec<String> {
    let images = &request.images;
    let given = images.sources.iter().chain(images.containers.iter().map(|(_, source)| source));
    let mut policies = vec!["adr-0003".to_string()];
    if given.into_iter().any(ImageSource::is_local) {
        policies.push("image-contents".to_string());
    }
    policies
}

/// What a run came to, for the log of a job whose report goes to a program.
fn in_one_line(summary: &Summary) -> String {
    let kinds: Vec<String> = summary.scanned.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let scanned = if kinds.is_empty() { "nothing".to_string() } else { kinds.join(", ") };
    let inconclusive: usize = summary.tallies.iter().map(|tally| tally.inconclusive).sum();
    format!(
        "plimsoll: scanned {scanned}, skipped {}; {} errors, {} warnings, {} notes, {inconclusive} inconclusive, \
         {} problems; exit code {}",
        summary.skipped.len() + summary.further_skipped,
        summary.errors,
        summary.warnings,
        summary.notes,
        summary.failures,
        summary.exit_code,
    )
}

/// Deep input is refused by depth, not by the stack; this is for what lies between.
const STACK: usize = 8 * 1024 * 1024;

fn failed(what: &str) -> io::Result<u8> {
    eprintln!("error: {}", crate::terminal::clean(what));
    Ok(FAILED)
}

/// The threads that a request is worked on by; `None` if there are none to be had, which is said.
pub(super) fn pool(request: &Request) -> Option<rayon::ThreadPool> {
    match rayon::ThreadPoolBuilder::new().num_threads(request.threads).stack_size(STACK).build() {
        Ok(pool) => Some(pool),
        Err(_) => {
            eprintln!("error: cannot start threads: give fewer with `--jobs`");
            None
        }
    }
}

/// A panic in a check is reported as a problem, with the file; the default message would only name our source.
fn silence_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

fn nameless(flag: &str, value: &str) {
    eprintln!("error: `{flag} {}` has no name", crate::terminal::clean(value));
    eprintln!("  = help: write `{flag} NAME=VALUE`");
}

/// The request that the flags make; what is wrong with them is printed.
pub(super) fn request(input: &InputArgs) -> Option<Request> {
    let mut build_arguments = BTreeMap::new();
    for argument in &input.build_args {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (argument.as_str(), None),
        };
        if name.is_empty() {
            nameless("--build-arg", argument);
            return None;
        }
        build_arguments.insert(name.to_string(), value);
    }
    let mut variables = BTreeMap::new();
    for variable in &input.env {
        match variable.split_once('=') {
            Some(("", _)) => {
                nameless("--env", variable);
                return None;
            }
            Some((name, value)) => {
                variables.insert(name.to_string(), value.to_string());
            }
            // Asked for by name: the one way in which the caller's environment is read.
            None => {
                if let Ok(value) = std::env::var(variable) {
                    variables.insert(variable.clone(), value);
                }
            }
        }
    }
    let (mut paths, images) = images::requested(input)?;
    if paths.is_empty() && images.sources.is_empty() && input.files.is_empty() {
        paths.push(PathBuf::from("."));
    }
    Some(Request {
        paths,
        images,
        compose_files: input.files.clone(),
        root: input.root.clone(),
        target: input.target.clone(),
        build_arguments,
        env_files: input.env_files.iter().map(|path| crate::discover::absolute(path)).collect(),
        variables,
        profiles: input.profiles.clone(),
        today: Date::today(),
        fail_on: None,
        min_severity: Severity::Note,
        threads: input.jobs,
        changed: BTreeMap::new(),
    })
}

fn writer(format: Format, sink: Sink, args: &ScanArgs) -> Box<dyn Writer> {
    match format {
        Format::Sarif => Box::new(Sarif::new(sink)),
        Format::Json => Box::new(Json::new(sink)),
        Format::Table => {
            let to_stdout = args.format == Format::Table;
            let options = table::Options {
                color: to_stdout && args.color.wanted(&io::stdout()),
                width: terminal_width(),
                quiet: args.quiet,
                fail_on: args.fail_on.to_possible_value().map_or(String::new(), |v| v.get_name().to_string()),
            };
            Box::new(Table::new(sink, options))
        }
    }
}

/// The columns of the terminal; what fits a log where there is none.
pub(super) fn terminal_width() -> usize {
    if !io::stdout().is_terminal() {
        return 100;
    }
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

/// How far a long run is, on standard error, if somebody watches.
struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
}

impl Progress {
    fn new(args: &ScanArgs) -> Progress {
        let watched = io::stderr().is_terminal() && !args.quiet;
        let bar = watched.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} judged") {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, started: Instant::now() }
    }

    fn show(&self, done: usize, all: usize) {
        let Some(bar) = &self.bar else { return };
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let _ = io::stderr().flush();
    }
}
