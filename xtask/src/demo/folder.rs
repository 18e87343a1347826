//! The folder of the demonstration: the example's configuration, pointed at the
//! demo server, and one version of the export.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::Table;

use crate::workspace::Workspace;

/// The sample data and its configuration.
pub const SAMPLE: &str = "examples/drupal-300";
const CONFIG: &str = "purser.toml";

/// Which export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one that everything begins with.
    First,
    /// The next one: some came, some left, some changed.
    Second,
}

/// The folder, and what its configuration calls things.
pub struct Folder {
    path: PathBuf,
    sample: PathBuf,
    template: String,
    mapping: String,
    target: String,
    token_variable: String,
}

impl Folder {
    /// Makes it afresh below the target folder.
    pub fn create(workspace: &Workspace) -> Result<Self> {
        let sample = workspace.path(SAMPLE);
        let template = fs::read_to_string(sample.join(CONFIG))
            .with_context(|| format!("cannot read {SAMPLE}/{CONFIG}"))?;
        let document: Table = template
            .parse()
            .context("the example's configuration is not TOML")?;
        let first = |section: &str| {
            let table = document.get(section)?.as_table()?;
            table.iter().next()
        };
        let (mapping, _) = first("mapping").context("the example has no mapping")?;
        let (target, settings) = first("target").context("the example has no target")?;
        let token_variable = settings
            .get("token")
            .and_then(|token| token.get("env")?.as_str())
            .context("the example's token does not come from the environment")?
            .to_owned();
        let path = workspace.target("demo");
        if path.exists() {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot clear {}", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let (mapping, target) = (mapping.clone(), target.clone());
        Ok(Self {
            path,
            sample,
            template,
            mapping,
            target,
            token_variable,
        })
    }

    /// Puts one version of the export in, and a configuration that expects it.
    pub fn fill(&self, version: Version, base: &str) -> Result<()> {
        let mut rows = Vec::new();
        for (kind, file) in [("user", "users"), ("group", "groups"), ("role", "roles")] {
            let later = self.sample.join(format!("{file}.v2.jsonl"));
            let from = match version {
                Version::Second if later.exists() => later,
                _ => self.sample.join(format!("{file}.jsonl")),
            };
            let text = fs::read_to_string(&from)
                .with_context(|| format!("cannot read {}", from.display()))?;
            rows.push((kind, text.lines().count()));
            let to = self.path.join(format!("{file}.jsonl"));
            fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
        }
        let config = self.config();
        fs::write(&config, adapted(&self.template, base, &rows))
            .with_context(|| format!("cannot write {}", config.display()))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its configuration file.
    pub fn config(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// The name of its mapping.
    pub fn mapping(&self) -> &str {
        &self.mapping
    }

    /// The name of its target.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The environment variable that the token is read from.
    pub fn token_variable(&self) -> &str {
        &self.token_variable
    }
}

/// The configuration with another base address and other numbers of expected
/// rows. Line by line, so that its comments stay for whoever looks into it.
fn adapted(template: &str, base: &str, rows: &[(&str, usize)]) -> String {
    let mut kind = String::new();
    let mut adapted = String::new();
    for line in template.lines() {
        let (key, value) = line
            .split_once('=')
            .map_or(("", ""), |(k, v)| (k.trim(), v.trim()));
        if key == "name" {
            kind = value.trim_matches('"').to_owned();
        }
        let expected = rows.iter().find(|(of, _)| *of == kind);
        match (key, expected) {
            ("base_url", _) => adapted.push_str(&format!("base_url = \"{base}\"")),
            ("expected_rows", Some((_, rows))) => {
                adapted.push_str(&format!("expected_rows = {rows}"));
            }
            _ => adapted.push_str(line),
        }
        adapted.push('\n');
    }
    adapted
}

#[cfg(test)]
mod tests {
    use super::adapted;

    #[test]
    fn address_and_rows_are_replaced_and_comments_stay() {
        let template = "# why\nname = \"user\"\nexpected_rows = 1\nname = \"role\"\n\
                        expected_rows = 2\nbase_url = \"x\"\n";
        assert_eq!(
            adapted(template, "http://here", &[("user", 7)]),
            "# why\nname = \"user\"\nexpected_rows = 7\nname = \"role\"\n\
             expected_rows = 2\nbase_url = \"http://here\"\n"
        );
    }
}
