//! One thing that is wrong with the configuration, shown with its line.
//!
//! A line of the file may hold what nobody should see: a token that was written
//! where a reference belongs, a password in an address. So lines are shown with
//! such values blotted out, whatever the problem on that line is.

use std::{fmt, ops::Range};

/// One thing that is wrong, where it is, and what to do about it.
///
/// Prints as several lines, without an end of line after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// What is wrong, as a fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The line, without what must not be shown.
    snippet: String,
    /// How many characters are marked in it; at least one.
    width: usize,
    /// For sorting.
    offset: usize,
}

impl Problem {
    pub(super) fn new(file: &str, text: &str, span: Range<usize>, message: String) -> Self {
        let offset = floor_boundary(text, span.start);
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let lead = before.get(line_start..).unwrap_or_default();
        let marked = text
            .get(offset..floor_boundary(text, span.end.max(offset)))
            .and_then(|marked| marked.lines().next())
            .unwrap_or_default();
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: lead.chars().count() + 1,
            message,
            hint: None,
            snippet: blot(line),
            width: marked.chars().count().max(1),
            offset,
        }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        // A tab takes one column in the mark line, too, if it is repeated there.
        let lead: String = self
            .snippet
            .chars()
            .chain(std::iter::repeat(' '))
            .take(self.column - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(
            out,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )?;
        writeln!(out, " {gutter} |")?;
        writeln!(out, " {number} | {}", self.snippet)?;
        write!(out, " {gutter} | {lead}{}", "^".repeat(self.width))?;
        match &self.hint {
            Some(hint) => write!(out, "\n {gutter} = hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// `1 problem`, `2 problems`.
pub(super) fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Blots out what may be a secret, character for character, so that the mark still fits.
fn blot(line: &str) -> String {
    let mut characters: Vec<char> = line
        .chars()
        .map(|c| if c.is_control() && c != '\t' { '?' } else { c })
        .collect();
    for range in [
        after(&characters, "token"),
        after(&characters, "password"),
        after_user(&characters),
        user_info(&characters),
        query(&characters),
    ]
    .into_iter()
    .flatten()
    {
        for c in characters.iter_mut().take(range.end).skip(range.start) {
            if !" \t={}\"'".contains(*c) {
                *c = '*';
            }
        }
    }
    characters.into_iter().collect()
}

/// All after `token =` to the end of the line, but not a sound reference.
fn after(line: &[char], key: &str) -> Option<Range<usize>> {
    let text: String = line.iter().collect();
    let at = text.find(key)?;
    let equals = at + text.get(at..)?.find('=')?;
    let value = text.get(equals + 1..)?.trim_start();
    let reference = value.strip_prefix('{').map(str::trim_start);
    let sound = reference.is_some_and(|inner| {
        ["env", "file"].iter().any(|key| {
            inner
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
                && inner.matches('=').count() == 1
        })
    });
    let start = text.get(..equals + 1)?.chars().count();
    (!sound).then_some(start..line.len())
}

/// A password that was written behind the user, as in `user = "admin:password"`.
fn after_user(line: &[char]) -> Option<Range<usize>> {
    let text: String = line.iter().collect();
    let value = text.trim_start().strip_prefix("user")?.trim_start();
    value.strip_prefix('=')?;
    let colon = line.iter().position(|c| *c == ':')?;
    Some(colon + 1..line.len())
}

/// `user:password@` in an address.
fn user_info(line: &[char]) -> Option<Range<usize>> {
    let start = scheme_end(line)?;
    let at = line.iter().rposition(|c| *c == '@')?;
    (at > start).then_some(start..at)
}

/// `?key=value` in an address.
fn query(line: &[char]) -> Option<Range<usize>> {
    let start = scheme_end(line)?;
    let mark = start + line.get(start..)?.iter().position(|c| *c == '?')?;
    Some(mark + 1..line.len())
}

fn scheme_end(line: &[char]) -> Option<usize> {
    Some(line.windows(3).position(|three| three == [':', '/', '/'])? + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_on_the_line_is_blotted_out() {
        for (line, shown) in [
            ("token = \"s3cret\"", "token = \"******\""),
            ("token = s3cret", "token = ******"),
            (
                "token = { value = \"s3cret\" }",
                "token = { ***** = \"******\" }",
            ),
            (
                "token = { env = \"WIKI_TOKEN\" }",
                "token = { env = \"WIKI_TOKEN\" }",
            ),
            (
                "base_url = \"https://me:pw@host/v2\"",
                "base_url = \"https://*****@host/v2\"",
            ),
            (
                "base_url = \"https://host/v2?key=abc\"",
                "base_url = \"https://host/v2?***=***\"",
            ),
            ("password = \"s3 cret\"", "password = \"** ****\""),
            ("password = { env = \"WP\" }", "password = { env = \"WP\" }"),
            ("user = \"admin:s3cret\"", "user = \"admin:******\""),
            ("user = \"admin\"", "user = \"admin\""),
            ("id = \"uid\"", "id = \"uid\""),
        ] {
            assert_eq!(blot(line), shown);
        }
    }

    #[test]
    fn any_place_can_be_shown() {
        let text = "a\nbü\n\n";
        for start in 0..10 {
            for end in 0..10 {
                let shown = Problem::new("f", text, start..end, "m".to_owned()).to_string();
                assert!(shown.contains('^'), "{start}..{end}");
            }
        }
    }
}
