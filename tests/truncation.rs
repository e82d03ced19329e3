//! No bytes make a reader panic, hang or hoard: every sample cut anywhere, with bytes flipped, and
//! inputs that are nothing but one long line or noise.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use countersign::{
    diagnose::{Depth, Evidence, Examination, diagnose},
    evidence::InputId,
    sigv4::SecretAccessKey,
    source::{Event, read, read_all},
};

/// The input of every sample.
fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources");
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let files = folders(&root)
        .into_iter()
        .flat_map(|format| folders(&format))
        .flat_map(|sample| folders(&sample));
    let is_input = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("input.")
    };
    let mut inputs: Vec<PathBuf> = files.filter(is_input).collect();
    inputs.sort();
    inputs
}

/// A generator of numbers that are the same in every run (SplitMix64).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap()
    }
}

/// Does `work` with every sample, on all processors.
fn with_every_sample(work: impl Fn(&[u8], &mut Seeded) + Sync) {
    let samples = samples();
    assert!(samples.len() > 50);
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bytes = fs::read(path).unwrap();
                    let mut seeded = Seeded(bytes.len() as u64);
                    work(&bytes, &mut seeded);
                }
            });
        }
    });
}

fn read_whole(bytes: &[u8]) {
    read_all(InputId(0), &mut &*bytes);
}

/// Up to this size a sample is cut at every byte when `COUNTERSIGN_EVERY_CUT` is set; else at
/// every 23rd, from another one on in each sample.
const SMALL: usize = 16 << 10;

#[test]
fn a_sample_may_end_anywhere() {
    let step = if std::env::var_os("COUNTERSIGN_EVERY_CUT").is_some() {
        1
    } else {
        23
    };
    with_every_sample(|bytes, seeded| {
        let small = bytes.len().min(SMALL);
        let mut at = seeded.below(step);
        if bytes.len() <= SMALL {
            while at < small {
                read_whole(&bytes[..at]);
                at += step;
            }
            return;
        }
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        for (number, (at, _)) in ends.enumerate() {
            if number % step == 0 {
                read_whole(&bytes[..=at]);
            }
        }
        for _ in 0..1_000 / step {
            read_whole(&bytes[..seeded.below(bytes.len())]);
        }
    });
}

#[test]
fn any_byte_may_be_another() {
    with_every_sample(|bytes, seeded| {
        let mut damaged = bytes.to_vec();
        if damaged.is_empty() {
            return;
        }
        for _ in 0..24 {
            for _ in 0..4 {
                let at = seeded.below(damaged.len());
                damaged[at] = match seeded.below(8) {
                    0 => b'\n',
                    1 => b'\'',
                    2 => b'"',
                    3 => b'\\',
                    4 => 0,
                    _ => u8::try_from(seeded.below(256)).unwrap(),
                };
            }
            read_whole(&damaged);
        }
    });
}

/// Bytes that go on for long, made as they are read.
struct Endless<F> {
    left: usize,
    byte: F,
}

impl<F: FnMut() -> u8> Read for Endless<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = into.len().min(self.left);
        into[..length].fill_with(&mut self.byte);
        self.left -= length;
        Ok(length)
    }
}

/// Reads to the end; gives the notes.
fn read_to_the_end(source: impl Read, length: usize) -> Vec<String> {
    let mut source = BufReader::new(source);
    let mut notes = Vec::new();
    let reading = read(InputId(0), &mut source, None, &mut |event| match event {
        Event::Case(_) => {}
        Event::Note(note) => notes.push(note.message.to_string()),
    });
    assert_eq!(reading.failure, None);
    assert_eq!(reading.bytes, length as u64);
    notes
}

const LONG: usize = 100 << 20;

#[test]
fn a_line_may_be_very_long() {
    const HEADS: [&[u8]; 3] = [
        b"",
        // One that begins as something, and one that a reader is in the middle of.
        b"DEBUG:botocore.auth:CanonicalRequest:\nGET\n/\n\nhost:",
        b"{\"msg\":\"CanonicalRequest:\\n",
    ];
    for (head, noted) in HEADS.into_iter().zip([0, 1, 1]) {
        let line = Endless {
            left: LONG,
            byte: || b'x',
        };
        let notes = read_to_the_end(head.chain(line), head.len() + LONG);
        let long = |note: &&String| note.contains("is longer than");
        assert_eq!(notes.iter().filter(long).count(), noted, "{notes:?}");
    }
}

#[test]
fn noise_is_no_evidence() {
    let mut seeded = Seeded(7);
    let mut held = 0_u64;
    let noise = Endless {
        left: LONG,
        byte: move || {
            if held < 256 {
                held = seeded.next() | 1 << 63;
            }
            let byte = u8::try_from(held & 0xff).unwrap();
            held >>= 8;
            byte
        },
    };
    read_to_the_end(noise, LONG);
}

/// Inputs that repeat what begins something and ends nothing: where each beginning was looked
/// through to the end of the input, the shortest of them took minutes.
#[test]
fn what_begins_and_never_ends_is_read_once() {
    let url = "https://h.example/?X-Amz-Credential=a&X-Amz-Signature=";
    for (head, repeated, count) in [
        ("curl 'https://h/' ", "$(", 500_000),
        ("curl 'https://h/' \"", "${", 500_000),
        ("", "```\n", 100_000),
        ("", "```http\n```\n", 100_000),
        (url, "https:", 500_000),
        ("", "https://h.example/?X-Amz-Signature=a\n", 100_000),
        ("<Error><Code>A</Code>", "<a><![CDATA[", 500_000),
        ("{\"__type\":\"x\",\"a\":", "[", 4_000_000),
        ("log\n__type {", "[", 4_000_000),
    ] {
        let text = format!("{head}{}", repeated.repeat(count));
        read_to_the_end(text.as_bytes(), text.len());
    }
}

/// A case that is tried again without end is given away in parts: none of it is held or lost.
#[test]
fn attempts_without_end_are_several_cases() {
    let attempt = "DEBUG:botocore.auth:CanonicalRequest:\nGET\n/\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD\nDEBUG:botocore.auth:StringToSign:\nAWS4-HMAC-SHA256\n20250102T030405Z\n20250102/r/s/aws4_request\n0aa9d016323e8f741ae5835a5dc7ef5629168db7cf321a8fb1207d502d9e949b\nDEBUG:botocore.auth:Signature:\n87c50dbcbc500bb7e9aca97fd71a7748a76c85c30db879ed484968782183ff7b\n";
    let text = attempt.repeat(1_000);
    let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
    let attempts: Vec<usize> = cases.iter().map(|case| case.attempts.len()).collect();
    assert_eq!(attempts.iter().sum::<usize>(), 1_000);
    assert!(attempts.iter().all(|count| *count <= 65), "{attempts:?}");
}

/// A request with as many headers, parameters and segments as one may have: what is computed does not
/// grow with their square.
#[test]
fn a_long_request_is_not_searched_without_end() {
    let tried = |count: usize| {
        let many = |each: fn(usize) -> String| (0..count).map(each).collect::<String>();
        let path = many(|_| "/a%20b".to_owned());
        let query = many(|at| format!("&k{at}=v+{at}%20"));
        let headers = many(|at| format!("X-Amz-Meta-{at}: v  {at}\n"));
        let mut names: Vec<String> = (0..count).map(|at| format!("x-amz-meta-{at}")).collect();
        names.extend(["host".to_owned(), "x-amz-date".to_owned()]);
        names.sort();
        let text = format!(
            "GET {path}?{} HTTP/1.1\nHost: abc.execute-api.us-east-1.amazonaws.com\n\
             X-Amz-Date: 20261120T081500Z\n{headers}Authorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20261120/us-east-1/execute-api/aws4_request, \
             SignedHeaders={}, Signature={}\n\n",
            &query[1..],
            names.join(";"),
            "0".repeat(64)
        );
        let (cases, _, _) = read_all(InputId(0), &mut text.as_bytes());
        let secret = SecretAccessKey::new(b"secret".to_vec());
        let it = Examination::new(Evidence {
            secret: Some(&secret),
            ..Evidence::of(&cases[0], &cases[0].attempts[0])
        });
        let diagnosis = diagnose(&it, Depth(2));
        (diagnosis.tried, diagnosis.tried_alone)
    };
    let (small, alone) = tried(2);
    assert!(small > 10_000 && alone == 0, "{small}, {alone} alone");
    let (large, alone) = tried(600);
    assert!(large < 2_000_000 && alone > 1_000, "{large}, {alone} alone");
}
