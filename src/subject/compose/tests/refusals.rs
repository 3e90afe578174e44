use super::*;

/// Attributes of a service `a` beside an image, and the one error they make.
fn refuses(cases: &[(&str, &str)]) {
    for (lines, error) in cases {
        let case = attributes(lines);
        assert!(case.errors().contains(error), "{lines}: {:?}", case.errors());
        let others: Vec<_> = case.errors().into_iter().filter(|e| e != error).collect();
        assert!(others.is_empty() || lines.contains("depends_on: {a"), "{lines}: {others:?}");
    }
}

#[test]
fn values_that_compose_refuses() {
    refuses(&[
        ("user: 1000", "`services.a.user` must be text, this is a number (`1000`)"),
        ("comand: x", "`services.a` has no attribute `comand`"),
        ("command: [sleep, 10]", "`services.a.command` must be text, this is a number (`10`)"),
        ("ports: {a: b}", "`services.a.ports` must be a list, this is a mapping"),
        ("healthcheck: {intervall: 5s}", "`services.a.healthcheck` has no attribute `intervall`"),
        (
            "deploy: {resources: {limits: {memory: 512}}}",
            "`services.a.deploy.resources.limits.memory` must be text, this is a number (`512`)",
        ),
        ("stop_grace_period: 30", "`services.a.stop_grace_period` must be text, this is a number (`30`)"),
        (
            "healthcheck: {interval: '30'}",
            "`healthcheck.interval` must be a duration with a unit such as `30s`, not `30`",
        ),
        ("mem_limit: 1x", "`mem_limit` must be a size such as `512m`, not `1x`"),
        ("cpus: 500m", "`cpus` must be a number of cores such as `0.5`, not `500m`"),
        ("security_opt: [a, a]", "`services.a.security_opt` has `a` twice"),
        (
            "environment: {A: 2001-12-14}",
            "`services.a.environment.A` must be text or a number or `true` or `false`, this is a date",
        ),
        ("environment: [{A: b}]", "`services.a.environment` must be text, this is a mapping"),
        ("environment: ['A =b']", "there is a blank before the `=` of `A`"),
        ("privileged: maybe", "`privileged` must be `true` or `false`, not `maybe`"),
        ("healthcheck:", "`services.a.healthcheck` must be a mapping, this is empty"),
        ("user:", "`services.a.user` must be text, this is empty"),
        ("command: a 'b", "the words of `command` cannot be told apart: a quote or bracket is not closed"),
        ("environment: {1: x}", "the key `1` must be text, this is a number"),
    ]);
}

/// Attributes that are right alone, and wrong beside others.
#[test]
fn contradictions_that_compose_refuses() {
    refuses(&[
        ("network_mode: host\nnetworks: [default]", "the service `a` has both `network_mode` and `networks`"),
        ("build: {dockerfile: x, dockerfile_inline: FROM y}", "`dockerfile` and `dockerfile_inline` are both given"),
        ("scale: 2\ndeploy: {replicas: 3}", "`scale` and `deploy.replicas` differ"),
        ("container_name: xx\nscale: 2", "the service `a` has a `container_name` and more than one replica"),
        (
            "platform: linux/amd64\nbuild: {platforms: [linux/arm64]}",
            "`build.platforms` does not have the service's platform `linux/amd64`",
        ),
        ("depends_on: [b]", "the service `a` depends on `b`, which is not defined"),
        ("depends_on: [a]", "the service `a` waits for itself"),
        (
            "depends_on: {a: {condition: healthy}}",
            "`condition` must be `service_started`, `service_healthy` or `service_completed_successfully`, not `healthy`",
        ),
        ("networks: [n]", "the service `a` uses the network `n`, which is not defined"),
        ("volumes: ['data:/x']", "the service `a` uses the volume `data`, which is not defined"),
        ("secrets: [s]", "the service `a` uses the secret `s`, which is not defined"),
        ("configs: [c]", "the service `a` uses the config `c`, which is not defined"),
        ("models: [m]", "the model `m` is not defined"),
        ("pid: service:x", "the service `a` shares the processes of `x`, which is not defined"),
        ("links: ['x:y']", "the service `a` links to `x`, which is not defined"),
        (
            "build: {additional_contexts: {b: 'service:x'}}",
            "the build context `b` is the service `x`, which is not built here",
        ),
        ("volumes: ['/d', {type: volume, target: /d/}]", "something is mounted at `/d` already"),
        ("volumes: ['/d']\ntmpfs: /d", "something is mounted at `/d` already"),
        (
            "cpus: 1\ndeploy: {resources: {limits: {memory: 1g}}}",
            "`cpus` is set but `deploy.resources.limits.cpus` beside it is not",
        ),
        (
            "mem_limit: 1g\ndeploy: {resources: {limits: {memory: 2g}}}",
            "`mem_limit` and `deploy.resources.limits.memory` differ",
        ),
        (
            "deploy: {resources: {reservations: {devices: [{count: 1, device_ids: ['0'], capabilities: [gpu]}]}}}",
            "`count` and `device_ids` are both given",
        ),
    ]);
}

#[test]
fn attributes_that_compose_takes() {
    let fine = [
        "command:",
        "entrypoint: null",
        "deploy:",
        "cap_add: [A, A]",
        "dns: [a, a]",
        "expose: [80, '80']",
        "x-any: [1, {a: b}]",
        "restart: no",
        "user: 1000:1000",
        "environment:\n  - A\n  - B=",
        "environment: {A: }",
        "ports: [80, '80']",
        "depends_on: {b: {condition: service_healthy, required: false}}",
        "networks: [default]",
        "networks: {default: }",
        "tmpfs: /x",
        "init: 'true'",
        "oom_score_adj: -5",
        "mem_limit: 1073741824",
        "shm_size: 64M",
        "healthcheck: {}",
        "build: .",
        "build: {context: ., provenance: mode=max}",
        "gpus: all",
        "env_file: []",
        "logging: {driver: none}",
        "pids_limit: -1",
        "depends_on: []",
        "secrets: []",
        "labels: [a, b=c]",
        "labels: {a: }",
        "volumes_from: ['container:x']",
        "sysctls: {net.core.somaxconn: 1024}",
        "develop: {watch: [{path: ., action: sync, target: /x}]}",
        "provider: {type: x, options: {a: b}}",
        "stop_signal: SIGQUIT",
        "group_add: [1000, x]",
        "cpu_shares: 5",
        "deploy: {labels: {a: b}, placement: {constraints: [a]}, update_config: {order: start-first}}",
    ];
    for lines in fine {
        assert_eq!(attributes(lines).errors(), [""; 0], "{lines}");
    }
}

#[test]
fn files_that_compose_refuses() {
    let cases: [(&str, &[&str]); 17] = [
        ("services: {a: {user: x}}", &["the service `a` has neither `image` nor `build`"]),
        ("services: {a: }", &["`services.a` must be a mapping, this is empty"]),
        ("services: {'a b': {image: i}}", &["`a b` cannot name a service"]),
        ("web: {image: i}\ndb: {build: .}", &["`web` looks like a service of Compose v1, which stands at the top"]),
        ("services: {a: {image: i}}\nnetwork: {}", &["`network` is not a top-level attribute of Compose"]),
        ("services: {a: {image: i, image: j}}", &["the key `image` stands twice in one mapping"]),
        ("services: {1: {image: i}}", &["the key `1` must be text, this is a number"]),
        (
            "services: {a: {image: i, depends_on: [b]}, b: {image: i, depends_on: [a]}}",
            &["the services `b` and `a` wait for each other"],
        ),
        ("services: {a: {image: i, depends_on: [b, b]}, b: {image: i}}", &["`services.a.depends_on` has `b` twice"]),
        (
            "services: {a: {image: i, depends_on: [b]}, b: {image: i, profiles: [p]}}",
            &["the service `a` depends on `b`, which only the profile `p` starts"],
        ),
        ("services: {a: {image: i}}\nsecrets: {s: {}}", &["the secret `s` has no source"]),
        (
            "services: {a: {image: i}}\nsecrets: {s: {file: a, environment: B}}",
            &["the secret `s` has more than one source"],
        ),
        (
            "services: {a: {image: i}}\nsecrets: {s: {file: a, external: true}}",
            &["an external secret cannot have `file`"],
        ),
        (
            "services: {a: {image: i}}\nvolumes: {v: {external: true, driver: x}}",
            &["an external volume cannot have `driver`"],
        ),
        ("services: [a]", &["`services` must be a mapping, this is a list"]),
        ("services: {a: {image: i, networks: [n, n]}}\nnetworks: {n: }", &["`services.a.networks` has `n` twice"]),
        (
            "services: {a: {image: i, depends_on: [db]}, d: {image: i, profiles: [x], depends_on: [nope]}, db: {image: i}}",
            &[],
        ),
    ];
    for (text, errors) in cases {
        assert_eq!(one(text).errors(), errors, "{text}");
    }
}

#[test]
fn nothing_to_judge() {
    for (text, what) in [
        ("", "the Compose file is empty"),
        ("# only a comment\n", "the Compose file is empty"),
        ("just text", "a Compose file must be a mapping, this is text"),
        ("services: [", "this is not YAML"),
    ] {
        let (loaded, _) = load_all(&request(&["p/compose.yaml"]), &[("p/compose.yaml", text)]);
        assert!(loaded.project.is_none(), "{text}");
        assert_eq!(loaded.problems.len(), 1, "{text}");
        assert!(loaded.problems[0].what.starts_with(what), "{text}: {:?}", loaded.problems);
    }
    let (loaded, _) = load_all(&request(&["p/none.yaml"]), &[]);
    assert_eq!(loaded.problems[0].what, "there is no file `p/none.yaml`");
}

#[test]
fn a_misspelling_is_corrected() {
    let help = |lines: &str| attributes(lines).problems[0].help.clone();
    assert_eq!(help("comand: x"), "did you mean `command`?");
    assert_eq!(help("enviroment: {}"), "did you mean `environment`?");
    assert_eq!(help("depends-on: [x]"), "did you mean `depends_on`?");
    assert_eq!(help("zzzzzzzzzzz: x"), "remove it, or start its name with `x-`");
}

#[test]
fn the_rest_is_read_after_an_error() {
    let case = attributes("user: 1000\nprivileged: maybe\nmem_limit: 1x\ncap_drop: [ALL]\nread_only: true");
    assert_eq!(case.errors().len(), 3);
    assert_eq!(texts(&case.service("a").cap_drop), ["ALL"]);
    assert_eq!(case.service("a").read_only.as_ref().unwrap().value(), Some(&true));
}

/// A project of one file, with another one beside it that was parsed for the same folder.
fn beside(text: &str, other: &str) -> Case {
    let mut sources = Sources::new();
    let mut parsed = std::collections::HashMap::new();
    for (name, text) in [("p/compose.dev.yaml", text), ("p/compose.infra.yaml", other)] {
        let source = sources.add_text(name, text);
        let yaml = Arc::new(crate::yaml::load(source, text));
        parsed.insert(PathBuf::from(name), Parsed { source, yaml });
    }
    let request = Request { parsed, ..request(&["p/compose.dev.yaml"]) };
    let loaded = load(&request, &mut |_| Ok(None), &mut sources);
    Case { project: loaded.project.expect("a project"), problems: loaded.problems, sources }
}

#[test]
fn what_a_file_beside_has_is_a_part_and_no_mistake() {
    for (text, other) in [
        ("services: {a: {command: x}}", "services: {a: {image: i}}"),
        ("services: {a: {image: i, depends_on: [b]}}", "services: {b: {build: .}}"),
        ("services: {a: {image: i, networks: [n]}}", "networks: {n: {}}"),
        ("services: {a: {image: i, volumes: ['v1:/x']}}", "volumes: {v1: }"),
        ("services: {a: {image: i, secrets: [s]}}", "secrets: {s: {file: x}}"),
    ] {
        let case = beside(text, other);
        assert_eq!(case.errors(), [""; 0], "{text}");
        assert_eq!(case.problems.len(), 1, "{text}: {:?}", case.problems);
        let help =
            "`p/compose.infra.yaml` has it: scan them together, as `-f p/compose.infra.yaml -f p/compose.dev.yaml`";
        assert_eq!(case.problems[0].help, help, "{text}");
        assert!(case.project.incomplete.is_some(), "{text}");
    }
}

#[test]
fn what_no_file_has_is_a_mistake_and_the_help_says_how_files_are_put_together() {
    for (text, other) in [
        ("services: {a: {command: x}}", "services: {a: {command: y}}"),
        ("services: {a: {image: i, depends_on: [database]}}", "services: {database: {command: y}}"),
        ("services: {a: {image: i, networks: [n]}}", "volumes: {n: {}}"),
    ] {
        let case = beside(text, other);
        assert_eq!(case.errors().len(), 1, "{text}: {:?}", case.problems);
        let help = &case.problems[0].help;
        assert!(help.contains("scan them together: `-f FILE -f p/compose.dev.yaml`"), "{text}: {help}");
        assert_eq!(case.project.incomplete, None, "{text}");
    }
}
