//! The URLs of a curl command, as curl reads them.

use bstr::{BString, ByteSlice};

/// A URL without the name and password before its host; a password may hold a slash by mistake.
pub(super) fn without_password(url: &[u8]) -> Option<BString> {
    let (scheme, rest) = url.split_once_str("://")?;
    let before_query = rest.split_str("?").next()?;
    let (user, _) = before_query.rsplit_once_str("@")?;
    let host = user.split_str("/").next()?;
    let port = host.split_once_str(":").map_or(&b""[..], |(_, port)| port);
    let in_path = user.contains(&b'/') && port.iter().all(u8::is_ascii_digit);
    let behind = rest.get(user.len() + 1..)?;
    (!in_path).then(|| [scheme, b"://", behind].concat().into())
}

/// Whether a word can be a URL: one with a scheme, or a host that no name with a password is.
pub(super) fn is_address(word: &[u8]) -> bool {
    if word.contains_str("://") {
        return true;
    }
    let end = word.find_byteset("/?#").unwrap_or(word.len());
    let host = word.get(..end).unwrap_or_default();
    let host = host.rsplit_once_str("@").map_or(host, |(_, host)| host);
    let (name, port) = match host.rsplit_once_str(":") {
        Some((name, port)) if !host.ends_with(b"]") => (name, port),
        _ => (host, &b""[..]),
    };
    let bracketed = name.starts_with(b"[") && name.ends_with(b"]");
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.${}()*%".contains(byte);
    let plain =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte);
    let local = !port.is_empty() && !name.is_empty() && name.iter().all(plain);
    let dotted = local || name.contains(&b'.') || name == b"localhost" || name.contains(&b'$');
    let named = dotted && (name.iter().all(sound) || !name.is_ascii());
    (named || bracketed) && port.iter().all(u8::is_ascii_digit)
}

/// A target with more parameters behind its query.
pub(super) fn with_query(target: BString, more: &[BString]) -> BString {
    let mut target = target;
    for query in more {
        let separator = if target.contains(&b'?') { b'&' } else { b'?' };
        target.push(separator);
        target.extend_from_slice(query);
    }
    target
}

/// Removes `.` and `..` segments and nothing else: RFC 3986, section 5.2.4.
pub(super) fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split_str("/").collect();
    let last = segments.len().saturating_sub(1);
    for (at, segment) in segments.into_iter().enumerate() {
        match segment {
            b"." | b".." => {
                if segment == b".." && kept.len() > 1 {
                    kept.pop();
                }
                if at == last {
                    kept.push(b"");
                }
            }
            _ => kept.push(segment),
        }
    }
    bstr::join("/", kept)
}
