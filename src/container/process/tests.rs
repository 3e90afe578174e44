//! Tests of the process: each row one command line, one chain of layers, and one reason.

mod hostile;
mod scripts;
mod shells;
mod wrappers;

use super::{LayerKind, Process, ScriptContents, ShellKind, Surroundings, resolve};
use crate::source::{SourceId, Span, Spanned};

/// What is around a process in a test.
struct World<'t> {
    shell: ShellKind,
    init: bool,
    files: &'t [(&'t str, &'t str)],
    env: &'t [(&'t str, &'t str)],
}

const DEBIAN: World = World { shell: ShellKind::Dash, init: false, files: &[], env: &[] };
const ALPINE: World = World { shell: ShellKind::ExecsLastCommand, ..DEBIAN };
const NOBODY_KNOWS: World = World { shell: ShellKind::Unknown, ..DEBIAN };

impl World<'_> {
    fn run(&self, words: &[&str]) -> Process {
        let span = Span::new(SourceId(0), 0..1);
        let argv: Vec<_> = words.iter().map(|word| Spanned::new(word.to_string(), span)).collect();
        let script = |path: &str| match path {
            "docker-entrypoint.sh" => ScriptContents::Transparent { prefix: Some("node".to_string()) },
            _ => match self.files.iter().find(|(name, _)| *name == path) {
                Some((_, text)) => ScriptContents::Known(text.to_string()),
                None => ScriptContents::Unknown,
            },
        };
        let env = |name: &str| self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        resolve(&argv, &Surroundings { init: self.init, shell: self.shell, script: &script, env: &env })
    }
}

/// A script as entrypoint, with a command.
fn script(text: &str, command: &[&str]) -> Process {
    let files = [("/start.sh", text)];
    let words: Vec<&str> = std::iter::once("/start.sh").chain(command.iter().copied()).collect();
    World { files: &files, ..DEBIAN }.run(&words)
}

/// The chain from PID 1 inwards: `-` is replaced, `?` may be, `+` stays; then the service or why it is not known.
fn chain(process: &Process) -> String {
    let mut pieces: Vec<String> = Vec::new();
    for layer in &process.layers {
        let name = match &layer.kind {
            LayerKind::Init { name, whole_group } => format!("{name}{}", if *whole_group { "*" } else { "" }),
            LayerKind::Shell { .. } => "shell".to_string(),
            LayerKind::PackageRunner { name, script } => {
                script.as_ref().map_or(name.clone(), |script| format!("{name}:{script}"))
            }
            LayerKind::UserSwitch { program, user, .. } => {
                format!("{program}={}", user.as_deref().unwrap_or(""))
            }
            LayerKind::Supervisor { name } | LayerKind::Wrapper { name, .. } => name.clone(),
            LayerKind::Script { path, .. } => path.clone(),
            LayerKind::Application => continue,
        };
        let fate = match layer.stays() {
            Some(true) => '+',
            Some(false) => '-',
            None => '?',
        };
        pieces.push(format!("{fate}{name}"));
    }
    match (process.is_opaque(), process.application()) {
        (Some(why), _) => pieces.push(format!("unknown: {why}")),
        (None, Some(argv)) if process.layers.last().is_some_and(|last| last.kind == LayerKind::Application) => {
            pieces.push(argv.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "));
        }
        _ => {}
    }
    pieces.join(" ")
}

/// Runs rows of words, chain and reason.
fn check(world: &World, rows: &[(&[&str], &str, &str)]) {
    for (words, expected, why) in rows {
        assert_eq!(chain(&world.run(words)), *expected, "{words:?}: {why}");
    }
}

/// Runs rows of script, command, chain and reason; the script itself is left out of the chain but for its fate.
fn check_scripts(rows: &[(&str, &[&str], &str, &str)]) {
    for (text, command, expected, why) in rows {
        let chain = chain(&script(text, command));
        assert_eq!(chain.replacen("/start.sh", "", 1), *expected, "{why}:\n{text}");
    }
}
