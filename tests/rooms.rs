//! The arrows between rooms: which may name which, read from every `crate::` path of the source.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room, and the rooms that it may name. `docs/architecture.md` says why.
const ROOMS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("sigv4", &["wire"]),
    ("catalog", &["sigv4"]),
    ("evidence", &["wire", "sigv4"]),
    ("source", &["wire", "sigv4", "evidence"]),
    ("compare", &["wire", "sigv4", "evidence"]),
    (
        "diagnose",
        &["wire", "sigv4", "catalog", "evidence", "compare"],
    ),
    (
        "sign",
        &["wire", "sigv4", "catalog", "evidence", "diagnose"],
    ),
    ("send", &["wire"]),
    (
        "report",
        &[
            "wire", "sigv4", "catalog", "evidence", "source", "compare", "diagnose", "sign",
        ],
    ),
    ("render", &["report"]),
    (
        "examine",
        &[
            "sigv4", "evidence", "source", "compare", "diagnose", "report",
        ],
    ),
    (
        "command",
        &[
            "wire", "sigv4", "catalog", "evidence", "source", "compare", "diagnose", "report",
            "sign", "send", "render", "examine",
        ],
    ),
];

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The rooms that a line names: `crate::room`, and those of a `use crate::{…}` of several lines.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].lines().count().max(1);
        let rest = &text[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit())
                .collect()
        };
        let Some(group) = rest.strip_prefix('{') else {
            out.push((line, word(rest)));
            continue;
        };
        let mut depth = 0;
        let mut fresh = true;
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                _ if character.is_whitespace() => {}
                _ if fresh && depth == 0 => {
                    out.push((line, word(&group[index..])));
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    out
}

#[test]
fn no_room_names_one_that_it_may_not() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let mut all = Vec::new();
    files(&source, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let relative = path.strip_prefix(&source).unwrap();
        let first = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let room = first.strip_suffix(".rs").unwrap_or(first);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(own, _)| *own == room) else {
            wrong.push(format!(
                "{}: no room of that name in ROOMS",
                relative.display()
            ));
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        // Tests at a file's foot may build what they need.
        let text = text.split("#[cfg(test)]").next().unwrap();
        let code: String = text
            .lines()
            .map(|line| {
                if line.trim_start().starts_with("//") {
                    ""
                } else {
                    line
                }
            })
            .collect::<Vec<_>>()
            .join("\n");
        for (line, name) in named(&code) {
            if name != room && rooms.contains(name.as_str()) && !allowed.contains(&name.as_str()) {
                wrong.push(format!(
                    "{}:{line}: {room} must not name {name}",
                    relative.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_has_its_lines_in_the_architecture() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"));
    let text = text.unwrap();
    for (room, _) in ROOMS {
        assert!(
            text.contains(&format!("| `{room}` |")),
            "docs/architecture.md has no row for {room}"
        );
    }
}

#[test]
fn files_stay_short() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().count();
        assert!(
            lines <= LONGEST,
            "{} has {lines} lines before its tests",
            path.display()
        );
    }
}

/// The longest file before its tests; the habit is about 100, with a hard look at 300.
const LONGEST: usize = 720;
