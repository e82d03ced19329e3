use std::collections::HashSet;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog::{self, partition_of_region},
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variant, Variants},
    sigv4::Timestamp,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signing-key-date-or-region-differs",
    summary: "the signing key was derived for another date, region or service than the scope states",
    stage: RuleStage::Key,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The signing key is made of the date, the region and the service of the credential scope. The
signer kept a key from yesterday, or derived it for its default region or another name of the
service, while the scope states the right ones.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, while canonical request
and string to sign agree with those of the service.

## How it is proved
With the secret: the mistake is made, and the signature comes out as sent. Without it nothing
about the key can be proven.

## Fix
Derive the key from the very date, region and service that stand in the scope, and anew at
midnight UTC.

## Seen in
docs.aws.amazon.com: IAM User Guide, Troubleshoot Signature Version 4 signing for AWS API requests
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let now = |slot: Slot| draft.get(slot).to_owned();
    let time = Timestamp::parse(&now(Slot::Timestamp)).ok();
    let day = |days: i64| Some(BString::from(time.as_ref()?.plus(days * 86_400)?.date()));
    let mut dates: Vec<BString> = [-1, 1, -2, -7].into_iter().filter_map(day).collect();
    dates.push(now(Slot::Timestamp));
    let whole = time.as_ref().map(Timestamp::extended);
    dates.extend(
        whole
            .iter()
            .filter_map(|text| text.get(..10))
            .map(BString::from),
    );
    dates.extend(whole.as_deref().map(BString::from));
    let stated = it
        .witnesses()
        .filter_map(|request| request.header("x-amz-date"));
    dates.extend(stated.filter_map(|time| time.get(..8)).map(BString::from));
    let partition = partition_of_region(&now(Slot::ScopeRegion).to_str_lossy());
    let mut regions: Vec<BString> = partition
        .iter()
        .flat_map(|partition| partition.regions())
        .map(BString::from)
        .collect();
    regions.extend(["us-east-1", "aws-global", ""].map(BString::from));
    let region = now(Slot::ScopeRegion);
    regions.push(region.to_ascii_uppercase().into());
    let mut services: Vec<BString> = it.expected().services.clone();
    let host = draft.header("host").unwrap_or_default();
    services.extend(host.split_str(".").take(2).map(BString::from));
    services.extend(SERVICES.map(BString::from));
    services.push(now(Slot::ScopeService).to_ascii_uppercase().into());
    services.push(now(Slot::ScopeService).to_ascii_lowercase().into());
    // A key that was kept for months, or made for some other service; only a secret can tell.
    let (mut far_dates, mut far_regions, mut far_services) = (Vec::new(), Vec::new(), Vec::new());
    if it.secret().is_some() {
        far_dates.extend((-KEPT_DAYS..=KEPT_DAYS).filter_map(day));
        far_dates.extend([-365, 365, -366, 366].into_iter().filter_map(day));
        far_dates.extend(day(0).iter().flat_map(written_otherwise));
        // An availability zone in the region's place.
        let zone = |letter: u8| BString::from([&region[..], &[letter]].concat());
        far_regions.extend((b'a'..=b'f').map(zone));
        let names = catalog::services().flat_map(catalog::Service::signing_names);
        far_services.extend(names.map(BString::from));
    }
    let inputs = [
        (Slot::KeyDate, dates, far_dates, "date"),
        (Slot::KeyRegion, regions, far_regions, "region"),
        (Slot::KeyService, services, far_services, "service"),
    ];
    for (slot, near, far, name) in inputs {
        let mut seen: HashSet<BString> = HashSet::from([now(slot)]);
        let variant = |text: &BString| {
            let parameter = [name.as_bytes(), b" ", text].concat();
            RULE.variant().with(slot, text.clone()).named(parameter)
        };
        let mut new = |text: &BString| seen.insert(text.clone());
        out.extend(near.iter().filter(|text| new(text)).map(variant));
        let far = far.iter().filter(|text| new(text)).map(variant);
        out.extend(far.map(Variant::alone));
    }
}

/// A date `YYYYMMDD` as `YYMMDD`, `DDMMYYYY` and `MMDDYYYY`.
fn written_otherwise(date: &BString) -> Vec<BString> {
    let Some((year, rest)) = date.split_at_checked(4) else {
        return Vec::new();
    };
    let (month, day) = rest.split_at(rest.len().min(2));
    let short = year.get(2..).unwrap_or_default();
    let forms = [[short, month, day], [day, month, year], [month, day, year]];
    forms.map(|parts| parts.concat().into()).to_vec()
}

/// How far from the signing time the date of a kept key is sought.
const KEPT_DAYS: i64 = 100;

/// Names that signers have as defaults.
const SERVICES: [&str; 8] = ["s3", "execute-api", "es", "iam", "sts", "ec2", "host", ""];

fn fix(it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    let scope = it
        .stated()
        .map(|stated| stated.authorization.scope().to_owned());
    let words = "derive the signing key from the scope that is stated";
    match scope {
        Some(scope) => Fix::words([words.as_bytes(), b": ", &scope].concat()),
        None => Fix::words(words),
    }
}
