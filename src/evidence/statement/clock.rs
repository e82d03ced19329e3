use bstr::ByteSlice;

use super::{Skew, Statement, bare_code, quoted_after};
use crate::{evidence::Refusal, sigv4::Timestamp};

/// Reads what is said of the timestamp and of the service's clock.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    let time = |name: &str| Timestamp::parse_any(refusal.detail(name)?);
    match skew(refusal) {
        Some(skew) => found.push(Statement::Skewed(skew)),
        None if says_skewed(refusal) => found.push(Statement::ClockDiffers),
        None => {}
    }
    if message.starts_with(b"Request has expired") || bare_code(refusal) == b"RequestExpired" {
        found.push(Statement::Expired {
            at: time("Expires"),
            now: time("ServerTime"),
        });
    }
    if says_not_yet(refusal) && skew(refusal).is_none() {
        found.push(Statement::NotYetValid);
    }
    if message.contains_str("Date must be in ISO-8601 'basic format'") {
        let got = quoted_after(message, "'basic format'. Got ");
        found.push(Statement::TimestampMalformed(got.map(ToOwned::to_owned)));
    }
    if message.contains_str("X-Amz-Date must be in the ISO8601 Long Format") {
        found.push(Statement::TimestampMalformed(None));
    }
    if message.contains_str("requires a valid Date or x-amz-date header") {
        found.push(Statement::TimestampMissing);
    }
}

fn says_skewed(refusal: &Refusal) -> bool {
    let message = refusal.message.as_bstr();
    bare_code(refusal) == b"RequestTimeTooSkewed"
        || message.contains_str("The difference between the request time and the ")
        || phrase(refusal).is_some()
}

/// What is said of a presigned URL whose date lies in the future: by Amazon S3, and by MinIO.
fn says_not_yet(refusal: &Refusal) -> bool {
    let phrases = ["Request is not yet valid", "Request is not valid yet"];
    let message = refusal.message.as_bstr();
    phrases.iter().any(|phrase| message.contains_str(phrase))
}

fn phrase(refusal: &Refusal) -> Option<&'static str> {
    // Some services have a space too many.
    const PHRASES: [&str; 3] = [
        "Signature expired: ",
        "Signature not yet current: ",
        "Signature not  yet current: ",
    ];
    PHRASES
        .into_iter()
        .find(|phrase| refusal.message.contains_str(phrase))
}

/// What stands between the two times of such a message.
const HALVES: [&str; 2] = [" is now earlier than ", " is still later than "];

/// Both clocks: the request's, and the service's, which the query services give in brackets.
fn skew(refusal: &Refusal) -> Option<Skew> {
    let time = |text: &[u8]| Timestamp::parse_any(text);
    if let (Some(signed), Some(now)) = (refusal.detail("RequestTime"), refusal.detail("ServerTime"))
    {
        return Some(Skew {
            signed: time(signed)?,
            now: time(now)?,
        });
    }
    if says_not_yet(refusal) {
        return Some(Skew {
            signed: milliseconds(refusal.detail("X-Amz-Date")?)?,
            now: time(refusal.detail("ServerTime")?)?,
        });
    }
    let (signed, rest) = match phrase(refusal) {
        Some(phrase) => {
            let (_, rest) = refusal.message.split_once_str(phrase)?;
            (rest.get(..16)?, rest)
        }
        // The half of it that has both clocks.
        None => HALVES.iter().find_map(|half| {
            let (before, rest) = refusal.message.split_once_str(half)?;
            Some((before.get(before.len().checked_sub(16)?..)?, rest))
        })?,
    };
    let (_, bracket) = rest.split_once_str("(")?;
    Some(Skew {
        signed: time(signed)?,
        now: time(bracket.get(..16)?)?,
    })
}

/// A time as Amazon S3 writes a URL's date back: in milliseconds since 1970.
fn milliseconds(text: &[u8]) -> Option<Timestamp> {
    let number: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Timestamp::of_unix(number / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::statement::testing::{of, with};

    #[test]
    fn both_clocks_are_read() {
        for (message, seconds) in [
            (
                "Signature expired: 20140325T143453Z is now earlier than 20140325T143751Z (20140325T145251Z - 15 min.)",
                -1078,
            ),
            (
                "Signature not yet current: 20150830T125101Z is still later than 20150830T125100Z (20150830T123600Z + 15 min.)",
                901,
            ),
            (
                "Signature expired: 20130301T000000Z is now earlier than 20130609T094515Z (20130609T100015Z - 15 min.)",
                -8_676_015,
            ),
        ] {
            for code in [
                "InvalidSignatureException",
                "SignatureDoesNotMatch",
                "RequestExpired2",
            ] {
                let [Statement::Skewed(skew)] = of(code, message)[..] else {
                    panic!("{message}")
                };
                assert_eq!(skew.seconds(), seconds);
            }
        }
    }

    #[test]
    fn s3_gives_both_times_beside_its_message() {
        let message = "The difference between the request time and the current time is too large.";
        let details = [
            ("RequestTime", "20150830T123600Z"),
            ("ServerTime", "2015-08-30T13:06:00Z"),
            ("MaxAllowedSkewMilliseconds", "900000"),
        ];
        let [Statement::Skewed(skew)] = with("RequestTimeTooSkewed", message, &details)[..] else {
            panic!()
        };
        assert_eq!(skew.seconds(), -1800);
        let http = [("RequestTime", "Sun, 30 Aug 2015 12:36:00 GMT"), details[1]];
        assert_eq!(
            with("RequestTimeTooSkewed", message, &http),
            [Statement::Skewed(skew)]
        );
    }

    #[test]
    fn without_times_it_is_only_a_difference() {
        let aws = "The difference between the request time and the current time is too large.";
        let minio = "The difference between the request time and the server's time is too large.";
        let cut = "Signature expired: 20140325T143453Z is now";
        for message in [aws, minio, cut] {
            assert_eq!(
                of("RequestTimeTooSkewed", message),
                [Statement::ClockDiffers]
            );
        }
    }

    #[test]
    fn a_url_is_over_or_not_yet_good() {
        let details = [
            ("X-Amz-Expires", "60"),
            ("Expires", "2015-08-30T12:37:00Z"),
            ("ServerTime", "2015-08-30T12:40:00Z"),
        ];
        let [Statement::Expired { at, now }] =
            with("AccessDenied", "Request has expired", &details)[..]
        else {
            panic!()
        };
        assert_eq!(now.unwrap().since(at.unwrap()), 180);
        let nothing = Statement::Expired {
            at: None,
            now: None,
        };
        assert_eq!(of("RequestExpired", "Request has expired."), [nothing]);
        for words in ["Request is not valid yet.", "Request is not yet valid"] {
            assert_eq!(of("AccessDenied", words), [Statement::NotYetValid]);
        }
        let details = [
            ("X-Amz-Date", "1440938460000"),
            ("Expires", "2015-08-30T12:42:00Z"),
            ("ServerTime", "2015-08-30T12:40:00Z"),
        ];
        let [Statement::Skewed(skew)] =
            with("AccessDenied", "Request is not yet valid", &details)[..]
        else {
            panic!()
        };
        assert_eq!(skew.seconds(), 60);
    }

    #[test]
    fn the_timestamps_form_is_complained_of() {
        let got = "Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See http://en.wikipedia.org/wiki/ISO_8601";
        assert_eq!(
            of("IncompleteSignature", got),
            [Statement::TimestampMalformed(Some("2015-08-30".into()))]
        );
        let long = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
        assert_eq!(
            of("AuthorizationQueryParametersError", long),
            [Statement::TimestampMalformed(None)]
        );
        let missing = "AWS authentication requires a valid Date or x-amz-date header.";
        assert_eq!(of("AccessDenied", missing), [Statement::TimestampMissing]);
    }
}
