//! `build`: context, Dockerfile, arguments.

use std::sync::Arc;

use super::Reader;
use super::values::unknown;
use crate::source::Span;
use crate::subject::compose::model::{Build, Given, Location, Setting};
use crate::subject::compose::path;
use crate::yaml::Node;

impl Reader<'_, '_> {
    pub(super) fn build(&mut self, node: &Arc<Node>) -> Option<Build> {
        let short = node.scalar().is_some();
        if node.is_null() || !(short || node.is_mapping()) {
            return None;
        }
        let context_node = if short { Some(node) } else { node.get("context") };
        let (context, remote) = self.context(context_node.map(|node| &**node), node.span);
        let mut build = Build {
            span: node.span,
            context,
            remote,
            dockerfile: None,
            inline: None,
            inline_unknown: None,
            target: None,
            args: Vec::new(),
            additional_contexts: Vec::new(),
            labels: Vec::new(),
            tags: Vec::new(),
            platforms: Vec::new(),
            network: None,
            privileged: None,
            secrets: Vec::new(),
            ssh: Vec::new(),
            entitlements: Vec::new(),
        };
        for entry in node.entries() {
            self.build_attribute(&mut build, &entry.key.value, &entry.value);
        }
        if let (Some(dockerfile), Some(_)) = (&build.dockerfile, &build.inline) {
            let what = "`dockerfile` and `dockerfile_inline` are both given";
            self.loader.error(dockerfile.span, what, "remove one of them; Compose refuses the project");
        }
        Some(build)
    }

    fn build_attribute(&mut self, build: &mut Build, key: &str, value: &Arc<Node>) {
        match key {
            "dockerfile" => build.dockerfile = self.dockerfile(value, &build.context),
            "dockerfile_inline" if value.scalar_text().is_some() => {
                build.inline = Some(self.placed(value));
                build.inline_unknown = unknown(value, "").map(|unknown| unknown.why);
            }
            "target" => build.target = self.text(value),
            "args" => build.args = self.variables(value),
            "additional_contexts" => build.additional_contexts = self.pairs(value),
            "labels" => build.labels = self.pairs(value),
            "tags" => build.tags = self.list(value),
            "platforms" => build.platforms = self.list(value),
            "network" => build.network = self.text(value),
            "privileged" => build.privileged = self.flag("build.privileged", value),
            "secrets" => build.secrets = self.grants(value, "/run/secrets/"),
            "ssh" => build.ssh = self.pairs(value),
            "entitlements" => build.entitlements = self.list(value),
            _ => {}
        }
    }

    fn context(&mut self, node: Option<&Node>, at: Span) -> (Given<Location>, bool) {
        let given = node.and_then(|node| self.location(node)).unwrap_or_else(|| {
            let resolved = self.loader.directory(at).to_string();
            Given::new(Location { written: ".".to_string(), resolved }, at)
        });
        let written = match &given.setting {
            Setting::Value(location) => &location.written,
            Setting::Unknown(unknown) => &unknown.text,
        };
        if !path::is_remote(written) {
            return (given, false);
        }
        let far = given.map(|location| Location { resolved: location.written.clone(), ..location });
        (far, true)
    }

    /// Counts from the context, not from the Compose file.
    fn dockerfile(&mut self, node: &Node, context: &Given<Location>) -> Option<Given<Location>> {
        let directory = match &context.setting {
            Setting::Value(location) => location.resolved.clone(),
            Setting::Unknown(unknown) => unknown.text.clone(),
        };
        let text = self.text(node)?;
        Some(text.map(|written| Location { resolved: path::join(&directory, &written), written }))
    }
}
