//! The names before secrets, each once.

use std::{fmt, ops::Range, sync::OnceLock};

use bstr::{BString, ByteSlice};

use super::{
    SecretKind::{
        self, Bearer, Cookie, CustomerKey, Password, PrivateKey, SecretAccessKey, SessionToken,
        SigningKey,
    },
    behind::{Behind, Separator, before, behind},
    commands, options, value,
    view::{Letters, View},
};
use crate::source::anchors::Anchors;

/// A secret in a view, by the name before it.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Named {
    pub(super) kind: SecretKind,
    pub(super) range: Range<usize>,
    pub(super) value: BString,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Named({:?} at {:?})", self.kind, self.range)
    }
}

/// How a name is told from other words, and what follows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// A value; words may stand before the name and behind it (`MY_SECRET_ACCESS_KEY_2`).
    Name,
    /// A value; words may stand before the name.
    Word,
    /// A value, unless the word before says that the token is no secret (`NextToken`).
    Token,
    /// All to the end of the line, or of the quotes.
    Line,
    /// All behind the scheme, unless it is AWS's.
    Authorization,
    /// A blank, and what must look like a credential.
    Scheme,
    /// The name is how the secret itself begins.
    Itself,
    /// An access key id, unless a secret access key stands in its place.
    KeyId,
    /// The end of a credential, which holds an access key id unless a secret access key stands there.
    Scope,
    /// How a token of Login with Amazon begins: `Atza|…`.
    Amazon,
    /// The lines of a PEM block.
    Block,
    /// The `value`s of a list.
    List,
}

/// A name, by its letters and digits in lower case.
struct Place {
    name: &'static str,
    kind: SecretKind,
    form: Form,
}

const fn place(name: &'static str, kind: SecretKind, form: Form) -> Place {
    Place { name, kind, form }
}

const PLACES: &[Place] = &[
    place("secretaccesskey", SecretAccessKey, Form::Name),
    place("secretkey", SecretAccessKey, Form::Name),
    place("accesskeysecret", SecretAccessKey, Form::Name),
    place("secretaccess", SecretAccessKey, Form::Word),
    place("secret", SecretAccessKey, Form::Word),
    place("ksecret", SecretAccessKey, Form::Word),
    place("securitytoken", SessionToken, Form::Name),
    place("sessiontoken", SessionToken, Form::Name),
    place("s3sessiontoken", SessionToken, Form::Name),
    place("token0", SessionToken, Form::Word),
    place("fwogzxivyxdz", SessionToken, Form::Itself),
    place("fqogzxivyxdz", SessionToken, Form::Itself),
    place("iqojb3jpz2lu", SessionToken, Form::Itself),
    place("aqodyxdz", SessionToken, Form::Itself),
    place("ksigning", SigningKey, Form::Word),
    place("kdate", SigningKey, Form::Word),
    place("kregion", SigningKey, Form::Word),
    place("kservice", SigningKey, Form::Word),
    place("signingkey", SigningKey, Form::Word),
    place("derivedkey", SigningKey, Form::Word),
    place("datekey", SigningKey, Form::Word),
    place("dateregionkey", SigningKey, Form::Word),
    place("dateregionservicekey", SigningKey, Form::Word),
    place("token", Bearer, Form::Token),
    place("bearertoken", Bearer, Form::Name),
    place("bearertokenbedrock", Bearer, Form::Name),
    place("accesstoken", Bearer, Form::Name),
    place("refreshtoken", Bearer, Form::Name),
    place("idtoken", Bearer, Form::Word),
    place("clientsecret", Bearer, Form::Name),
    place("secretstring", Bearer, Form::Word),
    place("secretbinary", Bearer, Form::Word),
    place("samlassertion", Bearer, Form::Word),
    place("samlresponse", Bearer, Form::Word),
    place("devicecode", Bearer, Form::Word),
    place("apikey", Bearer, Form::Word),
    place("oauth2bearer", Bearer, Form::Word),
    place("bearer", Bearer, Form::Scheme),
    place("eyjhbgci", Bearer, Form::Itself),
    place("eyj0exai", Bearer, Form::Itself),
    place("eyjrawqi", Bearer, Form::Itself),
    place("absk", Bearer, Form::Itself),
    place("aoaaaaaa", Bearer, Form::Itself),
    place("authorization", Bearer, Form::Authorization),
    place("basic", Password, Form::Scheme),
    place("password", Password, Form::Word),
    place("passwd", Password, Form::Word),
    place("passphrase", Password, Form::Word),
    place("proxypass", Password, Form::Word),
    place("cookie", Cookie, Form::Line),
    place("setcookie", Cookie, Form::Line),
    place("cookies", Cookie, Form::List),
    place("customerkey", CustomerKey, Form::Name),
    place("privatekey", PrivateKey, Form::Block),
    place("credential", SecretAccessKey, Form::KeyId),
    place("accesskeyid", SecretAccessKey, Form::KeyId),
    place("accesskey", SecretAccessKey, Form::KeyId),
    place("aws4request", SecretAccessKey, Form::Scope),
    place("atza", Bearer, Form::Amazon),
    place("atzr", Bearer, Form::Amazon),
];

/// Words before `token` by which it is no secret.
const NO_SECRET: [&str; 19] = [
    "next",
    "continu",
    "pagin",
    "page",
    "start",
    "client",
    "request",
    "idempot",
    "expired",
    "invalid",
    "missing",
    "revoked",
    "resume",
    "sync",
    "change",
    "csrf",
    "signed",
    "unexpected",
    "no",
];

/// What finds every name.
fn names() -> Option<&'static Anchors> {
    static NAMES: OnceLock<Option<Anchors>> = OnceLock::new();
    let texts = || PLACES.iter().map(|place| place.name).collect::<Vec<_>>();
    let built = NAMES.get_or_init(|| Anchors::of(&[], &texts()).ok());
    built.as_ref()
}

/// Whether a value is itself a name from the table: a variable, not what it holds.
pub(super) fn is_name(value: &[u8]) -> bool {
    let letters: Vec<u8> = value
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte);
    value.iter().all(name)
        && PLACES
            .iter()
            .any(|place| place.form != Form::Itself && letters.ends_with(place.name.as_bytes()))
}

/// The secrets of a view that have a name before them.
pub(super) fn named(view: &View, letters: &Letters) -> Vec<Named> {
    let mut found = Vec::new();
    let mut last: Option<(Range<usize>, &Place)> = None;
    let mut within = Within::default();
    let Some(names) = names() else {
        return found;
    };
    let all = names.find(&letters.bytes, 0).filter_map(|found| {
        let place = PLACES.get(found.index)?;
        Some((found.start + place.name.len(), found.start, place))
    });
    let mut all: Vec<(usize, usize, &Place)> = all.collect();
    all.sort_unstable_by_key(|(end, start, _)| (*end, *start));
    for (end, start, place) in all {
        let Some(range) = range_of(view, letters, start..end, place.form) else {
            continue;
        };
        // Of names that end at one place, the longest.
        if let Some((longest, _)) = &last
            && longest.end == range.end
            && longest.len() >= range.len()
        {
            continue;
        }
        if let Some((longest, place)) = last.take()
            && longest.end != range.end
            && within.may_follow(&longest, &found)
        {
            follow(view, &longest, place, &mut found);
        }
        last = Some((range, place));
    }
    if let Some((range, place)) = last
        && within.may_follow(&range, &found)
    {
        follow(view, &range, place, &mut found);
    }
    options::named(view, &mut found);
    commands::named(view, &mut found);
    found.sort_by_key(|named| named.range.start);
    found
}

/// How many names were followed within the value that was found last, which is taken out as a whole.
#[derive(Default)]
struct Within {
    value: Range<usize>,
    names: usize,
}

impl Within {
    /// Whether a name is to be followed: all but those after the first few of a long value, lest a
    /// value that is made of names be read once for each.
    fn may_follow(&mut self, name: &Range<usize>, found: &[Named]) -> bool {
        const LONG: usize = 4096;
        const FEW: usize = 16;
        if name.start >= self.value.end {
            self.names = 0;
            let last = found.last().map_or(0..0, |named| named.range.clone());
            self.value = if last.len() > LONG { last } else { 0..0 };
        }
        let is_within = self.value.contains(&name.start);
        self.names += usize::from(is_within);
        !is_within || self.names <= FEW
    }
}

/// Where a name stands, if its letters are one name: parted by no more than one sign each.
fn range_of(
    view: &View,
    letters: &Letters,
    name: Range<usize>,
    form: Form,
) -> Option<Range<usize>> {
    let at = letters.at.get(name)?;
    let (first, last) = (*at.first()? as usize, *at.last()? as usize);
    // A URL may be wrapped within a name.
    let in_url = view.byte(last + 1) == Some(b'=');
    let tight = at.array_windows().all(|[one, next]| {
        let gap = view.get(*one as usize + 1..*next as usize);
        let is_break = |byte: &u8| byte.is_ascii_whitespace() || b">-".contains(byte);
        let wrapped = in_url && gap.contains(&b'\n') && gap.len() < 9 && gap.iter().all(is_break);
        match gap {
            [] => true,
            [gap] if b"_-. ".contains(gap) => true,
            _ => wrapped,
        }
    });
    let open = matches!(form, Form::Itself | Form::Block);
    let ends = open
        || !view
            .byte(last + 1)
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
    (tight && ends).then_some(first..last + 1)
}

/// Where the word begins in which a name ends.
fn word_start(view: &View, name: usize) -> usize {
    const LONGEST: usize = 64;
    let before = view.get(name.saturating_sub(LONGEST)..name);
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    name - before.iter().rev().take_while(is_word).count()
}

fn follow(view: &View, name: &Range<usize>, place: &Place, found: &mut Vec<Named>) {
    let word = word_start(view, name.start)..name.end;
    let first = view.get(word.start..name.start);
    let mut push = |kind: SecretKind, value: Option<value::Value>| {
        found.extend(value.map(|value| Named {
            kind,
            range: value.range,
            value: value.bytes,
        }));
    };
    match place.form {
        Form::Name => {
            let end = name.end + value::suffix(view.from(name.end));
            let behind = before(view, &word).or_else(|| behind(view, &(word.start..end)));
            push(
                place.kind,
                behind.and_then(|behind| value::read(view, &behind, place.kind)),
            );
        }
        Form::Word => {
            let behind = before(view, &word).or_else(|| behind(view, &word));
            push(
                place.kind,
                behind.and_then(|behind| value::read(view, &behind, place.kind)),
            );
        }
        Form::Token => {
            let lower = first.to_ascii_lowercase();
            if !NO_SECRET.iter().any(|word| lower.contains_str(word)) {
                let behind = before(view, &word).or_else(|| behind(view, &word));
                let value = behind.and_then(|behind| value::read(view, &behind, place.kind));
                let own = lower.iter().all(|byte| !byte.is_ascii_alphanumeric());
                let long = value
                    .as_ref()
                    .is_some_and(|value| value.bytes.len() >= LONG_TOKEN);
                let kind = if own && long {
                    SessionToken
                } else {
                    place.kind
                };
                push(kind, value);
            }
        }
        Form::Line => {
            let own = first
                .last()
                .is_none_or(|byte| !byte.is_ascii_alphanumeric());
            if let Some(behind) = behind(view, &word).filter(|_| own) {
                let line = value::line(view, &behind);
                let parts = line.as_ref().map(|line| value::cookies(view, &line.range));
                push(place.kind, line);
                for part in parts.into_iter().flatten() {
                    push(place.kind, Some(part));
                }
            }
        }
        Form::List => {
            if let Some(behind) = behind(view, &word) {
                for value in value::list(view, behind.at) {
                    push(place.kind, Some(value));
                }
            }
        }
        Form::Authorization => {
            if let Some(behind) = behind(view, &word).filter(Behind::is_header) {
                let line = value::line(view, &behind);
                let quoted = behind.quote.is_some() || behind.enclosing.is_some();
                let credentials = line.and_then(|line| value::credentials(view, line, quoted));
                if let Some((kind, value)) = credentials {
                    push(kind, Some(value));
                }
            }
        }
        Form::Scheme => {
            if let Some(behind) = behind(view, &word)
                && behind.separator == Separator::Blank
            {
                push(place.kind, value::read(view, &behind, place.kind));
            }
        }
        Form::Itself => push(place.kind, value::itself(view, name.start)),
        Form::KeyId => {
            let behind = behind(view, &word).filter(|behind| behind.separator != Separator::Blank);
            push(
                place.kind,
                behind.and_then(|behind| value::key_for_id(view, behind.at)),
            );
        }
        Form::Scope => push(place.kind, value::key_before_scope(view, name.start)),
        Form::Amazon => push(place.kind, value::of_amazon(view, name)),
        Form::Block => push(place.kind, value::pem(view, name.end)),
    }
}

/// A token without any other name is a session token where it is so long.
const LONG_TOKEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_and_each_is_there_once() {
        for (at, place) in PLACES.iter().enumerate() {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            assert!(place.name.bytes().all(plain), "{}", place.name);
            let again = PLACES
                .iter()
                .skip(at + 1)
                .any(|other| other.name == place.name);
            assert!(!again, "{} twice", place.name);
        }
    }

    #[test]
    fn a_value_made_of_names_is_read_a_few_times_and_what_stands_behind_it_is_read() {
        let text = format!("{}\nsecret_key=SHORT1234\n", "SECRET_KEY=".repeat(5_000));
        let view = View::of(text.as_bytes());
        let found = named(&view, &view.letters());
        assert!((2..40).contains(&found.len()), "{}", found.len());
        assert!(found.iter().any(|named| named.value == "SHORT1234"));
    }
}
