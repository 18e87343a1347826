//! The `purser` command.

use std::process::ExitCode;

/// Objects are made on one thread and dropped on another, by the thousand; see docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    purser_host::cli::main()
}
