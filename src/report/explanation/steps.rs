use bstr::{BString, ByteSlice};

use super::{
    asymmetric,
    compared::{About, Compared},
    source,
    step::{Departure, Line, Step},
};
use crate::{
    catalog,
    diagnose::{Rule, RuleStage},
    report::Reveal,
    sigv4::{Key, Placement, Sha256Digest, SigningKey, TERMINATOR, TokenPosition},
    wire::target::{pairs, percent_decode},
};

/// Steps 2 to 6.
pub(super) fn steps(of: &Compared<'_>) -> Vec<Step> {
    vec![hash(of), string(of), key(of), signature(of), add(of)]
}

/// Findings of a step that none of its lines shows.
fn leave(of: &Compared<'_>, step: &mut Step, stages: &[RuleStage]) {
    let shown: Vec<&'static Rule> = step
        .lines
        .iter()
        .filter_map(|line| match line.departure {
            Departure::Cause { rule, .. } => rule,
            _ => None,
        })
        .collect();
    [step.findings, step.possible] = of.left(stages, &shown);
}

fn follows(signed: &[u8], right: Option<&[u8]>) -> Departure {
    match right {
        Some(right) if right != signed => Departure::Follows(right.into()),
        _ => Departure::None,
    }
}

fn hash(of: &Compared<'_>) -> Step {
    let mut step = Step::new(
        2,
        "Create a hash of the canonical request",
        "SHA-256 makes 32 bytes of a text of any length, written here as 64 hex digits. Change one byte of the text and another hash comes out, so the hash stands for the whole request.",
        &source::HASH,
    );
    let digest = digest(&of.signed_string).unwrap_or_else(|| hex(&of.signed));
    let mut line = Line::new("hash", digest.clone(), &source::HASH)
        .from(format!("step 1, {} bytes", of.signed.len()))
        .done(
            "SHA-256, in lower-case hex",
            "a short text is signed in place of a long one",
        );
    line.departure = follows(
        &digest,
        of.right
            .as_ref()
            .map(|right| hex(right))
            .as_deref()
            .map(Vec::as_slice),
    );
    step.lines.push(line);
    step
}

fn hex(text: &[u8]) -> BString {
    Sha256Digest::of(text).hex().as_slice().into()
}

/// The last line of a string to sign.
fn digest(string: &BString) -> Option<BString> {
    string.split_str("\n").nth(3).map(BString::from)
}

fn string(of: &Compared<'_>) -> Step {
    let mut step = Step::new(
        3,
        "Create a string to sign",
        match of.report.it.is_of_all_regions() {
            true => asymmetric::STRING,
            false => {
                "It is not the request that is signed, but four lines about it: the algorithm; the time; the credential scope, which says what the signature is good for (one day, one region, one service); and the hash of step 2."
            }
        },
        &source::STRING,
    );
    let signed: Vec<&[u8]> = of.signed_string.split_str("\n").collect();
    let right: Vec<&[u8]> = of
        .right_string
        .as_ref()
        .map(|text| text.split_str("\n").collect())
        .unwrap_or_default();
    let [algorithm, timestamp, scope, digest] = &signed[..] else {
        step.remarks
            .push("The capture does not hold what this step needs.".to_owned());
        leave(of, &mut step, &[RuleStage::Clock, RuleStage::Scope]);
        return step;
    };
    let header = "authorization";
    let mut line = Line::new("algorithm", *algorithm, &source::STRING)
        .from(of.places.stated(algorithm, header))
        .done(
            "kept",
            "names the way of signing, so that a newer one can take its place",
        );
    line.departure = of.departure(About::Algorithm, algorithm, right.first().copied());
    step.lines.push(line);
    let mut line = Line::new("timestamp", *timestamp, &source::STRING)
        .from(of.places.stated(timestamp, "x-amz-date"))
        .done(
            "kept; it is UTC, as YYYYMMDDTHHMMSSZ",
            "the service refuses it when its own clock is minutes away, or a presigned URL has expired",
        );
    line.departure = of.departure(About::Timestamp, timestamp, right.get(1).copied());
    step.lines.push(line);
    let mut line = Line::new("scope", *scope, &source::STRING)
        .from(of.places.stated(scope, header))
        .done(
            match of.report.it.is_of_all_regions() {
                true => "date/service/aws4_request",
                false => "date/region/service/aws4_request",
            },
            match of.report.it.is_of_all_regions() {
                true => "a signature for one day and service is worth nothing for another",
                false => "a signature for one day, region and service is worth nothing for another",
            },
        );
    line.departure = of.departure(About::Scope, scope, right.get(2).copied());
    line.parts = scope_parts(of, scope, right.get(2).copied());
    step.lines.push(line);
    let mut line = Line::new("hash", *digest, &source::STRING)
        .from("step 2")
        .done("kept", "");
    line.departure = follows(digest, right.get(3).copied());
    step.lines.push(line);
    leave(of, &mut step, &[RuleStage::Clock, RuleStage::Scope]);
    step
}

fn scope_parts(of: &Compared<'_>, scope: &[u8], right: Option<&[u8]>) -> Vec<Line> {
    let expected = of.report.it.expected();
    let service = expected.best().map(|best| best.service.id().to_owned());
    let host = of
        .report
        .it
        .request_or_hint()
        .and_then(|request| request.host().map(|host| host.to_str_lossy().into_owned()));
    let known = match (&service, expected.services.is_empty()) {
        (Some(service), false) => format!("the signing name of {service}"),
        _ => "the service's signing name".to_owned(),
    };
    let region = match (&host, expected.regions.is_empty()) {
        (Some(host), false) => format!("the region of {host}"),
        _ => "the region that is called".to_owned(),
    };
    let mut notes = vec![
        ("the timestamp's first eight digits".to_owned(), ""),
        (region, ""),
        (
            known.clone(),
            "the catalogue knows it; it is not always the host's first label",
        ),
        ("always this word".to_owned(), ""),
    ];
    if of.report.it.is_of_all_regions() {
        notes.remove(1);
    }
    let right: Vec<&[u8]> = right
        .map(|right| right.split_str("/").collect())
        .unwrap_or_default();
    let mut lines = Vec::new();
    for (at, (part, (from, why))) in scope.split_str("/").zip(notes).enumerate() {
        let right = right.get(at).copied().filter(|right| *right != part);
        let from = match from == known {
            true if !expected.services.is_empty() => {
                format!("{from} (botocore {})", catalog::VERSION)
            }
            _ => from,
        };
        let (from, done) = match right {
            None => (from, String::new()),
            Some(right) => (
                "as stated".to_owned(),
                format!("right is {}, {from}", right.to_str_lossy()),
            ),
        };
        lines.push(
            Line::new("scope", part, &source::STRING)
                .from(from)
                .done(done, why),
        );
    }
    lines
}

fn key(of: &Compared<'_>) -> Step {
    if of.report.it.is_of_all_regions() {
        return asymmetric::key(of);
    }
    let mut step = Step::new(
        4,
        "Derive a signing key",
        "The secret access key itself never signs. HMAC is a hash that takes a key beside the text: without the key nobody can make it. Four of them, each the key of the next, make a signing key that is good for one day, one region and one service.",
        &source::KEY,
    );
    let parts = of.key_parts();
    let right: Vec<BString> = of
        .right_scope()
        .map(|scope| scope.split_str("/").map(BString::from).collect())
        .unwrap_or_default();
    let [date, region, service] = &parts;
    let terminator = BString::from(TERMINATOR);
    let rows: [(&str, &str, &BString, &str); 4] = [
        (
            "kDate",
            "\"AWS4\" + secret",
            date,
            "one day only: a key that leaks is worthless tomorrow",
        ),
        ("kRegion", "kDate", region, "one region only"),
        ("kService", "kRegion", service, "one service only"),
        (
            "kSigning",
            "kService",
            &terminator,
            "ends the chain, so that no other use can share the key",
        ),
    ];
    let revealed = of
        .signed_key()
        .filter(|_| of.report.reveal == Reveal::SigningKey);
    for (at, (name, under, text, why)) in rows.into_iter().enumerate() {
        let formula =
            |text: &[u8]| format!("{name:<8} = HMAC({under}, \"{}\")", text.to_str_lossy());
        let part = ["date", "region", "service", "signing key"]
            .get(at)
            .copied();
        let mut line = Line::new(part.unwrap_or_default(), formula(text), &source::KEY)
            .from(if at < 3 { "step 3, scope" } else { "always" })
            .done("", why);
        let expected = right.get(at).map(|right| BString::from(formula(right)));
        line.departure = match at {
            3 => Departure::None,
            _ => of.departure(
                About::Key,
                &line.text,
                expected.as_ref().map(|text| text.as_bytes()),
            ),
        };
        line.parts.extend(revealed.as_ref().map(|key| {
            Line::new(name, key_hex(key, at), &source::KEY)
                .from(name)
                .done("in hex, secret", "")
        }));
        step.lines.push(line);
    }
    let remark = match (of.report.it.secret(), &revealed) {
        (None, _) => no_secret(of),
        (Some(_), None) => "The keys are secret, so names stand for their values; --reveal signing-key shows them, never the secret access key.".to_owned(),
        (Some(_), Some(_)) => "Whoever has these keys can sign for that day, region and service: show them to nobody.".to_owned(),
    };
    step.remarks.push(remark);
    leave(of, &mut step, &[]);
    step
}

/// What is said where names stand for the keys.
pub(super) fn no_secret(of: &Compared<'_>) -> String {
    let of_key = key_id(of).map(|id| format!(" for {id}"));
    format!(
        "No secret key is at hand{}, so names stand for values.",
        of_key.unwrap_or_default()
    )
}

pub(super) fn key_id(of: &Compared<'_>) -> Option<String> {
    let stated = of.report.it.stated()?;
    let id = stated
        .authorization
        .access_key_id()
        .to_str_lossy()
        .into_owned();
    Some(id).filter(|id| !id.is_empty())
}

/// A derived key in hex: only for a user who asked to see it, by `--reveal signing-key`.
fn key_hex(key: &SigningKey, at: usize) -> BString {
    let key: &Key = match at {
        0 => &key.date,
        1 => &key.region,
        2 => &key.service,
        _ => &key.signing,
    };
    BString::from(Sha256Digest::new(*key.expose()).hex().as_slice())
}

fn signature(of: &Compared<'_>) -> Step {
    let mut step = Step::new(
        5,
        "Calculate the signature",
        match of.report.it.is_of_all_regions() {
            true => asymmetric::SIGNATURE,
            false => {
                "The signature is HMAC(kSigning, string to sign), in hex. The service, which has the same secret, does the same; if it gets the same signature, the request comes from the holder of the key and nothing signed was changed."
            }
        },
        &source::SIGNATURE,
    );
    let stated = of.report.it.stated();
    let sent = stated.map(|stated| stated.authorization.signature.clone());
    let alone = || {
        of.report
            .it
            .attempt()
            .signatures
            .first()
            .map(|claim| claim.text.clone())
    };
    let sent = sent.filter(|sent| !sent.is_empty()).or_else(alone);
    let Some(sent) = sent else {
        step.remarks
            .push("The capture holds no signature.".to_owned());
        leave(of, &mut step, &[RuleStage::Key]);
        return step;
    };
    let done = match &of.recomputed {
        None => "as sent, not recomputed: no secret key is at hand",
        Some(own) if *own == sent && of.report.it.is_of_all_regions() => {
            "as sent; with the public key of the access key it verifies"
        }
        Some(own) if *own == sent => "as sent; with the secret, the lines above give the same",
        Some(_) => "as sent; with the secret at hand another comes out",
    };
    let mut line = Line::new("signature", sent.clone(), &source::SIGNATURE)
        .from(of.places.stated(&sent, "authorization"))
        .done(done, "");
    let right = of.right_signature.as_ref().map(|right| right.as_bytes());
    line.departure = match &of.recomputed {
        // The strings do not account for it: the key is another.
        Some(own) if *own != sent => of.departure(About::Signature, &sent, right),
        _ => follows(&sent, right),
    };
    step.lines.push(line);
    leave(of, &mut step, &[RuleStage::Key]);
    step
}

fn add(of: &Compared<'_>) -> Step {
    let mut step = Step::new(
        6,
        "Add the signature to the request",
        "The signature travels with what the service needs to compute it too: the access key id, which tells it whose secret to take, the scope, and the names of the signed headers.",
        &source::ADD,
    );
    let stages = [RuleStage::Authorization, RuleStage::Credentials];
    let Some(stated) = of.report.it.stated() else {
        step.remarks
            .push("The capture holds no request that carries the signature.".to_owned());
        leave(of, &mut step, &stages);
        return step;
    };
    match stated.placement {
        Placement::Header => in_header(of, &mut step),
        Placement::Query => {
            step.deviations.push((
                "A presigned URL carries all this in its query, so that a browser or anyone who has the URL can send it without a key of their own.".to_owned(),
                &source::S3_QUERY,
            ));
            if stated.token_position == TokenPosition::Behind {
                step.deviations.push((
                    "X-Amz-Security-Token stands behind the signature, as one that is appended after signing does.".to_owned(),
                    &source::IOT,
                ));
            }
            in_query(of, &mut step);
        }
        // A form has no steps: what it signs is its policy as it stands.
        Placement::Form => {}
    }
    leave(of, &mut step, &stages);
    step
}

fn in_header(of: &Compared<'_>, step: &mut Step) {
    let Some(stated) = of.report.it.stated() else {
        return;
    };
    let stated = &stated.authorization;
    let credential = |scope: &[u8]| {
        [
            b"Credential=",
            stated.access_key_id().as_bytes(),
            b"/",
            scope,
        ]
        .concat()
    };
    let own = [b"Credential=", &stated.credential[..]].concat();
    let right = of.right_scope().map(|scope| credential(&scope));
    let signed_headers = [b"SignedHeaders=", &stated.signed_headers[..]].concat();
    let signature = [b"Signature=", &stated.signature[..]].concat();
    let right_signature = of
        .right_signature
        .as_ref()
        .map(|text| [b"Signature=", &text[..]].concat());
    let rows: [(Vec<u8>, &str, &'static str, Departure); 4] = [
        (
            [b"Authorization: ", &stated.algorithm[..]].concat(),
            "algorithm",
            "tells how to check it",
            Departure::None,
        ),
        (
            own.clone(),
            "access key id and scope",
            "says whose secret, and for which day, region and service",
            follows(&own, right.as_deref()),
        ),
        (
            signed_headers,
            "of step 1",
            "says which headers the service must take",
            Departure::None,
        ),
        (
            signature.clone(),
            "of step 5",
            "what the service compares with its own",
            follows(&signature, right_signature.as_deref()),
        ),
    ];
    let from = of.places.stated(&stated.signature, "authorization");
    for (text, done, why, departure) in rows {
        let mut line = Line::new("authorization", text, &source::ADD)
            .from(from.clone())
            .done(done, why);
        line.departure = departure;
        step.lines.push(line);
    }
}

fn in_query(of: &Compared<'_>, step: &mut Step) {
    let query = of.report.it.request().and_then(|request| request.query());
    for (at, pair) in pairs(query.unwrap_or_default()).enumerate() {
        let name = percent_decode(pair.name).to_ascii_lowercase();
        let why = match name.as_slice() {
            b"x-amz-algorithm" => "tells how to check it",
            b"x-amz-credential" => "access key id and scope, / encoded as %2F",
            b"x-amz-date" => "the signing time",
            b"x-amz-expires" => "for how many seconds from then the URL is good",
            b"x-amz-signedheaders" => "which headers the service must take",
            b"x-amz-security-token" => "the session token of temporary keys",
            b"x-amz-signature" => "added last: what the service compares with its own",
            _ => continue,
        };
        let mut text = pair.name.to_vec();
        if let Some(value) = pair.value {
            text.push(b'=');
            text.extend_from_slice(value);
        }
        let from = format!("{}, pair {}", of.places.pair(&text), at + 1);
        step.lines.push(
            Line::new("query", text, &source::S3_QUERY)
                .from(from)
                .done("", why),
        );
    }
}
