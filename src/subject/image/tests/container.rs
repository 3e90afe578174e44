//! Containers: what only they have.

use super::*;

#[test]
fn a_container_comes_with_the_settings_of_its_host() {
    let image = one(CONTAINER);
    assert_eq!(
        (image.shape, text(&image.name), text(&image.os)),
        (Shape::ContainerInspect, "shop-api-1".into(), "linux".into())
    );
    assert_eq!(cut(CONTAINER, image.name.as_ref().expect("set").span), "shop-api-1");
    let host = image.container.expect("a container");
    assert_eq!((text(&host.image), text(&host.image_id)), ("shop/api:1.2".into(), "sha256:abc".into()));
    assert_eq!(list(&host.argv), "docker-entrypoint.sh|node|server.js");
    assert_eq!(
        (text(&host.init), text(&host.privileged), text(&host.read_only)),
        ("true".into(), "false".into(), "true".into())
    );
    assert_eq!(
        (text(&host.memory), text(&host.memory_reservation), text(&host.cpus)),
        ("268435456".into(), "0".into(), "0.5".into())
    );
    assert_eq!((text(&host.restart), text(&host.pids_limit)), ("on-failure:3".into(), "-".into()));
    assert_eq!((list(&host.cap_add), list(&host.cap_drop)), ("CAP_NET_ADMIN".into(), String::new()));
    assert_eq!(list(&host.security_opt), "no-new-privileges:true");
    assert_eq!(
        (text(&host.network_mode), text(&host.pid_mode), text(&host.ipc_mode)),
        ("shop_default".into(), "-".into(), "private".into())
    );
    assert_eq!(text(&host.mounts[0].source), "/var/run/docker.sock");
    assert!(!host.mounts[0].writable);
}

#[test]
fn a_container_without_a_name_has_that_of_its_service() {
    let image = one(&CONTAINER.replace("\"/shop-api-1\"", "\"\""));
    assert_eq!(text(&image.name), "api");
}

/// One setting of the host, and what is read from it.
#[track_caller]
fn host(settings: &str) -> HostSettings {
    one(&format!(r#"{{"State":{{}},"HostConfig":{settings}}}"#)).container.expect("a container")
}

#[test]
fn cores_come_from_nano_cpus_or_from_quota_and_period() {
    for (settings, expected) in [
        (r#"{"NanoCpus":1500000000}"#, "1.5"),
        (r#"{"NanoCpus":1e9}"#, "1"),
        (r#"{"NanoCpus":0,"CpuQuota":50000,"CpuPeriod":100000}"#, "0.5"),
        (r#"{"CpuQuota":50000,"CpuPeriod":0}"#, "0.5"),
        (r#"{"CpuQuota":50000,"CpuPeriod":25000}"#, "2"),
        (r#"{"NanoCpus":0,"CpuQuota":0}"#, "0"),
        (r#"{"CpuQuota":-1}"#, "0"),
        (r#"{"NanoCpus":null}"#, "-"),
        ("{}", "-"),
    ] {
        assert_eq!(text(&host(settings).cpus), expected, "{settings}");
    }
}

#[test]
fn limits_and_restarts_are_told_as_compose_writes_them() {
    for (settings, memory, restart) in [
        (r#"{"Memory":0,"RestartPolicy":{"Name":"no","MaximumRetryCount":0}}"#, "0", "no"),
        (r#"{"Memory":-1,"RestartPolicy":{"Name":"","MaximumRetryCount":0}}"#, "0", "no"),
        (r#"{"Memory":null,"RestartPolicy":null}"#, "-", "-"),
        (r#"{"Memory":1048576,"RestartPolicy":{"Name":"always","MaximumRetryCount":0}}"#, "1048576", "always"),
        (r#"{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":0}}"#, "-", "on-failure"),
        (r#"{"RestartPolicy":{"Name":"unless-stopped"}}"#, "-", "unless-stopped"),
    ] {
        let host = host(settings);
        assert_eq!((text(&host.memory), text(&host.restart)), (memory.to_string(), restart.to_string()), "{settings}");
    }
    assert_eq!(host(r#"{"Init":null}"#).init, None, "the daemon decides");
}
