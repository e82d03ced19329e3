//! JSON, version 1: `docs/json-v1.md` is the promise.

mod v1;

use std::io::{self, Write};

use crate::{
    render::{Output, Surface},
    report::Document,
};

pub(super) static OUTPUT: Output = Output {
    id: "json",
    summary: "one JSON document for scripts, countersign/v1",
    write,
};

fn write(document: &Document, _surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &v1::Root::of(&document.answer))?;
    writeln!(out)
}
