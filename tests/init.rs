//! Starting points: whole, as the decision wants them, and never in the way of what is there.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::init::{Kind, Plan, Starter, State, Store, TEMPLATES, name_from};

/// A folder that is removed again.
struct Folder(PathBuf);

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Folder {
    fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-init-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    fn with(self, name: &str, text: &str) -> Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    /// Every file below, with what it holds.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        walk(&self.0, &mut files);
        let name = |path: &Path| path.strip_prefix(&self.0).expect("below").to_string_lossy().into_owned();
        let text = |path: &Path| fs::read_to_string(path).expect("a text");
        let mut files: Vec<_> = files.iter().map(|path| (name(path), text(path))).collect();
        files.sort();
        files
    }

    fn plan(&self, starter: &Starter) -> Plan {
        Plan::new(starter, &self.0).unwrap_or_else(|obstacles| panic!("{obstacles:?}"))
    }

    fn write(&self, starter: &Starter) -> Plan {
        let plan = self.plan(starter);
        plan.carry_out().unwrap_or_else(|obstacle| panic!("{obstacle:?}"));
        plan
    }

    /// What stands in the way.
    fn refusal(&self, starter: &Starter) -> String {
        match Plan::new(starter, &self.0) {
            Ok(plan) => panic!("nothing stands in the way: {plan:?}"),
            Err(obstacles) => obstacles.iter().map(|obstacle| format!("{}\n", obstacle.what)).collect(),
        }
    }

    /// Scans the folder as the issue demands, and wants nothing violated, undecided or unread.
    #[track_caller]
    fn meets_the_decision(&self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(["scan", ".", "--policy", "adr-0003", "--fail-on", "note", "--format", "json", "--root", "."]);
        let output = command.current_dir(&self.0).output().expect("the program");
        let text = String::from_utf8_lossy(&output.stdout);
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let mut open = Vec::new();
        let mut met = 0;
        for project in report["projects"].as_array().expect("projects") {
            assert_eq!(project["problems"].as_array().map(Vec::len), Some(0), "{}", project["problems"]);
            for container in project["containers"].as_array().expect("containers") {
                for verdict in container["verdicts"].as_array().expect("verdicts") {
                    match verdict["verdict"].as_str() {
                        Some("met") => met += 1,
                        Some("not-applicable") => {}
                        _ => open.push(format!("{}: {verdict:#}", container["name"])),
                    }
                }
            }
            open.extend(project["findings"].as_array().expect("findings").iter().map(|finding| format!("{finding:#}")));
        }
        assert!(open.is_empty(), "{}", open.join("\n"));
        assert!(met >= 8, "only {met} controls are met:\n{report:#}");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn starter(kinds: &[Kind], stores: &[Store]) -> Starter {
    Starter::new("demo", kinds, stores).unwrap_or_else(|obstacle| panic!("{obstacle:?}"))
}

/// Every starting point that can be asked for.
fn starters() -> Vec<(String, Starter)> {
    let mut starters: Vec<_> =
        Kind::SERVICES.iter().map(|kind| (kind.name().to_string(), starter(&[*kind], &[]))).collect();
    starters.push(("project".to_string(), starter(&[Kind::Project], &[])));
    for chosen in 1..8 {
        let kinds: Vec<Kind> =
            (0..3).filter(|bit| chosen & (1 << bit) != 0).map(|bit: usize| Kind::SERVICES[bit]).collect();
        for stores in [&[][..], &[Store::Redis], &[Store::Postgres], &Store::ALL] {
            let wanted: Vec<Kind> = kinds.iter().copied().chain([Kind::Project]).collect();
            if let Ok(starter) = Starter::new("demo", &wanted, stores) {
                starters.push((format!("project of {kinds:?} with {stores:?}"), starter));
            }
        }
    }
    starters
}

#[test]
fn every_file_in_templates_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let name = |path: &PathBuf| path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
    let there: BTreeSet<String> = files.iter().map(name).collect();
    let listed = TEMPLATES.iter().map(|template| format!("{}/{}", template.kind.name(), template.path));
    assert_eq!(listed.collect::<BTreeSet<String>>(), there, "left what src/init/template.rs lists");
}

#[test]
fn every_file_is_rendered_to_its_end() {
    for (what, starter) in starters() {
        for file in starter.files() {
            for mark in ["{{", "}}", "#["] {
                let left = file.text.lines().find(|line| line.contains(mark) && !line.contains("style={{"));
                assert_eq!(left, None, "{what}: {}", file.path);
            }
            assert!(file.text.ends_with('\n') && !file.text.ends_with("\n\n"), "{what}: {}", file.path);
            assert!(!file.path.starts_with('/') && !file.path.contains(".."), "{}", file.path);
            if file.path.ends_with(".json") {
                serde_json::from_str::<serde_json::Value>(&file.text).unwrap_or_else(|e| panic!("{}: {e}", file.path));
            }
        }
    }
}

#[test]
fn every_starting_point_meets_the_decision() {
    let starters = starters();
    assert_eq!(starters.len(), 28);
    for (what, starter) in starters {
        let folder = Folder::new();
        folder.write(&starter);
        println!("{what}");
        folder.meets_the_decision();
    }
}

#[test]
fn a_lock_file_belongs_to_its_package() {
    for file in starter(&[Kind::Project], &[]).files().iter().filter(|file| file.path.ends_with("package-lock.json")) {
        let lock: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
        let all = starter(&[Kind::Project], &[]).files();
        let path = file.path.replace("package-lock.json", "package.json");
        let package = all.iter().find(|file| file.path == path).expect("its package");
        let package: serde_json::Value = serde_json::from_str(&package.text).expect("JSON");
        for key in ["name", "version", "dependencies", "devDependencies", "engines"] {
            assert_eq!(lock["packages"][""][key], package[key], "{}: {key}", file.path);
        }
        for (name, entry) in lock["packages"].as_object().expect("packages").iter().filter(|(name, _)| !name.is_empty())
        {
            assert!(entry["integrity"].is_string() && entry["version"].is_string(), "{}: {name}", file.path);
            let needed = ["dependencies", "optionalDependencies"].into_iter().filter_map(|key| entry[key].as_object());
            for needed in needed.flat_map(|needed| needed.keys()) {
                let there = |at: String| lock["packages"].get(at).is_some();
                let found = there(format!("node_modules/{needed}")) || there(format!("{name}/node_modules/{needed}"));
                assert!(found, "{}: {needed} of {name} is missing", file.path);
            }
        }
    }
}

#[test]
fn what_the_services_share_is_the_same_everywhere() {
    let files = starter(&[Kind::Project], &[]).files();
    let text = |path: &str| &files.iter().find(|file| file.path == path).expect("a file").text;
    let compose = text("compose.yaml");
    for (needle, times) in [("restart: unless-stopped", 5), ("networks: [app]", 5), ("reservations:", 5), ("/16", 1)] {
        assert_eq!(compose.matches(needle).count(), times, "{needle}");
    }
    assert!(text("frontend/nginx/default.conf").contains("set $api http://backend:3000;"));
    let alone = starter(&[Kind::Spa, Kind::FastApi], &[]).files();
    let proxied = alone.iter().find(|file| file.path == "frontend/nginx/default.conf").expect("a file");
    assert!(proxied.text.contains("set $api http://python-worker:8000;"), "{}", proxied.text);
}

#[test]
fn a_second_time_changes_nothing() {
    let (folder, starter) = (Folder::new(), starter(&[Kind::Project], &[]));
    folder.write(&starter);
    let before = folder.files();
    let plan = folder.write(&starter);
    assert!(plan.entries.iter().all(|entry| entry.state == State::Same), "{:?}", plan.entries);
    assert_eq!(folder.files(), before);
}

#[test]
fn a_file_that_is_there_is_kept_byte_for_byte() {
    for (what, starter) in starters() {
        let dockerfile = starter.files().into_iter().find(|file| file.path.ends_with("Dockerfile")).expect("one");
        // Differs by a comment, so that the decision is still met; and another file that has nothing to do with it.
        let theirs = format!("# ours\r\n{}", dockerfile.text);
        let folder = Folder::new().with(&dockerfile.path, &theirs).with("notes.txt", "mine");
        let plan = folder.write(&starter);
        let kept: Vec<&str> = plan
            .entries
            .iter()
            .filter(|entry| entry.state == State::Kept)
            .map(|entry| entry.file.path.as_str())
            .collect();
        assert_eq!(kept, [dockerfile.path.as_str()], "{what}");
        let files = folder.files();
        assert!(files.contains(&(dockerfile.path.clone(), theirs)), "{what}");
        assert!(files.contains(&("notes.txt".to_string(), "mine".to_string())), "{what}");
        assert_eq!(files.len(), starter.files().len() + 1, "{what}");
        if starter.project().is_none() || starter.services().len() == 3 {
            folder.meets_the_decision();
        }
    }
}

#[test]
fn code_that_is_there_gets_a_container_and_no_example() {
    let package = r#"{"name": "theirs", "scripts": {"build": "tsc"}}"#;
    let folder = Folder::new().with("package.json", package);
    folder.write(&starter(&[Kind::NodeApi], &[]));
    let names: Vec<String> = folder.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [".dockerignore", ".gitignore", ".nvmrc", "Dockerfile", "package.json"]);
    folder.meets_the_decision();

    let folder = Folder::new().with("python-worker/pyproject.toml", "[project]\nname = \"theirs\"\n");
    let plan = folder.write(&starter(&[Kind::FastApi, Kind::NodeApi], &[]));
    let left_out = plan.entries.iter().filter(|entry| matches!(entry.state, State::LeftOut(_)));
    let left_out: Vec<&str> = left_out.map(|entry| entry.file.path.as_str()).collect();
    let expected = ["requirements.txt", "app/__init__.py", "app/main.py", "app/health.py"];
    assert_eq!(left_out, expected.map(|name| format!("python-worker/{name}")));
}

#[test]
fn a_compose_file_of_any_name_is_the_only_one() {
    for name in ["docker-compose.yml", "docker-compose.yaml", "compose.yml"] {
        let folder = Folder::new().with(name, "services: {}\n");
        let plan = folder.write(&starter(&[Kind::Project], &[]));
        let compose = plan.entries.iter().find(|entry| entry.file.path == "compose.yaml").expect("its entry");
        assert_eq!(compose.state, State::LeftOut(name.to_string()));
        assert!(!folder.0.join("compose.yaml").exists());
    }
}

#[test]
fn what_stands_in_the_way_is_told_before_anything_is_written() {
    let starter = starter(&[Kind::NodeApi], &[]);
    type Prepare = fn(&Path);
    let cases: [(Prepare, &str); 6] = [
        (|at| fs::write(at.join("src"), "").expect("a file"), "src` is a file, and a folder is needed there"),
        (|at| fs::create_dir(at.join("Dockerfile")).expect("a folder"), "Dockerfile` is a folder"),
        (|at| symlink("/nowhere/at/all", at.join("Dockerfile")).expect("a link"), "is a link that leads nowhere"),
        (|at| symlink(std::env::temp_dir(), at.join("src")).expect("a link"), "src` is a link, and nothing is written"),
        (|at| symlink("src", at.join("src")).expect("a link"), "src` is a link, and nothing is written"),
        (|at| symlink("..", at.join("src")).expect("a link"), "src` is a link, and nothing is written"),
    ];
    for (prepare, expected) in cases {
        let folder = Folder::new();
        prepare(&folder.0);
        let refusal = folder.refusal(&starter);
        assert!(refusal.contains(expected), "{refusal}");
        assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 1, "{expected}");
    }
    let folder = Folder::new().with("file", "");
    let obstacles = Plan::new(&starter, &folder.0.join("file")).expect_err("a file is no folder");
    assert!(obstacles[0].what.ends_with("file` is no folder"), "{obstacles:?}");
    assert!(Plan::new(&starter, &folder.0.join("file/below")).is_err());
}

#[test]
fn a_link_to_a_file_is_kept() {
    let folder = Folder::new().with("docker/Dockerfile", "FROM node:20.19-alpine3.21\n");
    symlink("docker/Dockerfile", folder.0.join("Dockerfile")).expect("a link");
    folder.write(&starter(&[Kind::NodeApi], &[]));
    assert!(fs::symlink_metadata(folder.0.join("Dockerfile")).expect("a link").is_symlink());
    assert_eq!(fs::read_to_string(folder.0.join("docker/Dockerfile")).expect("a text"), "FROM node:20.19-alpine3.21\n");
}

#[test]
fn a_write_that_fails_takes_back_those_before_it() {
    let (folder, starter) = (Folder::new(), starter(&[Kind::NodeApi], &[]));
    let inner = folder.0.join("new");
    let plan = Plan::new(&starter, &inner).expect("a plan");
    // Between the look and the write, somebody makes a file.
    fs::create_dir_all(inner.join("src")).expect("a folder");
    fs::write(inner.join("src/health.ts"), "theirs").expect("a file");
    let obstacle = plan.carry_out().expect_err("the file is there");
    assert!(obstacle.what.contains("src/health.ts` cannot be written: file exists"), "{obstacle:?}");
    assert!(obstacle.help.starts_with("nothing was written"), "{obstacle:?}");
    assert_eq!(folder.files(), [("new/src/health.ts".to_string(), "theirs".to_string())]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_left_as_it_is() {
    let folder = Folder::new();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o555)).expect("permissions");
    let plan = folder.plan(&starter(&[Kind::NodeApi], &[]));
    // Root may write all the same.
    if let Err(obstacle) = plan.carry_out() {
        assert!(obstacle.what.ends_with("cannot be written: permission denied"), "{obstacle:?}");
        assert_eq!(folder.files(), []);
    }
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).expect("permissions");
}

#[test]
fn words_ask_for_what_they_say() {
    let services = |kinds: &[Kind], stores: &[Store]| {
        let starter = starter(kinds, stores);
        (starter.services().to_vec(), starter.project().map(<[Store]>::to_vec))
    };
    let all = Kind::SERVICES.to_vec();
    assert_eq!(services(&[Kind::Spa], &[]), (vec![Kind::Spa], None));
    assert_eq!(services(&[Kind::Project], &[]), (all.clone(), Some(Store::ALL.to_vec())));
    assert_eq!(services(&[Kind::Project], &[Store::Redis]), (all, Some(vec![Store::Redis])));
    assert_eq!(services(&[Kind::Project, Kind::FastApi], &[]), (vec![Kind::FastApi], Some(vec![])));
    assert_eq!(services(&[Kind::Spa, Kind::NodeApi, Kind::Spa], &[]).0, [Kind::NodeApi, Kind::Spa]);
    assert_eq!(services(&[Kind::FastApi], &[Store::Redis]), (vec![Kind::FastApi], Some(vec![Store::Redis])));
    let refusal = Starter::new("demo", &[Kind::Project, Kind::Spa], &[]).expect_err("no API");
    assert_eq!(refusal.help, "add `node-api` or `fastapi`");
}

#[test]
fn names_are_made_to_fit() {
    for (text, expected) in [
        ("shop", "shop"),
        ("My Shop", "my-shop"),
        ("-- a..b --", "a-b"),
        ("Übung 1", "bung-1"),
        ("東京", "app"),
        ("", "app"),
        (&"x".repeat(100), &"x".repeat(48)),
    ] {
        assert_eq!(name_from(text), expected);
        assert!(Starter::new(&name_from(text), &[Kind::Spa], &[]).is_ok());
    }
    for name in ["", "Shop", "../up", "a b", "-a", "a\nb", "${X}", &"x".repeat(49)] {
        assert!(Starter::new(name, &[Kind::Spa], &[]).is_err(), "{name}");
    }
}
