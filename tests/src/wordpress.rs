//! A real WordPress: Debian's, on PHP's own web server, with MariaDB; in the soak also newer
//! ones, with SQLite. Nothing of it is ours but a file that stands for the site's plugins
//! (`tests/sites/wordpress/site.php`).
//!
//! What it holds is asked of WordPress itself, by its own functions, not by the API that
//! is tested.

use std::{
    env,
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{files, server::free_port};

mod browser;
mod front;

pub use browser::{Browser, hidden};
pub use front::Front;

/// Where Debian's package has it.
const INSTALLED: &str = "/usr/share/wordpress";

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process with its children, which end with this value: the workers of PHP's web
/// server outlive their parent.
struct Group(Child);

impl Group {
    fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let log = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self(child))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _all_ended = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _reaped = self.0.wait();
    }
}

/// A running site with one administrator.
pub struct WordPress {
    port: u16,
    folder: PathBuf,
    /// The application password of [`WordPress::USER`].
    pub password: String,
    _web: Vec<Group>,
    _database: Option<Group>,
}

impl WordPress {
    /// Its administrator, who is user 1.
    pub const USER: &str = "admin";

    /// Installs it in `folder`, and waits until it answers.
    ///
    /// # Errors
    /// Something is not installed, or does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        Self::behind(Front::Php(4), folder)
    }

    /// The same behind this web server.
    ///
    /// # Errors
    /// See [`WordPress::start`].
    pub fn behind(front: Front, folder: &Path) -> Result<Self> {
        ensure!(
            newer().is_some() || Path::new(INSTALLED).join("wp-load.php").is_file(),
            "{INSTALLED} is missing; `cargo xtask test` installs it"
        );
        let site = folder.join("site");
        let port = free_port()?;
        let (from, database, access) = match newer() {
            Some(newer) => (newer, None, SQLITE.to_owned()),
            None => {
                let (database, socket) = database(folder)?;
                (INSTALLED.into(), Some(database), mariadb(&socket))
            }
        };
        copy(&from, &site)?;
        fs::write(site.join("wp-config.php"), configuration(&access, port))?;
        let plugins = site.join("wp-content/mu-plugins");
        fs::create_dir_all(&plugins)?;
        fs::copy(script("site.php")?, plugins.join("site.php"))?;
        let url = format!("http://{}:{port}", Ipv4Addr::LOCALHOST);
        let mut install = php();
        install.arg(script("install.php")?).arg(&site).arg(url);
        let password = said(&mut install, "")?;
        let web = front.start(folder, &site, port)?;
        until("the web server", || {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
        })?;
        Ok(Self {
            port,
            folder: site,
            password,
            _web: web,
            _database: database,
        })
    }

    /// Puts our plugin there, and tells it where Purser is.
    ///
    /// # Errors
    /// WordPress does not take it.
    pub fn install_plugin(&self, base_url: &str, token: &str) -> Result<()> {
        let plugins = self.folder.join("wp-content/plugins");
        let mut copy = Command::new("cp");
        copy.arg("-r")
            .arg(files::root()?.join("php/wordpress/purser"))
            .arg(&plugins);
        said(&mut copy, "")?;
        let active = self.eval(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';
             $problem = activate_plugin( 'purser/purser.php' );
             return is_wp_error( $problem ) ? $problem->get_error_message() : true;",
        )?;
        ensure!(active == true, "the plugin is not activated: {active}");
        self.connect(base_url, token)
    }

    /// Tells our plugin where Purser is, as its settings page does.
    ///
    /// # Errors
    /// WordPress does not take it.
    pub fn connect(&self, base_url: &str, token: &str) -> Result<()> {
        let settings = serde_json::json!({ "base_url": base_url, "token": token });
        let kept = self.eval(&format!(
            "update_option( 'purser', json_decode( '{settings}', true ) ); return get_option( 'purser' );"
        ))?;
        ensure!(kept == settings, "other settings are kept: {kept}");
        Ok(())
    }

    /// What PHP has complained about, by our plugin or on the way to it.
    ///
    /// # Errors
    /// The disk.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let log = self.folder.join("wp-content/debug.log");
        let text = match fs::read_to_string(log) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let ours = text.lines().filter(|line| line.contains("plugins/purser"));
        Ok(ours.map(str::to_owned).collect())
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Runs PHP as WordPress's own; answers what it returns.
    ///
    /// # Errors
    /// It fails.
    pub fn eval(&self, code: &str) -> Result<Value> {
        let mut eval = php();
        eval.arg(script("eval.php")?).arg(&self.folder);
        let text = said(&mut eval, code)?;
        serde_json::from_str(&text).with_context(|| format!("no JSON: {text}"))
    }

    /// All users as WordPress knows them, in order of id.
    ///
    /// # Errors
    /// See [`WordPress::eval`].
    pub fn users(&self) -> Result<Vec<Value>> {
        let users = self.eval(
            "return array_map( function ( $user ) {
                 return array(
                     'id' => $user->ID,
                     'login' => $user->user_login,
                     'email' => $user->user_email,
                     'name' => $user->display_name,
                     'first' => $user->first_name,
                     'last' => $user->last_name,
                     'url' => $user->user_url,
                     'description' => $user->description,
                     'roles' => array_values( $user->roles ),
                     'may_read' => $user->has_cap( 'read' ),
                     'external_id' => get_user_meta( $user->ID, 'purser_external_id', true ),
                     'department' => get_user_meta( $user->ID, 'department', true ),
                 );
             }, get_users( array( 'orderby' => 'ID' ) ) );",
        )?;
        users.as_array().cloned().context("no list of users")
    }

    /// One of them.
    ///
    /// # Errors
    /// There is no such user.
    pub fn user(&self, login: &str) -> Result<Value> {
        let mut users = self.users()?.into_iter();
        users
            .find(|user| user.get("login").is_some_and(|known| known == login))
            .with_context(|| format!("no user `{login}`"))
    }
}

fn php() -> Command {
    let mut php = Command::new("php");
    php.args([
        "-d",
        "memory_limit=256M",
        "-d",
        "opcache.enable_cli=1",
        "-d",
        "display_errors=stderr",
    ]);
    php
}

fn script(name: &str) -> Result<PathBuf> {
    Ok(files::root()?.join("tests/sites/wordpress").join(name))
}

/// Runs a program to its end; answers what it prints.
fn said(command: &mut Command, input: &str) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut stdin = child.stdin.take().context("no input")?;
    stdin.write_all(input.as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(text)
}

fn until(what: &str, ready: impl Fn() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !ready()? {
        if begun.elapsed() > PATIENCE {
            bail!("{what} does not answer");
        }
        thread::sleep(Duration::from_millis(30));
    }
    Ok(())
}

/// A MariaDB of our own, which nobody reaches but by its socket.
fn database(folder: &Path) -> Result<(Group, PathBuf)> {
    let (data, socket) = (folder.join("data"), folder.join("s.sock"));
    let user = said(Command::new("id").arg("-un"), "")?;
    let user = format!("--user={}", user.trim());
    let place = format!("--datadir={}", data.display());
    // A server that starts takes away what it finds of others in their common place.
    let aside = folder.join("aside");
    fs::create_dir_all(&aside)?;
    let aside = format!("--tmpdir={}", aside.display());
    let mut install = Command::new("mariadb-install-db");
    install
        .args(["--no-defaults", &user, &place, &aside])
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    said(&mut install, "").context("the database cannot be made")?;
    let mut serve = Command::new("mariadbd");
    serve
        .args(["--no-defaults", &user, &place, &aside])
        .arg(format!("--socket={}", socket.display()))
        .args([
            "--skip-networking",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=32M",
        ]);
    let database = Group::start(&mut serve, &folder.join("database.log"))?;
    let ask = |sql: &str| -> Result<String> {
        let mut client = Command::new("mariadb");
        client
            .args(["--no-defaults", "--user=root", "-S"])
            .arg(&socket)
            .args(["-e", sql]);
        said(&mut client, "")
    };
    until("the database", || Ok(ask("SELECT 1").is_ok()))?;
    ask(
        "CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost",
    )?;
    Ok((database, socket))
}

/// The version that the soak wants, ready to be copied.
fn newer() -> Option<PathBuf> {
    env::var_os("PURSER_SOAK_WORDPRESS").map(PathBuf::from)
}

/// A version, with what it links to, and without its configuration.
fn copy(from: &Path, site: &Path) -> Result<()> {
    fs::create_dir_all(site)?;
    let mut copy = Command::new("cp");
    copy.arg("-rL").arg(from.join(".")).arg(site);
    said(&mut copy, "")?;
    fs::remove_file(site.join("wp-config.php")).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error.into()),
    })
}

/// By the plugin that comes with those versions.
const SQLITE: &str = "define( 'DB_NAME', 'wp' );
define( 'DB_USER', '' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '' );
define( 'DB_DIR', __DIR__ . '/wp-content/database/' );
define( 'DB_FILE', '.ht.sqlite' );";

fn mariadb(socket: &Path) -> String {
    format!(
        "define( 'DB_NAME', 'wp' );
define( 'DB_USER', 'wp' );
define( 'DB_PASSWORD', 'wp' );
define( 'DB_HOST', 'localhost:{}' );",
        socket.display()
    )
}

fn configuration(access: &str, port: u16) -> String {
    let keys = [
        "AUTH_KEY",
        "SECURE_AUTH_KEY",
        "LOGGED_IN_KEY",
        "NONCE_KEY",
        "AUTH_SALT",
        "SECURE_AUTH_SALT",
        "LOGGED_IN_SALT",
        "NONCE_SALT",
    ];
    let keys: String = keys
        .iter()
        .map(|key| format!("define( '{key}', 'a site of the tests: {key}' );\n"))
        .collect();
    format!(
        "<?php
{access}
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
{keys}$table_prefix = 'wp_';
define( 'WP_HOME', 'http://127.0.0.1:{port}' );
define( 'WP_SITEURL', 'http://127.0.0.1:{port}' );
// Application passwords without TLS.
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/wp-content/debug.log' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"
    )
}
