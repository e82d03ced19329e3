use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::rules::capitals::capitalised;
use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Fix, Frame, Observation, Rule, RuleStage, Slot,
    TextChange, Tier, Variant, Variants,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "signed-headers-list-miswritten",
    summary: "the list of signed headers in the canonical request is not the one that was sent",
    stage: RuleStage::Header,
    tier: Tier::C,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The list of signed headers stands in the canonical request as it does in the request's authorization:
names in lower case, sorted, with a semicolon between them. The signer wrote it one way here and
another way there.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, with a signer of one's
own.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

A name that the request states twice is a suspicion.

## Fix
Make the list once, and use it in both places.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Both { observe, make },
    fix,
};

/// A name that stands in the list twice.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    let Some(stated) = it.stated().filter(|_| !it.accepted()) else {
        return Vec::new();
    };
    let list = &stated.authorization.signed_headers;
    let mut seen = BTreeSet::new();
    let twice = list.split_str(";").find(|name| !seen.insert(*name));
    let observation = |name: &[u8]| {
        let sign = [
            name,
            b" stands in the list twice; a header that is sent twice is named once",
        ]
        .concat();
        Observation::new(Circumstance::Suspected)
            .at(it.locate(list))
            .sign(sign)
    };
    twice
        .filter(|name| !name.is_empty())
        .map(observation)
        .into_iter()
        .collect()
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let forms: [(TextChange, &str); 11] = [
        (|text| changed(text, sorted), "sorted, unlike the one sent"),
        (|text| changed(text, capitalised), "names with capitals"),
        (
            |text| changed(text, <[u8]>::to_ascii_lowercase),
            "in small letters, unlike the one sent",
        ),
        (
            |text| changed(text, |list| list.replace(";", ",")),
            "with commas",
        ),
        (
            |text| changed(text, |list| list.replace(";", "; ")),
            "with a space behind each semicolon",
        ),
        (
            |text| changed(text, |list| [list, b";"].concat()),
            "with a semicolon at its end",
        ),
        (
            |text| changed(text, |list| list.replace(";", "%3B")),
            "percent-encoded",
        ),
        (|text| changed(text, reversed), "backwards"),
        (|text| changed(text, |_| Vec::new()), "left out"),
        (|text| changed(text, |_| b"host".to_vec()), "the host alone"),
        (
            |text| changed(text, |_| b"host;x-amz-date".to_vec()),
            "host and x-amz-date alone",
        ),
    ];
    for (change, form) in forms {
        let frame = Frame::of_canonical_request(change);
        out.push(RULE.variant().framed(frame).named(form));
    }
    let frame = Frame::of_canonical_request(|text| changed(text, <[u8]>::to_ascii_uppercase));
    out.push(RULE.variant().framed(frame).named("in capitals").alone());
    out.extend(as_printed(draft, it));
    if out.wants_alone() {
        out.extend(other_lists(draft, it).map(Variant::alone));
    }
}

fn is_name(text: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    !text.is_empty() && text.iter().all(of_name)
}

/// Headers that signers list and do not send, or add behind the signature.
const OFTEN_LISTED: [&str; 8] = [
    "accept",
    "content-length",
    "content-md5",
    "content-type",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

/// The list that the signer printed, where it has the right names in another order, or one more or
/// less.
fn as_printed(draft: &Draft, it: &Examination<'_>) -> Option<Variant> {
    let printed = it.signed_piece(Slot::SignedHeaders)?;
    let own = draft.get(Slot::SignedHeaders);
    let names =
        |list: &[u8]| -> BTreeSet<Vec<u8>> { list.split_str(";").map(<[u8]>::to_vec).collect() };
    let (mine, right) = (names(&printed), names(own));
    let lacking: Vec<Vec<u8>> = right.difference(&mine).cloned().collect();
    let further: Vec<Vec<u8>> = mine.difference(&right).cloned().collect();
    let form = match (lacking.as_slice(), further.as_slice()) {
        ([], []) => BString::from("in another order"),
        ([one], []) => BString::from([b"without ", one.as_slice()].concat()),
        ([], [one]) if is_name(one) => BString::from([b"with ", one.as_slice()].concat()),
        _ => return None,
    };
    let is_other = printed != own;
    let variant = RULE.variant().with(Slot::SignedHeaders, printed);
    is_other.then(|| variant.named(form).beside_the_stated())
}

/// The list with each name as it was sent, without each of its names, and with each of the request's
/// others.
fn other_lists(draft: &Draft, it: &Examination<'_>) -> impl Iterator<Item = Variant> {
    let names: Vec<BString> = draft
        .get(Slot::SignedHeaders)
        .split_str(";")
        .map(BString::from)
        .collect();
    let fields = it.request().map_or(&[][..], |request| &request.headers);
    let sent = |name: &BString| {
        let mut fields = fields.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name));
        field.map_or_else(|| name.clone(), |field| field.name.clone())
    };
    let as_sent = names.iter().map(sent).collect::<Vec<_>>().join(&b';');
    let mut lists = vec![(as_sent, BString::from("names as they are sent"))];
    lists.extend((0..names.len()).map(|at| {
        let mut others = names.clone();
        let name = others.remove(at);
        (others.join(&b';'), [b"without ", &name[..]].concat().into())
    }));
    let others = fields.iter().map(|field| field.name.to_ascii_lowercase());
    let others = others.chain(OFTEN_LISTED.map(|name| name.as_bytes().to_vec()));
    let others: BTreeSet<Vec<u8>> = others.filter(|other| is_name(other)).collect();
    lists.extend(others.into_iter().filter_map(|other| {
        let at = names
            .binary_search_by(|own| own.as_slice().cmp(&other))
            .err()?;
        let mut all = names.clone();
        all.insert(at, other.clone().into());
        Some((all.join(&b';'), [b"with ", &other[..]].concat().into()))
    }));
    lists.into_iter().map(|(list, form)| {
        let variant = RULE.variant().with(Slot::SignedHeaders, list);
        variant.named(form).beside_the_stated()
    })
}

fn reversed(list: &[u8]) -> Vec<u8> {
    list.rsplit_str(";").collect::<Vec<_>>().join(&b';')
}

/// The canonical request with its last line but one changed, where the list stands.
fn changed(text: &[u8], change: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let Some(behind) = text.rfind_byte(b'\n') else {
        return text.to_vec();
    };
    let (head, hash) = text.split_at(behind);
    let start = head.rfind_byte(b'\n').map_or(0, |at| at + 1);
    let (front, list) = head.split_at(start);
    [front, &change(list), hash].concat()
}

fn sorted(list: &[u8]) -> Vec<u8> {
    let mut names: Vec<&[u8]> = list.split_str(";").collect();
    names.sort_unstable();
    names.join(&b';')
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("use one list of signed headers in both places")
}
