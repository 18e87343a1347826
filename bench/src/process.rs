//! A whole process, measured: its time from start to end, and its peak memory.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

/// What a process took.
pub struct Took {
    pub seconds: f64,
    /// Peak resident memory in MiB, as the kernel counts it (`VmHWM`). None where
    /// nobody could read it: not on Linux, or gone too quickly.
    pub peak_mib: Option<f64>,
    pub stdout: String,
}

/// What a process runs on.
#[derive(Clone, Copy)]
pub enum Processors {
    /// The first; this program, which is the sink, has the second.
    One,
    /// As many as this program has, together with it.
    All,
}

/// Runs a program to its end. Its exit code must be 0.
pub fn run(program: &Command, on: Processors) -> Result<Took> {
    let mut command = match on {
        Processors::One => {
            let mut pinned = Command::new("taskset");
            pinned.args(["-c", "0"]).arg(program.get_program());
            pinned
        }
        Processors::All => Command::new(program.get_program()),
    };
    command.args(program.get_args());
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = program.get_current_dir() {
        command.current_dir(folder);
    }
    measure(&mut command)
}

fn measure(command: &mut Command) -> Result<Took> {
    let words = format!("{command:?}");
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {words}"))?;
    let mut output = child.stdout.take().context("the process has no output")?;
    // While it runs: once the pipe is full, it would wait for a reader.
    let reader = thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib: Option<u64> = None;
    let status = loop {
        // Before the look at whether it has ended: afterwards there is nothing to read.
        peak_kib = peak_kib.max(high_water(&status_file));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let stdout = reader
        .join()
        .map_err(|_| anyhow!("the output of {words} could not be read"))?
        .with_context(|| format!("the output of {words} cannot be read"))?;
    if !status.success() {
        bail!("{words} ended with {status}:\n{stdout}");
    }
    Ok(Took {
        seconds,
        peak_mib: peak_kib.map(|kib| kib as f64 / 1024.0),
        stdout,
    })
}

/// `VmHWM` in KiB. None where the process is gone, or the system is no Linux.
pub fn high_water(file: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::mpsc};

    use super::*;

    fn shell(script: &'static str) -> Result<Took> {
        let (told, done) = mpsc::channel();
        thread::spawn(move || told.send(measure(Command::new("sh").args(["-c", script]))));
        let patience = Duration::from_secs(60);
        done.recv_timeout(patience)
            .context("it waits, and nobody reads")?
    }

    #[test]
    fn more_output_than_a_pipe_holds_is_read_to_its_end() {
        let took = shell("yes 0123456789abcde | head -n 65536").unwrap();
        assert_eq!(took.stdout.len(), 16 * 65_536);
        assert!(took.stdout.ends_with("0123456789abcde\n"));
    }

    #[test]
    fn what_failed_is_no_measurement() {
        let error = shell("echo words; exit 3").err().unwrap().to_string();
        assert!(error.ends_with("exit status: 3:\nwords\n"), "{error}");
    }

    #[test]
    fn a_peak_is_a_figure_or_it_is_none() {
        let took = shell("sleep 0.1").unwrap();
        let told = Path::new("/proc/self/status").exists();
        assert_eq!(took.peak_mib.is_some(), told);
        assert!(took.peak_mib.is_none_or(|mib| mib > 0.1));
        assert_eq!(high_water("/proc/none/status"), None);
    }
}
