//! Reads sections out of the parsed document and gathers what is wrong.

use std::{
    fmt,
    marker::PhantomData,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, MapAccess, Visitor},
};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};
use url::Url;

use super::{
    explain::{explain, suggest},
    problem::Problem,
};

/// What every section gets: a way to read values, and a way to complain.
pub(super) struct Reader<'t> {
    text: &'t str,
    file: String,
    folder: PathBuf,
    problems: Vec<Problem>,
}

/// The name of a section such as `[source.drupal]`, and where it stands.
pub(super) struct Name {
    pub text: String,
    pub span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, path: &Path) -> Self {
        Self {
            text,
            file: path.display().to_string(),
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            problems: Vec::new(),
        }
    }

    /// Everything that was found, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(Problem::offset);
        self.problems
    }

    /// Reports something with a remedy.
    pub(super) fn problem(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let mut problem = Problem::new(&self.file, self.text, span, message.into());
        problem.hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self.problems.push(problem);
    }

    pub(super) fn unknown_key(&mut self, span: Range<usize>, key: &str, known: &[&str]) {
        self.problem(
            span,
            format!("unknown key `{key}`"),
            suggest(key, known, "the keys here are"),
        );
    }

    /// The text is not TOML.
    pub(super) fn syntax(&mut self, error: &toml::de::Error) {
        let end = self.text.len();
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        self.problem(
            error.span().unwrap_or(end..end),
            format!("not TOML: {message}"),
            "texts stand in quotes, a section begins with its name in brackets; see https://toml.io",
        );
    }

    /// Joins a path of the configuration to the folder of its file.
    pub(super) fn path(&mut self, path: &Spanned<PathBuf>) -> PathBuf {
        let text = path.get_ref().as_os_str().as_encoded_bytes();
        if text.is_empty() || text.contains(&0) {
            self.problem(
                path.span(),
                "this is not a path",
                "write the name of a file, relative to this one or absolute",
            );
        }
        self.folder.join(path.get_ref())
    }

    /// Reads one value. What is wrong with its shape is reported; `fallback`
    /// is the place where the shape itself does not tell one.
    pub(super) fn read<T: Deserialize<'t>>(
        &mut self,
        value: Spanned<DeValue<'t>>,
        fallback: Range<usize>,
    ) -> Option<T> {
        let whole = value.span();
        match T::deserialize(value.into_deserializer()) {
            Ok(read) => Some(read),
            Err(error) => {
                let explained = explain(error.message());
                // What is missing is missing in the section, and its name is the best place to show.
                let span = error
                    .span()
                    .filter(|span| *span != whole)
                    .unwrap_or(fallback);
                self.problem(span, explained.message, explained.hint.unwrap_or_default());
                None
            }
        }
    }

    /// Takes the discriminator out of a section: what stands in `connector`, and the rest.
    pub(super) fn connector<C: Deserialize<'t>>(
        &mut self,
        name: &Name,
        section: Spanned<DeValue<'t>>,
    ) -> Option<(C, Spanned<DeValue<'t>>)> {
        let (connector, rest) = taken(section, "connector")?;
        let Some(connector) = connector else {
            self.problem(
                name.span.clone(),
                "the key `connector` is missing",
                "say what this is: `connector = \"file\"` for a source, `connector = \"scim\"` for a target",
            );
            return None;
        };
        let place = connector.span();
        let connector = self.read(connector, place)?;
        Some((connector, rest))
    }

    /// Takes the name of the site behind a connector out of its section, where it stands.
    pub(super) fn site(
        &mut self,
        section: Spanned<DeValue<'t>>,
    ) -> Option<(Option<String>, Spanned<DeValue<'t>>)> {
        let (site, rest) = taken(section, "site")?;
        let site = site.and_then(|site| {
            let place = site.span();
            let name: Spanned<String> = self.read(site, place)?;
            self.is_given(
                &name,
                "a name for the site behind it, the same wherever it is meant",
            );
            Some(name.into_inner())
        });
        Some((site, rest))
    }

    /// Reads the sections `[what.NAME]`. Returns what could be read, and all
    /// names, so that one fault does not cause another report.
    pub(super) fn named<T>(
        &mut self,
        what: &str,
        sections: Option<Spanned<DeValue<'t>>>,
        mut read: impl FnMut(&Name, Spanned<DeValue<'t>>, &mut Self) -> Option<T>,
    ) -> (Vec<T>, Vec<String>) {
        let Some(sections) = sections else {
            return Default::default();
        };
        let span = sections.span();
        let DeValue::Table(sections) = sections.into_inner() else {
            let hint = format!("write a section `[{what}.NAME]`");
            self.problem(
                span,
                format!("expected sections `{what}.NAME`, found a value"),
                hint,
            );
            return Default::default();
        };
        let (mut items, mut names) = (Vec::new(), Vec::new());
        for (key, value) in sections {
            let name = Name {
                text: key.get_ref().to_string(),
                span: key.span(),
            };
            names.push(name.text.clone());
            if !self.is_name(&name.text, name.span.clone()) {
                continue;
            }
            if !value.get_ref().is_table() {
                let hint = format!("write a section `[{what}.{}]`", name.text);
                self.problem(name.span, "expected a section, found a value", hint);
                continue;
            }
            items.extend(read(&name, value, self));
        }
        (items, names)
    }

    /// Whether a text can name something on a command line and in `kind:id`.
    pub(super) fn is_name(&mut self, text: &str, span: Range<usize>) -> bool {
        let good = !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c));
        if !good {
            self.problem(
                span,
                "this is not a name",
                "use letters, digits, `_`, `-` and `.`",
            );
        }
        good
    }

    /// Whether a text is there.
    pub(super) fn is_given(&mut self, text: &Spanned<String>, what: &str) -> bool {
        let given = !text.get_ref().trim().is_empty();
        if !given {
            self.problem(text.span(), "this text is empty", format!("write {what}"));
        }
        given
    }

    /// An address of http or https to which paths are appended; with an example of one.
    pub(super) fn address(&mut self, text: &Spanned<String>, example: &str) -> Option<Url> {
        let parsed = Url::parse(text.get_ref());
        let (message, hint) = match parsed {
            Err(_) => (
                "this is not an address",
                format!("write it in full, such as {example}"),
            ),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => (
                "only http and https are spoken",
                "begin the address with https://".to_owned(),
            ),
            // Addresses end up in logs; secrets must not.
            Ok(url) if !url.username().is_empty() || url.password().is_some() => (
                "the address holds credentials",
                "take them out of it: an address is no place for a secret".to_owned(),
            ),
            Ok(url) if url.query().is_some() || url.fragment().is_some() => (
                "the address holds a query or a fragment",
                "leave out `?` or `#` and all after it: the paths of resources are appended"
                    .to_owned(),
            ),
            Ok(url) => return Some(url),
        };
        self.problem(text.span(), message, hint);
        None
    }

    /// A number that cannot be zero.
    pub(super) fn above_zero<N>(&mut self, number: Option<Spanned<N>>, default: N) -> N
    where
        N: Copy + Default + PartialEq + fmt::Display,
    {
        let Some(number) = number else { return default };
        if *number.get_ref() == N::default() {
            self.problem(
                number.span(),
                "this must be 1 or more",
                format!("leave it out for the default of {default}"),
            );
        }
        *number.get_ref()
    }

    /// The place of byte `at` inside a text value, or of the value itself where
    /// escapes make the two differ.
    pub(super) fn inside(&self, value: &Spanned<String>, at: usize) -> Range<usize> {
        let span = value.span();
        let inner = span.start + 1..span.end.saturating_sub(1);
        if self.text.get(inner.clone()) == Some(value.get_ref().as_str()) {
            let start = (inner.start + at).min(inner.end);
            start..start + 1
        } else {
            span
        }
    }
}

/// A table whose keys are free, in the order of the file.
pub(super) struct Pairs<V>(pub Vec<(Spanned<String>, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// A key of a section, where it stands there, and the rest.
fn taken<'t>(
    section: Spanned<DeValue<'t>>,
    key: &str,
) -> Option<(Option<Spanned<DeValue<'t>>>, Spanned<DeValue<'t>>)> {
    let span = section.span();
    let DeValue::Table(table) = section.into_inner() else {
        return None;
    };
    let is_meant = |name: &Spanned<DeString<'t>>| name.get_ref().as_ref() == key;
    let (meant, rest): (DeTable<'t>, DeTable<'t>) =
        table.into_iter().partition(|(name, _)| is_meant(name));
    let value = meant.into_iter().next().map(|(_, value)| value);
    Some((value, Spanned::new(span, DeValue::Table(rest))))
}
