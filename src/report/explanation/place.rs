use bstr::ByteSlice;

use crate::{
    diagnose::Examination,
    evidence::Span,
    report::Names,
    wire::{Fidelity, HeaderField},
};

/// Says where the parts of a captured request stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'a> {
    pub(super) it: &'a Examination<'a>,
    pub(super) names: &'a Names,
}

impl Places<'_> {
    /// The place of the first text that is found, else that of the whole request.
    fn of(&self, texts: &[&[u8]]) -> Option<Span> {
        let whole = || {
            self.it
                .attempt()
                .requests
                .first()
                .map(|claim| claim.span.clone())
        };
        let found = texts.iter().find_map(|text| self.it.locate(text));
        found
            .or_else(whole)
            .or_else(|| self.it.attempt().spans().next())
    }

    fn words(&self, span: Option<Span>) -> String {
        match span {
            None => "not captured".to_owned(),
            Some(span) if span.last_line > span.first_line => {
                format!("{}-{}", self.line(&span), span.last_line)
            }
            Some(span) => self.line(&span),
        }
    }

    /// The file's name without its folders, which the headline has, and the line.
    fn line(&self, span: &Span) -> String {
        let name = self.names.name(span.input);
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        format!("{base}:{}", span.first_line)
    }

    /// Of the method and the target.
    pub(super) fn request_line(&self) -> String {
        let Some(request) = self.it.request() else {
            return self.words(self.of(&[]));
        };
        let line = [&request.method[..], b" ", &request.target].concat();
        self.words(self.of(&[&line, &request.target]))
    }

    /// Of a query pair, raw.
    pub(super) fn pair(&self, raw: &[u8]) -> String {
        self.words(self.of(&[raw]))
    }

    /// Of a header field.
    pub(super) fn field(&self, field: &HeaderField) -> String {
        let line = [&field.name[..], b": ", &field.value].concat();
        let folded = field.value.lines().next().unwrap_or_default();
        let first = [&field.name[..], b": ", folded].concat();
        // An escaped log has the value alone in its own words; short ones are anywhere.
        let escaped = self
            .it
            .attempt()
            .requests
            .first()
            .is_some_and(|claim| claim.fidelity != Fidelity::Exact);
        let value: &[u8] = match escaped && field.value.len() > 7 {
            true => &field.value,
            false => b"",
        };
        let name = field.name.replace("\n", "");
        let name: &[u8] = if escaped { &name } else { b"" };
        self.words(self.of(&[&line, &first, value, name]))
    }

    /// Of the body.
    pub(super) fn body(&self) -> Option<String> {
        let body = self.it.request()?.body.bytes()?;
        let bytes = match body.len() {
            0 => return Some("no body".to_owned()),
            1 => "1 byte".to_owned(),
            many => format!("{many} bytes"),
        };
        let at = self
            .it
            .locate(body)
            .map(|span| format!(" at {}", self.line(&span)));
        Some(format!("body, {bytes}{}", at.unwrap_or_default()))
    }

    /// Of a piece of the stated authorization, in a header or in the query.
    pub(super) fn stated(&self, text: &[u8], header: &str) -> String {
        let field = self
            .it
            .request()
            .and_then(|request| request.headers.iter().find(|field| field.is(header)));
        match (self.it.locate(text), field) {
            (Some(span), _) => self.words(Some(span)),
            (None, Some(field)) => self.field(field),
            (None, None) => self.request_line(),
        }
    }
}
