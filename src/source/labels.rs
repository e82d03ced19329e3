use crate::{
    evidence::Attempt,
    source::{
        Line,
        anybodys_block::{AnybodysBlock, Progress},
        artifact_block::Artifact,
        exchange::add_artifact,
    },
};

/// Artifacts that a program prints under labels of its own, beside what its client logs.
#[derive(Debug, Default)]
pub(super) struct Labelled {
    block: Option<AnybodysBlock>,
    attempt: Attempt,
}

/// What a line was to the labelled artifacts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    Inside,
    Not,
}

impl Labelled {
    /// Takes a line that is a label, or of an artifact behind one.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Taken {
        if let Some(mut block) = self.block.take() {
            match block.push(line) {
                Progress::Whole => self.add(block),
                Progress::More => self.block = Some(block),
                Progress::Behind => {
                    self.add(block);
                    return self.push(line);
                }
            }
            return Taken::Inside;
        }
        match label(line.text()) {
            Some(kind) => {
                self.block = Some(AnybodysBlock::of_anybody(kind, line));
                Taken::Inside
            }
            None => Taken::Not,
        }
    }

    fn add(&mut self, block: AnybodysBlock) {
        let (kind, fidelity) = (block.kind(), block.fidelity());
        if let Some((text, span)) = block.finish() {
            add_artifact(&mut self.attempt, kind, text, fidelity, span);
        }
    }

    /// What was read since it was asked last; `None` when that is nothing.
    pub(super) fn take(&mut self) -> Option<Attempt> {
        if let Some(block) = self.block.take() {
            self.add(block);
        }
        let attempt = std::mem::take(&mut self.attempt);
        (!attempt.is_empty()).then_some(attempt)
    }
}

/// What a line that is nothing but a label announces.
fn label(line: &[u8]) -> Option<Artifact> {
    const LONGEST: usize = 60;
    if line.len() > LONGEST {
        return None;
    }
    let letters: Vec<u8> = line
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    Some(match letters.as_slice() {
        b"canonicalrequest" | b"canonicalstring" | b"creq" => Artifact::CanonicalRequest,
        b"stringtosign" | b"stringtobesigned" | b"sigstring" | b"sts" => Artifact::StringToSign,
        _ => return None,
    })
}
