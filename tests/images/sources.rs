//! One image in every form that images come in: the same verdicts and findings.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::builder::{Builder, installed, piped};
use crate::program::{Folder, Report, scan};

const DOCKERFILE: &str = "FROM nginx:1.27-alpine\nCOPY site.conf /etc/nginx/conf.d/default.conf\n\
                          COPY --chown=101:101 page /usr/share/nginx/html/index.html\nENV TOKEN=very-secret\nUSER nginx\n\
                          HEALTHCHECK --timeout=5s CMD [\"curl\", \"-f\", \"http://127.0.0.1:8080/health\"]\n";
const SITE: &str = "server {\n    listen 8080;\n    location / { root /usr/share/nginx/html; }\n}\n";
const NAME: &str = "localhost/web:1";

/// Verdicts and findings, which name the image in places.
fn said(report: &Report, source: &str) -> String {
    assert_eq!(report.problems(), [] as [String; 0], "{source}");
    assert!(report.code == 1 && !report.findings().is_empty(), "{source}: {}", report.code);
    format!("{:#?}\n{:#?}", report.verdicts(), report.findings()).replace(source, "IMAGE")
}

#[test]
fn an_image_is_the_same_in_every_form() {
    let Some(builder) = Builder::start(&["nginx:1.27-alpine"]) else { return };
    let folder = builder.folder();
    folder.write("web/Dockerfile", DOCKERFILE);
    folder.write("web/site.conf", SITE);
    folder.write("web/page", "<p>");
    let archive = builder.saved("web");
    let expected = said(&scan(folder.path(), &[&archive]), &archive);
    assert!(expected.contains("nginx-gzip-off"), "{expected}");
    let same = |source: &str| {
        assert_eq!(said(&scan(folder.path(), &[source]), source), expected, "{source}");
    };
    let file = archive.strip_prefix("docker-archive:").expect("an archive").to_string();
    same(&format!("{archive}:{NAME}"));
    for program in ["gzip", "zstd"] {
        let Some(packed) = installed(program).map(|program| {
            let packed = folder.at(&format!("packed-{}", program.file_name().expect("a name").display()));
            piped(&program, &file, &packed);
            packed
        }) else {
            continue;
        };
        same(&format!("docker-archive:{packed}"));
        let plain = scan(folder.path(), &[&packed]);
        assert_eq!(said(&plain, &format!("docker-archive:{packed}")), expected);
    }
    // Docker's format in a layout keeps the health check, which the format of OCI does not have.
    for (name, options) in
        [("gzip", &["--format", "v2s2"][..]), ("zstd", &["--format", "oci", "--compression-format", "zstd"])]
    {
        let layout = folder.at(&format!("layout-{name}"));
        builder.push(NAME, &format!("oci:{layout}:web"), options);
        let packed = folder.at(&format!("archive-{name}.tar"));
        builder.push(NAME, &format!("oci-archive:{packed}:web"), options);
        for source in [format!("oci:{layout}"), format!("oci:{layout}:web"), format!("oci-archive:{packed}")] {
            let report = scan(folder.path(), &[&source]);
            assert_eq!(without_health(&said(&report, &source)), without_health(&expected), "{source}");
        }
    }
}

/// Lines that do not depend on the health check.
fn without_health(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("\"health") && !line.contains("\"nginx-health-missing")).collect()
}

/// Docker's registry on this machine, until the end of the test.
struct Registry {
    process: Child,
    port: u16,
}

impl Registry {
    fn start(folder: &Folder) -> Option<Registry> {
        let program = installed("docker-registry")?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let settings = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\n\
             http: {{ addr: \"127.0.0.1:{port}\" }}\n",
            folder.at("registry")
        );
        folder.write("registry.yml", settings);
        let process = serve(&program, &folder.at("registry.yml"));
        let registry = Registry { process, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "the registry does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }
}

fn serve(program: &Path, settings: &str) -> Child {
    let mut command = Command::new(program);
    command.args(["serve", settings]).env("OTEL_TRACES_EXPORTER", "none");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_image_in_a_registry_is_the_same_as_in_a_file() {
    let Some(builder) = Builder::start(&["nginx:1.27-alpine"]) else { return };
    let folder = builder.folder();
    let Some(registry) = Registry::start(folder) else { return };
    folder.write("web/Dockerfile", DOCKERFILE);
    folder.write("web/site.conf", SITE);
    folder.write("web/page", "<p>");
    let archive = builder.saved("web");
    let reference = format!("127.0.0.1:{}/team/web:1", registry.port);
    builder.push(NAME, &format!("docker://{reference}"), &["--tls-verify=false", "--format", "v2s2"]);
    let source = format!("registry:{reference}");
    let (from_file, from_registry) = (scan(folder.path(), &[&archive]), scan(folder.path(), &[&source]));
    assert_eq!(from_registry.problems(), [] as [String; 0]);
    let (file, registry) = (from_file.verdicts(), from_registry.verdicts());
    for (control, verdict) in &registry {
        // Layers are not fetched for what the configuration says.
        assert!(verdict == "inconclusive" || *verdict == file[control] || control == "image-size", "{control}");
    }
}
