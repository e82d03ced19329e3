use bstr::{BStr, ByteSlice};

use crate::{
    diagnose::{Check, Circumstance, Examination, Fix, Observation, Rule, RuleStage, Tier},
    evidence::Statement,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "missing-auth-token-wrong-route",
    summary: "the API may have no such path or method",
    stage: RuleStage::Target,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: r#"## What goes wrong
Amazon API Gateway answers a path, a method or a stage that the API does not have as if the request
were not signed.

## How it shows
403 `MissingAuthenticationTokenException`, `{"message":"Missing Authentication Token"}`.

## How it is proved
The request carries a signature and the answer says that there is none, or the answer quotes a token
of another scheme. That the route is wrong is a suspicion: the answer does not say so. Of an answer
without its request, that the request was not signed is as possible; where a host of another service
stands beside it, nothing else is.

## Fix
Call the path with its stage in front (`/prod/items`), with the method that is deployed; deploy the
API where the route is new.

## Seen in
aws/chalice#12, stackery/php-lambda-layer#31,
serverless-operations/serverless-apigateway-service-proxy#110
"#,
    check: Check::Observe(observe),
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(request) = it.request() else {
        return match it.may_be_of_gateway() {
            true => vec![Observation::new(Circumstance::Suspected)],
            false => of_another_scheme(it),
        };
    };
    let is_signed = it
        .authorization_text()
        .is_some_and(|text| text.trim().starts_with(b"AWS4-"));
    let is_gateway = it.foreign_host().is_some() || it.signing_name() == "execute-api";
    let missed = it.says(&Statement::AuthenticationMissing);
    if !(missed && is_gateway && (is_signed || it.is_presigned())) {
        return Vec::new();
    }
    let route = bstr::join(" ", [request.method.as_bstr(), request.path()]);
    vec![
        Observation::new(Circumstance::Suspected)
            .named(route)
            .at(it.locate(&request.target))
            .sign("the request carries a signature, and the answer says that there is none"),
    ]
}

/// An answer alone that speaks of a token of another scheme: so a gateway answers where it has no
/// route, or one that wants a signature.
fn of_another_scheme(it: &Examination<'_>) -> Vec<Observation> {
    let observation = Observation::new(Circumstance::Suspected);
    let sign = "the request carried a token of another scheme; so API Gateway answers where it has no such route, or one that wants a signature";
    match it.is_told_of_another_scheme() {
        true => vec![observation.sign(sign)],
        false => Vec::new(),
    }
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("call a path and a method that the API has, with its stage in front")
}
