//! What sites say has changed.

use purser_engine::ids::{MappingName, ObjectKey};

use super::Directory;
use crate::{
    failpoint::Step,
    store::{StoreError, sqlite::changed},
};

impl Directory {
    /// Takes down which objects have changed, for the mappings that they feed, and wakes
    /// whoever brings them to the targets. An object that stands there already is not
    /// dealt with twice.
    ///
    /// # Errors
    /// The store cannot do it; then nothing of it is kept.
    pub async fn heard(&self, events: Vec<(MappingName, ObjectKey)>) -> Result<(), StoreError> {
        self.store
            .writer
            .run(Step::NoteEvents, move |c| {
                events
                    .iter()
                    .try_for_each(|(mapping, key)| changed::note_event(c, mapping, key))
            })
            .await?;
        self.store.changes.notify_waiters();
        Ok(())
    }
}
