//! Queries (RFC 7644 §3.4.2, §3.4.3, RFC 9865).
//!
//! Entries are walked in the order in which they were created, which never changes, or in
//! that of an indexed attribute. The filter's narrowest way leads to them (`access.rs`);
//! whatever it leaves open is asked of each. What no index has in order is sorted here
//! (`sorted.rs`). A search that has to look at many gives up after a time rather than hold
//! up the others.

use std::time::Instant;

use jiff::Timestamp;
use purser_scim::{
    Filter, Resource, ScimError, ScimType, Selection, message::SearchRequest, sort::Order,
};

use super::{
    Refused, Service,
    access::{self, Access, Way},
    cursor::Cursor,
    tenant::Kind,
};
use crate::store::Entry;

/// So many entries are looked at in one question to the store.
pub(super) const BATCH: usize = 500;

/// What a query found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many resources match; none where a cursor walk does not count them.
    pub total: Option<u64>,
    /// The position of the first, from 1; none with a cursor.
    pub start: Option<u64>,
    /// The resources, each as JSON.
    pub resources: Vec<String>,
    /// Where the walk goes on; none at its end, or without a cursor.
    pub next: Option<String>,
}

/// A query over one kind or several, as it is carried out: along its ways, one after
/// another.
pub(super) struct Query<'a> {
    pub kinds: Vec<&'a Kind>,
    pub ways: Vec<Way>,
    filter: Option<&'a Filter>,
    /// What its cursors belong to: all of it but the page.
    named: String,
    began: Instant,
}

/// Which page of a query.
pub(super) enum Page {
    /// By its first position, from 1.
    At(u64),
    /// Behind a cursor; none leads to the first page (RFC 9865 §2).
    Behind(Option<Cursor>),
}

/// An entry on one of the ways.
pub(super) struct Hit {
    pub way: usize,
    pub entry: Entry,
    /// Where it is sorted, as in [`Cursor::key`].
    pub key: Option<String>,
}

impl Hit {
    fn cursor(&self) -> Cursor {
        Cursor {
            way: self.way,
            after: self.entry.entry,
            key: self.key.clone(),
        }
    }
}

impl<'a> Query<'a> {
    pub(super) fn kind(&self, way: usize) -> Option<&'a Kind> {
        let way = self.ways.get(way)?;
        self.kinds.get(way.kind).copied()
    }
}

impl Service {
    /// Finds the resources of these kinds that match.
    ///
    /// # Errors
    /// The query does not fit (400), or takes more than its bounds (`tooMany`).
    pub async fn search(
        &self,
        kinds: Vec<&Kind>,
        request: &SearchRequest,
        at: Timestamp,
    ) -> Result<Found, Refused> {
        let selection = Selection::new(
            request.attributes.clone(),
            request.excluded_attributes.clone(),
        );
        let filter = request.filter.as_ref();
        let mut orders = Vec::new();
        for kind in &kinds {
            if let Some(filter) = filter {
                filter.check(&kind.schema)?;
            }
            if let Some(by) = &request.sort_by {
                orders.push(Order::new(by.clone(), request.descending, &kind.schema)?);
            }
        }
        let mut ways = access::ways(&kinds, filter);
        if let ([kind], [way], [order]) = (kinds.as_slice(), ways.as_slice(), orders.as_slice())
            && let Some(in_order) = access::ordered(kind, way, order)
        {
            ways = in_order;
            orders.clear();
        }
        let query = Query {
            named: name(&kinds, request),
            ways,
            kinds,
            filter,
            began: Instant::now(),
        };
        let limit = request
            .count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(usize::MAX)
            .min(self.tenant.bounds.page);
        let page = match &request.cursor {
            Some(cursor) if cursor.is_empty() => Page::Behind(None),
            Some(cursor) => Page::Behind(Some(Cursor::read(cursor, &query.named, at)?)),
            None => Page::At(request.start_index.unwrap_or(1).max(1)),
        };
        let start = match page {
            Page::At(start) => Some(start),
            Page::Behind(_) => None,
        };
        let (mut hits, total) = match (page, orders.is_empty()) {
            (page, false) => self.sorted(&query, &orders, page, limit).await?,
            (Page::At(start), true) => self.page(&query, start - 1, limit).await?,
            (Page::Behind(cursor), true) => self.walk(&query, cursor, limit).await?,
        };
        let more = hits.len() > limit;
        hits.truncate(limit);
        let next = hits.last().filter(|_| more && start.is_none());
        Ok(Found {
            total,
            start,
            next: next.map(|last| last.cursor().print(&query.named, self.cursor_until(at))),
            resources: self.show(&query, &hits, &selection).await?,
        })
    }

    /// A page by how many matches come before it.
    async fn page(
        &self,
        query: &Query<'_>,
        mut skip: u64,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<u64>), Refused> {
        let (mut hits, mut total) = (Vec::new(), 0_u64);
        for (way, counted) in self.counts(query).await?.into_iter().enumerate() {
            let begin = Cursor {
                way,
                ..Cursor::default()
            };
            if let Some(count) = counted {
                // Nothing has to be looked at but the page itself.
                total += count;
                let room = limit - hits.len();
                if room > 0 && skip < count {
                    let (found, _) = self.next(query, &begin, skip, room).await?;
                    hits.extend(found);
                }
                skip = skip.saturating_sub(count);
                continue;
            }
            let mut place = Some(begin);
            while let Some(from) = place.filter(|place| place.way == way) {
                let (found, next) = self.next(query, &from, 0, BATCH).await?;
                for hit in found {
                    total += 1;
                    if skip > 0 {
                        skip -= 1;
                    } else if hits.len() < limit {
                        hits.push(hit);
                    }
                }
                place = next;
            }
        }
        Ok((hits, Some(total)))
    }

    /// The page behind a cursor, and one more if there is another page; how many there
    /// are is told where it costs nothing.
    async fn walk(
        &self,
        query: &Query<'_>,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<u64>), Refused> {
        let mut place = Some(cursor.unwrap_or_default());
        let mut hits: Vec<Hit> = Vec::new();
        while let Some(from) = place
            && hits.len() <= limit
        {
            let exact = query.ways.get(from.way).is_some_and(|way| way.exact);
            let batch = if exact { limit + 1 - hits.len() } else { BATCH };
            let (found, next) = self.next(query, &from, 0, batch).await?;
            hits.extend(found);
            place = next;
        }
        let mut total = Some(0);
        for way in &query.ways {
            let kind = query.kinds.get(way.kind);
            let counted = match (&way.access, kind) {
                _ if !way.exact => None,
                // With those who have no value, whom the next way leads to.
                (Access::All | Access::Ordered { .. }, Some(kind)) => {
                    Some(self.directory.count(&kind.place).await?)
                }
                (Access::Without(_), _) => Some(0),
                _ => None,
            };
            total = total.zip(counted).map(|(sum, one)| sum + one);
        }
        Ok((hits, total))
    }

    /// How many match on each way, if none of them has to be looked at to know.
    async fn counts(&self, query: &Query<'_>) -> Result<Vec<Option<u64>>, Refused> {
        let mut counts = Vec::with_capacity(query.ways.len());
        // Of the two ways of an order, one has those whom the other has not.
        let mut lacking = None;
        for (index, way) in query.ways.iter().enumerate() {
            let Some(kind) = query.kind(index).filter(|_| way.exact) else {
                counts.push(None);
                continue;
            };
            let place = &kind.place;
            counts.push(match &way.access {
                Access::All => Some(self.directory.count(place).await?),
                Access::Ordered { without, .. } | Access::Without(without) => {
                    let others = match lacking {
                        Some(others) => others,
                        None => self.directory.count_without(place, without).await?,
                    };
                    lacking = Some(others);
                    Some(match way.access {
                        Access::Without(_) => others,
                        _ => self.directory.count(place).await?.saturating_sub(others),
                    })
                }
                _ => None,
            });
        }
        Ok(counts)
    }

    /// The matches among the next entries, and where it goes on; nowhere at the end.
    /// `skip` is for a way that is exact and counted: on others nobody is left out.
    pub(super) async fn next(
        &self,
        query: &Query<'_>,
        from: &Cursor,
        skip: u64,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<Cursor>), Refused> {
        let (Some(kind), Some(way)) = (query.kind(from.way), query.ways.get(from.way)) else {
            return Ok((Vec::new(), None));
        };
        let found = self.along(kind, way, from, skip, limit).await?;
        let next = match found.last() {
            Some(last) if found.len() >= limit => last.cursor(),
            _ => Cursor {
                way: from.way + 1,
                ..Cursor::default()
            },
        };
        let next = Some(next).filter(|next| next.way < query.ways.len());
        let Some(filter) = query.filter.filter(|_| !way.exact) else {
            return Ok((found, next));
        };
        let mut hits = Vec::with_capacity(found.len());
        for hit in found {
            if self.matches(kind, &hit.entry, filter).await? {
                hits.push(hit);
            }
        }
        self.in_time(query)?;
        Ok((hits, next))
    }

    /// A search that has to look at many does not do so for ever.
    pub(super) fn in_time(&self, query: &Query<'_>) -> Result<(), Refused> {
        if query.began.elapsed() > self.tenant.bounds.search {
            return Err(too_many(
                "the search takes too long: narrow the filter by an attribute that is indexed",
            ));
        }
        Ok(())
    }

    /// The next entries on a way, each with its place in an order.
    async fn along(
        &self,
        kind: &Kind,
        way: &Way,
        from: &Cursor,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Hit>, Refused> {
        let (directory, place, after) = (&self.directory, &kind.place, from.after);
        let hit = |key, entry| Hit {
            way: from.way,
            entry,
            key,
        };
        let found = match &way.access {
            Access::Nothing => Vec::new(),
            Access::All => directory.page(place, after, skip, limit).await?,
            Access::Id(id) => {
                let one = directory.get(place, id).await?;
                one.into_iter().filter(|one| one.entry > after).collect()
            }
            Access::Value { attribute, value } => {
                let by = (attribute.as_str(), value.as_str());
                directory.by_value(place, by, after, limit).await?
            }
            Access::Ordered {
                attribute,
                descending,
                ..
            } => {
                let by = (attribute.as_str(), *descending);
                let after = from.key.clone().map(|key| (key, after));
                let found = directory.in_order(place, by, after, skip, limit).await?;
                return Ok(found
                    .into_iter()
                    .map(|(value, entry)| hit(Some(value), entry))
                    .collect());
            }
            Access::Without(name) => directory.without(place, name, after, skip, limit).await?,
            Access::Containing(member) => directory.containing(place, member, after, limit).await?,
            Access::Contained(group) => directory.contained(place, group, after, limit).await?,
        };
        Ok(found.into_iter().map(|entry| hit(None, entry)).collect())
    }

    async fn matches(&self, kind: &Kind, entry: &Entry, filter: &Filter) -> Result<bool, Refused> {
        let name = kind.role.attribute();
        let wanted = name.is_some_and(|name| access::asks_for(filter, name));
        let resource = self.loaded(kind, entry, wanted).await?;
        Ok(filter.matches(&resource, &kind.schema)?)
    }

    /// An entry as a resource, with its members or groups where they are wanted.
    pub(super) async fn loaded(
        &self,
        kind: &Kind,
        entry: &Entry,
        wanted: bool,
    ) -> Result<Resource, Refused> {
        let related = self.related(kind, entry, wanted).await?;
        self.seen(kind, entry, &related).resource()
    }

    /// The resources as the client wants them.
    async fn show(
        &self,
        query: &Query<'_>,
        hits: &[Hit],
        selection: &Selection,
    ) -> Result<Vec<String>, Refused> {
        let mut texts = Vec::with_capacity(hits.len());
        for run in hits.chunk_by(|left, right| left.way == right.way) {
            let Some(kind) = run.first().and_then(|hit| query.kind(hit.way)) else {
                continue;
            };
            let wanted = kind.shows_related(selection);
            let of = run.iter().map(|hit| hit.entry.entry).collect();
            let related = self.related_of(kind, of, wanted).await?;
            let mut related = related.into_iter();
            for hit in run {
                let related = related.next().unwrap_or_default();
                let seen = self.seen(kind, &hit.entry, &related);
                texts.push(seen.shown(selection)?);
            }
        }
        Ok(texts)
    }

    fn cursor_until(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(self.tenant.bounds.cursor).unwrap_or(at)
    }
}

/// All of a query but its page.
fn name(kinds: &[&Kind], request: &SearchRequest) -> String {
    let tenant = kinds.first().map(|kind| &kind.place.tenant);
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let filter = request.filter.as_ref().map(ToString::to_string);
    let by = request.sort_by.as_ref().map(ToString::to_string);
    format!(
        "{tenant:?} {kinds:?} {filter:?} {by:?} {}",
        request.descending
    )
}

pub(super) fn too_many(detail: &str) -> Refused {
    Refused::Scim(ScimError::bad_request(ScimType::TooMany, detail))
}
