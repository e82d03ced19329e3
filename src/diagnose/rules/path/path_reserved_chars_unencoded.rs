use bstr::{BStr, BString};

use crate::{
    diagnose::rules::escapes,
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Slot, Tier, Variants},
    sigv4::{PathEncoding, encode_path},
    wire::target::percent_decode,
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "path-reserved-chars-unencoded",
    summary: "reserved characters were left unencoded in the canonical path",
    stage: RuleStage::Path,
    tier: Tier::B,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The canonical path has everything encoded but `A-Z a-z 0-9 - . _ ~` and the slash. The signer's
encoder leaves more alone: JavaScript's `encodeURIComponent` leaves `! * ' ( )`, `encodeURI` and
most URL libraries leave `: @ = + $ & , ;` too.

Where all reserved characters of the path were sent plainly, path-mixed-encoding gives the same
text and is named beside this rule; so is path-encoded-once-non-s3 where only the second layer
differs.

## How it shows
S3 answers 403 `SignatureDoesNotMatch`, other services `SignatureDoesNotMatch` or
`InvalidSignatureException`, only for paths with such characters.

## How it is proved
The mistake is made, and the canonical request hashes to the signer's digest, or the signature
comes out as sent.

## Fix
Encode every byte but `A-Z a-z 0-9 - . _ ~` in each segment.

## Seen in
smithy-lang/smithy-typescript#1224, apache/trafficserver#12802, aws/aws-sdk-java-v2#3154,
aws/aws-sdk-js#853
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, it: &Examination<'_>, out: &mut Variants<'_>) {
    let uri = draft.get(Slot::CanonicalUri);
    let mut texts: Vec<BString> = vec![uri.to_owned()];
    let mut push = |text: BString, form: String| {
        if !texts.contains(&text) {
            texts.push(text.clone());
            out.push(RULE.variant().with(Slot::CanonicalUri, text).named(form));
        }
    };
    for (name, characters) in escapes::LEFT_ALONE {
        push(escapes::unencode(uri, characters), name.to_owned());
    }
    let bare = match it.recipe().path_encoding {
        PathEncoding::Twice => percent_decode(&percent_decode(uri)),
        _ => percent_decode(uri),
    };
    push(bare, "every character".to_owned());
    for character in "!*'():@=[]$&+,;".chars() {
        push(
            escapes::unencode(uri, &character.to_string()),
            character.to_string(),
        );
    }
    if it.recipe().path_encoding == PathEncoding::Twice {
        let once = percent_decode(uri);
        for (name, characters) in escapes::LEFT_ALONE {
            let unencoded = escapes::unencode(&once, characters);
            if unencoded != once {
                push(
                    encode_path(&unencoded),
                    format!("{name}, in the first layer"),
                );
            }
        }
    }
}

fn fix(it: &Examination<'_>, parameter: Option<&BStr>) -> Fix {
    Fix::undo(
        &RULE,
        it,
        parameter,
        "encode every byte of each segment but A-Z a-z 0-9 - . _ ~",
    )
}
