use bstr::{BString, ByteSlice};

use crate::{
    evidence::{Attempt, Case, Claim, OperationHint, Party, Span},
    source::{
        Breadth, Format, Likeness, Line, Reader, Sink, Step, Whole,
        collected::Collected,
        curl_options::{Transfer, transfers},
        curl_quotes::as_logged,
        exchange::is_signed,
        invoke_web_request,
        shell_words::{Command, Shell, WORDS, Word},
    },
    wire::Fidelity,
    wire::Request,
};

pub(super) static FORMAT: Format = Format {
    id: "curl-command",
    summary: "a curl command line of bash, cmd.exe or PowerShell, as browsers copy it too",
    page: "\
## How to get it
Paste the command into a file. In a browser's developer tools: the network tab, \"Copy as cURL\"
(bash or cmd) or \"Copy as PowerShell\".

## What it holds
The request that the command sends: method, URL, headers, and the data that stands in it. A
password behind `-u` is never kept.

## What it lacks
What a variable stands for, and the content of files (`--data-binary @file`). With `--aws-sigv4` curl
signs when it sends: there is no signature to examine until it ran with `-v`.
",
    markers: &[
        "curl -",
        "curl '",
        "curl \"",
        "curl $'",
        "curl ^\"",
        "curl http",
        "curl.exe ",
        "Invoke-WebRequest",
        "Invoke-RestMethod",
    ],
    breadth: Breadth::General,
    recognise,
    start: |whole| {
        Box::new(CurlCommand {
            whole,
            held: Collected::default(),
        })
    },
};

/// Only curl commands, and what stands around them in a shell, make a whole input of this format:
/// the command that a log begins with is followed by the log.
fn recognise(head: &[u8]) -> Likeness {
    let mut commands = Shell::of(head).each_command(head).peekable();
    let mut found = false;
    while let Some(command) = commands.next() {
        let before = head.get(..command.range.start).unwrap_or_default();
        let own_line = before
            .trim_end_with(|c| matches!(c, ' ' | '\t'))
            .last()
            .is_none_or(|byte| *byte == b'\n');
        let last = commands.peek().is_none();
        if program(&command.words).is_some() {
            found = true;
        } else if own_line && !is_setting(&command.words) && !(last && found && command.open) {
            return Likeness::None;
        }
    }
    if found {
        Likeness::Sure
    } else {
        Likeness::None
    }
}

/// Whether a line only gives a name a value.
fn is_setting(words: &[Word]) -> bool {
    let first = words.first().map(|word| word.text.as_bstr());
    let first = first.unwrap_or_default();
    let plain = |name: &[u8]| name.eq_ignore_ascii_case(first);
    plain(b"export") || plain(b"set") || first.starts_with(b"$") || first.contains(&b'=')
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Program {
    Curl,
    CurlExe,
    Invoke,
}

/// Which program a command calls, and where the words behind its name begin.
fn program(words: &[Word]) -> Option<(Program, usize)> {
    const BEFORE: usize = 5;
    for (at, word) in words.iter().take(BEFORE).enumerate() {
        let name = word.text.rsplit(|byte| b"/\\>".contains(byte)).next();
        // What cannot be seen may have been copied with it.
        let name = name.unwrap_or_default().trim_start_with(|c| !c.is_ascii());
        let name = name.to_ascii_lowercase();
        let next = words.get(at + 1).map(|word| word.text.as_bstr());
        let alias = next.is_some_and(|next| {
            let next = next.to_ascii_lowercase();
            [&b"-uri"[..], b"-headers", b"-method"].contains(&next.as_slice())
        });
        match name.as_slice() {
            b"curl" if alias => return Some((Program::Invoke, at + 1)),
            b"curl" => return Some((Program::Curl, at + 1)),
            b"curl.exe" => return Some((Program::CurlExe, at + 1)),
            b"invoke-webrequest" | b"invoke-restmethod" | b"iwr" | b"irm" => {
                return Some((Program::Invoke, at + 1));
            }
            _ => {}
        }
        let text = word.text.as_slice();
        let clock = text.first().is_some_and(u8::is_ascii_digit) && text.contains(&b':');
        // A shell's prompt, its trace (`set -x`), or what a log has before a command.
        let prompt = text.last().is_some_and(|byte| b"$%#>:]".contains(byte))
            || text.iter().all(|byte| *byte == b'+')
            || text.iter().all(u8::is_ascii_digit)
            || clock
            || text.contains(&b'=')
            || [&b"PS"[..], b"time", b"sudo"].contains(&text)
            || !text.is_ascii();
        if !prompt {
            return None;
        }
    }
    None
}

struct CurlCommand {
    whole: Whole,
    held: Collected,
}

/// In a log, no command has more lines, or is longer: each line may make it whole.
const LINES: usize = 200;
const LENGTH: usize = 1 << 20;

impl Reader for CurlCommand {
    fn line(&mut self, line: &Line<'_>, sink: &mut Sink<'_>) -> Step {
        if self.whole == Whole::Document {
            self.held.push(line);
            return Step::More;
        }
        if self.held.len() == 0 {
            let commands = Shell::of(line.text()).commands(line.text());
            if !commands.iter().any(|c| program(&c.words).is_some()) {
                return Step::Pass;
            }
        }
        self.held.push(line);
        let text = self.held.text();
        let commands = Shell::of(text).commands(text);
        let open = commands.last().is_some_and(|command| command.open);
        if open && self.held.len() < LINES && text.len() < LENGTH {
            return Step::More;
        }
        self.finish(sink);
        Step::Idle
    }

    fn end(&mut self, sink: &mut Sink<'_>) {
        self.finish(sink);
    }
}

impl CurlCommand {
    fn finish(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let text = held.text();
        for command in Shell::of(text).commands(text) {
            let Some((program, from)) = program(&command.words) else {
                continue;
            };
            let words = command.words.get(from..).unwrap_or_default();
            let transfers = match program {
                Program::Curl => transfers(words),
                Program::CurlExe => transfers(&native(words)),
                Program::Invoke => invoked(words),
            };
            let length = command.range.len();
            let Some(place) = held.place(command.range.start, length) else {
                continue;
            };
            if command.more > 0 {
                let more = command.more;
                sink.note(
                    format!("the command has {more} more words than the {WORDS} that are kept"),
                    place.clone(),
                );
            }
            let raw = text.get(command.range.clone()).unwrap_or_default();
            for mut transfer in transfers {
                let requests = transfer.requests.into_iter();
                transfer.requests = requests.map(|request| as_logged(raw, request)).collect();
                self.give(transfer, &command, &place, sink);
            }
        }
        if held.is_cut()
            && let Some(span) = held.span()
        {
            sink.note("the command is longer than is kept", span.clone());
        }
    }

    fn give(&self, transfer: Transfer, command: &Command, place: &Span, sink: &mut Sink<'_>) {
        let mut typed = transfer.typed.into_iter();
        for request in transfer.requests {
            let typed = typed.next().flatten().map(|path| Request {
                method: request.method.clone(),
                target: path,
                ..Request::default()
            });
            // The command's own text may hold a password; what it sends does not.
            let text = BString::from(request.to_bytes());
            let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
            let form = transfer.form.clone();
            let form = form.map(|form| Claim::of("", form, party, fidelity, place.clone()));
            let claim = Claim::of(text, request, party, fidelity, place.clone());
            let attempt = Attempt {
                requests: vec![claim],
                forms: form.into_iter().collect(),
                ..Attempt::default()
            };
            if self.whole == Whole::Log && !is_signed(&attempt) {
                continue;
            }
            let case = Case {
                number: 0,
                format: FORMAT.id,
                attempts: vec![attempt],
                hints: hint(transfer.signs.as_ref(), typed, place)
                    .into_iter()
                    .collect(),
            };
            match self.whole {
                Whole::Document => {
                    let number = sink.number();
                    sink.case(Case { number, ..case });
                }
                Whole::Log => sink.leftover(case),
            }
        }
        if self.whole == Whole::Log {
            return;
        }
        if transfer.signs.is_some() {
            let note = "curl signs this request when it sends it, so the command shows no signature: run it with -v and give that log";
            sink.note(note, place.clone());
        }
        if command.open {
            sink.note(
                "expected the end of the command, found the end of the input",
                place.clone(),
            );
        }
        for note in transfer.notes {
            sink.note(note, place.clone());
        }
    }
}

/// What `--aws-sigv4 provider1:provider2:region:service` says of the scope, and the request as it
/// was typed where curl sends another path.
fn hint(
    signs: Option<&BString>,
    typed: Option<Request>,
    place: &Span,
) -> Option<Claim<OperationHint>> {
    let text = signs.cloned().unwrap_or_default();
    let mut parts = text.split_str(":").skip(2);
    let part = |text: Option<&[u8]>| text.filter(|text| !text.is_empty()).map(BString::from);
    let (region, signing_name) = (part(parts.next()), part(parts.next()));
    if region.is_none() && signing_name.is_none() && typed.is_none() {
        return None;
    }
    let hint = OperationHint {
        region,
        signing_name,
        unsigned: typed,
        ..OperationHint::default()
    };
    let (party, fidelity) = (Party::Signer, Fidelity::Unescaped);
    Some(Claim::of(text, hint, party, fidelity, place.clone()))
}

/// PowerShell before 7.3 hands `\"` to a program as a quote.
fn native(words: &[Word]) -> Vec<Word> {
    let words = words.iter().map(|word| Word {
        text: word.text.replace("\\\"", "\"").into(),
        unknown: word.unknown.clone(),
    });
    words.collect()
}

fn invoked(words: &[Word]) -> Vec<Transfer> {
    let names = words.iter().flat_map(|word| &word.unknown);
    let names = names.filter(|name| *name != "$session");
    let notes = names.map(|name| format!("the value of {name} is not in the command"));
    let request = invoke_web_request::request(words);
    let transfer = request.map(|request| Transfer {
        requests: vec![request],
        notes: notes.collect(),
        ..Transfer::default()
    });
    transfer.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::{
        evidence::{Case, InputId},
        source::read_all,
        wire::{Body, Request},
    };

    fn read(text: &str) -> (Vec<Case>, Vec<String>) {
        let (cases, notes, _) = read_all(InputId(0), &mut text.as_bytes());
        let notes = notes.into_iter().map(|note| note.message.to_string());
        (cases, notes.collect())
    }

    fn one(text: &str) -> Request {
        let (cases, _) = read(text);
        let [case] = cases.as_slice() else {
            panic!("{} cases in {text}", cases.len())
        };
        assert_eq!(case.format, "curl-command");
        case.attempts[0].request().unwrap().clone()
    }

    #[test]
    fn requests_that_multiply_are_counted_and_not_kept() {
        let urls = format!(
            "curl {} {}",
            "-H 'a: b' ".repeat(1_000),
            "https://h/ ".repeat(1_000)
        );
        let body = format!(
            "curl -d {} {}",
            "a".repeat(1 << 20),
            "https://h/ ".repeat(9)
        );
        for (text, kept, more) in [(urls, 32, 968), (body, 3, 6)] {
            let (cases, notes) = read(&text);
            assert_eq!(cases.len(), kept);
            let note = format!("the command has {more} more URLs than the {kept} that are kept");
            assert!(notes.contains(&note), "{notes:?}");
        }
    }

    #[test]
    fn words_without_end_are_counted_and_not_kept() {
        let flood = format!("curl https://h/{}", " -H 'a: b'".repeat(30_000));
        let (cases, notes) = read(&flood);
        let request = cases[0].attempts[0].request().unwrap();
        assert_eq!(request.headers.len(), (WORDS - 2) / 2);
        assert_eq!(
            notes,
            [format!(
                "the command has {} more words than the {WORDS} that are kept",
                60_002 - WORDS
            )]
        );
    }

    #[test]
    fn three_shells_send_the_same() {
        let bash = "$ curl -H 'X-Amz-Target: AWSEvents.ListRules' --data-raw $'{\"Limit\":1,\"Note\":\"it\\'s\"}' https://h.example/";
        let cmd = "C:\\>curl -H ^\"X-Amz-Target: AWSEvents.ListRules^\" --data-raw ^\"^{^\\^\"Limit^\\^\":1,^\\^\"Note^\\^\":^\\^\"it's^\\^\"^}^\" ^\"https://h.example/^\"\r\n";
        let power = "PS C:\\> curl.exe -H 'X-Amz-Target: AWSEvents.ListRules' --data-raw '{\\\"Limit\\\":1,\\\"Note\\\":\\\"it''s\\\"}' \"https://h.example/\"";
        let request = one(bash);
        assert_eq!(request.method, "POST");
        assert_eq!(request.url().unwrap(), "https://h.example/");
        assert_eq!(
            request.body,
            Body::Captured("{\"Limit\":1,\"Note\":\"it's\"}".into())
        );
        assert_eq!(
            request.header("content-type").unwrap(),
            "application/x-www-form-urlencoded"
        );
        assert_eq!(one(cmd), request);
        assert_eq!(one(power), request);
    }

    #[test]
    fn no_secret_of_an_option_is_taken_for_a_url() {
        const CANARY: &str = "CANARY/secret+0123456789";
        for options in [
            "--oauth2-bearer C",
            "--oauth2 C",
            "--proxy-user me:C",
            "-U me:C",
            "-Qu AKIDEXAMPLE:C",
            "-sSu AKIDEXAMPLE:C",
            "-sSuAKIDEXAMPLE:C",
            "-sS -u AKIDEXAMPLE:C",
            "--user AKIDEXAMPLE:C",
            "--expand-user AKIDEXAMPLE:C",
            "--user=AKIDEXAMPLE:C",
            "--us AKIDEXAMPLE:C",
            "--pass C",
            "-E cert.pem:C",
            "--proxy-cert cert.pem:C",
            "--proxy-pass C",
            "--tlspassword C",
            "--proxy-tlspassword C",
            "--ftp-account C",
            "--variable secret=C",
            "--proxy-header 'Proxy-Authorization: Basic C'",
            "-x http://me:C@proxy.example:3128",
            "--an-option-of-tomorrow C",
            "AKIDEXAMPLE:C",
        ] {
            let options = options.replace('C', CANARY);
            let text = format!("curl {options} --aws-sigv4 aws:amz:r:s https://h.example/k\n");
            let (cases, notes) = read(&text);
            let shown = format!("{cases:?}{notes:?}");
            assert!(!shown.contains(CANARY), "{text}{shown}");
            assert_eq!(cases.len(), 1, "{text}");
        }
    }

    #[test]
    fn options_say_what_is_sent() {
        let request = one(
            "curl -sXPUT -H'A: b' -H 'Empty;' -H 'Content-Type:' -d a=1 -d b=2 --compressed h.example/x/../y?q#f",
        );
        assert_eq!(request.method, "PUT");
        assert_eq!(request.url().unwrap(), "http://h.example/y?q");
        assert_eq!(request.header("a").unwrap(), "b");
        assert_eq!(request.header("empty").unwrap(), "");
        assert_eq!(request.header("content-type"), None);
        assert_eq!(request.body, Body::Captured("a=1&b=2".into()));
        let get = one("curl -G --data-urlencode 'n=a b/c' -d x=1 'https://h.example/?p=2' -I");
        assert_eq!(get.method, "HEAD");
        assert_eq!(get.target, "/?p=2&n=a+b%2Fc&x=1");
        let json = one("curl --json '{}' --path-as-is https://h.example/a/./b");
        assert_eq!(json.header("accept").unwrap(), "application/json");
        assert_eq!(json.target, "/a/./b");
        assert_eq!(json.method, "POST");
    }

    #[test]
    fn what_the_command_lacks_is_noted() {
        let (cases, notes) = read(
            "curl -T big.bin \"https://$HOST/k\" --next --data-binary @body.json https://h.example/ -H \"Authorization: $AUTH\"\n",
        );
        assert_eq!(cases.len(), 2);
        for case in &cases {
            assert_eq!(case.attempts[0].request().unwrap().body, Body::NotCaptured);
        }
        assert_eq!(
            notes,
            [
                "the body of the request: in the file big.bin, which is not captured",
                "the value of $HOST is not in the command",
                "the body of the request: in the file body.json, which is not captured",
                "the value of $AUTH is not in the command",
            ]
        );
    }

    #[test]
    fn a_variable_ends_where_its_name_does() {
        for (command, unknown) in [
            (
                "curl --aws-sigv4 aws:amz --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" https://h.example/\n",
                &["$AWS_ACCESS_KEY_ID", "$AWS_SECRET_ACCESS_KEY"][..],
            ),
            (
                "curl.exe -H \"Authorization: $env:TOKEN\" https://h.example/\n",
                &["$env:TOKEN"],
            ),
        ] {
            let notes = read(command).1;
            for name in unknown {
                let note = format!("the value of {name} is not in the command");
                assert!(notes.contains(&note), "{notes:?}");
            }
        }
    }

    #[test]
    fn a_password_is_never_kept() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        for option in [
            format!("-u AKIDEXAMPLE:{secret}"),
            format!("-uAKIDEXAMPLE:{secret}"),
            format!("--user 'AKIDEXAMPLE:{secret}'"),
            format!("--proxy-user a:{secret}"),
            format!("https://AKIDEXAMPLE:{secret}@h.example/a"),
        ] {
            let (cases, notes) = read(&format!(
                "curl {option} --aws-sigv4 'aws:amz:eu-west-3:events' https://h.example/"
            ));
            assert!(!cases.is_empty());
            let shown = format!("{cases:?}{notes:?}");
            assert!(!shown.contains(secret), "{shown}");
            assert!(!shown.contains("wJalr"), "{shown}");
            let hint = cases[0].hints[0].value().unwrap();
            assert_eq!(hint.signing_name.as_ref().unwrap(), "events");
            assert_eq!(hint.region.as_ref().unwrap(), "eu-west-3");
        }
    }

    #[test]
    fn a_command_above_its_log_is_no_document() {
        let (cases, _) =
            read("$ curl -v https://h.example/\n* Connected to h.example\n> GET / HTTP/1.1\n");
        assert!(cases.is_empty());
    }

    #[test]
    fn no_cut_panics() {
        let text = "Invoke-WebRequest -Uri \"https://h/?a\" `\n-Headers @{ \"a\"=\"b\" } -Body ([x]::GetBytes(\"y\"))";
        for end in 0..=text.len() {
            read(&text[..end]);
        }
    }
}
