use bstr::{BStr, BString};

use crate::{
    diagnose::rules::scope::parts,
    diagnose::{
        Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
        Variants,
    },
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "scope-date-mismatch",
    summary: "the date in the credential scope is not the date of X-Amz-Date",
    stage: RuleStage::Scope,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The first part of the scope is the day of the signing time, in UTC. The signer took the day of its
own time zone, or kept a scope past midnight.

## How it shows
*Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP*; Amazon
S3: *Invalid credential date*.

## How it is proved
The service states it, or the request itself does, or the catalogue knows the host. With the
secret the signature is recomputed in the scope as stated: when it comes out as sent, this is the
whole mistake.

## Fix
Take the time once, in UTC, and write `X-Amz-Date`, the scope and the key from it.

## Seen in
mhart/dynalite (source), versity/versitygw (source), aboullaite/fhemni#27
",
    check: Check::Both { observe, make },
    fix,
};

fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some((stated, right)) = wrong(it) else {
        return Vec::new();
    };
    vec![
        Observation::new(Circumstance::Stated)
            .shows(stated, right.clone())
            .named(right)
            .at(parts::place(it)),
    ]
}

fn wrong(it: &Examination<'_>) -> Option<(BString, BString)> {
    let stated = it.stated()?;
    let (scope, time) = (stated.scope_part(0)?, stated.time()?);
    // With a part too few, another part may stand there.
    let in_place = stated.scope_part(3).is_some() && !scope.is_empty();
    (in_place && scope != time.date()).then(|| (scope.to_owned(), time.date().to_owned()))
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let right = draft.get(Slot::ScopeDate);
    let mut dates: Vec<BString> = wrong(it).into_iter().map(|(stated, _)| stated).collect();
    if let (true, Ok(time)) = (
        dates.is_empty(),
        Timestamp::parse(draft.get(Slot::Timestamp)),
    ) {
        let day = |seconds| Some(BString::from(time.plus(seconds)?.date()));
        dates.extend([-86_400, 86_400].into_iter().filter_map(day));
    }
    for date in dates {
        let variant = RULE.variant().with(Slot::ScopeDate, date.clone());
        out.push(variant.with(Slot::KeyDate, date).named(right));
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    parts::fix(it, 0, parameter)
}
