//! What a request is signed as where nobody says it: payload hash, region, signing name.

use bstr::{BString, ByteSlice};

use super::{PayloadChoice, SignError, Terms};
use crate::{
    catalog::{Auth, Operation, Payload, best},
    diagnose::Expected,
    sigv4::{PayloadHash, PayloadRule, Placement, Recipe},
    wire::{Request, target::parameter},
};

pub(super) fn payload_hash(
    request: &Request,
    recipe: &Recipe,
    placement: Placement,
    operation: Option<Operation>,
    terms: &Terms<'_>,
) -> Result<PayloadHash, SignError> {
    let stated = request
        .header("x-amz-content-sha256")
        .and_then(|value| PayloadHash::parse(value.trim()).ok());
    let presigned = placement == Placement::Query && recipe.payload == PayloadRule::Stated;
    let unsigned = operation.is_some_and(|operation| operation.payload() == Payload::Unsigned);
    match (terms.payload, stated) {
        (PayloadChoice::Unsigned, _) => return Ok(PayloadHash::UNSIGNED),
        (PayloadChoice::Auto, Some(keyword @ PayloadHash::Keyword(_))) => return Ok(keyword),
        (PayloadChoice::Auto, _) if presigned || recipe.payload == PayloadRule::Unsigned => {
            return Ok(PayloadHash::UNSIGNED);
        }
        (PayloadChoice::Auto, None) if unsigned => return Ok(PayloadHash::UNSIGNED),
        _ => {}
    }
    let held = request.body.bytes().map(PayloadHash::of);
    let elsewhere = terms.body.map(|body| PayloadHash::Sha256(body.digest));
    elsewhere.or(held).ok_or_else(|| {
        SignError::new("the body was not captured, and its hash is signed")
            .hint("give it with --body @FILE, or sign without it: --payload unsigned")
    })
}

/// Whether it is signed for all regions: as the host or the operation wants it, or as the capture
/// was.
pub(super) fn is_of_all_regions(
    request: &Request,
    expected: &Expected,
    operation: Option<Operation>,
    terms: &Terms<'_>,
) -> bool {
    expected.is_of_all_regions()
        || operation.is_some_and(|operation| operation.auth() == Auth::SigV4a)
        || match terms.stated {
            Some(stated) => stated.is_of_all_regions(),
            None => request.header("x-amz-region-set").is_some(),
        }
}

/// The regions that a signature of Version 4A holds for: those that are asked for, else as captured,
/// else all.
pub(super) fn region_set(request: &Request, terms: &Terms<'_>) -> BString {
    let in_query = || parameter(request.query()?, "X-Amz-Region-Set");
    let captured = request.header("x-amz-region-set").map(ToOwned::to_owned);
    let named = terms.region.clone().or(captured).or_else(in_query);
    named.unwrap_or_else(|| "*".into())
}

pub(super) fn region(expected: &Expected, terms: &Terms<'_>) -> Result<BString, SignError> {
    let stated = terms.stated.and_then(|stated| stated.scope_part(1));
    let stated = stated.filter(|region| !region.is_empty());
    let known = match (&expected.regions[..], stated) {
        ([], stated) => stated.map(ToOwned::to_owned),
        (regions, None) => terms
            .default_region
            .clone()
            .filter(|region| regions.contains(region))
            .or_else(|| regions.first().cloned()),
        (_, Some(stated)) => Some(expected.region(stated)),
    };
    terms
        .region
        .clone()
        .or(known)
        .or_else(|| terms.default_region.clone())
        .ok_or_else(|| {
            SignError::new("the host does not tell the region, and nothing else does")
                .hint("give it with --region, or set AWS_REGION")
        })
}

pub(super) fn signing_name(
    request: &Request,
    expected: &Expected,
    terms: &Terms<'_>,
) -> Result<BString, SignError> {
    if let Some(name) = &terms.signing_name {
        return Ok(name.clone());
    }
    let stated = terms.stated.and_then(|stated| stated.scope_part(2));
    let stated = stated.filter(|name| !name.is_empty());
    let names = &expected.services;
    let host = request.host().unwrap_or_default();
    match (names.first(), stated) {
        (None, Some(stated)) => Ok(stated.to_owned()),
        (_, Some(stated)) if names.iter().any(|name| name == stated) => Ok(stated.to_owned()),
        (None, None) => Err(SignError::new(format!(
            "the catalogue does not know {host}, so the signing name is not known"
        ))
        .hint("give it with --signing-name")),
        (Some(first), _) if expected.path_decides || one_service(expected) => Ok(first.clone()),
        (Some(_), _) => Err(SignError::new(format!(
            "{host} serves several services; the signing name is one of {}",
            bstr::join(", ", names).as_bstr()
        ))
        .hint("choose one with --signing-name")),
    }
}

/// Whether all that the request can be for is of one service.
fn one_service(expected: &Expected) -> bool {
    let mut services = best(&expected.candidates)
        .iter()
        .map(|candidate| candidate.service);
    let first = services.next();
    services.all(|service| Some(service) == first) || expected.services.len() == 1
}
