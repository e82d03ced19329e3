use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    compare::{
        Artifact, CanonicalParts, Divergence, Kind, Origin, Part, Relation, Row, Side, Stage,
    },
    evidence::is_scrubbed,
    sigv4::{PayloadHash, Timestamp, encode},
    wire::{
        Request,
        target::{pairs, percent_decode},
    },
};

/// Two sides, stage by stage.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Comparison {
    /// The stages that at least one side has, in order.
    pub stages: Vec<StageComparison>,
}

/// One stage of two sides.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StageComparison {
    /// The stage.
    pub stage: Stage,
    /// The parts, in order.
    pub rows: Vec<Row>,
    /// The left side's text as a whole.
    pub left: Option<BString>,
    /// The right side's text as a whole.
    pub right: Option<BString>,
}

impl StageComparison {
    /// The divergences of the stage, in order.
    pub fn divergences(&self) -> impl Iterator<Item = &Divergence> {
        self.rows.iter().filter_map(Row::divergence)
    }
}

impl Comparison {
    /// The first divergence that can be a cause, in the order of the stages.
    #[must_use]
    pub fn first_cause(&self) -> Option<(Stage, &Divergence)> {
        self.causes().next()
    }

    /// All divergences that can be causes, in the order of the stages.
    pub fn causes(&self) -> impl Iterator<Item = (Stage, &Divergence)> {
        self.stages.iter().flat_map(|stage| {
            let causes = stage
                .divergences()
                .filter(|divergence| divergence.kind == Kind::Cause);
            causes.map(|divergence| (stage.stage, divergence))
        })
    }
}

/// Compares two sides.
#[must_use]
pub fn compare(left: &Side, right: &Side, relation: Relation) -> Comparison {
    let pair = Pair {
        left,
        right,
        relation,
    };
    let mut stages = vec![pair.request(), pair.canonical_request()];
    let strings_differ = |stages: &[StageComparison]| {
        stages
            .iter()
            .skip(1)
            .any(|stage| stage.divergences().next().is_some())
    };
    let canonical_differs = strings_differ(&stages);
    stages.push(pair.string_to_sign(canonical_differs));
    stages.push(pair.scope());
    let differ = strings_differ(&stages);
    stages.push(pair.signing_key(differ));
    stages.push(pair.signature());
    for stage in &mut stages {
        pair.leave_out_the_cut(stage);
    }
    stages.retain(|stage| !stage.rows.is_empty());
    Comparison { stages }
}

struct Pair<'a> {
    left: &'a Side,
    right: &'a Side,
    relation: Relation,
}

/// Headers whose value is another in every request.
const EACH_REQUEST: [&str; 8] = [
    "x-amz-date",
    "date",
    "x-amz-security-token",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "x-amz-user-agent",
    "x-amzn-trace-id",
    "authorization",
];

/// The pairs of a query whose value is another in every request.
const EACH_PAIR: [&str; 4] = [
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-Credential",
    "X-Amz-Signature",
];

/// Whether a header, named in small letters, has another value in every request.
#[must_use]
pub fn is_each_request_header(name: &BStr) -> bool {
    EACH_REQUEST.iter().any(|each| name == each)
}

/// Whether a pair of a query has another value in every request.
#[must_use]
pub fn is_each_request_pair(name: &BStr) -> bool {
    let is = |each: &&str| name.eq_ignore_ascii_case(each.as_bytes());
    EACH_PAIR.iter().any(is)
}

/// The value of a pair as a canonical query has it, however often it was encoded.
#[must_use]
pub fn encoded_once(value: &BStr) -> BString {
    let mut plain = value.to_owned();
    for _ in 0..3 {
        let decoded = percent_decode(&plain);
        if decoded == plain {
            break;
        }
        plain = decoded;
    }
    encode(&plain)
}

/// Headers that matter though no signature covers them.
const MEANINGFUL: [&str; 7] = [
    "content-type",
    "content-encoding",
    "content-md5",
    "host",
    "transfer-encoding",
    "range",
    "x-amz-target",
];

/// The names of the header lines that the other side has too, in their order, with a line feed
/// where an empty line follows them.
fn order(parts: &CanonicalParts<'_>, other: &CanonicalParts<'_>) -> BString {
    let is_shared = |name: &&BStr| other.headers.iter().any(|(own, _)| own == name);
    let names = parts.headers.iter().map(|(name, _)| *name);
    let mut order = bstr::join(";", names.filter(is_shared));
    if parts.ends_headers {
        order.push(b'\n');
    }
    order.into()
}

impl Pair<'_> {
    fn request(&self) -> StageComparison {
        let (left, right) = (self.left.request.as_ref(), self.right.request.as_ref());
        let mut rows = Vec::new();
        if let (Some(left), Some(right)) = (left, right) {
            if self.left.canonical_request.is_none() || self.right.canonical_request.is_none() {
                let text = |request: &Request| request.target.clone();
                rows.push(self.row(Part::Method, &left.method, &right.method));
                rows.push(self.row(Part::Target, &text(left), &text(right)));
                if let (Some(mine), Some(theirs)) = (left.host(), right.host()) {
                    rows.push(self.row(Part::Header("host".into()), mine, theirs));
                }
            }
            self.unsigned_headers(left, right, &mut rows);
            if let (Some(left), Some(right)) = (left.body.bytes(), right.body.bytes()) {
                rows.push(self.row(Part::Body, left, right));
            }
        }
        let text = |request: Option<&Request>| request.map(|request| request.to_bytes().into());
        StageComparison {
            stage: Stage::Request,
            rows,
            left: text(left),
            right: text(right),
        }
    }

    fn unsigned_headers(&self, left: &Request, right: &Request, rows: &mut Vec<Row>) {
        // What one side signs cannot be compared as signed where the other has no such artifact.
        let both_signed =
            self.left.canonical_request.is_some() && self.right.canonical_request.is_some();
        let signed: BTreeSet<BString> = [self.left, self.right]
            .into_iter()
            .filter(|_| both_signed)
            .flat_map(Side::signed_names)
            .collect();
        let both = left.headers.iter().chain(&right.headers);
        let mut seen = BTreeSet::new();
        if !both_signed {
            seen.insert("host".into());
        }
        for field in both {
            let name = BString::from(field.name.to_ascii_lowercase());
            if name == "authorization" || signed.contains(&name) || !seen.insert(name.clone()) {
                continue;
            }
            let text = name.to_str_lossy().into_owned();
            let (mine, theirs) = (left.header(&text), right.header(&text));
            let meaningful = MEANINGFUL.contains(&text.as_str())
                || (text.starts_with("x-amz-") && !EACH_REQUEST.contains(&text.as_str()));
            let kind = match text.as_str() {
                "content-length" if mine.is_none() || theirs.is_none() => continue,
                "content-length" => Kind::Follows,
                "host" if mine.is_none() || theirs.is_none() => continue,
                // A request before signing lacks what signing adds.
                _ if !both_signed && EACH_REQUEST.contains(&text.as_str()) => continue,
                _ if meaningful => Kind::Cause,
                "x-amz-security-token" => match (&mine, &theirs) {
                    (Some(_), None) => self.token_kind(self.right),
                    (None, Some(_)) => self.token_kind(self.left),
                    _ => Kind::EachRequest,
                },
                // What a client sends beside the signature is its own affair, and a log seldom
                // shows all of it.
                _ if mine.is_none() || theirs.is_none() => continue,
                _ => Kind::EachRequest,
            };
            rows.push(Row::of(Part::Header(name), mine, theirs, kind));
        }
    }

    fn canonical_request(&self) -> StageComparison {
        let text = |side: &Side| {
            side.canonical_request
                .as_ref()
                .map(|held| held.text.clone())
        };
        let (left, right) = (text(self.left), text(self.right));
        let mut rows = Vec::new();
        if let (Some(left), Some(right)) = (&left, &right) {
            // From a reflowed text only what survives is compared: all but white space.
            let (own, other) = self.canonical_texts(left, right);
            let (mine, theirs) = (CanonicalParts::of(&own), CanonicalParts::of(&other));
            rows.push(self.row(Part::Method, mine.method, theirs.method));
            rows.push(self.row(Part::Uri, mine.uri, theirs.uri));
            self.query(mine.query, theirs.query, &mut rows);
            self.headers(&mine, &theirs, &mut rows);
            let listed = |parts: &CanonicalParts<'_>| {
                parts
                    .headers
                    .iter()
                    .map(|(name, _)| name.to_vec())
                    .collect::<BTreeSet<_>>()
            };
            let kind = if listed(&mine) == listed(&theirs) {
                Kind::Cause
            } else {
                Kind::Follows
            };
            let names = (Some(mine.signed_headers), Some(theirs.signed_headers));
            rows.push(Row::of(Part::SignedHeaders, names.0, names.1, kind));
            let hashes = (Some(mine.payload_hash), Some(theirs.payload_hash));
            rows.push(Row::of(
                Part::PayloadHash,
                hashes.0,
                hashes.1,
                self.payload_kind(),
            ));
        }
        StageComparison {
            stage: Stage::CanonicalRequest,
            rows,
            left,
            right,
        }
    }

    /// Another hash follows from another body, where both bodies are there and hash to it.
    fn payload_kind(&self) -> Kind {
        let hash = |side: &Side| {
            let body = side.request.as_ref()?.body.bytes()?;
            let artifact = side.canonical_request.as_ref()?;
            let stated = CanonicalParts::of(&artifact.text).payload_hash.to_owned();
            Some(PayloadHash::of(body).text() == stated)
        };
        match (hash(self.left), hash(self.right)) {
            (Some(true), Some(true)) => Kind::Follows,
            _ => Kind::Cause,
        }
    }

    fn query(&self, left: &BStr, right: &BStr, rows: &mut Vec<Row>) {
        let names = |line: &[u8]| -> Vec<BString> {
            let mut names: Vec<BString> = pairs(line).map(|pair| pair.name.into()).collect();
            names.dedup();
            names
        };
        let (mine, theirs) = (names(left), names(right));
        let sorted = |names: &[BString]| names.iter().cloned().collect::<BTreeSet<_>>();
        if left == right || mine.is_empty() || theirs.is_empty() {
            rows.push(self.row(Part::Query, left, right));
            return;
        }
        let values = |line: &[u8], name: &BStr| -> Option<BString> {
            let of = pairs(line).filter(|pair| pair.name == name);
            let values: Vec<&[u8]> = of
                .map(|pair| pair.value.unwrap_or_default().as_bytes())
                .collect();
            (!values.is_empty()).then(|| BString::from(values.join(&b',')))
        };
        let before = rows.len();
        for name in sorted(&[mine, theirs].concat()) {
            let (mine, theirs) = (values(left, name.as_bstr()), values(right, name.as_bstr()));
            if mine != theirs {
                let kind = self.query_kind(name.as_bstr(), [&mine, &theirs]);
                rows.push(row(Part::QueryPair(name), mine, theirs, kind));
            }
        }
        if rows.len() == before {
            // The same pairs in another order, or written in another way.
            rows.push(self.row(Part::Query, left, right));
        }
    }

    fn query_kind(&self, name: &BStr, values: [&Option<BString>; 2]) -> Kind {
        // Written in two ways, they differ in more than what they say.
        let is_right = |value: &BString| encoded_once(value.as_bstr()) == *value;
        let [mine, theirs] = values.map(|value| value.as_ref().is_none_or(is_right));
        let each = is_each_request_pair(name) && mine == theirs;
        match self.relation {
            Relation::TwoRequests if each => Kind::EachRequest,
            _ => Kind::Cause,
        }
    }

    fn headers(&self, left: &CanonicalParts<'_>, right: &CanonicalParts<'_>, rows: &mut Vec<Row>) {
        let names = left
            .headers
            .iter()
            .chain(&right.headers)
            .map(|(name, _)| *name);
        let mut seen: Vec<&BStr> = Vec::new();
        let mut names: Vec<&BStr> = names
            .filter(|name| {
                let new = !seen.contains(name);
                seen.push(name);
                new
            })
            .collect();
        names.sort();
        let value = |parts: &CanonicalParts<'_>, name: &BStr| {
            let of = parts.headers.iter().filter(|(own, _)| *own == name);
            let values: Vec<&[u8]> = of.map(|(_, value)| value.as_bytes()).collect();
            (!values.is_empty()).then(|| BString::from(values.join(&b'\n')))
        };
        for name in names {
            let (mine, theirs) = (value(left, name), value(right, name));
            let kind = self.header_kind(name, mine.is_some(), theirs.is_some());
            rows.push(row(Part::Header(name.into()), mine, theirs, kind));
        }
        let (mine, theirs) = (order(left, right), order(right, left));
        if mine != theirs {
            rows.push(row(Part::Headers, Some(mine), Some(theirs), Kind::Cause));
        }
    }

    fn header_kind(&self, name: &BStr, mine: bool, theirs: bool) -> Kind {
        if self.relation == Relation::OneRequest {
            return Kind::Cause;
        }
        if name == "content-length" && self.bodies_differ() {
            return Kind::Follows;
        }
        if name == "x-amz-security-token" && mine != theirs {
            return self.token_kind(if mine { self.right } else { self.left });
        }
        match is_each_request_header(name) && mine == theirs {
            true => Kind::EachRequest,
            false => Kind::Cause,
        }
    }

    /// A token on one side only: one that temporary credentials lack is a cause, and so is one that
    /// the same key has and has not; another key's credentials may have none.
    fn token_kind(&self, lacking: &Side) -> Kind {
        let ids = (&self.left.access_key_id, &self.right.access_key_id);
        let temporary = lacking
            .access_key_id
            .as_ref()
            .is_some_and(|id| id.starts_with(b"ASIA"));
        match ids {
            (Some(left), Some(right)) if left != right && !temporary => Kind::Follows,
            _ => Kind::Cause,
        }
    }

    fn bodies_differ(&self) -> bool {
        let body = |side: &Side| {
            side.request
                .as_ref()
                .and_then(|r| r.body.bytes().map(<[u8]>::to_vec))
        };
        matches!((body(self.left), body(self.right)), (Some(left), Some(right)) if left != right)
    }

    fn string_to_sign(&self, canonical_differs: bool) -> StageComparison {
        let text = |side: &Side| side.string_to_sign.as_ref().map(|held| held.text.clone());
        let (left, right) = (text(self.left), text(self.right));
        let mut rows = Vec::new();
        if let (Some(left), Some(right)) = (&left, &right) {
            // The last has all that stands behind it.
            let line = |text: &BString, at| text.splitn_str(4, "\n").nth(at).map(BString::from);
            let each = match self.relation {
                Relation::TwoRequests => Kind::EachRequest,
                Relation::OneRequest => Kind::Cause,
            };
            let texts = [self.left, self.right].map(|side| side.canonical_request.as_ref());
            let scrubbed = texts
                .into_iter()
                .flatten()
                .any(|held| is_scrubbed(&held.text));
            // The digest of a text that a secret was taken out of is not what it was.
            let digest = if canonical_differs || scrubbed {
                Kind::Follows
            } else {
                Kind::Cause
            };
            let is_time = |text| line(text, 1).is_some_and(|time| Timestamp::parse(&time).is_ok());
            let time = match is_time(left) == is_time(right) {
                true => each,
                false => Kind::Cause,
            };
            let parts = [
                (Part::Algorithm, 0, Kind::Cause),
                (Part::Timestamp, 1, time),
                (Part::CanonicalRequestDigest, 3, digest),
            ];
            if [left, right].iter().any(|text| text.starts_with(b"AWS4-")) {
                let row = |(part, at, kind)| row(part, line(left, at), line(right, at), kind);
                rows.extend(parts.map(row));
            } else {
                let (left, right) = (left.clone(), right.clone());
                rows.push(row(Part::Policy, Some(left), Some(right), each));
            }
        }
        StageComparison {
            stage: Stage::StringToSign,
            rows,
            left,
            right,
        }
    }

    fn scope(&self) -> StageComparison {
        let (left, right) = (self.left.scope.clone(), self.right.scope.clone());
        let mut rows = Vec::new();
        if let (Some(left), Some(right)) = (&left, &right) {
            let part = |scope: &BString, at| scope.splitn_str(4, "/").nth(at).map(BString::from);
            let date = match self.relation {
                Relation::TwoRequests => Kind::EachRequest,
                Relation::OneRequest => Kind::Cause,
            };
            let ids = [self.left, self.right].map(|side| {
                let id = side.access_key_id.clone();
                id.filter(|id| !id.is_empty())
            });
            if let [Some(mine), Some(theirs)] = ids
                && mine != theirs
            {
                rows.push(row(Part::AccessKeyId, Some(mine), Some(theirs), date));
            }
            let parts = [
                (Part::ScopeDate, date),
                (Part::ScopeRegion, Kind::Cause),
                (Part::ScopeService, Kind::Cause),
                (Part::ScopeTerminator, Kind::Cause),
            ];
            for (at, (name, kind)) in parts.into_iter().enumerate() {
                rows.push(row(name, part(left, at), part(right, at), kind));
            }
        }
        StageComparison {
            stage: Stage::CredentialScope,
            rows,
            left,
            right,
        }
    }

    /// The key is never seen; it differs where its ingredients do, and where equal strings got
    /// unequal signatures.
    fn signing_key(&self, strings_differ: bool) -> StageComparison {
        let made_of = |side: &Side| {
            let scope = side.scope.as_ref()?;
            let parts: Vec<&[u8]> = scope.split_str("/").take(3).collect();
            Some(BString::from(parts.join(&b", "[..])))
        };
        let (left, right) = (made_of(self.left), made_of(self.right));
        let mut rows = Vec::new();
        if let (Some(mine), Some(theirs)) = (&left, &right) {
            let captured =
                self.left.string_to_sign.is_some() && self.right.string_to_sign.is_some();
            let differ = |one: &Option<BString>, other: &Option<BString>| matches!((one, other), (Some(one), Some(other)) if one != other);
            let refused = |one: &Side, other: &Side| {
                other.refuses.is_some() && one.signature == other.refuses
            };
            let signatures_differ = differ(&self.left.signature, &self.right.signature)
                || refused(self.left, self.right)
                || refused(self.right, self.left);
            let known = |side: &Side| {
                let string = side.string_to_sign.as_ref();
                string.is_some_and(|string| string.origin != Origin::Derived)
            };
            let captured = captured
                && (self.relation == Relation::TwoRequests
                    || known(self.left) && known(self.right));
            if captured && !strings_differ && signatures_differ {
                let at = mine.len();
                let divergence = Divergence {
                    part: Part::SigningKey,
                    kind: Kind::Cause,
                    left: left.clone(),
                    right: right.clone(),
                    at,
                };
                rows.push(Row::Differs(divergence));
            } else {
                rows.push(Row::of(
                    Part::SigningKey,
                    Some(mine.as_bstr()),
                    Some(theirs.as_bstr()),
                    Kind::Follows,
                ));
            }
        }
        StageComparison {
            stage: Stage::SigningKey,
            rows,
            left,
            right,
        }
    }

    fn signature(&self) -> StageComparison {
        let (left, right) = (self.left.signature.clone(), self.right.signature.clone());
        let mut rows = Vec::new();
        if let (Some(left), Some(right)) = (&left, &right) {
            let texts = (Some(left.as_bstr()), Some(right.as_bstr()));
            rows.push(Row::of(Part::Signature, texts.0, texts.1, Kind::Follows));
        }
        StageComparison {
            stage: Stage::Signature,
            rows,
            left,
            right,
        }
    }

    /// Both canonical requests; without doubtful white space where either was reflowed.
    fn canonical_texts(&self, left: &BString, right: &BString) -> (BString, BString) {
        let reflowed = [self.left, self.right].into_iter().any(|side| {
            let text = side.canonical_request.as_ref();
            text.is_some_and(Artifact::is_reflowed)
        });
        match reflowed {
            true => (collapsed(left), collapsed(right)),
            false => (left.clone(), right.clone()),
        }
    }

    /// Takes out what differs only because a capture ends there.
    fn leave_out_the_cut(&self, stage: &mut StageComparison) {
        let at = stage.stage;
        stage.rows.retain(|row| {
            let Some(divergence) = row.divergence() else {
                return true;
            };
            let (left, right) = (&divergence.left, &divergence.right);
            let cut = self.left.is_cut(at, &divergence.part) && begins(left, right)
                || self.right.is_cut(at, &divergence.part) && begins(right, left);
            !cut
        });
    }

    fn row(&self, part: Part, left: &[u8], right: &[u8]) -> Row {
        Row::of(
            part,
            Some(left.as_bstr()),
            Some(right.as_bstr()),
            Kind::Cause,
        )
    }
}

/// Every line without the white space at its ends, and each of its runs of white space as one
/// space; without the empty lines at its end.
fn collapsed(text: &[u8]) -> BString {
    let lines: Vec<Vec<u8>> = text
        .trim_end()
        .lines()
        .map(|line| {
            let (name, value) = line.split_once_str(":").unwrap_or((b"", line));
            let value = bstr::join(" ", value.fields());
            match line.contains(&b':') {
                true => [name.trim(), b":", &value].concat(),
                false => value,
            }
        })
        .collect();
    lines.join(&b'\n').into()
}

fn row(part: Part, left: Option<BString>, right: Option<BString>, kind: Kind) -> Row {
    Row::of(
        part,
        left.as_ref().map(|l| l.as_bstr()),
        right.as_ref().map(|r| r.as_bstr()),
        kind,
    )
}

/// Whether a text is the beginning of another one, or there is none.
fn begins(text: &Option<BString>, other: &Option<BString>) -> bool {
    let text = text.as_ref().map_or(&b""[..], |text| text.as_slice());
    other.as_ref().is_some_and(|other| other.starts_with(text))
}

impl Side {
    /// Whether the capture ends in or before a part.
    fn is_cut(&self, stage: Stage, part: &Part) -> bool {
        let Some(cut) = self.cut.filter(|cut| stage >= *cut) else {
            return false;
        };
        let text = self
            .canonical_request
            .as_ref()
            .map(|held| held.text.as_slice());
        let parts = CanonicalParts::of(text.unwrap_or_default());
        let last = parts.headers.last().map(|(name, _)| *name);
        match (part, cut) {
            (Part::Header(name), Stage::CanonicalRequest) => {
                last.is_none_or(|last| name.as_bstr() >= last)
            }
            (Part::Method | Part::Uri | Part::Query | Part::QueryPair(_), _) => last.is_none(),
            _ => true,
        }
    }

    /// The names of the headers that the side signs.
    fn signed_names(&self) -> Vec<BString> {
        let Some(artifact) = &self.canonical_request else {
            return Vec::new();
        };
        let parts = CanonicalParts::of(&artifact.text);
        parts
            .headers
            .iter()
            .map(|(name, _)| BString::from(*name))
            .collect()
    }
}
