use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::rules::layout::{Layout, escape_outside_ascii, lay_out},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant, Variants},
    sigv4::Sha256Digest,
    wire::{Request, target::percent_decode},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "body-changed-after-signing",
    summary: "the body that was sent is not the one that was signed",
    stage: RuleStage::Payload,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The last line of the canonical request is the hash of the body. The HTTP library wrote the body
anew after signing: it was handed an object and made JSON of it in its own layout, added or cut
off a line feed, or changed the line ends; or the signer never saw the body and hashed nothing. Or
something between program and service did so to the body on its way.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, only for calls with a body.

## How it is proved
Bodies that well-known libraries would have made are hashed; with one of them the canonical
request hashes to the signer's digest, or the signature comes out as sent.

## Fix
Make the bytes of the body once, sign them, and send those very bytes.

## Seen in
mhart/aws4#63, mhart/aws4#132, joona/aws-es-curl#20, kndt84/aws-api-gateway-client#103
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    out.extend(on_the_way(draft, it));
    let body = it.hashed_body(draft);
    let is_hash = Sha256Digest::parse(draft.get(Slot::PayloadHash)).is_ok();
    if body.is_none() && (it.request().is_some() || !is_hash) {
        return;
    }
    // A hash that the request states is signed as it is; another rule compares it with the body.
    if draft.header("x-amz-content-sha256").is_some() {
        return;
    }
    let mut hashes: Vec<BString> = vec![draft.get(Slot::PayloadHash).to_owned()];
    let mut push = |hash: BString, form: &str| {
        if !hashes.contains(&hash) {
            hashes.push(hash.clone());
            out.push(
                RULE.variant()
                    .with(Slot::PayloadHash, hash)
                    .named(form)
                    .of_change(),
            );
        }
    };
    let texts = match body {
        Some(body) => bodies(body),
        None => CONSTANT.map(|(text, form)| (text.into(), form)).to_vec(),
    };
    for (text, form) in texts {
        push(Sha256Digest::of(&text).to_string().into(), form);
    }
    // Bodies of other captures.
    let others = it.witnesses().filter_map(|request| request.body.bytes());
    for body in others {
        push(
            Sha256Digest::of(body).to_string().into(),
            "the body of another capture",
        );
    }
}

/// What became of the body before it reached the service, which hashed another one.
fn on_the_way(draft: &Draft, it: &Examination<'_>) -> Option<Variant> {
    let received = draft.get(Slot::PayloadHash);
    let sent = it.captured_draft()?;
    let body = it.hashed_body(&sent)?;
    let changed =
        sent.get(Slot::PayloadHash) != received && it.has_right_piece(draft, Slot::PayloadHash);
    let is_received =
        |(text, _): &(Vec<u8>, &str)| received == Sha256Digest::of(text).to_string().as_bytes();
    let (_, form) = changed.then(|| bodies(body).into_iter().find(is_received))??;
    let variant = RULE
        .variant()
        .with(Slot::PayloadHash, sent.get(Slot::PayloadHash));
    let variant = variant.named([ON_THE_WAY, form].concat()).of_change();
    // Whoever shows a body lays it out, breaks its lines or decodes it; not so where its length says
    // that these bytes were sent.
    let is_another = CONSTANT.iter().any(|(_, own)| *own == form);
    let is_measured = it.request().is_some_and(Request::states_its_length);
    Some(match is_another || is_measured {
        true => variant,
        false => variant.as_shown(),
    })
}

const ON_THE_WAY: &str = "changed on the way: ";

/// What programs sign where they have no body yet, or none that they can read.
const CONSTANT: [(&str, &str); 10] = [
    ("", "no body"),
    ("{}", "{}"),
    ("null", "null"),
    ("undefined", "undefined"),
    ("\"\"", "an empty string in JSON"),
    ("[object Object]", "[object Object]"),
    ("[]", "[]"),
    (" ", "a space"),
    ("None", "None"),
    ("nil", "nil"),
];

fn sorted_form(body: &[u8]) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = body.split_str("&").collect();
    fields.sort_unstable();
    fields.join(&b'&')
}

/// Bodies that may have been signed in place of this one, the likeliest first.
fn bodies(body: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let mut texts: Vec<(Vec<u8>, &'static str)> =
        CONSTANT.map(|(text, form)| (text.into(), form)).to_vec();
    texts.extend([
        ([body, b"\n"].concat(), "with a line feed at its end"),
        ([body, b"\r\n"].concat(), "with CR LF at its end"),
        (body.trim_end().to_vec(), "without white space at its end"),
        (body.trim().to_vec(), "without white space round it"),
        (body.replace("\r\n", "\n"), "with LF for CR LF"),
        (
            body.replace("\r\n", "\n").replace("\n", "\r\n"),
            "with CR LF for LF",
        ),
        (body.replace("%20", "+"), "with + for %20"),
        (body.replace("+", "%20"), "with %20 for +"),
        (body.replace("\\/", "/"), "with / for \\/"),
        (body.replace("/", "\\/"), "with \\/ for /"),
        (percent_decode(body).into(), "percent-decoded"),
        (
            percent_decode(&body.replace("+", " ")).into(),
            "percent-decoded, with a space for +",
        ),
        (
            body.replace("+", " ").replace("%20", " "),
            "with a space for + and %20",
        ),
        (sorted_form(body), "a form with its fields sorted"),
        (
            body.replace("\n", "").replace("\r", ""),
            "without line breaks, as `curl -d @file` sends it",
        ),
        (
            body.replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026"),
            "JSON with \\u003c, as Go writes it",
        ),
        (
            body.replace("+", "\\u002B")
                .replace("'", "\\u0027")
                .replace("<", "\\u003C")
                .replace(">", "\\u003E")
                .replace("&", "\\u0026"),
            "JSON with \\u002B, as .NET writes it",
        ),
    ]);
    let layouts = [
        (Layout::Minified, "JSON minified"),
        (Layout::Spaced, "JSON with spaces behind colons and commas"),
        (Layout::Pretty("  "), "JSON indented by two"),
        (Layout::Pretty("    "), "JSON indented by four"),
        (Layout::Pretty("\t"), "JSON indented by tabs"),
    ];
    let laid = |(layout, form)| Some((lay_out(body, layout)?, form));
    texts.extend(layouts.into_iter().filter_map(laid));
    texts.extend(escape_outside_ascii(body).map(|text| (text, "JSON with \\u escapes")));
    texts.extend(
        escape_outside_ascii(&body.replace("/", "\\/"))
            .map(|text| (text, "JSON with \\u escapes and \\/, as PHP writes it")),
    );
    // What json.dumps of Python writes, with and without separators of one's own.
    let laid_escaped = |layout| escape_outside_ascii(&lay_out(body, layout)?);
    let forms = [
        (
            Layout::Spaced,
            "JSON with spaces behind colons and commas, and \\u escapes",
        ),
        (Layout::Minified, "JSON minified, with \\u escapes"),
    ];
    texts.extend(
        forms
            .into_iter()
            .filter_map(|(layout, form)| Some((laid_escaped(layout)?, form))),
    );
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        let sorted = value.to_string().into_bytes();
        let spaced = lay_out(&sorted, Layout::Spaced);
        let escaped = escape_outside_ascii(&sorted);
        let spaced_escaped = spaced.as_deref().and_then(escape_outside_ascii);
        let forms = [
            (Some(sorted), "JSON with its names sorted, minified"),
            (spaced, "JSON with its names sorted, spaced"),
            (
                escaped,
                "JSON with its names sorted, minified, with \\u escapes",
            ),
            (
                spaced_escaped,
                "JSON with its names sorted, spaced, with \\u escapes",
            ),
        ];
        texts.extend(
            forms
                .into_iter()
                .filter_map(|(text, form)| Some((text?, form))),
        );
        let quoted = serde_json::Value::from(body.to_str_lossy().into_owned());
        texts.push((quoted.to_string().into_bytes(), "made JSON twice"));
    }
    texts
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter.is_some_and(|form| form.starts_with_str(ON_THE_WAY)) {
        true => Fix::words(
            "find what changes the body between your program and the service, and let it pass the bytes on as they are",
        ),
        false => Fix::undo(&RULE, it, parameter, "sign the very bytes that are sent"),
    }
}
