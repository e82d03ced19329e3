//! curl's options, as far as they say what is sent.
//!
//! Source: the manual page of curl 8.14, and what its `tool_getparam.c` takes for granted.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    sigv4::encode,
    source::{
        body_end::speaks_of_body,
        curl_address::{is_address, with_query, without_dots, without_password},
        shell_words::Word,
    },
    wire::{Body, Form, FormField, HeaderField, Origin, Request},
};

/// What one transfer of a curl command sends.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Transfer {
    /// Its requests, one for each URL.
    pub(super) requests: Vec<Request>,
    /// Their paths as they were typed, where curl removes dot segments.
    pub(super) typed: Vec<Option<BString>>,
    /// What `--aws-sigv4` was given, when curl is to sign.
    pub(super) signs: Option<BString>,
    /// The form of `-F`.
    pub(super) form: Option<Form>,
    /// What the command does not hold, in sentences.
    pub(super) notes: Vec<String>,
}

/// Reads the words behind `curl`; `--next` begins another transfer.
pub(super) fn transfers(words: &[Word]) -> Vec<Transfer> {
    let parts = words.split(|word| word.text == "--next" || word.text == "-:");
    let transfers = parts.map(|words| {
        let mut options = Options::default();
        options.read(words);
        options.finish()
    });
    transfers
        .filter(|transfer| !transfer.requests.is_empty())
        .collect()
}

#[derive(Default)]
struct Options {
    method: Option<BString>,
    urls: Vec<BString>,
    url_queries: Vec<BString>,
    headers: Vec<HeaderField>,
    removed: Vec<BString>,
    body: Vec<u8>,
    content: Content,
    place: DataPlace,
    head: bool,
    dots: Dots,
    transfer: Transfer,
}

/// What the body is made of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Content {
    #[default]
    None,
    Form,
    Json,
    Upload,
    Multipart,
    /// Data that stands in a file.
    File,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum DataPlace {
    #[default]
    Body,
    Query,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Dots {
    #[default]
    Removed,
    Kept,
}

const NO_DATA: &str =
    "the command has no data, of which a header speaks: the body was not captured";
/// How long the requests of one transfer are at most, all together, with a header field as so much.
const LENGTH: usize = 4 << 20;
const FIELD: usize = 128;

/// Short options that a value follows, glued or apart.
const SHORT_VALUES: &[u8] = b"AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Long options that a value follows.
const LONG_VALUES: &str = " abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header help hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type knownhosts krb krb4 libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max parallel-max-host pass pinnedpubkey postquote preproxy prequote proto proto-default proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry retry-delay retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit speed-time ssl-sessions stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket upload-file upload-flags url url-query user user-agent variable vlan-priority write-out ";

/// Long options that stand alone.
const FLAGS: &str = " anyauth append basic ca-native cert-status compressed compressed-ssh create-dirs crlf digest disable disable-eprt disable-epsv disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed eprt epsv fail fail-early fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl ftp-ssl-ccc ftp-ssl-control ftp-ssl-reqd get globoff haproxy-protocol head http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ipv6 junk-session-cookies keepalive list-only location location-trusted mail-rcpt-allowfails manual metalink mptcp negotiate netrc netrc-optional next no-alpn no-buffer no-clobber no-keepalive no-npn no-progress-meter no-sessionid ntlm ntlm-wb out-null parallel parallel-immediate path-as-is post301 post302 post303 progress-bar progress-meter proxy-anyauth proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw remote-header-name remote-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir sessionid show-error show-headers silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2 sslv3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay test-event tftp-no-options tls-earlydata tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time use-ascii verbose version xattr ";

/// A long option by its whole name, and whether a value follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Long<'a> {
    Value(&'a [u8]),
    Flag(&'a [u8]),
    /// No option of a curl that is known here: what follows may be its value.
    Unknown,
}

/// The option that a name means: curl takes the beginning of a name for the whole where no other
/// begins so, `no-` turns a flag off, and `expand-` stands before any that takes a value.
fn long_option(name: &[u8]) -> Long<'_> {
    if name.starts_with(b"no-") && !named(name, LONG_VALUES) {
        return Long::Flag(b"");
    }
    let name = name.strip_prefix(b"expand-").unwrap_or(name);
    if named(name, LONG_VALUES) {
        return Long::Value(name);
    }
    if named(name, FLAGS) {
        return Long::Flag(name);
    }
    let begins = |names: &'static str| {
        let names = names.split_ascii_whitespace();
        names.filter(move |whole| whole.as_bytes().starts_with(name))
    };
    let mut values = begins(LONG_VALUES);
    let mut flags = begins(FLAGS);
    match (values.next(), values.next(), flags.next(), flags.next()) {
        (Some(one), None, None, _) => Long::Value(one.as_bytes()),
        (None, _, Some(one), None) => Long::Flag(one.as_bytes()),
        _ => Long::Unknown,
    }
}

fn named(name: &[u8], names: &str) -> bool {
    names
        .split_ascii_whitespace()
        .any(|known| known.as_bytes() == name)
}

impl Options {
    fn read(&mut self, words: &[Word]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            self.note_unknown(word);
            let text = word.text.as_bstr();
            if let Some(name) = text.strip_prefix(b"--").filter(|name| !name.is_empty()) {
                let (name, value) = match long_option(name) {
                    Long::Flag(name) => (name, None),
                    Long::Value(name) => (name, words.next()),
                    Long::Unknown => {
                        // What may be a password is never taken for a URL.
                        let next = words.as_slice().first();
                        let is_value = next.is_some_and(|next| {
                            !next.text.starts_with(b"-") && !next.text.contains_str("://")
                        });
                        if is_value {
                            words.next();
                        }
                        continue;
                    }
                };
                if let Some(value) = value {
                    self.note_unknown(value);
                }
                let value = value.map(|word| word.text.as_bstr());
                self.long(name, value.unwrap_or_default());
            } else if text.len() > 1 && text.starts_with(b"-") {
                self.short(text.get(1..).unwrap_or_default(), &mut words);
            } else if is_address(text) {
                self.urls.push(text.into());
            }
        }
    }

    /// Several short options in one word; the first that takes a value takes the rest, or the
    /// next word.
    fn short<'a>(&mut self, letters: &[u8], words: &mut impl Iterator<Item = &'a Word>) {
        for (at, letter) in letters.iter().enumerate() {
            if !SHORT_VALUES.contains(letter) {
                match letter {
                    b'G' => self.place = DataPlace::Query,
                    b'I' => self.head = true,
                    _ => {}
                }
                continue;
            }
            let rest = letters.get(at + 1..).unwrap_or_default();
            let next = if rest.is_empty() { words.next() } else { None };
            if let Some(next) = next {
                self.note_unknown(next);
            }
            let value = next.map_or(rest.as_bstr(), |word| word.text.as_bstr());
            let name: &[u8] = match letter {
                b'A' => b"user-agent",
                b'b' => b"cookie",
                b'd' => b"data",
                b'e' => b"referer",
                b'F' => b"form",
                b'H' => b"header",
                b'K' => b"config",
                b'T' => b"upload-file",
                b'u' => b"user",
                b'X' => b"request",
                _ => return,
            };
            return self.long(name, value);
        }
    }

    fn long(&mut self, name: &[u8], value: &BStr) {
        match name {
            b"request" => self.method = Some(value.into()),
            b"url" => self.urls.push(value.into()),
            b"url-query" => self.url_queries.push(value.into()),
            b"header" => self.header(value),
            b"user-agent" => self.named("User-Agent", value),
            b"referer" => self.named("Referer", value),
            b"cookie" if value.contains(&b'=') => self.named("Cookie", value),
            b"cookie" => self.not_held("the cookies", value),
            b"data" | b"data-ascii" | b"data-binary" => self.data(value, Content::Form),
            b"data-raw" => self.add(value, Content::Form),
            b"data-urlencode" => self.urlencode(value),
            b"json" => self.data(value, Content::Json),
            b"get" => self.place = DataPlace::Query,
            b"head" => self.head = true,
            b"upload-file" => {
                self.content = Content::Upload;
                self.not_held("the body", value);
            }
            b"form" | b"form-string" => self.form(value, name == b"form"),
            b"path-as-is" => self.dots = Dots::Kept,
            b"aws-sigv4" => self.transfer.signs = Some(value.into()),
            b"config" => self.not_held("further options", value),
            _ => {}
        }
    }

    fn note_unknown(&mut self, word: &Word) {
        for name in &word.unknown {
            let note = format!("the value of {name} is not in the command");
            if !self.transfer.notes.contains(&note) {
                self.transfer.notes.push(note);
            }
        }
    }

    fn not_held(&mut self, what: &str, file: &[u8]) {
        let file = file.strip_prefix(b"@").unwrap_or(file).as_bstr();
        let what = format!("{what} of the request: in the file {file}, which is not captured");
        self.transfer.notes.push(what);
    }

    /// `Name: value`, `Name;` for an empty value, `Name:` to leave curl's own out.
    fn header(&mut self, line: &BStr) {
        if line.starts_with(b"@") {
            return self.not_held("headers", line);
        }
        match line.split_once_str(":") {
            Some((name, value)) if value.trim().is_empty() => {
                self.removed.push(name.to_ascii_lowercase().into());
            }
            Some(_) => self.headers.extend(HeaderField::parse(line)),
            None => {
                let name = line.strip_suffix(b";").unwrap_or(line);
                self.headers.push(HeaderField::new(name, ""));
            }
        }
    }

    fn named(&mut self, name: &str, value: &BStr) {
        self.headers.push(HeaderField::new(name, value));
    }

    fn data(&mut self, value: &BStr, content: Content) {
        if value.starts_with(b"@") {
            self.content = Content::File;
            self.not_held("the body", value);
        } else {
            self.add(value, content);
        }
    }

    fn add(&mut self, value: &[u8], content: Content) {
        if !self.body.is_empty() && content == Content::Form {
            self.body.push(b'&');
        }
        self.body.extend_from_slice(value);
        if self.content != Content::File {
            self.content = content;
        }
    }

    /// `name=value`; with `-F`, `@file` and `<file` stand for what the file holds.
    fn form(&mut self, value: &BStr, has_files: bool) {
        self.content = Content::Multipart;
        let Some((name, value)) = value.split_once_str("=") else {
            return;
        };
        let of_file = value.strip_prefix(b"@").or(value.strip_prefix(b"<"));
        let field = match of_file.filter(|_| has_files) {
            Some(file) => FormField {
                name: name.into(),
                value: BString::default(),
                file_name: file.split_str(";").next().map(BString::from),
            },
            None => FormField {
                name: name.into(),
                value: value.into(),
                file_name: None,
            },
        };
        let form = self.transfer.form.get_or_insert_default();
        form.fields.push(field);
    }

    fn urlencode(&mut self, value: &BStr) {
        let text = match value.find_byteset("=@") {
            Some(at) if value.get(at) == Some(&b'@') => {
                return self.data(b"@".into(), Content::File);
            }
            Some(at) => {
                let (name, value) = value.split_at(at);
                let value = form(value.get(1..).unwrap_or_default());
                let equals: &[u8] = if name.is_empty() { b"" } else { b"=" };
                [name, equals, &value].concat()
            }
            None => form(value),
        };
        self.add(&text, Content::Form);
    }

    fn finish(mut self) -> Transfer {
        let mut query = self.url_queries.clone();
        if self.place == DataPlace::Query && !self.body.is_empty() {
            query.push(std::mem::take(&mut self.body).into());
        }
        let in_body = self.place == DataPlace::Body;
        let method: BString = match &self.method {
            Some(method) => method.clone(),
            None if self.head => "HEAD".into(),
            None if self.content == Content::Upload => "PUT".into(),
            None if self.content != Content::None && in_body => "POST".into(),
            None => "GET".into(),
        };
        let body = match self.content {
            Content::Upload | Content::Multipart | Content::File if in_body => Body::NotCaptured,
            Content::None if self.lacks_body(method.as_bstr()) => {
                self.transfer.notes.push(NO_DATA.to_owned());
                Body::NotCaptured
            }
            _ if in_body => Body::Captured(self.body.clone().into()),
            _ => Body::Captured(BString::default()),
        };
        if self.content == Content::Multipart {
            let note = "the body is a multipart form, whose boundary curl draws when it sends it";
            self.transfer.notes.push(note.to_owned());
        }
        let own = self.own_headers(in_body);
        let urls = std::mem::take(&mut self.urls);
        // Each request has all the headers and the whole body: together they have no end.
        let length = 1 + self.headers.len() * FIELD + body.bytes().map_or(0, <[u8]>::len);
        let most = (LENGTH / length).max(1);
        if let Some(more) = urls.len().checked_sub(most).filter(|more| *more > 0) {
            let note = format!("the command has {more} more URLs than the {most} that are kept");
            self.transfer.notes.push(note);
        }
        for url in urls.into_iter().take(most) {
            let (origin, target) = self.address(&url);
            let mut request = Request {
                method: method.clone(),
                target: with_query(target, &query),
                origin,
                headers: self.headers.clone(),
                body: body.clone(),
            };
            request.headers.extend(own.clone());
            self.transfer.requests.push(request);
        }
        self.transfer
    }

    /// Whether a header speaks of data that the command does not have.
    fn lacks_body(&self, method: &BStr) -> bool {
        let request = Request {
            headers: self.headers.clone(),
            ..Request::default()
        };
        matches!(method.as_bytes(), b"POST" | b"PUT" | b"PATCH") && speaks_of_body(&request)
    }

    /// The headers that curl adds because of the data, where none was given or forbidden.
    fn own_headers(&self, in_body: bool) -> Vec<HeaderField> {
        let own: &[(&str, &str)] = match self.content {
            Content::Json => &[
                ("Content-Type", "application/json"),
                ("Accept", "application/json"),
            ],
            Content::Form | Content::File if in_body => {
                &[("Content-Type", "application/x-www-form-urlencoded")]
            }
            _ => &[],
        };
        own.iter()
            .filter(|(name, _)| {
                let given = self.headers.iter().any(|field| field.is(name));
                let removed = |held: &BString| held.eq_ignore_ascii_case(name.as_bytes());
                !given && !self.removed.iter().any(removed)
            })
            .map(|(name, value)| HeaderField::new(*name, *value))
            .collect()
    }

    /// Splits a URL as curl does: `http` without a scheme, no password kept, dots removed.
    fn address(&mut self, url: &[u8]) -> (Option<Origin>, BString) {
        let whole = if url.contains_str("://") {
            url.to_vec()
        } else {
            [b"http://", url].concat()
        };
        let whole = match without_password(&whole) {
            Some(bare) => {
                let note = "the name and password in the URL were passed over";
                self.transfer.notes.push(note.to_owned());
                bare
            }
            None => whole.into(),
        };
        let Some((origin, target)) = Origin::split(&whole) else {
            self.transfer.typed.push(None);
            return (None, url.into());
        };
        let (typed, query) = crate::wire::target::split(&target);
        let path = match self.dots {
            Dots::Removed => without_dots(typed),
            Dots::Kept => typed.to_vec(),
        };
        let is_other = path != *typed;
        self.transfer.typed.push(is_other.then(|| typed.into()));
        let target = match query {
            Some(query) => [&path, &b"?"[..], query].concat(),
            None => path,
        };
        (Some(origin), target.into())
    }
}

/// A value as `--data-urlencode` writes it: percent-encoded, and each space a plus sign
/// (src/tool_getparam.c of curl; seen of curl 7.88.1).
fn form(value: &[u8]) -> Vec<u8> {
    encode(value).replace("%20", "+")
}
