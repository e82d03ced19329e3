//! What holds for every rule, and what the first of them say of the case they were made for.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{collections::BTreeSet, fs, path::Path};

use bstr::ByteSlice;
use countersign::{
    diagnose::{
        Depth, Diagnosis, Evidence, Examination, diagnose,
        rules::{rule, rules},
    },
    evidence::{Case, InputId},
    sigv4::SecretAccessKey,
    source::read_all,
};

fn case(path: &str) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let bytes = fs::read(folder.join(path)).unwrap();
    let (mut cases, _, _) = read_all(InputId(0), &mut bytes.as_slice());
    cases.pop().unwrap()
}

fn examine(path: &str, secret: Option<&SecretAccessKey>) -> Diagnosis {
    let case = case(path);
    let attempt = case.last_attempt().unwrap();
    let evidence = Evidence {
        case: &case,
        attempt,
        secret,
        session_token: None,
        clock: None,
        theirs: None,
    };
    diagnose(&Examination::new(evidence), Depth::default())
}

fn found(diagnosis: &Diagnosis) -> Vec<(&'static str, &'static str)> {
    diagnosis
        .findings
        .iter()
        .map(|finding| (finding.rule.id, finding.proof.id()))
        .collect()
}

fn example_secret() -> SecretAccessKey {
    SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec())
}

#[test]
fn both_traps_are_answered_without_the_log() {
    let diagnosis = examine("handmade/both-2019/my-request.http", None);
    let expected = [
        ("bare-target", "known"),
        ("wrong-service-in-scope", "known"),
    ];
    assert_eq!(found(&diagnosis), expected);
}

#[test]
fn the_scope_is_proven_with_the_secret() {
    let diagnosis = examine(
        "handmade/both-2019/my-request.http",
        Some(&example_secret()),
    );
    let expected = [
        ("wrong-service-in-scope", "signature"),
        ("bare-target", "known"),
    ];
    assert_eq!(found(&diagnosis), expected);
}

#[test]
fn what_is_right_is_accused_of_nothing() {
    for path in [
        "handmade/right-2019/my-request.http",
        "handmade/right-plans-host/my-request.http",
    ] {
        for secret in [None, Some(&example_secret())] {
            assert_eq!(found(&examine(path, secret)), [], "{path}");
        }
    }
}

#[test]
fn every_file_is_in_its_table_and_every_rule_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose/rules");
    let mut files = BTreeSet::new();
    for group in fs::read_dir(folder).unwrap() {
        let group = group.unwrap().path();
        if !group.is_dir() {
            continue;
        }
        for file in fs::read_dir(group).unwrap() {
            let file = file.unwrap().path();
            let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
            if stem != "mod"
                && fs::read_to_string(&file)
                    .unwrap()
                    .contains("static RULE: Rule")
            {
                files.insert(stem.replace('_', "-"));
            }
        }
    }
    let declared: BTreeSet<String> = rules().iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(files, declared);
    assert!(rules().is_sorted_by(|one, next| one.id < next.id));
}

#[test]
fn every_page_has_its_sections_in_order() {
    const SECTIONS: [&str; 5] = [
        "## What goes wrong",
        "## How it shows",
        "## How it is proved",
        "## Fix",
        "## Seen in",
    ];
    for rule in rules() {
        let headings: Vec<&str> = rule
            .page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, SECTIONS, "{}", rule.id);
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
        let empty = rule.page.as_bytes().find("\n\n## ").is_none();
        assert!(!empty, "{}: sections are parted by empty lines", rule.id);
        if let Some(general) = rule.specialises {
            assert!(
                rules().iter().any(|other| other.id == general),
                "{}",
                rule.id
            );
        }
    }
}

/// Every line of the table of known mistakes: id, tier, letters of proof, and why no rule makes it.
fn known_mistakes() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mistakes.tsv");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_known_mistake_is_a_rule() {
    let known = known_mistakes();
    assert_eq!(known.len(), 116);
    for line in known {
        let [id, tier, proof, why @ ..] = line.as_slice() else {
            panic!("{line:?}");
        };
        let rule = rule(id).unwrap_or_else(|| panic!("no rule {id}"));
        assert_eq!(rule.tier.id(), tier, "{id}");
        let makes = rule.check.make().is_some() || rule.check.forms().is_some();
        let provable = proof.contains('S') || proof.contains('H');
        let by_text = proof == "MH";
        assert!(
            !provable || makes || by_text || !why.is_empty(),
            "{id}: nothing makes it"
        );
        let observes = rule.check.observe().is_some();
        assert!(
            !proof.starts_with('M') || observes,
            "{id}: nothing reads it"
        );
    }
}

#[test]
fn every_rule_has_a_folder_that_convicts_and_one_that_is_silent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        entries.map(|entry| name(entry.unwrap())).collect()
    };
    for rule in rules() {
        let folder = root.join(rule.id);
        assert!(folder.is_dir(), "{} has no folder", rule.id);
        for kind in ["convicts-", "silent-"] {
            let cases = names(&folder);
            let has = cases.iter().any(|case| {
                case.starts_with(kind) && folder.join(case).join("case.toml").is_file()
            });
            assert!(has, "{} has no folder {kind}*", rule.id);
        }
    }
    for name in names(&root) {
        assert!(rule(&name).is_some(), "{name} is no rule");
    }
}

#[test]
fn every_page_says_something_and_names_its_sources() {
    for rule in rules() {
        for section in rule.page.split("## ").skip(1) {
            let text = section.split_once('\n').unwrap().1.trim();
            assert!(text.len() > 10, "{}: {section:?}", rule.id);
        }
        let (_, seen) = rule.page.rsplit_once("## Seen in").unwrap();
        // A thread or a document; or, honestly, that there is none.
        let named = ["#", "source", "docs.", "User Guide", "thread", "report"];
        let own_case = seen.contains("The case that this tool was made for")
            || seen.contains("`autoscaling.REGION.amazonaws.com` in 2019")
            || seen.contains("botocore");
        let named = named.iter().any(|word| seen.contains(word));
        assert!(named || own_case, "{}: {seen:?}", rule.id);
    }
}
