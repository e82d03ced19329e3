use bstr::{BString, ByteSlice};

use crate::{
    evidence::Case,
    report::{
        Answer, Block, ChangeAnswer, Document, ForeseenAnswer, Mark, Redactor, RequestAnswer,
        Reveal, SignAnswer, Text, show,
    },
    sign::{Change, Credentials, Signed},
    sigv4::Placement,
};

/// What a report of a signed request is made of.
#[derive(Clone, Copy, Debug)]
pub struct SignReport<'a> {
    /// The signed request.
    pub signed: &'a Signed,
    /// Whose key signed.
    pub credentials: &'a Credentials,
    /// Where the key comes from, in words.
    pub provider: &'a str,
    /// The capture that was signed anew.
    pub captured: Option<&'a Case>,
    /// Which secrets may be shown.
    pub reveal: Reveal,
    /// How much is shown.
    pub detail: Detail,
}

/// How much of a signature is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detail {
    /// What was signed, what was changed, and what is foreseen.
    Summary,
    /// Every artifact, and the request, besides.
    Artifacts,
}

/// Takes the secrets of a signed request, and of what it was captured as, out of texts.
#[must_use]
pub fn sign_redactor(report: &SignReport<'_>) -> Redactor {
    // The signed request as evidence, so that its secrets are found.
    let signed = Case::of(report.signed.request.clone());
    let cases = report.captured.into_iter().chain([&signed]);
    Redactor::new(cases, Some(&report.credentials.secret), report.reveal)
}

/// Reports a signed request.
#[must_use]
pub fn sign(report: &SignReport<'_>) -> Document {
    let redactor = sign_redactor(report);
    let signed = report.signed;
    let mut document = Document::new(Answer::Sign(Box::new(answer(report, &redactor))));
    document.push(Block::Headline(headline(report, &redactor)));
    for change in &signed.changes {
        document.push(Block::Paragraph(2, change_text(change, &redactor)));
    }
    for warning in &signed.warnings {
        let text = Text::plain("Warning: ")
            .and(Mark::Plain, redactor.text(warning.summary.as_bytes()))
            .and(Mark::Plain, " (")
            .and(Mark::Rule, warning.rule)
            .and(Mark::Plain, "). To avoid it, ")
            .and(Mark::Plain, redactor.text(warning.fix.as_bytes()))
            .and(Mark::Plain, ".");
        document.push(Block::Paragraph(0, text));
    }
    if report.detail == Detail::Artifacts {
        artifacts(signed, &redactor, &mut document);
    }
    document
}

fn headline(report: &SignReport<'_>, redactor: &Redactor) -> Text {
    let signed = report.signed;
    let scope = &signed.derivation.string_to_sign.scope;
    let url = signed.request.url().unwrap_or_default();
    let url = match signed.placement {
        Placement::Header | Placement::Form => url,
        // The signature's own parameters would only hide the address.
        Placement::Query => url
            .split_str("?")
            .next()
            .map(BString::from)
            .unwrap_or_default(),
    };
    let mut text = Text::marked(Mark::Strong, "Signed: ")
        .and(Mark::Strong, redactor.text(&signed.request.method))
        .and(Mark::Strong, " ")
        .and(Mark::Strong, redactor.text(&url));
    if let Some(operation) = signed.operation {
        let name = format!(", {} {}", operation.service().id(), operation.name());
        text = text.and(Mark::Plain, name);
    }
    let region = scope.region.as_ref().map(|region| redactor.text(region));
    let how = format!(
        ", as {} in {} at {}, with key {} from {}.",
        redactor.text(&scope.service),
        region.as_deref().unwrap_or("all regions"),
        signed.derivation.string_to_sign.timestamp,
        redactor.text(&report.credentials.access_key_id),
        report.provider,
    );
    text.and(Mark::Plain, how)
}

fn change_text(change: &Change, redactor: &Redactor) -> Text {
    let text = |value: &Option<BString>| value.as_ref().map(|value| redactor.text(value));
    let mut out = Text::plain("changed ").and(Mark::Strong, &change.part);
    if let Some(from) = text(&change.from) {
        out = out.and(Mark::Plain, " from ").and(Mark::Actual, from);
    }
    match text(&change.to) {
        Some(to) => out.and(Mark::Plain, " to ").and(Mark::Expected, to),
        None => out.and(Mark::Plain, " to nothing"),
    }
}

fn artifacts(signed: &Signed, redactor: &Redactor, document: &mut Document) {
    let derivation = &signed.derivation;
    let digest = derivation
        .string_to_sign
        .canonical_request_digest
        .to_string();
    let scope = derivation.string_to_sign.scope.to_bytes();
    let signature = signed.signature.to_string();
    let sections: [(&str, &[u8]); 5] = [
        ("CANONICAL REQUEST", &derivation.canonical_request_text),
        ("ITS SHA-256", digest.as_bytes()),
        ("STRING TO SIGN", &derivation.string_to_sign_text),
        ("CREDENTIAL SCOPE", &scope),
        ("SIGNATURE", signature.as_bytes()),
    ];
    for (title, text) in sections {
        section(title, document);
        let text = redactor.bytes(text);
        let lines = text
            .split_str("\n")
            .map(|line| Text::plain(redactor.text(line)));
        document.push(Block::Verbatim(lines.collect()));
    }
    section("REQUEST", document);
    document.push(show::request_block(&signed.request, redactor));
}

fn section(title: &str, document: &mut Document) {
    document.push(Block::Blank);
    document.push(Block::Heading(Text::marked(Mark::Strong, title)));
}

fn answer(report: &SignReport<'_>, redactor: &Redactor) -> SignAnswer {
    let signed = report.signed;
    let derivation = &signed.derivation;
    let value = |text: &[u8]| redactor.value(text);
    let request: RequestAnswer = show::request_answer(&signed.request, redactor);
    SignAnswer {
        canonical_request: value(&derivation.canonical_request_text),
        canonical_request_digest: derivation
            .string_to_sign
            .canonical_request_digest
            .to_string(),
        string_to_sign: value(&derivation.string_to_sign_text),
        credential_scope: value(&derivation.string_to_sign.scope.to_bytes()),
        signature: signed.signature.to_string(),
        authorization: value(&signed.authorization.to_bytes()),
        request,
        access_key_id: value(&report.credentials.access_key_id),
        provider: report.provider.to_owned(),
        changes: signed
            .changes
            .iter()
            .map(|change| ChangeAnswer {
                part: change.part.clone(),
                from: change.from.as_ref().map(|text| value(text)),
                to: change.to.as_ref().map(|text| value(text)),
            })
            .collect(),
        warnings: signed
            .warnings
            .iter()
            .map(|warning| ForeseenAnswer {
                rule: warning.rule,
                summary: redactor.text(warning.summary.as_bytes()),
                fix: redactor.text(warning.fix.as_bytes()),
            })
            .collect(),
    }
}
