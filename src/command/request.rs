//! The request of `sign` and `send`: a capture, a call of the catalogue, or a URL with its parts.

use std::{fs::File, io::Read, path::PathBuf, time::SystemTime};

use bstr::{BStr, BString, ByteSlice};
use clap::{Args, ValueEnum};

use crate::{
    catalog,
    command::{
        World,
        cli::{RevealKind, now, timestamp},
        credentials::{self, Found},
        error::CommandError,
        input,
    },
    diagnose::Stated,
    evidence::{Case, Claim, Preference, Refusal, Statement},
    report::{Detail, Reveal, SignReport},
    sign::{self, Call, ElsewhereBody, Form, GivenBody, PayloadChoice, SignError, Signed, Terms},
    sigv4::{SessionTokenPlacement, Sha256Digest, SignedHeaders, Timestamp},
    wire::{Body, HeaderField, Origin, Request},
};

/// Which request, and how it is signed.
#[derive(Args, Debug)]
pub(super) struct RequestArgs {
    /// A capture: a file, or `-` for standard input.
    #[arg(value_name = "REQUEST")]
    input: Option<String>,
    /// Which request of the capture, counted from 1.
    #[arg(long, value_name = "N", requires = "input")]
    case: Option<u32>,
    /// Read the capture as this format, whatever it looks like.
    #[arg(long, value_name = "FORMAT", requires = "input")]
    from: Option<String>,
    /// Call an operation of this service, as the catalogue has it.
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    service: Option<String>,
    /// The operation, spelled as in the API or as in the AWS CLI.
    #[arg(long, value_name = "NAME", requires = "service")]
    operation: Option<String>,
    /// What stands in braces in the operation's path: `Bucket=my-bucket`.
    #[arg(long, value_name = "NAME=VALUE", requires = "service", value_parser = label)]
    label: Vec<(String, String)>,
    /// Request this URL; its target is sent just as it is written.
    #[arg(long, conflicts_with = "input")]
    url: Option<String>,
    /// The method; without it GET, or POST where there is a body.
    #[arg(long, short = 'X', requires = "url")]
    method: Option<String>,
    /// Another header, or another value of a captured one: `Name: value`.
    #[arg(long, short = 'H', value_name = "LINE", value_parser = header)]
    header: Vec<HeaderField>,
    /// The body; `@FILE` for that of a file, `@-` for standard input.
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    #[command(flatten)]
    terms: TermArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Signing")]
struct TermArgs {
    /// The service's name in the credential scope, whatever the catalogue says.
    #[arg(long, value_name = "NAME")]
    signing_name: Option<String>,
    /// The region.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The signing time, instead of now.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    at: Option<Timestamp>,
    /// The headers to sign: "host;x-amz-date".
    #[arg(long, value_name = "NAMES")]
    signed_headers: Option<String>,
    /// What the signature says of the body.
    #[arg(long, value_enum, default_value_t = Payload::Auto)]
    payload: Payload,
    /// Whether the session token is signed, or added after signing.
    #[arg(long, value_enum)]
    session_token: Option<Token>,
    /// Presign for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    expires: Option<u64>,
    /// Send it there instead, as in the AWS CLI.
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Take the keys of this profile.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Show this kind of secret, which is hidden otherwise.
    #[arg(long, value_enum, value_name = "KIND")]
    reveal: Option<RevealKind>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Payload {
    /// What the service wants; a stated UNSIGNED-PAYLOAD is kept.
    Auto,
    /// Its SHA-256.
    Signed,
    /// UNSIGNED-PAYLOAD.
    Unsigned,
    /// In signed chunks (not built yet).
    Streaming,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Token {
    Signed,
    Appended,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "expected NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

fn header(text: &str) -> Result<HeaderField, String> {
    let field = HeaderField::parse(text.as_bytes())
        .filter(|field| !field.name.is_empty())
        .ok_or_else(|| "expected `Name: value`".to_owned())?;
    let token = |byte: &u8| byte.is_ascii_graphic();
    if !field.name.iter().all(token) || field.value.find_byteset(b"\r\n\0").is_some() {
        return Err("a header is one line, and its name has no spaces".to_owned());
    }
    Ok(HeaderField::new(field.name, field.value.trim_start()))
}

/// All that signing needs, gathered.
pub(super) struct Prepared {
    pub(super) request: Request,
    captured: Option<Case>,
    stated: Option<Stated>,
    statements: Vec<Statement>,
    pub(super) found: Found,
    /// A body that stays in its file.
    pub(super) file: Option<FileBody>,
    at: Option<Timestamp>,
    default_region: Option<BString>,
    signed_headers: Option<SignedHeaders>,
    payload: PayloadChoice,
    token: Option<SessionTokenPlacement>,
    expires: Option<u64>,
    signing_name: Option<BString>,
    region: Option<BString>,
    endpoint: Option<(Origin, BString)>,
    reveal: Reveal,
    /// Whether the request is no longer the captured one.
    redirected: bool,
}

/// Whether large bodies stay in their files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bodies {
    /// All are read.
    Read,
    /// Those of a file of more than a megabyte are hashed only.
    Streamed,
}

/// A body in a file, which was hashed and not kept.
#[derive(Debug)]
pub(super) struct FileBody {
    path: PathBuf,
    body: ElsewhereBody,
    modified: Option<SystemTime>,
}

/// Files up to this length are read.
const MEGABYTE: u64 = 1 << 20;

impl FileBody {
    fn hash(path: PathBuf, file: &mut File) -> std::io::Result<Self> {
        let modified = file.metadata()?.modified().ok();
        let (digest, length) = Sha256Digest::of_reader(file)?;
        let body = ElsewhereBody { digest, length };
        Ok(Self {
            path,
            body,
            modified,
        })
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        self.body.length
    }

    /// Opens it again, as it was when it was hashed.
    pub(super) fn open(&self) -> Result<File, CommandError> {
        let shown = self.path.display();
        let failed = |error| CommandError::new(format!("could not read {shown} again: {error}"));
        let file = File::open(&self.path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        match metadata.len() == self.body.length && metadata.modified().ok() == self.modified {
            true => Ok(file),
            false => Err(CommandError::new(format!(
                "{shown} has changed since it was hashed"
            ))),
        }
    }
}

/// A body as the command line gives it.
enum Given {
    Nothing,
    Bytes(Vec<u8>),
    File(FileBody),
}

impl Given {
    fn of_call(&self) -> GivenBody {
        match self {
            Self::Nothing => GivenBody::Nothing,
            Self::Bytes(bytes) => GivenBody::Bytes(bytes.clone()),
            Self::File(_) => GivenBody::Elsewhere,
        }
    }

    /// What of it stands in a request, and the file.
    fn split(self) -> (Option<Body>, Option<FileBody>) {
        match self {
            Self::Nothing => (None, None),
            Self::Bytes(bytes) => (Some(Body::Captured(bytes.into())), None),
            Self::File(file) => (Some(Body::NotCaptured), Some(file)),
        }
    }
}

impl RequestArgs {
    /// The profile that is named.
    pub(super) fn profile(&self) -> Option<&str> {
        self.terms.profile.as_deref()
    }

    /// Where the signature goes where the product does not say.
    pub(super) fn form(&self) -> Form {
        match self.terms.expires {
            Some(_) => Form::Query,
            None => Form::AsCaptured,
        }
    }

    /// Reads the request and finds the keys.
    pub(super) fn prepare(
        &self,
        bodies: Bodies,
        world: &mut World,
    ) -> Result<Prepared, CommandError> {
        let terms = &self.terms;
        let payload = match terms.payload {
            Payload::Auto => PayloadChoice::Auto,
            Payload::Signed => PayloadChoice::Signed,
            Payload::Unsigned => PayloadChoice::Unsigned,
            Payload::Streaming => {
                return Err(CommandError::new(
                    "--payload streaming is a chunked upload, which is not signed yet",
                )
                .hint("sign the body at once: --payload signed, or --payload unsigned"));
            }
        };
        let signed_headers = terms.signed_headers.as_deref().map(names);
        let endpoint = terms.endpoint_url.clone();
        let endpoint = endpoint.or_else(|| self.configured_endpoint(world));
        let endpoint = endpoint.as_deref().map(url).transpose()?;
        let region = terms.region.clone();
        let default_region = credentials::region(terms.profile.as_deref(), world);
        let (mut request, captured, file) =
            self.request(default_region.as_deref(), bodies, world)?;
        let given = |field: &HeaderField| {
            let name = field.name.to_str_lossy();
            self.header.iter().any(|own| own.is(&name))
        };
        // What is said on the command line stands in the place of what is captured.
        request.headers.retain(|field| !given(field));
        request.headers.extend(self.header.iter().cloned());
        let attempt = captured.as_ref().and_then(Case::last_attempt);
        let stated = attempt.and_then(Stated::of);
        let refusals = attempt
            .into_iter()
            .flat_map(|attempt| attempt.refusals.iter().filter_map(Claim::value));
        let statements = refusals.flat_map(Refusal::statements).collect();
        let hinted = |read: fn(&crate::evidence::OperationHint) -> Option<BString>| {
            let hints = captured.iter().flat_map(|case| &case.hints);
            hints.filter_map(Claim::value).find_map(read)
        };
        let hinted_region = hinted(|hint| hint.region.clone());
        Ok(Prepared {
            request,
            stated,
            statements,
            found: credentials::signing(
                terms.profile.as_deref(),
                region.as_deref().or(default_region.as_deref()),
                world,
            )?,
            file,
            at: terms.at,
            default_region: hinted_region.or(default_region.map(BString::from)),
            signed_headers,
            payload,
            token: terms.session_token.map(|token| match token {
                Token::Signed => SessionTokenPlacement::Signed,
                Token::Appended => SessionTokenPlacement::Appended,
            }),
            expires: terms.expires,
            signing_name: terms.signing_name.clone().map(BString::from),
            region: region.map(BString::from),
            endpoint,
            reveal: match terms.reveal {
                Some(RevealKind::SessionToken) => Reveal::SessionToken,
                _ => Reveal::Nothing,
            },
            captured,
            redirected: false,
        })
    }

    /// The endpoint of a call that is configured as for the AWS CLI.
    ///
    /// Source: "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
    fn configured_endpoint(&self, world: &World) -> Option<String> {
        let service = catalog::service(self.service.as_deref()?)?;
        let setting = |key| credentials::setting(self.profile(), key, world);
        let ignored = world.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let ignored = ignored.map(str::to_owned);
        let ignored = ignored.or_else(|| setting("ignore_configured_endpoint_urls"));
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return None;
        }
        let id = service.service_id().replace([' ', '-'], "_");
        let own = format!("AWS_ENDPOINT_URL_{}", id.to_ascii_uppercase());
        let set = world.variable(&own).or(world.variable("AWS_ENDPOINT_URL"));
        let id = id.to_ascii_lowercase();
        let of_service =
            || credentials::service_setting(self.profile(), &id, "endpoint_url", world);
        set.map(str::to_owned)
            .or_else(of_service)
            .or_else(|| setting("endpoint_url"))
    }

    fn request(
        &self,
        default_region: Option<&str>,
        bodies: Bodies,
        world: &mut World,
    ) -> Result<(Request, Option<Case>, Option<FileBody>), CommandError> {
        if let Some(name) = &self.input {
            let (mut request, case) = self.captured(name, world)?;
            let (body, file) = self.body(bodies, world)?.split();
            request.body = body.unwrap_or(request.body);
            return Ok((request, Some(case), file));
        }
        self.refuse_what_is_both()?;
        let given = self.body(bodies, world)?;
        if let (Some(service), Some(operation)) = (&self.service, &self.operation) {
            let request = sign::call(&Call {
                service,
                operation,
                region: self.terms.region.as_deref().or(default_region),
                body: given.of_call(),
                labels: &self.label,
            });
            return Ok((request.map_err(sign_error)?, None, given.split().1));
        }
        let Some(text) = &self.url else {
            return Err(CommandError::new("there is no request to sign")
                .hint("give a capture, or --service and --operation, or --url"));
        };
        let (origin, target) = url(text)?;
        let method = match (&self.method, &given) {
            (Some(method), _) => method.as_str(),
            (None, Given::Nothing) => "GET",
            (None, Given::Bytes(_) | Given::File(_)) => "POST",
        };
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CommandError::new("a method is one word, such as GET"));
        }
        let (body, file) = given.split();
        let request = Request {
            method: method.into(),
            target,
            origin: Some(origin),
            headers: Vec::new(),
            body: body.unwrap_or(Body::Captured("".into())),
        };
        Ok((request, None, file))
    }

    /// Refuses a call of the catalogue that is a URL too, or lacks its operation.
    fn refuse_what_is_both(&self) -> Result<(), CommandError> {
        let Some(service) = &self.service else {
            return Ok(());
        };
        if self.url.is_some() {
            let message = "--service builds a request from the catalogue, and --url is one already";
            return Err(CommandError::new(message)
                .hint(format!(
                    "to sign a URL for a service: --signing-name {service}"
                ))
                .hint("to call an operation elsewhere: --endpoint-url URL"));
        }
        match &self.operation {
            Some(_) => Ok(()),
            None => Err(CommandError::new("--service wants an --operation")
                .hint(format!("look them up: countersign catalog {service} --all"))
                .hint(format!(
                    "to sign a URL for it: --url URL --signing-name {service}"
                ))),
        }
    }

    fn captured(&self, name: &str, world: &mut World) -> Result<(Request, Case), CommandError> {
        let from = input::format(self.from.as_deref())?;
        let inputs = input::inputs(&[name.to_owned()])?;
        let [only] = &inputs[..] else {
            return Err(CommandError::new("expected one input"));
        };
        let preference = self.case.map_or(Preference::Failed, Preference::Number);
        let selection = only.select(preference, from, world, &mut Vec::new())?;
        let case = selection.case;
        let sent = case.last_attempt().and_then(|attempt| attempt.request());
        let hints = case.hints.iter().filter_map(Claim::value);
        let unsigned = || hints.clone().find_map(|hint| hint.unsigned.as_ref());
        match sent.or_else(unsigned).cloned() {
            Some(request) => Ok((request, case)),
            None => Err(CommandError::new(format!(
                "{name} has artifacts of a request, and not the request itself"
            ))
            .hint("give the request, as it goes over the wire")),
        }
    }

    fn body(&self, bodies: Bodies, world: &mut World) -> Result<Given, CommandError> {
        let Some(text) = &self.body else {
            return Ok(Given::Nothing);
        };
        let Some(name) = text.strip_prefix('@') else {
            return Ok(Given::Bytes(text.clone().into_bytes()));
        };
        let failed = |error| CommandError::new(format!("could not read {name}: {error}"));
        let mut bytes = Vec::new();
        if name == "-" {
            if self.input.as_deref() == Some("-") {
                return Err(CommandError::new(
                    "`-` is standard input, and can be read only once",
                ));
            }
            world.stdin.read_to_end(&mut bytes).map_err(failed)?;
            return Ok(Given::Bytes(bytes));
        }
        let mut file = File::open(name).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        // A pipe can be read only once.
        if bodies == Bodies::Streamed && metadata.is_file() && metadata.len() > MEGABYTE {
            let hashed = FileBody::hash(name.into(), &mut file).map_err(failed)?;
            return Ok(Given::File(hashed));
        }
        file.read_to_end(&mut bytes).map_err(failed)?;
        Ok(Given::Bytes(bytes))
    }
}

impl Prepared {
    /// Signs the request, now unless a time was given.
    pub(super) fn sign(&self, form: Form) -> Result<Signed, CommandError> {
        let timestamp = self.at.or_else(now).ok_or_else(|| {
            CommandError::new("this machine's clock is outside the years 1 to 9999")
        })?;
        let terms = Terms {
            credentials: &self.found.credentials,
            timestamp,
            form,
            expires: self.expires,
            signing_name: self.signing_name.clone(),
            region: self.region.clone(),
            default_region: self.default_region.clone(),
            signed_headers: self.signed_headers.clone(),
            payload: self.payload,
            session_token: self.token,
            endpoint: self.endpoint.clone(),
            body: self.file.as_ref().map(|file| file.body),
            captured: self
                .captured
                .as_ref()
                .filter(|_| !self.redirected)
                .and_then(Case::last_attempt),
            stated: self.stated.as_ref(),
            statements: &self.statements,
        };
        sign::sign(&self.request, &terms).map_err(sign_error)
    }

    /// Turns to where a redirect points; what is signed next is that.
    pub(super) fn redirect(&mut self, origin: Origin, target: BString, status: u16) {
        self.endpoint = None;
        self.redirected = true;
        self.request.headers.retain(|field| !field.is("host"));
        self.request.origin = Some(origin);
        self.request.target = target;
        if status == 303 {
            self.request.method = "GET".into();
            self.request.body = Body::Captured("".into());
            self.request
                .headers
                .retain(|field| !field.is("content-length"));
            self.file = None;
        }
    }

    /// Which secrets may be shown.
    pub(super) fn reveal(&self) -> Reveal {
        self.reveal
    }

    /// What is to be said of the signed request.
    pub(super) fn report<'a>(&'a self, signed: &'a Signed, detail: Detail) -> SignReport<'a> {
        SignReport {
            signed,
            credentials: &self.found.credentials,
            provider: &self.found.provider,
            captured: self.captured.as_ref(),
            reveal: self.reveal,
            detail,
        }
    }
}

/// A reason not to sign as an error of the command.
pub(super) fn sign_error(error: SignError) -> CommandError {
    let own = CommandError::new(error.message);
    match error.hint {
        Some(hint) => own.hint(hint),
        None => own,
    }
}

fn names(text: &str) -> SignedHeaders {
    let names = text.split([';', ',']).map(str::trim);
    SignedHeaders::of(names.filter(|name| !name.is_empty()).map(BStr::new))
}

/// Splits a URL, and refuses what no request line can hold.
fn url(text: &str) -> Result<(Origin, BString), CommandError> {
    let shown = text.split_once('?').map_or(text, |(before, _)| before);
    let (origin, target) = Origin::split(text.as_bytes())
        .filter(|(origin, _)| matches!(origin.scheme.as_slice(), b"http" | b"https"))
        .ok_or_else(|| {
            CommandError::new(format!("{shown} is no URL"))
                .hint("expected https://host/path or http://host/path")
        })?;
    if target.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Err(CommandError::new(format!(
            "{shown} has a space or a control character, which ends a request line"
        ))
        .hint("percent-encode it: a space is %20"));
    }
    if origin.authority.contains(&b'@') {
        return Err(CommandError::new("a URL to sign has no user name in it"));
    }
    Ok((origin, target))
}
