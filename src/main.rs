//! The `countersign` program: parse, run, exit code.

use std::process::ExitCode;

use countersign::command::{World, main as run};

/// Mistakes are made by the ten thousand, each in memory of its own: nearly a tenth faster than
/// with the system's allocator (docs/speed.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut world = World::of_process();
    run(&mut world, std::env::args_os())
}
