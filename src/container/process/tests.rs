use super::*;
use crate::source::{SourceId, Span};

mod hostile;
mod scripts;
mod shells;
mod wrappers;

/// What a test resolves with: nothing is known unless it says so.
struct Around {
    init: bool,
    shell: ShellKind,
    scripts: Vec<(&'static str, ScriptContents)>,
    env: Vec<(&'static str, &'static str)>,
}

impl Around {
    fn with(shell: ShellKind) -> Around {
        Around { init: false, shell, scripts: Vec::new(), env: Vec::new() }
    }

    fn script(mut self, path: &'static str, text: &str) -> Around {
        self.scripts.push((path, ScriptContents::Known(text.to_string())));
        self
    }

    fn resolve(&self, words: &[&str]) -> Process {
        let span = |at| Span { source: SourceId(0), start: at as u32, end: at as u32 + 1 };
        let argv: Argv = words.iter().enumerate().map(|(at, word)| Spanned::new(word.to_string(), span(at))).collect();
        let script = |path: &str| {
            let known = self.scripts.iter().find(|(known, _)| *known == path);
            known.map_or(ScriptContents::Unknown, |(_, contents)| contents.clone())
        };
        let env = |name: &str| {
            let known = self.env.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| value.to_string())
        };
        resolve(&argv, &Surroundings { init: self.init, shell: self.shell, script: &script, env: &env })
    }
}

fn on_debian(words: &[&str]) -> Process {
    Around::with(ShellKind::Dash).resolve(words)
}

fn on_alpine(words: &[&str]) -> Process {
    Around::with(ShellKind::ExecsLastCommand).resolve(words)
}

fn joined(argv: &[Spanned<String>]) -> String {
    argv.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
}

/// The service's words, or `?` with the reason.
fn service(process: &Process) -> String {
    match process.application() {
        Some(argv) => joined(argv),
        None => format!("? {}", process.is_opaque().unwrap_or_default()),
    }
}

/// The program of PID 1, or `?`.
fn pid1(process: &Process) -> String {
    match process.pid1() {
        Some(Layer { kind: LayerKind::Init { name, .. }, .. }) => name.clone(),
        Some(layer) => layer.argv.first().map_or(String::new(), |word| word.value.clone()),
        None => "?".to_string(),
    }
}

/// The programs that sit between and keep signals, `?` behind those that are not sure.
fn blockers(process: &Process) -> Vec<String> {
    let name = |blocker: &Blocker| {
        let program = blocker.layer.argv.first().map_or("", |word| word.value.as_str());
        format!("{program}{}", if blocker.certain { "" } else { "?" })
    };
    process.signal_blockers().iter().map(name).collect()
}

#[test]
fn a_program_in_json_form_is_pid_1() {
    let process = on_debian(&["node", "x.js"]);
    assert_eq!((pid1(&process).as_str(), service(&process).as_str()), ("node", "node x.js"));
    assert_eq!(process.init(), None);
    assert!(blockers(&process).is_empty());
}

#[test]
fn the_init_of_the_engine_is_pid_1_before_anything_else() {
    let process = Around { init: true, ..Around::with(ShellKind::Dash) }.resolve(&["sh", "-c", "node x.js"]);
    assert_eq!(process.init(), Some("docker-init"));
    assert!(!process.signals_whole_group());
    assert_eq!(blockers(&process), ["sh"]);
    assert_eq!(service(&process), "node x.js");
}

#[test]
fn nothing_to_run_is_a_reason() {
    let process = on_debian(&[]);
    assert_eq!(process.is_opaque(), Some("there is no command to run"));
    assert_eq!(process.pid1(), None);
}
