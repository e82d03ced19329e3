//! Any bytes, read, diagnosed and explained with a secret key, and written in every form: the key is
//! in none of it. What is scrubbed is read again.
#![no_main]

use countersign::{
    diagnose::{Depth, Progress},
    evidence::{Choice, InputId, Selection},
    examine::{Known, examine, explain, show},
    render::{Ink, OUTPUTS, Surface},
    report::{Document, InputName, KeySource, Names, Reveal},
    sigv4::SecretAccessKey,
    source::{read_all, scrub},
};
use libfuzzer_sys::fuzz_target;

const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn check(document: &Document) {
    let surface = Surface {
        columns: 80,
        ink: Ink::Plain,
    };
    for output in OUTPUTS {
        let mut out = Vec::new();
        (output.write)(document, &surface, &mut out).unwrap();
        let shown = out.windows(SECRET.len()).any(|window| window == SECRET);
        assert!(!shown, "{} shows the secret", output.id);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (cases, notes, _) = read_all(InputId(0), &mut &*bytes);
    let secret = SecretAccessKey::new(SECRET.to_vec());
    let names = Names::new(vec![InputName("input".to_owned())]);
    let known = Known {
        secret: Some(&secret),
        hidden: &[],
        session_token: None,
        key: &KeySource::Found("the fuzzer".to_owned()),
        clock: None,
        depth: Depth(1),
        progress: Progress::default(),
        reveal: Reveal::Nothing,
        names: &names,
        notes: &notes,
    };
    check(&show(&cases, &known));
    if let Some(case) = cases.into_iter().next() {
        let selection = Selection {
            case,
            choice: Choice::Best,
            of: 1,
        };
        check(&examine(&selection, &known).document);
        check(&explain(&selection, None, &known).document);
    }
    let mut scrubbed = Vec::new();
    scrub(&mut &*bytes, &mut scrubbed).unwrap();
    read_all(InputId(0), &mut scrubbed.as_slice());
});
