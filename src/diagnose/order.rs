//! The order in which AWS checks a request, and what a refusal therefore proves to be right.
//!
//! Source: mhart/dynalite's comments (captured from DynamoDB) and the flow chart "AWS Auth Error
//! Ordering" of dacut/scratchstack-aws-signature (query services); they agree.

use bstr::ByteSlice;

use crate::{
    diagnose::Examination,
    evidence::{Refusal, Statement, is_web_page},
};

/// A check that AWS makes, in the order in which it makes them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AwsCheck {
    /// Escapes and the query string are well formed.
    Query,
    /// Method, content type and target are those of an operation.
    Target,
    /// There is one signature, in the header or in the query.
    Mechanism,
    /// The authorization has all its parts.
    Authorization,
    /// `host` is among the signed headers.
    HostSigned,
    /// The signing time has the right form.
    DateFormat,
    /// The signing time is neither past nor to come.
    Clock,
    /// The credential has five parts.
    Credential,
    /// Date, region, service and terminator of the scope.
    Scope,
    /// The access key id is known.
    AccessKey,
    /// The session token is good and belongs to the key.
    SessionToken,
    /// The signature itself: canonical request, string to sign, signing key.
    Signature,
    /// Nothing more: what was signed was taken.
    Passed,
}

impl AwsCheck {
    /// Every check, in order.
    pub const ALL: [Self; 12] = [
        Self::Query,
        Self::Target,
        Self::Mechanism,
        Self::Authorization,
        Self::HostSigned,
        Self::DateFormat,
        Self::Clock,
        Self::Credential,
        Self::Scope,
        Self::AccessKey,
        Self::SessionToken,
        Self::Signature,
    ];

    /// What is checked, in words fit for "… was right" and "… was not looked at yet".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Query => "the form of path and query",
            Self::Target => "method, content type and target",
            Self::Mechanism => "one signature and no other",
            Self::Authorization => "the parts of the authorization",
            Self::HostSigned => "the host among the signed headers",
            Self::DateFormat => "the form of the signing time",
            Self::Clock => "the signer's clock",
            Self::Credential => "the five parts of the credential",
            Self::Scope => "date, region and service of the credential scope",
            Self::AccessKey => "the access key id",
            Self::SessionToken => "the session token",
            Self::Signature => "the signature",
            Self::Passed => "everything that is signed",
        }
    }
}

/// How far a request came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reached {
    /// The check at which it was refused.
    pub at: AwsCheck,
    /// The checks that it had passed: what they look at was right.
    pub right: Vec<AwsCheck>,
    /// The checks that were not made: mistakes there are masked, and still possible.
    pub open: Vec<AwsCheck>,
}

impl Reached {
    /// What the answer proves; `None` where it proves nothing: no answer, a host that is not known
    /// as AWS's, EC2 (which says the same for several), and of Amazon S3, whose order is not
    /// recorded, all but the last check.
    #[must_use]
    pub fn of(it: &Examination<'_>) -> Option<Self> {
        let mut reached = Self::of_answer(it)?;
        if it.bare_target().is_some() {
            // Another service may have answered than the one that is meant: what it took as its
            // target and its scope says nothing of that one's.
            let of_service = [AwsCheck::Target, AwsCheck::Scope];
            reached.right.retain(|check| !of_service.contains(check));
        }
        Some(reached)
    }

    fn of_answer(it: &Examination<'_>) -> Option<Self> {
        if succeeded(it) {
            return Some(Self::at(AwsCheck::Passed));
        }
        let refusal = it.refusal()?;
        if !it.is_at_aws() || it.signing_name() == "ec2" {
            return None;
        }
        let at = match first(it.statements()) {
            Some(check) => check,
            None if it.statements().is_empty() && behind(refusal).is_some() => AwsCheck::Passed,
            None => return None,
        };
        let is_last = at >= AwsCheck::Signature;
        (is_last || !it.is_for_s3()).then(|| Self::at(at))
    }

    /// What a refused signature proves where nothing says who refused it, if AWS did.
    #[must_use]
    pub fn if_of_aws(it: &Examination<'_>) -> Option<Self> {
        let is_signature = first(it.statements()) == Some(AwsCheck::Signature);
        (is_signature && it.host().is_none()).then(|| Self::at(AwsCheck::Signature))
    }

    fn at(at: AwsCheck) -> Self {
        let of = |wanted: fn(&AwsCheck, &AwsCheck) -> bool| {
            let all = AwsCheck::ALL.into_iter();
            all.filter(|check| wanted(check, &at)).collect()
        };
        Self {
            at,
            right: of(|check, at| check < at),
            open: of(|check, at| check > at),
        }
    }
}

fn succeeded(it: &Examination<'_>) -> bool {
    it.refusal().is_none()
        && it
            .response()
            .is_some_and(|answer| (200..300).contains(&answer.status) && !is_web_page(answer))
}

/// The check that the statements are of; of several the first.
fn first(statements: &[Statement]) -> Option<AwsCheck> {
    statements.iter().filter_map(check).min()
}

/// The check that a statement is the failure of.
fn check(statement: &Statement) -> Option<AwsCheck> {
    Some(match statement {
        Statement::QueryMalformed(_) => AwsCheck::Query,
        Statement::OperationUnknown | Statement::OperationNotInVersion { .. } => AwsCheck::Target,
        Statement::SeveralSignatures | Statement::AuthenticationMissing => AwsCheck::Mechanism,
        Statement::AuthorizationPartMalformed(_)
        | Statement::AuthorizationPartsMissing(_)
        | Statement::AuthorizationSpaces
        | Statement::AlgorithmUnsupported(_)
        | Statement::SignatureMalformed
        | Statement::AccessKeyMissing
        | Statement::QueryParametersMissing(_)
        | Statement::ExpiresTooLong
        | Statement::ExpiresNotANumber
        | Statement::ExpiresNegative
        | Statement::TimestampMissing => AwsCheck::Authorization,
        Statement::HeadersNotSigned(_) | Statement::SignedHeaderAbsent(_) => AwsCheck::HostSigned,
        Statement::TimestampMalformed(_) => AwsCheck::DateFormat,
        Statement::Skewed(_)
        | Statement::ClockDiffers
        | Statement::Expired { .. }
        | Statement::NotYetValid => AwsCheck::Clock,
        Statement::CredentialMalformed(_) => AwsCheck::Credential,
        Statement::ServiceShouldBe(_)
        | Statement::RegionShouldBe { .. }
        | Statement::TerminatorDiffers
        | Statement::ScopeDateDiffers
        | Statement::ScopeDateMalformed(_)
        | Statement::ScopeUnexpected(_) => AwsCheck::Scope,
        Statement::CredentialsUnknown | Statement::AccessKeyUnknown => AwsCheck::AccessKey,
        Statement::TokenInvalid | Statement::TokenExpired => AwsCheck::SessionToken,
        Statement::SignatureDiffers => AwsCheck::Signature,
        _ => return None,
    })
}

/// What a request was refused for whose signature was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behind {
    /// Who signed may not do this.
    Permission,
    /// There were too many calls.
    Rate,
    /// What was asked for does not exist.
    Absent,
    /// A parameter of the operation.
    Input,
    /// Anything else.
    Other,
}

impl Behind {
    /// The reason of a refusal, where the answer shows that the signature was taken.
    #[must_use]
    pub fn of(it: &Examination<'_>) -> Option<Self> {
        let refusal = it.refusal().filter(|_| it.accepted())?;
        Some(behind(refusal).unwrap_or(Self::Other))
    }

    /// The same of a refusal that does not say who refused, if AWS did.
    #[must_use]
    pub fn if_of_aws(it: &Examination<'_>) -> Option<Self> {
        let refusal = it.refusal().filter(|_| it.host().is_none())?;
        behind(refusal).filter(|_| it.statements().is_empty())
    }

    /// The reason, fit for "the signature is right; …".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Permission => "the permission is missing",
            Self::Rate => "the calls come too fast",
            Self::Absent => "what was asked for is not there",
            Self::Input => "a value in the request is not allowed",
            Self::Other => "it was refused for another reason",
        }
    }
}

/// The reason of a refusal that is looked at behind the signature: permissions, rates, resources,
/// the operation's own parameters.
fn behind(refusal: &Refusal) -> Option<Behind> {
    let codes = CODES.iter().find(|(code, _)| refusal.code == *code);
    let parts = || {
        PARTS
            .iter()
            .find(|(part, _)| refusal.code.contains_str(part))
    };
    let said = || {
        let denied = refusal.message.contains_str(NOT_AUTHORIZED);
        denied.then_some(Behind::Permission)
    };
    let found = codes.or_else(parts).map(|(_, behind)| *behind);
    found.or_else(said)
}

/// What every service says of a permission that is missing.
const NOT_AUTHORIZED: &str = "is not authorized to perform";
const CODES: [(&str, Behind); 12] = [
    ("AccessDenied", Behind::Permission),
    ("AccessDeniedException", Behind::Permission),
    ("UnauthorizedOperation", Behind::Permission),
    ("AuthorizationError", Behind::Permission),
    ("AuthorizationErrorException", Behind::Permission),
    ("NoSuchKey", Behind::Absent),
    ("NoSuchBucket", Behind::Absent),
    ("NoSuchUpload", Behind::Absent),
    ("ResourceNotFoundException", Behind::Absent),
    ("SlowDown", Behind::Rate),
    ("BucketAlreadyOwnedByYou", Behind::Other),
    ("OptInRequired", Behind::Other),
];
const PARTS: [(&str, Behind); 5] = [
    ("Throttl", Behind::Rate),
    ("RequestLimitExceeded", Behind::Rate),
    ("LimitExceeded", Behind::Rate),
    ("NotFound", Behind::Absent),
    ("Validation", Behind::Input),
];
