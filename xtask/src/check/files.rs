//! Files of the workspace: their size, and what must stand in none of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::Findings;
use crate::workspace::Workspace;

/// From here on a source file has probably more than one idea.
const LONG: usize = 500;

/// Looks at every Rust file of the workspace.
pub fn check(workspace: &Workspace, findings: &mut Findings) -> Result<()> {
    for file in rust_files(workspace.root())? {
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file
            .strip_prefix(workspace.root())
            .unwrap_or(&file)
            .display();
        let lines = text.lines().count();
        if lines > LONG {
            findings.warning(format!(
                "{name} has {lines} lines; can it be split by idea?"
            ));
        }
        for (needle, instead) in forbidden() {
            for (index, _) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| line.contains(&needle))
            {
                findings.error(format!("{name}:{}: {instead}", index + 1));
            }
        }
    }
    Ok(())
}

/// What must stand nowhere, put together here so that it does not stand here either.
fn forbidden() -> [(String, &'static str); 3] {
    [
        (
            format!("#[{}(", "allow"),
            "use #[expect(…, reason = \"…\")]",
        ),
        (
            format!("#![{}(", "allow"),
            "use #![expect(…, reason = \"…\")]",
        ),
        (
            format!("{}!(", "todo"),
            "finish it, or write down in an issue what is missing",
        ),
    ]
}

/// Every Rust file below `folder`, apart from what is generated or hidden.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            let path = entry.path();
            let name = entry.file_name();
            let skipped = name == "target" || name.to_string_lossy().starts_with('.');
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
