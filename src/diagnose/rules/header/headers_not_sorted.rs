use bstr::{BStr, BString, ByteSlice};

use crate::diagnose::{
    Check, Circumstance, Draft, Examination, Fix, Observation, Rule, RuleStage, Slot, Tier,
    Variants, draft::push_line,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "headers-not-sorted",
    summary: "the canonical headers stand in the order of the wire; they are sorted by name",
    stage: RuleStage::Header,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The lines of the canonical headers are sorted by name in lower case, and so is the list of signed
headers. The signer left them in the order in which they were set.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`; it can work for years, until a header is added
that does not sort last.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

A canonical request alone says so itself.

## Fix
Sort the headers by their lower-case names before writing lines and list.

## Seen in
no thread; a mistake of many first attempts, shown by mutation
",
    check: Check::Both { observe, make },
    fix,
};

/// The signer's own lines, with nothing beside them.
fn observe(it: &Examination<'_>) -> Vec<Observation> {
    // With a request or the service's lines beside them, making the mistake tells more.
    let alone = it.request().is_none() && it.service_text().is_none();
    let Some(printed) = it.printed().filter(|_| alone && !it.accepted()) else {
        return Vec::new();
    };
    let names: Vec<&BStr> = printed.header_lines().map(|(name, _)| name).collect();
    let is_name = |name: &&BStr| {
        name.iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte))
    };
    let first = names.windows(2).find(|pair| pair[0] > pair[1]);
    // Lines that are no header's are another matter.
    let Some([_, name]) = first.filter(|_| names.iter().all(is_name)) else {
        return Vec::new();
    };
    let mut sorted = names.clone();
    sorted.sort_unstable();
    let [actual, expected] = [&names, &sorted].map(|names| bstr::join(";", names));
    vec![
        Observation::new(Circumstance::Stated)
            .shows(actual, expected)
            .at(it.locate(&[name.as_bytes(), b":"].concat())),
    ]
}

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let held: Vec<(&BStr, &BStr)> = draft.header_lines().collect();
    let right = draft.get(Slot::CanonicalHeaders);
    // Empty where the names are not those of the lines.
    let lines = |names: &[BString]| -> Vec<u8> {
        let found = |name: &BString| held.iter().find(|(own, _)| own == name);
        let mut ordered = Vec::with_capacity(right.len());
        let mut count = 0;
        for (name, value) in names.iter().filter_map(found) {
            push_line(&mut ordered, name, value);
            count += 1;
        }
        if count != held.len() {
            ordered.clear();
        }
        ordered
    };
    let list = draft.get(Slot::SignedHeaders);
    let mut push = |names: &[BString], list_too: bool, form: &str| {
        let text = lines(names);
        if text.is_empty() || text == right.as_bytes() {
            return;
        }
        let variant = RULE
            .variant()
            .with(Slot::CanonicalHeaders, text)
            .named(form);
        out.push(match list_too {
            true => variant.with(Slot::SignedHeaders, names.join(&b';')),
            false => variant,
        });
    };
    let names = |list: &[u8]| -> Vec<BString> { list.split_str(";").map(BString::from).collect() };
    push(&names(list), false, "the order of the list");
    let stated = it
        .stated()
        .map(|stated| names(&stated.authorization.signed_headers));
    if let Some(stated) = stated {
        push(&stated, false, "the order of the list, which is not sorted");
    }
    if let Some(printed) = it.signed_piece(Slot::CanonicalHeaders) {
        let name = |line: &[u8]| Some(BString::from(line.split_once_str(":")?.0));
        let order: Vec<BString> = printed.lines().filter_map(name).collect();
        push(&order, false, "the order that the signer printed");
    }
    let Some(request) = it.request() else { return };
    let mut sent: Vec<BString> = Vec::new();
    for field in &request.headers {
        let name: BString = field.name.to_ascii_lowercase().into();
        if !sent.contains(&name) && held.iter().any(|(own, _)| *own == name) {
            sent.push(name);
        }
    }
    push(&sent, false, "the order of the wire");
    push(&sent, true, "the order of the wire, the list too");
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "sort the headers by their lower-case names",
    )
}
