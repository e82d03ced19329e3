use bstr::BString;

/// What a command answers, as typed values without secrets.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Of `show`.
    Show {
        /// One for each attempt.
        cases: Vec<AttemptAnswer>,
        /// What the readers noticed.
        notes: Vec<NoteAnswer>,
    },
    /// Of `diagnose`.
    Diagnose(DiagnosisAnswer),
    /// Of `diff`.
    Diff(Box<DiffAnswer>),
    /// Of `explain`.
    Explain(Box<ExplainAnswer>),
    /// Of `rules`.
    Rules(Vec<RuleAnswer>),
    /// Of `formats`.
    Formats(Vec<FormatAnswer>),
    /// Of `catalog`.
    Catalog(CatalogAnswer),
    /// Of `sign`.
    Sign(Box<SignAnswer>),
}

/// Bytes without secrets; not always text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bytes(pub BString);

/// One attempt.
#[derive(Clone, Debug, Default)]
pub struct AttemptAnswer {
    /// The case's number in its input.
    pub case: u32,
    /// The attempt's number in its case.
    pub attempt: usize,
    /// The format's id.
    pub format: &'static str,
    /// First and last line.
    pub lines: Option<(u64, u64)>,
    /// The access key id.
    pub access_key_id: Option<Bytes>,
    /// Whether a session token is there.
    pub session_token_present: bool,
    /// The request.
    pub request: Option<RequestAnswer>,
    /// The signer's canonical request.
    pub canonical_request: Option<Bytes>,
    /// The signer's string to sign.
    pub string_to_sign: Option<Bytes>,
    /// The scope's text.
    pub credential_scope: Option<Bytes>,
    /// The names of the signed headers, as stated.
    pub signed_headers: Vec<Bytes>,
    /// The signature.
    pub signature: Option<Bytes>,
    /// The whole `Authorization` value.
    pub authorization: Option<Bytes>,
    /// The answer.
    pub response: Option<ResponseAnswer>,
    /// What it refuses.
    pub refusal: Option<RefusalAnswer>,
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct RequestAnswer {
    /// The method.
    pub method: Bytes,
    /// Path and query.
    pub target: Bytes,
    /// The whole URL, where a host is known.
    pub url: Option<Bytes>,
    /// Names and values, in order.
    pub headers: Vec<(Bytes, Bytes)>,
    /// The body, where it was captured.
    pub body: Option<Bytes>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct ResponseAnswer {
    /// The status code.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(Bytes, Bytes)>,
    /// The body, where it was captured.
    pub body: Option<Bytes>,
}

/// A refusal.
#[derive(Clone, Debug, Default)]
pub struct RefusalAnswer {
    /// The code.
    pub code: Bytes,
    /// The message.
    pub message: Bytes,
    /// The service's canonical request.
    pub canonical_request: Option<Bytes>,
    /// The service's string to sign.
    pub string_to_sign: Option<Bytes>,
}

/// A note.
#[derive(Clone, Debug)]
pub struct NoteAnswer {
    /// The input's name.
    pub input: String,
    /// The line.
    pub line: u64,
    /// The words.
    pub message: String,
}

/// A diagnosis.
#[derive(Clone, Debug)]
pub struct DiagnosisAnswer {
    /// The verdict's id.
    pub verdict: &'static str,
    /// The findings, the surest first.
    pub findings: Vec<FindingAnswer>,
    /// Ids of rules that change nothing here.
    pub vacuous: Vec<&'static str>,
    /// Rules that could not be checked.
    pub unchecked: Vec<UncheckedAnswer>,
    /// What the readers noticed, and what else is to know.
    pub notes: Vec<NoteAnswer>,
    /// The client's artifacts beside those that the service says it computed.
    pub compared: Option<ComparedAnswer>,
}

/// The client's artifacts beside the service's.
#[derive(Clone, Debug)]
pub struct ComparedAnswer {
    /// How the client's are known: `printed`, `recomputed` or `derived`.
    pub client: &'static str,
    /// The first cause, with its stage; the client's text is `mine`.
    pub first_divergence: Option<(&'static str, DivergenceAnswer)>,
    /// The stages.
    pub stages: Vec<StageAnswer>,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct FindingAnswer {
    /// The rule's id.
    pub rule: &'static str,
    /// The proof's id.
    pub proof: &'static str,
    /// The form of the mistake.
    pub parameter: Option<Bytes>,
    /// The rule's summary.
    pub summary: &'static str,
    /// The fix in words.
    pub fix: Bytes,
    /// The texts to change.
    pub edits: Vec<EditAnswer>,
    /// What should stand there.
    pub expected: Option<Bytes>,
    /// What stands there.
    pub actual: Option<Bytes>,
    /// Ids of the mistakes made together with it.
    pub with: Vec<&'static str>,
    /// Ids of rules with the same effect here.
    pub equivalent: Vec<&'static str>,
}

/// A text to change.
#[derive(Clone, Debug)]
pub struct EditAnswer {
    /// The input's name, where it stands in one.
    pub input: Option<String>,
    /// The line.
    pub line: Option<u64>,
    /// What stands there.
    pub from: Bytes,
    /// What should.
    pub to: Bytes,
}

/// A rule that could not be checked.
#[derive(Clone, Debug)]
pub struct UncheckedAnswer {
    /// Its id.
    pub rule: &'static str,
    /// What is missing.
    pub needs: &'static str,
}

/// A comparison.
#[derive(Clone, Debug)]
pub struct DiffAnswer {
    /// Whether no cause was found.
    pub equal: bool,
    /// The left side.
    pub mine: SideAnswer,
    /// The right side.
    pub theirs: SideAnswer,
    /// The first cause, with its stage.
    pub first_divergence: Option<(&'static str, DivergenceAnswer)>,
    /// The stages.
    pub stages: Vec<StageAnswer>,
    /// The diagnosis of the left side.
    pub diagnosis: DiagnosisAnswer,
}

/// Which request stands on a side.
#[derive(Clone, Debug)]
pub struct SideAnswer {
    /// The input's name.
    pub input: String,
    /// The case's number.
    pub case: u32,
    /// First and last line.
    pub lines: Option<(u64, u64)>,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct StageAnswer {
    /// The stage's id.
    pub stage: &'static str,
    /// Whether nothing differs.
    pub equal: bool,
    /// The left side's text.
    pub mine: Option<Bytes>,
    /// The right side's text.
    pub theirs: Option<Bytes>,
    /// What differs.
    pub divergences: Vec<DivergenceAnswer>,
}

/// One divergence.
#[derive(Clone, Debug)]
pub struct DivergenceAnswer {
    /// The part's id.
    pub part: Bytes,
    /// The kind's id.
    pub kind: &'static str,
    /// The left side's text.
    pub mine: Option<Bytes>,
    /// The right side's text.
    pub theirs: Option<Bytes>,
    /// The first byte that differs.
    pub at: usize,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct RuleAnswer {
    /// Its id.
    pub id: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// Its page.
    pub page: &'static str,
    /// Its stage.
    pub stage: &'static str,
    /// What it needs.
    pub needs: Vec<&'static str>,
    /// Its tier.
    pub tier: &'static str,
    /// What it is a special case of.
    pub specialises: Option<&'static str>,
    /// The version that first had it.
    pub since: &'static str,
}

/// A format.
#[derive(Clone, Debug)]
pub struct FormatAnswer {
    /// Its id.
    pub id: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// Its page.
    pub page: &'static str,
}

/// An explanation.
#[derive(Clone, Debug)]
pub struct ExplainAnswer {
    /// The right artifacts.
    pub artifacts: ArtifactsAnswer,
    /// Those that the evidence holds.
    pub as_signed: ArtifactsAnswer,
    /// The request as captured.
    pub request: Option<RequestAnswer>,
    /// The steps.
    pub steps: Vec<StepAnswer>,
    /// What is wrong.
    pub warnings: Vec<WarningAnswer>,
    /// What the readers noticed.
    pub notes: Vec<NoteAnswer>,
}

/// The artifacts of one signature.
#[derive(Clone, Debug, Default)]
pub struct ArtifactsAnswer {
    /// The canonical request.
    pub canonical_request: Option<Bytes>,
    /// Its SHA-256.
    pub canonical_request_digest: Option<Bytes>,
    /// The string to sign.
    pub string_to_sign: Option<Bytes>,
    /// The scope.
    pub credential_scope: Option<Bytes>,
    /// The signature.
    pub signature: Option<Bytes>,
    /// The value of the `Authorization` header; none for a presigned URL.
    pub authorization: Option<Bytes>,
}

/// A step of an explanation.
#[derive(Clone, Debug)]
pub struct StepAnswer {
    /// Its number, from 1 to 6.
    pub step: u8,
    /// Its name, in the words of AWS's documentation.
    pub name: &'static str,
    /// How it is done otherwise here, and why.
    pub deviations: Vec<Deviation>,
    /// What comes out, line by line.
    pub lines: Vec<StepLineAnswer>,
}

/// How a service does something otherwise.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// What, and why.
    pub text: String,
    /// The page that says so.
    pub source: String,
}

/// A line of what a step gives.
#[derive(Clone, Debug)]
pub struct StepLineAnswer {
    /// The line.
    pub text: Bytes,
    /// Where it came from.
    pub from: String,
    /// What was done to it.
    pub done: String,
    /// Why that is done.
    pub why: &'static str,
    /// The page that says so.
    pub source: String,
    /// The rule whose mistake it shows.
    pub departs: Option<&'static str>,
    /// What should stand there, where something else does.
    pub expected: Option<Bytes>,
    /// Its pieces, where it has several.
    pub parts: Vec<StepLineAnswer>,
}

/// A mistake, in short.
#[derive(Clone, Debug)]
pub struct WarningAnswer {
    /// The rule's id.
    pub rule: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// The fix in words.
    pub fix: Bytes,
}

/// What the catalogue has of some words.
#[derive(Clone, Debug)]
pub struct CatalogAnswer {
    /// The version of botocore that its tables are of.
    pub botocore: &'static str,
    /// The services that the words name, the best first.
    pub matches: Vec<ServiceAnswer>,
    /// What to ask for instead, where they name none.
    pub suggestions: Vec<String>,
}

/// A service.
#[derive(Clone, Debug)]
pub struct ServiceAnswer {
    /// Its id.
    pub service: &'static str,
    /// Its full name.
    pub title: &'static str,
    /// The id that SDKs have.
    pub service_id: &'static str,
    /// Its other names.
    pub aliases: Vec<&'static str>,
    /// The names under which its requests are signed.
    pub signing_names: Vec<&'static str>,
    /// What its hosts are named after.
    pub endpoint_prefix: Option<&'static str>,
    /// The protocols that it speaks.
    pub protocols: Vec<&'static str>,
    /// The version of its JSON.
    pub json_version: Option<&'static str>,
    /// The version of its API.
    pub api_version: Option<&'static str>,
    /// What stands before the dot in `X-Amz-Target`.
    pub target_prefix: Option<&'static str>,
    /// The content type of its requests.
    pub content_type: Option<String>,
    /// How most of its operations are authenticated.
    pub auth: &'static str,
    /// The region that it signs for whatever the client's is.
    pub fixed_region: Option<&'static str>,
    /// The last release of botocore that had it, in words.
    pub until: Option<String>,
    /// Where it is from, if no model has it.
    pub source: Option<&'static str>,
    /// The host among the words, and what it is to the service.
    pub host: Option<HostAnswer>,
    /// Its hosts.
    pub hosts: Vec<HostAnswer>,
    /// The operations that the words name.
    pub operations: Vec<OperationAnswer>,
    /// What was otherwise in earlier years.
    pub earlier: Vec<EarlierAnswer>,
    /// Why it is a match.
    pub because: String,
}

/// A host.
#[derive(Clone, Debug)]
pub struct HostAnswer {
    /// The host.
    pub host: String,
    /// The client's region; that among the labels of a host that was asked for.
    pub region: Option<String>,
    /// The region in the scope.
    pub signing_region: Option<String>,
    /// The kind's id.
    pub kind: &'static str,
    /// The last release of botocore that had it, in words.
    pub until: Option<String>,
    /// Where it is from, if no rule set has it.
    pub source: Option<&'static str>,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct OperationAnswer {
    /// Its name.
    pub name: &'static str,
    /// Its whole `X-Amz-Target`.
    pub target: Option<String>,
    /// Its method.
    pub method: &'static str,
    /// Its URI with the labels in braces; in RPC v2 CBOR alone, the path.
    pub uri: String,
    /// How it is authenticated.
    pub auth: &'static str,
    /// Whether its body is signed by default.
    pub payload: &'static str,
    /// The name under which it is signed.
    pub signing_name: &'static str,
    /// What it puts before the host.
    pub host_prefix: Option<&'static str>,
}

/// A fact that was otherwise.
#[derive(Clone, Debug)]
pub struct EarlierAnswer {
    /// Which: `signing-name`, `endpoint-prefix`, `protocol` ….
    pub fact: &'static str,
    /// What it was.
    pub value: &'static str,
    /// When, in words.
    pub years: String,
}

/// A signed request.
#[derive(Clone, Debug, Default)]
pub struct SignAnswer {
    /// The canonical request.
    pub canonical_request: Bytes,
    /// Its SHA-256.
    pub canonical_request_digest: String,
    /// The string to sign.
    pub string_to_sign: Bytes,
    /// The credential scope.
    pub credential_scope: Bytes,
    /// The signature.
    pub signature: String,
    /// The `Authorization` value, or what it would be for a presigned URL.
    pub authorization: Bytes,
    /// The request to send.
    pub request: RequestAnswer,
    /// The access key id that signed.
    pub access_key_id: Bytes,
    /// Where the key comes from.
    pub provider: String,
    /// What the capture said otherwise.
    pub changes: Vec<ChangeAnswer>,
    /// What the rules foresee.
    pub warnings: Vec<ForeseenAnswer>,
}

/// Something that was changed.
#[derive(Clone, Debug)]
pub struct ChangeAnswer {
    /// What: a header's name, `host`, `scope region`.
    pub part: String,
    /// What stood there.
    pub from: Option<Bytes>,
    /// What stands there.
    pub to: Option<Bytes>,
}

/// Something that is foreseen.
#[derive(Clone, Debug)]
pub struct ForeseenAnswer {
    /// The id of the rule that would fire.
    pub rule: &'static str,
    /// What is foreseen.
    pub summary: String,
    /// What to do.
    pub fix: &'static str,
}
