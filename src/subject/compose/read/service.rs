//! One service from its merged node.

use std::sync::Arc;

use super::Reader;
use crate::source::Spanned;
use crate::subject::compose::model::Service;
use crate::yaml::{Entry, Node};

impl Reader<'_, '_> {
    pub(super) fn services(&mut self, node: &Node) -> Vec<Service> {
        let mut services = Vec::with_capacity(node.entries().len());
        for entry in node.entries().iter().filter(|entry| !entry.key.value.starts_with("x-")) {
            self.check_name(entry);
            if entry.value.is_mapping() {
                services.push(Service::new(&entry.key.value, entry.key.span, entry.value.span));
            }
        }
        // read in place: a service is some kilobytes
        let nodes =
            node.entries().iter().filter(|entry| entry.value.is_mapping() && !entry.key.value.starts_with("x-"));
        for (service, entry) in services.iter_mut().zip(nodes) {
            self.service(service, &entry.value);
        }
        services
    }

    fn check_name(&mut self, entry: &Entry) {
        let name = &*entry.key.value;
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || !name.chars().all(fits) {
            let what = format!("`{}` cannot name a service", super::schema::short(name));
            self.loader.error(entry.key.span, what, "use letters, digits, `.`, `_` and `-`");
        }
    }

    fn service(&mut self, service: &mut Service, node: &Node) {
        for entry in node.entries() {
            let (key, value) = (&*entry.key.value, &entry.value);
            let known = self.process(service, key, value)
                || self.confinement(service, key, value)
                || self.connections(service, key, value);
            if !known && key.starts_with("x-") {
                service.extensions.push(Spanned::new(key.to_string(), entry.key.span));
            }
        }
        service.indent = self.indent(node);
        self.service_resources(service, node);
        (service.env_files, service.environment) = self.environment(node.get("env_file"), node.get("environment"));
        service.active = self.is_active(service);
    }

    fn is_active(&self, service: &Service) -> bool {
        let wanted = &self.loader.request.profiles;
        service.profiles.is_empty()
            || wanted.iter().any(|w| w == "*")
            || service.profiles.iter().filter_map(|profile| profile.value()).any(|profile| wanted.contains(profile))
    }

    fn process(&mut self, service: &mut Service, key: &str, value: &Arc<Node>) -> bool {
        match key {
            "image" => service.image = self.text(value),
            "build" => service.build = self.build(value),
            "platform" => service.platform = self.text(value),
            "pull_policy" => service.pull_policy = self.text(value),
            "container_name" => service.container_name = self.text(value),
            "hostname" => service.hostname = self.text(value),
            "profiles" => service.profiles = self.list(value),
            "provider" => service.provider = Some(value.span),
            "user" => service.user = self.text(value),
            "working_dir" => service.working_dir = self.text(value),
            "entrypoint" => service.entrypoint = self.command("entrypoint", value),
            "command" => service.command = self.command("command", value),
            "init" => service.init = self.flag("init", value),
            "tty" => service.tty = self.flag("tty", value),
            "healthcheck" => service.healthcheck = self.healthcheck(value),
            "stop_signal" => service.stop_signal = self.text(value),
            "stop_grace_period" => service.stop_grace_period = self.duration("stop_grace_period", value),
            "labels" => service.labels = self.pairs(value),
            "annotations" => service.annotations = self.pairs(value),
            "pre_start" => service.hooks.extend(self.hooks("pre_start", value)),
            "post_start" => service.hooks.extend(self.hooks("post_start", value)),
            "pre_stop" => service.hooks.extend(self.hooks("pre_stop", value)),
            _ => return false,
        }
        true
    }

    fn confinement(&mut self, service: &mut Service, key: &str, value: &Arc<Node>) -> bool {
        match key {
            "privileged" => service.privileged = self.flag("privileged", value),
            "cap_add" => service.cap_add = self.list(value),
            "cap_drop" => service.cap_drop = self.list(value),
            "security_opt" => service.security_opt = self.list(value),
            "group_add" => service.group_add = self.list(value),
            "read_only" => service.read_only = self.flag("read_only", value),
            "pid" => service.pid = self.text(value),
            "ipc" => service.ipc = self.text(value),
            "uts" => service.uts = self.text(value),
            "userns_mode" => service.userns_mode = self.text(value),
            "cgroup" => service.cgroup = self.text(value),
            "runtime" => service.runtime = self.text(value),
            "devices" => service.devices = self.devices(value),
            "sysctls" => service.sysctls = self.pairs(value),
            "ulimits" => service.ulimits = self.ulimits(value),
            "use_api_socket" => service.use_api_socket = self.flag("use_api_socket", value),
            _ => return false,
        }
        true
    }

    fn connections(&mut self, service: &mut Service, key: &str, value: &Arc<Node>) -> bool {
        match key {
            "ports" => service.ports = self.ports(value),
            "expose" => service.expose = self.list(value),
            "volumes" => service.volumes = self.mounts(value),
            "tmpfs" => service.tmpfs = self.list(value),
            "networks" => service.networks = self.attachments(value),
            "network_mode" => service.network_mode = self.text(value),
            "depends_on" => {
                service.depends_on = self.dependencies(value);
                service.depends_on_list = self.name_list(value);
            }
            "links" => service.links = self.list(value),
            "volumes_from" => service.volumes_from = self.list(value),
            "extra_hosts" => service.extra_hosts = self.hosts(value),
            "dns" => service.dns = self.list(value),
            "secrets" => service.secrets = self.grants(value, "/run/secrets/"),
            "configs" => service.configs = self.grants(value, "/"),
            "logging" => {
                service.logging_driver = value.get("driver").and_then(|node| self.text(node));
                service.logging_options = value.get("options").map_or_else(Vec::new, |node| self.pairs(node));
            }
            _ => return false,
        }
        true
    }
}
