use crate::source::{Breadth, Format, Likeness, curl_verbose::CurlVerbose};

pub(super) static FORMAT: Format = Format {
    id: "libcurl-verbose",
    summary: "output of programs that set CURLOPT_VERBOSE: PHP, pycurl, R, Perl",
    page: "\
## How to get it
Set `CURLOPT_VERBOSE` and no debug callback: PHP and Guzzle `'debug' => true`, pycurl
`curl.setopt(pycurl.VERBOSE, 1)`, R `httr::verbose()`. libcurl prints to standard error. The AWS SDK for PHP:
`'debug' => ['scrub_auth' => false]`; with `'debug' => true` it hides the signature and the credential scope.

## What it holds
The request line and every header as sent, and the answer's. libcurl 8.14 to 8.20 print the canonical request,
the string to sign and the signature of `CURLOPT_AWS_SIGV4`; 8.21 and later the string to sign and the
signature. Never the secret access key. The session token stands in clear.

## What it lacks
Both bodies, unless the program prints the answer. Before 8.14 all artifacts, from 8.21 on the canonical
request. A message of libcurl's is cut at 2,048 bytes: with a long session token, the canonical request is.
",
    markers: &[
        "aws_sigv4: ",
        "auth using AWS_SIGV4 with",
        "uthorization: AWS4-",
    ],
    breadth: Breadth::Client,
    recognise: |_| Likeness::None,
    start: |_| Box::new(CurlVerbose::default()),
};
