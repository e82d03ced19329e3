//! Every sample of every format: what is read of it is what the client computed and what the
//! server received.
//!
//! A folder `fixtures/sources/<format>/<sample>` with a `sample.toml` is a test. `wire/NNN.json`
//! holds what the recording server computed from the bytes it received, `wire/NNN.raw` those bytes.

use std::{error::Error, fs, path::Path};

use bstr::{BStr, ByteSlice};
use countersign::{
    evidence::{Attempt, Case, InputId, Party},
    source::read_all,
    wire::{Body, Fidelity, Request, Response},
};
use serde_json::Value;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Samples whose logs do not tell which answer is whose.
const ANSWER_UNKNOWN: &[&str] = &[
    "botocore-debug/aiobotocore-message-only",
    "botocore-debug/boto3-threads-message-only",
    "go-sdk-v1/parallel",
    "go-sdk-v2/parallel",
];

fn check(sample: &Path) -> datatest_stable::Result<()> {
    read_right(sample)
}

fn read_right(sample: &Path) -> Outcome {
    let folder = sample.parent().ok_or("a sample has a folder")?;
    let format = folder
        .parent()
        .and_then(Path::file_name)
        .ok_or("a format has a folder")?;
    let format = format.to_str().ok_or("a format's id")?;
    if countersign::source::format(format).is_none() {
        return Err("no format has this id".into());
    }
    let declared: toml::Table = toml::from_str(&fs::read_to_string(sample)?)?;
    let input = declared.get("input").and_then(toml::Value::as_str);
    let input = fs::read(folder.join(input.unwrap_or("input.log")))?;
    let (cases, _, _) = read_all(InputId(0), &mut input.as_slice());
    let attempts: Vec<(&Case, &Attempt)> = cases
        .iter()
        .flat_map(|case| case.attempts.iter().map(move |attempt| (case, attempt)))
        .collect();
    for (case, _) in &attempts {
        if case.format != format {
            return Err(format!("read as {}", case.format).into());
        }
    }
    if let Some(holds) = declared.get("holds").and_then(toml::Value::as_table) {
        held(holds, &cases, &attempts)?;
        truncated(&input);
    }
    let mut used = vec![false; attempts.len()];
    for (index, request) in declared_requests(&declared).iter().enumerate() {
        let wire = folder.join("wire").join(format!("{:03}", index + 1));
        let computed: Value = serde_json::from_slice(&fs::read(wire.with_extension("json"))?)?;
        if computed["signature"].is_null() {
            continue;
        }
        let shown = ["authorization", "canonical_request"];
        if !shown.iter().any(|what| shows(request, what)) {
            // What the client masked is read as far as it goes.
            let raw = Request::parse(&fs::read(wire.with_extension("raw"))?)?.message;
            let found = attempts.iter().enumerate().position(|(at, (_, attempt))| {
                !used[at] && (is_masked(attempt, &raw) || is_of(attempt, &computed))
            });
            let Some(at) = found else {
                // Where no request is shown at all, there is none to find.
                if attempts.iter().all(|(_, one)| one.requests.is_empty()) {
                    continue;
                }
                return Err(format!("request {} was not found", index + 1).into());
            };
            used[at] = true;
            answered(attempts[at].1, &wire)?;
            continue;
        }
        let found = attempts
            .iter()
            .enumerate()
            .position(|(at, (_, attempt))| !used[at] && is_of(attempt, &computed));
        let Some(at) = found else {
            return Err(format!("request {} was not found", index + 1).into());
        };
        used[at] = true;
        let tells = !ANSWER_UNKNOWN
            .iter()
            .any(|name| sample.ends_with(Path::new(name).join("sample.toml")));
        if tells && !attempts[at].1.requests.is_empty() && attempts[at].1.responses.is_empty() {
            return Err(format!("request {}: no answer was read", index + 1).into());
        }
        answered(attempts[at].1, &wire)
            .map_err(|error| format!("request {}: {error}", index + 1))?;
        let raw = Request::parse(&fs::read(wire.with_extension("raw"))?)?.message;
        one(attempts[at].1, request, &computed, &raw)
            .map_err(|error| format!("request {}: {error}", index + 1))?;
    }
    let sent = |(at, (_, attempt)): &(usize, &(&Case, &Attempt))| {
        let signed = attempt.authorization().is_some() || !attempt.requests.is_empty();
        !used[*at] && signed && !attempt.requests.is_empty()
    };
    let wire = fs::read_dir(folder.join("wire")).map_or(0, Iterator::count);
    let invented = attempts.iter().enumerate().filter(sent).count();
    if invented > 0 && wire > 0 {
        return Err(format!("{invented} attempts were never sent").into());
    }
    Ok(())
}

/// Whether what an attempt says of the answer is what was answered, and said once.
fn answered(attempt: &Attempt, wire: &Path) -> Outcome {
    let raw = fs::read(wire.with_extension("resp"))?;
    let sent = Response::parse(&raw)?.message;
    if attempt.responses.len() > 1 {
        return Err(format!("{} answers to one request", attempt.responses.len()).into());
    }
    let Some(response) = attempt.response() else {
        return Ok(());
    };
    if response.status != sent.status {
        return Err(format!("answered {}, read {}", sent.status, response.status).into());
    }
    let (Body::Captured(read), Body::Captured(body)) = (&response.body, &sent.body) else {
        return Ok(());
    };
    equal("answer", body.to_str().ok(), read)?;
    let refuses = sent.status >= 400 && !body.is_empty();
    if attempt.refusals.len() != usize::from(refuses) {
        return Err(format!("{} refusals in one answer", attempt.refusals.len()).into());
    }
    Ok(())
}

/// What a sample without a recording must give: how many cases, a signature, whose strings.
fn held(holds: &toml::Table, cases: &[Case], attempts: &[(&Case, &Attempt)]) -> Outcome {
    let text = |name: &str| holds.get(name).and_then(toml::Value::as_str);
    let count = holds.get("cases").and_then(toml::Value::as_integer);
    if count != i64::try_from(cases.len()).ok() {
        return Err(format!("{} cases were found", cases.len()).into());
    }
    let any = |holds: &dyn Fn(&Attempt) -> bool| attempts.iter().any(|(_, one)| holds(one));
    if let Some(signature) = text("signature") {
        let states = |one: &Attempt| {
            one.authorization()
                .is_some_and(|a| a.signature == signature)
        };
        if !any(&states) {
            return Err("the signature was not found".into());
        }
    }
    if let Some(provided) = text("provided") {
        let states = |one: &Attempt| {
            let refusal = one.refusal();
            refusal.is_some_and(|r| r.detail("SignatureProvided") == Some(BStr::new(provided)))
        };
        if !any(&states) {
            return Err("the signature that was provided was not found".into());
        }
    }
    if let Some(party) = text("exact") {
        let party = match party {
            "service" => Party::Service,
            _ => Party::Signer,
        };
        let exact = |one: &Attempt| {
            let canonical = one.canonical_request(party);
            canonical.is_some_and(|claim| claim.fidelity == Fidelity::Exact)
                && one.string_to_sign(party).is_some()
        };
        if !any(&exact) {
            return Err("the strings are not exact".into());
        }
    }
    Ok(())
}

/// Cut anywhere, a sample is read without a panic.
fn truncated(input: &[u8]) {
    for end in 0..input.len() {
        read_all(InputId(0), &mut &input[..end]);
    }
}

fn declared_requests(declared: &toml::Table) -> Vec<toml::Table> {
    let requests = declared.get("request").and_then(toml::Value::as_array);
    requests
        .into_iter()
        .flatten()
        .filter_map(|request| request.as_table().cloned())
        .collect()
}

fn shows(request: &toml::Table, what: &str) -> bool {
    let shows = request.get("shows").and_then(toml::Value::as_table);
    shows.and_then(|shows| shows.get(what)?.as_bool()) == Some(true)
}

/// Whether an attempt is the wire request: the same signature, in whatever place.
fn is_of(attempt: &Attempt, computed: &Value) -> bool {
    let signature = computed["signature"].as_str().unwrap_or_default();
    let alone = attempt
        .signatures
        .iter()
        .any(|claim| claim.text == signature);
    // A signer's log may print what it signs, and no signature.
    let unsigned = attempt.signatures.is_empty() && attempt.authorization().is_none();
    let signer = attempt.string_to_sign(Party::Signer);
    let same_string = signer.is_some_and(|claim| {
        [&computed["string_to_sign"], &computed["signed_string"]]
            .iter()
            .any(|string| string.as_str() == claim.text.to_str().ok())
    });
    let request = attempt.canonical_request(Party::Signer);
    let same_request = request
        .is_some_and(|claim| computed["canonical_request"].as_str() == claim.text.to_str().ok());
    alone
        || unsigned && (same_string || signer.is_none() && same_request)
        || attempt
            .authorization()
            .is_some_and(|stated| stated.signature == signature)
}

/// Whether an attempt is a request whose signature its client did not print.
fn is_masked(attempt: &Attempt, raw: &Request) -> bool {
    let of = |name: &str| {
        let read = attempt.request().and_then(|request| request.header(name));
        read.is_some() && read == raw.header(name)
    };
    let hidden = attempt
        .authorization()
        .is_none_or(|stated| stated.signature.is_empty());
    hidden
        && attempt
            .request()
            .is_some_and(|request| request.target == raw.target && request.method == raw.method)
        && of("x-amz-date")
}

fn one(attempt: &Attempt, shows_what: &toml::Table, computed: &Value, raw: &Request) -> Outcome {
    let signer = Party::Signer;
    if shows(shows_what, "canonical_request") && computed["verdict"] == "ok" {
        let claim = attempt
            .canonical_request(signer)
            .ok_or("no canonical request was read")?;
        equal(
            "canonical request",
            computed["canonical_request"].as_str(),
            &claim.text,
        )?;
    }
    if shows(shows_what, "string_to_sign") && computed["verdict"] == "ok" {
        let claim = attempt
            .string_to_sign(signer)
            .ok_or("no string to sign was read")?;
        equal(
            "string to sign",
            computed["string_to_sign"].as_str(),
            &claim.text,
        )?;
    }
    let Some(request) = attempt.request() else {
        return Ok(());
    };
    equal("method", raw.method.to_str().ok(), &request.method)?;
    equal("target", raw.target.to_str().ok(), &request.target)?;
    for field in &request.headers {
        let name = field.name.to_str()?;
        let sent = raw
            .headers
            .iter()
            .filter(|sent| sent.is(name))
            .any(|sent| sent.value.trim() == field.value.trim());
        // What a client logs before the transport takes over may be missing on the wire.
        if !sent
            && ![
                "content-length",
                "host",
                "transfer-encoding",
                "expect",
                "connection",
                "content-encoding",
            ]
            .iter()
            .any(|name| field.is(name))
        {
            return Err(format!("header {name}: {} was not sent", field.value).into());
        }
    }
    if let (Body::Captured(read), Body::Captured(sent)) = (&request.body, &raw.body) {
        equal("body", sent.to_str().ok(), read)?;
    }
    Ok(())
}

fn equal(what: &str, expected: Option<&str>, actual: &[u8]) -> Outcome {
    match expected {
        Some(expected) if expected.as_bytes() != actual => Err(format!(
            "{what}\nexpected:\n{expected}\nactual:\n{}",
            BStr::new(actual)
        )
        .into()),
        _ => Ok(()),
    }
}

datatest_stable::harness! {
    { test = check, root = "fixtures/sources", pattern = r"sample\.toml$" },
}
