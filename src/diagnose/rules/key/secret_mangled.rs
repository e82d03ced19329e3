use bstr::{BStr, ByteSlice};
use zeroize::Zeroizing;

use crate::{
    diagnose::{Check, Draft, Examination, Fix, Rule, RuleStage, Tier, Variant, Variants},
    sigv4::{SecretAccessKey, encode},
    wire::{base64::base64, target::percent_decode},
};

pub(in crate::diagnose::rules) static RULE: Rule = Rule {
    id: "secret-mangled",
    summary: "the secret access key was altered on its way to the signer",
    stage: RuleStage::Key,
    tier: Tier::A,
    needs: &[],
    specialises: None,
    since: "0.1.0",
    page: "\
## What goes wrong
The secret is the right one, and the program that signs had it with a line feed at its end, in
quotes, with its `+` or `/` escaped, or without its last character. That secrets with `/` or `+`
are no good is a legend: what breaks is how they are passed on.

## How it shows
`SignatureDoesNotMatch` or `InvalidSignatureException`, for every call, while canonical request
and string to sign agree with those of the service.

## How it is proved
With the secret: the mistake is made, and the signature comes out as sent. Without it nothing
about the key can be proven.

## Fix
Pass the secret on as it is: trim white space and quotes, and look at its length, which is 40.

## Seen in
aws/aws-cli#602, aws/aws-cli#6751, mhart/aws4#22, cloudyr/aws.s3#423, aloneguid/storage#153
",
    check: Check::Make(make),
    fix,
};

fn make(draft: &Draft, _it: &Examination<'_>, out: &mut Variants<'_>) {
    let Some(secret) = draft.secret() else { return };
    // Each altered secret is made of the given one; none is shown, only how it was altered.
    let plain = Zeroizing::new(secret.expose().to_vec());
    for (form, alter) in &FORMS {
        out.extend(altered(&plain, form, *alter));
    }
    // Each is rare: no other mistake is made with it.
    let rare = RARE
        .iter()
        .filter_map(|(form, alter)| altered(&plain, form, *alter));
    out.extend(rare.map(Variant::alone));
}

fn altered(plain: &[u8], form: &str, alter: Alter) -> Option<Variant> {
    let altered = Zeroizing::new(alter(plain));
    let secret = SecretAccessKey::new(altered.to_vec());
    (altered.as_slice() != plain).then(|| RULE.variant().with_secret(secret).named(form))
}

type Alter = fn(&[u8]) -> Vec<u8>;

/// Every way in which secrets are seen to be altered.
const FORMS: [(&str, Alter); 31] = [
    ("a line feed at its end", |own| [own, b"\n"].concat()),
    ("CR LF at its end", |own| [own, b"\r\n"].concat()),
    ("CR at its end", |own| [own, b"\r"].concat()),
    ("a space at its end", |own| [own, b" "].concat()),
    ("a tab at its end", |own| [own, b"\t"].concat()),
    ("a space before it", |own| [b" ", own].concat()),
    ("a space on either side", |own| [b" ", own, b" "].concat()),
    ("in double quotes", |own| [b"\"", own, b"\""].concat()),
    ("in single quotes", |own| [b"'", own, b"'"].concat()),
    ("a double quote at its end", |own| [own, b"\""].concat()),
    ("a double quote before it", |own| [b"\"", own].concat()),
    ("\\n at its end", |own| [own, b"\\n"].concat()),
    ("a zero byte at its end", |own| [own, b"\0"].concat()),
    ("a comma at its end", |own| [own, b","].concat()),
    ("a byte order mark before it", |own| {
        [b"\xef\xbb\xbf", own].concat()
    }),
    ("+ as a space", |own| own.replace("+", " ")),
    ("+ as %2B", |own| own.replace("+", "%2B")),
    ("/ as \\/", |own| own.replace("/", "\\/")),
    ("/ as %2F", |own| own.replace("/", "%2F")),
    ("/ left out", |own| own.replace("/", "")),
    ("+ left out", |own| own.replace("+", "")),
    ("percent-encoded", |own| encode(own).into()),
    ("percent-encoded in lower case", |own| {
        own.replace("/", "%2f")
            .replace("+", "%2b")
            .replace("=", "%3d")
    }),
    ("percent-decoded", |own| percent_decode(own).into()),
    ("its last character missing", |own| {
        own.split_last().map_or(&[][..], |(_, rest)| rest).to_vec()
    }),
    ("its first character missing", |own| {
        own.get(1..).unwrap_or_default().to_vec()
    }),
    ("in lower case", <[u8]>::to_ascii_lowercase),
    ("in upper case", <[u8]>::to_ascii_uppercase),
    ("in Base64", |own| base64(own)),
    ("white space and quotes taken off", |own| {
        own.trim_with(|byte| byte.is_whitespace() || byte == '"' || byte == '\'')
            .to_vec()
    }),
    ("a space in it read as +", |own| own.replace(" ", "+")),
];

/// Ways in which a secret is altered by a program that is wrong in some other way too.
const RARE: [(&str, Alter); 37] = [
    ("a line feed before it", |own| [b"\n", own].concat()),
    ("%0A at its end", |own| [own, b"%0A"].concat()),
    ("in backticks", |own| [b"`", own, b"`"].concat()),
    ("no secret: an empty text", |_| Vec::new()),
    ("no secret: null", |_| b"null".to_vec()),
    ("no secret: None", |_| b"None".to_vec()),
    ("no secret: undefined", |_| b"undefined".to_vec()),
    ("decoded from Base64", |own| {
        crate::wire::base64::decoded(own).unwrap_or_else(|| own.to_vec())
    }),
    ("in the letters of Base64 for URLs", |own| {
        own.replace("+", "-").replace("/", "_")
    }),
    ("percent-encoded twice", |own| encode(&encode(own)).into()),
    ("a no-break space at its end", |own| {
        [own, "\u{a0}".as_bytes()].concat()
    }),
    ("a semicolon at its end", |own| [own, b";"].concat()),
    ("an equals sign before it", |own| [b"=", own].concat()),
    ("an equals sign at its end", |own| [own, b"="].concat()),
    ("its name before it", |own| {
        [b"aws_secret_access_key=", own].concat()
    }),
    ("its name in capitals before it", |own| {
        [b"AWS_SECRET_ACCESS_KEY=", own].concat()
    }),
    ("in Base64, with a line feed encoded", |own| {
        base64(&[own, b"\n"].concat())
    }),
    ("in Base64, with a line feed at its end", |own| {
        [&base64(own)[..], b"\n"].concat()
    }),
    ("a backslash at its end", |own| [own, b"\\"].concat()),
    ("a space with no width at its end", |own| {
        [own, "\u{200b}".as_bytes()].concat()
    }),
    ("a space with no width before it", |own| {
        ["\u{200b}".as_bytes(), own].concat()
    }),
    ("in curly quotes", |own| {
        ["\u{201c}".as_bytes(), own, "\u{201d}".as_bytes()].concat()
    }),
    ("as Python writes bytes, b'…'", |own| {
        [b"b'", own, b"'"].concat()
    }),
    ("in braces", |own| [b"{", own, b"}"].concat()),
    ("in angle brackets", |own| [b"<", own, b">"].concat()),
    ("a dollar before it", |own| [b"$", own].concat()),
    ("/ as \\u002f, + as \\u002b", |own| {
        own.replace("/", "\\u002f").replace("+", "\\u002b")
    }),
    ("/ as \\u002f", |own| own.replace("/", "\\u002f")),
    ("+ as \\u002b", |own| own.replace("+", "\\u002b")),
    ("+ as \\u002B", |own| own.replace("+", "\\u002B")),
    ("+ as &#43;", |own| own.replace("+", "&#43;")),
    ("an equals sign and a space before it", |own| {
        [b"= ", own].concat()
    }),
    ("/ as &#x2F;, + as &#43;", |own| {
        own.replace("/", "&#x2F;").replace("+", "&#43;")
    }),
    ("cut at its first /", |own| front(own, b'/')),
    ("cut at its first +", |own| front(own, b'+')),
    ("twice, one behind the other", |own| [own, own].concat()),
    ("in UTF-16", |own| {
        own.iter().flat_map(|byte| [*byte, 0]).collect()
    }),
];

fn front(own: &[u8], end: u8) -> Vec<u8> {
    let front = own.split(|byte| *byte == end).next();
    front.unwrap_or_default().to_vec()
}

fn fix(_it: &Examination<'_>, _parameter: Option<&BStr>) -> Fix {
    Fix::words("pass the secret access key on unaltered: without quotes, white space or escapes")
}
