//! Cache: whether a change of the sources makes a build install all dependencies again.

use super::built;
use crate::container::Container;
use crate::container::build::Build;
use crate::container::calls::{Call, Calls};
use crate::container::image_state::{Action, ImageState};
use crate::container::install::{node, python};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;
use crate::subject::dockerfile::instruction::Kind;

/// A call that installs what a manifest says.
struct Installation {
    shown: String,
    /// The manifests to be copied before it.
    manifests: String,
    place: Span,
    /// The folder it works in.
    folder: Option<String>,
}

/// Sources that a stage has before an installation.
#[derive(Clone, Copy)]
struct Sources<'s> {
    place: Span,
    what: &'s str,
}

pub(super) fn cache_busted(container: &Container, _: &NoParameters) -> Judgement {
    const NOTHING: &str = "it installs no dependencies from a manifest";
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let mut parts = Vec::new();
    // Managers that have installed, by stage: what they install again is there already.
    let mut installed: Vec<(usize, Vec<String>)> = Vec::new();
    for &index in &build.reachable {
        let (parent, first) = build.inherited(index);
        let before = installed.iter().find(|(stage, _)| Some(*stage) == parent);
        let mut managers = before.map(|(_, managers)| managers.clone()).unwrap_or_default();
        parts.extend(stage(container, build, &build.states[&index], first, &mut managers));
        installed.push((index, managers));
    }
    Judgement::all(parts, NOTHING)
}

/// Judges the installations of one stage, whose own steps begin at `first`.
fn stage(
    container: &Container,
    build: &Build,
    image: &ImageState,
    first: usize,
    managers: &mut Vec<String>,
) -> Vec<Judgement> {
    let mut parts = Vec::new();
    let calls = Calls::new(image);
    let mut sources: Vec<(usize, Span)> = Vec::new();
    let mut pointed: Vec<Span> = Vec::new();
    for step in 0..image.steps.len() {
        if let Action::Transfer { from: None, .. } = &image.steps[step].action {
            sources.push((step, image.steps[step].span));
        }
        if step < first {
            continue;
        }
        calls.of_step(step, &mut |call| {
            let Some(installation) = installation(call) else { return };
            let manager = installation.shown.split(' ').next().unwrap_or_default().to_string();
            if managers.contains(&manager) {
                return;
            }
            managers.push(manager.clone());
            if is_kept_in_cache_mount(build, image.steps[step].span, &manager) {
                let why = format!("what `{}` fetches is kept in a cache mount", installation.shown);
                return parts.push(Judgement::met(installation.place, why));
            }
            let busting = sources.iter().find_map(|&(step, place)| {
                let what = brings_sources(container, image, step, &installation)?;
                Some(Sources { place, what })
            });
            match busting {
                Some(sources) if pointed.contains(&sources.place) => {}
                Some(sources) => {
                    pointed.push(sources.place);
                    parts.push(Judgement::violated(finding(sources, &installation)));
                }
                None => {
                    let why = format!("`{}` runs before the sources are copied", installation.shown);
                    parts.push(Judgement::met(installation.place, why));
                }
            }
        });
    }
    parts
}

fn finding(sources: Sources, installation: &Installation) -> Finding {
    let Installation { shown, manifests, .. } = installation;
    let message = format!("{} before `{shown}` installs the dependencies", sources.what);
    let fix = format!("copy `{manifests}` first, run `{shown}`, and copy the sources behind it");
    Finding::new(sources.place, message)
        .note_at(installation.place, "every change of a source makes this step run again")
        .fix(Fix::words(fix))
}

/// Reads a call as an installation from a manifest. `pip install .` needs the sources, and is none.
fn installation(call: &Call) -> Option<Installation> {
    let (shown, manifests) = match node::Reading::of(call) {
        Some(reading) if reading.installs_manifest(call) => {
            let lock = match reading.manager {
                node::Manager::Npm => "package.json package-lock.json",
                node::Manager::Yarn => "package.json yarn.lock",
                // Settings and patches stand there, too, and `pnpm install` fails without it.
                node::Manager::Pnpm => "package.json pnpm-lock.yaml pnpm-workspace.yaml*",
                node::Manager::Bun => "package.json bun.lock",
            };
            (reading.shown(), lock.to_string())
        }
        Some(_) => return None,
        None => of_python(call).or_else(|| of_other(call))?,
    };
    Some(Installation { shown, manifests, place: call.place, folder: call.folder.clone() })
}

fn of_python(call: &Call) -> Option<(String, String)> {
    let install = python::install(call, &python::Settings::default())?;
    if !install.manifest {
        return None;
    }
    let manifests = match install.shown.split(' ').next() {
        Some("poetry") => "pyproject.toml poetry.lock",
        Some("uv") if install.shown == "uv sync" => "pyproject.toml uv.lock",
        Some("pipenv") => "Pipfile Pipfile.lock",
        Some("pdm") => "pyproject.toml pdm.lock",
        _ => call.option(&["-r", "--requirement"]).unwrap_or("requirements.txt"),
    };
    Some((install.shown, manifests.to_string()))
}

/// Managers of other languages whose installation is a step of its own.
fn of_other(call: &Call) -> Option<(String, String)> {
    let mut operands = call.operands();
    let (first, second) = (operands.next().unwrap_or(""), operands.next().unwrap_or(""));
    let (shown, manifests) = match (call.program.as_str(), first, second) {
        ("go", "mod", "download") => ("go mod download", "go.mod go.sum"),
        ("bundle", "install", _) => ("bundle install", "Gemfile Gemfile.lock"),
        ("composer", "install", _) => ("composer install", "composer.json composer.lock"),
        ("cargo", "fetch", _) => ("cargo fetch", "Cargo.toml Cargo.lock"),
        ("mix", "deps.get", _) => ("mix deps.get", "mix.exs mix.lock"),
        ("dotnet", "restore", _) => ("dotnet restore", "*.csproj"),
        ("mvn" | "mvnw", "dependency:go-offline" | "dependency:resolve", _) => {
            return Some((format!("{} {first}", call.program), "pom.xml".to_string()));
        }
        _ => return None,
    };
    Some((shown.to_string(), manifests.to_string()))
}

/// What a COPY or ADD from the build context brings beside manifests, in words; `None` if only those, or what cannot be
/// told.
fn brings_sources(
    container: &Container,
    image: &ImageState,
    step: usize,
    installation: &Installation,
) -> Option<&'static str> {
    let Action::Transfer { sources, destination, .. } = &image.steps[step].action else { return None };
    sources.iter().find_map(|source| {
        let path = source.value.trim_start_matches("./").trim_matches('/');
        if source.value.contains("://") || source.value.starts_with("git@") || source.value.contains('$') {
            return None;
        }
        if matches!(path, "" | "." | "*" | "**") {
            let only_manifests = container.context.as_ref().is_some_and(|context| {
                context.ignore.as_ref().is_some_and(|ignore| {
                    ignore.incomplete.is_some()
                        || ["src", "app", "main.py", "index.js", "server.js", "src/index.ts"]
                            .iter()
                            .all(|path| ignore.excludes(path).is_some())
                })
            });
            return (!only_manifests).then_some("the whole build context is copied");
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if is_source_file(name) {
            return Some("a source file is copied");
        }
        if name.contains(['.', '*', '?']) {
            return None;
        }
        if matches!(name, "src" | "source" | "sources") {
            return Some("the sources are copied");
        }
        // A folder that is poured into the place of the installation is the project itself.
        let target = destination.trim_end_matches('/');
        let folder = installation.folder.as_deref().map(|folder| folder.trim_end_matches('/'));
        let is_project = folder == Some(target) && !holds_manifests(name) && starts_lower(name);
        is_project.then_some("the whole project is copied")
    })
}

/// Files without an extension are no folders: `Gemfile`, `Makefile`, `LICENSE`.
fn starts_lower(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && !matches!(name, "gradlew" | "mvnw" | "artisan" | "go")
}

/// Folders that are named like what an installation needs.
fn holds_manifests(name: &str) -> bool {
    let words =
        ["requirement", "manifest", "dep", "lock", "patch", "script", "prisma", "vendor", "package", "wheel", "config"];
    words.iter().any(|word| name.contains(word))
}

/// A file of source code, where the name leaves no doubt that no installation needs it.
fn is_source_file(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    match extension {
        "py" => {
            !matches!(stem, "setup" | "version" | "_version" | "__version__" | "__init__" | "__about__" | "hatch_build")
        }
        "go" => !matches!(stem, "tools" | "*" | "doc"),
        "js" | "ts" | "mjs" | "tsx" | "jsx" => matches!(stem, "server" | "index" | "app" | "main"),
        _ => false,
    }
}

/// Whether the step keeps what the manager fetches in a cache mount, as a whole and not as an archive to unpack again.
fn is_kept_in_cache_mount(build: &Build, step: Span, manager: &str) -> bool {
    let kept = match manager {
        "go" => "/pkg/mod",
        "cargo" => "/registry",
        "mvn" | "mvnw" => "/.m2",
        "dotnet" => "/.nuget",
        _ => return false,
    };
    let instruction = build.file.instructions.iter().find(|instruction| instruction.span == step);
    let Some(Kind::Run(run)) = instruction.map(|instruction| &instruction.kind) else { return false };
    run.mounts
        .iter()
        .any(|mount| mount.kind == "cache" && mount.target.as_deref().is_some_and(|target| target.contains(kept)))
}
