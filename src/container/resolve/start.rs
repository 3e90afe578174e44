//! Start: what the container starts, through what, and as whom that goes on.

use super::{Environment, ScriptLookup, from_given, not_empty};
use crate::container::Drop;
use crate::container::accounts::{ResolvedUser, User};
use crate::container::base::{HandsOver, Shell};
use crate::container::given;
use crate::container::image_state::{Argv, Form, ImageState};
use crate::container::process::{self, Process, ScriptContents, ShellKind, Surroundings};
use crate::container::traced::{Known, Origin, Traced};
use crate::subject::compose::{self, Given, Service, Setting};

/// Entrypoint and command after the engine's merge.
pub(super) fn process_fields(image: &ImageState, service: Option<&Service>) -> (Traced<Argv>, Traced<Argv>) {
    let given_entrypoint = service.and_then(|service| service.entrypoint.as_ref());
    let given_command = service.and_then(|service| service.command.as_ref());
    let command = given_command.filter(|given| !is_empty(given));
    let mut entrypoint_field = image.entrypoint.clone();
    let mut command_field = image.cmd.clone();
    match given_entrypoint {
        None => {}
        Some(given) if is_empty(given) => {
            entrypoint_field.set(Known::Value(Argv::empty()), Origin::new(given.span, "`entrypoint` of the service"));
        }
        Some(given) => {
            set_argv(&mut entrypoint_field, given, "`entrypoint` of the service");
            if command.is_none() {
                let origin = Origin::new(given.span, "`entrypoint` of the service, which drops the image's command");
                // One that turns out to be empty would not drop it.
                let known = match argv_of(given) {
                    Known::Value(_) => Known::Value(Argv::empty()),
                    Known::Unknown(why) => Known::Unknown(why),
                };
                command_field.set(known, origin);
            }
        }
    }
    if let Some(given) = command {
        set_argv(&mut command_field, given, "`command` of the service");
    }
    // `entrypoint: [""]` is how the engine is told to have none.
    if let Known::Value(argv) = &mut entrypoint_field.known
        && matches!(argv.words.as_slice(), [only] if only.value.is_empty())
    {
        argv.words.clear();
    }
    (entrypoint_field, command_field)
}

fn is_empty(given: &Given<compose::Command>) -> bool {
    given.value().is_some_and(|command| command.argv.is_empty())
}

fn set_argv(field: &mut Traced<Argv>, given: &Given<compose::Command>, by: &str) {
    let known = argv_of(given);
    let given = from_given(given, by);
    field.set(known, given.origin);
    field.overrode.splice(0..0, given.overrode);
}

/// The words of a service's command. Where not even the program is known, nothing is; arguments may hold a `${NAME}`.
fn argv_of(given: &Given<compose::Command>) -> Known<Argv> {
    let command = match &given.setting {
        Setting::Value(command) => command,
        Setting::Unknown(unknown) => return Known::Unknown(unknown.why.clone()),
    };
    match (&command.unknown, command.argv.first()) {
        (Some(why), Some(program)) if program.value.contains("${") => Known::Unknown(why.clone()),
        _ => Known::Value(Argv { words: command.argv.clone(), form: Form::Exec }),
    }
}

/// The process tree of entrypoint and command.
pub(super) fn unwrap_process(
    entrypoint: &Traced<Argv>,
    command: &Traced<Argv>,
    init: &Traced<bool>,
    image: &ImageState,
    service: Option<&Service>,
    environment: &Environment,
    scripts: ScriptLookup,
) -> Known<Process> {
    let mut argv = Vec::new();
    for part in [entrypoint, command] {
        match &part.known {
            Known::Value(part) => argv.extend(part.words.iter().cloned()),
            Known::Unknown(why) => return Known::Unknown(why.clone()),
        }
    }
    // The engine adds no init where the PID namespace is shared.
    let shares_pid = service.is_some_and(|service| not_empty(service.pid.as_ref()).is_some());
    let init = match &init.known {
        Known::Value(init) => *init && !shares_pid,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let facts = image.base.facts.as_ref();
    let script = |path: &str| {
        let of_base = facts.and_then(|facts| facts.entrypoint.as_ref()).is_some_and(|words| words.contains(&path));
        // A script of the build may take the place of the base image's.
        match (scripts(path), facts.and_then(|facts| facts.hands_over)) {
            (ScriptContents::Unknown, Some(HandsOver::Executes)) if of_base => {
                ScriptContents::Transparent { prefix: None }
            }
            (ScriptContents::Unknown, Some(HandsOver::ExecutesWith(program))) if of_base => {
                ScriptContents::Transparent { prefix: Some(program.to_string()) }
            }
            (script, _) => script,
        }
    };
    let env = |name: &str| environment.get(name)?.get()?.clone();
    Known::Value(process::resolve(&argv, &Surroundings { init, shell: shell_kind(image), script: &script, env: &env }))
}

/// What `/bin/sh` is in the image.
fn shell_kind(image: &ImageState) -> ShellKind {
    let of_image = image.contents().or_else(|| image.base_contents()).and_then(given::shell);
    if of_image.is_none() && image.base.is_scratch() {
        return ShellKind::None;
    }
    match of_image.or_else(|| image.base.facts.as_ref().and_then(|facts| facts.shell)) {
        Some(Shell::Dash) => ShellKind::Dash,
        Some(Shell::Ash | Shell::Bash) => ShellKind::ExecsLastCommand,
        Some(Shell::None) => ShellKind::None,
        None => ShellKind::Unknown,
    }
}

/// Whether the entrypoint gives root up before the service runs.
pub(super) fn drops_to(
    image: &ImageState,
    entrypoint: &Traced<Argv>,
    command: &Traced<Argv>,
    user: &Traced<ResolvedUser>,
    process: &Known<Process>,
    scripts: ScriptLookup,
) -> Option<Drop> {
    if let Some((program, account)) = process.value().and_then(Process::user_switch) {
        let how = format!("`{program}` changes to `{account}` before the service runs");
        let account = account.split(':').next().unwrap_or(account);
        return Some(Drop { account: account.to_string(), how });
    }
    // The entrypoints of official images look who they are first: only root is given up.
    let starts_as_root = user.get().and_then(ResolvedUser::user).and_then(User::is_root);
    let facts = image.base.facts.as_ref().filter(|_| starts_as_root == Some(true))?;
    let own_entrypoint = facts.entrypoint.as_ref().is_some_and(|words| {
        let entrypoint = entrypoint.get().map(|argv| argv.words.as_slice()).unwrap_or_default();
        let replaced = |path: &&str| scripts(path) != ScriptContents::Unknown;
        entrypoint.len() == words.len()
            && entrypoint.iter().zip(words).all(|(mine, theirs)| mine.value == *theirs)
            && !words.first().is_some_and(replaced)
    });
    if !own_entrypoint {
        return None;
    }
    let words = &command.get()?.words;
    let first = words.first()?;
    // A command that begins with a dash is options for the server.
    let server = match &facts.hands_over {
        Some(HandsOver::ExecutesWith(program)) if first.value.starts_with('-') => program,
        _ => first.value.as_str(),
    };
    let account = facts.drops_to(server)?;
    let how = format!("the entrypoint of `{}` changes to `{account}` before it runs `{server}`", image.base.shown());
    Some(Drop { account: account.to_string(), how })
}
