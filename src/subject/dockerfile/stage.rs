//! Stage: what a Dockerfile builds, from what, and which stages a target needs.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Dockerfile;
use super::expand::{self, Expanded, Lookup};
use super::instruction::{Argument, Instruction, Kind};
use crate::problem::Problem;
use crate::source::{Span, Spanned};

/// What the caller of a build decides.
#[derive(Debug, Clone, Default)]
pub struct BuildSettings {
    /// `--build-arg` and Compose `build.args`: the value, or `None` when it is given but not known.
    pub arguments: BTreeMap<String, Spanned<Option<String>>>,
    /// The stage to build; the last one if absent.
    pub target: Option<Spanned<String>>,
    /// Names of additional build contexts, which come before stages and images of the same name.
    pub contexts: Vec<String>,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage, by index.
    Stage(usize),
    /// `scratch`
    Scratch,
    /// An image, as the reference reads after expansion.
    Image(String),
    /// A named build context.
    Context(String),
    /// Not known; why.
    Unknown(String),
}

/// One stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name, lower-cased.
    pub name: Option<Spanned<String>>,
    /// What it starts from.
    pub base: Base,
    /// The image word of its FROM.
    pub image: Spanned<String>,
    /// The whole FROM instruction.
    pub from: Span,
    /// Its instructions, FROM first, as indexes into the file's.
    pub instructions: Range<usize>,
    /// `--platform`, expanded, if it is known.
    pub platform: Option<String>,
}

/// The stages of a Dockerfile under given settings.
#[derive(Debug, Clone)]
pub struct Stages {
    /// In file order.
    pub stages: Vec<Stage>,
    /// Global arguments (before the first FROM) by name: what is known of their value.
    pub globals: BTreeMap<String, Lookup>,
    /// The stage that is built; `None` if there is none, or the target does not exist.
    pub target: Option<usize>,
}

/// The arguments BuildKit sets by itself, for a build on and for linux/amd64.
const PLATFORM_ARGUMENTS: [(&str, &str); 10] = [
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDOSVERSION", ""),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETOSVERSION", ""),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
];

/// The value BuildKit gives an automatic argument.
pub fn platform_argument(name: &str) -> Option<&'static str> {
    PLATFORM_ARGUMENTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

/// What an `ARG` declaration comes to: a build argument, else its default, else what `outer` says, else unknown.
pub fn argument_value(
    argument: &Argument,
    settings: &BuildSettings,
    escape: char,
    lookup: &dyn Fn(&str) -> Lookup,
    outer: Option<&Lookup>,
) -> Lookup {
    let name = &argument.name.value;
    if let Some(given) = settings.arguments.get(name) {
        return match &given.value {
            Some(value) => Lookup::Value(value.clone()),
            None => Lookup::Unknown(format!("the build argument `{name}` is given a value that is not known")),
        };
    }
    if let Some(default) = &argument.default {
        return match expand::expand(&default.value, escape, lookup) {
            Ok(Expanded::Value(value)) => Lookup::Value(value),
            Ok(Expanded::Unknown(why)) => Lookup::Unknown(why),
            Err(why) => Lookup::Unknown(format!("the default of `{name}` cannot be expanded: {why}")),
        };
    }
    match (outer, platform_argument(name)) {
        (Some(outer), _) => outer.clone(),
        (None, Some(value)) => Lookup::Value(value.to_string()),
        (None, None) => Lookup::Unknown(format!("the build argument `{name}` has no default")),
    }
}

impl Stages {
    /// Finds the stages of a file. References that cannot be built are problems.
    pub fn new(file: &Dockerfile, settings: &BuildSettings, problems: &mut Vec<Problem>) -> Stages {
        let escape = file.directives.escape_byte() as char;
        let mut stages = Stages { stages: Vec::new(), globals: BTreeMap::new(), target: None };
        for (index, instruction) in file.instructions.iter().enumerate() {
            match &instruction.kind {
                Kind::From { image, name } => stages.start(index, instruction, image, name.as_ref(), settings, escape),
                Kind::Arg(arguments) if stages.stages.is_empty() => stages.declare(arguments, settings, escape),
                // A FROM that could not be read still starts a stage: what follows does not belong to the one before.
                Kind::Invalid if instruction.keyword == Some(super::instruction::Keyword::From) => {
                    stages.start_unknown(index, instruction);
                }
                _ if stages.stages.is_empty() && instruction.keyword.is_some() => problems.push(Problem::error(
                    instruction.span,
                    "only ARG may stand before the first FROM",
                    "move the instruction behind a FROM",
                )),
                _ => {}
            }
            if let Some(stage) = stages.stages.last_mut() {
                stage.instructions.end = index + 1;
            }
        }
        if stages.stages.is_empty() && !file.instructions.is_empty() {
            problems.push(Problem::error(
                file.instructions[0].span,
                "the file builds no stage",
                "start a stage with `FROM image`",
            ));
        }
        stages.check_references(file, problems);
        stages.target = stages.find_target(settings, problems);
        stages
    }

    fn declare(&mut self, arguments: &[Argument], settings: &BuildSettings, escape: char) {
        for argument in arguments {
            let value = argument_value(argument, settings, escape, &|name| self.global(name), None);
            self.globals.insert(argument.name.value.clone(), value);
        }
    }

    /// What a FROM line sees of a name.
    fn global(&self, name: &str) -> Lookup {
        match (self.globals.get(name), platform_argument(name)) {
            (Some(value), _) => value.clone(),
            (None, Some(value)) => Lookup::Value(value.to_string()),
            (None, None) => Lookup::Unset,
        }
    }

    fn start(
        &mut self,
        index: usize,
        instruction: &Instruction,
        image: &Spanned<String>,
        name: Option<&Spanned<String>>,
        settings: &BuildSettings,
        escape: char,
    ) {
        let lookup = |name: &str| self.global(name);
        let base = match expand::expand(&image.value, escape, &lookup) {
            Ok(Expanded::Value(reference)) => self.base(reference, settings),
            Ok(Expanded::Unknown(why)) => Base::Unknown(why),
            Err(why) => Base::Unknown(format!("`{}` cannot be expanded: {why}", image.value)),
        };
        let platform =
            instruction.flag("platform").and_then(|flag| match expand::expand(&flag.value, escape, &lookup) {
                Ok(Expanded::Value(platform)) => Some(platform),
                _ => None,
            });
        self.stages.push(Stage {
            name: name.cloned(),
            base,
            image: image.clone(),
            from: instruction.span,
            instructions: index..index + 1,
            platform,
        });
    }

    fn start_unknown(&mut self, index: usize, instruction: &Instruction) {
        self.stages.push(Stage {
            name: None,
            base: Base::Unknown("the FROM instruction could not be read".to_string()),
            image: Spanned::new(String::new(), instruction.span),
            from: instruction.span,
            instructions: index..index + 1,
            platform: None,
        });
    }

    /// What a FROM's expanded reference means: an earlier stage, a context, `scratch` or an image. Stage names compare
    /// case-sensitively here, as in BuildKit.
    fn base(&self, reference: String, settings: &BuildSettings) -> Base {
        if reference.is_empty() {
            return Base::Unknown("the image's name is empty after expansion".to_string());
        }
        let earlier = self.stages.iter().rposition(|s| s.name.as_ref().is_some_and(|name| name.value == reference));
        if settings.contexts.contains(&reference) {
            return Base::Context(reference);
        }
        match earlier {
            Some(stage) => Base::Stage(stage),
            None if reference == "scratch" => Base::Scratch,
            None => Base::Image(reference),
        }
    }

    /// The last stage of a name, in any case.
    pub fn named(&self, name: &str) -> Option<usize> {
        let lower = name.to_ascii_lowercase();
        self.stages.iter().rposition(|stage| stage.name.as_ref().is_some_and(|name| name.value == lower))
    }

    /// The stage that `COPY --from` in stage `user` means, if it means one: an index or the name of an earlier stage.
    pub fn copied_from(&self, from: &str, user: usize) -> Option<usize> {
        if let Ok(index) = from.parse::<usize>() {
            return (index < user).then_some(index);
        }
        let lower = from.to_ascii_lowercase();
        self.stages[..user].iter().rposition(|stage| stage.name.as_ref().is_some_and(|name| name.value == lower))
    }

    fn find_target(&self, settings: &BuildSettings, problems: &mut Vec<Problem>) -> Option<usize> {
        let Some(target) = settings.target.as_ref().filter(|target| !target.value.is_empty()) else {
            return self.stages.len().checked_sub(1);
        };
        if let Some(stage) = self.named(&target.value) {
            return Some(stage);
        }
        if let Some(index) = target.value.parse().ok().filter(|&index| index < self.stages.len()) {
            problems.push(Problem::warning(
                target.span,
                format!("the target `{index}` is a number; BuildKit finds stages only by name"),
                "give the stage a name with `AS` and use that",
            ));
            return Some(index);
        }
        let names: Vec<_> =
            self.stages.iter().filter_map(|s| s.name.as_ref()).map(|n| format!("`{}`", n.value)).collect();
        let help = match names.as_slice() {
            [] => "no stage of the file has a name; add one with `FROM image AS name`".to_string(),
            names => format!("the file has {}", names.join(", ")),
        };
        problems.push(Problem::error(target.span, format!("the target stage `{}` does not exist", target.value), help));
        None
    }

    fn check_references(&self, file: &Dockerfile, problems: &mut Vec<Problem>) {
        for (current, stage) in self.stages.iter().enumerate() {
            for instruction in &file.instructions[stage.instructions.clone()] {
                let Kind::Transfer(transfer) = &instruction.kind else { continue };
                let Some(from) = &transfer.from else { continue };
                let lower = from.value.to_ascii_lowercase();
                let own = stage.name.as_ref().is_some_and(|name| name.value == lower);
                let earlier = self.copied_from(&from.value, current).is_some();
                let number = from.value.parse::<usize>().is_ok();
                if !earlier && (own || number) {
                    problems.push(Problem::error(
                        from.span,
                        format!("`{}` is no earlier stage", from.value),
                        "copy from a stage that stands above this one",
                    ));
                }
            }
        }
    }

    /// The chain of stages from the target's own base to the target: the instructions that make the shipped image.
    pub fn chain(&self, target: usize) -> Vec<usize> {
        let mut chain = vec![target];
        let mut current = target;
        while let Base::Stage(parent) = self.stages[current].base {
            chain.push(parent);
            current = parent;
        }
        chain.reverse();
        chain
    }

    /// All stages that the target needs, in file order: through FROM, `COPY --from` and `RUN --mount from=`.
    pub fn reachable(&self, file: &Dockerfile, target: usize) -> Vec<usize> {
        let mut needed = vec![false; self.stages.len()];
        let mut open = vec![target];
        while let Some(current) = open.pop() {
            if std::mem::replace(&mut needed[current], true) {
                continue;
            }
            if let Base::Stage(parent) = self.stages[current].base {
                open.push(parent);
            }
            for instruction in &file.instructions[self.stages[current].instructions.clone()] {
                match &instruction.kind {
                    Kind::Transfer(transfer) => {
                        open.extend(transfer.from.as_ref().and_then(|from| self.copied_from(&from.value, current)));
                    }
                    Kind::Run(run) => open.extend(run.mounts.iter().filter_map(|mount| {
                        let from = mount.from.as_ref()?;
                        // A number is no index in a mount.
                        if from.value.parse::<usize>().is_ok() {
                            return None;
                        }
                        self.copied_from(&from.value, current)
                    })),
                    _ => {}
                }
            }
        }
        (0..needed.len()).filter(|&stage| needed[stage]).collect()
    }
}
