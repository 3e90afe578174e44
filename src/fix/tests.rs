use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::collect::Proposal;
use super::pick::{Picked, pick};
use super::*;
use crate::report::{FileText, Location, ReportedEdit};
use crate::source::Position;

const TEXT: &str = "FROM a\nCMD b\n";

fn edit(path: &str, start: u32, length: u32, text: &str) -> ReportedEdit {
    let position = Position { line: 1, column: 1 };
    let location = Location {
        path: path.into(),
        start: position,
        end: position,
        offset: start,
        length,
        snippet: String::new(),
        line_hash: None,
        entry: None,
    };
    ReportedEdit { location, text: text.into(), file: FileText { path: path.into(), text: TEXT.into() } }
}

fn picked(proposals: Vec<Vec<ReportedEdit>>) -> Picked {
    let proposals = proposals.into_iter().map(|edits| Proposal { rule: "x", edits }).collect();
    pick(proposals, &mut |path: &Path, _: &str| match path.to_str() {
        Some("locked") => Err("it is locked".to_string()),
        _ => Ok(()),
    })
}

/// The texts of the files that are changed.
fn texts(picked: &Picked) -> Vec<(&str, &str)> {
    picked.files.values().map(|change| (&*change.name, &*change.after)).collect()
}

#[test]
fn of_edits_that_meet_the_first_by_place_is_made() {
    let one = picked(vec![vec![edit("f", 7, 3, "RUN")], vec![edit("f", 0, 8, "")]]);
    assert_eq!((texts(&one), one.findings), (vec![("f", "MD b\n")], 1));
    // Side by side is too near, too: which comes first would be chance.
    let two = picked(vec![vec![edit("f", 7, 0, "USER x\n")], vec![edit("f", 7, 3, "RUN")]]);
    assert_eq!(two.findings, 1);
    let apart = picked(vec![vec![edit("f", 11, 1, "c")], vec![edit("f", 5, 1, "d")]]);
    assert_eq!((texts(&apart), apart.findings), (vec![("f", "FROM d\nCMD c\n")], 2));
}

#[test]
fn the_same_change_for_two_findings_is_made_once() {
    let picked = picked(vec![vec![edit("f", 5, 1, "d")], vec![edit("f", 5, 1, "d")]]);
    assert_eq!((texts(&picked), picked.findings), (vec![("f", "FROM d\nCMD b\n")], 2));
}

#[test]
fn all_edits_of_a_fix_are_made_or_none() {
    let both = vec![edit("f", 5, 1, "d"), edit("g", 0, 4, "from")];
    let one = picked(vec![both.clone(), vec![edit("g", 11, 1, "c")]]);
    assert_eq!(texts(&one), [("f", "FROM d\nCMD b\n"), ("g", "from a\nCMD c\n")]);
    let none = picked(vec![vec![edit("f", 4, 2, " e")], both]);
    assert_eq!((texts(&none), none.findings), (vec![("f", "FROM e\nCMD b\n")], 1));
    let locked = picked(vec![vec![edit("f", 5, 1, "d"), edit("locked", 0, 1, "")]]);
    assert_eq!((texts(&locked), locked.findings), (vec![], 0));
    assert_eq!(locked.left, BTreeMap::from([("locked".to_string(), "it is locked".to_string())]));
}

/// A folder that is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-fix-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(std::fs::canonicalize(path).expect("a folder"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn changes(files: &[&Path]) -> Changes {
    let change = || Change { name: Arc::from("f"), before: TEXT.into(), after: "FROM c\n".into() };
    Changes { files: files.iter().map(|path| (path.to_path_buf(), change())).collect(), ..Changes::default() }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a text")
}

#[test]
fn a_file_that_changed_since_it_was_read_keeps_all_from_being_written() {
    let folder = Folder::new();
    let (one, other) = (folder.file("one", TEXT), folder.file("other", "FROM z\n"));
    let failed = changes(&[&one, &other]).write().expect_err("is refused");
    assert_eq!(failed, BTreeMap::from([(other.clone(), "it has changed since it was read; scan again".to_string())]));
    assert_eq!((text(&one).as_str(), text(&other).as_str()), (TEXT, "FROM z\n"));
    assert_eq!(std::fs::read_dir(&folder.0).expect("a folder").count(), 2, "no temporary file is left");
    assert_eq!(changes(&[&one]).write(), Ok(()));
    assert_eq!(text(&one), "FROM c\n");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_lies_in_the_way() {
    let folder = Folder::new();
    let (file, victim) = (folder.file("file", TEXT), folder.file("victim", "mine"));
    let temporary = folder.0.join(format!(".file.{}.tmp", std::process::id()));
    std::os::unix::fs::symlink(&victim, &temporary).expect("a link");
    let failed = changes(&[&file]).write().expect_err("is refused");
    let expected = format!("it cannot be written: `{}` is in the way; remove it", temporary.display());
    assert_eq!(failed[&file], expected);
    assert_eq!((text(&file).as_str(), text(&victim).as_str()), (TEXT, "mine"));
}
