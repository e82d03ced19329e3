//! The fields of an upload form beside the conditions of its policy.
//!
//! Source: "Creating a POST policy" in the Amazon S3 API Reference.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::Examination,
    sigv4::{Condition, PolicyDocument},
    wire::{Fidelity, Form, FormField},
};

/// A field that does not fit.
#[derive(Debug)]
pub(super) struct Fault {
    /// Its name, or `policy`.
    pub(super) field: BString,
    /// What is wrong with it.
    pub(super) why: &'static str,
    /// The value it has, where another is wanted.
    pub(super) is: Option<BString>,
    /// The value that is wanted.
    pub(super) should: Option<BString>,
}

impl Fault {
    fn of(field: &[u8], why: &'static str) -> Self {
        Self {
            field: field.into(),
            why,
            is: None,
            should: None,
        }
    }
}

/// All that does not fit, in the form's order.
pub(super) fn faults(it: &Examination<'_>) -> Vec<Fault> {
    let (Some(form), Some(policy)) = (
        it.attempt().form(),
        it.stated().and_then(|stated| stated.policy.clone()),
    ) else {
        return Vec::new();
    };
    let Some(text) = PolicyDocument::text(&policy) else {
        return vec![Fault::of(b"policy", "it is no Base64")];
    };
    let Some(document) = PolicyDocument::parse(&text) else {
        return vec![Fault::of(
            b"policy",
            "out of its Base64 it is no JSON object",
        )];
    };
    let mut faults = Vec::new();
    if document.expiration.is_none() {
        faults.push(Fault::of(b"policy", "it has no expiration"));
    }
    let Some(conditions) = &document.conditions else {
        faults.push(Fault::of(b"policy", "it has no conditions"));
        return faults;
    };
    let fidelity = fidelity(it);
    let file = form.fields.iter().position(|field| field.is("file"));
    let read = file.map_or(form.fields.len(), |file| file + 1);
    for (at, field) in form.fields.iter().enumerate() {
        if at >= read {
            faults.extend(behind_the_file(field));
        } else if !is_free(field) {
            faults.extend(of_field(field, conditions, &form, fidelity));
        }
    }
    faults.extend(wrong_bucket(it, conditions));
    if form.fields.iter().any(is_sent_file) {
        faults.extend(absent(&form, conditions));
    }
    faults
}

/// How well the form's values survived: of those that did not, nothing is said.
fn fidelity(it: &Examination<'_>) -> Fidelity {
    let attempt = it.attempt();
    let forms = attempt.forms.iter().map(|claim| claim.fidelity);
    let requests = attempt.requests.iter().map(|claim| claim.fidelity);
    forms.chain(requests).next().unwrap_or(Fidelity::Exact)
}

/// Whether a field needs no condition.
fn is_free(field: &FormField) -> bool {
    const FREE: [&str; 5] = [
        "x-amz-signature",
        "file",
        "policy",
        "AWSAccessKeyId",
        "signature",
    ];
    let ignored = field.name.to_ascii_lowercase().starts_with(b"x-ignore-");
    ignored || FREE.iter().any(|name| field.is(name))
}

fn behind_the_file(field: &FormField) -> Option<Fault> {
    let why = "it stands behind the file, and so is not read";
    (!field.is("file")).then(|| Fault::of(&field.name, why))
}

/// Whether the form is one that is being sent, and not one that waits for its file.
fn is_sent_file(field: &FormField) -> bool {
    field.is("file") && field.file_name.as_ref().is_none_or(|name| !name.is_empty())
}

/// What a field lacks: a condition, or the value that its condition wants.
fn of_field(
    field: &FormField,
    conditions: &[Condition],
    form: &Form,
    fidelity: Fidelity,
) -> Option<Fault> {
    let own = |condition: &&Condition| condition.field().is_some_and(|name| field_is(field, name));
    let mut own = conditions.iter().filter(own).peekable();
    if own.peek().is_none() {
        return Some(Fault::of(&field.name, "the policy has no condition for it"));
    }
    if fidelity == Fidelity::Reflowed {
        return None;
    }
    let value = expanded(field, form)?;
    own.find_map(|condition| {
        let (fits, why, should) = match condition {
            Condition::Equals { value: should, .. } => {
                let why = "the policy wants another value";
                (value == *should, why, should.clone())
            }
            Condition::StartsWith { value: should, .. } => {
                let listed = field.is("content-type") && value.contains(&b',');
                let why = "the policy wants another beginning";
                let words = BString::from([should.as_slice(), "…".as_bytes()].concat());
                (listed || value.starts_with(should), why, words)
            }
            Condition::Other => return None,
        };
        let has_variable = should.contains_str(FILE_NAME);
        (!fits && !has_variable).then(|| Fault {
            field: field.name.clone(),
            why,
            is: Some(value.clone()),
            should: Some(should),
        })
    })
}

fn field_is(field: &FormField, name: &BStr) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

const FILE_NAME: &str = "${filename}";

/// A value with the file's name in it, as the conditions are held against; `None` where that is
/// not known.
fn expanded(field: &FormField, form: &Form) -> Option<BString> {
    if !field.value.contains_str(FILE_NAME) {
        return Some(field.value.clone());
    }
    let file = form.fields.iter().find(|field| field.is("file"))?;
    let name = file.file_name.as_ref().filter(|name| !name.is_empty())?;
    let name = name.rsplit(|byte| b"/\\".contains(byte)).next()?;
    Some(field.value.replace(FILE_NAME, name).into())
}

/// The bucket of the host beside the one that the policy wants.
fn wrong_bucket(it: &Examination<'_>, conditions: &[Condition]) -> Option<Fault> {
    let host = it.host()?;
    let parted = host.rsplit_once_str(".s3.");
    let (bucket, rest) = parted.or_else(|| host.rsplit_once_str(".s3-"))?;
    if !rest.contains_str("amazonaws.com") {
        return None;
    }
    conditions.iter().find_map(|condition| match condition {
        Condition::Equals { field, value } if field == "bucket" && *value != bucket => {
            Some(Fault {
                is: Some(bucket.into()),
                should: Some(value.clone()),
                ..Fault::of(
                    b"bucket",
                    "the form is sent to another bucket than the policy wants",
                )
            })
        }
        _ => None,
    })
}

/// Fields that the policy wants and a form that is being sent does not have.
fn absent(form: &Form, conditions: &[Condition]) -> Vec<Fault> {
    let wanted = conditions.iter().filter_map(|condition| match condition {
        Condition::Equals { field, value } | Condition::StartsWith { field, value } => {
            (!value.is_empty() && field != "bucket").then_some(field)
        }
        Condition::Other => None,
    });
    let absent = wanted.filter(|name| {
        let mut fields = form.fields.iter();
        !fields.any(|field| field_is(field, name.as_bstr()))
    });
    let why = "the policy wants it, and the form has none";
    absent.map(|name| Fault::of(name, why)).collect()
}
