//! A Dockerfile, the image that is built from it, and both together get the same verdicts.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::cases::{CASES, Case};
use crate::program::{Report, scan};

/// Controls over what a build does, of which a finished image tells nothing.
const BUILD_ONLY: [&str; 7] = [
    "multi-stage",
    "production-dependencies",
    "minimal-attack-surface",
    "layer-caching",
    "virtual-environment",
    "version-files",
    "pinned-base",
];

/// A control that needs the image.
const IMAGE_ONLY: &str = "image-size";

/// Where only the image has what decides: the mode of a copied file, a runtime in a file system that was copied whole.
const BETTER_KNOWN: [(&str, &str); 2] =
    [("init-that-cannot-run", "init-installed"), ("script-that-hands-over", "node-version")];

#[test]
fn a_dockerfile_and_its_image_get_the_same_verdicts() {
    let Some(builder) = Builder::start(&["node:20-alpine", "nginx:1.27-alpine", "redis:7.4-alpine"]) else { return };
    let mut wrong = Vec::new();
    for case in CASES {
        case.write(builder.folder());
        let source = builder.saved(case.name);
        judge(case, &builder, &source, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn judge(case: &Case, builder: &Builder, source: &str, wrong: &mut Vec<String>) {
    let folder = builder.folder().path();
    let dockerfile = format!("{}/Dockerfile", case.name);
    let alone = scan(folder, &[&dockerfile]);
    let image = scan(folder, &[source]);
    let both = scan(folder, &[&dockerfile, "--image", &format!("{dockerfile}={source}")]);
    for (what, report) in [("Dockerfile", &alone), ("image", &image), ("both", &both)] {
        wrong.extend(report.problems().iter().map(|problem| format!("{}: {what}: {problem}", case.name)));
    }
    let (alone, image, both) = (alone.verdicts(), image.verdicts(), both.verdicts());
    for (control, one) in &alone {
        if let Err(why) = compared(case, control, one, &image[control], &both[control]) {
            let verdicts = format!("Dockerfile {one}, image {}, both {}", image[control], both[control]);
            wrong.push(format!("{}: {control}: {why} ({verdicts})", case.name));
        }
    }
    for (control, one, other) in case.verdicts {
        if (alone[*control].as_str(), image[*control].as_str()) != (one, other) {
            let (is_one, is_other) = (&alone[*control], &image[*control]);
            wrong.push(format!("{}: {control}: {is_one}, {is_other}, not {one}, {other}", case.name));
        }
    }
    let drift = scan(folder, &[&dockerfile, "--image", &format!("{dockerfile}={source}"), "--policy", "all"]);
    wrong.extend(drift.found("image-drift").into_iter().map(|drift| format!("{}: {drift}", case.name)));
    wrong.extend(drift_is_met(&drift).err().map(|why| format!("{}: {why}", case.name)));
}

/// Compares the verdicts on one control: of the Dockerfile, of the image, of both together.
fn compared(case: &Case, control: &str, alone: &str, image: &str, both: &str) -> Result<(), &'static str> {
    let decided = |verdict: &str| matches!(verdict, "met" | "violated");
    let better = BETTER_KNOWN.contains(&(case.name, control));
    if decided(alone) && decided(image) && alone != image && !better {
        return Err("decided differently");
    }
    if alone == "inconclusive" && image == "inconclusive" && !case.open.contains(&control) {
        return Err("the image decides nothing");
    }
    if decided(alone) && image == "inconclusive" {
        return Err("the image is less clear than the Dockerfile");
    }
    if (decided(alone) || alone == "inconclusive") && image == "not-applicable" && !BUILD_ONLY.contains(&control) {
        return Err("not asked of the image");
    }
    if alone == "not-applicable" && image != alone && control != IMAGE_ONLY && !better {
        return Err("asked of the image only");
    }
    let union = if image == "not-applicable" { alone } else { image };
    if both == union { Ok(()) } else { Err("both together are not the union") }
}

fn drift_is_met(report: &Report) -> Result<(), String> {
    let verdicts: BTreeMap<String, String> = report.verdicts();
    let drift = verdicts.iter().find(|(control, _)| control.contains("image-drift"));
    match drift {
        Some((_, verdict)) if verdict == "met" => Ok(()),
        found => Err(format!("drift is {found:?}")),
    }
}
