//! Whether the image has what a health check runs.

use super::proposal::Proposal;
use super::{InForce, asked, in_force};
use crate::container::Container;
use crate::container::argv::file_name;
use crate::container::image_state::Probe as Declared;
use crate::container::probe::{Given, Http, Probe, Target};
use crate::container::programs::{self, Brought};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::shell::{self, Joint};
use crate::source::{Span, Spanned};

const NOTHING: &str = "the health check runs no program of the image";

/// What does not stand in for a program that is not there.
const NO_REPLACEMENT: &[&str] = &["exit", "false", "kill", "echo", "printf", "return", "true", ":"];

pub(super) fn healthcheck_tool_missing(container: &Container, _: &NoParameters) -> Judgement {
    let (probe, place) = match asked(container) {
        Ok(asked) => asked,
        Err(judgement) => return judgement,
    };
    let shell_text = matches!(in_force(container), Ok(InForce { declared: Declared::Shell(_), .. }));
    let mut judged = Vec::new();
    if shell_text {
        judged.push(judge(container, &Spanned::new("/bin/sh".to_string(), place)));
    }
    let mut seen: Vec<&str> = Vec::new();
    for program in &probe.programs {
        if seen.contains(&program.value.as_str()) {
            continue;
        }
        seen.push(&program.value);
        judged.push(match has_replacement(container, program) {
            true => Judgement::met(program.span, format!("another program takes the place of `{}`", program.value)),
            false => judge(container, program),
        });
    }
    if let Some(why) = &probe.incomplete {
        judged.push(Judgement::inconclusive(why.clone(), Some(place)));
    }
    finish(container, &probe, judged)
}

/// All findings of one check have one way out.
fn finish(container: &Container, probe: &Probe, judged: Vec<Judgement>) -> Judgement {
    let mut judgement = Judgement::all(judged, NOTHING);
    if let Judgement::Violated { findings, .. } = &mut judgement {
        findings.truncate(1);
        for finding in findings {
            finding.fix = Some(fix(container, probe));
        }
    }
    judgement
}

fn judge(container: &Container, program: &Spanned<String>) -> Judgement {
    let name = &program.value;
    match programs::brings(container, name) {
        Brought::Yes(place) => Judgement::met(place, format!("`{}` is in the image", file_name(name))),
        Brought::Unknown(why) => Judgement::inconclusive(why, Some(program.span)),
        Brought::No(removed) => Judgement::violated(missing(container, name, program.span, removed)),
    }
}

fn missing(container: &Container, program: &str, place: Span, removed: Option<Span>) -> Finding {
    let base = &container.image.base;
    let name = file_name(program);
    if program == "/bin/sh" {
        let message = "the health check is text for `/bin/sh`, which is not in the image";
        return Finding::new(place, message).note(format!("{} has no shell", base.named()));
    }
    let message = format!("the health check runs `{name}`, which is not in the image");
    match removed {
        Some(removed) => Finding::new(place, message).note_at(removed, "it is removed here"),
        None if base.is_scratch() => Finding::new(place, message).note("the image starts from nothing"),
        None => Finding::new(place, message).note_at(base.span, format!("{} does not have it", base.named())),
    }
}

/// `curl ... || wget ...`: where the first is not there, the shell goes on with the second.
fn has_replacement(container: &Container, program: &Spanned<String>) -> bool {
    let Ok(InForce { declared: Declared::Shell(text), .. }) = in_force(container) else { return false };
    let script = shell::scan(&text.value);
    let runs = |name: Option<&str>| name == Some(file_name(&program.value));
    let Some(at) = script.commands.iter().position(|command| runs(command.program())) else { return false };
    script.commands[at + 1..].iter().any(|command| {
        let name = command.program().unwrap_or_default();
        let other = command.joint == Joint::Or && !name.is_empty() && !NO_REPLACEMENT.contains(&name);
        other && !runs(Some(name)) && !matches!(programs::brings(container, name), Brought::No(_))
    })
}

/// The same question with a program that is there; or the program.
fn fix(container: &Container, probe: &Probe) -> Fix {
    let path = probe.checks.iter().find_map(|check| match &check.target {
        Target::Http(Http { path: Given::Value(path), .. }) => Some(path.as_str()),
        _ => None,
    });
    if let Some(Ok(proposal)) = path.map(|path| Proposal::asking(container, path)) {
        return proposal.fix_of_wrong(container);
    }
    let program = probe.programs.first().map_or("a shell", |program| file_name(&program.value));
    match programs::install(container, program) {
        Some(line) => Fix::words(format!("install `{program}` in the stage that ships: `{line}`")),
        None => Fix::words(format!("bring `{program}` into the image, or ask with a program that is there")),
    }
}
