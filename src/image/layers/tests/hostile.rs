//! Layers that were made to do harm.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::builder::*;
use crate::image::layers::{Content, Contents, Fate, Keep, Kind, Limits, Lookup, read_all, read_layer};
use crate::image::{Blobs, ImageError};

fn limited(stored: &[u8], limits: &Limits) -> Contents {
    read_all(&image(vec![bare()], apart(vec![stored.to_vec()])), &everything(), limits, &[])
}

#[test]
fn streams_that_end_in_the_middle_are_errors() {
    let tar = Tar::new().file("a", &"x".repeat(5000)).end();
    for stored in [tar[..2000].to_vec(), gzip(&tar)[..40].to_vec(), zstd(&tar)[..20].to_vec(), tar[..100].to_vec()] {
        let error = read(&stored).unwrap_err();
        assert!(error.what.starts_with("it cannot be read"), "{error}");
    }
    let mut flipped = gzip(&tar);
    flipped[30] ^= 0xff;
    assert!(read(&flipped).is_err());
}

#[test]
fn other_compression_is_named() {
    assert!(read(b"BZh91AY&SY").unwrap_err().what.contains("bzip2"));
    assert!(read(&[0xfd, b'7', b'z', b'X', b'Z', 0]).unwrap_err().what.contains("xz"));
}

#[test]
fn sizes_that_no_archive_has_are_errors() {
    let sizes: [&[u8]; 5] = [b"-0000000001", b"99999999999", &[0xff; 12], &[0xbf; 12], b"7x"];
    for size in sizes {
        let header = Header { flag: b'0', name: b"a", link: b"", mode: 0o644, size };
        assert!(read(&Tar::new().header(&header).end()).is_err(), "{size:?}");
    }
    let huge = Tar::new().header(&Header { flag: b'0', name: b"a", link: b"", mode: 0, size: b"77777777777" });
    assert!(read(&huge.end()).is_err(), "8 GiB that are not there");
    let big = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
    let base_256 = Tar::new().header(&Header { flag: b'0', name: b"a", link: b"", mode: 0, size: &big });
    assert_eq!(read(&base_256.content(b"abc").end()).unwrap().records[0].size, 3);
}

#[test]
fn extended_headers_beyond_the_limit_end_the_layer() {
    for flag in [b'x', b'L', b'K'] {
        let huge = Tar::new().entry(flag, "h", "", 0o644, &vec![b'x'; (1 << 20) + 1]).file("a", "x");
        let all = limited(&huge.end(), &Limits::default());
        assert!(all.problems()[0].what.contains("extended header of more than"), "{:?}", all.problems());
        assert!(matches!(all.find("a"), Lookup::Unknown(_)));
    }
    let claim = Tar::new().header(&Header { flag: b'x', name: b"h", link: b"", mode: 0, size: b"77777777777" });
    assert!(limited(&claim.end(), &Limits::default()).unknown().is_some());
    assert!(read(&Tar::new().entry(b'x', "h", "", 0, b"nonsense").file("a", "x").end()).is_err());
}

#[test]
fn names_and_links_out_of_the_tree_are_refused_and_never_followed() {
    let tar = Tar::new().file("../../etc/cron.d/x", "x").hard_link("own", "../../etc/shadow").hard_link("nul", "a\0b");
    let tar = tar.entry(b'2', "", "etc", 0o777, b"").entry(b'V', "volume", "", 0, b"");
    let all = limited(&tar.symlink("up", "../../../etc").file("etc/shadow", "inside").end(), &Limits::default());
    assert!(all.problems().iter().any(|problem| problem.what.contains("`../../etc/cron.d/x`")), "{:?}", all.problems());
    assert!(all.problems().iter().any(|problem| problem.what.contains("hard link to a path with `..`")));
    assert!(matches!(all.find("own"), Lookup::Unknown(_)));
    assert!(matches!(all.find("usr"), Lookup::Unknown(_)), "the root may be a link");
}

#[test]
fn too_many_refused_entries_are_summed_up() {
    let tar = (0..100).fold(Tar::new(), |tar, index| tar.file(&format!("../{index}"), ""));
    let all = limited(&tar.end(), &Limits::default());
    assert_eq!(all.problems().len(), 21);
    assert!(all.problems()[20].what.contains("80 more entries"));
}

#[test]
fn limits_name_the_layer_and_leave_the_rest_readable() {
    let layer = |names: &[&str]| names.iter().fold(Tar::new(), |tar, name| tar.file(name, "content")).end();
    let all = |limits: Limits| {
        let stored = vec![layer(&["a"]), layer(&["b", "c", "d", "e"])];
        read_all(&image(vec![bare(), bare()], apart(stored)), &Keep::nothing(), &limits, &[])
    };
    let default = Limits::default;
    let met = [
        (all(Limits { entries: 4, at_once: 1, ..default() }), "more than 4 files"),
        (all(Limits { names: 4, at_once: 1, ..default() }), "names of all files"),
        (all(Limits { unpacked: 4096, ..default() }), "unpacks to more than 4096 bytes"),
        (all(Limits { unpacked_together: 4096, ..default() }), "together"),
        (all(Limits { layers: 1, ..default() }), "more than 1 layers"),
    ];
    for (contents, what) in met {
        let problem = &contents.problems()[0];
        assert!(problem.what.contains(what) && problem.what.starts_with("layer "), "{problem}");
        assert!(contents.unknown().is_some() && matches!(contents.find("none"), Lookup::Unknown(_)));
    }
}

#[test]
fn folders_that_are_only_implied_count_too() {
    let tar = (0..50).fold(Tar::new(), |tar, index| tar.file(&format!("{index}/b/c/d/e"), ""));
    let all = limited(&tar.end(), &Limits { entries: 60, ..Limits::default() });
    assert!(all.unknown().unwrap().contains("more than 60"), "{:?}", all.unknown());
    assert!(all.iter().next().is_none() && matches!(all.find("1"), Lookup::Unknown(_)));
    assert!(all.in_layer(0).all(|(entry, _)| entry.kind == Kind::File), "what was read can be seen");
}

#[test]
fn a_huge_window_is_refused_before_it_is_taken() {
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0];
    assert!(read(&frame).unwrap_err().what.contains("window"), "{}", read(&frame).unwrap_err());
}

#[test]
fn a_layer_that_is_cut_short_by_a_limit_is_seen_and_not_relied_on() {
    let tar = Tar::new().file("etc/id_rsa", "secret").file("later", "x").end();
    let lower = Tar::new().file("etc/passwd", "root").file("usr/x", "x").end();
    let limits = Limits { entries: 3, at_once: 1, ..Limits::default() };
    let stored = vec![lower, tar];
    let all = read_all(&image(vec![bare(), bare()], apart(stored)), &everything(), &limits, &[]);
    let (seen, fate) = all.in_layer(1).next().unwrap();
    assert_eq!((seen.path, fate), ("etc/id_rsa", Fate::Unknown));
    assert_eq!(all.content_of(&seen), Content::Bytes(b"secret"), "it is in the layer, whatever comes after it");
    assert_eq!(all.layers()[1].unpacked, None);
    assert!(matches!(all.find("etc/id_rsa"), Lookup::Unknown(_)) && matches!(all.find("usr/x"), Lookup::Unknown(_)));
}

#[test]
fn a_million_empty_files_are_merged() {
    let open = |_: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Endless::of(Tar::new().file("a", ""), 1_000_000)))
    };
    let all = image(vec![bare()], Blobs::Apart(Arc::new(open)));
    let all = read_all(&all, &Keep::nothing(), &Limits::default(), &[]);
    assert_eq!((all.unknown(), all.iter().count()), (None, 1));
}

/// A tar of empty files that is never in memory.
struct Endless {
    header: Vec<u8>,
    entries: u64,
    /// Bytes of the entry at hand that were read.
    at: usize,
}

impl Endless {
    fn of(header: Tar, entries: u64) -> Endless {
        Endless { header: header.0, entries, at: 0 }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while self.entries > 0 && filled < buffer.len() {
            let rest = &self.header[self.at..];
            let ready = rest.len().min(buffer.len() - filled);
            buffer[filled..filled + ready].copy_from_slice(&rest[..ready]);
            filled += ready;
            self.at = (self.at + ready) % self.header.len();
            self.entries -= u64::from(self.at == 0);
        }
        Ok(filled)
    }
}

/// The contents of one layer with each of these entries so many times, and how long that took.
fn many(parts: &[Tar], times: u64) -> (Contents, Duration) {
    let parts = parts.to_vec();
    let open = move |_: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        let whole: Box<dyn Read + Send> = Box::new(io::empty());
        let endless = parts.iter().map(|part| Endless::of(part.clone(), times));
        Ok(endless.fold(whole, |whole, part| Box::new(whole.chain(part))))
    };
    let begin = Instant::now();
    let image = image(vec![bare()], Blobs::Apart(Arc::new(open)));
    (read_all(&image, &Keep::nothing(), &Limits::default(), &[]), begin.elapsed())
}

#[test]
fn many_hard_links_to_a_path_with_many_events_are_found_fast() {
    let (file, link, gone) = (Tar::new().file("t", ""), Tar::new().hard_link("l", "t"), Tar::new().whiteout(".wh.t"));
    for parts in [[file.clone(), link.clone(), file.clone()], [file, gone, link]] {
        let (all, took) = many(&parts, 100_000);
        assert_eq!(all.unknown(), None);
        assert_eq!(all.get("l").map(|entry| (entry.kind, entry.hard_link)), Some((Kind::File, Some("t"))));
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

#[test]
fn many_doubts_and_events_of_a_path_cost_a_lookup_nothing() {
    let parts = [Tar::new().file("../..", ""), Tar::new().file("../usr", ""), Tar::new().dir("usr")];
    let (all, _) = many(&parts, 100_000);
    let begin = Instant::now();
    for index in 0..2000 {
        assert!(matches!(all.find(&format!("usr/{index}")), Lookup::Unknown(_)));
        assert!(all.list("usr").unwrap().more.is_some());
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn ten_million_entries_end_at_the_limit() {
    let open = |_: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Endless::of(Tar::new().file("a", ""), 10_000_000)))
    };
    let begin = Instant::now();
    let limits = Limits { entries: 100_000, ..Limits::default() };
    let all = read_all(&image(vec![bare()], Blobs::Apart(Arc::new(open))), &Keep::nothing(), &limits, &[]);
    assert!(all.unknown().unwrap().contains("more than 100000 files"));
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[test]
fn many_layers_of_the_same_bytes_are_read_once_and_counted_each() {
    let tar = (0..100).fold(Tar::new(), |tar, index| tar.file(&index.to_string(), "")).end();
    let layers = vec![layer(&tar, &tar); 500];
    let opened = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = opened.clone();
    let open = move |_: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Box::new(Cursor::new(tar.clone())))
    };
    let limits = Limits { entries: 40_000, ..Limits::default() };
    let all = read_all(&image(layers, Blobs::Apart(Arc::new(open))), &Keep::nothing(), &limits, &[]);
    assert_eq!(opened.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert!(all.unknown().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
        let _ = read(&[&[0x1f, 0x8b, 8, 0], bytes.as_slice()].concat());
        let _ = read(&[&[0x28, 0xb5, 0x2f, 0xfd], bytes.as_slice()].concat());
    }

    #[test]
    fn any_damage_is_read_or_refused(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), packed in 0..3,
    ) {
        let ping = [1u8, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let tar = Tar::new().dir("etc").pax(&[("path", b"etc/x"), ("SCHILY.xattr.security.capability", &ping)]);
        let tar = tar.file("x", "content").symlink("l", "etc/x").hard_link("h", "etc/x").whiteout("etc/.wh.y");
        let tar = tar.entry(b'0', &"long/".repeat(30), "", 0o644, b"").entry(b'S', "s", "", 0, b"").end();
        let mut stored = match packed { 0 => tar, 1 => gzip(&tar), _ => zstd(&tar) };
        for (place, byte) in places {
            let at = place.index(stored.len());
            stored[at] = byte;
        }
        let all = limited(&stored, &Limits::default());
        for (entry, _) in all.in_all_layers() {
            let _ = (all.find(entry.path), all.content_of(&entry), all.list(entry.path));
        }
        let _ = read_layer(&mut Cursor::new(&stored), &bare(), &Keep::nothing(), &Limits::default());
    }
}
