//! Package runners of JavaScript: what `npm`, `yarn`, `pnpm`, `bun` and `deno` take, as their documentation has it.

/// Options of all runners that take the next word.
const VALUES: &[&str] = &[
    "--prefix",
    "-C",
    "--workspace",
    "--loglevel",
    "--cache",
    "--userconfig",
    "--script-shell",
    "-p",
    "--package",
    "--cwd",
    "--use-yarnrc",
    "--cache-folder",
    "--modules-folder",
    "--dir",
    "--filter",
    "-F",
    "--store-dir",
    "--env-file",
    "--scope",
    "-w",
];

/// Options of a runner that take the next word; with pnpm `-w` does not, for which it is the root workspace.
pub(super) fn value_options(runner: &str) -> &'static [&'static str] {
    if runner == "pnpm" { &VALUES[..VALUES.len() - 1] } else { VALUES }
}

/// Whether a subcommand manages packages, and so runs nothing of the service.
pub(super) fn manages(runner: &str, subcommand: &str) -> bool {
    match subcommand {
        "build" => runner == "bun",
        "deploy" => runner == "pnpm",
        _ => MANAGEMENT.contains(&subcommand),
    }
}

const MANAGEMENT: &[&str] = &[
    "add",
    "audit",
    "bin",
    "cache",
    "ci",
    "config",
    "create",
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
    "ls",
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

/// Whether a word names a file rather than a script; bun runs both.
pub(super) fn is_source_file(word: &str) -> bool {
    let extension = word.rsplit_once('.').map_or("", |(_, extension)| extension);
    word.contains('/') || matches!(extension, "ts" | "js" | "tsx" | "jsx" | "mjs" | "cjs" | "mts" | "cts")
}
