use std::borrow::Cow;

use bstr::{BString, ByteSlice};

use crate::{
    source::{
        sqlite,
        wrapping::{
            ansi::{self, Shown},
            escaped,
            learned::Learned,
            markup::Markup,
            prefix::{GoesOn, PREFIXES, Prefix},
            record::{Frame, is_structured, message},
        },
    },
    wire::Response,
};

/// What stands around every line of an input, learnt from its first lines.
#[derive(Clone, Debug)]
pub(in crate::source) struct Layers {
    content: Content,
    markup: Markup,
    prefixes: Vec<Prefix>,
    shown: Shown,
    crlf: LineEnds,
    /// Whether each line is a logger's record that holds one line of text.
    records: Records,
    /// How long the last prefix of a collector was that indents further lines by as much.
    indent: usize,
}

/// Whether an input has lines at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Content {
    Text,
    /// Nothing stands around anything, and no byte may be taken off.
    Database,
}

/// What each line of an input is, where a logger made a record of each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Records {
    None,
    OfALine,
    /// Most lines are strings of a JSON list, each a line of some text.
    Strings,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LineEnds {
    AsTheyAre,
    Crlf,
    /// CR LF, shown as two dots: `ngrep -W byline` and `tcpdump -A` have them.
    Dots,
    /// CR, shown as `\\r` before the line break: `socat -v` does; Wireshark's text has `\\r\\n`.
    Escaped,
}

/// A line without what stood around it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::source) struct Stripped<'a> {
    /// The line with its terminator.
    pub(in crate::source) raw: Cow<'a, [u8]>,
    /// How many bytes stood before it; meaningful where the line is borrowed.
    pub(in crate::source) before: usize,
    /// Whether the collector split the line here.
    pub(in crate::source) goes_on: GoesOn,
    /// Whether it had all the prefixes that lines here have.
    pub(in crate::source) prefixes: Prefixes,
}

impl Stripped<'_> {
    /// Takes the blanks off that a block is indented by.
    pub(in crate::source) fn dedent(&mut self, indent: &[u8]) {
        if indent.is_empty() || !self.raw.starts_with(indent) {
            return;
        }
        self.raw = match std::mem::take(&mut self.raw) {
            Cow::Borrowed(raw) => Cow::Borrowed(raw.get(indent.len()..).unwrap_or_default()),
            Cow::Owned(raw) => Cow::Owned(raw.get(indent.len()..).unwrap_or_default().to_vec()),
        };
        self.before += indent.len();
    }
}

/// Whether a line had its prefixes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::source) enum Prefixes {
    All,
    /// The one of this number, counted from the outside, was missing.
    Missing(usize),
}

/// No more prefixes than this stand before a line.
const DEPTH: usize = 3;
/// So few lines show nothing.
const LINES: usize = 3;

impl Layers {
    /// Learns from the first bytes of an input; a text that `is_clients` is no collector's prefix.
    pub(in crate::source) fn learn(head: &[u8], is_clients: &dyn Fn(&[u8]) -> bool) -> Self {
        let mut layers = Self {
            content: if head.starts_with(sqlite::MAGIC) {
                Content::Database
            } else {
                Content::Text
            },
            markup: Markup::of(head),
            prefixes: Vec::new(),
            shown: if ansi::is_shown(head) {
                Shown::TakenOff
            } else {
                Shown::Kept
            },
            crlf: LineEnds::AsTheyAre,
            records: Records::None,
            indent: 0,
        };
        if layers.content == Content::Database {
            return layers;
        }
        let lines: Vec<&[u8]> = whole_lines(head);
        let ending = lines.iter().filter(|line| line.ends_with(b"\r\n")).count();
        if ending > 1 && ending * 10 >= lines.len() * 9 {
            layers.crlf = LineEnds::Crlf;
        }
        let in_dots = |line: &&[u8]| {
            let text = trimmed(line);
            text.ends_with(b" HTTP/1.1..")
                || text.starts_with(b"HTTP/1.1 ") && text.ends_with(b"..")
        };
        if lines.iter().any(in_dots) {
            layers.crlf = LineEnds::Dots;
        }
        let is_escaped = |line: &&[u8]| {
            let text = without_shown_end(trimmed(line).trim_start());
            text.is_some_and(|text| {
                text.ends_with(b" HTTP/1.1") || Response::status_of(text).is_some()
            })
        };
        if lines.iter().any(is_escaped) {
            layers.crlf = LineEnds::Escaped;
        }
        let clean: Vec<Cow<'_, [u8]>> = lines.iter().map(|line| layers.plain(line)).collect();
        let mut texts: Vec<&[u8]> = clean.iter().map(|line| trimmed(line)).collect();
        while layers.prefixes.len() < DEPTH {
            let is_new = |prefix: &&Prefix| {
                !layers
                    .prefixes
                    .iter()
                    .any(|known| known.name == prefix.name)
            };
            let Some(prefix) = PREFIXES
                .iter()
                .filter(is_new)
                .find(|prefix| stands_everywhere(prefix, &texts))
            else {
                break;
            };
            layers.prefixes.push(prefix.clone());
            for text in &mut texts {
                if let Some(found) = prefix.find(text) {
                    *text = text.get(found.length..).unwrap_or_default();
                }
            }
        }
        if texts.len() < LINES {
            return layers;
        }
        if are_strings(&texts) {
            layers.records = Records::Strings;
            return layers;
        }
        if !are_records_of_lines(&texts) {
            let learned = Learned::learn(&texts, is_clients);
            let Some(learned) = learned.or_else(|| Learned::common(&texts, is_clients)) else {
                return layers;
            };
            for text in &mut texts {
                if let Some(found) = learned.find(text) {
                    *text = text.get(found.length..).unwrap_or_default();
                }
            }
            layers.prefixes.push(Prefix::learned(learned));
        }
        if are_records_of_lines(&texts) {
            layers.records = Records::OfALine;
        }
        layers
    }

    /// How many prefixes each line has.
    pub(in crate::source) fn depth(&self) -> usize {
        self.prefixes.len()
    }

    /// The line without a page's markup and a terminal's colours.
    fn plain<'a>(&self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        let plain = self.markup.undone(raw);
        let coloured = self.shown == Shown::TakenOff || plain.contains(&0x1b);
        match plain {
            plain if !coloured => plain,
            Cow::Borrowed(raw) => ansi::strip(raw, self.shown),
            Cow::Owned(plain) => Cow::Owned(ansi::strip(&plain, self.shown).into_owned()),
        }
    }

    /// The line without its prefixes and colours.
    pub(in crate::source) fn strip<'a>(&mut self, raw: &'a [u8]) -> Stripped<'a> {
        if self.content == Content::Database {
            return Stripped {
                raw: Cow::Borrowed(raw),
                before: 0,
                goes_on: GoesOn::Here,
                prefixes: Prefixes::All,
            };
        }
        let text = self.plain(raw);
        let mut before = 0;
        let mut goes_on = GoesOn::Here;
        let mut prefixes = Prefixes::All;
        for (number, prefix) in self.prefixes.iter().enumerate() {
            let rest = text.get(before..).unwrap_or_default();
            let Some(found) = prefix.find(rest) else {
                let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
                if self.indent > 0 && blanks >= self.indent {
                    before += self.indent;
                } else if blanks > 0 && rest.trim_ascii().is_empty() {
                    // `nl` numbers no empty line, and keeps it as wide as the others.
                    before += blanks;
                } else if !rest.trim_ascii().is_empty() {
                    prefixes = Prefixes::Missing(number);
                }
                break;
            };
            before += found.length;
            if found.goes_on == GoesOn::InTheNext {
                goes_on = GoesOn::InTheNext;
            }
            if prefix.name == "journald" {
                self.indent = found.length;
            }
        }
        let text = match text.strip_suffix(b"\n") {
            Some(line) if self.crlf == LineEnds::Escaped => {
                let line = without_shown_end(line).unwrap_or(line);
                Cow::Owned([&escaped::shown(line)[..], b"\n"].concat())
            }
            _ => text,
        };
        let text = match text.strip_suffix(b"..\n") {
            Some(head) if self.crlf == LineEnds::Dots => Cow::Owned([head, b"\n"].concat()),
            _ => text,
        };
        let raw = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(before..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(before..).unwrap_or_default().to_vec()),
        };
        let record = match self.records {
            Records::OfALine if is_structured(&raw) => message(&raw, &|_| false),
            Records::OfALine | Records::Strings | Records::None => None,
        };
        let string = match self.records {
            Records::Strings => escaped::string(&raw),
            Records::OfALine | Records::None => None,
        };
        let raw = match (record, string) {
            (_, Some(string)) => {
                let text = string.trim_end_with(|end| end == '\n');
                Cow::Owned([text, b"\n"].concat())
            }
            (Some(record), None) => {
                if record.frame == Frame::Piece {
                    goes_on = GoesOn::InTheNext;
                }
                let text = record.text.trim_end_with(|end| end == '\n');
                Cow::Owned([text, b"\n"].concat())
            }
            (None, None) => raw,
        };
        Stripped {
            raw,
            before,
            goes_on,
            prefixes,
        }
    }

    /// Takes the carriage return off a line of a log whose every line has one.
    pub(in crate::source) fn end_in_lf<'a>(&self, raw: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        match raw.strip_suffix(b"\r\n") {
            Some(text) if self.crlf == LineEnds::Crlf => Cow::Owned([text, b"\n"].concat()),
            _ => raw,
        }
    }

    /// Forgets a prefix that only the first lines of records have: it is the client's own.
    pub(in crate::source) fn forget(&mut self, number: usize) {
        self.prefixes.truncate(number);
    }
}

/// The lines of `head`; the last is left out where it may be cut.
fn whole_lines(head: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = head.lines_with_terminator().collect();
    if lines.len() > LINES && !head.ends_with(b"\n") {
        lines.pop();
    }
    lines
}

/// A line without the end that is shown in it, if one is.
fn without_shown_end(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\\n").unwrap_or(line);
    line.strip_suffix(b"\\r")
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_end_with(|byte| matches!(byte, '\r' | '\n'))
}

/// The lines that a mail quotes, without what its writer says above and below; all where what
/// stands there may be of one log with them.
fn quoted<'a, 'b>(prefix: &Prefix, lines: &'b [&'a [u8]]) -> &'b [&'a [u8]] {
    const ABOVE: usize = 3;
    const BELOW: usize = 5;
    let is_quoted = |line: &&[u8]| prefix.find(line).is_some();
    let first = lines.iter().position(is_quoted).unwrap_or(0);
    let behind = lines.iter().rposition(is_quoted).map_or(0, |last| last + 1);
    let (above, below) = (lines.get(..first), lines.get(behind..));
    let (above, below) = (above.unwrap_or_default(), below.unwrap_or_default());
    // curl marks what it says itself, what it sends, and what it receives.
    let is_curls = |line: &&[u8]| line.first().is_some_and(|sign| b"*<{}".contains(sign));
    let is_apart =
        above.len() <= ABOVE && below.len() <= BELOW && !above.iter().chain(below).any(is_curls);
    match lines.get(first..behind) {
        Some(quoted) if is_apart && quoted.len() >= LINES => quoted,
        _ => lines,
    }
}

fn stands_everywhere(prefix: &Prefix, lines: &[&[u8]]) -> bool {
    let lines = match prefix.name {
        "a quotation" => quoted(prefix, lines),
        _ => lines,
    };
    let indents = prefix.name == "journald";
    let (mut with, mut all) = (0, 0);
    for line in lines.iter().filter(|line| !line.trim_ascii().is_empty()) {
        all += 1;
        let indented = indents && with > 0 && line.starts_with(b"    ");
        with += usize::from(indented || prefix.find(line).is_some());
    }
    let strict = matches!(
        prefix.name,
        "a quotation"
            | "an indentation of four"
            | "a tab"
            | "numbers of lines"
            | "a name in brackets"
            | "Terraform's box"
            | "a file's name and numbers"
    );
    let enough = if strict {
        with == all
    } else if prefix.name == "docker compose" && lines.iter().any(|line| is_numbered(line)) {
        // A runner has lines of its own above and below.
        with * 2 >= all
    } else {
        with * 10 >= all * 9
    };
    all >= LINES && enough && (prefix.name != "numbers of lines" || rise(lines))
}

/// Whether a line is that of a numbered service: `web-1  | `.
fn is_numbered(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let at = name.len() - digits.count();
    at < name.len() && matches!(name.get(..at).and_then(<[u8]>::last), Some(b'-' | b'_'))
}

/// Whether at least half of the lines are strings of a JSON list, and none holds two lines.
fn are_strings(lines: &[&[u8]]) -> bool {
    let mut strings = lines.iter().filter_map(|line| escaped::string(line));
    let within = |text: &BString| text.trim_end_with(|end| end == '\n').contains(&b'\n');
    let count = strings.clone().count();
    count >= LINES && count * 2 >= lines.len() && !strings.any(|text| within(&text))
}

/// Whether each line is a record that holds a line of some text: a container's runtime stores
/// lines, and a logger that is fed line by line has empty ones, and lines that nobody logs alone.
fn are_records_of_lines(lines: &[&[u8]]) -> bool {
    let full = || lines.iter().filter(|line| !line.trim_ascii().is_empty());
    if !full().all(|line| is_structured(line)) {
        return false;
    }
    let records: Vec<_> = full()
        .filter_map(|line| message(line, &|_| false))
        .collect();
    let within = |text: &BString| text.trim_end_with(|end| end == '\n').contains(&b'\n');
    if records.len() < full().count() || records.iter().any(|record| within(&record.text)) {
        return false;
    }
    let is_stored = |frame: Frame| frame != Frame::Record;
    let is_alone = |text: &BString| {
        let text = text.trim();
        let is_of_head = text.starts_with(b"> ") || text.starts_with(b"Host: ");
        text.is_empty()
            || is_of_head
            || [&b"GET"[..], b"POST", b"PUT", b"/", b"AWS4-HMAC-SHA256"].contains(&text)
    };
    records.iter().all(|record| is_stored(record.frame))
        || records.iter().any(|record| is_alone(&record.text))
}

/// Whether the numbers before lines rise, as those of `grep -n` do.
fn rise(lines: &[&[u8]]) -> bool {
    let number = |line: &&[u8]| {
        let text = line.trim_start();
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        text.get(..digits)?.to_str().ok()?.parse::<u64>().ok()
    };
    let numbers: Vec<u64> = lines.iter().filter_map(number).collect();
    numbers.is_sorted_by(|a, b| a < b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(head: &str) -> String {
        let mut layers = Layers::learn(head.as_bytes(), &|_| false);
        let lines = head.as_bytes().lines_with_terminator();
        let out: Vec<u8> = lines
            .flat_map(|line| layers.strip(line).raw.into_owned())
            .collect();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_prefix_on_every_line_goes() {
        let text = "POST\n/\n\nhost:a\n";
        for prefix in [
            "2025-01-02T03:04:05.1234567Z ",
            "> ",
            "    ",
            "web-1  | ",
            "web-1  | 2025-01-02T03:04:05.123456789Z ",
            "Jan 02 03:04:05 host aws[12]: ",
        ] {
            let wrapped: String = text
                .lines()
                .map(|line| format!("{prefix}{line}\n"))
                .collect();
            assert_eq!(strip(&wrapped), text, "{prefix}");
        }
    }

    #[test]
    fn a_runner_has_lines_of_its_own_around_a_service() {
        let text = "Run compose\nweb-1  | POST\nweb-1  | /\nweb-1  |\nweb-1  | host:a\nDone\n";
        assert_eq!(strip(text), "Run compose\nPOST\n/\n\nhost:a\nDone\n");
    }

    #[test]
    fn strings_of_a_list_are_lines() {
        let text =
            "{\n  \"text\": [\n    \"a\\tb\\n\",\n    \"\\n\",\n    \"> c\",\n    \"d\"\n  ]\n}\n";
        let strings = strip(text);
        assert_eq!(strings, "{\n  \"text\": [\na\tb\n\n> c\nd\n  ]\n}\n");
        let records = "[\n\"a\\nb\",\n\"c\",\n\"d\"\n]\n";
        assert_eq!(strip(records), records);
    }

    #[test]
    fn a_head_of_records_alone_stays() {
        let text = "2025-01-02T03:04:05.000006Z TRACE a: canonical_request=POST\n/\n\nhost:a\n";
        assert_eq!(strip(text), text);
    }

    #[test]
    fn journald_indents_what_follows() {
        let text = "Jan 02 03:04:05 h aws[1]: a:\n                          POST\n                          /\nJan 02 03:04:05 h aws[1]: b\n";
        assert_eq!(strip(text), "a:\nPOST\n/\nb\n");
    }

    #[test]
    fn a_mails_own_lines_stand_around_what_it_quotes() {
        let mail = "On Monday, Jo wrote:\n> POST\n> /\n>\n> host:a\n\nRegards\n";
        assert_eq!(
            strip(mail),
            "On Monday, Jo wrote:\nPOST\n/\n\nhost:a\n\nRegards\n"
        );
        let log = "* Connected\n> GET / HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 403 Forbidden\n";
        assert_eq!(strip(log), log);
    }

    #[test]
    fn dots_that_stand_for_line_ends_go() {
        assert_eq!(
            strip("GET / HTTP/1.1..\nHost: a..\n..\nbody...\n"),
            "GET / HTTP/1.1\nHost: a\n\nbody.\n"
        );
    }

    #[test]
    fn a_shown_carriage_return_goes() {
        assert_eq!(
            strip(
                "> 2025/01/02 length=3\nGET / HTTP/1.1\\r\nHost: a\\r\n\\r\n{\\\\n\\t}< 2025/01/02 03:04:05.000000006  length=1 from=0 to=0\n"
            ),
            "> 2025/01/02 length=3\nGET / HTTP/1.1\nHost: a\n\n{\\n\t}\n"
        );
    }

    #[test]
    fn a_quoted_blank_line_may_have_lost_its_blank() {
        assert_eq!(strip("> a\n>\n> b\n> c\n"), "a\n\nb\nc\n");
    }
}
