use bstr::BString;

/// Bytes without secrets; not always text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bytes(pub BString);

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
    /// The status code; `None` where it was not captured.
    pub status: Option<u16>,
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
