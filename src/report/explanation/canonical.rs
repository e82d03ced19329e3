use bstr::{BStr, BString, ByteSlice};

use super::{
    compared::{About, Compared, Held},
    source::{self, Source},
    step::{Departure, Line, Step},
};
use crate::{
    compare::CanonicalParts,
    diagnose::{Rule, RuleStage},
    sigv4::{
        CanonicalQueryPair, PathEncoding, PathNormalization, PayloadHash, PayloadRule, Placement,
        SessionTokenPlacement, Sha256Digest, normalize,
    },
    wire::{
        HeaderField, Request,
        target::{RawPair, pairs, percent_decode},
    },
};

const INTRO: &str = "\
One request can be written in many ways that mean the same: header names in any case, query pairs in \
any order. Client and service must hash the very same bytes, so each first brings the request into \
one form, the canonical request: method, path, query, a line for each signed header, an empty line, \
the names of the signed headers, the hash of the body.";

/// Step 1: the canonical request, each line traced to what it came from.
pub(super) fn step(of: &Compared<'_>) -> Step {
    let parts = CanonicalParts::of(&of.signed);
    let right = of.right.as_ref().map(|text| CanonicalParts::of(text));
    let right = right.as_ref();
    let mut lines = vec![
        method(of, &parts, right),
        uri(of, &parts, right),
        query(of, &parts, right),
    ];
    lines.extend(headers(of, &parts, right));
    lines.push(
        Line::new("empty line", "", &source::CANONICAL)
            .from("always")
            .done(
                "ends the headers",
                "without it the last header and the list below could be mistaken for one another",
            ),
    );
    lines.push(signed_headers(of, &parts, right));
    lines.push(payload_hash(of, &parts, right));
    let shown: Vec<&'static Rule> = lines
        .iter()
        .filter_map(|line| match line.departure {
            Departure::Cause { rule, .. } => rule,
            _ => None,
        })
        .collect();
    let stages = [
        RuleStage::Target,
        RuleStage::Path,
        RuleStage::Query,
        RuleStage::Header,
        RuleStage::Payload,
        RuleStage::Text,
    ];
    let [findings, possible] = of.left(&stages, &shown);
    Step {
        number: 1,
        name: "Create a canonical request",
        intro: INTRO,
        deviations: deviations(of, &parts),
        lines,
        remarks: unsigned(of, &parts).into_iter().collect(),
        findings,
        possible,
        source: &source::CANONICAL,
    }
}

fn request<'a>(of: &Compared<'a>) -> Option<&'a Request> {
    of.report.it.request()
}

fn method(
    of: &Compared<'_>,
    signed: &CanonicalParts<'_>,
    right: Option<&CanonicalParts<'_>>,
) -> Line {
    let mut line = Line::new("method", signed.method, &source::CANONICAL)
        .from(of.places.request_line())
        .done(
            "kept",
            "signed, so that nobody makes a DELETE of a GET on the way",
        );
    line.departure = of.departure(
        About::Method,
        signed.method,
        right.map(|right| right.method.as_bytes()),
    );
    line
}

fn uri(of: &Compared<'_>, signed: &CanonicalParts<'_>, right: Option<&CanonicalParts<'_>>) -> Line {
    let recipe = of.report.it.recipe();
    let raw = request(of).map(|request| request.path().to_owned());
    let mut done = Vec::new();
    if let Some(raw) = &raw {
        let kept = match recipe.path_normalization {
            PathNormalization::Keep => raw.clone(),
            PathNormalization::Normalize => normalize(raw),
        };
        if raw.is_empty() {
            done.push("empty path made /");
        } else if kept != *raw {
            done.push("empty and dot segments removed");
        }
        if signed.uri != kept && !raw.is_empty() {
            done.push(match recipe.path_encoding {
                PathEncoding::Once => "decoded and percent-encoded anew",
                PathEncoding::Twice => "percent-encoded once more",
            });
        }
    }
    let done = match done.is_empty() {
        true => "kept".to_owned(),
        false => done.join(", "),
    };
    let why = match recipe.path_encoding {
        PathEncoding::Once => {
            "S3 takes the path encoded once and keeps // and .., for they may be part of an object's key"
        }
        PathEncoding::Twice => {
            "the path of the wire, with every byte encoded again but A-Z a-z 0-9 - . _ ~ /, so that %20 becomes %2520"
        }
    };
    let page: &'static Source = match recipe.path_encoding {
        PathEncoding::Once => &source::S3_HEADER,
        PathEncoding::Twice => &source::CANONICAL,
    };
    let mut line = Line::new("path", signed.uri, page)
        .from(of.places.request_line())
        .done(done, why);
    line.departure = of.departure(
        About::Uri,
        signed.uri,
        right.map(|right| right.uri.as_bytes()),
    );
    line
}

const SORTED: &str = "the order of pairs means nothing to a service and may change on the way; sorted by name, then by value, both sides agree";

fn query(
    of: &Compared<'_>,
    signed: &CanonicalParts<'_>,
    right: Option<&CanonicalParts<'_>>,
) -> Line {
    let raw = request(of)
        .and_then(|request| request.query())
        .unwrap_or_default();
    let mut line = Line::new("query", signed.query, &source::CANONICAL);
    line = match (signed.query.is_empty(), raw.is_empty()) {
        (true, true) => line.from("no query").done(
            "the line stays, empty",
            "every part has its line, so that none can pass for another",
        ),
        _ => line
            .from(of.places.request_line())
            .done("pairs encoded, sorted, joined by &", SORTED),
    };
    line.departure = of.departure(
        About::Query,
        signed.query,
        right.map(|right| right.query.as_bytes()),
    );
    if !signed.query.is_empty() {
        line.parts = query_parts(of, signed.query, raw);
    }
    line
}

/// The pairs of the canonical query, each with the raw pair it came from.
fn query_parts(of: &Compared<'_>, signed: &BStr, raw: &BStr) -> Vec<Line> {
    let raws: Vec<RawPair<'_>> = pairs(raw).collect();
    let derivation = of.derivation();
    let traced: Vec<(&CanonicalQueryPair, usize)> = derivation
        .map(|right| {
            let from = right.provenance.query.iter().copied();
            right
                .canonical_request
                .canonical_query
                .iter()
                .zip(from)
                .collect()
        })
        .unwrap_or_default();
    let mut taken = vec![false; traced.len()];
    // The place of a pair among those that are signed, as they stand on the wire.
    let mut order: Vec<usize> = traced.iter().map(|(_, from)| *from).collect();
    order.sort_unstable();
    let mut lines = Vec::new();
    for (at, text) in signed.split_str("&").enumerate() {
        let found = traced.iter().enumerate().position(|(index, (pair, _))| {
            !taken.get(index).copied().unwrap_or(true)
                && [&pair.name[..], b"=", &pair.value].concat() == text
        });
        let name = text.split_once_str("=").map_or(text, |(name, _)| name);
        let near = || {
            traced.iter().enumerate().position(|(index, (pair, _))| {
                !taken.get(index).copied().unwrap_or(true)
                    && percent_decode(&pair.name) == percent_decode(name)
            })
        };
        let mut line = Line::new("query", text, &source::CANONICAL);
        let index = found.or_else(near);
        let traced_to = index.and_then(|index| {
            if let Some(slot) = taken.get_mut(index) {
                *slot = true;
            }
            let (_, from) = traced.get(index)?;
            Some((*from, raws.get(*from)?))
        });
        if let Some((from, pair)) = traced_to {
            let mut written = pair.name.to_vec();
            if let Some(value) = pair.value {
                written.push(b'=');
                written.extend_from_slice(value);
            }
            let moved = order.get(at) != Some(&from);
            line = line
                .from(format!("{}, pair {}", of.places.pair(&written), from + 1))
                .done(pair_done(pair, text, moved), "");
        }
        lines.push(line);
    }
    lines
}

fn pair_done(raw: &RawPair<'_>, text: &[u8], moved: bool) -> String {
    let mut done = Vec::new();
    let value = raw.value.unwrap_or_default();
    if raw.name.contains(&b'+') || value.contains(&b'+') {
        done.push("+ read as a space");
    }
    if raw.value.is_none() {
        done.push("= added");
    }
    let plain = [raw.name.as_bytes(), b"=", value].concat();
    if plain != text {
        done.push("percent-encoded anew");
    }
    if moved {
        done.push("sorted");
    }
    match done.is_empty() {
        true => "kept".to_owned(),
        false => done.join(", "),
    }
}

const CASE: &str = "HTTP ignores the case of a header's name (RFC 9110, 5.1), a hash does not";

fn headers(
    of: &Compared<'_>,
    signed: &CanonicalParts<'_>,
    right: Option<&CanonicalParts<'_>>,
) -> Vec<Line> {
    let fields = request(of).map_or(&[][..], |request| &request.headers);
    let mut order: Vec<usize> = Vec::new();
    for (name, _) in &signed.headers {
        order.extend(
            fields
                .iter()
                .position(|field| field.name.eq_ignore_ascii_case(name)),
        );
    }
    order.sort_unstable();
    let mut lines = Vec::new();
    for (at, (name, value)) in signed.headers.iter().enumerate() {
        let own: Vec<(usize, &HeaderField)> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name.eq_ignore_ascii_case(name))
            .collect();
        let text = [name.as_bytes(), b":", value.as_bytes()].concat();
        let moved = own
            .first()
            .is_some_and(|(index, _)| order.get(at) != Some(index));
        let (from, done) = field_done(of, name, value, &own, moved);
        let why = if lines.is_empty() { CASE } else { why(name) };
        let mut line = Line::new(name.to_str_lossy(), text.clone(), page(name))
            .from(from)
            .done(done, why);
        let expected = right.and_then(|right| {
            let found = right
                .headers
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name))?;
            Some([found.0.as_bytes(), b":", found.1.as_bytes()].concat())
        });
        let expected = match (right, expected) {
            (Some(_), None) => Some(Vec::new()),
            (_, expected) => expected,
        };
        line.departure = of.departure(About::Header(name), &text, expected.as_deref());
        lines.push(line);
    }
    lines
}

fn field_done(
    of: &Compared<'_>,
    name: &BStr,
    value: &BStr,
    own: &[(usize, &HeaderField)],
    moved: bool,
) -> (String, String) {
    let [(_, first), ..] = own else {
        return match (name == "host", of.held) {
            (true, _) if request(of).is_some_and(|request| request.host().is_some()) => {
                (of.places.request_line(), "taken from the URL".to_owned())
            }
            (_, Held::Service) => (of.places.request_line(), "as the service has it".to_owned()),
            _ if request(of).is_none() => (of.places.request_line(), String::new()),
            _ => (
                "no such header".to_owned(),
                "signed, and not in the request".to_owned(),
            ),
        };
    };
    let places: Vec<String> = own
        .iter()
        .map(|(_, field)| of.places.field(field))
        .collect();
    let mut done = Vec::new();
    if first.name != name {
        done.push("name lower-cased".to_owned());
    }
    if own.len() > 1 {
        done.push(format!(
            "{} fields joined by commas, in the order sent",
            own.len()
        ));
    }
    let raw = first.value.as_bstr();
    if raw.contains(&b'\n') {
        done.push("folded line made one".to_owned());
    } else if raw.trim_with(|byte| byte == ' ') != raw.as_bytes() {
        done.push("white space around the value cut".to_owned());
    }
    if own.len() == 1 && value.len() + 1 < raw.trim().len() + 1 && raw.contains_str("  ") {
        done.push("runs of spaces made one".to_owned());
    }
    if moved {
        done.push("sorted by name".to_owned());
    }
    let done = match done.is_empty() {
        true => "kept".to_owned(),
        false => done.join(", "),
    };
    (places.join(", "), done)
}

/// Why a header is signed.
fn why(name: &BStr) -> &'static str {
    match name.as_bytes() {
        b"host" => "always signed: the request is good for this host alone",
        b"x-amz-date" => "the signing time: an old copy of the request is refused",
        b"x-amz-security-token" => "temporary keys count only with their session token",
        b"x-amz-target" => "names the operation, so that nobody makes another of it",
        b"x-amz-content-sha256" => {
            "states the body's hash, which S3 checks before it reads the body"
        }
        b"content-type" => "says how the body is to be read",
        name if name.starts_with(b"x-amz-") => "every x-amz-* header must be signed",
        _ => "signed because the client chose to: what is signed cannot be changed on the way",
    }
}

fn page(name: &BStr) -> &'static Source {
    match name.as_bytes() {
        b"x-amz-content-sha256" => &source::S3_HEADER,
        _ => &source::CANONICAL,
    }
}

fn signed_headers(
    of: &Compared<'_>,
    signed: &CanonicalParts<'_>,
    right: Option<&CanonicalParts<'_>>,
) -> Line {
    let text = signed.signed_headers;
    let mut line = Line::new("signed headers", text, &source::CANONICAL)
        .from(of.places.stated(text, "authorization"))
        .done(
            "names lower-cased, sorted, joined by ;",
            "tells the service which headers to take, for others may be added or changed on the way",
        );
    let expected = right.map(|right| right.signed_headers.as_bytes());
    line.departure = of.departure(About::SignedHeaders, text, expected);
    line
}

const BODY: &str =
    "the body is signed by its hash: change a byte of it and the signature no longer fits";

fn payload_hash(
    of: &Compared<'_>,
    signed: &CanonicalParts<'_>,
    right: Option<&CanonicalParts<'_>>,
) -> Line {
    let text = signed.payload_hash;
    let stated = request(of).and_then(|request| {
        request
            .headers
            .iter()
            .find(|field| field.is("x-amz-content-sha256"))
    });
    let line = Line::new("payload hash", text, &source::CANONICAL);
    let body = request(of).and_then(|request| request.body.bytes());
    let own = body.is_some_and(|body| Sha256Digest::of(body).hex()[..] == **text);
    let mut line = match (PayloadHash::parse(text), stated) {
        (Ok(PayloadHash::Keyword(_)), Some(field)) => line.from(of.places.field(field)).done(
            "stands for the hash",
            "the body is not hashed here, or not at once",
        ),
        (Ok(PayloadHash::Keyword(_)), None) => line.from("always, for a presigned URL").done(
            "stands for the hash",
            "who makes the URL does not know the body that will be sent",
        ),
        _ if own => line
            .from(of.places.body().unwrap_or_default())
            .done("SHA-256, in hex", BODY),
        (_, Some(field)) => line.from(of.places.field(field)).done("as stated", BODY),
        (_, None) => line
            .from(
                of.places
                    .body()
                    .unwrap_or_else(|| "body, not captured".to_owned()),
            )
            .done("SHA-256, in hex", BODY),
    };
    let expected = right.map(|right| right.payload_hash.as_bytes());
    line.departure = of.departure(About::PayloadHash, text, expected);
    line
}

/// The headers that are in the request and not signed.
fn unsigned(of: &Compared<'_>, signed: &CanonicalParts<'_>) -> Option<String> {
    let fields = &request(of)?.headers;
    let mut names: Vec<BString> = Vec::new();
    for field in fields {
        let name = BString::from(field.name.to_ascii_lowercase());
        let listed = signed.headers.iter().any(|(own, _)| *own == name);
        if !listed && name != "authorization" && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return None;
    }
    let names = bstr::join(", ", &names).to_str_lossy().into_owned();
    Some(format!(
        "Not signed: {names}. Proxies may add, change or drop such headers."
    ))
}

/// How this service, or this form of signing, does it otherwise.
fn deviations(of: &Compared<'_>, signed: &CanonicalParts<'_>) -> Vec<(String, &'static Source)> {
    let recipe = of.report.it.recipe();
    let presigned = of
        .report
        .it
        .stated()
        .is_some_and(|stated| stated.placement == Placement::Query);
    let mut out = Vec::new();
    if recipe.path_encoding == PathEncoding::Once {
        out.push((
            "Amazon S3 wants the path percent-encoded once and otherwise as sent, where every other service wants it normalized and encoded twice: an object's key may hold // and .., and must stay what it is.".to_owned(),
            &source::S3_HEADER,
        ));
    }
    if presigned {
        out.push((
            "This is a presigned URL: what else stands in headers (algorithm, credential, time, expiry, signed headers) stands in the query and is signed with it. X-Amz-Signature is left out: it is not known yet.".to_owned(),
            &source::S3_QUERY,
        ));
    }
    if presigned && recipe.session_token == SessionTokenPlacement::Appended {
        out.push((
            "AWS IoT leaves X-Amz-Security-Token out of what is signed; it is appended to the URL afterwards. Most other services sign it.".to_owned(),
            &source::IOT,
        ));
    }
    let keyword = signed.payload_hash.to_str_lossy();
    if keyword == "UNSIGNED-PAYLOAD" {
        let (words, page) = match (presigned, recipe.payload) {
            (_, PayloadRule::Unsigned) => (
                "VPC Lattice does not look at the body: the last line is UNSIGNED-PAYLOAD.",
                &source::LATTICE,
            ),
            (true, _) => (
                "The last line is UNSIGNED-PAYLOAD in place of a hash: a URL is made before the body is known.",
                &source::S3_QUERY,
            ),
            (false, _) => (
                "The last line is UNSIGNED-PAYLOAD in place of a hash: the client leaves the body to TLS, so that it need not be read twice.",
                &source::S3_HEADER,
            ),
        };
        out.push((words.to_owned(), page));
    } else if keyword.starts_with("STREAMING-") {
        out.push((
            format!("The last line is {keyword} in place of a hash: the body is sent in chunks, which are signed one by one after this signature, or not at all."),
            &source::S3_STREAMING,
        ));
    }
    out
}
