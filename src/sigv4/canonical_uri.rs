use bstr::BString;

use crate::{
    sigv4::{PathEncoding, PathNormalization, Recipe, percent},
    wire::target::percent_decode,
};

/// Derives the canonical URI, the second line of the canonical request, from a raw path.
///
/// Amazon S3 decodes the path once and encodes it again, so that the line is encoded once however
/// the path was written; every other service encodes what stands on the wire a second time.
///
/// Source: "Create a canonical request" in the IAM User Guide; aws-sigv4 1.6.4,
/// `canonical_request.rs`; s3s 0.11, `sig_v4/methods.rs` for the decoding.
#[must_use]
pub fn canonical_uri(path: &[u8], recipe: &Recipe) -> BString {
    let normalized = match recipe.path_normalization {
        PathNormalization::Keep if path.is_empty() => "/".into(),
        PathNormalization::Keep => path.into(),
        PathNormalization::Normalize => normalize(path),
    };
    match recipe.path_encoding {
        PathEncoding::Once => percent::encode_path(&percent_decode(&normalized)),
        PathEncoding::Twice => percent::encode_path(&normalized),
    }
}

/// Removes empty segments and dot segments from a raw path (RFC 3986, section 5.2.4, with empty
/// segments removed as AWS does).
#[must_use]
pub fn normalize(path: &[u8]) -> BString {
    let plain = path.starts_with(b"/") && !path.contains(&b'.') && !doubled(path);
    if plain {
        return path.into();
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let mut out = Vec::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    let open = path.ends_with(b"/") || path.ends_with(b"/.") || path.ends_with(b"/..");
    if out.is_empty() || (open && !kept.is_empty()) {
        out.push(b'/');
    }
    out.into()
}

fn doubled(path: &[u8]) -> bool {
    path.windows(2).any(|pair| pair == b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_encodes_once_and_keeps_every_segment() {
        let uri = |path: &str| canonical_uri(path.as_bytes(), &Recipe::S3);
        assert_eq!(uri("/a//b/../c%20d"), "/a//b/../c%20d");
        assert_eq!(uri("/a:b(c)%3a"), "/a%3Ab%28c%29%3A");
        assert_eq!(uri("/100%"), "/100%25");
        assert_eq!(uri(""), "/");
    }

    #[test]
    fn others_normalize_and_encode_twice() {
        let uri = |path: &str| canonical_uri(path.as_bytes(), &Recipe::STANDARD);
        assert_eq!(uri("/a//b/../c%20d"), "/a/c%2520d");
        assert_eq!(uri("/../"), "/");
        assert_eq!(uri("/a/."), "/a/");
        assert_eq!(uri(""), "/");
    }
}
