//! Entries as connectors of this host see them: as they are kept.

use purser_scim::{Filter, Resource, Selection, message::SearchRequest};

use super::{
    Condition, Refused, Service, index, not_found, tenant::Kind, tenant::Role, unreadable,
};
use crate::store::{Entry, EntryId, Place, Reference};

/// An entry and who belongs to it.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it is kept.
    pub entry: Entry,
    /// Its members, if it is a group.
    pub members: Vec<Reference>,
}

/// So many entries are indexed in one transaction.
const BATCH: usize = 500;

impl Service {
    /// Makes sure that entries are found by what the configuration indexes: if that has
    /// changed, all of them are indexed anew. To be called before anybody asks.
    ///
    /// # Errors
    /// A document cannot be read; the store cannot do it.
    pub async fn index(&self) -> Result<(), Refused> {
        for kind in self.tenant.kinds.iter() {
            let wanted = index::name(&kind.indexed);
            if self.directory.indexed(&kind.place).await?.as_ref() == Some(&wanted) {
                continue;
            }
            self.directory.begin_index(&kind.place).await?;
            // Who waits to come or to go has its name as well.
            for place in [&kind.place, &kind.place.hidden()] {
                self.index_all(kind, place).await?;
            }
            self.directory.end_index(&kind.place, &wanted).await?;
        }
        Ok(())
    }

    /// The keys of all entries at a place, as entries of their kind.
    async fn index_all(&self, kind: &Kind, place: &Place) -> Result<(), Refused> {
        let mut after = EntryId::default();
        loop {
            let entries = self.directory.page(place, after, 0, BATCH).await?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            after = last.entry;
            let mut keys = Vec::with_capacity(entries.len());
            for entry in &entries {
                let resource = Resource::parse(&entry.document).map_err(unreadable)?;
                keys.push((entry.entry, index::keys(&kind.indexed, &resource)));
            }
            self.directory.add_keys(&kind.place, keys).await?;
        }
    }

    /// The next entries of a kind behind one, in order, with their members.
    ///
    /// # Errors
    /// The tenant has no such kind; the store cannot answer.
    pub async fn held(
        &self,
        kind: &str,
        after: EntryId,
        limit: usize,
    ) -> Result<Vec<Held>, Refused> {
        let kind = self.tenant.kind(kind).ok_or_else(not_found)?;
        let entries = self.directory.page(&kind.place, after, 0, limit).await?;
        let of = entries.iter().map(|entry| entry.entry).collect();
        let is_group = kind.role == Role::Container;
        let mut members = self.related_of(kind, of, is_group).await?.into_iter();
        let held = entries.into_iter().map(|entry| Held {
            entry,
            members: members.next().unwrap_or_default(),
        });
        Ok(held.collect())
    }

    /// One entry, with its members; none where there is none.
    ///
    /// # Errors
    /// The tenant has no such kind; the store cannot answer.
    pub async fn held_one(&self, kind: &str, id: &str) -> Result<Option<Held>, Refused> {
        let kind = self.tenant.kind(kind).ok_or_else(not_found)?;
        let found = self.directory.look_ahead(&kind.place, id).await?;
        Ok(found.map(|(entry, members)| Held { entry, members }))
    }

    /// The next entries of a kind behind one, without the first `skip` of them.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn entries(
        &self,
        kind: &Kind,
        after: EntryId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, Refused> {
        let place = &kind.place;
        Ok(self.directory.page(place, after, skip, limit).await?)
    }

    /// How many entries of a kind there are.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn total(&self, kind: &Kind) -> Result<u64, Refused> {
        Ok(self.directory.count(&kind.place).await?)
    }

    /// An entry as a resource, without members and groups.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn resource(&self, kind: &Kind, entry: &Entry) -> Result<Resource, Refused> {
        let seen = self.seen(kind, entry, &[]);
        seen.resource()
    }

    /// The first resources that a filter finds, without members and groups.
    ///
    /// # Errors
    /// The filter does not fit; the store cannot answer.
    pub async fn find(
        &self,
        kind: &Kind,
        filter: &Filter,
        limit: u64,
        at: jiff::Timestamp,
    ) -> Result<Vec<Resource>, Refused> {
        let request = SearchRequest {
            filter: Some(filter.clone()),
            count: Some(limit),
            excluded_attributes: ["members", "groups"].map(purser_scim::AttrPath::new).into(),
            ..SearchRequest::default()
        };
        let found = self.search(vec![kind], &request, at).await?;
        let texts = found.resources.iter();
        texts
            .map(|text| Resource::parse(text).map_err(unreadable))
            .collect()
    }

    /// One resource, whole; none where there is none.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn look_up(&self, kind: &Kind, id: &str) -> Result<Option<Resource>, Refused> {
        let all = Selection::default();
        match self.read(kind, id, &Condition::default(), &all).await {
            Ok(read) => {
                let text = read.text.unwrap_or_default();
                Ok(Some(Resource::parse(&text).map_err(unreadable)?))
            }
            Err(Refused::Scim(error)) if error.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }
}
