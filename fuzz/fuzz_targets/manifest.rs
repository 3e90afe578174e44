//! Any bytes as an index or a manifest, under any content type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::image::manifest;

fuzz_target!(|input: (&[u8], Option<&str>)| {
    let (bytes, content_type) = input;
    let _ = manifest::read(bytes, content_type, "fuzzed");
});
