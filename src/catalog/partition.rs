//! Partitions and their regions, DNS suffixes and the shape of their regions' names.

use super::table::{self, PARTITIONS};

/// One partition of AWS: `aws`, `aws-cn`, `aws-us-gov` ….
///
/// Source: botocore's `partitions.json`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Partition {
    line: &'static str,
}

/// Every partition, in the order of their names.
pub fn partitions() -> impl Iterator<Item = Partition> {
    table::lines(PARTITIONS).map(|line| Partition { line })
}

/// The partition that has this region, or whose regions are named like it.
pub fn partition_of_region(region: &str) -> Option<Partition> {
    let digit = region
        .bytes()
        .last()
        .is_some_and(|last| last.is_ascii_digit());
    if !(digit || region.ends_with("-global")) || !region.contains('-') {
        return None;
    }
    partitions()
        .find(|partition| partition.regions().any(|known| known == region))
        .or_else(|| partitions().find(|partition| partition.names_like(region)))
}

impl Partition {
    /// The partition's name, as in an ARN.
    pub fn name(self) -> &'static str {
        self.column(0)
    }

    /// What hosts end with: `amazonaws.com`.
    pub fn suffix(self) -> &'static str {
        self.column(1)
    }

    /// What hosts for IPv4 and IPv6 end with: `api.aws`.
    pub fn dualstack_suffix(self) -> &'static str {
        self.column(2)
    }

    /// The region that stands for the whole partition in a credential scope.
    pub fn global_region(self) -> &'static str {
        self.column(3)
    }

    /// The partition's regions, and its pseudo regions (`aws-global`), in order.
    pub fn regions(self) -> impl Iterator<Item = &'static str> {
        self.column(5).split(',')
    }

    /// Whether a region's name has the shape that this partition's regions have (`us-east-9`).
    pub fn names_like(self, region: &str) -> bool {
        // The table's expression is `^(us|eu|…)-\w+-\d+$`, or with one prefix `^cn-\w+-\d+$`.
        let expression = self.column(4);
        let Some(prefixes) = expression
            .strip_prefix('^')
            .and_then(|rest| rest.strip_suffix(r"-\w+-\d+$"))
        else {
            return false;
        };
        let (before, choices) = match prefixes.split_once('(') {
            Some((before, choices)) => (before, choices.trim_end_matches(')')),
            None => ("", prefixes),
        };
        choices.split('|').any(|choice| {
            region
                .strip_prefix(before)
                .and_then(|rest| rest.strip_prefix(choice))
                .and_then(|rest| rest.strip_prefix('-'))
                .and_then(|rest| rest.split_once('-'))
                .is_some_and(|(word, digits)| {
                    !word.is_empty()
                        && word
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                        && !digits.is_empty()
                        && digits.bytes().all(|byte| byte.is_ascii_digit())
                })
        })
    }

    fn column(self, index: usize) -> &'static str {
        table::column(self.line, index).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_finds_its_partition() {
        for (region, partition) in [
            ("us-east-1", Some("aws")),
            ("us-gov-west-1", Some("aws-us-gov")),
            ("cn-north-1", Some("aws-cn")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("us-iso-east-1", Some("aws-iso")),
            ("eu-middle-7", Some("aws")),
            ("us_east_1", None),
            ("US-EAST-1", None),
            ("s3", None),
        ] {
            assert_eq!(
                partition_of_region(region).map(Partition::name),
                partition,
                "{region}"
            );
        }
    }

    #[test]
    fn every_region_has_its_partitions_shape() {
        for partition in partitions() {
            for region in partition
                .regions()
                .filter(|region| !region.ends_with("-global"))
            {
                assert!(partition.names_like(region), "{region}");
            }
        }
    }
}
