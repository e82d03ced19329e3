use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, Note, Party},
    report::{
        Answer, AttemptAnswer, Block, Bytes, Document, Mark, Names, Redactor, RefusalAnswer,
        RequestAnswer, ResponseAnswer, Text, findings,
    },
    wire::{Form, FormField, HeaderField, Request, Response},
};

/// What `show` is made of.
#[derive(Clone, Copy, Debug)]
pub struct ShowReport<'a> {
    /// The cases, in order.
    pub cases: &'a [Case],
    /// What the readers noticed.
    pub notes: &'a [Note],
    /// The inputs' names.
    pub names: &'a Names,
    /// Takes secrets out.
    pub redactor: &'a Redactor,
}

/// Shows everything that was found, judging nothing.
#[must_use]
pub fn show(report: &ShowReport<'_>) -> Document {
    let ShowReport {
        cases,
        notes,
        names,
        redactor,
    } = *report;
    let attempts = cases.iter().flat_map(|case| {
        let attempts = case.attempts.iter().enumerate();
        attempts.map(move |(index, attempt)| (case, index + 1, attempt))
    });
    let answers = attempts
        .clone()
        .map(|(case, index, attempt)| attempt_answer(case, index, attempt, redactor));
    let hinted = cases.iter().filter(|case| case.attempts.is_empty());
    let unsent = hinted.map(|case| AttemptAnswer {
        case: case.number,
        attempt: 0,
        format: case.format,
        lines: case.span().map(|span| (span.first_line, span.last_line)),
        request: unsigned(case).map(|request| request_answer(request, redactor)),
        ..AttemptAnswer::default()
    });
    let mut answers: Vec<AttemptAnswer> = answers.chain(unsent).collect();
    answers.sort_by_key(|answer| (answer.case, answer.attempt));
    let answer = Answer::Show {
        cases: answers,
        notes: notes
            .iter()
            .map(|note| findings::note_answer(note, names, redactor))
            .collect(),
    };
    let mut document = Document::new(answer);
    for case in cases {
        if case.attempts.is_empty() {
            heading(case, None, names, redactor, &mut document);
            if let Some(request) = unsigned(case) {
                section("REQUEST, before signing", &mut document);
                document.push(request_block(request, redactor));
            }
        }
        for (index, attempt) in case.attempts.iter().enumerate() {
            heading(
                case,
                Some((index + 1, attempt)),
                names,
                redactor,
                &mut document,
            );
            attempt_blocks(attempt, redactor, &mut document);
        }
    }
    document
        .blocks
        .extend(findings::note_blocks(notes, names, redactor));
    document
}

fn unsigned(case: &Case) -> Option<&Request> {
    case.hints
        .iter()
        .filter_map(Claim::value)
        .find_map(|hint| hint.unsigned.as_ref())
}

fn heading(
    case: &Case,
    attempt: Option<(usize, &Attempt)>,
    names: &Names,
    redactor: &Redactor,
    document: &mut Document,
) {
    let mut text = Text::marked(Mark::Strong, format!("Request {}", case.number));
    if let Some((index, _)) = attempt.filter(|_| case.attempts.len() > 1) {
        text = text.and(
            Mark::Strong,
            format!(", attempt {index} of {}", case.attempts.len()),
        );
    }
    if let Some(operation) = case.operation() {
        text = text.and(Mark::Plain, format!(", {}", redactor.text(operation)));
    }
    let span = match attempt {
        Some((_, attempt)) => attempt.spans().reduce(|one, other| one.cover(&other)),
        None => case.span(),
    };
    if let Some(span) = span {
        text = text
            .and(Mark::Plain, ", ")
            .and(Mark::Path, names.name(span.input))
            .and(
                Mark::Plain,
                format!(" {} ({})", Names::lines(&span), case.format),
            );
    }
    if !document.blocks.is_empty() {
        document.push(Block::Blank);
    }
    document.push(Block::Headline(text));
}

fn section(title: &str, document: &mut Document) {
    document.push(Block::Heading(Text::marked(Mark::Strong, title)));
}

fn attempt_blocks(attempt: &Attempt, redactor: &Redactor, document: &mut Document) {
    let lines = |text: &BString| {
        let text = redactor.bytes(text);
        Block::Verbatim(
            text.split_str("\n")
                .map(|line| Text::plain(redactor.text(line)))
                .collect(),
        )
    };
    if let Some(request) = attempt.request() {
        section("REQUEST", document);
        document.push(request_block(request, redactor));
    }
    for claim in &attempt.canonical_requests {
        section(title("CANONICAL REQUEST", claim.party), document);
        document.push(lines(&claim.text));
    }
    for claim in &attempt.strings_to_sign {
        section(title("STRING TO SIGN", claim.party), document);
        document.push(lines(&claim.text));
    }
    if let Some(stated) = attempt.post_policy() {
        for claim in &attempt.forms {
            section("FORM", document);
            document.push(form_block(claim, redactor));
        }
        section("POLICY", document);
        document.push(lines(&stated.text().unwrap_or_default()));
        section("STRING TO SIGN, the policy in Base64", document);
        // With a token in it, its Base64 is shown no more than the token.
        let is_whole = redactor.bytes(&stated.policy) == stated.policy;
        document.push(match is_whole {
            true => lines(&stated.policy),
            false => Block::Verbatim(vec![Text::marked(
                Mark::Same,
                format!("({} bytes, with the session token)", stated.policy.len()),
            )]),
        });
    }
    if let Some(stated) = attempt.authorization() {
        let scope = stated.scope();
        section("CREDENTIAL SCOPE", document);
        document.push(Block::Verbatim(vec![Text::plain(redactor.text(scope))]));
        section("SIGNING KEY, derived from the secret key and", document);
        let parts: Vec<&[u8]> = scope.split_str("/").collect();
        document.push(Block::Verbatim(vec![Text::plain(
            redactor.text(&parts.join(&b", "[..])),
        )]));
        section("SIGNATURE", document);
        document.push(Block::Verbatim(vec![Text::plain(
            redactor.text(&stated.signature),
        )]));
    } else if let Some(claim) = attempt.signatures.first() {
        section("SIGNATURE", document);
        document.push(lines(&claim.text));
    }
    if let Some(response) = attempt.response() {
        section("ANSWER", document);
        document.push(response_block(response, redactor));
    } else if let Some(refusal) = attempt.refusals.first() {
        section("REFUSAL", document);
        document.push(lines(&refusal.text));
    }
}

fn title(artifact: &'static str, party: Party) -> &'static str {
    match (artifact, party) {
        ("CANONICAL REQUEST", Party::Service) => "CANONICAL REQUEST, the service's",
        ("STRING TO SIGN", Party::Service) => "STRING TO SIGN, the service's",
        _ => artifact,
    }
}

pub(super) fn request_block(request: &Request, redactor: &Redactor) -> Block {
    let mut lines = Vec::new();
    let url = request.url().unwrap_or_else(|| request.target.clone());
    let line = format!("{} {}", redactor.text(&request.method), redactor.text(&url));
    lines.push(Text::plain(line));
    lines.extend(header_lines(&request.headers, redactor));
    body_lines(request.body.bytes(), redactor, &mut lines);
    Block::Verbatim(lines)
}

fn form_block(claim: &Claim<Form>, redactor: &Redactor) -> Block {
    let fields = claim.value().map(|form| form.fields.as_slice());
    let fields = fields.unwrap_or_default().iter();
    let line = |field: &FormField| {
        let value = match &field.file_name {
            Some(name) if name.is_empty() => "(a file)".to_owned(),
            Some(name) => format!("(the file {})", redactor.text(name)),
            None => redactor.text(&field.value),
        };
        Text::marked(Mark::Same, redactor.text(&field.name))
            .and(Mark::Plain, ": ")
            .and(Mark::Plain, value)
    };
    Block::Verbatim(fields.map(line).collect())
}

fn response_block(response: &Response, redactor: &Redactor) -> Block {
    let status = match response.status {
        0 => "status not captured".to_owned(),
        status => status.to_string(),
    };
    let mut lines = vec![Text::plain(status)];
    lines.extend(header_lines(&response.headers, redactor));
    body_lines(response.body.bytes(), redactor, &mut lines);
    Block::Verbatim(lines)
}

fn header_lines(headers: &[HeaderField], redactor: &Redactor) -> impl Iterator<Item = Text> {
    headers.iter().map(|field| {
        let (name, value) = (redactor.text(&field.name), redactor.text(&field.value));
        Text::marked(Mark::Same, name)
            .and(Mark::Plain, ": ")
            .and(Mark::Plain, value)
    })
}

/// A longer body is shown to here.
const BODY: usize = 4096;

fn body_lines(body: Option<&[u8]>, redactor: &Redactor, lines: &mut Vec<Text>) {
    let Some(body) = body else {
        lines.push(Text::marked(Mark::Same, "(body not captured)"));
        return;
    };
    if body.is_empty() {
        return;
    }
    let shown = redactor.bytes(body);
    let shown = shown.get(..BODY).unwrap_or(&shown);
    lines.push(Text::default());
    lines.extend(shown.lines().map(|line| Text::plain(redactor.text(line))));
    if body.len() > BODY {
        let rest = format!("({} more bytes)", body.len() - BODY);
        lines.push(Text::marked(Mark::Same, rest));
    }
}

fn attempt_answer(
    case: &Case,
    number: usize,
    attempt: &Attempt,
    redactor: &Redactor,
) -> AttemptAnswer {
    let span = attempt.spans().reduce(|one, other| one.cover(&other));
    let stated = attempt.authorization();
    let value = |text: &[u8]| redactor.value(text);
    let claimed = |text: Option<&BString>| text.map(|text| redactor.value(text));
    let header = |name: &str| attempt.request().and_then(|request| request.header(name));
    let form = attempt.post_policy();
    let token = header("x-amz-security-token").is_some()
        || attempt
            .presigned()
            .is_some_and(|presigned| presigned.session_token.is_some())
        || form
            .as_ref()
            .is_some_and(|form| form.session_token.is_some())
        || attempt
            .canonical_request(Party::Signer)
            .is_some_and(|claim| {
                claim.text.contains_str("x-amz-security-token:")
                    || claim.text.contains_str("X-Amz-Security-Token=")
            });
    let alone = attempt.signatures.first().map(|claim| &claim.text);
    let signature = stated.as_ref().map(|stated| &stated.signature).or(alone);
    let canonical = attempt
        .canonical_request(Party::Signer)
        .map(|claim| &claim.text);
    let listed = stated.as_ref().map(|stated| stated.signed_headers.clone());
    let signed_headers = listed.unwrap_or_default();
    let names = signed_headers
        .split_str(";")
        .filter(|name| !name.is_empty());
    let string = attempt
        .string_to_sign(Party::Signer)
        .map(|claim| &claim.text)
        .or(form.as_ref().map(|form| &form.policy));
    let written_scope = string.and_then(|text| text.split_str("\n").nth(2).map(BString::from));
    let scope = stated
        .as_ref()
        .map(|stated| stated.scope().to_owned())
        .or(written_scope);
    AttemptAnswer {
        case: case.number,
        attempt: number,
        format: case.format,
        lines: span.map(|span| (span.first_line, span.last_line)),
        access_key_id: stated.as_ref().map(|stated| value(stated.access_key_id())),
        session_token_present: token,
        request: attempt
            .request()
            .map(|request| request_answer(request, redactor)),
        canonical_request: claimed(canonical),
        string_to_sign: claimed(string),
        policy: form.as_ref().and_then(|form| Some(value(&form.text()?))),
        credential_scope: scope.map(|scope| value(&scope)),
        signed_headers: names.map(value).collect(),
        signature: claimed(signature),
        authorization: header("authorization").map(|text| value(text)),
        response: attempt
            .response()
            .map(|response| response_answer(response, redactor)),
        refusal: attempt.refusal().map(|refusal| RefusalAnswer {
            code: value(&refusal.code),
            message: value(&refusal.message),
            canonical_request: claimed(
                attempt
                    .canonical_request(Party::Service)
                    .map(|claim| &claim.text),
            ),
            string_to_sign: claimed(
                attempt
                    .string_to_sign(Party::Service)
                    .map(|claim| &claim.text),
            ),
        }),
    }
}

pub(super) fn request_answer(request: &Request, redactor: &Redactor) -> RequestAnswer {
    RequestAnswer {
        method: redactor.value(&request.method),
        target: redactor.value(&request.target),
        url: request.url().map(|url| redactor.value(&url)),
        headers: pairs(&request.headers, redactor),
        body: request.body.bytes().map(|body| redactor.value(body)),
    }
}

fn response_answer(response: &Response, redactor: &Redactor) -> ResponseAnswer {
    ResponseAnswer {
        status: Some(response.status).filter(|status| *status > 0),
        headers: pairs(&response.headers, redactor),
        body: response.body.bytes().map(|body| redactor.value(body)),
    }
}

fn pairs(headers: &[HeaderField], redactor: &Redactor) -> Vec<(Bytes, Bytes)> {
    let pair = |field: &HeaderField| (redactor.value(&field.name), redactor.value(&field.value));
    headers.iter().map(pair).collect()
}
