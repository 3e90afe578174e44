//! Layer: the bytes of a blob while they come from a registry, never more than its descriptor says.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::client::Client;
use super::failure::Failure;
use crate::image::{ImageError, Layer};

/// A registry that sends less than that in a second does not want us to finish.
const SLOWEST: u64 = 64 << 10;

/// Opens a layer. Its digest is for whoever reads it to check; its size is kept here.
pub(super) fn open(client: &Client, layer: &Layer) -> Result<Box<dyn Read + Send>, ImageError> {
    let (Some(digest), Some(size), None) = (&layer.digest, layer.size, &layer.missing) else {
        let why = layer.missing.as_deref().unwrap_or("nobody knows its digest");
        return Err(ImageError::new(format!("a layer cannot be read: {why}"), "judge the image without its layers"));
    };
    let path = format!("/v2/{}/blobs/{digest}", client.repository);
    let until = Instant::now() + client.options.timeouts.overall + Duration::from_secs(size / SLOWEST);
    let what = format!("layer `{}`", digest.short());
    let answer = client.open(&path, until).map_err(|failure| client.error(&what, failure))?;
    if let Some(length) = answer.body.content_length().filter(|&length| length != size) {
        let failure = Failure::new(
            format!("the registry sends {length} bytes where the manifest says {size}"),
            "push the image again: what the registry holds is damaged",
        );
        return Err(client.error(&what, failure));
    }
    Ok(Box::new(Bounded { inner: answer.body.into_reader(), left: size, what }))
}

/// As many bytes as were promised; more or fewer are an error.
struct Bounded<R> {
    inner: R,
    left: u64,
    what: String,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match self.inner.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let failure = Failure::io(&error);
                return Err(io::Error::new(error.kind(), format!("{}: {}", self.what, failure.what)));
            }
            Ok(read) => read,
        };
        if read == 0 && self.left > 0 {
            let missing = format!("{} ends {} bytes too early", self.what, self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, missing));
        }
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{} is longer than the manifest says", self.what))
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], size: u64) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut reader = Bounded { inner: bytes, left: size, what: "layer".to_string() };
        reader.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn a_layer_has_the_size_that_its_descriptor_says() {
        assert_eq!(read(b"abc", 3).expect("whole"), b"abc");
        assert_eq!(read(b"", 0).expect("whole"), b"");
        assert_eq!(read(b"ab", 3).expect_err("it is refused").kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read(b"abcd", 3).expect_err("it is refused").kind(), io::ErrorKind::InvalidData);
    }
}
