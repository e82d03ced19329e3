//! Patterns of hosts: literal text with `{region}`, `{suffix}`, `{account}` and names in braces.

use super::partition::{Partition, partition_of_region, partitions};

/// What a host has in the places of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Filled {
    pub(super) partition: Option<Partition>,
    pub(super) region: Option<String>,
}

/// The text of a pattern for one region; names that are not the region's stay in their braces.
pub(super) fn fill(pattern: &str, region: &str, partition: Partition) -> String {
    pattern
        .replace("{region}", region)
        .replace("{suffix}", partition.suffix())
        .replace("{dual}", partition.dualstack_suffix())
}

/// Matches a lower-case host against a pattern; `None` where it is another host.
///
/// `{region}` takes what is named like a region, `{account}` twelve digits, `{name}` what stands
/// within one label, `{name+}` labels with their dots.
pub(super) fn matches(pattern: &str, host: &str) -> Option<Filled> {
    // Most patterns are of other hosts; their literal text tells, before any suffix is tried.
    let mut literals = pattern
        .split('{')
        .map(|part| part.rsplit('}').next().unwrap_or(part));
    if literals.any(|literal| !host.contains(literal)) {
        return None;
    }
    let (body, endings): (&str, Vec<(Option<Partition>, &str)>) =
        if let Some(body) = pattern.strip_suffix("{suffix}") {
            (
                body,
                partitions()
                    .map(|partition| (Some(partition), partition.suffix()))
                    .collect(),
            )
        } else if let Some(body) = pattern.strip_suffix("{dual}") {
            let endings = partitions()
                .map(|p| (Some(p), p.dualstack_suffix()))
                .collect();
            (body, endings)
        } else {
            (pattern, vec![(None, "")])
        };
    endings.into_iter().find_map(|(partition, ending)| {
        let rest = host.strip_suffix(ending)?;
        let region = walk(body, rest, None)?;
        let of_region = region.as_deref().and_then(partition_of_region);
        // Two partitions may share a suffix: the region tells them apart.
        if let (Some(of_region), Some(of_suffix)) = (of_region, partition)
            && of_region != of_suffix
        {
            return None;
        }
        Some(Filled {
            partition: of_region.or(partition),
            region,
        })
    })
}

fn walk(pattern: &str, host: &str, region: Option<&str>) -> Option<Option<String>> {
    let Some(open) = pattern.find('{') else {
        return (pattern == host).then(|| region.map(str::to_owned));
    };
    let (literal, rest) = pattern.split_at(open);
    let host = host.strip_prefix(literal)?;
    let (name, rest) = rest.strip_prefix('{')?.split_once('}')?;
    let most = match name.ends_with('+') {
        true => host.len(),
        false => host.find('.').unwrap_or(host.len()),
    };
    (1..=most)
        .filter(|end| host.is_char_boundary(*end))
        .find_map(|end| {
            let (taken, left) = host.split_at(end);
            match name {
                "region" => {
                    partition_of_region(taken)?;
                    walk(rest, left, Some(taken))
                }
                "account" if !is_account(taken) => None,
                _ => walk(rest, left, region),
            }
        })
}

/// Whether a text is an account id: twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(pattern: &str, host: &str) -> Option<Option<String>> {
        matches(pattern, host).map(|filled| filled.region)
    }

    #[test]
    fn places_are_taken_as_their_names_say() {
        let virtual_host = "{bucket+}.s3.{region}.{suffix}";
        let host = "my.bucket.s3.eu-west-1.amazonaws.com";
        assert_eq!(
            region(virtual_host, host),
            Some(Some("eu-west-1".to_owned()))
        );
        assert_eq!(region(virtual_host, "s3.eu-west-1.amazonaws.com"), None);
        let legacy = "s3-{region}.{suffix}";
        assert_eq!(
            region(legacy, "s3-us-west-2.amazonaws.com"),
            Some(Some("us-west-2".into()))
        );
        assert_eq!(region(legacy, "s3-website.amazonaws.com"), None);
        let account = "{account}.ddb.{region}.{suffix}";
        assert!(matches(account, "123456789012.ddb.us-east-1.amazonaws.com").is_some());
        assert!(matches(account, "12345678901.ddb.us-east-1.amazonaws.com").is_none());
    }

    #[test]
    fn a_shared_suffix_is_told_apart_by_the_region() {
        let filled = matches(
            "{api}.execute-api.{region}.{suffix}",
            "a.execute-api.us-gov-west-1.amazonaws.com",
        );
        assert_eq!(filled.unwrap().partition.unwrap().name(), "aws-us-gov");
    }
}
