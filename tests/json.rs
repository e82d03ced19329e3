//! `docs/json-v1.md` names every field that any command writes, and the fields that are promised
//! are there.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

use std::{collections::BTreeSet, fs, path::Path};

use assert_cmd::Command;
use serde_json::Value;

const BOTH: &str = "fixtures/cases/autoscaling-plans-both-traps";
const REFUSED: &str = "fixtures/cases/autoscaling-plans-refused";

/// Each command with arguments, and the fields of its document, in order.
fn commands() -> Vec<(Vec<String>, Vec<&'static str>)> {
    let words = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    vec![
        (
            words(format!("show {BOTH}/aws-debug.log")),
            vec!["cases", "notes"],
        ),
        (
            words(format!("show {REFUSED}/error.json")),
            vec!["cases", "notes"],
        ),
        (
            words(format!(
                "diagnose {REFUSED}/my-request.http {REFUSED}/error.json"
            )),
            vec![
                "verdict",
                "findings",
                "vacuous",
                "unchecked",
                "notes",
                "compared",
            ],
        ),
        (
            words(format!("{BOTH}/my-request.http")),
            vec![
                "verdict",
                "findings",
                "vacuous",
                "unchecked",
                "notes",
                "compared",
            ],
        ),
        (
            words(format!("diff {BOTH}/my-request.http {BOTH}/aws-debug.log")),
            vec![
                "equal",
                "mine",
                "theirs",
                "first_divergence",
                "stages",
                "findings",
                "notes",
            ],
        ),
        (
            words(format!("explain {BOTH}/my-request.http")),
            vec![
                "artifacts",
                "as_signed",
                "request",
                "steps",
                "warnings",
                "notes",
            ],
        ),
        (
            words(format!("sign {BOTH}/my-request.http")),
            vec!["artifacts", "request", "credentials", "changes", "warnings"],
        ),
        (
            words("catalog autoscaling.us-east-1.amazonaws.com DescribeScalingPlans".to_owned()),
            vec!["botocore", "matches", "suggestions"],
        ),
        (words("rules".to_owned()), vec!["rules"]),
        (words("rules bare-target".to_owned()), vec!["rules"]),
        (words("formats".to_owned()), vec!["formats"]),
    ]
}

fn document(arguments: &[String]) -> Value {
    let output = Command::cargo_bin("countersign")
        .expect("the program is built")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        )
        .env("AWS_SESSION_TOKEN", "token")
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .expect("the program runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{arguments:?}: {error}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

#[test]
fn every_document_has_its_fields_and_no_others() {
    for (arguments, fields) in commands() {
        let document = document(&arguments);
        let object = document.as_object().expect("an object");
        assert_eq!(document["schema"], "countersign/v1");
        let command = match arguments.first().map(String::as_str) {
            Some(input) if Path::new(input).extension().is_some() => "diagnose",
            first => first.unwrap_or_default(),
        };
        assert_eq!(document["command"], command);
        let held: BTreeSet<&str> = object.keys().map(String::as_str).collect();
        let wanted: BTreeSet<&str> = ["schema", "command"].into_iter().chain(fields).collect();
        assert_eq!(held, wanted, "{arguments:?}");
    }
}

#[test]
fn the_documentation_names_every_field() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json-v1.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let mut names = BTreeSet::new();
    for (arguments, _) in commands() {
        collect(&document(&arguments), &mut names);
    }
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| {
            !page.contains(&format!("`{name}`")) && !page.contains(&format!("\"{name}\""))
        })
        .collect();
    assert!(missing.is_empty(), "docs/json-v1.md lacks {missing:?}");
}

#[test]
fn objects_of_a_list_have_the_same_fields() {
    for (arguments, _) in commands() {
        alike(&document(&arguments), "");
    }
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.insert(name.clone());
                collect(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

/// Absent is `null`, never left out.
fn alike(value: &Value, path: &str) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                alike(value, &format!("{path}.{name}"));
            }
        }
        Value::Array(values) => {
            let mut objects = values.iter().filter_map(Value::as_object);
            if let Some(first) = objects.next() {
                let fields: Vec<&String> = first.keys().collect();
                for other in objects {
                    assert_eq!(other.keys().collect::<Vec<_>>(), fields, "{path}");
                }
            }
            values.iter().for_each(|value| alike(value, path));
        }
        _ => {}
    }
}
