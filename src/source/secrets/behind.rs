//! What stands between a name and its value.

use std::ops::Range;

use bstr::ByteSlice;

use super::view::View;

/// A place behind a name at which its value begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Behind {
    pub(super) at: usize,
    pub(super) separator: Separator,
    /// The quote that opens the value.
    pub(super) quote: Option<Quote>,
    /// The quote that stands before the name, and encloses name and value.
    pub(super) enclosing: Option<Quote>,
    /// Where the line of the name begins.
    pub(super) line: usize,
}

/// A quote, and how long its spelling is: those of one depth are spelled alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Quote {
    pub(super) byte: u8,
    pub(super) spelled: usize,
}

/// What parts a name from its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Separator {
    /// `=`, `=>`, `->`, `:=`.
    Equals,
    /// `:`.
    Colon,
    /// A tag's end.
    Tag,
    /// A list's comma, or a table's line: the value must look like one.
    Listed,
    /// The value's own lines, below and deeper.
    Lines,
    /// Nothing but blanks, behind an option or a command that takes a name and a value.
    Option,
    /// Nothing but blanks.
    Blank,
}

impl Behind {
    /// Whether this is how a header's name and value are parted.
    pub(super) fn is_header(&self) -> bool {
        !matches!(
            self.separator,
            Separator::Blank | Separator::Option | Separator::Lines
        )
    }

    /// Whether the value stands in the query of a URL, which a mail may have wrapped anywhere.
    pub(super) fn is_in_url(&self, view: &View) -> bool {
        // The sign before its name may stand at the end of the line above.
        const ABOVE: usize = 8;
        // A name is no longer, and what stands before it may be a whole document.
        const LONGEST: usize = 256;
        let from = self.line.saturating_sub(ABOVE);
        let before = view.get(from.max(self.at.saturating_sub(LONGEST))..self.at);
        let Some(name) = before.rfind_byteset("?&").and_then(|at| before.get(at..)) else {
            return false;
        };
        let is_broken = name.contains(&b'\n');
        let breaks = |byte: &u8| is_broken && b" \t\r\n>".contains(byte);
        let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"?&-_=".contains(byte);
        let name = name.trim_end_with(|end| end.is_whitespace() || end == '>');
        self.quote.is_none()
            && name.ends_with(b"=")
            && name.iter().all(|byte| letter(byte) || breaks(byte))
    }
}

pub(super) fn quote_at(view: &View, at: usize) -> Option<Quote> {
    let byte = view.byte(at).filter(|byte| b"\"'`".contains(byte))?;
    Some(Quote {
        byte,
        spelled: view.spelled(at),
    })
}

fn blanks(view: &View, at: usize) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    at + view.from(at).iter().take_while(blank).count()
}

fn spaces(view: &View, at: usize) -> usize {
    let space = |byte: &&u8| byte.is_ascii_whitespace();
    at + view.from(at).iter().take(200).take_while(space).count()
}

/// What stands behind a name, if that is what stands before a value.
pub(super) fn behind(view: &View, name: &Range<usize>) -> Option<Behind> {
    let enclosing = name.start.checked_sub(1).and_then(|at| quote_at(view, at));
    let closed = enclosing.is_some() && quote_at(view, name.end) == enclosing;
    let mut at = name.end + usize::from(closed);
    at += view
        .from(at)
        .iter()
        .take(3)
        .take_while(|byte| b"]*`".contains(byte))
        .count();
    let blank = at;
    at = prompt(view, blanks(view, at));
    let (separator, mut at) = separator(view, name, at, at > blank, closed)?;
    at = blanks(view, at);
    let mut behind = Behind {
        at,
        separator,
        quote: None,
        enclosing: enclosing.filter(|_| !closed),
        line: view
            .get(0..name.start)
            .rfind_byte(b'\n')
            .map_or(0, |at| at + 1),
    };
    below(view, &mut behind, closed)?;
    behind.at = wrapped(view, behind.at);
    behind.quote = quote_at(view, behind.at).filter(|quote| behind.enclosing != Some(*quote));
    behind.at += usize::from(behind.quote.is_some());
    Some(behind)
}

/// The value before a name, in a list that has both apart and the value first:
/// `"value": "V", "key": "N"`.
pub(super) fn before(view: &View, name: &Range<usize>) -> Option<Behind> {
    let quote = quote_at(view, name.start.checked_sub(1)?)?;
    let head = label(view, name.start - 1, &["key", "name"])?;
    let head = view.get(0..head).trim_end().strip_suffix(b",")?.trim_end();
    let end = head
        .strip_suffix(&[quote.byte])
        .filter(|_| quote_at(view, head.len() - 1) == Some(quote))?
        .len();
    let from = end.saturating_sub(FARTHEST);
    let mut opening = view.get(from..end).iter().enumerate().rev();
    let at =
        opening.find(|(at, byte)| **byte == quote.byte && quote_at(view, from + at) == Some(quote));
    let at = from + at?.0;
    label(view, at, &["value"])?;
    Some(Behind {
        at: at + 1,
        separator: Separator::Equals,
        quote: Some(quote),
        enclosing: None,
        line: at,
    })
}

/// How far before its name a value may begin.
const FARTHEST: usize = 8 << 10;

/// Where the label of a list's field begins that ends at `end`: `"key": `.
fn label(view: &View, end: usize, words: &[&str]) -> Option<usize> {
    let head = view.get(0..end).trim_end().strip_suffix(b":")?.trim_end();
    let at = head.len().checked_sub(1)?;
    quote_at(view, at)?;
    let before = view.get(0..at);
    let word = words.iter().find(|word| {
        let start = at.saturating_sub(word.len() + 1);
        quote_at(view, start).is_some()
            && view
                .get(start + 1..at)
                .eq_ignore_ascii_case(word.as_bytes())
    })?;
    Some(before.len() - word.len() - 1)
}

/// Past the value that a prompt offers: `AWS Secret Access Key [None]: `.
fn prompt(view: &View, at: usize) -> usize {
    let offered = view.from(at).strip_prefix(b"[").and_then(|rest| {
        let end = rest.iter().take(40).position(|byte| *byte == b']')?;
        let past = at + end + 2;
        (view.byte(blanks(view, past)) == Some(b':')).then_some(blanks(view, past))
    });
    offered.unwrap_or(at)
}

fn separator(
    view: &View,
    name: &Range<usize>,
    at: usize,
    blank: bool,
    closed: bool,
) -> Option<(Separator, usize)> {
    match view.from(at) {
        [b'=', b'>', ..] | [b'-', b'>', ..] | [b':' | b'=', b'=', ..] => {
            Some((Separator::Equals, at + 2))
        }
        [b'=', ..] => Some((Separator::Equals, at + 1)),
        // An ARN, and the like: parts of one name.
        [b':', ..] if view.get(0..name.start).ends_with(b":") => None,
        [b':', ..] => Some((Separator::Colon, at + 1)),
        [b'>', ..] => {
            let before = view.get(name.start.saturating_sub(1)..name.start);
            let tag = before.first().is_some_and(|byte| b"<:".contains(byte));
            tag.then_some((Separator::Tag, at + 1))
        }
        [b'<', b'/', rest @ ..] => {
            let end = rest.iter().take(80).position(|byte| *byte == b'>')?;
            if let Some(b':' | b'=') = view.byte(at + end + 3) {
                return Some((Separator::Colon, at + end + 4));
            }
            let open = spaces(view, at + end + 3);
            let rest = view.from(open).strip_prefix(b"<")?;
            let end = rest.iter().take(80).position(|byte| *byte == b'>')?;
            (!rest.starts_with(b"/")).then_some((Separator::Listed, open + end + 2))
        }
        [b',', ..] if closed => apart(view, at + 1).or(Some((Separator::Listed, at + 1))),
        [b'|', ..] => Some((Separator::Listed, at + 1)),
        [b'\r' | b'\n', ..] => apart(view, at).or_else(|| equals_below(view, at)),
        // In prose: `the secret key is …`.
        [b'i', b's', b' ' | b':', ..] if blank => {
            let colon = usize::from(view.byte(at + 2) == Some(b':'));
            Some((Separator::Listed, at + 2 + colon))
        }
        _ if blank && takes_two_words(view, name) => Some((Separator::Option, at)),
        _ if blank => {
            // Two attributes of one tag: `key="N" value="V"`.
            let apart = apart(view, at).filter(|_| closed);
            Some(apart.unwrap_or((Separator::Blank, at)))
        }
        _ => None,
    }
}

/// Past the break and the marks of quotation at which a mail wrapped something.
fn past_break(view: &View, at: usize) -> usize {
    let breaks = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b'>';
    at + view.from(at).iter().take(8).take_while(breaks).count()
}

/// The sign that a wrapped URL has at the front of the next line.
fn equals_below(view: &View, at: usize) -> Option<(Separator, usize)> {
    let next = past_break(view, at);
    match view.from(next) {
        [b'=', b'=', ..] => None,
        [b'=', ..] => Some((Separator::Equals, next + 1)),
        _ => None,
    }
}

/// A list that has name and value apart: `"name": "N", "value": "V"`.
fn apart(view: &View, at: usize) -> Option<(Separator, usize)> {
    let mut at = spaces(view, at);
    let quoted = quote_at(view, at).is_some();
    at += usize::from(quoted);
    let (word, _) = view.from(at).split_at_checked("value".len())?;
    at += word.eq_ignore_ascii_case(b"value").then_some(word.len())?;
    at = blanks(view, at + usize::from(quoted));
    match view.byte(at)? {
        b':' | b'=' => Some((Separator::Equals, at + 1)),
        _ => None,
    }
}

/// Whether a name is an option, or stands behind a command that takes a name and a value.
fn takes_two_words(view: &View, name: &Range<usize>) -> bool {
    const COMMANDS: [&str; 12] = [
        "set", "setx", "env", "setenv", "export", "-x", "-gx", "-ux", "-ugx", "arg", "-xg", "-e",
    ];
    if view.byte(name.start) == Some(b'-') {
        return true;
    }
    let line = view.get(name.start.saturating_sub(64)..name.start);
    let line = line
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let word = line.fields().last().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    line.ends_with(b" ") && COMMANDS.iter().any(|command| word == command.as_bytes())
}

/// Moves to the next line where the value stands there; `None` where there is none.
fn below(view: &View, behind: &mut Behind, closed: bool) -> Option<()> {
    let rest = view.from(behind.at);
    let marks = match behind.separator {
        Separator::Colon => rest
            .iter()
            .take(3)
            .take_while(|byte| b">|+-123456789".contains(byte))
            .count(),
        _ => 0,
    };
    let text = rest.get(marks..)?;
    let break_length = match text {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        [] => return None,
        _ => return Some(()),
    };
    let next = behind.at + marks + break_length;
    if behind.separator == Separator::Tag || behind.separator == Separator::Listed {
        behind.at = spaces(view, next);
        return Some(());
    }
    if matches!(behind.separator, Separator::Blank | Separator::Option) {
        return None;
    }
    if behind.separator == Separator::Equals && behind.is_in_url(view) {
        behind.at = past_break(view, next);
        return Some(());
    }
    // In JSON the value may stand anywhere.
    let json = spaces(view, next);
    if closed && quote_at(view, wrapped(view, json)).is_some() {
        behind.at = json;
        return Some(());
    }
    let deeper = blanks(view, next) - next;
    let own = view.from(behind.line);
    let own = own.len()
        - own
            .trim_start_with(|c| c == ' ' || c == '\t' || c == '-')
            .len();
    if deeper <= own {
        return None;
    }
    behind.at = next + deeper;
    behind.separator = Separator::Lines;
    Some(())
}

/// Past what a language writes around a value: `[`, `(`, `b'`, `string(40) "`, `Some(`,
/// `(string) (len=40) "`.
fn wrapped(view: &View, at: usize) -> usize {
    const AROUND: [&str; 8] = [
        "bytes.fromhex(",
        "Buffer.from(",
        "Some(",
        "Sensitive(",
        "SecretString(",
        "String(",
        "Secret(",
        "&",
    ];
    let rest = view.from(at);
    if let Some(around) = AROUND
        .iter()
        .find(|around| rest.starts_with(around.as_bytes()))
    {
        return at + around.len();
    }
    if let Some(length) = rest.strip_prefix(b"(string) (len=") {
        let digits = length.iter().take_while(|byte| byte.is_ascii_digit());
        return at + "(string) (len=) ".len() + digits.count();
    }
    match rest {
        [b'[' | b'(', ..] => blanks(view, at + 1),
        [
            b'b' | b'u' | b'r' | b'f' | b'$' | b'@' | b'B',
            b'"' | b'\'',
            ..,
        ] => at + 1,
        [b'r' | b'R', b'b' | b'B', b'"' | b'\'', ..] => at + 2,
        [b's', b't', b'r', b'i', b'n', b'g', b'(', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match rest.get(digits..) {
                Some([b')', b' ', ..]) => at + digits + "string() ".len(),
                _ => at,
            }
        }
        _ => at,
    }
}
