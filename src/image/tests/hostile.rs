use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{CONFIG, INDEX, LAYER, MANIFEST, Sample, Scratch, Tar, blob_path, config_text, gzip, layers, zstd};
use crate::image::archive::{Archive, Bounds, Limits};
use crate::image::{Digest, ImageError, ImageSource, Platform, Wanted, manifest, open};

/// An archive of one image, with something in front of it.
fn archive(before: impl FnOnce(&mut Tar)) -> Vec<u8> {
    let mut tar = Tar::default();
    before(&mut tar);
    let config = config_text(&Platform::new("linux", "amd64", None), &[b"one"]);
    tar.file("config.json", config.as_bytes());
    tar.file("one.tar", b"one");
    tar.file("manifest.json", br#"[{"Config":"config.json","Layers":["one.tar"]}]"#);
    tar.finish()
}

fn docker(bytes: &[u8]) -> Result<usize, ImageError> {
    let scratch = Scratch::new();
    let source = ImageSource::DockerArchive { file: scratch.write("image.tar", bytes), tag: None };
    open(&source, &Wanted::default()).map(|images| images.iter().map(|image| layers(image).len()).sum())
}

fn refused(bytes: &[u8]) -> String {
    docker(bytes).unwrap_err().to_string()
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../up", "/etc/passwd", "a/../../b"] {
        assert!(refused(&archive(|tar| tar.file(name, b"x"))).contains("leads out of the archive"), "{name}");
    }
    let manifest = |layers: Value, config: &str| {
        let mut tar = Tar::default();
        tar.file("manifest.json", json!([{"Config": config, "Layers": layers}]).to_string().as_bytes());
        tar.file("config.json", config_text(&Platform::new("linux", "amd64", None), &[b"one"]).as_bytes());
        tar.finish()
    };
    assert!(refused(&manifest(json!(["../../etc/passwd"]), "config.json")).contains("leads out"));
    assert!(refused(&manifest(json!([]), "/etc/passwd")).contains("leads out"));
}

#[test]
fn links_that_lead_out_or_round_are_refused() {
    let linked = |name: &str, target: &str, kind| {
        let mut tar = Tar::default();
        tar.link(kind, name, target);
        tar.file("config.json", config_text(&Platform::new("linux", "amd64", None), &[b"one"]).as_bytes());
        tar.file("manifest.json", br#"[{"Config":"config.json","Layers":["aa/layer.tar"]}]"#);
        refused(&tar.finish())
    };
    for target in ["../../etc/passwd", "/etc/passwd"] {
        assert!(linked("aa/layer.tar", target, tar::EntryType::Symlink).contains("a link out of the archive"));
        assert!(linked("aa/layer.tar", target, tar::EntryType::Link).contains("a link out of the archive"));
    }
    assert!(linked("aa/layer.tar", "layer.tar", tar::EntryType::Symlink).contains("links in a circle"));
    assert!(linked("aa/layer.tar", "aa/layer.tar", tar::EntryType::Link).contains("links in a circle"));
    assert!(linked("aa/layer.tar", "", tar::EntryType::Directory).contains("is not a file"));
}

#[test]
fn cut_and_changed_archives_are_refused() {
    let whole = archive(|_| {});
    let packed = [gzip(&whole), zstd(&whole)];
    assert_eq!(docker(&whole).unwrap(), 1);
    for length in [0, 1, 511, 513, 700, 1100, 2000, whole.len() - 1600] {
        assert!(docker(&whole[..length]).is_err(), "{length}");
    }
    for packed in &packed {
        assert_eq!(docker(packed).unwrap(), 1);
        for length in 1..packed.len() {
            assert!(docker(&packed[..length]).is_err(), "{length} of {}", packed.len());
        }
    }
    assert!(refused(&packed[0][..packed[0].len() - 9]).contains("is cut off"));
    let mut changed = packed[0].clone();
    let middle = changed.len() - 6;
    changed[middle] ^= 1;
    assert!(docker(&changed).is_err(), "the checksum of gzip is checked");
}

#[test]
fn sizes_and_digests_that_are_wrong_are_refused() {
    let mut tar = Tar::default();
    let config = config_text(&Platform::new("linux", "amd64", None), &[]);
    let name = format!("{}.json", Digest::of(b"other").hex());
    tar.file(&name, config.as_bytes());
    tar.file("manifest.json", json!([{"Config": name}]).to_string().as_bytes());
    assert!(refused(&tar.finish()).contains("does not have the digest that its name states"));

    let mut tar = Tar::default();
    tar.file("config.json", config.as_bytes());
    tar.file("manifest.json", br#"[{"Config":"config.json","Layers":["a"]}]"#);
    assert!(refused(&tar.finish()).contains("lists 0 layers in `rootfs.diff_ids`, its manifest 1"));

    let mut sample = Sample::layout();
    let entry = sample.image("linux/amd64", &[b"one"]);
    sample.index_json(std::slice::from_ref(&entry));
    let files: Vec<String> = sample.files.keys().filter(|name| name.starts_with("blobs/")).cloned().collect();
    for name in files {
        let mut changed = sample.clone();
        changed.files.get_mut(&name).unwrap().push(b' ');
        assert!(changed.open(None, None).unwrap_err().what.contains("bytes instead of"), "{name}");
        let mut changed = sample.clone();
        changed.files.get_mut(&name).unwrap()[0] ^= 1;
        let layer = name == blob_path(&Digest::of(b"one"));
        assert_eq!(changed.open(None, None).is_ok(), layer, "the bytes of a layer are checked by who reads them");
    }
    let mut long = entry.clone();
    long["size"] = json!(u64::MAX);
    sample.index_json(&[long]);
    assert!(sample.open(None, None).unwrap_err().what.contains("4 MiB"));
    let mut other = entry;
    other["digest"] = json!(format!("sha384:{}", "0".repeat(96)));
    sample.index_json(&[other]);
    assert!(sample.open(None, None).unwrap_err().what.contains("cannot be checked"));
}

#[test]
fn circles_depths_and_crowds_of_indexes_end() {
    let mut sample = Sample::layout();
    let circle = json!({"schemaVersion": 2, "manifests": [
        {"mediaType": INDEX, "digest": Digest::of(b"circle").as_str(), "size": 1}]});
    sample.put(&blob_path(&Digest::of(b"circle")), circle.to_string().as_bytes());
    let size = circle.to_string().len();
    sample.index_json(&[json!({"mediaType": INDEX, "digest": Digest::of(b"circle").as_str(), "size": size})]);
    assert!(sample.open(None, None).unwrap_err().what.contains("does not have that digest"));

    let mut entry = sample.image("linux/amd64", &[b"one"]);
    for _ in 0..8 {
        entry = sample.index(&[entry.clone(), entry]);
    }
    sample.index_json(std::slice::from_ref(&entry));
    assert_eq!(sample.open(None, None).unwrap().len(), 1, "what is listed twice is read once");
    let deeper = sample.index(&[entry]);
    sample.index_json(&[deeper]);
    assert!(sample.open(None, None).unwrap_err().what.contains("more indexes in one another"));

    let crowd: Vec<Value> = (0_u32..10_000)
        .map(|n| json!({"mediaType": MANIFEST, "digest": Digest::of(&n.to_le_bytes()).as_str(), "size": 2}))
        .collect();
    sample.index_json(&crowd);
    let begun = Instant::now();
    assert!(sample.open(None, None).unwrap_err().what.contains("holds 10000 images"));
    let crowd: Vec<Value> = crowd
        .into_iter()
        .map(|mut entry| {
            entry["mediaType"] = json!(INDEX);
            entry["data"] = json!("e30=");
            entry
        })
        .collect();
    sample.index_json(&crowd);
    assert!(sample.open(None, None).is_err());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[cfg(unix)]
#[test]
fn links_out_of_a_layout_and_what_is_no_file_are_refused() {
    let mut sample = Sample::layout();
    let entry = sample.image("linux/amd64", &[b"one"]);
    sample.index_json(&[entry]);
    let scratch = Scratch::new();
    sample.write_to(&scratch.path("layout"));
    let outside = scratch.write("outside", b"one");
    let layer = scratch.path("layout").join(blob_path(&Digest::of(b"one")));
    let source = ImageSource::Layout { folder: scratch.path("layout"), reference: None };
    std::fs::remove_file(&layer).unwrap();
    std::os::unix::fs::symlink(&outside, &layer).unwrap();
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("a link out of the layout"));
    std::fs::remove_file(&layer).unwrap();
    std::os::unix::fs::symlink(layer.file_name().unwrap(), &layer).unwrap();
    assert!(open(&source, &Wanted::default()).is_err(), "a link to itself");
    std::fs::remove_file(&layer).unwrap();
    std::fs::create_dir(&layer).unwrap();
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("is not a file"));
}

#[test]
fn headers_that_lie_are_refused() {
    let sparse = archive(|tar| tar.entry(tar::EntryType::GNUSparse, "a", "", 0, b""));
    assert!(refused(&sparse).contains("sparse"));
    let long_name = archive(|tar| tar.entry(tar::EntryType::GNULongName, "a", "", 1 << 40, b""));
    assert!(refused(&long_name).contains("longer than 4097 bytes"));
    let pax = archive(|tar| tar.entry(tar::EntryType::XHeader, "a", "", 1 << 30, b""));
    assert!(refused(&pax).contains("a pax header in it is longer"));
    let size = archive(|tar| tar.entry(tar::EntryType::Regular, "a", "", u64::MAX, b""));
    assert!(docker(&size).is_err());
    for record in [
        "11 size=-1\n",
        "27 size=18446744073709551615\n",
        "99 path=a\n",
        "0 a=b\n",
        "x path=a\n",
        "6 path\n",
        "7 path=a\n",
        "24 GNU.sparse.major=1.0\n",
        "19 size=99999999999\n",
    ] {
        let bytes = archive(|tar| {
            tar.entry(tar::EntryType::XHeader, "x", "", record.len() as u64, record.as_bytes());
            tar.file("a", b"x");
        });
        assert!(docker(&bytes).is_err(), "{record:?}");
        assert!(docker(&gzip(&bytes)).is_err(), "{record:?}");
    }
    let many = archive(|tar| {
        for _ in 0..9 {
            tar.entry(tar::EntryType::GNULongName, "a", "", 2, b"x\0");
        }
    });
    assert!(refused(&many).contains("more extended headers"));
    let mut checksum = archive(|_| {});
    checksum[700] ^= 1;
    checksum[1024 + 5] ^= 1;
    assert!(refused(&checksum).contains("there is no header of an entry at byte 1024"));
}

#[test]
fn a_size_of_pax_counts_for_the_next_entry_only() {
    let bytes = archive(|tar| {
        tar.entry(tar::EntryType::XHeader, "x", "", 10, b"10 size=5\n");
        tar.entry(tar::EntryType::Regular, "a", "", 0, b"hello");
    });
    assert_eq!(docker(&bytes).unwrap(), 1);
}

/// What opening it within bounds that tests reach comes to.
fn within(bytes: &[u8]) -> Result<(), String> {
    let scratch = Scratch::new();
    let unpacked = Bounds { ratio: 20, free: 64 << 10, most: 8 << 20 };
    let limits = Limits { entries: 100, names: 10_000, json: 20_000, unpacked };
    let opened = Archive::open_within(&scratch.write("image.tar", bytes), &limits);
    opened.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn bombs_are_noticed_before_they_unpack() {
    let mut tar = Tar::default();
    tar.file("zeros", &vec![0; 1 << 20]);
    let tar = tar.finish();
    for packed in [gzip(&tar), zstd(&tar)] {
        assert!(within(&packed).unwrap_err().contains("more than 20 times its size"));
        assert!(docker(&packed).unwrap_err().what.contains("`manifest.json`"), "a mebibyte is no bomb");
    }
}

#[test]
fn crowds_of_entries_names_and_json_are_refused() {
    let crowd = |count: usize, name: usize, content: &[u8]| {
        let mut tar = Tar::default();
        for number in 0..count {
            tar.file(&format!("{number:0name$}"), content);
        }
        tar.finish()
    };
    assert_eq!(within(&crowd(99, 10, b"")), Ok(()));
    assert!(within(&crowd(101, 10, b"")).unwrap_err().contains("more entries"));
    assert!(within(&crowd(99, 99, b"{}")).is_ok());
    assert!(within(&crowd(99, 99, b"")).is_ok());
    let mut long = Tar::default();
    for number in 0..3 {
        let name = format!("{number}{}", "x".repeat(4000));
        long.entry(tar::EntryType::GNULongName, "l", "", name.len() as u64, name.as_bytes());
        long.file("a", b"");
    }
    assert!(within(&long.finish()).unwrap_err().contains("more entries"));
    let text: String = (0_u32..200).map(|n| Digest::of(&n.to_le_bytes()).to_string()).collect();
    let json = crowd(3, 10, format!("[{text}").as_bytes());
    assert_eq!(within(&json), Ok(()), "a plain archive keeps nothing");
    assert!(within(&gzip(&json)).unwrap_err().contains("more JSON"));
}

/// Documents that are nearly right.
fn document() -> impl Strategy<Value = String> {
    let descriptor = prop_oneof![
        Just(json!({"mediaType": MANIFEST, "digest": Digest::of(b"").as_str(), "size": 0})),
        Just(json!({"mediaType": CONFIG, "digest": Digest::of(b"x").as_str(), "size": 7, "data": "e30="})),
        Just(json!({"mediaType": LAYER, "digest": "sha512:x", "size": -1})),
        Just(json!({"platform": {"os": "linux"}})),
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        ".{0,20}".prop_map(|text| json!(text)),
    ];
    let key = prop_oneof![
        Just("manifests"),
        Just("layers"),
        Just("config"),
        Just("mediaType"),
        Just("schemaVersion"),
        Just("fsLayers"),
        Just("annotations"),
        Just("subject"),
        Just("artifactType"),
    ];
    let value = prop_oneof![
        descriptor.clone(),
        prop::collection::vec(descriptor, 0..4).prop_map(Value::Array),
        Just(json!(2)),
        Just(json!({"a": "b"})),
        Just(json!(MANIFEST)),
        Just(json!(INDEX)),
    ];
    prop::collection::hash_map(key, value, 0..6).prop_map(|members| json!(members).to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_read_or_refused(text in document(), served in prop::option::of("[a-z/.+;=]{0,40}")) {
        let _ = manifest::read(text.as_bytes(), served.as_deref(), "it");
        let mut sample = Sample::layout();
        sample.put("index.json", text.as_bytes());
        prop_assert!(sample.open(None, None).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let _ = manifest::read(&bytes, None, "it");
        let _ = crate::image::config::read(&bytes, "it");
        prop_assert!(docker(&bytes).is_err());
    }

    #[test]
    fn any_change_of_an_archive_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        packing in 0..3,
        mend in any::<bool>(),
    ) {
        let mut bytes = archive(|tar| {
            tar.entry(tar::EntryType::XHeader, "x", "", 10, b"10 size=5\n");
            tar.entry(tar::EntryType::Regular, "a", "", 0, b"hello");
            tar.link(tar::EntryType::Symlink, "b", "a");
        });
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if mend {
                let block = at / 512 * 512;
                let mut header = tar::Header::from_byte_slice(&bytes[block..block + 512]).clone();
                header.set_cksum();
                bytes[block..block + 512].copy_from_slice(header.as_bytes());
            }
        }
        let bytes = match packing { 0 => bytes, 1 => gzip(&bytes), _ => zstd(&bytes) };
        let scratch = Scratch::new();
        let file = scratch.write("image.tar", &bytes);
        let _ = ImageSource::recognise(&file);
        let _ = open(&ImageSource::DockerArchive { file: file.clone(), tag: None }, &Wanted::default());
        let _ = open(&ImageSource::LayoutArchive { file, reference: None }, &Wanted::default());
    }

    #[test]
    fn any_text_is_a_source_or_a_path(text in "(oci|oci-archive|docker-archive|config|registry)?:?[a-zA-Z:/\\\\.é-]{0,20}") {
        if let Some(Ok(source)) = ImageSource::parse(&text) {
            prop_assert_eq!(source.to_string(), text);
        }
    }
}
