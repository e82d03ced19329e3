//! Any bytes, read as whatever they look like.
#![no_main]

use countersign::{evidence::InputId, source::read_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    read_all(InputId(0), &mut &*bytes);
});
