//! Components that carry an interpreter: built anew only when something that they
//! are made of has changed. Else a component keeps its digest, and with it what a
//! store knows of it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Folders with nothing of ours in them.
const SKIPPED: [&str; 2] = ["node_modules", "__pycache__"];

/// All that a component is made of.
pub struct Ingredients<'a> {
    /// Options, names.
    pub words: Vec<&'a OsStr>,
    /// With all that is in them.
    pub folders: Vec<PathBuf>,
    pub files: Vec<PathBuf>,
}

/// Has the file `to` built, unless it is there and made of the same. `build` writes
/// the file that it is told.
///
/// # Errors
/// Something cannot be read or written, or `build` fails.
pub fn component(
    root: &Path,
    of: &Ingredients<'_>,
    to: &Path,
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let digest = of.digest(root)?;
    let stamp = to.with_extension("inputs");
    if to.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == digest) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // Whoever reads it meanwhile reads the one before, or the whole new one.
    let unfinished = to.with_extension("unfinished");
    build(&unfinished)?;
    fs::rename(&unfinished, to).with_context(|| format!("cannot write {}", to.display()))?;
    fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))
}

impl Ingredients<'_> {
    fn digest(&self, root: &Path) -> Result<String> {
        let mut files = Vec::new();
        for folder in &self.folders {
            files_below(folder, &mut files)?;
        }
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            // With its length, so that no two lists of parts read the same.
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        };
        for word in &self.words {
            add(word.as_encoded_bytes());
        }
        for file in files.iter().chain(&self.files) {
            let name = file.strip_prefix(root).unwrap_or(file);
            add(name.as_os_str().as_encoded_bytes());
            add(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
        }
        let digest = hash.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// All files below a folder, in one order; not those of installed packages and
/// what an interpreter keeps for itself.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .with_context(cannot)?;
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
        } else if !SKIPPED.iter().any(|name| path.ends_with(name)) {
            files_below(&path, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_component_is_built_once_and_again_when_an_input_changes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let source = root.join("source");
        fs::create_dir_all(source.join("__pycache__")).unwrap();
        fs::write(source.join("app.py"), "1").unwrap();
        fs::write(root.join("lock"), "1").unwrap();
        let built = Cell::new(0);
        let make = |world: &str| {
            let of = Ingredients {
                words: vec![world.as_ref()],
                folders: vec![source.clone()],
                files: vec![root.join("lock")],
            };
            component(root, &of, &root.join("out/it.wasm"), |to| {
                built.set(built.get() + 1);
                Ok(fs::write(to, "component")?)
            })
            .unwrap();
            built.get()
        };
        assert_eq!((make("mapper"), make("mapper")), (1, 1));
        fs::write(source.join("__pycache__/app.pyc"), "1").unwrap();
        assert_eq!(make("mapper"), 1);
        fs::write(source.join("app.py"), "2").unwrap();
        assert_eq!((make("mapper"), make("mapper")), (2, 2));
        fs::write(root.join("lock"), "2").unwrap();
        assert_eq!(make("mapper"), 3);
        assert_eq!(make("other"), 4);
        fs::remove_file(root.join("out/it.wasm")).unwrap();
        assert_eq!(make("other"), 5);
    }

    #[test]
    fn a_build_that_failed_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let of = Ingredients {
            words: Vec::new(),
            folders: Vec::new(),
            files: Vec::new(),
        };
        let to = folder.path().join("it.wasm");
        let failed = component(folder.path(), &of, &to, |_| anyhow::bail!("no"));
        assert!(failed.is_err() && !to.exists());
        component(folder.path(), &of, &to, |to| Ok(fs::write(to, "x")?)).unwrap();
        assert_eq!(fs::read_to_string(to).unwrap(), "x");
    }
}
