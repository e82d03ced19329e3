//! How a program writes a header field: learned from its `Authorization`.

use std::ops::Range;

use bstr::{BStr, BString, ByteSlice};

use crate::wire::escape::any_quoted;

/// The field before another begins at most so many bytes above it: a session token is long.
const REACH: usize = 8 << 10;
/// No name is longer, with the sign behind it.
const NAME: usize = 256;
/// No value is longer.
const VALUE: usize = 16 << 10;

/// How a program writes a field.
#[derive(Debug)]
pub(super) struct Notation {
    /// What closes a name: a quote or a bracket, which its like opens; nothing where names are bare.
    name_closes: Option<u8>,
    /// What stands between name and value, without blanks; empty where only blanks do.
    sign: Vec<u8>,
    /// How many blanks there are at least where only blanks do.
    blanks: usize,
    /// Name and value stand on a line each.
    apart: bool,
    /// What opens a value.
    opens: Vec<u8>,
    layout: Layout,
    /// What stands on each line before its field, in a layout of lines.
    prefix: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    /// Each field has a line: a bare value ends with it.
    Lines,
    /// A bare value ends where the next field begins, or what encloses them.
    Inline,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: BString,
    pub(super) value: BString,
    pub(super) range: Range<usize>,
}

impl Notation {
    /// Learns it from the `Authorization` whose value begins at `value`, and where its name begins.
    pub(super) fn learn(text: &[u8], value: usize) -> Option<(Self, usize)> {
        const BETWEEN: usize = 64;
        let before = text.get(..value)?;
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || b":=>\"'`[](|,*".contains(byte);
        let width = before
            .iter()
            .rev()
            .take(BETWEEN)
            .take_while(|byte| is_between(byte))
            .count();
        let end = value - width;
        let start = end.checked_sub(AUTHORIZATION.len())?;
        let named = before.get(start..end)?.eq_ignore_ascii_case(AUTHORIZATION);
        let is_whole = start == 0 || !before.get(start - 1).is_some_and(is_token);
        if !named || !is_whole || width == 0 {
            return None;
        }
        let between = before.get(end..)?;
        let name_closes = closing_of(before.get(..start)?.last().copied());
        let name_closes = name_closes.filter(|byte| between.first() == Some(byte));
        let between = between.get(usize::from(name_closes.is_some())..)?;
        let is_opening = |byte: &u8| b"\"'`[(".contains(byte);
        let opens = between
            .iter()
            .rev()
            .take_while(|byte| is_opening(byte))
            .count();
        let (between, opens) = between.split_at_checked(between.len() - opens)?;
        let breaks = between.iter().filter(|byte| **byte == b'\n').count();
        if breaks > 1 {
            return None;
        }
        let mut notation = Self {
            name_closes,
            sign: between
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect(),
            blanks: between.len().min(2),
            apart: breaks == 1,
            opens: opens.into(),
            layout: Layout::Lines,
            prefix: Vec::new(),
        };
        if notation.sign.is_empty() && notation.blanks == 0 {
            return None;
        }
        let opening = notation.opening(text, start);
        let line = text
            .get(..opening)?
            .rfind_byte(b'\n')
            .map_or(0, |at| at + 1);
        let prefix = text.get(line..opening)?;
        if notation.is_inline(text, prefix, value) {
            notation.layout = Layout::Inline;
        } else {
            notation.prefix = prefix.into();
        }
        Some((notation, start))
    }

    /// Whether others may stand on the line of the value that begins at `value`, behind its opening.
    fn is_inline(&self, text: &[u8], prefix: &[u8], value: usize) -> bool {
        let encloses = |byte: &u8| b"{[(,;".contains(byte);
        if self.opens.first() == Some(&b'[') || prefix.trim_end().last().is_some_and(encloses) {
            return true;
        }
        let rest = text.get(value..).unwrap_or_default();
        let from = value.saturating_sub(self.opens.len());
        let Some((value, length)) = self.value(text.get(from..).unwrap_or_default()) else {
            return false;
        };
        if self.is_quoted() {
            let own = length.saturating_sub(self.opens.len());
            let behind = rest.get(own..).unwrap_or_default();
            let behind = behind.trim_start_with(|c| c == ' ');
            return behind.first().is_some_and(|byte| b",;}])".contains(byte));
        }
        value.last().is_some_and(|byte| b"}])".contains(byte))
    }

    /// Where the field begins whose name does.
    pub(super) fn opening(&self, text: &[u8], name: usize) -> usize {
        let quoted = self.name_closes.is_some();
        let start = name - usize::from(quoted && name > 0);
        // A pair in brackets of its own.
        let own =
            self.sign == b"," && start > 0 && matches!(text.get(start - 1), Some(b'{' | b'('));
        start - usize::from(own)
    }

    /// The field that begins at `at`.
    pub(super) fn field(&self, text: &[u8], at: usize) -> Option<Field> {
        let mut end = at;
        let own = matches!(text.get(at), Some(b'{' | b'(')) && self.sign == b",";
        end += usize::from(own);
        let open = text.get(end).copied();
        let closes = closing_of(open).filter(|byte| {
            self.name_closes == Some(*byte) || self.is_quoted() && matches!(byte, b'"' | b'\'')
        });
        if self.name_closes == Some(b']') && closes.is_none() {
            return None;
        }
        end += usize::from(closes.is_some());
        let rest = text.get(end..)?;
        let length = rest
            .iter()
            .take_while(|byte| is_token(byte) || **byte == b':')
            .count();
        // The sign may be a colon itself.
        let name = rest.get(..length)?;
        let name = match closes {
            Some(_) => name,
            None => name.get(..length_of_name(name))?,
        };
        let letter = name.iter().find(|byte| **byte != b':')?;
        if !letter.is_ascii_alphabetic() || is_part_of_authorization(name) {
            return None;
        }
        end += name.len();
        if let Some(byte) = closes {
            end += usize::from(text.get(end) == Some(&byte));
            if text.get(end - 1) != Some(&byte) {
                return None;
            }
        }
        end = self.behind_sign(text, end)?;
        let (value, length) = self.value(text.get(end..)?)?;
        end += length;
        if own {
            end += usize::from(matches!(text.get(end), Some(b'}' | b')')));
        }
        Some(Field {
            name: name.into(),
            value,
            range: at..end,
        })
    }

    /// Where the value begins behind a name that ends at `at`.
    fn behind_sign(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        if self.apart {
            let line = rest.find_byte(b'\n')?;
            let (between, behind) = rest.split_at_checked(line + 1)?;
            let bare: Vec<u8> = between
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            let blanks = blanks(behind);
            return (bare == self.sign).then_some(at + line + 1 + blanks);
        }
        let before = blanks(rest);
        let behind = rest.get(before..)?.strip_prefix(&self.sign[..])?;
        let after = blanks(behind);
        let is_wide = !self.sign.is_empty() || before + after >= self.blanks;
        is_wide.then_some(at + before + self.sign.len() + after)
    }

    /// The value at the front of a text, and how long it is with what closes it.
    fn value(&self, text: &[u8]) -> Option<(BString, usize)> {
        let text = text.get(..VALUE).unwrap_or(text);
        if self.opens.first() == Some(&b'[') {
            let inner = text.strip_prefix(b"[")?;
            let line = inner.lines().next()?;
            let quoted = self.opens.get(1).is_some();
            let end = match quoted {
                true => line
                    .find("\"]")
                    .or_else(|| line.find("']"))
                    .map(|at| at + 1),
                false => line.find_byte(b']'),
            }?;
            let value = inner.get(..end)?;
            let value = match quoted {
                true => any_quoted(value)?.bytes,
                false => value.into(),
            };
            return Some((value, end + 2));
        }
        if self.is_quoted() {
            if let Some(literal) = any_quoted(text) {
                let (mut value, mut length) = (literal.bytes, literal.length);
                // Python's `pprint` breaks a long one into several, behind blanks.
                while value.ends_with(b" ")
                    && let Some((more, taken)) = next_literal(text, length)
                {
                    value.extend_from_slice(&more);
                    length = taken;
                }
                return Some((value, length));
            }
            // A number.
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = text.get(..digits).filter(|number| !number.is_empty())?;
            return Some((number.into(), digits));
        }
        let line = text.lines().next().unwrap_or_default();
        let length = match self.layout {
            Layout::Lines => line.len(),
            Layout::Inline => self.bare_length(line),
        };
        let value = line.get(..length)?.trim();
        let value = match self.sign.as_slice() {
            b"|" => value.strip_suffix(b"|").unwrap_or(value).trim_end(),
            _ => value,
        };
        let heads = ["request headers", "response headers", "general"];
        let is_heading = heads
            .iter()
            .any(|head| value.eq_ignore_ascii_case(head.as_bytes()));
        (!is_heading).then(|| (value.into(), length))
    }

    /// How long a bare value is that others may follow on its line.
    fn bare_length(&self, line: &[u8]) -> usize {
        let ends = |at: &usize| match line.get(*at) {
            Some(b'}' | b']' | b')') => true,
            Some(b',' | b';') => {
                let rest = line.get(at + 1..).unwrap_or_default();
                let next = rest.trim_start();
                let name = next.iter().take_while(|byte| is_token(byte)).count();
                let named = next.get(..name).unwrap_or_default();
                let is_next = next
                    .get(name..)
                    .is_some_and(|rest| rest.trim_start().starts_with(&self.sign));
                name > 0 && is_next && !is_part_of_authorization(named)
            }
            _ => false,
        };
        (0..line.len()).find(ends).unwrap_or(line.len())
    }

    /// Where the next field may begin behind one that ends at `at`.
    pub(super) fn skip(&self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        match self.layout {
            Layout::Lines => match rest.find_byte(b'\n') {
                Some(end) => {
                    let line = at + end + 1;
                    line + self
                        .prefix_of(text.get(line..).unwrap_or_default())
                        .unwrap_or(0)
                }
                None => text.len(),
            },
            Layout::Inline => {
                let between = |byte: &&u8| byte.is_ascii_whitespace() || b",;".contains(byte);
                at + rest.iter().take_while(between).count()
            }
        }
    }

    /// Where what stands behind the last field begins.
    pub(super) fn behind(&self, text: &[u8], end: usize) -> usize {
        const EMPTY: usize = 3;
        if self.layout == Layout::Inline || self.prefix.trim().is_empty() {
            return end;
        }
        let mut at = end;
        for _ in 0..EMPTY {
            at = self.skip(text, at);
            let rest = text.get(at..).unwrap_or_default();
            if !rest.lines().next().unwrap_or_default().trim().is_empty() {
                break;
            }
        }
        at
    }

    /// How long the prefix of a line is that has the one learned, whatever its digits.
    fn prefix_of(&self, line: &[u8]) -> Option<usize> {
        let (mut at, mut own) = (0, 0);
        while let Some(&byte) = self.prefix.get(own) {
            let next = *line.get(at)?;
            match (byte.is_ascii_digit(), next.is_ascii_digit()) {
                (true, true) => {
                    own += digits(self.prefix.get(own..)?);
                    at += digits(line.get(at..)?);
                }
                _ if byte == next => {
                    own += 1;
                    at += 1;
                }
                _ => return None,
            }
        }
        Some(at)
    }

    /// The field that ends where another begins.
    pub(super) fn field_before(&self, text: &[u8], next: usize) -> Option<Field> {
        let fits = |field: &Field| self.skip(text, field.range.end) == next;
        if self.layout == Layout::Lines {
            let lines = 1 + usize::from(self.apart);
            let own = line_start(text, next);
            let start = (0..lines).try_fold(own, |start, _| {
                Some(line_start(text, start.checked_sub(1)?))
            })?;
            let prefix = self.prefix_of(text.get(start..)?);
            let field = prefix.and_then(|prefix| self.field(text, start + prefix).filter(fits));
            // A logger's prefix may stand before the first alone.
            return field.or_else(|| {
                let line = text.get(start..own).filter(|_| self.is_quoted())?;
                let mut words = line.rfind_iter(" ").map(|at| start + at + 1);
                words.find_map(|at| self.field(text, at).filter(fits))
            });
        }
        let reach = if self.is_quoted() { REACH } else { REACH / 2 };
        let from = next.saturating_sub(reach);
        // Its end shows by the name that follows.
        let text = text.get(..next + NAME).unwrap_or(text);
        let begins = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            let opens = matches!(text.get(*at), Some(b'"' | b'\'' | b'{' | b'('));
            opens || before.is_none_or(|byte| !is_token(byte) && *byte != b':')
        };
        let mut places = (from..next).rev().filter(begins);
        places.find_map(|at| self.field(text, at).filter(fits))
    }

    fn is_quoted(&self) -> bool {
        matches!(self.opens.last(), Some(b'"' | b'\'' | b'`'))
    }
}

const AUTHORIZATION: &[u8] = b"authorization";

/// The literal that only blanks and a line break part from what ends at `at`, and where it ends.
fn next_literal(text: &[u8], at: usize) -> Option<(BString, usize)> {
    let rest = text.get(at..)?;
    let start = at + rest.len() - rest.trim_start().len();
    let literal = any_quoted(text.get(start..)?)?;
    Some((literal.bytes, start + literal.length))
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn blanks(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn line_start(text: &[u8], at: usize) -> usize {
    text.get(..at)
        .and_then(|text| text.rfind_byte(b'\n'))
        .map_or(0, |at| at + 1)
}

/// How long a bare name is: a colon behind it is none of it, one before it is.
fn length_of_name(name: &[u8]) -> usize {
    let start = usize::from(name.starts_with(b":"));
    let rest = name.get(start..).unwrap_or_default();
    start + rest.find_byte(b':').unwrap_or(rest.len())
}

fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// What closes what a quote or bracket opens.
fn closing_of(opens: Option<u8>) -> Option<u8> {
    match opens? {
        quote @ (b'"' | b'\'' | b'`') => Some(quote),
        b'[' => Some(b']'),
        _ => None,
    }
}

/// Whether a name is one within the value of `Authorization`.
fn is_part_of_authorization(name: &[u8]) -> bool {
    let parts = ["Credential", "SignedHeaders", "Signature"];
    parts.iter().any(|part| name.as_bstr() == BStr::new(part))
}
