use super::*;

fn ports(service: &Service) -> Vec<String> {
    let one = |port: &Port| format!("{}:{}", port.published.as_deref().unwrap_or(""), port.target.0);
    service.ports.iter().map(one).collect()
}

fn mounts(service: &Service) -> Vec<String> {
    let source =
        |mount: &Mount| mount.source.as_ref().and_then(|s| s.value()).map_or(String::new(), |s| s.written.clone());
    let one = |mount: &Mount| {
        format!("{}:{}:{}", source(mount), mount.target.value().unwrap(), if mount.read_only { "ro" } else { "rw" })
    };
    service.volumes.iter().map(one).collect()
}

#[test]
fn commands_are_replaced_whole() {
    assert_eq!(argv(&merged("command: [a]", "command: [b]").service("a").command).unwrap(), ["b"]);
    assert_eq!(argv(&merged("command: [a]", "command: null").service("a").command), None);
    assert_eq!(argv(&merged("command: [a]", "entrypoint: x").service("a").command).unwrap(), ["a"]);
}

#[test]
fn ports_are_added_unless_they_are_the_same() {
    assert_eq!(ports(merged("ports: ['80:80']", "ports: ['8080:80']").service("a")), ["80:80", "8080:80"]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: !override ['8080:80']").service("a")), ["8080:80"]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: ['80:80']").service("a")), ["80:80"]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: [{target: 80, published: 80}]").service("a")), ["80:80"]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: ['127.0.0.1:80:80']").service("a")), ["80:80", "80:80"]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: !reset []").service("a")), [""; 0]);
    assert_eq!(ports(merged("ports: ['80:80']", "ports: []").service("a")), ["80:80"]);
}

#[test]
fn environment_merges_by_name_in_any_form() {
    let case = merged("environment: [A=1, B=2]", "environment: {A: 3}");
    assert_eq!(variables_of(&case.service("a").environment), ["A=3", "B=2"]);
    let a = case.service("a").variable("A").unwrap();
    assert_eq!(case.slice(a.value.span), "3");
    assert_eq!(a.value.overrode.iter().map(|s| case.slice(*s)).collect::<Vec<_>>(), ["1"]);
    let case = merged("environment: {A: 1, B: x}", "environment:\n  - B=y\n  - C=z");
    assert_eq!(variables_of(&case.service("a").environment), ["A=1", "B=y", "C=z"]);
    let case = merged("environment: {A: 1}", "environment:\n  - A");
    assert_eq!(variables_of(&case.service("a").environment), ["A=?"]);
}

#[test]
fn mounts_are_unique_by_target() {
    let case = merged("volumes: ['./a:/d', './c:/e']", "volumes: ['./b:/d:ro']");
    assert_eq!(mounts(case.service("a")), ["./b:/d:ro", "./c:/e:rw"]);
    assert_eq!(case.slice(case.service("a").volumes[0].overrode[0]), "'./a:/d'");
    let long = merged("volumes: ['./a:/d']", "volumes: [{type: bind, source: ./b, target: /d, read_only: true}]");
    assert_eq!(mounts(long.service("a")), ["./b:/d:ro"]);
}

#[test]
fn capabilities_add_up_and_security_options_must_not_repeat() {
    assert_eq!(texts(&merged("cap_add: [A]", "cap_add: [B, A]").service("a").cap_add), ["A", "B"]);
    let case = merged("security_opt: ['no-new-privileges:true']", "security_opt: ['no-new-privileges:true']");
    assert_eq!(case.errors(), ["`services.a.security_opt` has `no-new-privileges:true` twice"]);
    for attribute in ["volumes_from", "external_links", "device_cgroup_rules", "group_add"] {
        let case = merged(&format!("{attribute}: [b]"), &format!("{attribute}: [b]"));
        assert_eq!(case.errors()[0], format!("`services.a.{attribute}` has `b` twice"));
    }
    for attribute in ["cap_drop", "dns", "tmpfs", "profiles", "expose"] {
        let case = merged(&format!("{attribute}: [b]"), &format!("{attribute}: [b]"));
        assert_eq!(case.errors(), [""; 0], "{attribute}");
    }
}

#[test]
fn scalars_are_replaced_and_say_what_they_replaced() {
    let case = merged(
        "privileged: true\nuser: root\nrestart: always",
        "privileged: false\nuser: '1000'\nrestart: !reset null",
    );
    let a = case.service("a");
    assert_eq!(a.privileged.as_ref().unwrap().value(), Some(&false));
    assert_eq!(text(&a.user), Some("1000"));
    assert_eq!(case.slice(a.user.as_ref().unwrap().overrode[0]), "root");
    assert_eq!(case.sources.get(a.user.as_ref().unwrap().span.source).name.as_ref(), "p/compose.override.yaml");
    assert!(a.restart.is_none());
    assert!(merged("user: root", "user: null").service("a").user.is_some());
}

#[test]
fn health_checks_merge_but_tests_are_replaced() {
    let case = merged("healthcheck: {test: x, interval: 5s}", "healthcheck: {interval: 9s}");
    let check = case.service("a").healthcheck.as_ref().unwrap();
    assert_eq!(check.interval.as_ref().unwrap().value(), Some(&9_000_000_000));
    assert!(matches!(check.test.as_ref().unwrap().value(), Some(Test::Shell(text)) if text.value == "x"));
    let case = merged("healthcheck: {test: x}", "healthcheck: {disable: true}");
    assert_eq!(case.service("a").healthcheck.as_ref().unwrap().test.as_ref().unwrap().value(), Some(&Test::Off));
    let case = merged("healthcheck: {test: [CMD, x, y]}", "healthcheck: {test: [CMD, z]}");
    assert!(
        matches!(case.service("a").healthcheck.as_ref().unwrap().test.as_ref().unwrap().value(), Some(Test::Exec(words)) if words.len() == 1)
    );
}

#[test]
fn profiles_only_grow() {
    let case = merged("profiles: [dev]", "profiles: [prod]");
    assert_eq!(texts(&case.service("a").profiles), ["dev", "prod"]);
    assert!(!case.service("a").active);
}

#[test]
fn short_builds_merge_with_long_ones() {
    let case = merged("build: ./app", "build: {target: prod}");
    let build = case.service("a").build.as_ref().unwrap();
    assert_eq!(build.context.value().unwrap().resolved, "p/app");
    assert_eq!(text(&build.target), Some("prod"));
    let case = merged("build: {context: ./app, args: {A: 1, B: 2}}", "build: {args: [A=3]}");
    assert_eq!(variables_of(&case.service("a").build.as_ref().unwrap().args), ["A=3", "B=2"]);
}

#[test]
fn dependencies_and_networks_merge_by_name() {
    let text = |over: &str| {
        let base = "services:\n  a:\n    image: i\n    depends_on: [b]\n    networks: [n]\n  b: {image: i}\n  c: {image: i}\nnetworks: {n: , m: }\n";
        let disk = [("p/compose.yaml", base), ("p/o.yaml", over)];
        case(&request(&["p/compose.yaml", "p/o.yaml"]), &disk)
    };
    let case = text(
        "services: {a: {depends_on: {b: {condition: service_healthy}, c: {condition: service_started}}, networks: {m: {aliases: [x]}}}}",
    );
    let a = case.service("a");
    let waits: Vec<_> = a.depends_on.iter().map(|d| (d.service.as_str(), *d.condition.value().unwrap())).collect();
    assert_eq!(waits, [("b", Condition::Healthy), ("c", Condition::Started)]);
    let networks: Vec<_> = a.networks.iter().map(|n| (n.name.as_str(), n.aliases.len())).collect();
    assert_eq!(networks, [("n", 0), ("m", 1)]);
    assert_eq!(case.errors(), [""; 0]);
}

#[test]
fn logging_is_replaced_when_the_driver_differs() {
    let base = "logging: {driver: json-file, options: {max-size: 1m}}";
    let options = |over: &str| variables_of(&merged(base, over).service("a").logging_options);
    assert_eq!(options("logging: {options: {max-file: '3'}}"), ["max-size=1m", "max-file=3"]);
    assert_eq!(options("logging: {driver: json-file, options: {max-file: '3'}}"), ["max-size=1m", "max-file=3"]);
    assert_eq!(options("logging: {driver: syslog, options: {tag: x}}"), ["tag=x"]);
}

#[test]
fn subnets_of_a_network_merge() {
    let base = "services: {a: {image: i}}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}\n";
    let over = "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1}, {subnet: 10.1.0.0/24}]}}}\n";
    let disk = [("p/compose.yaml", base), ("p/o.yaml", over)];
    let case = case(&request(&["p/compose.yaml", "p/o.yaml"]), &disk);
    assert_eq!(texts(case.project.networks[0].subnets()), ["10.0.0.0/24", "10.1.0.0/24"]);
}

#[test]
fn documents_of_one_file_override_each_other() {
    let case = one("services: {a: {image: i, user: x}}\n---\nservices: {a: {user: y}}\n");
    assert_eq!(text(&case.service("a").user), Some("y"));
}

#[test]
fn different_forms_do_not_merge() {
    let case = merged("ports: ['80:80']", "ports: {a: b}");
    assert_eq!(case.errors(), ["`ports` is a mapping here and a list in the file before"]);
    assert_eq!(ports(case.service("a")), ["80:80"]);
}

#[test]
fn a_reset_removes_whatever_it_stands_on() {
    let case = merged("environment: {A: 1, B: 2}\ncap_add: [X]", "environment: {A: !reset null}\ncap_add: !reset []");
    assert_eq!(variables_of(&case.service("a").environment), ["B=2"]);
    assert!(case.service("a").cap_add.is_empty());
    let case = attributes("cap_add: !reset [X]\nenvironment: !override {A: 1}");
    assert!(case.service("a").cap_add.is_empty());
    assert_eq!(variables_of(&case.service("a").environment), ["A=1"]);
}

#[test]
fn secrets_are_unique_by_target() {
    let sources = |base: &str, over: &str| merged(base, over).service("a").secrets.len();
    assert_eq!(sources("secrets: [s1]", "secrets: [s1]"), 1);
    assert_eq!(sources("secrets: [s1]", "secrets: [{source: s1, mode: 0400}]"), 1);
    assert_eq!(sources("secrets: [s1]", "secrets: [{source: s1, target: s1}]"), 2);
}

#[test]
fn a_limit_in_both_forms_is_refused_across_files() {
    let case = merged("mem_limit: 1g", "deploy: {resources: {limits: {cpus: '1'}}}");
    assert_eq!(case.errors(), ["`mem_limit` is set but `deploy.resources.limits.memory` beside it is not"]);
}
