use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness,
    error_document::{ErrorDocument, Kind},
    refusal_xml,
};

pub(super) static FORMAT: Format = Format {
    id: "s3-error",
    summary: "S3's refusal in XML, with or without the head of its answer",
    page: "\
## How to get it
Save the answer: `curl -i -o error.xml …`, copy it out of a log or a browser, or print the body of
the exception (boto3: `error.response`; the message alone lacks what S3 computed).

## What it holds
The code, the message, and what S3 computed itself: `StringToSign` and `CanonicalRequest`, both once
more in hex (`StringToSignBytes`, `CanonicalRequestBytes`), which survives where the text was
indented or put on one line; `SignatureProvided`, the signature that was sent. MinIO, Ceph, Garage
and Google's interoperable API answer in this form too.

## What it lacks
The request. Give it beside this file: `countersign diagnose my.http error.xml`. MinIO and Garage
give no string to sign.
",
    markers: &["<Error>", "&lt;Error&gt;"],
    breadth: Breadth::General,
    recognise,
    start: |whole| Box::new(ErrorDocument::new(&KIND, whole)),
};

static KIND: Kind = Kind {
    format: FORMAT.id,
    places: refusal_xml::places,
    parse: |text| crate::source::refusal::parse(text, 0),
    opens: |line| line.contains_str("<Error>") || line.contains_str("&lt;Error&gt;"),
    is_record: |_| false,
    closes: |text| {
        ["</Error>", "&lt;/Error&gt;"]
            .iter()
            .any(|close| text.contains_str(close))
    },
    is_cut: refusal_xml::is_cut,
    expected: "expected <Error> with <Code> and <Message>, found something else",
};

fn recognise(head: &[u8]) -> Likeness {
    let has = |phrase: &str| head.contains_str(phrase);
    let of_another = has("<ErrorResponse") || has("<Errors>");
    let error = has("<Error>") || has("&lt;Error&gt;");
    let unwrapped = !error && has(refusal_xml::UNWRAPPED) && has("<CanonicalRequest>");
    match !of_another {
        true if error && refusal_xml::begins(head) => Likeness::Sure,
        true if unwrapped => Likeness::Faint,
        _ => Likeness::None,
    }
}
