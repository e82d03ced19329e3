use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    evidence::Refusal,
    source::{ahead::Ahead, error_document::begins_with_status},
    wire::escape::xml_text,
};

/// Reads a refusal in XML, whole or cut: S3's, the query services', EC2's, and what copies them.
///
/// A parser of XML would refuse what a paste has damaged; this reads every element that holds
/// text alone, wherever it stands.
pub(super) fn parse(text: &[u8]) -> Option<Refusal> {
    // The inside of a string of PHP's JSON.
    if text.contains_str("<\\/") {
        return parse(&text.replace("\\/", "/"));
    }
    let mut code = None;
    let mut refusal = Refusal::default();
    let mut message = None;
    for (name, value) in elements(text) {
        match name {
            b"Code" if code.is_none() => code = Some(plain(value)),
            b"Message" if message.is_none() => message = Some(plain(value)),
            b"Code" | b"Message" => {}
            // A viewer puts it on a line of its own.
            b"SignatureProvided" => {
                let value = plain(value);
                refusal.details.push((name.into(), value.trim().into()));
            }
            _ => refusal.details.push((name.into(), plain(value))),
        }
    }
    refusal.code = code?.trim().into();
    refusal.message = message.or_else(|| cut_message(text)).unwrap_or_default();
    Some(refusal)
}

/// A message that the end of the text cuts, as far as it goes; a part of the tag that closes it is
/// none of its own.
fn cut_message(text: &[u8]) -> Option<BString> {
    let (_, message) = text.rsplit_once_str("<Message>")?;
    let (message, rest) = match message.find_byte(b'<') {
        Some(end) => message.split_at(end),
        None => (message, &b""[..]),
    };
    b"</Message>"
        .starts_with(rest.trim_end())
        .then(|| plain(message))
}

/// What a refusal begins with that was copied without its root.
pub(super) const UNWRAPPED: &str = "<Code>SignatureDoesNotMatch</Code>";

/// How the root of a refusal opens and closes.
const ROOTS: [(&str, &str); 6] = [
    ("<ErrorResponse", "</ErrorResponse>"),
    ("<Response><Errors", "</Response>"),
    ("<Errors>", "</Errors>"),
    ("<Error>", "</Error>"),
    ("&lt;ErrorResponse", "&lt;/ErrorResponse&gt;"),
    ("&lt;Error&gt;", "&lt;/Error&gt;"),
];

/// The places of all refusals in a text that holds other things as well, each from its root
/// element to its end, or to the end of the text where it is cut.
pub(super) fn places(text: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut roots = Ahead::of(ROOTS.map(|(opens, _)| opens));
    let mut from = 0;
    while let Some((at, number)) = roots.next(text, from) {
        let inner = text.get(at..).unwrap_or_default();
        let closes = ROOTS.get(number).map_or("", |(_, closes)| closes);
        let length = inner
            .find(closes)
            .map_or(inner.len(), |end| end + closes.len());
        places.push(at..at + length);
        from = at + length;
    }
    if places.is_empty() {
        places.extend(text.find(UNWRAPPED).map(|at| at..text.len()));
    }
    places
}

/// Whether a text ends in the middle of a refusal that it began.
pub(super) fn is_cut(text: &[u8]) -> bool {
    let closed =
        |closes: &str| text.contains_str(closes) || text.contains_str(closes.replace("</", "<\\/"));
    ROOTS
        .iter()
        .any(|(opens, closes)| text.contains_str(opens) && !closed(closes))
}

/// Whether a text begins with a refusal: its root element, or an answer's head before it.
pub(super) fn begins(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_start();
    let opens = [
        "<?xml",
        "<Error",
        "<Response>",
        "&lt;?xml",
        "&lt;Error",
        "This XML file does not appear",
    ];
    opens.iter().any(|open| text.starts_with(open.as_bytes())) || begins_with_status(text)
}

/// An element's text: a CDATA section as it stands, else with its entities undone, once.
fn plain(value: &[u8]) -> BString {
    let inner = value
        .strip_prefix(b"<![CDATA[")
        .and_then(|rest| rest.split_once_str("]]>"));
    match inner {
        Some((inner, _)) => inner.into(),
        None => xml_text(value),
    }
}

/// Every element that holds text alone, in order.
fn elements(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, behind) = rest.split_once_str("<")?;
            let (tag, value) = behind.split_once_str(">")?;
            rest = value;
            let name = tag.fields().next().unwrap_or_default();
            if name.is_empty() || name.starts_with(b"/") || tag.ends_with(b"/") {
                continue;
            }
            let inner = if value.starts_with(b"<![CDATA[") {
                Some(value.find("]]>")? + 3)
            } else {
                value.find_byte(b'<')
            };
            let Some((inner, after)) = inner.and_then(|end| value.split_at_checked(end)) else {
                continue;
            };
            let closes = after
                .strip_prefix(b"</")
                .and_then(|after| after.strip_prefix(name))
                .is_some_and(|after| after.trim_start().starts_with(b">"));
            if closes {
                return Some((name, inner));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::service_strings::ServiceStrings, wire::Fidelity};

    #[test]
    fn every_family_is_read() {
        let s3 = b"<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>no &amp; no</Message><AWSAccessKeyId>A</AWSAccessKeyId></Error>";
        let refusal = parse(s3).unwrap();
        assert_eq!(refusal.code, "SignatureDoesNotMatch");
        assert_eq!(refusal.message, "no & no");
        assert_eq!(refusal.detail("AWSAccessKeyId").unwrap(), "A");
        let query = b"<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n\t<Error>\n\t\t<Type>Sender</Type>\n    \t<Code>SignatureDoesNotMatch</Code>\n\t\t<Message>Credential should be scoped to a valid region, not 'us-west-2'. </Message>\n\t<Detail/></Error>\n\t<RequestId>1</RequestId>\n";
        let refusal = parse(query).unwrap();
        assert_eq!(refusal.detail("Type").unwrap(), "Sender");
        assert_eq!(refusal.detail("RequestId").unwrap(), "1");
        assert_eq!(refusal.statements().len(), 1);
        let ec2 = b"<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access credentials</Message></Error></Errors><RequestID>r</RequestID></Response>";
        assert_eq!(parse(ec2).unwrap().code, "AuthFailure");
        let php = br#"<Error><Code>A<\/Code><Message>in eu\/west<\/Message><\/Error>"#;
        assert_eq!(parse(php).unwrap().message, "in eu/west");
        assert!(!is_cut(php) && is_cut(b"<Error><Code>A"));
        let cdata = b"<Error><Code>A</Code><Message><![CDATA[a < b & c]]></Message></Error>";
        assert_eq!(parse(cdata).unwrap().message, "a < b & c");
        assert_eq!(parse(b"<html><body>no</body></html>"), None);
    }

    #[test]
    fn a_message_that_is_cut_is_read_as_far_as_it_goes() {
        let text = "<Error><Code>A</Code><Message>Signature expired: 1 is now earlier";
        for end in ["", "<", "<\n", "</Mess", "</Message"] {
            let refusal = parse(format!("{text}{end}").as_bytes()).unwrap();
            assert_eq!(
                refusal.message, "Signature expired: 1 is now earlier",
                "{end}"
            );
        }
    }

    #[test]
    fn bytes_in_hex_are_believed_before_the_text() {
        let body = b"<Error><Code>S</Code><StringToSign>AWS4-HMAC-SHA256\n   20250102T030405Z</StringToSign><StringToSignBytes>50 55 54</StringToSignBytes></Error>";
        let refusal = parse(body).unwrap();
        let strings = ServiceStrings::of(&refusal, Fidelity::Exact);
        assert_eq!(
            strings.string_to_sign.unwrap(),
            ("PUT".into(), Fidelity::Unescaped)
        );
        let cut = body.replace("50 55 54", "41 57 53 34 2d 0a 32");
        let strings = ServiceStrings::of(&parse(&cut).unwrap(), Fidelity::Exact);
        assert!(strings.string_to_sign.unwrap().0.starts_with(b"AWS4-HMAC"));
    }

    #[test]
    fn refusals_are_found_among_other_text() {
        let text = b"a <Error><Code>A</Code></Error> b <ErrorResponse><Error></Error></ErrorResponse> &lt;Error&gt;cut";
        let found: Vec<&[u8]> = places(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(
            found,
            [
                &b"<Error><Code>A</Code></Error>"[..],
                b"<ErrorResponse><Error></Error></ErrorResponse>",
                b"&lt;Error&gt;cut"
            ]
        );
    }
}
