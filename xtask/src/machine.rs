//! What a result is about: which commit, which day, what kind of machine.

use std::{env, fs, process::Command, thread};

use anyhow::{Context, Result};

use crate::{shell, workspace::Workspace};

/// The surroundings of a soak or a benchmark.
pub struct Machine {
    /// `2026-03-01`, UTC.
    pub date: String,
    /// The commit, and whether the tree was changed since.
    pub commit: String,
    /// In general words.
    pub words: String,
    /// The processor, the kernel and the memory, where the system tells.
    pub details: String,
}

impl Machine {
    /// Looks around.
    pub fn look(workspace: &Workspace) -> Result<Self> {
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            shell::quietly(git.args(arguments).current_dir(workspace.root()))
        };
        // The clock is the host's alone; a day does not need one.
        let date = shell::quietly(Command::new("date").args(["-u", "+%Y-%m-%d"]));
        let mut commit = git(&["rev-parse", "--short=10", "HEAD"])
            .map(|text| text.trim().to_owned())
            .context("this is no clone of the repository: a result needs its commit")?;
        let changed = git(&[
            "status",
            "--porcelain",
            "--",
            ".",
            ":!docs/soak.md",
            ":!docs/benchmarks.md",
        ]);
        if changed.is_none_or(|files| !files.trim().is_empty()) {
            commit.push_str(" with changes");
        }
        Ok(Self {
            date: date.context("there is no `date`")?.trim().to_owned(),
            commit,
            words: words(),
            details: details(),
        })
    }

    /// 20260301 for `2026-03-01`.
    pub fn seed_of_the_day(&self) -> Result<u64> {
        let digits = self.date.replace('-', "");
        digits.parse().context("the date is not one")
    }
}

fn details() -> String {
    let line = |file: &str, begins: &str| {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(begins))?;
        let value = line.split_once(':').map_or(line, |(_, value)| value);
        Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let kernel = line("/proc/sys/kernel/osrelease", "").map(|release| format!("kernel {release}"));
    let memory = line("/proc/meminfo", "MemTotal").map(|total| format!("{total} of memory"));
    [line("/proc/cpuinfo", "model name"), kernel, memory]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn words() -> String {
    let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
    let mut words = format!(
        "{cores} cores, {} on {}",
        env::consts::OS,
        env::consts::ARCH
    );
    // What else ran on it when it began, where the system says so.
    if let Some(load) = fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').nth(2).map(str::to_owned))
    {
        words.push_str(&format!(", load {load} before"));
    }
    words
}
