use bstr::{BStr, ByteSlice};

/// The names of an `Authorization` value's parts.
pub(super) const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

/// An `Authorization` value read as far as it can be, whatever is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Loose<'a> {
    /// What stands before the first white space.
    pub(super) scheme: &'a BStr,
    /// The white space behind it.
    pub(super) space: &'a BStr,
    /// The values of the three parts, where they are there, with the white space inside them.
    pub(super) parts: [Option<&'a BStr>; 3],
    /// What is none of the three.
    pub(super) stray: Vec<&'a BStr>,
    /// Whether parts stand side by side without a comma.
    pub(super) lacks_comma: bool,
}

impl<'a> Loose<'a> {
    /// Takes a value apart.
    pub(super) fn of(text: &'a [u8]) -> Self {
        let text = text.trim();
        let end = text.find_byteset(b" \t").unwrap_or(text.len());
        let (scheme, rest) = text.split_at(end);
        let inner = rest.trim_start();
        let mut this = Self {
            scheme: scheme.as_bstr(),
            space: rest[..rest.len() - inner.len()].as_bstr(),
            ..Self::default()
        };
        for piece in inner.split_str(",") {
            this.take(piece.trim());
        }
        this
    }

    fn take(&mut self, piece: &'a [u8]) {
        let named = NAMES.iter().position(|name| {
            piece
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"="))
        });
        let Some(index) = named else {
            if !piece.is_empty() {
                self.stray.push(piece.as_bstr());
            }
            return;
        };
        let value = &piece[NAMES[index].len() + 1..];
        let next = NAMES
            .iter()
            .filter_map(|name| value.find([b" ", name.as_bytes(), b"="].concat()))
            .min();
        let (value, rest) = value.split_at(next.unwrap_or(value.len()));
        if self.parts[index].is_none() {
            self.parts[index] = Some(value.as_bstr());
        } else {
            self.stray.push(piece.as_bstr());
        }
        if next.is_some() {
            self.lacks_comma = true;
            self.take(rest.trim());
        }
    }

    /// Whether the value is one of Signature Version 4, in whatever case.
    pub(super) fn is_version_4(&self) -> bool {
        self.scheme
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"AWS4"))
    }

    /// The credential, with the white space in it.
    pub(super) fn credential(&self) -> Option<&'a BStr> {
        self.parts[0]
    }

    /// The parts that are not there.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let both = NAMES.iter().zip(self.parts);
        both.filter(|(_, part)| part.is_none())
            .map(|(name, _)| *name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_wrong() {
        let loose =
            Loose::of(b"AWS4-HMAC-SHA256  Credential= a/b SignedHeaders=host, x, Signature=0");
        assert_eq!(loose.space, "  ");
        assert_eq!(loose.credential().unwrap(), " a/b");
        assert!(loose.lacks_comma);
        assert_eq!(loose.stray, ["x"]);
        assert_eq!(loose.missing(), [""; 0]);
        assert_eq!(Loose::of(b"Basic abc").missing(), NAMES);
    }
}
