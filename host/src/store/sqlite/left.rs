//! What earlier runs have left about an object that is now as it should be.

use rusqlite::Connection;

use crate::store::StoreError;

/// Of most objects there is nothing, and one question costs less than to delete that
/// from each table.
pub(super) struct Left {
    parked: bool,
    held: bool,
    waits: bool,
    begun: bool,
    /// It refers to others.
    pub refers: bool,
    /// Its mapping wrote memberships.
    pub wants: bool,
}

impl Left {
    /// Looks for it; `key` is mapping, kind and id.
    pub(super) fn of(c: &Connection, key: [&str; 3]) -> Result<Self, StoreError> {
        let left = c
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM parked WHERE mapping = ?1 AND kind = ?2 AND id = ?3),
                        EXISTS (SELECT 1 FROM held WHERE mapping = ?1 AND kind = ?2 AND id = ?3),
                        EXISTS (SELECT 1 FROM waiter WHERE mapping = ?1 AND kind = ?2 AND id = ?3),
                        EXISTS (SELECT 1 FROM intent WHERE mapping = ?1 AND kind = ?2 AND id = ?3),
                        EXISTS (SELECT 1 FROM reference WHERE mapping = ?1 AND kind = ?2 AND id = ?3),
                        EXISTS (SELECT 1 FROM edge_want WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3)",
            )?
            .query_row(key, |r| {
                Ok(Self {
                    parked: r.get(0)?,
                    held: r.get(1)?,
                    waits: r.get(2)?,
                    begun: r.get(3)?,
                    refers: r.get(4)?,
                    wants: r.get(5)?,
                })
            })?;
        Ok(left)
    }

    /// Nothing about the object waits any longer.
    pub(super) fn over(&self, c: &Connection, key: [&str; 3]) -> Result<(), StoreError> {
        let tables = [
            (self.parked, "parked"),
            (self.held, "held"),
            (self.waits, "waiter"),
            (self.begun, "intent"),
        ];
        for (_, table) in tables.into_iter().filter(|(left, _)| *left) {
            c.prepare_cached(&format!(
                "DELETE FROM {table} WHERE mapping = ?1 AND kind = ?2 AND id = ?3"
            ))?
            .execute(key)?;
        }
        Ok(())
    }
}
