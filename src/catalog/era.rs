//! When a fact held: every fact of the catalogue has its years.

use memchr::memmem;

use super::{
    partition::Partition,
    table::{self, HISTORY},
};

/// The releases of botocore between which a fact held; open ends are `None`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Era {
    /// The first release that had the fact; `None`: as far back as was looked.
    pub since: Option<Release>,
    /// The last release that had the fact; `None`: it still holds.
    pub until: Option<Release>,
}

/// One release of botocore on PyPI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Release {
    /// The version, as in `1.13.25`.
    pub version: &'static str,
    /// The day on which PyPI got it, as in `2019-11-21`.
    pub day: &'static str,
}

impl Era {
    /// The fact holds in the catalogue's own version, and no change of it is known.
    pub const NOW: Self = Self {
        since: None,
        until: None,
    };

    /// Whether the fact still holds in the catalogue's own version.
    pub fn holds_now(self) -> bool {
        self.until.is_none()
    }

    /// The years in words: `up to botocore 1.13.25 (November 2019)`; `None` without any limit.
    pub fn words(self) -> Option<String> {
        match (self.since, self.until) {
            (None, None) => None,
            (None, Some(until)) => Some(format!("up to {}", until.words())),
            (Some(since), None) => Some(format!("since {}", since.words())),
            (Some(since), Some(until)) => {
                Some(format!("from {} to {}", since.words(), until.words()))
            }
        }
    }
}

impl Release {
    /// The release in words: `botocore 1.13.25 (November 2019)`.
    pub fn words(self) -> String {
        format!("botocore {} ({})", self.version, month(self.day))
    }
}

/// A fact that was otherwise in earlier years.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Earlier {
    line: &'static str,
}

impl Earlier {
    /// The id of the service.
    pub fn service(self) -> &'static str {
        table::column(self.line, 0).unwrap_or_default()
    }

    /// What changed: `host`, `signing-name`, `target-prefix`, `endpoint-prefix`, `protocol` ….
    pub fn fact(self) -> &'static str {
        table::column(self.line, 1).unwrap_or_default()
    }

    /// What it was; a host as a pattern.
    pub fn value(self) -> &'static str {
        table::column(self.line, 2).unwrap_or_default()
    }

    /// Where it was so: `*`, a partition, a region, or `aws-` for the partition `aws` without
    /// us-east-1.
    pub fn scope(self) -> &'static str {
        table::column(self.line, 3).unwrap_or_default()
    }

    /// When it was so.
    pub fn era(self) -> Era {
        Era {
            since: release(self.line, 4),
            until: release(self.line, 6),
        }
    }

    /// Whether it was so in this region, or for a host without region in this partition.
    pub(super) fn is_in(self, region: Option<&str>, partition: Partition) -> bool {
        match self.scope() {
            "*" => true,
            "aws-" => {
                partition.name() == "aws" && region.is_some_and(|region| region != "us-east-1")
            }
            scope if scope == partition.name() => true,
            scope => region.is_none_or(|region| region == scope),
        }
    }

    /// The host's pattern, if this is a host and was one in this region.
    pub(super) fn host_in(self, region: &str, partition: Partition) -> Option<&'static str> {
        (self.fact() == "host" && self.is_in(Some(region), partition)).then(|| self.value())
    }
}

/// Every fact that was otherwise in earlier years.
///
/// Source: `table/history.txt`, which `renew_history.py` finds in botocore's releases on PyPI.
pub fn history() -> impl Iterator<Item = Earlier> {
    table::lines(HISTORY).map(|line| Earlier { line })
}

/// What was otherwise of one service.
pub(super) fn history_of(service: &'static str) -> impl Iterator<Item = Earlier> {
    table::lines_of(HISTORY, service).map(|line| Earlier { line })
}

/// The services whose hosts were once spelled like this pattern.
pub(super) fn history_of_host(pattern: &str) -> impl Iterator<Item = Earlier> {
    let needle = format!("\thost\t{pattern}\t");
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = HISTORY.as_bytes().get(from..)?;
        let at = from + memmem::find(rest, needle.as_bytes())?;
        from = at + needle.len();
        Some(Earlier {
            line: table::line_at(HISTORY, at),
        })
    })
}

fn release(line: &'static str, at: usize) -> Option<Release> {
    let version = table::column(line, at)?;
    Some(Release {
        version,
        day: table::column(line, at + 1)?,
    })
}

fn month(day: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = day.split('-');
    let year = parts.next().unwrap_or(day);
    let month = parts
        .next()
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or_default();
    match MONTHS.get(month.wrapping_sub(1)) {
        Some(name) => format!("{name} {year}"),
        None => day.to_owned(),
    }
}
