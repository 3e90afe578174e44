//! What formats make of findings in an image: places that are stable, and no secret.

use serde_json::Value;

use crate::broken::good;
use crate::layout::{Entry, Layout, tar};
use crate::program::{Folder, Ran, run};

#[path = "../support/github.rs"]
mod github;

const SECRET: &str = "correct-horse-battery";
const SCHEMA: &str = include_str!("../../testdata/schemas/sarif-2.1.0.json");

/// An image with something wrong in most fields, and a secret in variables and history.
fn image(folder: &Folder) -> String {
    let npmrc = format!("//registry.npmjs.org/:_authToken={SECRET}\n");
    let secret = tar(&[Entry::File("root/.npmrc", 0o600, npmrc.as_bytes())]);
    let layout = Layout::new(folder, "registry.example:5000-team-app").layer(&good()).layer(&secret);
    let config = format!(
        r#"{{"Cmd":["/bin/sh","-c","node server.js --reload"],"Env":["DATABASE_PASSWORD={SECRET}","API_TOKEN={SECRET}",
            "URL=postgres://me:{SECRET}@db/app","PATH=/usr/local/bin:/usr/bin"],
            "Healthcheck":{{"Test":["CMD","wget","http://127.0.0.1:3000/"]}}}}"#
    );
    let text = String::from_utf8(layout.configuration(&config)).expect("UTF-8");
    let history = format!(r#"{{"history":[{{"created_by":"RUN export TOKEN={SECRET}"}},{{"created_by":"COPY"}}],"#);
    layout.finish(text.replacen('{', &history, 1).as_bytes());
    layout.source()
}

fn scanned(format: &str) -> (Ran, String) {
    let folder = Folder::new();
    let source = image(&folder);
    (run(folder.path(), &["scan", &source, "--format", format]), source)
}

#[test]
fn no_format_has_the_value_of_a_secret() {
    for format in ["table", "json", "sarif"] {
        let (ran, _) = scanned(format);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("healthcheck-tool-missing"), "{format}: {}", ran.out);
        assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET), "{format}: {}\n{}", ran.out, ran.err);
    }
}

#[test]
fn sarif_of_an_image_is_valid_and_its_places_do_not_move() {
    let (ran, source) = scanned("sarif");
    let log: Value = serde_json::from_str(&ran.out).expect("JSON");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let validator = jsonschema::draft4::options().should_validate_formats(true).build(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(errors, [] as [String; 0]);
    assert_eq!(github::complaints(&ran.out), [] as [String; 0]);
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert!(results.len() > 3);
    for result in results {
        let location = &result["locations"][0];
        let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a path");
        assert!(uri.starts_with("image/") && !uri.contains([':', '@']) && !uri.contains("%3A"), "{uri}");
        assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], *source, "{location}");
        assert!(location["physicalLocation"]["region"]["startLine"].as_u64() >= Some(1));
    }
}

#[test]
fn a_tag_a_digest_and_a_folder_do_not_change_the_path() {
    let config = r#"{"Cmd":["node"]}"#;
    let mut paths = Vec::new();
    for name in ["registry.example:5000/team/app:1", "registry.example:5000/team/app:2.0-rc1"] {
        let folder = Folder::new();
        let layout = Layout::new(&folder, "layout").layer(&good());
        layout.finish(&layout.configuration(config));
        let index = std::fs::read_to_string(folder.path().join("layout/index.json")).expect("an index");
        let named = format!(r#"{{"annotations":{{"org.opencontainers.image.ref.name":"{name}"}},"mediaType":"#);
        let (start, rest) = index.split_once(r#""manifests":[{"mediaType":"#).expect("a manifest");
        folder.write("layout/index.json", format!(r#"{start}"manifests":[{named}{rest}"#));
        let ran = run(folder.path(), &["scan", &layout.source(), "--format", "json"]);
        let report: Value = serde_json::from_str(&ran.out).expect("JSON");
        let findings = report["projects"][0]["findings"].as_array().expect("findings").clone();
        assert!(!findings.is_empty());
        for finding in &findings {
            assert_eq!(finding["location"]["entry"]["image"], *layout.source(), "{finding}");
            paths.push(finding["location"]["path"].as_str().expect("a path").to_string());
        }
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths, ["image/registry.example-5000/team/app/config.json"]);
}

#[test]
fn what_is_wrong_in_a_file_of_a_layer_is_placed_there() {
    let folder = Folder::new();
    let site = b"server {\n    listen 80;\n    location / { root /srv; }\n}\n";
    let main = b"events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n";
    let files = [
        Entry::File("usr/sbin/nginx", 0o755, b"\x7fELF"),
        Entry::File("etc/nginx/nginx.conf", 0o644, main),
        Entry::File("etc/nginx/conf.d/site.conf", 0o644, site),
    ];
    let layout = Layout::new(&folder, "web").layer(&good()).layer(&tar(&files));
    layout
        .finish(&layout.configuration(r#"{"User":"app","Cmd":["nginx","-g","daemon off;"],"Env":["PATH=/usr/sbin"]}"#));
    let ran = run(folder.path(), &["scan", &layout.source(), "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let findings = report["projects"][0]["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["rule"] == "nginx-fallback-missing").expect("a finding");
    let location = &finding["location"];
    assert!(
        location["path"].as_str().expect("a path").ends_with("/web/rootfs/etc/nginx/conf.d/site.conf"),
        "{location}"
    );
    assert_eq!(
        (&location["entry"]["layer"], &location["entry"]["path"]),
        (&2.into(), &"/etc/nginx/conf.d/site.conf".into())
    );
    assert_eq!(location["start"]["line"], 3);
}
