//! Forms as pages have them: `<form action=…>` with its `<input>`s.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::wire::{Form, FormField, escape::xml_text};

/// A form of a page.
#[derive(Debug)]
pub(super) struct PageForm {
    pub(super) range: Range<usize>,
    pub(super) form: Form,
    /// The attribute `action`.
    pub(super) action: Option<BString>,
}

/// No page has more forms, and no form more fields.
const MOST: usize = 1000;

/// The forms of a page, in order; fields outside of any are one, too.
pub(super) fn find(text: &[u8]) -> Vec<PageForm> {
    let mut found: Vec<PageForm> = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find_byte(b'<')) {
        let start = at + open;
        let Some(tag) = Tag::parse(text.get(start + 1..).unwrap_or_default()) else {
            at = start + 1;
            continue;
        };
        let end = start + 1 + tag.length;
        at = end;
        if tag.is("form") || found.is_empty() && tag.is("input") {
            found.push(PageForm {
                range: start..end,
                form: Form::default(),
                action: tag.attribute("action"),
            });
        }
        if found.len() > MOST {
            break;
        }
        let Some(last) = found.last_mut() else {
            continue;
        };
        if tag.is("input") && last.form.fields.len() < MOST {
            last.form.fields.extend(field(&tag));
            last.range.end = end;
        }
    }
    found
}

fn field(tag: &Tag<'_>) -> Option<FormField> {
    let is_file = tag.attribute("type").is_some_and(|kind| kind == "file");
    Some(FormField {
        name: tag.attribute("name")?,
        value: tag.attribute("value").unwrap_or_default(),
        file_name: is_file.then(BString::default),
    })
}

/// A tag's name and attributes.
struct Tag<'a> {
    name: &'a [u8],
    attributes: &'a [u8],
    length: usize,
}

impl<'a> Tag<'a> {
    /// Reads what stands behind `<`, to the `>` outside of quotes.
    fn parse(text: &'a [u8]) -> Option<Self> {
        let name = text.iter().take_while(|byte| byte.is_ascii_alphabetic());
        let name = text.get(..name.count())?;
        let mut quote = None;
        let end = text.iter().position(|byte| {
            match (quote, byte) {
                (None, b'>') => return true,
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                _ => {}
            }
            false
        })?;
        (!name.is_empty()).then_some(Self {
            name,
            attributes: text.get(name.len()..end)?,
            length: end + 1,
        })
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// An attribute's value, out of its quotes and entities.
    fn attribute(&self, name: &str) -> Option<BString> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_with(|c| c.is_ascii_whitespace() || c == '/');
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"=/".contains(byte);
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            let own = rest.get(..length).filter(|own| !own.is_empty())?;
            rest = rest.get(length..)?.trim_start();
            let mut value = &b""[..];
            if let Some(behind) = rest.strip_prefix(b"=") {
                (value, rest) = attribute_value(behind.trim_start())?;
            }
            if own.eq_ignore_ascii_case(name.as_bytes()) {
                return Some(xml_text(value));
            }
        }
    }
}

/// A value in quotes or without, and what stands behind it.
fn attribute_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text.first() {
        Some(quote @ (b'"' | b'\'')) => {
            let inside = text.get(1..)?;
            let end = inside.find_byte(*quote)?;
            Some((inside.get(..end)?, inside.get(end + 1..)?))
        }
        _ => {
            let end = text.iter().position(u8::is_ascii_whitespace);
            let end = end.unwrap_or(text.len());
            Some((text.get(..end)?, text.get(end..)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_fields() {
        let page = b"<html>a < b <form method=post action='https://h/?a&amp;b'>\n<INPUT TYPE=\"hidden\" name=key value=\"a &gt; b\" />\n<input name='e'><input type=file name=file></form><form><input name=x value=y></form>";
        let found = find(page);
        assert_eq!(found.len(), 2);
        let first = &found[0];
        assert_eq!(first.action.as_ref().unwrap(), "https://h/?a&b");
        let field = |name: &str, value: &str| FormField {
            name: name.into(),
            value: value.into(),
            file_name: None,
        };
        assert_eq!(
            first.form.fields[..2],
            [field("key", "a > b"), field("e", "")]
        );
        assert!(first.form.fields[2].file_name.is_some());
        assert_eq!(found[1].form.fields, [field("x", "y")]);
        for end in 0..page.len() {
            find(&page[..end]);
        }
    }
}
