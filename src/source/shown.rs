use bstr::{BStr, ByteSlice};

use crate::{
    evidence::{Attempt, Claim, Party},
    source::{
        Line, Sink, Step,
        exchange::{Gathered, answer, emit},
        refusal,
    },
    wire::{Body, Fidelity, Request, Response},
};

/// A request and its answer, as they are shown one after the other.
#[derive(Default)]
pub(super) struct ShownCall {
    number: Option<u32>,
    /// For how many more lines of others its answer is waited for.
    patience: usize,
    request: Option<Shown>,
    response: Option<Shown>,
}

/// How many lines of others may stand before an answer.
const PATIENCE: usize = 300;

impl ShownCall {
    /// Begins with a request line; what came before must be closed.
    pub(super) fn ask(&mut self, first: &[u8], line: &Line<'_>, sink: &mut Sink<'_>) {
        self.number = Some(sink.number());
        self.patience = PATIENCE;
        self.request = Some(Shown::begin(first, line));
    }

    /// Begins once more with the request line of the same call.
    pub(super) fn ask_again(&mut self, first: &[u8], line: &Line<'_>) {
        self.request = Some(Shown::begin(first, line));
    }

    /// Begins the answer with its status line, in place of an interim one.
    pub(super) fn answer(&mut self, first: &[u8], line: &Line<'_>) {
        self.response = Some(Shown::begin(first, line));
    }

    pub(super) fn is_begun(&self) -> bool {
        self.number.is_some()
    }

    pub(super) fn is_answered(&self) -> bool {
        self.response.is_some()
    }

    /// The message that began last.
    pub(super) fn last(&mut self) -> Option<&mut Shown> {
        self.response.as_mut().or(self.request.as_mut())
    }

    /// Adds a header line to the message that began last.
    pub(super) fn push_head(&mut self, text: &[u8], line: &Line<'_>) {
        if let Some(open) = self.last() {
            open.push_head(text, line);
        }
    }

    /// Adds a piece of the body, with its line break, to the message that began last.
    pub(super) fn push_body(&mut self, text: &[u8], line: &Line<'_>) {
        if let Some(open) = self.last() {
            open.push_body(text, line);
        }
    }

    /// Says how the program shows the body of the message that began last.
    pub(super) fn set_body(&mut self, setting: Setting) {
        if let Some(open) = self.last() {
            open.set_body(setting);
        }
    }

    /// Whether the answer is waited for still, behind one more line that is another's.
    pub(super) fn is_awaited(&mut self) -> bool {
        self.patience = self.patience.saturating_sub(1);
        self.patience > 0
    }

    /// What is wanted behind the end of a record.
    pub(super) fn behind_record(&self) -> Step {
        match self.is_begun() {
            true => Step::Wait,
            false => Step::Idle,
        }
    }

    /// Gives away what there is.
    pub(super) fn close(&mut self, format: &'static str, sink: &mut Sink<'_>) {
        let mut attempt = Attempt::default();
        if let Some(request) = self.request.take() {
            request.add_request(&mut attempt);
        }
        if let Some(response) = self.response.take() {
            response.add_response(&mut attempt);
        }
        if let Some(number) = self.number.take() {
            emit(format, number, attempt, sink);
        }
    }
}

/// A message that a program shows for people: its head, and its body apart, which may have been
/// set anew (JSON and XML indented); only a body as long as the head announces is the one sent.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    head: Gathered,
    body: Option<Gathered>,
    setting: Setting,
}

/// How a program shows a body.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Setting {
    /// With line breaks of its own behind it, or not.
    #[default]
    Loose,
    /// With one line break of its own behind it.
    Framed,
    /// Written anew: it is not what was sent.
    Anew,
}

impl Shown {
    /// Begins with a request line or a status line.
    pub(super) fn begin(first: &[u8], line: &Line<'_>) -> Self {
        let mut head = Gathered::begin(first, line);
        head.text.extend_from_slice(b"\r\n");
        Self {
            head,
            body: None,
            setting: Setting::default(),
        }
    }

    /// Says how the program shows its body.
    pub(super) fn set_body(&mut self, setting: Setting) {
        self.setting = setting;
    }

    /// Adds a header line.
    pub(super) fn push_head(&mut self, text: &[u8], line: &Line<'_>) {
        self.head.push(text, line);
        self.head.text.extend_from_slice(b"\r\n");
    }

    /// Adds a piece of the body, with its line break.
    pub(super) fn push_body(&mut self, text: &[u8], line: &Line<'_>) {
        match &mut self.body {
            Some(body) => body.push(text, line),
            None => self.body = Some(Gathered::begin(text, line)),
        }
    }

    /// Whether as much of its body is there as its head announces.
    pub(super) fn is_whole(&self) -> bool {
        let head = Response::parse(&self.head_text()).ok();
        let announced = head
            .as_ref()
            .and_then(|head| head.message.header("content-length"));
        let length = announced.and_then(|digits| digits.to_str().ok()?.parse::<usize>().ok());
        let shown = self.body.as_ref().map_or(0, |body| body.text.len());
        length.is_some_and(|length| shown >= length)
    }

    /// Adds the request, with its body where that is the one sent; says whether it is one.
    pub(super) fn add_request(self, attempt: &mut Attempt) -> bool {
        let Ok(parsed) = Request::parse(&self.head_text()) else {
            return false;
        };
        let mut request = parsed.message;
        request.body = match request.header("transfer-encoding") {
            Some(_) => Body::NotCaptured,
            None => self.believed(request.header("content-length")),
        };
        let (text, fidelity, span) = self.whole();
        let claim = Claim::of(text, request, Party::Wire, fidelity, span);
        attempt.requests.push(claim);
        true
    }

    /// Adds the answer, and what it refuses; says whether it is one.
    pub(super) fn add_response(self, attempt: &mut Attempt) -> bool {
        let Ok(parsed) = Response::parse(&self.head_text()) else {
            return false;
        };
        let mut response = parsed.message;
        response.body = self.believed(response.header("content-length"));
        let body = self.body.as_ref().map(|body| body.text.clone());
        let (text, fidelity, span) = self.whole();
        if response.body == Body::NotCaptured
            && let Some(body) = body
        {
            let mut set_anew = response.clone();
            set_anew.body = Body::Captured(body.into());
            refusal::examine(attempt, &set_anew, Fidelity::Reflowed, &span);
        }
        answer(attempt, &text, response, fidelity, span);
        true
    }

    fn head_text(&self) -> Vec<u8> {
        [&self.head.text[..], b"\r\n"].concat()
    }

    fn whole(self) -> (Vec<u8>, Fidelity, crate::evidence::Span) {
        let mut gathered = self.head;
        gathered.text.extend_from_slice(b"\r\n");
        if let Some(body) = &self.body {
            gathered.append(body);
        }
        (gathered.text, gathered.fidelity, gathered.span)
    }

    /// The body, where it is as long as announced; a last line break is the program's.
    fn believed(&self, announced: Option<&BStr>) -> Body {
        let shown = self.body.as_ref().map(|body| body.text.as_slice());
        let shown = shown.unwrap_or_default();
        let breaks = |rest: &[u8]| rest.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        let length = announced.and_then(|digits| digits.trim().to_str().ok()?.parse().ok());
        match (length, self.setting) {
            (None, Setting::Anew) => Body::NotCaptured,
            (None, Setting::Framed) => {
                let body = shown.strip_suffix(b"\n").unwrap_or(shown);
                Body::Captured(body.into())
            }
            (Some(length), _) => {
                let fits = shown.get(length..).is_some_and(breaks);
                match shown.get(..length).filter(|_| fits) {
                    Some(body) => Body::Captured(body.into()),
                    None => Body::NotCaptured,
                }
            }
            (None, Setting::Loose) => {
                let body = shown.trim_end_with(|end| matches!(end, '\r' | '\n'));
                Body::Captured(body.into())
            }
        }
    }
}

/// Whether a line has the name of a field, a colon and a space: RFC 9110, section 5.6.2.
pub(super) fn is_field(text: &[u8]) -> bool {
    let name = text.split_once_str(": ").map(|(name, _)| name);
    let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    name.is_some_and(|name| !name.is_empty() && name.iter().all(sign))
}
