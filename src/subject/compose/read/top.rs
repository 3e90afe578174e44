//! Top-level networks, volumes, secrets and configs.

use super::Reader;
use crate::subject::compose::model::{Given, Network, Pool, Resource, Setting, Volume};
use crate::yaml::{Entry, Node};

impl Reader<'_, '_> {
    pub(super) fn networks(&mut self, node: &Node) -> Vec<Network> {
        named(node).map(|entry| self.network(entry)).collect()
    }

    fn network(&mut self, entry: &Entry) -> Network {
        let node = &entry.value;
        let ipam = node.get("ipam");
        let mut pools = Vec::new();
        for config in ipam.and_then(|ipam| ipam.get("config")).map_or(&[][..], |config| config.items()) {
            let mut field = |name: &str| config.get(name).and_then(|node| self.text(node));
            let (subnet, gateway, ip_range) = (field("subnet"), field("gateway"), field("ip_range"));
            pools.push(Pool { span: config.span, subnet, gateway, ip_range });
        }
        Network {
            name: entry.key.value.to_string(),
            key: entry.key.span,
            span: node.span,
            indent: self.indent(node),
            given_name: node.get("name").and_then(|node| self.text(node)),
            driver: node.get("driver").and_then(|node| self.text(node)),
            external: self.external(node),
            internal: node.get("internal").and_then(|node| self.flag("internal", node)),
            attachable: node.get("attachable").and_then(|node| self.flag("attachable", node)),
            used: false,
            has_ipam: ipam.is_some_and(|ipam| !ipam.is_null()),
            pools,
            driver_opts: node.get("driver_opts").map_or_else(Vec::new, |node| self.pairs(node)),
        }
    }

    /// `external`; the old form with a name counts as true.
    fn external(&mut self, node: &Node) -> Option<Given<bool>> {
        let external = node.get("external")?;
        if external.is_mapping() {
            return Some(super::values::history(external, Setting::Value(true)));
        }
        self.flag("external", external)
    }

    pub(super) fn volumes(&mut self, node: &Node) -> Vec<Volume> {
        let mut volumes = Vec::new();
        for entry in named(node) {
            let node = &entry.value;
            let volume = Volume {
                name: entry.key.value.to_string(),
                key: entry.key.span,
                given_name: node.get("name").and_then(|node| self.text(node)),
                driver: node.get("driver").and_then(|node| self.text(node)),
                external: self.external(node),
                driver_opts: node.get("driver_opts").map_or_else(Vec::new, |node| self.pairs(node)),
            };
            if is_true(volume.external.as_ref()) {
                self.refuse_definition(node, "volume", &["driver", "driver_opts", "labels"]);
            }
            volumes.push(volume);
        }
        volumes
    }

    /// `secrets` or `configs`.
    pub(super) fn resources_of(&mut self, node: &Node, kind: &'static str) -> Vec<Resource> {
        let mut resources = Vec::new();
        for entry in named(node) {
            let node = &entry.value;
            let resource = Resource {
                name: entry.key.value.to_string(),
                key: entry.key.span,
                given_name: node.get("name").and_then(|node| self.text(node)),
                external: self.external(node),
                file: node.get("file").and_then(|node| self.location(node)),
                environment: node.get("environment").and_then(|node| self.text(node)),
                content: node.get("content").and_then(|node| self.text(node)),
            };
            self.check_source(entry, &resource, kind);
            resources.push(resource);
        }
        resources
    }

    fn check_source(&mut self, entry: &Entry, resource: &Resource, kind: &'static str) {
        let sources = [resource.file.is_some(), resource.environment.is_some(), resource.content.is_some()];
        let count = sources.iter().filter(|given| **given).count();
        let node = &entry.value;
        if is_true(resource.external.as_ref()) {
            return self.refuse_definition(
                node,
                kind,
                &["file", "environment", "content", "driver", "template_driver"],
            );
        }
        let driven = node.get("driver").is_some() || node.get("template_driver").is_some();
        let open = resource.external.as_ref().is_some_and(|external| external.value().is_none());
        let help = "give exactly one of `file`, `environment` and `external: true`";
        if count > 1 {
            let what = format!("the {kind} `{}` has more than one source", resource.name);
            self.loader.error(entry.key.span, what, help);
        } else if count == 0 && !driven && !open && node.is_mapping() {
            self.loader.error(entry.key.span, format!("the {kind} `{}` has no source", resource.name), help);
        }
    }

    fn refuse_definition(&mut self, node: &Node, kind: &str, attributes: &[&str]) {
        for name in attributes {
            if let Some(entry) = node.entry(name).filter(|entry| !entry.value.is_null()) {
                let what = format!("an external {kind} cannot have `{name}`");
                self.loader.error(entry.key.span, what, format!("remove `external` or `{name}`; Compose refuses both"));
            }
        }
    }
}

fn named(node: &Node) -> impl Iterator<Item = &Entry> {
    node.entries().iter().filter(|entry| !entry.key.value.starts_with("x-"))
}

fn is_true(given: Option<&Given<bool>>) -> bool {
    given.is_some_and(|given| given.value() == Some(&true))
}
