use std::io;

use crate::report::Document;

/// A form in which a document is written; declared once, in a file of its own.
#[derive(Debug)]
pub struct Output {
    /// Its name for ever, as `--format` takes it.
    pub id: &'static str,
    /// What it is, without a full stop.
    pub summary: &'static str,
    /// Writes a document.
    pub write: fn(&Document, &Surface, &mut dyn io::Write) -> io::Result<()>,
}

/// What is written on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Surface {
    /// How many columns there are.
    pub columns: usize,
    /// Whether there is colour.
    pub ink: Ink,
}

/// Whether there is colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ink {
    /// Text alone.
    Plain,
    /// ANSI escape sequences.
    Ansi,
}
