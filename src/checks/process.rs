//! Process: what PID 1 is, what stands between it and the service, and how the service was started.

use serde::Deserialize;

use crate::checks::fixes;
use crate::container::Container;
use crate::container::argv::file_name;
use crate::container::dev_server::{Answer, DevServer, of_command};
use crate::container::image_state::Form;
use crate::container::process::{Layer, LayerKind, Process};
use crate::container::programs::{self, Brought};
use crate::container::traced::Known;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::Span;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("init-missing", on_container: init_missing),
    rule!("init-not-installed", on_container: init_not_installed),
    rule!("process-shell-form", on_container: process_shell_form),
    rule!("reload-enabled", on_container: reload_enabled),
];

const NOTHING_RUNS: &str = "nothing runs in the container";

/// The process, or the judgement that says why there is none to judge.
fn process(container: &Container) -> Result<&Process, Judgement> {
    if container.argv().is_ok_and(|argv| argv.is_empty()) {
        return Err(Judgement::not_applicable(NOTHING_RUNS));
    }
    if container.image.windows {
        return Err(Judgement::not_applicable("a Windows container has no PID 1"));
    }
    match &container.process {
        Known::Value(process) => Ok(process),
        Known::Unknown(why) => Err(Judgement::inconclusive(why.clone(), Some(unknown_place(container)))),
    }
}

/// Where the part of the command line stands that is not known.
fn unknown_place(container: &Container) -> Span {
    let parts = [&container.entrypoint, &container.command];
    let unknown = parts.into_iter().find(|part| matches!(part.known, Known::Unknown(_)));
    unknown.map_or_else(|| container.process_place(), |part| part.origin.span)
}

/// Where the first process is decided: Compose's `init`, else the entrypoint, else the command.
fn first_process_place(container: &Container) -> Span {
    if container.init.get() == Some(&true) {
        return container.init.origin.span;
    }
    match container.entrypoint.get() {
        Some(argv) if !argv.words.is_empty() && argv.form != Form::Given => container.entrypoint.origin.span,
        _ => container.process_place(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    accept: Vec<String>,
}

fn init_missing(container: &Container, parameters: &Accepted) -> Judgement {
    let process = match process(container) {
        Ok(process) => process,
        Err(judgement) => return judgement,
    };
    let place = first_process_place(container);
    let Some(pid1) = process.pid1() else {
        return match process.is_opaque() {
            None if !process.may_have_init() => Judgement::violated(
                Finding::new(place, "PID 1 is a shell or the service, depending on which shell it is, and not an init")
                    .fix(missing_init(container, parameters)),
            ),
            why => Judgement::inconclusive(why.unwrap_or("what PID 1 will be is not known"), Some(place)),
        };
    };
    let accepted = parameters.accept.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match process.init() {
        Some(init) if parameters.accept.iter().any(|name| name == init) => {
            Judgement::met(place, format!("`{init}` is PID 1"))
        }
        Some(init) => Judgement::violated(
            Finding::new(place, format!("PID 1 is `{init}`, which is not accepted"))
                .note(format!("accepted: {accepted}"))
                .fix(other_init(init, parameters)),
        ),
        None => {
            let name = pid1.argv.first().map_or("the service", |word| word.value.as_str());
            Judgement::violated(
                Finding::new(place, format!("PID 1 is `{}`, not an init", short(name)))
                    .note(format!("accepted: {accepted}"))
                    .fix(missing_init(container, parameters)),
            )
        }
    }
}

/// The way to the first init that is accepted.
fn missing_init(container: &Container, parameters: &Accepted) -> Fix {
    let wanted = parameters.accept.first().map_or("dumb-init", String::as_str);
    fixes::init::missing(container, wanted, matches!(programs::brings(container, wanted), Brought::Yes(_)))
}

fn other_init(init: &str, parameters: &Accepted) -> Fix {
    let wanted = parameters.accept.first().map_or("dumb-init", String::as_str);
    Fix::words(format!("install `{wanted}` and use it in the place of `{init}`"))
}

/// The start of a text that may be a whole script.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() <= 40 { line.to_string() } else { line.chars().take(39).chain(['…']).collect() }
}

fn init_not_installed(container: &Container, _: &NoParameters) -> Judgement {
    let of_base = container.entrypoint.origin == container.image.base.origin();
    if container.named_image.is_some() && of_base {
        return Judgement::not_applicable("the entrypoint is the image's own, and the image is not built here");
    }
    let process = match process(container) {
        Ok(process) => process,
        Err(judgement) => return judgement,
    };
    let named = process.layers.iter().find_map(|layer| match &layer.kind {
        // The engine brings its own; that layer has no words.
        LayerKind::Init { name, .. } if !layer.argv.is_empty() => Some((name.as_str(), layer.argv[0].value.as_str())),
        _ => None,
    });
    let Some((name, word)) = named else {
        return Judgement::not_applicable("no init is named");
    };
    let place = first_process_place(container);
    match programs::brings(container, name) {
        Brought::Yes(at) => Judgement::met(at, format!("`{name}` is installed here")),
        Brought::Unknown(why) => Judgement::inconclusive(why, Some(place)),
        Brought::No(_) => Judgement::violated(
            Finding::new(place, format!("`{name}` is named, but nothing brings it into the image"))
                .note_at(container.image.base.span, format!("{} does not have it", container.image.base.named()))
                .fix(fixes::init::not_installed(container, name, word)),
        ),
    }
}

fn process_shell_form(container: &Container, _: &NoParameters) -> Judgement {
    let process = match process(container) {
        Ok(process) => process,
        Err(judgement) => return judgement,
    };
    let place = container.process_place();
    for part in [&container.entrypoint, &container.command] {
        let Some(argv) = part.get() else { continue };
        if argv.form == Form::Malformed {
            let message = format!("{} looks like JSON but is not, so a shell gets the whole line", part.origin.by);
            let fix = fixes::process::malformed(container, part.origin.span);
            return Judgement::violated(Finding::new(part.origin.span, message).fix(fix));
        }
    }
    let blocks = |layer: &&Layer| match &layer.kind {
        LayerKind::Shell { execs, traps, replaced } => {
            let makes_room = *replaced == Some(true) && !is_text_form(container, layer);
            !execs && !traps && !makes_room && !may_exec(process, layer)
        }
        LayerKind::PackageRunner { .. } => true,
        LayerKind::Script { known: true, replaced, traps, .. } => *replaced == Some(false) && !traps,
        _ => false,
    };
    if let Some(at) = process.layers.iter().position(|layer| blocks(&layer)) {
        let all = process.layers.iter().filter(blocks).count();
        let finding = Finding::new(place, blocking_message(&process.layers[at].kind));
        return Judgement::violated(finding.fix(fixes::process::blocked(container, &process.layers[at..], all)));
    }
    match process.is_opaque() {
        Some(why) => Judgement::inconclusive(why, Some(place)),
        None => Judgement::met(place, "nothing stands between PID 1 and the service"),
    }
}

/// Whether a shell is there because of the text form of CMD or ENTRYPOINT. That form stands for itself: whether such a
/// shell makes room depends on the base image, and in a built image it is all that is left of the text. A shell with a
/// name of its own, which SHELL may have put there, is the same on any base.
fn is_text_form(container: &Container, layer: &Layer) -> bool {
    if layer.argv.first().is_none_or(|program| file_name(&program.value) != "sh") {
        return false;
    }
    let mut parts = [&container.entrypoint, &container.command].into_iter().filter_map(|part| part.get());
    let text = layer.argv.last();
    parts.any(|part| matches!(part.form, Form::Shell | Form::Given) && text.is_some() && part.words.last() == text)
}

/// Whether a shell that nothing is known behind has an `exec` in a branch or function of its text.
fn may_exec(process: &Process, layer: &Layer) -> bool {
    let last = process.layers.last().is_some_and(|last| std::ptr::eq(last, layer));
    last && process.is_opaque().is_some() && layer.argv.iter().any(|word| word.value.contains("exec"))
}

fn blocking_message(kind: &LayerKind) -> String {
    match kind {
        LayerKind::PackageRunner { name, script: Some(script) } => {
            format!("`{name}` runs the script `{script}` and keeps signals from the service")
        }
        LayerKind::PackageRunner { name, .. } => {
            format!("`{name}` stands before the service and keeps signals from it")
        }
        LayerKind::Script { path, .. } => format!("the script `{path}` does not `exec` the service"),
        _ => "a shell stands before the service and keeps signals from it".to_string(),
    }
}

fn reload_enabled(container: &Container, _: &NoParameters) -> Judgement {
    let process = match process(container) {
        Ok(process) => process,
        Err(judgement) => return judgement,
    };
    let place = container.process_place();
    let variable = |name: &str| {
        let own = process.environment.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        own.or_else(|| container.variable(name).ok().flatten().map(str::to_string))
    };
    let script = |name: &str| container.package_scripts.get(name).cloned();
    let beside = process.others.iter().map(|invocation| (invocation.argv.as_slice(), invocation.conditional));
    let mut open = process.is_opaque().map(str::to_string);
    for (argv, conditional) in process.application().map(|argv| (argv, false)).into_iter().chain(beside) {
        let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
        match of_command(&words, &variable, &script) {
            // What would turn it off may stand in an env file that is not here.
            Answer::Yes(DevServer { unset: Some(name), .. }) if container.variable(&name).is_err() => {
                open = open.or(Some(format!("whether `{name}` is set is not known")));
            }
            Answer::Yes(server) if conditional => {
                let why = format!("whether `{}` runs, with `{}`, depends on a condition", server.program, server.sign);
                open = open.or(Some(why));
            }
            Answer::Yes(server) => {
                let reloads = |words: &[&str]| of_command(words, &variable, &script) != Answer::No;
                let off = |name: &str| {
                    if Some(name) == server.variable.as_deref() { Some("0".into()) } else { variable(name) }
                };
                let fix = match server.variable.as_ref().and_then(|name| Some((name, container.environment.get(name)?)))
                {
                    Some((name, value)) => {
                        let is_off = of_command(&words, &off, &script) == Answer::No;
                        fixes::process::variable(container, name, value.origin.span, is_off)
                    }
                    None => fixes::process::reload(argv, &server.sign, &reloads),
                };
                return Judgement::violated(reload_finding(container, place, &server).fix(fix));
            }
            Answer::Unknown(why) => open = open.or(Some(why)),
            Answer::No => {}
        }
    }
    match open {
        Some(why) => Judgement::inconclusive(why, Some(place)),
        None => Judgement::met(place, "the service runs without a reloader"),
    }
}

fn reload_finding(container: &Container, place: Span, server: &DevServer) -> Finding {
    let DevServer { program, sign, .. } = server;
    let message = if sign.starts_with("the script") {
        format!("`{program}` runs {sign}, by its name a development server")
    } else if sign == program || sign.starts_with(&format!("{program} ")) {
        format!("`{sign}` is a development server")
    } else {
        format!("`{program}` runs for development: `{sign}`")
    };
    // A variable that turns it on is where to mend it.
    if let Some(variable) = server.variable.as_ref().and_then(|name| container.environment.get(name)) {
        return Finding::new(variable.origin.span, message).note_at(place, "the command that reads it");
    }
    let finding = Finding::new(place, message);
    match &server.unset {
        Some(name) => finding.note(format!("`{name}` is not set, and would turn it off")),
        None => finding,
    }
}
