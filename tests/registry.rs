//! Images in a real registry, Docker's own from the packages of the distribution, on this machine. Where it is not
//! installed, the tests say so on standard error and do nothing.
#![cfg(feature = "registry")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll::image::registry::{Logins, Options, open};
use plimsoll::image::{Blobs, Digest, Image, ImageError, Platform, Wanted};

const USER: &str = "me";
const PASSWORD: &str = "ganz:geheim";
/// base64 of both.
const LOGIN: &str = "bWU6Z2FuejpnZWhlaW0=";

/// A registry that is stopped, and forgotten, at the end of the test.
struct Registry {
    process: Child,
    folder: PathBuf,
    port: u16,
    guarded: bool,
}

/// How a registry is guarded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Anybody may ask.
    Nothing,
    /// It wants a login.
    Login,
    /// It speaks HTTPS, with a certificate that nobody knows.
    Tls,
}

impl Registry {
    /// Starts one; nothing, with a notice, if it is not installed.
    fn start(name: &str, guard: Guard) -> Option<Registry> {
        let program = installed("docker-registry")?;
        let htpasswd = if guard == Guard::Login { Some(installed("htpasswd")?) } else { None };
        let openssl = if guard == Guard::Tls { Some(installed("openssl")?) } else { None };
        let folder = std::env::temp_dir().join(format!("plimsoll-docker-registry-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let shown = folder.display();
        let tls = match openssl {
            Some(openssl) => {
                certify(&openssl, &folder);
                format!(", tls: {{ certificate: {shown}/certificate.pem, key: {shown}/key.pem }}")
            }
            None => String::new(),
        };
        let mut settings = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {shown}/data }} }}\n\
             http: {{ addr: \"127.0.0.1:{port}\"{tls} }}\n"
        );
        if let Some(htpasswd) = htpasswd {
            let users = Command::new(htpasswd).args(["-Bbn", USER, PASSWORD]).output().expect("htpasswd runs");
            std::fs::write(folder.join("users"), users.stdout).expect("a file");
            settings.push_str(&format!("auth: {{ htpasswd: {{ realm: test, path: {shown}/users }} }}\n"));
        }
        std::fs::write(folder.join("config.yml"), settings).expect("a file");
        let mut command = Command::new(program);
        command.arg("serve").arg(folder.join("config.yml")).env("OTEL_TRACES_EXPORTER", "none");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let registry = Registry { process: process.expect("it starts"), folder, port, guarded: guard == Guard::Login };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "the registry does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }

    fn reference(&self, name: &str) -> String {
        format!("127.0.0.1:{}/{name}", self.port)
    }

    /// One request; gives status, `Location` and body.
    fn ask(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the registry listens");
        let login = if self.guarded { format!("Authorization: Basic {LOGIN}\r\n") } else { String::new() };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n{login}Content-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let location = answer.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap_or_default();
        (status, location.to_string())
    }

    /// Uploads a blob; gives a descriptor of it.
    fn blob(&self, repository: &str, kind: &str, bytes: &[u8]) -> String {
        let digest = Digest::of(bytes);
        let (status, location) = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), "text/plain", b"");
        assert_eq!(status, 202);
        let target = location.split_once(&format!("127.0.0.1:{}", self.port)).map_or(&*location, |(_, path)| path);
        let and = if target.contains('?') { '&' } else { '?' };
        let (status, _) = self.ask("PUT", &format!("{target}{and}digest={digest}"), "application/octet-stream", bytes);
        assert_eq!(status, 201);
        format!(r#""mediaType":"{kind}","digest":"{digest}","size":{}"#, bytes.len())
    }

    /// Puts a document under a tag or digest; gives a descriptor of it.
    fn document(&self, repository: &str, name: &str, kind: &str, text: &str) -> String {
        let (status, _) = self.ask("PUT", &format!("/v2/{repository}/manifests/{name}"), kind, text.as_bytes());
        assert_eq!(status, 201, "{text}");
        format!(r#""mediaType":"{kind}","digest":"{}","size":{}"#, Digest::of(text.as_bytes()), text.len())
    }

    /// Pushes an image for one architecture, OCI or Docker; gives a descriptor of its manifest.
    fn image(&self, repository: &str, name: Option<&str>, architecture: &str, oci: bool) -> String {
        let [manifest, config, layer] = if oci {
            ["image.manifest.v1+json", "image.config.v1+json", "image.layer.v1.tar"]
                .map(|kind| format!("application/vnd.oci.{kind}"))
        } else {
            ["distribution.manifest.v2+json", "container.image.v1+json", "image.rootfs.diff.tar"]
                .map(|kind| format!("application/vnd.docker.{kind}"))
        };
        let layer = self.blob(repository, &layer, LAYER);
        let text = format!(
            r#"{{"os":"linux","architecture":"{architecture}","config":{{"User":"10001"}},"rootfs":{{"type":"layers","diff_ids":["{}"]}}}}"#,
            Digest::of(LAYER)
        );
        let config = self.blob(repository, &config, text.as_bytes());
        let text =
            format!(r#"{{"schemaVersion":2,"mediaType":"{manifest}","config":{{{config}}},"layers":[{{{layer}}}]}}"#);
        let digest = Digest::of(text.as_bytes());
        self.document(repository, name.unwrap_or(digest.as_str()), &manifest, &text)
    }

    /// Pushes an index of images for these architectures.
    fn index(&self, repository: &str, tag: &str, architectures: &[&str]) {
        let entries = architectures.iter().map(|architecture| {
            let descriptor = self.image(repository, None, architecture, true);
            format!(r#"{{{descriptor},"platform":{{"os":"linux","architecture":"{architecture}"}}}}"#)
        });
        let entries: Vec<String> = entries.collect();
        let kind = "application/vnd.oci.image.index.v1+json";
        let text = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}","manifests":[{}]}}"#, entries.join(","));
        self.document(repository, tag, kind, &text);
    }

    /// Options with the login that is kept in a file of this folder.
    fn options(&self, auth: &str) -> Options {
        let file = self.folder.join("config.json");
        let text = format!(r#"{{"auths":{{"127.0.0.1:{}":{{"auth":"{auth}"}}}}}}"#, self.port);
        std::fs::write(&file, text).expect("a file");
        Options { logins: Logins::of_files(vec![file], None), ..anonymous() }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Nobody looks into layers here.
const LAYER: &[u8] = b"the bytes of a layer";

/// Makes a key and a certificate for it, which it has signed itself.
fn certify(openssl: &Path, folder: &Path) {
    let mut command = Command::new(openssl);
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-subj", "/CN=test", "-keyout", "key.pem", "-out", "certificate.pem"]);
    command.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let made = command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(made.expect("openssl runs").success());
}

fn anonymous() -> Options {
    Options { logins: Logins::of_files(Vec::new(), None), ..Options::default() }
}

fn installed(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .chain([Path::new("/usr/sbin").to_path_buf()])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: {name} is not installed");
    }
    found
}

fn read(reference: &str, options: &Options) -> Result<Vec<Image>, ImageError> {
    open(reference, &Wanted::default(), options)
}

fn layer(image: &Image) -> Vec<u8> {
    let Blobs::Apart(open) = &image.blobs else { panic!("a registry has its layers apart") };
    let mut bytes = Vec::new();
    open(0).expect("a layer").read_to_end(&mut bytes).expect("its bytes");
    bytes
}

#[test]
fn images_of_both_kinds_are_read() {
    let Some(registry) = Registry::start("open", Guard::Nothing) else { return };
    for (tag, oci) in [("oci", true), ("docker", false)] {
        registry.image("team/app", Some(tag), "amd64", oci);
        let images = read(&registry.reference(&format!("team/app:{tag}")), &anonymous()).expect(tag);
        let [image] = images.as_slice() else { panic!("{images:?}") };
        assert_eq!(image.oci, oci);
        assert_eq!(image.platform, Platform::parse("linux/amd64"));
        assert!(image.config.contains("10001"));
        assert_eq!(layer(image), LAYER);
        let digest = image.manifest.clone().expect("a digest");
        let same = read(&registry.reference(&format!("team/app@{digest}")), &anonymous()).expect("by digest");
        assert_eq!(same[0].id, image.id);
    }
}

#[test]
fn all_platforms_or_one_of_them_are_read() {
    let Some(registry) = Registry::start("platforms", Guard::Nothing) else { return };
    registry.index("app", "latest", &["amd64", "arm64"]);
    let reference = registry.reference("app");
    assert_eq!(read(&reference, &anonymous()).expect("all").len(), 2);
    let wanted = |platform| Wanted { platform: Platform::parse(platform), ..Wanted::default() };
    let arm = open(&reference, &wanted("linux/arm64/v8"), &anonymous()).expect("one");
    assert_eq!(arm.len(), 1);
    assert!(arm[0].config.contains("arm64"));
    let error = open(&reference, &wanted("linux/s390x"), &anonymous()).expect_err("none");
    assert!(error.to_string().contains("linux/arm64"), "{error}");
}

#[test]
fn what_is_not_there_is_said_with_the_words_of_the_registry() {
    let Some(registry) = Registry::start("absent", Guard::Nothing) else { return };
    registry.image("app", Some("1"), "amd64", true);
    let error = read(&registry.reference("app:2"), &anonymous()).expect_err("no such tag");
    assert!(error.what.contains("404 Not Found (MANIFEST_UNKNOWN: manifest unknown)"), "{error}");
    assert!(error.help.contains("spelling"), "{error}");
    assert!(read(&registry.reference("other:1"), &anonymous()).is_err());
}

#[test]
fn a_registry_with_a_lock_is_opened_with_the_right_login_only() {
    let Some(registry) = Registry::start("guarded", Guard::Login) else { return };
    registry.image("app", Some("1"), "amd64", true);
    let reference = registry.reference("app:1");
    let images = read(&reference, &registry.options(LOGIN)).expect("the right login");
    assert_eq!(layer(&images[0]), LAYER);
    let nobody = read(&reference, &anonymous()).expect_err("no login");
    assert!(nobody.what.contains("401 Unauthorized (UNAUTHORIZED"), "{nobody}");
    assert!(nobody.help.contains(&format!("docker login 127.0.0.1:{}", registry.port)), "{nobody}");
    // me:falsch
    let wrong = read(&reference, &registry.options("bWU6ZmFsc2No")).expect_err("the wrong login");
    assert!(wrong.help.contains("log in again"), "{wrong}");
    assert!(!wrong.to_string().contains("falsch") && !wrong.to_string().contains("bWU6"), "{wrong}");
}

#[test]
fn https_is_spoken_with_those_that_an_authority_vouches_for() {
    let Some(registry) = Registry::start("tls", Guard::Tls) else { return };
    let reference = registry.reference("app:1");
    let unknown = read(&reference, &anonymous()).expect_err("nobody vouches for it");
    assert!(unknown.what.contains("TLS fails: ") && unknown.what.contains("UnknownIssuer"), "{unknown}");
    assert!(unknown.help.contains("SSL_CERT_FILE"), "{unknown}");
    let options = Options { authorities: Some(registry.folder.join("certificate.pem")), ..anonymous() };
    let absent = read(&reference, &options).expect_err("nothing was pushed");
    assert!(absent.what.contains("404 Not Found"), "{absent}");
    assert!(absent.what.contains(&format!("GET https://127.0.0.1:{}", registry.port)), "{absent}");
}
