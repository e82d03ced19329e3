//! Uploads in chunks that are signed one by one, each over the signature before it.
//!
//! Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
//! Chunks" and "… Including Trailing Headers", in the Amazon S3 API Reference.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    sigv4::{CredentialScope, Sha256Digest, Signature, SigningKey, Timestamp},
    wire::{ParseError, target::hex_value},
};

/// The body of a chunked upload (`Content-Encoding: aws-chunked`), taken apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChunkedBody<'a> {
    /// Every chunk, in order; the last one holds no bytes.
    pub chunks: Vec<Chunk<'a>>,
    /// What stands behind the last chunk; without fields where there is nothing.
    pub trailer: Trailer<'a>,
}

/// A chunk: `SIZE;chunk-signature=SIGNATURE`, its bytes, a line break each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Chunk<'a> {
    /// The signature as it stands; `None` in an upload whose chunks are not signed.
    pub signature: Option<&'a BStr>,
    /// The bytes.
    pub data: &'a [u8],
}

/// The header fields behind the last chunk.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trailer<'a> {
    /// Name and value of each, as they stand, without the trailer's own signature.
    pub fields: Vec<(&'a BStr, &'a BStr)>,
    /// `x-amz-trailer-signature`.
    pub signature: Option<&'a BStr>,
}

impl<'a> ChunkedBody<'a> {
    /// Takes a body apart.
    ///
    /// # Errors
    /// At the first byte that is not of the form; a body without its empty chunk is not whole.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let wrong = |rest: &[u8], expected| {
            let at = body.len() - rest.len();
            ParseError::new("chunked body", body, at, expected)
        };
        let mut this = Self::default();
        let mut rest = body;
        loop {
            let (head, behind) = rest
                .split_once_str("\r\n")
                .ok_or_else(|| wrong(rest, "a chunk's size and a line break"))?;
            let (size, signature) = head_of(head).ok_or_else(|| wrong(rest, "a size in hex"))?;
            let data = behind
                .get(..size)
                .ok_or_else(|| wrong(behind, "as many bytes as the chunk's size says"))?;
            this.chunks.push(Chunk { signature, data });
            rest = behind.get(size..).unwrap_or_default();
            if size == 0 {
                this.trailer = Trailer::parse(rest);
                return Ok(this);
            }
            rest = rest
                .strip_prefix(b"\r\n")
                .ok_or_else(|| wrong(rest, "a line break behind the chunk's bytes"))?;
        }
    }
}

/// Size and signature of a chunk's first line.
fn head_of(head: &[u8]) -> Option<(usize, Option<&BStr>)> {
    let (digits, rest) = head.split_once_str(";").unwrap_or((head, b""));
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    let size = digits.iter().try_fold(0_usize, |sum, digit| {
        Some(sum * 16 + usize::from(hex_value(*digit)?))
    })?;
    let signature = rest.strip_prefix(b"chunk-signature=");
    Some((size, signature.map(|text| text.trim().as_bstr())))
}

impl<'a> Trailer<'a> {
    /// The name of the field that holds the trailer's signature.
    pub const SIGNATURE: &'static str = "x-amz-trailer-signature";

    /// Takes a trailer apart; lines without a colon are passed over.
    fn parse(text: &'a [u8]) -> Self {
        let mut this = Self::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once_str(":") else {
                continue;
            };
            let (name, value) = (name.trim().as_bstr(), value.trim().as_bstr());
            match name.eq_ignore_ascii_case(Self::SIGNATURE.as_bytes()) {
                true => this.signature = Some(value),
                false => this.fields.push((name, value)),
            }
        }
        this
    }

    /// The text whose hash is signed: `name:value` with names in lower case and sorted, a line feed
    /// behind each.
    #[must_use]
    pub fn canonical(&self) -> BString {
        let line = |(name, value): &(&BStr, &BStr)| {
            [&name.to_ascii_lowercase(), &b":"[..], value, b"\n"].concat()
        };
        let mut lines: Vec<Vec<u8>> = self.fields.iter().map(line).collect();
        lines.sort();
        lines.concat().into()
    }
}

/// What the chunks of one upload are signed with.
#[derive(Clone, Copy, Debug)]
pub struct ChunkSigning<'a> {
    /// The signing time of the request.
    pub timestamp: Timestamp,
    /// The scope of the request.
    pub scope: &'a CredentialScope,
    /// The key that signed the request.
    pub key: &'a SigningKey,
    /// The request's own signature, which the first chunk is signed over.
    pub seed: Signature,
}

/// A signature of the chain, and the text that it is made over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChunkDerivation {
    /// The text.
    pub string_to_sign: BString,
    /// The signature.
    pub signature: Signature,
}

/// The chain of a body's signatures: one for each chunk, then the trailer's where it has fields.
#[must_use]
pub fn derive_chunks(body: &ChunkedBody<'_>, signing: &ChunkSigning<'_>) -> Vec<ChunkDerivation> {
    let mut chain = Vec::with_capacity(body.chunks.len() + 1);
    let mut push = |string_to_sign: BString| {
        let signature = signing.key.sign(&string_to_sign);
        chain.push(ChunkDerivation {
            string_to_sign,
            signature,
        });
        signature
    };
    let mut last = signing.seed;
    for chunk in &body.chunks {
        last = push(signing.of_chunk(&last.hex(), chunk.data));
    }
    if !body.trailer.fields.is_empty() {
        push(signing.of_trailer(&last.hex(), &body.trailer.canonical()));
    }
    chain
}

impl ChunkSigning<'_> {
    /// The first line of a chunk's string to sign.
    pub const CHUNK: &'static str = "AWS4-HMAC-SHA256-PAYLOAD";

    /// The first line of a trailer's string to sign.
    pub const TRAILER: &'static str = "AWS4-HMAC-SHA256-TRAILER";

    /// The string to sign of a chunk, over the text of the signature before it.
    #[must_use]
    pub fn of_chunk(&self, previous: &[u8], data: &[u8]) -> BString {
        let empty = Sha256Digest::OF_NOTHING.hex();
        self.lines(
            Self::CHUNK,
            &[previous, &empty, &Sha256Digest::of(data).hex()],
        )
    }

    /// The string to sign of a trailer, over the text of the last chunk's signature.
    #[must_use]
    pub fn of_trailer(&self, previous: &[u8], canonical: &[u8]) -> BString {
        self.lines(
            Self::TRAILER,
            &[previous, &Sha256Digest::of(canonical).hex()],
        )
    }

    fn lines(&self, first: &str, rest: &[&[u8]]) -> BString {
        let scope = self.scope.to_bytes();
        let head: [&[u8]; 3] = [first.as_bytes(), self.timestamp.as_bstr(), &scope];
        [&head, rest].concat().join(&b'\n').into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::SecretAccessKey;

    /// The documentation's 66560 bytes, signed with its own example key.
    const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    const SEED_OF_TRAILED: &str =
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

    fn chain(seed: &str, body: &ChunkedBody<'_>) -> Vec<String> {
        let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_vec());
        let timestamp = Timestamp::parse(b"20130524T000000Z").unwrap();
        let scope = CredentialScope::new(timestamp, "us-east-1", "s3");
        let signing = ChunkSigning {
            timestamp,
            scope: &scope,
            key: &SigningKey::derive(&secret, &scope),
            seed: Signature::parse(seed.as_bytes()).unwrap(),
        };
        let chain = derive_chunks(body, &signing);
        chain
            .iter()
            .map(|derived| derived.signature.to_string())
            .collect()
    }

    fn body(data: &[u8]) -> ChunkedBody<'_> {
        let chunk = |data| Chunk {
            signature: None,
            data,
        };
        ChunkedBody {
            chunks: vec![chunk(&data[..65536]), chunk(&data[65536..]), chunk(b"")],
            trailer: Trailer::default(),
        }
    }

    #[test]
    fn the_documentations_chain_comes_out() {
        let data = vec![b'a'; 66560];
        let expected = [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ];
        assert_eq!(chain(SEED, &body(&data)), expected);
    }

    #[test]
    fn the_documentations_trailer_comes_out() {
        let data = vec![b'a'; 66560];
        let mut body = body(&data);
        body.trailer.fields = vec![("x-amz-checksum-crc32c".into(), "sOO8/Q==".into())];
        let expected = [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
        ];
        assert_eq!(chain(SEED_OF_TRAILED, &body), expected);
    }

    #[test]
    fn a_body_is_taken_apart() {
        let text = b"3;chunk-signature=aa\r\nabc\r\n0;chunk-signature=bb\r\nx-amz-checksum-crc32:NSRBwg==\n\r\nx-amz-trailer-signature:cc\r\n\r\n";
        let body = ChunkedBody::parse(text).unwrap();
        let signatures: Vec<_> = body.chunks.iter().map(|chunk| chunk.signature).collect();
        assert_eq!(signatures, [Some("aa".into()), Some("bb".into())]);
        assert_eq!(body.chunks[0].data, b"abc");
        assert_eq!(body.trailer.signature, Some("cc".into()));
        assert_eq!(body.trailer.canonical(), "x-amz-checksum-crc32:NSRBwg==\n");
        let unsigned = ChunkedBody::parse(b"1\r\na\r\n0\r\n\r\n").unwrap();
        assert_eq!(unsigned.chunks[0].signature, None);
        assert_eq!(unsigned.trailer, Trailer::default());
    }

    #[test]
    fn what_is_not_whole_says_where() {
        for (text, at) in [
            (&b"abc"[..], 0),
            (b"zz\r\na", 0),
            (b"5\r\nabc", 3),
            (b"3\r\nabcdef", 6),
            (b"fffffffffffff\r\n", 0),
            (b"3\r\nabc\r\n", 8),
        ] {
            assert_eq!(
                ChunkedBody::parse(text).unwrap_err().at,
                at,
                "{:?}",
                text.as_bstr()
            );
        }
    }
}
