use std::borrow::Cow;

use bstr::{BStr, BString, ByteSlice};

use crate::wire::{ParseError, Request};

/// The names of the signed headers: lower case, sorted, each once, joined by `;`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SignedHeaders(BString);

impl SignedHeaders {
    /// Brings names into the one right form.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a BStr>) -> Self {
        let mut names: Vec<Cow<'_, [u8]>> = names
            .into_iter()
            .map(|name| match name.iter().any(u8::is_ascii_uppercase) {
                true => Cow::Owned(name.to_ascii_lowercase()),
                false => Cow::Borrowed(name.as_bytes()),
            })
            .collect();
        names.sort();
        names.dedup();
        Self(BString::from(names.join(&b';')))
    }

    /// The headers of `request` that a signer signs when it is told nothing: host, content-type,
    /// content-md5, every `x-amz-*` header but `x-amzn-trace-id`, and `x-k8s-aws-id`, which Amazon
    /// EKS believes only where it is signed.
    #[must_use]
    pub fn of_request(request: &Request) -> Self {
        let names = request.headers.iter().map(|field| field.name.as_bstr());
        let signed = names.filter(|name| is_signed_by_default(name));
        Self::of(signed.chain(["host".into()]))
    }

    /// Reads a list that is in the right form already.
    ///
    /// # Errors
    /// At the first name that is empty, has a capital, or is out of order.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        const PART: &str = "signed headers";
        let mut at = 0;
        let mut last: &[u8] = b"";
        for name in text.split(|byte| *byte == b';') {
            if name.is_empty() {
                return Err(ParseError::new(PART, text, at, "a header's name"));
            }
            let token = |byte: &u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
            if !name.iter().all(token) {
                return Err(ParseError::new(PART, text, at, "a name in lower case"));
            }
            if name <= last && at > 0 {
                return Err(ParseError::new(PART, text, at, "names in order, each once"));
            }
            last = name;
            at += name.len() + 1;
        }
        Ok(Self(text.into()))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &BStr> {
        self.0.split(|byte| *byte == b';').map(ByteSlice::as_bstr)
    }

    /// The list as it stands in the canonical request.
    #[must_use]
    pub fn as_bstr(&self) -> &BStr {
        self.0.as_bstr()
    }
}

/// Whether a header of this name, in any case, is signed by a signer that is told nothing.
#[must_use]
pub fn is_signed_by_default(name: &[u8]) -> bool {
    let always: [&[u8]; 4] = [b"host", b"content-type", b"content-md5", b"x-k8s-aws-id"];
    let begins = name.get(..6);
    always.iter().any(|own| name.eq_ignore_ascii_case(own))
        || begins.is_some_and(|begins| begins.eq_ignore_ascii_case(b"x-amz-"))
}
