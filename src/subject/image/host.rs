//! Host settings: how a container was created, out of what `docker inspect` prints for it.

use super::fields::{self, Reader};
use super::{HostSettings, Mount};
use crate::source::Spanned;
use crate::yaml::Node;

/// What a quota is shared by if no period is set, in microseconds.
const DEFAULT_PERIOD: i64 = 100_000;

/// Reads the settings of the container in `node`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> HostSettings {
    let mut settings = reader.object(node, "HostConfig").map(|host| limits(reader, host)).unwrap_or_default();
    let typed = fields::value(node, "Config").filter(|config| config.is_mapping());
    settings.image = typed.and_then(|config| reader.text(config, "Image"));
    settings.image_id = reader.text(node, "Image");
    settings.argv = reader.text(node, "Path").into_iter().collect();
    settings.argv.extend(reader.all_words(node, "Args"));
    settings.mounts = mounts(reader, node);
    settings
}

fn limits(reader: &mut Reader<'_>, host: &Node) -> HostSettings {
    HostSettings {
        init: reader.boolean(host, "Init"),
        memory: bytes(reader, host, "Memory"),
        memory_reservation: bytes(reader, host, "MemoryReservation"),
        cpus: cpus(reader, host),
        pids_limit: reader.number(host, "PidsLimit"),
        restart: restart(reader, host),
        privileged: reader.boolean(host, "Privileged"),
        read_only: reader.boolean(host, "ReadonlyRootfs"),
        cap_add: reader.all_words(host, "CapAdd"),
        cap_drop: reader.all_words(host, "CapDrop"),
        security_opt: reader.all_words(host, "SecurityOpt"),
        network_mode: reader.text(host, "NetworkMode"),
        pid_mode: reader.text(host, "PidMode"),
        ipc_mode: reader.text(host, "IpcMode"),
        ..HostSettings::default()
    }
}

/// Engines write -1 as well as 0 for no limit.
fn bytes(reader: &mut Reader<'_>, host: &Node, key: &str) -> Option<Spanned<u64>> {
    Some(reader.number(host, key)?.map(|bytes| u64::try_from(bytes).unwrap_or(0)))
}

fn cpus(reader: &mut Reader<'_>, host: &Node) -> Option<Spanned<f64>> {
    let nano = reader.number(host, "NanoCpus");
    let quota = reader.number(host, "CpuQuota");
    let period = reader.number(host, "CpuPeriod").map(|period| period.value).filter(|&period| period > 0);
    match (nano, quota) {
        (Some(nano), _) if nano.value > 0 => Some(nano.map(|nano| nano as f64 / 1e9)),
        (_, Some(quota)) if quota.value > 0 => {
            let period = period.unwrap_or(DEFAULT_PERIOD);
            Some(quota.map(|quota| quota as f64 / period as f64))
        }
        (nano, quota) => nano.or(quota).map(|number| number.map(|_| 0.0)),
    }
}

fn restart(reader: &mut Reader<'_>, host: &Node) -> Option<Spanned<String>> {
    let policy = reader.object(host, "RestartPolicy")?;
    let name = reader.text(policy, "Name").unwrap_or_else(|| Spanned::new("no".to_string(), policy.span));
    let retries = reader.number(policy, "MaximumRetryCount").map_or(0, |count| count.value);
    Some(name.map(|name| if name == "on-failure" && retries > 0 { format!("{name}:{retries}") } else { name }))
}

fn mounts(reader: &mut Reader<'_>, node: &Node) -> Vec<Mount> {
    let mut mounts = Vec::new();
    for mount in reader.objects(node, "Mounts") {
        mounts.push(Mount {
            kind: reader.text(mount, "Type"),
            source: reader.text(mount, "Source"),
            destination: reader.text(mount, "Destination"),
            writable: reader.boolean(mount, "RW").is_none_or(|writable| writable.value),
            span: mount.span,
        });
    }
    mounts
}
