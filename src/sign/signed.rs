use bstr::{BStr, BString, ByteSlice};

use super::{
    Change, Form, SignError, Terms, Warning, change,
    choice::{is_of_all_regions, payload_hash, region, region_set, signing_name},
    form,
    query::{add_to_query, strip_query},
    repair,
    warning::warnings,
};
use crate::{
    catalog::{Operation, best, recipe_for_signing_name},
    diagnose::Expected,
    sigv4::{
        Algorithm, Authorization, Credential, CredentialScope, Derivation, EcdsaKey, PayloadHash,
        PayloadRule, Placement, Presigned, Recipe, SessionTokenPlacement, SignedHeaders, Signing,
        SigningKey, derive,
    },
    wire::{HeaderField, Request},
};

/// A signed request, with every artifact and all that was changed on the way.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The request to send, as it is.
    pub request: Request,
    /// The artifacts.
    pub derivation: Derivation,
    /// The signature's text: 64 hex digits, or in Version 4A its DER encoding in hex.
    pub signature: BString,
    /// The `Authorization` value, or what it would be for a presigned URL.
    pub authorization: Authorization,
    /// Where the signature travels.
    pub placement: Placement,
    /// What the capture said otherwise.
    pub changes: Vec<Change>,
    /// What the rules foresee.
    pub warnings: Vec<Warning>,
    /// The operation that is called, where the catalogue has one.
    pub operation: Option<Operation>,
}

/// Signs a request the right way; what stands in it of an older signature is replaced.
///
/// # Errors
/// When the signing name, the region or the body is not known, or when the request wants another
/// scheme.
pub fn sign(request: &Request, terms: &Terms<'_>) -> Result<Signed, SignError> {
    if terms.stated.is_some_and(|stated| stated.policy.is_some()) {
        return Err(form::is_post_policy());
    }
    form::refuse_what_is_unknown(request)?;
    let mut request = request.clone();
    let mut changes = Vec::new();
    repair::by_rules(&mut request, terms, &mut changes);
    // An expiry that the user names is the user's.
    changes.retain(|change| terms.expires.is_none() || change.part != "X-Amz-Expires");
    let expected = Expected::of(Some(&request), terms.statements);
    let operation = match best(&expected.candidates) {
        [only] => only.operation,
        _ => None,
    };
    if let Some(operation) = operation.filter(|_| terms.signing_name.is_none()) {
        form::refuse_other_schemes(operation)?;
    }
    match &terms.endpoint {
        Some((origin, path)) => {
            repair::move_to(&mut request, origin.clone(), &mut changes);
            repair::prefix(&mut request, path.as_bstr());
        }
        None => repair::host_of_today(&mut request, &expected, &mut changes),
    }
    state_host(&mut request)?;
    let service = signing_name(&request, &expected, terms)?;
    let region_set = is_of_all_regions(&request, &expected, operation, terms)
        .then(|| region_set(&request, terms));
    let scope = match region_set {
        Some(_) => CredentialScope::of_all_regions(terms.timestamp, service),
        None => CredentialScope::new(terms.timestamp, region(&expected, terms)?, service),
    };
    scope_change(&scope, terms, &mut changes);
    let mut recipe = recipe_for_signing_name(&scope.service.to_str_lossy());
    if let Some(placement) = terms.session_token {
        recipe.session_token = placement;
    }
    let placement = match terms.form {
        Form::Header => Placement::Header,
        Form::Query => Placement::Query,
        Form::AsCaptured => terms
            .stated
            .map_or(Placement::Header, |stated| stated.placement),
    };
    let payload_hash = payload_hash(&request, &recipe, placement, operation, terms)?;
    let before = Presigned::of_query(request.query().unwrap_or_default());
    strip_query(
        &mut request,
        before.as_ref(),
        placement,
        terms,
        &mut changes,
    );
    let draft = Draft {
        scope,
        region_set,
        recipe,
        payload_hash,
        expires: expires(placement, before.as_ref(), terms),
    };
    state_length(&mut request, terms, &mut changes);
    let signed = match placement {
        Placement::Header => in_header(&mut request, &draft, terms, &mut changes)?,
        Placement::Query => in_query(&mut request, &draft, terms, &mut changes)?,
        Placement::Form => return Err(form::is_post_policy()),
    };
    signed_headers_change(&signed.signed_headers, terms, &mut changes);
    let warnings = warnings(
        &request,
        &signed.signed_headers,
        &draft.recipe,
        &draft.scope.service,
        draft.expires,
        terms,
    );
    let authorization = authorization(&draft, &signed, terms);
    Ok(Signed {
        request,
        derivation: signed.derivation,
        signature: signed.signature,
        authorization,
        placement,
        changes,
        warnings,
        operation,
    })
}

/// What is known before the first byte is derived.
struct Draft {
    scope: CredentialScope,
    /// The regions of a scope that has none.
    region_set: Option<BString>,
    recipe: Recipe,
    payload_hash: PayloadHash,
    expires: Option<u64>,
}

struct Derived {
    derivation: Derivation,
    /// In hex.
    signature: BString,
    signed_headers: SignedHeaders,
}

fn in_header(
    request: &mut Request,
    draft: &Draft,
    terms: &Terms<'_>,
    changes: &mut Vec<Change>,
) -> Result<Derived, SignError> {
    request.headers.retain(|field| !field.is("authorization"));
    change::set(request, "X-Amz-Date", terms.timestamp.as_bstr(), changes);
    if let Some(regions) = &draft.region_set {
        change::set(request, "X-Amz-Region-Set", regions.as_bstr(), changes);
    }
    let appended = terms.session_token.unwrap_or(SessionTokenPlacement::Signed)
        == SessionTokenPlacement::Appended;
    match &terms.credentials.session_token {
        // The service must be told the token.
        Some(token) => change::set(
            request,
            "X-Amz-Security-Token",
            token.expose().as_bstr(),
            changes,
        ),
        None => change::remove(request, "X-Amz-Security-Token", changes),
    }
    let keyword = matches!(draft.payload_hash, PayloadHash::Keyword(_));
    let stated = request.header("x-amz-content-sha256").is_some();
    if keyword || stated || draft.recipe.payload == PayloadRule::Stated {
        let text = draft.payload_hash.text();
        change::set(request, "X-Amz-Content-Sha256", text.as_bstr(), changes);
    }
    let names = terms.signed_headers.clone().unwrap_or_else(|| {
        let default = SignedHeaders::of_request(request);
        SignedHeaders::of(
            default
                .names()
                .filter(|name| !(appended && *name == "x-amz-security-token")),
        )
    });
    let derived = derived(request, draft, names, Placement::Header, terms)?;
    let value = authorization(draft, &derived, terms).to_bytes();
    request
        .headers
        .push(HeaderField::new("Authorization", value));
    Ok(derived)
}

fn in_query(
    request: &mut Request,
    draft: &Draft,
    terms: &Terms<'_>,
    changes: &mut Vec<Change>,
) -> Result<Derived, SignError> {
    for name in [
        "Authorization",
        "X-Amz-Date",
        "X-Amz-Region-Set",
        "X-Amz-Security-Token",
    ] {
        request.headers.retain(|field| !field.is(name));
    }
    // Amazon S3 takes a presigned body for unsigned unless a header says otherwise.
    let silent =
        draft.recipe.payload == PayloadRule::Stated && draft.payload_hash == PayloadHash::UNSIGNED;
    let keyword = matches!(draft.payload_hash, PayloadHash::Keyword(_));
    if silent || (!keyword && draft.recipe.payload == PayloadRule::Signed) {
        request
            .headers
            .retain(|field| !field.is("x-amz-content-sha256"));
    } else {
        let text = draft.payload_hash.text();
        change::set(request, "X-Amz-Content-Sha256", text.as_bstr(), changes);
    }
    let names = terms
        .signed_headers
        .clone()
        .unwrap_or_else(|| SignedHeaders::of_request(request));
    let credential = credential(draft, terms);
    let seconds = draft.expires.unwrap_or(HOUR).to_string();
    let mut parameters: Vec<(&str, BString)> = vec![
        ("X-Amz-Algorithm", draft.scope.algorithm().name().into()),
        ("X-Amz-Credential", credential),
        ("X-Amz-Date", terms.timestamp.as_bstr().into()),
        ("X-Amz-Expires", seconds.into()),
        ("X-Amz-SignedHeaders", names.as_bstr().into()),
    ];
    let regions = draft.region_set.clone();
    parameters.extend(regions.map(|regions| ("X-Amz-Region-Set", regions)));
    let token = terms.credentials.session_token.as_ref().map(|token| {
        // The URL must hold the token.
        ("X-Amz-Security-Token", BString::from(token.expose()))
    });
    let appended = draft.recipe.session_token == SessionTokenPlacement::Appended;
    if !appended {
        parameters.extend(token.clone());
    }
    add_to_query(request, &parameters);
    let derived = derived(request, draft, names, Placement::Query, terms)?;
    let signature = derived.signature.clone();
    let mut last = vec![("X-Amz-Signature", signature)];
    last.extend(token.filter(|_| appended));
    add_to_query(request, &last);
    Ok(derived)
}

fn derived(
    request: &Request,
    draft: &Draft,
    signed_headers: SignedHeaders,
    placement: Placement,
    terms: &Terms<'_>,
) -> Result<Derived, SignError> {
    let absent = signed_headers
        .names()
        .find(|name| *name != "host" && request.header(&name.to_str_lossy()).is_none());
    if let Some(name) = absent {
        return Err(SignError::new(format!(
            "{name} is to be signed, and the request has no such header"
        ))
        .hint("add it with --header, or leave it out of --signed-headers"));
    }
    if !signed_headers.names().any(|name| name == "host") {
        return Err(SignError::new("host is not among the signed headers")
            .hint("every service wants it signed: --signed-headers \"host;…\""));
    }
    let derivation = derive(
        request,
        &Signing {
            timestamp: terms.timestamp,
            scope: &draft.scope,
            signed_headers: &signed_headers,
            payload_hash: draft.payload_hash,
            recipe: &draft.recipe,
            placement,
        },
    );
    let credentials = terms.credentials;
    let signature = match draft.scope.algorithm() {
        Algorithm::HmacSha256 => {
            let key = SigningKey::derive(&credentials.secret, &draft.scope);
            derivation.sign(&key).to_string()
        }
        Algorithm::EcdsaP256Sha256 => {
            EcdsaKey::derive(&credentials.secret, &credentials.access_key_id)
                .ok_or_else(|| SignError::new("no key of Version 4A comes of this access key"))?
                .sign(&derivation.string_to_sign_text)
                .to_string()
        }
    };
    Ok(Derived {
        signature: signature.into(),
        derivation,
        signed_headers,
    })
}

fn credential(draft: &Draft, terms: &Terms<'_>) -> BString {
    Credential {
        access_key_id: terms.credentials.access_key_id.clone(),
        scope: draft.scope.clone(),
    }
    .to_bytes()
}

fn authorization(draft: &Draft, derived: &Derived, terms: &Terms<'_>) -> Authorization {
    Authorization {
        algorithm: draft.scope.algorithm().name().into(),
        credential: credential(draft, terms),
        signed_headers: derived.signed_headers.as_bstr().into(),
        signature: derived.signature.clone(),
    }
}

/// How long a presigned URL is good for where nothing is said, as in the AWS CLI.
const HOUR: u64 = 3600;

fn expires(placement: Placement, before: Option<&Presigned>, terms: &Terms<'_>) -> Option<u64> {
    let captured = || {
        let text = before?.expires.as_ref()?;
        text.to_str().ok()?.parse().ok()
    };
    (placement == Placement::Query).then(|| terms.expires.or_else(captured).unwrap_or(HOUR))
}

/// The host must be among the headers to be signed as it is sent.
fn state_host(request: &mut Request) -> Result<(), SignError> {
    if request.header("host").is_some() {
        return Ok(());
    }
    let Some(host) = request.host().map(ToOwned::to_owned) else {
        return Err(SignError::new("the request has no host")
            .hint("give one with --header 'Host: …' or --endpoint-url"));
    };
    request.headers.insert(0, HeaderField::new("Host", host));
    Ok(())
}

/// A body is sent with its length, unless the request says how else it ends.
fn state_length(request: &mut Request, terms: &Terms<'_>, changes: &mut Vec<Change>) {
    let held = request.body.bytes().map(|body| body.len() as u64);
    let Some(length) = terms.body.map(|body| body.length).or(held) else {
        return;
    };
    let wants = length > 0 || matches!(request.method.as_slice(), b"POST" | b"PUT" | b"PATCH");
    let stated = request.header("content-length").is_some();
    if request.header("transfer-encoding").is_none() && (wants || stated) {
        let text = length.to_string();
        change::set(request, "Content-Length", text.as_str().into(), changes);
    }
}

fn scope_change(scope: &CredentialScope, terms: &Terms<'_>, changes: &mut Vec<Change>) {
    let Some(stated) = terms.stated else { return };
    let parts = [
        ("scope region", 1, scope.region.as_ref()),
        ("scope service", 2, Some(&scope.service)),
    ];
    for (part, at, right) in parts {
        let Some(right) = right else { continue };
        let held = stated.scope_part(at).unwrap_or_default();
        if held != right {
            changes.push(Change {
                part: part.to_owned(),
                from: Some(held.to_owned()),
                to: Some(right.clone()),
            });
        }
    }
}

fn signed_headers_change(signed: &SignedHeaders, terms: &Terms<'_>, changes: &mut Vec<Change>) {
    let Some(stated) = terms.stated else { return };
    let held: &BStr = stated.authorization.signed_headers.as_bstr();
    if held != signed.as_bstr() {
        changes.push(Change {
            part: "signed headers".to_owned(),
            from: Some(held.to_owned()),
            to: Some(signed.as_bstr().into()),
        });
    }
}
