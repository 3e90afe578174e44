//! Any bytes as a layer: read or refused, and every answer about them given.
#![no_main]

use std::io::{Cursor, Read};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plimsoll::image::digest::Digest;
use plimsoll::image::layers::{Keep, Limits, read_all};
use plimsoll::image::{Blobs, Image, ImageError, Layer};

fuzz_target!(|bytes: &[u8]| {
    // Two layers of the same input: the first half, and the rest.
    let (lower, upper) = bytes.split_at(bytes.len() / 1024 * 512);
    let stored = [lower.to_vec(), upper.to_vec()];
    let open = move |index: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Cursor::new(stored[index].clone())))
    };
    let layer = Layer { digest: None, diff_id: None, size: None, missing: None };
    let image = Image {
        label: Arc::from("fuzz"),
        names: Vec::new(),
        platform: None,
        manifest: None,
        id: Digest::of(b"{}"),
        config: Arc::from("{}"),
        oci: true,
        annotations: Default::default(),
        layers: vec![layer.clone(), layer],
        blobs: Blobs::Apart(Arc::new(open)),
    };
    let limits = Limits { unpacked: 1 << 24, window: 1 << 20, ..Limits::default() };
    let contents = read_all(&image, &Keep::new(1 << 16, |_| true), &limits, &[false, false]);
    for (entry, _) in contents.in_all_layers() {
        let _ = (contents.find(entry.path), contents.content_of(&entry), contents.list(entry.path));
    }
});
