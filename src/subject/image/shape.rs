//! Shape: what a JSON text is, by the outermost keys.

use memchr::memmem;

use super::Shape;
use crate::problem::Problem;
use crate::source::Span;
use crate::yaml::Node;

/// What to give instead of what was given.
pub(super) const HELP: &str =
    "write the configuration with `docker image inspect NAME > image.json` and give that file";

/// The keys that tell shapes apart, as far as they were seen.
#[derive(Debug, Default, Clone, Copy)]
struct Keys {
    architecture: bool,
    config: bool,
    /// `rootfs`, as configuration blobs have it.
    rootfs: bool,
    /// `RootFS`, as inspection has it.
    root_fs: bool,
    repo_tags: bool,
    id: bool,
    state: bool,
    host_config: bool,
    /// `manifests`, `layers`, `Layers`: an index, a manifest, an archive's list.
    parts: bool,
}

impl Keys {
    fn note(&mut self, key: &[u8]) {
        match key {
            b"architecture" | b"Architecture" => self.architecture = true,
            b"config" | b"Config" => self.config = true,
            b"rootfs" => self.rootfs = true,
            b"RootFS" => self.root_fs = true,
            b"RepoTags" => self.repo_tags = true,
            b"Id" => self.id = true,
            b"State" => self.state = true,
            b"HostConfig" => self.host_config = true,
            b"manifests" | b"layers" | b"Layers" => self.parts = true,
            _ => {}
        }
    }

    /// For writers that do not keep to the case of the letters.
    fn note_any_case(&mut self, key: &str) {
        match key.to_ascii_lowercase().as_str() {
            "hostconfig" => self.host_config = true,
            "repotags" => self.repo_tags = true,
            "id" => self.id = true,
            "state" => self.state = true,
            lower => self.note(lower.as_bytes()),
        }
    }

    fn shape(&self) -> Option<Shape> {
        if self.parts {
            return None;
        }
        if self.host_config && (self.state || self.config) {
            return Some(Shape::ContainerInspect);
        }
        if self.root_fs || self.repo_tags && (self.id || self.config || self.rootfs) {
            return Some(Shape::ImageInspect);
        }
        let config = self.rootfs && (self.config || self.architecture) || self.config && self.architecture;
        config.then_some(Shape::Config)
    }
}

/// The shape of an object.
pub(super) fn of(node: &Node) -> Option<Shape> {
    let mut keys = Keys::default();
    node.entries().iter().for_each(|entry| keys.note(entry.key.value.as_bytes()));
    if keys.shape().is_none() {
        node.entries().iter().for_each(|entry| keys.note_any_case(&entry.key.value));
    }
    keys.shape()
}

/// The shape of the first object of a text.
pub(super) fn recognise(text: &str) -> Option<Shape> {
    let body = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
    let object = match body.strip_prefix('[') {
        Some(rest) => rest.trim_start(),
        None => body,
    };
    let words = ["\"architecture\"", "\"rootfs\"", "\"RootFS\"", "\"RepoTags\"", "\"HostConfig\""];
    if !object.starts_with('{') || !words.iter().any(|word| memmem::find(object.as_bytes(), word.as_bytes()).is_some())
    {
        return None;
    }
    outermost_keys(object.as_bytes()).shape()
}

/// The keys of the object that the bytes begin with. Goes through the object once and keeps nothing but its depth.
fn outermost_keys(bytes: &[u8]) -> Keys {
    let mut keys = Keys::default();
    let mut depth = 0usize;
    let mut key_next = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => {
                depth += 1;
                key_next = depth == 1;
            }
            b'}' | b']' if depth <= 1 => break,
            b'}' | b']' => depth -= 1,
            b',' => key_next = depth == 1,
            b'"' => {
                let end = string_end(bytes, at + 1);
                if key_next && depth == 1 {
                    keys.note(&bytes[at + 1..end]);
                }
                key_next = false;
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

/// Where the quote stands that closes a text.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

/// A problem of the reader, in words for JSON. `complete` tells that a value was read before.
pub(super) fn of_json(mut problem: Problem, complete: bool) -> Problem {
    let Some(rest) = problem.what.strip_prefix("this is not YAML") else { return problem };
    if complete {
        problem.what = "there is more after the end of the JSON".to_string();
        problem.help = "put several objects into one list, as `docker inspect` does".to_string();
    } else if rest.contains("recursion limit") {
        problem.what = "values are nested deeper than any image configuration".to_string();
        problem.help = HELP.to_string();
    } else {
        problem.what = format!("this is not JSON{rest}");
        problem.help = format!("see whether the file was cut short; {HELP}");
    }
    problem
}

/// Where an object begins: short enough to show.
pub(super) fn start(node: &Node) -> Span {
    match node.entries().first() {
        Some(entry) => entry.key.span,
        None => node.span,
    }
}

/// What a value is that is no image configuration, and what to do about it.
pub(super) fn stranger(node: &Node) -> (String, String) {
    if !node.is_mapping() {
        return (
            format!("an image configuration is a JSON object, this is {}", super::fields::kind(node)),
            HELP.to_string(),
        );
    }
    let has = |key: &str| node.get(key).is_some();
    let known = KNOWN.iter().find(|(keys, ..)| keys.iter().all(|key| has(key)));
    if let Some((_, what, help)) = known {
        return (format!("this is {what}, not an image configuration"), format!("{help}{}{HELP}", joint(help)));
    }
    let keys: Vec<String> =
        node.entries().iter().take(4).map(|entry| format!("`{}`", short(&entry.key.value))).collect();
    let what = match keys.is_empty() {
        true => "this is an empty object, not an image configuration".to_string(),
        false => format!("this is no image configuration: its keys are {}", keys.join(", ")),
    };
    (what, HELP.to_string())
}

fn joint(help: &str) -> &'static str {
    if help.is_empty() { "" } else { "; or " }
}

fn short(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// What else comes as JSON around images: keys that tell, what it is, and how to get to the configuration from it.
const KNOWN: &[(&[&str], &str, &str)] = &[
    (&["config", "layers"], "an image manifest", "give the blob whose digest stands under `config.digest`"),
    (&["manifests"], "an image index", "choose a manifest, and give the blob that its `config.digest` names"),
    (&["fsLayers"], "an image manifest of the old schema 1", ""),
    (&["Config", "Layers"], "the list of contents of a `docker save` archive", "give the file that `Config` names"),
    (&["imageLayoutVersion"], "the marker of an OCI layout", "give the configuration blob under `blobs`"),
    (&["mediaType", "digest"], "a descriptor", "give the blob that `digest` names"),
    (&["HostConfig"], "a request to create a container", "give what `docker inspect` prints once it is created"),
    (&["Mountpoint", "Driver"], "a volume", ""),
    (&["IPAM"], "a network", ""),
    (&["auths"], "a file of registry credentials", "keep it out of the project"),
    (&["bomFormat"], "a CycloneDX bill of materials", ""),
    (&["spdxVersion"], "an SPDX bill of materials", ""),
    (&["services"], "a Compose project", "give it a name that ends in `.yaml`"),
    (&["runs", "version"], "a SARIF report", ""),
    (&["lockfileVersion"], "a lock file of npm", ""),
    (&["schemaVersion", "mediaType"], "a manifest of another kind", ""),
];
