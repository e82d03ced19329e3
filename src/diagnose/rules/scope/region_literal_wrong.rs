use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{
        Check, Draft, Examination, Observation, Rule, RuleStage, Slot, Tier, Variants,
        rules::scope::parts,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "region-literal-wrong",
    summary: "what stands for the region in the scope is the name of no region",
    stage: RuleStage::Scope,
    tier: Tier::B,
    needs: &[],
    specialises: Some("region-in-scope-not-the-hosts"),
    since: "0.1.0",
    page: "\
## What goes wrong
The second part of the scope is no region: `us_east_1` as an enum of a program has it, `US-WEST-2`,
`us-east` without its number, `aws-global` (a name inside SDKs), or a label of the host such as
`s3`, which a parser of hosts took for one.

## How it shows
*The authorization header is malformed; the region 's3' is wrong; expecting 'us-east-1'* (Amazon
S3), *Credential should be scoped to a valid region, not 'aws-global'*.

## How it is proved
The text is not the name of a region in any partition, nor is it shaped like one, and the host is
one of AWS. A region newer than the catalogue has the shape of one and is not accused.

## Fix
Write the region as in the host: lower case, hyphens, a number at its end.

## Seen in
aws/aws-cli#2954, aws/aws-cli#1256, n8n-io/n8n#12216, aws/aws-sdk-java-v2#988
",
    check: Check::Both { observe, make },
    fix: |it, right| parts::fix(it, 1, right),
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it) else {
        return Vec::new();
    };
    let mut observation = Observation::new(parts::region_known(it));
    observation.actual = Some(stated);
    observation.expected.clone_from(&right);
    observation.parameter = right;
    vec![observation.at(parts::place(it))]
}

/// The text that is no region, and the region that is meant, where that is known.
fn wrong(it: &Examination<'_>) -> Option<(BString, Option<BString>)> {
    let scope = it.stated()?;
    let stated = scope.scope_part(1)?;
    // Services of others have regions of their own: `auto`, `garage`.
    it.expected().best()?.host.as_ref()?;
    // With a part too few, another part may stand there.
    let is_left_out = stated.is_empty() && scope.scope_part(3).is_none();
    if is_left_out || is_region(stated) {
        return None;
    }
    let spelled = stated.to_ascii_lowercase().replace("_", "-");
    let host = it.expected().region(stated);
    let right = [BString::from(spelled), host]
        .into_iter()
        .find(|text| is_region(text.as_bstr()));
    Some((stated.to_owned(), right))
}

fn is_region(text: &BStr) -> bool {
    text.to_str().is_ok_and(|text| {
        catalog::partition_of_region(text).is_some() && !text.ends_with("-global")
    })
}

/// Whether a text is no region's code.
pub(in crate::diagnose::rules) fn is_no_region(text: &BStr) -> bool {
    !is_region(text)
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeRegion);
    let literals: Vec<BString> = match wrong(it) {
        Some((stated, _)) => vec![stated],
        None if is_region(right) => {
            vec![
                right.replace("-", "_").into(),
                right.to_ascii_uppercase().into(),
            ]
        }
        None => Vec::new(),
    };
    for literal in literals {
        let variant = RULE.variant().with(Slot::ScopeRegion, literal.clone());
        out.push(variant.with(Slot::KeyRegion, literal).named(right));
    }
}
