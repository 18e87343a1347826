//! Runs tests, passes on what they say, counts, and ends what hangs.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::Tally;
use crate::shell;

/// Runs tests, passes their output on line by line, and counts. What is silent for
/// longer than `silence` hangs: it is ended with all that it has started.
///
/// An error only where they ended without saying which of them failed.
pub fn counted(command: &mut Command, tally: &mut Tally, silence: Duration) -> Result<()> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shell::words(command)))?;
    let output = child.stdout.take().context("the tests have no output")?;
    let (said, lines) = mpsc::channel();
    // Ends with the output, which ends with the tests.
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if said.send(line).is_err() {
                break;
            }
        }
    });
    let mut seen = Tally::default();
    loop {
        match lines.recv_timeout(silence) {
            Ok(line) => {
                let line = line.context("the tests' output cannot be read")?;
                println!("{line}");
                seen.read(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(child.id());
                child.wait().context("the tests cannot be waited for")?;
                bail!(
                    "`{}` hangs: it said nothing for {} s; a test that is not named above has not ended",
                    shell::words(command),
                    silence.as_secs()
                );
            }
        }
    }
    let status = child.wait().context("the tests cannot be waited for")?;
    tally.add(&seen);
    if !status.success() && seen.failed() == 0 {
        bail!(
            "`{}` ended without test results ({status})",
            shell::words(command)
        );
    }
    Ok(())
}

/// Kills a process and its descendants, by their ids: servers that tests have started
/// would run on. The youngest last, so that none is left without its parent unseen.
fn end(id: u32) {
    let mut family = vec![id];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(children(parent));
        at += 1;
    }
    let mut kill = Command::new("kill");
    kill.arg("-KILL").args(family.iter().map(u32::to_string));
    // One that has ended meanwhile makes it fail, and is no loss.
    let _status = kill.stderr(Stdio::null()).status();
}

/// What the kernel knows as children of a process.
fn children(parent: u32) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|id| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // `ID (NAME) STATE PARENT …`, and a name may hold anything.
            let parent_id = stat
                .rsplit_once(')')
                .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            parent_id == Some(parent)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        process::Command,
        thread,
        time::{Duration, Instant},
    };

    use anyhow::{Context, Result, ensure};

    use super::{Tally, counted};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_hangs_is_ended_with_its_children() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("child");
        let mut hanging = shell("echo 'test a ... ok'; sleep 1000 & echo $! > \"$CHILD\"; wait");
        hanging.env("CHILD", &file);
        let mut tally = Tally::default();
        let error = counted(&mut hanging, &mut tally, Duration::from_secs(1)).err();
        let error = error.context("it is no success")?.to_string();
        assert!(error.contains("hangs"), "{error}");
        let child = fs::read_to_string(file)?.trim().to_owned();
        let begun = Instant::now();
        while running(&child) {
            ensure!(begun.elapsed() < Duration::from_secs(60), "{child} runs on");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Whether there is such a process, and it is no dead one that nobody has asked for.
    fn running(id: &str) -> bool {
        fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn who_speaks_in_time_is_waited_for() -> Result<()> {
        let mut slow = shell(
            "for i in 1 2 3; do sleep 0.2; echo $i; done; \
             echo 'test result: ok. 2 passed; 0 failed; 0 ignored'",
        );
        let mut tally = Tally::default();
        counted(&mut slow, &mut tally, Duration::from_secs(60))?;
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        Ok(())
    }

    #[test]
    fn to_fail_without_a_result_is_an_error() {
        let mut tally = Tally::default();
        assert!(counted(&mut shell("exit 3"), &mut tally, Duration::from_secs(60)).is_err());
    }
}
