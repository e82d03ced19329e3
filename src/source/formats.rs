use crate::source::{
    Format, botocore_debug, exception_text, json_error, query_error, raw_http, s3_error,
};

/// Every format, by id.
pub static FORMATS: &[&Format] = &[
    &botocore_debug::FORMAT,
    &exception_text::FORMAT,
    &json_error::FORMAT,
    &query_error::FORMAT,
    &raw_http::FORMAT,
    &s3_error::FORMAT,
];

/// The format of that id.
#[must_use]
pub fn format(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(FORMATS.is_sorted_by_key(|format| format.id));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/source");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let declares = |line: &str| line.starts_with("pub(super) static FORMAT: Format");
            if !text.lines().any(declares) {
                continue;
            }
            let id = path
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .replace('_', "-");
            assert!(
                format(&id).is_some(),
                "{} is not in FORMATS",
                path.display()
            );
        }
    }

    #[test]
    fn every_page_says_how_to_get_it() {
        for format in FORMATS {
            for section in ["## How to get it", "## What it holds", "## What it lacks"] {
                assert_eq!(
                    format.page.matches(section).count(),
                    1,
                    "{}: {section}",
                    format.id
                );
            }
            assert!(!format.summary.ends_with('.'), "{}", format.id);
        }
    }
}
