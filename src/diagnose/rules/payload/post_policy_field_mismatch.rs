use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
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
The service names the field or the condition.

## Fix
Write a condition for every field but `x-amz-signature`, `file`, `policy` and those that begin with
`x-ignore-`; put the fields before the file; sign the policy anew.

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
            "this condition of the policy does not hold",
        )),
        Statement::PolicyExtraFields(names) => {
            let names = BString::from(bstr::join(", ", names));
            Some((names, "the policy has no condition for it"))
        }
        Statement::PolicyMalformed(why) => Some((why.clone(), "the policy is none")),
        Statement::FormFieldMissing(name) => Some((
            name.clone(),
            "the form lacks the field, or has it behind the file",
        )),
        _ => None,
    });
    let Some((what, why)) = said else {
        return Vec::new();
    };
    let field = what
        .split_str("\"")
        .find_map(|part| part.strip_prefix(b"$"))
        .unwrap_or(&what);
    let place = it.locate(&[b"name=\"".as_slice(), field, b"\""].concat());
    let mut observation = Observation::new(Circumstance::Stated).sign(why).at(place);
    observation = observation.named(what);
    vec![observation]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("write a condition for every field of the form, and sign the policy anew")
}
