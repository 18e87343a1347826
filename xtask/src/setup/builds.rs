//! Versions of WordPress that Debian does not have, over SQLite: from a package of npm.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{debian, node_packages};
use crate::{shell, workspace::Workspace};

/// Those that are tried, by the names of the package.
const VERSIONS: [&str; 2] = ["6.5", "beta"];

/// Where the package has them.
const SOURCES: &str = "node_modules/@wp-playground/wordpress-builds/src";

/// Answers each version with the folder in which it lies, ready to be copied.
pub fn wordpress_builds(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    sqlite()?;
    let packages = node_packages(
        workspace,
        "tests/sites/wordpress/builds",
        "wordpress-builds",
    )?;
    let sources = packages.join(SOURCES);
    let made = VERSIONS.map(|version| {
        let folder = packages.join(version);
        let stamp = folder.join("unpacked");
        if !stamp.is_file() {
            unpack(&sources, version, &folder)?;
            fs::write(&stamp, version)?;
        }
        Ok((version, folder.join("site")))
    });
    made.into_iter().collect()
}

/// PHP's extension for SQLite.
fn sqlite() -> Result<()> {
    let there = || {
        let modules = shell::quietly(Command::new("php").arg("-m"));
        modules.is_some_and(|modules| modules.lines().any(|line| line == "pdo_sqlite"))
    };
    if !there() {
        debian(&["php-sqlite3"])?;
    }
    if !there() {
        bail!(
            "newer versions of WordPress are tried over SQLite, and PHP has no pdo_sqlite; install it \
             (Debian: `apt-get install php-sqlite3`) and try again"
        );
    }
    Ok(())
}

fn unpack(sources: &Path, version: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let (unpacked, site) = (folder.join("unpacked-zip"), folder.join("site"));
    unzip(
        &sources.join(format!("wordpress/wp-{version}.zip")),
        &unpacked,
    )?;
    // Some lie in a folder of their own.
    let nested = unpacked.join("wordpress");
    let is_nested = nested.join("wp-load.php").is_file();
    fs::rename(if is_nested { &nested } else { &unpacked }, &site)?;
    // They come with a site that is installed already.
    let content = site.join("wp-content");
    for left in [content.join("database"), site.join("wp-config.php")] {
        if left.is_dir() {
            fs::remove_dir_all(&left)?;
        } else if left.exists() {
            fs::remove_file(&left)?;
        }
    }
    let plugins = content.join("mu-plugins");
    fs::create_dir_all(&plugins)?;
    let aside = folder.join("sqlite");
    let zip = "sqlite-database-integration/sqlite-database-integration.zip";
    unzip(&sources.join(zip), &aside)?;
    let mut inside = fs::read_dir(&aside)?;
    let plugin = inside.next().context("the plugin for SQLite is empty")??;
    let there = plugins.join("sqlite-database-integration");
    fs::rename(plugin.path(), &there)?;
    let link = fs::read_to_string(there.join("db.copy"))?
        .replace(
            "'{SQLITE_IMPLEMENTATION_FOLDER_PATH}'",
            "__DIR__ . '/mu-plugins/sqlite-database-integration'",
        )
        .replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php");
    fs::write(content.join("db.php"), link)?;
    if !site.join("wp-load.php").is_file() {
        bail!("{} holds no WordPress", site.display());
    }
    Ok(())
}

fn unzip(zip: &Path, into: &Path) -> Result<()> {
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(zip).arg(into);
    shell::run(&mut unzip)
}
