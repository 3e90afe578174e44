//! Node: what calls of npm, yarn, pnpm and bun do to the dependencies of a package.

use super::Groups;
use crate::container::calls::Call;
use crate::subject::dockerfile::expand::Lookup;

/// What a call does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It installs the dependencies of the package in `folder`.
    Install {
        /// The package, or where its dependencies are deployed to.
        folder: Option<String>,
        /// Which ones.
        groups: Groups,
        /// It names packages, which is all it installs where there is no `package.json`.
        named: bool,
        /// What would leave the development dependencies out if it stood behind the call.
        switch: Option<&'static str>,
    },
    /// It removes the development dependencies from the package in `folder`.
    Prune {
        /// The package.
        folder: Option<String>,
    },
    /// It decides for later calls of the same manager whether development dependencies are left out.
    Configure {
        /// Whether they are.
        production: bool,
    },
}

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// npm
    Npm,
    /// Yarn, classic or berry
    Yarn,
    /// pnpm
    Pnpm,
    /// Bun
    Bun,
}

impl Manager {
    /// The manager that a program is.
    pub fn of(program: &str) -> Option<Manager> {
        Some(match program.split('@').next().unwrap_or(program) {
            "npm" => Manager::Npm,
            "yarn" | "yarnpkg" => Manager::Yarn,
            "pnpm" => Manager::Pnpm,
            "bun" => Manager::Bun,
            _ => return None,
        })
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Manager::Npm => "npm",
            Manager::Yarn => "yarn",
            Manager::Pnpm => "pnpm",
            Manager::Bun => "bun",
        }
    }
}

/// What a stage has decided before a call.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `npm config set omit dev` and the like, by manager.
    pub configured: Vec<(Manager, bool)>,
    /// It is Yarn 2 or newer, which does not look at `NODE_ENV`.
    pub berry: bool,
}

/// A call of a package manager: the manager, its subcommand, and the words behind that.
#[derive(Debug)]
pub struct Reading<'c> {
    /// The manager.
    pub manager: Manager,
    /// `ci` of `npm ci`; empty where there is none.
    pub subcommand: &'c str,
    /// The operands behind the subcommand.
    pub operands: Vec<&'c str>,
}

impl<'c> Reading<'c> {
    /// Reads a call; `None` if it is not one of a package manager. Looks through `corepack` and `npx`.
    pub fn of(call: &'c Call) -> Option<Reading<'c>> {
        let mut operands = operands(call);
        let manager = match call.program.as_str() {
            "corepack" | "npx" | "pnpx" | "bunx" => Manager::of(operands.next()?)?,
            program => Manager::of(program)?,
        };
        let subcommand = operands.next().unwrap_or("");
        Some(Reading { manager, subcommand, operands: operands.collect() })
    }

    /// As messages name it: `npm ci`.
    pub fn shown(&self) -> String {
        format!("{} {}", self.manager.name(), self.subcommand).trim_end().to_string()
    }

    /// Whether it installs the dependencies of a package: all of them, or named ones beside them.
    pub fn installs(&self, call: &Call) -> bool {
        let global = ["-g", "--global", "--location=global", "global", "--package-lock-only", "--dry-run"];
        let installs = match self.manager {
            Manager::Npm => matches!(
                self.subcommand,
                "ci" | "install" | "i" | "add" | "in" | "clean-install" | "install-clean" | "cit" | "install-ci-test"
            ),
            Manager::Yarn => match self.subcommand {
                "" => !call.has(&["--version", "-v", "--help"]),
                "workspaces" => self.operands.first() == Some(&"focus"),
                subcommand => matches!(subcommand, "install" | "add"),
            },
            Manager::Pnpm => matches!(self.subcommand, "install" | "i" | "add" | "fetch" | "deploy"),
            Manager::Bun => matches!(self.subcommand, "install" | "i" | "add" | "ci"),
        };
        installs && !call.has(&global) && (self.subcommand == "deploy" || !call.has(&["--lockfile-only"]))
    }

    /// Whether it installs what a manifest says, and no packages by name.
    pub fn installs_manifest(&self, call: &Call) -> bool {
        self.installs(call) && !self.names_packages() && !matches!(self.subcommand, "deploy" | "add")
    }

    fn names_packages(&self) -> bool {
        match self.subcommand {
            "install" | "i" | "in" | "add" => !self.operands.is_empty(),
            _ => false,
        }
    }
}

/// What a call does to dependencies, under the settings of its stage; `None` if it does nothing to them.
pub fn act(call: &Call, settings: &Settings) -> Option<Act> {
    let reading = Reading::of(call)?;
    if matches!(reading.subcommand, "config" | "set" | "c") {
        return configure(call, &reading);
    }
    let folder = folder(call, &reading);
    if reading.subcommand == "prune" {
        let prunes = matches!(reading.manager, Manager::Npm | Manager::Pnpm);
        return (prunes && groups(call, &reading, settings) == Groups::Production).then_some(Act::Prune { folder });
    }
    if !reading.installs(call) {
        return None;
    }
    let groups = groups(call, &reading, settings);
    let saves = call.has(&["-D", "--save-dev", "--dev", "-d"]);
    let switch = switch(call, &reading, settings).filter(|_| groups == Groups::Development && !saves);
    Some(Act::Install { folder, groups, named: reading.names_packages(), switch })
}

/// The switch that leaves development dependencies out; `None` if the call asks for them, or there is no such switch.
fn switch(call: &Call, reading: &Reading, settings: &Settings) -> Option<&'static str> {
    if switches(call, reading.manager) == Some(false) {
        return None;
    }
    match reading.manager {
        Manager::Npm => Some("--omit=dev"),
        Manager::Pnpm => Some("--prod"),
        Manager::Bun => Some("--production"),
        Manager::Yarn if reading.subcommand == "workspaces" => Some("--production"),
        Manager::Yarn if settings.berry || call.has(&["--immutable"]) => None,
        Manager::Yarn => Some("--production"),
    }
}

/// `npm config set omit dev`, `npm set omit=dev`, `yarn config set production true`.
fn configure(call: &Call, reading: &Reading) -> Option<Act> {
    let mut words = call.operands().skip_while(|word| *word != "set").skip(1);
    let first = words.next()?;
    let (key, value) = match first.split_once('=') {
        Some(pair) => pair,
        None => (first, words.next()?),
    };
    let production = match key {
        "omit" => value == "dev",
        "only" => value.starts_with("prod"),
        "production" => value == "true",
        _ => return None,
    };
    matches!(reading.manager, Manager::Npm | Manager::Yarn | Manager::Pnpm).then_some(Act::Configure { production })
}

/// The package that a call works on; for `pnpm deploy` the folder that it fills.
fn folder(call: &Call, reading: &Reading) -> Option<String> {
    let named = match reading.manager {
        Manager::Npm => call.option(&["--prefix", "-C"]),
        Manager::Yarn | Manager::Bun => call.option(&["--cwd"]),
        Manager::Pnpm if reading.subcommand == "deploy" => reading.operands.last().copied(),
        Manager::Pnpm => call.option(&["-C", "--dir"]),
    };
    match named {
        Some(named) => call.absolute(named),
        None => call.folder.clone(),
    }
}

/// Which dependencies an installation brings.
fn groups(call: &Call, reading: &Reading, settings: &Settings) -> Groups {
    match switches(call, reading.manager) {
        Some(true) => return Groups::Production,
        Some(false) => return Groups::Development,
        None => {}
    }
    if call.has_unknown_word() {
        return Groups::Unknown(format!("not all arguments of `{}` are known", reading.shown()));
    }
    if reading.manager == Manager::Npm
        && let Some(production) = npm_variables(call)
    {
        return if production { Groups::Production } else { Groups::Development };
    }
    if reading.manager == Manager::Yarn
        && let Some(production) = super::switched_on(call, "YARN_PRODUCTION")
    {
        return if production { Groups::Production } else { Groups::Development };
    }
    let configured = settings.configured.iter().rev().find(|(manager, _)| *manager == reading.manager);
    if let Some((_, true)) = configured {
        return Groups::Production;
    }
    let berry = settings.berry || call.has(&["--immutable"]) || reading.subcommand == "workspaces";
    if reading.manager == Manager::Yarn && berry {
        return Groups::Development;
    }
    match call.variable("NODE_ENV") {
        Lookup::Value(value) if value == "production" && reading.manager == Manager::Bun => {
            Groups::Unknown("whether this bun heeds `NODE_ENV` is not known; `--production` would say it".to_string())
        }
        Lookup::Value(value) if value == "production" => Groups::Production,
        Lookup::Value(_) | Lookup::Unset => Groups::Development,
        Lookup::Unknown(why) | Lookup::Ungiven(why) => Groups::Unknown(format!("`NODE_ENV` is not known: {why}")),
    }
}

/// What the options say about development dependencies: `Some(true)` leaves them out, `Some(false)` brings them.
fn switches(call: &Call, manager: Manager) -> Option<bool> {
    let mut production = None;
    let mut words = call.texts().peekable();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, words.peek().copied().filter(|next| !next.starts_with('-'))),
        };
        let value = value.unwrap_or("");
        match name {
            "--include" if value == "dev" => return Some(false),
            "--also" if value.starts_with("dev") => return Some(false),
            "--no-production" => return Some(false),
            "--production" | "--prod" if word.ends_with("=false") || value == "false" => return Some(false),
            "--production" | "--prod" => production = Some(true),
            "--omit" if value.starts_with("dev") => production = Some(true),
            "--only" if value.starts_with("prod") => production = Some(true),
            "-P" if manager == Manager::Pnpm => production = Some(true),
            "-p" if manager == Manager::Bun => production = Some(true),
            "-D" | "--dev" if manager == Manager::Pnpm => return Some(false),
            _ => {}
        }
    }
    production
}

/// npm reads its configuration from variables as well, in any case.
fn npm_variables(call: &Call) -> Option<bool> {
    let value = |upper: &str| call.value(upper).or_else(|| call.value(&upper.to_ascii_lowercase()));
    let brings = value("NPM_CONFIG_INCLUDE").is_some_and(|value| value == "dev");
    if brings || value("NPM_CONFIG_PRODUCTION").is_some_and(|value| value == "false") {
        return Some(false);
    }
    let production = value("NPM_CONFIG_OMIT").is_some_and(|value| value.split([',', ' ']).any(|word| word == "dev"))
        || value("NPM_CONFIG_ONLY").is_some_and(|value| value.starts_with("prod"))
        || value("NPM_CONFIG_PRODUCTION").is_some_and(|value| value == "true");
    production.then_some(true)
}

/// The operands of a call, without the values of the options that take one.
fn operands<'c>(call: &'c Call) -> impl Iterator<Item = &'c str> {
    const VALUES: [&str; 22] = [
        "--prefix",
        "-C",
        "--cwd",
        "--dir",
        "--omit",
        "--include",
        "--only",
        "--also",
        "--registry",
        "--cache",
        "--cache-folder",
        "--filter",
        "-F",
        "-w",
        "--workspace",
        "--loglevel",
        "--network-timeout",
        "--mutex",
        "--modules-folder",
        "--store-dir",
        "--userconfig",
        "--network-concurrency",
    ];
    call.operands_behind(&VALUES)
}

/// The `package.json` that a COPY of `source` may bring: itself, or that of a folder. `None` for other files, and for what
/// cannot be told.
pub fn package_file(source: &str) -> Option<String> {
    let path = source.trim_start_matches("./").trim_matches('/');
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if source.contains("://") || source.contains('$') || path.split('/').any(|part| part == "..") {
        return None;
    }
    let inside = |folder: &str| match folder {
        "" | "." => "package.json".to_string(),
        folder => format!("{folder}/package.json"),
    };
    if name == "package.json" || name.starts_with("package") && name.contains('*') {
        return Some(inside(folder));
    }
    (name.is_empty() || name == "." || !name.contains(['.', '*', '?'])).then(|| inside(path))
}
