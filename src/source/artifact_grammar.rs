//! What an artifact is by its own form, and by the name before it: how it begins, and where it ends.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use bstr::{BString, ByteSlice};

use crate::{
    sigv4::{Algorithm, PayloadHash},
    wire::METHODS,
};

/// What was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    CanonicalRequest,
    StringToSign,
    Authorization,
    Signature,
}

/// How the end of an artifact was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// By its grammar, or by a quote.
    Whole,
    /// By what stands behind it.
    Frame,
    /// The text ended first.
    Open,
}

pub(super) const ALGORITHMS: [&str; 2] = [
    Algorithm::HmacSha256.name(),
    Algorithm::EcdsaP256Sha256.name(),
];

/// A string to sign has so many lines, but for those of chunks.
const LINES_OF_STRING: usize = 4;

/// No canonical request that is printed has more lines.
const LINES: usize = 300;

/// Whether a line names an artifact, or holds one that names itself.
pub(super) fn has_label(line: &[u8]) -> bool {
    label(line).is_some() || ALGORITHMS.iter().any(|name| line.contains_str(name))
}

pub(super) fn line_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    rest.get(..rest.find_byte(b'\n').unwrap_or(rest.len()))
}

const LABELS: [(&str, Kind); 16] = [
    ("canonicalrequest", Kind::CanonicalRequest),
    ("canonical request", Kind::CanonicalRequest),
    ("canonical_request", Kind::CanonicalRequest),
    ("canonical-request", Kind::CanonicalRequest),
    ("canonicalstring", Kind::CanonicalRequest),
    ("canonical string", Kind::CanonicalRequest),
    ("canonical_string", Kind::CanonicalRequest),
    ("creq", Kind::CanonicalRequest),
    ("stringtosign", Kind::StringToSign),
    ("string to sign", Kind::StringToSign),
    ("string_to_sign", Kind::StringToSign),
    ("string-to-sign", Kind::StringToSign),
    ("texttosign", Kind::StringToSign),
    ("sts", Kind::StringToSign),
    ("authorization", Kind::Authorization),
    ("signature", Kind::Signature),
];

/// The names of all labels, sought at once.
fn labels() -> Option<&'static AhoCorasick> {
    static NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || {
        let mut search = AhoCorasick::builder();
        search.ascii_case_insensitive(true);
        search.match_kind(MatchKind::LeftmostFirst);
        search.build(LABELS.map(|(name, _)| name)).ok()
    };
    NAMES.get_or_init(build).as_ref()
}

/// The first label in a line, and the offset behind it.
pub(super) fn label(line: &[u8]) -> Option<(Kind, usize)> {
    let names = labels()?;
    let mut from = 0;
    loop {
        let found = names.find(Input::new(line).range(from..))?;
        from = found.start() + 1;
        let before = found.start().checked_sub(1).and_then(|at| line.get(at));
        let own = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'/');
        let (_, kind) = LABELS.get(found.pattern().as_usize())?;
        if let (true, Some(length)) = (own, separator(line.get(found.end()..)?)) {
            return Some((*kind, found.end() + length));
        }
    }
}

/// The length of what may stand between a label and its value; `None` when this is no label.
fn separator(text: &[u8]) -> Option<usize> {
    let closing = text
        .iter()
        .take_while(|byte| b"()\"'`]>*".contains(byte))
        .count();
    let rest = text.get(closing..)?;
    let blanks = rest.len() - rest.trim_start_with(|c| c == ' ' || c == '\t').len();
    let mark = rest.get(blanks..)?;
    let rule = mark.iter().all(|byte| b"-=*#_<> ".contains(byte));
    let length = match mark {
        [] | [b'\r'] => 0,
        _ if rule => mark.len(),
        [b':', b'=', ..] | [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        [b'-', b' ', ..] | [b'(', ..] | [b'[', ..] => 0,
        _ if text.first() == Some(&b'>') => 0,
        _ => return None,
    };
    Some(closing + blanks + length)
}

pub(super) fn ends_in_digest(text: &[u8]) -> bool {
    let last = text.lines().next_back().unwrap_or_default();
    last.len() == 64 && last.iter().all(u8::is_ascii_hexdigit)
}

/// The length of the hash or keyword that the last line of a text begins with.
pub(super) fn hash_end(text: &[u8]) -> Option<usize> {
    hash_length(text.lines().next_back()?.trim())
}

/// The length of the payload hash at the front of a line: 64 hex digits or the longest keyword.
fn hash_length(line: &[u8]) -> Option<usize> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if digits == 64 {
        return Some(64);
    }
    PayloadHash::KEYWORDS
        .iter()
        .filter(|keyword| line.starts_with(keyword.as_bytes()))
        .map(|keyword| keyword.len())
        .max()
}

/// Whether a line may end, or change, a canonical request that is open above it.
pub(super) fn may_end(line: &[u8]) -> bool {
    let content = line.trim();
    hash_length(content).is_some() || is_frame(content, Kind::CanonicalRequest)
}

/// The lines of an artifact at the front of a text, to where its grammar or a frame ends it.
pub(super) fn by_grammar(text: &[u8], kind: Kind) -> (BString, End) {
    const HEAD: usize = 3;
    let wanted = match kind {
        Kind::StringToSign => {
            let first = text.lines().next().unwrap_or_default();
            match first.trim() {
                name if name.ends_with(b"-PAYLOAD") => 6,
                name if name.ends_with(b"-TRAILER") => 5,
                _ => LINES_OF_STRING,
            }
        }
        _ => LINES,
    };
    // Some sign the canonical request itself in place of the string.
    let first = text.lines().next().unwrap_or_default().trim();
    if kind == Kind::StringToSign
        && METHODS.iter().any(|method| first == method.as_bytes())
        && let (over, End::Whole) = by_grammar(text, Kind::CanonicalRequest)
    {
        return (over, End::Whole);
    }
    let mut end = 0;
    let mut at = 0;
    let mut count = 0;
    while let Some(line) = line_at(text, at) {
        let content = line.trim();
        let leads = line.len() - line.trim_start().len();
        let hash = hash_length(content);
        let is_last = match kind {
            // With a line too few it ends in its digest too.
            Kind::StringToSign => {
                let is_digest = hash == Some(64) && wanted == LINES_OF_STRING;
                count + 1 == wanted || count > 0 && is_digest
            }
            _ => count >= HEAD && hash.is_some(),
        };
        let below = at + line.len() + 1;
        if is_last
            && kind == Kind::StringToSign
            && content.is_empty()
            && let Some(digest) = line_at(text, below).filter(|line| hash_length(line) == Some(64))
            && digest.get(64..).is_some_and(closes)
        {
            // An empty line stands before its digest.
            return (text.get(..below + 64).unwrap_or(text).into(), End::Whole);
        }
        if is_last && kind == Kind::StringToSign && content.is_empty() {
            // It has a line too few.
            let value = text.get(..end).unwrap_or_default();
            return (value.into(), End::Frame);
        }
        if is_last {
            // Some sign the canonical request itself in place of its hash.
            let is_method = METHODS.iter().any(|method| content == method.as_bytes());
            if kind == Kind::StringToSign
                && is_method
                && let Some(rest) = text.get(at..)
                && let (over, End::Whole) = by_grammar(rest, Kind::CanonicalRequest)
            {
                return (
                    text.get(..at + over.len()).unwrap_or(text).into(),
                    End::Whole,
                );
            }
            let length = match hash {
                Some(length)
                    if kind != Kind::StringToSign || content.get(length..).is_none_or(closes) =>
                {
                    leads + length
                }
                _ => line.trim_end().len(),
            };
            return (text.get(..at + length).unwrap_or(text).into(), End::Whole);
        }
        if count > 0 && is_frame(content, kind) || count + 1 >= LINES {
            let value = text.get(..end).unwrap_or_default();
            return (value.into(), End::Frame);
        }
        if !content.is_empty() {
            end = at + line.trim_end().len();
        }
        count += 1;
        at += line.len() + 1;
    }
    (text.get(..end).unwrap_or_default().into(), End::Open)
}

/// Whether what stands behind a digest on its line closes a frame around it, if anything does. In a
/// string to sign it may be the signer's own: `sha256sum` writes a name behind the digest.
pub(super) fn closes(behind: &[u8]) -> bool {
    let frames = |byte: &u8| b"\"'`)]}>,;|<\\".contains(byte);
    behind.trim().first().is_none_or(frames)
}

/// Whether a line stands behind an artifact that its grammar did not end.
fn is_frame(line: &[u8], kind: Kind) -> bool {
    let rule = line.len() >= 5 && line.iter().all(|byte| b"-=*#_~".contains(byte));
    let other = kind == Kind::CanonicalRequest && line.starts_with(b"AWS4-");
    let blank = kind == Kind::StringToSign && line.is_empty();
    let named = label(line).is_some_and(|(_, behind)| {
        let before = line.get(..behind).unwrap_or_default();
        // A header line may be called so too: `authorization:…`.
        !(kind == Kind::CanonicalRequest && before.to_ascii_lowercase().starts_with(b"authoriz"))
    });
    rule || other || blank || named || matches!(line, b"]" | b")" | b"}" | b"```")
}
