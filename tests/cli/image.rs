//! `plimsoll image`: what is in an image, and what makes it another than an earlier one.

use std::path::Path;

use plimsoll::image::Digest;
use serde_json::{Value, json};

use crate::command::{Folder, run, testdata};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A layer: name, mode and content of each file.
type Files<'f> = &'f [(&'f str, u32, &'f str)];

fn tar(files: Files<'_>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).expect("an entry");
    }
    tar.into_inner().expect("a tar")
}

/// Writes a layout with one image, and gives the paths of its layers.
fn layout(folder: &Path, name: &str, config: &Value, layers: &[Files<'_>]) -> Vec<String> {
    let blobs = folder.join(name).join("blobs/sha256");
    std::fs::create_dir_all(&blobs).expect("a folder");
    let store = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        std::fs::write(blobs.join(digest.hex()), bytes).expect("a blob");
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()})
    };
    let tars: Vec<Vec<u8>> = layers.iter().map(|files| tar(files)).collect();
    let ids: Vec<String> = tars.iter().map(|tar| Digest::of(tar).to_string()).collect();
    let step = |at: usize| json!({"created_by": format!("RUN |1 TOKEN=geheim /bin/sh -c make {at} # buildkit")});
    let history: Vec<Value> = (0..tars.len()).map(step).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "config": config, "history": history,
        "rootfs": {"type": "layers", "diff_ids": ids}});
    let config = store("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let stored: Vec<Value> = tars.iter().map(|tar| store("application/vnd.oci.image.layer.v1.tar", tar)).collect();
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": stored});
    let manifest = store(MANIFEST, manifest.to_string().as_bytes());
    let index = json!({"schemaVersion": 2, "manifests": [manifest]}).to_string();
    std::fs::write(folder.join(name).join("index.json"), index).expect("an index");
    std::fs::write(folder.join(name).join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a layout");
    ids.iter().map(|id| format!("{name}/blobs/sha256/{}", &id["sha256:".len()..])).collect()
}

/// Two layouts, `before` and `after`, of which the later one is half as large.
fn pair() -> Folder {
    let folder = Folder::new();
    let (base, big) = ([("bin/sh", 0o755, "sh")], "x".repeat(10_000));
    let config =
        json!({"Env": ["DB_PASSWORD=geheim", "URL=redis://a:geheim@b", "A=1"], "Cmd": ["a", "--token", "geheim"]});
    layout(folder.path(), "before", &config, &[&base, &[("usr/lib/big", 0o644, &big), ("app/a", 0o644, "one")]]);
    let config = json!({"Env": ["DB_PASSWORD=anders", "URL=redis://a:anders@b", "A=2"], "User": "1001"});
    layout(folder.path(), "after", &config, &[&base, &[("app/a", 0o755, "two")]]);
    folder
}

#[test]
fn a_difference_is_told_without_secrets() {
    let folder = pair();
    let ran = run(folder.path(), &["image", "diff", "before", "oci:after"]).exits(0).quietly();
    let ran = ran.lacks("geheim").lacks("anders");
    let ran = ran.says(&["~ variable DB_PASSWORD", "(hidden), changed"]).says(&["~ variable A", "1 -> 2"]);
    let ran = ran.says(&["~ variable URL", "redis://a:******@b, changed"]).says(&["~ user", "root -> 1001"]);
    let ran = ran.says(&["- command", r#"["a","--token","******"]"#]).says(&["+", "RUN make 1"]);
    let ran = ran.says(&["-10.0 kB", "/usr/lib/big"]).says(&["~", "/app/a", "content, mode 0644 -> 0755"]);
    ran.says(&["unpacked", "-10.8 kB"]).says(&["passed", "nothing was required (exit code 0)"]);
}

#[test]
fn a_difference_is_json_for_programs() {
    let folder = pair();
    let arguments = ["image", "diff", "before", "after", "--format", "json", "-o", "table=out.txt"];
    let ran = run(folder.path(), &arguments).exits(0).quietly().lacks("geheim").lacks("anders");
    let json = ran.json();
    assert_eq!((json["layers"]["shared"].as_u64(), json["exitCode"].as_u64()), (Some(1), Some(0)));
    let files = &json["files"];
    assert_eq!((&files["changed"]["number"], &files["omitted"]), (&json!(1), &json!(0)));
    assert_eq!(files["changes"][0]["path"], "/usr/lib/big");
    let changed = json!({
        "path": "/app/a", "changed": ["content", "mode"], "certain": true,
        "before": {"kind": "file", "size": 3, "mode": "0644", "uid": 0, "gid": 0, "layer": 2},
        "after": {"kind": "file", "size": 3, "mode": "0755", "uid": 0, "gid": 0, "layer": 2},
    });
    assert!(files["changes"].as_array().expect("changes").contains(&changed), "{files:#}");
    let user = json!({"kind": "user", "name": "", "before": "root", "after": "1001"});
    assert!(json["settings"].as_array().expect("settings").contains(&user));
    assert!(folder.text("out.txt").contains("── files"), "the table is in the file");
}

#[test]
fn the_same_image_twice_has_no_difference() {
    let folder = pair();
    let ran = run(folder.path(), &["image", "diff", "before", "before", "--fail-on-growth", "0"]).exits(0).quietly();
    ran.says(&["there is no difference"]).lacks("── files").lacks("── settings");
}

#[test]
fn what_is_required_decides_the_exit_code() {
    let folder = pair();
    for (arguments, code, told) in [
        (vec!["before", "after", "--require-reduction", "50"], 0, "✓ met"),
        (
            vec!["before", "after", "--require-reduction", "python"],
            0,
            "at least 50 % smaller (decided for python): ✓ met",
        ),
        (vec!["before", "after", "--require-reduction", "99.5"], 1, "✗ missed"),
        (vec!["after", "before", "--fail-on-growth", "5%"], 1, "at most 5 % larger: ✗ missed"),
        (vec!["after", "before", "--fail-on-growth", "1MB"], 0, "✓ met"),
        (vec!["after", "before", "--fail-on-growth", "1MB", "--require-reduction", "1"], 1, "✗ missed"),
    ] {
        let all = [vec!["image", "diff"], arguments].concat();
        run(folder.path(), &all).exits(code).quietly().says(&["required", told]);
    }
    for wrong in [["--require-reduction", "101"], ["--require-reduction", "ruby"], ["--fail-on-growth", "much"]] {
        run(folder.path(), &[&["image", "diff", "before", "after"], &wrong[..]].concat()).exits(2).warns(&[wrong[1]]);
    }
}

#[test]
fn a_layer_that_cannot_be_read_leaves_it_undecided() {
    let folder = pair();
    let layers = layout(folder.path(), "broken", &json!({}), &[&[("a", 0o644, "x")], &[("b", 0o644, "y")]]);
    let path = folder.path().join(&layers[1]);
    let mut bytes = std::fs::read(&path).expect("a layer");
    bytes[600] ^= 1;
    std::fs::write(path, bytes).expect("a layer");
    let arguments = ["image", "diff", "before", "broken", "--require-reduction", "1"];
    let ran = run(folder.path(), &arguments).exits(2).warns(&["layer 2", "digest"]);
    let ran =
        ran.says(&["unpacked", "?"]).says(&["required", "? not decided"]).says(&["?", "the later image: layer 2"]);
    ran.says(&["? ", "/usr/lib/big"]).lacks("── folders");
    run(folder.path(), &["image", "diff", "before", "broken"]).exits(2).says(&["not everything could be read"]);
    run(folder.path(), &["image", "show", "broken"]).exits(2).says(&["?", "layer 2"]);
    // More than is allowed is too much, whatever else is in it.
    let arguments = ["image", "diff", "broken", "before", "--fail-on-growth", "0"];
    run(folder.path(), &arguments).exits(2).says(&["? not decided"]);
    layout(folder.path(), "small", &json!({}), &[&[]]);
    let arguments = ["image", "diff", "small", "broken", "--fail-on-growth", "0"];
    run(folder.path(), &arguments).exits(1).says(&["no larger: ✗ missed"]);
}

#[test]
fn names_and_instructions_do_nothing_to_the_terminal() {
    let folder = Folder::new();
    let config = json!({"Labels": {"a\u{1b}[2J": "\u{202e}x\n::error::y"}, "Env": ["\u{9b}=1"], "User": "##[group]"});
    let files: Files<'_> = &[("a\u{1b}]0;x\u{7}", 0o644, "x"), ("##vso[task]", 0o644, ""), ("\n::error::z", 0o644, "")];
    layout(folder.path(), "bad", &config, &[files]);
    layout(folder.path(), "good", &json!({}), &[&[]]);
    for arguments in [&["image", "diff", "good", "bad"][..], &["image", "show", "bad"]] {
        for format in ["table", "json"] {
            let all = [arguments, &["--format", format, "--color", "never"]].concat();
            let ran = run(folder.path(), &all).exits(0);
            let acts = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert!(!ran.log().contains(acts), "{}", ran.log());
            let obeyed = ran.out.lines().any(|line| line.trim_start().starts_with("::"));
            assert!(!obeyed && (format == "json" || !ran.out.contains("##vso[")), "{}", ran.out);
        }
    }
}

#[test]
fn an_image_is_shown_with_what_made_its_layers() {
    let folder = pair();
    let ran = run(folder.path(), &["image", "show", "before", "--files", "1"]).exits(0).quietly().lacks("geheim");
    let ran =
        ran.says(&["platform", "linux/amd64"]).says(&["user", "root"]).says(&["variable DB_PASSWORD", "(hidden)"]);
    let ran = ran.says(&["2", "kB", "RUN make 1"]).says(&["10.0 kB", "layer 2", "/usr/lib/big"]).lacks("/bin/sh ");
    ran.lacks("TOKEN");
    let json = run(folder.path(), &["image", "show", "before", "--format", "json"]).exits(0).lacks("geheim").json();
    assert_eq!(json["layers"][1]["instruction"], "RUN make 1");
    assert_eq!(json["largestFiles"][0]["path"], "/usr/lib/big");
    assert_eq!(json["size"]["files"], 10_005);
}

#[test]
fn archives_are_recognised_and_what_is_none_is_said() {
    let images = testdata("images");
    let arguments =
        ["image", "diff", "backend-before.tar", "oci-archive:backend-after.tar", "--require-reduction", "node"];
    run(&images, &arguments).exits(0).quietly().says(&["(decided for node): ✓ met"]).lacks("hunter2");
    for (source, told) in [
        ("nothing.tar", "cannot be read"),
        (".", "is no image"),
        ("oci:", "names no image"),
        ("backend-after.tar --platform linux/arm64", "nothing for `linux/arm64`"),
        ("inspect:backend-after.tar", "describes an image"),
    ] {
        let arguments: Vec<&str> = ["image", "show"].into_iter().chain(source.split(' ')).collect();
        run(&images, &arguments).exits(2).warns(&["error: ", told]).warns(&["= help: "]);
    }
}
