//! Every folder of `fixtures/cases`: the command, its exit code, what it finds, and its screens.
//!
//! `case.toml` names the command with its inputs (files of the folder), the throw-away key, and
//! what must come out. Screens are snapshots beside it: `INSTA_UPDATE=always cargo test --test
//! cases` rewrites them.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::{collections::BTreeMap, error::Error, fs, path::Path, process::Output};

use assert_cmd::Command;
use serde::Deserialize;
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The command and its arguments; inputs are files of the folder.
    command: Vec<String>,
    /// `--at`.
    at: Option<String>,
    /// The throw-away key pair by its name in fixtures/README.md.
    secret: Option<String>,
    /// The exit code.
    exit: i32,
    /// All findings, in order.
    finds: Vec<Find>,
    /// Rules that must not be found.
    #[serde(default)]
    silent: Vec<String>,
    /// Widths at which the screen is a snapshot.
    #[serde(default = "widths")]
    widths: Vec<u16>,
    /// Whether the JSON document is a snapshot too.
    #[serde(default)]
    json: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Find {
    rule: String,
    proof: String,
}

fn widths() -> Vec<u16> {
    vec![80]
}

fn check(path: &Path) -> datatest_stable::Result<()> {
    let folder = path.parent().ok_or("a case has a folder")?;
    let case: Case = toml::from_str(&fs::read_to_string(path)?)?;
    findings(folder, &case)?;
    for width in &case.widths {
        let output = run(folder, &case, &["--width", &width.to_string()])?;
        snapshot(
            folder,
            &format!("terminal-{width}"),
            &String::from_utf8(output.stdout)?,
        );
    }
    if case.json {
        let output = run(folder, &case, &["--format", "json"])?;
        snapshot(folder, "json", &String::from_utf8(output.stdout)?);
    }
    Ok(())
}

fn findings(folder: &Path, case: &Case) -> Outcome {
    let output = run(folder, case, &["--format", "json"])?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(case.exit) {
        return Err(format!(
            "exit {:?}, expected {}\n{stderr}",
            output.status.code(),
            case.exit
        )
        .into());
    }
    let document: Value = serde_json::from_slice(&output.stdout)?;
    let found: Vec<Find> = document["findings"]
        .as_array()
        .ok_or("findings")?
        .iter()
        .map(|finding| Find {
            rule: finding["rule"].as_str().unwrap_or_default().to_owned(),
            proof: finding["proof"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    if found != case.finds {
        return Err(format!("found {found:?}\nexpected {:?}", case.finds).into());
    }
    let accused = |id: &String| {
        let equivalent = document["findings"].as_array().into_iter().flatten();
        let mut equivalent =
            equivalent.flat_map(|finding| finding["equivalent"].as_array().into_iter().flatten());
        found.iter().any(|find| find.rule == *id) || equivalent.any(|other| other == id.as_str())
    };
    match case.silent.iter().find(|id| accused(id)) {
        Some(id) => Err(format!("{id} should be silent").into()),
        None => Ok(()),
    }
}

fn run(folder: &Path, case: &Case, more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = Command::cargo_bin("countersign")?;
    command
        .current_dir(folder)
        .args(&case.command)
        .args(more)
        .env_clear();
    if let Some(at) = &case.at {
        command.args(["--at", at]);
    }
    match case.secret.as_deref() {
        None => {}
        Some(name) => {
            let keys = BTreeMap::from([
                ("example", "AKIDEXAMPLE"),
                ("example-session", "ASIAEXAMPLE"),
            ]);
            let id = keys.get(name).ok_or("a key's name in fixtures/README.md")?;
            command.env("AWS_ACCESS_KEY_ID", id);
            command.env(
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            );
        }
    }
    Ok(command.output()?)
}

/// Compares with the snapshot in the case's folder. How many rules there are is no part of a case.
fn snapshot(folder: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(fs::canonicalize(folder).expect("the folder is there"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, uncounted(text)));
}

/// The text without how many rules there are: a sentence that counts them loses all but its
/// beginning, and JSON's lists of ids their ids.
fn uncounted(text: &str) -> String {
    const COUNTS: [&str; 3] = ["Not recomputed:", "Not checked:", "Cannot matter here:"];
    const BEGINS: [&str; 5] = [
        "Note:",
        "Examined:",
        "Recomputed",
        "Both sides",
        "No signature",
    ];
    let starts = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let mut out = String::new();
    let (mut sentence, mut list) = (false, false);
    for line in text.lines() {
        if let Some(word) = COUNTS.iter().find(|word| line.starts_with(**word)) {
            out.push_str(word);
            out.push_str(" …\n");
            sentence = true;
            continue;
        }
        sentence &= !line.is_empty() && !starts(line, &BEGINS);
        if list || sentence {
            list &= !line.starts_with("  ]");
            continue;
        }
        if starts(line, &["  \"vacuous\"", "  \"unchecked\""]) {
            list = !line.contains(']');
            out.push_str(line.split('[').next().unwrap_or_default());
            out.push_str("[…],\n");
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

datatest_stable::harness! {
    { test = check, root = "fixtures/cases", pattern = r"case\.toml$" },
}
