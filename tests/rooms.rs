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
    let mut rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let room = cells.next()?.strip_suffix('`')?;
        Some((room, cells.next()?))
    });
    let mut above: Vec<&str> = Vec::new();
    for (room, allowed) in ROOMS {
        let Some((_, words)) = rows.find(|(own, _)| own == room) else {
            panic!("docs/architecture.md has no row for {room} at its place in ROOMS");
        };
        let all_but = |other: &str| above.iter().copied().filter(|own| *own != other).collect();
        let named: BTreeSet<&str> = match words.strip_prefix("all above but ") {
            Some(other) => all_but(other),
            None if words == "everything" => all_but(""),
            None if words == "nothing" => BTreeSet::new(),
            None => words.split(", ").collect(),
        };
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(named, allowed, "what {room} may name");
        above.push(room);
    }
}

#[test]
fn files_stay_short() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    let mut long = BTreeSet::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        if code.lines().count() > LONGEST {
            let relative = path.strip_prefix(&source).unwrap();
            long.insert(relative.to_str().unwrap().to_owned());
        }
    }
    let still: BTreeSet<String> = STILL_LONG.iter().map(|path| (*path).to_owned()).collect();
    let new: Vec<&String> = long.difference(&still).collect();
    assert!(
        new.is_empty(),
        "longer than {LONGEST} lines before their tests: {new:?}"
    );
    let done: Vec<&String> = still.difference(&long).collect();
    assert!(
        done.is_empty(),
        "short by now, so to be taken from STILL_LONG: {done:?}"
    );
}

/// The longest file before its tests; the habit is about 100, with a hard look at 300.
const LONGEST: usize = 500;

/// Those that are longer. None is added.
const STILL_LONG: &[&str] = &[
    "command/request.rs",
    "compare/comparison.rs",
    "diagnose/draft.rs",
    "diagnose/examination.rs",
    "diagnose/proof/bench.rs",
    "diagnose/run.rs",
    "report/explanation/canonical.rs",
    "source/botocore_debug.rs",
    "source/exception_frame.rs",
    "source/printed.rs",
    "source/secrets/known.rs",
    "source/secrets/value.rs",
    "source/shell_words.rs",
];
