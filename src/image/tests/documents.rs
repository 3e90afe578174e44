use serde_json::{Value, json};

use super::sample::{CONFIG, INDEX, LAYER, MANIFEST};
use crate::image::Digest;
use crate::image::manifest::{self, Document, Kind, MANIFEST_LIMIT};

fn descriptor(media_type: &str) -> Value {
    json!({"mediaType": media_type, "digest": Digest::of(b"").as_str(), "size": 0})
}

fn read(document: &Value, content_type: Option<&str>) -> Result<Document, String> {
    manifest::read(document.to_string().as_bytes(), content_type, "it").map_err(|error| error.to_string())
}

#[test]
fn a_document_without_media_type_is_what_its_members_are() {
    let image = json!({"schemaVersion": 2, "config": descriptor(CONFIG), "layers": [descriptor(LAYER)]});
    assert!(matches!(read(&image, None), Ok(Document::Manifest(_))));
    assert!(matches!(read(&image, Some("application/json")), Ok(Document::Manifest(_))));
    let index = json!({"schemaVersion": 2, "manifests": [descriptor(MANIFEST)]});
    assert!(matches!(read(&index, None), Ok(Document::Index(_))));
    assert!(read(&json!({"schemaVersion": 2}), None).unwrap_err().contains("neither"));
}

#[test]
fn docker_and_oci_media_types_are_the_same_kinds() {
    for (text, kind) in [
        (INDEX, Kind::Index),
        ("application/vnd.docker.distribution.manifest.list.v2+json", Kind::Index),
        ("Application/vnd.oci.image.manifest.v1+json; charset=utf-8", Kind::Manifest),
        ("application/vnd.docker.distribution.manifest.v2+json", Kind::Manifest),
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", Kind::Schema1),
        ("application/vnd.docker.distribution.manifest.v1+json", Kind::Schema1),
        ("text/plain", Kind::Other),
    ] {
        assert_eq!(Kind::of(text), kind, "{text}");
    }
}

#[test]
fn contradictions_are_refused() {
    let both = json!({"schemaVersion": 2, "manifests": [], "layers": [], "config": descriptor(CONFIG)});
    assert!(read(&both, None).unwrap_err().contains("members of an index and those of a manifest"));
    let image = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG), "layers": []});
    assert!(read(&image, Some(INDEX)).unwrap_err().contains("contradicts"));
    assert!(read(&image, Some(MANIFEST)).is_ok());
    let index = json!({"schemaVersion": 2, "mediaType": MANIFEST, "manifests": []});
    assert!(read(&index, None).unwrap_err().contains("not those of its media type"));
    let version = json!({"schemaVersion": 3, "manifests": []});
    assert!(read(&version, None).unwrap_err().contains("`schemaVersion` is 3"));
}

#[test]
fn schema_1_is_refused_by_name() {
    for document in [
        json!({"schemaVersion": 1, "fsLayers": [], "history": []}),
        json!({"mediaType": "application/vnd.docker.distribution.manifest.v1+json"}),
    ] {
        assert!(read(&document, None).unwrap_err().contains("schema 1"));
    }
}

#[test]
fn what_is_malformed_says_where() {
    for text in ["", "[]", "{", "\u{1}", r#"{"manifests":[{"mediaType":"x","digest":"../x:y","size":1}]}"#] {
        assert!(manifest::read(text.as_bytes(), None, "it").unwrap_err().what.contains("it is malformed"), "{text}");
    }
    let negative = json!({"manifests": [{"mediaType": "x", "digest": Digest::of(b"").as_str(), "size": -1}]});
    assert!(read(&negative, None).is_err());
    let long = vec![b' '; MANIFEST_LIMIT + 1];
    assert!(manifest::read(&long, None, "it").unwrap_err().what.contains("4 MiB"));
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    assert!(manifest::read(deep.as_bytes(), None, "it").is_err());
    let told = manifest::read(format!("{{\"manifests\":\"{}\"}}", "x".repeat(100_000)).as_bytes(), None, "it");
    assert!(told.unwrap_err().what.len() < 1000);
}

#[test]
fn layers_are_known_by_their_media_types() {
    for text in [
        LAYER,
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
    ] {
        assert!(manifest::is_layer(text) && !manifest::is_foreign(text), "{text}");
    }
    assert!(manifest::is_foreign("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"));
    for text in ["application/vnd.in-toto+json", "application/vnd.oci.image.layer.v1.tar+encrypted", ""] {
        assert!(!manifest::is_layer(text), "{text}");
    }
}
