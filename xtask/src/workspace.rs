//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The folders of this workspace.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the workspace from where cargo says that this package is.
    pub fn find() -> Result<Self> {
        let here =
            env::var("CARGO_MANIFEST_DIR").context("run it by cargo: `cargo xtask <command>`")?;
        let root = Path::new(&here)
            .parent()
            .context("the package xtask has no parent folder")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder that holds the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path below cargo's target folder.
    pub fn target(&self, relative: &str) -> PathBuf {
        self.target.join(relative)
    }

    /// The binary `purser` as the development profile builds it.
    pub fn purser(&self) -> PathBuf {
        self.target("debug")
            .join(format!("purser{}", env::consts::EXE_SUFFIX))
    }
}
