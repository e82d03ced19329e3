use bstr::{BStr, BString};

use crate::sigv4::{ChunkSigning, ChunkedBody};

/// One signature of the chain that an upload in chunks has: a chunk's, or the trailer's behind them.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// What the chain is signed with.
    pub signing: ChunkSigning<'a>,
    /// The body.
    pub body: &'a ChunkedBody<'a>,
    at: usize,
}

impl<'a> Link<'a> {
    /// The link of that number, counted from 0.
    pub(super) fn new(signing: ChunkSigning<'a>, body: &'a ChunkedBody<'a>, at: usize) -> Self {
        Self { signing, body, at }
    }

    /// The chunk's bytes; `None` of the trailer.
    #[must_use]
    pub fn data(&self) -> Option<&'a [u8]> {
        self.body.chunks.get(self.at).map(|chunk| chunk.data)
    }

    /// The signature as it was sent.
    #[must_use]
    pub fn sent(&self) -> Option<&'a BStr> {
        match self.body.chunks.get(self.at) {
            Some(chunk) => chunk.signature,
            None => self.body.trailer.signature,
        }
    }

    /// The text of the signature before it; of the first chunk the request's own.
    #[must_use]
    pub fn previous(&self) -> BString {
        let before = self.at.checked_sub(1);
        match before.and_then(|at| self.body.chunks.get(at)) {
            Some(chunk) => chunk.signature.unwrap_or_default().to_owned(),
            None => self.seed(),
        }
    }

    /// The text of the request's own signature.
    #[must_use]
    pub fn seed(&self) -> BString {
        BString::from(self.signing.seed.hex().as_slice())
    }

    /// The text that is signed, the right one.
    #[must_use]
    pub fn string_to_sign(&self) -> BString {
        self.over(&self.previous())
    }

    /// The text that is signed over another signature.
    #[must_use]
    pub fn over(&self, previous: &[u8]) -> BString {
        match self.data() {
            Some(data) => self.signing.of_chunk(previous, data),
            None => (self.signing).of_trailer(previous, &self.body.trailer.canonical()),
        }
    }

    /// What it is, counted from 1.
    pub(super) fn name(&self) -> String {
        match self.data() {
            Some(_) => format!("chunk {} of {}", self.at + 1, self.body.chunks.len()),
            None => "the trailer".to_owned(),
        }
    }

    /// Whether the next link is right over this one's signature as it was sent.
    pub(super) fn is_followed_from(&self, sent: &BStr) -> bool {
        let next = Self::new(self.signing, self.body, self.at + 1);
        let right = self.signing.key.sign(&next.over(sent)).to_string();
        next.sent().is_some_and(|sent| *sent == right.as_bytes())
    }
}
