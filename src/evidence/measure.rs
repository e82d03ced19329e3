use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Case},
    wire::Request,
};

/// Requests with more header fields, signed headers, parameters or canonical lines are not
/// examined: each of them may be the one that is wrong, alone or together with another.
const ITEMS: usize = 1_000;
/// Nor are those whose target and headers, or whose canonical request, are longer.
const LENGTH: usize = 128 << 10;

/// What a case has more of than is examined, in words; `None` where it is of a usual size.
#[must_use]
pub fn beyond_measure(case: &Case) -> Option<String> {
    case.attempts.iter().find_map(of_attempt)
}

fn of_attempt(attempt: &Attempt) -> Option<String> {
    let requests = attempt.requests.iter().filter_map(|claim| claim.value());
    let texts = attempt.canonical_requests.iter().map(|claim| &claim.text);
    let stated = attempt.authorizations.iter().map(|claim| &claim.text);
    requests
        .filter_map(of_request)
        .chain(texts.filter_map(|text| {
            items(text.lines().count(), "lines in a canonical request")
                .or_else(|| bytes(text.len(), "in a canonical request"))
        }))
        .chain(stated.filter_map(|text| names(text)))
        .next()
}

fn of_request(request: &Request) -> Option<String> {
    let fields = request.headers.iter();
    let length = fields.map(|field| field.name.len() + field.value.len());
    let length = request.target.len() + length.sum::<usize>();
    let parameters = request.target.iter().filter(|byte| **byte == b'&').count();
    let segments = request.target.iter().filter(|byte| **byte == b'/').count();
    items(request.headers.len(), "header fields")
        .or_else(|| items(parameters, "parameters"))
        .or_else(|| items(segments, "segments in its path"))
        .or_else(|| bytes(length, "in its target and headers"))
        .or_else(|| names(request.header("authorization")?))
}

fn names(authorization: &[u8]) -> Option<String> {
    let count = authorization.iter().filter(|byte| **byte == b';').count();
    items(count, "signed headers")
}

fn items(count: usize, what: &str) -> Option<String> {
    (count > ITEMS).then(|| format!("{count} {what}, and up to {ITEMS} are examined"))
}

fn bytes(length: usize, place: &str) -> Option<String> {
    (length > LENGTH).then(|| format!("{length} bytes {place}, and up to {LENGTH} are examined"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{Claim, InputId, Party, Span},
        sigv4::CanonicalRequest,
        wire::{Fidelity, HeaderField},
    };

    fn span() -> Span {
        Span {
            input: InputId(0),
            bytes: 0..0,
            first_line: 1,
            last_line: 1,
        }
    }

    fn said(request: Request, text: &str) -> Option<String> {
        let (party, fidelity) = (Party::Signer, Fidelity::Exact);
        let attempt = Attempt {
            requests: vec![Claim::of("", request, party, fidelity, span())],
            canonical_requests: vec![Claim::parse(
                text,
                CanonicalRequest::parse,
                party,
                fidelity,
                span(),
            )],
            ..Attempt::default()
        };
        beyond_measure(&Case {
            attempts: vec![attempt],
            ..Case::default()
        })
    }

    #[test]
    fn what_is_too_much_is_named() {
        let field = |value: &str| HeaderField::new("authorization", value);
        let of = |target: String, headers: Vec<HeaderField>| {
            let request = Request {
                target: target.into(),
                headers,
                ..Request::default()
            };
            said(request, "GET")
        };
        let begins = |said: Option<String>, words: &str| {
            let said = said.unwrap_or_default();
            assert!(said.starts_with(words), "{said}");
        };
        let usual = format!("/?{}", "a&".repeat(ITEMS));
        assert_eq!(of(usual, vec![field("a"); ITEMS]), None);
        begins(of("/".into(), vec![field("a"); 1001]), "1001 header fields");
        begins(of("&".repeat(1001), vec![]), "1001 parameters");
        begins(of("/".repeat(1001), vec![]), "1001 segments");
        begins(of("a".repeat(131_073), vec![]), "131073 bytes in its");
        begins(
            of("/".into(), vec![field(&";".repeat(1001))]),
            "1001 signed",
        );
        begins(said(Request::default(), &"a\n".repeat(1001)), "1001 lines");
        begins(
            said(Request::default(), &"a".repeat(131_073)),
            "131073 bytes",
        );
    }
}
