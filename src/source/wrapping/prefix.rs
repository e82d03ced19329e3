use bstr::ByteSlice;

use crate::source::wrapping::learned::Learned;

/// What a runner or a collector puts before every line.
#[derive(Clone, Debug)]
pub(super) struct Prefix {
    /// Whose it is.
    pub(super) name: &'static str,
    find: Find,
}

#[derive(Clone, Debug)]
enum Find {
    Known(fn(&[u8]) -> Option<Found>),
    Learned(Learned),
}

/// A prefix at the front of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Found {
    /// How many bytes it takes.
    pub(super) length: usize,
    /// Whether the line goes on in the collector's next one.
    pub(super) goes_on: GoesOn,
}

/// Whether a collector split a line that was too long for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::source) enum GoesOn {
    Here,
    InTheNext,
}

impl Found {
    /// A prefix of so many bytes, before a line that ends where it ends.
    pub(super) fn whole(length: usize) -> Self {
        Self {
            length,
            goes_on: GoesOn::Here,
        }
    }
}

impl Prefix {
    const fn known(name: &'static str, find: fn(&[u8]) -> Option<Found>) -> Self {
        Self {
            name,
            find: Find::Known(find),
        }
    }

    /// One that no table has.
    pub(super) fn learned(learned: Learned) -> Self {
        Self {
            name: "what every line begins with",
            find: Find::Learned(learned),
        }
    }

    pub(super) fn find(&self, line: &[u8]) -> Option<Found> {
        match &self.find {
            Find::Known(find) => find(line),
            Find::Learned(learned) => learned.find(line),
        }
    }
}

/// The prefixes that are known, the longest form of each kind first.
///
/// Sources: GitHub Actions, Azure DevOps, GitLab, Jenkins, `docker compose logs`, `docker logs -t`,
/// `kubectl logs --timestamps --prefix`, the CRI log format (kubernetes/cri-api), journalctl's
/// short forms, moreutils' `ts`, foreman, pm2, `grep -n`, `cat -n`; shared/log-formats.md, 7.
pub(super) static PREFIXES: [Prefix; 17] = [
    Prefix::known("GitHub's log download", |line| whole(job_step(line)?)),
    Prefix::known("a time", time_and_stream),
    Prefix::known("a time in brackets", |line| {
        let behind = line.strip_prefix(b"[")?;
        let at = 1 + rfc3339(behind)?;
        whole(at + literal(line.get(at..)?, b"] ")?)
    }),
    Prefix::known("journald", |line| whole(journald(line)?)),
    Prefix::known("ts", |line| whole(syslog_time(line)?)),
    Prefix::known("docker compose", |line| whole(bar(line)?)),
    Prefix::known("foreman", |line| {
        let at = clock(line)? + 1;
        let name = line.get(at..)?;
        (line.get(at - 1) == Some(&b' ')).then_some(())?;
        whole(at + bar(name)?)
    }),
    Prefix::known("pm2", |line| {
        let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0 && line.get(digits) == Some(&b'|')).then_some(())?;
        whole(digits + 1 + bar(line.get(digits + 1..)?)?)
    }),
    Prefix::known("a name in brackets", name_in_brackets),
    Prefix::known("a process", process),
    Prefix::known("a quotation", |line| match line {
        [b'>', b' ', ..] => whole(2),
        [b'>'] | [b'>', b'\r' | b'\n', ..] => whole(1),
        _ => None,
    }),
    Prefix::known("Terraform's box", terraform_box),
    Prefix::known("a bar", |line| {
        // What is behind the last of an empty line is easily lost.
        let bar = literal(line, b"  | ");
        let lost = (line.trim_ascii_end() == b"  |").then_some(3);
        whole(bar.or(lost)?)
    }),
    Prefix::known("numbers of lines", number),
    Prefix::known("a file's name and numbers", |line| {
        let end = line
            .iter()
            .take(200)
            .position(|byte| b":- \t".contains(byte))?;
        let name = line.get(..end)?;
        let is_name = name.iter().any(|byte| b"./".contains(byte)) && line.get(end)? != &b' ';
        let digits = line.get(end + 1..).filter(|_| is_name)?;
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (length > 0 && digits.get(length) == line.get(end)).then_some(())?;
        whole(end + 1 + length + 1)
    }),
    Prefix::known("an indentation of four", |line| {
        whole(literal(line, b"    ")?)
    }),
    Prefix::known("a tab", |line| whole(literal(line, b"\t")?)),
];

fn whole(length: usize) -> Option<Found> {
    Some(Found::whole(length))
}

fn literal(line: &[u8], text: &[u8]) -> Option<usize> {
    line.starts_with(text).then_some(text.len())
}

/// Reads by a picture: `9` is a digit, `A` a letter, anything else itself.
fn picture(line: &[u8], picture: &[u8]) -> Option<usize> {
    let fits = |(byte, sign): (&u8, &u8)| match sign {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        sign => byte == sign,
    };
    let head = line.get(..picture.len())?;
    head.iter().zip(picture).all(fits).then_some(picture.len())
}

/// `2025-01-02T03:04:05`, a fraction, `Z` or an offset.
fn rfc3339(line: &[u8]) -> Option<usize> {
    let mut at = picture(line, b"9999-99-99T99:99:99")?;
    if let Some(b'.' | b',') = line.get(at) {
        let digits = line.get(at + 1..)?;
        at += 1 + digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    let zone = line.get(at..)?;
    if zone.starts_with(b"Z") {
        return Some(at + 1);
    }
    let offset = picture(zone, b"+99:99").or_else(|| picture(zone, b"-99:99"));
    let offset = offset.or_else(|| picture(zone, b"+9999"));
    Some(at + offset.or_else(|| picture(zone, b"-9999"))?)
}

/// A time, and behind it what CRI and GitLab say of the stream.
fn time_and_stream(line: &[u8]) -> Option<Found> {
    let at = rfc3339(line)?;
    let rest = line.get(at..)?;
    for stream in [&b" stdout "[..], b" stderr "] {
        let Some(tag) = rest.strip_prefix(stream) else {
            continue;
        };
        let goes_on = match tag {
            [b'P', b' ', ..] => GoesOn::InTheNext,
            [b'F', b' ', ..] => GoesOn::Here,
            _ => continue,
        };
        let length = at + stream.len() + 2;
        return Some(Found { length, goes_on });
    }
    if let [b' ', high, low, b'O' | b'E', b' ' | b'+', ..] = rest
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
    {
        return whole(at + 5);
    }
    match rest {
        [b' ', ..] => whole(at + 1),
        // The blank at the end of an empty line is easily lost.
        [] | [b'\r' | b'\n', ..] => whole(at),
        _ => None,
    }
}

fn job_step(line: &[u8]) -> Option<usize> {
    const NAME: usize = 200;
    let head = line.get(..NAME * 2).unwrap_or(line);
    let first = head.find_byte(b'\t')? + 1;
    let second = first + head.get(first..)?.find_byte(b'\t')? + 1;
    let at = second + rfc3339(line.get(second..)?)?;
    Some(at + literal(line.get(at..)?, b" ").unwrap_or(0))
}

/// `Jan  2 03:04:05 `.
fn syslog_time(line: &[u8]) -> Option<usize> {
    picture(line, b"AAA 99 99:99:99 ").or_else(|| picture(line, b"AAA  9 99:99:99 "))
}

/// `time host unit[pid]: `, with syslog's priority before it where there is one.
fn journald(line: &[u8]) -> Option<usize> {
    let priority = line
        .strip_prefix(b"<")
        .and_then(|rest| rest.get(..4).unwrap_or(rest).find_byte(b'>'))
        .map_or(0, |end| end + 2);
    let rest = line.get(priority..)?;
    let time = syslog_time(rest).or_else(|| Some(rfc3339(rest)? + 1))?;
    (rest.get(time - 1) == Some(&b' ')).then_some(())?;
    let names = rest.get(time..)?;
    let names = names.get(..160).unwrap_or(names);
    let host = names.find_byte(b' ')?;
    let unit = names.get(host + 1..)?;
    let end = unit.find(b": ")?;
    let unit = unit.get(..end)?;
    (!unit.is_empty() && !unit.contains(&b' ')).then_some(())?;
    Some(priority + time + host + 1 + end + 2)
}

/// `app[web.1]: `, `host app[12]: `.
fn process(line: &[u8]) -> Option<Found> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(byte);
    let name = |text: &[u8]| {
        text.iter()
            .take(120)
            .take_while(|byte| is_name(byte))
            .count()
    };
    let mut at = name(line);
    if line.get(at) == Some(&b' ') {
        at += 1 + name(line.get(at + 1..)?);
    }
    let inside = line.get(at..)?.strip_prefix(b"[")?;
    let length = name(inside);
    let end = literal(inside.get(length..)?, b"]: ")
        .or_else(|| (inside.get(length..)?.trim_ascii_end() == b"]:").then_some(2))?;
    (at > 0 && length > 0).then_some(())?;
    whole(at + 1 + length + end)
}

fn clock(line: &[u8]) -> Option<usize> {
    picture(line, b"99:99:99")
}

/// `name-1   | `.
fn bar(line: &[u8]) -> Option<usize> {
    let name = line
        .iter()
        .take(120)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(byte))
        .count();
    let rest = line.get(name..)?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let at = name + blanks;
    (name > 0 && blanks > 0 && line.get(at) == Some(&b'|')).then_some(())?;
    Some(at + 1 + literal(line.get(at + 1..)?, b" ").unwrap_or(0))
}

/// `[pod/name/container] `; what stands in brackets may also be a client's level.
fn name_in_brackets(line: &[u8]) -> Option<Found> {
    const LEVELS: [&[u8]; 8] = [
        b"TRACE",
        b"DEBUG",
        b"INFO",
        b"WARN",
        b"WARNING",
        b"ERROR",
        b"FATAL",
        b"CRITICAL",
    ];
    let name = line.strip_prefix(b"[")?;
    let end = name
        .iter()
        .take(120)
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"/._-".contains(byte)))?;
    let name = name.get(..end)?;
    let is_level = LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
    (!name.is_empty() && !is_level).then_some(())?;
    let at = 1 + end;
    whole(at + literal(line.get(at..)?, b"] ")?)
}

/// The side of the box that stands around an error, or a corner: `╷`, `│ …`, `╵`.
fn terraform_box(line: &[u8]) -> Option<Found> {
    let text = line.trim_ascii_end();
    let signs = ["╷", "╵", "│"];
    let alone = signs.into_iter().find(|sign| text == sign.as_bytes());
    let side = literal(line, "│ ".as_bytes());
    whole(side.or(alone.map(str::len))?)
}

/// `12:`, `12-`, ` 12<tab>`, `12. `, `12) `, ` 12 | `, ` 12 `.
fn number(line: &[u8]) -> Option<Found> {
    const MARKS: [&[u8]; 7] = [b":", b"-", b"\t", b". ", b") ", b" | ", b" "];
    let blanks = line.iter().take_while(|byte| **byte == b' ').count();
    let rest = line.get(blanks..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = rest.get(digits..).filter(|_| digits > 0)?;
    let mark = MARKS.into_iter().find(|mark| behind.starts_with(mark));
    // The blank at the end of an empty line is easily lost.
    let alone = MARKS.into_iter().map(<[u8]>::trim_ascii_end);
    let mut alone = alone.filter(|mark| !mark.is_empty());
    let alone = alone.find(|mark| behind.trim_ascii_end() == *mark);
    whole(blanks + digits + alone.or(mark)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(line: &str) -> Vec<(&'static str, &str)> {
        let found = |prefix: &Prefix| {
            let found = prefix.find(line.as_bytes())?;
            Some((prefix.name, &line[found.length..]))
        };
        PREFIXES.iter().filter_map(found).collect()
    }

    #[test]
    fn each_collector_is_known() {
        for (line, name) in [
            (
                "test\tRun aws\t2025-01-02T03:04:05.1234567Z x",
                "GitHub's log download",
            ),
            ("2025-01-02T03:04:05.1234567Z x", "a time"),
            ("2025-01-02T03:04:05.123456789+01:00 stderr P x", "a time"),
            ("2025-01-02T03:04:05.123456Z 01E x", "a time"),
            ("[2025-01-02T03:04:05.123Z] x", "a time in brackets"),
            ("Jan 02 03:04:05 host aws[12]: x", "journald"),
            ("2025-01-02T03:04:05+0000 host aws[12]: x", "journald"),
            ("<14>Jan  2 03:04:05 host aws: x", "journald"),
            ("Jan 02 03:04:05 x", "ts"),
            ("web-1     | x", "docker compose"),
            ("03:04:05 web.1    | x", "foreman"),
            ("0|app  | x", "pm2"),
            ("[pod/a/b] x", "a name in brackets"),
            ("> x", "a quotation"),
            ("12:x", "numbers of lines"),
            ("    x", "an indentation of four"),
        ] {
            let found = taken(line);
            assert!(found.contains(&(name, "x")), "{line}: {found:?}");
        }
    }

    #[test]
    fn a_clients_own_head_is_none() {
        for line in [
            "2025-01-02 03:04:05,678 - MainThread - botocore.auth - DEBUG - x",
            "2025-01-02 03:04:05.678 | DEBUG    | botocore.auth:add_auth:441 - x",
            "DEBUG:botocore.auth:x",
            "2025/01/02 03:04:05 DEBUG: x",
            "[DEBUG] x",
            "03:04:05.123456 [0-0] > x",
            "POST / HTTP/1.1",
        ] {
            let mut found = taken(line);
            // Whether numbers rise is seen on several lines only.
            found.retain(|(name, _)| *name != "numbers of lines");
            assert_eq!(found, [], "{line}");
        }
    }
}
