//! What the configuration allows a plugin, beyond pure computing.
//!
//! A plugin gets what it asks for in `describe` *and* what is granted here. To
//! add a capability: give it a name in [`known`], link its interface in
//! [`crate::call`] where it is granted, and say in [`crate::component`] which
//! capability an interface belongs to.

use std::{collections::BTreeSet, sync::Arc};

use crate::table::{Table, Tables};

/// The capability of being told the time of the run.
pub(crate) const TIME: &str = "time";

/// What stands before a table's name in the capability of reading it.
const LOOKUP: &str = "lookup:";

/// Granted capabilities: `time` by its name, `lookup:<table>` by its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    names: BTreeSet<String>,
    tables: Tables,
}

impl Grants {
    /// Nothing is granted.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Grants `lookup:<name>`: to read this table. There is no other way to grant
    /// it, so that no table is granted and not there.
    #[must_use]
    pub fn with_table(mut self, name: &str, table: Arc<Table>) -> Self {
        self.tables.insert(name.to_owned(), table);
        self
    }

    /// Whether the capability of that name is granted.
    #[must_use]
    pub fn contains(&self, capability: &str) -> bool {
        match table_of(capability) {
            Some(table) => self.tables.contains_key(table),
            None => self.names.contains(capability),
        }
    }

    /// Whether any table may be read.
    #[must_use]
    pub fn any_table(&self) -> bool {
        !self.tables.is_empty()
    }

    /// Those of the granted tables that are asked for.
    pub(crate) fn tables<'c>(&self, capabilities: impl Iterator<Item = &'c str>) -> Tables {
        capabilities
            .filter_map(|capability| {
                let (name, table) = self.tables.get_key_value(table_of(capability)?)?;
                Some((name.clone(), Arc::clone(table)))
            })
            .collect()
    }
}

impl<S: Into<String>> FromIterator<S> for Grants {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            tables: Tables::new(),
        }
    }
}

/// The table that a capability is about, where it is about one.
#[must_use]
pub fn table_of(capability: &str) -> Option<&str> {
    capability
        .strip_prefix(LOOKUP)
        .filter(|table| !table.is_empty())
}

/// Whether this host knows a capability and can give it.
pub(crate) fn known(capability: &str) -> bool {
    capability == TIME || table_of(capability).is_some()
}
