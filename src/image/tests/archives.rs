use serde_json::json;

use super::sample::{Sample, Scratch, Tar, blob_path, config_text, gzip, layers, named, wanted, zstd};
use crate::image::{Blobs, Digest, Image, ImageError, ImageSource, Platform, Wanted, open};

/// What `docker save` wrote up to version 24: two images, the second of which has the layer of the first by a link.
fn old() -> Vec<u8> {
    let mut tar = Tar::default();
    let platform = Platform::new("linux", "amd64", None);
    let (first, second) = (config_text(&platform, &[b"one"]), config_text(&platform, &[b"one", b"two", b"two"]));
    let file = |text: &str| format!("{}.json", Digest::of(text.as_bytes()).hex());
    tar.file("./aa/VERSION", b"1.0");
    tar.file("./aa/layer.tar", b"one");
    tar.link(tar::EntryType::Symlink, "bb/layer.tar", "../aa/layer.tar");
    tar.file("cc/layer.tar", b"two");
    tar.link(tar::EntryType::Link, "dd/layer.tar", "cc/layer.tar");
    tar.file(&file(&first), first.as_bytes());
    tar.file(&file(&second), second.as_bytes());
    tar.file("repositories", b"{}");
    let manifest = json!([
        {"Config": file(&first), "RepoTags": ["app:1.0", "app:latest"], "Layers": ["aa/layer.tar"]},
        {"Config": file(&second), "RepoTags": null, "Layers": ["bb/layer.tar", "cc/layer.tar", "dd/layer.tar"]},
    ]);
    tar.file("manifest.json", manifest.to_string().as_bytes());
    tar.finish()
}

/// What Docker 25 writes: both formats in one tar.
fn new() -> Sample {
    let mut sample = Sample::layout();
    let entry = named(sample.image("linux/amd64", &[b"one", b"two"]), "1.0");
    let config = config_text(&Platform::new("linux", "amd64", None), &[b"one", b"two"]);
    let path = |bytes: &[u8]| blob_path(&Digest::of(bytes));
    let manifest = json!([{"Config": path(config.as_bytes()), "RepoTags": ["app:1.0"],
        "Layers": [path(b"one"), path(b"two")]}]);
    sample.put("manifest.json", manifest.to_string().as_bytes());
    sample.index_json(&[entry]);
    sample
}

fn read(bytes: &[u8], tag: Option<&str>) -> Result<Vec<Image>, ImageError> {
    let scratch = Scratch::new();
    let file = scratch.write("image.tar", bytes);
    let source = ImageSource::recognise(&file)?.expect("an archive");
    let source = match source {
        ImageSource::DockerArchive { file, .. } => ImageSource::DockerArchive { file, tag: tag.map(str::to_string) },
        ImageSource::LayoutArchive { file, .. } => {
            ImageSource::LayoutArchive { file, reference: tag.map(str::to_string) }
        }
        other => other,
    };
    let images = open(&source, &Wanted::default())?;
    // The layers are read while the file is there.
    for image in &images {
        let all = layers(image);
        let right = |(index, bytes): (&usize, &Vec<u8>)| image.layers[*index].diff_id.as_ref().unwrap().matches(bytes);
        assert!(all.iter().all(right) && all.len() == image.layers.len());
    }
    Ok(images)
}

#[test]
fn old_archives_are_read_through_their_links() {
    for bytes in [old(), gzip(&old()), zstd(&old())] {
        let images = read(&bytes, None).unwrap();
        assert_eq!(images.len(), 2);
        assert_eq!(images[0].names, ["app:1.0", "app:latest"]);
        assert!(images[0].label.ends_with("image.tar:app:1.0"), "{}", images[0].label);
        assert_eq!((&images[0].manifest, images[0].oci), (&None, false));
        assert_eq!(images[1].names, Vec::<String>::new());
        assert_eq!((images[1].layers.len(), images[1].layers[0].size), (3, Some(3)));
        assert_eq!(matches!(images[0].blobs, Blobs::Together(_)), bytes.starts_with(b"\x1f\x8b") || bytes[0] == 0x28);
    }
}

#[test]
fn a_tag_chooses_and_an_unknown_one_lists_the_others() {
    for tag in ["app:1.0", "app", "docker.io/library/app:1.0", "@0"] {
        assert_eq!(read(&old(), Some(tag)).unwrap().len(), 1, "{tag}");
    }
    assert_eq!(read(&old(), Some("@1")).unwrap()[0].layers.len(), 3);
    let error = read(&old(), Some("app:2.0")).unwrap_err();
    assert!(error.what.contains("there is `app:1.0`, `app:latest`"), "{error}");
}

#[test]
fn new_archives_tell_their_manifest() {
    let sample = new();
    for bytes in [sample.tar(), gzip(&sample.tar())] {
        let images = read(&bytes, None).unwrap();
        assert_eq!(images[0].names, ["app:1.0"]);
        assert!(images[0].oci && images[0].manifest.is_some());
        assert_eq!(images[0].annotations["made.for"], "a test");
        assert_eq!(images[0].layers[0].digest, Some(Digest::of(b"one")));
    }
    let mut other = new();
    let entry = other.image("linux/amd64", &[b"three"]);
    other.index_json(&[entry]);
    assert!(read(&other.tar(), None).unwrap_err().what.contains("is not among the images of its `index.json`"));
    let mut broken = new();
    broken.put("index.json", b"{");
    assert_eq!(read(&broken.tar(), None).unwrap()[0].manifest, None);
}

#[test]
fn archives_of_layouts_are_read_in_any_order_and_packing() {
    let mut sample = new();
    sample.files.remove("manifest.json");
    let mut reversed = Tar::default();
    for (name, bytes) in sample.files.iter().rev() {
        reversed.file(&format!("./{name}"), bytes);
    }
    let reversed = reversed.finish();
    let mut frames = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    let tar = sample.tar();
    frames.extend(zstd(&tar[..1000]));
    frames.extend(zstd(&tar[1000..]));
    for bytes in [tar.clone(), reversed.clone(), gzip(&reversed), zstd(&tar), frames] {
        let images = read(&bytes, Some("1.0")).unwrap();
        assert_eq!((images.len(), images[0].layers.len()), (1, 2));
    }
}

#[test]
fn a_platform_narrows_an_archive_too() {
    let scratch = Scratch::new();
    let source = ImageSource::DockerArchive { file: scratch.write("image.tar", &old()), tag: None };
    assert_eq!(open(&source, &wanted(Some("linux/amd64"))).unwrap().len(), 2);
    let error = open(&source, &wanted(Some("linux/arm64"))).unwrap_err();
    assert!(error.what.contains("nothing for `linux/arm64`, only for `linux/amd64`"), "{error}");
}

#[test]
fn long_names_of_both_kinds_are_understood() {
    let long = format!("{}/layer.tar", "a".repeat(150));
    let pax_path = format!("path={}/layer.tar\n", "b".repeat(150));
    let pax = format!("{} {pax_path}", pax_path.len() + 4);
    let mut tar = Tar::default();
    tar.entry(tar::EntryType::GNULongName, "././@LongLink", "", long.len() as u64 + 1, format!("{long}\0").as_bytes());
    tar.file("short", b"one");
    tar.entry(tar::EntryType::XHeader, "PaxHeaders/x", "", pax.len() as u64, pax.as_bytes());
    tar.file("short", b"two");
    let config = config_text(&Platform::new("linux", "amd64", None), &[b"one", b"two"]);
    tar.file("config.json", config.as_bytes());
    let manifest =
        json!([{"Config": "config.json", "Layers": [long, format!("{}/layer.tar", "b".repeat(150))]}]).to_string();
    tar.file("manifest.json", manifest.as_bytes());
    assert_eq!(read(&tar.finish(), None).unwrap()[0].layers.len(), 2);
}

#[test]
fn layers_that_are_not_there_are_missing() {
    let mut tar = Tar::default();
    let config = config_text(&Platform::new("linux", "amd64", None), &[b"one", b"two"]);
    tar.file("config.json", config.as_bytes());
    tar.file("one.tar", b"one");
    tar.file("manifest.json", br#"[{"Config":"config.json","RepoTags":[],"Layers":["./one.tar","two.tar"]}]"#);
    let bytes = tar.finish();
    for bytes in [gzip(&bytes), bytes] {
        let scratch = Scratch::new();
        let source = ImageSource::DockerArchive { file: scratch.write("image.tar", &bytes), tag: None };
        let images = open(&source, &Wanted::default()).unwrap();
        assert_eq!(images[0].layers[1].missing.as_deref(), Some("`two.tar` is not there"));
        assert_eq!(layers(&images[0]).len(), 1);
    }
}

#[test]
fn what_is_no_archive_of_images_is_not_recognised() {
    let scratch = Scratch::new();
    let mut tar = Tar::default();
    tar.file("etc/passwd", b"root");
    let tar = tar.finish();
    for (name, bytes) in [("a", &b""[..]), ("b", b"FROM scratch\n"), ("c", &[0; 2048]), ("d", &tar), ("e", &gzip(&tar))]
    {
        assert_eq!(ImageSource::recognise(&scratch.write(name, bytes)).unwrap(), None, "{name}");
    }
    for (bytes, name) in [(&b"BZh91AY"[..], "bzip2"), (b"\xfd7zXZ\0", "xz")] {
        let error = ImageSource::recognise(&scratch.write("packed", bytes)).unwrap_err();
        assert!(error.what.contains(name) && error.help.contains("unpack it first"), "{error}");
    }
    assert!(ImageSource::recognise(&scratch.path("nothing")).unwrap_err().what.contains("cannot be read"));
    let source = ImageSource::DockerArchive { file: scratch.path("b"), tag: None };
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("is not a tar"));
    let source = ImageSource::DockerArchive { file: scratch.path("d"), tag: None };
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("`manifest.json`"));
    let source = ImageSource::LayoutArchive { file: scratch.path("d"), reference: None };
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("it has no `oci-layout`"));
}
