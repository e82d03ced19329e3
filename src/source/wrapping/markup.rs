//! Text out of a page: its characters escaped, and the tags that a page has around it.

use std::borrow::Cow;

use bstr::ByteSlice;

use crate::wire::escape::xml_text;

/// What a page made of the text in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Markup {
    None,
    /// Every sign that markup has is escaped.
    Escaped,
    /// The same, and there are tags around it and in it.
    Tagged,
}

/// The tags that pages have around text as it is.
const AROUND: [&[u8]; 2] = [b"<pre", b"<code"];
/// The tags that they have in it.
const TAGS: [&[u8]; 12] = [
    b"pre", b"code", b"span", b"div", b"p", b"br", b"b", b"i", b"em", b"strong", b"a", b"mark",
];

impl Markup {
    /// Tells it from the first bytes of an input.
    pub(super) fn of(head: &[u8]) -> Self {
        let escaped = ["&lt;", "&gt;", "&quot;", "&#39;", "&#34;"];
        let is_escaped = escaped.iter().any(|entity| head.contains_str(entity));
        if !is_escaped && !head.contains(&b'<') {
            return Self::None;
        }
        // The bracket of an answer's own XML is no page's.
        let mut tags = head.find_iter(b"<").map(|at| tag(head.get(at..)?));
        let only_tags = tags.clone().all(|tag| tag.is_some());
        let around = AROUND.iter().any(|around| head.contains_str(around));
        match tags.next() {
            None if is_escaped && !head.contains(&b'>') => Self::Escaped,
            Some(_) if around && only_tags => Self::Tagged,
            _ => Self::None,
        }
    }

    /// A line as it was before it came into the page.
    pub(super) fn undone(self, line: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::None => Cow::Borrowed(line),
            Self::Escaped if !line.contains(&b'&') => Cow::Borrowed(line),
            Self::Escaped => Cow::Owned(xml_text(line).into()),
            Self::Tagged => Cow::Owned(xml_text(&without_tags(line)).into()),
        }
    }
}

/// The length of the tag at the front of a text, if it is one that pages have in text.
fn tag(text: &[u8]) -> Option<usize> {
    const LONGEST: usize = 300;
    let inside = text.strip_prefix(b"<")?;
    let name = inside.strip_prefix(b"/").unwrap_or(inside);
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric());
    let name = name.get(..length.count())?.to_ascii_lowercase();
    let end = text.iter().take(LONGEST).position(|byte| *byte == b'>')?;
    TAGS.contains(&name.as_slice()).then_some(end + 1)
}

fn without_tags(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find_byte(b'<') {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        let length = tag(behind).unwrap_or(0);
        if length == 0 {
            out.push(b'<');
        }
        rest = behind.get(length.max(1)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> String {
        let markup = Markup::of(text.as_bytes());
        String::from_utf8(markup.undone(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn a_pages_escapes_and_tags_go() {
        assert_eq!(
            undone("&gt; GET /?a=1&amp;b HTTP/1.1"),
            "> GET /?a=1&b HTTP/1.1"
        );
        assert_eq!(
            undone("<pre class=x>&lt; HTTP/1.1 <span>403</span>\n&lt;Error&gt;</pre>"),
            "< HTTP/1.1 403\n<Error>"
        );
    }

    #[test]
    fn what_is_no_page_stays() {
        for text in [
            "GET /?a=1&amp;X-Amz-Date=2 HTTP/1.1",
            "> GET / HTTP/1.1\n< HTTP/1.1 403\n<Error><Message>a &lt; b</Message></Error>",
            "<Error><Code>x</Code></Error>",
            "a < b <pre>",
        ] {
            assert_eq!(undone(text), text);
        }
    }
}
