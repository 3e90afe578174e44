//! Tars and compression as builders write them.

use std::io::Cursor;
use std::sync::Arc;

use super::builder::*;
use crate::image::digest::Digest;
use crate::image::layers::{Content, Contents, Keep, Kind, Limits, read_all, read_layer};
use crate::image::{Blobs, ImageError, Layer};

fn one(tar: Tar) -> Contents {
    contents(vec![tar])
}

fn sample() -> Vec<u8> {
    Tar::new().dir("etc").file("etc/passwd", "root:x:0:0").file("big", &"zero ".repeat(100_000)).end()
}

#[test]
fn gzip_zstd_and_plain_tars_are_told_apart_by_their_bytes() {
    let tar = sample();
    let (first, second) = tar.split_at(1000);
    let parts = |pack: fn(&[u8]) -> Vec<u8>| [pack(first), pack(second)].concat();
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], zstd(&tar).as_slice()].concat();
    for stored in [tar.clone(), gzip(&tar), zstd(&tar), parts(gzip), parts(zstd), skippable] {
        let files = read_layer(&mut Cursor::new(&stored), &layer(&stored, &tar), &everything(), &Limits::default());
        let files = files.unwrap();
        assert_eq!((files.stored, files.unpacked), (stored.len() as u64, tar.len() as u64));
        assert_eq!(files.records.len(), 3);
    }
}

#[test]
fn a_wrong_digest_or_size_of_either_form_is_an_error() {
    let (tar, other) = (sample(), Digest::of(b"other"));
    let stored = gzip(&tar);
    let right = layer(&stored, &tar);
    let wrong = [
        Layer { digest: Some(other.clone()), ..right.clone() },
        Layer { diff_id: Some(other), ..right.clone() },
        Layer { size: Some(7), ..right },
    ];
    for layer in wrong {
        let read = read_layer(&mut Cursor::new(&stored), &layer, &everything(), &Limits::default());
        assert!(read.is_err(), "{layer:?}");
    }
}

#[test]
fn long_names_of_gnu_and_pax_are_put_together() {
    let long = format!("opt/{}/x", "long-name/".repeat(30));
    let (long, other) = (long.replace("//", "/"), "d/".repeat(90) + "other");
    let all = one(Tar::new()
        .entry(b'0', &long, "", 0o755, b"gnu")
        .entry(b'2', "link", &long, 0o777, b"")
        .pax(&[("path", other.as_bytes()), ("size", b"3"), ("uid", b"4000000000"), ("mtime", b"1.5")])
        .header(&Header { flag: b'0', name: b"short", link: b"", mode: 0o600, size: b"00000000000" })
        .content(b"pax"));
    assert_eq!(all.content("link"), Content::Bytes(b"gnu"));
    assert_eq!(all.content(&other), Content::Bytes(b"pax"));
    assert_eq!(all.get(&other).map(|entry| (entry.uid, entry.gid, entry.mode)), Some((4_000_000_000, 100, 0o600)));
    assert!(all.get("short").is_none());
}

#[test]
fn global_headers_are_not_applied_as_engines_do_not_apply_them() {
    let all = one(Tar::new().entry(b'g', "pax_global_header", "", 0o644, b"14 path=other\n").file("own", "x"));
    assert_eq!(paths(&all), ["own"]);
}

#[test]
fn capabilities_come_from_extended_headers() {
    let ping = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let tar = Tar::new().pax(&[("SCHILY.xattr.security.capability", &ping)]).mode("bin/ping", 0o755);
    let all = one(tar.hard_link("bin/ping4", "bin/ping").mode("bin/cat", 0o755));
    for path in ["bin/ping", "bin/ping4"] {
        assert_eq!(all.get(path).unwrap().capability.unwrap().names(), ["NET_RAW"]);
    }
    assert_eq!(all.get("bin/cat").unwrap().capability, None);
}

#[test]
fn devices_pipes_and_old_folders_have_their_kinds() {
    let all = one(Tar::new()
        .entry(b'3', "dev/null", "", 0o666, b"")
        .entry(b'6', "pipe", "", 0o600, b"")
        .entry(0, "old/", "", 0o755, b"")
        .entry(0, "plain", "", 0o2755, b"x")
        .entry(b'7', "contiguous", "", 0o1644, b"y"));
    let kinds: Vec<Kind> = all.iter().filter(|entry| !entry.implied).map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::File, Kind::Device, Kind::Dir, Kind::Fifo, Kind::File]);
    assert_eq!(all.get("plain").map(|entry| entry.mode), Some(0o2755));
    assert!(matches!(all.content("dev/null"), Content::Unknown(_)));
}

#[test]
fn sparse_files_have_their_real_size_and_no_content() {
    let map = [b'0'; 512];
    let version: [(&str, &[u8]); 2] = [("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0")];
    let said: [(&str, &[u8]); 2] = [("GNU.sparse.name", b"hole"), ("GNU.sparse.realsize", b"1048576")];
    let records = [version, said].concat();
    let mut old = Tar::new().entry(b'S', "old", "", 0o644, b"").0;
    old[257..265].copy_from_slice(b"ustar  \0");
    old[124..135].copy_from_slice(b"00000000005");
    old[482] = 1;
    old[483..494].copy_from_slice(b"00000100000");
    old[148..156].copy_from_slice(b"        ");
    let sum: u32 = old.iter().map(|byte| u32::from(*byte)).sum();
    old[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    let mut more = [0u8; 1024];
    more[504] = 1;
    old.extend(more);
    let tar = Tar(old).content(b"data!").pax(&records).entry(b'0', "GNUSparseFile.0/hole", "", 0o644, &map);
    let all = one(tar.file("after", "after"));
    assert_eq!(paths(&all), ["after", "hole", "old"]);
    assert_eq!(all.get("hole").map(|entry| entry.size), Some(1 << 20));
    assert_eq!(all.get("old").map(|entry| entry.size), Some(1 << 15));
    assert!(matches!(all.content("hole"), Content::Unknown(why) if why.contains("sparse")));
    assert_eq!(all.content("after"), Content::Bytes(b"after"));
}

#[test]
fn what_is_said_of_a_sparse_file_counts_only_with_a_version_that_is_known() {
    let said: [(&str, &[u8]); 2] = [("GNU.sparse.name", b"etc/other"), ("GNU.sparse.realsize", b"1048576")];
    let at = |more: &[(&str, &[u8])]| {
        let all = one(Tar::new().pax(&[&said, more].concat()).file("etc/shadow", "root::").file("after", "x"));
        assert_eq!(all.content("after"), Content::Bytes(b"x"));
        let entry = all.iter().find(|entry| entry.is_file() && entry.path != "after").unwrap();
        (entry.path.to_string(), entry.size)
    };
    let (major, minor) = ("GNU.sparse.major", "GNU.sparse.minor");
    let unknown: [&[(&str, &[u8])]; 6] = [
        &[],
        &[(major, b"1")],
        &[(major, b"1"), (minor, b"1")],
        &[(major, b"2"), (minor, b"0"), ("GNU.sparse.map", b"0,6")],
        &[("GNU.sparse.map", b"")],
        &[("GNU.sparse.size", b"no number")],
    ];
    for more in unknown {
        assert_eq!(at(more), ("etc/shadow".to_string(), 6), "{more:?}");
    }
    let known: [&[(&str, &[u8])]; 4] = [
        &[(major, b"0"), (minor, b"0")],
        &[(major, b"0"), (minor, b"1")],
        &[("GNU.sparse.map", b"0,6")],
        &[("GNU.sparse.offset", b"0"), ("GNU.sparse.numbytes", b"6")],
    ];
    for more in known {
        assert_eq!(at(more), ("etc/other".to_string(), 1 << 20), "{more:?}");
    }
}

#[test]
fn an_empty_long_name_leaves_the_name_of_the_header() {
    let all = one(Tar::new()
        .entry(b'L', "l", "", 0, b"\0")
        .file("own", "x")
        .entry(b'K', "k", "", 0, b"")
        .symlink("s", "own"));
    assert_eq!((paths(&all), all.content("s")), (vec!["own", "s"], Content::Bytes(b"x")));
    let pax = Tar::new().pax(&[("path", b"pax")]).entry(b'L', "l", "", 0, b"").file("own", "x");
    assert_eq!(paths(&one(pax)), ["pax"]);
}

#[test]
fn a_tar_without_its_end_is_read_and_what_is_behind_the_end_is_hashed() {
    let open = Tar::new().file("a", "x").0;
    assert_eq!(read(&open).unwrap().records.len(), 1);
    let behind = [sample(), vec![0; 10_240], b"anything".to_vec()].concat();
    let files = read_layer(&mut Cursor::new(&behind), &layer(&behind, &behind), &everything(), &Limits::default());
    assert_eq!(files.unwrap().unpacked, behind.len() as u64);
    assert_eq!(read(b"").unwrap().records.len(), 0);
}

#[test]
fn content_is_kept_by_name_by_mode_and_by_first_bytes() {
    let tar = Tar::new().file("run.sh", "#!/bin/sh\nexec x").file("data", &"d".repeat(200)).mode("su", 0o4755);
    let tar = tar.file("etc/conf", "c").file("etc/long", &"l".repeat(300)).file("empty", "").end();
    let wanted = Keep::new(250, |file| file.script() || file.path.starts_with("etc/") || file.mode & 0o4000 != 0);
    let image = image(vec![bare()], apart(vec![gzip(&tar)]));
    let all = read_all(&image, &wanted, &Limits::default(), &[]);
    assert_eq!(all.content("run.sh"), Content::Bytes(b"#!/bin/sh\nexec x"));
    assert_eq!(all.content("su"), Content::Bytes(b"x"));
    assert_eq!(all.content("empty"), Content::Bytes(b""));
    assert!(matches!(all.content("data"), Content::Unknown(why) if why.contains("not kept")));
    assert!(matches!(all.content("etc/long"), Content::Unknown(why) if why.contains("too big")));
    let little = Limits { content: 10, ..Limits::default() };
    let all = read_all(&image, &wanted, &little, &[]);
    assert!(matches!(all.content("run.sh"), Content::Unknown(why) if why.contains("too much")));
}

#[test]
fn layers_know_the_instruction_that_made_them_if_the_counts_agree() {
    let image = image(vec![bare(), bare()], apart(vec![Tar::new().end(), Tar::new().end()]));
    let history = |empty: &[bool]| {
        let all = read_all(&image, &everything(), &Limits::default(), empty);
        all.layers().iter().map(|layer| layer.history).collect::<Vec<_>>()
    };
    assert_eq!(history(&[true, false, true, false]), [Some(1), Some(3)]);
    assert_eq!(history(&[false]), [None, None]);
    assert_eq!(history(&[]), [None, None]);
}

#[test]
fn layers_that_lie_together_come_in_any_order_and_serve_several_places() {
    let tars = [Tar::new().file("a", "1").end(), Tar::new().file("a", "2").end()];
    let visited = tars.clone();
    let visit = move |visitor: &mut crate::image::LayerVisitor<'_>| -> Result<(), ImageError> {
        visitor(&[1], &mut Cursor::new(&visited[1]));
        visitor(&[0, 2, 9], &mut Cursor::new(&visited[0]));
        Ok(())
    };
    let all = image(vec![bare(); 4], Blobs::Together(Arc::new(visit)));
    let all = read_all(&all, &everything(), &Limits::default(), &[]);
    let unread: Vec<bool> = all.layers().iter().map(|layer| layer.unread.is_some()).collect();
    assert_eq!(unread, [false, false, false, true], "the last one never came");
    let fates: Vec<_> = all.in_all_layers().map(|(_, fate)| fate).collect();
    assert_eq!(format!("{fates:?}"), "[Replaced { by: 1 }, Replaced { by: 2 }, Unknown]");
}

#[test]
fn a_layer_that_cannot_be_opened_is_a_problem_and_the_others_are_read() {
    let open = |index: usize| -> Result<Box<dyn std::io::Read + Send>, ImageError> {
        match index {
            0 => Err(ImageError::new("blob is not there", "save it again")),
            _ => Ok(Box::new(Cursor::new(Tar::new().file("a", "x").end()))),
        }
    };
    let all = image(vec![bare(), bare()], Blobs::Apart(Arc::new(open)));
    let all = read_all(&all, &everything(), &Limits::default(), &[]);
    assert_eq!(all.problems()[0].what, "layer 1: blob is not there");
    assert_eq!(all.content("a"), Content::Bytes(b"x"));
}

#[test]
fn files_have_sums_when_they_are_wanted() {
    let long = "x".repeat(100_000);
    let tar = Tar::new().file("a", &long).file("b", &long).file("c", "short").file("empty", "").hard_link("d", "c");
    let image = || image(vec![bare()], apart(vec![tar.clone().end()]));
    for keep in [Keep::nothing(), everything()] {
        let all = read_all(&image(), &keep.with_sums(), &Limits::default(), &[]);
        let sum = |path: &str| all.sum_of(&all.get(path).unwrap());
        assert_eq!(sum("a"), sum("b"), "the same content");
        assert_ne!(sum("a"), sum("c"), "another one");
        assert_eq!(sum("c"), sum("d"), "two names of one file");
        assert_eq!(sum("c").unwrap()[..4], [0xf9, 0xb0, 0x07, 0x8b], "sha256");
        assert_eq!(sum("empty"), None, "nothing to sum up");
    }
    let all = read_all(&image(), &everything(), &Limits::default(), &[]);
    assert_eq!(all.sum_of(&all.get("a").unwrap()), None, "sums were not wanted");
}
