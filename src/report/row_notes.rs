//! What is to know of rows that differ, beyond both texts.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::{Kind, Part},
    diagnose::Examination,
    evidence::Note,
    report::{DiffReport, diff::SIDES, findings},
    sigv4::Sha256Digest,
};

/// What is to know of rows that differ, by their names.
pub(super) fn row_notes(
    of: &DiffReport<'_>,
    of_host: Option<&Note>,
) -> Vec<(&'static str, String)> {
    let host = of_host.map(|note| ("host", of.redactor.text(&note.message)));
    let hash = hash_note(of).map(|words| ("payload hash", words));
    let notes = host.into_iter().chain(hash);
    notes
        .map(|(row, words)| (row, findings::sentence(&words)))
        .collect()
}

/// Which body of those at hand a payload hash is of.
fn hashed(hash: &BStr, bodies: &[(&str, Option<&[u8]>); 2]) -> Option<String> {
    let is = |body: &[u8]| hash == Sha256Digest::of(body).to_string().as_str();
    if is(b"") {
        return Some("the hash of no body".to_owned());
    }
    let told = |(whose, body): &(&str, Option<&[u8]>)| {
        let body = (*body)?;
        let ended = [body, b"\n"].concat();
        let forms = [
            (body, ""),
            (&ended, " with a line feed at its end"),
            (body.trim_end(), " without the white space at its end"),
        ];
        let form = forms.iter().find(|(text, _)| is(text))?.1;
        Some(format!("the hash of the body of {whose}{form}"))
    };
    bodies.iter().find_map(told)
}

/// What is to know of payload hashes that differ.
fn hash_note(of: &DiffReport<'_>) -> Option<String> {
    let mut causes = of
        .comparison
        .stages
        .iter()
        .flat_map(|stage| stage.divergences());
    let hash = causes.find(|own| own.part == Part::PayloadHash && own.kind == Kind::Cause)?;
    let body = |it: &'static str, side: &Examination<'_>| {
        (it, side.request().map(|held| held.body.clone()))
    };
    let held = [body(SIDES[0], of.mine), body(SIDES[1], of.theirs)];
    let bodies = held.each_ref().map(|(whose, body)| {
        let bytes = body.as_ref().and_then(|body| body.bytes());
        (*whose, bytes)
    });
    let side = |whose: &str, hash: &Option<BString>| {
        let told = hashed(hash.as_ref()?.as_bstr(), &bodies)?;
        let own = told == format!("the hash of the body of {whose}");
        (!own).then(|| format!("{whose} is {told}"))
    };
    let told = [side(SIDES[0], &hash.left), side(SIDES[1], &hash.right)];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
}
