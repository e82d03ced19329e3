use bstr::{BStr, BString};

use crate::wire::{HeaderField, Request};

/// Something that the request says otherwise now than as it was captured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What was changed: a header's name, `host`, `scope`.
    pub part: String,
    /// What stood there; `None` where nothing did.
    pub from: Option<BString>,
    /// What stands there; `None` where it was taken out.
    pub to: Option<BString>,
}

/// Puts a value in the place of the first header of that name and takes the others out, or adds
/// it as the last; says so where a captured value went.
pub(super) fn set(request: &mut Request, name: &str, value: &BStr, changes: &mut Vec<Change>) {
    let held = request.header(name).map(ToOwned::to_owned);
    if held.as_ref().is_some_and(|held| held != value) {
        changes.push(Change {
            part: name.to_owned(),
            from: held.clone(),
            to: Some(value.into()),
        });
    }
    let mut first = true;
    request.headers.retain_mut(|field| {
        if !field.is(name) {
            return true;
        }
        if std::mem::take(&mut first) {
            field.value = value.into();
            return true;
        }
        false
    });
    if first {
        request.headers.push(HeaderField::new(name, value));
    }
}

/// Takes every header of that name out, and says so.
pub(super) fn remove(request: &mut Request, name: &str, changes: &mut Vec<Change>) {
    if let Some(held) = request.header(name) {
        changes.push(Change {
            part: name.to_owned(),
            from: Some(held.to_owned()),
            to: None,
        });
    }
    request.headers.retain(|field| !field.is(name));
}
