//! References to secrets. The configuration names where a secret is, never the
//! secret itself, so that the file can be shown, copied and put under version
//! control.

use std::{env::VarError, fmt, path::PathBuf};

use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// `{ env = "NAME" }`: in an environment variable.
    Env(String),
    /// `{ file = "PATH" }`: in a file of its own, relative to the configuration.
    File(PathBuf),
}

/// Why a secret cannot be had. Names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable {0} is not set; set it before starting purser: export {0}=…")]
    Unset(String),
    /// The variable is set to nothing.
    #[error("the environment variable {0} is empty; set it to the secret")]
    EmptyVariable(String),
    /// The variable holds something that is not text.
    #[error("the environment variable {0} is not text")]
    NotText(String),
    /// The file cannot be read.
    #[error("cannot read the secret file {}; create it, readable by the user that runs purser", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        cause: std::io::Error,
    },
    /// The file holds nothing.
    #[error("the secret file {} is empty; write the secret into it", .0.display())]
    EmptyFile(PathBuf),
    /// More than one line: probably the wrong file.
    #[error("the secret in {0} has more than one line; a token is a single line")]
    Lines(String),
}

impl SecretRef {
    /// Fetches the secret. One line end after it is not part of it.
    ///
    /// # Errors
    /// The secret is not there, or is empty; the text says what to do.
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        self.resolve_with(|name| std::env::var(name))
    }

    fn resolve_with(
        &self,
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<SecretString, SecretError> {
        let text = match self {
            Self::Env(name) => match variable(name) {
                Ok(text) => text,
                Err(VarError::NotPresent) => return Err(SecretError::Unset(name.clone())),
                Err(VarError::NotUnicode(_)) => return Err(SecretError::NotText(name.clone())),
            },
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|cause| SecretError::Read {
                    path: path.clone(),
                    cause,
                })?
            }
        };
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            return Err(match self {
                Self::Env(name) => SecretError::EmptyVariable(name.clone()),
                Self::File(path) => SecretError::EmptyFile(path.clone()),
            });
        }
        // A line break inside could end the header that carries the token.
        if line.contains(['\n', '\r']) {
            return Err(SecretError::Lines(self.to_string()));
        }
        Ok(SecretString::from(line.to_owned()))
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(out, "the environment variable {name}"),
            Self::File(path) => write!(out, "the file {}", path.display()),
        }
    }
}

/// What may be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RefVisitor)
    }
}

struct RefVisitor;

impl<'de> Visitor<'de> for RefVisitor {
    type Value = SecretRef;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("{ env = \"NAME\" } or { file = \"PATH\" }")
    }

    // Not `invalid_type`: that would repeat the secret.
    fn visit_str<E: Error>(self, _: &str) -> Result<SecretRef, E> {
        Err(E::custom(
            "a secret is never written into this file; name where it is: { env = \"NAME\" } or { file = \"PATH\" }",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretRef, A::Error> {
        let raw = Raw::deserialize(MapAccessDeserializer::new(map))?;
        match (raw.env, raw.file) {
            (Some(name), None) if !name.is_empty() && !name.contains(['=', '\0']) => {
                Ok(SecretRef::Env(name))
            }
            (None, Some(path)) if !path.as_os_str().is_empty() => Ok(SecretRef::File(path)),
            _ => Err(A::Error::custom(
                "exactly one place is needed; name where the secret is: { env = \"NAME\" } or { file = \"PATH\" }",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn from_variable(value: Result<&str, VarError>) -> Result<String, String> {
        SecretRef::Env("WIKI_TOKEN".to_owned())
            .resolve_with(|name| {
                assert_eq!(name, "WIKI_TOKEN");
                value.clone().map(str::to_owned)
            })
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_variable_is_the_secret_without_one_line_end() {
        for (value, secret) in [
            ("abc", "abc"),
            ("abc\n", "abc"),
            ("abc\r\n", "abc"),
            (" a b ", " a b "),
        ] {
            assert_eq!(from_variable(Ok(value)).unwrap(), secret);
        }
        insta::assert_snapshot!(from_variable(Err(VarError::NotPresent)).unwrap_err(), @"the environment variable WIKI_TOKEN is not set; set it before starting purser: export WIKI_TOKEN=…");
        insta::assert_snapshot!(from_variable(Ok("\n")).unwrap_err(), @"the environment variable WIKI_TOKEN is empty; set it to the secret");
        insta::assert_snapshot!(from_variable(Ok("a\n\n")).unwrap_err(), @"the secret in the environment variable WIKI_TOKEN has more than one line; a token is a single line");
    }

    #[test]
    fn a_file_is_the_secret_without_one_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wiki.token");
        let secret = SecretRef::File(path.clone());
        assert!(matches!(secret.resolve(), Err(SecretError::Read { .. })));
        std::fs::write(&path, "").unwrap();
        assert!(matches!(secret.resolve(), Err(SecretError::EmptyFile(_))));
        std::fs::write(&path, "abc\n").unwrap();
        assert_eq!(secret.resolve().unwrap().expose_secret(), "abc");
    }
}
