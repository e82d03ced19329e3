use crate::source::{
    Breadth, Format, Likeness, bare_artifact,
    printed::{Printed, shows_answer, shows_request},
};

pub(super) static FORMAT: Format = Format {
    id: "labelled-artifacts",
    summary: "output of your own code: artifacts under labels, with the request or the answer beside them",
    page: "\
## How to get it
Print, under any label, what your code signs, then the request's method, path and headers as an object, then the
answer's status, headers and body. aws4: `signer.canonicalString()`, `signer.stringToSign()`, `signer.signature()`.
aws4fetch: `canonicalString()` and `stringToSign()` of `AwsV4Signer`. requests-aws4auth: `get_canonical_request` and
`get_sig_string`.

## What it holds
The canonical request and the string to sign byte for byte where they are printed raw or escaped; of request and
answer, what is printed.

## What it lacks
What is not printed. Without request and answer the artifacts are read as `bare-artifact`.
",
    markers: &[],
    breadth: Breadth::Client,
    recognise: |head| {
        let likeness = bare_artifact::recognise(head);
        if shows_answer(head) || shows_request(head) {
            likeness
        } else {
            Likeness::None
        }
    },
    start: |whole| Box::new(Printed::new(whole)),
};
