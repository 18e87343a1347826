//! A whole process, measured: its time from start to end, and its peak memory.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// What a process took.
pub struct Took {
    pub seconds: f64,
    /// Peak resident memory in MiB, as the kernel counts it (`VmHWM`).
    pub peak_mib: f64,
    pub stdout: String,
}

/// Runs a program to its end on one processor. Its exit code must be 0.
pub fn run(program: &Command, processor: &str) -> Result<Took> {
    let mut command = Command::new("taskset");
    command.args(["-c", processor]).arg(program.get_program());
    command.args(program.get_args());
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = program.get_current_dir() {
        command.current_dir(folder);
    }
    let words = format!("{command:?}");
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {words}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        // Before the look at whether it has ended: afterwards there is nothing to read.
        peak_kib = peak_kib.max(high_water(&status_file).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let mut stdout = String::new();
    if let Some(mut output) = child.stdout.take() {
        std::io::Read::read_to_string(&mut output, &mut stdout)?;
    }
    if !status.success() {
        bail!("{words} ended with {status}:\n{stdout}");
    }
    Ok(Took {
        seconds,
        peak_mib: peak_kib as f64 / 1024.0,
        stdout,
    })
}

/// `VmHWM` in KiB. None where the process is gone, or the system is no Linux.
fn high_water(file: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
