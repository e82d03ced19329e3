//! The method and the URL that are printed near the headers of a request.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::{
    source::header_block::Block,
    wire::{METHODS, Origin},
};

/// What was found of a request's first line, and where.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Named {
    pub(super) method: BString,
    pub(super) origin: Option<Origin>,
    pub(super) target: BString,
    pub(super) range: Range<usize>,
}

/// What is told of a request's first line.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Told {
    Whole(Named),
    /// The URL alone.
    WithoutMethod,
}

/// What canonical requests in a text tell of the requests in it.
#[derive(Debug)]
pub(super) struct Canonical<'a> {
    method: Option<&'static str>,
    host: Option<&'a [u8]>,
}

impl<'a> Canonical<'a> {
    pub(super) fn within(text: &'a [u8]) -> Self {
        Self {
            method: canonical_method(text),
            host: canonical_host(text),
        }
    }
}

/// The method and the URL of the request whose headers are a block, within `around`; `None` where
/// no URL is told.
pub(super) fn find(
    text: &[u8],
    block: &Block,
    around: Range<usize>,
    canonical: &Canonical<'_>,
) -> Option<Told> {
    let pseudo = |name: &str| block.value(name);
    let (method, path) = (pseudo(":method"), pseudo(":path"));
    if let (Some(method), Some(path), Some(host)) = (method, path, pseudo(":authority")) {
        let origin = Origin {
            scheme: pseudo(":scheme").unwrap_or(b"https").into(),
            authority: host.into(),
        };
        return Some(Told::Whole(Named {
            method: method.into(),
            origin: Some(origin),
            target: path.into(),
            range: block.range.clone(),
        }));
    }
    let host = block.value("host").or(canonical.host);
    let above = around.start..block.range.start;
    let below = block.range.end..around.end;
    let mut best: Option<(u32, Place)> = None;
    for part in [above.clone(), below.clone()] {
        let places = places(text, part.clone());
        for place in places {
            let likeness = place.likeness(text, host);
            // Of two above that are as likely the nearer one, below the first.
            let beats = |(known, _): &(u32, Place)| match part.start == above.start {
                true => likeness >= *known,
                false => likeness > *known,
            };
            if likeness > 0 && best.as_ref().is_none_or(beats) {
                best = Some((likeness, place));
            }
        }
    }
    let (_, place) = best?;
    let method = place.method(text).map(|(method, at)| (method, Some(at)));
    let found = method
        .or_else(|| {
            let labelled = labelled_method(text.get(above.clone())?, above.start, Side::Above)
                .or_else(|| labelled_method(text.get(below.clone())?, below.start, Side::Below));
            labelled.map(|(method, at)| (method, Some(at)))
        })
        .or_else(|| Some((canonical.method?, None)));
    let Some((method, at)) = found else {
        return Some(Told::WithoutMethod);
    };
    let start = at.map_or(place.url.start, |at| at.min(place.url.start));
    let (origin, target) = place.split(text)?;
    Some(Told::Whole(Named {
        method: method.into(),
        origin,
        target,
        range: start..place.url.end,
    }))
}

/// Where a URL stands, or a path behind a method.
#[derive(Debug)]
struct Place {
    url: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Url,
    /// A path with its method before it, at the front of a line.
    Path,
    /// The `Debug` of Rust's `Url`: its parts stand under their names.
    Parts,
}

/// The places in a part of a text, in its order.
fn places(text: &[u8], part: Range<usize>) -> Vec<Place> {
    let mut places = Vec::new();
    let within = text.get(part.clone()).unwrap_or_default();
    for at in within.find_iter("://") {
        let before = within.get(..at).unwrap_or_default();
        let scheme = ["https", "http"]
            .iter()
            .find(|scheme| before.ends_with(scheme.as_bytes()));
        if let Some(scheme) = scheme {
            let start = part.start + at - scheme.len();
            places.push(Place {
                url: start..url_end(text, part.start + at),
                kind: Kind::Url,
            });
        }
    }
    for at in within.find_iter("Url { scheme: ") {
        let end = within.get(at..).and_then(|rest| rest.find("fragment: "));
        let start = part.start + at;
        places.extend(end.map(|end| Place {
            url: start..start + end,
            kind: Kind::Parts,
        }));
    }
    let mut at = part.start;
    for line in within.lines_with_terminator() {
        let start = at;
        at += line.len();
        let begins = |at: &usize| {
            let method = line.get(..*at).unwrap_or_default();
            let word = method.rsplit(|byte| !byte.is_ascii_alphabetic()).next();
            is_method(word.unwrap_or_default())
        };
        let path = line.find_iter(" /").find(begins).map(|at| start + at + 1);
        places.extend(path.map(|path| {
            let length = text.get(path..).and_then(|path| path.fields().next());
            Place {
                url: path..path + length.map_or(0, <[u8]>::len),
                kind: Kind::Path,
            }
        }));
    }
    places.sort_by_key(|place| place.url.start);
    places
}

/// Where a URL ends: at what may stand around one, or before the full stop of a sentence.
fn url_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'`<>|\\^{}".contains(byte)
    };
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let url = rest.get(..length).unwrap_or_default();
    at + url.trim_end_with(|c| ".,;:)]".contains(c)).len()
}

impl Place {
    /// How likely it is the request's own; 0 where it is none.
    fn likeness(&self, text: &[u8], host: Option<&[u8]>) -> u32 {
        let Some((origin, _)) = self.split(text) else {
            return 0;
        };
        let authority = origin.map(|origin| origin.authority);
        let strange = [
            "docs.",
            "github.com",
            "stackoverflow.com",
            "www.w3.org",
            "doc.s3.amazonaws.com",
        ];
        let authority = authority.unwrap_or_default();
        if strange
            .iter()
            .any(|own| authority.starts_with(own.as_bytes()))
        {
            return 0;
        }
        let has_method = self.method(text).is_some();
        let is_labelled = self.is_labelled(text);
        let is_strange = host.is_some_and(|host| authority != host && !authority.is_empty());
        let is_aws = authority.contains_str("amazonaws.com");
        let stands_alone = self.stands_alone(text);
        let is_told = has_method || is_labelled;
        // A link in somebody's prose is none.
        if !is_told && (is_strange || !is_aws && !stands_alone) {
            return 0;
        }
        let mut likeness = 1 + u32::from(stands_alone) + 2 * u32::from(is_aws);
        likeness += 4 * u32::from(has_method);
        likeness += 3 * u32::from(is_labelled);
        likeness += 5 * u32::from(host.is_some_and(|host| authority == host));
        likeness
    }

    fn before<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let start = self.url.start.saturating_sub(80);
        text.get(start..self.url.start).unwrap_or_default()
    }

    /// Whether nothing else stands on its line.
    fn stands_alone(&self, text: &[u8]) -> bool {
        let sign = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>,;|".contains(byte);
        let before = self.before(text).rsplit(|byte| *byte == b'\n').next();
        let behind = text.get(self.url.end..).unwrap_or_default().lines().next();
        before.unwrap_or_default().iter().all(sign) && behind.unwrap_or_default().iter().all(sign)
    }

    /// Whether a word that programs call a URL by stands before it, on its line or the one above.
    fn is_labelled(&self, text: &[u8]) -> bool {
        const LABELS: [&str; 7] = [
            "url", "uri", "endpoint", "request", "address", "target", "fetch",
        ];
        let before = self
            .before(text)
            .trim_end_with(|c| c.is_whitespace() || "\"':=>`*(".contains(c));
        let lower = before.to_ascii_lowercase();
        LABELS.iter().any(|label| lower.ends_with(label.as_bytes()))
    }

    /// The method right before it, and where.
    fn method(&self, text: &[u8]) -> Option<(&'static str, usize)> {
        let start = self.url.start.saturating_sub(80);
        let before = text.get(start..self.url.start)?;
        let before = match self.kind {
            Kind::Url | Kind::Path => before,
            Kind::Parts => before.strip_suffix(b"url: ")?,
        };
        let before = before.strip_suffix(b"uri: ").unwrap_or(before);
        let before = before.strip_suffix(b"URL:").unwrap_or(before);
        let before = before.trim_end_with(|c| c.is_whitespace() || "\"'`,:[(<".contains(c));
        let word = before.rsplit(|byte| !byte.is_ascii_alphabetic()).next()?;
        let method = METHODS.iter().find(|own| own.as_bytes() == word)?;
        Some((method, start + before.len() - word.len()))
    }

    fn split(&self, text: &[u8]) -> Option<(Option<Origin>, BString)> {
        let own = text.get(self.url.clone())?;
        match self.kind {
            Kind::Url => Origin::split(own).map(|(origin, target)| (Some(origin), target)),
            Kind::Path => Some((None, own.into())),
            Kind::Parts => {
                let quoted = |name: &str| {
                    let at = own.find(name)? + name.len();
                    let rest = own.get(at..)?;
                    rest.get(..rest.find_byte(b'"')?)
                };
                let host = quoted("host: Some(Domain(\"")?;
                let port = own.find("port: Some(").and_then(|at| {
                    let rest = own.get(at + "port: Some(".len()..)?;
                    rest.get(..rest.find_byte(b')')?)
                });
                let authority = match port {
                    Some(port) => [host, b":", port].concat(),
                    None => host.into(),
                };
                let mut target = BString::from(quoted("path: \"")?);
                if let Some(query) = quoted("query: Some(\"") {
                    target.push(b'?');
                    target.extend_from_slice(query);
                }
                let scheme = quoted("scheme: \"")?.into();
                let authority = authority.into();
                Some((Some(Origin { scheme, authority }), target))
            }
        }
    }
}

fn is_method(word: &[u8]) -> bool {
    METHODS.iter().any(|own| own.as_bytes() == word)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    Above,
    Below,
}

/// The method behind a label that names it, the nearest to the headers, and where.
fn labelled_method(text: &[u8], offset: usize, side: Side) -> Option<(&'static str, usize)> {
    let lower = text.to_ascii_lowercase();
    let named = |at: usize| {
        let rest = text.get(at + "method".len()..)?;
        let value = rest.trim_start_with(|c| c.is_whitespace() || "\"':=>`*[(-".contains(c));
        let length = value
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let word = value.get(..length)?;
        let own = METHODS
            .iter()
            .find(|own| own.as_bytes().eq_ignore_ascii_case(word))?;
        Some((*own, offset + at))
    };
    let mut all = lower.find_iter("method").filter_map(named);
    match side {
        Side::Above => all.last(),
        Side::Below => all.next(),
    }
}

/// The host in the canonical headers that stand in the text.
fn canonical_host(text: &[u8]) -> Option<&[u8]> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(b"host:"));
    lines
        .next()
        .filter(|host| !host.is_empty() && !host.contains(&b' '))
}

/// The method that a canonical request in the text begins with, where all have the same: a signer's,
/// or the service's own.
fn canonical_method(text: &[u8]) -> Option<&'static str> {
    let begins = |method: &&&str| {
        let breaks = ["\n/", "\\n/", "\\\\n/"];
        let opens = ["\n", "'", "\"", "n"];
        breaks.iter().any(|end| {
            let whole = [method.as_bytes(), end.as_bytes()].concat();
            text.find_iter(&whole).any(|at| {
                let before = text.get(..at).unwrap_or_default();
                before.is_empty() || opens.iter().any(|open| before.ends_with(open.as_bytes()))
            })
        })
    };
    let mut all = METHODS.iter().filter(begins);
    let method = all.next()?;
    all.next().is_none().then_some(*method)
}
