//! What a fresh machine lacks beyond rustup and a C compiler, installed by the
//! command that needs it.
//!
//! Each step first looks, then installs, and says in plain words what to do by
//! hand where an installation is refused.

mod builds;
mod node;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{shell, workspace::Workspace};

pub use builds::wordpress_builds;
pub use node::packages as node_packages;

/// The target that components are compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the compiler can build components.
pub fn wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = shell::quietly(
        Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(workspace.root()),
    )
    .context("cannot run `rustc`; install Rust by https://rustup.rs")?;
    if PathBuf::from(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM)
        .is_dir()
    {
        return Ok(());
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", WASM])
        .current_dir(workspace.root());
    shell::run(&mut add).with_context(|| {
        format!(
            "the compiler's target {WASM} is missing and could not be downloaded; \
             mapping components need it. Allow the download from static.rust-lang.org, \
             or install the target with your system's packages, then try again"
        )
    })
}

/// Python with `scim2-server`, the foreign SCIM server of the end-to-end tests.
pub fn scim2_server(workspace: &Workspace) -> Result<()> {
    python_packages(workspace, "tests/requirements.txt", "venv").map(drop)
}

/// Python with the packages that `requirements` (below the root) names, in an
/// environment of its own below the target folder; answers where.
pub fn python_packages(workspace: &Workspace, requirements: &str, below: &str) -> Result<PathBuf> {
    let venv = workspace.target(below);
    let file = workspace.path(requirements);
    let wanted =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let stamp = venv.join("requirements.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
        && venv.join("bin/python").exists()
    {
        return Ok(venv);
    }
    python()?;
    shell::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ])
    .arg(&file);
    shell::run(&mut pip).with_context(|| {
        format!(
            "the Python packages of {requirements} are needed and could not be \
             downloaded; allow pip to reach its index, then try again"
        )
    })?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(venv)
}

/// Python 3 with its `venv` module.
fn python() -> Result<()> {
    let there =
        || shell::quietly(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some();
    if there() {
        return Ok(());
    }
    debian(&["python3", "python3-venv"])?;
    if !there() {
        bail!(
            "the end-to-end tests need Python 3 with its venv module; \
             install it (Debian, Ubuntu: `apt-get install python3 python3-venv`) and try again"
        );
    }
    Ok(())
}

/// WordPress with PHP and MariaDB, as Debian has them: for the site of the tests.
pub fn wordpress() -> Result<()> {
    let there = || {
        let find = "for it in php nginx mariadbd mariadb mariadb-install-db; do command -v $it; done; ls /usr/sbin/php-fpm*";
        let programs = shell::quietly(Command::new("sh").args(["-c", find]));
        Path::new("/usr/share/wordpress/wp-load.php").is_file()
            && programs.is_some_and(|found| found.lines().count() >= 6)
            && shell::quietly(Command::new("php").arg("-m")).is_some_and(|modules| {
                ["mysqli", "curl", "mbstring", "xml"]
                    .iter()
                    .all(|module| modules.lines().any(|line| line == *module))
            })
    };
    if there() {
        return Ok(());
    }
    let _quiet = NothingStarts::by_apt();
    debian(&[
        "php-cli",
        "php-fpm",
        "php-mysql",
        "php-gd",
        "php-xml",
        "php-mbstring",
        "php-curl",
        "php-intl",
        "mariadb-server",
        "mariadb-client",
        "wordpress",
        "wordpress-theme-twentytwentythree",
        // Before php-fpm; and the package wants a web server.
        "nginx-light",
        "apache2-",
        "libapache2-mod-php-",
    ])?;
    if !there() {
        bail!(
            "the tests of WordPress need WordPress, PHP and php-fpm with extensions for MariaDB, curl, mbstring and \
             xml, nginx, and MariaDB; install them (Debian: `apt-get install wordpress php-cli php-fpm php-mysql php-curl \
             php-mbstring php-xml nginx-light mariadb-server`) and try again"
        );
    }
    Ok(())
}

/// What the plugin's own tests run with, and what says how it is written.
pub fn php_tools() -> Result<()> {
    let there = || {
        let find = "command -v phpunit && command -v phpcs";
        shell::quietly(Command::new("sh").args(["-c", find])).is_some()
    };
    if !there() {
        debian(&["phpunit", "php-codesniffer"])?;
    }
    if !there() {
        bail!(
            "the tests of the WordPress plugin need PHPUnit and PHP_CodeSniffer; install them \
             (Debian: `apt-get install phpunit php-codesniffer`) and try again"
        );
    }
    Ok(())
}

/// While this lives, apt starts no service that it installs: the tests start their own.
struct NothingStarts(Option<PathBuf>);

impl NothingStarts {
    fn by_apt() -> Self {
        let policy = PathBuf::from("/usr/sbin/policy-rc.d");
        // Somebody else's is left alone, and without the right to write there is no apt either.
        if policy.exists() || fs::write(&policy, "#!/bin/sh\nexit 101\n").is_err() {
            return Self(None);
        }
        let _runnable = fs::set_permissions(&policy, fs::Permissions::from_mode(0o755));
        Self(Some(policy))
    }
}

impl Drop for NothingStarts {
    fn drop(&mut self) {
        if let Some(policy) = &self.0 {
            let _gone_already = fs::remove_file(policy);
        }
    }
}

/// Installs packages of Debian's, where this is Debian or a child of it and we may.
fn debian(packages: &[&str]) -> Result<()> {
    let root = shell::quietly(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let apt = shell::quietly(Command::new("apt-get").arg("--version")).is_some();
    if !root || !apt {
        return Ok(());
    }
    let install = || {
        shell::run(
            Command::new("apt-get")
                .args(["install", "-y", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    // Fresh images come without package lists.
    if install().is_err() {
        shell::run(Command::new("apt-get").arg("update"))?;
        install()?;
    }
    Ok(())
}
