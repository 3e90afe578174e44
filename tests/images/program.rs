//! The program in a folder of its own, and what it says of containers.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// No run of a test takes longer, in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A folder that is removed again.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-images-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of something in it, as text.
    pub fn at(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// Writes a file that everybody may read; what begins like a program or a script may be run, too.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        let mode = if bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        self.mode(name, mode);
    }

    pub fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path.join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    }

    pub fn link(&self, name: &str, target: &str) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::os::unix::fs::symlink(target, path).expect("a link");
    }

    /// Every path below it with its size, to see that nothing was written.
    pub fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let metadata = fs::symlink_metadata(&path).expect("it is there");
                found.push(format!("{} {}", path.display(), metadata.len()));
                if metadata.is_dir() {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the program in a folder, with nothing of our environment.
#[track_caller]
pub fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder).env("NO_COLOR", "1");
    let output = command.output().expect("the program runs");
    assert!(started.elapsed() < PATIENCE, "{arguments:?} takes too long");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("no signal");
    let ran = Ran { code, out: text(output.stdout), err: text(output.stderr) };
    assert!(!ran.err.contains("panicked") && !ran.out.contains("panicked"), "{ran:?}");
    ran
}

/// The JSON report of a scan.
#[track_caller]
pub fn scan(folder: &Path, arguments: &[&str]) -> Report {
    let ran = run(folder, &[&["scan"], arguments, &["--format", "json"]].concat());
    let json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {ran:?}"));
    Report { code: ran.code, json }
}

/// What a scan reported.
pub struct Report {
    pub code: i32,
    pub json: Value,
}

impl Report {
    fn all(&self, what: &str) -> impl Iterator<Item = &Value> {
        let projects = self.json["projects"].as_array().expect("projects").iter();
        projects.flat_map(move |project| project[what].as_array().expect("a list"))
    }

    /// The verdict on each control, of the only container.
    #[track_caller]
    pub fn verdicts(&self) -> BTreeMap<String, String> {
        let containers: Vec<&Value> = self.all("containers").collect();
        let [container] = containers[..] else { panic!("{} containers in {:#}", containers.len(), self.json) };
        let text = |value: &Value| value.as_str().expect("text").to_string();
        let verdicts = container["verdicts"].as_array().expect("verdicts").iter();
        verdicts.map(|verdict| (control(&text(&verdict["control"])), text(&verdict["verdict"]))).collect()
    }

    /// The verdict on one control, of the only container.
    #[track_caller]
    pub fn verdict(&self, control: &str) -> String {
        self.verdicts().remove(control).unwrap_or_else(|| panic!("no control {control}"))
    }

    /// Findings as `rule: message`, sorted.
    pub fn findings(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().expect("text").to_string();
        let finding = |finding: &Value| format!("{}: {}", text(&finding["rule"]), text(&finding["message"]));
        let mut findings: Vec<String> = self.all("findings").map(finding).collect();
        findings.sort();
        findings
    }

    /// Findings of one rule.
    pub fn found(&self, rule: &str) -> Vec<String> {
        self.findings().into_iter().filter(|finding| finding.starts_with(&format!("{rule}: "))).collect()
    }

    /// Problems as `gravity path: what; help`.
    pub fn problems(&self) -> Vec<String> {
        let further = self.json["summary"]["problems"].as_array().into_iter().flatten();
        let problems = self.all("problems").chain(further);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let problem = |problem: &Value| {
            let part = |name: &str| text(&problem[name]);
            format!("{} {}: {}; {}", part("gravity"), part("path"), part("what"), part("help"))
        };
        problems.map(problem).collect()
    }
}

/// A control without the name of its policy.
fn control(name: &str) -> String {
    name.split_once('/').map_or(name, |(_, control)| control).to_string()
}
