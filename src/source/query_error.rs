use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness,
    error_document::{ErrorDocument, Kind},
    refusal_xml,
};

pub(super) static FORMAT: Format = Format {
    id: "query-error",
    summary: "a refusal in XML of STS, IAM, SQS, SES, EC2 and other query services",
    page: "\
## How to get it
Save the answer: `curl -i -o error.xml …`, or copy it out of a log.

## What it holds
The code, the message and the request id. The message may show the canonical request and the string
to sign that the service computed itself: both are read, also where their line breaks are gone.

## What it lacks
The request: give it beside this file. EC2 says no more than that the credentials did not do, and
never shows what it computed.
",
    markers: &["<ErrorResponse", "<Errors>", "&lt;ErrorResponse"],
    breadth: Breadth::General,
    recognise,
    start: |whole| Box::new(ErrorDocument::new(&KIND, whole)),
};

const OPENS: [&str; 3] = ["<ErrorResponse", "<Errors>", "&lt;ErrorResponse"];
const CLOSES: [&str; 3] = ["</ErrorResponse>", "</Errors>", "&lt;/ErrorResponse&gt;"];

static KIND: Kind = Kind {
    format: FORMAT.id,
    places: refusal_xml::places,
    parse: |text| crate::source::refusal::parse(text, 0),
    opens: |line| OPENS.iter().any(|open| line.contains_str(open)),
    is_record: |_| false,
    closes: |text| CLOSES.iter().any(|close| text.contains_str(close)),
    is_cut: refusal_xml::is_cut,
    expected: "expected <ErrorResponse> or <Errors> with <Code> and <Message>, found something else",
};

fn recognise(head: &[u8]) -> Likeness {
    let stands = OPENS.iter().any(|open| head.contains_str(open));
    if stands && refusal_xml::begins(head) {
        Likeness::Sure
    } else {
        Likeness::None
    }
}
