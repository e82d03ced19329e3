//! The ways in which a secret is written behind its name, and what is none.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::{
    PLACEHOLDER, SecretKind,
    behind::{Behind, Quote, Separator, quote_at},
    is_scrubbed, places,
    view::View,
};

/// A value, and where it stands; line breaks and quotes that part it are not in it.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) bytes: BString,
}

impl Value {
    fn at(view: &View, range: Range<usize>) -> Self {
        Self {
            bytes: view.get(range.clone()).into(),
            range,
        }
    }
}

/// Longer values are nobody's.
const LONGEST: usize = 64 << 10;
/// An unquoted word that is so long, and not all of one kind of letters, is no word of prose.
const LONG: usize = 16;

/// The words behind a name that still belong to it: `_2`, `_prod`.
pub(super) fn suffix(text: &[u8]) -> usize {
    let [b'_' | b'-', rest @ ..] = text else {
        return 0;
    };
    let word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let length = rest.iter().take_while(word).count();
    let name = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
    let other = ["md5", "id", "name", "arn", "file", "path"];
    let other = other.iter().any(|word| name.ends_with(word.as_bytes()));
    match length {
        1..=16 if !other => length + 1,
        _ => 0,
    }
}

/// The value that stands there, if it can be a secret.
pub(super) fn read(view: &View, behind: &Behind, kind: SecretKind) -> Option<Value> {
    let in_quotes = behind
        .quote
        .and_then(|quote| quoted(view, behind.at, quote, kind));
    let certain = in_quotes.is_some() || behind.enclosing.is_some();
    let value = in_quotes.or_else(|| bare(view, behind, kind))?;
    if accepts(view, behind, kind, &value, certain) {
        return Some(value);
    }
    match (behind.separator, kind) {
        (Separator::Blank, SecretKind::SecretAccessKey) => in_prose(view, behind.at),
        (Separator::Blank, SecretKind::Bearer) => told(view, behind.at),
        _ => None,
    }
}

/// A token behind a sentence of its name: `the api key that we use is …`.
fn told(view: &View, from: usize) -> Option<Value> {
    const WORDS: usize = 8;
    const SHORTEST: usize = 24;
    let line = view.from(from).lines().next().unwrap_or_default();
    let mut at = from;
    let mut words = line.split_str(" ").take(WORDS);
    while let Some(word) = words.next() {
        at += word.len() + 1;
        if word != b"is" && !word.ends_with(b":") {
            continue;
        }
        let value = words.next()?;
        let value = Value::at(view, at..at + token_length(value));
        let is_one = value.bytes.len() >= SHORTEST && is_varied(&value.bytes);
        return (is_one && !is_other(&value.bytes)).then_some(value);
    }
    None
}

/// A secret access key behind a few words: `the secret access key is …`.
fn in_prose(view: &View, from: usize) -> Option<Value> {
    let mut at = from;
    for _ in 0..3 {
        let rest = view.from(at);
        let rest = rest.get(..KEY * 2).unwrap_or(rest);
        let word = rest.split_str(" ").next()?;
        if (KEY - 2..=KEY + 5).contains(&word.len()) && is_key_shaped(word) {
            return Some(Value::at(view, at..at + word.len()));
        }
        at += word.len() + 1;
    }
    None
}

/// What stands in quotes; strings that are written one behind another are one.
fn quoted(view: &View, from: usize, quote: Quote, kind: SecretKind) -> Option<Value> {
    let end = closing(view, from, quote)?;
    let mut value = Value::at(view, from..end);
    while let Some(next) = goes_on(view, value.range.end + 1, quote)
        && let Some(end) = closing(view, next, quote)
        && !names(view, end + 1)
    {
        value.bytes.extend_from_slice(view.get(next..end));
        value.range.end = end;
    }
    if is_token(kind) {
        value.bytes.retain(|byte| !byte.is_ascii_whitespace());
        // What stands in the quotes around is no part of it.
        let ends = view.get(value.range.clone());
        let before = ends.len() - ends.trim_start().len();
        let after = ends.len() - ends.trim_end().len();
        value.range = value.range.start + before..value.range.end - after.min(ends.len() - before);
    }
    Some(value)
}

fn closing(view: &View, from: usize, quote: Quote) -> Option<usize> {
    let rest = view.from(from);
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let ends = |at: &usize| quote_at(view, *at) == Some(quote);
    rest.find_iter(&[quote.byte]).map(|at| from + at).find(ends)
}

/// Whether the string that ends there is the name of the next field, and no part of the last value.
fn names(view: &View, end: usize) -> bool {
    let behind = view.from(end).trim_start_with(|c| c == ' ');
    behind.first().is_some_and(|byte| b"=:".contains(byte))
}

/// Where a string goes on behind its end: `"ab" + "cd"`, or `'ab'` and `'cd'` on two lines.
fn goes_on(view: &View, end: usize, quote: Quote) -> Option<usize> {
    let gap = view.from(end);
    let between = |byte: &&u8| byte.is_ascii_whitespace() || b"+.".contains(byte);
    let length = gap.iter().take(80).take_while(between).count();
    let gap = gap.get(..length)?;
    let joined = gap.contains(&b'+') || gap.contains(&b'\n') || gap.trim() == b".";
    let next = end + length;
    (joined && quote_at(view, next) == Some(quote)).then_some(next + 1)
}

/// Whether a kind is written in the letters of Base64.
fn is_token(kind: SecretKind) -> bool {
    !matches!(kind, SecretKind::Password | SecretKind::Cookie)
}

/// How many letters of a token stand at the front of a text.
fn token_length(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| is_token_letter(**byte))
        .count()
}

fn is_token_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/+=_-.%~".contains(&byte)
}

fn bare(view: &View, behind: &Behind, kind: SecretKind) -> Option<Value> {
    let rest = view.from(behind.at);
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    if behind.separator == Separator::Tag {
        return tagged(view, behind.at, kind);
    }
    if is_token(kind) {
        let length = token_length(rest);
        let word = rest.get(..length)?;
        let length = word.trim_end_with(|end| end == '.').len();
        let value = Value::at(view, behind.at..behind.at + length);
        return Some(folded(view, behind, value, kind));
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"&;<>\"'`".contains(byte);
    let option = matches!(behind.separator, Separator::Option);
    let end = match option {
        true => rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || b"\"'`".contains(byte)),
        false => rest.iter().position(ends),
    };
    let word = rest.get(..end.unwrap_or(rest.len()))?;
    let word = word.split_str(", ").next().unwrap_or_default();
    let length = match option {
        true => word.len(),
        false => word.trim_end_with(|end| ",)}]".contains(end)).len(),
    };
    Some(Value::at(view, behind.at..behind.at + length))
}

/// What stands between two tags.
fn tagged(view: &View, from: usize, kind: SecretKind) -> Option<Value> {
    let rest = view.from(from);
    let text = rest.get(..LONGEST).unwrap_or(rest);
    let text = text.get(..text.find_byte(b'<')?)?;
    let start = from + text.len() - text.trim_start().len();
    let mut value = Value::at(view, start..start + text.trim().len());
    let words = |line: &[u8]| line.fields().count();
    if is_token(kind) && value.bytes.lines().all(|line| words(line) <= 1) {
        value.bytes.retain(|byte| !byte.is_ascii_whitespace());
    }
    Some(value)
}

/// A token that goes on in the lines below: a folded header, a block of YAML, a narrow terminal.
fn folded(view: &View, behind: &Behind, mut value: Value, kind: SecretKind) -> Value {
    let mut line = behind.line;
    let in_url = behind.is_in_url(view);
    while value.bytes.len() < LONGEST {
        let end = value.range.end;
        if let Some(next) = next_piece(view, end) {
            let rest = view.from(next);
            let length = token_length(rest);
            let part = rest.get(..length).unwrap_or_default();
            if !can_go_on(&value.bytes, part, kind) {
                break;
            }
            value.bytes.extend_from_slice(part);
            value.range.end = next + length;
            continue;
        }
        let Some(gap) = line_end(view.from(end)) else {
            break;
        };
        let next = end + gap;
        let rest = view.from(next);
        let indents = |byte: &&u8| b" \t".contains(byte) || in_url && **byte == b'>';
        let indent = rest.iter().take_while(indents).count();
        let rest = rest.get(indent..).unwrap_or_default();
        let length = token_length(rest);
        let part = rest.get(..length).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        let alone =
            after.first().is_none_or(|byte| b"\"'`<".contains(byte)) || line_end(after).is_some();
        let whole = kind == SecretKind::SecretAccessKey && value.bytes.len() + part.len() == KEY;
        let wide = indent > 0 || end - line >= NARROW || whole;
        let goes_on = match in_url {
            true => !part.is_empty() && (alone || after.starts_with(b"&")) && !is_other(part),
            false => alone && wide && can_go_on(&value.bytes, part, kind),
        };
        if !goes_on {
            break;
        }
        value.bytes.extend_from_slice(part);
        value.range.end = next + indent + length;
        line = next;
    }
    value
}

/// Where the next piece of a literal begins that is written in pieces, one below the other, as
/// Python's `pprint` does: `b'…'` and `b'…'`.
fn next_piece(view: &View, end: usize) -> Option<usize> {
    let quote = view.byte(end).filter(|byte| b"'\"".contains(byte))?;
    let rest = view.from(end + 1);
    // JavaScript joins them with a plus sign.
    let between = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b'+';
    let gap = rest.iter().take(200).take_while(between).count();
    let below = rest.get(..gap)?.contains(&b'\n');
    let rest = rest.get(gap..)?;
    let prefix = usize::from(matches!(rest.first(), Some(b'b' | b'u')));
    let opens = rest.get(prefix) == Some(&quote);
    (below && opens).then_some(end + 1 + gap + prefix + 1)
}

/// How far it is to the next line, if nothing but blanks is left of this one.
fn line_end(text: &[u8]) -> Option<usize> {
    let blanks = text
        .iter()
        .take_while(|byte| b" \t\r".contains(byte))
        .count();
    (text.get(blanks) == Some(&b'\n')).then_some(blanks + 1)
}

/// Terminals are not narrower.
const NARROW: usize = 60;
/// How long a secret access key is.
const KEY: usize = 40;

/// Whether a line is none that a token goes on with: a digest, a header, a word.
fn is_other(part: &[u8]) -> bool {
    let digest = part.len() == 64 && part.iter().all(u8::is_ascii_hexdigit);
    let header = part.to_ascii_lowercase().starts_with(b"x-amz");
    let word = part
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || *byte == b'-');
    digest || header || word && !part.is_empty()
}

fn can_go_on(value: &[u8], part: &[u8], kind: SecretKind) -> bool {
    if value.is_empty() || is_other(part) {
        return false;
    }
    match kind {
        SecretKind::SecretAccessKey => value.len() < KEY && value.len() + part.len() <= KEY + 5,
        _ => {
            let long = value.len() >= LONG || part.len() >= LONG && is_varied(part);
            !part.is_empty() && long && !value.ends_with(b"=")
        }
    }
}

fn accepts(view: &View, behind: &Behind, kind: SecretKind, value: &Value, certain: bool) -> bool {
    let bytes = value.bytes.as_bstr();
    if is_nothing(bytes) || !certain && names_a_variable(bytes) || places::is_name(bytes) {
        return false;
    }
    let varied = is_varied(bytes);
    if kind == SecretKind::SigningKey {
        return bytes.len() >= 32 && bytes.iter().any(u8::is_ascii_digit);
    }
    let end = view.from(value.range.end);
    let prose = end.starts_with(b" ")
        && end.get(1).is_some_and(u8::is_ascii_alphabetic)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || b"'-".contains(byte));
    match behind.separator {
        Separator::Equals | Separator::Option => true,
        Separator::Tag => !bytes.contains(&b' '),
        Separator::Lines => end.is_empty() || line_end(end).is_some() || certain,
        Separator::Colon if certain => true,
        Separator::Colon => {
            let word = bytes.iter().all(u8::is_ascii_alphabetic);
            !prose && (!word || bytes.len() >= LONG || kind == SecretKind::Password)
        }
        Separator::Listed | Separator::Blank => {
            let lower = bytes.to_ascii_lowercase();
            // The next header, or the next part of an `Authorization` value.
            let other = lower.starts_with(b"x-amz") || lower.starts_with(b"signature=");
            bytes.len() >= LONG && varied && !other && !bytes.contains(&b' ')
        }
    }
}

/// Not all of one kind of letters, as words are.
fn is_varied(value: &[u8]) -> bool {
    let lower = value.iter().any(u8::is_ascii_lowercase);
    let upper = value.iter().skip(1).any(u8::is_ascii_uppercase);
    value.iter().any(u8::is_ascii_digit) || lower && upper
}

/// A mask, a placeholder, a variable, or the word for nothing.
fn is_nothing(value: &[u8]) -> bool {
    const WORDS: [&str; 19] = [
        "none",
        "null",
        "nil",
        "true",
        "false",
        "undefined",
        "redacted",
        "hidden",
        "masked",
        "sensitive",
        "omitted",
        "secret",
        "token",
        "password",
        "required",
        "optional",
        "string",
        "bearer",
        "basic",
    ];
    let lower = value.to_ascii_lowercase();
    let first = value.first().copied().unwrap_or_default();
    let last = value.last().copied().unwrap_or_default();
    let framed = matches!(
        (first, last),
        (b'[', b']') | (b'<', b'>') | (b'{', b'}') | (b'(', b')')
    );
    let signs = value
        .iter()
        .all(|byte| !byte.is_ascii_alphanumeric() || b"xX".contains(byte));
    let variable = first == b'$' || value.starts_with(b"{{") || value.contains_str("${");
    let mask =
        value.contains_str("***") || value.starts_with(b"**") || lower.contains_str("redacted");
    let own = is_scrubbed(value) || PLACEHOLDER.as_bytes().starts_with(value);
    signs || framed || variable || mask || own || WORDS.iter().any(|word| lower == word.as_bytes())
}

/// Where in a program a secret comes from: `process.env.KEY`, `config.secretKey`.
fn names_a_variable(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let path = lower.contains(&b'.') && !lower.contains(&b'/') && !lower.contains(&b'+');
    let from = [
        "environ",
        "env.",
        "getenv",
        "secret",
        "token",
        "password",
        "credential",
    ];
    path && from.iter().any(|word| lower.contains_str(word))
}

/// All to the end of the line, or of the quotes in which it or its name stands.
pub(super) fn line(view: &View, behind: &Behind) -> Option<Value> {
    let end = behind.quote.or(behind.enclosing);
    let end = end.and_then(|quote| closing(view, behind.at, quote));
    // The quotes of a cookie's own value: more cookies come.
    let end =
        end.filter(|end| behind.enclosing.is_some() || !view.from(end + 1).starts_with(b"; "));
    let rest = view.from(behind.at);
    let line = rest.find_byte(b'\n').unwrap_or(rest.len()).min(LONGEST);
    let end = end.unwrap_or(behind.at + line);
    let text = view.get(behind.at..end);
    let length = text.trim_end().len();
    let first = text.len() - text.trim_start().len();
    let range = behind.at + first.min(length)..behind.at + length;
    let value = Value::at(view, range);
    let listed = behind.separator == Separator::Listed;
    let credentials = value.bytes.contains(&b' ')
        || value.bytes.contains(&b'=')
        || value.bytes.len() >= LONG && is_varied(&value.bytes);
    let header = !listed || behind.quote.is_some() && credentials;
    let header = behind.is_header() && header && !value.bytes.starts_with(b"[{");
    (header && !is_nothing(&value.bytes) && value.bytes.len() > 1).then_some(value)
}

/// The values of the cookies in a header.
pub(super) fn cookies(view: &View, header: &Range<usize>) -> Vec<Value> {
    let mut at = header.start;
    let mut values = Vec::new();
    for part in view.get(header.clone()).split_str(";") {
        let attribute = ["path", "expires", "domain", "max-age", "samesite"];
        if let Some((name, value)) = part.split_once_str("=") {
            let name_word = name.trim().to_ascii_lowercase();
            let start = at + name.len() + 1;
            let plain = !attribute.iter().any(|word| name_word == word.as_bytes());
            if plain && !is_nothing(value) && value.len() >= 6 {
                values.push(Value::at(view, start..start + value.len()));
            }
        }
        at += part.len() + 1;
    }
    values
}

/// Every `"value"` of the list that opens there.
pub(super) fn list(view: &View, from: usize) -> Vec<Value> {
    let rest = view.from(from);
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let list = rest
        .get(..rest.find_byte(b']').unwrap_or(0))
        .unwrap_or_default();
    let mut values = Vec::new();
    for at in list.find_iter("value\"") {
        let behind = list.get(at + "value\"".len()..).unwrap_or_default();
        let sign = |byte: &&u8| **byte == b':' || byte.is_ascii_whitespace();
        let start = from + at + "value\"".len() + behind.iter().take_while(sign).count();
        if let Some(quote) = quote_at(view, start)
            && let Some(end) = closing(view, start + 1, quote)
            && !is_nothing(view.get(start + 1..end))
        {
            values.push(Value::at(view, start + 1..end));
        }
    }
    values
}

/// What is secret of the value of an `Authorization` header; nothing where AWS's own stands.
pub(super) fn credentials(view: &View, line: Value, quoted: bool) -> Option<(SecretKind, Value)> {
    const AWS: [&str; 6] = [
        "aws",
        "credential=",
        "signature=",
        "signedheaders=",
        "hmac",
        "k8s-aws",
    ];
    const SCHEMES: [&str; 10] = [
        "basic",
        "bearer",
        "token",
        "negotiate",
        "ntlm",
        "digest",
        "apikey",
        "oauth",
        "key",
        "kerberos",
    ];
    let lower = line.bytes.to_ascii_lowercase();
    let signed = AWS.iter().any(|word| lower.contains_str(word));
    let words = lower.fields().count();
    let scheme = lower.fields().next().unwrap_or_default();
    let known = SCHEMES.iter().any(|word| scheme == word.as_bytes());
    if signed || !known && words > 2 && !quoted {
        return None;
    }
    let kind = match scheme {
        b"basic" => SecretKind::Password,
        _ => SecretKind::Bearer,
    };
    if words < 2 {
        return (!is_nothing(&line.bytes)).then_some((kind, line));
    }
    let behind = line.bytes.get(scheme.len()..)?;
    let start = line.range.end - behind.trim_start().len();
    let value = Value::at(view, start..line.range.end);
    let prose = known && words > 2 && !value.bytes.contains(&b'=') && !quoted;
    (!is_nothing(&value.bytes) && !prose).then_some((kind, value))
}

/// The run of letters that begins there, long enough to be the token that it begins as.
pub(super) fn itself(view: &View, from: usize) -> Option<Value> {
    const SHORTEST: usize = 40;
    let before = from.checked_sub(1).and_then(|at| view.byte(at));
    let own = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"+/".contains(&byte));
    let rest = view.from(from);
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let length = token_length(rest);
    let value = Value::at(view, from..from + length);
    (own && length >= SHORTEST && is_varied(&value.bytes) && !is_nothing(&value.bytes))
        .then_some(value)
}

/// A secret access key where an access key id should be: ids have capitals and digits alone.
pub(super) fn key_for_id(view: &View, from: usize) -> Option<Value> {
    const SHORTEST: usize = 30;
    const WIDEST: usize = 200;
    let start = from + usize::from(quote_at(view, from).is_some());
    let rest = view.from(start);
    let rest = rest.get(..WIDEST).unwrap_or(rest);
    let length = token_length(rest);
    let word = rest.get(..length)?;
    let id = before_date(word).unwrap_or(word);
    let looks = id.len() >= SHORTEST && is_key_shaped(id) && !is_nothing(id);
    looks.then(|| Value::at(view, start..start + id.len()))
}

/// A secret access key where an access key id should be, before the scope that ends there.
pub(super) fn key_before_scope(view: &View, end: usize) -> Option<Value> {
    const SHORTEST: usize = 30;
    const WIDEST: usize = 200;
    let from = end.saturating_sub(WIDEST);
    let text = view.get(from..end);
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-".contains(byte);
    let length = text.iter().rev().take_while(letter).count();
    let start = text.len() - length;
    let id = before_date(text.get(start..)?)?;
    let looks = id.len() >= SHORTEST && is_key_shaped(id) && !is_nothing(id);
    looks.then(|| Value::at(view, from + start..from + start + id.len()))
}

/// A token of Login with Amazon, by how it begins: `Atza|…`.
pub(super) fn of_amazon(view: &View, name: &Range<usize>) -> Option<Value> {
    const SHORTEST: usize = 20;
    let begins = view.get(name.clone());
    let behind = view.from(name.end);
    let bars = ["|", "%7C", "%7c"].into_iter();
    let mut bars = bars.filter(|bar| behind.starts_with(bar.as_bytes()));
    let bar = bars
        .next()
        .filter(|_| begins == b"Atza" || begins == b"Atzr")?;
    let rest = behind.get(bar.len()..).unwrap_or_default();
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let length = token_length(rest);
    let value = Value::at(view, name.start..name.end + bar.len() + length);
    let token = rest.get(..length).unwrap_or_default();
    (length >= SHORTEST && !is_nothing(token)).then_some(value)
}

/// The key id of a credential: what stands before `/20250102/`.
fn before_date(credential: &[u8]) -> Option<&[u8]> {
    let at = credential.find_iter("/").find(|at| {
        let date = credential.get(at + 1..at + 9).unwrap_or_default();
        date.len() == 8 && date.iter().all(u8::is_ascii_digit)
    })?;
    credential.get(..at)
}

/// Capitals and small letters, and nothing that a secret access key has not.
pub(super) fn is_key_shaped(word: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    word.iter().all(letter)
        && word.iter().any(u8::is_ascii_uppercase)
        && word.iter().any(u8::is_ascii_lowercase)
}

/// The lines of a PEM block, behind the words `PRIVATE KEY`.
pub(super) fn pem(view: &View, name: usize) -> Option<Value> {
    const WIDEST: usize = 16 << 10;
    let rest = view.from(name);
    let rest = rest.get(..WIDEST).unwrap_or(rest);
    let text = rest.strip_prefix(b"-----")?;
    let end = text.find("-----END").unwrap_or(text.len());
    let text = text.get(..end)?;
    let first = text.len() - text.trim_start().len();
    let start = name + "-----".len();
    let range = start + first..start + text.trim_end().len().max(first);
    let value = Value::at(view, range);
    (!is_nothing(&value.bytes)).then_some(value)
}
