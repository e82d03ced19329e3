use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Span},
    sigv4::{Authorization, CanonicalRequest, Signature, StringToSign},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step, Whole,
        artifact_finder::{Found, find, find_collected},
        artifact_grammar::{End, Kind, has_label, may_end},
        artifact_text,
        collected::Collected,
        dotnet_metrics,
        error_document::is_about_signing,
        headless, refusal, refusal_xml,
    },
    wire::Fidelity,
};

pub(super) static FORMAT: Format = Format {
    id: "bare-artifact",
    summary: "a canonical request, a string to sign or an Authorization value, as your own code prints them",
    page: "\
## How to get it
Print what your code signs, under any label or none, as text, as a Python repr, as JSON or with
`console.log`:
* the canonical request: method, path, query, headers, an empty line, signed headers, payload hash
* the string to sign: algorithm, timestamp, scope, digest
* the whole `Authorization` value

## What it holds
What the signer hashed and signed, byte for byte where it is printed raw or escaped. An artifact
that breaks its own grammar is read too: that may be the mistake.

## What it lacks
The request that was sent, and its body. Give it beside this file.
",
    markers: &[
        "canonical_request",
        "canonicalRequest",
        "CanonicalRequest: ",
        "StringToSign: ",
        "Canonical request",
        "canonical request",
        "Canonical Request",
        "CANONICAL REQUEST",
        "CANONICAL_REQUEST",
        "CanonicalRequest =",
        "CanonicalRequest=",
        "canonical_string",
        "canonicalString",
        "Canonical string",
        "canonical string",
        "Canonical String",
        "string_to_sign",
        "stringToSign",
        "String to sign",
        "String To Sign",
        "string to sign",
        "STRING TO SIGN",
        "STRING_TO_SIGN",
        "StringToSign =",
        "StringToSign=",
        "AWS4-HMAC-SHA256",
    ],
    breadth: Breadth::General,
    recognise,
    start: |whole| {
        Box::new(BareArtifact {
            whole,
            held: Collected::default(),
            open: Open::No,
            attempts: Vec::new(),
        })
    },
};

/// An input that begins with an artifact or its label, and holds no request beside it.
pub(super) fn recognise(head: &[u8]) -> Likeness {
    const NEAR: usize = 200;
    let text = head.trim_start();
    let first = text.lines().next().unwrap_or_default().trim();
    let others = [
        dotnet_metrics::MARKER,
        " HTTP/",
        "curl ",
        "DEBUG",
        "TRACE",
        "INFO",
        "aws_sigv4",
        "Signature:\n",
    ];
    let tag = [&b"<CanonicalRequest>"[..], b"<StringToSign>"].contains(&first);
    let botocore = [&b"CanonicalRequest:"[..], b"StringToSign:", b"Signature:"];
    if botocore.contains(&first)
        || text.starts_with(b"<") && !tag
        || others.iter().any(|other| text.contains_str(other))
    {
        return Likeness::None;
    }
    match find(text).first() {
        Some(found) if found.range.start == 0 => Likeness::Sure,
        Some(found) if found.range.start <= NEAR => Likeness::Faint,
        _ => Likeness::None,
    }
}

struct BareArtifact {
    whole: Whole,
    held: Collected,
    open: Open,
    attempts: Vec<Attempt>,
}

/// What an artifact that began waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Open {
    No,
    /// Its form shows only further below.
    Form,
    /// The end of a canonical request.
    End,
    /// Whether the line below a string to sign is an empty one.
    Below,
}

/// In a log, nothing longer is waited for.
const LINES: usize = 310;
/// Where nothing was found in so many lines, only the last of them may still begin something.
const BARREN: usize = 16;
const LAST: usize = 8;

impl Reader for BareArtifact {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.whole == Whole::Document {
            self.held.push(line);
            return Step::More;
        }
        if self.open == Open::Below {
            if line.text().trim().is_empty() {
                self.held.push(line);
            }
            self.take(sink);
        }
        let alone = self.held.len() == 0;
        let in_url = || line.text().contains_str("X-Amz-Signature=");
        if alone && (!has_label(line.text()) || in_url()) {
            return Step::Pass;
        }
        self.held.push(line);
        if self.open != Open::End || may_end(line.text()) {
            self.open = waits(self.held.text());
        }
        if self.open == Open::Form && self.held.len() > BARREN {
            self.held.keep_last(LAST);
        }
        if self.open != Open::No && self.held.len() < LINES {
            return Step::More;
        }
        self.take(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.take(sink);
        for attempt in std::mem::take(&mut self.attempts) {
            let case = |number| Case {
                number,
                format: FORMAT.id,
                attempts: vec![attempt],
                hints: Vec::new(),
            };
            match self.whole {
                Whole::Document => {
                    let number = sink.number();
                    sink.case(case(number));
                }
                Whole::Log => sink.leftover(case(0)),
            }
        }
    }
}

/// Gives away the canonical requests that stand by themselves in lines which no reader took.
pub(super) fn unlabelled(held: &Collected, sink: &mut Sink<'_>) {
    let text = held.text();
    let is_alone = |found: &Found| {
        let before = text.get(..found.range.start).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next();
        let is_opening = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`b([>|".contains(byte);
        found.kind == Kind::CanonicalRequest && line.unwrap_or_default().iter().all(is_opening)
    };
    let (artifacts, _) = find_collected(held);
    for found in artifacts.into_iter().filter(is_alone) {
        let Some(span) = held.place(found.range.start, found.range.len()) else {
            continue;
        };
        let mut attempt = Attempt::default();
        claim(&mut attempt, found, span);
        sink.leftover(Case {
            number: 0,
            format: FORMAT.id,
            attempts: vec![attempt],
            hints: Vec::new(),
        });
    }
}

/// Whether an artifact that began may go on below: it is not whole, or only its label stands
/// there yet.
fn waits(text: &[u8]) -> Open {
    const BELOW: usize = 3;
    match find(text).last() {
        Some(found) if found.end != End::Open => {
            let behind = text.get(found.range.end..).unwrap_or_default();
            let is_last = behind
                .find_byte(b'\n')
                .is_none_or(|at| at + 1 == behind.len());
            match found.kind == Kind::StringToSign && found.end == End::Whole && is_last {
                true => Open::Below,
                false => Open::No,
            }
        }
        Some(found) if found.kind == Kind::CanonicalRequest => Open::End,
        Some(_) => Open::Form,
        None => {
            let begun = || text.lines().rev().take(LAST).any(is_begun);
            if text.lines().count() <= BELOW || begun() {
                Open::Form
            } else {
                Open::No
            }
        }
    }
}

/// Whether a line alone begins an artifact whose form shows only further below.
fn is_begun(line: &[u8]) -> bool {
    let line = line.trim_end();
    [
        "GET",
        "PUT",
        "POST",
        "HEAD",
        "DELETE",
        "PATCH",
        "AWS4-HMAC-SHA256",
    ]
    .iter()
    .any(|start| line.ends_with(start.as_bytes()))
}

impl BareArtifact {
    /// Turns what was collected into claims, and begins another attempt where a kind comes again.
    fn take(&mut self, sink: &mut Sink<'_>) {
        self.open = Open::No;
        let held = std::mem::take(&mut self.held);
        let text = held.text();
        let bodies = refusal_xml::places(text);
        let settled = self.attempts.len().saturating_sub(1);
        let (artifacts, given_up) = find_collected(&held);
        if let Some(place) = given_up.and_then(|at| held.place(at, 1)) {
            sink.note(GIVEN_UP, place);
        }
        if self.whole == Whole::Document
            && let Some(place) = headless::find(text).and_then(|at| held.place(at.start, at.len()))
        {
            sink.note(headless::FIRST_LINE, place);
        }
        for found in artifacts {
            let inside = |place: &std::ops::Range<usize>| place.contains(&found.range.start);
            if bodies.iter().any(inside) {
                continue;
            }
            let Some(span) = held.place(found.range.start, found.range.len()) else {
                continue;
            };
            let fits = self.attempts.last().is_some_and(|last| fits(last, &found));
            if !fits {
                self.attempts.push(Attempt::default());
            }
            if let Some(attempt) = self.attempts.last_mut() {
                claim(attempt, found, span);
            }
        }
        for body in bodies {
            let Some(text) = text.get(body.clone()) else {
                continue;
            };
            let refusal = refusal_xml::parse(text).filter(is_about_signing);
            let span = held.place(body.start, body.len());
            if let (Some(refusal), Some(span)) = (refusal, span) {
                if self.attempts.is_empty() {
                    self.attempts.push(Attempt::default());
                }
                if let Some(attempt) = self.attempts.last_mut() {
                    refusal::add(attempt, text.as_bstr(), refusal, Fidelity::Exact, &span);
                }
            }
        }
        self.attempts.iter_mut().skip(settled).for_each(settle);
        if self.whole == Whole::Log && self.attempts.len() > 64 {
            self.attempts.remove(0);
        }
    }
}

const GIVEN_UP: &str =
    "too much begins like an artifact and is none: from here on, no more artifacts were looked for";

/// Whether an artifact is of the same request: it is the first of its kind, or the same again.
pub(super) fn fits(attempt: &Attempt, found: &Found) -> bool {
    fn takes<T>(claims: &[Claim<T>], text: &BString) -> bool {
        let own = claims.iter().filter(|claim| claim.party == Party::Signer);
        own.clone().all(|claim| claim.text == *text)
    }
    match found.kind {
        Kind::CanonicalRequest => takes(&attempt.canonical_requests, &found.text),
        Kind::StringToSign => takes(&attempt.strings_to_sign, &found.text),
        Kind::Authorization => takes(&attempt.authorizations, &found.text),
        Kind::Signature => takes(&attempt.signatures, &found.text),
    }
}

pub(super) fn claim(attempt: &mut Attempt, found: Found, span: Span) {
    fn add<T>(
        claims: &mut Vec<Claim<T>>,
        found: Found,
        span: Span,
        parse: fn(&[u8]) -> Result<T, crate::wire::ParseError>,
    ) {
        let claim = Claim::parse(found.text, parse, Party::Signer, found.fidelity, span);
        if !claims.iter().any(|held| held.text == claim.text) {
            claims.push(claim);
        }
    }
    match found.kind {
        Kind::CanonicalRequest => {
            let parse = CanonicalRequest::parse;
            add(&mut attempt.canonical_requests, found, span, parse);
        }
        Kind::StringToSign => add(
            &mut attempt.strings_to_sign,
            found,
            span,
            StringToSign::parse,
        ),
        Kind::Authorization => add(
            &mut attempt.authorizations,
            found,
            span,
            Authorization::parse,
        ),
        Kind::Signature => add(&mut attempt.signatures, found, span, Signature::parse),
    }
}

/// A canonical request that hashes to the digest in its string to sign is exact, in whichever form
/// it was printed. Where none does, the text stays: the signer may have signed something else.
pub(super) fn settle(attempt: &mut Attempt) {
    let own = |claim: &&Claim<StringToSign>| claim.party == Party::Signer;
    let string = attempt.strings_to_sign.iter().find(own);
    let Some(digest) = string.and_then(|claim| artifact_text::digest_of(&claim.text)) else {
        return;
    };
    for claim in &mut attempt.canonical_requests {
        if claim.party != Party::Signer {
            continue;
        }
        let (text, fidelity) =
            artifact_text::canonical_request(&claim.text, claim.fidelity, Some(digest));
        if fidelity == Fidelity::Exact {
            claim.parsed = CanonicalRequest::parse(&text);
            claim.text = text;
            claim.fidelity = fidelity;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence::InputId, source::read_all};

    const CANONICAL: &str = "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:events.eu-west-3.amazonaws.com\nx-amz-date:20250102T030405Z\nx-amz-target:AWSEvents.ListRules\n\ncontent-type;host;x-amz-date;x-amz-target\n55522f708dcfebccb7bd3e8d0001a53ecaf2beca9ca801f1e9161e24215faa99";
    const STRING: &str = "AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/eu-west-3/events/aws4_request\n0aa9d016323e8f741ae5835a5dc7ef5629168db7cf321a8fb1207d502d9e949b";
    const SIGNATURE: &str = "87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b";
    const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/eu-west-3/events/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b";

    fn one(text: &str) -> Attempt {
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let [case] = cases.as_slice() else {
            panic!("{} cases in {text}", cases.len())
        };
        assert_eq!(case.format, "bare-artifact", "{text}");
        let [attempt] = case.attempts.as_slice() else {
            panic!()
        };
        attempt.clone()
    }

    fn both(text: &str) {
        let attempt = one(text);
        let canonical = attempt.canonical_request(Party::Signer);
        let canonical = canonical.unwrap_or_else(|| panic!("no canonical request in {text}"));
        assert_eq!(canonical.text, CANONICAL, "{text}");
        assert_eq!(canonical.fidelity, Fidelity::Exact, "{text}");
        let string = attempt.string_to_sign(Party::Signer);
        let string = string.unwrap_or_else(|| panic!("no string to sign in {text}"));
        assert_eq!(string.text, STRING, "{text}");
    }

    #[test]
    fn a_string_over_the_text_itself_is_whole() {
        let (front, _) = STRING.rsplit_once('\n').unwrap();
        let text =
            format!("canonical_request:\n{CANONICAL}\n\nstring_to_sign: {front}\n{CANONICAL}\n");
        let attempt = one(&text);
        let string = attempt.string_to_sign(Party::Signer).unwrap();
        assert_eq!(string.text, format!("{front}\n{CANONICAL}"));
    }

    #[test]
    fn any_label_and_none() {
        let (c, s) = (CANONICAL, STRING);
        for text in [
            format!("{c}\n\n{s}\n"),
            format!("canonical_request:\n{c}\nstring_to_sign:\n{s}\n"),
            format!("Canonical request = {c}\nString to sign = {s}\n"),
            format!("---- canonical request ----\n{c}\n---- string to sign ----\n{s}\n----\n"),
            format!("creq\n{c}\n\nsts\n{s}"),
            format!(
                "<CanonicalRequest>\n{c}\n</CanonicalRequest>\n<StringToSign>\n{s}\n</StringToSign>"
            ),
            format!(
                "DEBUG some line\n2025-01-02 canonicalRequest => {c}\nother\n2025 stringToSign => {s}\nmore\n"
            ),
            format!(
                "[t] [DEBUG] [Signer:143:main] - CanonicalRequest: {c}\n[t] [DEBUG] [Signer:50:main] - StringToSign: {s}\n"
            ),
            format!("canonicalString():\n[{c}]\nstringToSign():\n[{s}]\n"),
            format!("Canonical Request:\n\"{c}\"\nString To Sign:\n\"{s}\"\n"),
            format!("canonical_request=\"\"\"{c}\"\"\"\nstring_to_sign=\"\"\"{s}\"\"\"\n"),
            format!(
                "canonical_request: {}\nstring_to_sign: {}\n",
                c.replace('\n', "\\n"),
                s.replace('\n', "\\n")
            ),
            format!(
                "canonical_request='{}'\nstring_to_sign=b'{}'\n",
                c.replace('\n', "\\n"),
                s.replace('\n', "\\n")
            ),
            format!(
                "{{\"canonicalRequest\":\"{}\",\"stringToSign\":\"{}\"}}\n",
                c.replace('\n', "\\n"),
                s.replace('\n', "\\n")
            ),
            format!(
                "{{ a: 1,\n  canonicalRequest: '{}',\n  stringToSign: '{}' }}\n",
                c.replace('\n', "\\n' +\n    '"),
                s.replace('\n', "\\n' +\n    '")
            ),
            format!(
                "('{}')\n('{}')\n",
                c.replace('\n', "\\n'\n '"),
                s.replace('\n', "\\n'\n '")
            ),
            format!(
                "Canonical request:\n    {}\nString to sign:\n    {}\n",
                c.replace('\n', "\n    "),
                s.replace('\n', "\n    ")
            ),
            format!(
                "canonical request: {}\nstring to sign: {}\n",
                c.replace('\n', " "),
                s.replace('\n', " ")
            ),
            format!("{c}\r\n\r\n{s}\r\n")
                .replace("\r\n", "\n")
                .replace('\n', "\r\n"),
        ] {
            both(&text);
        }
    }

    #[test]
    fn an_authorization_and_a_signature() {
        for text in [
            AUTHORIZATION.to_owned(),
            format!("Authorization: {AUTHORIZATION}\n"),
            format!("{{'Authorization': '{AUTHORIZATION}', 'x-amz-date': '20250102T030405Z'}}"),
            format!("some\nlog\nauthorization = \"{AUTHORIZATION}\",\n"),
        ] {
            let attempt = one(&text);
            assert_eq!(attempt.authorizations[0].text, AUTHORIZATION);
            assert_eq!(attempt.authorization().unwrap().signature, SIGNATURE);
        }
        let attempt = one(&format!("{STRING}\nsignature: {SIGNATURE}\n"));
        assert_eq!(attempt.signatures[0].text, SIGNATURE);
    }

    #[test]
    fn wrong_artifacts_are_claims_too() {
        let no_blank = CANONICAL.replace("\n\ncontent-type;", "\ncontent-type;");
        let url = CANONICAL.replace("\n/\n", "\nhttps://events.eu-west-3.amazonaws.com/\n");
        let capitals = CANONICAL.replace("host:events", "Host:events");
        let lower = CANONICAL.replace("POST", "post");
        for wrong in [no_blank, url, capitals, lower] {
            let digest = crate::sigv4::Sha256Digest::of(wrong.as_bytes());
            let string = format!("{}\n{digest}", STRING.rsplit_once('\n').unwrap().0);
            let attempt = one(&format!(
                "canonical_request:\n{wrong}\nstring_to_sign:\n{string}\n"
            ));
            let claim = attempt.canonical_request(Party::Signer).unwrap();
            assert_eq!(claim.text, wrong);
            assert!(attempt.string_to_sign(Party::Signer).is_some());
        }
        let no_terminator = STRING.replace("/aws4_request", "");
        let attempt = one(&format!("string_to_sign:\n{no_terminator}\n"));
        let claim = attempt.string_to_sign(Party::Signer).unwrap();
        assert_eq!(claim.text, no_terminator);
        assert!(claim.parsed.is_err());
        let no_hash = &CANONICAL[..CANONICAL.len() - 65];
        let attempt = one(&format!(
            "canonical request:\n{no_hash}\n\nstring to sign:\n{STRING}\n"
        ));
        let claim = attempt.canonical_request(Party::Signer).unwrap();
        assert_eq!(claim.text, no_hash);
    }

    #[test]
    fn what_was_signed_with_a_line_feed_is_said_to_be_so() {
        let signed = format!("{CANONICAL}\n");
        let digest = crate::sigv4::Sha256Digest::of(signed.as_bytes());
        let string = format!("{}\n{digest}", STRING.rsplit_once('\n').unwrap().0);
        let attempt = one(&format!("{CANONICAL}\n\n{string}\n"));
        let claim = attempt.canonical_request(Party::Signer).unwrap();
        assert_eq!(
            (&claim.text, claim.fidelity),
            (&BString::from(signed), Fidelity::Exact)
        );
    }

    #[test]
    fn a_refusal_below_is_the_services() {
        let service = CANONICAL.replace("events.eu", "other.eu");
        let text = format!(
            "canonical_request:\n{CANONICAL}\nstring_to_sign:\n{STRING}\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message><CanonicalRequest>{service}</CanonicalRequest></Error>\n"
        );
        let attempt = one(&text);
        assert_eq!(
            attempt.canonical_request(Party::Service).unwrap().text,
            service
        );
        assert_eq!(
            attempt.canonical_request(Party::Signer).unwrap().text,
            CANONICAL
        );
        assert_eq!(attempt.refusals.len(), 1);
    }

    /// How many lines are held at most while a log of a line and its repeats is read.
    fn most_held(text: &str) -> usize {
        let mut emit = |_| {};
        let mut sink = Sink::new(InputId(0), &mut emit);
        let mut reader = BareArtifact {
            whole: Whole::Log,
            held: Collected::default(),
            open: Open::No,
            attempts: Vec::new(),
        };
        let lines = text.split_inclusive('\n').enumerate().map(|(number, raw)| {
            let line = Line {
                raw: raw.as_bytes(),
                number: number as u64,
                offset: 0,
                input: InputId(0),
                cut: false,
                taken: crate::source::Taken::AS_IT_STANDS,
            };
            reader.line(&line, &mut sink);
            reader.held.len()
        });
        lines.max().unwrap_or_default()
    }

    #[test]
    fn what_begins_again_and_again_is_not_held() {
        assert_eq!(most_held(&"AWS4-HMAC-SHA256\n".repeat(400)), BARREN);
        assert_eq!(most_held(&"x canonical request: GET\n".repeat(400)), BARREN);
        let open = format!("canonical request:\nGET\n/\n{}", "a:b\n".repeat(400));
        assert_eq!(most_held(&open), LINES - 1);
    }

    #[test]
    fn a_search_that_never_ends_is_given_up_and_said_so() {
        let line = " GET\\n".repeat(100_000);
        let text = format!("DEBUG x\nlog AWS4-HMAC-SHA256 x {line}\n");
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        assert!(cases.is_empty());
        assert_eq!(notes[0].message, GIVEN_UP);
    }

    #[test]
    fn two_requests_are_two_cases() {
        let other = CANONICAL.replace("ListRules", "PutRule");
        let text = format!("{CANONICAL}\n\n{STRING}\n\n{other}\n");
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        assert_eq!(cases.len(), 2);
    }

    #[test]
    fn no_cut_panics() {
        let text = format!(
            "x\ncanonical_request: '{}' + \nstring to sign:\n{STRING}\nAuthorization: {AUTHORIZATION}\n{CANONICAL}",
            CANONICAL.replace('\n', "\\n")
        );
        for end in 0..=text.len() {
            read_all(InputId(0), &mut &text.as_bytes()[..end]);
        }
    }
}
