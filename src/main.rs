//! The `countersign` program: parse, run, exit code.

use std::process::ExitCode;

use countersign::command::{World, main as run};

fn main() -> ExitCode {
    let mut world = World::of_process();
    run(&mut world, std::env::args_os())
}
