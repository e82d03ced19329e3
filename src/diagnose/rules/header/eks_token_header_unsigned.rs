use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::rules::header::earlier,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Tier, Variants,
    },
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "eks-token-header-unsigned",
    summary: "x-k8s-aws-id is not part of the signature of an EKS token",
    stage: RuleStage::Header,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The token that `aws eks get-token` makes is a presigned `GetCallerIdentity` of STS with the
cluster's name in the header `x-k8s-aws-id`, and that header must be signed. The signer named it
without signing it, or sent it unsigned.

## How it shows
401 `Unauthorized` from the cluster.

## How it is proved
The request states its signed headers, and the header is not among them. Where it is, but was not
there when the URL was signed: the line is left out, and the signature comes out as sent.

## Fix
Put `x-k8s-aws-id` among the signed headers, with the name of the cluster as its value, when the
URL is presigned.

## Seen in
aws/aws-sdk-java#2413
",
    check: Check::Both { observe, make },
    fix,
};

const NAME: &str = "x-k8s-aws-id";

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((request, stated)) = it.request().zip(it.stated()) else {
        return Vec::new();
    };
    let signed = &stated.authorization.signed_headers;
    let listed = signed.split_str(";").any(|name| name == NAME.as_bytes());
    if listed || request.header(NAME).is_none() {
        return Vec::new();
    }
    let right = [signed.as_bytes(), b";", NAME.as_bytes()].concat();
    vec![Observation::new(Circumstance::Stated).shows(signed.clone(), right)]
}

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    if draft.header(NAME).is_some() {
        out.push(earlier::line(&RULE, draft, NAME, None));
        out.push(earlier::line(&RULE, draft, NAME, Some("".into())));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sign x-k8s-aws-id, with the name of the cluster as its value",
    )
}
