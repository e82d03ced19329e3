//! Header names in the case that most HTTP libraries give them.

/// Names with a capital at the start of each word, as `Content-Type`: one name, or a list with
/// semicolons.
pub(in crate::diagnose::rules) fn capitalised(names: &[u8]) -> Vec<u8> {
    let mut starts = true;
    let capital = |byte: &u8| match std::mem::replace(&mut starts, matches!(byte, b'-' | b';')) {
        true => byte.to_ascii_uppercase(),
        false => *byte,
    };
    names.iter().map(capital).collect()
}
