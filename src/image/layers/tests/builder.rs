//! Tars, layers and images for tests.

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use crate::image::digest::Digest;
use crate::image::layers::{Contents, Keep, LayerFiles, Limits, read_all, read_layer};
use crate::image::{Blobs, Image, ImageError, Layer};

/// A tar that grows entry by entry.
#[derive(Default, Clone)]
pub struct Tar(pub Vec<u8>);

/// The parts of a header that tests set.
pub struct Header<'h> {
    pub flag: u8,
    pub name: &'h [u8],
    pub link: &'h [u8],
    pub mode: u32,
    pub size: &'h [u8],
}

impl Tar {
    pub fn new() -> Tar {
        Tar::default()
    }

    /// A header as it is said, with the right checksum.
    pub fn header(mut self, header: &Header<'_>) -> Tar {
        let mut block = [0u8; 512];
        block[..header.name.len()].copy_from_slice(header.name);
        block[100..107].copy_from_slice(format!("{:07o}", header.mode).as_bytes());
        block[108..115].copy_from_slice(b"0001750");
        block[116..123].copy_from_slice(b"0000144");
        block[124..124 + header.size.len()].copy_from_slice(header.size);
        block[156] = header.flag;
        block[157..157 + header.link.len()].copy_from_slice(header.link);
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(block);
        self
    }

    /// An entry of a type, with content.
    pub fn entry(self, flag: u8, name: &str, link: &str, mode: u32, content: &[u8]) -> Tar {
        let (name, link, size) = (name.as_bytes(), link.as_bytes(), format!("{:011o}", content.len()));
        let long = |tar: Tar, flag: u8, text: &[u8]| {
            if text.len() < 100 { tar } else { tar.entry(flag, "././@LongLink", "", 0o644, &[text, b"\0"].concat()) }
        };
        let tar = long(long(self, b'L', name), b'K', link);
        let (name, link) = (&name[..name.len().min(99)], &link[..link.len().min(99)]);
        tar.header(&Header { flag, name, link, mode, size: size.as_bytes() }).content(content)
    }

    /// Content and its padding.
    pub fn content(mut self, content: &[u8]) -> Tar {
        self.0.extend(content);
        let padded = self.0.len().next_multiple_of(512);
        self.0.resize(padded, 0);
        self
    }

    pub fn file(self, name: &str, content: &str) -> Tar {
        self.entry(b'0', name, "", 0o644, content.as_bytes())
    }

    pub fn mode(self, name: &str, mode: u32) -> Tar {
        self.entry(b'0', name, "", mode, b"x")
    }

    pub fn dir(self, name: &str) -> Tar {
        self.entry(b'5', name, "", 0o755, b"")
    }

    pub fn symlink(self, name: &str, target: &str) -> Tar {
        self.entry(b'2', name, target, 0o777, b"")
    }

    pub fn hard_link(self, name: &str, target: &str) -> Tar {
        self.entry(b'1', name, target, 0o644, b"")
    }

    pub fn whiteout(self, name: &str) -> Tar {
        self.file(name, "")
    }

    /// An extended header with these records.
    pub fn pax(self, records: &[(&str, &[u8])]) -> Tar {
        let mut bytes = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let mut length = rest + 1;
            while rest + length.to_string().len() != length {
                length += 1;
            }
            bytes.extend(format!("{length} {key}=").as_bytes());
            bytes.extend(*value);
            bytes.push(b'\n');
        }
        self.entry(b'x', "PaxHeaders/x", "", 0o644, &bytes)
    }

    /// The tar with its end.
    pub fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub fn layer(stored: &[u8], unpacked: &[u8]) -> Layer {
    Layer {
        digest: Some(Digest::of(stored)),
        diff_id: Some(Digest::of(unpacked)),
        size: Some(stored.len() as u64),
        missing: None,
    }
}

/// A layer of which nothing is said.
pub fn bare() -> Layer {
    Layer { digest: None, diff_id: None, size: None, missing: None }
}

pub fn everything() -> Keep<'static> {
    Keep::new(1 << 20, |_| true)
}

/// Reads one layer of which nothing is said.
pub fn read(stored: &[u8]) -> Result<LayerFiles, ImageError> {
    read_layer(&mut Cursor::new(stored), &bare(), &everything(), &Limits::default())
}

/// An image of these stored layers.
pub fn image(layers: Vec<Layer>, blobs: Blobs) -> Image {
    Image {
        label: Arc::from("test"),
        names: Vec::new(),
        platform: None,
        manifest: None,
        id: Digest::of(b"{}"),
        config: Arc::from("{}"),
        oci: true,
        annotations: Default::default(),
        layers,
        blobs,
    }
}

/// The closure of layers that lie apart.
pub fn apart(stored: Vec<Vec<u8>>) -> Blobs {
    let open = move |index: usize| -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(Cursor::new(stored[index].clone())))
    };
    Blobs::Apart(Arc::new(open))
}

/// The contents of an image of these tars; nothing stands for a layer that cannot be read.
pub fn contents_with_gaps(tars: Vec<Option<Tar>>) -> Contents {
    let missing = |tar: &Option<Tar>| tar.is_none().then(|| "it is not there".to_string());
    let layers = tars.iter().map(|tar| Layer { missing: missing(tar), ..bare() }).collect();
    let stored = tars.into_iter().map(|tar| tar.map(Tar::end).unwrap_or_default()).collect();
    read_all(&image(layers, apart(stored)), &everything(), &Limits::default(), &[])
}

/// The contents of an image of these tars.
pub fn contents(tars: Vec<Tar>) -> Contents {
    contents_with_gaps(tars.into_iter().map(Some).collect())
}

/// The paths that are in the image.
pub fn paths(contents: &Contents) -> Vec<&str> {
    contents.iter().map(|entry| entry.path).collect()
}
