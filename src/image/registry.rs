//! Registry: images that are read where they are published, over HTTPS (`distribution-spec`, "Pull").
//!
//! 1. The reference says whom to ask ([`crate::container::reference`]). One registry is asked and no other one.
//! 2. The manifest or index it names is read, and what it leads to, down to configurations; sizes and digests are
//!    checked (`image::resolve`). Layers are asked for when somebody reads them.
//! 3. A registry that wants to know who asks is told what Docker and Podman would tell it (`credentials`).
//!
//! Plain HTTP is spoken on this machine, and where the user asked for it.

mod address;
mod agent;
mod challenge;
mod client;
mod credentials;
mod failure;
mod helper;
mod layer;
mod secret;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oci_spec::image::Descriptor;
use ureq::http::{HeaderMap, header};

use super::digest::Digest;
use super::manifest::{self, ACCEPTED, Document, Kind, MANIFEST_LIMIT};
use super::resolve::{self, Role, Root, Store, Wanted};
use super::{Blobs, Image, ImageError};
use crate::container::reference::Reference;
use address::Address;
use client::{Client, Fetched};
pub use credentials::Logins;
use failure::{Failure, quoted};

/// How registries are asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether a registry on another machine is asked over HTTP instead of HTTPS. No login is sent to it then.
    pub plain_http: bool,
    /// Where the user's logins are.
    pub logins: Logins,
    /// The certificates of the authorities to trust, as PEM, instead of `SSL_CERT_FILE` and the system's.
    pub authorities: Option<PathBuf>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl Default for Options {
    fn default() -> Options {
        Options { plain_http: false, logins: Logins::of_user(), authorities: None, timeouts: Timeouts::default() }
    }
}

/// How long to wait for a registry.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// To find it and to connect.
    pub connect: Duration,
    /// Until the next bytes come.
    pub stall: Duration,
    /// For manifests and configurations of one reference together. A layer gets as long, and more as it is large.
    pub overall: Duration,
    /// Before the second attempt, if the registry does not say; the third comes after four times that.
    pub pause: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            overall: Duration::from_secs(120),
            pause: Duration::from_millis(300),
        }
    }
}

/// Reads the images that a reference names: one, or one for each platform of a multi-platform image.
///
/// # Errors
/// If the reference names no image, the registry does not give it to this user, or what it gives is not what it says.
pub fn open(reference: &str, wanted: &Wanted, options: &Options) -> Result<Vec<Image>, ImageError> {
    let asked = Reference::parse(reference).map_err(|error| {
        ImageError::new(format!("`{}` names no image in a registry: {error}", quoted(reference)), error.help())
    })?;
    let until = Instant::now() + options.timeouts.overall;
    let (mut earlier, mut first) = (Vec::new(), None);
    let mut bases = bases(&asked.domain, options).into_iter().peekable();
    while let Some(base) = bases.next() {
        let client = Client::new(base, &asked.domain, &asked.path, options).after(std::mem::take(&mut earlier));
        match root(&client, &asked, reference, until) {
            Ok(root) => return images(client, root, reference, wanted, until),
            Err(Refusal::Failure(failure)) if failure.other_protocol && bases.peek().is_some() => {
                earlier = client.tried();
                first.get_or_insert(failure);
            }
            Err(Refusal::Failure(failure)) => {
                // A server that speaks neither protocol, or only the first, is best described by the first answer.
                let failure = first.filter(|_| failure.other_protocol).unwrap_or(failure);
                return Err(client.error(&format!("`{reference}`"), failure));
            }
            Err(Refusal::Image(error)) => return Err(error),
        }
    }
    Err(ImageError::new(
        format!("`{}` is no address of a registry", quoted(&asked.domain)),
        "write the registry as `host` or `host:port`",
    ))
}

/// Where the registry may be: on this machine over HTTP or else HTTPS, elsewhere over HTTPS, or over HTTP alone if the
/// user says so.
fn bases(domain: &str, options: &Options) -> Vec<Address> {
    let [clear, secure] = [false, true].map(|secure| Address::registry(domain, secure));
    match secure {
        Some(secure) if secure.is_loopback() => clear.into_iter().chain([secure]).collect(),
        Some(_) if options.plain_http => clear.into_iter().collect(),
        secure => secure.into_iter().collect(),
    }
}

/// Why there is no root: nothing was answered, or what was answered is wrong.
enum Refusal {
    Failure(Failure),
    Image(ImageError),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        Refusal::Failure(failure)
    }
}

/// Reads the document that the reference names.
fn root(client: &Client, asked: &Reference, reference: &str, until: Instant) -> Result<Root, Refusal> {
    let digest = match asked.digest.as_deref() {
        None => None,
        Some(text) => Some(Digest::parse(text).ok_or_else(|| {
            Failure::new(
                "its digest is of an algorithm that cannot be checked",
                "name it by its tag or its sha256 digest",
            )
        })?),
    };
    let tag = asked.effective_tag().unwrap_or_default();
    let name = digest.as_ref().map_or(tag, Digest::as_str);
    let path = format!("/v2/{}/manifests/{name}", asked.path);
    let Fetched { bytes, headers } = client.fetch(&path, Some(&ACCEPTED.join(", ")), MANIFEST_LIMIT, until)?;
    served_digest(&headers, &bytes)?;
    if digest.as_ref().is_some_and(|digest| !digest.matches(&bytes)) {
        return Err(Refusal::Failure(altered("what the registry answers does not have the digest that was asked for")));
    }
    let content_type = content_type(&headers)?;
    let label = format!("`registry:{reference}`");
    let document = manifest::read(&bytes, content_type, &label).map_err(Refusal::Image)?;
    let stated = match &document {
        Document::Index(index) => index.media_type(),
        Document::Manifest(manifest) => manifest.media_type(),
    };
    if let (Some(served), Some(stated)) = (content_type, stated) {
        same_type(served, stated.as_ref())?;
    }
    let digest = digest.unwrap_or_else(|| Digest::of(&bytes));
    Ok(Root { document, digest: Some(digest), label, names: vec![reference.to_string()] })
}

fn images(
    client: Client,
    root: Root,
    reference: &str,
    wanted: &Wanted,
    until: Instant,
) -> Result<Vec<Image>, ImageError> {
    let found = resolve::images(root, wanted, &Repository { client: &client, until })?;
    let labels = super::open::labels(&found, &format!("registry:{reference}"), true);
    let client = Arc::new(client);
    let image = |(found, label): (resolve::Found, String)| {
        let (client, layers) = (Arc::clone(&client), found.layers.clone());
        let open = move |index: usize| match layers.get(index) {
            Some(layer) => layer::open(&client, layer),
            None => Err(ImageError::new(format!("there is no layer {index}"), "judge the image without its layers")),
        };
        found.image(&label, Blobs::Apart(Arc::new(open)))
    };
    Ok(found.into_iter().zip(labels).map(image).collect())
}

/// The documents of one repository.
struct Repository<'c> {
    client: &'c Client,
    until: Instant,
}

impl Store for Repository<'_> {
    fn document(&self, descriptor: &Descriptor, role: Role, limit: usize) -> Result<Option<Vec<u8>>, ImageError> {
        let (repository, digest) = (&self.client.repository, manifest::digest(descriptor)?);
        let accepted = descriptor.media_type().to_string();
        let (path, accept, what) = match role {
            Role::Manifest => (format!("/v2/{repository}/manifests/{digest}"), Some(accepted.as_str()), "manifest"),
            Role::Config => (format!("/v2/{repository}/blobs/{digest}"), None, "configuration"),
        };
        let limit = usize::try_from(descriptor.size()).map_or(limit, |size| size.min(limit));
        let fetched = self.client.fetch(&path, accept, limit, self.until).and_then(|Fetched { bytes, headers }| {
            served_digest(&headers, &bytes)?;
            if let (Role::Manifest, Some(served)) = (role, content_type(&headers)?) {
                same_type(served, &accepted)?;
            }
            Ok(bytes)
        });
        match fetched {
            Ok(bytes) => Ok(Some(bytes)),
            Err(failure) if failure.absent => Ok(None),
            Err(failure) => Err(self.client.error(&format!("{what} `{}`", digest.short()), failure)),
        }
    }

    fn missing_layer(&self, descriptor: &Descriptor) -> Result<Option<String>, ImageError> {
        let foreign = manifest::is_foreign(descriptor.media_type().as_ref());
        Ok(foreign.then(|| "it is not in the registry".to_string()))
    }
}

/// The type that an answer says it has, without parameters.
fn content_type(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).map(str::trim).filter(|value| !value.is_empty());
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case("text/html")) {
        return Err(Failure::new(
            "a web page is what it answers",
            "check that a registry answers at this address, and no proxy or login page in front of it",
        ));
    }
    Ok(essence)
}

/// Refuses an answer that is served as another kind of document than it says it is.
fn same_type(served: &str, stated: &str) -> Result<(), Failure> {
    if Kind::of(served) == Kind::Other || Kind::of(stated) == Kind::Other || served.eq_ignore_ascii_case(stated) {
        return Ok(());
    }
    Err(Failure::new(
        format!("what is served as `{}` says that it is `{}`", quoted(served), quoted(stated)),
        "push the image again: what the registry holds is damaged",
    ))
}

/// Compares what came with the digest that the registry says it has, if it says one that can be checked.
fn served_digest(headers: &HeaderMap, bytes: &[u8]) -> Result<(), Failure> {
    let said = headers.get("docker-content-digest").and_then(|value| value.to_str().ok()).map(str::trim);
    match said.and_then(Digest::parse) {
        Some(digest) if !digest.matches(bytes) => {
            Err(altered("what the registry answers does not have the digest in its `Docker-Content-Digest`"))
        }
        _ => Ok(()),
    }
}

fn altered(what: &str) -> Failure {
    Failure::new(what, "do not use it: it was changed on the way, or what the registry holds is damaged")
}

#[cfg(test)]
mod tests;
