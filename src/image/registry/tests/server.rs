//! A registry on this machine that does what a test wants.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::image::digest::Digest;

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What is in the registry.
pub struct Published {
    pub config: Vec<u8>,
    pub manifest: Vec<u8>,
    pub layer: Vec<u8>,
    pub arm_config: Vec<u8>,
    arm_manifest: Vec<u8>,
    pub index: Vec<u8>,
}

impl Published {
    /// `app:1`, for one platform, and `app:all`, for two.
    pub fn new() -> Published {
        let layer = b"not really a tar".to_vec();
        let config = |rest: &str| {
            let id = Digest::of(b"not really a tar");
            let text = format!(
                r#"{{"os":"linux",{rest},"config":{{"User":"app"}},"rootfs":{{"type":"layers","diff_ids":["{id}"]}}}}"#
            );
            text.into_bytes()
        };
        let descriptor = |kind: &str, bytes: &[u8]| {
            format!(
                r#""mediaType":"application/vnd.oci.image.{kind}","digest":"{}","size":{}"#,
                Digest::of(bytes),
                bytes.len()
            )
        };
        let manifest = |config: &[u8]| {
            let (config, layer) = (descriptor("config.v1+json", config), descriptor("layer.v1.tar", &layer));
            let text = format!(
                r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{{config}}},"layers":[{{{layer}}}]}}"#
            );
            text.into_bytes()
        };
        let (amd, arm) = (config(r#""architecture":"amd64""#), config(r#""architecture":"arm64","variant":"v8""#));
        let (amd_manifest, arm_manifest) = (manifest(&amd), manifest(&arm));
        let entry = |manifest: &[u8], platform: &str| {
            format!(r#"{{{},"platform":{{{platform}}}}}"#, descriptor("manifest.v1+json", manifest))
        };
        let entries = [
            entry(&amd_manifest, r#""os":"linux","architecture":"amd64""#),
            entry(&arm_manifest, r#""os":"linux","architecture":"arm64","variant":"v8""#),
            entry(b"provenance", r#""os":"unknown","architecture":"unknown""#),
        ];
        let index = format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{}]}}"#, entries.join(","))
            .into_bytes();
        Published { config: amd, manifest: amd_manifest, layer, arm_config: arm, arm_manifest, index }
    }

    /// A manifest or an index, as a registry serves it.
    pub fn document(&self, bytes: &[u8]) -> Vec<u8> {
        let kind = if bytes == self.index { OCI_INDEX } else { OCI_MANIFEST };
        answer(200, &format!("Content-Type: {kind}; charset=utf-8\r\n"), bytes)
    }

    /// What an honest registry answers.
    pub fn honest(&self, request: &Request) -> Vec<u8> {
        let name = request.path().rsplit('/').next().unwrap_or_default();
        let named = |bytes: &&Vec<u8>| Digest::of(bytes).as_str() == name;
        let documents = [&self.manifest, &self.index, &self.arm_manifest];
        let blobs = [&self.config, &self.arm_config, &self.layer];
        match name {
            "1" => self.document(&self.manifest),
            "all" => self.document(&self.index),
            _ => match (documents.into_iter().find(named), blobs.into_iter().find(named)) {
                (Some(document), _) => self.document(document),
                (_, Some(blob)) => answer(200, "Content-Type: application/octet-stream\r\n", blob),
                _ => answer(404, "", br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#),
            },
        }
    }
}

/// A request as it came.
#[derive(Clone)]
pub struct Request {
    pub head: String,
    pub body: String,
}

impl Request {
    /// `GET /v2/app/manifests/1`.
    pub fn line(&self) -> String {
        self.head.split(" HTTP/").next().unwrap_or_default().to_string()
    }

    /// Without its query.
    pub fn path(&self) -> &str {
        let target = self.head.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// A server, until the end of the process.
pub struct Server {
    pub port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// An honest registry.
    pub fn of(_: &Published) -> Server {
        Server::new(|request, published| published.honest(request))
    }

    /// A server that answers each request with these bytes, and closes the connection.
    pub fn new(respond: impl Fn(&Request, &Published) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::talking(move |request, published, stream| {
            let _ = stream.write_all(&respond(request, published));
        })
    }

    /// A server that does this with each connection, after it has read the request.
    pub fn talking(talk: impl Fn(&Request, &Published, &mut TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, shared) = (Arc::clone(&requests), Arc::new((talk, Published::new())));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (seen, shared) = (Arc::clone(&seen), Arc::clone(&shared));
                thread::spawn(move || {
                    let request = read(&mut stream);
                    seen.lock().expect("a list").push(request.clone());
                    (shared.0)(&request, &shared.1, &mut stream);
                });
            }
        });
        Server { port, requests }
    }

    /// A repository and tag on this server.
    pub fn reference(&self, name: &str) -> String {
        format!("127.0.0.1:{}/{name}", self.port)
    }

    /// Everything that was asked, as request lines.
    pub fn asked(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// Everything that was asked.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("a list").clone()
    }
}

/// Reads a request; what is no HTTP ends with its first sixteen bytes.
fn read(stream: &mut TcpStream) -> Request {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
        head.push(byte[0]);
        if head.len() == 16 && !head.is_ascii() || head.first() == Some(&0x16) && head.len() == 16 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut request = Request { head, body: String::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).is_ok() {
        request.body = String::from_utf8_lossy(&body).into_owned();
    }
    request
}

/// An answer; `headers` are whole lines.
pub fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
