//! The same text without its secrets: each is replaced by a placeholder of its own, the same
//! wherever it stands, and nothing else is touched.
//!
//! Absent on purpose: what a secret is and where it stands (`secrets`), and formats.

use std::io::{self, BufRead, Write};

use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, InputId, Span},
    sigv4::Sha256Digest,
    source::{
        Event, read,
        secrets::{self, Edit, Known, SecretKind, Style},
        wrapping,
    },
    wire::Fidelity,
};

/// What was taken out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scrubbed {
    /// How many different secrets of each kind there were.
    pub secrets: Vec<(SecretKind, usize)>,
    /// The digests that no longer can be recomputed, as far as they are known.
    pub digests: Vec<Digest>,
    /// How many more there are than are kept.
    pub more_digests: usize,
}

/// The digest of a text that held a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Digest {
    /// What was hashed: a canonical request, or a body.
    pub of: &'static str,
    /// What it hashed to.
    pub digest: Sha256Digest,
    /// Where that text stands.
    pub span: Span,
}

/// A text is scrubbed in pieces of this size.
const PIECE: usize = 1 << 20;
/// So much behind a piece is looked at with it, lest a secret be cut in two, and so much before
/// it, lest a name be cut off its value.
const BEHIND: usize = 64 << 10;
const BEFORE: usize = 8 << 10;
/// So much is read before the first piece is written: what is named there is known here.
const AHEAD: usize = 8 << 20;

/// Takes the secrets out of a text, in constant memory.
#[derive(Debug)]
pub struct Scrubber {
    known: Known,
    digests: Vec<Digest>,
    more_digests: usize,
}

impl Default for Scrubber {
    fn default() -> Self {
        Self {
            known: Known::new(Style::Placeholder),
            digests: Vec::new(),
            more_digests: 0,
        }
    }
}

/// Copies `source` to `out` without its secrets, in constant memory. What was packed, or in
/// UTF-16, comes out unpacked and in UTF-8. A secret that is named more than 8 MB behind the place
/// where it stands without a name is found there only when the text was learned before.
///
/// # Errors
/// When `source` cannot be read or `out` cannot be written.
pub fn scrub(source: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Scrubbed> {
    Scrubber::default().scrub(source, out)
}

impl Scrubber {
    /// Learns the secrets of a text that will be scrubbed.
    ///
    /// # Errors
    /// When `source` cannot be read.
    pub fn learn(&mut self, source: &mut dyn BufRead) -> io::Result<()> {
        let mut source = wrapping::unpack(source);
        let mut window = Window::default();
        while window.fill(&mut source, 2 * PIECE)? == Filled::More {
            window.learn(&mut self.known);
            window.written = window.learned;
            window.forget();
        }
        window.learn(&mut self.known);
        Ok(())
    }

    /// Notes the digests of what will be another text: canonical requests and bodies that hold a
    /// secret which was learned before.
    pub fn note_digests(&mut self, input: InputId, source: &mut dyn BufRead) {
        let (known, kept) = (&mut self.known, &mut self.digests);
        let more = &mut self.more_digests;
        read(input, source, None, &mut |event| {
            let Event::Case(case) = event else { return };
            for digest in case.attempts.iter().flat_map(digests) {
                if !digest.text_is_secret(known)
                    || kept.iter().any(|one| one.digest == digest.digest.digest)
                {
                    continue;
                }
                match kept.len() {
                    0..MOST_DIGESTS => kept.push(digest.digest),
                    _ => *more += 1,
                }
            }
        });
    }

    /// Copies a text without its secrets, and without those that were learned before.
    ///
    /// # Errors
    /// When `source` cannot be read or `out` cannot be written.
    pub fn scrub(mut self, source: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Scrubbed> {
        let mut source = wrapping::unpack(source);
        let mut window = Window::default();
        loop {
            let filled = window.fill(&mut source, AHEAD + PIECE)?;
            window.learn(&mut self.known);
            if filled == Filled::All {
                break;
            }
            window.write(&mut self.known, out)?;
            window.forget();
        }
        while window.written < window.held.len() {
            window.write(&mut self.known, out)?;
        }
        Ok(Scrubbed {
            secrets: self.known.counts().to_vec(),
            digests: self.digests,
            more_digests: self.more_digests,
        })
    }
}

/// More notes than these nobody reads.
const MOST_DIGESTS: usize = 20;

/// A digest, and the text that it is of.
struct Hashed {
    digest: Digest,
    text: BString,
}

impl Hashed {
    fn text_is_secret(&self, known: &mut Known) -> bool {
        !secrets::edits(known, &self.text).is_empty()
    }
}

/// What was hashed for an attempt, as far as the capture shows it byte for byte.
fn digests(attempt: &Attempt) -> Vec<Hashed> {
    let hashed = |of, text: &[u8], span: &Span| Hashed {
        digest: Digest {
            of,
            digest: Sha256Digest::of(text),
            span: span.clone(),
        },
        text: text.into(),
    };
    let whole = |claim: &&Claim<_>| claim.fidelity != Fidelity::Reflowed;
    let canonical = attempt.canonical_requests.iter().filter(whole);
    let canonical = canonical.map(|claim| hashed("canonical request", &claim.text, &claim.span));
    let requests = attempt.requests.iter().take(1);
    let bodies = requests.filter_map(|claim| Some((claim.value()?.body.bytes()?, &claim.span)));
    canonical
        .chain(bodies.map(|(body, span)| hashed("body", body, span)))
        .collect()
}

/// The part of a text that is looked at.
#[derive(Default)]
struct Window {
    held: Vec<u8>,
    learned: usize,
    written: usize,
    end: Filled,
}

/// Whether there is more to read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Filled {
    #[default]
    More,
    All,
}

impl Window {
    fn fill(&mut self, source: &mut dyn BufRead, size: usize) -> io::Result<Filled> {
        while self.end == Filled::More && self.held.len() - self.written < size {
            let read = source.fill_buf()?;
            let length = read.len();
            self.held.extend_from_slice(read);
            source.consume(length);
            if length == 0 {
                self.end = Filled::All;
            }
        }
        Ok(self.end)
    }

    /// Learns what was not learned yet, up to a place that parts a secret from the next.
    fn learn(&mut self, known: &mut Known) {
        while self.learned < self.held.len() {
            let end = self.place_behind(self.learned);
            if end == self.held.len() && self.end == Filled::More {
                break;
            }
            let from = self.context(self.learned);
            secrets::learn_all(known, self.held.get(from..end).unwrap_or_default());
            self.learned = end;
        }
    }

    /// Where a piece from `start` on ends: behind a line, or between two fields of a long one.
    fn place_behind(&self, start: usize) -> usize {
        let most = start + PIECE;
        if most >= self.held.len() {
            return self.held.len();
        }
        let piece = self.held.get(start..most).unwrap_or_default();
        let line = piece.rfind_byte(b'\n').filter(|at| *at > 0);
        let field = || {
            let at = piece.rfind_byteset(b",&;{ ")?;
            (piece.len() - at < BEHIND).then_some(at)
        };
        line.or_else(field).map_or(most, |at| start + at + 1)
    }

    /// Where the lines begin that are looked at with a piece from `start` on.
    fn context(&self, start: usize) -> usize {
        let from = start.saturating_sub(BEFORE);
        let before = self.held.get(from..start).unwrap_or_default();
        match before.find_byte(b'\n') {
            Some(at) if from > 0 => from + at + 1,
            _ => from,
        }
    }

    /// Where the lines end that are looked at with a piece up to `end`.
    fn line_behind(&self, end: usize) -> usize {
        let most = end + BEHIND;
        if most >= self.held.len() {
            return self.held.len();
        }
        let behind = self.held.get(end..most).unwrap_or_default();
        behind.rfind_byte(b'\n').map_or(most, |at| end + at + 1)
    }

    fn write(&mut self, known: &mut Known, out: &mut dyn Write) -> io::Result<()> {
        let from = self.context(self.written);
        let end = self.place_behind(self.written);
        let to = self.line_behind(end);
        let seen = self.held.get(from..to).unwrap_or_default();
        let seen = secrets::with_dumps(known, seen);
        let mut at = self.written - from;
        let mut end = end - from;
        for Edit { range, text } in secrets::edits(known, &seen) {
            if range.start >= end {
                break;
            }
            if range.start >= at {
                out.write_all(seen.get(at..range.start).unwrap_or_default())?;
                out.write_all(&text)?;
            }
            at = at.max(range.end);
            end = end.max(at);
        }
        out.write_all(seen.get(at..end).unwrap_or_default())?;
        self.written = from + end;
        Ok(())
    }

    /// Lets go of what was written, but for what the next piece may refer to.
    fn forget(&mut self) {
        let gone = self.written.saturating_sub(BEFORE);
        self.held.drain(..gone);
        self.learned -= gone;
        self.written -= gone;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str =
        "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";

    fn scrubbed(text: &str) -> (String, Scrubbed) {
        let mut out = Vec::new();
        let report = scrub(&mut text.as_bytes(), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), report)
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        let encoded = crate::sigv4::encode(TOKEN.as_bytes()).to_string();
        for (text, secret) in [
            (format!("aws_secret_access_key = {SECRET}"), SECRET),
            (format!("{{'secret_key': '{SECRET}', 'a': 1}}"), SECRET),
            (format!("\"SecretAccessKey\":\"{SECRET}\","), SECRET),
            (
                format!("\"SecretAccessKey\":\"{}\",", SECRET.replace('/', "\\/")),
                "K7MDENG+bPxR",
            ),
            (
                format!("<SecretAccessKey>{SECRET}</SecretAccessKey>"),
                SECRET,
            ),
            (format!("export AWS_SECRET_ACCESS_KEY=\"{SECRET}\""), SECRET),
            (format!("curl -u AKIDEXAMPLE:{SECRET} https://h"), SECRET),
            (
                format!("curl --user 'AKIDEXAMPLE:{SECRET}' https://h"),
                SECRET,
            ),
            (format!("* user: AKIDEXAMPLE:{SECRET}"), SECRET),
            (format!("x-amz-security-token:{TOKEN}"), TOKEN),
            (format!("'X-Amz-Security-Token': b'{TOKEN}'"), TOKEN),
            (format!("('x-amz-security-token', '{TOKEN}')"), TOKEN),
            (
                format!("?X-Amz-Security-Token={encoded}&X-Amz-Signature=1"),
                &encoded,
            ),
            (format!("<SessionToken>{TOKEN}</SessionToken>"), TOKEN),
            (format!("Authorization: Bearer {TOKEN}"), TOKEN),
            (format!("{{\"accessToken\":\"{TOKEN}\"}}"), TOKEN),
            (format!("DEBUG: ConfigParser: access_token->{TOKEN}"), TOKEN),
            (format!("*     secret: {SECRET}"), SECRET),
            (
                format!("{{\"name\":\"X-Amz-Security-Token\",\"value\":\"{TOKEN}\"}}"),
                TOKEN,
            ),
            (
                format!("\"name\": \"X-Amz-Security-Token\",\r\n  \"value\": \"{TOKEN}\""),
                TOKEN,
            ),
            (
                format!(
                    "aws_secret_access_key = {}\n{}\n",
                    &SECRET[..20],
                    &SECRET[20..]
                ),
                &SECRET[20..],
            ),
            (
                "the api key that we use is 9f3c1ab27de84f60a15b7c2d3e4f5061".into(),
                "9f3c1ab27de84f60a15b7c2d3e4f5061",
            ),
            ("Cookie: a=bcdefghijk; d=e".into(), "bcdefghijk"),
            ("https://me:pass-word@h.example/".into(), "pass-word"),
            (
                "Authorization: Basic QUtJREVYQU1QTEU6c2VjcmV0".into(),
                "QUtJREVYQU1QTEU6c2VjcmV0",
            ),
        ] {
            let (out, _) = scrubbed(&text);
            assert!(!out.contains(secret), "{out}");
            assert!(out.contains("SCRUBBED-"), "{out}");
        }
    }

    #[test]
    fn what_is_known_is_found_in_every_spelling_and_replaced_alike() {
        let encoded = crate::sigv4::encode(TOKEN.as_bytes()).to_string();
        let hex = |text: &str| {
            let pairs: Vec<String> = text.bytes().map(|b| format!("{b:02x}")).collect();
            pairs.join(" ")
        };
        let text = format!(
            "x-amz-security-token:{TOKEN}\nplain {TOKEN}\nurl {encoded} {}\njson {}\nbytes 0a {} 0a\n",
            encoded.replace('%', "%25"),
            TOKEN.replace('/', "\\/"),
            hex(TOKEN)
        );
        let (out, report) = scrubbed(&text);
        let placeholder = format!("SCRUBBED-SESSION-TOKEN-1-{}", "x".repeat(TOKEN.len() - 25));
        assert_eq!(
            out,
            format!(
                "x-amz-security-token:{placeholder}\nplain {placeholder}\nurl {placeholder} {placeholder}\njson {placeholder}\nbytes 0a {} 0a\n",
                hex(&placeholder)
            )
        );
        assert_eq!(report.secrets, [(SecretKind::SessionToken, 1)]);
        let (again, report) = scrubbed(&out);
        assert_eq!(again, out);
        assert_eq!(report.secrets, []);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "SignedHeaders=host;x-amz-security-token, Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\nhost;x-amz-security-token;x-amz-target\n\"SignedHeaders\":\"host;x-amz-security-token\",\"Signature\":\"87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\"\nCredential=AKIDEXAMPLE/20250102/r/s/aws4_request\nx-amz-security-token:** redacted (length=5) **\nhttps://h.example:443/a@b\nsession_token: None\nthe api key digest is e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nX-Amz-SignedHeaders=host%3Bx-amz-security-token&X-Amz-Signature=87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\n\r\nno end";
        let (out, report) = scrubbed(text);
        assert_eq!(out, text);
        assert_eq!(report, Scrubbed::default());
    }

    #[test]
    fn a_secret_across_pieces_of_a_long_line_is_found() {
        let text = format!(
            "x-amz-security-token:{TOKEN} {}{TOKEN}{}",
            "a".repeat(PIECE - 40),
            "b".repeat(PIECE)
        );
        let (out, _) = scrubbed(&text);
        assert!(!out.contains(TOKEN));
        assert_eq!(out.len(), text.len());
    }
}
