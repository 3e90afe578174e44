//! Entrypoints: program files that may be scripts, with the text of those that are known.

use super::shell_text::{self, Body};
use super::{Argv, LayerKind, Resolver, ScriptContents, wrapper};
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
        let interpreter = interpreter(&text);
        let kind = match interpreter.program {
            "sh" | "" => self.around.shell,
            name => match shell_text::kind_of(name) {
                Some(kind) => kind,
                // A program in another language is the service.
                None => {
                    self.push(LayerKind::Application, argv);
                    return None;
                }
            },
        };
        if let Some(init) = interpreter.init {
            self.push(init, argv.clone());
        }
        let place = argv[at].span;
        let service = self.service(&Body { text: &text, positional: &argv[at..], place, kind });
        let (replaced, traps) = match &service {
            // Unlike a text, a script stays without `exec` whatever the shell.
            Ok(service) => (Some(service.is_exec), service.traps),
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

/// What the first line of a script says.
struct Interpreter<'t> {
    /// File name of the program that reads the script; empty if the line names none.
    program: &'t str,
    /// An init that stands before it: `#!/usr/bin/dumb-init /bin/sh`.
    init: Option<LayerKind>,
}

fn interpreter(text: &str) -> Interpreter<'_> {
    let line = text.trim_start_matches('\u{feff}').lines().next().and_then(|line| line.strip_prefix("#!"));
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().filter(|word| *word != "-S").collect();
    match wrapper::step(&words) {
        Some(wrapper::Step { kind, rest: wrapper::Rest::Words(at), .. }) => {
            let init = matches!(kind, LayerKind::Init { .. }).then_some(kind);
            Interpreter { program: wrapper::file_name(words[at]), init }
        }
        _ => Interpreter { program: words.first().map_or("", |word| wrapper::file_name(word)), init: None },
    }
}

/// Names that only scripts have.
fn is_named_like_script(path: &str) -> bool {
    let name = wrapper::file_name(path);
    [".sh", ".bash", ".ash"].iter().any(|ending| name.ends_with(ending)) || name.contains("entrypoint")
}
