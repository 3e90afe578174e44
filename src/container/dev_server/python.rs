//! Python: servers that a variable can put into development mode as well as an option.

use super::table::option;
use super::{Answer, Call};
use crate::container::argv::skip_options;

/// Uvicorn; click reads `UVICORN_*` variables as options.
pub(super) fn uvicorn(call: &Call<'_>) -> Answer {
    option_or_variable(call, &["--reload"], "UVICORN_RELOAD", is_true_for_click)
}

/// Granian; click again, and `--no-reload` wins over the variable.
pub(super) fn granian(call: &Call<'_>) -> Answer {
    option_or_variable(call, &["--reload"], "GRANIAN_RELOAD", is_true_for_click)
}

/// Gunicorn; it takes options from a variable, too.
pub(super) fn gunicorn(call: &Call<'_>) -> Answer {
    if let Some(sign) = option(call.args, &["--reload"]) {
        return Answer::yes(call.program, sign);
    }
    options_in_variable(call, "GUNICORN_CMD_ARGS", &["--reload"])
}

/// Litestar: `litestar run` with an option or a variable.
pub(super) fn litestar(call: &Call<'_>) -> Answer {
    let at = skip_options(call.args, 0, &["--app", "--app-dir"]);
    if call.args.get(at) != Some(&"run") {
        return Answer::No;
    }
    let is_true = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "1" | "true");
    option_or_variable(call, &["--reload", "-r"], "LITESTAR_RELOAD", is_true)
        .or(|| option_or_variable(call, &["--debug", "-d"], "LITESTAR_DEBUG", is_true))
}

/// Flask: `flask run` is a development server whatever the options; the most telling sign counts.
pub(super) fn flask(call: &Call<'_>) -> Answer {
    let at = skip_options(call.args, 0, &["--app", "-A", "--env-file", "-e"]);
    if call.args.get(at) != Some(&"run") {
        return Answer::No;
    }
    if let Some(sign) = option(call.args, &["--debug"]).or_else(|| option(call.args, &["--reload"])) {
        return Answer::yes(call.program, sign);
    }
    let debugs = !call.args.contains(&"--no-debug");
    if debugs && let Some(value) = (call.variable)("FLASK_DEBUG").filter(|value| is_true_for_flask(value)) {
        return Answer::by_variable(call.program, shown("FLASK_DEBUG", &value), "FLASK_DEBUG");
    }
    // Flask before 2.3; see its change log.
    if debugs && (call.variable)("FLASK_ENV").is_some_and(|value| value == "development") {
        return Answer::by_variable(call.program, "FLASK_ENV=development", "FLASK_ENV");
    }
    Answer::yes(call.program, "flask run")
}

/// A script of the service's own. Whether it starts Flask's server is not visible; nobody sets `FLASK_DEBUG` without
/// reason, though.
pub(super) fn own_script(call: &Call<'_>) -> Answer {
    match (call.variable)("FLASK_DEBUG").filter(|value| is_true_for_flask(value)) {
        Some(value) => {
            let sign = shown("FLASK_DEBUG", &value);
            let script = call.program;
            Answer::Unknown(format!("whether `{script}` starts the server of Flask that `{sign}` is for is not known"))
        }
        None => Answer::No,
    }
}

fn option_or_variable(call: &Call<'_>, options: &[&str], variable: &str, is_true: fn(&str) -> bool) -> Answer {
    if let Some(sign) = option(call.args, options) {
        return Answer::yes(call.program, sign);
    }
    let taken_back =
        |word: &&str| word.strip_prefix("--no-").is_some_and(|name| options[0].strip_prefix("--") == Some(name));
    if call.args.iter().any(taken_back) {
        return Answer::No;
    }
    match (call.variable)(variable).filter(|value| is_true(value)) {
        Some(value) => Answer::by_variable(call.program, shown(variable, &value), variable),
        None => Answer::No,
    }
}

/// An option in a variable that holds words of a command line.
pub(super) fn options_in_variable(call: &Call<'_>, variable: &str, options: &[&str]) -> Answer {
    let Some(value) = (call.variable)(variable) else { return Answer::No };
    let words: Vec<&str> = value.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
    match option(&words, options) {
        Some(sign) => Answer::by_variable(call.program, sign, variable),
        None => Answer::No,
    }
}

/// `NAME=value`; a value that is no plain switch might be anything, and stays out of reports.
fn shown(name: &str, value: &str) -> String {
    const PLAIN: &[&str] = &["1", "true", "t", "yes", "y", "on"];
    let plain = PLAIN.iter().any(|plain| value.eq_ignore_ascii_case(plain));
    if plain { format!("{name}={value}") } else { name.to_string() }
}

/// What click's boolean takes for true.
fn is_true_for_click(value: &str) -> bool {
    let value = value.trim();
    ["1", "true", "t", "yes", "y", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

/// What `flask.helpers.get_debug_flag` takes for true.
fn is_true_for_flask(value: &str) -> bool {
    !value.is_empty() && !["0", "false", "no"].iter().any(|no| value.eq_ignore_ascii_case(no))
}
