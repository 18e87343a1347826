//! The directory's tables: one method a question or an event.
//!
//! | file | what it does |
//! |---|---|
//! | `read.rs` | entries, their members and groups, pages and counts |
//! | `write.rs` | an entry comes, changes, goes |
//! | `index.rs` | by which values entries are found, anew |
//! | `waiting.rs` | writes that are answered when they have reached a target |
//! | `token.rs` | bearer tokens |
//! | `event.rs` | what sites say has changed |

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::Notify;

use super::SqliteStore;
use crate::{
    failpoint::Step,
    store::{
        Change, Draft, Earlier, Entry, EntryId, Feed, Key, Place, Reference, Related, StoreError,
        TenantId, Verdict, Writing, Written,
    },
};

mod event;
mod index;
mod read;
mod token;
pub(super) mod waiting;
mod write;

pub use token::NewToken;

/// So many entries are read without handing the question over.
const FEW: usize = 4;

/// A handle to the directory in the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    store: SqliteStore,
}

impl SqliteStore {
    /// The directory that it holds.
    #[must_use]
    pub fn directory(&self) -> Directory {
        Directory {
            store: self.clone(),
        }
    }
}

impl Directory {
    /// The number of a tenant, which it is given where it has none yet.
    ///
    /// # Errors
    /// The store cannot do it; so for all methods.
    pub async fn tenant(&self, name: &str) -> Result<TenantId, StoreError> {
        let find = |c: &Connection, name: &str| {
            c.prepare_cached("SELECT tenant FROM tenant WHERE name = ?1")?
                .query_row([name], |r| r.get(0).map(TenantId))
                .optional()
        };
        let named = name.to_owned();
        let known = self.store.readers.run(move |c| Ok(find(c, &named)?));
        if let Some(found) = known.await? {
            return Ok(found);
        }
        let name = name.to_owned();
        self.store
            .writer
            .run(Step::Token, move |c| {
                if let Some(found) = find(c, &name)? {
                    return Ok(found);
                }
                c.prepare_cached("INSERT INTO tenant (name) VALUES (?1)")?
                    .execute([&name])?;
                Ok(TenantId(c.last_insert_rowid()))
            })
            .await
    }

    /// One entry by its id.
    pub async fn get(&self, place: &Place, id: &str) -> Result<Option<Entry>, StoreError> {
        self.store.readers.now(|c| read::by_id(c, place, id))
    }

    /// One entry by its id, with those that it refers to, as they were at one moment.
    pub async fn look(
        &self,
        place: &Place,
        id: &str,
        with: Related,
    ) -> Result<Option<(Entry, Vec<Reference>)>, StoreError> {
        let readers = &self.store.readers;
        match with {
            // There may be many.
            Related::Members => {
                let (place, id) = (place.clone(), id.to_owned());
                let look = move |c: &_| read::with(c, &place, &id, with);
                readers.run(look).await
            }
            Related::Nobody | Related::Groups => readers.now(|c| read::with(c, place, id, with)),
        }
    }

    /// The same, as whoever brings it to a target sees it: also one that waits to come,
    /// and none that waits to go.
    pub async fn look_ahead(
        &self,
        place: &Place,
        id: &str,
    ) -> Result<Option<(Entry, Vec<Reference>)>, StoreError> {
        let (place, id) = (place.clone(), id.to_owned());
        self.store
            .readers
            .run(move |c| {
                let found = read::with(c, &place, &id, Related::Members)?;
                if found.is_some() {
                    return Ok(found);
                }
                match read::with(c, &place.hidden(), &id, Related::Members)? {
                    Some(hidden) if waiting::is_coming(c, hidden.0.entry)? => Ok(Some(hidden)),
                    _ => Ok(None),
                }
            })
            .await
    }

    /// What came of the latest write to a resource that waits for a mapping: nothing
    /// yet, or a verdict; none where no write waits.
    pub async fn verdict(
        &self,
        feed: &Feed,
        id: &str,
    ) -> Result<Option<Option<Verdict>>, StoreError> {
        let feed = (feed.mapping.as_str(), feed.kind.as_str());
        self.store.readers.now(|c| waiting::verdict(c, feed, id))
    }

    /// Creates that were sent with this `externalId` and wait, or have waited.
    pub async fn earlier(
        &self,
        place: &Place,
        external_id: &str,
    ) -> Result<Vec<Earlier>, StoreError> {
        let (place, external_id) = (place.clone(), external_id.to_owned());
        self.store
            .readers
            .run(move |c| waiting::earlier(c, &place, &external_id))
            .await
    }

    /// Whoever waits here is woken when a job was settled.
    #[must_use]
    pub fn settled(&self) -> Arc<Notify> {
        Arc::clone(&self.store.settled)
    }

    /// The entries behind `after` that have a value, in order.
    pub async fn by_value(
        &self,
        place: &Place,
        (attribute, value): (&str, &str),
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        // Mostly it is one.
        let few = limit.min(FEW);
        let found = |c: &_| read::by_value(c, place, (attribute, value), after, 0, few);
        let found = self.store.readers.now(found)?;
        if found.len() < few || few == limit {
            return Ok(found);
        }
        let place = place.clone();
        let (attribute, value) = (attribute.to_owned(), value.to_owned());
        self.store
            .readers
            .run(move |c| read::by_value(c, &place, (&attribute, &value), after, 0, limit))
            .await
    }

    /// The entries behind `after` that have no value of an attribute, in order, without
    /// the first `skip` of them. `attribute` is the name under which those are indexed.
    pub async fn without(
        &self,
        place: &Place,
        attribute: &str,
        after: EntryId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (place, attribute) = (place.clone(), attribute.to_owned());
        self.store
            .readers
            .run(move |c| read::by_value(c, &place, (&attribute, ""), after, skip, limit))
            .await
    }

    /// How many entries have no value of an attribute.
    pub async fn count_without(&self, place: &Place, attribute: &str) -> Result<u64, StoreError> {
        let (place, attribute) = (place.clone(), attribute.to_owned());
        self.store
            .readers
            .run(move |c| read::count_by_value(c, &place, (&attribute, "")))
            .await
    }

    /// The entries that have a value of an attribute, each with it, in the order of the
    /// values: behind `after`, and without the first `skip` of them.
    pub async fn in_order(
        &self,
        place: &Place,
        (attribute, descending): (&str, bool),
        after: Option<(String, EntryId)>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<(String, Entry)>, StoreError> {
        let (place, attribute) = (place.clone(), attribute.to_owned());
        self.store
            .readers
            .run(move |c| {
                let by = (attribute.as_str(), descending);
                read::in_order(c, &place, by, after.as_ref(), skip, limit)
            })
            .await
    }

    /// The entries behind `after` in order, without the first `skip` of them.
    pub async fn page(
        &self,
        place: &Place,
        after: EntryId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let place = place.clone();
        self.store
            .readers
            .run(move |c| read::page(c, &place, after, skip, limit))
            .await
    }

    /// How many entries there are.
    pub async fn count(&self, place: &Place) -> Result<u64, StoreError> {
        self.store.readers.now(|c| read::count(c, place))
    }

    /// The members of each of these groups, in the order in which they were created.
    pub async fn members(&self, groups: Vec<EntryId>) -> Result<Vec<Vec<Reference>>, StoreError> {
        self.store
            .readers
            .run(move |c| {
                groups
                    .iter()
                    .map(|group| read::members(c, *group))
                    .collect()
            })
            .await
    }

    /// The groups of each of these entries, in the order in which they were created.
    pub async fn groups(&self, members: Vec<EntryId>) -> Result<Vec<Vec<Reference>>, StoreError> {
        let few = members.len() <= FEW;
        let groups = move |c: &_| {
            members
                .iter()
                .map(|member| read::groups(c, *member))
                .collect()
        };
        if few {
            return self.store.readers.now(groups);
        }
        self.store.readers.run(groups).await
    }

    /// The entries behind `after` that have the resource `member` among their members.
    pub async fn containing(
        &self,
        place: &Place,
        member: &str,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (place, member) = (place.clone(), member.to_owned());
        self.store
            .readers
            .run(move |c| read::containing(c, &place, &member, after, limit))
            .await
    }

    /// The entries behind `after` that belong to the group `group`.
    pub async fn contained(
        &self,
        place: &Place,
        group: &str,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (place, group) = (place.clone(), group.to_owned());
        self.store
            .readers
            .run(move |c| read::contained(c, &place, &group, after, limit))
            .await
    }

    /// Which attributes are indexed, as it was said last; none while that is unfinished.
    pub async fn indexed(&self, place: &Place) -> Result<Option<String>, StoreError> {
        let place = place.clone();
        self.store
            .readers
            .run(move |c| index::attributes(c, &place))
            .await
    }

    /// Begins to index anew: nothing is found by a value until that is finished.
    pub async fn begin_index(&self, place: &Place) -> Result<(), StoreError> {
        let place = place.clone();
        self.store
            .writer
            .run(Step::Index, move |c| index::begin(c, &place))
            .await
    }

    /// Adds the keys of entries.
    pub async fn add_keys(
        &self,
        place: &Place,
        keys: Vec<(EntryId, Vec<Key>)>,
    ) -> Result<(), StoreError> {
        let place = place.clone();
        self.store
            .writer
            .run(Step::Index, move |c| index::add(c, &place, &keys))
            .await
    }

    /// All entries are indexed by these attributes.
    pub async fn end_index(&self, place: &Place, attributes: &str) -> Result<(), StoreError> {
        let (place, attributes) = (place.clone(), attributes.to_owned());
        self.store
            .writer
            .run(Step::Index, move |c| index::end(c, &place, &attributes))
            .await
    }

    /// Keeps a new resource.
    pub async fn create(
        &self,
        place: &Place,
        draft: Draft,
        writing: Writing,
    ) -> Result<Written, StoreError> {
        let place = place.clone();
        self.write(writing, move |c, writing| {
            write::create(c, &place, &draft, writing)
        })
        .await
    }

    /// Changes a resource.
    pub async fn change(
        &self,
        place: &Place,
        change: Change,
        writing: Writing,
    ) -> Result<Written, StoreError> {
        let place = place.clone();
        self.write(writing, move |c, writing| {
            write::change(c, &place, &change, writing)
        })
        .await
    }

    /// Forgets a resource and its memberships. The keys are those of the document
    /// whose version is `from`.
    pub async fn delete(
        &self,
        place: &Place,
        id: &str,
        from: u64,
        keys: Vec<Key>,
        writing: Writing,
    ) -> Result<Written, StoreError> {
        let (place, id) = (place.clone(), id.to_owned());
        self.write(writing, move |c, writing| {
            write::delete(c, &place, &id, from, &keys, writing)
        })
        .await
    }

    /// Writes, and wakes whoever waits for changes once that is on the disk.
    async fn write<F>(&self, writing: Writing, body: F) -> Result<Written, StoreError>
    where
        F: Fn(&Connection, &Writing) -> Result<Written, StoreError> + Send + 'static,
    {
        let heard = !writing.feeds.is_empty();
        let written = self
            .store
            .writer
            .run(Step::DirectoryWrite, move |c| body(c, &writing))
            .await?;
        if heard && matches!(written, Written::Done(_)) {
            self.store.changes.notify_waiters();
        }
        Ok(written)
    }

    /// Whoever waits here is woken when something has changed for a mapping.
    #[must_use]
    pub fn changes(&self) -> Arc<Notify> {
        Arc::clone(&self.store.changes)
    }
}
