//! Documents that are generated, and those that must say what is so.
//!
//! `INSTA_UPDATE=always cargo test --test docs` writes the generated ones anew.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use countersign::{diagnose::rules::rules, source::FORMATS};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a generated document with its file, or writes it.
fn generated(name: &str, text: &str) {
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        fs::write(path(name), text).unwrap();
    }
    let held = fs::read_to_string(path(name)).unwrap_or_default();
    assert!(
        held == text,
        "{name} is not up to date: INSTA_UPDATE=always cargo test --test docs"
    );
}

#[test]
fn the_rules_are_documented() {
    let mut text = String::from(
        "# The mistakes that countersign knows\n\nGenerated from the rules themselves; `countersign rules ID` shows a page.\n\n| rule | what went wrong | stage |\n|---|---|---|\n",
    );
    for rule in rules() {
        let (id, summary, stage) = (rule.id, rule.summary, rule.stage.id());
        writeln!(text, "| [`{id}`](#{id}) | {summary} | {stage} |").unwrap();
    }
    for rule in rules() {
        writeln!(
            text,
            "\n## {}\n\n{}{}.\n",
            rule.id,
            rule.summary[..1].to_uppercase(),
            &rule.summary[1..]
        )
        .unwrap();
        if let Some(general) = rule.specialises {
            writeln!(text, "A special case of [`{general}`](#{general}).\n").unwrap();
        }
        writeln!(text, "{}", rule.page.trim_end().replace("## ", "### ")).unwrap();
    }
    generated("docs/rules.md", &text);
}

#[test]
fn the_formats_are_documented() {
    let mut text = String::from(
        "# What countersign can read\n\nGenerated from the readers themselves; `countersign formats ID` shows a page.\n",
    );
    for format in FORMATS {
        writeln!(
            text,
            "\n## {}\n\n{}{}.\n",
            format.id,
            format.summary[..1].to_uppercase(),
            &format.summary[1..]
        )
        .unwrap();
        writeln!(text, "{}", format.page.trim_end().replace("## ", "### ")).unwrap();
    }
    generated("docs/formats.md", &text);
}

/// The answer in the README is the one that the tool gives.
#[test]
fn the_readme_shows_a_real_answer() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let snapshot = path("fixtures/cases/autoscaling-plans-both-traps/terminal-80.snap");
    let snapshot = fs::read_to_string(snapshot).unwrap();
    let screen = snapshot.splitn(3, "---\n").nth(2).unwrap();
    let answer = screen.split("\nNot recomputed").next().unwrap().trim();
    assert!(
        readme.contains(answer),
        "README.md does not show the answer of the bundled case"
    );
}

#[test]
fn the_first_block_of_the_readme_holds_two_commands() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let block = readme
        .split("```sh\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let commands: Vec<&str> = block.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(commands.len(), 2, "{block}");
    assert!(commands[0].starts_with("cargo run"));
    assert!(commands[1].starts_with("cargo test"));
}
