//! The `purser` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    purser_host::cli::main()
}
