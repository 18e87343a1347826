//! The schemas that ship: RFC 7643 §8.7.1 and what §2.4 and §3.1 define without a schema of
//! their own.

use std::sync::{Arc, LazyLock};

use super::{Attribute, Schema};

/// A data file read once. A file that cannot be read would be an empty schema instead of a panic;
/// a test holds every file to its contents.
macro_rules! data {
    ($file:literal) => {
        LazyLock::new(|| Arc::new(serde_json::from_str(include_str!($file)).unwrap_or_default()))
    };
}

static USER: LazyLock<Arc<Schema>> = data!("data/user.json");
static GROUP: LazyLock<Arc<Schema>> = data!("data/group.json");
static ENTERPRISE_USER: LazyLock<Arc<Schema>> = data!("data/enterprise_user.json");
static COMMON: LazyLock<Arc<Schema>> = data!("data/common.json");
static VALUE_DEFAULTS: LazyLock<Arc<Schema>> = data!("data/value_defaults.json");

pub(super) fn user() -> Arc<Schema> {
    Arc::clone(&USER)
}

pub(super) fn group() -> Arc<Schema> {
    Arc::clone(&GROUP)
}

pub(super) fn enterprise_user() -> Arc<Schema> {
    Arc::clone(&ENTERPRISE_USER)
}

/// `schemas`, `id`, `externalId` and `meta` (RFC 7643 §3, §3.1). `schemas` is a string here, since
/// a reference would compare exactly and URNs do not (RFC 7643 §2.1).
pub(super) fn common() -> &'static Schema {
    &COMMON
}

/// The sub-attributes that every complex multi-valued attribute has (RFC 7643 §2.4).
pub(super) fn value_defaults() -> &'static [Attribute] {
    &VALUE_DEFAULTS.attributes
}

impl Schema {
    /// The User schema of RFC 7643 §8.7.1.
    #[must_use]
    pub fn user() -> Self {
        Self::clone(&USER)
    }

    /// The Group schema of RFC 7643 §8.7.1.
    #[must_use]
    pub fn group() -> Self {
        Self::clone(&GROUP)
    }

    /// The EnterpriseUser extension of RFC 7643 §8.7.1.
    #[must_use]
    pub fn enterprise_user() -> Self {
        Self::clone(&ENTERPRISE_USER)
    }
}
