use super::*;
use crate::subject::compose::units;

#[test]
fn scalars_of_an_environment_are_what_go_prints() {
    let cases = [
        ("true", "true"),
        ("False", "false"),
        ("yes", "yes"),
        ("on", "on"),
        ("0777", "511"),
        ("0o17", "15"),
        ("0x10", "16"),
        ("1_000", "1000"),
        ("1e3", "1000"),
        ("1.10", "1.1"),
        ("08", "8"),
        ("'08'", "08"),
        ("1e21", "1e+21"),
        ("1e-5", "1e-05"),
    ];
    for (written, read) in cases {
        let case = attributes(&format!("environment: {{A: {written}}}"));
        assert_eq!(variables_of(&case.service("a").environment), [format!("A={read}")], "{written}");
    }
}

#[test]
fn sizes_durations_and_numbers() {
    let sizes = [
        ("512", Some(512)),
        ("1g", Some(1 << 30)),
        ("1024m", Some(1 << 30)),
        ("1.5k", Some(1536)),
        ("2 GiB", Some(2 << 30)),
        ("10KB", Some(10240)),
        ("1t", Some(1 << 40)),
        ("5b", Some(5)),
        ("1x", None),
        ("", None),
        ("m", None),
        ("-1", None),
        ("99999999999999999999g", None),
        ("1..5k", None),
    ];
    for (text, bytes) in sizes {
        assert_eq!(units::bytes(text), bytes, "{text}");
    }
    let times = [
        ("30s", Some(30_000_000_000)),
        ("1m30s", Some(90_000_000_000)),
        ("1.5s", Some(1_500_000_000)),
        ("100ms", Some(100_000_000)),
        ("1d", Some(86_400_000_000_000)),
        ("2w", Some(1_209_600_000_000_000)),
        ("1us", Some(1000)),
        ("0", Some(0)),
        ("30", None),
        ("", None),
        ("s", None),
        ("5x", None),
        ("-5s", None),
        ("1e400s", None),
    ];
    for (text, nanoseconds) in times {
        assert_eq!(units::duration(text), nanoseconds, "{text}");
    }
    assert_eq!(
        (units::cores("0.5"), units::cores("500m"), units::cores("-1"), units::cores("inf")),
        (Some(0.5), None, None, None)
    );
}

#[test]
fn limits_in_both_forms() {
    let case = attributes(
        "mem_limit: 1g\ncpus: 0.5\npids_limit: 100\nmem_reservation: 256m\nmemswap_limit: -1\nshm_size: 64m",
    );
    let limits = &case.service("a").resources;
    assert_eq!(limits.memory_limit.as_ref().unwrap().value(), Some(&(1 << 30)));
    assert_eq!(limits.cpu_limit.as_ref().unwrap().value(), Some(&0.5));
    assert_eq!(limits.pids_limit.as_ref().unwrap().value(), Some(&100));
    assert_eq!(limits.memory_reservation.as_ref().unwrap().value(), Some(&(256 << 20)));
    assert_eq!(limits.memory_swap.as_ref().unwrap().value(), Some(&-1));
    let case = attributes(
        "mem_limit: 1024m\ndeploy: {resources: {limits: {memory: 1g, cpus: '2', pids: 5}, reservations: {memory: 1m, cpus: 1}}}",
    );
    let limits = &case.service("a").resources;
    assert_eq!(case.errors(), [""; 0]);
    assert_eq!(case.slice(limits.memory_limit.as_ref().unwrap().span), "1g");
    assert_eq!(case.slice(limits.memory_limit.as_ref().unwrap().overrode[0]), "1024m");
    assert_eq!(limits.cpu_reservation.as_ref().unwrap().value(), Some(&1.0));
    let quota = attributes("cpu_quota: 50000\ncpu_period: 25000");
    assert_eq!(quota.service("a").resources.cpu_limit.as_ref().unwrap().value(), Some(&2.0));
    for fine in
        ["mem_limit: 1g\ndeploy: {replicas: 1}", "mem_limit: 1g\ndeploy: {resources: {reservations: {memory: 1m}}}"]
    {
        assert_eq!(attributes(fine).errors(), [""; 0], "{fine}");
    }
}

#[test]
fn restart_policies() {
    let restart = |lines: &str| attributes(lines).service("a").restart.as_ref().map(|r| r.value().unwrap().clone());
    assert_eq!(restart("restart: no"), Some(Restart::No));
    assert_eq!(restart("restart: always"), Some(Restart::Always));
    assert_eq!(restart("restart: on-failure:3"), Some(Restart::OnFailure(Some(3))));
    assert_eq!(restart("restart: sometimes"), Some(Restart::Other("sometimes".to_string())));
    assert_eq!(restart("restart: always\ndeploy: {restart_policy: {condition: none}}"), Some(Restart::No));
    assert_eq!(
        restart("deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}"),
        Some(Restart::OnFailure(Some(2)))
    );
    assert_eq!(restart("deploy: {restart_policy: {delay: 5s}}"), Some(Restart::Always));
    assert_eq!(restart("hostname: h"), None);
}

#[test]
fn short_ports() {
    let port = |text: &str| {
        let case = attributes(&format!("ports: [{text}]"));
        assert_eq!(case.errors(), [""; 0], "{text}");
        let port = &case.service("a").ports[0];
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_string());
        format!(
            "{} {} {}-{} {}",
            part(&port.host_ip),
            part(&port.published),
            port.target.0,
            port.target.1,
            port.protocol
        )
    };
    assert_eq!(port("80"), "- - 80-80 tcp");
    assert_eq!(port("'8080:80/udp'"), "- 8080 80-80 udp");
    assert_eq!(port("22:22"), "- 22 22-22 tcp");
    assert_eq!(port("'127.0.0.1:8080:80'"), "127.0.0.1 8080 80-80 tcp");
    assert_eq!(port("'127.0.0.1::80'"), "127.0.0.1 - 80-80 tcp");
    assert_eq!(port("'[::1]:80:80'"), "::1 80 80-80 tcp");
    assert_eq!(port("'3000-3005:3000-3005'"), "- 3000-3005 3000-3005 tcp");
    assert_eq!(port("'8000-9000:80'"), "- 8000-9000 80-80 tcp");
    assert_eq!(port("{target: 80, published: '8080', host_ip: 127.0.0.1}"), "127.0.0.1 8080 80-80 tcp");
    assert_eq!(port("{target: 80, published: 8080, protocol: udp}"), "- 8080 80-80 udp");
    for wrong in [
        "22.5",
        "'a:80'",
        "'99999:80'",
        "'80-81:90-95'",
        "'80/icmp'",
        "'1.2.3:80:80'",
        "'80:'",
        "{published: 80}",
        "{target: 70000}",
    ] {
        assert_eq!(attributes(&format!("ports: [{wrong}]")).errors().len(), 1, "{wrong}");
    }
    let case = attributes("ports: ['${PORT}:80', '${PORT}:81', '${ALL}']");
    let ports = &case.service("a").ports;
    assert_eq!((ports.len(), ports[0].target, ports[2].target), (3, (80, 80), (0, 0)));
    assert!(ports.iter().all(|port| port.unknown.is_some()));
    assert_eq!(case.errors(), [""; 0]);
}

#[test]
fn short_mounts() {
    let mount = |text: &str| {
        let case = one(&format!("services:\n  a:\n    image: i\n    volumes: [{text}]\nvolumes: {{n: }}\n"));
        assert_eq!(case.errors(), [""; 0], "{text}");
        let mount = &case.service("a").volumes[0];
        let shown = |given: &Given<String>| given.value().cloned().unwrap_or_else(|| "?".to_string());
        let source = mount.source.clone().map_or("-".to_string(), |s| shown(&s.map(|s| s.resolved)));
        format!("{:?} {source} {} {}", mount.kind, shown(&mount.target), if mount.read_only { "ro" } else { "rw" })
    };
    assert_eq!(mount("/x"), "Volume - /x rw");
    assert_eq!(mount("n:/x"), "Volume - n:/x rw");
    assert_eq!(mount("./a:/x:ro,z"), "Bind p/a /x ro");
    assert_eq!(mount("'../a:/x'"), "Bind a /x rw");
    assert_eq!(mount("~/a:/x:rw"), "Bind ~/a /x rw");
    assert_eq!(
        mount("/var/run/docker.sock:/var/run/docker.sock:ro"),
        "Bind /var/run/docker.sock /var/run/docker.sock ro"
    );
    assert_eq!(mount("'C:\\data:/x'"), "Bind C:\\data /x rw");
    assert_eq!(mount("'${DATA}:/x'"), "Unknown ? /x rw");
    assert_eq!(mount("'./${DATA}:/x'"), "Bind ? /x rw");
    assert_eq!(mount("{type: bind, source: ./a, target: /x, read_only: true}"), "Bind p/a /x ro");
    assert_eq!(mount("{type: tmpfs, target: /x}"), "Tmpfs - /x rw");
    for wrong in ["''", "'a::b'", "'aa:/b:ro:x'", "{target: /x}", "{type: wrong, target: /x}"] {
        assert_eq!(attributes(&format!("volumes: [{wrong}]")).errors().len(), 1, "{wrong}");
    }
}

#[test]
fn builds() {
    let case = attributes(
        "build:\n  context: app\n  dockerfile: docker/Dockerfile\n  target: prod\n  args: [A=1, B]\n  additional_contexts: [base=docker-image://x]",
    );
    let build = case.service("a").build.as_ref().unwrap();
    assert_eq!(build.dockerfile.as_ref().unwrap().value().unwrap().resolved, "p/app/docker/Dockerfile");
    assert_eq!(variables_of(&build.args), ["A=1", "B=?"]);
    assert_eq!(build.additional_contexts[0].name, "base");
    for far in ["https://x/y.git#main:sub", "git@github.com:a/b", "github.com/a/b", "ssh://x"] {
        let case = attributes(&format!("build: {far}"));
        let build = case.service("a").build.as_ref().unwrap();
        assert!(build.remote && build.context.value().unwrap().resolved == far, "{far}");
    }
    let case = attributes("build: {target: x}");
    assert_eq!(case.service("a").build.as_ref().unwrap().context.value().unwrap().resolved, "p");
}

#[test]
fn an_inline_dockerfile_keeps_its_places() {
    let case =
        attributes("build:\n  dockerfile_inline: |\n    FROM node:${V:-22}\n    RUN echo $$HOME\n    USER root\n");
    let inline = case.service("a").build.as_ref().unwrap().inline.as_ref().unwrap();
    assert_eq!(inline.value, "FROM node:22\nRUN echo $HOME\nUSER root\n");
    let at = inline.value.find("USER").unwrap();
    assert_eq!(case.slice(inline.span(at..at + 9)), "USER root");
    assert_eq!(case.slice(inline.span(0..4)), "FROM");
    let at = inline.value.find("$HOME").unwrap();
    assert_eq!(case.slice(inline.span(at..at + 5)), "$HOME");
}

#[test]
fn spans_cut_to_the_value() {
    let case = one(
        "services:\n  web:\n    image: nginx # pinned later\n    user: \"1000\"\n    environment:\n      - A=b c\n      - 'Q=r'\n",
    );
    let web = case.service("web");
    assert_eq!(case.slice(web.key), "web");
    assert_eq!(case.slice(web.image.as_ref().unwrap().span), "nginx");
    assert_eq!(case.slice(web.user.as_ref().unwrap().span), "\"1000\"");
    assert_eq!(case.slice(web.environment[0].key), "A");
    assert_eq!(case.slice(web.environment[0].value.span), "b c");
    assert_eq!(case.slice(web.environment[1].value.span), "r");
    assert!(case.slice(web.span).ends_with("'Q=r'"));
}

#[test]
fn resources_of_the_project() {
    let case = one(
        "services: {a: {image: i, secrets: [s, {source: t, target: x}], configs: [c], networks: {n: {ipv4_address: 10.0.0.2}}}}\nnetworks: {n: {driver: bridge, internal: true, ipam: {config: [{subnet: 10.0.0.0/24}]}}, e: {external: true}}\nvolumes: {v: {driver: local}}\nsecrets: {s: {file: ./s.txt}, t: {environment: T}}\nconfigs: {c: {content: hi}}\n",
    );
    assert_eq!(case.errors(), [""; 0]);
    assert_eq!(texts(case.project.networks[0].subnets()), ["10.0.0.0/24"]);
    assert_eq!(case.project.networks[1].external.as_ref().unwrap().value(), Some(&true));
    assert_eq!(case.project.secrets[0].file.as_ref().unwrap().value().unwrap().resolved, "p/s.txt");
    assert_eq!(text(&case.project.configs[0].content), Some("hi"));
    assert_eq!(text(&case.service("a").networks[0].ipv4_address), Some("10.0.0.2"));
    assert_eq!(case.service("a").secrets.len(), 2);
}

#[test]
fn hooks_and_the_rest() {
    let case = attributes(
        "post_start: [{command: ./x, user: root, privileged: true}]\nextra_hosts: {h: 1.2.3.4}\nulimits: {nofile: 5, nproc: {soft: 1, hard: 2}}\ndevices: ['/dev/a:/dev/b']\nx-own: {any: thing}\nlogging: {driver: none}",
    );
    let a = case.service("a");
    assert_eq!(case.whats(), [""; 0]);
    assert_eq!((a.hooks[0].event, text(&a.hooks[0].user)), ("post_start", Some("root")));
    assert_eq!(texts(&a.extra_hosts), ["h=1.2.3.4"]);
    assert_eq!(variables_of(&a.ulimits), ["nofile=5", "nproc=1:2"]);
    assert_eq!(a.extensions[0].value, "x-own");
    assert_eq!(text(&a.logging_driver), Some("none"));
}

#[test]
fn definitions_know_how_far_they_are_moved_in() {
    let case = one("services:\n  a:\n     image: i\n  b: {image: i}\nnetworks:\n  n:\n    driver: bridge\n  m:\n");
    assert_eq!(case.service("a").indent, Some(5));
    assert_eq!(case.service("b").indent, None);
    let indents: Vec<_> = case.project.networks.iter().map(|network| network.indent).collect();
    assert_eq!(indents, [Some(4), None]);
}

#[test]
fn lists_of_names_know_how_they_are_written() {
    let block = one(
        "services:\n  a:\n    image: i\n    depends_on:\n    -   b # first\n    - 'c'\n  b: {image: i}\n  c: {image: i}\n",
    );
    let list = block.service("a").depends_on_list.clone().unwrap();
    let items: Vec<_> = list.items.iter().map(|item| (block.slice(item.span), item.value)).collect();
    assert_eq!(items, [("-   b", 4), ("- 'c'", 4)]);
    let flow = attributes("depends_on: [a]");
    let list = flow.service("a").depends_on_list.clone().unwrap();
    assert_eq!((flow.slice(list.span), list.items.len()), ("[a]", 0));
    let long = attributes("depends_on: {a: {condition: service_started}}");
    assert_eq!(long.service("a").depends_on_list, None);
}

#[test]
fn networks_know_who_is_on_them() {
    let case =
        one("services:\n  a: {image: i}\n  b: {image: i, networks: [n]}\nnetworks: {default: {}, n: {}, m: {}}\n");
    let used: Vec<_> = case.project.networks.iter().map(|network| network.used).collect();
    assert_eq!(used, [true, true, false]);
}
