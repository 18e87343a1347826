//! Runs the built binary over a folder of its own.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use toml::Table;

use crate::{
    dataset::{Dataset, Version},
    files,
    server::Scim2Server,
};

/// No run of these tests takes this long; a hanging one is ended.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// The mapping of the example.
pub const MAPPING: &str = "people";
/// The target of the example.
pub const TARGET: &str = "wiki";
/// The file that takes down how far a process came.
const PLACES: &str = "places";
/// The environment variable of the example's token.
const TOKEN_VARIABLE: &str = "WIKI_TOKEN";

/// A folder with a configuration and an export, and the binary to run on it.
pub struct Purser {
    folder: PathBuf,
    binary: PathBuf,
    token: String,
    logs_places: bool,
    started: AtomicUsize,
    /// The configuration; change it and [`Purser::write_config`].
    pub config: Table,
}

/// How a run ended.
#[must_use = "assert on the exit code, or on what was printed"]
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Outcome {
    /// Fails, showing what was printed, unless the exit code is `code`.
    ///
    /// # Errors
    /// It is another, or a signal ended the run.
    pub fn expect(&self, code: i32) -> Result<()> {
        if self.code != Some(code) {
            bail!(
                "expected exit code {code}, got {:?}:\n{}",
                self.code,
                self.all()
            );
        }
        Ok(())
    }

    /// The standard output as JSON.
    ///
    /// # Errors
    /// It is not.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("no JSON:\n{}", self.all()))
    }

    /// All that was printed, data first.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A handle that can end a run the hard way (SIGKILL on Unix).
#[derive(Clone)]
pub struct Victim(Arc<Mutex<Child>>);

impl Victim {
    /// Kills it; nothing happens if it has ended.
    pub fn kill(&self) {
        let _already_ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// Stops it where it stands (SIGSTOP), as a suspended machine would.
    ///
    /// # Errors
    /// It cannot be signalled.
    pub fn stop(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Wakes it again (SIGCONT).
    ///
    /// # Errors
    /// It cannot be signalled.
    pub fn wake(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Asks it to end (SIGTERM), as a service manager does.
    ///
    /// # Errors
    /// It cannot be signalled.
    pub fn terminate(&self) -> Result<()> {
        self.signal("TERM")
    }

    /// Asks it to end (SIGINT), as Ctrl-C does.
    ///
    /// # Errors
    /// It cannot be signalled.
    pub fn interrupt(&self) -> Result<()> {
        self.signal("INT")
    }

    fn signal(&self, name: &str) -> Result<()> {
        let id = self.0.lock().unwrap_or_else(PoisonError::into_inner).id();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &id.to_string()])
            .status()?;
        ensure!(status.success(), "kill -{name} {id}: {status}");
        Ok(())
    }

    fn poll(&self) -> Result<Option<ExitStatus>> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_wait()?)
    }
}

/// A run that is under way.
pub struct Running {
    victim: Victim,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// To end it with.
    pub fn victim(&self) -> Victim {
        self.victim.clone()
    }

    /// Whether it is still running.
    ///
    /// # Errors
    /// The system does not say.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.victim.poll()?.is_none())
    }

    /// What it has printed until now: data, then talk.
    ///
    /// # Errors
    /// The disk.
    pub fn printed(&self) -> Result<String> {
        let (data, talk) = (&self.stdout, &self.stderr);
        Ok(fs::read_to_string(data)? + &fs::read_to_string(talk)?)
    }

    /// Waits until it has printed `word` so many times.
    ///
    /// # Errors
    /// It ended before that, or never does it.
    pub fn until_printed(&self, word: &str, times: usize) -> Result<()> {
        let begun = Instant::now();
        loop {
            let ended = !self.is_running()?;
            let printed = self.printed()?;
            if printed.matches(word).count() >= times {
                return Ok(());
            }
            ensure!(!ended, "it ended without `{word}`:\n{printed}");
            ensure!(begun.elapsed() < PATIENCE, "no `{word}`:\n{printed}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It hangs.
    pub fn wait(self) -> Result<Outcome> {
        use std::os::unix::process::ExitStatusExt as _;

        let begun = Instant::now();
        loop {
            if let Some(status) = self.victim.poll()? {
                return Ok(Outcome {
                    code: status.code(),
                    signal: status.signal(),
                    stdout: fs::read_to_string(&self.stdout)?,
                    stderr: fs::read_to_string(&self.stderr)?,
                });
            }
            if begun.elapsed() > PATIENCE {
                self.victim.kill();
                bail!("purser hangs:\n{}", fs::read_to_string(&self.stderr)?);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Purser {
    /// Takes the example's configuration, pointed at `base`, into `folder`.
    ///
    /// # Errors
    /// The binary or the example is missing.
    pub fn new(folder: &Path, base: &str) -> Result<Self> {
        let example = files::root()?.join("examples/drupal-300/purser.toml");
        let config: Table = fs::read_to_string(example)?.parse()?;
        let mut purser = Self {
            folder: folder.to_owned(),
            binary: files::purser()?,
            token: Scim2Server::TOKEN.to_owned(),
            logs_places: false,
            started: AtomicUsize::new(0),
            config,
        };
        purser.set(&["target", TARGET, "base_url"], base)?;
        // The servers of the tests show at once what they made.
        purser.set(&["target", TARGET, "visibility_delay_seconds"], 0)?;
        Ok(purser)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes another token from now on.
    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// From now on processes take down each place between durable steps that they
    /// come by (see `purser_host::failpoint`), for [`Purser::places`].
    pub fn log_places(&mut self) {
        self.logs_places = true;
    }

    /// The places that the last process came by, in order.
    ///
    /// # Errors
    /// None has taken them down.
    pub fn places(&self) -> Result<Vec<String>> {
        let text = fs::read_to_string(self.folder.join(PLACES))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Waits until `run` has come by its first place, or has ended.
    ///
    /// # Errors
    /// Places are not taken down, the system does not say, or it hangs.
    pub fn wait_for_place(&self, run: &Running) -> Result<()> {
        let begun = Instant::now();
        while run.is_running()? && fs::metadata(self.folder.join(PLACES))?.len() == 0 {
            ensure!(begun.elapsed() < PATIENCE, "it comes by no place");
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Sets a value in the configuration; tables on the way are made.
    ///
    /// # Errors
    /// Something on the way is no table.
    pub fn set(&mut self, path: &[&str], value: impl Into<toml::Value>) -> Result<()> {
        let (last, way) = path.split_last().context("an empty path")?;
        let mut table = &mut self.config;
        for name in way {
            table = table
                .entry((*name).to_owned())
                .or_insert_with(|| Table::new().into())
                .as_table_mut()
                .with_context(|| format!("{name} is no table"))?;
        }
        table.insert((*last).to_owned(), value.into());
        Ok(())
    }

    /// The section of a kind.
    ///
    /// # Errors
    /// There is no such kind.
    pub fn kind(&mut self, kind: &str) -> Result<&mut Table> {
        let kinds = self
            .config
            .get_mut("source")
            .and_then(|source| source.get_mut("drupal")?.get_mut("kinds")?.as_array_mut())
            .context("the example has no kinds")?;
        kinds
            .iter_mut()
            .filter_map(toml::Value::as_table_mut)
            .find(|table| table.get("name").and_then(toml::Value::as_str) == Some(kind))
            .with_context(|| format!("there is no kind {kind}"))
    }

    /// Sets how many rows a kind is expected to have; none takes the proof away.
    ///
    /// # Errors
    /// There is no such kind.
    pub fn expect_rows(&mut self, kind: &str, rows: Option<usize>) -> Result<()> {
        let table = self.kind(kind)?;
        match rows {
            Some(rows) => table.insert("expected_rows".to_owned(), i64::try_from(rows)?.into()),
            None => table.remove("expected_rows"),
        };
        Ok(())
    }

    /// Writes the configuration down.
    ///
    /// # Errors
    /// The disk.
    pub fn write_config(&self) -> Result<()> {
        Ok(fs::write(
            self.folder.join("purser.toml"),
            self.config.to_string(),
        )?)
    }

    /// Puts an export into the folder, and a configuration that expects it.
    ///
    /// # Errors
    /// The disk.
    pub fn put(&mut self, dataset: &Dataset, version: Version) -> Result<()> {
        for (kind, file) in [("user", "users"), ("group", "groups"), ("role", "roles")] {
            let lines = dataset.lines(file, version)?;
            self.expect_rows(kind, Some(lines.len()))?;
            self.put_lines(file, &lines)?;
        }
        self.write_config()
    }

    /// Writes the lines of one file of the export.
    ///
    /// # Errors
    /// The disk.
    pub fn put_lines(&self, file: &str, lines: &[String]) -> Result<()> {
        let mut out = Vec::new();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(fs::write(self.folder.join(format!("{file}.jsonl")), out)?)
    }

    /// Starts `purser --config … ARGUMENTS`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&self, arguments: &[&str]) -> Result<Running> {
        self.start(arguments, None)
    }

    /// Runs `purser --config … ARGUMENTS`, which ends itself at `place`
    /// (`settle.after`, `any=120`; see `purser_host::failpoint`) if it comes by.
    ///
    /// # Errors
    /// As for [`Purser::call`].
    pub fn call_cut(&self, arguments: &[&str], place: &str) -> Result<Outcome> {
        self.start(arguments, Some(place))?.wait()
    }

    fn start(&self, arguments: &[&str], place: Option<&str>) -> Result<Running> {
        let mut command = Command::new(&self.binary);
        if let Some(place) = place {
            command.env("PURSER_FAILPOINT", place);
        }
        self.launch(command, arguments)
    }

    /// Runs the same as a process that may not have more than so much address space,
    /// as some containers want it.
    ///
    /// # Errors
    /// As for [`Purser::call`].
    pub fn call_within(&self, address_space_mib: u64, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new("sh");
        let limited = format!(
            "ulimit -v {} && exec \"$0\" \"$@\"",
            address_space_mib * 1024
        );
        command.args(["-c", &limited]).arg(&self.binary);
        self.launch(command, arguments)?.wait()
    }

    /// Starts the same on a terminal of its own, which shows data and talk.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_on_terminal(&self, arguments: &[&str]) -> Result<Running> {
        let mut command = Command::new("python3");
        command
            .args([
                "-c",
                "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)",
            ])
            .arg(&self.binary)
            .env("TERM", "xterm")
            .env_remove("CI");
        self.launch(command, arguments)
    }

    fn launch(&self, mut command: Command, arguments: &[&str]) -> Result<Running> {
        // Several may run side by side.
        let nth = self.started.fetch_add(1, Ordering::Relaxed);
        let stdout = self.folder.join(format!("stdout-{nth}"));
        let stderr = self.folder.join(format!("stderr-{nth}"));
        if self.logs_places {
            // What an earlier process took down is no news of this one.
            File::create(self.folder.join(PLACES))?;
            command.env("PURSER_FAILPOINT_LOG", self.folder.join(PLACES));
        }
        let child = command
            .arg("--config")
            .arg("purser.toml")
            .args(arguments)
            .current_dir(&self.folder)
            .env(TOKEN_VARIABLE, &self.token)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        Ok(Running {
            victim: Victim(Arc::new(Mutex::new(child))),
            stdout,
            stderr,
        })
    }

    /// The same, ended at a place between durable steps, where it comes by.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_cut(&self, arguments: &[&str], place: &str) -> Result<Running> {
        self.start(arguments, Some(place))
    }

    /// Runs `purser --config … ARGUMENTS` to its end.
    ///
    /// # Errors
    /// It cannot be started, or hangs.
    pub fn call(&self, arguments: &[&str]) -> Result<Outcome> {
        self.spawn(arguments)?.wait()
    }

    /// `purser run people ARGUMENTS`.
    ///
    /// # Errors
    /// As for [`Purser::call`].
    pub fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        self.call(&[&["run", MAPPING], arguments].concat())
    }

    /// `purser status --json`.
    ///
    /// # Errors
    /// As for [`Purser::call`], and where it is no JSON.
    pub fn status(&self) -> Result<Value> {
        self.call(&["status", "--json"])?.json()
    }
}
