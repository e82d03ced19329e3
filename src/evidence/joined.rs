use crate::evidence::{Case, InputId, Tie};

/// Several inputs' cases made one, and which could not be.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The request, with the claims of all inputs that speak of it. The attempt that they speak
    /// of stands last.
    pub case: Case,
    /// The inputs that were joined, and by what.
    pub ties: Vec<(InputId, Tie)>,
    /// The inputs that speak of another request.
    pub apart: Vec<InputId>,
}

/// Joins cases that are claims about one request: by signature, else by digest, else by time,
/// else by key id or by method and target, else because one side has nothing to tell it by; the
/// first is the one that the others must fit.
///
/// A case of many attempts is joined by the one that fits, be it the last or not; what is joined
/// after that must fit the same one.
#[must_use]
pub fn join(first: Case, others: Vec<(InputId, Case)>) -> Joined {
    let mut joined = Joined {
        case: first,
        ties: Vec::new(),
        apart: Vec::new(),
    };
    // Those that have most to tell it by choose the attempt.
    let mut others = others;
    others.sort_by_key(|(_, other)| {
        std::cmp::Reverse(Tie::between(&joined.case, other).map(|(tie, _, _)| tie))
    });
    for (input, other) in others {
        joined.take(input, other);
    }
    joined.apart.sort();
    joined
}

impl Joined {
    fn take(&mut self, input: InputId, mut other: Case) {
        let attempts = &mut self.case.attempts;
        if attempts.is_empty() || other.attempts.is_empty() {
            attempts.append(&mut other.attempts);
            self.case.hints.append(&mut other.hints);
            self.ties.push((input, Tie::Nothing));
            return;
        }
        let anchored = self.ties.iter().any(|(_, tie)| *tie > Tie::Nothing);
        let last = attempts.len() - 1;
        let found = match Tie::between(&self.case, &other) {
            Some((_, at, theirs)) if anchored && at != last => {
                let own = &self.case.attempts.get(last);
                let theirs = other.attempts.get(theirs);
                let tie = own
                    .zip(theirs)
                    .and_then(|(own, theirs)| Tie::of(own, theirs));
                tie.map(|tie| (tie, last, other.attempts.len() - 1))
            }
            // With nothing to tell it by, it speaks of what the case is about.
            Some((Tie::Nothing, _, theirs)) => Some((Tie::Nothing, self.sent(), theirs)),
            found => found,
        };
        let Some((tie, at, theirs)) = found else {
            self.apart.push(input);
            return;
        };
        let mut mine = self.case.attempts.remove(at);
        mine.absorb(other.attempts.swap_remove(theirs));
        self.case.attempts.push(mine);
        self.case.hints.append(&mut other.hints);
        self.ties.push((input, tie));
    }

    /// Which attempt the case is about: the last that has a request, else the last.
    fn sent(&self) -> usize {
        let attempts = &self.case.attempts;
        let sent = attempts
            .iter()
            .rposition(|attempt| !attempt.requests.is_empty());
        sent.unwrap_or(attempts.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use bstr::BString;

    use super::*;
    use crate::{
        evidence::{Attempt, Claim, Party, Preference, Refusal, Selector, Span},
        sigv4::StringToSign,
        wire::{Fidelity, HeaderField, Request},
    };

    fn span() -> Span {
        Span {
            input: InputId(0),
            bytes: 0..1,
            first_line: 1,
            last_line: 1,
        }
    }

    /// A request that was signed at a minute of an hour, with a signature made of one digit.
    fn sent(target: &str, minute: u8, digit: char) -> Attempt {
        let signature = digit.to_string().repeat(64);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/r/s/aws4_request, SignedHeaders=host, Signature={signature}"
        );
        let request = Request {
            method: "GET".into(),
            target: target.into(),
            headers: vec![
                HeaderField::new("X-Amz-Date", format!("20250102T03{minute:02}05Z")),
                HeaderField::new("Authorization", authorization),
            ],
            ..Request::default()
        };
        let claim = Claim::of("", request, Party::Wire, Fidelity::Exact, span());
        Attempt {
            requests: vec![claim],
            ..Attempt::default()
        }
    }

    fn refused(message: &str, details: &[(&str, &str)]) -> Attempt {
        let details = details.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let refusal = Refusal {
            code: "X".into(),
            message: message.into(),
            details: details.collect(),
        };
        let claim = Claim::of("", refusal, Party::Service, Fidelity::Exact, span());
        Attempt {
            refusals: vec![claim],
            ..Attempt::default()
        }
    }

    fn case(number: u32, attempts: Vec<Attempt>) -> Case {
        Case {
            number,
            attempts,
            ..Case::default()
        }
    }

    fn last(joined: &Joined) -> (BString, usize) {
        let attempt = joined.case.last_attempt().unwrap();
        let target = attempt.request().unwrap().target.clone();
        (target, attempt.refusals.len())
    }

    #[test]
    fn the_attempt_that_fits_is_taken() {
        let log = || {
            case(
                1,
                vec![sent("/a", 1, 'a'), sent("/b", 2, 'b'), sent("/c", 3, 'c')],
            )
        };
        let provided = "b".repeat(64);
        let by_signature = refused("", &[("SignatureProvided", &provided)]);
        let by_time = refused(
            "Signature expired: 20250102T030105Z is now earlier than 20250102T034500Z (20250102T040000Z - 15 min.)",
            &[],
        );
        let by_nothing = refused("no", &[]);
        for (refusal, target, tie) in [
            (by_signature, "/b", Tie::Signature),
            (by_time, "/a", Tie::Time),
            (by_nothing, "/c", Tie::Nothing),
        ] {
            let joined = join(log(), vec![(InputId(1), case(1, vec![refusal]))]);
            assert_eq!(last(&joined), (target.into(), 1));
            assert_eq!(joined.ties, [(InputId(1), tie)]);
            assert_eq!(joined.case.attempts.len(), 3);
        }
    }

    #[test]
    fn what_speaks_of_another_request_is_left_apart() {
        let others = vec![
            (InputId(1), case(1, vec![sent("/a", 1, 'f')])),
            (
                InputId(2),
                case(1, vec![refused("", &[("AWSAccessKeyId", "OTHER")])]),
            ),
            (InputId(3), case(1, vec![refused("plain", &[])])),
        ];
        let joined = join(case(1, vec![sent("/a", 1, 'a')]), others);
        assert_eq!(joined.apart, [InputId(1), InputId(2)]);
        assert_eq!(last(&joined), ("/a".into(), 1));
    }

    #[test]
    fn a_service_never_computes_with_another_scope_than_was_stated() {
        let computed = |scope: &str, digest: char| {
            let digest = digest.to_string().repeat(64);
            let text = format!("AWS4-HMAC-SHA256\n20250102T030105Z\n{scope}\n{digest}");
            let (party, exact) = (Party::Service, Fidelity::Exact);
            let claim = Claim::parse(text, StringToSign::parse, party, exact, span());
            let mut attempt = refused("no", &[]);
            attempt.strings_to_sign.push(claim);
            case(1, vec![attempt])
        };
        let joins = |scope: &str| {
            let log = case(1, vec![sent("/a", 1, 'a')]);
            join(log, vec![(InputId(1), computed(scope, 'b'))])
                .ties
                .len()
        };
        assert_eq!(joins("20250102/r/s/aws4_request"), 1);
        assert_eq!(joins("20250102/r/other/aws4_request"), 0);
    }

    #[test]
    fn what_is_joined_later_fits_the_same_attempt() {
        let log = case(1, vec![sent("/a", 1, 'a'), sent("/b", 2, 'b')]);
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let others = vec![
            (
                InputId(1),
                case(1, vec![refused("one", &[("SignatureProvided", &a)])]),
            ),
            (
                InputId(2),
                case(1, vec![refused("two", &[("SignatureProvided", &b)])]),
            ),
            (InputId(3), case(1, vec![refused("three", &[])])),
        ];
        let joined = join(log, others);
        assert_eq!(joined.apart, [InputId(2)]);
        assert_eq!(last(&joined), ("/a".into(), 2));
    }

    #[test]
    fn the_case_that_fits_is_chosen_of_a_stream() {
        let provided = "b".repeat(64);
        let refusal = case(1, vec![refused("", &[("SignatureProvided", &provided)])]);
        let mut selector = Selector::new(Preference::Fitting(Box::new(refusal)));
        let failed = |mut attempt: Attempt| {
            attempt.refusals.extend(refused("no", &[]).refusals);
            attempt
        };
        selector.see(case(1, vec![sent("/a", 1, 'a')]));
        selector.see(case(2, vec![sent("/b", 2, 'b'), sent("/b", 2, 'd')]));
        selector.see(case(3, vec![failed(sent("/c", 3, 'c'))]));
        let selection = selector.finish().unwrap();
        assert_eq!((selection.case.number, selection.of), (2, 3));
        let nothing = case(1, vec![refused("no", &[])]);
        let mut selector = Selector::new(Preference::Fitting(Box::new(nothing)));
        selector.see(case(1, vec![failed(sent("/a", 1, 'a'))]));
        selector.see(case(2, vec![sent("/b", 2, 'b')]));
        assert_eq!(selector.finish().unwrap().case.number, 1);
    }
}
