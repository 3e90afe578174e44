//! Package runners: `npm`, `yarn`, `pnpm`, `bun` and `deno` as the parent of a script or a program.

use super::{Rest, Step};
use crate::container::argv::skip_options;
use crate::container::package_runner::{is_source_file, manages, value_options};
use crate::container::process::LayerKind;

/// A package runner at the start of a command line.
pub(super) fn step(name: &str, words: &[&str]) -> Option<Step> {
    match name {
        "npm" => npm(words),
        "npx" | "pnpx" | "bunx" => runs_program(name, words, skip_options(words, 1, &["-p", "--package", "-c"])),
        "yarn" | "yarnpkg" => yarn(words),
        "pnpm" => pnpm(words),
        "bun" => bun(words),
        "deno" => deno(words),
        "node" => node_run(words),
        _ => None,
    }
}

fn runs_script(name: &str, script: &str) -> Option<Step> {
    let kind = LayerKind::PackageRunner { name: name.to_string(), script: Some(script.to_string()) };
    Some(Step::new(kind, Rest::Elsewhere))
}

fn runs_program(name: &str, words: &[&str], at: usize) -> Option<Step> {
    let kind = LayerKind::PackageRunner { name: name.to_string(), script: None };
    (at < words.len()).then(|| Step::new(kind, Rest::Words(at)))
}

fn npm(words: &[&str]) -> Option<Step> {
    let values = value_options("npm");
    let at = skip_options(words, 1, values);
    match *words.get(at)? {
        script @ ("start" | "stop" | "restart" | "test") => runs_script("npm", script),
        "t" => runs_script("npm", "test"),
        "run" | "run-script" | "rum" | "urn" => runs_script("npm", words.get(skip_options(words, at + 1, values))?),
        "exec" | "x" => runs_program("npm", words, skip_options(words, at + 1, values)),
        _ => None,
    }
}

fn yarn(words: &[&str]) -> Option<Step> {
    let values = value_options("yarn");
    let mut at = skip_options(words, 1, values);
    if words.get(at) == Some(&"workspace") {
        at = skip_options(words, at + 2, values);
    }
    match *words.get(at)? {
        "run" => runs_script("yarn", words.get(skip_options(words, at + 1, values))?),
        "exec" | "dlx" => runs_program("yarn", words, skip_options(words, at + 1, &["-p", "--package"])),
        "node" => runs_program("yarn", words, at),
        word if manages("yarn", word) => None,
        script => runs_script("yarn", script),
    }
}

fn pnpm(words: &[&str]) -> Option<Step> {
    let values = value_options("pnpm");
    let at = skip_options(words, 1, values);
    match *words.get(at)? {
        "run" | "run-script" => runs_script("pnpm", words.get(skip_options(words, at + 1, values))?),
        "exec" | "dlx" => runs_program("pnpm", words, skip_options(words, at + 1, values)),
        "node" => runs_program("pnpm", words, at),
        word if manages("pnpm", word) => None,
        script => runs_script("pnpm", script),
    }
}

/// Bun runs files as well as scripts; `--watch` and `--hot` are its own reloaders and not looked through.
fn bun(words: &[&str]) -> Option<Step> {
    const VALUES: &[&str] = &["--cwd", "--env-file", "-r", "--preload", "--filter", "-c", "--config"];
    if words.iter().any(|word| matches!(*word, "--watch" | "--hot")) {
        return None;
    }
    let at = skip_options(words, 1, VALUES);
    match *words.get(at)? {
        "x" => runs_program("bun", words, skip_options(words, at + 1, VALUES)),
        "run" => bun_script(words.get(skip_options(words, at + 1, VALUES))?),
        word if word == "test" || manages("bun", word) => None,
        word => bun_script(word),
    }
}

fn bun_script(word: &str) -> Option<Step> {
    if is_source_file(word) { None } else { runs_script("bun", word) }
}

fn deno(words: &[&str]) -> Option<Step> {
    let at = skip_options(words, 1, &[]);
    if words.get(at) != Some(&"task") {
        return None;
    }
    runs_script("deno", words.get(skip_options(words, at + 1, &["-c", "--config", "--cwd"]))?)
}

/// `node --run SCRIPT`.
fn node_run(words: &[&str]) -> Option<Step> {
    if words.get(1) != Some(&"--run") {
        return None;
    }
    runs_script("node", words.get(2)?)
}
