//! Scans of trees that tests write: through the library, into the JSON report.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::assess::Detail;
use plimsoll::policy::Policy;
use plimsoll::report::json::Json;
use plimsoll::report::{Header, Severity, Writer};
use plimsoll::scan::{self, Needs, Request};

/// A folder that is removed again.
pub struct Tree {
    path: PathBuf,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

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
        today: plimsoll::subject::decision::date::Date::parse("2026-06-01").expect("a day"),
        fail_on: Some(Severity::Error),
        min_severity: Severity::Note,
        threads,
        images: Default::default(),
        changed: Default::default(),
    }
}

/// What reports say about the policies of a run.
pub fn header(policies: &[Policy]) -> Header {
    let controls = policies.iter().flat_map(|policy| policy.controls.iter().map(move |control| (policy, control)));
    Header {
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
    }
}

/// The JSON report of a run.
pub fn report(request: &Request, policies: &[Policy]) -> String {
    let header = header(policies);
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
