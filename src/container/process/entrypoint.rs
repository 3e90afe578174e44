//! Entrypoints: program files that may be scripts, with the text of those that are known.

use super::shell_text::Body;
use super::{Argv, LayerKind, Resolver, ScriptContents, ShellKind, wrapper};
use crate::source::Spanned;

impl Resolver<'_> {
    /// A program that is no shell and no wrapper: a script, or the service itself.
    pub(super) fn peel_file(&mut self, argv: Argv) -> Option<Argv> {
        let path = argv[0].value.clone();
        match (self.around.script)(&path) {
            ScriptContents::Known(_) => self.peel_script_file(&path, argv, 0),
            ScriptContents::Transparent { prefix } => self.peel_transparent(path, prefix, argv),
            ScriptContents::Unknown if is_named_like_script(&path) => self.unknown_script(path, argv),
            ScriptContents::Unknown => {
                self.push(LayerKind::Application, argv);
                None
            }
        }
    }

    /// A script file that stands at word `at`; its arguments follow.
    pub(super) fn peel_script_file(&mut self, path: &str, argv: Argv, at: usize) -> Option<Argv> {
        let text = match (self.around.script)(path) {
            ScriptContents::Known(text) => text,
            ScriptContents::Transparent { prefix } => {
                return self.peel_transparent(path.to_string(), prefix, argv[at..].to_vec());
            }
            ScriptContents::Unknown => return self.unknown_script(path.to_string(), argv),
        };
        let kind = match interpreter(&text) {
            Some("bash" | "ash" | "zsh" | "ksh") => ShellKind::ExecsLastCommand,
            Some("dash") => ShellKind::Dash,
            Some("sh") | None => self.around.shell,
            // A program in another language is the service.
            Some(_) => {
                self.push(LayerKind::Application, argv);
                return None;
            }
        };
        let place = argv[at].span;
        let service = self.service(&Body { text: &text, positional: &argv[at..], place, kind });
        let (replaced, traps) = match &service {
            // A script is more than its last command: whatever the shell, it stays without `exec`.
            Ok(service) => (Some(service.replaced == Some(true) && ends_in_exec(&text)), service.traps),
            Err(_) => (None, false),
        };
        let path = path.to_string();
        self.push(LayerKind::Script { path, known: true, replaced, traps }, argv);
        match service {
            Ok(service) => Some(service.argv),
            Err(why) => self.give_up(why),
        }
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
fn is_argument_of(prefix: &str, first: &str) -> bool {
    prefix == "node" && [".js", ".mjs", ".cjs"].iter().any(|ending| first.ends_with(ending))
}

fn ends_in_exec(text: &str) -> bool {
    let script = crate::shell::scan(text);
    script.outermost().any(|command| command.program() == Some("exec") && command.words.len() > 1)
}

/// The program that the first line names, if it names one.
fn interpreter(text: &str) -> Option<&str> {
    let line = text.trim_start_matches('\u{feff}').lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace();
    let program = wrapper::file_name(words.next()?);
    if program != "env" {
        return Some(program);
    }
    words.find(|word| !word.starts_with('-')).map(wrapper::file_name)
}

/// Names that only scripts have.
fn is_named_like_script(path: &str) -> bool {
    let name = wrapper::file_name(path);
    [".sh", ".bash", ".ash"].iter().any(|ending| name.ends_with(ending)) || name.contains("entrypoint")
}
