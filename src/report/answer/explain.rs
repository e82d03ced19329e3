use crate::report::{Bytes, NoteAnswer, RequestAnswer, WarningAnswer};

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
