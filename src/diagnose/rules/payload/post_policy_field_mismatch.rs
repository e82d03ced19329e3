use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{
        Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier,
        rules::payload::form_fields::{self, Fault},
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "post-policy-field-mismatch",
    summary: "a field of the upload form does not fit its policy",
    stage: RuleStage::Payload,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
A form that uploads to Amazon S3 carries a signed policy: a condition for each of its fields. A
field has no condition, or another value than its condition wants; upper and lower case count.

## How it shows
403 `AccessDenied`, *Invalid according to Policy: Extra input fields: bucket* or *… Policy Condition
failed: ["eq", "$X-Amz-Date", "20170519T041709Z"]*; 400 `InvalidPolicyDocument`; *Bucket POST must
contain a field named '…'.*

## How it is proved
The service names the field or the condition; or the form itself is read: each of its fields is held
against the conditions of its own policy. A policy that is no JSON in Base64, or lacks its expiration or
its conditions, shows itself too.

## Fix
Write a condition for every field but `x-amz-signature`, `file`, `policy` and those that begin with
`x-ignore-`; send each field with the value that its condition wants, before the file; sign the policy
anew where it was changed.

## Seen in
aws/aws-sdk-php#3291, aws/aws-sdk-php#3292, aws/aws-sdk-js#1514, minio/minio-js#898
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let said = it.states(|statement| match statement {
        Statement::PolicyConditionFailed(condition) => Some((
            condition.clone(),
            "a condition of the policy does not hold: the form's field is missing, has another value, or stands behind the file",
        )),
        Statement::PolicyExtraFields(names) => {
            let names = BString::from(bstr::join(", ", names));
            Some((names, "the policy has no condition for a field of the form"))
        }
        Statement::PolicyMalformed(why) => Some((why.clone(), "the service cannot read the policy")),
        Statement::FormFieldMissing(name) => Some((
            name.clone(),
            "the form lacks the field, or has it behind the file",
        )),
        _ => None,
    });
    match said {
        Some((what, why)) => vec![stated(it, what, why)],
        None => by_form(it),
    }
}

/// What the service says.
fn stated(it: &Examination<'_>, what: BString, why: &str) -> Observation {
    let field = what
        .split_str("\"")
        .find_map(|part| part.strip_prefix(b"$"))
        .unwrap_or(&what);
    let place = it.locate(&[b"name=\"".as_slice(), field, b"\""].concat());
    let observation = Observation::new(Circumstance::Stated).sign(why);
    match what.is_empty() {
        true => observation,
        false => observation.at(place).named(what),
    }
}

/// What the form shows by itself, unless the service took it.
fn by_form(it: &Examination<'_>) -> Vec<Observation> {
    let faults = match it.accepted() {
        true => Vec::new(),
        false => form_fields::faults(it),
    };
    let Some(first) = faults.first() else {
        return Vec::new();
    };
    let names: Vec<&BStr> = faults.iter().map(|fault| fault.field.as_bstr()).collect();
    let mut observation = Observation::new(Circumstance::Stated)
        .named(bstr::join(", ", names))
        .at(it.locate(&first.field));
    let shown = |fault: &&Fault| fault.is.is_some();
    if let Some(Fault {
        is: Some(is),
        should: Some(should),
        ..
    }) = faults.iter().find(shown)
    {
        observation = observation.shows(is.clone(), should.clone());
    }
    let signs = faults.iter().map(|fault| {
        let parts: [&[u8]; 3] = [&fault.field, b": ", fault.why.as_bytes()];
        BString::from(parts.concat())
    });
    vec![signs.fold(observation, Observation::sign)]
}

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let words = it.states(|statement| match statement {
        Statement::PolicyConditionFailed(_) => Some(
            "send the field with the value that the condition wants, before the file; or write the condition for what the form sends, and sign the policy anew",
        ),
        Statement::FormFieldMissing(_) => Some("put the field into the form, before the file"),
        Statement::PolicyMalformed(_) => Some(
            "send the policy as JSON with its expiration and its conditions, in Base64, just as it was signed",
        ),
        _ => None,
    });
    Fix::words(
        words.unwrap_or("write a condition for every field of the form, and sign the policy anew"),
    )
}
