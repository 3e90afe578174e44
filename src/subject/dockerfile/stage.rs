//! Stage: what a Dockerfile builds, from what, and which stages a target needs.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::Dockerfile;
use super::expand::{self, Expanded, Lookup};
use super::instruction::{Argument, Instruction, Keyword, Kind};
use super::words;
use crate::problem::Problem;
use crate::source::{Span, Spanned};

/// What the caller of a build decides.
#[derive(Debug, Clone, Default)]
pub struct BuildSettings {
    /// `--build-arg` and Compose `build.args`: the value, or why it is not known though it is given.
    pub arguments: BTreeMap<String, Spanned<Result<String, String>>>,
    /// The stage to build; the last one if absent.
    pub target: Option<Spanned<String>>,
    /// Names of additional build contexts, which come before stages and images of the same name. `:latest` means
    /// nothing in them; a platform may follow behind `::`.
    pub contexts: Vec<String>,
}

impl BuildSettings {
    /// The additional context that takes the place of the stage or image of this name.
    fn context(&self, name: &str) -> Option<&String> {
        let wanted = name.strip_suffix(":latest").unwrap_or(name);
        self.contexts.iter().find(|context| {
            let context = context.split("::").next().unwrap_or(context);
            context.strip_suffix(":latest").unwrap_or(context) == wanted
        })
    }
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
    /// The repository of its image, where only what stands behind that is not known: `node` of `node:${VERSION}`.
    pub repository: Option<String>,
    /// The whole FROM instruction.
    pub from: Span,
    /// Its instructions, FROM first, as indexes into the file's. Only FROM if a context takes the stage's place.
    pub instructions: Range<usize>,
    /// `--platform`, expanded, if it is known.
    pub platform: Option<String>,
}

impl Stage {
    /// Whether an additional context of the stage's name takes its place.
    fn is_replaced(&self) -> bool {
        let name = self.name.as_ref().map(|name| &name.value);
        matches!(&self.base, Base::Context(context) if Some(context) == name)
    }
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
    /// The stages of each name, in file order.
    by_name: HashMap<String, Vec<usize>>,
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

/// The value BuildKit gives an automatic argument of the platform.
pub fn platform_argument(name: &str) -> Option<&'static str> {
    PLATFORM_ARGUMENTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

/// The value BuildKit gives an automatic argument, the name of the target among them.
fn automatic_argument(name: &str, settings: &BuildSettings) -> Option<String> {
    if name != "TARGETSTAGE" {
        return platform_argument(name).map(str::to_string);
    }
    let target = settings.target.as_ref().map(|target| target.value.to_ascii_lowercase());
    Some(target.filter(|target| !target.is_empty()).unwrap_or_else(|| "default".to_string()))
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
            Ok(value) => Lookup::Value(value.clone()),
            Err(why) => Lookup::Unknown(why.clone()),
        };
    }
    if let Some(default) = &argument.default {
        return match expand::expand(&default.value, escape, lookup) {
            Ok(Expanded::Value(value)) => Lookup::Value(value),
            Ok(Expanded::Unknown(why)) => Lookup::Unknown(why),
            Err(why) => Lookup::Unknown(format!("the default of `{name}` cannot be expanded: {why}")),
        };
    }
    match (outer, automatic_argument(name, settings)) {
        (Some(outer), _) => outer.clone(),
        (None, Some(value)) => Lookup::Value(value),
        (None, None) => Lookup::Ungiven(format!("the build argument `{name}` has no default")),
    }
}

impl Stages {
    /// Finds the stages of a file. References that cannot be built are problems.
    pub fn new(file: &Dockerfile, settings: &BuildSettings, problems: &mut Vec<Problem>) -> Stages {
        let escape = file.directives.escape_byte() as char;
        let mut stages = Stages { stages: Vec::new(), globals: BTreeMap::new(), target: None, by_name: HashMap::new() };
        let mut too_early = None;
        for (index, instruction) in file.instructions.iter().enumerate() {
            match &instruction.kind {
                Kind::From { image, name } => stages.start(index, instruction, image, name.as_ref(), settings, escape),
                Kind::Arg(arguments) if stages.stages.is_empty() => stages.declare(arguments, settings, escape),
                // A FROM that could not be read still starts a stage: what follows does not belong to the one before.
                Kind::Invalid if instruction.keyword == Some(Keyword::From) => stages.start_unknown(index, instruction),
                Kind::Invalid if instruction.keyword == Some(Keyword::Arg) => stages.extend_last(index),
                _ if stages.stages.is_empty() && instruction.keyword.is_some() => {
                    too_early.get_or_insert(instruction.span);
                }
                _ => stages.extend_last(index),
            }
        }
        problems.extend(stages.fault(file, too_early));
        stages.check_references(file, settings, problems);
        stages.target = stages.find_target(settings, problems);
        stages
    }

    fn extend_last(&mut self, index: usize) {
        match self.stages.last_mut() {
            Some(stage) if !stage.is_replaced() => stage.instructions.end = index + 1,
            _ => {}
        }
    }

    /// What is wrong with the file as a whole.
    fn fault(&self, file: &Dockerfile, too_early: Option<Span>) -> Option<Problem> {
        if self.stages.is_empty() {
            let first = file.instructions.first()?;
            return Some(Problem::error(first.span, "the file builds no stage", "start a stage with `FROM image`"));
        }
        let what = "only ARG may stand before the first FROM";
        Some(Problem::error(too_early?, what, "move the instruction behind a FROM"))
    }

    fn declare(&mut self, arguments: &[Argument], settings: &BuildSettings, escape: char) {
        for argument in arguments {
            let value = argument_value(argument, settings, escape, &|name| self.global(name, settings), None);
            self.globals.insert(argument.name.value.clone(), value);
        }
    }

    /// What a FROM line sees of a name.
    fn global(&self, name: &str, settings: &BuildSettings) -> Lookup {
        match (self.globals.get(name), automatic_argument(name, settings)) {
            (Some(value), _) => value.clone(),
            (None, Some(value)) => Lookup::Value(value),
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
        let lookup = |name: &str| self.global(name, settings);
        let replaced = name.filter(|name| settings.context(&name.value).is_some());
        let base = match expand::expand(&image.value, escape, &lookup) {
            _ if let Some(name) = replaced => Base::Context(name.value.clone()),
            Ok(Expanded::Value(reference)) => self.base(reference, settings),
            Ok(Expanded::Unknown(why)) => Base::Unknown(why),
            Err(why) => Base::Unknown(format!("`{}` cannot be expanded: {why}", words::shown(&image.value))),
        };
        let repository = match (&base, written_repository(&image.value)) {
            (Base::Unknown(_), Some(written)) => match expand::expand(written, escape, &lookup) {
                Ok(Expanded::Value(repository)) if !repository.is_empty() => Some(repository),
                _ => None,
            },
            _ => None,
        };
        let platform =
            instruction.flag("platform").and_then(|flag| match expand::expand(&flag.value, escape, &lookup) {
                Ok(Expanded::Value(platform)) => Some(platform),
                _ => None,
            });
        if let Some(name) = name {
            self.by_name.entry(name.value.clone()).or_default().push(self.stages.len());
        }
        self.stages.push(Stage {
            name: name.cloned(),
            base,
            image: image.clone(),
            repository,
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
            repository: None,
            from: instruction.span,
            instructions: index..index + 1,
            platform: None,
        });
    }

    /// What a FROM's expanded reference means: a context, an earlier stage, `scratch` or an image. Stage names compare
    /// case-sensitively here, as in BuildKit.
    fn base(&self, reference: String, settings: &BuildSettings) -> Base {
        if reference.is_empty() {
            return Base::Unknown("the image's name is empty after expansion".to_string());
        }
        if let Some(context) = settings.context(&reference) {
            return Base::Context(context.clone());
        }
        match self.by_name.get(&reference).and_then(|stages| stages.last()) {
            Some(&stage) => Base::Stage(stage),
            None if reference == "scratch" => Base::Scratch,
            None if self.named(&reference).is_some() => {
                let stage = reference.to_ascii_lowercase();
                Base::Unknown(format!("`{reference}` is no image; FROM knows the stage only as `{stage}`"))
            }
            None => Base::Image(reference),
        }
    }

    /// The last stage of a name, in any case.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_ascii_lowercase())?.last().copied()
    }

    /// The stage that `COPY --from` in stage `user` means, if it means one: an index or the name of an earlier stage.
    pub fn copied_from(&self, from: &str, user: usize) -> Option<usize> {
        match from.parse::<i64>() {
            Ok(index) => usize::try_from(index).ok().filter(|&index| index < user),
            Err(_) => self.mounted_from(from, user),
        }
    }

    /// The stage that the `from` of a mount in stage `user` means, if it means one: the name of an earlier stage. A
    /// number is no index here.
    pub fn mounted_from(&self, from: &str, user: usize) -> Option<usize> {
        let stages = self.by_name.get(&from.to_ascii_lowercase())?;
        let earlier = stages.partition_point(|&stage| stage < user);
        stages[..earlier].last().copied()
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
        let names = self.stages.iter().filter_map(|stage| stage.name.as_ref());
        let names: Vec<_> = names.take(20).map(|name| format!("`{}`", words::shown(&name.value))).collect();
        let help = match names.as_slice() {
            [] => "no stage of the file has a name; add one with `FROM image AS name`".to_string(),
            names => format!("the file has {}", names.join(", ")),
        };
        problems.push(Problem::error(
            target.span,
            format!("the target stage `{}` does not exist", words::shown(&target.value)),
            help,
        ));
        None
    }

    fn check_references(&self, file: &Dockerfile, settings: &BuildSettings, problems: &mut Vec<Problem>) {
        for (current, stage) in self.stages.iter().enumerate() {
            for instruction in &file.instructions[stage.instructions.clone()] {
                match &instruction.kind {
                    Kind::Transfer(transfer) => {
                        problems.extend(transfer.from.as_ref().and_then(|from| {
                            let known = self.copied_from(&from.value, current).is_some();
                            let number = from.value.parse::<i64>().is_ok();
                            self.broken_reference(from, known, number, settings)
                        }));
                    }
                    Kind::Run(run) => problems.extend(run.mounts.iter().filter_map(|mount| {
                        let from = mount.from.as_ref()?;
                        let known = self.mounted_from(&from.value, current).is_some();
                        self.broken_reference(from, known, false, settings)
                    })),
                    _ => {}
                }
            }
        }
    }

    /// The problem of a reference to a stage that is not built yet: an index that is none, or the name of this stage or
    /// of one further down. Other names are images.
    fn broken_reference(
        &self,
        from: &Spanned<String>,
        known: bool,
        number: bool,
        settings: &BuildSettings,
    ) -> Option<Problem> {
        let broken = number || self.named(&from.value).is_some();
        if known || !broken || settings.context(&from.value).is_some() {
            return None;
        }
        let what = format!("`{}` is no earlier stage", words::shown(&from.value));
        Some(Problem::error(from.span, what, "copy from a stage that stands above this one"))
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
                    Kind::Run(run) => open
                        .extend(run.mounts.iter().filter_map(|m| self.mounted_from(&m.from.as_ref()?.value, current))),
                    _ => {}
                }
            }
        }
        (0..needed.len()).filter(|&stage| needed[stage]).collect()
    }
}

/// `$REGISTRY/node` of `$REGISTRY/node:${VERSION:-20}`: what stands before the tag or the digest, as it is written; `None`
/// if there is neither.
fn written_repository(image: &str) -> Option<&str> {
    let image = image.trim_matches(['"', '\'']);
    let (mut depth, mut end) = (0usize, None);
    for (at, byte) in image.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'/' if depth == 0 => end = None,
            b':' | b'@' if depth == 0 && end.is_none() => end = Some(at),
            _ => {}
        }
    }
    image.get(..end?)
}
