use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    sigv4::{
        Authorization, CredentialScope, Placement, Presigned, SignedHeaders, Timestamp,
        TokenPosition,
    },
};

/// What a signed request states of its own signature, right or wrong.
#[derive(Clone, Debug)]
pub struct Stated {
    /// Algorithm, credential, signed headers and signature.
    pub authorization: Authorization,
    /// Where they stand.
    pub placement: Placement,
    /// The signing time's text.
    pub timestamp: Option<BString>,
    /// `X-Amz-Expires`.
    pub expires: Option<BString>,
    /// The session token.
    pub session_token: Option<BString>,
    /// Where the token stands in a presigned query.
    pub token_position: TokenPosition,
}

impl Stated {
    /// Reads it from all that is claimed of an attempt.
    #[must_use]
    pub fn of(attempt: &Attempt) -> Option<Self> {
        let header = |name: &str| {
            let value = attempt.request()?.header(name)?;
            Some(BString::from(value.trim()))
        };
        let written = || {
            let string = attempt.string_to_sign(Party::Signer)?;
            string.text.split_str("\n").nth(1).map(BString::from)
        };
        if let Some(presigned) = attempt.presigned() {
            return Some(Self::of_presigned(presigned));
        }
        let authorization = attempt.authorization().or_else(|| put_together(attempt))?;
        Some(Self {
            authorization,
            placement: Placement::Header,
            timestamp: header("x-amz-date")
                .or_else(|| date(attempt))
                .or_else(written),
            expires: None,
            session_token: header("x-amz-security-token"),
            token_position: TokenPosition::Absent,
        })
    }

    fn of_presigned(presigned: Presigned) -> Self {
        Self {
            authorization: presigned.authorization,
            placement: Placement::Query,
            timestamp: presigned.date,
            expires: presigned.expires,
            session_token: presigned.session_token,
            token_position: presigned.token_position,
        }
    }

    /// The signing time, where its form is right.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::parse(self.timestamp.as_ref()?).ok()
    }

    /// A part of the scope, counted from 0; right or wrong.
    #[must_use]
    pub fn scope_part(&self, at: usize) -> Option<&BStr> {
        self.authorization
            .scope()
            .split_str("/")
            .nth(at)
            .map(ByteSlice::as_bstr)
    }

    /// The scope, where its form is right.
    #[must_use]
    pub fn scope(&self) -> Option<CredentialScope> {
        CredentialScope::parse(self.authorization.scope()).ok()
    }

    /// The signed headers in their right form, whatever form they are stated in.
    #[must_use]
    pub fn signed_headers(&self) -> SignedHeaders {
        let names = self.authorization.signed_headers.split_str(";");
        SignedHeaders::of(
            names
                .filter(|name| !name.is_empty())
                .map(ByteSlice::as_bstr),
        )
    }
}

/// The `Date` header in the form of a signing time, as a signer without `X-Amz-Date` uses it.
fn date(attempt: &Attempt) -> Option<BString> {
    let value = attempt.request()?.header("date")?;
    Timestamp::parse_any(value).map(|time| time.as_bstr().into())
}

/// What a log without the `Authorization` value tells of it: the strings and the signature.
fn put_together(attempt: &Attempt) -> Option<Authorization> {
    let string = attempt.string_to_sign(Party::Signer)?;
    let canonical = attempt.canonical_request(Party::Signer);
    let signature = attempt
        .signatures
        .iter()
        .find(|claim| claim.party == Party::Signer);
    let mut lines = string.text.split_str("\n");
    let algorithm = lines.next()?;
    let scope = lines.nth(1)?;
    let signed = canonical.map(|claim| {
        crate::compare::CanonicalParts::of(&claim.text)
            .signed_headers
            .to_owned()
    });
    let text = |claim: Option<&Claim<_>>| claim.map(|claim| claim.text.clone()).unwrap_or_default();
    Some(Authorization {
        algorithm: algorithm.into(),
        credential: [b"/", scope].concat().into(),
        signed_headers: signed.unwrap_or_default(),
        signature: text(signature),
    })
}
