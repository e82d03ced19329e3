use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Refusal},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step, body_end,
        collected::Collected,
        exchange::answer,
        header_block::{self, Block},
        leftover::join,
        printed_answer, printed_body,
        printed_target::{self, Canonical, Named, Told},
        refusal, refusal_json,
    },
    wire::{Body, Fidelity, Request},
};

pub(super) static FORMAT: Format = Format {
    id: "printed-request",
    summary: "a request that somebody's own code prints: method, URL and headers in any notation",
    page: "\
## How to get it
Print, right before sending: the method, the whole URL, the headers as they are held (a dictionary, a map, a list, one
on each line) and the body. A browser's \"Headers\" tab, Postman's console, the `Debug` or `%+v` of a request, the
loggers of Faraday, Dio, Feign and Spring have this form.

## What it holds
What was printed; of the answer below it the status, and a body that is JSON or an error in XML. The session token
stands in clear.

## What it lacks
The artifacts: they are derived. The headers that the library adds when it sends. A body that no label names and that
does not stand right below the headers counts as not captured. Without a method nothing is read: print it.
",
    markers: &[],
    breadth: Breadth::General,
    recognise: |_| Likeness::None,
    start: |_| Box::new(PrintedRequest::default()),
};

#[derive(Default)]
struct PrintedRequest {
    held: Collected,
}

impl Reader for PrintedRequest {
    fn line(&mut self, line: &Line<'_>, _sink: &mut Sink<'_>) -> Step {
        self.held.push(line);
        Step::More
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        find(&std::mem::take(&mut self.held), sink);
    }
}

/// What stands so far from the headers, in bytes, is another request's.
const ABOVE: usize = 4 << 10;
const BELOW: usize = 2 << 10;
/// In so many places of it an answer is sought.
const PLACES: usize = 8;
/// No more requests are sought in one input.
const REQUESTS: usize = 300;

/// Keeps back the requests that are printed in any notation around an `Authorization`.
pub(super) fn find(held: &Collected, sink: &mut Sink<'_>) {
    let text = held.text();
    let mut known: Vec<BString> = Vec::new();
    let mut from = 0;
    let mut blocks: Vec<Block> = Vec::new();
    while let Some(at) = next_value(text, from).filter(|_| blocks.len() < REQUESTS) {
        from = at + 1;
        if let Some(block) = header_block::around(text, at) {
            from = from.max(block.range.end);
            blocks.push(block);
        }
    }
    if blocks.is_empty() {
        return;
    }
    let canonical = Canonical::within(text);
    let mut start = 0;
    for (at, block) in blocks.iter().enumerate() {
        let next = blocks
            .get(at + 1)
            .map_or(text.len(), |next| next.range.start);
        let around =
            start.max(block.range.start.saturating_sub(ABOVE))..next.min(block.range.end + BELOW);
        start = block.range.end;
        let named = match printed_target::find(text, block, around.clone(), &canonical) {
            Some(Told::Whole(named)) => named,
            Some(Told::WithoutMethod) => {
                if let Some(place) = held.place(block.range.start, block.range.len()) {
                    sink.note(NO_METHOD, place);
                }
                continue;
            }
            None => continue,
        };
        let (request, range) = request(text, block, named, around.start, next);
        let signed = request.header("authorization").map(ToOwned::to_owned);
        let Some(signed) = signed.filter(|signed| !known.contains(signed)) else {
            continue;
        };
        known.push(signed);
        let Some(span) = held.place(range.start, range.len()) else {
            continue;
        };
        let end = range.end;
        let whole = text.get(range).unwrap_or_default();
        let claim = Claim::of(whole, request, Party::Signer, Fidelity::Unescaped, span);
        let mut attempt = Attempt {
            requests: vec![claim],
            ..Attempt::default()
        };
        let below = text.get(end..next).unwrap_or_default();
        if let Some((response, place)) = printed_answer::find(below)
            && let Some(span) = held.place(end + place.start, place.len())
        {
            let text = below.get(place).unwrap_or_default();
            answer(&mut attempt, text, response, Fidelity::Unescaped, span);
        }
        if attempt.refusals.is_empty()
            && let Some((refusal, place)) = plain_refusal(text, end..next)
            && let Some(span) = held.place(place.start, place.len())
        {
            let text = text.get(place).unwrap_or_default();
            refusal::add(
                &mut attempt,
                text.as_bstr(),
                refusal,
                Fidelity::Unescaped,
                &span,
            );
        }
        let mut case = Case {
            number: 0,
            format: FORMAT.id,
            attempts: vec![attempt],
            hints: Vec::new(),
        };
        let lines = case.span().map(|span| span.first_line..=span.last_line);
        let told = lines
            .map(|lines| sink.take_back(&lines))
            .unwrap_or_default();
        if told.is_empty() {
            sink.leftover(case);
            continue;
        }
        // The same answer, as another reader found it.
        told.into_iter().for_each(|part| join(&mut case, part));
        case.number = sink.number();
        sink.case(case);
    }
}

/// The first refusal within a range that speaks of something else than the signature: those that speak
/// of it are found wherever they stand.
fn plain_refusal(text: &[u8], within: Range<usize>) -> Option<(Refusal, Range<usize>)> {
    let rest = text.get(within.clone())?;
    let near = rest.get(..BELOW).unwrap_or(rest);
    let mut places = near
        .find_iter("{")
        .chain(near.find_iter("<Error>"))
        .take(PLACES);
    let (refusal, place) = places.find_map(|at| {
        let body = rest.get(at..)?;
        let (refusal, length) = refusal_json::first(body).or_else(|| {
            let length = body_end::of_refusal(body)?;
            Some((refusal::parse(body.get(..length)?, 0)?, length))
        })?;
        let start = within.start + at;
        Some((refusal, start..start + length))
    })?;
    refusal.statements().is_empty().then_some((refusal, place))
}

/// Where the next value of an `Authorization` begins.
fn next_value(text: &[u8], from: usize) -> Option<usize> {
    const BEGINS: &str = "AWS4-";
    let mut at = from;
    loop {
        at += text.get(at..)?.find(BEGINS)?;
        let rest = text.get(at..)?;
        let algorithm = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
            .count();
        // Python's `pprint` breaks it between the two.
        let behind = rest.get(algorithm..)?;
        let behind = behind.trim_start_with(|c| c.is_whitespace() || "\"'".contains(c));
        if behind.starts_with(b"Credential") {
            return Some(at);
        }
        at += BEGINS.len();
    }
}

/// What is said where a URL stands above headers, and no method.
const NO_METHOD: &str = "a request is printed here without its method, and is not read: print the method as well, or \
    write it before the URL, such as POST https://host/path";

/// The request whose headers are a block, and where all of it stands: what belongs to it begins at
/// `from` at the earliest, and ends at `next`.
fn request(
    text: &[u8],
    block: &Block,
    named: Named,
    from: usize,
    next: usize,
) -> (Request, Range<usize>) {
    let Named {
        method,
        origin,
        target,
        range,
    } = named;
    let headers = block
        .fields
        .iter()
        .filter(|field| !field.name.starts_with(b":"));
    let mut request = Request {
        method,
        target,
        origin,
        headers: headers.cloned().collect(),
        body: Body::NotCaptured,
    };
    let mut whole = range.start.min(block.range.start)..range.end.max(block.range.end);
    let gaps = [
        block.range.end..next,
        range.end.min(block.range.start)..block.range.start,
        from..range.start.min(block.range.start),
    ];
    let labelled = gaps.iter().find_map(|gap| {
        let (body, place) = printed_body::labelled(&request, text.get(gap.clone())?)?;
        Some((body, gap.start + place.start..gap.start + place.end))
    });
    if let Some((body, place)) = labelled {
        request.body = body;
        whole = whole.start.min(place.start)..whole.end.max(place.end);
        return (request, whole);
    }
    let behind = text.get(block.behind..next).unwrap_or_default();
    let skipped = closers(behind);
    let behind = behind.get(skipped..).unwrap_or_default();
    if let Some((body, length)) = printed_body::unlabelled(&request, behind) {
        request.body = body;
        whole.end = whole.end.max(block.behind + skipped + length);
    }
    (request, whole)
}

/// How much of a text closes what enclosed the headers.
fn closers(text: &[u8]) -> usize {
    let closes = |byte: &&u8| byte.is_ascii_whitespace() || b"})],;|".contains(byte);
    text.iter().take_while(closes).count()
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::{FORMAT, NO_METHOD};
    use crate::{evidence::InputId, source::read_all};

    const URL: &str = "https://a.example/b?c=d";
    const BODY: &str = "{\"a\": 1}";
    const DATE: &str = "20250102T030405Z";
    const ANSWER: &str = "{\"__type\": \"AccessDeniedException\", \"message\": \"no\"}";

    fn signed(digit: char) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature={}",
            digit.to_string().repeat(64)
        )
    }

    #[test]
    fn requests_are_read_as_programs_print_them() {
        let lines = "X-Amz-Date: ~D\nAuthorization: ~A\n";
        for text in [
            format!("-----START-----\nPOST ~U\n{lines}\n~B\n\nResponse: 403\n~R\n"),
            format!("~U\nmethod = POST\n\n{lines}body = ~B\n403\n~R\n"),
            format!("URL: ~U\nMethod: POST\nHeaders:\n{lines}Body: ~B\n~R\n"),
            "url = ~U\nmethod = POST\nheaders = {'X-Amz-Date': '~D',\n 'Authorization': '~A'}\ndata = ~B\n403 ~R\n".into(),
            "fetch(\"~U\", {\n  \"headers\": {\n    \"x-amz-date\": \"~D\",\n    \"authorization\": \"~A\"\n  },\n  \"body\": '~B',\n  \"method\": \"POST\"\n});\n~R\n".into(),
            "Request URL\n~U\nRequest Method\nPOST\nStatus Code\n403 Forbidden\nserver\nx\n:authority\na.example\n:method\nPOST\n:path\n/b?c=d\n:scheme\nhttps\nx-amz-date\n~D\nauthorization\n~A\nRequest Payload\n~B\n\n~R\n".into(),
            "&{Method:POST URL:~U Proto:HTTP/1.1 Header:map[Authorization:[~A] X-Amz-Date:[~D]] Body:{}}\nbody: ~B\n~R\n".into(),
            "I, [2025-01-02T03:04:05 #42]  INFO -- request: POST ~U\nI, [2025-01-02T03:04:05 #42]  INFO -- request: X-Amz-Date: \"~D\"\nAuthorization: \"~A\"\nBody: ~B\n~R\n".into(),
            "Request { method: POST, url: Url { scheme: \"https\", cannot_be_a_base: false, host: Some(Domain(\"a.example\")), port: None, path: \"/b\", query: Some(\"c=d\"), fragment: None }, headers: {\"x-amz-date\": \"~D\", \"authorization\": \"~A\"} }\nbody: ~B\n~R\n".into(),
            "POST ~U\n{X-Amz-Date=[~D], Authorization=[~A]}\n~B\n403\n~R\n".into(),
            "POST ~U\n[{\"X-Amz-Date\", \"~D\"}, {\"Authorization\", \"~A\"}]\n~B\n403\n~R\n".into(),
            "POST ~U\nArray\n(\n    [X-Amz-Date] => ~D\n    [Authorization] => ~A\n)\n~B\n\n~R\n".into(),
            "$headers = @{\n  'X-Amz-Date' = '~D'\n  'Authorization' = '~A'\n}\nInvoke-RestMethod -Uri '~U' -Method Post -Headers $headers -Body '~B'\n~R\n".into(),
        ] {
            let text = text.replace("~U", URL).replace("~B", BODY).replace("~D", DATE);
            let text = text.replace("~A", &signed('0')).replace("~R", ANSWER);
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            let [case] = cases.as_slice() else {
                panic!("{} cases: {text}", cases.len())
            };
            let attempt = &case.attempts[0];
            let request = attempt.request().unwrap();
            assert_eq!(request.method, "POST", "{text}");
            assert_eq!(request.url().unwrap(), URL, "{text}");
            assert_eq!(request.header("x-amz-date").unwrap(), DATE, "{text}");
            assert_eq!(request.header("authorization").unwrap(), signed('0').as_str(), "{text}");
            assert_eq!(request.headers.len(), 2, "{text}");
            assert!(attempt.shows_method(), "{text}");
            assert_eq!(request.body.bytes().unwrap(), BODY.as_bytes(), "{text}");
            assert_eq!(attempt.refusal().unwrap().code, "AccessDeniedException", "{text}");
        }
    }

    #[test]
    fn each_request_has_its_own_url_and_body() {
        let one = |name: &str, digit| {
            format!(
                "PUT https://a.example/{name}\n\nX-Amz-Date => {DATE}\nAuthorization => {}\n\nBody: {name}\n403\n{ANSWER}\n\n",
                signed(digit)
            )
        };
        let text = ["a", "b", "c"]
            .map(|name| one(name, name.chars().next().unwrap()))
            .concat();
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let told = cases.iter().map(|case| {
            let request = case.attempts[0].request().unwrap();
            format!(
                "{} {}",
                request.target,
                request.body.bytes().unwrap().as_bstr()
            )
        });
        assert_eq!(told.collect::<Vec<_>>(), ["/a a", "/b b", "/c c"]);
        assert!(cases.iter().all(|case| case.format == FORMAT.id));
    }

    #[test]
    fn a_link_in_prose_is_no_url() {
        let signer = "CanonicalRequest:\nPOST\n/b\nc=d\nhost:a.example\n\nhost\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n";
        for link in [
            "https://forums.example/thread?a=b\n",
            "I follow https://docs.aws.amazon.com/general/latest/gr/a.html here.\n",
            "as in https://example.com/b says\n",
        ] {
            let text = format!("{signer}{link}Authorization: {}\n", signed('0'));
            let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
            assert!(
                cases
                    .iter()
                    .all(|case| case.attempts[0].request().is_none()),
                "{link}"
            );
        }
    }

    #[test]
    fn a_method_is_not_guessed() {
        let text = format!(
            "{URL}\n{{'X-Amz-Date': '{DATE}', 'Authorization': '{}'}}\n{BODY}\n",
            signed('0')
        );
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        assert!(
            cases
                .iter()
                .all(|case| case.attempts[0].request().is_none())
        );
        assert!(notes.iter().any(|note| note.message == NO_METHOD));
        let signer = "CanonicalRequest:\nPOST\n/b\nc=d\nhost:a.example\n\nhost\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n";
        let (cases, _, _) = read_all(InputId(0), &mut [signer, &text].concat().as_bytes());
        let requests = cases.iter().filter_map(|case| case.attempts[0].request());
        assert_eq!(
            requests
                .map(|request| request.method.clone())
                .collect::<Vec<_>>(),
            ["POST"]
        );
    }
}
