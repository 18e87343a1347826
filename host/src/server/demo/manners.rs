//! How the server misbehaves, where somebody asks for it: as real targets do,
//! and honestly by the letter of the RFC.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use purser_scim::{
    Resource,
    schema::{Schema, Uniqueness},
};

/// Bad manners; by default there are none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// For so long a new resource is counted, but not shown to whoever reads:
    /// a search index that lags behind. Writes find it at once.
    pub shows_after: Duration,
    /// Users may share a name, and the schema says so.
    pub shares_names: bool,
}

impl Manners {
    /// Whether a reader sees the resource at `now`.
    pub(super) fn shows(&self, resource: &Resource, now: Timestamp) -> bool {
        let created = resource
            .get("meta")
            .and_then(|meta| meta.get("created")?.as_str())
            .and_then(|text| text.parse::<Timestamp>().ok());
        let age = created.map(|created| now.duration_since(created));
        let delay = SignedDuration::try_from(self.shows_after).unwrap_or(SignedDuration::MAX);
        age.is_none_or(|age| age >= delay)
    }

    /// The schema, as it is kept to.
    pub(super) fn schema(&self, mut schema: Schema) -> Schema {
        if self.shares_names {
            for attribute in &mut schema.attributes {
                attribute.uniqueness = Uniqueness::None;
            }
        }
        schema
    }
}
