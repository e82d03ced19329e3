use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::CanonicalParts,
    diagnose::Slot,
    evidence::{Attempt, Claim, Party, holds_mask, is_mask},
    sigv4::{
        ALGORITHM, Algorithm, Authorization, CredentialScope, Placement, PostPolicy, Presigned,
        SignedHeaders, StringToSign, TERMINATOR, Timestamp, TokenPosition,
    },
    wire::target::parameter,
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
    /// The policy of a form, which is all that is signed of it.
    pub policy: Option<BString>,
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
            let signers = || attempt.string_to_sign(Party::Signer);
            let string = of_request(attempt).or_else(signers)?;
            string.text.split_str("\n").nth(1).map(BString::from)
        };
        if let Some(presigned) = presigned(attempt) {
            let mut stated = Self::of_presigned(presigned);
            stated.authorization = with_scope(stated.authorization, attempt);
            return Some(stated);
        }
        if let (None, Some(form)) = (header("authorization"), attempt.post_policy()) {
            return Some(Self::of_form(form));
        }
        let placement = match attempt.authorization() {
            None if signed_a_query(attempt) => Placement::Query,
            _ => Placement::Header,
        };
        let authorization = attempt.authorization();
        let authorization = authorization.or_else(|| put_together(attempt));
        let authorization = authorization.or_else(|| refused(attempt))?;
        let authorization = with_scope(authorization, attempt);
        Some(Self {
            authorization,
            placement,
            timestamp: header("x-amz-date")
                .or_else(|| date(attempt))
                .or_else(|| hashed_date(attempt))
                .or_else(written),
            expires: None,
            session_token: header("x-amz-security-token"),
            token_position: TokenPosition::Absent,
            policy: None,
        })
    }

    fn of_form(form: PostPolicy) -> Self {
        Self {
            authorization: form.authorization,
            placement: Placement::Form,
            timestamp: form.date,
            expires: None,
            session_token: form.session_token,
            token_position: TokenPosition::Absent,
            policy: Some(form.policy),
        }
    }

    fn of_presigned(presigned: Presigned) -> Self {
        Self {
            authorization: presigned.authorization,
            placement: Placement::Query,
            timestamp: presigned.date,
            expires: presigned.expires,
            session_token: presigned.session_token,
            token_position: presigned.token_position,
            policy: None,
        }
    }

    /// The signing time, where its form is right.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::parse(self.timestamp.as_ref()?).ok()
    }

    /// Whether it was signed for all regions (Signature Version 4A).
    #[must_use]
    pub fn is_of_all_regions(&self) -> bool {
        self.authorization.algorithm == Algorithm::EcdsaP256Sha256.name()
    }

    /// A part of the scope, counted from 0; right or wrong. `None` of a scope with another number
    /// of parts, where no part can be told, and of the region where the algorithm has none.
    #[must_use]
    pub fn scope_part(&self, at: usize) -> Option<&BStr> {
        let mut parts = self.authorization.scope().split_str("/");
        parts.nth(self.scope_place(at)?).map(ByteSlice::as_bstr)
    }

    /// Where such a part stands among those of the scope, which has no region in Version 4A.
    #[must_use]
    pub fn scope_place(&self, at: usize) -> Option<usize> {
        let count = self.authorization.scope().split_str("/").count();
        match (count, self.is_of_all_regions(), at) {
            (4, false, _) => Some(at),
            (3, true, 0) => Some(0),
            (3, true, 2..) => Some(at - 1),
            _ => None,
        }
    }

    /// A part of a scope that lacks one, counted from 0: the last behind the date is the service, be
    /// it that `aws4_request` is missing or what stands before.
    pub(super) fn part_of_fewer(&self, at: usize) -> Option<&BStr> {
        let parts: Vec<&[u8]> = self.authorization.scope().split_str("/").collect();
        let (date, mut others) = parts.split_first()?;
        if let Some((_, before)) = others
            .split_last()
            .filter(|(last, _)| **last == TERMINATOR.as_bytes())
        {
            others = before;
        }
        let dated = date.len() == 8 && date.iter().all(u8::is_ascii_digit);
        let found = match (at, others) {
            (1, [region, _]) => Some(region),
            (2, [.., service]) => Some(service),
            _ => None,
        };
        found
            .filter(|_| dated && parts.len() == 3)
            .map(|part| part.as_bstr())
    }

    /// The scope, where its form is right.
    #[must_use]
    pub fn scope(&self) -> Option<CredentialScope> {
        let algorithm = match self.is_of_all_regions() {
            true => Algorithm::EcdsaP256Sha256,
            false => Algorithm::HmacSha256,
        };
        CredentialScope::parse_for(algorithm, self.authorization.scope()).ok()
    }

    /// The pieces that are stated in so many words: a signer who wrote them signed them too.
    #[must_use]
    pub fn pieces(&self) -> Vec<(Slot, BString)> {
        let scope = [
            Slot::ScopeDate,
            Slot::ScopeRegion,
            Slot::ScopeService,
            Slot::ScopeTerminator,
        ];
        let scope = scope.into_iter().enumerate();
        let scope = scope.filter_map(|(at, slot)| Some((slot, self.scope_part(at)?.to_owned())));
        let texts = [
            (Slot::Algorithm, &self.authorization.algorithm),
            (Slot::SignedHeaders, &self.authorization.signed_headers),
        ];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        scope
            .chain(texts.map(|(slot, text)| (slot, text.clone())))
            .collect()
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

/// What the query states that presigns the URL, also where it was encoded or escaped once more.
fn presigned(attempt: &Attempt) -> Option<Presigned> {
    let query = attempt.request()?.query()?;
    match before_reencoding(query) {
        Some(plain) => Presigned::of_query(&plain),
        None => attempt.presigned(),
    }
}

/// The query of a presigned URL without a second layer of encoding or of HTML's escapes; `None`
/// unless its own parameters show that it has one.
pub(super) fn before_reencoding(query: &BStr) -> Option<BString> {
    let escaped = query.contains_str("&amp;X-Amz-") || query.contains_str("&amp%3BX-Amz-");
    let plain = match escaped {
        true => BString::from(query.replace("&amp;", "&").replace("&amp%3B", "&")),
        false => query.to_owned(),
    };
    let credential = parameter(plain.as_bstr(), "X-Amz-Credential");
    let names = parameter(plain.as_bstr(), "X-Amz-SignedHeaders");
    let holds = |text: Option<BString>, escapes: [&str; 2]| {
        text.is_some_and(|text| escapes.iter().any(|escape| text.contains_str(escape)))
    };
    let twice = holds(credential, ["%2F", "%2f"]) || holds(names, ["%3B", "%3b"]);
    match (escaped, twice) {
        (false, false) => None,
        (true, false) => Some(plain),
        (_, true) => Some(plain.replace("%25", "%").into()),
    }
}

/// The `Date` header in the form of a signing time, as a signer without `X-Amz-Date` uses it.
fn date(attempt: &Attempt) -> Option<BString> {
    let value = attempt.request()?.header("date")?;
    Timestamp::parse_any(value).map(|time| time.as_bstr().into())
}

/// The signing time in the canonical request that the signer wrote, where its form is right.
fn hashed_date(attempt: &Attempt) -> Option<BString> {
    let canonical = attempt.canonical_request(Party::Signer)?;
    let parts = CanonicalParts::of(&canonical.text);
    let mut headers = parts.headers.iter();
    let line = headers.find(|(name, _)| *name == "x-amz-date");
    let of_query = || parameter(parts.query, "X-Amz-Date");
    let value = line
        .map(|(_, value)| BString::from(*value))
        .or_else(of_query)?;
    Timestamp::parse(&value).is_ok().then_some(value)
}

/// Whether what the signer wrote, or else the service, is of a presigned URL.
fn signed_a_query(attempt: &Attempt) -> bool {
    let canonical = attempt.canonical_request(Party::Signer);
    let canonical = canonical.or_else(|| attempt.canonical_request(Party::Service));
    canonical.is_some_and(|claim| {
        let query = CanonicalParts::of(&claim.text).query;
        query.contains_str("X-Amz-Algorithm=")
    })
}

/// The same with the scope of a string to sign, where what masks the key id masks its date too.
fn with_scope(mut stated: Authorization, attempt: &Attempt) -> Authorization {
    let is_short = stated.credential.split_str("/").count() < 5;
    if !is_short || !holds_mask(&stated.credential) && !is_mask(&stated.credential) {
        return stated;
    }
    let string = attempt.string_to_sign(Party::Signer);
    let string = string.or_else(|| attempt.string_to_sign(Party::Service));
    let scope = string.and_then(|claim| Some(head(&claim.text)?.1.to_owned()));
    let id = stated.credential.split_str("/").next().unwrap_or_default();
    if let Some(scope) = scope {
        stated.credential = [id, b"/", &scope].concat().into();
    }
    stated
}

/// What a log without the `Authorization` value tells of it: the strings and the signature; without
/// that, the one that the service did not take.
fn put_together(attempt: &Attempt) -> Option<Authorization> {
    let mut signatures = attempt.signatures.iter();
    let own = signatures.find(|claim| claim.party == Party::Signer);
    let refused = |name: &str| Some(attempt.refusal()?.detail(name)?.to_owned());
    let signature = own.map(|claim| claim.text.clone());
    let signature = signature.or_else(|| refused("SignatureProvided"));
    let id = refused("AWSAccessKeyId").unwrap_or_default();
    // Beside a canonical request alone, the service's string has the time and the scope: a service
    // takes both out of the request.
    let printed = |party: Party| attempt.string_to_sign(party).is_some();
    let alone = !printed(Party::Signer) && attempt.canonical_request(Party::Signer).is_some();
    let party = match alone {
        true => Party::Service,
        false => Party::Signer,
    };
    of_strings(attempt, party, id.as_bstr(), signature)
}

/// What a refusal tells of a request that is not at hand: the string that the service computed,
/// whose scope is the request's own, and the signature that it did not take.
fn refused(attempt: &Attempt) -> Option<Authorization> {
    let refusal = attempt.refusal().filter(|_| attempt.request().is_none())?;
    let signature = refusal.detail("SignatureProvided")?;
    let id = refusal.detail("AWSAccessKeyId").unwrap_or_default();
    let put = of_strings(attempt, Party::Service, id, Some(signature.to_owned()))?;
    (put.algorithm == ALGORITHM).then_some(put)
}

/// The algorithm and the scope that a string to sign states.
fn head(string: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut lines = string.split_str("\n");
    Some((lines.next()?, lines.nth(1)?))
}

/// The scope on whatever line of a string it stands.
fn scope_among(string: &[u8]) -> Option<&[u8]> {
    let mut words = string.fields();
    words.find(|word| CredentialScope::parse(word).is_ok())
}

/// The string that the service computed over the request, and not over a chunk of an upload.
fn of_request(attempt: &Attempt) -> Option<&Claim<StringToSign>> {
    let string = attempt.string_to_sign(Party::Service);
    string.filter(|claim| !claim.text.starts_with(b"AWS4-HMAC-SHA256-"))
}

/// An authorization of a party's strings, with an access key id and a signature from elsewhere.
fn of_strings(
    attempt: &Attempt,
    party: Party,
    access_key_id: &BStr,
    signature: Option<BString>,
) -> Option<Authorization> {
    let string = attempt.string_to_sign(party)?;
    // What the service takes for the list is what the request states.
    let canonical = attempt.canonical_request(Party::Service);
    let canonical = canonical.or_else(|| attempt.canonical_request(party));
    let is_list =
        |list: &&BStr| list.iter().all(|byte| !b", :\r".contains(byte)) && !list.ends_with(b";");
    let (algorithm, scope) = match of_request(attempt) {
        // Time and scope a service takes out of the request.
        Some(service) => head(&service.text)?,
        None if string.parsed.is_err() => match scope_among(&string.text) {
            Some(scope) => (ALGORITHM.as_bytes(), scope),
            None => head(&string.text)?,
        },
        _ => head(&string.text)?,
    };
    let parts = canonical.map(|claim| CanonicalParts::of(&claim.text));
    let signed = parts.map(|parts| parts.signed_headers).filter(is_list);
    Some(Authorization {
        algorithm: algorithm.into(),
        credential: [access_key_id.as_bytes(), b"/", scope].concat().into(),
        signed_headers: signed.map(BStr::to_owned).unwrap_or_default(),
        signature: signature.unwrap_or_default(),
    })
}
