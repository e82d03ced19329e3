//! Whether a path is of a URI template, and how well it fits.

/// How well a path fits a template; the greater the better.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Fit {
    /// Segments and query parameters that the template fixes.
    literal: usize,
    /// Labels that take one segment each, rather than all that is left.
    single: usize,
}

/// How a path, with its query if it has one, fits a template; `None` where it does not.
pub(super) fn fit(template: &str, path: &[u8]) -> Option<Fit> {
    let (template, fixed) = template.split_once('?').unwrap_or((template, ""));
    let (path, query) = split(path);
    let mut fit = Fit {
        literal: 0,
        single: 0,
    };
    for parameter in fixed.split('&').filter(|parameter| !parameter.is_empty()) {
        let mut given = query.split(|byte| *byte == b'&');
        let exact = parameter.contains('=');
        if !given.any(|given| {
            let name = given.split(|byte| *byte == b'=').next().unwrap_or_default();
            (if exact { given } else { name }) == parameter.as_bytes()
        }) {
            return None;
        }
        fit.literal += 1;
    }
    segments(trimmed(template.as_bytes()), trimmed(path), fit)
}

fn segments(template: &[u8], path: &[u8], mut fit: Fit) -> Option<Fit> {
    let mut wanted = template.split(|byte| *byte == b'/').peekable();
    let mut given = path.split(|byte| *byte == b'/');
    while let Some(want) = wanted.next() {
        if want.ends_with(b"+}") {
            // What follows a greedy label is counted from the end.
            let after: Vec<&[u8]> = wanted.collect();
            let left: Vec<&[u8]> = given.collect();
            let (_, tail) = left.split_at_checked(left.len().checked_sub(after.len())?)?;
            if left.len() == after.len() || left.iter().all(|segment| segment.is_empty()) {
                return None;
            }
            for (want, have) in after.iter().zip(tail) {
                fit = one(want, have, fit)?;
            }
            return Some(fit);
        }
        fit = one(want, given.next()?, fit)?;
    }
    given.next().is_none().then_some(fit)
}

fn one(want: &[u8], have: &[u8], mut fit: Fit) -> Option<Fit> {
    let open = want.iter().position(|byte| *byte == b'{');
    let Some(open) = open else {
        fit.literal += usize::from(!want.is_empty());
        return (want == have).then_some(fit);
    };
    // A segment may hold text beside its label: `/{Name}:run`, `/v1.{Minor}`.
    let close = want.iter().rposition(|byte| *byte == b'}')?;
    let (before, after) = (want.get(..open)?, want.get(close + 1..)?);
    let fits = have.len() > before.len() + after.len()
        && have.starts_with(before)
        && have.ends_with(after);
    fit.single += 1;
    fits.then_some(fit)
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().position(|byte| *byte == b'?') {
        Some(at) => (
            path.get(..at).unwrap_or_default(),
            path.get(at + 1..).unwrap_or_default(),
        ),
        None => (path, b""),
    }
}

fn trimmed(path: &[u8]) -> &[u8] {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    path.strip_suffix(b"/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_template() {
        for (template, path, fits) in [
            ("/", "/", true),
            ("/", "/x", false),
            (
                "/2013-04-01/hostedzone/{Id}/rrset",
                "/2013-04-01/hostedzone/Z1/rrset/",
                true,
            ),
            (
                "/2013-04-01/hostedzone/{Id}",
                "/2013-04-01/hostedzone/Z1/rrset",
                false,
            ),
            ("/{Bucket}/{Key+}", "/b/a/b/c", true),
            ("/{Bucket}/{Key+}", "/b", false),
            ("/{Bucket}?list-type=2", "/b?list-type=2&prefix=x", true),
            ("/{Bucket}?list-type=2", "/b?list-type=1", false),
            ("/{Bucket}?acl", "/b?acl=", true),
            ("/a/{x+}/b", "/a/1/2/b", true),
            ("/a/{x+}/b", "/a/b", false),
        ] {
            assert_eq!(
                fit(template, path.as_bytes()).is_some(),
                fits,
                "{template} {path}"
            );
        }
    }

    #[test]
    fn the_template_that_fixes_more_fits_better() {
        let path = b"/b?list-type=2";
        assert!(fit("/{Bucket}?list-type=2", path) > fit("/{Bucket}", path));
        assert!(fit("/{Bucket}/{Key}", b"/b/k") > fit("/{Bucket}/{Key+}", b"/b/k"));
    }
}
