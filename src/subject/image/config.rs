//! Configuration: what an image or container is set to, out of its object.

use std::time::Duration;

use super::fields::{self, Reader};
use super::{Healthcheck, ImageConfig, Shape, Step, Variable, Words, host};
use crate::source::{Span, Spanned, Text};
use crate::subject::dockerfile::instruction::Timing;
use crate::yaml::Node;

/// The label that Compose puts on what it builds and starts.
const SERVICE_LABEL: &str = "com.docker.compose.service";

/// Reads the object of one image.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, shape: Shape) -> ImageConfig {
    let start = Span { end: node.span.start.saturating_add(1).min(node.span.end), ..node.span };
    let mut image = empty(shape, node.span, start);
    let key = if shape == Shape::Config { "config" } else { "Config" };
    if let Some(config) = reader.object(node, key) {
        image.place = fields::entry(node, key).map_or(start, |entry| entry.key.span);
        settings(reader, config, &mut image);
    }
    image.name = name(reader, node, &image);
    match shape {
        Shape::Config => {
            image.architecture = reader.text(node, "architecture");
            image.os = reader.text(node, "os");
            image.history = history(reader, node);
        }
        Shape::ImageInspect => {
            image.architecture = reader.text(node, "Architecture");
            image.os = reader.text(node, "Os");
            image.size = reader.amount(node, "Size");
            // Podman has it beside the configuration
            image.healthcheck = image.healthcheck.or_else(|| healthcheck(reader, node));
            image.history = podman_history(reader, node);
        }
        Shape::ContainerInspect => {
            image.os = reader.text(node, "Platform");
            image.container = Some(host::read(reader, node));
        }
    }
    image
}

fn empty(shape: Shape, span: Span, place: Span) -> ImageConfig {
    ImageConfig {
        shape,
        name: None,
        span,
        place,
        user: None,
        env: Vec::new(),
        entrypoint: None,
        cmd: None,
        workdir: None,
        exposed_ports: Vec::new(),
        volumes: Vec::new(),
        labels: Vec::new(),
        stop_signal: None,
        healthcheck: None,
        shell: None,
        on_build: None,
        size: None,
        architecture: None,
        os: None,
        history: Vec::new(),
        container: None,
    }
}

fn settings(reader: &mut Reader<'_>, config: &Node, image: &mut ImageConfig) {
    image.user = reader.text(config, "User");
    image.env = environment(reader, config);
    image.entrypoint = reader.words(config, "Entrypoint");
    image.cmd = reader.words(config, "Cmd");
    image.workdir = reader.text(config, "WorkingDir");
    image.exposed_ports = reader.keys(config, "ExposedPorts").into_iter().map(with_protocol).collect();
    image.volumes = reader.keys(config, "Volumes");
    image.labels = reader.pairs(config, "Labels");
    // older Podman writes the number
    image.stop_signal = reader.word(config, "StopSignal");
    image.healthcheck = healthcheck(reader, config);
    image.shell = reader.words(config, "Shell");
    image.on_build = reader.words(config, "OnBuild");
}

/// A port without a protocol is a TCP port.
fn with_protocol(port: Spanned<String>) -> Spanned<String> {
    port.map(|port| if port.contains('/') { port } else { port + "/tcp" })
}

fn environment(reader: &mut Reader<'_>, config: &Node) -> Vec<Variable> {
    let Some(words) = reader.words(config, "Env") else { return Vec::new() };
    let list = fields::value(config, "Env").map(Node::items).unwrap_or_default();
    let mut items = list.iter().filter(|item| item.scalar_text().is_some());
    let variables = words.value.into_iter().map(|word| {
        let places = items.next().and_then(|item| reader.places(item));
        variable(&word, places.as_ref())
    });
    variables.collect()
}

/// Splits `NAME=value`; both stand where the whole does if their places are not known.
fn variable(word: &Spanned<String>, places: Option<&Text>) -> Variable {
    let text = &word.value;
    let end = text.find('=').unwrap_or(text.len());
    let name = places.map_or(word.span, |places| places.span(0..end));
    let value = text.get(end + 1..).map(|value| {
        // up to the closing quote: the last character may be an escape
        let start = |places: &Text| places.span(end + 1..text.len()).start;
        let span =
            places.map_or(word.span, |places| Span { start: start(places), end: word.span.end - 1, ..word.span });
        Spanned::new(value.to_string(), span)
    });
    Variable { name: Spanned::new(text[..end].to_string(), name), value }
}

fn healthcheck(reader: &mut Reader<'_>, config: &Node) -> Option<Spanned<Healthcheck>> {
    let node = reader.object(config, "Healthcheck")?;
    let test = reader.words(node, "Test");
    let timing = Timing {
        interval: duration(reader, node, "Interval"),
        timeout: duration(reader, node, "Timeout"),
        start_period: duration(reader, node, "StartPeriod"),
        start_interval: duration(reader, node, "StartInterval"),
        retries: reader
            .amount(node, "Retries")
            .filter(|retries| retries.value > 0)
            .map(|retries| retries.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
    };
    let set = test.is_some() || timing != Timing::default();
    set.then(|| Spanned::new(Healthcheck { test, timing }, node.span))
}

fn duration(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<Spanned<Duration>> {
    let nanoseconds = reader.amount(node, key).filter(|nanoseconds| nanoseconds.value > 0)?;
    Some(nanoseconds.map(Duration::from_nanos))
}

fn history(reader: &mut Reader<'_>, node: &Node) -> Vec<Step> {
    let mut steps = Vec::new();
    for step in reader.objects(node, "history") {
        let created_by = reader.text(step, "created_by");
        let empty_layer = reader.boolean(step, "empty_layer").is_some_and(|empty| empty.value);
        steps.push(Step { created_by, empty_layer });
    }
    steps
}

/// Podman prints the history of an image among what it inspects.
fn podman_history(reader: &mut Reader<'_>, node: &Node) -> Vec<Step> {
    if fields::value(node, "History").is_some_and(Node::is_sequence) { history(reader, node) } else { Vec::new() }
}

/// Tag, digest, container name or Compose service, without what is put around them.
fn name(reader: &mut Reader<'_>, node: &Node, image: &ImageConfig) -> Option<Spanned<String>> {
    let found = match image.shape {
        Shape::ImageInspect => first_name(reader.words(node, "RepoTags"), "<none>:")
            .or_else(|| first_name(reader.words(node, "RepoDigests"), "<none>@")),
        Shape::ContainerInspect => container_name(reader, node),
        Shape::Config => None,
    };
    let service = || image.labels.iter().find(|(label, value)| label.value == SERVICE_LABEL && !value.value.is_empty());
    found.or_else(|| service().map(|(_, value)| value.clone()))
}

/// The first that names something: an image without a tag has `<none>` in its place.
fn first_name(words: Option<Words>, none: &str) -> Option<Spanned<String>> {
    words?.value.into_iter().find(|name| !name.value.is_empty() && !name.value.starts_with(none))
}

/// The name without the `/` before it.
fn container_name(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<String>> {
    let name = reader.text(node, "Name")?;
    let bare = name.value.trim_start_matches('/').to_string();
    let places = fields::value(node, "Name").and_then(|value| reader.places(value));
    let range = name.value.len() - bare.len()..name.value.len();
    let span = places.map_or(name.span, |places| places.span(range));
    (!bare.is_empty()).then(|| Spanned::new(bare, span))
}
