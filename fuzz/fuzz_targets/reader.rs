//! Any bytes behind the number of a format, read as that format; with `COUNTERSIGN_FORMAT`, all
//! of the bytes as the format of that id.
#![no_main]

use countersign::{
    evidence::InputId,
    source::{FORMATS, format, read},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let named = std::env::var("COUNTERSIGN_FORMAT").ok();
    let (format, mut bytes) = match named.and_then(|id| format(&id)) {
        Some(format) => (format, bytes),
        None => {
            let Some((number, bytes)) = bytes.split_first() else {
                return;
            };
            (FORMATS[usize::from(*number) % FORMATS.len()], bytes)
        }
    };
    read(InputId(0), &mut bytes, Some(format), &mut |_| {});
});
