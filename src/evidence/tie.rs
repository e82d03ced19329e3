use bstr::{BStr, BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Party, Statement},
    sigv4::Timestamp,
    wire::target::parameter,
};

/// Why two attempts are taken to be one; the strongest last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Tie {
    /// One of them has nothing to tell it by.
    Nothing,
    /// The same method and target.
    Target,
    /// The same access key id.
    KeyId,
    /// The same signing time.
    Time,
    /// The same canonical request, by its digest.
    Digest,
    /// The same signature.
    Signature,
}

impl Tie {
    /// What ties two attempts; `None` when the strongest mark that both have differs.
    #[must_use]
    pub fn of(mine: &Attempt, theirs: &Attempt) -> Option<Self> {
        type Marks = fn(&Attempt) -> Vec<BString>;
        let marks: [(Self, Marks); 5] = [
            (Self::Signature, signatures),
            (Self::Digest, digests),
            (Self::Time, times),
            (Self::KeyId, key_ids),
            (Self::Target, targets),
        ];
        // What is shared by chance proves nothing against this.
        let scopes_differ = scopes_differ(mine, theirs) && !is_over_the_same(mine, theirs);
        let is_possible = |tie: &Self| *tie >= Self::Digest || !scopes_differ;
        for (tie, marks) in marks {
            let (mine, theirs) = (marks(mine), marks(theirs));
            if !mine.is_empty() && !theirs.is_empty() {
                let shared = mine.iter().any(|mark| theirs.contains(mark));
                return shared.then_some(tie).filter(is_possible);
            }
        }
        Some(Self::Nothing).filter(is_possible)
    }

    /// The strongest tie between the attempts of two cases, and which attempts it ties; of equals
    /// the last.
    #[must_use]
    pub fn between(mine: &Case, theirs: &Case) -> Option<(Self, usize, usize)> {
        let pairs = mine.attempts.iter().enumerate().flat_map(|(at, attempt)| {
            let others = theirs.attempts.iter().enumerate();
            others.filter_map(move |(other, theirs)| Some((Self::of(attempt, theirs)?, at, other)))
        });
        pairs.max()
    }
}

/// Whether a service's string to sign has another scope than the other attempt states: a service
/// takes the scope out of the request, right or wrong.
fn scopes_differ(mine: &Attempt, theirs: &Attempt) -> bool {
    let differ = |service: &Attempt, signer: &Attempt| {
        let computed = scope_line(service, Party::Service);
        let stated = signer.authorization();
        let stated = stated.map(|stated| stated.scope().to_owned());
        let stated = stated.or_else(|| scope_line(signer, Party::Signer));
        let whole = |scope: &BString| scope.split_str("/").count() == 4;
        let pair = computed.filter(whole).zip(stated.filter(whole));
        pair.is_some_and(|(computed, stated)| computed != stated)
    };
    let computed = [mine, theirs].map(|attempt| scope_line(attempt, Party::Service));
    let both_differ = matches!(&computed, [Some(mine), Some(theirs)] if mine != theirs);
    both_differ || differ(mine, theirs) || differ(theirs, mine)
}

/// Whether both have the same canonical request, to the byte: a signer may then have put another
/// scope into its string.
fn is_over_the_same(mine: &Attempt, theirs: &Attempt) -> bool {
    let texts = |attempt: &'_ Attempt| -> Vec<BString> {
        let claims = attempt.canonical_requests.iter();
        claims.map(|claim| claim.text.clone()).collect()
    };
    let theirs = texts(theirs);
    texts(mine).iter().any(|text| theirs.contains(text))
}

/// The third line of a string to sign.
fn scope_line(attempt: &Attempt, party: Party) -> Option<BString> {
    let claim = attempt.string_to_sign(party)?;
    let line = claim.text.lines().nth(2)?;
    Some(line.trim().into())
}

/// Every signature that is said to be the request's; masked and cut ones are none.
fn signatures(attempt: &Attempt) -> Vec<BString> {
    let stated = attempt.authorization().map(|stated| stated.signature);
    let alone = attempt.signatures.iter().map(|claim| claim.text.clone());
    let refusals = attempt.refusals.iter().filter_map(Claim::value);
    let provided = refusals.filter_map(|refusal| refusal.detail("SignatureProvided"));
    let all = stated
        .into_iter()
        .chain(alone)
        .chain(provided.map(ToOwned::to_owned));
    let whole = |text: &BString| text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit);
    all.filter(whole).collect()
}

/// The signer's digest cannot be compared with the service's: they differ when the request failed.
fn digests(attempt: &Attempt) -> Vec<BString> {
    let signer = attempt.string_to_sign(Party::Signer).and_then(Claim::value);
    let digest = signer.map(|value| BString::from(value.canonical_request_digest.hex().as_slice()));
    digest.into_iter().collect()
}

/// When it was signed, as the strings, the request and the refusal say. One signer may state two
/// times: that is a mistake.
fn times(attempt: &Attempt) -> Vec<BString> {
    let strings = attempt.strings_to_sign.iter().filter_map(Claim::value);
    let signed = strings.map(|value| value.timestamp);
    let hashed = attempt.canonical_requests.iter().filter_map(|claim| {
        let mut lines = claim.text.lines();
        let header = lines.find_map(|line| line.strip_prefix(b"x-amz-date:"));
        let in_query = || parameter(claim.text.lines().nth(2)?.as_bstr(), "X-Amz-Date");
        let time = header.map(BString::from).or_else(in_query)?;
        Timestamp::parse(&time).ok()
    });
    let header = attempt
        .request()
        .and_then(|request| request.header("x-amz-date"))
        .map(ToOwned::to_owned);
    let date = header
        .or_else(|| attempt.presigned()?.date)
        .or_else(|| attempt.post_policy()?.date);
    let date = date.and_then(|date| Timestamp::parse_any(&date));
    let refusals = attempt.refusals.iter().filter_map(Claim::value);
    let stated = refusals.flat_map(|refusal| refusal.statements());
    let stated = stated.filter_map(|statement| match statement {
        Statement::Skewed(skew) => Some(skew.signed),
        _ => None,
    });
    let all = signed.chain(hashed).chain(date).chain(stated);
    all.map(|time| time.as_bstr().to_owned()).collect()
}

fn key_ids(attempt: &Attempt) -> Vec<BString> {
    let stated = attempt.authorization();
    let stated = stated.map(|stated| stated.access_key_id().to_owned());
    let refused = || Some(attempt.refusal()?.detail("AWSAccessKeyId")?.to_owned());
    let id = stated.or_else(refused);
    id.filter(|id| !id.is_empty()).into_iter().collect()
}

fn targets(attempt: &Attempt) -> Vec<BString> {
    let of = |request: &crate::wire::Request| {
        let parts: [&BStr; 2] = [request.method.as_ref(), request.target.as_ref()];
        BString::from(bstr::join(" ", parts))
    };
    attempt.request().map(of).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence::InputId, source::read_all};

    fn attempt(text: &str) -> Attempt {
        let (mut cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        cases.remove(0).attempts.remove(0)
    }

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn canonical(query: &str, date: &str) -> String {
        format!("GET\n/a\n{query}\nhost:a.s3.amazonaws.com\n{date}\nhost\n{DIGEST}")
    }

    fn string(canonical: &str, time: &str, region: &str) -> String {
        let digest = crate::sigv4::Sha256Digest::of(canonical.as_bytes());
        format!("AWS4-HMAC-SHA256\n{time}\n20260101/{region}/s3/aws4_request\n{digest}")
    }

    fn printed(canonical: &str, string: &str) -> Attempt {
        attempt(&format!(
            "Canonical request:\n{canonical}\n\nString to sign:\n{string}\n"
        ))
    }

    #[test]
    fn over_the_same_canonical_request_a_scope_may_differ() {
        let time = "20260101T120000Z";
        let own = canonical("", "x-amz-date:20260101T120000Z\n");
        let signer = printed(&own, &string(&own, time, "us-east-1"));
        let refusal = |canonical: &str| {
            attempt(&format!(
                "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message><StringToSign>{}</StringToSign><CanonicalRequest>{canonical}</CanonicalRequest></Error>",
                string(canonical, time, "eu-central-1")
            ))
        };
        assert_eq!(Tie::of(&refusal(&own), &signer), Some(Tie::Time));
        let other = own.replace("/a\n", "/b\n");
        assert_eq!(Tie::of(&refusal(&other), &signer), None);
    }

    #[test]
    fn the_time_in_a_query_ties_a_string_of_another_time() {
        let query = "X-Amz-Date=20260101T120000Z&X-Amz-Expires=60";
        let canonical = canonical(query, "");
        let string = string(&canonical, "20260101T120001Z", "us-east-1");
        let signer = printed(&canonical, &string);
        let request = attempt(&format!(
            "GET /a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&{query}&X-Amz-SignedHeaders=host&X-Amz-Signature={DIGEST} HTTP/1.1\nHost: a.s3.amazonaws.com\n\n"
        ));
        assert_eq!(Tie::of(&request, &signer), Some(Tie::Time));
    }
}
