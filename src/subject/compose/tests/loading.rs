use super::*;
use crate::subject::compose::files::{self, Role, Sketch};
use crate::yaml;

#[test]
fn a_service_extends_another_of_its_file() {
    let case = one(
        "services:\n  base:\n    image: i\n    cap_add: [A]\n    ports: ['80:80']\n    environment: {X: 1}\n  mid: {extends: base, cap_add: [B]}\n  a:\n    extends: {service: mid}\n    environment: {X: 2}\n    user: u\n",
    );
    let a = case.service("a");
    assert_eq!(text(&a.image), Some("i"));
    assert_eq!(texts(&a.cap_add), ["A", "B"]);
    assert_eq!(a.ports.len(), 1);
    assert_eq!(variables_of(&a.environment), ["X=2"]);
    assert_eq!(case.errors(), [""; 0]);
}

#[test]
fn a_service_of_another_file_brings_its_own_directory() {
    let disk = [
        ("p/compose.yaml", "services: {a: {extends: {service: web, file: common/c.yaml}, volumes: ['./own:/own']}}"),
        (
            "p/common/c.yaml",
            "services:\n  web: {extends: {service: root, file: deep/d.yaml}, build: ./app, env_file: web.env}\n",
        ),
        ("p/common/deep/d.yaml", "services: {root: {image: i, volumes: ['./data:/data']}}"),
        ("p/common/web.env", "FROM_FILE=1\nOWN=file\n"),
    ];
    let case = case(&request(&["p/compose.yaml"]), &disk);
    assert_eq!(case.errors(), [""; 0]);
    let a = case.service("a");
    assert_eq!(a.build.as_ref().unwrap().context.value().unwrap().resolved, "p/common/app");
    let sources: Vec<_> =
        a.volumes.iter().map(|m| m.source.as_ref().unwrap().value().unwrap().resolved.as_str()).collect();
    assert_eq!(sources, ["p/common/deep/data", "p/own"]);
    assert_eq!(variables_of(&a.environment), ["FROM_FILE=1", "OWN=file"]);
    assert_eq!(case.project.files.len(), 3);
}

#[test]
fn what_cannot_be_extended_is_named() {
    let case = |text: &str| one(text).errors().iter().map(|e| e.to_string()).collect::<Vec<_>>();
    assert_eq!(case("services: {a: {image: i, extends: b}, b: {image: i, extends: a}}")[0], "`a` extends itself");
    assert_eq!(case("services: {a: {extends: a}}")[0], "`a` extends itself");
    assert_eq!(case("services: {a: {extends: nope}}"), ["there is no service `nope` in `p/compose.yaml` to extend"]);
    assert_eq!(case("services: {a: {extends: {service: x, file: no.yaml}}}"), ["there is no file `p/no.yaml`"]);
}

#[test]
fn a_child_can_switch_off_and_reset_what_it_inherits() {
    let case = one(
        "services:\n  base: {image: i, healthcheck: {test: x}, ports: ['80:80']}\n  a: {extends: base, healthcheck: {disable: true}, ports: !reset []}\n",
    );
    let a = case.service("a");
    assert_eq!(a.healthcheck.as_ref().unwrap().test.as_ref().unwrap().value(), Some(&Test::Off));
    assert!(a.ports.is_empty());
}

#[test]
fn included_projects_have_their_own_directory_and_variables() {
    let disk = [
        (
            "p/compose.yaml",
            "include:\n  - db/compose.yaml\n  - {path: [x/a.yaml, x/b.yaml], project_directory: y, env_file: z.env}\nservices: {a: {image: i, depends_on: [db]}}",
        ),
        (
            "p/db/compose.yaml",
            "name: other\nservices: {db: {image: 'pg:${V}', build: ., environment: {T: '${T}'}, volumes: ['data:/d']}}\nvolumes: {data: }",
        ),
        ("p/db/.env", "V=16\nT=db\n"),
        ("p/.env", "T=top\n"),
        ("p/x/a.yaml", "services: {x: {image: i, build: ./c, user: '${Z}'}}"),
        ("p/x/b.yaml", "services: {x: {hostname: h}}"),
        ("p/z.env", "Z=zed\n"),
    ];
    let case = case(&request(&["p/compose.yaml"]), &disk);
    assert_eq!(case.errors(), [""; 0]);
    assert_eq!(case.project.name, "p");
    let db = case.service("db");
    assert_eq!(text(&db.image), Some("pg:16"));
    assert_eq!(db.build.as_ref().unwrap().context.value().unwrap().resolved, "p/db");
    assert_eq!(variables_of(&db.environment), ["T=top"]);
    let x = case.service("x");
    assert_eq!((text(&x.user), text(&x.hostname)), (Some("zed"), Some("h")));
    assert_eq!(x.build.as_ref().unwrap().context.value().unwrap().resolved, "p/y/c");
}

#[test]
fn includes_that_circle_or_are_far_away() {
    let disk =
        [("p/compose.yaml", "include: [b.yaml]\nservices: {a: {image: i}}"), ("p/b.yaml", "include: [compose.yaml]\n")];
    let loaded = case(&request(&["p/compose.yaml"]), &disk);
    assert_eq!(loaded.errors(), ["`p/compose.yaml` includes itself"]);
    let loaded = one("include: ['oci://x/y']\nservices: {a: {image: i, depends_on: [far], networks: [n]}}");
    assert_eq!(loaded.errors(), [""; 0]);
    assert_eq!(loaded.project.incomplete.as_deref(), Some("`oci://x/y` is not fetched"));
    assert_eq!(one("include: [no.yaml]\nservices: {a: {image: i}}").errors(), ["there is no file `p/no.yaml`"]);
}

#[test]
fn profiles_decide_what_is_active() {
    let text = "services: {a: {image: i}, b: {image: i, profiles: [dev]}, c: {image: i, profiles: [x, dev]}}";
    let active = |profiles: &[&str]| {
        let mut request = request(&["p/compose.yaml"]);
        request.profiles = profiles.iter().map(|p| p.to_string()).collect();
        let case = case(&request, &[("p/compose.yaml", text)]);
        case.project.services.iter().filter(|s| s.active).map(|s| s.name.clone()).collect::<String>()
    };
    assert_eq!(active(&[]), "a");
    assert_eq!(active(&["dev"]), "abc");
    assert_eq!(active(&["x"]), "ac");
    assert_eq!(active(&["*"]), "abc");
}

#[test]
fn env_files_are_read_and_missing_ones_named() {
    let disk = [
        (
            "p/compose.yaml",
            "services: {a: {image: i, env_file: [a.env, {path: b.env, required: false}, {path: r.env, format: raw}], environment: {A: own}}}",
        ),
        ("p/a.env", "A=file\nB=\"b\"\n"),
        ("p/r.env", "R=\"q\"\n"),
    ];
    let loaded = case(&request(&["p/compose.yaml"]), &disk);
    assert_eq!(variables_of(&loaded.service("a").environment), ["A=own", "B=b", "R=\"q\""]);
    assert_eq!(loaded.slice(loaded.service("a").variable("A").unwrap().value.overrode[0]), "file");
    assert_eq!(loaded.service("a").environment_open(), None);
    let missing = attributes("env_file: no.env");
    assert_eq!(missing.whats(), ["there is no env file `p/no.env`"]);
    assert_eq!(missing.service("a").environment_open().as_deref(), Some("the env file `no.env` could not be read"));
}

#[test]
fn names_of_projects() {
    let name = |text: &str, file: &str| {
        let file = [(file, text)];
        case(&request(&[file[0].0]), &file).project.name
    };
    assert_eq!(name("services: {a: {image: i}}", "x/My_App.2/compose.yaml"), "my_app2");
    assert_eq!(name("name: given\nservices: {a: {image: i}}", "x/compose.yaml"), "given");
}

#[test]
fn file_names() {
    let cases = [
        ("compose.yaml", Some(Role::Base(0))),
        ("docker-compose.yaml", Some(Role::Base(3))),
        ("compose.override.yml", Some(Role::Override(0))),
        ("docker-compose.prod.yml", Some(Role::Variant("prod".to_string()))),
        ("compose-dev.yaml", Some(Role::Variant("dev".to_string()))),
        ("docker-compose_ci.yml", Some(Role::Variant("ci".to_string()))),
        ("local.docker-compose.yml", Some(Role::Variant("local".to_string()))),
        ("v2-compose.yml", Some(Role::Variant("v2".to_string()))),
        ("decompose.yml", None),
        ("composer.yml", None),
        ("compose.json", None),
        ("docker-compose.yml.bak", None),
        ("compose..yaml", None),
    ];
    for (name, role) in cases {
        assert_eq!(files::is_compose_file_name(name), role, "{name}");
    }
}

#[test]
fn files_of_a_directory_make_projects() {
    let names = [
        "compose.yml",
        "compose.yaml",
        "docker-compose.override.yml",
        "compose.dev.yaml",
        "compose.full.yaml",
        "compose.empty.yaml",
        "x.txt",
    ];
    let group = files::group(names);
    assert_eq!(group.base.as_deref(), Some("compose.yaml"));
    assert_eq!(group.overrides.as_deref(), Some("docker-compose.override.yml"));
    assert_eq!(group.ignored, ["compose.yml"]);
    let sketch = |name: &str| {
        let text = match name {
            "compose.dev.yaml" => "services: {a: {user: x}, b: {image: i, depends_on: [a]}}",
            "compose.empty.yaml" => "# later\n",
            _ => "services: {a: {image: i}, c: {build: .}}",
        };
        Some(Sketch::of(&yaml::load(crate::source::SourceId(0), text)))
    };
    let sets = files::projects(&group, sketch);
    assert_eq!(sets[0], ["compose.yaml", "docker-compose.override.yml"]);
    assert_eq!(sets[1], ["compose.yaml", "compose.dev.yaml"]);
    assert_eq!(sets[2], ["compose.yaml", "compose.empty.yaml"]);
    assert_eq!(sets[3], ["compose.full.yaml"]);
}

#[test]
fn a_parsed_file_is_not_parsed_again() {
    let text = "services: {a: {image: i}}";
    let mut sources = Sources::new();
    let source = sources.add_text("p/compose.yaml", text);
    let mut request = request(&["p/compose.yaml"]);
    let yaml = Arc::new(yaml::load(source, text));
    request.parsed.insert(PathBuf::from("p/compose.yaml"), Parsed { source, yaml });
    let loaded = load(&request, &mut |path| panic_unless_env(path), &mut sources);
    assert_eq!(loaded.project.unwrap().files, [source]);
}

fn panic_unless_env(path: &Path) -> Result<Option<crate::source::Source>, Problem> {
    assert!(path.ends_with(".env"), "{path:?} was read again");
    Ok(None)
}

#[test]
fn an_override_extends_what_an_include_brought_as_it_is() {
    let request = request(&["compose.yaml", "compose.override.yaml"]);
    let disk = [
        ("compose.yaml", "include: [sub/compose.yaml]\nservices: {b: {image: b}}"),
        ("sub/compose.yaml", "services: {a: {extends: {file: common.yaml, service: s}, cap_add: [A]}}"),
        ("sub/common.yaml", "services: {s: {image: i, cap_add: [B]}}"),
        ("compose.override.yaml", "services: {c: {extends: a, user: u}}"),
    ];
    let (loaded, _) = load_all(&request, &disk);
    let whats: Vec<_> = loaded.problems.iter().map(|problem| &problem.what).collect();
    assert!(whats.is_empty(), "{whats:?}");
}
