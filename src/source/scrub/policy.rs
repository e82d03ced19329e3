//! The policy of a form: JSON in Base64, which repeats the session token.

use bstr::ByteSlice;

use crate::wire::{base64::base64, escape};

/// How the JSON of a policy can begin, in Base64: `{"`, `{ "`, `{ `, a line feed behind the brace.
const BEGIN: [&str; 4] = ["eyJ", "eyAi", "eyAg", "ewog"];
/// Whether a text begins as a policy in Base64.
pub(super) fn begins(text: &[u8]) -> bool {
    BEGIN.iter().any(|begin| text.starts_with(begin.as_bytes()))
}

/// A shorter text holds no token.
const SHORTEST: usize = 100;

/// The text with every policy in it scrubbed by `scrub` and encoded anew; what holds no token
/// stays as it is.
pub(super) fn scrubbed(text: Vec<u8>, scrub: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut rest = text.as_slice();
    while let Some(at) = BEGIN.iter().filter_map(|begin| rest.find(begin)).min() {
        let (before, run) = rest.split_at(at);
        let in_run = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let length = run.iter().take_while(in_run).count();
        let (run, behind) = run.split_at(length.max(1));
        out.extend_from_slice(before);
        out.extend(anew(run, scrub).unwrap_or_else(|| run.to_vec()));
        rest = behind;
    }
    if out.is_empty() && rest.len() == text.len() {
        return text;
    }
    out.extend_from_slice(rest);
    out
}

/// A policy without its token; `None` where it is none, or has none.
fn anew(run: &[u8], scrub: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    if run.len() < SHORTEST {
        return None;
    }
    let json = escape::base64(run)?;
    let is_policy = json.contains_str("conditions")
        && json
            .to_ascii_lowercase()
            .contains_str("x-amz-security-token");
    let clean = is_policy.then(|| scrub(&json))?;
    (clean != json.as_slice()).then(|| base64(&clean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_scrubbed_inside() {
        let token = "FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDExampleTokenForLoopback+Only/EXAMPLE==";
        let json = format!(r#"{{"conditions": [{{"x-amz-security-token": "{token}"}}]}}"#);
        let encoded = String::from_utf8(base64(json.as_bytes())).unwrap();
        let parts = |value: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"x-amz-security-token\"\r\n\r\n{value}\r\n--b\r\n"
            )
        };
        let page = format!(
            "<input name=\"policy\" value=\"{encoded}\"> e\n{}",
            parts(token)
        );
        let mut out = Vec::new();
        crate::source::scrub(&mut page.as_bytes(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains(token), "{out}");
        let (_, behind) = out.split_once("value=\"").unwrap();
        let (policy, _) = behind.split_once('"').unwrap();
        assert_eq!(policy.len(), encoded.len());
        let inside = escape::base64(policy.as_bytes()).unwrap();
        assert!(inside.contains_str("SCRUBBED-SESSION-TOKEN-1"), "{inside}");
        let (_, placed) = out.split_once("\r\n\r\n").unwrap();
        assert!(placed.starts_with("SCRUBBED-SESSION-TOKEN-1"), "{out}");
    }
}
