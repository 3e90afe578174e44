//! Zstd: the frames of a stream behind one another, those to be skipped left out.
//!
//! `zstd:chunked` layers end with skippable frames that hold a table of contents; parallel compressors write one frame
//! for each piece.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::unpack::{more, skip};

/// Unpacks a stream of frames.
pub(super) struct Zstd<R> {
    stored: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    /// Frames that ask for a window of more bytes are an error, before any memory is taken for it.
    pub fn new(stored: R, window: u64) -> Zstd<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(window);
        Zstd { stored, decoder, in_frame: false }
    }

    /// Goes to the next frame with content; whether there is one.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if !more(&mut self.stored)? {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.stored) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    skip(&mut self.stored, u64::from(length))?;
                }
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.in_frame {
                self.in_frame = self.next_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.stored, blocks);
                decoded.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.in_frame = false;
        }
    }
}
