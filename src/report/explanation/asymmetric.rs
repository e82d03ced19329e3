//! What Signature Version 4A does otherwise in steps 3 to 5.

use super::{
    compared::Compared,
    source,
    step::{Line, Step},
};
use crate::report::Reveal;

/// What step 3 says of a scope that names no region.
pub(super) const STRING: &str = "It is not the request that is signed, but four lines about it: the algorithm; the time; the credential scope, which says what the signature is good for (one day, one service; for which regions, the signed header or parameter X-Amz-Region-Set says); and the hash of step 2.";

/// What step 5 is for.
pub(super) const SIGNATURE: &str = "The signature is made of the string to sign with the private key (ECDSA over its SHA-256), and written in DER, as hex. It is another each time, so nobody makes it again: the service verifies it with the public key.";

const KEY: &str = "Version 4 derives a key for each region, so no signature holds in two of them. Version 4A derives a pair of keys of the access key instead, the same for all days, regions and services: the private key signs, and with the public key alone every region can verify.";

/// Step 4.
pub(super) fn key(of: &Compared<'_>) -> Step {
    let mut step = Step::new(4, "Derive a signing key", KEY, &source::SIGV4A);
    let id = super::steps::key_id(of);
    let id = id.as_deref().unwrap_or("access key id");
    step.lines.push(
        Line::new(
            "candidate",
            format!(
                "candidate = HMAC(\"AWS4A\" + secret, 00000001 + \"AWS4-ECDSA-P256-SHA256\" + 00 + \"{id}\" + 01 + 00000100)"
            ),
            &source::SIGV4A,
        )
        .from("the access key")
        .done(
            "numbers in hex; the one behind the id counts the attempts, and is 01 for nearly every key",
            "the access key id goes in too: with another id comes another key",
        ),
    );
    let revealed = of
        .report
        .it
        .asymmetric_key()
        .filter(|_| of.report.reveal == Reveal::SigningKey);
    let mut line = Line::new(
        "signing key",
        "private key = candidate + 1",
        &source::SIGV4A,
    )
    .from("the line above, as a number")
    .done(
        "the private key on the curve P-256; the public key is its point on the curve",
        "a number that is too large for the curve is left out, and the next attempt counts",
    );
    line.parts.extend(revealed.as_ref().map(|key| {
        // The user asked to see it, by `--reveal signing-key`.
        let hex: String = key
            .expose()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Line::new("private key", hex, &source::SIGV4A)
            .from("private key")
            .done("in hex, secret", "")
    }));
    step.lines.push(line);
    step.remarks.push(match (of.report.it.secret(), &revealed) {
        (None, _) => super::steps::no_secret(of),
        (Some(_), None) => "The private key is secret, so names stand for values; --reveal signing-key shows it, never the secret access key.".to_owned(),
        (Some(_), Some(_)) => "Whoever has this key can sign for every day, region and service: show it to nobody.".to_owned(),
    });
    step
}
