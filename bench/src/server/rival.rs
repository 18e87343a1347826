//! Servers, each a process on the first processor.

use std::{
    cell::RefCell,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tempfile::TempDir;

use super::{client::Address, documents, stock::Stock};
use crate::process;

/// Where the programs are.
#[derive(clap::Args)]
pub struct Programs {
    /// The binary, built for release
    #[arg(long)]
    purser: PathBuf,
    /// The interpreter that has scim2-server
    #[arg(long, required_unless_present = "no_peers")]
    python: Option<PathBuf>,
    /// What serves scim2-server, of `bench/peers/`
    #[arg(long, required_unless_present = "no_peers")]
    scim2_server: Option<PathBuf>,
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// What serves SCIMMY, of `bench/peers/`
    #[arg(long, required_unless_present = "no_peers")]
    scimmy: Option<PathBuf>,
    /// The folder where the packages of SCIMMY are installed
    #[arg(long, required_unless_present = "no_peers")]
    scimmy_packages: Option<PathBuf>,
    /// Purser alone
    #[arg(long)]
    pub no_peers: bool,
    /// Where stores are made: on a disk, since in memory nothing is durable
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Purser,
    Scim2Server,
    Scimmy,
}

impl Who {
    /// As others call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purser => "Purser",
            Self::Scim2Server => "scim2-server",
            Self::Scimmy => "scimmy-routers",
        }
    }
}

/// A server with its users.
pub struct Rival {
    pub who: Who,
    pub users: usize,
    pub address: Address,
    pub stock: Stock,
    process: Serving,
}

impl Rival {
    /// Starts and fills it.
    pub async fn start(programs: &Programs, who: Who, users: usize) -> Result<Self> {
        let folder = TempDir::with_prefix_in("server-", &programs.folder)?;
        let mut process = Serving::start(programs, who, users, folder)?;
        let (base, token) = process.base(programs, who)?;
        let address = Address::new(&base, &token)?;
        let stock = Stock::new(&address, users, who != Who::Purser).await;
        let stock = stock.with_context(|| process.state(who, users))?;
        Ok(Self {
            who,
            users,
            address,
            stock,
            process,
        })
    }

    /// Who it is and whether it still runs, for an error.
    pub fn state(&self) -> String {
        self.process.state(self.who, self.users)
    }

    /// Its peak memory in MiB; not a number where nobody could read it.
    pub fn peak_mib(&self) -> f64 {
        let kib = process::high_water(&format!("/proc/{}/status", self.process.id));
        kib.map_or(f64::NAN, |kib| kib as f64 / 1024.0)
    }
}

const TOKEN: &str = "bench";

const CONFIG: &str = r#"[store]
path = "purser.db"

[server]
listen = "127.0.0.1:0"
# Of one token; what an administrator says to a client who may do as much as it can.
requests_per_second = 1000000

[tenant.bench]
"#;

/// A running process. It ends with this value, and its folder with it.
struct Serving {
    child: RefCell<Child>,
    id: u32,
    /// Open until it ends: what it says further goes nowhere.
    output: BufReader<ChildStdout>,
    folder: TempDir,
}

#[derive(Deserialize)]
struct Made {
    token: String,
}

impl Serving {
    fn start(programs: &Programs, who: Who, users: usize, folder: TempDir) -> Result<Self> {
        let needed = |path: &Option<PathBuf>| path.clone().context("a peer is not named");
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]);
        let within = match who {
            Who::Purser => {
                fs::write(folder.path().join("purser.toml"), CONFIG)?;
                command
                    .arg(fs::canonicalize(&programs.purser)?)
                    .arg("serve");
                folder.path().to_owned()
            }
            Who::Scim2Server => {
                command.arg(needed(&programs.python)?);
                command.arg(fs::canonicalize(needed(&programs.scim2_server)?)?);
                PathBuf::from(".")
            }
            Who::Scimmy => {
                // As Express says that it should be run.
                command.env("NODE_ENV", "production").arg(&programs.node);
                command.arg(fs::canonicalize(needed(&programs.scimmy)?)?);
                needed(&programs.scimmy_packages)?
            }
        };
        if who != Who::Purser {
            let file = folder.path().canonicalize()?.join("users.jsonl");
            documents::write_users(&file, users)?;
            command.arg(TOKEN).arg(file);
        }
        let mut child = command
            .current_dir(within)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log"))?)
            .spawn()
            .with_context(|| format!("cannot start {}", who.name()))?;
        let output = child.stdout.take().context("the server has no output")?;
        Ok(Self {
            id: child.id(),
            child: RefCell::new(child),
            output: BufReader::new(output),
            folder,
        })
    }

    fn state(&self, who: Who, users: usize) -> String {
        let ended = match self.child.borrow_mut().try_wait() {
            Ok(None) => "runs".to_owned(),
            Ok(Some(status)) => format!("ended with {status}"),
            Err(error) => error.to_string(),
        };
        format!("{} with {users} users ({ended})", who.name())
    }

    /// Waits until it serves: its base address, and a token.
    fn base(&mut self, programs: &Programs, who: Who) -> Result<(String, String)> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            let said = line.trim_end();
            if let Some(address) = said.strip_prefix("listening ") {
                let token = token(&programs.purser, self.folder.path())?;
                return Ok((format!("http://{address}/scim/bench/v2"), token));
            }
            if said.starts_with("http://") {
                return Ok((said.to_owned(), TOKEN.to_owned()));
            }
            line.clear();
        }
        let log = fs::read_to_string(self.folder.path().join("log"))?;
        bail!("{} does not serve:\n{log}", who.name())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _already_ended = child.kill();
        let _reaped = child.wait();
    }
}

fn token(purser: &Path, folder: &Path) -> Result<String> {
    let output = Command::new(fs::canonicalize(purser)?)
        .args(["token", "new", "bench", "--json"])
        .current_dir(folder)
        .output()?;
    if !output.status.success() {
        bail!("no token: {}", String::from_utf8_lossy(&output.stderr));
    }
    let made: Made = serde_json::from_slice(&output.stdout)?;
    Ok(made.token)
}
