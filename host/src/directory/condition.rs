//! Versions as entity tags (RFC 7644 §3.14, RFC 9110 §8.8.3).
//!
//! Tags are weak: what is shown of one version may differ by what a client asks for.
//! RFC 9110 §13.1.1 would have `If-Match` compare strongly, where a weak tag never
//! matches; RFC 7644's own examples send weak ones there, so they are compared weakly.

use crate::store::Entry;

/// What a conditional header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `*`: anything that is there.
    Any,
    /// One of these, without `W/` and quotation marks.
    Of(Vec<String>),
}

/// The conditional headers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `If-Match`: do it only if the version is one of these.
    pub if_match: Option<Tag>,
    /// `If-None-Match`: do it only if the version is none of these.
    pub if_none_match: Option<Tag>,
}

impl Tag {
    /// Reads the value of a header. What is no tag names no version.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        let one = |tag: &str| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            tag.trim_matches('"').to_owned()
        };
        Self::Of(text.split(',').map(one).collect())
    }

    fn names(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags.iter().any(|tag| *tag == version.to_string()),
        }
    }
}

impl Condition {
    /// For a version that a bulk operation names (RFC 7644 §3.7).
    #[must_use]
    pub fn version(text: Option<&str>) -> Self {
        Self {
            if_match: text.map(Tag::parse),
            if_none_match: None,
        }
    }

    /// Whether a write may be done to the entry as it is.
    #[must_use]
    pub fn allows(&self, entry: &Entry) -> bool {
        let matches = self.if_match.as_ref();
        let not = self.if_none_match.as_ref();
        matches.is_none_or(|tag| tag.names(entry.version))
            && not.is_none_or(|tag| !tag.names(entry.version))
    }

    /// Whether the reader has this version already.
    #[must_use]
    pub fn is_known(&self, entry: &Entry) -> bool {
        let not = self.if_none_match.as_ref();
        not.is_some_and(|tag| tag.names(entry.version))
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }
}

/// The tag of a version, for `ETag` and `meta.version`.
#[must_use]
pub(super) fn tag(version: u64) -> String {
    format!("W/\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_every_spelling() {
        for text in ["W/\"3\"", "\"3\"", "3", " W/\"1\" , W/\"3\"", "*"] {
            assert!(Tag::parse(text).names(3), "{text}");
        }
        for text in ["W/\"4\"", "", "W/\"33\""] {
            assert!(!Tag::parse(text).names(3), "{text}");
        }
    }
}
