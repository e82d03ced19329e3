use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::{Artifact, Comparison, Divergence, Origin, Part, Relation, Side, Stage, compare},
    diagnose::{
        Draft, Examination, Slot, Variant,
        sides::{captured, scope_in},
    },
    evidence::{Party, holds_mask},
    sigv4::Sha256Digest,
    wire::{
        Fidelity, Request,
        target::{pairs, percent_decode},
    },
};

/// The signer's artifacts beside those that the service says it computed: two views of one
/// request, so whatever differs is a cause.
#[derive(Clone, Debug)]
pub struct Confrontation {
    /// The signer on the left, the service on the right.
    pub comparison: Comparison,
    /// How the signer's canonical request is known.
    pub signer: Origin,
    /// How well the service's strings survived; the worse of both.
    pub service: Fidelity,
    /// The request as captured on the left, the service on the right, where the signer's own
    /// canonical request is known beside it.
    pub captured: Option<Comparison>,
    /// The parts from which a value was taken out before they were shown: what differs there tells
    /// nothing.
    masked: Vec<Part>,
}

impl Confrontation {
    /// Compares both; `None` where the refusal says nothing of what the service computed, or
    /// nothing is known of the signer.
    ///
    /// `recomputed` are the pieces that give the signature, or the digest, that the signer has.
    pub(super) fn of(it: &Examination<'_>, recomputed: Option<&Draft>) -> Option<Self> {
        let service = it.service_side()?;
        let signer = it.client_side(recomputed);
        let origin = worst(&[&signer.canonical_request, &signer.string_to_sign])?;
        let texts = [&service.canonical_request, &service.string_to_sign];
        let fidelities = texts.into_iter().flatten().map(|held| match held.origin {
            Origin::Captured(fidelity) => fidelity,
            Origin::Derived | Origin::Recomputed => Fidelity::Exact,
        });
        let reflowed = |fidelity: &Fidelity| *fidelity == Fidelity::Reflowed;
        let survived = fidelities
            .clone()
            .find(reflowed)
            .or(fidelities.clone().next());
        let captured = it
            .derived_side()
            .filter(|_| origin != Origin::Derived)
            .map(|derived| compare(&derived, &service, Relation::OneRequest));
        let comparison = compare(&signer, &service, Relation::OneRequest);
        Some(Self {
            masked: masked_parts(
                &comparison,
                it.request().filter(|_| origin == Origin::Derived),
            ),
            comparison,
            signer: origin,
            service: survived.unwrap_or(Fidelity::Exact),
            captured,
        })
        .filter(Self::is_compared)
    }

    /// Compares the strings that the signer printed, on the left, with those that the request as
    /// captured gives; `None` where either are not known.
    pub(super) fn with_capture(it: &Examination<'_>) -> Option<Self> {
        let attempt = it.attempt();
        let mut derived = it.derived_side()?;
        // However it was printed, what hashes to the signer's digest was signed.
        let is_derived = |held: &Artifact| it.hashed() == Some(Sha256Digest::of(&held.text));
        let printed = attempt.canonical_request(Party::Signer).map(captured);
        let same = derived.canonical_request.clone().filter(is_derived);
        let printed = printed.map(|held| match same {
            Some(same) => Artifact {
                text: same.text,
                ..held
            },
            None => held,
        });
        let string = attempt.string_to_sign(Party::Signer).map(captured);
        let origin = worst(&[&printed, &string])?;
        let signer = Side {
            canonical_request: printed,
            scope: string.as_ref().and_then(scope_in),
            string_to_sign: string,
            ..Side::default()
        };
        derived.scope = derived.string_to_sign.as_ref().and_then(scope_in);
        let comparison = compare(&signer, &derived, Relation::OneRequest);
        Some(Self {
            masked: masked_parts(&comparison, it.request()),
            comparison,
            signer: origin,
            service: match origin {
                Origin::Captured(fidelity) => fidelity,
                Origin::Derived | Origin::Recomputed => Fidelity::Exact,
            },
            // What is captured is what the right side is derived from.
            captured: Some(Comparison::default()),
        })
    }

    /// Whether any artifact of both was compared.
    fn is_compared(&self) -> bool {
        let strings = [Stage::CanonicalRequest, Stage::StringToSign];
        let stages = self.comparison.stages.iter();
        stages
            .into_iter()
            .any(|stage| strings.contains(&stage.stage))
    }

    /// What differs in the strings and can be a cause, in order; the key has its own rules.
    pub fn causes(&self) -> impl Iterator<Item = (Stage, &Divergence)> {
        let of_key = [Stage::SigningKey, Stage::Signature];
        let causes = self.comparison.causes();
        causes.filter(move |(stage, divergence)| {
            !of_key.contains(stage) && !self.masked.contains(&divergence.part)
        })
    }

    /// Whether something that differs is not known, for a value was taken out of it.
    pub(super) fn holds_masks(&self) -> bool {
        !self.masked.is_empty()
    }

    /// Whether the digest alone differs, of a canonical request that is not known.
    pub(super) fn is_of_digest_alone(&self) -> bool {
        let mut causes = self.causes();
        causes.all(|(_, divergence)| divergence.part == Part::CanonicalRequestDigest)
    }

    /// Whether the strings differ at all.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.causes().next().is_some()
    }

    /// Whether both computed the same, byte for byte, by the signer's own word or a proof of it.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let is_known = !matches!(
            self.signer,
            Origin::Derived | Origin::Captured(Fidelity::Reflowed)
        );
        !self.differs() && !self.holds_masks() && is_known && self.is_certain()
    }

    /// Whether the service's strings are just as it sent them.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.service != Fidelity::Reflowed
    }

    /// Whether what the request as captured gives differs from the service's in this part.
    #[must_use]
    pub fn is_in_capture(&self, part: &Part) -> bool {
        let held = self.captured.as_ref();
        held.is_some_and(|held| held.causes().any(|(_, other)| other.part == *part))
    }
}

/// How one of a side's texts is known, and that one of which the white space is in doubt, if any is.
fn worst(texts: &[&Option<Artifact>]) -> Option<Origin> {
    let origins = texts.iter().copied().flatten().map(|held| held.origin);
    let reflowed = |origin: &Origin| *origin == Origin::Captured(Fidelity::Reflowed);
    origins.clone().find(reflowed).or(origins.clone().next())
}

/// The parts that differ and of which a value was taken out, in one of the texts or in the request
/// that one is derived from.
fn masked_parts(comparison: &Comparison, request: Option<&Request>) -> Vec<Part> {
    let shows = |text: Option<&BStr>| text.is_some_and(|text| holds_mask(text));
    let path = request.is_some_and(|request| shows(Some(request.path())));
    let query = request.is_some_and(|request| shows(request.query()));
    let is_masked = |divergence: &&Divergence| {
        let sides = [&divergence.left, &divergence.right];
        let of_request = match divergence.part {
            Part::Uri => path,
            Part::Query | Part::QueryPair(_) => query,
            Part::Target => path || query,
            _ => false,
        };
        of_request || sides.into_iter().flatten().any(|text| holds_mask(text))
    };
    let causes = comparison.causes().map(|(_, divergence)| divergence);
    let masked = causes.filter(is_masked);
    masked.map(|divergence| divergence.part.clone()).collect()
}

/// Whether a divergence is one of what was sent, and not only of how it is written down.
pub(super) fn is_of_content(divergence: &Divergence) -> bool {
    let (Some(left), Some(right)) = (&divergence.left, &divergence.right) else {
        return true;
    };
    let slot = match divergence.part {
        Part::Uri => Slot::CanonicalUri,
        Part::Query | Part::QueryPair(_) => Slot::CanonicalQuery,
        Part::Header(_) => return !same_words(left, right),
        Part::Headers => return false,
        Part::SignedHeaders => Slot::SignedHeaders,
        _ => return true,
    };
    !same_content(slot, left, right)
}

/// Whether a mistake makes another request of it, as a change on the way does, and not only
/// another way of writing the same one down.
pub(super) fn changes_content(variant: &Variant, base: &Draft) -> bool {
    let uri = variant.piece(Slot::CanonicalUri);
    // What stands behind the path there is the query, and may stand in its own line too.
    let moved = uri.and_then(|uri| uri.split_once_str("?"));
    let canonical = variant.pieces.iter();
    let mut canonical = canonical.filter(|(slot, _)| slot.is_canonical());
    canonical.any(|(slot, piece)| {
        let held = base.get(*slot);
        match (slot, moved) {
            (Slot::CanonicalUri, Some((path, query))) => {
                let own = base.get(Slot::CanonicalQuery);
                !same_content(*slot, held, path) || !same_content(Slot::CanonicalQuery, own, query)
            }
            (Slot::CanonicalQuery, Some(_)) if piece.is_empty() => false,
            _ => !same_content(*slot, held, piece),
        }
    })
}

/// Whether a mistake changes only what those who show a request often change of it: the name of a
/// host, with or without its port, and what stands behind the media type.
pub(super) fn shows_otherwise(variant: &Variant, base: &Draft) -> bool {
    let Some(lines) = variant.piece(Slot::CanonicalHeaders) else {
        return false;
    };
    let right = base.get(Slot::CanonicalHeaders);
    let changed = |own: &BStr, other: &BStr| -> Vec<BString> {
        let other: Vec<&[u8]> = other.lines().collect();
        let own = own.lines().filter(|line| !other.contains(line));
        own.map(BString::from).collect()
    };
    let [mine, theirs] = [
        changed(lines.as_bstr(), right),
        changed(right, lines.as_bstr()),
    ];
    let pairs = mine.iter().zip(&theirs);
    mine.len() == theirs.len()
        && pairs
            .into_iter()
            .any(|(one, other)| is_shown_otherwise(one, other))
}

fn is_shown_otherwise(one: &[u8], other: &[u8]) -> bool {
    let media = |line: &[u8]| -> Option<BString> {
        let value = line.strip_prefix(b"content-type:")?;
        let media = value.split_str(";").next()?;
        Some(media.trim().to_ascii_lowercase().into())
    };
    // Two values that are joined were sent twice.
    let is_host = |line: &[u8]| line.starts_with(b"host:") && !line.contains(&b',');
    is_host(one) && is_host(other) || media(one).is_some_and(|own| media(other) == Some(own))
}

fn same_content(slot: Slot, one: &[u8], other: &[u8]) -> bool {
    match slot {
        Slot::CanonicalUri => path(one) == path(other),
        Slot::CanonicalQuery => query(one) == query(other),
        Slot::CanonicalHeaders => headers(one) == headers(other),
        Slot::SignedHeaders => names(one) == names(other),
        _ => one == other,
    }
}

/// The segments of a path, decoded as often as it takes, without empty and dot segments.
fn path(text: &[u8]) -> Vec<BString> {
    let decoded = (0..3).fold(BString::from(text), |text, _| percent_decode(&text));
    let mut segments: Vec<BString> = Vec::new();
    for segment in decoded.split_str("/") {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(segment.into()),
        }
    }
    segments
}

fn query(text: &[u8]) -> Vec<(BString, BString)> {
    let decoded = |text: &BStr| {
        let decoded = (0..3).fold(text.to_owned(), |text, _| percent_decode(&text));
        BString::from(decoded.replace("+", " "))
    };
    let pair = |pair: crate::wire::target::RawPair<'_>| {
        (decoded(pair.name), decoded(pair.value.unwrap_or_default()))
    };
    let mut pairs: Vec<_> = pairs(text).map(pair).collect();
    pairs.sort();
    pairs
}

fn headers(text: &[u8]) -> Vec<BString> {
    let line = |line: &[u8]| {
        let (name, value) = line.split_once_str(":").unwrap_or((line, b""));
        let value = bstr::join(" ", value.fields());
        BString::from([&name.to_ascii_lowercase(), &b":"[..], &value].concat())
    };
    let mut lines: Vec<BString> = text.lines().map(line).collect();
    lines.sort();
    lines
}

fn names(text: &[u8]) -> Vec<BString> {
    let mut names: Vec<BString> = text
        .split_str(";")
        .map(|name| name.trim().to_ascii_lowercase().into())
        .collect();
    names.sort();
    names
}

fn same_words(one: &[u8], other: &[u8]) -> bool {
    one.fields().eq(other.fields())
}
