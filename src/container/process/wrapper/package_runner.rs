//! Package runners: `npm`, `yarn`, `pnpm`, `bun` and `deno` as the parent of a script or a program.

use super::{Rest, Step, skip_options};
use crate::container::process::LayerKind;

const NPM: &[&str] = &[
    "--prefix",
    "-C",
    "--workspace",
    "-w",
    "--loglevel",
    "--cache",
    "--userconfig",
    "--script-shell",
    "-p",
    "--package",
];
const YARN: &[&str] = &["--cwd", "--use-yarnrc", "--cache-folder", "--modules-folder"];
const PNPM: &[&str] = &["-C", "--dir", "--filter", "-F", "--prefix", "--store-dir", "--package"];

/// Subcommands that manage packages and run nothing of the application.
const MANAGEMENT: &[&str] = &[
    "add",
    "audit",
    "bin",
    "build",
    "cache",
    "ci",
    "config",
    "create",
    "deploy",
    "dedupe",
    "fetch",
    "global",
    "help",
    "i",
    "import",
    "info",
    "init",
    "install",
    "link",
    "list",
    "login",
    "outdated",
    "pack",
    "patch",
    "pm",
    "prune",
    "publish",
    "rebuild",
    "remove",
    "rm",
    "set",
    "store",
    "uninstall",
    "unlink",
    "up",
    "update",
    "upgrade",
    "version",
    "why",
];

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
    let at = skip_options(words, 1, NPM);
    match *words.get(at)? {
        script @ ("start" | "stop" | "restart" | "test") => runs_script("npm", script),
        "t" => runs_script("npm", "test"),
        "run" | "run-script" | "rum" | "urn" => runs_script("npm", words.get(skip_options(words, at + 1, NPM))?),
        "exec" | "x" => runs_program("npm", words, skip_options(words, at + 1, NPM)),
        _ => None,
    }
}

fn yarn(words: &[&str]) -> Option<Step> {
    let mut at = skip_options(words, 1, YARN);
    if words.get(at) == Some(&"workspace") {
        at = skip_options(words, at + 2, YARN);
    }
    match *words.get(at)? {
        "run" => runs_script("yarn", words.get(skip_options(words, at + 1, YARN))?),
        "exec" | "dlx" => runs_program("yarn", words, skip_options(words, at + 1, &["-p", "--package"])),
        "node" => runs_program("yarn", words, at),
        word if MANAGEMENT.contains(&word) => None,
        script => runs_script("yarn", script),
    }
}

fn pnpm(words: &[&str]) -> Option<Step> {
    let at = skip_options(words, 1, PNPM);
    match *words.get(at)? {
        "run" | "run-script" => runs_script("pnpm", words.get(skip_options(words, at + 1, PNPM))?),
        "exec" | "dlx" => runs_program("pnpm", words, skip_options(words, at + 1, PNPM)),
        "node" => runs_program("pnpm", words, at),
        word if MANAGEMENT.contains(&word) => None,
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
        word if word == "test" || MANAGEMENT.contains(&word) => None,
        word => bun_script(word),
    }
}

fn bun_script(word: &str) -> Option<Step> {
    let is_file = word.contains('/') || word.rsplit_once('.').is_some_and(|(_, end)| is_script_extension(end));
    if is_file { None } else { runs_script("bun", word) }
}

fn is_script_extension(extension: &str) -> bool {
    matches!(extension, "ts" | "js" | "tsx" | "jsx" | "mjs" | "cjs" | "mts" | "cts")
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
