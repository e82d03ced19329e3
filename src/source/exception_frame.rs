//! How each language's SDK words an exception that a service's refusal became.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use bstr::{BString, ByteSlice};

use crate::{
    evidence::Refusal,
    source::{
        refusal_xml,
        service_strings::{end_of_strings, shows_strings},
    },
    wire::escape::{double_quoted, python_repr},
};

/// A refusal as an exception tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Exception {
    /// Code, message, and what else was printed with them.
    pub(super) refusal: Refusal,
    /// The operation that was refused, where it is named.
    pub(super) operation: Option<BString>,
}

/// Codes that speak of signing: with a colon behind, they begin a message.
pub(super) const CODES: [&str; 21] = [
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidSignature",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "RequestTimeTooSkewed",
    "RequestExpired",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidToken",
    "IncompleteSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "XAmzContentSHA256Mismatch",
    "UnknownOperationException",
    "AuthFailure",
    "InvalidRequest",
];

/// Those of them that are AWS's alone and say something without a message.
pub(super) const TELLING: [&str; 11] = [
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "XAmzContentSHA256Mismatch",
    "UnknownOperationException",
];

/// How the services' own messages about signing begin.
const PHRASES: [&str; 53] = [
    "The request signature we calculated does not match",
    "Credential should be scoped",
    "Signature expired: ",
    "Signature not yet current: ",
    "Signature not  yet current: ",
    "The security token included in the request is",
    "The authorization header is malformed",
    "Error parsing the X-Amz-Credential parameter",
    "The difference between the request time and the",
    "Authorization header requires '",
    "Request is missing Authentication Token",
    "AWS was not able to validate the provided access credentials",
    "The authorization mechanism you have provided is not supported",
    "The provided 'x-amz-content-sha256' header does not match",
    "AWS authentication requires a valid Date or x-amz-date header",
    "Missing Authentication Token",
    "Only one auth mechanism allowed",
    "There were headers present in the request which were not signed",
    "The Canonical String for this request should have been",
    "Authorization header malformed, unexpected scope: ",
    "Authorization header is invalid -- one and only one",
    "Unsupported Authorization Type",
    "Unsupported AWS 'algorithm'",
    "X-Amz-Algorithm only supports",
    "X-Amz-Expires must be ",
    "X-Amz-Expires should be a number",
    "X-Amz-Date must be in the ISO8601 Long Format",
    "Query-string authentication version 4 requires the",
    "Query-string authentication requires the Signature",
    "AWS query-string parameters must include '",
    "Found both 'X-Amz-Algorithm' as a query-string param",
    "Credential must have exactly 5 slash-delimited elements",
    "Date must be in ISO-8601 'basic format'",
    "Date in Credential scope does not match",
    "Invalid credential date",
    "The request signature does not conform to AWS standards",
    "Request must contain a signature that conforms to AWS",
    "Requests specifying Server Side Encryption with AWS KMS",
    "Missing required header for this request: x-amz-content",
    "Missing the 'x-amz-content-sha256' in canonical headers",
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD",
    "The AWS Access Key Id you provided does not exist",
    "The AWS access key provided does not exist",
    "The Access Key Id you provided does not exist",
    "The access key ID you provided does not exist",
    "The provided token has expired",
    "The provided token is malformed or otherwise invalid",
    "Request has expired",
    "Request is not valid yet",
    "Request is not yet valid",
    "Invalid according to Policy: ",
    "Each form field that you specify",
    "Bucket POST must contain a field named",
];

/// What such messages say of something that they name before it, in quotes or by its value.
const OF_A_SUBJECT: [&str; 6] = [
    "not a valid key=value pair (missing equal-sign) in Authorization",
    "must be a 'SignedHeader' in the AWS Authorization",
    "is named as a SignedHeader, but it does not exist",
    "is wrong; expecting '",
    "Z is now earlier than 2",
    "Z is still later than 2",
];

/// Reads the exception in `text`, whichever language printed it.
pub(super) fn parse(text: &[u8]) -> Option<Exception> {
    let found = as_it_stands(text);
    // On one line nothing was broken.
    let is_one_line = || !text.trim_end().contains(&b'\n');
    match found.is_some() && is_one_line() || found.as_ref().is_some_and(states) {
        true => found,
        false => broken(text).or(found),
    }
}

/// A code that is all a line says, or all that stands behind its colon.
pub(super) fn code_alone(text: &[u8]) -> Option<Exception> {
    let code = text.lines().find_map(of_line)?;
    Some(exception(code.as_bytes(), b"", Vec::new()))
}

fn of_line(line: &[u8]) -> Option<&'static str> {
    let of_markup = |c: char| " \t\"'`*<>/.!)}".contains(c);
    let line = line.trim_end_with(of_markup);
    TELLING.into_iter().find(|code| {
        let before = line.strip_suffix(code.as_bytes());
        let before = before.map(|text| text.trim_end_with(of_markup));
        before.is_some_and(|before| before.is_empty() || before.ends_with(b":"))
    })
}

fn states(exception: &Exception) -> bool {
    !exception.refusal.statements().is_empty()
}

/// No message is broken over more lines.
const LINES: usize = 4;

/// A message that was broken over lines, and says nothing until they are joined.
fn broken(text: &[u8]) -> Option<Exception> {
    let text = text.trim();
    let (first, rest) = text.split_once_str("\n")?;
    let begins = phrase_at(first).is_some();
    if text.lines().nth(LINES).is_some()
        || !begins && as_it_stands(rest).as_ref().is_some_and(states)
    {
        return None;
    }
    let lines: Vec<&[u8]> = text.lines().map(ByteSlice::trim).collect();
    as_it_stands(&bstr::join(" ", lines)).filter(states)
}

fn as_it_stands(text: &[u8]) -> Option<Exception> {
    let mut found = boto(text)
        .or_else(|| go_v2(text))
        .or_else(|| arrow(text))
        .or_else(|| php(text))
        .or_else(|| printed(text))
        .or_else(|| java(text))
        .or_else(|| ruby(text))
        .or_else(|| coded(text))
        .or_else(|| bare(text))?;
    let body = refusal_xml::places(text).into_iter().next();
    if let Some(body) = body.and_then(|at| refusal_xml::parse(text.get(at)?)) {
        found.refusal.details.extend(body.details);
    }
    found.refusal.details.extend(fields(text));
    Some(found)
}

fn exception(code: &[u8], message: &[u8], details: Vec<(BString, BString)>) -> Exception {
    Exception {
        refusal: Refusal {
            code: code.into(),
            message: message.trim().into(),
            details,
        },
        operation: None,
    }
}

/// boto3 and the AWS CLI: `An error occurred (CODE) when calling the OP operation: MESSAGE`.
fn boto(text: &[u8]) -> Option<Exception> {
    let (_, rest) = text.split_once_str("An error occurred (")?;
    let (code, rest) = rest.split_once_str(")")?;
    let (_, rest) = rest.split_once_str("calling the ")?;
    let (operation, rest) = rest.split_once_str(" operation")?;
    let (retries, message) = rest.split_once_str(": ")?;
    let message = match message.split_once_str("): ") {
        Some((_, message)) if retries.starts_with(b" (") => message,
        _ => message,
    };
    Some(Exception {
        operation: Some(operation.into()),
        ..exception(code, message_of(message), Vec::new())
    })
}

/// Go v2: `operation error SVC: OP, https response error StatusCode: N, RequestID: X, …, api
/// error CODE: MESSAGE`.
fn go_v2(text: &[u8]) -> Option<Exception> {
    let (head, rest) = text.split_once_str("api error ")?;
    let (code, message) = rest.split_once_str(": ")?;
    if code.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let value = |name: &str| {
        let (_, rest) = head.rsplit_once_str(name)?;
        rest.split_str(",").next().map(BString::from)
    };
    let details = [
        ("HTTPStatusCode", "StatusCode: "),
        ("RequestId", "RequestID: "),
    ];
    let details = details
        .into_iter()
        .filter_map(|(name, key)| Some((name.into(), value(key)?)));
    let operation = head
        .rsplit_once_str("operation error ")
        .and_then(|(_, op)| {
            let (_, op) = op.split_once_str(": ")?;
            op.split_str(",").next().map(BString::from)
        });
    Some(Exception {
        operation,
        ..exception(code, message_of(message), details.collect())
    })
}

/// Arrow, over the SDK for C++: `AWS Error CODE_IN_CAPITALS during OP operation: MESSAGE (Request ID: X)`.
///
/// Source: arrow 26.0.1, `cpp/src/arrow/filesystem/s3_internal.h`.
fn arrow(text: &[u8]) -> Option<Exception> {
    let (_, rest) = text.split_once_str("AWS Error ")?;
    let (error, rest) = rest.split_once_str(" during ")?;
    let (operation, message) = rest.split_once_str(" operation: ")?;
    let is_unknown = error.starts_with(b"UNKNOWN");
    let capital = |sign: &u8| sign.is_ascii_uppercase() || *sign == b'_';
    if !is_unknown && !error.iter().all(capital) {
        return None;
    }
    let (message, id) = message
        .split_once_str(" (Request ID: ")
        .unwrap_or((message, b""));
    let id = id.split_str(")").next().unwrap_or_default();
    let details = (!id.is_empty()).then(|| ("RequestId".into(), id.into()));
    // The SDK knows a code by a name in capitals; of others it says that they are unknown.
    let words = error.split_str("_").map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        [first, &rest.to_ascii_lowercase()].concat()
    });
    let code = match is_unknown {
        true => Vec::new(),
        false => words.collect::<Vec<_>>().concat(),
    };
    Some(Exception {
        operation: Some(operation.into()),
        ..exception(&code, message_of(message), details.into_iter().collect())
    })
}

/// PHP: `Error executing "OP" on "URL"; … response:`, the body, `CODE (client): MESSAGE - BODY`.
fn php(text: &[u8]) -> Option<Exception> {
    let (_, rest) = text.split_once_str("Error executing \"")?;
    let (operation, rest) = rest.split_once_str("\"")?;
    let (before, message) = rest.rsplit_once_str(" (client): ")?;
    let code = before.fields().last()?;
    let message = message.split_str(" - <").next().unwrap_or(message);
    let mut details = Vec::new();
    if let Some((_, url)) = rest.split_once_str(" on \"") {
        let url = url.split_str("\"").next().unwrap_or_default();
        details.push(("URL".into(), url.into()));
    }
    Some(Exception {
        operation: Some(operation.into()),
        ..exception(code, message_of(message), details)
    })
}

/// Java: `MESSAGE (Service: S3, Status Code: 403, Request ID: X)`; version 2 has no code in it.
fn java(text: &[u8]) -> Option<Exception> {
    let (before, rest) = text.split_once_str("(Service: ")?;
    let inner = rest.split_str(")").next()?;
    let class = before
        .rfind("Exception: ")
        .map(|at| at + "Exception: ".len());
    let start = class.or_else(|| phrase_at(before)).unwrap_or(0);
    let message = before.get(start..)?;
    let mut code = BString::default();
    let mut details: Vec<(BString, BString)> = Vec::new();
    for piece in inner.split(|byte| matches!(byte, b';' | b',')) {
        let Some((name, value)) = piece.split_once_str(": ") else {
            continue;
        };
        match name.trim() {
            b"Error Code" => code = value.into(),
            b"Status Code" => details.push(("HTTPStatusCode".into(), value.into())),
            b"Request ID" => details.push(("RequestId".into(), value.into())),
            _ => {}
        }
    }
    Some(exception(&code, message, details))
}

/// Ruby: `MESSAGE (Aws::S3::Errors::CODE)`; the class stands behind the first line of a long one.
fn ruby(text: &[u8]) -> Option<Exception> {
    let (before, rest) = text.split_once_str("::Errors::")?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric());
    let length = length.count();
    let (code, behind) = rest.split_at_checked(length)?;
    let Some((before, _)) = before.rsplit_once_str("(Aws::") else {
        // `Aws::S3::Errors::CODE: MESSAGE`, as `full_message` and loggers have it.
        let message = behind.strip_prefix(b": ")?;
        return Some(exception(code, message_of(message), Vec::new()));
    };
    let start = phrase_at(before).or_else(|| before.rfind("': ").map(|at| at + 3));
    let first = before.get(start.unwrap_or(0)..)?;
    let more = behind.strip_prefix(b")").unwrap_or(behind);
    let whole = [first.trim_end(), more].concat();
    Some(exception(code, message_of(&whole), Vec::new()))
}

/// Rust's `Debug`, Python's `error.response` and Node's inspect: fields with quoted values.
fn printed(text: &[u8]) -> Option<Exception> {
    let quoted = |names: &[&str]| names.iter().find_map(|name| literal_behind(text, name));
    let code = quoted(&["code: Some(", "'Code': ", "\"Code\": ", "\"Code\":"])?;
    let messages = [
        "message: Some(",
        "'Message': ",
        "\"Message\": ",
        "\"Message\":",
    ];
    let message = quoted(&messages).unwrap_or_default();
    Some(exception(&code, &message, Vec::new()))
}

/// Go v1, JavaScript and others: `CODE: MESSAGE`.
fn coded(text: &[u8]) -> Option<Exception> {
    let found = CODES.iter().filter_map(|code| {
        let at = text.find(format!("{code}: "))?;
        Some((at, code))
    });
    let (at, code) = found.min_by_key(|(at, _)| *at)?;
    let message = text.get(at + code.len() + 2..)?;
    let value = |name: &str| {
        let (_, rest) = text.split_once_str(name)?;
        rest.split(|byte| matches!(byte, b',' | b'\n'))
            .next()
            .map(|value| BString::from(value.trim()))
    };
    let details = [
        ("HTTPStatusCode", "status code: "),
        ("RequestId", "request id: "),
    ];
    let details = details
        .into_iter()
        .filter_map(|(name, key)| Some((name.into(), value(key)?)));
    let details = details.collect();
    let message = message_of(message).trim();
    // Crystal's and Ruby's class in brackets is no message.
    let is_class = message.starts_with(b"(") && message.ends_with(b")") && !message.contains(&b' ');
    let message = if is_class { b"" } else { message };
    Some(exception(code.as_bytes(), message, details))
}

/// A service's message with nothing of an exception around it.
fn bare(text: &[u8]) -> Option<Exception> {
    let at = phrase_at(text)?;
    let message = text.get(at..)?;
    // In quotes, it ends with them.
    let quote = at.checked_sub(1).and_then(|at| text.get(at..=at));
    let quote = quote.filter(|quote| [&b"'"[..], b"\""].contains(quote));
    let message = quote
        .and_then(|quote| message_of(message).trim_end().strip_suffix(quote))
        .unwrap_or(message);
    let code = CODES.iter().find(|code| text.contains_str(code));
    let code = code.map_or(&b""[..], |code| code.as_bytes());
    Some(exception(code, message_of(message), Vec::new()))
}

/// Where the first of the services' messages begins in a text.
pub(super) fn phrase_at(text: &[u8]) -> Option<usize> {
    let found = phrases()?.find_iter(text);
    let places = found.map(|phrase| match phrase.pattern().as_usize() {
        0..PHRASE_COUNT => phrase.start(),
        _ => subject_at(text.get(..phrase.start()).unwrap_or_default()),
    });
    places.min()
}

const PHRASE_COUNT: usize = PHRASES.len();

/// All of them, sought at once.
fn phrases() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || AhoCorasick::new(PHRASES.iter().chain(&OF_A_SUBJECT)).ok();
    WORDS.get_or_init(build).as_ref()
}

/// Where the subject begins that a text ends with: behind what introduces it, at its quote.
fn subject_at(before: &[u8]) -> usize {
    let last = |mark: &str| before.rfind(mark).map(|at| at + mark.len());
    let from = [": ", "\"", "\n", "; "].into_iter().filter_map(last).max();
    let from = from.unwrap_or(0);
    let text = before.get(from..).unwrap_or_default();
    let subject = text.find("the region '").or_else(|| text.find_byte(b'\''));
    from + subject.unwrap_or(0)
}

/// The message at the front of a text: to the end of the strings it shows, else of its line.
fn message_of(text: &[u8]) -> &[u8] {
    const ENDS: [&str; 11] = [
        " (Service: ",
        "\n\tstatus code:",
        "\n    at ",
        "\n   at ",
        "\n\tat ",
        "\n  at ",
        "\\n    at ",
        "\"}",
        "'}",
        "\",\"",
        "</",
    ];
    if shows_strings(text) {
        let end = end_of_strings(text).unwrap_or(text.len());
        return text.get(..end).unwrap_or(text);
    }
    let ends = ENDS.iter().filter_map(|end| text.find(end));
    let end = ends.chain(text.find_byte(b'\n')).min();
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// The elements of a refusal that an exception printed as fields of an object.
fn fields(text: &[u8]) -> Vec<(BString, BString)> {
    const NAMES: [&str; 9] = [
        "AWSAccessKeyId",
        "StringToSign",
        "StringToSignBytes",
        "SignatureProvided",
        "CanonicalRequest",
        "CanonicalRequestBytes",
        "Region",
        "RequestTime",
        "ServerTime",
    ];
    let found = NAMES.iter().filter_map(|name| {
        let forms = [
            format!("{name}: "),
            format!("'{name}': "),
            format!("\"{name}\": "),
            format!("\"{name}\":"),
            format!("\"{name}\"=>"),
            format!("\"{name}\" => "),
        ];
        let value = forms.iter().find_map(|form| literal_behind(text, form))?;
        Some(((*name).into(), value))
    });
    found.collect()
}

/// The string literal right behind `name`, with the pieces that `+` adds to it.
fn literal_behind(text: &[u8], name: &str) -> Option<BString> {
    for at in text.find_iter(name) {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        if before.is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let rest = text.get(at + name.len()..)?;
        if let Some((literal, _)) = pieces(rest) {
            return Some(literal);
        }
    }
    None
}

/// A literal, and those behind it that a plus sign joins, or a line break in brackets; gives the
/// text and how long all of it is.
pub(super) fn pieces(text: &[u8]) -> Option<(BString, usize)> {
    let one = |text: &[u8]| double_quoted(text).or_else(|| python_repr(text));
    let first = one(text)?;
    let mut joined = first.bytes;
    let mut length = first.length;
    while let Some(skipped) = text.get(length..).and_then(next_piece) {
        let Some(piece) = text.get(length + skipped..).and_then(one) else {
            break;
        };
        joined.extend_from_slice(&piece.bytes);
        length += skipped + piece.length;
    }
    Some((joined, length))
}

/// How far it is to the next piece of a literal: past a plus sign, or to a quote on the next line.
fn next_piece(text: &[u8]) -> Option<usize> {
    let blanks = |text: &[u8]| text.len() - text.trim_start().len();
    let to_plus = blanks(text);
    let rest = text.get(to_plus..)?;
    match rest.strip_prefix(b"+") {
        Some(rest) => Some(to_plus + 1 + blanks(rest)),
        None => {
            let broken = text.get(..to_plus)?.contains(&b'\n');
            let quote = rest
                .first()
                .is_some_and(|byte| matches!(byte, b'\'' | b'"'));
            (broken && quote).then_some(to_plus)
        }
    }
}
