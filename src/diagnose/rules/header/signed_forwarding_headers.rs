use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::CanonicalParts,
    diagnose::rules::header::earlier,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Tier, Variants,
    },
    evidence::{Party, Statement},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signed-forwarding-headers",
    summary: "headers that proxies write were signed",
    stage: RuleStage::Header,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A request that came in was signed with all its headers and passed on: `X-Forwarded-For`,
`CF-Connecting-IP`, `CF-Ray`, `X-Real-IP`. The next hop adds to them, changes or drops them.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, mostly in a worker or gateway that signs
what passes through it; the canonical request that the service shows has another value, or an
empty one.

## How it is proved
The line is made as the signer's own canonical request, another capture of the request, or a
well-known default has it; then the canonical request hashes to the signer's digest, or the
signature comes out as sent.

Where the signature was refused and such a header is signed, it is a suspicion.

## Fix
Sign `host`, `content-type` and `x-amz-*`, and nothing that a proxy writes.

## Seen in
mhart/aws4fetch#77, FantasticFiasco/aws-signature-version-4#1067, carsales/aws-request-signer#10,
backblaze-b2-samples/cloudflare-b2#5
",
    check: Check::Both { observe, make },
    fix,
};

/// A refused signature with one of them among the signed headers: whoever passes a request on
/// changes them.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if !it.says(&Statement::SignatureDiffers) {
        return Vec::new();
    }
    let of_service = it
        .artifact(Party::Service)
        .map(|text| CanonicalParts::of(text));
    let list = match (&of_service, it.stated()) {
        (Some(parts), _) => parts.signed_headers.to_vec(),
        (None, Some(stated)) => stated.authorization.signed_headers.to_vec(),
        (None, None) => return Vec::new(),
    };
    let mut names = list.split_str(";");
    let own = |name: &[u8]| NAMES.iter().any(|own| name == own.as_bytes());
    let name = names.find(|name| own(name));
    let observation = |name: &[u8]| {
        let sign = [
            name,
            b" is signed, and whoever passes a request on changes it",
        ]
        .concat();
        Observation::new(Circumstance::Suspected)
            .named(name.as_bstr())
            .at(it.locate(name))
            .sign(sign)
    };
    name.map(observation).into_iter().collect()
}

fn guesses(name: &str, now: &BStr) -> Vec<BString> {
    let mut values: Vec<BString> = Vec::new();
    // Each hop adds itself behind: one and two of them fewer.
    let mut rest = now.as_bytes();
    while let Some((before, _)) = rest.rsplit_once_str(",") {
        rest = before.trim();
        values.push(rest.into());
    }
    values.extend(earlier::texts(match name {
        "x-forwarded-proto" => &["http", "https"],
        "x-forwarded-port" => &["80", "443"],
        "cdn-loop" => &["cloudflare"],
        _ => &[],
    }));
    values
}

/// The headers that this is about.
const NAMES: [&str; 22] = [
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ew-via",
    "cf-ipcountry",
    "cf-ray",
    "cf-visitor",
    "forwarded",
    "true-client-ip",
    "via",
    "x-amz-cf-id",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-envoy-original-path",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-original-forwarded-for",
    "x-real-ip",
    "x-request-id",
];

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    for name in NAMES {
        let Some(now) = draft.header(name) else {
            continue;
        };
        earlier::lines(&RULE, draft, it, name, guesses(name, now), out);
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(&RULE, it, parameter, "leave it out of the signed headers")
}
