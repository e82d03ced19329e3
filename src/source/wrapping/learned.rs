//! A prefix that no table has, seen because what stands behind it is plain: it is the same before
//! every line, and before one of them that begins as a request or an artifact does.

use bstr::ByteSlice;

use crate::{source::wrapping::prefix::Found, wire::METHODS};

/// A prefix as it was seen; wherever it has a digit, another or a blank may stand.
#[derive(Clone, Debug)]
pub(super) struct Learned(Vec<u8>);

/// No prefix is longer.
const WIDEST: usize = 200;
/// No more of those that stand before a beginning are tried.
const TRIED: usize = 8;

impl Learned {
    /// Learns from the first lines of an input. A text that `is_clients` is what a client prints
    /// before its own lines.
    pub(super) fn learn(lines: &[&[u8]], is_clients: &dyn Fn(&[u8]) -> bool) -> Option<Self> {
        let full = || lines.iter().filter(|line| !line.trim_ascii().is_empty());
        let begins = |at: usize| {
            let (line, next) = (lines.get(at)?, lines.get(at + 1).copied());
            let width = beginning(line, next.unwrap_or_default())?;
            line.get(..width).filter(|_| width <= WIDEST)
        };
        // The line may be of a client that marks what it sends, or stand in quotes.
        let marks: [&[u8]; 5] = [b"", b"> ", b"< ", b"'", b"\""];
        let fits = |prefix: &[u8]| {
            let prefixes = marks.iter().filter_map(|mark| prefix.strip_suffix(*mark));
            let mut found = prefixes
                .filter(|prefix| !prefix.is_empty())
                .map(|prefix| Self(prefix.into()));
            found.find(|own| full().all(|line| own.find(line).is_some()) && !is_clients(&own.0))
        };
        let mut prefixes: Vec<&[u8]> = Vec::new();
        for prefix in (0..lines.len()).filter_map(begins) {
            if prefixes.len() < TRIED && !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        prefixes.into_iter().find_map(fits)
    }

    /// Learns what all of the first lines begin with, where something shows that it is none of a
    /// client's: lines behind it are empty or indented, as those that go on with a record are, or
    /// are records themselves.
    pub(super) fn common(lines: &[&[u8]], is_clients: &dyn Fn(&[u8]) -> bool) -> Option<Self> {
        const LINES: usize = 8;
        let full = || lines.iter().filter(|line| !line.trim_ascii().is_empty());
        let (first, count) = (full().next()?, full().count());
        let digits = |one: u8, other: u8| one.is_ascii_digit() && other.is_ascii_digit();
        let same = |(one, other): &(&u8, &u8)| one == other || digits(**one, **other);
        let length = |line: &&[u8]| line.iter().zip(*first).take_while(same).count();
        // Of an empty line the last blank is easily lost.
        let wider = |line: &&[u8]| length(line) + usize::from(length(line) == line.len());
        let width = full().map(wider).min()?.min(WIDEST).min(first.len());
        let head = first.get(..width)?;
        let end = head.iter().rposition(u8::is_ascii_whitespace)? + 1;
        let own = Self(head.get(..end)?.into());
        let is_name = own.0.iter().any(u8::is_ascii_alphanumeric) && own.0.len() >= 4;
        let rest = |line: &[u8]| line.get(end..).unwrap_or_default().to_vec();
        let goes_on = |rest: &Vec<u8>| rest.first().is_none_or(u8::is_ascii_whitespace);
        let mut rests = full().map(|line| rest(line));
        let shows = rests.clone().any(|rest| goes_on(&rest))
            || rests.all(|rest| rest.starts_with(b"{\"") && rest.trim_ascii_end().ends_with(b"}"));
        let all = full().all(|line| own.find(line).is_some());
        (count >= LINES && is_name && shows && all && !is_clients(&own.0)).then_some(own)
    }

    /// The prefix at the front of a line; of an empty one its last blanks may be lost.
    pub(super) fn find(&self, line: &[u8]) -> Option<Found> {
        let text = line.trim_end_with(|end| end == '\r' || end == '\n');
        let width = text.len().min(self.0.len());
        (width >= self.0.trim_end().len()).then_some(())?;
        let fits = |(own, byte): (&u8, &u8)| {
            let numeral = |byte: &u8| byte.is_ascii_digit() || *byte == b' ';
            own == byte || numeral(own) && numeral(byte)
        };
        let same = self.0.iter().zip(text).all(fits);
        same.then(|| Found::whole(width))
    }
}

/// Where in a line something begins that nothing else stands before: the line of a request or an
/// answer, the first of an artifact, of a document or of a command that goes on below.
fn beginning(line: &[u8], next: &[u8]) -> Option<usize> {
    let text = line.trim_end();
    request_line(text)
        .or_else(|| text.find("HTTP/1.").filter(|at| is_status(text, *at)))
        .or_else(|| Some(text.strip_suffix(b"AWS4-HMAC-SHA256")?.len()))
        .or_else(|| text.find("<Error"))
        .or_else(|| text.find("<?xml"))
        .or_else(|| text.find("curl ").filter(|_| text.ends_with(b"\\")))
        .or_else(|| {
            let at = method_before(text)?;
            (next.get(at) == Some(&b'/')).then_some(at)
        })
}

fn request_line(text: &[u8]) -> Option<usize> {
    let (before, version) = text.rsplit_once_str(" HTTP/")?;
    let (before, target) = before.rsplit_once_str(" ")?;
    let is_version = version.iter().all(|byte| b"0123.".contains(byte));
    (is_version && !target.is_empty()).then_some(())?;
    method_before(before)
}

fn is_status(text: &[u8], at: usize) -> bool {
    let code = text.get(at + "HTTP/1.1 ".len()..).unwrap_or_default();
    code.len() >= 3 && code.iter().take(3).all(u8::is_ascii_digit)
}

/// Where the method begins that a text ends with.
fn method_before(text: &[u8]) -> Option<usize> {
    let ends = |method: &&str| text.ends_with(method.as_bytes());
    let method = METHODS.into_iter().find(ends)?;
    let at = text.len() - method.len();
    let letter = at.checked_sub(1).and_then(|at| text.get(at));
    letter
        .is_none_or(|letter| !letter.is_ascii_alphabetic())
        .then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(text: &str) -> Option<String> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let learned = Learned::learn(&lines, &|prefix| prefix.contains_str("http-outgoing"))?;
        Some(String::from_utf8(learned.0).unwrap())
    }

    #[test]
    fn what_stands_before_every_line_is_a_prefix() {
        for prefix in [
            "│ ",
            "// ",
            " 7 | ",
            "2025-01-02 03:04:05 INFO ",
            "+",
            "> > ",
        ] {
            for text in [
                "GET /a HTTP/1.1\nHost: a\n\nbody",
                "Canonical request:\nGET\n/\n\nhost:a",
                "AWS4-HMAC-SHA256\n20250102T030405Z\n",
                "HTTP/1.1 403 Forbidden\nServer: a\n",
            ] {
                let wrapped: String = text
                    .lines()
                    .map(|line| format!("{prefix}{line}\n"))
                    .collect();
                assert_eq!(learn(&wrapped).as_deref(), Some(prefix), "{wrapped}");
            }
        }
    }

    #[test]
    fn what_all_lines_begin_with_is_a_prefix_where_records_go_on_behind_it() {
        let common = |text: &str| {
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            let own = Learned::common(&lines, &|prefix| prefix.contains_str("http-outgoing"))?;
            Some(String::from_utf8(own.0).unwrap())
        };
        let behind = |prefix: &str, text: &str| -> String {
            text.lines()
                .map(|line| format!("{prefix}{line}\n"))
                .collect()
        };
        let log = "a\n\tat b\nc\n\nd\ne\nf\ng\n";
        for prefix in [
            "app/web/0123456789abcdef ",
            "[INFO] ",
            "web-1 app[12]: ",
            "a-5d9-x app ",
        ] {
            assert_eq!(common(&behind(prefix, log)).as_deref(), Some(prefix));
        }
        let records = "{\"a\":1}\n".repeat(8);
        assert_eq!(
            common(&behind("kube: ", &records)).as_deref(),
            Some("kube: ")
        );
        for (prefix, text) in [
            ("", log),
            ("    ", log),
            ("http-outgoing-0 ", log),
            ("2025-01-02 DEBUG ", "a\nb\nc\nd\ne\nf\ng\nh\n"),
            ("a ", "b\n\n"),
        ] {
            assert_eq!(common(&behind(prefix, text)), None, "{prefix}{text}");
        }
    }

    #[test]
    fn what_stands_before_some_is_none() {
        for text in [
            "GET /a HTTP/1.1\nHost: a\n",
            "a GET /a HTTP/1.1\na Host: a\nHost: b\n",
            "> GET /a HTTP/1.1\n> Host: a\n< HTTP/1.1 200 OK\n",
            "http-outgoing-0 >> GET / HTTP/1.1\nhttp-outgoing-0 >> Host: a\n",
            "x-amz-date:1\nx-amz-meta:2\n",
        ] {
            assert_eq!(learn(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_change_and_blanks_at_an_end_are_lost() {
        let learned = Learned(b"  9 | ".to_vec());
        let length = |line: &str| learned.find(line.as_bytes()).map(|found| found.length);
        assert_eq!(length(" 10 | Host: a\n"), Some(6));
        assert_eq!(length(" 11 |\n"), Some(5));
        assert_eq!(length(" 1a | x\n"), None);
        assert_eq!(length("\n"), None);
    }
}
