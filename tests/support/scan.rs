//! Scans of trees that tests write: through the library, into the JSON report.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::assess::Detail;
use plimsoll::policy::Policy;
use plimsoll::report::json::Json;
use plimsoll::report::{Header, Severity, Writer};
use plimsoll::scan::{self, Needs, Request};
use plimsoll::source::SourceId;

/// A folder that is removed again.
pub struct Tree {
    path: PathBuf,
}

/// A finding, as far as tests look at it.
#[derive(Debug)]
#[allow(dead_code)] // not every test looks at everything
pub struct Found {
    pub rule: String,
    pub path: String,
    pub line: u64,
    pub message: String,
}

/// What a scan said.
#[derive(Debug, Default)]
#[allow(dead_code)]
pub struct Verdicts {
    /// One per container and control.
    pub verdicts: Vec<String>,
    pub findings: Vec<Found>,
    /// The grounds of all verdicts.
    pub grounds: Vec<String>,
    /// Problems that fail a run.
    pub errors: Vec<String>,
    pub exit_code: u8,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

#[allow(dead_code)]
impl Tree {
    pub fn new() -> Tree {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Tree { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Judges files of the tree by one rule with parameters in YAML.
    pub fn judge(&self, files: &[&str], rule: &str, parameters: &str) -> Verdicts {
        let parameters: String = parameters.lines().map(|line| format!("          {line}\n")).collect();
        let parameters = if parameters.is_empty() { String::new() } else { format!("        params:\n{parameters}") };
        let text = format!(
            "id: test\ntitle: test\ncontrols:\n  - id: test\n    title: test\n    rules:\n      - rule: {rule}\n{parameters}"
        );
        let policy = Policy::read(SourceId(0), &text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
        self.scan(files, &[policy])
    }

    /// Judges files of the tree, the whole tree if none is named.
    pub fn scan(&self, files: &[&str], policies: &[Policy]) -> Verdicts {
        let mut paths: Vec<PathBuf> = files.iter().map(|file| self.path.join(file)).collect();
        if paths.is_empty() {
            paths.push(self.path.clone());
        }
        read(&report(&request(paths, &self.path, 0), policies))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A request with nothing special in it.
pub fn request(paths: Vec<PathBuf>, root: &Path, threads: usize) -> Request {
    Request {
        paths,
        compose_files: Vec::new(),
        root: Some(root.to_path_buf()),
        target: None,
        build_arguments: Default::default(),
        env_files: Vec::new(),
        variables: Default::default(),
        profiles: Vec::new(),
        fail_on: Some(Severity::Error),
        min_severity: Severity::Note,
        threads,
    }
}

/// The JSON report of a run.
pub fn report(request: &Request, policies: &[Policy]) -> String {
    let controls = policies.iter().flat_map(|policy| policy.controls.iter().map(move |control| (policy, control)));
    let header = Header {
        rules: Vec::new(),
        controls: controls
            .map(|(policy, control)| plimsoll::report::ControlInfo {
                policy: policy.id.clone(),
                id: control.id.clone(),
                title: control.title.clone(),
                group: control.group.clone(),
                source: control.source.clone(),
                assessment: control.assessment.clone(),
            })
            .collect(),
        min_severity: Severity::Note,
    };
    let needs = Needs { line_hashes: false, detail: Detail::Everything, show: false };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads).build().expect("threads");
    let out = std::cell::RefCell::new(Vec::new());
    let mut writers: Vec<Box<dyn Writer + '_>> = vec![Box::new(Json::new(Shared(&out)))];
    scan::run(request, policies, &header, needs, &mut writers, &|_, _| (), &pool).expect("a report");
    drop(writers);
    String::from_utf8(out.into_inner()).expect("UTF-8")
}

struct Shared<'a>(&'a std::cell::RefCell<Vec<u8>>);

impl std::io::Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a JSON report says.
pub fn read(report: &str) -> Verdicts {
    let json: serde_json::Value = serde_json::from_str(report).expect("JSON");
    let mut verdicts = Verdicts::default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    for project in list(&json["projects"]) {
        for container in list(&project["containers"]) {
            for verdict in list(&container["verdicts"]) {
                verdicts.verdicts.push(text(&verdict["verdict"]));
                verdicts.grounds.extend(list(&verdict["grounds"]).iter().map(|note| text(&note["message"])));
            }
        }
        for finding in list(&project["findings"]) {
            verdicts.findings.push(Found {
                rule: text(&finding["rule"]),
                path: text(&finding["location"]["path"]),
                line: finding["location"]["start"]["line"].as_u64().unwrap_or(0),
                message: text(&finding["message"]),
            });
        }
        let errors = list(&project["problems"]).into_iter().filter(|problem| problem["gravity"] == "error");
        verdicts.errors.extend(errors.map(|problem| text(&problem["what"])));
    }
    let errors = list(&json["summary"]["problems"]).into_iter().filter(|problem| problem["gravity"] == "error");
    verdicts.errors.extend(errors.map(|problem| text(&problem["what"])));
    verdicts.exit_code = json["summary"]["exitCode"].as_u64().unwrap_or(99) as u8;
    verdicts
}
