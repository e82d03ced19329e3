use bstr::ByteSlice;

use crate::{
    evidence::{Attempt, Claim, Party},
    source::{
        Line,
        artifact_block::Artifact,
        exchange::{Gathered, add_artifact},
    },
    wire::{Body, Origin, Request},
};

/// The block in which both AWS SDKs for Go log what they sign.
///
/// Source: aws-sdk-go 1.55.8, `aws/signer/v4/v4.go`; aws-sdk-go-v2 1.48.0, `aws/signer/v4/v4.go`.
#[derive(Debug, Default)]
pub(super) struct SigningBlock {
    attempt: Attempt,
    part: Option<(Part, Option<Gathered>)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Artifact(Artifact),
    Url,
}

/// What a line was to the block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    Inside,
    /// It ended the block.
    Last,
}

impl SigningBlock {
    /// Takes the next line behind `Request Signature:`.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Taken {
        let text = line.text();
        if let Some(part) = part(text) {
            self.close_part();
            self.part = Some((part, None));
            return Taken::Inside;
        }
        if is_rule(text) {
            self.close_part();
            return Taken::Last;
        }
        match &mut self.part {
            Some((_, Some(gathered))) => {
                gathered.push(b"\n", line);
                gathered.push(text, line);
                Taken::Inside
            }
            Some((_, gathered @ None)) => {
                *gathered = Some(Gathered::begin(text, line));
                Taken::Inside
            }
            None => Taken::Last,
        }
    }

    /// What was read, whole or not.
    pub(super) fn finish(mut self) -> Attempt {
        self.close_part();
        self.attempt
    }

    fn close_part(&mut self) {
        let Some((part, Some(gathered))) = self.part.take() else {
            return;
        };
        match part {
            Part::Artifact(kind) => {
                let Gathered {
                    text,
                    span,
                    fidelity,
                    ..
                } = gathered;
                add_artifact(&mut self.attempt, kind, text, fidelity, span);
            }
            Part::Url => self.presigned(gathered),
        }
    }

    /// A URL that was presigned: nobody sent it yet.
    fn presigned(&mut self, url: Gathered) {
        let Some((origin, target)) = Origin::split(url.text.trim()) else {
            return;
        };
        let signed = self.attempt.canonical_requests.first();
        let method = signed.and_then(|claim| claim.text.lines().next());
        let request = Request {
            method: method.unwrap_or(b"GET").into(),
            target,
            origin: Some(origin),
            headers: Vec::new(),
            body: Body::NotCaptured,
        };
        let claim = Claim::of(url.text, request, Party::Signer, url.fidelity, url.span);
        self.attempt.requests.push(claim);
    }
}

fn part(line: &[u8]) -> Option<Part> {
    Some(match line.trim_end_with(|sign| sign == '-') {
        b"---[ CANONICAL STRING  ]" => Part::Artifact(Artifact::CanonicalRequest),
        b"---[ STRING TO SIGN ]" => Part::Artifact(Artifact::StringToSign),
        b"---[ SIGNED URL ]" => Part::Url,
        _ => return None,
    })
}

/// Whether a line is the rule of dashes that ends a block; a logger's fields may stand behind it.
pub(super) fn is_rule(line: &[u8]) -> bool {
    let dashes = line.iter().take_while(|byte| **byte == b'-').count();
    let behind = line.get(dashes..).unwrap_or_default();
    dashes >= 40 && behind.first().is_none_or(u8::is_ascii_whitespace)
}
