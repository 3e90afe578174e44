//! Scan: the whole pipeline.
//!
//! 1. Policies are read and their rules bound, before any file is.
//! 2. Discovery turns paths into projects, Dockerfiles and images.
//! 3. Compose projects are judged first: the Dockerfiles that services build are judged through them, and not alone.
//! 4. Then the Dockerfiles that are left, then images, then configurations of nginx that
//!    no container uses, then records of decisions. Each piece is judged on some thread, handed to the writers in
//!    order, and forgotten.

mod files;
mod given;
pub mod project;
mod totals;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use crate::assess::Detail;
use crate::discover::{self, Candidate, Found, Root};
use crate::policy::Policy;
use crate::problem::Gravity;
use crate::report::show::Shown;
use crate::report::{Header, ProjectReport, ReportedProblem, Severity, Summary, Writer};
use crate::subject::decision::date::Date;
use given::GivenImages;
pub use given::Images;
use project::{Judged, Scanner, Work, lone_nginx};
use totals::Totals;

/// How many pieces of work a thread judges at a time; threads that wait for each other cost more than small pieces.
const BATCH: usize = 8;

/// How many batches are judged ahead of the one that is written next.
const AHEAD: usize = 32;

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Images.
    pub images: Images,
    /// Compose files that make one project, base first; instead of discovery.
    pub compose_files: Vec<PathBuf>,
    /// What names are relative to; found if absent.
    pub root: Option<PathBuf>,
    /// The stage that Dockerfiles are built to.
    pub target: Option<String>,
    /// Build arguments: name and value; no value means that it is given but not known.
    pub build_arguments: BTreeMap<String, Option<String>>,
    /// Env files for Compose.
    pub env_files: Vec<PathBuf>,
    /// Variables for Compose, beyond env files.
    pub variables: BTreeMap<String, String>,
    /// Active profiles of Compose.
    pub profiles: Vec<String>,
    /// The day that reviews are judged on.
    pub today: Date,
    /// From which severity on findings fail the run; `None` for never.
    pub fail_on: Option<Severity>,
    /// Below which severity findings are not shown.
    pub min_severity: Severity,
    /// Threads; 0 for one per core.
    pub threads: usize,
    /// Texts that are read instead of what files hold, by the real path of the file.
    pub changed: files::Changed,
}

impl Request {
    /// What names are relative to.
    pub fn root(&self) -> Root {
        let named: Vec<PathBuf> = self.paths.iter().chain(&self.compose_files).cloned().collect();
        Root::new(self.root.as_deref(), &named)
    }
}

/// What the formats that are written need.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// GitHub's line hashes.
    pub line_hashes: bool,
    /// Grounds of every verdict.
    pub detail: Detail,
    /// The containers themselves.
    pub show: bool,
}

/// Called with how many pieces of work are done and how many there are.
pub type Progress<'a> = &'a dyn Fn(usize, usize);

/// Runs a scan and writes its report. Gives what it came to, the exit code included: 0, 1 or 2.
///
/// # Errors
/// Only what writing meets; everything about the input is in the report.
pub fn run(
    request: &Request,
    policies: &[Policy],
    header: &Header,
    needs: Needs,
    writers: &mut [Box<dyn Writer + '_>],
    progress: Progress,
    pool: &rayon::ThreadPool,
) -> io::Result<Summary> {
    let root = request.root();
    let mut found = find(request, &root);
    for writer in &mut *writers {
        writer.begin(header)?;
    }
    let mut totals = Totals::new(header, request.fail_on);
    totals.problems(&found.problems);
    totals.skipped(std::mem::take(&mut found.skipped));
    let given = pool.install(|| GivenImages::open(request, policies));
    totals.problems(&given.problems);
    found.add_images(&given.files);
    let nothing = found.is_empty() && given.is_empty();
    let compose = std::mem::take(&mut found.compose);
    let scanner = Scanner::new(request, &root, policies, &found, &given, needs);

    let mut output = Output { header, writers, totals: &mut totals, progress, pool, done: 0, all: 0 };
    let projects = project::compose_work(request, compose);
    output.all = projects.len() + found.dockerfiles.len() + found.images.len() + found.decisions.len();
    let mut claimed: HashSet<PathBuf> = HashSet::new();
    output.judge_all(&scanner, projects, &mut claimed)?;
    let dockerfiles = left(&found.dockerfiles, &claimed).into_iter().map(Work::Dockerfile);
    output.judge_all(&scanner, dockerfiles.collect(), &mut claimed)?;
    let folders = lone_nginx::by_folder(left(&found.nginx, &claimed));
    output.judge_all(&scanner, folders.into_iter().map(Work::Nginx).collect(), &mut HashSet::new())?;
    output.judge_all(&scanner, found.images.iter().map(Work::Image).collect(), &mut HashSet::new())?;
    output.judge_all(&scanner, given.work(), &mut HashSet::new())?;
    output.judge_all(&scanner, found.decisions.iter().map(Work::Decision).collect(), &mut HashSet::new())?;

    totals.problems(&scanner.target_missing());
    totals.problems(&given.unused());
    if nothing {
        totals.nothing_found(request, &root);
    }
    totals.nothing_judged(&root);
    let summary: Summary = totals.finish();
    for writer in writers {
        writer.finish(header, &summary)?;
    }
    Ok(summary)
}

/// The candidates that nothing else has been judged with.
fn left<'c>(candidates: &'c [Candidate], claimed: &HashSet<PathBuf>) -> Vec<&'c Candidate> {
    candidates.iter().filter(|candidate| !claimed.contains(&candidate.path)).collect()
}

fn find(request: &Request, root: &Root) -> Found {
    let threads = if request.threads == 0 { rayon::current_num_threads() } else { request.threads };
    // With `--file`, the project is what the user says; only what else is named is looked for.
    let only_compose = !request.compose_files.is_empty() && request.paths.is_empty();
    let mut found = if only_compose { Found::default() } else { discover::find(&request.paths, root, threads) };
    if !request.compose_files.is_empty() {
        found.compose.clear();
        let files = request.compose_files.iter().map(|path| Candidate { path: discover::absolute(path), named: true });
        found.compose.insert(PathBuf::new(), files.collect());
    }
    found
}

/// What `plimsoll show` needs.
#[derive(Debug, Default)]
pub struct Containers {
    /// Every container, in the order of a scan.
    pub containers: Vec<Shown>,
    /// What could not be examined, errors only.
    pub problems: Vec<ReportedProblem>,
}

/// Resolves containers without judging them.
pub fn containers(request: &Request) -> Containers {
    let root = request.root();
    let mut found = find(request, &root);
    let needs = Needs { line_hashes: false, detail: Detail::Findings, show: true };
    let given = GivenImages::open(request, &[]);
    found.add_images(&given.files);
    let compose = std::mem::take(&mut found.compose);
    let scanner = Scanner::new(request, &root, &[], &found, &given, needs);
    let mut shown = Containers::default();
    let mut totals =
        Totals::new(&Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Note }, None);
    totals.problems(&found.problems);
    totals.problems(&given.problems);
    let mut claimed: HashSet<PathBuf> = HashSet::new();
    let mut judge = |work: Vec<Work>, claimed: &mut HashSet<PathBuf>| {
        for judged in work.par_iter().map(|work| scanner.judge(work)).collect::<Vec<_>>() {
            claimed.extend(judged.builds);
            shown.containers.extend(judged.shown);
            shown.problems.extend(judged.reports.into_iter().flat_map(|report| report.problems));
        }
    };
    judge(project::compose_work(request, compose), &mut claimed);
    judge(left(&found.dockerfiles, &claimed).into_iter().map(Work::Dockerfile).collect(), &mut claimed);
    judge(found.images.iter().map(Work::Image).collect(), &mut claimed);
    judge(given.work(), &mut claimed);
    totals.problems(&given.unused());
    shown.problems.extend(totals.finish().problems);
    shown.problems.retain(|problem| problem.gravity == Gravity::Error);
    shown
}

/// Where reports go, in order.
struct Output<'o, 'w> {
    header: &'o Header,
    writers: &'o mut [Box<dyn Writer + 'w>],
    totals: &'o mut Totals,
    progress: Progress<'o>,
    pool: &'o rayon::ThreadPool,
    done: usize,
    all: usize,
}

impl Output<'_, '_> {
    /// Judges everything on the pool, and writes it in order: at most [`AHEAD`] batches are judged before their turn.
    fn judge_all(&mut self, scanner: &Scanner, work: Vec<Work>, claimed: &mut HashSet<PathBuf>) -> io::Result<()> {
        let pool = self.pool;
        // Writing is not `Send`; it stays on this thread while the others judge.
        pool.in_place_scope(|scope| {
            let mut batches = work.chunks(BATCH);
            let mut turns: VecDeque<Receiver<Vec<Judged>>> = VecDeque::with_capacity(AHEAD);
            loop {
                for batch in batches.by_ref().take(AHEAD - turns.len()) {
                    let (done, turn) = sync_channel(1);
                    // Nobody waits any more once writing has failed.
                    scope.spawn(move |_| drop(done.send(batch.iter().map(|piece| scanner.judge(piece)).collect())));
                    turns.push_back(turn);
                }
                let Some(turn) = turns.pop_front() else { return Ok(()) };
                let batch = turn.recv().map_err(|_| io::Error::other("a thread that judges has died"))?;
                for judged in batch {
                    self.write(judged, claimed)?;
                }
                (self.progress)(self.done, self.all);
            }
        })
    }

    fn write(&mut self, judged: Judged, claimed: &mut HashSet<PathBuf>) -> io::Result<()> {
        self.done += 1;
        self.totals.files(&judged, claimed);
        claimed.extend(judged.builds);
        claimed.extend(judged.configurations);
        self.totals.skipped(judged.skipped);
        for report in judged.reports {
            self.totals.project(&report);
            self.write_project(&report)?;
        }
        Ok(())
    }

    fn write_project(&mut self, report: &ProjectReport) -> io::Result<()> {
        for writer in &mut *self.writers {
            writer.project(self.header, report)?;
        }
        Ok(())
    }
}
