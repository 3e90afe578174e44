//! Scripts of a `package.json`: which one a command runs, and what its name says.

use super::prefix::Step;
use crate::container::argv::skip_options;
use crate::container::package_runner::{is_source_file, manages, value_options};

/// A script that a package runner is told to run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// `npm`, `yarn` ...
    pub runner: &'a str,
    /// The script's name.
    pub script: &'a str,
    /// What the runner puts behind the script's text.
    pub args: &'a [&'a str],
    /// Another package's script: `--prefix`, `--filter`, `--workspace`.
    pub elsewhere: bool,
    /// The name may also be that of a program.
    pub or_program: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(runner: &'a str, script: &'a str, args: &'a [&'a str]) -> Call<'a> {
        Call { runner, script, args, elsewhere: false, or_program: false }
    }

    /// The script's text with the arguments behind it, as the runner hands it to the shell.
    pub(super) fn with_arguments(&self, text: &str) -> String {
        let mut whole = text.trim_end().to_string();
        for (at, arg) in self.args.iter().enumerate() {
            if at == 0 && *arg == "--" {
                continue;
            }
            whole.push_str(" '");
            whole.push_str(&arg.replace('\'', r"'\''"));
            whole.push('\'');
        }
        whole
    }
}

/// What a script's name says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByName {
    /// `dev`, `watch` ...
    Development,
    /// `build`, `test` ...: it ends, and starts no server.
    RunsOnce,
    /// Nothing.
    Anything,
}

/// What the name of a script says when its text is not known.
pub(super) fn by_name(script: &str) -> ByName {
    const DEVELOPMENT: &[&str] = &["dev", "start:dev", "serve", "watch", "start:watch", "develop"];
    const ONCE: &[&str] = &[
        "build",
        "test",
        "lint",
        "format",
        "typecheck",
        "type-check",
        "check",
        "compile",
        "generate",
        "codegen",
        "migrate",
        "migration",
        "seed",
        "prepare",
        "prebuild",
        "postbuild",
        "install",
        "postinstall",
        "clean",
        "deploy",
        "bundle",
        "export",
        "db",
    ];
    if DEVELOPMENT.contains(&script) || script.starts_with("dev:") {
        return ByName::Development;
    }
    let mut segments = script.split(':');
    let once = segments.next().is_some_and(|first| ONCE.contains(&first));
    if once && !segments.any(|segment| matches!(segment, "watch" | "dev" | "serve" | "start")) {
        return ByName::RunsOnce;
    }
    ByName::Anything
}

/// Options by which a runner leaves the package in the working directory.
const ELSEWHERE: &[&str] =
    &["--prefix", "-C", "--workspace", "-w", "--cwd", "--dir", "--filter", "-F", "--workspaces", "-r", "--recursive"];

/// A package runner at the start of a command.
pub(super) fn runner<'a>(name: &'a str, words: &'a [&'a str]) -> Step<'a> {
    let at = skip_options(words, 1, value_options(name));
    let Some(&word) = words.get(at) else { return Step::Program };
    match (name, word) {
        ("bun" | "deno", _) if super::node::watch_flag(&words[1..]).is_some() => Step::Program,
        ("deno", "task") => script(name, words, at + 1),
        ("deno", _) => Step::Program,
        ("yarn" | "yarnpkg", "workspace") => elsewhere(name, words, at + 2),
        ("npm" | "yarn" | "yarnpkg" | "pnpm", "exec" | "dlx" | "x") | ("bun", "x") => program(name, words, at + 1),
        (_, "run" | "run-script" | "rum" | "urn") if matches!(name, "turbo" | "lerna") => {
            elsewhere(name, words, at + 1)
        }
        (_, "run" | "run-script" | "rum" | "urn") => script(name, words, at + 1),
        ("npm", "start" | "test" | "stop" | "restart") => script(name, words, at),
        ("npm", _) => Step::Nothing,
        (_, word) if name == "lerna" || manages(name, word) => Step::Nothing,
        ("turbo", _) => elsewhere(name, words, at),
        _ => script(name, words, at),
    }
}

fn program<'a>(runner: &str, words: &'a [&'a str], from: usize) -> Step<'a> {
    let at = skip_options(words, from, value_options(runner));
    words.get(at..).filter(|rest| !rest.is_empty()).map_or(Step::Nothing, Step::Command)
}

fn script<'a>(runner: &'a str, words: &'a [&'a str], from: usize) -> Step<'a> {
    let at = skip_options(words, from, value_options(runner));
    let Some(&script) = words.get(at) else { return Step::Nothing };
    if runner == "bun" && is_source_file(script) {
        return Step::Program;
    }
    let args = &words[at + 1..];
    // npm reads its own options behind the script's name as well, up to `--`.
    let own = match runner {
        "npm" => args.iter().position(|arg| *arg == "--").unwrap_or(args.len()),
        _ => 0,
    };
    let leaves = |word: &str| ELSEWHERE.iter().any(|option| word.split('=').next() == Some(option));
    let elsewhere = words[1..at].iter().chain(&args[..own]).any(|word| leaves(word));
    let or_program = !matches!(runner, "npm" | "deno");
    let args = if runner == "npm" && own == args.len() { &[] } else { &args[own..] };
    Step::Scripts(vec![Call { runner, script, args, elsewhere, or_program }])
}

/// Scripts of other packages; their texts are not looked for.
fn elsewhere<'a>(runner: &'a str, words: &'a [&'a str], from: usize) -> Step<'a> {
    let mut at = skip_options(words, from, value_options(runner));
    if words.get(at) == Some(&"run") {
        at = skip_options(words, at + 1, value_options(runner));
    }
    let Some(&script) = words.get(at) else { return Step::Nothing };
    let or_program = matches!(runner, "yarn" | "yarnpkg");
    Step::Scripts(vec![Call { elsewhere: true, or_program, ..Call::new(runner, script, &words[at + 1..]) }])
}

/// `npm-run-all a b`, `run-p a b`: each operand is a script, a pattern of scripts one of unknown text.
pub(super) fn many<'a>(words: &'a [&'a str]) -> Step<'a> {
    let names = words[1..].iter().take_while(|word| **word != "--").filter(|word| !word.starts_with('-'));
    Step::Scripts(names.map(|name| Call::new("npm", name, &[])).collect())
}

/// `concurrently 'text' 'text'`; `npm:name` stands for `npm run name`.
pub(super) fn concurrently<'a>(words: &'a [&'a str]) -> Step<'a> {
    const TAKES: &[&str] = &[
        "-n",
        "--names",
        "-c",
        "--prefix-colors",
        "-p",
        "--prefix",
        "-s",
        "--success",
        "-m",
        "--max-processes",
        "--restart-tries",
        "--restart-after",
        "-l",
        "--prefix-length",
        "--hide",
        "--kill-signal",
        "-i",
        "--default-input-target",
    ];
    let mut at = 0;
    let texts = std::iter::from_fn(move || {
        at = skip_options(words, at + 1, TAKES);
        words.get(at).copied()
    });
    Step::Texts(texts.collect())
}

/// `npm:dev`, as `concurrently` understands it.
pub(super) fn shorthand<'a>(word: &'a str, words: &'a [&'a str]) -> Option<Step<'a>> {
    let (runner, script) = word.split_once(':')?;
    let known = matches!(runner, "npm" | "yarn" | "pnpm" | "bun" | "node" | "deno");
    known.then(|| Step::Scripts(vec![Call::new(runner, script, &words[1..])]))
}
