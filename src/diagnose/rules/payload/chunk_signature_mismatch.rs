use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::capitals::capitalised,
    diagnose::{Check, Circumstance, Examination, Fix, Link, Observation, Rule, RuleStage, Tier},
    sigv4::{ChunkSigning, ChunkedBody, Sha256Digest},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "chunk-signature-mismatch",
    summary: "the signature of a chunk does not follow from the one before it",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
An upload in chunks (`Content-Encoding: aws-chunked`) carries a signature for each chunk, made over
the signature before it; the first is made over the request's own. One of the chain is another: the
chain was begun anew at each chunk, a line of the text that is signed is missing, or the bytes were
changed on the way. The same goes for the trailer's `x-amz-trailer-signature`.

## How it shows
403 `SignatureDoesNotMatch` whose `StringToSign` begins with `AWS4-HMAC-SHA256-PAYLOAD` (or
`-TRAILER`): the request's own signature was right by then.

## How it is proved
With the secret the chain is derived from the request's own signature on, and the first signature
that departs is named. The mistakes that signers make are made on it: when one comes out as sent, it
is proven. Without the secret, the service's `StringToSign` says over which signature it computed, and
so at which chunk it stopped.

## Fix
Sign each chunk over the signature of the chunk before it, as 64 lower-case hex digits; the hash of no
bytes and the hash of the chunk's own bytes, without its first line and its line breaks, are the last
two lines. Let nothing rewrite the body.

## Seen in
aws-amplify/aws-sdk-ios#174, versity/versitygw#1056
",
    check: Check::Chain { observe, forms },
    fix,
};

/// The chunk at which the service stopped, by the signature that its own text is made over.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let text = it
        .refusal()
        .and_then(|refusal| refusal.detail("StringToSign"));
    let lines: Vec<&BStr> = match text {
        Some(text) => text.lines().map(ByteSlice::as_bstr).collect(),
        None => return Vec::new(),
    };
    let of_chunk = lines
        .first()
        .is_some_and(|line| *line == ChunkSigning::CHUNK);
    let of_trailer = lines
        .first()
        .is_some_and(|line| *line == ChunkSigning::TRAILER);
    let (true, Some(previous)) = (of_chunk || of_trailer, lines.get(3)) else {
        return Vec::new();
    };
    let mut observation = Observation::new(Circumstance::Stated);
    let body = it.request().and_then(|request| request.body.bytes());
    let body = body.and_then(|body| ChunkedBody::parse(body).ok());
    let Some(body) = body.filter(|_| of_chunk) else {
        return vec![match of_trailer {
            true => observation.named("the trailer"),
            false => observation,
        }];
    };
    let seed = it
        .stated()
        .map(|stated| stated.authorization.signature.as_bstr());
    let before = std::iter::once(seed).chain(body.chunks.iter().map(|chunk| chunk.signature));
    let at = before
        .into_iter()
        .position(|signature| signature == Some(*previous));
    let Some((at, chunk)) = at.and_then(|at| Some((at, body.chunks.get(at)?))) else {
        return vec![observation];
    };
    observation = observation.named(format!("chunk {} of {}", at + 1, body.chunks.len()));
    let own = Sha256Digest::of(chunk.data).to_string();
    if let Some(theirs) = lines.last() {
        observation = match *theirs == own.as_bytes() {
            true => {
                observation.sign("the service hashed the same bytes: the signature is the mistake")
            }
            false => observation
                .sign("the service hashed other bytes: they were changed after the capture")
                .shows(own, *theirs),
        };
    }
    let place = chunk.signature.and_then(|signature| it.locate(signature));
    vec![observation.at(place)]
}

/// The texts that a signer may have signed in place of the right one.
fn forms(link: &Link<'_>) -> Vec<(&'static str, BString)> {
    let previous = link.previous();
    let right = link.string_to_sign();
    let first = |line: &str| {
        let rest = right
            .split_once_str("\n")
            .map_or(&b""[..], |(_, rest)| rest);
        BString::from([line.as_bytes(), b"\n", rest].concat())
    };
    let mut forms = vec![
        (
            "signed over the request's own signature",
            link.over(&link.seed()),
        ),
        ("signed over nothing", link.over(b"")),
        (
            "signed over the signature in capitals",
            link.over(&previous.to_ascii_uppercase()),
        ),
        (
            "AWS4-HMAC-SHA256 is the first line",
            first("AWS4-HMAC-SHA256"),
        ),
        (
            "the keyword of the request is the first line",
            first("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ),
        (
            "a line feed stands at the end",
            [&right[..], b"\n"].concat().into(),
        ),
    ];
    let without = |at: usize| {
        let lines: Vec<&[u8]> = right.split_str("\n").collect();
        let kept = lines.iter().enumerate().filter(|(line, _)| *line != at);
        BString::from(kept.map(|(_, line)| *line).collect::<Vec<_>>().join(&b'\n'))
    };
    forms.push(("the signature before it is left out", without(3)));
    forms.push(("the scope is left out", without(2)));
    forms.push(("the time is left out", without(1)));
    forms.push(("the first line is left out", without(0)));
    let with = |change: fn(&mut Vec<&[u8]>)| {
        let mut lines: Vec<&[u8]> = right.split_str("\n").collect();
        change(&mut lines);
        BString::from(lines.join(&b'\n'))
    };
    match link.data() {
        Some(data) => {
            forms.push(("the hash of no bytes is left out", without(4)));
            forms.push((
                "the hash of no bytes is an empty line",
                with(|lines| {
                    if let Some(line) = lines.get_mut(4) {
                        *line = b"";
                    }
                }),
            ));
            forms.push((
                "the hash of the chunk stands before that of no bytes",
                with(|lines| {
                    if lines.len() > 5 {
                        lines.swap(4, 5);
                    }
                }),
            ));
            forms.push((
                "the first line is that of a trailer",
                first("AWS4-HMAC-SHA256-TRAILER"),
            ));
            let all: Vec<u8> = link
                .body
                .chunks
                .iter()
                .flat_map(|chunk| chunk.data)
                .copied()
                .collect();
            let head = format!("{:x}\r\n", data.len());
            let framed = [head.as_bytes(), data, b"\r\n"].concat();
            for (form, text) in [
                ("the whole payload was hashed", all),
                (
                    "the chunk was hashed with its line break",
                    [data, b"\r\n"].concat(),
                ),
                ("the chunk was hashed with its size and line breaks", framed),
                ("no bytes were hashed", Vec::new()),
            ] {
                forms.push((form, link.signing.of_chunk(&previous, &text)));
            }
        }
        None => {
            let canonical = link.body.trailer.canonical();
            let of = |text: &[u8]| link.signing.of_trailer(&previous, text);
            let names = link.body.trailer.fields.iter();
            let as_sent: Vec<u8> = names
                .flat_map(|(name, value)| [name.as_bytes(), b":", value.trim(), b"\n"].concat())
                .collect();
            let mut in_capitals = Vec::with_capacity(canonical.len());
            for line in canonical.lines_with_terminator() {
                let colon = line.find_byte(b':').unwrap_or(line.len());
                let (name, value) = line.split_at(colon);
                in_capitals.extend(capitalised(name));
                in_capitals.extend_from_slice(value);
            }
            let nothing = Sha256Digest::OF_NOTHING.to_string();
            let mut lines: Vec<&[u8]> = right.split_str("\n").collect();
            lines.insert(lines.len().min(4), nothing.as_bytes());
            forms.extend([
                (
                    "the hash of no bytes stands before its own",
                    lines.join(&b'\n').into(),
                ),
                (
                    "the first line is that of a chunk",
                    first("AWS4-HMAC-SHA256-PAYLOAD"),
                ),
                ("the names were hashed as they are sent", of(&as_sent)),
                ("the names were hashed with capitals", of(&in_capitals)),
                (
                    "the lines were hashed with CR LF",
                    of(&canonical.replace("\n", "\r\n")),
                ),
                (
                    "the last line feed was not hashed",
                    of(canonical.trim_end()),
                ),
                (
                    "a space stands behind the colon",
                    of(&canonical.replace(":", ": ")),
                ),
                (
                    "it was signed as a chunk",
                    link.signing.of_chunk(&previous, &canonical),
                ),
            ]);
        }
    }
    forms.retain(|(_, text)| *text != right);
    forms
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("sign each chunk over the signature before it, and let nothing rewrite the body")
}
