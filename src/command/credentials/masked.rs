use crate::source;

/// What a provider says of its failure, without what may be a key: a process may have written its
/// keys where its errors go.
pub(super) fn masked(text: &str) -> String {
    let mut out = Vec::new();
    let scrubbed = source::scrub(&mut text.as_bytes(), &mut out);
    // A text that cannot be scrubbed is not shown.
    let text = match scrubbed {
        Ok(_) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => return "its reason cannot be shown".to_owned(),
    };
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_of_key) {
        let (before, behind) = rest.split_at(start);
        let end = behind.find(|c| !is_of_key(c)).unwrap_or(behind.len());
        let (word, after) = behind.split_at(end);
        shown.push_str(before);
        match is_like_key(word) {
            true => shown.push_str(&format!("[{} characters]", word.len())),
            false => shown.push_str(word),
        }
        rest = after;
    }
    shown + rest
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=".contains(c)
}

/// Whether a word is as long and as mixed as a secret access key or a session token.
fn is_like_key(word: &str) -> bool {
    let has = |kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
    word.len() >= SHORTEST && has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase)
}

/// A secret access key has 40 characters; of one that is cut, most are left.
const SHORTEST: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_masked_and_words_stay() {
        const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        for text in [
            format!("exit status: 3. Stderr: {KEY}"),
            format!("SecretAccessKey={KEY}\n"),
            format!("{{\"SecretAccessKey\": \"{KEY}\", \"SessionToken\": \"{KEY}{KEY}\"}} x"),
        ] {
            let shown = masked(&text);
            assert!(!shown.contains(&KEY[..12]), "{shown}");
        }
        for text in [
            "external process exited with code exit status: 127. Stderr: sh: 1: /does/not/exist: not found",
            "User: arn:aws:iam::123456789012:user/x is not authorized to perform: sts:AssumeRole",
            "could not read /home/me/.aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
