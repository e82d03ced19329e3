//! Header values as they were sent, or as the signer wrote them.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    diagnose::{Draft, Examination, draft::push_line},
    sigv4::canonical_value,
};

/// The values of all fields of one name, as they stand.
pub(super) fn values<'a>(it: &Examination<'a>, name: &BStr) -> Vec<&'a BStr> {
    let fields = it
        .request()
        .map_or(&[][..], |request| request.headers.as_slice());
    fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value.as_bstr())
        .collect()
}

/// The values of all lines of one name in the signer's own canonical request.
fn printed<'a>(it: &'a Examination<'_>, name: &BStr) -> Vec<&'a BStr> {
    let lines = it.printed().into_iter().flat_map(Draft::header_lines);
    let own = lines.filter(|(own, _)| *own == name);
    own.map(|(_, value)| value).collect()
}

/// The header lines of a draft, each with the values that it was made of; none of a line that is
/// another mistake's already.
pub(super) struct Lines<'a> {
    lines: Vec<(&'a BStr, &'a BStr, Vec<&'a BStr>)>,
}

impl<'a> Lines<'a> {
    /// With the values of the request as captured.
    pub(super) fn sent(draft: &'a Draft, it: &Examination<'a>) -> Self {
        Self::of(draft, |name| values(it, name))
    }

    /// With the values of the signer's own canonical request.
    pub(super) fn printed(draft: &'a Draft, it: &'a Examination<'_>) -> Self {
        Self::of(draft, |name| printed(it, name))
    }

    fn of(draft: &'a Draft, values: impl Fn(&'a BStr) -> Vec<&'a BStr>) -> Self {
        let line = |(name, held): (&'a BStr, &'a BStr)| {
            let mut values = values(name);
            let is_held = match &values[..] {
                [value] => canonical_value(value).as_bstr() == held,
                values => {
                    let right = values
                        .iter()
                        .map(|value| canonical_value(value).into_owned());
                    bstr::join(",", right) == held.as_bytes()
                }
            };
            if !is_held {
                values.clear();
            }
            (name, held, values)
        };
        Self {
            lines: draft.header_lines().map(line).collect(),
        }
    }

    /// The lines with each of their values as `write` has it.
    pub(super) fn with_each(&self, write: impl Fn(&BStr, &mut Vec<u8>)) -> BString {
        let mut out = Vec::with_capacity(1024);
        for (name, held, values) in &self.lines {
            let Some((first, others)) = values.split_first() else {
                push_line(&mut out, name, held);
                continue;
            };
            out.extend_from_slice(name);
            out.push(b':');
            write(first, &mut out);
            for value in others {
                out.push(b',');
                write(value, &mut out);
            }
            out.push(b'\n');
        }
        out.into()
    }
}
