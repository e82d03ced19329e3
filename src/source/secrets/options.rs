//! Secrets that no name stands before: behind an option, in a URL, next to an access key id.

use std::ops::Range;

use bstr::ByteSlice;

use super::{Named, SecretKind, behind::quote_at, is_scrubbed, value, view::View};

/// What an option of curl, and of those like it, takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Takes {
    /// `ID:PASSWORD`.
    Pair,
    /// The same, where the id looks like an access key's.
    KeyPair,
    /// A proxy, maybe `ME:PASSWORD@HOST`.
    Proxy,
    /// `NAME=VALUE; …`, or a file.
    Cookies,
}

const OPTIONS: &[(&str, Takes)] = &[
    ("user", Takes::Pair),
    ("proxy-user", Takes::Pair),
    ("auth", Takes::KeyPair),
    ("u", Takes::Pair),
    ("U", Takes::Pair),
    ("a", Takes::KeyPair),
    ("proxy", Takes::Proxy),
    ("preproxy", Takes::Proxy),
    ("x", Takes::Proxy),
    ("cookie", Takes::Cookies),
    ("b", Takes::Cookies),
];

/// Adds the secrets of a view that have no name.
pub(super) fn named(view: &View, found: &mut Vec<Named>) {
    let bytes = view.bytes();
    for at in memchr::memchr_iter(b'-', bytes) {
        let before = at.checked_sub(1).and_then(|at| view.byte(at));
        if before.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`[".contains(&byte)) {
            option(view, at, found);
        }
    }
    for at in bytes.find_iter("://") {
        found.extend(userinfo(view, at + "://".len()));
    }
    for at in bytes.find_iter("user") {
        // A file of curl's options: `user = "ID:PASSWORD"`.
        let rest = view.from(at + "user".len());
        let before = at.checked_sub(1).and_then(|at| view.byte(at));
        let begins = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'-');
        if begins && rest.trim_start().starts_with(b"=") {
            pair(view, word(view, at + "user".len()), Strictness::Any, found);
        }
    }
    for at in bytes.find_iter("user:") {
        // curl -v and hurl say with whom they speak.
        pair(
            view,
            word(view, at + "user:".len()),
            Strictness::KeyId,
            found,
        );
    }
    for at in memchr::memchr_iter(b'A', bytes) {
        beside_key_id(view, at, found);
        behind_prefix(view, at, found);
    }
}

/// How sure the place is of what must stand there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Strictness {
    Any,
    /// What stands before the colon must look like an access key id.
    KeyId,
}

fn option(view: &View, at: usize, found: &mut Vec<Named>) {
    let rest = view.from(at);
    let dashes = rest
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'-')
        .count();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    let text = rest.get(dashes..).unwrap_or_default();
    let length = text.iter().take_while(is_name).count();
    let name = text.get(..length).unwrap_or_default();
    let is = |option: &&(&str, Takes)| match dashes {
        1 => option.0.len() == 1 && name.ends_with(option.0.as_bytes()) && are_flags(name),
        _ => name == option.0.as_bytes(),
    };
    let Some((_, takes)) = OPTIONS.iter().find(is) else {
        if dashes == 1 {
            glued(view, at + dashes, name, found);
        }
        return;
    };
    let word = word(view, at + dashes + length);
    match takes {
        Takes::Pair => pair(view, word, Strictness::Any, found),
        Takes::KeyPair => pair(view, word, Strictness::KeyId, found),
        Takes::Proxy => found.extend(userinfo(view, word.start)),
        Takes::Cookies => cookies(view, word, found),
    }
}

/// `-uID:SECRET`, with nothing between the option and its value.
fn glued(view: &View, from: usize, name: &[u8], found: &mut Vec<Named>) {
    let option = name.find_byteset("uU").map(|at| at + 1);
    let Some(length) = option.filter(|length| are_flags(name.get(..*length).unwrap_or_default()))
    else {
        return;
    };
    let start = from + length;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
    let rest = view.from(start);
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    pair(view, start..start + end, Strictness::KeyId, found);
}

/// A key behind the word that it is derived with: `AWS4SECRET`, `"AWS4" + "SECRET"`.
fn behind_prefix(view: &View, from: usize, found: &mut Vec<Named>) {
    const KEY: usize = 40;
    let Some(rest) = view.from(from).strip_prefix(b"AWS4") else {
        return;
    };
    let joins = |byte: &&u8| b" \"'`+.,&|".contains(byte);
    let gap = rest.iter().take(8).take_while(joins).count();
    let text = rest.get(gap..).unwrap_or_default();
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let length = text.iter().take(KEY + 1).take_while(letter).count();
    let start = from + "AWS4".len() + gap;
    if length == KEY && value::is_key_shaped(view.get(start..start + KEY)) {
        found.push(at(view, SecretKind::SecretAccessKey, start..start + KEY));
    }
}

/// Whether all letters but the last are options of curl that take nothing: `-sSu`.
fn are_flags(letters: &[u8]) -> bool {
    let before = letters.split_last().map_or(letters, |(_, before)| before);
    before
        .iter()
        .all(|letter| b"sSvikLfgGIjJNqO0123456#".contains(letter))
}

/// The word behind an option, as a shell reads it: quotes may stand within it.
fn word(view: &View, from: usize) -> Range<usize> {
    let rest = view.from(from);
    let parts = |byte: &&u8| byte.is_ascii_whitespace() || b"=\"',^".contains(byte);
    let before = rest.iter().take(8).take_while(parts).count();
    let before_word = rest.get(..before).unwrap_or_default();
    let start = from + before;
    if before == 0 {
        return from..from;
    }
    // A quote that is still open before the word ends it.
    let opening = before_word.rfind_byteset("\"'").filter(|at| {
        let behind = before_word.get(at + 1..).unwrap_or_default();
        behind.is_empty()
    });
    let mut open = opening.and_then(|at| quote_at(view, from + at));
    let mut at = start;
    while let Some(byte) = view.byte(at) {
        let quote = quote_at(view, at);
        match (open, quote) {
            (Some(own), Some(quote)) if own == quote => {
                if is_outer(view, at + 1) {
                    break;
                }
                open = None;
            }
            (None, Some(quote)) => {
                // Outside quotes, one that ends the text around ends the word.
                if is_outer(view, at + 1) {
                    break;
                }
                open = Some(quote);
            }
            (None, None) if byte.is_ascii_whitespace() => break,
            (Some(_), _) if byte == b'\n' => break,
            _ => {}
        }
        at += 1;
    }
    start..at
}

/// Whether a quote there is the end of the text around, not one within a word.
fn is_outer(view: &View, behind: usize) -> bool {
    view.byte(behind)
        .is_none_or(|byte| byte.is_ascii_whitespace() || b",]})|;&".contains(&byte))
}

fn pair(view: &View, word: Range<usize>, strictness: Strictness, found: &mut Vec<Named>) {
    let text = view.get(word.clone());
    let Some((id, password)) = text.split_once_str(":") else {
        return;
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let id_like = id.len() >= 8 && id.iter().all(plain);
    let known = strictness == Strictness::Any || id_like;
    // A user and a group, or two ports.
    let numbers = id.iter().all(u8::is_ascii_digit) || id == password;
    let quotes = |byte: &u8| b"\"'".contains(byte);
    let first = password.iter().take_while(|byte| quotes(byte)).count();
    let start = word.start + id.len() + 1 + first;
    let password = password.get(first..).unwrap_or_default();
    let password = password.trim_end_with(|end| end == '"' || end == '\'');
    let url = password.starts_with(b"//");
    if !known || password.is_empty() || numbers || url || is_own(password) {
        return;
    }
    // A pair of key id and key is what curl signs with.
    let kind = match password.len() {
        30.. => SecretKind::SecretAccessKey,
        _ => SecretKind::Password,
    };
    found.push(at(view, kind, start..start + password.len()));
}

/// What is written in place of a value, or stands for one.
pub(super) fn is_own(password: &[u8]) -> bool {
    is_scrubbed(password)
        || password.starts_with(b"$")
        || password.contains_str("***")
        || password.contains_str("{{")
        || password.starts_with(b"<") && password.ends_with(b">")
}

/// The password before the host of a URL, or all before it where that is a token.
fn userinfo(view: &View, from: usize) -> Option<Named> {
    const WIDEST: usize = 4 << 10;
    let rest = view.from(from);
    let rest = rest.get(..WIDEST).unwrap_or(rest);
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>?#".contains(byte);
    let text = rest.get(..rest.iter().position(ends).unwrap_or(rest.len()))?;
    let scheme = text.find("://").map_or(0, |at| at + 3);
    let text = text.get(scheme..)?;
    let from = from + scheme;
    let user = match text.split_str("/").next()?.rfind_byte(b'@') {
        Some(at) => text.get(..at)?,
        // A password that was not encoded may hold a slash; a port and a path may hold an `@`.
        None => {
            let (user, _) = text.rsplit_once_str("@")?;
            let host = user.split_str("/").next()?;
            let (_, port) = host.split_once_str(":")?;
            (!port.iter().all(u8::is_ascii_digit)).then_some(user)?
        }
    };
    let Some((name, password)) = user.split_once_str(":") else {
        let token = user.len() >= 20 && user.iter().any(u8::is_ascii_digit) && !is_own(user);
        let own = !user.contains(&b'/');
        return (token && own).then(|| at(view, SecretKind::Bearer, from..from + user.len()));
    };
    let start = from + name.len() + 1;
    let fits = !password.is_empty() && !is_own(password) && !name.contains(&b'/');
    fits.then(|| at(view, SecretKind::Password, start..start + password.len()))
}

fn cookies(view: &View, word: Range<usize>, found: &mut Vec<Named>) {
    let text = view.get(word.clone());
    if !text.contains(&b'=') || is_own(text) {
        return;
    }
    found.push(at(view, SecretKind::Cookie, word.clone()));
    for value in value::cookies(view, &word) {
        found.push(at(view, SecretKind::Cookie, value.range));
    }
}

/// A secret access key behind its access key id, and a token behind that: `{ID KEY TOKEN …}`,
/// a row of a table, the arguments of a call.
fn beside_key_id(view: &View, from: usize, found: &mut Vec<Named>) {
    const KEY: Range<usize> = 38..45;
    const TOKEN: usize = 64;
    let rest = view.from(from);
    let begins = ["AKIA", "ASIA", "AKID"]
        .iter()
        .any(|id| rest.starts_with(id.as_bytes()));
    let before = from.checked_sub(1).and_then(|at| view.byte(at));
    if !begins || before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return;
    }
    let capital = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let mut at_word = from + rest.iter().take_while(capital).count();
    found.extend(below(view, at_word).map(|key| at(view, SecretKind::SecretAccessKey, key)));
    if !(8..=128).contains(&(at_word - from)) {
        return;
    }
    for _ in 0..4 {
        let Some(word) = next_word(view, at_word) else {
            return;
        };
        let text = view.get(word.clone());
        if is_scrubbed(text) {
            return;
        }
        if KEY.contains(&text.len()) && value::is_key_shaped(text) {
            found.push(at(view, SecretKind::SecretAccessKey, word.clone()));
        } else if text.len() >= TOKEN && text.iter().any(u8::is_ascii_uppercase) {
            found.push(at(view, SecretKind::SessionToken, word));
            return;
        } else if text.len() > 32 {
            return;
        }
        at_word = word.end;
    }
}

/// A key that is all of the next line, where the key id ends its own.
fn below(view: &View, from: usize) -> Option<Range<usize>> {
    const KEY: usize = 40;
    let rest = view.from(from);
    let gap = rest
        .iter()
        .take(4)
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let start = from + gap;
    let is_below = rest.get(..gap)?.contains(&b'\n');
    let ends = view
        .byte(start + KEY)
        .is_none_or(|byte| byte.is_ascii_whitespace());
    let key = start..start + KEY;
    (is_below && ends && value::is_key_shaped(view.get(key.clone()))).then_some(key)
}

/// The next word in the same row, behind blanks, quotes and commas.
fn next_word(view: &View, from: usize) -> Option<Range<usize>> {
    let rest = view.from(from);
    let parts = |byte: &&u8| b" \t,:;|\"'`()".contains(byte);
    let gap = rest.iter().take(16).take_while(parts).count();
    let text = rest.get(gap..)?;
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=-_:.".contains(byte);
    let length = text.iter().take(64 << 10).take_while(letter).count();
    (gap > 0 && length > 0).then_some(from + gap..from + gap + length)
}

fn at(view: &View, kind: SecretKind, range: Range<usize>) -> Named {
    Named {
        kind,
        value: view.get(range.clone()).into(),
        range,
    }
}
