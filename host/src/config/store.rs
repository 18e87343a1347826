//! `[store]`: where the durable state is.

use std::path::PathBuf;

use serde::Deserialize;
use toml::{Spanned, de::DeValue};

use super::reader::Reader;

/// The name of the store unless configured otherwise.
const DEFAULT_PATH: &str = "purser.db";

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// The database file; made when it is not there. `purser.db` beside the configuration.
    pub path: PathBuf,
    /// Where compiled plugins are kept; made when it is not there. The database's
    /// name with `.cache` after it.
    pub cache: PathBuf,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Raw {
    path: Option<Spanned<PathBuf>>,
    cache: Option<Spanned<PathBuf>>,
}

/// Reads the section; left out, everything has its default.
pub(super) fn read<'t>(
    section: Option<Spanned<DeValue<'t>>>,
    reader: &mut Reader<'t>,
) -> Option<StoreConfig> {
    let raw: Raw = match section {
        None => Raw::default(),
        Some(section) => {
            let span = section.span();
            reader.read(section, span)?
        }
    };
    let path = raw
        .path
        .unwrap_or_else(|| Spanned::new(0..0, PathBuf::from(DEFAULT_PATH)));
    let path = reader.path(&path);
    let cache = raw.cache.map_or_else(
        || {
            let mut name = path.clone().into_os_string();
            name.push(".cache");
            PathBuf::from(name)
        },
        |cache| reader.path(&cache),
    );
    Some(StoreConfig { path, cache })
}
