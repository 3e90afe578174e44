//! Entrypoints: program files that may be scripts, with the text of those that are known.

use super::shell_call::shell_named;
use super::shell_text::{Body, Outline};
use super::{Argv, LayerKind, Resolver, ScriptContents, ShellKind, wrapper};
use crate::container::argv::file_name;
use crate::source::Spanned;

/// The kernel reads 256 bytes of a first line.
const MOST_INTERPRETER_WORDS: usize = 64;

/// What runs a script that is started as a program.
enum Interpreter<'t> {
    Shell(Option<ShellKind>),
    /// Another program with its options, which is given the script's path and arguments.
    Program(Vec<&'t str>),
}

impl Resolver<'_> {
    /// A program that is no shell and no wrapper: a script, or the service itself.
    pub(super) fn peel_file(&mut self, argv: Argv) -> Option<Argv> {
        let path = argv[0].value.clone();
        match self.contents(&path) {
            ScriptContents::Known(text) => self.peel_program_script(&path, &text, argv),
            ScriptContents::Transparent { prefix } => self.peel_transparent(path, prefix, argv),
            ScriptContents::Unknown if is_named_like_script(&path) => self.unknown_script(path, argv),
            ScriptContents::Unknown => {
                self.push(LayerKind::Application, argv);
                None
            }
        }
    }

    /// What is known about a file; one in a folder of programs may be known by its name alone.
    fn contents(&self, path: &str) -> ScriptContents {
        match (self.around.script)(path) {
            ScriptContents::Unknown => match path.rsplit_once('/') {
                Some(("/usr/local/bin" | "/usr/bin" | "/bin" | "/usr/local/sbin" | "/usr/sbin" | "/sbin", name)) => {
                    (self.around.script)(name)
                }
                _ => ScriptContents::Unknown,
            },
            contents => contents,
        }
    }

    /// A script with its arguments, run by what its first line says.
    fn peel_program_script(&mut self, path: &str, text: &str, argv: Argv) -> Option<Argv> {
        match interpreter(text) {
            Interpreter::Shell(kind) => self.peel_script(path, text, argv, 0, kind.unwrap_or(self.around.shell)),
            Interpreter::Program(words) if wrapper::step(&words).is_some() => {
                let place = argv[0].span;
                let words = words.into_iter().map(|word| Spanned::new(word.to_string(), place));
                Some(words.chain(argv).collect())
            }
            // An entrypoint that is given a command starts it in a way that only its own language tells.
            Interpreter::Program(_) if is_named_like_script(path) && argv.len() > 1 => {
                self.unknown_script(path.to_string(), argv)
            }
            Interpreter::Program(_) => {
                self.push(LayerKind::Application, argv);
                None
            }
        }
    }

    /// A file that a shell is given, at word `at`; its arguments follow, and its first line is a comment.
    pub(super) fn peel_script_file(&mut self, path: &str, argv: Argv, at: usize, kind: ShellKind) -> Option<Argv> {
        match self.contents(path) {
            ScriptContents::Known(text) => self.peel_script(path, &text, argv, at, kind),
            ScriptContents::Transparent { prefix } => {
                self.peel_transparent(path.to_string(), prefix, argv[at..].to_vec())
            }
            ScriptContents::Unknown => self.unknown_script(path.to_string(), argv),
        }
    }

    fn peel_script(&mut self, path: &str, text: &str, argv: Argv, at: usize, kind: ShellKind) -> Option<Argv> {
        let body = Body { text, functions: text, positional: argv[at..].to_vec(), place: argv[at].span, kind };
        let service = self.service(body, 0);
        let (replaced, traps) = match &service {
            // Only with `-c` does a shell make room on its own.
            Ok(service) => (Some(service.execs), service.traps),
            Err(_) => {
                let outline = Outline::of(text);
                (outline.stays.then_some(false), outline.traps)
            }
        };
        self.push(LayerKind::Script { path: path.to_string(), known: true, replaced, traps }, argv);
        self.go_on(service)
    }

    /// An official image's entrypoint: it executes its arguments, with its program before them where that is missing.
    fn peel_transparent(&mut self, path: String, prefix: Option<String>, argv: Argv) -> Option<Argv> {
        let place = argv[0].span;
        let mut next: Argv = argv[1..].to_vec();
        let first = next.first().map_or("", |word| word.value.as_str());
        if let Some(prefix) = prefix.filter(|prefix| first.starts_with('-') || is_argument_of(prefix, first)) {
            next.insert(0, Spanned::new(prefix, place));
        }
        self.push(LayerKind::Script { path, known: true, replaced: Some(true), traps: false }, argv);
        if next.is_empty() {
            return self.give_up("the entrypoint is given nothing to run");
        }
        Some(next)
    }

    fn unknown_script(&mut self, path: String, argv: Argv) -> Option<Argv> {
        let why = format!("what the script `{path}` runs is not known");
        self.push(LayerKind::Script { path, known: false, replaced: None, traps: false }, argv);
        self.give_up(why)
    }
}

/// Node's entrypoint puts `node` before a file that is no program, too.
pub(super) fn is_argument_of(prefix: &str, first: &str) -> bool {
    prefix == "node" && [".js", ".mjs", ".cjs"].iter().any(|ending| first.ends_with(ending))
}

/// The program that the first line names; without such a line, a shell runs the file.
fn interpreter(text: &str) -> Interpreter<'_> {
    let line = text.trim_start_matches('\u{feff}').lines().next().and_then(|line| line.strip_prefix("#!"));
    let mut words: Vec<&str> = line.unwrap_or_default().split_whitespace().take(MOST_INTERPRETER_WORDS).collect();
    if words.first().is_some_and(|program| file_name(program) == "env") {
        let at = words.iter().skip(1).position(|word| !word.starts_with('-') && !word.contains('='));
        words.drain(..at.map_or(words.len(), |at| at + 1));
    }
    let Some(program) = words.first() else { return Interpreter::Shell(None) };
    match (file_name(program), words.get(1)) {
        ("sh", _) => Interpreter::Shell(None),
        ("busybox", Some(&("sh" | "ash"))) => Interpreter::Shell(Some(ShellKind::ExecsLastCommand)),
        (name, _) => match shell_named(name) {
            Some(kind) => Interpreter::Shell(Some(kind)),
            None => Interpreter::Program(words),
        },
    }
}

/// Names that only scripts have.
fn is_named_like_script(path: &str) -> bool {
    let name = file_name(path);
    [".sh", ".bash", ".ash"].iter().any(|ending| name.ends_with(ending)) || name.contains("entrypoint")
}
