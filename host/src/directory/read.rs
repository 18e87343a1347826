//! One resource (RFC 7644 §3.4.1).

use purser_scim::Selection;

use super::{
    Condition, Delivery, Outcome, Refused, Service, condition, not_found,
    tenant::{Kind, Role},
};
use crate::store::{Place, Related};

impl Service {
    /// Reads a resource. Without a text where the reader has this version already.
    ///
    /// # Errors
    /// There is none (404); it is not the version asked for (412).
    pub async fn read(
        &self,
        kind: &Kind,
        id: &str,
        condition: &Condition,
        selection: &Selection,
    ) -> Result<Outcome, Refused> {
        let related = match kind.role {
            Role::Container if kind.shows_related(selection) => Related::Members,
            Role::Member if kind.shows_related(selection) => Related::Groups,
            _ => Related::Nobody,
        };
        let found = self.directory.look(&kind.place, id, related).await?;
        let (entry, related) = found.ok_or_else(not_found)?;
        let known = condition.is_known(&entry);
        if !known && !condition.allows(&entry) {
            return Err(Refused::Changed);
        }
        let seen = self.seen(kind, &entry, &related);
        Ok(Outcome {
            text: (!known).then(|| seen.shown(selection)).transpose()?,
            location: self.tenant.location(kind, &entry.id),
            tag: condition::tag(entry.version),
            id: entry.id.clone(),
            delivery: Delivery::Settled,
        })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn is_ready(&self) -> Result<(), Refused> {
        let place = Place {
            tenant: self.tenant.id,
            resource_type: String::new(),
        };
        self.directory.count(&place).await?;
        Ok(())
    }
}
