//! Stage: whether the stage that ships is the one that builds.

use super::{built, unless_opaque};
use crate::container::Container;
use crate::container::build::Build;
use crate::container::calls::{Call, Calls};
use crate::container::image_state::{Action, shown};
use crate::container::install::{node, python, system};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;
use crate::subject::dockerfile::instruction::Kind;

pub(super) fn stage_single(container: &Container, _: &NoParameters) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    if let Some(copy) = copy_from_stage(container) {
        return Judgement::met(copy, "the shipped stage copies from an earlier one");
    }
    if let Some(mount) = mount_from_stage(build) {
        return Judgement::met(mount, "the shipped stage installs what an earlier one built");
    }
    let (place, what) = match build_work(build) {
        Work::Stays { place, what } => (place, what),
        Work::Removed(place) => {
            return unless_opaque(container, Judgement::met(place, "what compiles here is removed by the same RUN"));
        }
        Work::None => {
            let nothing = Judgement::not_applicable("the image only configures what its base brings");
            return unless_opaque(container, nothing);
        }
    };
    let finding = Finding::new(build.from(), "the stage that ships is the one that builds");
    let finding = finding.note_at(place, format!("`{what}` runs in it"));
    let finding = match chosen_by_compose(container, build) {
        Some(target) => finding.note_at(target, "this chooses the stage, which is not the last one of the file"),
        None => finding,
    };
    Judgement::violated(finding.fix(fix(container, build, &what)))
}

/// The `target` of a service that chooses another stage than the last.
fn chosen_by_compose(container: &Container, build: &Build) -> Option<Span> {
    let target = container.service.as_ref()?.build.as_ref()?.target.as_ref()?;
    (build.target + 1 < build.stages.stages.len()).then_some(target.span)
}

fn fix(container: &Container, build: &Build, what: &str) -> Fix {
    let last = build.stages.stages.last().and_then(|stage| stage.name.as_ref());
    let last = last.filter(|name| !is_for_development(&name.value));
    if let (Some(_), Some(last)) = (chosen_by_compose(container, build), last) {
        return Fix::words(format!("build the target `{}`, if that is the stage to ship", last.value));
    }
    let image = shown(&build.stages.stages[build.target].image.value);
    Fix::words(format!(
        "name this stage with `FROM {image} AS build`, start a second one behind `{what}`, and copy into it what runs with `COPY --from=build`"
    ))
}

/// Whether a stage, by its name, is not one to ship: `dev-envs`, `test`.
fn is_for_development(name: &str) -> bool {
    let words = ["dev", "devel", "development", "test", "tests", "debug", "lint", "ci"];
    name.to_ascii_lowercase().split(['-', '_', '.']).any(|word| words.contains(&word))
}

/// A `COPY --from` of another stage in the instructions that make the shipped image.
fn copy_from_stage(container: &Container) -> Option<Span> {
    let build = container.build.as_ref()?;
    container.image.steps.iter().find_map(|step| {
        let Action::Transfer { from: Some(from), .. } = &step.action else { return None };
        let stage = build.stages.copied_from(from, build.target)?;
        // A stage that the image is built on anyway brings nothing new.
        (!build.chain.contains(&stage)).then_some(step.span)
    })
}

/// A `RUN --mount` that lends the shipped image another stage: `--mount=from=build,source=/wheels,target=/wheels`.
fn mount_from_stage(build: &Build) -> Option<Span> {
    build.chain.iter().find_map(|&index| {
        let instructions = &build.file.instructions[build.stages.stages[index].instructions.clone()];
        instructions.iter().find_map(|instruction| {
            let Kind::Run(run) = &instruction.kind else { return None };
            let lends = run.mounts.iter().any(|mount| {
                let stage = mount.from.as_ref().and_then(|from| build.stages.mounted_from(&from.value, index));
                mount.kind == "bind" && stage.is_some_and(|stage| !build.chain.contains(&stage))
            });
            lends.then_some(instruction.span)
        })
    })
}

/// What the shipped image's own steps build.
enum Work {
    /// Nothing.
    None,
    /// Something is compiled, with tools that the same RUN removes: nothing stays that a second stage would leave out.
    Removed(Span),
    /// Something is installed for the application, or compiled with tools that stay.
    Stays { place: Span, what: String },
}

/// The first command of the shipped image that installs dependencies or compiles.
fn build_work(build: &Build) -> Work {
    let packages = build.packages();
    let cleans = |step: usize| {
        let removed = packages.removed.get(&step).is_some_and(|names| names.iter().any(|name| system::builds(name)));
        removed && !packages.left.iter().any(|package| package.step == step && system::builds(&package.name))
    };
    let mut work = Work::None;
    let image = build.image();
    let calls = Calls::new(image);
    for step in 0..image.steps.len() {
        calls.of_step(step, &mut |call| {
            if matches!(work, Work::Stays { .. }) {
                return;
            }
            let Some(what) = builds(call) else { return };
            if !compiles(&call.program) || !cleans(step) {
                work = Work::Stays { place: call.place, what };
            } else if matches!(work, Work::None) {
                work = Work::Removed(call.place);
            }
        });
    }
    work
}

/// Compilers and what drives them, which leave their product and nothing else.
fn compiles(program: &str) -> bool {
    let compilers = ["gcc", "g++", "cc", "clang", "rustc", "javac", "tsc", "ninja", "make", "cmake", "meson"];
    compilers.contains(&program)
}

/// What a call installs or compiles for the application, in words; `None` if it does neither. Packages of the distribution
/// are not meant: a shipped stage may need those.
fn builds(call: &Call) -> Option<String> {
    if let Some(reading) = node::Reading::of(call) {
        return (reading.installs(call) || runs_build(&reading)).then(|| reading.shown());
    }
    if let Some(install) = python::install(call, &python::Settings::default()) {
        return Some(install.shown);
    }
    let program = call.program.as_str();
    let subcommand = call.operands().next().unwrap_or("");
    let installs = match program {
        "bundle" => matches!(subcommand, "install" | ""),
        "composer" => matches!(subcommand, "install" | "update"),
        "go" => matches!(subcommand, "build" | "install"),
        "cargo" => matches!(subcommand, "build" | "install" | "b"),
        "mvn" | "mvnw" | "gradle" | "gradlew" => !matches!(subcommand, "" | "--version"),
        "mix" => matches!(subcommand, "deps.get" | "compile" | "deps.compile" | "release" | "do"),
        "swift" | "zig" | "stack" | "cabal" | "bazel" | "turbo" | "nx" | "nest" => subcommand == "build",
        "sbt" | "ant" => !subcommand.is_empty(),
        "lein" => matches!(subcommand, "deps" | "uberjar" | "compile"),
        "conda" | "mamba" | "micromamba" => matches!(subcommand, "install" | "env" | "create" | "update"),
        "dotnet" => matches!(subcommand, "restore" | "build" | "publish"),
        "make" | "cmake" | "gcc" | "g++" | "cc" | "clang" | "rustc" | "javac" | "tsc" | "ninja" | "meson" => {
            !call.has(&["--version"])
        }
        "vite" | "webpack" | "ng" | "next" => subcommand == "build" || program == "webpack",
        _ => false,
    };
    let shown = || {
        if subcommand.is_empty() || compiles(program) { program.to_string() } else { format!("{program} {subcommand}") }
    };
    installs.then(shown)
}

/// A script of the package that builds it.
fn runs_build(reading: &node::Reading) -> bool {
    let builds = |script: &&str| script.starts_with("build") || script.starts_with("compile");
    match reading.subcommand {
        "run" | "run-script" => reading.operands.iter().any(builds),
        "build" => reading.manager != node::Manager::Npm,
        _ => false,
    }
}
