//! A changed image is told apart from what its Dockerfile says; a base that is given makes a Dockerfile decidable.

use crate::builder::Builder;
use crate::program::scan;

const BASE: &str = "node:20-alpine";

#[test]
fn an_image_that_was_built_from_something_else_drifts() {
    let Some(builder) = Builder::start(&[BASE]) else { return };
    let folder = builder.folder();
    let check = "HEALTHCHECK --interval=30s --timeout=5s CMD [\"wget\", \"-q\", \"http://127.0.0.1:3000/health\"]\n";
    let reviewed = format!(
        "FROM {BASE}\nENV NODE_ENV=production API_TOKEN=correct-horse\nWORKDIR /app\nUSER 1001:1001\n{check}\
         CMD [\"node\", \"server.js\"]\n"
    );
    folder.write("reviewed/Dockerfile", &reviewed);
    let other =
        "NODE_ENV=development API_TOKEN=battery-staple\nWORKDIR /app/\nCMD [\"node\", \"--watch\", \"server.js\"]\n";
    folder.write("shipped/Dockerfile", format!("FROM {BASE}\nENV {other}"));
    let shipped = builder.saved("shipped");
    let given = format!("reviewed/Dockerfile={shipped}");
    let report = scan(folder.path(), &["reviewed/Dockerfile", "--image", &given, "--policy", "all"]);
    assert_eq!(report.problems(), [] as [String; 0]);
    let drift = report.found("image-drift").join("\n");
    for field in ["USER is `1001:1001` here", "`CMD` is", "has no health check", "`ENV NODE_ENV`", "`ENV API_TOKEN`"] {
        assert!(drift.contains(field), "{field}: {drift}");
    }
    for field in ["WORKDIR", "ENTRYPOINT", "STOPSIGNAL"] {
        assert!(!drift.contains(field), "{field}: {drift}");
    }
    let all = report.json.to_string();
    assert!(!all.contains("battery-staple") && !all.contains("correct-horse"), "{drift}");
    // The container is the image, whatever the Dockerfile says.
    let report = scan(folder.path(), &["reviewed/Dockerfile", "--image", &given]);
    assert_eq!((report.verdict("non-root"), report.verdict("healthcheck")), ("violated".into(), "violated".into()));
    assert_eq!(report.code, 1);
}

#[test]
fn the_oci_format_drops_the_health_check_and_that_is_said() {
    let Some(builder) = Builder::start(&[BASE]) else { return };
    let folder = builder.folder();
    let check = "HEALTHCHECK CMD [\"wget\", \"-q\", \"http://127.0.0.1:3000/health\"]\n";
    folder.write("app/Dockerfile", format!("FROM {BASE}\nUSER 1001:1001\n{check}CMD [\"node\", \"server.js\"]\n"));
    builder.build("app", "localhost/app:1", "oci");
    let source = builder.push("localhost/app:1", &format!("oci:{}:app", folder.at("layout")), &[]);
    let given = format!("app/Dockerfile={source}");
    let report = scan(folder.path(), &["app/Dockerfile", "--image", &given, "--policy", "all"]);
    let drift = report.found("image-drift");
    assert!(drift.len() == 1 && drift[0].contains("has no health check"), "{drift:?}");
}

#[test]
fn a_service_takes_the_image_that_carries_its_name() {
    let Some(builder) = Builder::start(&[BASE]) else { return };
    let folder = builder.folder();
    folder.write("backend/Dockerfile", format!("FROM {BASE}\nUSER nodejs\nCMD [\"node\", \"server.js\"]\n"));
    folder.write("compose.yaml", "services:\n  backend:\n    image: localhost/backend:1\n");
    let source = builder.saved("backend");
    let alone = scan(folder.path(), &["compose.yaml"]);
    assert_eq!(alone.verdict("user-exists"), "not-applicable");
    assert_eq!(alone.verdict("init"), "inconclusive");
    for arguments in [vec!["compose.yaml", &source], vec!["compose.yaml", "--image", &format!("backend={source}")]] {
        let report = scan(folder.path(), &arguments);
        assert_eq!(report.verdict("user-exists"), "violated", "{arguments:?}");
        assert_eq!(report.verdict("init"), "violated", "{arguments:?}");
    }
}

#[test]
fn a_private_base_that_is_given_is_known() {
    let Some(builder) = Builder::start(&[BASE]) else { return };
    let folder = builder.folder();
    folder.write("base/Dockerfile", format!("FROM {BASE}\nUSER 1001:1001\nENTRYPOINT [\"node\"]\n"));
    let base = builder.saved("base");
    folder.write("app/Dockerfile", "FROM registry.example/private/base:7\nCMD [\"server.js\"]\n");
    let alone = scan(folder.path(), &["app/Dockerfile"]);
    let given = format!("registry.example/private/base:7={base}");
    let report = scan(folder.path(), &["app/Dockerfile", "--base", &given]);
    assert_eq!(report.problems(), [] as [String; 0]);
    for (control, verdict) in [("non-root", "met"), ("uid-1001", "met"), ("init", "violated"), ("exec-form", "met")] {
        assert_eq!(alone.verdict(control), "inconclusive", "{control}");
        assert_eq!(report.verdict(control), verdict, "{control}");
    }
}

#[test]
fn an_image_for_something_that_is_not_there_is_a_mistake() {
    let Some(builder) = Builder::start(&[BASE]) else { return };
    let folder = builder.folder();
    folder.write("app/Dockerfile", format!("FROM {BASE}\nUSER 1001:1001\n"));
    let source = builder.saved("app");
    let given = format!("backend={source}");
    let report = scan(folder.path(), &["app/Dockerfile", "--image", &given]);
    assert!(report.code != 0, "{}", report.code);
    assert!(report.problems().iter().any(|problem| problem.contains("no service or Dockerfile `backend`")));
}
