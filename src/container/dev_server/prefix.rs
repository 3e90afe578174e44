//! Prefixes: words before a command that only say how it is started, such as `npx`, `python -m` and `bundle exec`.

use super::package_script;
use crate::container::argv::{file_name, skip_options};

/// What a command line starts with.
pub(super) enum Step<'a> {
    /// The program itself.
    Program,
    /// Something that runs the command in these words.
    Command(&'a [&'a str]),
    /// Something that sets variables for the command in these words; the assignments are among those before.
    Assign(&'a [&'a str]),
    /// Something that runs these shell texts.
    Texts(Vec<&'a str>),
    /// Something that runs these scripts of a `package.json`.
    Scripts(Vec<package_script::Call<'a>>),
    /// No program, or one that runs no other.
    Nothing,
}

/// Programs that run the command after their options, with the subcommand they need for it and the options that take
/// the next word.
const PREFIXES: &[(&str, &[&str], &[&str])] = &[
    ("exec", &[], &["-a"]),
    ("command", &[], &[]),
    ("nohup", &[], &[]),
    ("time", &[], &[]),
    ("npx", &[], &["-p", "--package", "-w", "--workspace"]),
    ("pnpx", &[], &["-p", "--package"]),
    ("bunx", &[], &["-p", "--package"]),
    ("bundle", &["exec"], &["--gemfile"]),
    ("poetry", &["run"], &["-C", "--directory", "-P", "--project"]),
    ("uv", &["run"], &UV),
    ("uvx", &[], &UV),
    ("pipenv", &["run"], &[]),
    ("pdm", &["run"], &["-p", "--project"]),
    ("hatch", &["run"], &["-e", "--env", "-p", "--project"]),
    ("rye", &["run"], &[]),
    ("pipx", &["run"], &["--spec", "--python"]),
    ("corepack", &[], &[]),
    ("dotenv", &[], &["-e", "-c", "-v", "-p"]),
    ("dotenvx", &["run"], &["-f", "--env-file", "-e", "--env"]),
    ("doppler", &["run"], &["-p", "--project", "-c", "--config", "-t", "--token"]),
    ("infisical", &["run"], &["--env", "--path", "--projectId", "--token"]),
    ("ddtrace-run", &[], &[]),
    ("opentelemetry-instrument", &[], &[]),
];

const UV: [&str; 14] = [
    "--with",
    "--with-editable",
    "--with-requirements",
    "--extra",
    "--group",
    "--only-group",
    "-p",
    "--python",
    "--project",
    "--directory",
    "--package",
    "--env-file",
    "--index-url",
    "--from",
];

const PYTHON_VALUES: &[&str] = &["-W", "-X", "--check-hash-based-pycs"];
const DEBUGPY_VALUES: &[&str] =
    &["--listen", "--connect", "--log-to", "--configure-qt", "--configure-subProcess", "--adapter-access-token"];

/// What the words start with.
pub(super) fn step<'a>(words: &'a [&'a str]) -> Step<'a> {
    let Some(&word) = words.first() else { return Step::Nothing };
    let name = file_name(word);
    if let Some(step) = package_script::shorthand(word, words) {
        return step;
    }
    if is_python(name) {
        return module_or_script(words, PYTHON_VALUES);
    }
    match name {
        "env" | "cross-env" | "cross-env-shell" => assignments(words),
        "npx" | "pnpx" | "bunx" if words.iter().any(|word| matches!(*word, "-c" | "--call")) => npx_text(words),
        "npm" | "yarn" | "yarnpkg" | "pnpm" | "bun" | "deno" | "turbo" | "lerna" => package_script::runner(name, words),
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => package_script::many(words),
        "concurrently" => package_script::concurrently(words),
        "node" | "nodejs" => node(words),
        "debugpy" => module_or_script(words, DEBUGPY_VALUES),
        "uv" if words.get(1) == Some(&"run") && words.iter().any(|word| matches!(*word, "-m" | "--module")) => {
            module_or_script(&words[1..], &UV)
        }
        "ruby" => operand(words, &["-I", "-r", "-C", "-E", "-W"]),
        "iex" => iex(words),
        "sh" | "bash" | "ash" | "dash" | "zsh" => shell_text(words),
        _ => listed(name, words),
    }
}

/// The program that a word means: a path's file name, a package's program (`nodemon@3`, `@angular/cli`), a package's
/// own file (`node_modules/vite/bin/vite.js`).
pub(super) fn program_name(word: &str) -> &str {
    if let Some(scoped) = word.strip_prefix('@') {
        let end = scoped.find('@').unwrap_or(scoped.len());
        return match &scoped[..end] {
            "angular/cli" => "ng",
            "nestjs/cli" => "nest",
            "vue/cli-service" => "vue-cli-service",
            "remix-run/dev" => "remix",
            "react-router/dev" => "react-router",
            "sveltejs/kit" => "svelte-kit",
            "craco/craco" => "craco",
            "docusaurus/core" => "docusaurus",
            name => file_name(name),
        };
    }
    // What Rails projects start their watchers with; `dev` alone says nothing.
    if word == "bin/dev" || word.ends_with("/bin/dev") {
        return "bin/dev";
    }
    let name = file_name(word);
    if is_package_file(word) {
        return [".js", ".mjs", ".cjs"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    }
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Whether a path is a program of an installed package: in `node_modules/.bin` or a package's `bin`.
fn is_package_file(word: &str) -> bool {
    let Some((directory, _)) = word.rsplit_once('/') else { return false };
    directory.contains("node_modules") && matches!(file_name(directory), ".bin" | "bin")
}

fn listed<'a>(name: &str, words: &'a [&'a str]) -> Step<'a> {
    let Some((_, subcommands, values)) = PREFIXES.iter().find(|(known, ..)| *known == name) else {
        return Step::Program;
    };
    let mut at = skip_options(words, 1, values);
    if !subcommands.is_empty() {
        if !words.get(at).is_some_and(|word| subcommands.contains(word)) {
            return Step::Program;
        }
        at = skip_options(words, at + 1, values);
    }
    words.get(at..).filter(|rest| !rest.is_empty()).map_or(Step::Nothing, Step::Command)
}

fn is_python(name: &str) -> bool {
    let Some(version) = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy")) else { return false };
    version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `python [options] -m module ...` and `python [options] script ...`: the module or the script is the program.
fn module_or_script<'a>(words: &'a [&'a str], values: &[&str]) -> Step<'a> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match *word {
            "-m" | "--module" => return words.get(at + 1..).map_or(Step::Nothing, Step::Command),
            "-c" | "-" | "--version" | "-V" => return Step::Nothing,
            word if values.contains(&word) => at += 2,
            word if word.starts_with('-') => at += 1,
            _ => return Step::Command(&words[at..]),
        }
    }
    Step::Nothing
}

/// `ruby [options] script ...`.
fn operand<'a>(words: &'a [&'a str], values: &[&str]) -> Step<'a> {
    if words.get(1).is_some_and(|word| word.starts_with("-e")) {
        return Step::Nothing;
    }
    let at = skip_options(words, 1, values);
    words.get(at..).filter(|rest| !rest.is_empty()).map_or(Step::Nothing, Step::Command)
}

/// `iex -S mix ...` runs what `mix ...` runs, with a prompt.
fn iex<'a>(words: &'a [&'a str]) -> Step<'a> {
    let script = words.iter().position(|word| *word == "-S");
    script.and_then(|at| words.get(at + 1..)).map_or(Step::Program, Step::Command)
}

/// `env [options] A=b ... command`, and `cross-env` likewise.
fn assignments<'a>(words: &'a [&'a str]) -> Step<'a> {
    let mut at = skip_options(words, 1, &["-u", "--unset", "-C", "--chdir"]);
    // For `env`, a lone `-` is `-i`.
    if words.get(at) == Some(&"-") {
        at += 1;
    }
    while words.get(at).is_some_and(|word| word.contains('=')) {
        at += 1;
    }
    words.get(at..).filter(|rest| !rest.is_empty()).map_or(Step::Nothing, Step::Assign)
}

/// `npx -c 'text'`.
fn npx_text<'a>(words: &'a [&'a str]) -> Step<'a> {
    let at = skip_options(words, 1, &["-p", "--package", "-w", "--workspace", "-c", "--call"]);
    if at < words.len() {
        return Step::Command(&words[at..]);
    }
    let call = words.iter().position(|word| matches!(*word, "-c" | "--call"));
    call.and_then(|at| words.get(at + 1)).map_or(Step::Nothing, |text| Step::Texts(vec![text]))
}

/// `sh -c text`; options may be joined, as in `-ec`.
fn shell_text<'a>(words: &'a [&'a str]) -> Step<'a> {
    for (at, word) in words.iter().enumerate().skip(1) {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else { break };
        if letters.contains('c') {
            return words.get(at + 1).map_or(Step::Nothing, |text| Step::Texts(vec![text]));
        }
    }
    Step::Program
}

/// `node --run script`, and `node node_modules/.bin/program ...`; any other file is the service's own.
fn node<'a>(words: &'a [&'a str]) -> Step<'a> {
    if let (Some(&"--run"), Some(&script)) = (words.get(1), words.get(2)) {
        return Step::Scripts(vec![package_script::Call::new("node", script, words.get(3..).unwrap_or_default())]);
    }
    let at = super::node::file_at(words);
    match words.get(at) {
        Some(file) if is_package_file(file) && super::node::watch_flag(&words[1..]).is_none() => {
            Step::Command(&words[at..])
        }
        _ => Step::Program,
    }
}
