//! Passwords that commands take by an option of one letter, which says nothing by itself.

use std::ops::Range;

use bstr::ByteSlice;

use super::{Named, SecretKind, options, view::View};

/// A command, and what stands before the password in its line.
const COMMANDS: [(&str, &[&str]); 12] = [
    ("sshpass", &["-p"]),
    ("docker login", &["-p"]),
    ("podman login", &["-p"]),
    ("mysql", &["-p"]),
    ("redis-cli", &["-a"]),
    ("ldap", &["-w"]),
    ("zip", &["-P"]),
    ("curl", &["--pass"]),
    ("openssl", &["pass:", "-macopt key:", "-macopt hexkey:"]),
    ("SSHPASS", &["SSHPASS="]),
    ("add-mask::", &["add-mask::"]),
    ("machine ", &["password "]),
];

/// No command's line is looked at farther.
const LINE: usize = 4 << 10;

/// Adds the passwords of the commands in a view.
pub(super) fn named(view: &View, found: &mut Vec<Named>) {
    let bytes = view.bytes();
    for (command, options) in COMMANDS {
        for at in bytes.find_iter(command) {
            let rest = view.from(at);
            let line = rest.get(..LINE).unwrap_or(rest);
            let line = line.lines().next().unwrap_or_default();
            for option in options {
                found.extend(line.find_iter(option).filter_map(|own| {
                    let letter = own.checked_sub(1).and_then(|own| line.get(own));
                    let begins = letter.is_none_or(|letter| !letter.is_ascii_alphanumeric());
                    password(view, at + own + option.len()).filter(|_| begins)
                }));
            }
        }
    }
    for at in bytes.find_iter("--password-stdin") {
        found.extend(echoed(view, at));
    }
}

/// What is written before it in the same line: `echo PW | docker login --password-stdin`.
fn echoed(view: &View, end: usize) -> Option<Named> {
    let before = view.get(end.saturating_sub(LINE)..end);
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    let echo = ["echo ", "printf ", "<<< "].iter().find_map(|word| {
        let at = line.find(word)?;
        Some(at + word.len())
    })?;
    password(view, end - line.len() + echo)
}

/// The word at a place, or behind the blanks there, without its quotes.
fn password(view: &View, from: usize) -> Option<Named> {
    let rest = view.from(from);
    let blanks = |byte: &&u8| matches!(byte, b' ' | b'=');
    let gap = rest.iter().take(4).take_while(blanks).count();
    let text = rest.get(gap..)?;
    let quote = text.first().filter(|byte| b"'\"".contains(byte));
    let (start, text) = match quote {
        Some(_) => (from + gap + 1, text.get(1..)?),
        None => (from + gap, text),
    };
    let ends = |byte: &u8| match quote {
        Some(quote) => byte == quote || *byte == b'\n',
        None => byte.is_ascii_whitespace() || b"'\"|;&)".contains(byte),
    };
    let length = text.iter().take(LINE).position(ends).unwrap_or(text.len());
    let range: Range<usize> = start..start + length;
    let value = view.get(range.clone());
    let option = value.starts_with(b"-");
    (value.len() >= 3 && !option && !options::is_own(value)).then(|| Named {
        kind: SecretKind::Password,
        value: value.into(),
        range,
    })
}
