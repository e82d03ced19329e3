//! JSON, version 1: `docs/json-v1.md` is the promise.

mod v1;

use std::io::{self, Write};

use crate::{
    render::{Output, Surface},
    report::{Document, text::is_invisible},
};

pub(super) static OUTPUT: Output = Output {
    id: "json",
    summary: "one JSON document for scripts, countersign/v1",
    write,
};

fn write(document: &Document, _surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&v1::Root::of(&document.answer))?;
    // Only strings hold what is no ASCII: what is invisible in them is escaped, so that a terminal
    // shows the document as it is.
    let mut shown = 0;
    let mut pair = [0; 2];
    for (at, character) in text.char_indices() {
        if character == '\n' || !is_invisible(character) {
            continue;
        }
        out.write_all(text.get(shown..at).unwrap_or_default().as_bytes())?;
        for unit in character.encode_utf16(&mut pair) {
            write!(out, "\\u{unit:04x}")?;
        }
        shown = at + character.len_utf8();
    }
    out.write_all(text.get(shown..).unwrap_or_default().as_bytes())?;
    writeln!(out)
}
