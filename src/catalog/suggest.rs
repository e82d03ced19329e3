//! Near misses: what somebody may have meant whose words name nothing.

use super::{
    service::{self, Service, services},
    table::{self, OPERATIONS},
};

/// Something known that is nearly the word asked for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Suggestion {
    /// How far it is from the word; 0: the same but for case and punctuation.
    pub distance: usize,
    /// What to ask for instead.
    pub words: String,
}

const MOST: usize = 5;

/// The nearest known services and operations to words that name nothing, the nearest first.
pub fn suggest<W: AsRef<str>>(words: &[W]) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for word in words.iter().map(AsRef::as_ref) {
        // Of a host and of a target, the parts are asked for too.
        for part in std::iter::once(word).chain(word.split(['.', '/', ':'])) {
            let wanted = service::folded(part);
            if wanted.len() < 2 || wanted.len() > 64 || is_common(&wanted) {
                continue;
            }
            near_services(&wanted, &mut found);
            near_operations(&wanted, &mut found);
        }
    }
    found.sort();
    let mut seen = Vec::new();
    found.retain(|suggestion| {
        let fresh = !seen.contains(&suggestion.words);
        seen.push(suggestion.words.clone());
        fresh
    });
    found.truncate(MOST);
    found
}

fn is_common(word: &str) -> bool {
    [
        "amazonaws",
        "com",
        "cn",
        "https",
        "http",
        "aws",
        "amazon",
        "api",
        "www",
    ]
    .contains(&word)
}

fn near_services(wanted: &str, found: &mut Vec<Suggestion>) {
    for service in services() {
        let nearest = names(service)
            .filter_map(|name| {
                let known = service::folded(name);
                let inside = wanted.len() > 3 && known.contains(wanted);
                if inside {
                    Some(2)
                } else {
                    within(wanted, &known, allowed(wanted))
                }
            })
            .min();
        if let Some(distance) = nearest {
            found.push(Suggestion {
                distance,
                words: service.id().to_owned(),
            });
        }
    }
}

fn near_operations(wanted: &str, found: &mut Vec<Suggestion>) {
    if wanted.len() < 6 {
        return;
    }
    let mut section = "";
    for line in table::lines(OPERATIONS) {
        if let Some(id) = line.strip_prefix('[') {
            section = id.trim_end_matches(']');
            continue;
        }
        let name = line.split(' ').next().unwrap_or_default();
        if name.len().abs_diff(wanted.len()) > allowed(wanted) {
            continue;
        }
        if let Some(distance) = within(wanted, &name.to_ascii_lowercase(), allowed(wanted)) {
            found.push(Suggestion {
                distance,
                words: format!("{section} {name}"),
            });
        }
    }
}

fn names(service: Service) -> impl Iterator<Item = &'static str> {
    [service.id(), service.service_id(), service.title()]
        .into_iter()
        .chain(service.endpoint_prefix())
        .chain(service.target_prefix())
        .chain(service.signing_names())
        .chain(service.aliases())
}

fn allowed(wanted: &str) -> usize {
    (wanted.len() / 5).clamp(1, 3)
}

/// The one of some names that a word is nearest to, case aside; `None` where none is near.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_ascii_lowercase();
    let near = names.into_iter().filter_map(|name| {
        let distance = within(&wanted, &name.to_ascii_lowercase(), allowed(&wanted))?;
        Some((distance, name))
    });
    near.min().map(|(_, name)| name)
}

/// The number of letters to change, leave out, put in or swap, if it is at most `most`.
fn within(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, right) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let change = at(&last, column) + usize::from(left != right);
            let mut cost = change
                .min(at(&last, column + 1) + 1)
                .min(at(&next, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(right)
                && other.get(column - 1) == Some(left);
            if swapped {
                cost = cost.min(at(&older, column - 1) + 1);
            }
            next.push(cost);
        }
        if next.iter().min().is_none_or(|least| *least > most) {
            return None;
        }
        older = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(word: &str) -> String {
        suggest(&[word])
            .first()
            .map(|near| near.words.clone())
            .unwrap_or_default()
    }

    #[test]
    fn near_misses_are_found() {
        assert_eq!(first("dynamodbb"), "dynamodb");
        assert_eq!(first("autoscalling"), "autoscaling");
        assert_eq!(
            first("DescribeScalingPlan"),
            "autoscaling-plans DescribeScalingPlans"
        );
        assert_eq!(first("dynamdb.us-east-1.amazonaws.com"), "dynamodb");
        assert!(suggest(&["zzzzzzzzzzzz"]).is_empty());
        assert!(suggest::<&str>(&[]).is_empty());
    }

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("difff", ["diff", "show"]), Some("diff"));
        assert_eq!(nearest("my-request", ["diff", "show"]), None);
    }

    #[test]
    fn distances() {
        assert_eq!(within("abc", "acb", 2), Some(1));
        assert_eq!(within("abc", "abcd", 2), Some(1));
        assert_eq!(within("abc", "xyz", 2), None);
    }
}
