//! `plimsoll probe`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{IpAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use super::output::{self, Pending};
use super::{FAILED, InputArgs, ProbeArgs, ShowFormat};
use crate::contract::{self, Elsewhere, Outcome, Terms, Verdict, project};
use crate::report::contract as report;
use crate::report::show::Shown;
use crate::scan;
use crate::subject::compose::units;
use crate::terminal::clean;

/// No try and no wait takes longer: a job that forgets itself is to end some day.
const LONGEST: Duration = Duration::from_secs(3600);

/// How many addresses of a named host are tried.
const ADDRESSES: usize = 4;

/// A flag's `5s`, `500ms`, `1m30s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = units::duration(text).map(Duration::from_nanos);
    let parsed = parsed.ok_or_else(|| "a duration is written `5s`, `500ms` or `1m30s`".to_string())?;
    if parsed > LONGEST { Err("no more than `1h`".to_string()) } else { Ok(parsed) }
}

pub(super) fn run(args: ProbeArgs) -> io::Result<u8> {
    let Some(terms) = terms(&args) else { return Ok(FAILED) };
    let Some(files) = compose_files(&args.compose) else { return Ok(FAILED) };
    let elsewhere = match &args.address {
        None => None,
        Some(name) => match resolve(name, terms.timeout) {
            Some(elsewhere) => Some(elsewhere),
            None => return Ok(FAILED),
        },
    };
    let input = InputArgs {
        files,
        env_files: args.env_files.clone(),
        env: args.env.clone(),
        profiles: args.profiles.clone(),
        ..InputArgs::default()
    };
    let Some(request) = super::scan::request(&input) else { return Ok(FAILED) };
    let Some(pool) = super::scan::pool(&request) else { return Ok(FAILED) };
    let read = pool.install(|| scan::containers(&request));
    for problem in &read.problems {
        output::problem(&mut io::stderr().lock(), problem)?;
    }
    let Some(sheets) = sheets(&args.outputs) else { return Ok(FAILED) };
    let Some(chosen) = chosen(&read.containers, &args.services) else { return Ok(FAILED) };
    let containers = chosen.iter().map(|shown| &shown.container);
    let mut outcome = contract::examine(containers, elsewhere.as_ref(), &terms);
    outcome.failed = !read.problems.is_empty();
    complain(&mut outcome, &args.services);
    write(&outcome, &args, sheets)?;
    Ok(outcome.exit_code())
}

/// The terms that the flags make; what is wrong with them is printed.
fn terms(args: &ProbeArgs) -> Option<Terms> {
    if args.within.is_zero() || args.timeout < args.within {
        eprintln!("error: `--timeout` is shorter than `--within`, or that is nothing at all");
        eprintln!("  = help: give up later than the contract allows: `--within 1s --timeout 5s`");
        return None;
    }
    Some(Terms { expect: args.expect, within: args.within, timeout: args.timeout, wait: args.wait })
}

/// The files that make the project, folders replaced by the files in them; what is wrong is printed.
fn compose_files(named: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let help = "  = help: name the Compose files: `plimsoll probe compose.yaml compose.prod.yaml`";
    if named.is_empty() {
        let files = project::around(&PathBuf::from("."));
        if files.is_none() {
            eprintln!("error: there is no Compose file in this folder, nor in one above it");
            eprintln!("{help}");
        }
        return files;
    }
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let Some(found) = project::within(path) else {
            eprintln!("error: there is no Compose file in `{}`", clean(&path.display().to_string()));
            eprintln!("{help}");
            return None;
        };
        files.extend(found);
    }
    Some(files)
}

/// The addresses of a host; what is wrong is printed.
fn resolve(name: &str, timeout: Duration) -> Option<Elsewhere> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name).to_string();
    let failed = |why: &str| {
        eprintln!("error: `--address {}`: {}", clean(name), clean(why));
        eprintln!("  = help: name a host or an address, without a port: the ports are those that are published");
        None
    };
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(Elsewhere { name: bare, addresses: vec![address] });
    }
    if bare.is_empty() || bare.contains([':', '/', '@']) {
        return failed("is no host");
    }
    // The system's resolver knows no deadline of ours; a thread that waits for it is left behind.
    let (done, resolved) = mpsc::channel();
    let asked = bare.clone();
    let started = std::thread::Builder::new().spawn(move || {
        let found = (asked.as_str(), 0).to_socket_addrs();
        let found = found.map(|found| found.map(|address| address.ip()).take(ADDRESSES).collect::<Vec<_>>());
        drop(done.send(found));
    });
    if started.is_err() {
        return failed("cannot start a thread");
    }
    match resolved.recv_timeout(timeout) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Some(Elsewhere { name: bare, addresses }),
        Ok(Ok(_)) => failed("has no address"),
        Ok(Err(error)) => failed(&error.to_string()),
        Err(_) => failed("nobody says in time which address that is"),
    }
}

/// The containers of the services that are named, or all; a name that is none is printed.
fn chosen<'c>(containers: &'c [Shown], names: &[String]) -> Option<Vec<&'c Shown>> {
    let known: Vec<&str> = containers.iter().map(|shown| shown.name.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        eprintln!("error: there is no service `{}`", clean(name));
        let list = if known.is_empty() { "none at all".to_string() } else { known.join(", ") };
        eprintln!("  = help: there are {}", clean(&list));
        return None;
    }
    Some(containers.iter().filter(|shown| names.is_empty() || names.contains(&shown.name)).collect())
}

/// Says what was asked for and could not be done.
fn complain(outcome: &mut Outcome, names: &[String]) {
    for name in names {
        let row = outcome.rows.iter().find(|row| row.service == *name && row.verdict == Verdict::NotAsked);
        let Some(row) = row else { continue };
        let (reason, help) = (row.reason.as_deref().unwrap_or_default(), row.help.as_deref().unwrap_or_default());
        eprintln!("error: `{}` cannot be asked: {}", clean(name), clean(reason));
        eprintln!("  = help: {}", clean(help));
        outcome.failed = true;
    }
    if outcome.asked() == 0 && names.is_empty() && !(outcome.failed && outcome.rows.is_empty()) {
        eprintln!("error: there is nothing to ask");
        let help = match outcome.rows.is_empty() {
            true => "the project has no service",
            false => "the list says of each service why; publish a port of one that has a health check over HTTP",
        };
        eprintln!("  = help: {help}");
    }
}

/// A file that is asked for, opened before anybody is asked: a wait is not to end with a path that cannot be written.
struct Sheet {
    format: ShowFormat,
    file: Pending,
    sink: BufWriter<File>,
}

/// The files of `--output`; what is wrong is printed.
fn sheets(given: &[String]) -> Option<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for (format, path) in output::named::<ShowFormat>(given)? {
        match Pending::create(&path) {
            Ok((file, sink)) => sheets.push(Sheet { format, file, sink }),
            Err(error) => {
                eprintln!("error: cannot write `{}`: {error}", clean(&path.display().to_string()));
                return None;
            }
        }
    }
    Some(sheets)
}

fn write(outcome: &Outcome, args: &ProbeArgs, sheets: Vec<Sheet>) -> io::Result<()> {
    let width = super::scan::terminal_width();
    let write = |out: &mut dyn Write, format, color| match format {
        ShowFormat::Table => report::table(out, outcome, color, width),
        ShowFormat::Json => report::json(out, outcome),
    };
    let mut out = output::standard();
    write(&mut out, args.format, args.color.wanted(&io::stdout()))?;
    out.flush()?;
    for Sheet { format, file, mut sink } in sheets {
        write(&mut sink, format, false)?;
        sink.flush()?;
        drop(sink);
        file.finish()?;
    }
    Ok(())
}
