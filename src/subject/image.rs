//! Image: the configuration of an image or container as JSON, each value with its place.
//!
//! Three shapes are read: the configuration blob of the OCI image specification (`config.md`; Docker writes the same
//! with extensions), what `docker image inspect` prints, and what `docker inspect` prints for containers, where the
//! settings of the host come with it. Podman's output is close enough to be read as Docker's.
//!
//! 1. [`recognise`] tells by the outermost keys, without reading the rest.
//! 2. [`read`] takes all images out of a text. A value of a wrong type is a [`Problem`], and the rest is still read.
//!
//! Null, absent and empty mean the same everywhere (`None`, or an empty list). Keys are taken as they are documented
//! first and in any case second, as the engines' own reader does it.

mod config;
mod fields;
mod host;
mod placed;
mod repair;
mod shape;

use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};
use crate::subject::dockerfile::instruction::Timing;
use crate::yaml::{self, Node};

/// What kind of JSON an image was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A configuration blob: `architecture`, `config`, `rootfs`, `history`.
    Config,
    /// An element of what `docker image inspect` prints.
    ImageInspect,
    /// An element of what `docker inspect` prints for a container.
    ContainerInspect,
}

/// Everything one text holds.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The images in their order.
    pub images: Vec<ImageConfig>,
    /// What is no JSON, no image configuration, or of a wrong type.
    pub problems: Vec<Problem>,
}

/// A list of texts that is not empty, with the place of the list.
pub type Words = Spanned<Vec<Spanned<String>>>;

/// The configuration of one image. For a container it is the one in force: that of its image, with the container's own
/// settings over it.
#[derive(Debug, Clone)]
pub struct ImageConfig {
    /// What it was read from.
    pub shape: Shape,
    /// The first tag or digest of the image, the name of the container without `/`, else the Compose service that a
    /// label names.
    pub name: Option<Spanned<String>>,
    /// The whole object.
    pub span: Span,
    /// Where to point for what is not there: the key that the configuration stands under, else the object's first byte.
    pub place: Span,
    /// `User`; not set means root.
    pub user: Option<Spanned<String>>,
    /// `Env`, in order.
    pub env: Vec<Variable>,
    /// `Entrypoint`.
    pub entrypoint: Option<Words>,
    /// `Cmd`.
    pub cmd: Option<Words>,
    /// `WorkingDir`.
    pub workdir: Option<Spanned<String>>,
    /// `ExposedPorts`: `80/tcp`.
    pub exposed_ports: Vec<Spanned<String>>,
    /// `Volumes`: paths in the container.
    pub volumes: Vec<Spanned<String>>,
    /// `Labels`: name and value.
    pub labels: Vec<(Spanned<String>, Spanned<String>)>,
    /// `StopSignal`, as a name or number.
    pub stop_signal: Option<Spanned<String>>,
    /// `Healthcheck`.
    pub healthcheck: Option<Spanned<Healthcheck>>,
    /// `Shell`: what a later build puts before shell forms.
    pub shell: Option<Words>,
    /// `OnBuild`: instructions that a build from this image runs.
    pub on_build: Option<Words>,
    /// `Size`: bytes of all layers; only inspection tells it.
    pub size: Option<Spanned<u64>>,
    /// `architecture`: `amd64`.
    pub architecture: Option<Spanned<String>>,
    /// `os`: `linux`.
    pub os: Option<Spanned<String>>,
    /// `history`, oldest first. Shows causes; never better than the fields above.
    pub history: Vec<Step>,
    /// What only a container has.
    pub container: Option<HostSettings>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The text before `=`.
    pub name: Spanned<String>,
    /// The text after it; `None` without a `=`.
    pub value: Option<Spanned<String>>,
}

/// A health check. All that is not set is the engine's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healthcheck {
    /// `["CMD", ...]`, `["CMD-SHELL", text]` or `["NONE"]`.
    pub test: Option<Words>,
    /// When; read from nanoseconds, of which 0 is not set.
    pub timing: Timing,
}

/// A build step, as the image remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The instruction, roughly: `RUN /bin/sh -c npm ci # buildkit`.
    pub created_by: Option<Spanned<String>>,
    /// Whether the step changed no file.
    pub empty_layer: bool,
}

/// How a container was created on its host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostSettings {
    /// The image as it was typed.
    pub image: Option<Spanned<String>>,
    /// The image's digest or id.
    pub image_id: Option<Spanned<String>>,
    /// `Path` and `Args`: what is started, entrypoint and command together, without the engine's init.
    pub argv: Vec<Spanned<String>>,
    /// `Init`; not set leaves it to the daemon.
    pub init: Option<Spanned<bool>>,
    /// `Memory` in bytes; 0 or not set is no limit.
    pub memory: Option<Spanned<u64>>,
    /// `MemoryReservation` in bytes; 0 or not set is none.
    pub memory_reservation: Option<Spanned<u64>>,
    /// `NanoCpus`, else `CpuQuota` by `CpuPeriod`, in cores; 0 or not set is no limit.
    pub cpus: Option<Spanned<f64>>,
    /// `PidsLimit`; 0, -1 or not set is none.
    pub pids_limit: Option<Spanned<i64>>,
    /// `RestartPolicy` as Compose writes it: `no`, `always`, `unless-stopped`, `on-failure:3`.
    pub restart: Option<Spanned<String>>,
    /// `Privileged`.
    pub privileged: Option<Spanned<bool>>,
    /// `ReadonlyRootfs`.
    pub read_only: Option<Spanned<bool>>,
    /// `CapAdd`, as typed.
    pub cap_add: Vec<Spanned<String>>,
    /// `CapDrop`, as typed.
    pub cap_drop: Vec<Spanned<String>>,
    /// `SecurityOpt`.
    pub security_opt: Vec<Spanned<String>>,
    /// `NetworkMode`: `bridge`, `host`, `container:ID`, the name of a network.
    pub network_mode: Option<Spanned<String>>,
    /// `PidMode`.
    pub pid_mode: Option<Spanned<String>>,
    /// `IpcMode`.
    pub ipc_mode: Option<Spanned<String>>,
    /// `Mounts`.
    pub mounts: Vec<Mount>,
}

/// Something of the host, or a volume, in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`.
    pub kind: Option<Spanned<String>>,
    /// The path on the host.
    pub source: Option<Spanned<String>>,
    /// The path in the container.
    pub destination: Option<Spanned<String>>,
    /// Whether the container may write to it.
    pub writable: bool,
    /// The whole entry.
    pub span: Span,
}

/// What a text is, if it holds image configurations. Looks at the outermost keys of the first object only.
pub fn recognise(text: &str) -> Option<Shape> {
    shape::recognise(text)
}

/// Reads all image configurations of a text. `source` is only written into the spans.
pub fn read(source: SourceId, text: &str) -> Loaded {
    let text = repair::repaired(text);
    let loaded = yaml::load(source, &text);
    let complete = !loaded.documents.is_empty();
    let mut problems: Vec<Problem> =
        loaded.problems.into_iter().map(|problem| shape::of_json(problem, complete)).collect();
    if !complete && problems.is_empty() {
        let place = Span::new(source, 0..0);
        problems.push(Problem::error(place, "the file is empty", shape::HELP));
    }
    let mut reader = fields::Reader::new(&text, problems);
    let mut images = Vec::new();
    for root in &loaded.documents {
        if root.weight() as usize > text.len() {
            // only aliases make more values than there are bytes
            reader.problem(root.span, "this is YAML with aliases, not JSON", shape::HELP);
            continue;
        }
        read_root(&mut reader, root, &mut images);
    }
    Loaded { images, problems: reader.into_problems() }
}

fn read_root(reader: &mut fields::Reader<'_>, root: &Node, images: &mut Vec<ImageConfig>) {
    if !root.is_sequence() {
        return read_object(reader, root, images);
    }
    if root.items().is_empty() {
        let help = "`docker inspect` prints this when it finds nothing: see that the name is right";
        reader.problem(root.span, "the list is empty", help);
    }
    for item in root.items() {
        read_object(reader, item, images);
    }
}

fn read_object(reader: &mut fields::Reader<'_>, node: &Node, images: &mut Vec<ImageConfig>) {
    match shape::of(node) {
        Some(shape) => images.push(config::read(reader, node, shape)),
        None => {
            let (what, help) = shape::stranger(node);
            reader.problem(shape::start(node), what, help);
        }
    }
}

#[cfg(test)]
mod tests;
