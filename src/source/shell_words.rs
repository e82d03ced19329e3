//! Command lines taken apart as bash, cmd.exe and PowerShell take them apart; nothing is run.
//!
//! Sources: the bash manual, "Quoting"; Microsoft's "about_Quoting_Rules" and "Parsing C
//! command-line arguments"; Chrome's "Copy as cURL" (devtools-frontend, NetworkLogView).

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::wire::target::hex_value;

/// Whose quoting a command line has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::enum_variant_names, reason = "PowerShell is its name")]
pub(super) enum Shell {
    /// bash, zsh, and sh.
    Bash,
    /// cmd.exe.
    Cmd,
    /// PowerShell.
    PowerShell,
}

/// One word of a command, with its quotes undone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Word {
    /// What the program gets; a variable stands there by its name.
    pub(super) text: BString,
    /// The variables and commands whose values are not in the text.
    pub(super) unknown: Vec<BString>,
}

/// The words of one command.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Command {
    /// The words.
    pub(super) words: Vec<Word>,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
    /// Whether the text ended inside a quote, or behind the mark of a continued line.
    pub(super) open: bool,
    /// How many more words it has than are kept.
    pub(super) more: usize,
}

/// A run of backslashes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Backslashes {
    count: usize,
    /// How many bytes they take.
    length: usize,
    /// Whether a quote stands behind them.
    quoted: bool,
}

impl Shell {
    /// The shell that a command line was written for, by the marks that only one of them has.
    pub(super) fn of(text: &[u8]) -> Self {
        let continued = |mark: &str| {
            text.lines()
                .any(|line| line.trim_ascii_end().ends_with(mark.as_bytes()))
        };
        if text.contains_str("^\"") || continued(" ^") {
            return Self::Cmd;
        }
        let own = ["Invoke-WebRequest", "Invoke-RestMethod", "curl.exe ", "@{"];
        if continued(" `") || own.iter().any(|mark| text.contains_str(mark)) {
            return Self::PowerShell;
        }
        Self::Bash
    }

    /// Splits a text into commands.
    pub(super) fn commands(self, text: &[u8]) -> Vec<Command> {
        self.each_command(text).collect()
    }

    /// Splits a text into commands, each when it is asked for.
    pub(super) fn each_command(self, text: &[u8]) -> impl Iterator<Item = Command> {
        self.scanner(text)
    }

    fn scanner(self, text: &[u8]) -> Scanner<'_> {
        Scanner {
            shell: self,
            carets: text.contains_str("^\""),
            text,
            at: 0,
            whole: None,
            command: Command::default(),
            word: None,
            patience: PATIENCE,
        }
    }
}

/// No more words of one command are kept.
pub(super) const WORDS: usize = 50_000;
/// How many bytes are looked through in vain for the ends of expressions that have none, in one
/// text: each that begins might be looked for to the end of it.
const PATIENCE: usize = 4 << 20;

struct Scanner<'a> {
    shell: Shell,
    /// In cmd.exe: whether carets stand before quotes, so that they escape inside them too.
    carets: bool,
    text: &'a [u8],
    at: usize,
    /// The command that was ended last, not yet given away.
    whole: Option<Command>,
    command: Command,
    word: Option<Word>,
    /// How many bytes may still be looked through in vain.
    patience: usize,
}

impl Iterator for Scanner<'_> {
    type Item = Command;

    fn next(&mut self) -> Option<Command> {
        while self.whole.is_none() && self.step().is_some() {}
        if self.whole.is_none() {
            self.end_command();
        }
        self.whole.take()
    }
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        self.text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    fn push(&mut self, bytes: &[u8]) {
        self.word
            .get_or_insert_default()
            .text
            .extend_from_slice(bytes);
    }

    fn end_word(&mut self) {
        match self.word.take() {
            Some(_) if self.command.words.len() >= WORDS => self.command.more += 1,
            word => self.command.words.extend(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let mut command = std::mem::take(&mut self.command);
        command.range.end = self.at.min(self.text.len());
        if !command.words.is_empty() {
            self.whole = Some(command);
        }
        self.command.range.start = self.at + 1;
    }

    /// Takes what stands at the front; `None` at the end.
    fn step(&mut self) -> Option<()> {
        let byte = self.peek(0)?;
        if let Some(length) = self.continuation() {
            self.at += length;
            self.command.open = self.at >= self.text.len();
            return Some(());
        }
        match (self.shell, byte) {
            (_, b'\n') => {
                self.end_command();
                self.at += 1;
            }
            (_, b' ' | b'\t' | b'\r') => {
                self.end_word();
                self.at += 1;
            }
            (Shell::Bash, b';' | b'|' | b'&') | (Shell::PowerShell, b'|' | b';') => {
                self.end_command();
                self.at += 1;
            }
            (Shell::Bash | Shell::PowerShell, b'#') if self.word.is_none() => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.at += rest.find_byte(b'\n').unwrap_or(rest.len());
            }
            (Shell::Bash, _) => self.bash(byte),
            (Shell::Cmd, _) => self.cmd(byte),
            (Shell::PowerShell, _) => self.power_shell(byte),
        }
        Some(())
    }

    /// The length of the mark that joins two lines, where one stands here.
    fn continuation(&self) -> Option<usize> {
        let mark = match self.shell {
            Shell::Bash => b'\\',
            Shell::Cmd => b'^',
            Shell::PowerShell => b'`',
        };
        if self.peek(0) != Some(mark) {
            return None;
        }
        match (self.peek(1), self.peek(2)) {
            (Some(b'\n'), _) => Some(2),
            (Some(b'\r'), Some(b'\n')) => Some(3),
            (None, _) => Some(1),
            _ => None,
        }
    }

    /// What stands up to a quote; notes where that is not there.
    fn until(&mut self, quote: u8) -> &[u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find_byte(quote);
        self.command.open |= length.is_none();
        let length = length.unwrap_or(rest.len());
        self.at += length + 1;
        rest.get(..length).unwrap_or_default()
    }

    fn bash(&mut self, byte: u8) {
        match byte {
            b'\'' => {
                self.at += 1;
                let inner = self.until(b'\'').to_vec();
                self.push(&inner);
            }
            b'"' => self.double(b'\\', b"\"\\$`\n"),
            b'$' if self.starts_with("$'") => self.ansi_c(),
            b'\\' => {
                let next = self.peek(1).unwrap_or(b'\\');
                self.push(&[next]);
                self.at += 2;
            }
            b'$' | b'`' => self.unknown(),
            _ => {
                self.push(&[byte]);
                self.at += 1;
            }
        }
    }

    /// A string in double quotes, in which `mark` escapes what `escaped` lists.
    fn double(&mut self, mark: u8, escaped: &[u8]) {
        self.push(b"");
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => {
                    self.command.open = true;
                    return;
                }
                (Some(b'"'), Some(b'"')) if self.shell == Shell::PowerShell => {
                    self.push(b"\"");
                    self.at += 2;
                }
                (Some(b'"'), _) => {
                    self.at += 1;
                    return;
                }
                (Some(b'\\'), Some(b'\n')) if self.shell == Shell::Bash => self.at += 2,
                (Some(byte), Some(next)) if byte == mark && escaped.contains(&next) => {
                    let named = match next {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        b'0' => 0,
                        _ => next,
                    };
                    self.push(&[if mark == b'`' { named } else { next }]);
                    self.at += 2;
                }
                (Some(b'$'), _) => self.unknown(),
                (Some(b'`'), _) if self.shell == Shell::Bash => self.unknown(),
                (Some(byte), _) => {
                    self.push(&[byte]);
                    self.at += 1;
                }
            }
        }
    }

    /// `$'…'`: escapes as in C.
    fn ansi_c(&mut self) {
        self.push(b"");
        self.at += 2;
        loop {
            match self.peek(0) {
                None => {
                    self.command.open = true;
                    return;
                }
                Some(b'\'') => {
                    self.at += 1;
                    return;
                }
                Some(b'\\') => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let (bytes, length) = ansi_c_escape(rest);
                    self.push(&bytes);
                    self.at += length;
                }
                Some(byte) => {
                    self.push(&[byte]);
                    self.at += 1;
                }
            }
        }
    }

    /// A variable or a command in the line: its text stays, for its value is not known.
    fn unknown(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let reach = rest.get(..self.patience).unwrap_or(rest);
        let end = match (self.peek(0), self.peek(1)) {
            (Some(b'`'), _) => Some(reach.get(1..).and_then(|rest| rest.find_byte(b'`'))),
            (_, Some(b'{')) => Some(reach.find_byte(b'}').map(|end| end - 1)),
            (_, Some(b'(')) => Some(balanced(reach).map(|length| length - 2)),
            _ => None,
        };
        if end == Some(None) {
            self.patience -= reach.len();
        }
        let length = end.flatten();
        let length = match length {
            Some(length) => length + 2,
            None => 1 + variable(rest.get(1..).unwrap_or_default()),
        };
        let text = rest.get(..length).unwrap_or(rest).to_vec();
        self.at += length.max(1);
        if let Some(character) = power_shell_character(&text) {
            let mut buffer = [0; 4];
            let bytes = character.encode_utf8(&mut buffer).as_bytes().to_vec();
            return self.push(&bytes);
        }
        self.push(&text);
        if text.len() > 1
            && let Some(word) = &mut self.word
        {
            word.unknown.push(text.into());
        }
    }

    /// cmd.exe and the C library's rules for the words that it hands over.
    fn cmd(&mut self, byte: u8) {
        if byte == b'^' {
            self.at += 1;
            if let Some(escaped) = self.peek(0).filter(|byte| *byte != b'"') {
                self.push(&[escaped]);
                self.at += 1;
                return;
            }
        } else if byte != b'"' {
            self.push(&[byte]);
            self.at += 1;
            return;
        }
        self.push(b"");
        self.at += 1;
        loop {
            let caret = self.carets && self.peek(0) == Some(b'^');
            if caret && let Some(length) = self.continuation() {
                // A line break inside the data is a caret, and an empty line behind it.
                self.at += length;
                if self.peek(0) == Some(b'\n') {
                    self.push(b"\n");
                    self.at += 1;
                }
                continue;
            }
            self.at += usize::from(caret);
            let quote_next = self.peek(1) == Some(b'"')
                || self.carets && self.peek(1) == Some(b'^') && self.peek(2) == Some(b'"');
            match self.peek(0) {
                None => {
                    self.command.open = true;
                    return;
                }
                Some(b'\\') => {
                    // Before a quote, two stand for one, and an odd one makes it a sign of the text.
                    // Chrome, which writes carets, doubles every one.
                    let run = self.backslashes();
                    let kept = match run.quoted {
                        true => run.count / 2,
                        false if self.carets => run.count.div_ceil(2),
                        false => run.count,
                    };
                    self.push(&vec![b'\\'; kept]);
                    self.at += run.length;
                    if run.quoted && run.count % 2 == 1 {
                        self.push(b"\"");
                        self.at += 1;
                    } else if run.quoted && self.peek(0) == Some(b'"') {
                        self.at += 1;
                        return;
                    }
                }
                Some(b'"') if quote_next => {
                    self.push(b"\"");
                    self.at += if self.peek(1) == Some(b'"') { 2 } else { 3 };
                }
                Some(b'"') => {
                    self.at += 1;
                    return;
                }
                Some(byte) => {
                    self.push(&[byte]);
                    self.at += 1;
                }
            }
        }
    }

    /// The backslashes at the front, each with the caret before it.
    fn backslashes(&self) -> Backslashes {
        let (mut count, mut length) = (0, 0);
        loop {
            let caret = self.carets && count > 0 && self.peek(length) == Some(b'^');
            let next = length + usize::from(caret);
            match self.peek(next) {
                Some(b'\\') => (count, length) = (count + 1, next + 1),
                behind => {
                    let quoted = behind == Some(b'"');
                    return Backslashes {
                        count,
                        length: if quoted { next } else { length },
                        quoted,
                    };
                }
            }
        }
    }

    fn power_shell(&mut self, byte: u8) {
        match byte {
            b'\'' => {
                self.at += 1;
                let mut inner = self.until(b'\'').to_vec();
                while self.peek(0) == Some(b'\'') {
                    self.at += 1;
                    inner.push(b'\'');
                    inner.extend_from_slice(self.until(b'\''));
                }
                self.push(&inner);
            }
            b'"' => self.double(b'`', b"\"`$ntr0\n"),
            b'`' => {
                let next = self.peek(1).unwrap_or(b'`');
                self.push(&[next]);
                self.at += 2;
            }
            // A table or an expression is one word, as it stands.
            b'@' if self.starts_with("@{") => self.bracketed(1),
            b'(' => self.bracketed(0),
            b'$' => self.unknown(),
            _ => {
                self.push(&[byte]);
                self.at += 1;
            }
        }
    }

    fn bracketed(&mut self, skip: usize) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.get(skip..).and_then(balanced_from).map(|n| n + skip);
        self.command.open |= length.is_none();
        let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or(rest);
        let text = text.to_vec();
        self.at += text.len().max(1);
        self.push(&text);
    }
}

/// The length of `$(…)` at the front, its brackets included.
fn balanced(text: &[u8]) -> Option<usize> {
    Some(balanced_from(text.get(1..)?)? + 1)
}

/// The length of the brackets at the front and what they hold, past strings in quotes.
fn balanced_from(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(b'"') | None, b'`') => escaped = true,
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'{' | b'(' | b'[') => depth += 1,
            (None, b'}' | b')' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The length of a variable's name at the front; in PowerShell, with the drive or scope before it.
fn variable(text: &[u8]) -> usize {
    const DRIVES: [&str; 5] = ["env", "global", "script", "local", "using"];
    let letters = |text: &[u8]| {
        let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        text.iter().take_while(is_letter).count()
    };
    let own = letters(text);
    let (name, rest) = text.split_at(own);
    let is_drive = DRIVES
        .iter()
        .any(|drive| name.eq_ignore_ascii_case(drive.as_bytes()));
    match rest.strip_prefix(b":").map(letters) {
        Some(behind) if is_drive && behind > 0 => own + 1 + behind,
        _ => own,
    }
}

/// `$([char]233)`, as Chrome writes what is no ASCII.
fn power_shell_character(text: &[u8]) -> Option<char> {
    let number = text.strip_prefix(b"$([char]")?.strip_suffix(b")")?;
    char::from_u32(number.to_str().ok()?.trim().parse().ok()?)
}

fn ansi_c_escape(text: &[u8]) -> (Vec<u8>, usize) {
    let Some(&kind) = text.get(1) else {
        return (b"\\".to_vec(), 1);
    };
    let number = |from: usize, most: usize, radix: u32| {
        let digits = text.get(from..).unwrap_or_default().iter().take(most);
        let digits = digits.map_while(|digit| hex_value(*digit).filter(|d| u32::from(*d) < radix));
        digits.fold((0_u32, 0), |(value, count), digit| {
            (value * radix + u32::from(digit), count + 1)
        })
    };
    let simple = match kind {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'v' => 11,
        b'\\' | b'\'' | b'"' | b'?' => kind,
        b'0'..=b'7' => {
            let (value, count) = number(1, 3, 8);
            return (vec![u8::try_from(value & 0xff).unwrap_or(0)], 1 + count);
        }
        b'x' => {
            let (value, count) = number(2, 2, 16);
            return (vec![u8::try_from(value).unwrap_or(0)], 2 + count);
        }
        b'u' | b'U' => {
            let (value, count) = number(2, if kind == b'u' { 4 } else { 8 }, 16);
            let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            return (character.to_string().into_bytes(), 2 + count);
        }
        _ => return (vec![b'\\', kind], 2),
    };
    (vec![simple], 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(shell: Shell, text: &str) -> Vec<Vec<String>> {
        let commands = shell.commands(text.as_bytes());
        commands
            .into_iter()
            .map(|command| {
                let words = command.words.into_iter();
                words.map(|word| word.text.to_string()).collect()
            })
            .collect()
    }

    #[test]
    fn bash_quotes_are_undone() {
        let text = r#"curl -H 'a: it'\''s' -d "x\"\$y\\z" $'{"n":"it\'s\n\x41\u00e9\047"}' a\ b \
  -X PUT # note
next"#;
        assert_eq!(
            words(Shell::Bash, text),
            [
                vec![
                    "curl",
                    "-H",
                    "a: it's",
                    "-d",
                    "x\"$y\\z",
                    "{\"n\":\"it's\nA\u{e9}'\"}",
                    "a b",
                    "-X",
                    "PUT"
                ],
                vec!["next"]
            ]
        );
    }

    #[test]
    fn what_is_not_in_the_text_is_named() {
        let commands = Shell::Bash.commands(b"curl \"$URL/a\" ${TOKEN} $(date +%s) `pwd` '$no'");
        let unknown = commands[0].words.iter().flat_map(|word| &word.unknown);
        let unknown: Vec<_> = unknown.map(|name| name.to_string()).collect();
        assert_eq!(unknown, ["$URL", "${TOKEN}", "$(date +%s)", "`pwd`"]);
        assert_eq!(commands[0].words[1].text, "$URL/a");
    }

    #[test]
    fn cmd_carets_are_undone() {
        let text = "curl ^\"https://h/?a=1^&b=%^20^\" ^\n  -H ^\"X: y^\" ^\n  --data-raw ^\"^{^\\^\"Limit^\\^\":1^}^\"\n";
        assert_eq!(
            words(Shell::Cmd, text),
            [[
                "curl",
                "https://h/?a=1&b=%20",
                "-H",
                "X: y",
                "--data-raw",
                "{\"Limit\":1}"
            ]]
        );
        let chrome = "curl ^\"h^\" --data-raw ^\"^\\^\"a'b^\\^\\^\\^\"c^\\n^\\^\"^\"\n";
        assert_eq!(
            words(Shell::Cmd, chrome),
            [["curl", "h", "--data-raw", "\"a'b\\\"c\\n\""]]
        );
        let doubled = "curl ^\"h^\" --data-raw ^\"c^\\^\\n^\"\n";
        assert_eq!(
            words(Shell::Cmd, doubled),
            [["curl", "h", "--data-raw", "c\\n"]]
        );
        let old = "curl \"https://h/?a=1&b=^2\" -H \"X: \\\"y\\\"\" -d \"a\"\"b\"\n";
        assert_eq!(
            words(Shell::Cmd, old),
            [[
                "curl",
                "https://h/?a=1&b=^2",
                "-H",
                "X: \"y\"",
                "-d",
                "a\"b"
            ]]
        );
        let lines = "curl ^\"h^\" -d ^\"a^\n\nb^\"\n";
        assert_eq!(words(Shell::Cmd, lines), [["curl", "h", "-d", "a\nb"]]);
    }

    #[test]
    fn power_shell_quotes_are_undone() {
        let text = "curl.exe -H 'a: it''s' -d \"{`\"x`\":`$1}$([char]233)\" `\n  -X PUT\n";
        assert_eq!(
            words(Shell::PowerShell, text),
            [[
                "curl.exe",
                "-H",
                "a: it's",
                "-d",
                "{\"x\":$1}\u{e9}",
                "-X",
                "PUT"
            ]]
        );
    }

    #[test]
    fn a_quote_that_stays_open_is_noticed() {
        for (shell, text) in [
            (Shell::Bash, "curl 'a"),
            (Shell::Bash, "curl a \\\n"),
            (Shell::Cmd, "curl ^\"a"),
            (Shell::PowerShell, "x @{ 'a'='b'"),
        ] {
            assert!(shell.commands(text.as_bytes())[0].open, "{text}");
        }
        assert!(!Shell::Bash.commands(b"curl a\n")[0].open);
    }

    #[test]
    fn ends_that_are_not_there_are_not_looked_for_for_ever() {
        for opening in ["$(", "${", "\"$(", "$($'"] {
            let text = opening.repeat(1 << 16);
            let mut scanner = Shell::Bash.scanner(text.as_bytes());
            while scanner.next().is_some() {}
            assert_eq!(scanner.patience, 0, "{opening}");
        }
        let many = "$(a (b) c) ${d} ".repeat(20_000);
        let mut scanner = Shell::Bash.scanner(many.as_bytes());
        assert_eq!(
            scanner.next().map(|command| command.words.len()),
            Some(40_000)
        );
        assert_eq!(scanner.patience, PATIENCE);
    }

    #[test]
    fn no_cut_panics() {
        let text = "curl $'a\\x4\\u00\\' \"b$(c `d` ^\"e^\n\n^\\^\" @{ 'a'=\"b`\" } $([char]2) ${x";
        for shell in [Shell::Bash, Shell::Cmd, Shell::PowerShell] {
            for end in 0..text.len() {
                shell.commands(&text.as_bytes()[..end]);
            }
        }
    }
}
