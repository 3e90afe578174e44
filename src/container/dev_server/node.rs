//! JavaScript runtimes: their own watchers, which are options before the file they run.

use super::python::options_in_variable;
use super::{Answer, Call};
use crate::container::argv::skip_options;

const WATCH: &[&str] = &["--watch", "--watch-path", "--watch-preserve-output", "--hot", "--watch-hmr"];

/// Options of node, bun and deno that take the next word.
const VALUES: &[&str] = &[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--watch-path",
    "--title",
    "--preload",
    "--cwd",
    "-c",
    "--config",
    "--import-map",
    "--cert",
    "-L",
    "--log-level",
    "--port",
    "--define",
    "-d",
    "--filter",
];

/// Node: `--watch` and its kin before the script, or in `NODE_OPTIONS`.
pub(super) fn node(call: &Call<'_>) -> Answer {
    match watch_flag(call.args) {
        Some(sign) => Answer::yes(call.program, sign),
        None => options_in_variable(call, "NODE_OPTIONS", &WATCH[..3]),
    }
}

/// Bun and deno: `--watch`, `--hot` and `--watch-hmr`, before or behind `run`.
pub(super) fn bun_or_deno(call: &Call<'_>) -> Answer {
    watch_flag(call.args).map_or(Answer::No, |sign| Answer::yes(call.program, sign))
}

/// The index of the file that node runs, in words that start with `node`.
pub(super) fn file_at(words: &[&str]) -> usize {
    skip_options(words, 1, VALUES)
}

/// The option that makes a runtime watch files, among those before the file it runs.
pub(super) fn watch_flag<'a>(args: &[&'a str]) -> Option<&'a str> {
    let mut end = skip_options(args, 0, VALUES);
    if matches!(args.get(end), Some(&("run" | "serve" | "test"))) {
        end = skip_options(args, end + 1, VALUES);
    }
    let name = |word: &&'a str| word.split_once('=').map_or(*word, |(name, _)| name);
    args[..end.min(args.len())].iter().map(name).find(|name| WATCH.contains(name))
}
