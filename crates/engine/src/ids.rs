//! Names and identifiers. Each has a type of its own, so that a target's id can
//! never be passed where a source's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// The configured name of a source.
    SourceName
}
name! {
    /// The configured name of a target.
    TargetName
}
name! {
    /// The configured name of a mapping (source → target).
    MappingName
}
name! {
    /// A kind of source object as the source's configuration names it: `user`, `role`, `group`.
    Kind
}
name! {
    /// The source's own stable identifier of an object within its kind.
    SourceId
}
name! {
    /// The identifier that the target gave to a resource (RFC 7643 §3.1 `id`).
    TargetId
}
name! {
    /// The name of a SCIM resource type (RFC 7643 §6 `name`): `User`, `Group` …
    ResourceType
}

impl ResourceType {
    /// `User` of RFC 7643 §4.1.
    pub fn user() -> Self {
        Self::new("User")
    }

    /// `Group` of RFC 7643 §4.2.
    pub fn group() -> Self {
        Self::new("Group")
    }
}

/// One reconciliation, as numbered by the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A source object: its kind and its id within that kind, written `user:17`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The kind, which contains no colon.
    pub kind: Kind,
    /// The id within the kind, which may contain anything.
    pub id: SourceId,
}

impl ObjectKey {
    /// Puts the two together.
    pub fn new(kind: impl Into<Kind>, id: impl Into<SourceId>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// A text that is not `<kind>:<id>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form <kind>:<id>, such as user:17")]
pub struct NotAnObjectKey(pub String);

impl FromStr for ObjectKey {
    type Err = NotAnObjectKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(Self::new(kind, id)),
            _ => Err(NotAnObjectKey(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_key_reads_what_it_prints_and_ids_may_hold_colons() {
        let key: ObjectKey = "user:a:b".parse().unwrap();
        assert_eq!(key, ObjectKey::new("user", "a:b"));
        assert_eq!(key.to_string(), "user:a:b");
        for bad in ["", "user", ":7", "user:"] {
            assert!(bad.parse::<ObjectKey>().is_err(), "{bad}");
        }
    }
}
