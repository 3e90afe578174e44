//! Frontend: files that look like a Dockerfile by name but are written in another language.

use super::directive::Directives;
use super::instruction::{Instruction, Keyword, Kind};
use crate::problem::Problem;
use crate::source::Span;

/// Why a whole file is not to be read as a Dockerfile: its `# syntax` names a frontend of its own, or it is a template
/// that some program turns into a Dockerfile. `instructions` is what it reads like.
///
/// Template marks inside RUN, CMD, ENV, LABEL, COPY and heredocs mean nothing: they belong to the programs that are run
/// (`docker inspect --format '{{.Id}}'`) or to the files that are copied.
pub fn unreadable(text: &str, directives: &Directives, instructions: &[Instruction]) -> Option<Problem> {
    if let Some(frontend) = directives.foreign_frontend() {
        return Some(Problem::warning(
            frontend.span,
            format!("the file is written for the frontend `{}`", super::words::shown(&frontend.value)),
            "have that frontend print or build what it makes of the file, and name that instead",
        ));
    }
    let mark = template_mark(text, instructions)?;
    Some(Problem::warning(
        mark,
        "the file is a template of a Dockerfile",
        "render it first and name the rendered file, or leave the template out",
    ))
}

/// What opens a template's tags: Go, Jinja, Mustache and jq templates, ERB and EJS.
const TAGS: [&str; 3] = ["{{", "{%", "<%"];

fn template_mark(text: &str, instructions: &[Instruction]) -> Option<Span> {
    // Nearly all files stop here, before their instructions are looked at.
    if memchr::memmem::find(text.as_bytes(), b"{{").is_none()
        && memchr::memmem::find(text.as_bytes(), b"{%").is_none()
        && memchr::memmem::find(text.as_bytes(), b"<%").is_none()
        && memchr::memmem::find(text.as_bytes(), b"%%").is_none()
    {
        return None;
    }
    instructions.iter().find(|instruction| is_template(text, instruction)).map(|instruction| instruction.keyword_span)
}

fn is_template(text: &str, instruction: &Instruction) -> bool {
    let written = &text[instruction.span.range()];
    match (instruction.keyword, &instruction.kind) {
        (None, _) => TAGS.iter().any(|tag| written.starts_with(tag)),
        // `%%NAME%%` was the placeholder of many an image's template.
        (Some(Keyword::From), _) => TAGS.iter().any(|tag| written.contains(tag)) || written.contains("%%"),
        (_, Kind::User(value) | Kind::Workdir(value) | Kind::Stopsignal(value)) => {
            TAGS.iter().any(|tag| value.value.contains(tag))
        }
        (Some(Keyword::Expose | Keyword::Volume), _) => TAGS.iter().any(|tag| written.contains(tag)),
        _ => false,
    }
}
