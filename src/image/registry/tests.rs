mod answers;
mod login;
mod redirects;
mod server;

use std::io::Read;
use std::time::{Duration, Instant};

use super::*;
use crate::image::Platform;
use server::{Published, Server, answer};

/// A test does not wait for a minute.
fn options() -> Options {
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(800),
        overall: Duration::from_secs(10),
        pause: Duration::from_millis(5),
    };
    Options { plain_http: false, logins: Logins::default(), authorities: None, timeouts }
}

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("plimsoll-registry-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn with(self, name: &str, text: &str) -> Folder {
        std::fs::write(self.0.join(name), text).expect("a file");
        self
    }

    /// What asks with the login in this folder's `config.json`.
    fn options(&self) -> Options {
        Options { logins: Logins::of_files(vec![self.0.join("config.json")], None), ..options() }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn refused(reference: &str, options: &Options) -> ImageError {
    open(reference, &Wanted::default(), options).expect_err(reference)
}

#[test]
fn an_image_is_read_without_its_layers() {
    let published = Published::new();
    let server = Server::of(&published);
    let reference = server.reference("app:1");
    let images = open(&reference, &Wanted::default(), &options()).expect("an image");
    let [image] = images.as_slice() else { panic!("{images:?}") };
    assert_eq!(&*image.label, format!("registry:{reference}"));
    assert_eq!(image.names, [reference]);
    assert_eq!(image.id, Digest::of(&published.config));
    assert_eq!(image.manifest, Some(Digest::of(&published.manifest)));
    assert_eq!(image.config.as_bytes(), published.config);
    assert_eq!(image.platform, Platform::parse("linux/amd64"));
    let asked = server.asked();
    let config = Digest::of(&published.config);
    assert_eq!(asked, ["GET /v2/app/manifests/1".to_string(), format!("GET /v2/app/blobs/{config}")]);

    let Blobs::Apart(layers) = &image.blobs else { panic!("apart") };
    let mut layer = Vec::new();
    layers(0).expect("a layer").read_to_end(&mut layer).expect("its bytes");
    assert_eq!(layer, published.layer);
    assert!(layers(1).is_err());
}

#[test]
fn all_platforms_of_an_index_are_read_or_the_one_that_is_wanted() {
    let published = Published::new();
    let server = Server::of(&published);
    let reference = server.reference("app:all");
    let all = open(&reference, &Wanted::default(), &options()).expect("an image");
    let labels: Vec<&str> = all.iter().map(|image| &*image.label).collect();
    let label = |platform: &str| format!("registry:{reference} ({platform})");
    assert_eq!(labels, [label("linux/amd64"), label("linux/arm64/v8")]);
    let wanted = Wanted { platform: Platform::parse("linux/arm64"), ..Wanted::default() };
    let one = open(&reference, &wanted, &options()).expect("an image");
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].id, Digest::of(&published.arm_config));
    let none = Wanted { platform: Platform::parse("linux/s390x"), ..Wanted::default() };
    let error = open(&reference, &none, &options()).expect_err("it is refused");
    assert!(error.what.contains("linux/arm64/v8"), "{error}");
}

#[test]
fn a_reference_by_digest_is_held_to_it() {
    let published = Published::new();
    let server = Server::of(&published);
    let digest = Digest::of(&published.manifest);
    let images = open(&server.reference(&format!("app:1@{digest}")), &Wanted::default(), &options()).expect("an image");
    assert_eq!(images[0].manifest, Some(digest));
    assert_eq!(server.asked()[0], format!("GET /v2/app/manifests/{}", Digest::of(&published.manifest)));

    let liar = Server::new(move |_, published| published.document(&published.manifest));
    let other = Digest::of(b"another");
    let error = refused(&liar.reference(&format!("app@{other}")), &options());
    assert!(error.what.contains("does not have the digest that was asked for"), "{error}");
}

#[test]
fn what_names_no_image_is_refused_before_anybody_is_asked() {
    let unasked = |reference: &str| refused(reference, &options()).what;
    assert!(unasked("").contains("names no image"));
    assert!(unasked("localhost:1/App").contains("upper-case"));
    let sha384 = format!("localhost:1/app@sha384:{}", "0".repeat(96));
    assert!(unasked(&sha384).contains("algorithm"), "{}", unasked(&sha384));
}

#[test]
fn another_machine_is_asked_over_https_and_in_clear_only_if_the_user_says_so() {
    let urls = |domain: &str, plain_http: bool| {
        let bases = bases(domain, &Options { plain_http, ..options() });
        bases.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(urls("docker.io", false), ["https://registry-1.docker.io/"]);
    assert_eq!(urls("registry.example:5000", false), ["https://registry.example:5000/"]);
    assert_eq!(urls("registry.example:5000", true), ["http://registry.example:5000/"]);
    for plain_http in [false, true] {
        assert_eq!(urls("127.0.0.1:5000", plain_http), ["http://127.0.0.1:5000/", "https://127.0.0.1:5000/"]);
    }
}

#[test]
fn one_error_names_everything_that_was_tried() {
    let server = Server::new(|_, _| b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
    let error = refused(&server.reference("app:1"), &options());
    for asked in ["http", "https"] {
        let address = format!("GET {asked}://127.0.0.1:{}/v2/app/manifests/1", server.port);
        assert!(error.what.contains(&address), "{error}");
    }
    let nobody = refused("127.0.0.1:1/app", &options());
    assert!(nobody.what.contains("nothing listens there"), "{nobody}");
    assert!(nobody.what.contains("GET http://127.0.0.1:1/v2/app/manifests/latest"), "{nobody}");
}
