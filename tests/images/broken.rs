//! What broken images have in common: a root file system that would be fine, and what a run over them has to be.

use crate::layout::{Entry, Layout, tar};
use crate::program::{Folder, Report, run, scan};

/// Runs as an account of its own, by an init, with a health check; what its layers hold decides half of that.
pub const CONFIG: &str = r#"{"User":"app","Entrypoint":["dumb-init","--"],"Cmd":["node","server.js"],"WorkingDir":"/app",
    "Env":["PATH=/usr/local/bin:/usr/bin:/bin"],
    "Healthcheck":{"Test":["CMD","curl","-f","http://127.0.0.1:3000/health"]}}"#;

/// What its layers decide.
pub const BY_FILES: [&str; 4] = ["user-exists", "uid-1001", "init-installed", "health-tool"];

const ELF: &[u8] = b"\x7fELF not a real one";

/// A layer that makes all of it good.
pub fn good() -> Vec<u8> {
    tar(&[
        Entry::File("etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\napp:x:1001:1001::/app:/bin/sh\n"),
        Entry::File("etc/group", 0o644, b"root:x:0:\napp:x:1001:\n"),
        Entry::File("usr/bin/dumb-init", 0o755, ELF),
        Entry::File("usr/bin/curl", 0o755, ELF),
        Entry::File("usr/local/bin/node", 0o755, ELF),
        Entry::File("app/server.js", 0o644, b""),
    ])
}

/// Scans a layout, sees that nothing is written, and that every format says the same problem.
#[track_caller]
pub fn scanned(layout: &Layout) -> Report {
    let (folder, source) = (layout.folder, layout.source());
    let before = folder.listing();
    let report = scan(folder.path(), &[&source]);
    for format in ["table", "sarif"] {
        let ran = run(folder.path(), &["scan", &source, "--format", format]);
        assert_eq!(ran.code, report.code, "{format}: {ran:?}");
    }
    assert_eq!(folder.listing(), before, "something was written");
    report
}

/// Demands a problem that has these words, and says what to do.
#[track_caller]
pub fn complains(report: &Report, words: &[&str]) {
    let problems = report.problems();
    let has = |problem: &String| words.iter().all(|word| problem.contains(word));
    let found = problems.iter().find(|problem| has(problem)).unwrap_or_else(|| panic!("no {words:?}: {problems:#?}"));
    let help = found.rsplit("; ").next().unwrap_or_default();
    assert!(found.starts_with("error ") && help.len() > 5, "{found}");
    assert_eq!(report.code, 2, "{found}");
}

/// Demands that nothing is held to be fine, or wrong, that only the layers decide.
#[track_caller]
pub fn leaves_open(report: &Report) {
    let verdicts = report.verdicts();
    let open = BY_FILES.iter().filter(|control| verdicts[**control] != "inconclusive");
    assert_eq!(open.collect::<Vec<_>>(), [] as [&&str; 0], "{verdicts:#?}");
    assert_eq!((verdicts["init"].as_str(), verdicts["healthcheck"].as_str()), ("met", "met"));
}

#[test]
fn what_is_broken_below_is_fine_if_it_is_whole() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "whole").layer(&good());
    layout.finish(&layout.configuration(CONFIG));
    let report = scanned(&layout);
    assert_eq!(report.problems(), [] as [String; 0]);
    for control in BY_FILES {
        assert_eq!(report.verdict(control), "met", "{control}");
    }
}
