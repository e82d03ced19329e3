use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::rules::scope::part,
    diagnose::{
        AwsCheck, Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot,
        Tier, Variant,
    },
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "region-literal-wrong",
    summary: "the scope names a region that there is not",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The second part of the credential scope is a region's code, such as `us-east-1`. The request has
underscores or capitals in it, a part of one, a label of the host that was taken for it (`s3`), or a
name that stands for a whole partition (`aws-global`).

## How it shows
Amazon S3: *the region 'us_east_1' is wrong; expecting 'us-east-1'*; query services *Credential
should be scoped to a valid region, not 'aws-global'*.

## How it is proved
The catalogue has no region of that name, nor is it formed like one; the host is AWS's. With the
secret the signature is recomputed in the scope as stated.

## Fix
Write the region's code; do not cut it out of the host.

## Seen in
aws/aws-cli#2954, aws/aws-cli#1256, n8n-io/n8n#12216, JuliaServices/CloudStore.jl#52,
aws/aws-sdk-java-v2#988
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = wrong(it).filter(|_| !it.passed(AwsCheck::Scope)) else {
        return Vec::new();
    };
    let refused = it.states(|statement| match statement {
        Statement::RegionShouldBe { .. } => Some(()),
        _ => None,
    });
    let circumstance = match refused {
        Some(()) => Circumstance::Stated,
        None => Circumstance::Known,
    };
    let mut observation = Observation::new(circumstance).at(part::place(it));
    match right(it, stated.as_bstr()) {
        Some(right) => observation = observation.shows(stated, right.clone()).named(right),
        None => observation = observation.shows(stated, "a region's code"),
    }
    vec![observation]
}

/// The scope's region, where it is none and the host is one of AWS's.
fn wrong(it: &Examination<'_>) -> Option<BString> {
    let stated = it.stated()?;
    let region = stated.scope_part(1)?;
    let of_several = stated.authorization.algorithm.starts_with(b"AWS4-ECDSA");
    let is_whole = stated.authorization.scope().split_str("/").count() == 4;
    let is_right = it.expected().regions.iter().any(|right| right == region);
    (it.is_at_aws() && is_whole && !of_several && !is_right && is_no_region(region))
        .then(|| region.to_owned())
}

/// Whether a text is no region's code, nor formed like one.
pub(in crate::diagnose::rules) fn is_no_region(text: &BStr) -> bool {
    text.to_str()
        .is_ok_and(|text| text.ends_with("-global") || catalog::partition_of_region(text).is_none())
}

/// The region that is meant: as the host or the service has it, else the spelling put right.
fn right(it: &Examination<'_>, stated: &BStr) -> Option<BString> {
    let known = it.expected().regions.first().cloned();
    known.or_else(|| {
        let text = stated.to_ascii_lowercase().replace("_", "-");
        let text = BString::from(text);
        (!is_no_region(text.as_bstr())).then_some(text)
    })
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Vec<Variant>) {
    let right = draft.get(Slot::ScopeRegion);
    let named = match wrong(it) {
        Some(stated) => vec![stated],
        None if !is_no_region(right) => vec![right.replace("-", "_").into()],
        None => Vec::new(),
    };
    for region in named {
        let variant = part::other_region(&RULE, &region);
        out.push(
            variant.named(
                it.expected()
                    .regions
                    .first()
                    .cloned()
                    .unwrap_or_else(|| right.into()),
            ),
        );
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    match parameter {
        Some(right) => part::fix(it, 1, right),
        None => Fix::words("write the region's code, such as us-east-1"),
    }
}
