use bstr::ByteSlice;

use crate::source::{
    Breadth, Format, Likeness,
    printed::{MARKER, Printed, SIGNED, shows_request},
};

pub(super) static FORMAT: Format = Format {
    id: "js-inspect",
    summary: "a request that a JavaScript program prints with console.log or JSON.stringify",
    page: "\
## How to get it
* Version 3 of the SDK, after signing:
  `client.middlewareStack.addRelativeTo((next) => async (args) => { console.log('Request:', args.request); const
  result = await next(args); console.log('Response:', result.response.statusCode, result.response.headers); return
  result; }, { name: 'print', relation: 'after', toMiddleware: 'awsAuthMiddleware' })`; with newer clients the name is
  `httpSigningMiddleware`.
* Version 2: `request.on('send', (response) => console.log(response.request.httpRequest))` and
  `AWS.config.logger = console`
* aws4, aws4fetch: print the options or the headers that they return.
* axios: `console.log(error)` or `console.log(response)`; `JSON.stringify(error)` has the request alone. got: print
  method, URL, headers and body in `beforeRequest`, status, headers and body in `afterResponse`.
* pino, winston: log the request as an object with `method`, `url` and `headers`.

## What it holds
Method, path, headers with `Authorization`, the body if it is text or short, the answer's status and headers, and
the text of the exception. Never the secret access key. The session token stands in clear.

## What it lacks
The artifacts: print what `createCanonicalRequest` and `createStringToSign` of `SignatureV4.prototype` give. The query
as it was sent: version 3 shows an object of decoded values, and the target is put together from it. The end of long
bodies.
",
    markers: &[MARKER, SIGNED],
    breadth: Breadth::Client,
    recognise: |head| {
        if shows_request(head) && !is_of_python(head) {
            Likeness::Sure
        } else {
            Likeness::None
        }
    },
    start: |whole| Box::new(Printed::new(whole)),
};

/// Whether the headers are a dictionary: `util.inspect` puts no quotes around this name.
fn is_of_python(head: &[u8]) -> bool {
    ["'Authorization': '", "'authorization': '"]
        .iter()
        .any(|field| head.contains_str(field))
}
