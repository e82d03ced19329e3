//! URLs found in text, and what mail, markup and forwarders did to them, undone.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    source::ahead::Ahead,
    wire::{
        Fidelity,
        escape::{base64, quoted_printable, xml_text},
        target::{parameter, percent_decode},
    },
};

/// A presigned URL as it was before it was pasted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct FoundUrl {
    /// The URL.
    pub(super) url: BString,
    /// The same with the escapes that nothing around it calls for.
    pub(super) text: BString,
    /// How well it survived.
    pub(super) fidelity: Fidelity,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
    /// What was undone, in sentences.
    pub(super) notes: Vec<&'static str>,
}

/// Whether a text names a parameter that only presigned URLs have, be it escaped.
pub(super) fn is_presigned(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 2] = [b"x-amz-signature", b"x-amz-credential"];
    let lower = text.to_ascii_lowercase();
    NAMES.iter().any(|name| lower.contains_str(name)) || is_version_2(text)
}

/// Whether a URL carries Signature Version 2, which is compared with nothing.
pub(super) fn is_version_2(text: &[u8]) -> bool {
    text.contains_str("AWSAccessKeyId=") && text.contains_str("Signature=")
}

/// How the token begins that EKS takes: a presigned URL of STS in Base64.
pub(super) const EKS: &str = "k8s-aws-v1.";

/// Every presigned URL in a text, in order.
pub(super) fn find(text: &[u8]) -> Vec<FoundUrl> {
    let mail = text.contains_str("=3D") && text.lines().any(|line| line.trim_end().ends_with(b"="));
    let mut found = Vec::new();
    let mut from = 0;
    let mut starts = Ahead::of(STARTS);
    while let Some((start, _)) = starts.next(text, from) {
        let rest = text.get(start..).unwrap_or_default();
        let (length, lines) = extent(rest, mail);
        let raw = rest.get(..length).unwrap_or(rest);
        from = start + length.max(1);
        let undone = if raw.starts_with(EKS.as_bytes()) {
            token(raw)
        } else {
            undo(raw, mail)
        };
        let Some((url, mut fidelity, mut notes)) = undone else {
            continue;
        };
        if lines > 1 && !mail {
            fidelity = Fidelity::Reflowed;
            notes.push("the URL stood on several lines and was put together");
        }
        if is_presigned(&url) {
            let range = start..start + length;
            let own = escaped_for_html(raw) && !is_in_markup(text, start);
            found.push(FoundUrl {
                text: if own { raw.into() } else { url.clone() },
                url,
                fidelity,
                range,
                notes,
            });
        }
    }
    found.extend(database_tokens(text));
    found.sort_by_key(|found| found.range.start);
    found
}

/// How the path and the query begin of a token that Amazon RDS, Aurora DSQL, ElastiCache or
/// MemoryDB takes for a password: a presigned URL without its scheme.
const CONNECTS: [&str; 3] = [
    "/?Action=connect&",
    "/?Action=DbConnect&",
    "/?Action=DbConnectAdmin&",
];

/// Where the host begins of such a token, and where the token ends.
fn database_token(text: &[u8], connects: usize) -> Option<Range<usize>> {
    let before = text.get(..connects)?;
    let in_host = |byte: &&u8| byte.is_ascii_alphanumeric() || b".:-".contains(byte);
    let host = before.iter().rev().take_while(in_host).count();
    let start = connects - host;
    // With a scheme it is found as any other URL.
    let has_scheme = text.get(..start)?.ends_with(b"//");
    let end = start + line_end(text.get(start..)?);
    (host > 0 && !has_scheme).then_some(start..end)
}

/// Whether a line begins with such a token, or with a name before it.
pub(super) fn is_database_token(line: &[u8]) -> bool {
    const NAME: usize = 60;
    let at = CONNECTS
        .iter()
        .filter_map(|connects| line.find(connects))
        .min();
    at.and_then(|at| database_token(line, at))
        .is_some_and(|range| range.start <= NAME)
}

fn database_tokens(text: &[u8]) -> Vec<FoundUrl> {
    let starts = CONNECTS
        .iter()
        .flat_map(|connects| text.find_iter(connects));
    let token = |at: usize| {
        let range = database_token(text, at)?;
        let raw = text.get(range.clone())?;
        let url = BString::from([b"https://", raw].concat());
        is_presigned(&url).then(|| FoundUrl {
            text: url.clone(),
            url,
            fidelity: Fidelity::Unescaped,
            range,
            notes: vec!["the token is a presigned URL without its scheme: it is signed for https"],
        })
    };
    starts.filter_map(token).collect()
}

/// What a URL begins with, be it escaped.
const STARTS: [&str; 7] = [
    "https:", "http:", "wss:", "https\\:", "http\\:", "wss\\:", EKS,
];

fn is_start(text: &[u8]) -> bool {
    STARTS
        .iter()
        .any(|start| text.starts_with(start.as_bytes()))
}

/// No URL is put together from more lines, or to a longer text.
const LINES: usize = 200;
const LENGTH: usize = 64 << 10;

/// How far a URL reaches, and over how many lines: to white space or a quote, but on to the next
/// line where its signature is not whole and that line goes on as a URL does.
fn extent(text: &[u8], mail: bool) -> (usize, usize) {
    let mut end = line_end(text);
    let mut lines = 1;
    loop {
        let so_far = text.get(..end).unwrap_or(text);
        let rest = text.get(end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        let more = rest.get(blanks..).unwrap_or_default();
        let wrapped = rest.get(..blanks).unwrap_or_default().contains(&b'\n');
        let next = line_end(more);
        let piece = more.get(..next).unwrap_or_default();
        let behind = more
            .get(next..)
            .unwrap_or_default()
            .trim_start_with(|c| c == ' ');
        let alone = behind.is_empty() || behind.starts_with(b"\n") || behind.starts_with(b"\r");
        let closes = behind.first().is_some_and(|byte| b">)]\"'`".contains(byte));
        let soft = mail && so_far.ends_with(b"=");
        let goes_on = !is_start(piece) && !piece.is_empty() && (alone || closes);
        let longer = end + next > LENGTH || lines >= LINES;
        // It was broken before its query, which is what shows that it has one.
        let has_query = so_far.contains(&b'?') || piece.contains(&b'?');
        let before_query = has_query && !names_parameter(so_far) && names_parameter(piece);
        let broken = !is_whole(so_far) || before_query;
        if !wrapped || longer || !(soft || broken && goes_on) {
            return (end, lines);
        }
        end += blanks + next;
        lines += 1;
    }
}

fn line_end(text: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>|{}^".contains(byte);
    text.iter().position(ends).unwrap_or(text.len())
}

fn names_parameter(text: &[u8]) -> bool {
    text.to_ascii_lowercase().contains_str("x-amz-")
}

/// Whether a URL has a signature of 64 digits, or is none that should have one.
fn is_whole(url: &[u8]) -> bool {
    let lower = url.to_ascii_lowercase();
    let Some((_, behind)) = lower.rsplit_once_str("x-amz-signature") else {
        return !lower.contains_str("x-amz-") && !url.starts_with(EKS.as_bytes());
    };
    // Between the name and its digits stands an equals sign in one of its escapes.
    const SIGN: usize = "\\u003d".len();
    let digits = |text: &[u8]| {
        text.iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
    };
    (1..=SIGN).any(|from| digits(behind.get(from..).unwrap_or_default()) >= 64)
}

type Undone = (BString, Fidelity, Vec<&'static str>);

fn undo(raw: &[u8], mail: bool) -> Option<Undone> {
    let mut url = BString::from(raw);
    let mut notes = Vec::new();
    let mut fidelity = Fidelity::Exact;
    let mut change = |url: &mut BString, to: BString| {
        if *url != to {
            *url = to;
            fidelity = fidelity.min(Fidelity::Unescaped);
        }
    };
    if mail {
        let undone = quoted_printable(&url);
        change(&mut url, undone);
    }
    let joined: Vec<u8> = url
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    change(&mut url, joined.into());
    if let Some(inner) = forwarded(&url) {
        notes.push("the URL stood inside another one, which forwards to it");
        change(&mut url, inner);
    }
    if escaped_for_html(&url) {
        let undone = xml_text(&url);
        change(&mut url, undone);
    }
    if url.contains(&b'\\') {
        let undone = url
            .replace("\\u0026", "&")
            .replace("\\u003d", "=")
            .replace("\\u003D", "=")
            .replace("\\u002F", "/");
        let undone: Vec<u8> = undone.into_iter().filter(|byte| *byte != b'\\').collect();
        change(&mut url, undone.into());
    }
    let trimmed = trim(&url).into();
    url = trimmed;
    url.contains_str("://").then_some((url, fidelity, notes))
}

fn escaped_for_html(url: &[u8]) -> bool {
    url.contains_str("&amp;") && !url.contains_str("&X-Amz-") || url.contains_str("&#")
}

/// Whether what stands there is part of a page, in which an ampersand must be escaped.
fn is_in_markup(text: &[u8], start: usize) -> bool {
    const NEAR: usize = 200;
    let before = text.get(..start).unwrap_or_default();
    let before = before
        .get(before.len().saturating_sub(NEAR)..)
        .unwrap_or_default();
    let attribute = before
        .strip_suffix(b"\"")
        .or(before.strip_suffix(b"'"))
        .is_some_and(|before| before.trim_end().ends_with(b"="));
    attribute || before.trim_end().ends_with(b">") || text.contains_str("</")
}

/// How many digits a signature has.
const DIGITS: usize = 64;

/// Cuts what cannot be in the last value: behind a signature anything, else what ends a sentence.
fn trim(url: &[u8]) -> &[u8] {
    let last = url.rsplit_str("&").next().unwrap_or_default();
    if let Some((name, value)) = last.split_once_str("=")
        && name.eq_ignore_ascii_case(b"x-amz-signature")
    {
        let digits = value.iter().take_while(|byte| byte.is_ascii_hexdigit());
        let digits = digits.count();
        // One in Base64 goes on with other letters, and is the signer's own.
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"%+/=-_".contains(byte);
        if digits >= DIGITS || !value.get(digits).is_some_and(goes_on) {
            let end = url.len() - value.len() + digits;
            return url.get(..end).unwrap_or(url);
        }
    }
    url.trim_end_with(|c| matches!(c, ')' | '.' | ',' | ';' | ']' | '*'))
}

/// The URL inside one of a service that checks or counts links, decoded once.
fn forwarded(url: &[u8]) -> Option<BString> {
    let (_, query) = url.split_once_str("?")?;
    let own = query
        .split_str("&")
        .any(|pair| pair.to_ascii_lowercase().starts_with(b"x-amz-"));
    if own {
        return None;
    }
    let inner = ["url", "u", "q", "target", "to", "redirect"]
        .iter()
        .filter_map(|name| parameter(query, name))
        .find(|value| value.contains(&b':') || value.contains_str("-3A"))?;
    if inner.contains_str("://") {
        return Some(inner);
    }
    // Proofpoint's second form: `-` for `%`, `_` for `/`.
    let percent = inner.replace("_", "/").replace("-", "%");
    let decoded = percent_decode(&percent);
    decoded.contains_str("://").then_some(decoded)
}

fn token(raw: &[u8]) -> Option<Undone> {
    let text = raw.get(EKS.len()..)?;
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let text = text.trim_end_with(|c| matches!(c, '.' | ',' | ')'));
    let url = base64(text)?;
    let note = "the token is a presigned URL of STS; the header x-k8s-aws-id, which it signs, is not in it";
    url.contains_str("://")
        .then_some((url, Fidelity::Unescaped, vec![note]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://example-bin.s3.eu-west-3.amazonaws.com/notes/June%203.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20250102%2Feu-west-3%2Fs3%2Faws4_request&X-Amz-Date=20250102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b";

    fn one(text: &str) -> (String, Fidelity) {
        let found = find(text.as_bytes());
        let [found] = found.as_slice() else {
            panic!("{found:?} in {text}")
        };
        (found.url.to_string(), found.fidelity)
    }

    #[test]
    fn every_mangling_is_undone() {
        use Fidelity::{Exact, Reflowed, Unescaped};
        let encoded = URL
            .replace('%', "%25")
            .replace(':', "%3A")
            .replace('/', "%2F")
            .replace('?', "%3F")
            .replace('=', "%3D")
            .replace('&', "%26");
        let mail = URL.replace('=', "=3D");
        let (a, b) = mail.split_at(70);
        let (c, d) = b.split_at(71);
        let wrapped = format!("{}\n{}\n{}", &URL[..100], &URL[100..200], &URL[200..]);
        for (text, fidelity) in [
            (URL.to_owned(), Exact),
            (format!("<{URL}>"), Exact),
            (format!("[the file]({URL})."), Exact),
            (format!("see {URL}, please"), Exact),
            (format!("\"{URL}\""), Exact),
            (URL.replace('&', "&amp;"), Unescaped),
            (URL.replace('&', "&#38;"), Unescaped),
            (
                format!("{{\"url\":\"{}\"}}", URL.replace('&', "\\u0026")),
                Unescaped,
            ),
            (URL.replace('/', "\\/"), Unescaped),
            (URL.replace('=', "\\=").replace(':', "\\:"), Unescaped),
            (
                format!(
                    "https://eur01.safelinks.protection.outlook.com/?url={encoded}&data=05%7C01&reserved=0"
                ),
                Unescaped,
            ),
            (
                format!("https://www.google.com/url?q={encoded}&sa=D"),
                Unescaped,
            ),
            (format!("Hello,\n\n{a}=\n{c}=\n{d}\n\nBye=\n"), Unescaped),
            (wrapped.clone(), Reflowed),
            (format!("<{wrapped}>"), Reflowed),
        ] {
            assert_eq!(one(&text), (URL.into(), fidelity), "{text}");
        }
    }

    #[test]
    fn a_databases_token_is_a_url_without_its_scheme() {
        let token = "db.x.eu-west-3.rds.amazonaws.com:3306/?Action=connect&DBUser=a&X-Amz-Credential=A%2Fb&X-Amz-Signature=0";
        assert_eq!(
            one(&format!("PGPASSWORD=\"{token}\" psql")),
            (format!("https://{token}"), Fidelity::Unescaped)
        );
        assert_eq!(
            one(&format!("https://{token}")),
            (format!("https://{token}"), Fidelity::Exact)
        );
    }

    #[test]
    fn an_escape_is_the_urls_own_where_no_markup_calls_for_it() {
        let escaped = URL.replace('&', "&amp;");
        let text = |text: &str| find(text.as_bytes())[0].text.clone();
        for markup in [
            format!("<a href=\"{escaped}\">"),
            format!("<Url>{escaped}</Url>"),
            format!("<p>\n  {escaped}\n</p>"),
        ] {
            assert_eq!(text(&markup), URL, "{markup}");
        }
        for plain in [escaped.clone(), format!("url = \n{escaped}")] {
            assert_eq!(text(&plain), escaped, "{plain}");
        }
    }

    #[test]
    fn what_may_be_the_mistake_stays() {
        for url in [
            URL.replace("%2F", "/"),
            URL.replace("%2F", "%252F"),
            URL.replace("%2F", "%2f"),
            URL.replace("June%203", "June+3"),
            URL.replace("X-Amz", "x-amz"),
            format!("{URL}&X-Amz-Security-Token=a%2Fb%3D%3D"),
            URL.replace("https", "wss"),
            URL[..URL.len() - 3].to_owned(),
        ] {
            assert_eq!(one(&url), (url.clone(), Fidelity::Exact));
        }
    }

    #[test]
    fn an_eks_token_is_a_url() {
        let token = "k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0zLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eSZYLUFtei1TaWduYXR1cmU9YWI";
        assert_eq!(
            one(token),
            (
                "https://sts.eu-west-3.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=ab"
                    .into(),
                Fidelity::Unescaped
            )
        );
    }

    #[test]
    fn several_urls_stay_apart() {
        let text = format!("{URL}\n{URL}\nhttps://example.com/other\n");
        assert_eq!(find(text.as_bytes()).len(), 2);
        let cut = &URL[..150];
        let text = format!("{cut}\n{URL}\n");
        assert_eq!(find(text.as_bytes()).len(), 2);
    }
}
