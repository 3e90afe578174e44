//! Any text as a configuration, or as what `docker inspect` prints.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::source::Sources;
use plimsoll::subject::image;

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let source = sources.add_text("config.json", text);
    let _ = (image::recognise(text), image::read(source, text));
});
