//! The ways in which an artifact's white space is lost or changed on its way into a paste, undone.
//!
//! What is undone is a view of the text until a digest confirms it.

use bstr::{BString, ByteSlice};

use crate::{
    evidence::is_scrubbed,
    sigv4::{ALGORITHM, CanonicalRequest, PayloadHash, Sha256Digest, StringToSign},
    wire::{
        Fidelity,
        escape::{unescape, xml_text},
    },
};

/// Restores a canonical request: what hashes to `digest` is exact, whatever a paste did to it.
///
/// Without a digest, a text in the right form is what it claims to be, and one that had to be put
/// right is reflowed.
pub(super) fn canonical_request(
    text: &[u8],
    fidelity: Fidelity,
    digest: Option<Sha256Digest>,
) -> (BString, Fidelity) {
    let variants = variants(text);
    if let Some(digest) = digest {
        let found = variants
            .iter()
            .find(|text| Sha256Digest::of(text) == digest);
        if let Some(found) = found {
            return (found.clone(), Fidelity::Exact);
        }
    }
    // A secret that was taken out changes the digest, and nothing else.
    let fidelity = if digest.is_some() && !is_scrubbed(text) {
        Fidelity::Reflowed
    } else {
        fidelity
    };
    let right = |text: &&BString| CanonicalRequest::parse(text).is_ok();
    match variants.iter().position(|text| right(&text)) {
        Some(0) | None => (text.into(), fidelity),
        Some(at) => {
            let restored = variants.into_iter().nth(at).unwrap_or_default();
            (restored, Fidelity::Reflowed)
        }
    }
}

/// Restores a string to sign, which has no white space but its line breaks.
pub(super) fn string_to_sign(text: &[u8], fidelity: Fidelity) -> (BString, Fidelity) {
    if StringToSign::parse(text).is_ok() {
        return (text.into(), fidelity);
    }
    let restored = readings(text)
        .iter()
        .find_map(|text| four_lines(text).or_else(|| run_together(text)));
    match restored {
        Some(restored) => (restored, Fidelity::Reflowed),
        None => (text.into(), fidelity),
    }
}

/// The digest that a string to sign ends with.
pub(super) fn digest_of(string_to_sign: &[u8]) -> Option<Sha256Digest> {
    let last = string_to_sign.trim_end().rsplit_str("\n").next()?;
    Sha256Digest::parse(last).ok()
}

/// The text under every escape that may still be on it.
fn readings(text: &[u8]) -> Vec<BString> {
    let mut readings: Vec<BString> = vec![text.into()];
    if text.contains(&b'\\') {
        let once = unescape(text);
        if once.contains_str("\\n") {
            readings.push(unescape(&once));
        }
        readings.push(once);
    }
    if text.contains(&b'&') {
        readings.push(xml_text(text));
    }
    if text.contains_str("<br") {
        let mut broken: BString = text.into();
        for tag in ["<br/>\n", "<br />\n", "<br>\n", "<br/>", "<br />", "<br>"] {
            broken = broken.replace(tag, "\n").into();
        }
        readings.push(broken);
    }
    readings
}

/// The text as it stands, then as it may have been.
fn variants(text: &[u8]) -> Vec<BString> {
    let mut variants: Vec<BString> = Vec::new();
    for reading in readings(text) {
        let lines = reading.replace("\r\n", "\n");
        let trimmed = lines.trim_with(|c| matches!(c, '\n' | '\r' | ' ' | '\t'));
        let terminated = [trimmed, b"\n"].concat();
        let dedented = dedent(trimmed);
        let flush = bstr::join("\n", trimmed.lines().map(ByteSlice::trim));
        let put_together = unflatten(trimmed);
        let trimmed = trimmed.to_vec();
        variants.push(reading);
        variants.extend([lines, trimmed, terminated, dedented, flush].map(BString::from));
        variants.extend(put_together);
    }
    variants
}

/// Takes from every line but the first the white space that all of them begin with.
fn dedent(text: &[u8]) -> Vec<u8> {
    let indent = |line: &[u8]| {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        line.iter().take_while(|byte| blank(byte)).count()
    };
    let behind = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = behind().map(indent).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(at, line)| {
        if at == 0 {
            line
        } else {
            line.get(common..).unwrap_or_default()
        }
    });
    bstr::join("\n", lines)
}

/// Puts a canonical request together again whose line breaks became spaces, or whose empty lines
/// are gone: the names of the signed headers say where each header begins.
fn unflatten(text: &[u8]) -> Option<BString> {
    let (rest, hash) = last_word(text)?;
    PayloadHash::parse(hash).ok()?;
    let (rest, names) = last_word(rest)?;
    let mut at = 0;
    let mut starts = Vec::new();
    for name in names.split_str(";") {
        let wanted = [name, b":"].concat();
        let found = rest.get(at..)?.find_iter(&wanted).find(|found| {
            let before = (at + found).checked_sub(1).and_then(|at| rest.get(at));
            before.is_none_or(u8::is_ascii_whitespace)
        })?;
        starts.push((at + found, name));
        at += found + wanted.len();
    }
    let head = rest.get(..starts.first()?.0)?;
    let mut words = head.fields();
    let (method, path) = (words.next()?, words.next()?);
    let query = words.next().unwrap_or_default();
    if words.next().is_some() {
        return None;
    }
    let mut out = bstr::join("\n", [method, path, query]);
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([rest.len()]);
    for ((start, name), end) in starts.iter().zip(ends) {
        let value = rest.get(start + name.len() + 1..end)?;
        out.push(b'\n');
        out.extend_from_slice(name);
        out.push(b':');
        out.extend_from_slice(&bstr::join(" ", value.fields()));
    }
    out.extend_from_slice(b"\n\n");
    out.extend_from_slice(names);
    out.push(b'\n');
    out.extend_from_slice(hash);
    Some(out.into())
}

fn last_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_end();
    let at = text.iter().rposition(u8::is_ascii_whitespace)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn four_lines(text: &[u8]) -> Option<BString> {
    let words: Vec<&[u8]> = text.fields().collect();
    let joined = BString::from(bstr::join("\n", &words));
    let chunk = words.len() == 6 && words.first()?.ends_with(b"-PAYLOAD");
    let trailer = words.len() == 5 && words.first()?.ends_with(b"-TRAILER");
    let right = StringToSign::parse(&joined).is_ok() || chunk || trailer;
    right.then_some(joined)
}

/// A string to sign without any line breaks, as an XML printer leaves it.
fn run_together(text: &[u8]) -> Option<BString> {
    const TIMESTAMP: usize = "20150830T123600Z".len();
    const DIGEST: usize = 64;
    let rest = text.trim().strip_prefix(ALGORITHM.as_bytes())?;
    let (timestamp, rest) = rest.split_at_checked(TIMESTAMP)?;
    let (scope, digest) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
    let joined = bstr::join("\n", [ALGORITHM.as_bytes(), timestamp, scope, digest]);
    StringToSign::parse(&joined).ok()?;
    Some(joined.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:events.eu-west-3.amazonaws.com\nx-amz-date:20250102T030405Z\nx-amz-target:AWSEvents.ListRules\n\ncontent-type;host;x-amz-date;x-amz-target\n55522f708dcfebccb7bd3e8d0001a53ecaf2beca9ca801f1e9161e24215faa99";
    const STRING: &str = "AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/eu-west-3/events/aws4_request\n0aa9d016323e8f741ae5835a5dc7ef5629168db7cf321a8fb1207d502d9e949b";

    fn restored(text: &str) -> (BString, Fidelity) {
        let digest = digest_of(STRING.as_bytes());
        canonical_request(text.as_bytes(), Fidelity::Unescaped, digest)
    }

    #[test]
    fn a_digest_makes_every_paste_exact() {
        let escaped = CANONICAL.replace('\n', "\\n");
        for text in [
            CANONICAL.to_owned(),
            format!("{CANONICAL}\n"),
            CANONICAL.replace('\n', "\r\n"),
            CANONICAL.replace('\n', "\n   "),
            CANONICAL.replace('\n', "\n\t\t"),
            CANONICAL.replace('\n', " "),
            CANONICAL.replace("\n\n", "\n"),
            CANONICAL.replace('\n', "<br>"),
            CANONICAL.replace('\n', "<br/>\n"),
            CANONICAL.replace('\n', "&#10;"),
            escaped.replace('\\', "\\\\"),
            escaped,
        ] {
            assert_eq!(
                restored(&text),
                (CANONICAL.into(), Fidelity::Exact),
                "{text}"
            );
        }
    }

    #[test]
    fn without_a_digest_only_a_view_is_restored() {
        let flat = CANONICAL.replace('\n', " ");
        assert_eq!(
            canonical_request(flat.as_bytes(), Fidelity::Exact, None),
            (CANONICAL.into(), Fidelity::Reflowed)
        );
        let masked = CANONICAL.replace("eu-west-3", "***");
        assert_eq!(restored(&masked), (masked.into(), Fidelity::Reflowed));
        assert_eq!(
            canonical_request(b"nothing", Fidelity::Exact, None),
            ("nothing".into(), Fidelity::Exact)
        );
    }

    #[test]
    fn a_string_to_sign_is_put_right() {
        let reflowed = (BString::from(STRING), Fidelity::Reflowed);
        for separator in [" ", "\\n", "\n    ", "", "&#xA;"] {
            let text = STRING.replace('\n', separator);
            assert_eq!(string_to_sign(text.as_bytes(), Fidelity::Exact), reflowed);
        }
        assert_eq!(
            string_to_sign(STRING.as_bytes(), Fidelity::Exact),
            (STRING.into(), Fidelity::Exact)
        );
        assert_eq!(
            string_to_sign(b"PUT\n\n\n1", Fidelity::Exact),
            ("PUT\n\n\n1".into(), Fidelity::Exact)
        );
    }
}
