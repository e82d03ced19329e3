//! Base64 that holds text: `Basic` credentials, bodies in a HAR, a Kubernetes token.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::wire::{base64::base64, escape};

/// Shorter Base64 holds no name with its value.
const SHORTEST: usize = 16;
/// So much is looked at to see whether it is text.
const SAMPLE: usize = 16;

/// Calls `seen` with every run of Base64 that is text, and that text.
pub(super) fn runs(bytes: &[u8], seen: &mut dyn FnMut(Range<usize>, &[u8])) {
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_letter(**byte)).count();
        let end = start + length;
        if length >= SHORTEST {
            let padding = bytes.get(end..).unwrap_or_default();
            let padding = padding.iter().take(2).take_while(|byte| **byte == b'=');
            let run = start..end + padding.count();
            if let Some(text) = bytes.get(start..end).and_then(text) {
                seen(run, &text);
            }
        }
        start = end + 1;
    }
}

/// Calls `seen` with every text that is packed in `bytes`.
pub(super) fn within(bytes: &[u8], seen: &mut dyn FnMut(&[u8])) {
    runs(bytes, &mut |_, text| seen(text));
}

/// Packs a text in the alphabet, and with the padding, of what it was packed in.
pub(super) fn again(run: &[u8], text: &[u8]) -> BString {
    let url = run.iter().any(|byte| b"-_".contains(byte));
    let mut packed = base64(text);
    if url {
        packed = packed.replace("+", "-").replace("/", "_");
    }
    if !run.ends_with(b"=") && (url || !run.len().is_multiple_of(4)) {
        packed.truncate(packed.trim_end_with(|letter| letter == '=').len());
    }
    packed.into()
}

fn text(run: &[u8]) -> Option<BString> {
    let sample = escape::base64(run.get(..SAMPLE)?)?;
    if !is_text(&sample) {
        return None;
    }
    escape::base64(run).filter(|text| is_text(text))
}

pub(super) fn is_text(bytes: &[u8]) -> bool {
    let seen = |byte: &u8| !byte.is_ascii_control() || b"\t\r\n".contains(byte);
    bytes.iter().all(seen) && std::str::from_utf8(bytes).is_ok()
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}
