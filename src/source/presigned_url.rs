use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Case, Claim, Party},
    source::{
        Breadth, Format, Likeness, Sink, Whole,
        collected::Collected,
        pasted::Pasted,
        url_finder,
        url_finder::{EKS, FoundUrl, is_presigned, is_version_2},
    },
    wire::{Body, Fidelity, Origin, Request, target::parameter},
};

pub(super) static FORMAT: Format = Format {
    id: "presigned-url",
    summary: "a presigned URL, as it stands in code, mail, HTML or JSON, or as EKS's token",
    page: "\
## How to get it
Paste the URL into a file, as you have it: line breaks of a mail, `&amp;` and `\\u0026`, quotes and
brackets around it do no harm. The token of `aws eks get-token` is one too, and so is that of `aws rds
generate-db-auth-token` and its kin for ElastiCache, MemoryDB and DSQL.

## What it holds
The whole query that was signed: credential, date, lifetime, signed headers, session token and
signature.

## What it lacks
The method and the headers that are sent with it: `GET` and the URL's host are assumed. For an
upload, give the request as raw HTTP or as a curl command. A session token in it stands in clear.
",
    markers: &["X-Amz-Signature=", "x-amz-signature=", EKS],
    breadth: Breadth::General,
    recognise,
    start: |whole| URLS.reader(whole),
};

/// A short text with a URL in it that was broken over lines, and nothing else that is read: of such
/// a URL a log shows a line at a time.
fn is_broken_in_text(text: &[u8]) -> bool {
    const SHORT: usize = 8 << 10;
    const OTHERS: [&str; 5] = [
        "AWS4-HMAC-SHA256 Cred",
        "<Error",
        "__type",
        "Exception",
        "HTTP/1.",
    ];
    // In a canonical request a URL may stand where the path belongs.
    let is_artifact = |line: &[u8]| {
        let is_method = ["GET", "PUT", "POST", "HEAD", "DELETE"];
        line.starts_with(b"AWS4-")
            || is_method
                .iter()
                .any(|method| line.trim() == method.as_bytes())
    };
    text.len() <= SHORT
        && !text.lines().any(is_artifact)
        && !OTHERS.iter().any(|other| text.contains_str(other))
        && url_finder::find(text)
            .iter()
            .any(|found| found.fidelity == Fidelity::Reflowed)
}

/// A URL, with no more before it on its line than opens a quote or names it.
fn recognise(head: &[u8]) -> Likeness {
    const NAME: usize = 60;
    let text = head.trim_start();
    let first = text.lines().next().unwrap_or_default();
    let at = ["https:", "http:", "wss:", EKS]
        .iter()
        .filter_map(|start| first.find(start))
        .min();
    let command = ["curl", "wget", "GET ", "PUT ", "POST ", "HEAD ", "{", "<"]
        .iter()
        .any(|start| first.starts_with(start.as_bytes()) && !first.starts_with(b"<http"));
    let is_token = || url_finder::is_database_token(first);
    match at {
        Some(at) if at <= NAME && !command => {}
        None if !command && is_token() => {}
        None if is_broken_in_text(text) => return Likeness::Faint,
        _ => return Likeness::None,
    }
    let others = text.lines().filter(|line| line.contains(&b' ')).count();
    if url_finder::find(text).is_empty() || others > 3 {
        Likeness::None
    } else {
        Likeness::Sure
    }
}

static URLS: Pasted<FoundUrl> = Pasted {
    holds: |line| is_presigned(line) || line.contains_str(EKS),
    find: url_finder::find,
    none: "expected a URL with X-Amz-Signature, found none",
    give,
};

fn give(found: FoundUrl, whole: Whole, held: &Collected, sink: &mut Sink<'_>) {
    let place = held.place(found.range.start, found.range.len());
    let (Some(place), Some((origin, target))) = (place, Origin::split(&found.url)) else {
        return;
    };
    let document = whole == Whole::Document;
    let query = crate::wire::target::split(&target).1.unwrap_or_default();
    let mut notes: Vec<&str> = found.notes;
    if is_version_2(query) && !query.contains_str("X-Amz-") {
        notes.push("the URL is signed with Signature Version 2, which is not examined");
        if document {
            notes
                .iter()
                .for_each(|note| sink.note(*note, place.clone()));
        }
        return;
    }
    notes.push("a URL has no method and no headers: GET, and its own host, are assumed");
    match parameter(query, "X-Amz-Signature") {
            None => notes.push(
                "expected X-Amz-Signature, found the end of the URL: a shell cuts it at an & outside quotes",
            ),
            Some(signature)
                if signature.len() < 64 && signature.iter().all(u8::is_ascii_hexdigit) =>
            {
                notes.push("expected 64 digits of X-Amz-Signature, found fewer: the URL is cut");
            }
            Some(_) => {}
        }
    let request = Request {
        method: "GET".into(),
        target,
        origin: Some(origin),
        headers: Vec::new(),
        body: Body::Captured("".into()),
    };
    let (party, fidelity) = (Party::Signer, found.fidelity);
    // A log is given line by line: what stands around the URL is not seen.
    let text = if document { found.text } else { found.url };
    let claim = Claim::of(text, request, party, fidelity, place.clone());
    let case = Case {
        number: 0,
        format: FORMAT.id,
        attempts: vec![Attempt {
            requests: vec![claim],
            ..Attempt::default()
        }],
        hints: Vec::new(),
    };
    if !document {
        return sink.leftover(case);
    }
    let number = sink.number();
    sink.case(Case { number, ..case });
    for note in notes {
        sink.note(note, place.clone());
    }
}
