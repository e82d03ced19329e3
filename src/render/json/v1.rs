mod catalog;
mod sign;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::report::{
    Answer, ArtifactsAnswer, AttemptAnswer, Bytes, ComparedAnswer, Deviation, DiagnosisAnswer,
    DiffAnswer, DivergenceAnswer, EditAnswer, ExplainAnswer, FindingAnswer, FormatAnswer,
    NoteAnswer, RefusalAnswer, RequestAnswer, ResponseAnswer, RuleAnswer, SideAnswer, StageAnswer,
    StepAnswer, StepLineAnswer, UncheckedAnswer, WarningAnswer,
};

const SCHEMA: &str = "countersign/v1";

/// The document on standard output.
#[derive(Serialize)]
pub(super) struct Root<'a> {
    schema: &'static str,
    command: &'static str,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Show {
        cases: Vec<Attempt<'a>>,
        notes: Vec<Note<'a>>,
    },
    Diagnose(Diagnosis<'a>),
    Diff(Diff<'a>),
    Explain(Explain<'a>),
    Rules {
        rules: Vec<Rule>,
    },
    Formats {
        formats: Vec<Format>,
    },
    Catalog(catalog::Catalog<'a>),
    Sign(sign::Sign<'a>),
}

impl<'a> Root<'a> {
    /// The document of an answer.
    pub(super) fn of(answer: &'a Answer) -> Self {
        let (command, body) = match answer {
            Answer::Show { cases, notes } => {
                let cases = cases.iter().map(Attempt::of).collect();
                (
                    "show",
                    Body::Show {
                        cases,
                        notes: notes.iter().map(Note::of).collect(),
                    },
                )
            }
            Answer::Diagnose(answer) => ("diagnose", Body::Diagnose(Diagnosis::of(answer))),
            Answer::Diff(answer) => ("diff", Body::Diff(Diff::of(answer))),
            Answer::Explain(answer) => ("explain", Body::Explain(Explain::of(answer))),
            Answer::Rules(rules) => (
                "rules",
                Body::Rules {
                    rules: rules.iter().map(Rule::of).collect(),
                },
            ),
            Answer::Formats(formats) => (
                "formats",
                Body::Formats {
                    formats: formats.iter().map(Format::of).collect(),
                },
            ),
            Answer::Catalog(answer) => ("catalog", Body::Catalog(catalog::Catalog::of(answer))),
            Answer::Sign(answer) => ("sign", Body::Sign(sign::Sign::of(answer))),
        };
        Self {
            schema: SCHEMA,
            command,
            body,
        }
    }
}

/// Bytes: a string, or an object with their Base64 where they are no UTF-8.
struct Text<'a>(&'a Bytes);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut object = serializer.serialize_struct("bytes", 1)?;
                object.serialize_field("base64", &base64(&self.0.0))?;
                object.end()
            }
        }
    }
}

/// RFC 4648, section 4, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    out
}

fn text(bytes: &Option<Bytes>) -> Option<Text<'_>> {
    bytes.as_ref().map(Text)
}

#[derive(Serialize)]
struct Attempt<'a> {
    case: u32,
    attempt: usize,
    format: &'static str,
    lines: Option<[u64; 2]>,
    access_key_id: Option<Text<'a>>,
    session_token_present: bool,
    request: Option<Request<'a>>,
    canonical_request: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
    credential_scope: Option<Text<'a>>,
    signed_headers: Vec<Text<'a>>,
    signature: Option<Text<'a>>,
    authorization: Option<Text<'a>>,
    response: Option<Response<'a>>,
    refusal: Option<Refusal<'a>>,
}

impl<'a> Attempt<'a> {
    fn of(answer: &'a AttemptAnswer) -> Self {
        Self {
            case: answer.case,
            attempt: answer.attempt,
            format: answer.format,
            lines: answer.lines.map(|(first, last)| [first, last]),
            access_key_id: text(&answer.access_key_id),
            session_token_present: answer.session_token_present,
            request: answer.request.as_ref().map(Request::of),
            canonical_request: text(&answer.canonical_request),
            string_to_sign: text(&answer.string_to_sign),
            credential_scope: text(&answer.credential_scope),
            signed_headers: answer.signed_headers.iter().map(Text).collect(),
            signature: text(&answer.signature),
            authorization: text(&answer.authorization),
            response: answer.response.as_ref().map(Response::of),
            refusal: answer.refusal.as_ref().map(Refusal::of),
        }
    }
}

fn headers(headers: &[(Bytes, Bytes)]) -> Vec<[Text<'_>; 2]> {
    headers
        .iter()
        .map(|(name, value)| [Text(name), Text(value)])
        .collect()
}

#[derive(Serialize)]
struct Request<'a> {
    method: Text<'a>,
    target: Text<'a>,
    url: Option<Text<'a>>,
    headers: Vec<[Text<'a>; 2]>,
    body: Option<Text<'a>>,
}

impl<'a> Request<'a> {
    fn of(answer: &'a RequestAnswer) -> Self {
        Self {
            method: Text(&answer.method),
            target: Text(&answer.target),
            url: text(&answer.url),
            headers: headers(&answer.headers),
            body: text(&answer.body),
        }
    }
}

#[derive(Serialize)]
struct Response<'a> {
    status: u16,
    headers: Vec<[Text<'a>; 2]>,
    body: Option<Text<'a>>,
}

impl<'a> Response<'a> {
    fn of(answer: &'a ResponseAnswer) -> Self {
        Self {
            status: answer.status,
            headers: headers(&answer.headers),
            body: text(&answer.body),
        }
    }
}

#[derive(Serialize)]
struct Refusal<'a> {
    code: Text<'a>,
    message: Text<'a>,
    canonical_request: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
}

impl<'a> Refusal<'a> {
    fn of(answer: &'a RefusalAnswer) -> Self {
        Self {
            code: Text(&answer.code),
            message: Text(&answer.message),
            canonical_request: text(&answer.canonical_request),
            string_to_sign: text(&answer.string_to_sign),
        }
    }
}

#[derive(Serialize)]
struct Note<'a> {
    input: &'a str,
    line: u64,
    message: &'a str,
}

impl<'a> Note<'a> {
    fn of(answer: &'a NoteAnswer) -> Self {
        Self {
            input: &answer.input,
            line: answer.line,
            message: &answer.message,
        }
    }
}

#[derive(Serialize)]
struct Diagnosis<'a> {
    verdict: &'static str,
    findings: Vec<Finding<'a>>,
    vacuous: &'a [&'static str],
    unchecked: Vec<Unchecked>,
    notes: Vec<Note<'a>>,
    compared: Option<Compared<'a>>,
}

#[derive(Serialize)]
struct Compared<'a> {
    client: &'static str,
    first_divergence: Option<First<'a>>,
    stages: Vec<Stage<'a>>,
}

impl<'a> Compared<'a> {
    fn of(answer: &'a ComparedAnswer) -> Self {
        Self {
            client: answer.client,
            first_divergence: answer.first_divergence.as_ref().map(First::of),
            stages: answer.stages.iter().map(Stage::of).collect(),
        }
    }
}

impl<'a> Diagnosis<'a> {
    fn of(answer: &'a DiagnosisAnswer) -> Self {
        Self {
            verdict: answer.verdict,
            findings: answer.findings.iter().map(Finding::of).collect(),
            vacuous: &answer.vacuous,
            unchecked: answer.unchecked.iter().map(Unchecked::of).collect(),
            notes: answer.notes.iter().map(Note::of).collect(),
            compared: answer.compared.as_ref().map(Compared::of),
        }
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    proof: &'static str,
    parameter: Option<Text<'a>>,
    summary: &'static str,
    fix: Text<'a>,
    edits: Vec<Edit<'a>>,
    expected: Option<Text<'a>>,
    actual: Option<Text<'a>>,
    with: &'a [&'static str],
    equivalent: &'a [&'static str],
}

impl<'a> Finding<'a> {
    fn of(answer: &'a FindingAnswer) -> Self {
        Self {
            rule: answer.rule,
            proof: answer.proof,
            parameter: text(&answer.parameter),
            summary: answer.summary,
            fix: Text(&answer.fix),
            edits: answer.edits.iter().map(Edit::of).collect(),
            expected: text(&answer.expected),
            actual: text(&answer.actual),
            with: &answer.with,
            equivalent: &answer.equivalent,
        }
    }
}

#[derive(Serialize)]
struct Edit<'a> {
    input: Option<&'a str>,
    line: Option<u64>,
    from: Text<'a>,
    to: Text<'a>,
}

impl<'a> Edit<'a> {
    fn of(answer: &'a EditAnswer) -> Self {
        Self {
            input: answer.input.as_deref(),
            line: answer.line,
            from: Text(&answer.from),
            to: Text(&answer.to),
        }
    }
}

#[derive(Serialize)]
struct Unchecked {
    rule: &'static str,
    needs: &'static str,
}

impl Unchecked {
    fn of(answer: &UncheckedAnswer) -> Self {
        Self {
            rule: answer.rule,
            needs: answer.needs,
        }
    }
}

#[derive(Serialize)]
struct Diff<'a> {
    equal: bool,
    mine: Side<'a>,
    theirs: Side<'a>,
    first_divergence: Option<First<'a>>,
    stages: Vec<Stage<'a>>,
    findings: Vec<Finding<'a>>,
    notes: Vec<Note<'a>>,
}

impl<'a> Diff<'a> {
    fn of(answer: &'a DiffAnswer) -> Self {
        Self {
            equal: answer.equal,
            mine: Side::of(&answer.mine),
            theirs: Side::of(&answer.theirs),
            first_divergence: answer.first_divergence.as_ref().map(First::of),
            stages: answer.stages.iter().map(Stage::of).collect(),
            findings: answer.diagnosis.findings.iter().map(Finding::of).collect(),
            notes: answer.diagnosis.notes.iter().map(Note::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Side<'a> {
    input: &'a str,
    case: u32,
    lines: Option<[u64; 2]>,
}

impl<'a> Side<'a> {
    fn of(answer: &'a SideAnswer) -> Self {
        let lines = answer.lines.map(|(first, last)| [first, last]);
        Self {
            input: &answer.input,
            case: answer.case,
            lines,
        }
    }
}

#[derive(Serialize)]
struct First<'a> {
    stage: &'static str,
    #[serde(flatten)]
    divergence: Divergence<'a>,
}

impl<'a> First<'a> {
    fn of((stage, divergence): &'a (&'static str, DivergenceAnswer)) -> Self {
        Self {
            stage,
            divergence: Divergence::of(divergence),
        }
    }
}

#[derive(Serialize)]
struct Stage<'a> {
    stage: &'static str,
    equal: bool,
    mine: Option<Text<'a>>,
    theirs: Option<Text<'a>>,
    divergences: Vec<Divergence<'a>>,
}

impl<'a> Stage<'a> {
    fn of(answer: &'a StageAnswer) -> Self {
        Self {
            stage: answer.stage,
            equal: answer.equal,
            mine: text(&answer.mine),
            theirs: text(&answer.theirs),
            divergences: answer.divergences.iter().map(Divergence::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Divergence<'a> {
    part: Text<'a>,
    kind: &'static str,
    mine: Option<Text<'a>>,
    theirs: Option<Text<'a>>,
    at: usize,
}

impl<'a> Divergence<'a> {
    fn of(answer: &'a DivergenceAnswer) -> Self {
        Self {
            part: Text(&answer.part),
            kind: answer.kind,
            mine: text(&answer.mine),
            theirs: text(&answer.theirs),
            at: answer.at,
        }
    }
}

#[derive(Serialize)]
struct Explain<'a> {
    artifacts: Artifacts<'a>,
    as_signed: Artifacts<'a>,
    request: Option<Request<'a>>,
    steps: Vec<Step<'a>>,
    warnings: Vec<Warning<'a>>,
    notes: Vec<Note<'a>>,
}

impl<'a> Explain<'a> {
    fn of(answer: &'a ExplainAnswer) -> Self {
        Self {
            artifacts: Artifacts::of(&answer.artifacts),
            as_signed: Artifacts::of(&answer.as_signed),
            request: answer.request.as_ref().map(Request::of),
            steps: answer.steps.iter().map(Step::of).collect(),
            warnings: answer.warnings.iter().map(Warning::of).collect(),
            notes: answer.notes.iter().map(Note::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Artifacts<'a> {
    canonical_request: Option<Text<'a>>,
    canonical_request_digest: Option<Text<'a>>,
    string_to_sign: Option<Text<'a>>,
    credential_scope: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    authorization: Option<Text<'a>>,
}

impl<'a> Artifacts<'a> {
    fn of(answer: &'a ArtifactsAnswer) -> Self {
        Self {
            canonical_request: text(&answer.canonical_request),
            canonical_request_digest: text(&answer.canonical_request_digest),
            string_to_sign: text(&answer.string_to_sign),
            credential_scope: text(&answer.credential_scope),
            signature: text(&answer.signature),
            authorization: text(&answer.authorization),
        }
    }
}

#[derive(Serialize)]
struct Step<'a> {
    step: u8,
    name: &'static str,
    deviations: Vec<StepDeviation<'a>>,
    lines: Vec<StepLine<'a>>,
}

impl<'a> Step<'a> {
    fn of(answer: &'a StepAnswer) -> Self {
        let deviation = |deviation: &'a Deviation| StepDeviation {
            text: &deviation.text,
            source: &deviation.source,
        };
        Self {
            step: answer.step,
            name: answer.name,
            deviations: answer.deviations.iter().map(deviation).collect(),
            lines: answer.lines.iter().map(StepLine::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct StepDeviation<'a> {
    text: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct StepLine<'a> {
    text: Text<'a>,
    from: &'a str,
    done: &'a str,
    why: &'static str,
    source: &'a str,
    departs: Option<&'static str>,
    expected: Option<Text<'a>>,
    parts: Vec<StepLine<'a>>,
}

impl<'a> StepLine<'a> {
    fn of(answer: &'a StepLineAnswer) -> Self {
        Self {
            text: Text(&answer.text),
            from: &answer.from,
            done: &answer.done,
            why: answer.why,
            source: &answer.source,
            departs: answer.departs,
            expected: text(&answer.expected),
            parts: answer.parts.iter().map(StepLine::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Warning<'a> {
    rule: &'static str,
    summary: &'static str,
    fix: Text<'a>,
}

impl<'a> Warning<'a> {
    fn of(answer: &'a WarningAnswer) -> Self {
        Self {
            rule: answer.rule,
            summary: answer.summary,
            fix: Text(&answer.fix),
        }
    }
}

#[derive(Serialize)]
struct Rule {
    id: &'static str,
    summary: &'static str,
    page: &'static str,
    stage: &'static str,
    needs: Vec<&'static str>,
    tier: &'static str,
    specialises: Option<&'static str>,
    since: &'static str,
}

impl Rule {
    fn of(answer: &RuleAnswer) -> Self {
        let RuleAnswer {
            id,
            summary,
            page,
            stage,
            needs,
            tier,
            specialises,
            since,
        } = answer;
        Self {
            id,
            summary,
            page,
            stage,
            needs: needs.clone(),
            tier,
            specialises: *specialises,
            since,
        }
    }
}

#[derive(Serialize)]
struct Format {
    id: &'static str,
    summary: &'static str,
    page: &'static str,
}

impl Format {
    fn of(answer: &FormatAnswer) -> Self {
        Self {
            id: answer.id,
            summary: answer.summary,
            page: answer.page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_the_test_vectors_of_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
