//! Paths put right in part only, as one library or another does it.

use bstr::{BStr, BString, ByteSlice};

/// Makes each run of slashes one.
pub(super) fn without_doubled_slashes(path: &[u8]) -> BString {
    let mut out = Vec::with_capacity(path.len());
    for &byte in path {
        if byte != b'/' || out.last() != Some(&b'/') {
            out.push(byte);
        }
    }
    out.into()
}

/// Removes dot segments and keeps empty ones (RFC 3986, section 5.2.4).
pub(super) fn without_dots(path: &[u8]) -> BString {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split_str("/").collect();
    let last = segments.len().saturating_sub(1);
    for (at, segment) in segments.iter().enumerate() {
        match *segment {
            b"." => {}
            b".." if kept.len() > 1 => drop(kept.pop()),
            b".." => {}
            segment => kept.push(segment),
        }
        if at == last && matches!(*segment, b"." | b"..") {
            kept.push(b"");
        }
    }
    kept.join(&b'/').into()
}

/// A path without its first segments; `None` when there are not so many.
pub(super) fn behind(path: &BStr, segments: usize) -> Option<BString> {
    let mut rest = path.as_bytes();
    for _ in 0..segments {
        let next = rest.get(1..)?.find_byte(b'/')?;
        rest = rest.get(next + 1..)?;
    }
    (rest.len() < path.len()).then(|| rest.into())
}
