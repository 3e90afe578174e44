//! Limits, reservations, restart and replicas: `deploy` and the older attributes that say the same.

use std::sync::Arc;

use super::Reader;
use super::process::restart;
use crate::source::Span;
use crate::subject::compose::model::{Given, Resources, Restart, Service};
use crate::subject::compose::units;
use crate::yaml::Node;

/// The attributes of a service that stand for limits outside of `deploy`.
#[derive(Default)]
struct Legacy {
    memory: Option<Given<u64>>,
    cpus: Option<Given<f64>>,
    pids: Option<Given<i64>>,
    reservation: Option<Given<u64>>,
    quota: Option<Given<f64>>,
    period: Option<Given<f64>>,
}

impl Reader<'_, '_> {
    /// Reads everything about limits, restart and replicas of a service.
    pub(super) fn service_resources(&mut self, service: &mut Service, node: &Node) {
        let mut legacy = Legacy::default();
        for entry in node.entries() {
            let value = &entry.value;
            match &*entry.key.value {
                "mem_limit" => legacy.memory = self.bytes("mem_limit", value),
                "mem_reservation" => legacy.reservation = self.bytes("mem_reservation", value),
                "cpus" => legacy.cpus = self.cores("cpus", value),
                "cpu_count" => service.resources.windows_cpus = self.cores("cpu_count", value),
                "cpu_percent" => service.resources.windows_cpu_percent = self.cores("cpu_percent", value),
                "cpu_quota" => legacy.quota = self.scalar("cpu_quota", value, |t| t.parse().ok(), "a number"),
                "cpu_period" => legacy.period = self.scalar("cpu_period", value, period, "a number or a duration"),
                "pids_limit" => legacy.pids = self.scalar("pids_limit", value, |t| t.parse().ok(), "a whole number"),
                "memswap_limit" => service.resources.memory_swap = self.swap(value),
                "shm_size" => service.resources.shm_size = self.bytes("shm_size", value),
                "restart" => service.restart = self.scalar("restart", value, |text| Some(restart(text)), ""),
                "scale" => service.replicas = self.count("scale", value),
                _ => {}
            }
        }
        let deploy = node.get("deploy").filter(|deploy| deploy.is_mapping());
        service.deploy = deploy.map(|deploy| deploy.span);
        if let Some(deploy) = deploy {
            self.deployed_restart(service, deploy);
            self.deployed_replicas(service, deploy);
        }
        let block = |name: &str| deploy?.get("resources")?.get(name).filter(|block| !block.entries().is_empty());
        let resources = deploy.and_then(|deploy| deploy.get("resources"));
        let key = |name: &str| Some(resources?.entry(name)?.key.span);
        service.resources.limits = key("limits");
        service.resources.reservations = key("reservations");
        self.limits(&mut service.resources, block("limits"), &mut legacy);
        self.reservations(&mut service.resources, block("reservations"), &mut legacy);
    }

    /// A number that is not negative.
    fn cores(&mut self, name: &str, node: &Node) -> Option<Given<f64>> {
        self.scalar(name, node, units::cores, "a number of cores such as `0.5`")
    }

    fn swap(&mut self, node: &Node) -> Option<Given<i64>> {
        let read = |text: &str| if text == "-1" { Some(-1) } else { i64::try_from(units::bytes(text)?).ok() };
        self.scalar("memswap_limit", node, read, "a size such as `512m`, or -1")
    }

    fn limits(&mut self, resources: &mut Resources, block: Option<&Arc<Node>>, legacy: &mut Legacy) {
        let get = |name: &str| block.and_then(|block| block.get(name));
        let memory = get("memory").and_then(|n| self.bytes("deploy.resources.limits.memory", n));
        let cpus = get("cpus").and_then(|n| self.cores("deploy.resources.limits.cpus", n));
        let whole = |text: &str| text.parse().ok();
        let pids = get("pids").and_then(|n| self.scalar("deploy.resources.limits.pids", n, whole, "a whole number"));
        let at = block.map(|block| block.span);
        let quota = quota(legacy);
        resources.cpu_by_quota = quota.is_some() && legacy.cpus.is_none() && cpus.is_none();
        resources.memory_limit = self.agreed("mem_limit", "limits.memory", legacy.memory.take(), memory, at);
        resources.cpu_limit = self.agreed("cpus", "limits.cpus", legacy.cpus.take(), cpus, at).or(quota);
        resources.pids_limit = self.agreed("pids_limit", "limits.pids", legacy.pids.take(), pids, at);
    }

    fn reservations(&mut self, resources: &mut Resources, block: Option<&Arc<Node>>, legacy: &mut Legacy) {
        let get = |name: &str| block.and_then(|block| block.get(name));
        let memory = get("memory").and_then(|n| self.bytes("deploy.resources.reservations.memory", n));
        resources.cpu_reservation = get("cpus").and_then(|n| self.cores("deploy.resources.reservations.cpus", n));
        let at = block.map(|block| block.span);
        let legacy = legacy.reservation.take();
        resources.memory_reservation = self.agreed("mem_reservation", "reservations.memory", legacy, memory, at);
    }

    /// The value that counts of an older and a newer attribute, which must not differ. Where the newer block exists,
    /// leaving the attribute out of it counts as 0.
    fn agreed<T: PartialEq + Default>(
        &mut self,
        old_name: &str,
        new_name: &str,
        old: Option<Given<T>>,
        new: Option<Given<T>>,
        block: Option<Span>,
    ) -> Option<Given<T>> {
        let Some(old) = old else {
            return new;
        };
        let Some(block) = block else {
            return Some(old);
        };
        let known = new.is_none() || new.as_ref().is_some_and(|new| new.value().is_some());
        let nothing = T::default();
        let wanted = new.as_ref().and_then(|new| new.value()).unwrap_or(&nothing);
        if known && old.value().is_some_and(|old| old != wanted) {
            let place = new.as_ref().map_or(block, |new| new.span);
            let what = match new {
                Some(_) => format!("`{old_name}` and `deploy.resources.{new_name}` differ"),
                None => format!("`{old_name}` is set but `deploy.resources.{new_name}` beside it is not"),
            };
            let help = format!("say it once, as `deploy.resources.{new_name}`; Compose refuses the project");
            self.loader.error(if new.is_some() { place } else { old.span }, what, help);
        }
        match new {
            Some(mut new) => {
                new.overrode.push(old.span);
                new.overrode.extend(old.overrode);
                Some(new)
            }
            None => Some(old),
        }
    }

    fn deployed_restart(&mut self, service: &mut Service, deploy: &Node) {
        let Some(policy) = deploy.get("restart_policy").filter(|policy| policy.is_mapping()) else {
            return;
        };
        let attempts = policy.get("max_attempts").and_then(|node| self.count("max_attempts", node));
        let attempts = attempts.and_then(|given| given.value().copied());
        let condition = policy.get("condition").and_then(|node| {
            let read = |text: &str| {
                Some(match text {
                    "none" => Restart::No,
                    "on-failure" => Restart::OnFailure(attempts),
                    "any" | "" => Restart::Always,
                    "unless-stopped" => Restart::UnlessStopped,
                    other => Restart::Other(other.to_string()),
                })
            };
            self.scalar("condition", node, read, "")
        });
        let mut given = condition.unwrap_or_else(|| Given::new(Restart::Always, policy.span));
        if let Some(old) = service.restart.take() {
            given.overrode.push(old.span);
            given.overrode.extend(old.overrode);
        }
        service.restart = Some(given);
    }

    fn deployed_replicas(&mut self, service: &mut Service, deploy: &Node) {
        let Some(replicas) = deploy.get("replicas").and_then(|node| self.count("deploy.replicas", node)) else {
            return;
        };
        if let Some(scale) = &service.replicas
            && let (Some(old), Some(new)) = (scale.value(), replicas.value())
            && old != new
        {
            let help = "say it once, as `deploy.replicas`; Compose refuses the project";
            self.loader.error(replicas.span, "`scale` and `deploy.replicas` differ", help);
        }
        service.replicas = Some(replicas);
    }
}

/// Microseconds.
fn period(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| Some(units::duration(text)? as f64 / 1000.0))
}

fn quota(legacy: &mut Legacy) -> Option<Given<f64>> {
    let period = legacy.period.take().and_then(|given| given.value().copied()).filter(|period| *period > 0.0);
    // the kernel's period where none is given
    Some(legacy.quota.take()?.map(|quota| quota / period.unwrap_or(100_000.0)))
}
