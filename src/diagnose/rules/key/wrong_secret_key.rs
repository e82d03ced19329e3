use bstr::BStr;

use crate::diagnose::{Check, Examination, Fix, LeftOver, Rule, RuleStage, Tier};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "wrong-secret-key",
    summary: "the secret access key that signed is not the one that belongs to the access key id",
    stage: RuleStage::Key,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The access key id is real, but the secret that signed belongs to another key: an environment
variable won over the profile, the key was rotated, or the secret was copied wrong.

## How it shows
The signature does not match, and nothing else is wrong. Amazon EC2 says `AuthFailure`.

## How it is proved
By exclusion only. When both sides computed the same canonical request and the same string to sign,
nothing but the key can have made another signature. With the right secret at hand, no mistake that
is known gives the signature that was sent.

## Fix
Find out which credentials the program really used, and take id, secret and token from one source.

## Seen in
aws/aws-cli#5341, aws/aws-cli#602, boto/boto3#1427, amzn/selling-partner-api-models#1900
",
    check: Check::LeftOver(LeftOver::Key),
    fix,
};

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words(match it.was_sent_here() {
        true => "replace the secret access key at hand, or take id, secret and token of another",
        false => "find out which credentials the program used, and replace the secret access key",
    })
}
