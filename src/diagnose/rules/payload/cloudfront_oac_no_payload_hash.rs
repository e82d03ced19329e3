use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::payload::content_sha256_header_missing,
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "cloudfront-oac-no-payload-hash",
    summary: "CloudFront signs for the viewer, who has to send the hash of the body",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
With origin access control, Amazon CloudFront signs the request to a Lambda function URL. It does
not hash the body; the viewer has to send `x-amz-content-sha256`.

## How it shows
403 with `x-amzn-errortype: InvalidSignatureException`, *The request signature we calculated does
not match …*, for requests with a body; without one all is well.

## How it is proved
The answer came through CloudFront, the request has a body and no signature of its own, and the
header is not there (or is misspelt). That is a suspicion.

## Fix
Send `x-amz-content-sha256` with the body's SHA-256 in hex.

## Seen in
cdklabs/cdk-nextjs#87, minorun365/html-share#4, KensioSoftware/yulin#651, anomalyco/sst#4684
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(request) = it.request() else {
        return Vec::new();
    };
    let has_body = ["POST", "PUT", "PATCH"]
        .iter()
        .any(|method| request.method == *method)
        && request.body.bytes().is_none_or(|body| !body.is_empty());
    let is_unsigned = it.authorization_text().is_none() && !it.is_presigned();
    let lacks = it.header("x-amz-content-sha256").is_none();
    let refused = it.says(&Statement::SignatureDiffers);
    if !(has_body && is_unsigned && lacks && refused && through_cloudfront(it)) {
        return Vec::new();
    }
    let mut observation = Observation::new(Circumstance::Suspected);
    let near = request.headers.iter().find(|field| {
        let name = field.name.to_ascii_lowercase();
        name.ends_with(b"sha256") && !name.starts_with(b"x-amz-checksum")
    });
    if let Some(field) = near {
        observation = observation.sign([b"the header is called ".as_slice(), &field.name].concat());
    }
    vec![observation]
}

fn through_cloudfront(it: &Examination<'_>) -> bool {
    let host = it
        .host()
        .is_some_and(|host| host.ends_with(b".cloudfront.net"));
    let answer = it.response().is_some_and(|answer| {
        let marked = ["via", "x-cache"].iter().any(|name| {
            answer
                .header(name)
                .is_some_and(|value| value.to_ascii_lowercase().contains_str("cloudfront"))
        });
        marked || answer.header("x-amz-cf-id").is_some()
    });
    host || answer
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("send x-amz-content-sha256 with the SHA-256 of the body");
    match content_sha256_header_missing::hash(it) {
        Some(_) => fix.edit("", content_sha256_header_missing::line(it), None),
        None => fix,
    }
}
