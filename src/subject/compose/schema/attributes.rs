//! The table of attributes, after the Compose specification's schema and the merge rules of compose-go.

use super::{BOOLEAN, Entries, Merge, NULL, NUMBER, Shape, TEXT, WHOLE};

type Fields = &'static [(&'static str, &'static Shape)];

pub(in super::super) static ANY: Shape = Shape {
    scalars: TEXT | NUMBER | BOOLEAN | NULL,
    items: Some(&ANY),
    distinct: false,
    entries: Entries::Any,
    merge: Merge::Deep,
};
static STR: Shape = Shape::scalar(TEXT);
static STR_OR_NULL: Shape = Shape::scalar(TEXT | NULL);
static FLAG: Shape = Shape::scalar(BOOLEAN | TEXT);
static NUM: Shape = Shape::scalar(NUMBER | TEXT);
static INT: Shape = Shape::scalar(WHOLE | TEXT);
static VALUE: Shape = Shape::scalar(TEXT | NUMBER | BOOLEAN | NULL);
static ITEM: Shape = Shape::scalar(TEXT | NUMBER);
static SCALAR_OR_ITEMS: Shape =
    Shape { scalars: TEXT | NUMBER | BOOLEAN | NULL, items: Some(&VALUE), ..Shape::scalar(0) };

static STRS: Shape = Shape::list(&STR);
static DISTINCT: Shape = Shape::list(&STR).distinct();
static ITEMS: Shape = Shape::list(&ITEM);
static DISTINCT_ITEMS: Shape = Shape::list(&ITEM).distinct();
static STR_OR_STRS: Shape = Shape::list(&STR).or(TEXT).merged(Merge::TextOrList);
static COMMAND: Shape = Shape::list(&STR).or(TEXT | NULL).merged(Merge::Replace);
static TEST: Shape = Shape::list(&STR).or(TEXT).merged(Merge::Replace);
/// `NAME=value` items or a mapping.
static PAIRS: Shape = Shape { items: Some(&STR), ..Shape::map(&VALUE).merged(Merge::ByName) };
static HOSTS: Shape = Shape { items: Some(&STR), ..Shape::map(&SCALAR_OR_ITEMS).merged(Merge::Hosts) };
static OPTIONS: Shape = Shape::map(&VALUE);
static OPTIONS_OR_NULL: Shape = Shape::map(&VALUE).or(NULL);

static GRANT: Shape = Shape::fields(GRANT_FIELDS).or(TEXT);
static GRANTS: Shape = Shape::list(&GRANT);
const GRANT_FIELDS: Fields = &[("source", &STR), ("target", &STR), ("uid", &STR), ("gid", &STR), ("mode", &NUM)];

static ULIMIT: Shape = Shape::fields(&[("hard", &INT), ("soft", &INT)]).or(WHOLE | TEXT).merged(Merge::Replace);
static ULIMITS: Shape = Shape::map(&ULIMIT);

static BUILD: Shape = Shape::fields(BUILD_FIELDS).or(TEXT).merged(Merge::Build);
const BUILD_FIELDS: Fields = &[
    ("context", &STR),
    ("dockerfile", &STR),
    ("dockerfile_inline", &STR),
    ("args", &PAIRS),
    ("target", &STR),
    ("labels", &PAIRS),
    ("additional_contexts", &PAIRS),
    ("cache_from", &STRS),
    ("cache_to", &STRS),
    ("no_cache", &FLAG),
    ("no_cache_filter", &STR_OR_STRS),
    ("network", &STR),
    ("provenance", &FLAG),
    ("sbom", &FLAG),
    ("pull", &FLAG),
    ("shm_size", &NUM),
    ("ssh", &PAIRS),
    ("entitlements", &STRS),
    ("extra_hosts", &HOSTS),
    ("isolation", &STR),
    ("privileged", &FLAG),
    ("secrets", &GRANTS),
    ("tags", &STRS),
    ("ulimits", &ULIMITS),
    ("platforms", &STRS),
];

static BLKIO: Shape = Shape::fields(&[
    ("device_read_bps", &BLKIO_LIMITS),
    ("device_read_iops", &BLKIO_LIMITS),
    ("device_write_bps", &BLKIO_LIMITS),
    ("device_write_iops", &BLKIO_LIMITS),
    ("weight", &INT),
    ("weight_device", &BLKIO_WEIGHTS),
]);
static BLKIO_LIMIT: Shape = Shape::fields(&[("path", &STR), ("rate", &NUM)]);
static BLKIO_LIMITS: Shape = Shape::list(&BLKIO_LIMIT);
static BLKIO_WEIGHT: Shape = Shape::fields(&[("path", &STR), ("weight", &INT)]);
static BLKIO_WEIGHTS: Shape = Shape::list(&BLKIO_WEIGHT);

static DEPENDENCY: Shape = Shape::fields(&[("condition", &STR), ("required", &FLAG), ("restart", &FLAG)]);
static DEPENDS_ON: Shape =
    Shape { items: Some(&STR), distinct: true, ..Shape::map(&DEPENDENCY).merged(Merge::Dependencies) };

static DEVICE: Shape = Shape::fields(&[("source", &STR), ("target", &STR), ("permissions", &STR)]).or(TEXT);
static DEVICES: Shape = Shape::list(&DEVICE);

static ENV_FILE: Shape = Shape::list(&ENV_FILE_ITEM).or(TEXT).merged(Merge::TextOrList);
static ENV_FILE_ITEM: Shape = Shape::fields(&[("path", &STR), ("format", &STR), ("required", &FLAG)]).or(TEXT);

static EXTENDS: Shape = Shape::fields(&[("service", &STR), ("file", &STR)]).or(TEXT).merged(Merge::Replace);

static GPU: Shape = Shape::fields(RESERVED_DEVICE_FIELDS);
static GPUS: Shape = Shape::list(&GPU).or(TEXT);

static HEALTHCHECK: Shape = Shape::fields(&[
    ("disable", &FLAG),
    ("interval", &STR),
    ("retries", &NUM),
    ("test", &TEST),
    ("timeout", &STR),
    ("start_period", &STR),
    ("start_interval", &STR),
]);

static HOOK: Shape = Shape::fields(&[
    ("command", &COMMAND),
    ("user", &STR),
    ("privileged", &FLAG),
    ("working_dir", &STR),
    ("environment", &PAIRS),
    ("image", &STR),
    ("per_replica", &FLAG),
]);
static HOOKS: Shape = Shape::list(&HOOK);

static LOGGING: Shape = Shape::fields(&[("driver", &STR), ("options", &OPTIONS_OR_NULL)]).merged(Merge::Logging);

static MODEL: Shape = Shape::fields(&[("endpoint_var", &STR), ("model_var", &STR)]).or(NULL);
static SERVICE_MODELS: Shape = Shape { items: Some(&STR), ..Shape::map(&MODEL).merged(Merge::Names) };

static ATTACHMENT: Shape = Shape::fields(&[
    ("aliases", &STRS),
    ("interface_name", &STR),
    ("ipv4_address", &STR),
    ("ipv6_address", &STR),
    ("link_local_ips", &STRS),
    ("mac_address", &STR),
    ("driver_opts", &OPTIONS),
    ("priority", &NUM),
    ("gw_priority", &NUM),
])
.or(NULL);
static SERVICE_NETWORKS: Shape =
    Shape { items: Some(&STR), distinct: true, ..Shape::map(&ATTACHMENT).merged(Merge::Names) };

static PORT: Shape = Shape::fields(&[
    ("name", &STR),
    ("mode", &STR),
    ("host_ip", &STR),
    ("target", &INT),
    ("published", &INT),
    ("protocol", &STR),
    ("app_protocol", &STR),
])
.or(TEXT | NUMBER);
static PORTS: Shape = Shape::list(&PORT);

static PROVIDER: Shape = Shape::fields(&[("type", &STR), ("options", &PROVIDER_OPTIONS)]);
static PROVIDER_OPTIONS: Shape = Shape::map(&SCALAR_OR_ITEMS);

static MOUNT: Shape = Shape::fields(&[
    ("type", &STR),
    ("source", &STR),
    ("target", &STR),
    ("read_only", &FLAG),
    ("consistency", &STR),
    ("bind", &MOUNT_BIND),
    ("volume", &MOUNT_VOLUME),
    ("tmpfs", &MOUNT_TMPFS),
    ("image", &MOUNT_IMAGE),
])
.or(TEXT);
static MOUNT_BIND: Shape =
    Shape::fields(&[("propagation", &STR), ("create_host_path", &FLAG), ("recursive", &STR), ("selinux", &STR)])
        .or(NULL);
static MOUNT_VOLUME: Shape = Shape::fields(&[("labels", &PAIRS), ("nocopy", &FLAG), ("subpath", &STR)]).or(NULL);
static MOUNT_TMPFS: Shape = Shape::fields(&[("size", &NUM), ("mode", &NUM)]).or(NULL);
static MOUNT_IMAGE: Shape = Shape::fields(&[("subpath", &STR)]).or(NULL);
static MOUNTS: Shape = Shape::list(&MOUNT);

static DEVELOP: Shape = Shape::fields(&[("watch", &WATCHES)]).or(NULL);
static WATCHES: Shape = Shape::list(&WATCH);
static WATCH: Shape = Shape::fields(&[
    ("path", &STR),
    ("action", &STR),
    ("target", &STR),
    ("ignore", &STR_OR_STRS),
    ("include", &STR_OR_STRS),
    ("exec", &HOOK),
    ("initial_sync", &FLAG),
]);

static DEPLOY: Shape = Shape::fields(&[
    ("mode", &STR),
    ("endpoint_mode", &STR),
    ("replicas", &INT),
    ("labels", &PAIRS),
    ("rollback_config", &UPDATE),
    ("update_config", &UPDATE),
    ("resources", &RESOURCES),
    ("restart_policy", &RESTART_POLICY),
    ("placement", &PLACEMENT),
])
.or(NULL);
static UPDATE: Shape = Shape::fields(&[
    ("parallelism", &INT),
    ("delay", &STR),
    ("failure_action", &STR),
    ("monitor", &STR),
    ("max_failure_ratio", &NUM),
    ("order", &STR),
]);
static RESOURCES: Shape = Shape::fields(&[("limits", &LIMITS), ("reservations", &RESERVATIONS)]);
static LIMITS: Shape = Shape::fields(&[("cpus", &NUM), ("memory", &STR), ("pids", &INT)]);
static RESERVATIONS: Shape = Shape::fields(&[
    ("cpus", &NUM),
    ("memory", &STR),
    ("generic_resources", &GENERIC_RESOURCES),
    ("devices", &RESERVED_DEVICES),
]);
static GENERIC_RESOURCES: Shape = Shape::list(&GENERIC_RESOURCE);
static GENERIC_RESOURCE: Shape = Shape::fields(&[("discrete_resource_spec", &DISCRETE_RESOURCE)]);
static DISCRETE_RESOURCE: Shape = Shape::fields(&[("kind", &STR), ("value", &NUM)]);
static RESERVED_DEVICES: Shape = Shape::list(&RESERVED_DEVICE);
static RESERVED_DEVICE: Shape = Shape::fields(RESERVED_DEVICE_FIELDS);
const RESERVED_DEVICE_FIELDS: Fields =
    &[("capabilities", &STRS), ("count", &INT), ("device_ids", &STRS), ("driver", &STR), ("options", &PAIRS)];
static RESTART_POLICY: Shape =
    Shape::fields(&[("condition", &STR), ("delay", &STR), ("max_attempts", &INT), ("window", &STR)]);
static PLACEMENT: Shape =
    Shape::fields(&[("constraints", &STRS), ("preferences", &PREFERENCES), ("max_replicas_per_node", &INT)]);
static PREFERENCES: Shape = Shape::list(&PREFERENCE);
static PREFERENCE: Shape = Shape::fields(&[("spread", &STR)]);

static CREDENTIAL_SPEC: Shape = Shape::fields(&[("config", &STR), ("file", &STR), ("registry", &STR)]);

/// One service.
static SERVICE: Shape = Shape::fields(&[
    ("image", &STR),
    ("build", &BUILD),
    ("command", &COMMAND),
    ("environment", &PAIRS),
    ("ports", &PORTS),
    ("volumes", &MOUNTS),
    ("depends_on", &DEPENDS_ON),
    ("networks", &SERVICE_NETWORKS),
    ("restart", &STR),
    ("container_name", &STR),
    ("healthcheck", &HEALTHCHECK),
    ("deploy", &DEPLOY),
    ("annotations", &PAIRS),
    ("attach", &FLAG),
    ("blkio_config", &BLKIO),
    ("cap_add", &STRS),
    ("cap_drop", &STRS),
    ("cgroup", &STR),
    ("cgroup_parent", &STR),
    ("configs", &GRANTS),
    ("cpu_count", &INT),
    ("cpu_percent", &NUM),
    ("cpu_period", &NUM),
    ("cpu_quota", &NUM),
    ("cpu_rt_period", &NUM),
    ("cpu_rt_runtime", &NUM),
    ("cpu_shares", &NUM),
    ("cpus", &NUM),
    ("cpuset", &STR),
    ("credential_spec", &CREDENTIAL_SPEC),
    ("develop", &DEVELOP),
    ("device_cgroup_rules", &DISTINCT),
    ("devices", &DEVICES),
    ("dns", &STR_OR_STRS),
    ("dns_opt", &STRS),
    ("dns_search", &STR_OR_STRS),
    ("domainname", &STR),
    ("entrypoint", &COMMAND),
    ("env_file", &ENV_FILE),
    ("expose", &ITEMS),
    ("extends", &EXTENDS),
    ("external_links", &DISTINCT),
    ("extra_hosts", &HOSTS),
    ("gpus", &GPUS),
    ("group_add", &DISTINCT_ITEMS),
    ("hostname", &STR),
    ("init", &FLAG),
    ("ipc", &STR),
    ("isolation", &STR),
    ("label_file", &STR_OR_STRS),
    ("labels", &PAIRS),
    ("links", &STRS),
    ("logging", &LOGGING),
    ("mac_address", &STR),
    ("mem_limit", &NUM),
    ("mem_reservation", &NUM),
    ("mem_swappiness", &INT),
    ("memswap_limit", &NUM),
    ("models", &SERVICE_MODELS),
    ("network_mode", &STR),
    ("oom_kill_disable", &FLAG),
    ("oom_score_adj", &INT),
    ("pid", &STR_OR_NULL),
    ("pids_limit", &NUM),
    ("platform", &STR),
    ("post_start", &HOOKS),
    ("pre_start", &HOOKS),
    ("pre_stop", &HOOKS),
    ("privileged", &FLAG),
    ("profiles", &STRS),
    ("provider", &PROVIDER),
    ("pull_policy", &STR),
    ("pull_refresh_after", &STR),
    ("read_only", &FLAG),
    ("runtime", &STR),
    ("scale", &INT),
    ("secrets", &GRANTS),
    ("security_opt", &DISTINCT),
    ("shm_size", &NUM),
    ("stdin_open", &FLAG),
    ("stop_grace_period", &STR),
    ("stop_signal", &STR),
    ("storage_opt", &OPTIONS),
    ("sysctls", &PAIRS),
    ("tmpfs", &STR_OR_STRS),
    ("tty", &FLAG),
    ("ulimits", &ULIMITS),
    ("use_api_socket", &FLAG),
    ("user", &STR),
    ("userns_mode", &STR),
    ("uts", &STR),
    ("volumes_from", &DISTINCT),
    ("working_dir", &STR),
]);
static SERVICES: Shape = Shape::map(&SERVICE);

/// `external: true`, or in the old form `{name: x}`.
static EXTERNAL: Shape = Shape::fields(&[("name", &STR)]).or(BOOLEAN | TEXT);

static NETWORK: Shape = Shape::fields(&[
    ("name", &STR),
    ("driver", &STR),
    ("driver_opts", &OPTIONS),
    ("ipam", &IPAM),
    ("external", &EXTERNAL),
    ("internal", &FLAG),
    ("enable_ipv4", &FLAG),
    ("enable_ipv6", &FLAG),
    ("attachable", &FLAG),
    ("labels", &PAIRS),
])
.or(NULL);
static IPAM: Shape = Shape::fields(&[("driver", &STR), ("config", &IPAM_CONFIGS), ("options", &OPTIONS)]);
static IPAM_CONFIGS: Shape = Shape::list(&IPAM_CONFIG).merged(Merge::Subnets);
static IPAM_CONFIG: Shape =
    Shape::fields(&[("subnet", &STR), ("ip_range", &STR), ("gateway", &STR), ("aux_addresses", &OPTIONS)]);
static NETWORKS: Shape = Shape::map(&NETWORK);

static VOLUME: Shape = Shape::fields(&[
    ("name", &STR),
    ("driver", &STR),
    ("driver_opts", &OPTIONS),
    ("external", &EXTERNAL),
    ("labels", &PAIRS),
])
.or(NULL);
static VOLUMES: Shape = Shape::map(&VOLUME);

static RESOURCE: Shape = Shape::fields(&[
    ("name", &STR),
    ("content", &STR),
    ("environment", &STR),
    ("file", &STR),
    ("external", &EXTERNAL),
    ("labels", &PAIRS),
    ("driver", &STR),
    ("driver_opts", &OPTIONS),
    ("template_driver", &STR),
]);
static GRANTABLE: Shape = Shape::map(&RESOURCE);

static TOP_MODEL: Shape =
    Shape::fields(&[("name", &STR), ("model", &STR), ("context_size", &INT), ("runtime_flags", &STRS)]);
static MODELS: Shape = Shape::map(&TOP_MODEL);

static INCLUDE: Shape = Shape::list(&INCLUDE_ITEM);
static INCLUDE_ITEM: Shape =
    Shape::fields(&[("path", &STR_OR_STRS), ("env_file", &STR_OR_STRS), ("project_directory", &STR)]).or(TEXT);

/// The whole project.
pub(in super::super) static PROJECT: Shape = Shape::fields(&[
    ("version", &VALUE),
    ("name", &STR),
    ("include", &INCLUDE),
    ("services", &SERVICES),
    ("models", &MODELS),
    ("networks", &NETWORKS),
    ("volumes", &VOLUMES),
    ("secrets", &GRANTABLE),
    ("configs", &GRANTABLE),
]);
