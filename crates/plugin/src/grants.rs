//! What the configuration allows a plugin, beyond pure computing.
//!
//! A plugin gets what it asks for in `describe` *and* what is granted here. To
//! add a capability: give it a name in [`known`], link its interface in
//! [`crate::runtime`] where it is granted, and say in [`crate::component`] which
//! capability an interface belongs to.

use std::collections::BTreeSet;

/// The capability of being told the time of the run.
pub(crate) const TIME: &str = "time";

/// Names of granted capabilities: `time`, later `lookup:<table>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeSet<String>);

impl Grants {
    /// Nothing is granted.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether the capability of that name is granted.
    #[must_use]
    pub fn contains(&self, capability: &str) -> bool {
        self.0.contains(capability)
    }

    /// Whether any capability of a family, such as `lookup:`, is granted.
    pub(crate) fn any_with(&self, prefix: &str) -> bool {
        self.0.iter().any(|name| name.starts_with(prefix))
    }
}

impl<S: Into<String>> FromIterator<S> for Grants {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// Whether this host knows a capability and can give it.
pub(crate) fn known(capability: &str) -> bool {
    capability == TIME
}
