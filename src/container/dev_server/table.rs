//! The table of development servers: programs, and when each is one.

use super::{Answer, Call, node, other, python};
use crate::container::argv::{file_name, skip_options};

/// When a program is a development server.
enum When {
    /// Always, wherever it is installed.
    Always,
    /// With one of these options.
    Option(&'static [&'static str]),
    /// With one of these options before the first operand.
    LeadingOption(&'static [&'static str]),
    /// If the first operand is one of these words.
    Subcommand(&'static [&'static str]),
    /// If the first operand is this word and one of these options is there.
    SubcommandOption(&'static str, &'static [&'static str]),
    /// With one of these words first, or with none of them and none of those that do something else.
    Default { development: &'static [&'static str], otherwise: &'static [&'static str] },
    /// It has conditions of its own.
    Own(fn(&Call<'_>) -> Answer),
}

/// One program; a program may have several rows, and any of them will do.
struct Row {
    program: &'static str,
    when: When,
    /// Options that take the next word, where one can stand before the word that decides.
    values: &'static [&'static str],
}

const fn row(program: &'static str, when: When) -> Row {
    Row { program, when, values: &[] }
}

const fn row_with(program: &'static str, values: &'static [&'static str], when: When) -> Row {
    Row { program, when, values }
}

use When::{Always, Default, LeadingOption, Option as Flag, Own, Subcommand, SubcommandOption};

const DJANGO: When = Subcommand(&["runserver", "runserver_plus"]);
const GRADLE: When = Own(other::gradle);
const MAVEN: When = Own(other::maven);
const RELOAD: When = Flag(&["--reload"]);

static ROWS: &[Row] = &[
    // Python
    row("uvicorn", Own(python::uvicorn)),
    row("granian", Own(python::granian)),
    row("gunicorn", Own(python::gunicorn)),
    row("hypercorn", RELOAD),
    row("pserve", RELOAD),
    row("fastapi", Subcommand(&["dev"])),
    row("fastapi", SubcommandOption("run", &["--reload"])),
    row("flask", Own(python::flask)),
    row("quart", Subcommand(&["run"])),
    row("sanic", Flag(&["--dev", "--reload", "-r", "--debug", "-d", "--auto-reload"])),
    row("litestar", Own(python::litestar)),
    row("manage.py", DJANGO),
    row("manage", DJANGO),
    row("django-admin", DJANGO),
    row("django-admin.py", DJANGO),
    row("django", DJANGO),
    row("http.server", Always),
    row("SimpleHTTPServer", Always),
    row("watchfiles", Always),
    row("watchmedo", Subcommand(&["auto-restart"])),
    row("jurigged", Always),
    row("ptw", Always),
    // JavaScript
    row("node", Own(node::node)),
    row("nodejs", Own(node::node)),
    row("bun", Own(node::bun_or_deno)),
    row("deno", Own(node::bun_or_deno)),
    row("nodemon", Always),
    row("ts-node-dev", Always),
    row("tsnd", Always),
    row("node-dev", Always),
    row("tsx", Subcommand(&["watch"])),
    row("tsx", LeadingOption(&["--watch"])),
    row("next", Default { development: &["dev"], otherwise: NEXT }),
    row("vite", Default { development: &["dev", "serve", "preview"], otherwise: &["build", "optimize"] }),
    row("webpack", Subcommand(&["serve", "server", "s", "watch", "w"])),
    row("webpack", Flag(&["--watch", "-w"])),
    row("webpack-dev-server", Always),
    row("ng", Subcommand(&["serve", "s", "dev"])),
    row("nuxt", Default { development: &["dev"], otherwise: NUXT }),
    row("nuxi", Subcommand(&["dev"])),
    row("astro", Subcommand(&["dev"])),
    row("remix", Subcommand(&["dev", "vite:dev"])),
    row("react-router", Subcommand(&["dev"])),
    row("svelte-kit", Subcommand(&["dev"])),
    row("react-scripts", Subcommand(&["start"])),
    row("react-app-rewired", Subcommand(&["start"])),
    row("craco", Subcommand(&["start"])),
    row("vue-cli-service", Subcommand(&["serve"])),
    row("gatsby", Subcommand(&["develop"])),
    row("parcel", Default { development: &["serve", "watch"], otherwise: &["build", "help"] }),
    row("expo", Subcommand(&["start"])),
    row("storybook", Subcommand(&["dev"])),
    row("start-storybook", Always),
    row("docusaurus", Subcommand(&["start"])),
    row("ember", Subcommand(&["serve", "server", "s"])),
    row("nest", SubcommandOption("start", &["--watch", "-w", "--debug", "-d"])),
    // Ruby, PHP, Elixir
    row("rails", Own(other::rails)),
    row("bin/dev", Always),
    row("rerun", Always),
    row("shotgun", Always),
    row("guard", Always),
    row("php", Own(other::php)),
    row("artisan", Subcommand(&["serve"])),
    row("artisan", SubcommandOption("octane:start", &["--watch"])),
    row("symfony", Subcommand(&["server:start", "serve", "local:server:start"])),
    row("console", Subcommand(&["server:run", "server:start"])),
    row("mix", Own(other::mix)),
    // Go, Rust
    row_with("go", &["-C"], Subcommand(&["run"])),
    row("air", Always),
    row("reflex", Always),
    row("CompileDaemon", Always),
    row("gow", Always),
    row("fresh", Always),
    row("realize", Always),
    row("cargo", Own(other::cargo)),
    row("cargo-watch", Always),
    row("bacon", Always),
    // JVM, .NET
    row("mvn", MAVEN),
    row("mvnw", MAVEN),
    row("gradle", GRADLE),
    row("gradlew", GRADLE),
    row("quarkus", Subcommand(&["dev"])),
    row("dotnet", Subcommand(&["watch", "run"])),
    // Any files
    row("watchexec", Always),
    row("entr", Always),
    row("inotifywait", Always),
    row("browser-sync", Always),
    row("live-server", Always),
];

const NEXT: &[&str] =
    &["start", "build", "export", "info", "lint", "telemetry", "typegen", "upgrade", "experimental-test"];
const NUXT: &[&str] = &[
    "add",
    "analyze",
    "build",
    "build-module",
    "cleanup",
    "devtools",
    "export",
    "generate",
    "info",
    "init",
    "module",
    "prepare",
    "preview",
    "start",
    "test",
    "typecheck",
    "upgrade",
    "webpack",
];

/// Whether a program has a row.
pub(super) fn knows(program: &str) -> bool {
    ROWS.iter().any(|row| row.program == program)
}

/// Holds a program with its arguments against its rows.
pub(super) fn judge(call: &Call<'_>) -> Answer {
    if call.program.ends_with(".py") && !knows(call.program) {
        return python::own_script(call);
    }
    let rows = ROWS.iter().filter(|row| row.program == call.program);
    rows.fold(Answer::No, |answer, row| answer.or(|| row.judge(call)))
}

impl Row {
    fn judge(&self, call: &Call<'_>) -> Answer {
        let sign = match &self.when {
            Own(judge) => return judge(call),
            Always => is_installed(call.word).then(|| call.program.to_string()),
            Flag(options) => option(call.args, options).map(str::to_string),
            LeadingOption(options) => {
                let end = skip_options(call.args, 0, self.values);
                option(&call.args[..end], options).map(str::to_string)
            }
            Subcommand(words) => {
                let word = subcommand(call.args, self.values).filter(|word| words.contains(word));
                word.map(|word| format!("{} {word}", call.program))
            }
            SubcommandOption(word, options) => {
                let is_it = subcommand(call.args, self.values) == Some(word);
                is_it.then(|| option(call.args, options)).flatten().map(str::to_string)
            }
            Default { development, otherwise } => by_default(call, development, otherwise),
        };
        sign.map_or(Answer::No, |sign| Answer::yes(call.program, sign))
    }
}

/// Whether a program is where tools are: found by its name, or in a `bin`. The names of some tools (`air`, `fresh`) are
/// words that a service of one's own may be called by, too.
fn is_installed(word: &str) -> bool {
    let Some((directory, _)) = word.rsplit_once('/') else { return true };
    matches!(file_name(directory), "bin" | ".bin" | "sbin") || word.starts_with('@')
}

fn by_default(call: &Call<'_>, development: &[&str], otherwise: &[&str]) -> Option<String> {
    const TELLING: &[&str] = &["--help", "-h", "--version", "-v", "-V"];
    let decides = |word: &&&str| development.contains(word) || otherwise.contains(word) || TELLING.contains(word);
    match call.args.iter().find(decides) {
        Some(word) if development.contains(word) => Some(format!("{} {word}", call.program)),
        Some(_) => None,
        None => Some(call.program.to_string()),
    }
}

/// The first word that is no option.
pub(super) fn subcommand<'a>(args: &[&'a str], values: &[&str]) -> Option<&'a str> {
    args.get(skip_options(args, 0, values)).copied()
}

/// The last of these options that is there as a word of its own or with `=value`, unless a later `--no-...` or
/// `=false` takes it back. Options end at `--`.
pub(super) fn option<'a>(args: &[&'a str], options: &[&str]) -> Option<&'a str> {
    let mut found = None;
    for &word in args.iter().take_while(|word| **word != "--") {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        if options.contains(&name) {
            found = (!value.is_some_and(is_off)).then_some(name);
        } else if let Some(positive) = name.strip_prefix("--no-")
            && options.iter().any(|option| option.strip_prefix("--") == Some(positive))
        {
            found = None;
        }
    }
    found
}

fn is_off(value: &str) -> bool {
    ["false", "0", "no", "off"].iter().any(|off| value.eq_ignore_ascii_case(off))
}
