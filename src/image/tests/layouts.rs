use serde_json::{Value, json};

use super::sample::{CONFIG, LAYER, MANIFEST, Sample, Scratch, blob_path, layers, named, wanted};
use crate::image::{Digest, ImageSource, Several, Wanted, open};

fn labels(sample: &Sample, reference: Option<&str>, platform: Option<&str>) -> Vec<String> {
    let images = sample.open(reference, platform).unwrap();
    images.iter().map(|image| image.label.rsplit_once("/layout").unwrap().1.to_string()).collect()
}

fn error(sample: &Sample, reference: Option<&str>, platform: Option<&str>) -> String {
    sample.open(reference, platform).unwrap_err().to_string()
}

#[test]
fn an_image_is_read_with_everything_that_is_known_of_it() {
    let mut sample = Sample::layout();
    let entry = named(sample.image("linux/arm64/v8", &[b"one", b"two"]), "app:1.0");
    sample.index_json(std::slice::from_ref(&entry));
    let scratch = Scratch::new();
    sample.write_to(&scratch.path("layout"));
    let source = ImageSource::recognise(&scratch.path("layout")).unwrap().unwrap();
    let images = open(&source, &Wanted::default()).unwrap();
    let [image] = images.as_slice() else { panic!("one image") };
    assert_eq!(*image.label, *source.to_string());
    assert_eq!(image.names, ["app:1.0"]);
    assert_eq!(image.platform.as_ref().unwrap().to_string(), "linux/arm64/v8");
    assert_eq!(image.manifest.as_ref().unwrap().as_str(), entry["digest"].as_str().unwrap());
    assert!(image.id.matches(image.config.as_bytes()) && image.oci);
    assert_eq!(image.annotations["made.for"], "a test");
    assert_eq!(image.layers[1].digest, Some(Digest::of(b"two")));
    assert_eq!(image.layers[1].diff_id, Some(Digest::of(b"two")));
    assert_eq!((image.layers[1].size, &image.layers[1].missing), (Some(3), &None));
    assert_eq!(layers(image).into_values().collect::<Vec<_>>(), [b"one", b"two"]);
}

#[test]
fn a_name_chooses_and_an_unknown_one_lists_the_others() {
    let mut sample = Sample::layout();
    let first = named(sample.image("linux/amd64", &[b"one"]), "1.0");
    let mut second = named(sample.image("linux/amd64", &[b"two"]), "2.0");
    second["annotations"]["io.containerd.image.name"] = json!("docker.io/library/app:2.0");
    sample.index_json(&[first.clone(), second]);
    assert_eq!(labels(&sample, None, None), [":1.0", ":docker.io/library/app:2.0"]);
    assert_eq!(labels(&sample, Some("1.0"), None), [":1.0"]);
    for name in ["2.0", "app:2.0", "docker.io/library/app:2.0"] {
        assert_eq!(sample.open(Some(name), None).unwrap()[0].names, ["docker.io/library/app:2.0"], "{name}");
    }
    assert_eq!(sample.open(first["digest"].as_str(), None).unwrap()[0].names, ["1.0"]);
    assert!(error(&sample, Some("3.0"), None).contains("there is `1.0`, `docker.io/library/app:2.0`, `2.0`"));
    let nameless = sample.image("linux/amd64", &[b"one"]);
    sample.index_json(&[nameless]);
    assert!(error(&sample, Some("3.0"), None).contains("have no names"));
}

#[test]
fn one_image_is_asked_for_where_several_do_not_help() {
    let mut sample = Sample::layout();
    let entries = [sample.image("linux/amd64", &[b"one"]), sample.image("linux/arm64", &[b"two"])];
    sample.index_json(&entries);
    let scratch = Scratch::new();
    sample.write_to(&scratch.path("layout"));
    let source = ImageSource::Layout { folder: scratch.path("layout"), reference: None };
    let error = open(&source, &Wanted { platform: None, several: Several::One }).unwrap_err();
    assert!(error.what.contains("holds 2 images: `linux/amd64`, `linux/arm64`"), "{error}");
    let one = Wanted { several: Several::One, ..wanted(Some("linux/arm64")) };
    assert_eq!(open(&source, &one).unwrap().len(), 1);
}

#[test]
fn platforms_are_chosen_in_indexes_within_the_index() {
    let mut sample = Sample::layout();
    let platforms = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64"];
    let mut entries: Vec<Value> =
        platforms.iter().map(|platform| sample.image(platform, &[platform.as_bytes()])).collect();
    let mut attestation = sample.image("linux/amd64", &[b"provenance"]);
    attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    attestation["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
    entries.push(attestation);
    let index = named(sample.index(&entries), "app");
    let outer = sample.index(&[index]);
    sample.index_json(&[outer]);
    assert_eq!(labels(&sample, None, None), platforms.map(|platform| format!(":app ({platform})")));
    assert_eq!(labels(&sample, None, Some("linux/arm64/v8")), [""]);
    for (platform, chosen) in
        [("linux/arm", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"), ("linux/amd64/v3", "linux/amd64")]
    {
        let images = sample.open(None, Some(platform)).unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].platform.as_ref().unwrap().to_string(), chosen);
    }
    let error = error(&sample, None, Some("linux/s390x"));
    assert!(error.contains("nothing for `linux/s390x`, only for `linux/amd64`, `linux/arm/v6`"), "{error}");
}

#[test]
fn an_image_without_a_stated_platform_is_asked_for_its_own() {
    let mut sample = Sample::layout();
    let mut entry = sample.image("linux/arm64", &[b"one"]);
    entry.as_object_mut().unwrap().remove("platform");
    sample.index_json(&[entry]);
    assert_eq!(sample.open(None, Some("linux/arm64/v8")).unwrap().len(), 1);
    assert!(error(&sample, None, Some("linux/amd64")).contains("only for `linux/arm64`"));
}

#[test]
fn what_is_not_there_is_told_apart() {
    let mut sample = Sample::layout();
    let entry = sample.image("linux/amd64", &[b"one", b"two"]);
    let manifest: Value = serde_json::from_slice(&sample.files[&blob_path(&digest(&entry))]).unwrap();
    let other = sample.image("linux/arm64", &[b"three"]);
    let index = sample.index(&[entry.clone(), other]);
    sample.index_json(std::slice::from_ref(&entry));

    let mut without_layer = sample.clone();
    without_layer.files.remove(&blob_path(&Digest::of(b"two")));
    let image = &without_layer.open(None, None).unwrap()[0];
    assert!(image.layers[0].missing.is_none());
    assert!(image.layers[1].missing.as_ref().unwrap().contains("is not there"));

    let mut without_config = sample.clone();
    without_config.files.remove(&blob_path(&digest(&manifest["config"])));
    assert!(error(&without_config, None, None).contains("configuration `sha256:"));

    let mut without_manifest = sample.clone();
    without_manifest.files.remove(&blob_path(&digest(&entry)));
    assert!(error(&without_manifest, None, None).contains("is not there"));
    without_manifest.index_json(&[index]);
    assert_eq!(
        without_manifest.open(None, None).unwrap().len(),
        1,
        "an index may list platforms that were not fetched"
    );
    assert!(error(&without_manifest, None, Some("linux/amd64")).contains("is not there"));
}

fn digest(entry: &Value) -> Digest {
    Digest::parse(entry["digest"].as_str().unwrap()).unwrap()
}

#[test]
fn foreign_layers_and_unknown_ones_are_missing() {
    let mut sample = Sample::layout();
    let config = sample.described(
        CONFIG,
        super::sample::config_text(&crate::image::Platform::new("windows", "amd64", None), &[b"base", b"own", b"odd"])
            .as_bytes(),
    );
    let foreign = json!({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": Digest::of(b"base").as_str(), "size": 4, "urls": ["https://vendor.example/base"]});
    let own = sample.described(LAYER, b"own");
    let odd = sample.described("application/vnd.oci.image.layer.v1.tar+encrypted", b"odd");
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [foreign, own, odd]});
    let entry = sample.described(MANIFEST, manifest.to_string().as_bytes());
    sample.index_json(&[entry]);
    let image = &sample.open(None, None).unwrap()[0];
    assert!(image.layers[0].missing.as_ref().unwrap().contains("foreign"));
    assert_eq!(image.layers[1].missing, None);
    assert!(image.layers[2].missing.as_ref().unwrap().contains("media type"));
}

#[test]
fn what_is_embedded_is_read_from_the_descriptor() {
    let mut sample = Sample::layout();
    let config = "{}";
    let config =
        json!({"mediaType": CONFIG, "digest": Digest::of(config.as_bytes()).as_str(), "size": 2, "data": "e30="});
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": null});
    let entry = sample.described(MANIFEST, manifest.to_string().as_bytes());
    sample.index_json(&[entry]);
    let image = &sample.open(None, None).unwrap()[0];
    assert_eq!((&*image.config, image.layers.len()), ("{}", 0));
    let mut changed = manifest;
    changed["config"]["data"] = json!("W10=");
    let entry = sample.described(MANIFEST, changed.to_string().as_bytes());
    sample.index_json(&[entry]);
    assert!(error(&sample, None, None).contains("does not have that digest"));
}

#[test]
fn artifacts_are_no_images() {
    let mut sample = Sample::layout();
    let config = sample.described("application/vnd.cncf.helm.config.v1+json", b"{}");
    let chart = json!({"schemaVersion": 2, "config": config, "layers": []});
    let chart = sample.described(MANIFEST, chart.to_string().as_bytes());
    sample.index_json(std::slice::from_ref(&chart));
    assert!(
        error(&sample, None, None).contains("is not an image: it holds `application/vnd.cncf.helm.config.v1+json`")
    );
    let image = sample.image("linux/amd64", &[b"one"]);
    sample.index_json(&[chart, image]);
    assert_eq!(sample.open(None, None).unwrap().len(), 1);
}

#[test]
fn what_is_no_layout_says_so() {
    let mut sample = Sample::layout();
    assert!(error(&sample, None, None).contains("holds no image"));
    sample.put("oci-layout", br#"{"imageLayoutVersion":"2.0.0"}"#);
    assert!(error(&sample, None, None).contains("version `2.0.0`"));
    sample.files.remove("oci-layout");
    assert!(error(&sample, None, None).contains("it has no `oci-layout`"));
    let scratch = Scratch::new();
    let source = ImageSource::Layout { folder: scratch.path("nothing"), reference: None };
    assert!(open(&source, &Wanted::default()).unwrap_err().help.contains("check the path"));
    scratch.write("file", b"");
    let source = ImageSource::Layout { folder: scratch.path("file"), reference: None };
    assert!(open(&source, &Wanted::default()).unwrap_err().what.contains("is not a folder"));
    assert_eq!(ImageSource::recognise(&scratch.path("")).unwrap(), None);
}

#[test]
fn a_configuration_alone_is_an_image_without_layers() {
    let scratch = Scratch::new();
    let text = super::sample::config_text(&crate::image::Platform::new("linux", "amd64", None), &[b"one"]);
    let source = ImageSource::Config { file: scratch.write("config.json", text.as_bytes()) };
    let images = open(&source, &Wanted::default()).unwrap();
    assert_eq!((images[0].layers.len(), images[0].id.clone()), (1, Digest::of(text.as_bytes())));
    assert!(images[0].layers[0].missing.is_some());
}
