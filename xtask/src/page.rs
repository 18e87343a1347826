//! A page of results: a section a part, replaced when the part is run.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The page.
pub struct Page {
    /// Below the root.
    path: &'static str,
    /// What precedes the sections.
    head: &'static str,
    /// By the name of the part; without its heading.
    sections: BTreeMap<String, String>,
}

impl Page {
    /// Reads the page; an empty one where there is none.
    pub fn read(workspace: &Workspace, path: &'static str, head: &'static str) -> Result<Self> {
        let file = workspace.path(path);
        let text = match file.exists() {
            true => fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?,
            false => String::new(),
        };
        Ok(Self::parse(path, head, &text))
    }

    fn parse(path: &'static str, head: &'static str, text: &str) -> Self {
        let sections = text
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once('\n'))
            .map(|(name, body)| (name.to_owned(), body.trim().to_owned()))
            .collect();
        Self {
            path,
            head,
            sections,
        }
    }

    /// Puts a section in the place of an older one.
    pub fn put(&mut self, name: &str, body: &str) {
        self.sections
            .insert(name.to_owned(), body.trim().to_owned());
    }

    /// Writes the page, with its sections in the given order.
    pub fn write<'a>(
        &self,
        workspace: &Workspace,
        order: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        fs::write(workspace.path(self.path), self.text(order))
            .with_context(|| format!("cannot write {}", self.path))
    }

    fn text<'a>(&self, order: impl IntoIterator<Item = &'a str>) -> String {
        let mut text = self.head.to_owned();
        for name in order {
            if let Some(body) = self.sections.get(name) {
                let _to_memory = write!(text, "\n## {name}\n\n{body}\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_was_not_run_stays_as_it_was() {
        let mut page = Page::parse("docs/x.md", "# X\n", "");
        page.put("b", "\nold b\n");
        page.put("a", "old a\n\n| t |\n");
        let text = page.text(["a", "b"]);
        assert_eq!(text, "# X\n\n## a\n\nold a\n\n| t |\n\n## b\n\nold b\n");
        let mut page = Page::parse("docs/x.md", "# X\n", &text);
        page.put("b", "new b");
        assert_eq!(page.text(["a", "b"]), text.replace("old b", "new b"));
    }
}
