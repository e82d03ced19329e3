use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Claim, InputId, Party, Refusal, Span},
    sigv4::{Authorization, CanonicalRequest, PostPolicy, Presigned, Signature, StringToSign},
    wire::{Body, Fidelity, Form, HeaderField, Request, Response},
};

/// One call as a capture tells it: a request with its retries and answers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Case {
    /// Its number in its input, from 1, in the order in which the calls begin there.
    pub number: u32,
    /// The id of the format it was read from.
    pub format: &'static str,
    /// What was sent, or at least signed, each time anew.
    pub attempts: Vec<Attempt>,
    /// What the capture says of the operation, beside any request.
    pub hints: Vec<Claim<OperationHint>>,
}

/// One request on the wire, or one that was signed and never sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attempt {
    /// The request; the best witness first.
    pub requests: Vec<Claim<Request>>,
    /// Canonical requests, the signer's and the service's.
    pub canonical_requests: Vec<Claim<CanonicalRequest>>,
    /// Strings to sign, the signer's and the service's.
    pub strings_to_sign: Vec<Claim<StringToSign>>,
    /// `Authorization` values.
    pub authorizations: Vec<Claim<Authorization>>,
    /// Signatures that stand by themselves.
    pub signatures: Vec<Claim<Signature>>,
    /// Forms that upload to Amazon S3, where they stand apart from a request.
    pub forms: Vec<Claim<Form>>,
    /// The answers.
    pub responses: Vec<Claim<Response>>,
    /// What the answers refuse.
    pub refusals: Vec<Claim<Refusal>>,
    /// Who signed and sent it.
    pub sender: Sender,
}

/// Who signed and sent a request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sender {
    /// A program of which there is a capture.
    #[default]
    Captured,
    /// This program, just now: what was signed, for which host and with which key is known.
    Own,
}

/// What a capture says of the operation before it shows the request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OperationHint {
    /// The operation's name: `DescribeScalingPlans`; empty where only the rest is said.
    pub operation: BString,
    /// The request as it was before signing, as far as the capture tells.
    pub unsigned: Option<Request>,
    /// The signing name that the client was told to use.
    pub signing_name: Option<BString>,
    /// The region that the client was told to use.
    pub region: Option<BString>,
}

impl Case {
    /// A request that stands in no input.
    #[must_use]
    pub fn of(request: Request) -> Self {
        let attempt = Attempt::default().with_request(request);
        Self {
            number: 1,
            format: "",
            attempts: vec![attempt],
            hints: Vec::new(),
        }
    }

    /// The last attempt that has a request, else the last.
    #[must_use]
    pub fn last_attempt(&self) -> Option<&Attempt> {
        let sent = self
            .attempts
            .iter()
            .rev()
            .find(|attempt| !attempt.requests.is_empty());
        sent.or(self.attempts.last())
    }

    /// The operation's name, where a hint has it.
    #[must_use]
    pub fn operation(&self) -> Option<&BStr> {
        let mut hints = self.hints.iter().filter_map(Claim::value);
        hints
            .find(|hint| !hint.operation.is_empty())
            .map(|hint| hint.operation.as_bstr())
    }

    /// The place of all that was read of it, in the first of its inputs.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.spans().into_iter().next()
    }

    /// The place of all that was read of it, in each of the inputs that tell of it.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let hints = self.hints.iter().map(|claim| claim.span.clone());
        let mut spans: Vec<Span> = Vec::new();
        for span in hints.chain(self.attempts.iter().flat_map(Attempt::spans)) {
            match spans.iter_mut().find(|held| held.input == span.input) {
                Some(held) => *held = held.cover(&span),
                None => spans.push(span),
            }
        }
        spans.sort_by_key(|span| span.input.0);
        spans
    }

    /// About how many bytes its claims hold, what keeps them included.
    #[must_use]
    pub fn size(&self) -> usize {
        let hints = self.hints.iter().map(|claim| {
            let unsigned = claim.value().and_then(|hint| hint.unsigned.as_ref());
            CLAIM + claim.text.len() + unsigned.map_or(0, request_size)
        });
        hints.sum::<usize>() + self.attempts.iter().map(Attempt::size).sum::<usize>()
    }

    /// Whether the last attempt was refused, or answered by a web page.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.last_attempt().is_some_and(Attempt::failed)
    }

    /// Whether there is nothing but what a service answered: no request and none of a signer's
    /// artifacts.
    #[must_use]
    pub fn is_refusal_alone(&self) -> bool {
        let of_service = |attempt: &Attempt| {
            let texts = attempt.canonical_requests.iter().map(|claim| claim.party);
            let strings = attempt.strings_to_sign.iter().map(|claim| claim.party);
            attempt.requests.is_empty()
                && attempt.authorizations.is_empty()
                && attempt.signatures.is_empty()
                && attempt.forms.is_empty()
                && texts.chain(strings).all(|party| party == Party::Service)
        };
        self.hints.is_empty()
            && self.attempts.iter().all(of_service)
            && self
                .attempts
                .iter()
                .any(|attempt| !attempt.refusals.is_empty())
    }

    /// Whether the call only fetched credentials for another.
    #[must_use]
    pub fn fetches_credentials(&self) -> bool {
        const OPERATIONS: [&str; 8] = [
            "AssumeRole",
            "AssumeRoleWithWebIdentity",
            "AssumeRoleWithSAML",
            "GetSessionToken",
            "GetFederationToken",
            "GetRoleCredentials",
            "CreateToken",
            "GetCredentialsForIdentity",
        ];
        let named = |name: &BStr| OPERATIONS.iter().any(|operation| name == operation);
        self.operation().is_some_and(named)
            || self
                .last_attempt()
                .and_then(Attempt::request)
                .is_some_and(|request| {
                    let action = action(request);
                    action.is_some_and(|action| named(action.as_bstr()))
                        || request
                            .host()
                            .is_some_and(|host| host.starts_with(b"169.254."))
                })
    }
}

/// What a claim or a header field takes beside its text.
const CLAIM: usize = 160;

fn message_size(headers: &[HeaderField], body: &Body) -> usize {
    let fields = headers.iter();
    let fields = fields.map(|field| CLAIM + field.name.len() + field.value.len());
    fields.sum::<usize>() + body.bytes().map_or(0, <[u8]>::len)
}

fn request_size(request: &Request) -> usize {
    request.target.len() + message_size(&request.headers, &request.body)
}

/// The `Action` of a query-protocol request, from its target or its form.
fn action(request: &Request) -> Option<BString> {
    let named = |text: &[u8]| crate::wire::target::parameter(text, "Action");
    request
        .query()
        .and_then(|query| named(query))
        .or_else(|| named(request.body.bytes()?))
}

impl Attempt {
    /// The same about another request, which stands in no input.
    #[must_use]
    pub fn with_request(mut self, request: Request) -> Self {
        let nowhere = Span {
            input: InputId(0),
            bytes: 0..0,
            first_line: 1,
            last_line: 1,
        };
        self.requests = vec![Claim::of(
            "",
            request,
            Party::Signer,
            Fidelity::Exact,
            nowhere,
        )];
        self
    }

    /// The best witness of the request.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.requests.iter().find_map(Claim::value)
    }

    /// Whether the method was captured: a URL alone has none, and `GET` stands in its place.
    #[must_use]
    pub fn shows_method(&self) -> bool {
        let begins = |text: &BString| text.starts_with(b"https://") || text.starts_with(b"http://");
        let mut requests = self.requests.iter().filter_map(|claim| {
            let request = claim.value()?;
            Some(!request.headers.is_empty() || !begins(&claim.text))
        });
        requests.next().unwrap_or_default()
    }

    /// The answer.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.responses.iter().find_map(Claim::value)
    }

    /// The refusal.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusals.iter().find_map(Claim::value)
    }

    /// The form: one that stands by itself, else the one in the request's body.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        let claimed = self.forms.iter().find_map(Claim::value).cloned();
        claimed.or_else(|| Form::of_request(self.request()?))
    }

    /// What the form states of its signature, when it is a signed one.
    #[must_use]
    pub fn post_policy(&self) -> Option<PostPolicy> {
        PostPolicy::of_form(&self.form()?)
    }

    /// The parts of the `Authorization` value, from a claim, the request's header, its query or
    /// its form; without the quotes that some signers put around them.
    #[must_use]
    pub fn authorization(&self) -> Option<Authorization> {
        let claimed = self.authorizations.iter().find_map(Claim::value).cloned();
        claimed
            .or_else(|| Authorization::of_request(self.request()?)?.ok())
            .or_else(|| self.authorization_before_paste())
            .map(unquoted)
            .map(before_paste)
            .or_else(|| self.presigned().map(|presigned| presigned.authorization))
            .or_else(|| self.post_policy().map(|stated| stated.authorization))
    }

    /// The parts of an `Authorization` header that has more behind its signature than a signer writes.
    fn authorization_before_paste(&self) -> Option<Authorization> {
        let value = self.request()?.header("authorization")?.trim();
        let at = value.find(SIGNATURE)? + SIGNATURE.len();
        let end = at + digits_before_paste(value.get(at..)?)?;
        let value = value
            .get(..end)
            .filter(|value| value.starts_with(b"AWS4-"))?;
        Authorization::parse(value).ok()
    }

    /// What the request's query states, when it is a presigned one.
    #[must_use]
    pub fn presigned(&self) -> Option<Presigned> {
        let mut presigned = Presigned::of_query(self.request()?.query()?)?;
        presigned.authorization = before_paste(presigned.authorization);
        Some(presigned)
    }

    /// The first canonical request of a party.
    #[must_use]
    pub fn canonical_request(&self, party: Party) -> Option<&Claim<CanonicalRequest>> {
        self.canonical_requests
            .iter()
            .find(|claim| claim.party == party)
    }

    /// The first string to sign of a party.
    #[must_use]
    pub fn string_to_sign(&self, party: Party) -> Option<&Claim<StringToSign>> {
        self.strings_to_sign
            .iter()
            .find(|claim| claim.party == party)
    }

    /// Whether nothing was claimed at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans().next().is_none()
    }

    /// Whether it was refused, or answered by a web page.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.refusals.is_empty()
            || self
                .response()
                .is_some_and(|response| response.status >= 400 || is_web_page(response))
    }

    /// The place of everything claimed.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        fn of<T>(claims: &[Claim<T>]) -> impl Iterator<Item = Span> {
            claims.iter().map(|claim| claim.span.clone())
        }
        of(&self.requests)
            .chain(of(&self.canonical_requests))
            .chain(of(&self.strings_to_sign))
            .chain(of(&self.authorizations))
            .chain(of(&self.signatures))
            .chain(of(&self.forms))
            .chain(of(&self.responses))
            .chain(of(&self.refusals))
    }

    fn size(&self) -> usize {
        fn of<T>(claims: &[Claim<T>], size: impl Fn(&T) -> usize) -> usize {
            let sizes = claims.iter().map(|claim| {
                let value = claim.value().map_or(0, &size);
                CLAIM + claim.text.len() + value
            });
            sizes.sum()
        }
        // What is parsed of an artifact is about its text again.
        let text = |claims: &[Claim<CanonicalRequest>]| -> usize {
            claims.iter().map(|claim| claim.text.len()).sum()
        };
        of(&self.requests, request_size)
            + of(&self.responses, |response| {
                message_size(&response.headers, &response.body)
            })
            + of(&self.canonical_requests, |_| 0)
            + text(&self.canonical_requests)
            + of(&self.strings_to_sign, |_| CLAIM)
            + of(&self.authorizations, |_| CLAIM)
            + of(&self.signatures, |_| 0)
            + of(&self.forms, |form| {
                let fields = form.fields.iter();
                let fields = fields.map(|field| CLAIM + field.name.len() + field.value.len());
                fields.sum::<usize>()
            })
            + of(&self.refusals, |refusal| {
                let details = refusal.details.iter();
                let details = details.map(|(name, value)| CLAIM + name.len() + value.len());
                refusal.message.len() + details.sum::<usize>()
            })
    }

    /// Takes over all that `other` claims.
    pub fn absorb(&mut self, other: Self) {
        self.requests.extend(other.requests);
        self.canonical_requests.extend(other.canonical_requests);
        self.strings_to_sign.extend(other.strings_to_sign);
        self.authorizations.extend(other.authorizations);
        self.signatures.extend(other.signatures);
        self.forms.extend(other.forms);
        self.responses.extend(other.responses);
        self.refusals.extend(other.refusals);
    }
}

/// The same with each part out of its quotes, where it stands in them.
fn unquoted(mut stated: Authorization) -> Authorization {
    let Authorization {
        credential,
        signed_headers,
        signature,
        ..
    } = &mut stated;
    for part in [credential, signed_headers, signature] {
        if let Some(inner) = out_of_quotes(part) {
            *part = inner.into();
        }
    }
    stated
}

const SIGNATURE: &str = "Signature=";

/// The same without what a paste has behind the digits of the signature: a bracket, a full stop, a
/// tag, `\\r\\n`. No signer writes so.
fn before_paste(mut stated: Authorization) -> Authorization {
    if let Some(length) = digits_before_paste(&stated.signature) {
        stated.signature.truncate(length);
    }
    stated
}

/// How long a signature is that has something behind it which is none of its form: a signer that errs
/// writes more digits, or Base64.
fn digits_before_paste(signature: &[u8]) -> Option<usize> {
    const DIGITS: usize = 64;
    let (digits, behind) = signature.split_at_checked(DIGITS)?;
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let next = behind.first()?;
    let is_of_paste = !next.is_ascii_alphanumeric() && !b"%+/=-_".contains(next);
    (digits.iter().all(is_digit) && is_of_paste).then_some(DIGITS)
}

/// What stands between quotes that begin and end a text.
#[must_use]
pub fn out_of_quotes(text: &[u8]) -> Option<&[u8]> {
    let quotes = [b"\"", b"'"].into_iter();
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    quotes.filter_map(inner).next()
}

/// Whether a response is a page of a web site, which no API answers with.
#[must_use]
pub(crate) fn is_web_page(response: &Response) -> bool {
    let stated = response
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"text/html"));
    let begins = match &response.body {
        Body::Captured(body) => {
            let head = body.trim_start();
            let head = head.get(..15).unwrap_or(head).to_ascii_lowercase();
            head.starts_with(b"<!doctype html") || head.starts_with(b"<html")
        }
        Body::NotCaptured => false,
    };
    stated || begins
}
