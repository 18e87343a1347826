//! What is stored about an object beside its link.

use rusqlite::Connection;

use crate::store::StoreError;

/// Of most objects there is nothing, and one question costs less than to look into each
/// table, or to delete from it.
pub(super) struct Left {
    parked: bool,
    held: bool,
    waits: bool,
    begun: bool,
    /// It refers to others.
    pub refers: bool,
    /// Its mapping wrote memberships.
    pub wants: bool,
    /// Somebody refers to it.
    pub referred: bool,
    /// It is a member or a group of somebody's.
    pub member: bool,
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
                        EXISTS (SELECT 1 FROM edge_want WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3),
                        EXISTS (SELECT 1 FROM reference WHERE mapping = ?1 AND to_kind = ?2 AND to_id = ?3),
                        EXISTS (SELECT 1 FROM edge_want WHERE mapping = ?1 AND member_kind = ?2 AND member_id = ?3)
                     OR EXISTS (SELECT 1 FROM edge_want WHERE mapping = ?1 AND group_kind = ?2 AND group_id = ?3)
                     OR EXISTS (SELECT 1 FROM edge_have WHERE mapping = ?1 AND member_kind = ?2 AND member_id = ?3)",
            )?
            .query_row(key, |r| {
                Ok(Self {
                    parked: r.get(0)?,
                    held: r.get(1)?,
                    waits: r.get(2)?,
                    begun: r.get(3)?,
                    refers: r.get(4)?,
                    wants: r.get(5)?,
                    referred: r.get(6)?,
                    member: r.get(7)?,
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
