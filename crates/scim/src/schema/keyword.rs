//! The keywords of RFC 7643 §7. Read without regard to case; an unknown one becomes the default.

/// An enum of keywords that reads tolerantly and writes the RFC's spelling.
macro_rules! keywords {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item),+
        }

        impl $name {
            /// Every keyword, in the RFC's spelling.
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),+];

            /// The keyword in the RFC's spelling.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$item => $word),+
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(input)?;
                $(if text.eq_ignore_ascii_case($word) {
                    return Ok(Self::$item);
                })+
                Ok(Self::default())
            }
        }
    };
}

keywords! {
    /// Data types (RFC 7643 §2.3).
    AttributeType {
        /// Text.
        #[default]
        String = "string",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A real number.
        Decimal = "decimal",
        /// A whole number.
        Integer = "integer",
        /// An `xsd:dateTime` in a text.
        DateTime = "dateTime",
        /// Base64 in a text.
        Binary = "binary",
        /// A URI in a text.
        Reference = "reference",
        /// An object of sub-attributes.
        Complex = "complex",
    }
}

keywords! {
    /// When a value may be written.
    Mutability {
        /// At any time.
        #[default]
        ReadWrite = "readWrite",
        /// Never by clients.
        ReadOnly = "readOnly",
        /// Once.
        Immutable = "immutable",
        /// At any time, but it is never returned.
        WriteOnly = "writeOnly",
    }
}

keywords! {
    /// When a value is returned.
    Returned {
        /// Unless other attributes are asked for.
        #[default]
        Default = "default",
        /// Whatever is asked for.
        Always = "always",
        /// Never.
        Never = "never",
        /// Only if asked for.
        Request = "request",
    }
}

keywords! {
    /// Whether values must differ between resources.
    Uniqueness {
        /// They need not.
        #[default]
        None = "none",
        /// Within a server or tenant.
        Server = "server",
        /// Everywhere.
        Global = "global",
    }
}
