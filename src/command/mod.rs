//! Arguments to inputs to answers; one file for each command.
//!
//! Absent on purpose: logic that is worth a test of its own. Invariant: *the only room that reads
//! files, the environment and the clock* (`clippy.toml`, denied in every other room).

mod catalog;
mod cli;
mod completions;
mod credentials;
mod diagnose;
mod diff;
mod error;
mod explain;
mod formats;
mod input;
mod man;
mod network;
mod progress_bar;
mod request;
mod rules;
mod scrub;
mod send;
mod show;
mod sign;
mod world;

pub use cli::{Cli, main};
pub use world::World;
