use std::fmt;

use bstr::{BStr, ByteSlice};
use jiff::{SignedDuration, tz::TimeZone};

use crate::wire::ParseError;

/// A signing time, always UTC, to the second; its text is ISO 8601's basic form,
/// `20150830T123600Z`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp([u8; 16]);

impl Timestamp {
    /// Reads the basic form, `YYYYMMDDTHHMMSSZ`.
    ///
    /// # Errors
    /// When the text has another form, or names a day or an hour that is none.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let error = |at| ParseError::new("timestamp", text, at, "YYYYMMDDTHHMMSSZ");
        let shape = |(at, byte): (usize, &u8)| match at {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        };
        let bad = text.iter().enumerate().position(|pair| !shape(pair));
        let bytes: [u8; 16] = text
            .try_into()
            .map_err(|_| error(bad.unwrap_or(text.len().min(16))))?;
        let this = Self(bytes);
        match bad {
            Some(at) => Err(error(at)),
            None => this.instant().map(|_| this).ok_or_else(|| error(0)),
        }
    }

    /// Reads the basic form, RFC 3339, or an HTTP date (RFC 9110, section 5.6.7).
    #[must_use]
    pub fn parse_any(text: &[u8]) -> Option<Self> {
        let text = text.trim();
        if let Ok(this) = Self::parse(text) {
            return Some(this);
        }
        let text = text.to_str().ok()?;
        let parsed = text.parse::<jiff::Timestamp>().ok();
        let http = || {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|zoned| zoned.timestamp())
        };
        Self::of_unix(parsed.or_else(http)?.as_second())
    }

    /// The same as `YYYY-MM-DDTHH:MM:SSZ`.
    #[must_use]
    pub fn extended(&self) -> String {
        let text = self.as_bstr().to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let (date, time) = (
            [part(0, 4), part(4, 6), part(6, 8)],
            [part(9, 11), part(11, 13), part(13, 15)],
        );
        format!("{}T{}Z", date.join("-"), time.join(":"))
    }

    /// The time that many seconds after the start of 1970; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn of_unix(seconds: i64) -> Option<Self> {
        let instant = jiff::Timestamp::from_second(seconds).ok()?;
        let zoned = instant.to_zoned(TimeZone::UTC);
        let text = zoned.strftime("%Y%m%dT%H%M%SZ").to_string();
        text.as_bytes().try_into().ok().map(Self)
    }

    /// Seconds since the start of 1970.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.instant().unwrap_or(0)
    }

    /// The time `seconds` later, or earlier where it is negative.
    #[must_use]
    pub fn plus(&self, seconds: i64) -> Option<Self> {
        Self::of_unix(self.unix().checked_add(seconds)?)
    }

    /// Seconds from `other` to this; negative where this is the earlier.
    #[must_use]
    pub fn since(&self, other: Self) -> i64 {
        SignedDuration::from_secs(self.unix() - other.unix()).as_secs()
    }

    /// The date, `YYYYMMDD`, as it stands in a credential scope.
    #[must_use]
    pub fn date(&self) -> &BStr {
        self.0[..8].as_bstr()
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.0[..4]
            .iter()
            .fold(0, |year, digit| year * 10 + u16::from(digit - b'0'))
    }

    /// The basic form.
    #[must_use]
    pub fn as_bstr(&self) -> &BStr {
        self.0.as_bstr()
    }

    fn instant(&self) -> Option<i64> {
        let number = |from: usize, to: usize| {
            self.0[from..to]
                .iter()
                .fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'))
        };
        let small = |from: usize| i8::try_from(number(from, from + 2)).ok();
        let date = jiff::civil::Date::new(number(0, 4), small(4)?, small(6)?).ok()?;
        let time = jiff::civil::Time::new(small(9)?, small(11)?, small(13)?, 0).ok()?;
        let zoned = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp().as_second())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bstr().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_forms() {
        let expected = Timestamp::parse(b"20150830T123600Z").unwrap();
        for text in [
            "20150830T123600Z",
            "2015-08-30T12:36:00Z",
            "2015-08-30T14:36:00+02:00",
            "Sun, 30 Aug 2015 12:36:00 GMT",
        ] {
            assert_eq!(
                Timestamp::parse_any(text.as_bytes()),
                Some(expected),
                "{text}"
            );
        }
        assert_eq!(expected.unix(), 1_440_938_160);
        assert_eq!(expected.date(), "20150830");
        assert_eq!(
            expected.plus(-3600).unwrap().to_string(),
            "20150830T113600Z"
        );
    }

    #[test]
    fn refuses_days_that_are_none() {
        assert_eq!(Timestamp::parse(b"20150230T123600Z").unwrap_err().at, 0);
        assert_eq!(Timestamp::parse(b"2015-08-30").unwrap_err().at, 4);
        assert_eq!(Timestamp::parse(b"20150830T1236").unwrap_err().at, 13);
    }
}
