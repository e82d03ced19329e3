use bstr::{BString, ByteSlice};

use crate::{
    source::shell_words::{Shell, Word},
    wire::{Body, HeaderField, Origin, Request},
};

/// Reads the words behind PowerShell's `Invoke-WebRequest` or `Invoke-RestMethod`; `None` without
/// a URL.
///
/// Source: Microsoft's reference of `Invoke-WebRequest`; Chrome's "Copy as PowerShell".
pub(super) fn request(words: &[Word]) -> Option<Request> {
    let mut request = Request {
        body: Body::Captured(BString::default()),
        ..Request::default()
    };
    let mut url = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(name) = word.text.strip_prefix(b"-") else {
            url = url.or(Some(word.text.as_bstr()));
            continue;
        };
        match name.to_ascii_lowercase().as_slice() {
            b"uri" => url = words.next().map(|word| word.text.as_bstr()),
            b"method" => request.method = words.next()?.text.to_ascii_uppercase().into(),
            b"headers" => request.headers.extend(table(&words.next()?.text)),
            b"contenttype" => {
                let value = words.next()?.text.as_bstr();
                request
                    .headers
                    .push(HeaderField::new("Content-Type", value));
            }
            b"body" => request.body = body(&words.next()?.text),
            b"infile" => {
                words.next();
                request.body = Body::NotCaptured;
            }
            b"useragent" => {
                let value = words.next()?.text.as_bstr();
                request.headers.push(HeaderField::new("User-Agent", value));
            }
            b"websession"
            | b"outfile"
            | b"timeoutsec"
            | b"maximumredirection"
            | b"proxy"
            | b"credential"
            | b"sessionvariable"
            | b"httpversion" => {
                words.next();
            }
            _ => {}
        }
    }
    if request.method.is_empty() {
        request.method = "GET".into();
    }
    let (origin, target) = Origin::split(url?)?;
    request.origin = Some(origin);
    request.target = target;
    Some(request)
}

/// A hash table, `@{ "name"="value"; 'name' = 'value' }`, as header fields.
fn table(text: &[u8]) -> Vec<HeaderField> {
    let inner = text.strip_prefix(b"@{").unwrap_or(text);
    let inner = inner.strip_suffix(b"}").unwrap_or(inner);
    let commands = Shell::PowerShell.commands(inner);
    let fields = commands.iter().filter_map(|command| {
        let line = command.words.iter().map(|word| word.text.as_slice());
        let line = bstr::join(" ", line);
        let (name, value) = line.split_once_str("=")?;
        Some(HeaderField::new(name.trim(), value.trim()))
    });
    fields.collect()
}

/// A string, or one that an expression turns into bytes: `GetBytes("…")`.
fn body(text: &[u8]) -> Body {
    if !text.starts_with(b"(") {
        return Body::Captured(text.into());
    }
    let inner = text.find("GetBytes(").and_then(|at| {
        let inner = text.get(at + "GetBytes(".len()..)?;
        let inner = inner.trim_end_with(|c| c == ')' || c.is_whitespace());
        let commands = Shell::PowerShell.commands(inner);
        commands.first()?.words.first().cloned()
    });
    match inner {
        Some(word) if word.unknown.is_empty() => Body::Captured(word.text),
        _ => Body::NotCaptured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chromes_copy_is_read() {
        let text = "Invoke-WebRequest -UseBasicParsing -Uri \"https://h.example/a?b=1\" `\n-Method \"POST\" `\n-WebSession $session `\n-Headers @{\n\"authority\"=\"h.example\"\n  \"X-A\"=\"b=c; d\"\n  'e' = 'f'\n} `\n-ContentType \"application/json\" `\n-Body ([System.Text.Encoding]::UTF8.GetBytes(\"{`\"n`\":`\"$([char]233)`\"}\"))";
        let commands = Shell::PowerShell.commands(text.as_bytes());
        let request = request(&commands[0].words[1..]).unwrap();
        assert_eq!(
            (request.method.as_bstr(), request.target.as_bstr()),
            ("POST".into(), "/a?b=1".into())
        );
        assert_eq!(request.header("x-a").unwrap(), "b=c; d");
        assert_eq!(request.header("e").unwrap(), "f");
        assert_eq!(request.header("content-type").unwrap(), "application/json");
        assert_eq!(request.body, Body::Captured("{\"n\":\"\u{e9}\"}".into()));
    }
}
