use bstr::{BStr, BString, ByteSlice};

/// One header field: its name and value as they stood in the message.
///
/// The value is what follows the colon, less one space; white space beyond that is kept. A folded
/// value keeps its line break.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HeaderField {
    /// The name, in the case in which it was written.
    pub name: BString,
    /// The value, with its inner and trailing white space.
    pub value: BString,
}

impl HeaderField {
    /// Pairs a name with a value.
    pub fn new(name: impl Into<BString>, value: impl Into<BString>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// Whether this field has `name`, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Splits a header line at its first colon (a leading colon belongs to the name, as in
    /// `:path`); `None` when there is no colon.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let skip = usize::from(line.first() == Some(&b':'));
        let colon = line.get(skip..)?.find_byte(b':')? + skip;
        let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        Some(Self::new(name, value))
    }
}

/// The value of the first field called `name`, in any case.
pub(super) fn first<'a>(headers: &'a [HeaderField], name: &str) -> Option<&'a BStr> {
    headers
        .iter()
        .find(|field| field.is(name))
        .map(|field| field.value.as_bstr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_stands_in_the_line() {
        let field = HeaderField::parse(b"X-Amz-Meta:  two  spaces ").unwrap();
        assert_eq!(field, HeaderField::new("X-Amz-Meta", " two  spaces "));
        assert_eq!(
            HeaderField::parse(b":path: /a").unwrap(),
            HeaderField::new(":path", "/a")
        );
        assert_eq!(HeaderField::parse(b"no colon"), None);
    }
}
