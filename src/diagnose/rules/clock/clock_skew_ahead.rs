use crate::diagnose::{
    Check, Rule, RuleStage, Tier,
    rules::clock::clock_skew_behind::{Side, fix, observe},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "clock-skew-ahead",
    summary: "the signing time lies in the future of the service's clock",
    stage: RuleStage::Clock,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
A signature is good for 5 minutes (15 on some services) around its signing time. The signer's clock
is fast, or it takes local time for UTC.

## How it shows
*Signature not yet current: … is still later than … (… + 5 min.)*; JSON services answer 400
`InvalidSignatureException`, REST services 403. Of a presigned URL, Amazon S3 says 403
`AccessDenied`, *Request is not yet valid*.

## How it is proved
The message has both clocks; the difference is computed from it. Without a message, the answer's
`Date` header is compared with the signing time.

## Fix
Set the clock (NTP), or take the service's `Date` for the signing time.

## Seen in
s12v/awsbeats#48, aws/aws-sdk-go#2194, aws/aws-sdk-js#1652, aws/aws-sdk-js#2565,
serverless/serverless#4679
",
    check: Check::Observe(|it| observe(it, Side::Ahead)),
    fix,
};
