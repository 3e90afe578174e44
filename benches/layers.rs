//! Speed of reading the layers of an image: unpacking, digests, walking the tar, merging.
//!
//! `cargo bench --bench layers`. The floor is printed with it: the same bytes through the decoder alone.

use std::hint::black_box;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use flate2::read::MultiGzDecoder;
use plimsoll::image::digest::Digest;
use plimsoll::image::layers::{Keep, Limits, read_all};
use plimsoll::image::{Blobs, Image, ImageError, Layer};

/// A tar of so many files of some size, half text and half noise, in folders of a hundred.
fn tar(files: u64, size: u64) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut noise = 88_172_645_463_325_252_u64;
    for file in 0..files {
        let mut content = format!("#!/bin/sh\n# file {file}\n").into_bytes();
        while (content.len() as u64) < size {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            content.extend(noise.to_le_bytes());
            content.extend(b"word  = ");
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        let path = format!("usr/lib/folder-{}/file-{file}", file / 100);
        builder.append_data(&mut header, path, content.as_slice()).expect("memory takes it");
    }
    builder.into_inner().expect("memory takes it")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// An image of one layer so many times, with all digests known.
fn image(stored: Vec<u8>, unpacked: &[u8], layers: u8) -> Image {
    let layer = |index: u8| {
        // The last bytes of a gzip stream of each layer differ, or it would be read once for all.
        let own = [stored.as_slice(), gzip(&[index]).as_slice()].concat();
        let tar = [unpacked, &[index]].concat();
        let (digest, diff_id) = (Some(Digest::of(&own)), Some(Digest::of(&tar)));
        (Layer { digest, diff_id, size: Some(own.len() as u64), missing: None }, Arc::<[u8]>::from(own))
    };
    let (layers, blobs): (Vec<Layer>, Vec<Arc<[u8]>>) = (0..layers).map(layer).unzip();
    let open = move |index: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Cursor::new(blobs[index].clone())))
    };
    Image {
        label: Arc::from("generated"),
        names: Vec::new(),
        platform: None,
        manifest: None,
        id: Digest::of(b"{}"),
        config: Arc::from("{}"),
        oci: true,
        annotations: Default::default(),
        layers,
        blobs: Blobs::Apart(Arc::new(open)),
    }
}

fn reading(criterion: &mut Criterion) {
    let scripts = Keep::new(1 << 20, |file| file.path.ends_with("00") && file.script());
    for (name, files, size) in [("large files", 64, 512 << 10), ("small files", 20_000, 256)] {
        let unpacked = tar(files, size);
        let stored = gzip(&unpacked);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Bytes(2 * unpacked.len() as u64));
        group.bench_function("decoder alone, one thread", |bencher| {
            let decode = || std::io::copy(&mut MultiGzDecoder::new(stored.as_slice()), &mut std::io::sink());
            bencher.iter(|| (decode().is_ok(), decode().is_ok()));
        });
        let image = image(stored.clone(), &unpacked, 2);
        group.bench_function("an image of two layers", |bencher| {
            bencher.iter(|| read_all(black_box(&image), &scripts, &Limits::default(), &[]));
        });
        group.finish();
    }
}

/// Layers that touch the same files over and over.
fn merging(criterion: &mut Criterion) {
    let unpacked = tar(20_000, 1);
    let image = image(gzip(&unpacked), &unpacked, 16);
    let mut group = criterion.benchmark_group("merging");
    group.sample_size(10);
    group.bench_function("16 layers of 20,000 files", |bencher| {
        bencher.iter(|| read_all(black_box(&image), &Keep::nothing(), &Limits::default(), &[]));
    });
    group.finish();
}

criterion_group!(benches, reading, merging);
criterion_main!(benches);
