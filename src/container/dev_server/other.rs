//! Ruby, PHP, Elixir, Rust and the JVM: programs whose conditions fit no row of the table.

use super::table::subcommand;
use super::{Answer, Call, DevServer};
use crate::container::argv::{file_name, skip_options};

/// `rails server`, unless it is told to be in production.
pub(super) fn rails(call: &Call<'_>) -> Answer {
    let Some(word @ ("s" | "server")) = subcommand(call.args, &[]) else { return Answer::No };
    let sign = format!("rails {word}");
    if let Some(environment) = value_of(call.args, "-e", "--environment") {
        return if environment == "production" { Answer::No } else { Answer::yes(call.program, sign) };
    }
    unless_production(call, sign, &["RAILS_ENV", "RACK_ENV"], "production")
}

/// `mix phx.server`, unless it is told to be in production.
pub(super) fn mix(call: &Call<'_>) -> Answer {
    if !call.args.contains(&"phx.server") {
        return Answer::No;
    }
    unless_production(call, "mix phx.server".to_string(), &["MIX_ENV"], "prod")
}

/// A server whose first variable that is set says which environment it is in.
fn unless_production(call: &Call<'_>, sign: String, variables: &[&str], production: &str) -> Answer {
    let program = call.program.to_string();
    let set = variables
        .iter()
        .find_map(|name| (call.variable)(name).filter(|value| !value.is_empty()).map(|value| (*name, value)));
    match set {
        Some((_, value)) if value == production => Answer::No,
        Some((name, value)) if value == "development" || value == "dev" => {
            Answer::by_variable(&program, format!("{name}={value}"), name)
        }
        Some(_) => Answer::yes(&program, sign),
        None => {
            let unset = variables.first().map(|name| name.to_string());
            Answer::Yes(DevServer { program, sign, variable: None, unset })
        }
    }
}

/// The value of an option: `-e v`, `-ev`, `--environment v` or `--environment=v`.
fn value_of<'a>(args: &[&'a str], letter: &str, name: &str) -> Option<&'a str> {
    let at = args.iter().position(|word| word.starts_with(letter) || word.split('=').next() == Some(name))?;
    let word = args[at];
    if word == letter || word == name {
        return args.get(at + 1).copied();
    }
    word.split_once('=').map(|(_, value)| value).or_else(|| word.strip_prefix(letter))
}

/// `php -S address`, or a PHP script that serves.
pub(super) fn php(call: &Call<'_>) -> Answer {
    const VALUES: &[&str] = &["-d", "-c", "-t", "-z", "-S"];
    let end = skip_options(call.args, 0, VALUES).min(call.args.len());
    if call.args[..end].iter().any(|word| word.starts_with("-S")) {
        return Answer::yes(call.program, "php -S");
    }
    let Some((word, args)) = call.args[end..].split_first() else { return Answer::No };
    let program = file_name(word);
    match program {
        "artisan" | "console" => super::table::judge(&Call { program, word, args, variable: call.variable }),
        _ => Answer::No,
    }
}

/// `cargo run` and `cargo watch`, on any toolchain.
pub(super) fn cargo(call: &Call<'_>) -> Answer {
    let args = match call.args.split_first() {
        Some((toolchain, rest)) if toolchain.starts_with('+') => rest,
        _ => call.args,
    };
    match subcommand(args, &["-C", "--config", "-Z", "--color"]) {
        Some(word @ ("run" | "r" | "watch")) => Answer::yes(call.program, format!("cargo {word}")),
        _ => Answer::No,
    }
}

/// Maven goals, by their prefix or their plugin: `spring-boot:run`,
/// `org.springframework.boot:spring-boot-maven-plugin:run`.
pub(super) fn maven(call: &Call<'_>) -> Answer {
    const GOALS: &[(&str, &str, &str)] = &[
        ("spring-boot", "spring-boot-maven-plugin", "run"),
        ("quarkus", "quarkus-maven-plugin", "dev"),
        ("jetty", "jetty-maven-plugin", "run"),
    ];
    let is_goal = |word: &str| {
        GOALS.iter().any(|(prefix, plugin, goal)| {
            let Some(before) = word.strip_suffix(goal).and_then(|before| before.strip_suffix(':')) else {
                return false;
            };
            before == *prefix || before.split(':').any(|part| part == *plugin)
        })
    };
    match call.args.iter().find(|word| !word.starts_with('-') && is_goal(word)) {
        Some(goal) => Answer::yes(call.program, format!("{} {goal}", call.program)),
        None => Answer::No,
    }
}

/// Gradle tasks, in any project: `bootRun`, `:app:quarkusDev`.
pub(super) fn gradle(call: &Call<'_>) -> Answer {
    let is_task = |word: &str| matches!(word.rsplit(':').next(), Some("bootRun" | "quarkusDev"));
    match call.args.iter().find(|word| !word.starts_with('-') && is_task(word)) {
        Some(task) => Answer::yes(call.program, format!("{} {task}", call.program)),
        None => Answer::No,
    }
}
