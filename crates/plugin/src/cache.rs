//! Machine code, kept from one process to the next.
//!
//! Compiling takes a tenth of a second for a guest in Rust and half a minute for
//! an interpreted language; loading what was compiled takes a millisecond. But
//! machine code is run as it is. So the folder is this user's alone, and what is
//! taken from it is what was put there:
//!
//! - The folder and its files belong to us, and nobody else may write to them.
//!   What is not so is not taken. Whoever can write there all the same is us or
//!   the administrator, and needs no cache to run code: hence a digest against
//!   damage, but no signature against forgery, whose key would lie beside it.
//! - An entry is two files, the code and its digest, each written under another
//!   name and then renamed.
//! - The name is a digest of the plugin's file, of everything that the engine
//!   compiles by (its version, its settings, this processor), and of [`VERSION`].
//!
//! Nothing here is an error: what cannot be taken is compiled anew, what cannot
//! be kept is compiled again next time, and the log says why.

use std::{
    fs,
    hash::{BuildHasher as _, RandomState},
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, component::Component};

use crate::text::hex;

/// Counts up when the meaning of an entry changes.
const VERSION: &[u8] = b"purser cache 1";

/// Entries that are kept. More than the plugins and versions that anybody has,
/// few enough to forget about.
const ENTRIES: usize = 64;

/// A folder of machine code.
pub(crate) struct Cache {
    folder: PathBuf,
}

/// By what an entry is found.
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(engine: &Engine, bytes: &[u8]) -> Self {
        let mut hash = Hashing(Sha256::new_with_prefix(VERSION));
        std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hash);
        Self(hex(&hash.0.chain_update(Sha256::digest(bytes)).finalize()))
    }
}

/// Lets what is [`Hash`](std::hash::Hash) into a digest that other processes share.
struct Hashing(Sha256);

impl std::hash::Hasher for Hashing {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Nobody asks: the digest is what counts.
    fn finish(&self) -> u64 {
        0
    }
}

impl Cache {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// It cannot be made or written to, or others may write to it.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let cache = Self {
            folder: folder.to_owned(),
        };
        private::make_folder(folder)?;
        private::check_folder(folder, &cache.temporary())?;
        Ok(cache)
    }

    fn path(&self, key: &Key, end: &str) -> PathBuf {
        self.folder.join(format!("{}.{end}", key.0))
    }

    /// A name that nobody else writes to, and nobody has written to: in a container
    /// every process has the same id, and one that was killed left its file behind.
    fn temporary(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let word = RandomState::new().hash_one(number);
        self.folder
            .join(format!("{}-{number}-{word:016x}.part", process::id()))
    }

    /// What was kept under a key, if it can be trusted.
    pub(crate) fn load(&self, engine: &Engine, key: &Key) -> Option<Component> {
        let code = self.path(key, "cwasm");
        match self.verified(engine, key, &code) {
            Ok(component) => Some(component),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(
                    target: "plugin",
                    file = %code.display(),
                    %error,
                    "a kept component cannot be used and is compiled anew",
                );
                None
            }
        }
    }

    #[expect(
        unsafe_code,
        reason = "loading machine code cannot be checked by the compiler"
    )]
    fn verified(&self, engine: &Engine, key: &Key, code: &Path) -> io::Result<Component> {
        let digest = self.path(key, "sha256");
        private::check_folder(&self.folder, &self.temporary())?;
        private::check_file(&self.folder, code)?;
        private::check_file(&self.folder, &digest)?;
        if fs::read_to_string(digest)? != hex(&Sha256::digest(fs::read(code)?)) {
            return Err(io::Error::other(
                "its digest is not the one it was kept with",
            ));
        }
        // SAFETY: the file holds what `Engine::precompile_component` returned, for
        // an engine with the same compatibility hash: only `keep` writes entries,
        // and the digest says that this one is as it was written. Nobody else can
        // have exchanged it, before the digest was taken or since, or can change
        // it while it is mapped: folder and file were just found to belong to this
        // user, to be no links, and not to be writable by others. This process
        // never writes to an entry in place.
        unsafe { Component::deserialize_file(engine, code) }.map_err(io::Error::other)
    }

    /// Keeps what was compiled.
    pub(crate) fn keep(&self, key: &Key, artefact: &[u8]) {
        // The digest last: an entry without one is none.
        let kept = self
            .write(&self.path(key, "cwasm"), artefact)
            .and_then(|()| {
                let digest = hex(&Sha256::digest(artefact));
                self.write(&self.path(key, "sha256"), digest.as_bytes())
            })
            .and_then(|()| self.forget_oldest());
        if let Err(error) = kept {
            tracing::warn!(
                target: "plugin",
                folder = %self.folder.display(),
                %error,
                "a compiled component cannot be kept and is compiled again next time",
            );
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let part = self.temporary();
        private::write(&part, bytes)
            .and_then(|()| fs::rename(&part, path))
            .inspect_err(|_| {
                // What is left of it is nobody's; it may not even be there.
                let _ = fs::remove_file(&part);
            })
    }

    fn forget_oldest(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "cwasm") {
                entries.push((fs::metadata(&path)?.modified()?, path));
            }
        }
        entries.sort();
        let too_many = entries.len().saturating_sub(ENTRIES);
        for (_, path) in entries.into_iter().take(too_many) {
            fs::remove_file(path.with_extension("sha256"))?;
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Files and folders that nobody else writes to.
#[cfg(unix)]
mod private {
    use std::{
        fs::{self, DirBuilder, Metadata, OpenOptions},
        io::{self, Write as _},
        os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
        path::Path,
    };

    pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Whose it is, is compared with whose a new file would be: ours.
    pub(super) fn check_folder(folder: &Path, probe: &Path) -> io::Result<()> {
        let found = fs::symlink_metadata(folder)?;
        if !found.is_dir() {
            return Err(io::Error::other("the cache is not a folder"));
        }
        write(probe, b"")?;
        let ours = fs::symlink_metadata(probe)?.uid();
        fs::remove_file(probe)?;
        check(&found, ours)
    }

    pub(super) fn check_file(folder: &Path, path: &Path) -> io::Result<()> {
        let found = fs::symlink_metadata(path)?;
        if !found.is_file() {
            return Err(io::Error::other("it is not a plain file"));
        }
        check(&found, fs::symlink_metadata(folder)?.uid())
    }

    fn check(found: &Metadata, ours: u32) -> io::Result<()> {
        if found.uid() != ours {
            return Err(io::Error::other("it belongs to somebody else"));
        }
        if found.mode() & 0o022 != 0 {
            return Err(io::Error::other("others may write to it"));
        }
        Ok(())
    }
}

/// Elsewhere nobody can say who may write, so nothing is kept.
#[cfg(not(unix))]
mod private {
    use std::{io, path::Path};

    fn unsupported() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn make_folder(_: &Path) -> io::Result<()> {
        unsupported()
    }

    pub(super) fn write(_: &Path, _: &[u8]) -> io::Result<()> {
        unsupported()
    }

    pub(super) fn check_folder(_: &Path, _: &Path) -> io::Result<()> {
        unsupported()
    }

    pub(super) fn check_file(_: &Path, _: &Path) -> io::Result<()> {
        unsupported()
    }
}
