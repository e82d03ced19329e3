//! What white space in and around a printed string to sign is its signer's, and what the paste's.
//!
//! No digest tells it, as the string's own digest tells it of the canonical request. What a canonical
//! request in the same text does not have, printed in the same form, the string had by itself; what
//! both have may be either's, and the string is in doubt.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    source::{
        artifact_finder::Found,
        artifact_grammar::{Kind, label},
    },
    wire::Fidelity,
};

/// What may be the signer's own, or may have come with the paste.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Doubt {
    /// Its lines end in CR LF.
    CarriageReturns,
    /// Its lines but the first are indented.
    Indentation,
    /// Its lines and its first are.
    Block,
    /// Blanks stand at the end of all its lines.
    Padding,
    /// Its line breaks are escaped more than once.
    Escapes,
}

/// In which form a text was printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Lines,
    /// Between quotes.
    Literal,
    /// With its line breaks escaped, and in no quotes.
    Escaped,
}

/// What stands in an artifact as it was printed, and around it.
#[derive(Clone, Debug)]
struct Printed<'a> {
    form: Form,
    doubts: Vec<Doubt>,
    above: Above<'a>,
    /// What stands behind it on its last line.
    behind: &'a BStr,
    below: Below,
}

/// What stands between a label and the artifact; without a label, what it is attached to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Above<'a> {
    Label(&'a BStr),
    Word(&'a BStr),
}

impl Above<'_> {
    /// Whether it is nothing, or what stands between any label and its value.
    fn is_plain(self) -> bool {
        match self {
            Self::Label(gap) => matches!(gap.as_bytes(), b"" | b" " | b"\n"),
            Self::Word(word) => word.is_empty(),
        }
    }
}

/// How many empty lines are below an artifact, and before what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Below {
    Label(usize),
    Other(usize),
}

/// Takes for the signer's own what only it can have written, and puts in doubt what cannot be told.
pub(super) fn settle(text: &[u8], found: &mut [Found]) {
    let canonical = found.iter().filter(|it| it.kind == Kind::CanonicalRequest);
    let others: Vec<Printed<'_>> = canonical.map(|it| printed(text, it)).collect();
    for string in found {
        if string.kind != Kind::StringToSign || string.fidelity == Fidelity::Reflowed {
            continue;
        }
        let own = printed(text, string);
        let alike: Vec<&Printed<'_>> = others.iter().filter(|it| it.form == own.form).collect();
        let mut is_certain =
            own.is_framed_as(&alike) && (own.form != Form::Escaped || !others.is_empty());
        let raw = text.get(string.range.clone()).unwrap_or_default();
        // Of a text that is wrong by itself no more need be certain.
        let mut is_its_own = false;
        let pads = |it: &&Printed<'_>| it.doubts.contains(&Doubt::Padding);
        if own.doubts.contains(&Doubt::Padding) && (alike.is_empty() || alike.iter().any(pads)) {
            let lines = string.text.lines().map(ByteSlice::trim_end);
            string.text = bstr::join("\n", lines).into();
            is_certain = false;
        }
        for doubt in &own.doubts {
            let shared = alike.iter().any(|other| other.doubts.contains(doubt));
            match doubt {
                // What escapes all of a text tells nothing of one part.
                Doubt::Escapes if shared => {}
                Doubt::Escapes if !alike.is_empty() => {
                    string.text = string.text.replace("\n", "\\n").into();
                    is_its_own = true;
                }
                Doubt::CarriageReturns | Doubt::Indentation if !shared && !alike.is_empty() => {
                    string.text = BString::from(raw);
                    is_its_own = true;
                }
                // What no other text has is its own.
                Doubt::Padding => {}
                _ => is_certain = false,
            }
        }
        if !is_certain && !is_its_own && !string.text.contains(&b'\r') {
            string.fidelity = Fidelity::Reflowed;
        }
    }
}

impl Printed<'_> {
    /// Whether nothing stands around a string to sign that may be its own: nothing but a line break,
    /// or what stands around a canonical request too.
    fn is_framed_as(&self, others: &[&Printed<'_>]) -> bool {
        let any = |same: fn(&Self, &Printed<'_>) -> bool| others.iter().any(|it| same(self, it));
        let plain = self.above.is_plain() && others.iter().all(|it| it.above.is_plain());
        let above = plain || any(|own, other| own.above == other.above);
        let behind = match self.form {
            Form::Literal => true,
            _ if others.is_empty() => self.behind.is_empty(),
            _ => any(|own, other| own.behind == other.behind),
        };
        let below = match self.below {
            _ if self.form != Form::Lines => true,
            Below::Label(0) | Below::Other(0) => true,
            Below::Label(_) => any(|own, other| own.below == other.below),
            Below::Other(_) => false,
        };
        above && behind && below
    }
}

fn printed<'a>(text: &'a [u8], found: &Found) -> Printed<'a> {
    let raw = text.get(found.range.clone()).unwrap_or_default();
    let before = text.get(..found.range.start).unwrap_or_default();
    let after = text.get(found.range.end..).unwrap_or_default();
    let (behind, below) = after.split_once_str("\n").unwrap_or((after, b""));
    let behind = behind.strip_suffix(b"\r").unwrap_or(behind);
    let mut this = Printed {
        form: Form::Lines,
        doubts: Vec::new(),
        above: above(before, found.kind),
        behind: behind.as_bstr(),
        below: self::below(below),
    };
    if found.fidelity == Fidelity::Unescaped {
        let unquoted = raw.first().is_none_or(u8::is_ascii_uppercase);
        this.form = if unquoted {
            Form::Escaped
        } else {
            Form::Literal
        };
        // Whether two backslashes or more stand before the `n` of a line break.
        let again = raw.contains_str("\\\\n").then_some(Doubt::Escapes);
        this.doubts.extend(again);
        let last = found.text.lines().next_back().unwrap_or_default();
        let end = raw.rfind(last).map_or(raw.len(), |at| at + last.len());
        if unquoted {
            this.behind = raw.get(end..).unwrap_or_default().trim_end().as_bstr();
        }
        return this;
    }
    if raw.contains_str("\r\n") && !found.text.contains(&b'\r') {
        this.doubts.push(Doubt::CarriageReturns);
    }
    this.doubts.extend(indentation(before, raw));
    let mut lines = raw.rsplit_str("\n").skip(1);
    if raw.contains(&b'\n') && lines.all(|line| line.trim_end_with(|c| c == '\r').ends_with(b" ")) {
        this.doubts.push(Doubt::Padding);
    }
    this
}

fn above(before: &[u8], kind: Kind) -> Above<'_> {
    const LINES: usize = 5;
    let mut end = before.len();
    for line in before.rsplit_str("\n").take(LINES) {
        let start = end - line.len();
        let named = label(line).filter(|(named, _)| *named == kind);
        if let Some((_, behind)) = named {
            let gap = before.get(start + behind..).unwrap_or_default();
            let gap = gap.strip_prefix(b"\r").unwrap_or(gap);
            // How the artifact is indented is another matter.
            let gap = match gap.contains(&b'\n') {
                true => gap.trim_end_with(|c| c == ' ' || c == '\t'),
                false => gap,
            };
            return Above::Label(gap.as_bstr());
        }
        if line.iter().any(u8::is_ascii_alphanumeric) {
            break;
        }
        end = start.saturating_sub(1);
    }
    let mut lines = before.lines_with_terminator().rev();
    let empty = lines.by_ref().take_while(|line| line.trim().is_empty());
    let begins = before.trim().is_empty() && before.contains(&b'\n');
    if empty.count() > 1 || begins {
        return Above::Word(b"\n\n".as_bstr());
    }
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    let word = before.iter().rposition(blank).map_or(0, |at| at + 1);
    Above::Word(before.get(word..).unwrap_or_default().as_bstr())
}

fn below(text: &[u8]) -> Below {
    let empty = text
        .lines()
        .take_while(|line| line.trim().is_empty())
        .count();
    match text.lines().nth(empty) {
        Some(line) if label(line).is_some() => Below::Label(empty),
        _ => Below::Other(empty),
    }
}

/// How all lines but the first are indented, if they are.
fn indentation(before: &[u8], raw: &[u8]) -> Option<Doubt> {
    let (_, rest) = raw.split_once_str("\n")?;
    let blanks = |line: &[u8]| line.len() - line.trim_start_with(|c| c == ' ' || c == '\t').len();
    let indent = rest.get(..blanks(rest)).filter(|it| !it.is_empty())?;
    let mut lines = rest.lines().filter(|line| !line.trim().is_empty());
    if !lines.all(|line| line.starts_with(indent)) {
        return None;
    }
    let first = before.rsplit_once_str("\n").map_or(before, |(_, it)| it);
    match first == indent {
        true => Some(Doubt::Block),
        false => Some(Doubt::Indentation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::artifact_finder::find;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn canonical() -> String {
        format!("POST\n/\n\nhost:a\n\nhost\n{DIGEST}")
    }

    fn string() -> String {
        format!("AWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s/aws4_request\n{DIGEST}")
    }

    /// The string to sign that is found, and whether its white space is certain.
    fn read(text: &str) -> (String, bool) {
        let found = find(text.as_bytes());
        let string = found.iter().find(|it| it.kind == Kind::StringToSign);
        let string = string.unwrap_or_else(|| panic!("no string to sign in {text:?}"));
        (
            string.text.to_string(),
            string.fidelity != Fidelity::Reflowed,
        )
    }

    fn labelled(canonical: &str, string: &str) -> String {
        format!("Canonical request:\n{canonical}\nString to sign:\n{string}\nsigned\n")
    }

    #[test]
    fn what_the_canonical_request_does_not_have_is_the_strings_own() {
        let (canonical, right) = (canonical(), string());
        let crlf = right.replace('\n', "\r\n");
        let indented = right.replace('\n', "\n    ");
        for own in [&right, &crlf, &indented] {
            assert_eq!(read(&labelled(&canonical, own)), (own.clone(), true));
        }
        let escaped = |text: &str| text.replace('\n', "\\n");
        let text = format!(
            "{{\"canonicalRequest\": \"{}\", \"stringToSign\": \"{}\"}}\n",
            escaped(&canonical),
            escaped(&right).replace('\\', "\\\\")
        );
        assert_eq!(read(&text), (escaped(&right), true));
    }

    #[test]
    fn what_both_have_is_in_doubt() {
        let text = labelled(&canonical(), &string());
        for paste in [
            text.replace('\n', "\r\n"),
            text.replace('\n', "\n    "),
            text.replace('\n', "  \n"),
        ] {
            assert_eq!(read(&paste), (string(), false), "{paste:?}");
        }
    }

    #[test]
    fn what_stands_around_the_string_alone_is_in_doubt() {
        let (canonical, right) = (canonical(), string());
        for own in [
            format!("{right} "),
            format!("{right}\n"),
            format!("{right}\u{a0}"),
            format!("\n{right}"),
            format!("\"{right}\""),
            format!("{right}\""),
            format!("    {}", right.replace('\n', "\n    ")),
        ] {
            assert_eq!(
                read(&labelled(&canonical, &own)),
                (right.clone(), false),
                "{own:?}"
            );
        }
        assert_eq!(read(&format!("\n{right}\n")), (right.clone(), false));
        // Where no other text is padded, this one is by itself.
        let padded = right.replace('\n', "   \n");
        assert_eq!(read(&labelled(&canonical, &padded)), (padded, true));
        let quoted = labelled(&format!("\"{canonical}\""), &format!("\"{right}\""));
        assert_eq!(read(&quoted), (right, true));
    }
}
