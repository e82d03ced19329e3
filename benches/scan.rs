//! `source::read` of a long log beside GNU grep on the same file: `cargo bench --bench scan`.
//!
//! 256 MiB (`COUNTERSIGN_SCAN_MIB`) of ordinary noise with one signed request a MiB, of a real
//! sample; the file is warm, and the two take turns.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use bstr::ByteSlice;
use countersign::{
    evidence::InputId,
    source::{Event, read},
};

const SAMPLE: &str = "fixtures/sources/botocore-debug/cli-current-autoscaling-plans/input.log";
/// How the answer's request id begins in it.
const REQUEST_ID: &str = "6b8f1f1e";
const TURNS: usize = 5;

fn main() {
    let mib = std::env::var("COUNTERSIGN_SCAN_MIB").ok();
    let mib = mib.and_then(|mib| mib.parse().ok()).unwrap_or(256);
    let path = std::env::temp_dir().join(format!("countersign-scan-{mib}.log"));
    write(&path, mib);
    let (mut reading, mut grep) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        reading.push(timed(|| {
            let mut cases = 0;
            let file = File::open(&path).unwrap();
            let mut source = BufReader::with_capacity(256 << 10, file);
            let outcome = read(InputId(0), &mut source, None, &mut |event| {
                cases += usize::from(matches!(event, Event::Case(_)));
            });
            assert_eq!(outcome.failure, None);
            assert_eq!(cases, mib);
        }));
        grep.push(timed(|| {
            let mut command = Command::new("grep");
            command.env("LC_ALL", "C").arg("-c").arg("CanonicalRequest");
            assert!(command.arg(&path).output().unwrap().status.success());
        }));
    }
    let (reading, grep) = (best(&reading), best(&grep));
    let times = reading.as_secs_f64() / grep.as_secs_f64();
    println!("{mib} MiB: countersign {reading:.0?}, grep {grep:.0?}: {times:.2} times");
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find(|line| line.starts_with("VmHWM"));
        println!("{}", peak.unwrap_or_default());
    }
    fs::remove_file(&path).unwrap();
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn best(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

/// Lines as services and proxies log them.
fn write(path: &Path, mib: usize) {
    let sample = fs::read(SAMPLE).unwrap();
    let mut file = BufWriter::new(File::create(path).unwrap());
    for number in 0..mib {
        // An answer of its own makes each another call.
        let call = sample.replace(REQUEST_ID, format!("{number:08x}"));
        let mut written = call.len();
        file.write_all(&call).unwrap();
        let mut line = 0;
        while written < 1 << 20 {
            let text = match line % 4 {
                0 => format!(
                    "2026-11-25 04:15:{:02},{:03} - MainThread - app.worker - DEBUG - job {number}.{line} took {} ms\n",
                    line % 60,
                    line % 1000,
                    line % 977
                ),
                1 => format!(
                    "10.0.{}.{} - - [25/Nov/2026:04:15:{:02} +0000] \"GET /items/{line}?page=2 HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n",
                    line % 256,
                    line % 251,
                    line % 60,
                    line * 7 % 9000
                ),
                2 => format!(
                    "{{\"level\":\"info\",\"time\":\"2026-11-25T04:15:{:02}Z\",\"msg\":\"request handled\",\"path\":\"/v1/orders/{line}\",\"status\":200}}\n",
                    line % 60
                ),
                _ => format!("\tat com.example.orders.Handler.handle(Handler.java:{line})\n"),
            };
            file.write_all(text.as_bytes()).unwrap();
            written += text.len();
            line += 1;
        }
    }
    file.flush().unwrap();
}
