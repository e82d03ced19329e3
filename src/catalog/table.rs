//! The tables' text, and the three ways in: by line, by column, by section. Nothing is parsed
//! before it is asked for.

use memchr::memmem;

/// The version of botocore that the tables were written from.
///
/// Source: `table/version.txt`, which `renew.py` writes.
pub const VERSION: &str = include_str!("table/version.txt").trim_ascii_end();

pub(super) const SERVICES: &str = include_str!("table/services.txt");
pub(super) const SERVICES_BY_HAND: &str = include_str!("table/services_by_hand.txt");
pub(super) const OPERATIONS: &str = include_str!("table/operations.txt");
pub(super) const HOSTS: &str = include_str!("table/hosts.txt");
pub(super) const PARTITIONS: &str = include_str!("table/partitions.txt");
pub(super) const PATTERNS: &str = include_str!("table/patterns.txt");
pub(super) const RECIPES: &str = include_str!("table/recipes.txt");
pub(super) const HISTORY: &str = include_str!("table/history.txt");

/// The lines of a table without its comments.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// One column of a line; `None` where the table has `-` or nothing.
pub(super) fn column(line: &'static str, index: usize) -> Option<&'static str> {
    line.split('\t')
        .nth(index)
        .filter(|text| *text != "-" && !text.is_empty())
}

/// The line whose first column is `key`.
pub(super) fn line_of(table: &'static str, key: &str) -> Option<&'static str> {
    let start = memmem::find(table.as_bytes(), format!("\n{key}\t").as_bytes())? + 1;
    let rest = table.get(start..)?;
    rest.lines().next()
}

/// All lines whose first column is `key`; they stand together.
pub(super) fn lines_of(table: &'static str, key: &str) -> impl Iterator<Item = &'static str> {
    let start = memmem::find(table.as_bytes(), format!("\n{key}\t").as_bytes());
    let rest = start.and_then(|at| table.get(at + 1..)).unwrap_or_default();
    let key = key.to_owned();
    rest.lines().take_while(move |line| {
        line.strip_prefix(key.as_str())
            .is_some_and(|rest| rest.starts_with('\t'))
    })
}

/// The lines below `[key]`.
pub(super) fn section(table: &'static str, key: &str) -> &'static str {
    let head = format!("\n[{key}]\n");
    let Some(start) = memmem::find(table.as_bytes(), head.as_bytes()) else {
        return "";
    };
    let rest = table.get(start + head.len()..).unwrap_or_default();
    let end = if rest.starts_with('[') {
        0
    } else {
        memmem::find(rest.as_bytes(), b"\n[").map_or(rest.len(), |at| at + 1)
    };
    rest.get(..end).unwrap_or_default()
}

/// The key of the section that holds the byte at `at`.
pub(super) fn section_key(table: &'static str, at: usize) -> Option<&'static str> {
    let before = table.get(..at)?;
    let start = memmem::rfind(before.as_bytes(), b"\n[")? + 2;
    table.get(start..)?.split(']').next()
}

/// The whole line that holds the byte at `at`.
pub(super) fn line_at(table: &'static str, at: usize) -> &'static str {
    let start = table
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    table
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_and_the_tables_name_the_same_version() {
        let pinned = format!("BOTOCORE = \"{VERSION}\"");
        assert!(
            include_str!("renew.py").contains(&pinned),
            "run python3 src/catalog/renew.py"
        );
        for table in [SERVICES, OPERATIONS, HOSTS, PARTITIONS] {
            let head = table.lines().next().unwrap();
            assert!(head.contains(&format!("of botocore {VERSION};")), "{head}");
        }
    }

    #[test]
    fn the_tables_add_at_most_a_megabyte_and_a_half() {
        let all = [
            SERVICES,
            SERVICES_BY_HAND,
            OPERATIONS,
            HOSTS,
            PARTITIONS,
            PATTERNS,
            RECIPES,
            HISTORY,
        ];
        let bytes: usize = all.iter().map(|table| table.len()).sum();
        assert!(bytes <= 1_500_000, "{bytes} bytes");
    }

    #[test]
    fn services_are_sorted() {
        assert!(lines(SERVICES).is_sorted());
    }
}
