//! `plimsoll init`.

use std::io::{self, Write};
use std::path::Path;

use super::{FAILED, InitArgs};
use crate::init::{Entry, Kind, Obstacle, Plan, Starter, State, Store, name_from, shown};
use crate::terminal::{Lines, Style, clean};

/// Where `compose.yaml` has the password of postgres.
const PASSWORD: &str = "secrets/postgres_password.txt";
/// Columns of a line: what a log shows without wrapping it.
const WIDTH: usize = 100;

pub(super) fn run(args: &InitArgs) -> io::Result<u8> {
    let mut lines = Lines::new(args.color.wanted(&io::stdout()), WIDTH);
    if args.list {
        list(&mut lines);
    } else {
        let planned = starter(args).map_err(|why| vec![why]).and_then(|starter| {
            let plan = Plan::new(&starter, &args.dir)?;
            if !args.dry_run {
                plan.carry_out().map_err(|why| vec![why])?;
            }
            Ok((starter, plan))
        });
        match planned {
            Ok((starter, plan)) => tell(&mut lines, args, &starter, &plan),
            Err(obstacles) => {
                for Obstacle { what, help } in obstacles {
                    eprintln!("{}", clean(&format!("error: {what}")));
                    eprintln!("{}", clean(&format!("  = help: {help}")));
                }
                return Ok(FAILED);
            }
        }
    }
    let mut out = super::output::standard();
    lines.write_to(&mut out)?;
    out.flush()?;
    Ok(0)
}

/// What the flags ask for.
fn starter(args: &InitArgs) -> Result<Starter, Obstacle> {
    if args.kinds.is_empty() && args.with.is_empty() {
        return Err(Obstacle {
            what: "there is nothing to write: no kind is named".to_string(),
            help: format!("name one or more of {}; `plimsoll init --list` says what they are", names()),
        });
    }
    let name = args.name.clone().unwrap_or_else(|| name_from(&folder_name(&args.dir)));
    Starter::new(&name, &args.kinds, &args.with)
}

fn names() -> String {
    Kind::ALL.map(|kind| format!("`{}`", kind.name())).join(", ")
}

/// The last part of the path, as it is called where it really is.
fn folder_name(folder: &Path) -> String {
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn list(lines: &mut Lines) {
    for kind in Kind::ALL {
        lines.put(Style::Strong, &format!("{:9}", kind.name())).plain("  ").plain(kind.about()).end();
    }
    lines.end().plain("`plimsoll init KIND` writes one; several make a Compose project around them").end();
}

/// What was done, or would be, and what comes next.
fn tell(lines: &mut Lines, args: &InitArgs, starter: &Starter, plan: &Plan) {
    for entry in &plan.entries {
        let path = shown(&args.dir.join(&entry.file.path));
        let (style, verb, note) = match &entry.state {
            State::New if args.dry_run => (Style::Good, "new", String::new()),
            State::New => (Style::Good, "written", String::new()),
            State::Same => (Style::Faint, "same", String::new()),
            State::Kept => (Style::Warning, "kept", "  (has other content)".to_string()),
            State::LeftOut(because) => (Style::Faint, "left out", format!("  (`{because}` is there)")),
        };
        lines.put(style, &format!("{verb:8}")).plain("  ").plain(&path).put(Style::Faint, &note).end();
    }
    lines.end().plain(&totals(&plan.entries, args.dry_run)).end();
    for advice in advice(starter, &plan.entries) {
        lines.put(Style::Note, "  = help: ").wrap(Style::Plain, &advice, 10).end();
    }
    lines.end().put(Style::Strong, "next:").end();
    for command in next(args, starter) {
        lines.plain("  ").plain(&command).end();
    }
}

fn totals(entries: &[Entry], dry_run: bool) -> String {
    let count = |wanted: fn(&State) -> bool| entries.iter().filter(|entry| wanted(&entry.state)).count();
    let new = count(|state| *state == State::New);
    let files = if new == 1 { "file" } else { "files" };
    let kept = count(|state| matches!(state, State::Same | State::Kept));
    let left_out = count(|state| matches!(state, State::LeftOut(_)));
    let verb = if dry_run { "would be written" } else { "written" };
    format!("{new} {files} {verb}, {kept} kept as they are, {left_out} left out")
}

/// What to do about files that stay as they are, and about those that were left out because of them.
fn advice(starter: &Starter, entries: &[Entry]) -> Vec<String> {
    let mut advice = Vec::new();
    if entries.iter().any(|entry| matches!(entry.state, State::Kept | State::LeftOut(_))) {
        let what = "what is there was not touched: the scan below says what it lacks; the same command with `--dir` and \
                    an empty folder writes every file there, to compare";
        advice.push(what.to_string());
    }
    for kind in starter.services() {
        let of_kind = || entries.iter().filter(|entry| entry.file.kind() == *kind);
        let is_new = |entry: &&Entry| entry.file.path.ends_with("Dockerfile") && entry.state == State::New;
        let has_code = of_kind().any(|entry| matches!(entry.state, State::LeftOut(_)));
        if let (Some(dockerfile), true) = (of_kind().find(is_new), has_code) {
            let path = &dockerfile.file.path;
            advice.push(format!("`{path}` {}: change it where your code differs", kind.assumes()));
        }
    }
    advice
}

/// The commands that come next.
fn next(args: &InitArgs, starter: &Starter) -> Vec<String> {
    let mut commands = Vec::new();
    if args.dir != Path::new(".") {
        commands.push(format!("cd {}", quoted(&args.dir.display().to_string())));
    }
    match starter.project() {
        Some(stores) => {
            // The command would overwrite a password that is in use.
            if stores.contains(&Store::Postgres) && !args.dir.join(PASSWORD).exists() {
                commands.push(format!("openssl rand -hex 24 > {PASSWORD}"));
            }
            commands.push("docker compose up --build".to_string());
        }
        None => {
            let name = starter.name();
            commands.push(format!("docker build --tag {name} ."));
            let ports = starter.services().iter().map(|kind| kind.port());
            commands.extend(ports.map(|port| format!("docker run --rm --publish {port}:{port} {name}")));
        }
    }
    commands.push("plimsoll scan . --policy adr-0003 --fail-on note".to_string());
    commands
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | '@');
    if word.chars().all(plain) && !word.starts_with('-') {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
