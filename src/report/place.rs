use bstr::{BString, ByteSlice};

use crate::{
    evidence::{InputId, Span},
    wire::Request,
};

/// The name of an input, as the user gave it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InputName(pub String);

/// The names of all inputs, by number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Names(Vec<InputName>);

impl Names {
    /// The name of a request that this program sent; no file has it.
    pub const SENT: &str = "the request as sent";

    /// The name of what is piped in.
    pub const STANDARD_INPUT: &str = "standard input";

    /// The names where there is no input but the request that was sent.
    #[must_use]
    pub fn sent() -> Self {
        Self(vec![InputName(Self::SENT.to_owned())])
    }

    /// Names the inputs in their order.
    #[must_use]
    pub fn new(names: Vec<InputName>) -> Self {
        Self(names)
    }

    /// The name of one.
    #[must_use]
    pub fn name(&self, input: InputId) -> &str {
        self.0.get(input.0).map_or("?", |name| &name.0)
    }

    /// `my.http:14`.
    #[must_use]
    pub fn place(&self, span: &Span) -> String {
        format!("{}:{}", self.name(span.input), span.first_line)
    }

    /// An input's name as a shell takes it.
    #[must_use]
    pub fn argument(name: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
        if name == Self::STANDARD_INPUT {
            "-".to_owned()
        } else if name.chars().all(plain) {
            name.to_owned()
        } else {
            format!("'{}'", name.replace('\'', "'\\''"))
        }
    }

    /// `lines 41-58`, or `line 41`.
    #[must_use]
    pub fn lines(span: &Span) -> String {
        match span.last_line > span.first_line {
            true => format!("lines {}-{}", span.first_line, span.last_line),
            false => format!("line {}", span.first_line),
        }
    }
}

/// A request's URL as a sentence names it: without the parameters of a presigned one, which take
/// several lines and are shown where they are looked at.
pub(super) fn url(request: &Request) -> BString {
    let url = request.url().unwrap_or_else(|| request.target.clone());
    match url.split_once_str("?") {
        Some((path, query)) if query.contains_str("X-Amz-Signature=") => {
            [path, "?…".as_bytes()].concat().into()
        }
        _ => url,
    }
}
