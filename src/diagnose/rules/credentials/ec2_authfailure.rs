use bstr::BStr;

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Stated, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "ec2-authfailure",
    summary: "Amazon EC2 does not say which part of the authentication is wrong",
    stage: RuleStage::Credentials,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
Amazon EC2 has one answer for a wrong clock, an unknown key, a wrong secret and a wrong scope.

## How it shows
401 `AuthFailure`, *AWS was not able to validate the provided access credentials*. There is no
canonical string in the answer.

## How it is proved
Nothing is proved by it. What can be compared is: the signing time with the answer's `Date`, the
region's spelling, and with the secret the signature. What is found there stands among the signs, or
is a finding of its own.

## Fix
Look at the clock first, then at the region of the scope, then at the key: `aws sts
get-caller-identity` with the same keys says whether they are good.

## Seen in
hashicorp/terraform-provider-aws#1102, hashicorp/packer#3140, mitchellh/vagrant-aws#372,
aws/aws-sdk-java-v2#2981, aws/aws-cli#1948
",
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    if !it.says(&Statement::CredentialsNotValidated) {
        return Vec::new();
    }
    let mut observation = Observation::new(Circumstance::Suspected);
    let clocks = it.stated().and_then(Stated::time).zip(it.clock());
    observation = observation.sign(match clocks.map(|(signed, now)| signed.since(now)) {
        None => "the clock could not be compared".to_owned(),
        Some(seconds) if seconds.abs() > 300 => {
            format!(
                "the signer's clock is {} seconds from the service's",
                seconds
            )
        }
        Some(seconds) => format!("it is not the clock: {} seconds apart", seconds.abs()),
    });
    if let Some(region) = it.stated().and_then(|stated| stated.scope_part(1))
        && region.iter().any(u8::is_ascii_uppercase)
    {
        observation = observation
            .sign("the scope's region is written in capitals")
            .shows(region, region.to_ascii_lowercase())
            .at(it.locate(region));
    }
    vec![observation]
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("look at the clock, then at the region of the scope, then at the key")
}
