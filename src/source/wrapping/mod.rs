//! What stands around a client's own text, taken off from the outside in: packing, encoding, a
//! collector's prefix, colours, the fields of a structured log.
//!
//! Absent on purpose: every format (a format never knows what it was wrapped in), and repair:
//! only what can be taken off without loss is taken off.

mod ansi;
mod container;
mod encoding;
mod escaped;
mod events;
mod fence;
mod layers;
mod learned;
mod markup;
mod prefix;
mod record;
mod tables;

pub(super) use container::unpack;
pub(super) use escaped::may_be_escaped;
pub(super) use events::{Lines, PASSED_LINE, events};
pub(super) use fence::{Fences, Place, fenced};
pub(super) use layers::{Layers, Prefixes, Stripped};
pub(super) use prefix::GoesOn;
pub(super) use record::{Frame, is_json_lines, is_structured, may_be_quoted, message};
