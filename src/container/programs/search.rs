//! The search: one program through the steps of a build.

use std::collections::BTreeMap;

use super::{Brought, base, packages};
use crate::container::argv::file_name;
use crate::container::base::System;
use crate::container::image_state::{ImageState, Inline};
use crate::shell::{self, Command, Joint, Known, Room, Script, Word};
use crate::source::{Span, Spanned};

/// Folders of programs; one that is copied whole may hold any.
const FOLDERS: &[&str] = &["", "/usr", "/usr/bin", "/usr/sbin", "/usr/local", "/usr/local/bin", "/sbin", "/bin"];

/// Names of folders that hold a file system, or a part of one.
const TREES: &[&str] = &["", ".", "install", "out", "output", "root", "rootfs", "sysroot"];

/// Scripts with a path that build software and install no programs of the system.
const BUILD_SCRIPTS: &[&str] = &["configure", "gradlew", "manage.py", "mvnw"];

/// How deep `sh -c 'sh -c ...'` is followed.
const MAX_DEPTH: u32 = 4;

/// The variables that a RUN sets for itself; `None` if the value is not known.
type Variables = BTreeMap<String, Option<String>>;

/// One program on its way through a build.
pub(super) struct Search<'a> {
    program: &'a str,
    name: &'a str,
    image: &'a ImageState,
    /// What brought it.
    brought: Option<Span>,
    /// What took it away since.
    removed: Option<Span>,
    /// The packages that brought it, and the groups they are in.
    providers: Vec<String>,
    /// Why it may be there all the same.
    open: Option<String>,
    /// The command of a language's package manager that may have brought it.
    language: Option<String>,
    depth: u32,
    room: Room,
}

impl<'a> Search<'a> {
    pub fn new(program: &'a str, image: &'a ImageState) -> Search<'a> {
        let name = file_name(program);
        Search {
            program,
            name,
            image,
            brought: None,
            removed: None,
            providers: Vec::new(),
            open: None,
            language: None,
            depth: 0,
            room: Room::default(),
        }
    }

    pub fn leave_open(&mut self, why: impl Into<String>) {
        self.open.get_or_insert_with(|| why.into());
    }

    /// The answer, once all steps are walked.
    pub fn finish(self) -> Brought {
        if let Some(place) = self.brought {
            return Brought::Yes(place);
        }
        let of_base = match (base::has(self.image, self.program), self.removed) {
            (Brought::Yes(_), Some(place)) => Brought::No(Some(place)),
            (answer, _) => answer,
        };
        let known_base = self.image.base.facts.is_some();
        match (of_base, self.open) {
            (Brought::No(_), Some(why)) => Brought::Unknown(why),
            (Brought::Unknown(_), None) if known_base && self.language.is_some() => {
                let command = self.language.unwrap_or_default();
                Brought::Unknown(format!("whether `{command}` installs `{}` is not known", self.name))
            }
            (Brought::No(None), None) => Brought::No(self.removed),
            (answer, _) => answer,
        }
    }

    fn bring(&mut self, place: Span) {
        self.brought = Some(place);
        self.removed = None;
    }

    fn remove(&mut self, place: Span) {
        self.brought = None;
        self.removed = Some(place);
        self.providers.clear();
    }

    /// The commands of a RUN.
    pub fn run(&mut self, script: &Script, place: Span) {
        let mut variables = Variables::new();
        for command in &script.commands {
            if command.words.is_empty() {
                for assignment in &command.assignments {
                    let value = self.known(&assignment.value, &variables);
                    let value = Some(value.text).filter(|text| value.whole && Room::holds(text));
                    variables.insert(assignment.name.clone(), value);
                }
                continue;
            }
            let words: Vec<Known> = command.behind_prefixes().iter().map(|word| self.known(word, &variables)).collect();
            self.command(command, &words, place);
        }
    }

    fn known(&self, word: &Word, variables: &Variables) -> Known {
        word.known(&|name| match variables.get(name) {
            Some(value) => self.room.take(value.clone()?),
            None => self.room.take(self.image.env.get(name)?.get()?.clone()),
        })
    }

    fn command(&mut self, command: &Command, words: &[Known], place: Span) {
        let Some((program, arguments)) = words.split_first() else { return };
        let name = file_name(&program.text);
        if let Some(change) = packages::change(name, arguments) {
            return self.packages(&change, place);
        }
        if let Some(text) = shell_text(name, arguments).filter(|_| self.depth < MAX_DEPTH) {
            self.depth += 1;
            self.run(&shell::scan(text), place);
            self.depth -= 1;
            return;
        }
        if is_script(command, &program.text, arguments) {
            self.leave_open(format!("what `{}` installs is not known", shown(&program.text, arguments)));
        }
        if is_of_a_language(name) && arguments.iter().any(|word| installs(&word.text)) {
            self.language.get_or_insert_with(|| shown_call(name, arguments));
            // Of all programs that distributions package, only this one is as often installed so.
            if self.name == "http" {
                match arguments.iter().any(|word| mentions(&word.text, "httpie")) {
                    true => return self.bring(place),
                    false => self
                        .leave_open(format!("whether `{}` installs `http` is not known", shown_call(name, arguments))),
                }
            }
        }
        let names_file = arguments.iter().any(|word| self.is_file(&word.text));
        let mentioned = arguments.iter().any(|word| mentions(&word.text, self.name));
        let telling = !packages::is_packaged(self.name) || is_of_a_language(name);
        // The build would have failed without it.
        let used = name == self.name && self.image.base.facts.is_none() && !command.conditional && !command.piped;
        match name {
            "rm" | "unlink" if names_file => self.remove(place),
            "rm" | "unlink" | "which" | "command" | "type" | "hash" | "test" | "[" | "echo" | "printf" | "ls" => {}
            _ if names_file || telling && mentioned || used => self.bring(place),
            _ => {}
        }
    }

    fn packages(&mut self, change: &packages::Change<'_>, place: Span) {
        let known = || change.packages.iter().copied().flatten();
        let unknown = change.packages.iter().any(Option::is_none);
        if change.installs {
            let provider =
                known().find(|package| packages::provides(package, self.name) || mentions(package, self.name));
            if let Some(provider) = provider {
                self.bring(place);
                self.providers.push(provider.to_string());
                self.providers.extend(change.group.map(str::to_string));
            } else if unknown {
                self.leave_open("which packages are installed is not known");
            }
            return;
        }
        let removed = known().any(|package| {
            self.providers.iter().any(|provider| provider == package)
                || self.providers.is_empty() && packages::provides(package, self.name)
        });
        // Busybox has its applet again when the package that hid it is gone.
        let applet = matches!(self.image.base.facts.as_ref().and_then(|facts| facts.system), Some(System::Alpine))
            && matches!(self.name, "wget" | "nc" | "ps" | "pgrep" | "ping");
        if removed && !applet {
            self.remove(place);
        } else if unknown && !self.providers.is_empty() {
            self.brought = None;
            self.leave_open("which packages are removed is not known");
        }
    }

    /// Whether a word is the path of the program's file.
    fn is_file(&self, word: &str) -> bool {
        let path = word.rsplit_once('=').map_or(word, |(_, path)| path);
        let written = path.contains('/') && !path.contains("://") && file_name(path) == self.name;
        written && (!self.program.contains('/') || path == self.program || !path.starts_with('/'))
    }

    /// A COPY or ADD; `elsewhere` says that it does not copy the project's own files.
    pub fn transfer(
        &mut self,
        (sources, destination): (&[Spanned<String>], &str),
        inline: &[Inline],
        elsewhere: bool,
        place: Span,
    ) {
        let folder = destination.trim_end_matches('/');
        let sources = || sources.iter().map(|source| source.value.as_str());
        let named = |path: &str| match packages::is_packaged(self.name) {
            true => file_name(path) == self.name,
            false => mentions(path, self.name),
        };
        let file = file_name(folder) == self.name || sources().any(named);
        if file || inline.iter().any(|file| file.name == self.name) {
            return self.bring(place);
        }
        let whole = |source: &str| {
            let archive = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"].iter().any(|end| source.ends_with(end));
            let source = source.trim_end_matches('/');
            let own = matches!(file_name(source), "" | ".") && !elsewhere;
            archive
                || source.ends_with('*')
                || !own && (FOLDERS.contains(&source) || TREES.contains(&file_name(source)))
        };
        // A path inside of what is copied.
        let inside = self.program.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && !folder.is_empty();
        let relative = self.program.contains('/') && !self.program.starts_with('/');
        if inside || relative || FOLDERS.contains(&folder) && sources().any(whole) {
            self.leave_open(format!("a copied folder may hold `{}`", self.name));
        }
    }
}

/// Package managers of languages, which install programs, too.
fn is_of_a_language(name: &str) -> bool {
    matches!(
        name,
        "pip"
            | "pip3"
            | "pipx"
            | "uv"
            | "poetry"
            | "pipenv"
            | "pdm"
            | "npm"
            | "yarn"
            | "pnpm"
            | "gem"
            | "go"
            | "cargo"
            | "conda"
            | "brew"
    )
}

/// A verb with which such a manager installs.
fn installs(word: &str) -> bool {
    matches!(word, "install" | "sync" | "add" | "ci" | "i")
}

/// The start of a call, for a sentence.
fn shown_call(name: &str, arguments: &[Known]) -> String {
    let words = std::iter::once(name).chain(arguments.iter().map(|word| word.text.as_str()));
    words.collect::<Vec<_>>().join(" ").chars().take(60).collect()
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash")
}

/// The text of `sh -c text`.
fn shell_text<'w>(name: &str, arguments: &'w [Known]) -> Option<&'w str> {
    let option = |word: &Known| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c');
    let at = arguments.iter().position(option).filter(|_| is_shell(name))?;
    arguments.get(at + 1).filter(|text| text.whole).map(|text| text.text.as_str())
}

/// Whether a command runs a script that may install anything: one of the project, or one that comes down a pipe.
fn is_script(command: &Command, program: &str, arguments: &[Known]) -> bool {
    let name = file_name(program);
    let operand = arguments.iter().find(|word| !word.text.starts_with('-'));
    if is_shell(name) {
        return operand.is_some() || command.joint == Joint::Pipe;
    }
    if matches!(name, "." | "source") {
        return operand.is_some_and(|file| file.text.ends_with(".sh"));
    }
    let folder = program.strip_suffix(name).unwrap_or_default().trim_end_matches('/');
    let of_programs = matches!(folder.rsplit('/').next(), Some("bin" | "sbin" | ".bin"));
    program.contains('/') && !of_programs && !BUILD_SCRIPTS.contains(&name)
        || name == "ansible-playbook"
        || name == "make" && arguments.iter().any(|word| word.text == "install")
        || arguments.iter().any(|word| matches!(word.text.as_str(), "install-deps" | "--with-deps"))
}

fn shown(program: &str, arguments: &[Known]) -> String {
    let operand = arguments.first().filter(|_| is_shell(program) || matches!(program, "." | "source"));
    let text = operand.map_or(program.to_string(), |operand| format!("{program} {}", operand.text));
    text.chars().take(60).collect()
}

/// Whether a word has the name as a part of a path, a version or an address: `/opt/dumb-init_1.2.5_amd64`, `tini=0.19`.
fn mentions(word: &str, name: &str) -> bool {
    let mut parts = word.split(['/', '=', ':', ',', '@', '~', '<', '>', '[']);
    parts.any(|part| part.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])))
}
