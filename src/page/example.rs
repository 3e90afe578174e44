//! Examples: the fenced blocks of a page that are also its tests.
//!
//! An info string is a language and attributes. `bad=3`, `good`, `unknown` and `n/a` make the block an example;
//! `fixed` directly behind a `bad` one is what its fixes make of it; `file=api/Dockerfile` makes it a file beside the
//! next example; `params` gives the parameters of all examples up to the next such block. A block without attributes is
//! only prose.

use std::fmt;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::source::LineIndex;

/// What an example shows: the file that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// `dockerfile`: a Dockerfile by itself.
    Dockerfile,
    /// `yaml`: a Compose file.
    Compose,
    /// `json`: an OCI image configuration.
    Image,
    /// `nginx`: a configuration of nginx that no container uses.
    Nginx,
    /// `markdown`: the record of a decision.
    Decision,
    /// `layers`: what lies in the layers of an image, line by line.
    Layers,
}

/// A line on which the rule fires.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExpectedLine {
    /// The supporting file it is in; `None` for the example itself.
    pub file: Option<String>,
    /// 1-based, in that file.
    pub line: usize,
}

/// What the rule says about an example.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expected {
    /// `bad=3`, `bad=3,7`, `bad=api/Dockerfile:1`: it fires on exactly these lines.
    Violated(Vec<ExpectedLine>),
    /// `good`: examined and met.
    Met,
    /// `unknown`: a fact is missing.
    Inconclusive,
    /// `n/a`: not applicable.
    NotApplicable,
}

/// A file that stands beside an example.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SupportingFile {
    /// Relative to the example, `/`-separated, without `..`.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// The 1-based line of the page that its fence starts on.
    pub line: usize,
}

/// Parameters for the examples that follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Params {
    /// YAML.
    pub text: String,
    /// The 1-based line of the page that its fence starts on.
    pub line: usize,
}

/// A file of an example as its fixes leave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FixedFile {
    /// The supporting file; `None` for the example itself.
    pub file: Option<String>,
    /// What is in it then.
    pub text: String,
    /// The 1-based line of the page that its fence starts on.
    pub line: usize,
}

/// One example with all that is needed to judge it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Example {
    /// The 1-based line of the page that its fence starts on; its text starts on the next.
    pub line: usize,
    /// What is judged.
    pub subject: Subject,
    /// The text between the fences.
    pub text: String,
    /// The verdict that the page promises.
    pub expected: Expected,
    /// The parameters in force, if the page gave any before.
    pub params: Option<Params>,
    /// The files beside it, in page order.
    pub files: Vec<SupportingFile>,
    /// What the fixes make of it, if the page says so.
    pub fixed: Vec<FixedFile>,
}

/// Why the examples of a page cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleError {
    /// The 1-based line of the page.
    pub line: usize,
    /// What is wrong there and what would be right.
    pub what: String,
}

impl fmt::Display for ExampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for ExampleError {}

/// What a fence is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Prose,
    Example(Subject, Expected),
    Fixed(Option<String>),
    File(String),
    Params,
}

/// Reads the examples of a body that starts on `first_line` of its page.
pub(super) fn read(body: &str, first_line: usize) -> Result<Vec<Example>, ExampleError> {
    let mut reader = Reader::default();
    for fence in fences(body, first_line) {
        let line = fence.line;
        reader.take(fence).map_err(|what| ExampleError { line, what })?;
    }
    reader.finish()
}

struct Fence {
    line: usize,
    info: String,
    text: String,
}

fn fences(body: &str, first_line: usize) -> Vec<Fence> {
    let lines = LineIndex::new(body);
    let mut fences: Vec<Fence> = Vec::new();
    let mut open = false;
    for (event, range) in Parser::new_ext(body, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = first_line + lines.line(range.start as u32) as usize - 1;
                fences.push(Fence { line, info: info.to_string(), text: String::new() });
                open = true;
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            Event::Text(text) if open => {
                if let Some(fence) = fences.last_mut() {
                    fence.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    fences
}

#[derive(Default)]
struct Reader {
    examples: Vec<Example>,
    params: Option<Params>,
    files: Vec<SupportingFile>,
    /// The last `params` fence, while no example has used it.
    unused_params: Option<usize>,
    /// Whether the last fence was a `bad` example or what its fixes make of it.
    may_be_fixed: bool,
}

impl Reader {
    fn take(&mut self, fence: Fence) -> Result<(), String> {
        let Fence { line, info, text } = fence;
        let role = role(&info)?;
        let may_be_fixed = std::mem::take(&mut self.may_be_fixed);
        match role {
            Role::Fixed(file) => {
                let example = self.examples.last_mut().filter(|_| may_be_fixed);
                let example = example.ok_or("`fixed` stands behind no `bad` example; put it directly behind one")?;
                add_fixed(example, FixedFile { file, text, line })?;
                self.may_be_fixed = true;
            }
            Role::Prose => {}
            Role::Params => {
                self.unused_params = Some(line);
                self.params = Some(Params { text, line });
            }
            Role::File(path) => {
                if self.files.iter().any(|file| file.path == path) {
                    return Err(format!("`file={path}` is given twice for one example; drop one"));
                }
                self.files.push(SupportingFile { path, text, line });
            }
            Role::Example(subject, expected) => {
                let files = std::mem::take(&mut self.files);
                check_locations(&expected, &text, &files)?;
                self.unused_params = None;
                self.may_be_fixed = matches!(expected, Expected::Violated(_));
                let (params, fixed) = (self.params.clone(), Vec::new());
                self.examples.push(Example { line, subject, text, expected, params, files, fixed });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Example>, ExampleError> {
        if let Some(file) = self.files.first() {
            let what = format!("`file={}` stands beside no example; put it before the example it is for", file.path);
            return Err(ExampleError { line: file.line, what });
        }
        if let Some(line) = self.unused_params {
            let what = "no example follows these parameters; drop them or add one".to_string();
            return Err(ExampleError { line, what });
        }
        Ok(self.examples)
    }
}

/// What is fixed must be a file of the example, and each is given once.
fn add_fixed(example: &mut Example, fixed: FixedFile) -> Result<(), String> {
    if let Some(path) = &fixed.file
        && !example.files.iter().any(|file| file.path == *path)
    {
        return Err(format!("no `file={path}` stands before this example; add it or mend the name"));
    }
    if example.fixed.iter().any(|known| known.file == fixed.file) {
        return Err("`fixed` is given twice for one file; drop one".to_string());
    }
    example.fixed.push(fixed);
    Ok(())
}

/// Every expected line must exist, or the example could never hold.
fn check_locations(expected: &Expected, text: &str, files: &[SupportingFile]) -> Result<(), String> {
    let Expected::Violated(locations) = expected else { return Ok(()) };
    for ExpectedLine { file, line } in locations {
        let (name, lines) = match file {
            None => ("the example", text.lines().count()),
            Some(path) => match files.iter().find(|file| file.path == *path) {
                Some(file) => (file.path.as_str(), file.text.lines().count()),
                None => return Err(format!("no `file={path}` stands before this example; add it or mend the name")),
            },
        };
        if *line > lines {
            return Err(format!("`bad={line}` is past the end: {name} has {lines} lines"));
        }
    }
    Ok(())
}

/// Reads an info string.
pub(super) fn role(info: &str) -> Result<Role, String> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default();
    let Some(attribute) = words.next() else { return Ok(Role::Prose) };
    if let Some(second) = words.next() {
        return Err(format!(
            "`{attribute}` and `{second}` on one fence; give one attribute, and files their own fence"
        ));
    }
    let expected = match attribute.split_once('=') {
        None if attribute == "good" => Expected::Met,
        None if attribute == "unknown" => Expected::Inconclusive,
        None if attribute == "n/a" => Expected::NotApplicable,
        None if attribute == "params" && language == "yaml" => return Ok(Role::Params),
        None if attribute == "params" => return Err(format!("`params` on `{language}`; parameters are `yaml`")),
        None if attribute == "fixed" => return Ok(Role::Fixed(None)),
        Some(("fixed", path)) => return supporting_path(path).map(|path| Role::Fixed(Some(path))),
        Some(("file", path)) => return supporting_path(path).map(Role::File),
        Some(("bad", places)) => Expected::Violated(locations(places)?),
        _ => {
            let known = "`bad=LINE`, `good`, `unknown`, `n/a`, `fixed`, `params` or `file=PATH`";
            return Err(format!("unknown attribute `{attribute}`; use {known}"));
        }
    };
    let subject = match language {
        "dockerfile" => Subject::Dockerfile,
        "yaml" => Subject::Compose,
        "json" => Subject::Image,
        "nginx" => Subject::Nginx,
        "markdown" => Subject::Decision,
        "layers" => Subject::Layers,
        _ => {
            return Err(format!(
                "`{attribute}` on `{language}`; only `dockerfile`, `yaml`, `json`, `nginx`, `markdown` and `layers` are judged"
            ));
        }
    };
    Ok(Role::Example(subject, expected))
}

fn supporting_path(path: &str) -> Result<String, String> {
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    match plain {
        true => Ok(path.to_string()),
        false => Err(format!("`{path}` is not a plain relative path; write it like `api/Dockerfile`")),
    }
}

fn locations(places: &str) -> Result<Vec<ExpectedLine>, String> {
    let mut locations = Vec::new();
    for place in places.split(',') {
        let (file, line) = match place.rsplit_once(':') {
            Some((path, line)) => (Some(supporting_path(path)?), line),
            None => (None, place),
        };
        let line = line.parse().ok().filter(|line| *line > 0);
        let line = line.ok_or_else(|| format!("`bad={places}` names no lines; write `bad=3` or `bad=3,7`"))?;
        let location = ExpectedLine { file, line };
        if locations.contains(&location) {
            return Err(format!("`bad={places}` names a line twice; name it once"));
        }
        locations.push(location);
    }
    Ok(locations)
}

#[cfg(test)]
mod tests;
