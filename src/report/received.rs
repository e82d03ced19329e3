use crate::{
    compare::Stage,
    diagnose::{Diagnosis, Examination},
    evidence::Statement,
    report::{Redactor, comparison},
};

/// Of a request that this program sent: what of it the service says it received otherwise; `None`
/// where nothing is.
pub(super) fn headline(
    it: &Examination<'_>,
    diagnosis: &Diagnosis,
    redactor: &Redactor,
) -> Option<String> {
    let compared = diagnosis.confrontation.as_ref();
    let first = compared.and_then(|held| held.comparison.first_cause());
    let first = first.filter(|(stage, _)| *stage < Stage::SigningKey);
    let what = match first {
        Some((_, divergence)) => {
            let part = comparison::label(&divergence.part, redactor);
            format!("another request than was sent: {part} differs")
        }
        None if is_another_body(it) => "another body than was sent".to_owned(),
        None if it.received_another_signature() => "another signature than was sent".to_owned(),
        None => return None,
    };
    Some(format!("The service received {what}."))
}

/// Whether the service says that the body is not the one whose SHA-256 this program stated, and no
/// other digest of it was stated.
fn is_another_body(it: &Examination<'_>) -> bool {
    let mut names = it
        .request()
        .into_iter()
        .flat_map(|request| &request.headers);
    let other = names.any(|field| {
        field.is("content-md5")
            || field
                .name
                .to_ascii_lowercase()
                .starts_with(b"x-amz-checksum-")
    });
    let says = |statement: &Statement| match statement {
        Statement::PayloadHashDiffers { .. } => Some(()),
        _ => None,
    };
    it.states(says).is_some() || !other && it.says(&Statement::ChecksumDiffers)
}
