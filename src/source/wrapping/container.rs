use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Cursor, Read},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use crate::source::wrapping::encoding;

/// How many bytes are looked at to know a packing or an encoding.
const HEAD: usize = 512;
/// A packed input may grow to this, and beyond it by this much for each byte it has.
const FREE: u64 = 64 << 20;
const RATIO: u64 = 200;
/// No more than this many layers of packing are taken off.
const LAYERS: usize = 4;

/// Takes packing and encoding off: gzip and zstd, one inside the other too, then UTF-16 or a
/// UTF-8 byte order mark.
pub(in crate::source) fn unpack<'a>(source: &'a mut dyn BufRead) -> Box<dyn BufRead + 'a> {
    let mut source: Box<dyn BufRead + 'a> = Box::new(source);
    for _ in 0..LAYERS {
        let (head, whole) = peek(source);
        source = match head.as_slice() {
            [0x1f, 0x8b, ..] => limited(whole, |packed| Box::new(MultiGzDecoder::new(packed))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                limited(whole, |packed| Box::new(ZstdFrames::new(packed)))
            }
            head => return encoding::to_utf8(head, whole),
        };
    }
    source
}

/// The first bytes, and the source with them still in it.
fn peek<'a>(mut source: Box<dyn BufRead + 'a>) -> (Vec<u8>, Box<dyn BufRead + 'a>) {
    let mut head = Vec::new();
    while head.len() < HEAD {
        match source.fill_buf() {
            Ok([]) => break,
            Ok(piece) => {
                let length = piece.len();
                head.extend_from_slice(piece);
                source.consume(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // It comes again when the rest is read.
            Err(_) => break,
        }
    }
    let shown = head.get(..HEAD).unwrap_or(&head).to_vec();
    (shown, Box::new(Cursor::new(head).chain(source)))
}

type Packed<'a> = Counted<'a>;

fn limited<'a>(
    source: Box<dyn BufRead + 'a>,
    decoder: impl FnOnce(Packed<'a>) -> Box<dyn Read + 'a>,
) -> Box<dyn BufRead + 'a> {
    let taken = Rc::new(Cell::new(0));
    let packed = Counted {
        source,
        taken: Rc::clone(&taken),
    };
    Box::new(BufReader::with_capacity(
        64 << 10,
        Limited {
            decoder: decoder(packed),
            taken,
            given: 0,
        },
    ))
}

/// Counts the packed bytes as they are taken.
struct Counted<'a> {
    source: Box<dyn BufRead + 'a>,
    taken: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        self.taken.set(self.taken.get() + length as u64);
        Ok(length)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.taken.set(self.taken.get() + length as u64);
        self.source.consume(length);
    }
}

/// Refuses to go on when a packed input grows beyond measure.
struct Limited<'a> {
    decoder: Box<dyn Read + 'a>,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl Read for Limited<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given > FREE + self.taken.get().saturating_mul(RATIO) {
            return Err(io::Error::other(format!(
                "it unpacks to more than {RATIO} times its size"
            )));
        }
        let length = self.decoder.read(into)?;
        self.given += length as u64;
        Ok(length)
    }
}

/// Zstandard frames one behind the other, as `cat a.zst b.zst` makes them.
struct ZstdFrames<'a> {
    state: Frames<'a>,
}

enum Frames<'a> {
    Between(Packed<'a>),
    Inside(Box<StreamingDecoder<Packed<'a>, ruzstd::decoding::FrameDecoder>>),
    Over,
}

impl<'a> ZstdFrames<'a> {
    fn new(packed: Packed<'a>) -> Self {
        Self {
            state: Frames::Between(packed),
        }
    }
}

impl Read for ZstdFrames<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, Frames::Over) {
                Frames::Over => return Ok(0),
                Frames::Between(mut packed) => {
                    if packed.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    let decoder = StreamingDecoder::new(packed)
                        .map_err(|error| io::Error::other(error.to_string()))?;
                    self.state = Frames::Inside(Box::new(decoder));
                }
                Frames::Inside(mut decoder) => {
                    let length = decoder.read(into)?;
                    if length > 0 || into.is_empty() {
                        self.state = Frames::Inside(decoder);
                        return Ok(length);
                    }
                    self.state = Frames::Between(decoder.into_inner());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        unpack(&mut &*bytes).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn members_and_frames_are_read_one_after_the_other() {
        let twice = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(unpacked(&twice).unwrap(), b"one\ntwo\n");
        let zstd = |text: &[u8]| compress_to_vec(text, CompressionLevel::Fastest);
        let twice = [zstd(b"one\n"), zstd(b"two\n")].concat();
        assert_eq!(unpacked(&twice).unwrap(), b"one\ntwo\n");
        assert_eq!(unpacked(&gzip(&twice)).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn what_is_cut_gives_what_is_there_and_an_error() {
        let packed = gzip(b"one\ntwo\nthree\n");
        let mut out = Vec::new();
        let cut = &packed[..packed.len() - 9];
        assert!(unpack(&mut &*cut).read_to_end(&mut out).is_err());
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = gzip(&vec![b'a'; 80 << 20]);
        assert!(unpacked(&bomb).is_err());
    }
}
