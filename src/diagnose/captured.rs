//! What the capture of a request lacks of what was signed, and what else tells it.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::Stated,
    evidence::{Attempt, Claim, Party, holds_mask},
    sigv4::{CanonicalRequest, Placement},
    wire::{HeaderField, METHODS, Request, target::parameter},
};

/// The signed headers of a request whose values its capture does not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    /// The request with those values that the rest of the evidence tells; `None` where it needs
    /// none.
    pub(super) completed: Option<Request>,
    /// The headers that were completed, by name in small letters.
    pub(super) told: Vec<BString>,
    /// The headers, and the parameters of the query, that nothing tells.
    pub(super) unknown: Vec<BString>,
    /// Whether a part of the request was captured alone.
    pub(super) is_part: bool,
}

/// Whether the log ends within the request's head, or before its signature.
fn is_part(attempt: &Attempt, request: &Request, stated: &Stated) -> bool {
    let claim = attempt
        .requests
        .iter()
        .find(|claim| claim.value().is_some());
    let seen = claim.is_some_and(|claim| claim.party == Party::Wire);
    let lacks_signature =
        stated.placement == Placement::Header && request.header("authorization").is_none();
    !seen || lacks_signature
}

/// What service and signer have as the canonical request.
type Texts<'a> = [Option<&'a Claim<CanonicalRequest>>; 2];

impl Captured {
    pub(super) fn of(attempt: &Attempt, stated: Option<&Stated>) -> Self {
        let (Some(request), Some(stated)) = (attempt.request(), stated) else {
            return Self::default();
        };
        let mut this = Self {
            is_part: is_part(attempt, request, stated),
            ..Self::default()
        };
        let texts = [Party::Service, Party::Signer].map(|party| attempt.canonical_request(party));
        let is_url = !attempt.shows_method();
        let names = stated.authorization.signed_headers.split_str(";");
        let names = names.map(|name| BString::from(name.trim().to_ascii_lowercase()));
        for name in names.filter(|name| !name.is_empty() && !name.starts_with(b":")) {
            this.look(request, is_url, name, texts);
        }
        if is_url {
            this.take_method(request, texts[0]);
        }
        let query = request.query().unwrap_or_default();
        let token = parameter(query, "X-Amz-Security-Token");
        if stated.placement == Placement::Query && token.is_some_and(|token| is_masked(&token)) {
            this.unknown.push("X-Amz-Security-Token".into());
        }
        this
    }

    /// Whether something that no rule tries is not known.
    pub(super) fn is_in_doubt(&self) -> bool {
        // The usual types are tried.
        self.unknown.iter().any(|name| name != "content-type")
    }

    /// A URL has no method: what the service computed, it had received.
    fn take_method(&mut self, request: &Request, service: Option<&Claim<CanonicalRequest>>) {
        let method = service.and_then(|claim| claim.text.lines().next());
        if let Some(method) =
            method.filter(|method| METHODS.iter().any(|own| own.as_bytes() == *method))
        {
            let request = self.completed.get_or_insert_with(|| request.clone());
            request.method = method.into();
        }
    }

    fn look(&mut self, request: &Request, is_url: bool, name: BString, texts: Texts<'_>) {
        let is_host = name == "host";
        let value = match is_host {
            true => request.host(),
            false => request.header(&name.to_str_lossy()),
        };
        let [service, signer] = texts.map(|claim| line(claim?, name.as_bstr()));
        let told = match value {
            Some(value) if is_masked(value) => service.or(signer),
            Some(_) => return,
            // What the service computed, it had received.
            None => service.or(signer.filter(|_| self.is_part)),
        };
        match told {
            Some(told) => {
                let request = self.completed.get_or_insert_with(|| request.clone());
                request
                    .headers
                    .retain(|field| !field.name.eq_ignore_ascii_case(&name));
                request
                    .headers
                    .push(HeaderField::new(name.clone(), told.to_owned()));
                self.told.push(name);
            }
            // A header that a capture does not show was not sent, but for what no capture of its
            // form shows.
            None if value.is_some() || is_host || is_url || self.is_part => self.unknown.push(name),
            None => {}
        }
    }
}

/// The value of a header in a canonical request, where it is there and nobody masked it.
fn line<'a>(claim: &'a Claim<CanonicalRequest>, name: &BStr) -> Option<&'a BStr> {
    let mut lines = claim.text.lines().skip(3);
    let value = lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
    (!value.is_empty() && !is_masked(value)).then_some(value.as_bstr())
}

/// Whether a value was taken out: `***`, `[REDACTED]`, `xxxx.amazonaws.com`, `IQoJb3…`.
fn is_masked(value: &[u8]) -> bool {
    let framed = value.starts_with(b"<") && value.ends_with(b">");
    holds_mask(value) || value == b"**" || framed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_mask_with() {
        for masked in [
            "***",
            "[REDACTED]",
            "xxxx.amazonaws.com",
            "IQoJb3...",
            "<token>",
            "<redacted>",
        ] {
            assert!(is_masked(masked.as_bytes()), "{masked}");
        }
        for value in [
            "*/*",
            "*",
            "AES256",
            "STANDARD",
            "application/json",
            "a.b.c",
            "",
        ] {
            assert!(!is_masked(value.as_bytes()), "{value}");
        }
    }
}
