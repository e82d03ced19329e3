use bstr::BStr;

use crate::{
    diagnose::{
        Check, Draft, Examination, Fix, Frame, KeyDerivation, Rule, RuleStage, Tier, Variants,
        WrongKey,
    },
    sigv4::{ALGORITHM, SecretAccessKey, TERMINATOR},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signing-key-no-prefix",
    summary: "the signing key was derived without AWS4 before the secret",
    stage: RuleStage::Key,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The first key of the chain is `AWS4` followed by the secret access key. The signer took the secret
alone, or wrote the prefix otherwise.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, while canonical request
and string to sign agree with those of the service.

## How it is proved
With the secret: the mistake is made, and the signature comes out as sent. Without it nothing
about the key can be proven.

## Fix
Begin the chain with `AWS4` and the secret, as one text.

## Seen in
docs.amazonpay.amazon.in (the page that states the rule); shown by mutation
",
    check: Check::Make(make),
    fix,
};

fn make(_draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(KeyDerivation, &str); 10] = [
        (
            |secret, date, region, service| chain(b"", secret, date, region, service),
            "no prefix",
        ),
        (
            |secret, date, region, service| chain(b"aws4", secret, date, region, service),
            "aws4",
        ),
        (
            |secret, date, region, service| chain(b"AWS", secret, date, region, service),
            "AWS",
        ),
        (
            |secret, date, region, service| chain(b"Aws4", secret, date, region, service),
            "Aws4",
        ),
        (
            |secret, date, region, service| chain(b"AWS4-", secret, date, region, service),
            "AWS4-",
        ),
        (
            |secret, date, region, service| chain(b"AWS4_", secret, date, region, service),
            "AWS4_",
        ),
        (
            |secret, date, region, service| chain(b"AWS4AWS4", secret, date, region, service),
            "AWS4 twice",
        ),
        (
            |secret, date, region, service| {
                chain(ALGORITHM.as_bytes(), secret, date, region, service)
            },
            "the algorithm's name",
        ),
        (
            |secret, date, region, service| {
                // The secret is what the first key is made of.
                let behind = [secret.expose(), b"AWS4"].concat();
                chain(b"", &SecretAccessKey::new(behind), date, region, service)
            },
            "AWS4 behind the secret",
        ),
        (
            |secret, _, _, _| WrongKey::new(secret.expose().to_vec()),
            "the secret itself as the key",
        ),
    ];
    for (derive, form) in forms {
        let frame = Frame {
            key: Some(derive),
            ..Frame::default()
        };
        let variant = RULE.variant().framed(frame).named(form);
        let common = ["no prefix", "aws4", "AWS"].contains(&form);
        out.push(match common {
            true => variant,
            false => variant.alone(),
        });
    }
}

fn chain(
    prefix: &[u8],
    secret: &SecretAccessKey,
    date: &[u8],
    region: &[u8],
    service: &[u8],
) -> WrongKey {
    let texts = [date, region, service, TERMINATOR.as_bytes()];
    WrongKey::chain(prefix, secret, &texts)
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("put AWS4 before the secret when the first key is derived")
}
