//! Every folder of `fixtures/rules`: a request with one mistake, or with none, made by a signer of
//! its own (`fixtures/record/mistaken_signer.py`), and what must be found in it.
//!
//! `convicts-*`: the folder's rule is found first, or named with the first as having one effect,
//! by the proof that `case.toml` demands, and nothing else is found. `silent-*`: nothing is. So it is
//! where the inputs stand below one another in one paste, but for what is left over: whether an empty
//! line below a string to sign is its own, is not in a paste.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::{fmt::Write as _, fs, path::Path};

use bstr::ByteSlice;
use countersign::{
    diagnose::{
        Depth, Diagnosis, Edit, Evidence, Examination, Finding, RuleStage, Within, diagnose,
    },
    evidence::{Case, InputId, Preference, Selector, join},
    sigv4::{SecretAccessKey, Timestamp},
    source::read_all,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    #[serde(default)]
    run: Vec<Run>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// Files of the folder, in order.
    inputs: Vec<String>,
    /// Whether the secret of the throw-away keys is given.
    #[serde(default)]
    secret: bool,
    /// The time at which the service looked at it.
    at: Option<String>,
    /// The proof of the first finding.
    proof: Option<String>,
    /// What is found first where it is not the folder's rule.
    first: Option<String>,
    /// Mistakes that were made at once: each must be found or named as having one effect, by the
    /// proof, and nothing else may be proven.
    #[serde(default)]
    made: Vec<String>,
    /// What is found besides, `RULE by PROOF`; nothing of it may be proven.
    #[serde(default)]
    also: Vec<String>,
    /// A part of one of the signs that the first finding has.
    sign: Option<String>,
    /// What the first finding says of the form, or a part of it.
    form: Option<String>,
}

fn check(path: &Path) -> datatest_stable::Result<()> {
    let folder = path.parent().ok_or("a case has a folder")?;
    let name = folder.file_name().unwrap().to_str().unwrap();
    let rule = folder.parent().unwrap().file_name().unwrap();
    let rule = rule.to_str().unwrap();
    let case: Folder = toml::from_str(&fs::read_to_string(path)?)?;
    if case.run.is_empty() {
        return Err("no run".into());
    }
    let mut complaints = String::new();
    for run in &case.run {
        if run.proof.is_some() != name.starts_with("convicts") {
            return Err("a convicts-* folder demands proofs, a silent-* folder none".into());
        }
        let case = read(folder, &run.inputs)?;
        let diagnosis = examine(&case, run);
        let misplaced = || misplaced(folder, run, &diagnosis);
        if let Some(words) = complaint(rule, run, &diagnosis).or_else(misplaced) {
            let with = if run.secret { " and the secret" } else { "" };
            writeln!(complaints, "{}{with}: {words}", run.inputs.join(", "))?;
        }
        for around in AROUND.iter().filter(|_| run.inputs.len() > 1) {
            let diagnosis = examine(&pasted(folder, &run.inputs, around)?, run);
            let run = &match run.proof.as_deref() {
                Some("excluded") if is_apart(folder, around) => Run {
                    proof: Some("suspected".to_owned()),
                    ..run.clone()
                },
                _ => run.clone(),
            };
            if let Some(words) = complaint(rule, run, &diagnosis) {
                writeln!(complaints, "{} pasted: {words}", run.inputs.join(", "))?;
            }
        }
    }
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(complaints.into()),
    }
}

/// The inputs as the command `diagnose` reads them.
fn read(folder: &Path, inputs: &[String]) -> datatest_stable::Result<Case> {
    let mut cases = Vec::new();
    for (at, input) in inputs.iter().enumerate() {
        let bytes = fs::read(folder.join(input))?;
        let (read, _, _) = read_all(InputId(at), &mut bytes.as_slice());
        let preference = match cases.first() {
            None => Preference::Failed,
            Some((_, first)) => Preference::Fitting(Box::new(Case::clone(first))),
        };
        let mut selector = Selector::new(preference);
        read.into_iter().for_each(|case| selector.see(case));
        let selection = selector.finish().ok_or(format!("{input} holds no case"))?;
        cases.push((InputId(at), selection.case));
    }
    let (_, first) = cases.remove(0);
    let joined = join(first, cases);
    match joined.apart.as_slice() {
        [] => Ok(joined.case),
        _ => Err("an input speaks of another request".into()),
    }
}

/// What people write before, between and behind the parts of a paste.
const AROUND: [[&str; 3]; 4] = [
    ["", "\n\n", ""],
    ["", "\n\nand what comes back:\n\n", ""],
    ["My request\n```\n", "\n```\nand\n```\n", "\n```\n"],
    ["All of it\n```\n", "\n\n", "\n```\nThank you!\n"],
];

/// Whether an empty line stands below a string to sign in a paste.
fn is_apart(folder: &Path, [_, between, _]: &[&str; 3]) -> bool {
    let signer = fs::read_to_string(folder.join("signer.txt")).unwrap_or_default();
    let first = signer.lines().rev().nth(3);
    between.starts_with("\n\n") && first.is_some_and(|line| line.starts_with("AWS4-"))
}

/// The inputs as one paste.
fn pasted(
    folder: &Path,
    inputs: &[String],
    [before, between, behind]: &[&str; 3],
) -> datatest_stable::Result<Case> {
    let part = |input: &String| -> std::io::Result<Vec<u8>> {
        let mut text = fs::read(folder.join(input))?;
        // What a program printed last ends its line, and no more.
        if input == "signer.txt" && text.ends_with(b"\n") {
            text.pop();
        }
        Ok(text)
    };
    let parts: Result<Vec<Vec<u8>>, _> = inputs.iter().map(part).collect();
    let text = bstr::join(between, parts?);
    let text = [before.as_bytes(), &text, behind.as_bytes()].concat();
    let (cases, _, _) = read_all(InputId(0), &mut text.as_slice());
    let mut selector = Selector::new(Preference::Failed);
    cases.into_iter().for_each(|case| selector.see(case));
    Ok(selector.finish().ok_or("nothing was read of a paste")?.case)
}

fn examine(case: &Case, run: &Run) -> Diagnosis {
    let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
    let attempt = case.last_attempt().unwrap();
    let at = run.at.as_ref();
    let it = Examination::new(Evidence {
        case,
        attempt,
        secret: run.secret.then_some(&secret),
        session_token: None,
        clock: at.map(|text| Timestamp::parse(text.as_bytes()).unwrap()),
        theirs: None,
    });
    diagnose(&it, Depth::default())
}

/// What is wrong with what was found, if anything.
fn complaint(rule: &str, run: &Run, diagnosis: &Diagnosis) -> Option<String> {
    let found = diagnosis.findings.iter().map(told).collect::<Vec<_>>();
    let Some(proof) = &run.proof else {
        return (!found.is_empty()).then(|| format!("found {found:?}"));
    };
    if !run.made.is_empty() {
        return missed(run, proof, diagnosis).map(|words| format!("{words}, found {found:?}"));
    }
    let rule = run.first.as_deref().unwrap_or(rule);
    let (Some(first), Some((_, others))) = (diagnosis.findings.first(), found.split_first()) else {
        return Some("found nothing".to_owned());
    };
    let named = first.rule.id == rule || first.equivalent.iter().any(|other| other.id == rule);
    if !named || first.proof.id() != proof {
        return Some(format!("expected {rule} by {proof}, found {found:?}"));
    }
    if others != run.also {
        return Some(format!("found besides {others:?}"));
    }
    if let Some(part) = &run.sign
        && !first
            .exhibit
            .signs
            .iter()
            .any(|sign| sign.contains_str(part))
    {
        return Some(format!("the signs are {:?}", first.exhibit.signs));
    }
    let form = first.parameter.clone().unwrap_or_default();
    match &run.form {
        Some(part) if !form.contains_str(part) => Some(format!("the form is {form:?}")),
        _ => None,
    }
}

/// An edit that changes nothing, that is not about what stands in its place, or that changes what
/// was not signed.
fn misplaced(folder: &Path, run: &Run, diagnosis: &Diagnosis) -> Option<String> {
    let wrong = |finding: &Finding, edit: &Edit| {
        let input = edit.at.as_ref().map(|span| &run.inputs[span.input.0]);
        let of_text = finding.rule.stage == RuleStage::Text || edit.within == Within::StringToSign;
        let in_request = input.is_some_and(|input| input == "request.http");
        let of_query = edit.within == Within::CanonicalRequest;
        edit.from == edit.to
            || of_text && in_request
            || of_query && edit.from.contains_str("X-Amz-Signature=")
            || edit.at.is_some()
                && edit.within == Within::Anything
                && !edit_stands(folder, run, edit)
    };
    let mut edits = diagnosis
        .findings
        .iter()
        .flat_map(|finding| finding.fix.edits.iter().map(move |edit| (finding, edit)));
    let found = edits.find(|(finding, edit)| wrong(finding, edit));
    found.map(|(finding, edit)| {
        format!(
            "{} changes {:?} to {:?}",
            finding.rule.id, edit.from, edit.to
        )
    })
}

/// Whether the text that an edit replaces stands in its input.
fn edit_stands(folder: &Path, run: &Run, edit: &Edit) -> bool {
    let span = edit.at.as_ref();
    span.is_none_or(|span| {
        let bytes = fs::read(folder.join(&run.inputs[span.input.0])).unwrap();
        bytes.contains_str(&edit.from)
    })
}

/// Which of several mistakes was not found, or what was proven that was not made.
fn missed(run: &Run, proof: &str, diagnosis: &Diagnosis) -> Option<String> {
    let proven: Vec<&Finding> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.proof.id() == proof)
        .collect();
    let is = |finding: &Finding, id: &String| {
        finding.rule.id == id || finding.equivalent.iter().any(|other| other.id == id)
    };
    let missed = run
        .made
        .iter()
        .find(|id| !proven.iter().any(|finding| is(finding, id)));
    let wrong = proven
        .iter()
        .find(|finding| !run.made.iter().any(|id| is(finding, id)));
    missed
        .map(|id| format!("missed {id}"))
        .or_else(|| wrong.map(|finding| format!("wrongly proven {}", finding.rule.id)))
}

fn told(finding: &Finding) -> String {
    let mut text = format!("{} by {}", finding.rule.id, finding.proof.id());
    if !finding.equivalent.is_empty() {
        write!(text, " = {:?}", finding.equivalent).unwrap();
    }
    text
}

datatest_stable::harness! {
    { test = check, root = "fixtures/rules", pattern = r"case\.toml$" },
    { test = check, root = "fixtures/pairs", pattern = r"case\.toml$" },
    { test = check, root = "fixtures/threads", pattern = r"case\.toml$" },
    { test = check, root = "fixtures/right", pattern = r"case\.toml$" },
}
