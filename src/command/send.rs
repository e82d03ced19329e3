use std::{
    io::{self, ErrorKind, Read, Write},
    thread,
    time::{Duration, Instant},
};

use bstr::{BString, ByteSlice};

use crate::{
    command::{
        World,
        cli::{Outcome, SurfaceArgs, written},
        error::CommandError,
        network::{Network, send_error},
        progress_bar::{ProgressBar, Unit},
        request::{Bodies, Prepared, RequestArgs},
    },
    diagnose::{self, Depth},
    evidence::{Choice, Selection},
    examine::{Found, Known, examine},
    report::{self, Detail, KeySource, Names, Redactor, Text},
    send::{Answer, Route, Scheme, Sending, Way, send},
    sign::Signed,
    source,
    wire::{Body, Origin, Response},
};

/// Signs a request the right way, sends it and gives the answer; a refusal is diagnosed.
///
/// What goes over the wire is what was signed, byte for byte. The answer's body alone is on
/// standard output; all else is on standard error.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    sending: SendingArgs,
    #[command(flatten)]
    surface: SurfaceArgs,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Sending")]
struct SendingArgs {
    /// Write the answer's status and headers before its body.
    #[arg(long, short = 'i')]
    include: bool,
    /// Show every artifact before sending.
    #[arg(long, short = 'v')]
    verbose: bool,
    /// Sign a redirect anew and follow it.
    #[arg(long)]
    follow: bool,
    /// Sign and send again so often, where no answer comes or the service is busy.
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// How long to wait for a connection; 0: for ever.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    connect_timeout: u64,
    /// How long to wait for the next byte, and for all of an answer's head; 0: for ever.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    read_timeout: u64,
    /// How long all of it may take, with every retry and redirect; 0: for ever.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    max_time: u64,
}

/// No more redirects are followed.
const REDIRECTS: u32 = 5;

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let form = args.request.form();
    let mut prepared = args.request.prepare(Bodies::Streamed, world)?;
    let network = Network::of(args.request.profile(), world)?;
    let (mut retries, mut redirects) = (0, 0);
    let end = patience(args.sending.max_time).and_then(|most| Instant::now().checked_add(most));
    loop {
        let signed = prepared.sign(form)?;
        let detail = match args.sending.verbose {
            true => Detail::Artifacts,
            false => Detail::Summary,
        };
        let document = report::sign(&prepared.report(&signed, detail));
        args.surface.write_aside(&document, world)?;
        let answer = match exchange(args, &prepared, &signed, &network, end, world) {
            Err(error)
                if error.is_transient()
                    && retries < args.sending.retries
                    && is_in_time(retries + 1, end) =>
            {
                retries += 1;
                say(world, &format!("Again: {}.", error.message()))?;
                thread::sleep(pause(retries));
                continue;
            }
            answer => answer?,
        };
        let status = answer.response.status;
        let may_change = matches!(status, 429 | 500 | 502..=504);
        if may_change && retries < args.sending.retries && is_in_time(retries + 1, end) {
            retries += 1;
            say(world, &format!("Again: the service answered {status}."))?;
            thread::sleep(pause(retries));
            continue;
        }
        match redirect(&signed, &answer.response)? {
            Some((origin, target)) if args.sending.follow && redirects < REDIRECTS => {
                redirects += 1;
                let host = origin.authority.to_str_lossy();
                say(
                    world,
                    &format!("Redirected ({status}) to {host}, and signed anew for it."),
                )?;
                prepared.redirect(origin, target, status);
            }
            to => return deliver(args, answer, to.is_some(), &prepared, &signed, world),
        }
    }
}

/// How long to wait before a retry, counted from 1.
fn pause(retry: u32) -> Duration {
    Duration::from_millis(250 << retry.min(6))
}

/// Whether a retry would begin before all must have ended: else the last answer is given.
fn is_in_time(retry: u32, end: Option<Instant>) -> bool {
    end.is_none_or(|end| Instant::now() + pause(retry) < end)
}

const IN_THE_CLEAR: [&str; 2] = [
    "Warning: nothing encrypts this (http). Who listens on the way reads it, its",
    "session token too, and can send it again while its signature is good.",
];

/// So many seconds; none are for ever.
fn patience(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// Sends what was signed.
fn exchange(
    args: &Args,
    prepared: &Prepared,
    signed: &Signed,
    network: &Network,
    end: Option<Instant>,
    world: &mut World,
) -> Result<Answer, CommandError> {
    let request = &signed.request;
    let route = Route::of(request, &network.proxies).map_err(send_error)?;
    if let Some(proxy) = route.proxy() {
        say(world, &format!("Through the proxy {proxy}."))?;
    }
    if route.scheme() == Scheme::Http && !route.is_loopback() {
        for line in IN_THE_CLEAR {
            say(world, line)?;
        }
    }
    let encrypted = route.scheme() == Scheme::Https || route.proxy().is_some();
    let tls = encrypted.then(|| network.tls()).transpose()?;
    let way = Way {
        route: &route,
        tls: tls.as_ref(),
        connect_timeout: patience(args.sending.connect_timeout),
        read_timeout: patience(args.sending.read_timeout),
        end,
    };
    let (mut file, mut memory);
    let (body, length): (&mut dyn Read, u64) = match (&prepared.file, request.body.bytes()) {
        (Some(body), _) => {
            file = body.open()?;
            (&mut file, body.length())
        }
        (None, Some(held)) => {
            memory = held;
            (&mut memory, held.len() as u64)
        }
        // An empty body in its place could overwrite what is there.
        (None, None) => {
            let error = CommandError::new("the body was not captured, so it cannot be sent");
            return Err(error.hint("give it with --body @FILE"));
        }
    };
    let columns = world.aside.filter(|_| prepared.file.is_some());
    let mut sending = Sending {
        request,
        body,
        length,
    };
    let out = &mut world.stderr;
    let bar = columns.map(|columns| ProgressBar::new(out, columns, Unit::Bytes));
    let mut show = |gone| bar.iter().for_each(|bar| bar.show(gone, length));
    send(&mut sending, &way, &mut show).map_err(send_error)
}

/// Where an answer points, if it is a redirect that can be followed.
fn redirect(
    signed: &Signed,
    response: &Response,
) -> Result<Option<(Origin, BString)>, CommandError> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.header("location") else {
        return Ok(None);
    };
    let request = &signed.request;
    let here = Origin {
        scheme: request
            .origin
            .as_ref()
            .map_or("https".into(), |origin| origin.scheme.clone()),
        authority: request.host().unwrap_or_default().into(),
    };
    let location = location.trim();
    let there = match Origin::split(location) {
        Some(there) => Some(there),
        None if location.starts_with(b"//") => {
            Origin::split(&[&here.scheme[..], b":", location].concat())
        }
        None if location.starts_with(b"/") => Some((here.clone(), location.into())),
        None => None,
    };
    match there {
        Some((to, _)) if here.scheme == "https" && to.scheme != "https" => Err(CommandError::new(
            "the service redirects to where nothing is encrypted, which is not followed",
        )),
        there => Ok(there),
    }
}

/// Gives the answer, and diagnoses a refusal.
fn deliver(
    args: &Args,
    mut answer: Answer,
    redirected: bool,
    prepared: &Prepared,
    signed: &Signed,
    world: &mut World,
) -> Outcome {
    let redactor = report::sign_redactor(&prepared.report(signed, Detail::Summary));
    if args.sending.include {
        let head = answer.head.clone();
        written(give(&head, world))?;
    } else {
        say_head(&answer.head, &redactor, world)?;
    }
    let status = answer.response.status;
    let refused = status >= 300 && status != 304;
    let mut kept = Vec::new();
    let whole = body(&mut answer, refused.then_some(&mut kept), world)?;
    if !refused {
        return Ok(Found::Nothing);
    }
    if redirected {
        let words = "A redirect. The signature is not good there; --follow signs anew and follows.";
        say(world, words)?;
    }
    let mut response = answer.response;
    if whole == Whole::Kept {
        response.body = Body::Captured(kept.into());
    }
    let case = source::sent(signed.request.clone(), &signed.derivation, response);
    let selection = Selection {
        case,
        choice: Choice::Best,
        of: 1,
    };
    let hidden = super::credentials::static_secrets(world);
    let examined = examine(
        &selection,
        &Known {
            secret: Some(&prepared.found.credentials.secret),
            hidden: &hidden,
            session_token: prepared.found.credentials.session_token.as_ref(),
            key: &KeySource::Found(prepared.found.provider.clone()),
            clock: None,
            depth: Depth::default(),
            progress: diagnose::Progress::default(),
            reveal: prepared.reveal(),
            names: &Names::sent(),
            notes: &[],
        },
    );
    // Of a redirect in which no mistake is found, its own words tell all.
    if !redirected || examined.found == Found::Something {
        written(writeln!(world.stderr))?;
        args.surface.write_aside(&examined.document, world)?;
    }
    Ok(Found::Something)
}

/// Whether all of a body was kept to be examined.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Whole {
    Kept,
    NotKept,
}

const BLOCK: usize = 64 << 10;

/// More of a refusal is not looked at.
const KEPT: usize = 4 << 20;

/// Copies the body to standard output as it comes; a pipe that was closed ends it quietly.
fn body(
    answer: &mut Answer,
    mut kept: Option<&mut Vec<u8>>,
    world: &mut World,
) -> Result<Whole, CommandError> {
    let mut block = vec![0; BLOCK];
    let mut line = Vec::new();
    let mut whole = Whole::Kept;
    let mut closed = false;
    loop {
        let count = match answer.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                let _ = world.stdout.flush();
                let why = match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => "it took too long".to_owned(),
                    _ => error.to_string(),
                };
                return Err(CommandError::new(format!("the answer broke off: {why}")));
            }
        };
        let part = block.get(..count).unwrap_or_default();
        if let Some(kept) = &mut kept {
            match kept.len() + count <= KEPT {
                true => kept.extend_from_slice(part),
                false => whole = Whole::NotKept,
            }
        }
        let given = match world.terminal {
            _ if closed => Ok(()),
            None => world
                .stdout
                .write_all(part)
                .and_then(|()| world.stdout.flush()),
            Some(_) => show_lines(part, &mut line, &mut world.stdout),
        };
        match given {
            Err(error) if error.kind() == ErrorKind::BrokenPipe && kept.is_none() => {
                return Ok(Whole::NotKept);
            }
            Err(error) if error.kind() == ErrorKind::BrokenPipe => closed = true,
            given => written(given)?,
        }
    }
    if !line.is_empty() {
        written(show_lines(b"\n", &mut line, &mut world.stdout))?;
    }
    written(world.stdout.flush())?;
    Ok(whole)
}

/// Writes to a terminal, on which what cannot be seen is made visible: an answer may hold anything.
fn show_lines(part: &[u8], line: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<()> {
    for byte in part {
        match byte {
            b'\n' => {
                let bare = line.strip_suffix(b"\r").unwrap_or(line);
                writeln!(out, "{}", Text::plain(report::text::of_bytes(bare)))?;
                line.clear();
            }
            byte if line.len() < BLOCK => line.push(*byte),
            byte => {
                // A line of any length is written in pieces.
                writeln!(out, "{}", Text::plain(report::text::of_bytes(line)))?;
                *line = vec![*byte];
            }
        }
    }
    Ok(())
}

/// Writes to standard output: to a terminal made visible, else as it is.
fn give(bytes: &[u8], world: &mut World) -> io::Result<()> {
    match world.terminal {
        None => world.stdout.write_all(bytes),
        Some(_) => show_lines(bytes, &mut Vec::new(), &mut world.stdout),
    }
}

/// Status and headers, for people.
fn say_head(head: &[u8], redactor: &Redactor, world: &mut World) -> Result<(), CommandError> {
    written(writeln!(world.stderr))?;
    for line in head.lines().filter(|line| !line.is_empty()) {
        written(writeln!(
            world.stderr,
            "{}",
            Text::plain(redactor.text(line))
        ))?;
    }
    Ok(())
}

fn say(world: &mut World, words: &str) -> Result<(), CommandError> {
    written(writeln!(world.stderr, "{}", Text::plain(words)))
}
