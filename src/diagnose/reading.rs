//! What rules ask of an examination again and again.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{AwsCheck, Examination, Reached},
    evidence::{Claim, OperationHint, Party, Refusal, Span, Statement},
    sigv4::{PayloadRule, Placement, PolicyDocument},
    wire::{HeaderField, target},
};

/// What API Gateway answers where it found no signature, or no route.
const MISSING: &str = "MissingAuthenticationTokenException";

impl<'a> Examination<'a> {
    /// Whether the service took the signature: it answered with success, or refused for a reason
    /// that it looks at only behind the signature.
    #[must_use]
    pub fn accepted(&self) -> bool {
        Reached::of(self).is_some_and(|reached| reached.at == AwsCheck::Passed)
    }

    /// Whether the answer proves that this check was passed.
    #[must_use]
    pub fn passed(&self, check: AwsCheck) -> bool {
        Reached::of(self).is_some_and(|reached| reached.right.contains(&check))
    }

    /// The first thing of its kind that the refusals state.
    #[must_use]
    pub fn states<T>(&self, pick: impl Fn(&Statement) -> Option<T>) -> Option<T> {
        self.statements().iter().find_map(pick)
    }

    /// Whether a refusal states just this.
    #[must_use]
    pub fn says(&self, statement: &Statement) -> bool {
        self.statements().contains(statement)
    }

    /// Whether a refusal quotes a token of another scheme as the authorization that it got.
    pub(super) fn is_told_of_another_scheme(&self) -> bool {
        let quotes = |refusal: &Refusal| {
            let schemes = ["'Bearer ", "'Basic "];
            schemes.iter().any(|own| refusal.message.contains_str(own))
        };
        self.refusal().is_some_and(quotes)
    }

    /// Whether it is the exception of a client of AWS's that tells of a refusal: there, nobody signs by
    /// hand.
    pub(super) fn is_told_by_a_client(&self) -> bool {
        const SIGNS: [&str; 5] = [
            "An error occurred (",
            "(Service: ",
            "api error ",
            "::Errors::",
            "Error executing \"",
        ];
        let mut refusals = self.attempt().refusals.iter();
        let is_clients =
            |claim: &Claim<Refusal>| SIGNS.iter().any(|sign| claim.text.contains_str(sign));
        self.request().is_none() && refusals.any(is_clients)
    }

    /// Whether an answer without its request says in API Gateway's words that there is no signature,
    /// and no host of another service stands in its text.
    pub(super) fn may_be_of_gateway(&self) -> bool {
        let says = |refusal: &Refusal| {
            let is_bare = refusal.message.is_empty() && refusal.code == MISSING;
            is_bare || refusal.message.contains_str("Missing Authentication Token")
        };
        let of_another = |claim: &Claim<Refusal>| {
            let text = &claim.text;
            text.contains_str(".amazonaws.com") && !text.contains_str(".execute-api.")
        };
        self.request().is_none()
            && self.refusal().is_some_and(says)
            && !self.attempt().refusals.iter().any(of_another)
    }

    /// The first header of that name, with its value as it stands.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a BStr> {
        self.request()?.header(name)
    }

    /// The header field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a HeaderField> {
        self.request()?.headers.iter().find(|field| field.is(name))
    }

    /// A header's line, `Name: value`.
    #[must_use]
    pub fn header_line(&self, name: &str) -> Option<BString> {
        let field = self.field(name)?;
        Some([&field.name[..], b": ", &field.value].concat().into())
    }

    /// The place of a header's line.
    #[must_use]
    pub fn header_place(&self, name: &str) -> Option<Span> {
        let field = self.field(name)?;
        let line = |colon: &[u8]| [&field.name[..], colon, &field.value].concat();
        self.locate(&line(b": "))
            .or_else(|| self.locate(&line(b":")))
    }

    /// A part of the scope, counted from 0: as the request states it, or, where it is not signed yet,
    /// as its client was told to sign it.
    #[must_use]
    pub fn scope_part(&self, at: usize) -> Option<&BStr> {
        if let Some(stated) = self.stated() {
            return stated.scope_part(at);
        }
        let hint = self.told_scope()?.value()?;
        let part = match at {
            1 => hint.region.as_ref(),
            2 => hint.signing_name.as_ref(),
            _ => None,
        };
        part.map(|part| part.as_bstr())
    }

    /// What the client of a request that is not signed yet was told of its scope.
    pub(super) fn told_scope(&self) -> Option<&'a Claim<OperationHint>> {
        let told = |hint: &OperationHint| hint.region.is_some() || hint.signing_name.is_some();
        let mut hints = self.case().hints.iter();
        hints
            .find(|claim| claim.value().is_some_and(told))
            .filter(|_| self.stated().is_none())
    }

    /// The target, where it is a name without the prefix of a service.
    #[must_use]
    pub fn bare_target(&self) -> Option<&'a BStr> {
        let value = self.request_or_hint()?.header("x-amz-target")?.trim();
        let is_name = value.iter().all(u8::is_ascii_alphanumeric);
        (!value.is_empty() && is_name).then_some(value.as_bstr())
    }

    /// The text of the `Authorization` value, whatever its form.
    #[must_use]
    pub fn authorization_text(&self) -> Option<&'a BStr> {
        let claimed = || Some(self.attempt().authorizations.first()?.text.as_bstr());
        self.header("authorization").or_else(claimed)
    }

    /// A parameter of the query, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<BString> {
        target::parameter(self.request()?.query()?, name)
    }

    /// A pair of the query as it stands, `name=value`.
    #[must_use]
    pub fn raw_pair(&self, name: &str) -> Option<BString> {
        let query = self.request()?.query()?;
        let pair = target::pairs(query)
            .find(|pair| target::percent_decode(pair.name).eq_ignore_ascii_case(name.as_bytes()))?;
        let value = pair.value.unwrap_or_default();
        Some([pair.name.as_bytes(), b"=", value].concat().into())
    }

    /// Whether the refusal lists the headers that are there and not signed, as Amazon S3's does.
    pub(super) fn is_told_of_unsigned_headers(&self) -> bool {
        let refusal = self.refusal();
        refusal.is_some_and(|refusal| refusal.detail("HeadersNotSigned").is_some())
    }

    /// Whether the list of signed headers in the query was encoded once more than it should be.
    pub(super) fn lists_names_encoded(&self) -> bool {
        let list = self.parameter("X-Amz-SignedHeaders");
        list.is_some_and(|list| list.to_ascii_lowercase().contains_str("%3b"))
    }

    /// Whether the query carries a signature of version 4, whole or in part.
    #[must_use]
    pub fn is_presigned(&self) -> bool {
        ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Algorithm"]
            .iter()
            .any(|name| self.parameter(name).is_some())
    }

    /// Whether the request is signed in its header and not in its query.
    #[must_use]
    pub fn is_signed_in_header(&self) -> bool {
        self.stated()
            .is_some_and(|stated| stated.placement == Placement::Header)
    }

    /// The policy of a form, out of its Base64 and taken apart.
    #[must_use]
    pub fn policy(&self) -> Option<PolicyDocument> {
        let text = PolicyDocument::text(self.stated()?.policy.as_ref()?)?;
        PolicyDocument::parse(&text)
    }

    /// The names that the request states as signed; `None` where no text of it has them.
    #[must_use]
    pub fn signed_names(&self) -> Option<Vec<BString>> {
        let in_header = self
            .authorization_text()
            .is_some_and(|text| text.contains_str("SignedHeaders="));
        let in_query = self.parameter("X-Amz-SignedHeaders").is_some();
        // Of two signatures it is not known which one counts.
        if in_header && self.is_presigned() || !in_header && !in_query {
            return None;
        }
        let names = &self.stated()?.authorization.signed_headers;
        let names = names.split_str(";").map(|name| name.trim());
        Some(
            names
                .filter(|name| !name.is_empty())
                .map(|name| name.to_ascii_lowercase().into())
                .collect(),
        )
    }

    /// The host: of the request, else of a canonical request.
    #[must_use]
    pub fn host(&self) -> Option<BString> {
        let of_text = || {
            let texts = self.attempt().canonical_requests.iter();
            texts.filter_map(|claim| host_line(&claim.text)).next()
        };
        let host = self.request_or_hint().and_then(|request| request.host());
        host.map(|host| host.to_ascii_lowercase().into())
            .or_else(of_text)
    }

    /// What the catalogue knows of the host.
    #[must_use]
    pub fn host_facts(&self) -> &catalog::HostFacts {
        self.facts_of(|| {
            let host = self.host();
            host.map(|host| catalog::host(host.as_bstr()))
                .unwrap_or_default()
        })
    }

    /// Whether the host is one of AWS's.
    #[must_use]
    pub fn is_at_aws(&self) -> bool {
        let facts = self.host_facts();
        facts.partition.is_some() || facts.is_known()
    }

    /// The host without its port, where it is not one of AWS's.
    #[must_use]
    pub fn foreign_host(&self) -> Option<BString> {
        self.host().filter(|_| !self.is_at_aws())
    }

    /// The signing name that is right, as far as it is known; else the stated one.
    #[must_use]
    pub fn signing_name(&self) -> BString {
        let stated = self.stated().and_then(|stated| stated.scope_part(2));
        self.expected().service(stated.unwrap_or_default())
    }

    /// Whether the service is Amazon S3 or of its kin, or a server that stands in for it.
    #[must_use]
    pub fn is_for_s3(&self) -> bool {
        let name = self.signing_name();
        self.recipe().payload == PayloadRule::Stated && name.starts_with(b"s3")
    }

    /// The access key id that the request states, or the refusal.
    #[must_use]
    pub fn access_key_id(&self) -> Option<BString> {
        let stated = self
            .stated()
            .map(|stated| stated.authorization.access_key_id().trim().into());
        let refused = || Some(self.refusal()?.detail("AWSAccessKeyId")?.to_owned());
        stated
            .filter(|id: &BString| !id.is_empty())
            .or_else(refused)
    }

    /// Whether the access key id is one of temporary credentials.
    #[must_use]
    pub fn has_temporary_key(&self) -> bool {
        self.access_key_id()
            .is_some_and(|id| id.starts_with(b"ASIA"))
    }

    /// Whether a session token stands anywhere in the request.
    #[must_use]
    pub fn has_session_token(&self) -> bool {
        let stated = self
            .stated()
            .is_some_and(|stated| stated.session_token.is_some());
        stated
            || self.header("x-amz-security-token").is_some()
            || self.parameter("X-Amz-Security-Token").is_some()
    }

    /// Whether the request was seen as it travelled, so that a header it lacks was not there.
    #[must_use]
    pub fn is_seen_whole(&self) -> bool {
        let mut requests = self.attempt().requests.iter();
        let first = requests.find(|claim: &&Claim<_>| claim.value().is_some());
        self.completed_headers().is_empty() && first.is_some_and(|claim| claim.party == Party::Wire)
    }

    /// Whether a header takes part in the signer's own canonical request.
    #[must_use]
    pub fn signer_has_line(&self, name: &str) -> bool {
        self.artifact(Party::Signer).is_some_and(|text| {
            text.lines().any(|line| {
                line.split_once_str(":")
                    .is_some_and(|(own, _)| own == name.as_bytes())
            })
        })
    }
}

/// The value of a canonical request's `host:` line.
fn host_line(text: &[u8]) -> Option<BString> {
    text.lines()
        .find_map(|line| line.strip_prefix(b"host:"))
        .map(|host| host.trim().to_ascii_lowercase().into())
}
