use std::io::{self, BufRead, BufReader, Read};

/// Gives the text as UTF-8 where it begins with a byte order mark or is plainly UTF-16: PowerShell
/// 5 writes such files with `>`. Anything else stays as it is.
pub(super) fn to_utf8<'a>(head: &[u8], mut source: Box<dyn BufRead + 'a>) -> Box<dyn BufRead + 'a> {
    if let [0xef, 0xbb, 0xbf, ..] = head {
        source.consume(3);
        return source;
    }
    let (order, mark) = match head {
        [0xff, 0xfe, ..] => (Order::Little, 2),
        [0xfe, 0xff, ..] => (Order::Big, 2),
        _ => match alternate(head) {
            Some(order) => (order, 0),
            None => return source,
        },
    };
    source.consume(mark);
    let decoder = Utf16 {
        source,
        order,
        high: None,
        odd: None,
        out: Vec::new(),
        at: 0,
    };
    Box::new(BufReader::with_capacity(64 << 10, decoder))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    Little,
    Big,
}

/// Which byte of each pair is zero, where that is so nearly everywhere.
fn alternate(head: &[u8]) -> Option<Order> {
    let pairs = head.chunks_exact(2);
    let count = pairs.len();
    if count < 8 {
        return None;
    }
    let (mut little, mut big) = (0, 0);
    for pair in pairs {
        match pair {
            [0, 0] => {}
            [_, 0] => little += 1,
            [0, _] => big += 1,
            _ => {}
        }
    }
    let most = count * 9 / 10;
    match (little >= most, big >= most) {
        (true, _) => Some(Order::Little),
        (_, true) => Some(Order::Big),
        _ => None,
    }
}

struct Utf16<'a> {
    source: Box<dyn BufRead + 'a>,
    order: Order,
    high: Option<u16>,
    odd: Option<u8>,
    out: Vec<u8>,
    at: usize,
}

impl Read for Utf16<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.out.len() {
            self.out.clear();
            self.at = 0;
            if !self.more()? {
                return Ok(0);
            }
        }
        let rest = self.out.get(self.at..).unwrap_or_default();
        let length = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(rest);
        }
        self.at += length;
        Ok(length)
    }
}

impl Utf16<'_> {
    /// Decodes one more piece; says whether there was one.
    fn more(&mut self) -> io::Result<bool> {
        let piece = self.source.fill_buf()?;
        if piece.is_empty() {
            let left = self.high.take().is_some() || self.odd.take().is_some();
            if left {
                push(&mut self.out, char::REPLACEMENT_CHARACTER);
            }
            return Ok(left);
        }
        let length = piece.len();
        for &byte in piece {
            let Some(first) = self.odd.take() else {
                self.odd = Some(byte);
                continue;
            };
            let unit = match self.order {
                Order::Little => u16::from_le_bytes([first, byte]),
                Order::Big => u16::from_be_bytes([first, byte]),
            };
            if let Some(high) = self.high.take() {
                let decoded = char::decode_utf16([high, unit]);
                for character in decoded {
                    push(
                        &mut self.out,
                        character.unwrap_or(char::REPLACEMENT_CHARACTER),
                    );
                }
            } else if (0xd800..0xdc00).contains(&unit) {
                self.high = Some(unit);
            } else {
                let character = char::from_u32(unit.into());
                push(
                    &mut self.out,
                    character.unwrap_or(char::REPLACEMENT_CHARACTER),
                );
            }
        }
        self.source.consume(length);
        Ok(true)
    }
}

fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut out = String::new();
        to_utf8(bytes, Box::new(bytes))
            .read_to_string(&mut out)
            .unwrap();
        out
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn each_order_is_read_with_and_without_its_mark() {
        let text = "CanonicalRequest:\r\nGET\r\n/\u{1f600}\u{e9}\r\n";
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(read(&utf16(&format!("\u{feff}{text}"), order)), text);
            assert_eq!(read(&utf16(text, order)), text);
        }
        assert_eq!(read(b"\xef\xbb\xbfabc"), "abc");
        assert_eq!(read(b"abc"), "abc");
    }

    #[test]
    fn an_odd_byte_at_the_end_is_not_lost_in_silence() {
        let mut bytes = utf16("\u{feff}ab", u16::to_le_bytes);
        bytes.push(b'c');
        assert_eq!(read(&bytes), "ab\u{fffd}");
    }
}
