use std::io::Read;

use crate::{
    evidence::{Attempt, Case, Claim, InputId, Party, Sender, Span},
    sigv4::Derivation,
    source::{exchange, wrapping},
    wire::{Body, Fidelity, Request, Response},
};

/// The case of a request that this program signed and sent, and of its answer: the very bytes, not
/// a capture of them.
#[must_use]
pub fn sent(request: Request, derivation: &Derivation, response: Response) -> Case {
    let text = Request {
        origin: None,
        ..request.clone()
    }
    .to_bytes();
    let span = Span {
        input: InputId(0),
        bytes: 0..text.len() as u64,
        first_line: 1,
        last_line: text.iter().filter(|byte| **byte == b'\n').count().max(1) as u64,
    };
    let (signer, exact) = (Party::Signer, Fidelity::Exact);
    let mut attempt = Attempt {
        requests: vec![Claim::of(text, request, signer, exact, span.clone())],
        canonical_requests: vec![Claim::of(
            derivation.canonical_request_text.clone(),
            derivation.canonical_request.clone(),
            signer,
            exact,
            span.clone(),
        )],
        strings_to_sign: vec![Claim::of(
            derivation.string_to_sign_text.clone(),
            derivation.string_to_sign.clone(),
            signer,
            exact,
            span.clone(),
        )],
        sender: Sender::Own,
        ..Attempt::default()
    };
    let response = unpacked(response);
    exchange::answer(&mut attempt, &response.to_bytes(), response, exact, span);
    Case {
        number: 1,
        format: "raw-http",
        attempts: vec![attempt],
        hints: Vec::new(),
    }
}

/// A body that came compressed, as it was before.
fn unpacked(mut response: Response) -> Response {
    let Body::Captured(body) = &response.body else {
        return response;
    };
    let mut plain = Vec::new();
    let read = wrapping::unpack(&mut &body[..])
        .take(16 << 20)
        .read_to_end(&mut plain);
    if read.is_ok() {
        response.body = Body::Captured(plain.into());
    }
    response
}
