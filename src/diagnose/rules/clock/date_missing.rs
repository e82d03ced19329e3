use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        AwsCheck, Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
    },
    evidence::{Party, Statement},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "date-missing",
    summary: "the request has no signing time",
    stage: RuleStage::Clock,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A request that is signed in its header states the signing time in `X-Amz-Date`, or at least in
`Date`. It has neither.

## How it shows
Amazon S3 answers 403 `AccessDenied`, *AWS authentication requires a valid Date or x-amz-date
header*; other services *Authorization header requires existence of either a 'X-Amz-Date' or a
'Date' header.*

## How it is proved
The service says so, or the request was seen as it travelled and has neither header. Of a
curl command it is a suspicion, where all that was signed is there.

## Fix
Send `X-Amz-Date` with the time in the string to sign, and sign it.

## Seen in
minio/minio (source), versity/versitygw (source)
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let stated = it.says(&Statement::TimestampMissing)
        || it.refusal().is_some_and(|refusal| {
            refusal
                .message
                .contains_str("existence of either a 'X-Amz-Date' or a 'Date' header")
        });
    let is_signed = it
        .header("authorization")
        .is_some_and(|text| text.trim().starts_with(b"AWS4-"));
    let lacks = is_signed
        && it.header("x-amz-date").is_none()
        && it.header("date").is_none()
        && !it.passed(AwsCheck::DateFormat);
    let circumstance = match (
        stated || lacks && it.is_seen_whole(),
        lacks && is_whole_command(it),
    ) {
        (true, _) => Circumstance::Stated,
        (false, true) => Circumstance::Suspected,
        (false, false) => return Vec::new(),
    };
    let observation = Observation::new(circumstance).at(it.header_place("authorization"));
    vec![match it.request() {
        Some(_) => observation,
        None => observation.sign(
            "so says the service of a time in a form that it cannot read, too: X-Amz-Date is YYYYMMDDTHHMMSSZ in UTC",
        ),
    }]
}

/// Whether the request stands in a command that shows every header that is sent, but for those of a
/// file, with all that was signed.
fn is_whole_command(it: &Examination<'_>) -> bool {
    let names = it.signed_names().unwrap_or_default();
    let has = |name: &BString| name == "host" || it.header(&name.to_str_lossy()).is_some();
    it.case().format == "curl-command" && !names.is_empty() && names.iter().all(has)
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let fix = Fix::words("send X-Amz-Date with the time in the string to sign, and sign it");
    let signed = it
        .attempt()
        .string_to_sign(Party::Signer)
        .and_then(|claim| claim.text.split_str("\n").nth(1));
    match signed {
        Some(time) => fix.edit(
            "",
            [b"X-Amz-Date: ".as_slice(), time].concat(),
            it.header_place("authorization"),
        ),
        None => fix,
    }
}
