//! Layers are read by nobody who does not need them.

use crate::broken::{BY_FILES, CONFIG, complains, good, leaves_open};
use crate::layout::Layout;
use crate::program::{Folder, scan};

/// A layout whose layers are noise, which nobody may notice.
fn noise(folder: &Folder) -> String {
    let layout = Layout::new(folder, "noise").layer(&good());
    layout.finish(&layout.configuration(CONFIG));
    for path in layout.layer_paths() {
        let length = std::fs::metadata(folder.path().join(&path)).expect("it is there").len();
        folder.write(&path, vec![b'n'; usize::try_from(length).expect("a small one")]);
    }
    layout.source()
}

#[test]
fn nobody_reads_layers_who_is_told_not_to() {
    let folder = Folder::new();
    let report = scan(folder.path(), &[&noise(&folder), "--no-layers"]);
    assert_eq!(report.problems(), [] as [String; 0]);
    leaves_open(&report);
}

#[test]
fn rules_on_the_configuration_read_no_layers() {
    let folder = Folder::new();
    let source = noise(&folder);
    for rule in ["healthcheck-missing", "healthcheck-timing"] {
        let report = scan(folder.path(), &[&source, "--rule", rule]);
        assert_eq!(report.problems(), [] as [String; 0], "{rule}");
    }
    for rule in ["user-undefined", "healthcheck-tool-missing", "init-not-installed"] {
        complains(&scan(folder.path(), &[&source, "--rule", rule]), &["noise", "layer"]);
    }
}

#[test]
fn layers_that_are_not_there_are_not_missed_either() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "gone").layer(&good());
    layout.finish(&layout.configuration(CONFIG));
    for path in layout.layer_paths() {
        std::fs::remove_file(folder.path().join(path)).expect("it was there");
    }
    let source = layout.source();
    let report = scan(folder.path(), &[&source, "--no-layers"]);
    assert_eq!(report.problems(), [] as [String; 0]);
    let report = scan(folder.path(), &[&source]);
    complains(&report, &["layer"]);
    assert!(BY_FILES.iter().all(|control| report.verdict(control) == "inconclusive"));
}
