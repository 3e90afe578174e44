//! Images that are damaged, or made to do harm: each is told apart by a problem that names the place and what to do.

use std::io::Write;

use plimsoll::image::Digest;

use crate::broken::{BY_FILES, CONFIG, complains, good, leaves_open, scanned};
use crate::layout::{Entry, Layout, gzip, tar};
use crate::program::{Folder, Report};

const OTHER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The report on a good layer below one that is odd.
#[track_caller]
fn with_layer(digest: Option<&str>, diff_id: Option<&str>, bytes: Option<&[u8]>) -> Report {
    let folder = Folder::new();
    let is = bytes.map(|bytes| Digest::of(bytes).to_string());
    let digest = digest.or(is.as_deref()).expect("a digest");
    let size = bytes.map_or(100, <[u8]>::len);
    let layout = Layout::new(&folder, "broken").layer(&good());
    let layout = layout.odd_layer(digest, diff_id.unwrap_or(OTHER), bytes, size);
    layout.finish(&layout.configuration(CONFIG));
    scanned(&layout)
}

/// The report on an image whose only layer has these entries over the good ones.
#[track_caller]
fn with_entries(entries: &[Entry]) -> Report {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "odd").layer(&good()).layer(&tar(entries));
    layout.finish(&layout.configuration(CONFIG));
    scanned(&layout)
}

fn some() -> Vec<u8> {
    tar(&[Entry::File("app/more", 0o644, b"more")])
}

#[test]
fn a_layer_with_another_digest() {
    let report = with_layer(Some(OTHER), None, Some(&gzip(&some())));
    complains(&report, &["layer", "digest"]);
    leaves_open(&report);
}

#[test]
fn a_layer_with_another_diff_id() {
    let report = with_layer(None, Some(OTHER), Some(&gzip(&some())));
    complains(&report, &["layer 2", "unpacked", "digest"]);
    leaves_open(&report);
}

#[test]
fn a_layer_that_ends_too_early() {
    let tar = some();
    let packed = gzip(&tar);
    let report = with_layer(None, Some(Digest::of(&tar).as_str()), Some(&packed[..packed.len() / 2]));
    complains(&report, &["layer"]);
    leaves_open(&report);
}

#[test]
fn a_layer_that_is_not_there() {
    let report = with_layer(Some(OTHER), None, None);
    complains(&report, &["layer", "not there"]);
    leaves_open(&report);
}

#[test]
fn a_layer_that_is_no_tar() {
    let noise: Vec<u8> = (0..4096_u32).map(|number| (number * 7919 % 251) as u8).collect();
    let report = with_layer(None, Some(Digest::of(&noise).as_str()), Some(&gzip(&noise)));
    complains(&report, &["layer"]);
    leaves_open(&report);
}

#[test]
fn a_layer_that_leads_out_of_the_image() {
    let passwd = b"root:x:0:0::/:/bin/sh\nroot2:x:0:0::/:/bin/sh\n";
    let report = with_entries(&[Entry::File("../../etc/passwd", 0o644, passwd)]);
    complains(&report, &["layer", "..", "etc/passwd"]);
    assert!(report.verdict("user-exists") != "violated", "the account is not gone");
}

#[test]
fn links_that_lead_in_circles() {
    let circle = [
        Entry::Link("etc/passwd", "passwd2"),
        Entry::Link("etc/passwd2", "/etc/passwd"),
        Entry::Link("usr/bin/dumb-init", "dumb-init"),
        Entry::Link("usr/bin/curl", "../../../../../../usr/bin/curl2"),
        Entry::Link("usr/bin/curl2", "curl"),
    ];
    let report = with_entries(&circle);
    let verdicts = report.verdicts();
    for control in BY_FILES {
        assert_ne!(verdicts[control], "met", "{control}");
    }
    assert!(report.code == 1 || report.code == 2, "{}", report.code);
}

#[test]
fn links_out_of_the_image_stay_inside() {
    let folder = Folder::new();
    folder.write("passwd", "app:x:0:0::/:/bin/sh\n");
    let target = folder.at("passwd");
    let links = [Entry::Link("etc/passwd", &target), Entry::Link("usr/bin/curl", "../../../../../../../bin/true")];
    let report = with_entries(&links);
    assert_eq!((report.verdict("health-tool"), report.verdict("user-exists")), ("violated".into(), "violated".into()));
}

#[test]
fn an_empty_tar_and_an_empty_layer_are_layers() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "empty").layer(&good()).layer(&tar(&[])).layer(&[]);
    layout.finish(&layout.configuration(CONFIG));
    let report = scanned(&layout);
    assert!(BY_FILES.iter().all(|control| matches!(report.verdict(control).as_str(), "met" | "inconclusive")));
}

#[test]
fn a_bomb_of_zeros() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..16 {
        encoder.write_all(&zeros).expect("in memory");
    }
    let packed = encoder.finish().expect("in memory");
    let report = with_layer(None, None, Some(&packed));
    complains(&report, &["layer"]);
    leaves_open(&report);
}

#[test]
fn a_configuration_that_is_too_long() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "long").layer(&good());
    let config = format!(r#"{{"User":"app","Labels":{{"x":"{}"}}}}"#, "x".repeat(9 << 20));
    layout.finish(&layout.configuration(&config));
    complains(&scanned(&layout), &["long", "MiB"]);
}

#[test]
fn a_configuration_that_is_not_utf_8() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "bytes").layer(&good());
    let mut config = layout.configuration(CONFIG);
    let at = config.windows(5).position(|five| five == b"\"app\"").expect("the user") + 2;
    config[at] = 0xff;
    layout.finish(&config);
    complains(&scanned(&layout), &["bytes", "UTF-8"]);
}

#[test]
fn a_configuration_that_is_no_json() {
    let folder = Folder::new();
    for (name, text) in [("text", "hello"), ("list", "[]"), ("cut", "{\"config\":"), ("nothing", "")] {
        let layout = Layout::new(&folder, name).layer(&good());
        layout.finish(text.as_bytes());
        complains(&scanned(&layout), &[name]);
    }
}

#[test]
fn an_index_with_ten_thousand_entries() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "index").layer(&good());
    layout.finish(&layout.configuration(CONFIG));
    let entry = format!(r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{OTHER}","size":7}}"#);
    layout.index(&vec![entry; 10_000].join(","));
    complains(&scanned(&layout), &["index"]);
}

#[test]
fn an_index_that_names_itself() {
    let folder = Folder::new();
    let layout = Layout::new(&folder, "circle");
    let kind = "application/vnd.oci.image.index.v1+json";
    let inner = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}","manifests":[]}}"#);
    let mut digest = layout.blob(inner.as_bytes());
    let mut size = inner.len();
    for _ in 0..200 {
        let entry = format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#);
        let outer = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}","manifests":[{entry},{entry}]}}"#);
        (digest, size) = (layout.blob(outer.as_bytes()), outer.len());
    }
    layout.index(&format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#));
    complains(&scanned(&layout), &["circle"]);
}

#[test]
fn archives_that_are_none() {
    let folder = Folder::new();
    let zeros = gzip(&vec![0; 1 << 20]);
    let cut = gzip(&some());
    for (name, bytes) in [("zeros.tar.gz", &zeros[..]), ("cut.tar.gz", &cut[..40]), ("empty.tar", &[])] {
        folder.write(name, bytes);
        for prefix in ["docker-archive", "oci-archive"] {
            let before = folder.listing();
            let report = crate::program::scan(folder.path(), &[&format!("{prefix}:{name}")]);
            complains(&report, &[name]);
            assert_eq!(folder.listing(), before);
        }
    }
}
