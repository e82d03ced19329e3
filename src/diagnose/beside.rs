//! A request of which only its signer's strings are known, beside another one that works: whatever
//! differs between two requests is no mistake, but how theirs is written is right.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::{encoded_once, is_each_request_header, is_each_request_pair},
    diagnose::{Draft, Examination, Slot, draft::push_line},
    evidence::Party,
    sigv4::canonical_value,
};

impl Examination<'_> {
    /// Whether nothing tells what is right but another request.
    pub(super) fn is_only_beside(&self) -> bool {
        self.theirs().is_some() && self.right().is_none() && self.service_text().is_none()
    }

    /// The canonical request of another request that works, with what may differ between two
    /// requests as this one has it: what differs in each, and which headers are signed at all.
    pub(super) fn by_theirs(&self) -> Option<BString> {
        let theirs = self.theirs()?;
        let derived = || Some(theirs.right()?.canonical_request_text.as_bstr());
        let text = theirs.artifact(Party::Signer).or_else(derived)?;
        let own = Own::of(self.artifact(Party::Signer)?);
        let mut draft = Draft::default();
        draft.set_canonical(text);
        let headers = own.headers(&draft);
        let mut lines = Vec::new();
        for (name, value) in &headers {
            push_line(&mut lines, name, value);
        }
        let names: Vec<&BString> = headers.iter().map(|(name, _)| name).collect();
        let query = own.query(draft.get(Slot::CanonicalQuery));
        draft.set(Slot::CanonicalHeaders, &lines);
        draft.set(Slot::SignedHeaders, &bstr::join(";", names));
        draft.set(Slot::CanonicalQuery, &query);
        Some(draft.canonical_request())
    }
}

/// What a canonical request has, however wrong its lines are written.
struct Own<'a> {
    lines: Vec<(BString, &'a BStr)>,
    listed: Vec<BString>,
    pairs: Vec<&'a [u8]>,
}

impl<'a> Own<'a> {
    fn of(text: &'a BStr) -> Self {
        let small = |name: &[u8]| BString::from(name.trim().to_ascii_lowercase());
        let line = |line: &'a [u8]| {
            let (name, value) = line.split_once_str(":")?;
            Some((small(name), value.trim().as_bstr()))
        };
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let lists = text.lines().skip(3).filter(|line| !line.contains(&b':'));
        let listed = lists.flat_map(|line| line.split(move |byte| !is_of_name(*byte)));
        let query = text.lines().nth(2).unwrap_or_default();
        Self {
            lines: text.lines().skip(3).filter_map(line).collect(),
            listed: listed.map(small).collect(),
            pairs: query.split_str("&").collect(),
        }
    }

    fn value(&self, name: &BStr) -> Option<&'a BStr> {
        let line = self.lines.iter().find(|(own, _)| own == name);
        line.map(|(_, value)| *value)
    }

    fn lists(&self, name: &BStr) -> bool {
        self.listed.iter().any(|own| own == name)
    }

    /// The header lines that are right for this request, in order.
    fn headers(&self, theirs: &Draft) -> Vec<(BString, BString)> {
        let mut headers: Vec<(BString, BString)> = Vec::new();
        for (name, value) in theirs.header_lines() {
            let own = self.value(name);
            let signs = own.is_some() || self.lists(name) || *name == "host";
            let value = match own.filter(|_| is_each_request_header(name)) {
                Some(own) => canonical_value(own).into_owned(),
                None => value.to_owned(),
            };
            if signs {
                headers.push((name.to_owned(), value));
            }
        }
        for (name, value) in &self.lines {
            let is_new = headers.iter().all(|(held, _)| held != name);
            if is_new && self.lists(name.as_bstr()) {
                headers.push((name.clone(), canonical_value(value).into_owned()));
            }
        }
        headers.sort();
        headers
    }

    fn query(&self, theirs: &BStr) -> BString {
        let name = |pair: &[u8]| BString::from(pair.split_str("=").next().unwrap_or_default());
        let pairs = theirs.split_str("&").filter_map(|held| {
            let name = name(held);
            if !is_each_request_pair(name.as_bstr()) {
                return Some(BString::from(held));
            }
            let mut own = self.pairs.iter().filter_map(|own| own.split_once_str("="));
            let (_, value) = own.find(|(own, _)| *own == name)?;
            Some(
                [&name[..], b"=", &encoded_once(value.as_bstr())]
                    .concat()
                    .into(),
            )
        });
        bstr::join("&", pairs).into()
    }
}
