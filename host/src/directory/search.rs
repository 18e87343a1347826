//! Queries (RFC 7644 §3.4.2, §3.4.3, RFC 9865).
//!
//! Entries are walked in the order in which they were created, which never changes.
//! The filter's narrowest way leads to them (`access.rs`); whatever it leaves open is
//! asked of each. A search that has to look at many gives up after a time rather than
//! hold up the others.

use std::time::Instant;

use jiff::Timestamp;
use purser_scim::{
    Filter, Resource, ScimError, ScimType, Selection,
    message::SearchRequest,
    sort::{Order, SortKey},
};

use super::{
    Refused, Service,
    access::{self, Access, Way},
    cursor::Cursor,
    tenant::Kind,
};
use crate::store::{Entry, EntryId};

/// So many entries are looked at in one question to the store.
const BATCH: usize = 500;

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

/// A query over one kind or several, as it is carried out.
struct Query<'a> {
    kinds: Vec<&'a Kind>,
    ways: Vec<Way>,
    filter: Option<&'a Filter>,
    began: Instant,
}

/// An entry of one of the kinds.
struct Hit {
    kind: usize,
    entry: Entry,
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
        let bounds = &self.tenant.bounds;
        let selection = Selection::new(
            request.attributes.clone(),
            request.excluded_attributes.clone(),
        );
        for kind in &kinds {
            if let Some(filter) = &request.filter {
                filter.check(&kind.schema)?;
            }
        }
        let query = Query {
            ways: kinds
                .iter()
                .map(|kind| access::way(kind, request.filter.as_ref()))
                .collect(),
            kinds,
            filter: request.filter.as_ref(),
            began: Instant::now(),
        };
        let limit = request
            .count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(usize::MAX)
            .min(bounds.page);
        let (hits, found) = match (&request.cursor, &request.sort_by) {
            (cursor, Some(by)) => {
                let order = (by.clone(), request.descending);
                let cursor = cursor.as_deref();
                self.sorted(&query, request, order, cursor, limit, at)
                    .await?
            }
            (Some(cursor), None) => self.walk(&query, request, cursor, limit, at).await?,
            (None, None) => self.page(&query, request, limit).await?,
        };
        let resources = self.show(&query, &hits, &selection).await?;
        Ok(Found { resources, ..found })
    }

    /// A page by its position.
    async fn page(
        &self,
        query: &Query<'_>,
        request: &SearchRequest,
        limit: usize,
    ) -> Result<(Vec<Hit>, Found), Refused> {
        let start = request.start_index.unwrap_or(1).max(1);
        let mut skip = start - 1;
        let (mut hits, mut total) = (Vec::new(), 0_u64);
        for (index, (kind, way)) in query.kinds.iter().zip(&query.ways).enumerate() {
            if way.exact && way.access == Access::All {
                // Nothing has to be looked at but the page itself.
                let count = self.directory.count(&kind.place).await?;
                total += count;
                let room = limit - hits.len();
                if room > 0 && skip < count {
                    let found = self
                        .directory
                        .page(&kind.place, EntryId::default(), skip, room)
                        .await?;
                    hits.extend(found.into_iter().map(|entry| Hit { kind: index, entry }));
                }
                skip = skip.saturating_sub(count);
                continue;
            }
            let mut after = EntryId::default();
            loop {
                let (found, last) = self.next(query, index, after, BATCH).await?;
                for entry in found {
                    total += 1;
                    if skip > 0 {
                        skip -= 1;
                    } else if hits.len() < limit {
                        hits.push(Hit { kind: index, entry });
                    }
                }
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        let found = Found {
            total: Some(total),
            start: Some(start),
            ..Found::default()
        };
        Ok((hits, found))
    }

    /// A page behind a cursor (RFC 9865 §2).
    async fn walk(
        &self,
        query: &Query<'_>,
        request: &SearchRequest,
        cursor: &str,
        limit: usize,
        at: Timestamp,
    ) -> Result<(Vec<Hit>, Found), Refused> {
        let named = name(query, request);
        let mut place = read_cursor(cursor, &named, at)?.unwrap_or(Cursor {
            kind: 0,
            after: EntryId::default(),
            done: 0,
        });
        let mut hits: Vec<Hit> = Vec::new();
        let mut more = false;
        // One more than the page, to know whether there is another.
        'kinds: while place.kind < query.kinds.len() {
            loop {
                let room = limit + 1 - hits.len();
                let batch = if query.ways.get(place.kind).is_some_and(|way| way.exact) {
                    room
                } else {
                    BATCH
                };
                let (found, last) = self.next(query, place.kind, place.after, batch).await?;
                for entry in found {
                    if hits.len() == limit {
                        more = true;
                        break 'kinds;
                    }
                    hits.push(Hit {
                        kind: place.kind,
                        entry,
                    });
                }
                match last {
                    Some(last) => place.after = last,
                    None => break,
                }
            }
            place.kind += 1;
            place.after = EntryId::default();
        }
        let next = hits.last().filter(|_| more).map(|last| {
            let cursor = Cursor {
                kind: last.kind,
                after: last.entry.entry,
                done: 0,
            };
            cursor.print(&named, self.cursor_until(at))
        });
        let mut total = None;
        // What costs nothing is told.
        if query
            .ways
            .iter()
            .all(|way| way.exact && way.access == Access::All)
        {
            let mut sum = 0;
            for kind in &query.kinds {
                sum += self.directory.count(&kind.place).await?;
            }
            total = Some(sum);
        }
        let found = Found {
            total,
            next,
            ..Found::default()
        };
        Ok((hits, found))
    }

    /// A page of what was put in order (RFC 7644 §3.4.2.3).
    async fn sorted(
        &self,
        query: &Query<'_>,
        request: &SearchRequest,
        (by, descending): (purser_scim::AttrPath, bool),
        cursor: Option<&str>,
        limit: usize,
        at: Timestamp,
    ) -> Result<(Vec<Hit>, Found), Refused> {
        let named = name(query, request);
        let mut keyed: Vec<(SortKey, Hit)> = Vec::new();
        for (index, kind) in query.kinds.iter().enumerate() {
            let order = Order::new(by.clone(), descending, &kind.schema)?;
            let name = kind.role.attribute();
            let wanted = name.is_some_and(|name| by.attr.eq_ignore_ascii_case(name));
            let mut after = EntryId::default();
            loop {
                let (found, last) = self.next(query, index, after, BATCH).await?;
                for entry in found {
                    let resource = self.loaded(kind, &entry, wanted).await?;
                    keyed.push((
                        order.key(&resource, &kind.schema),
                        Hit { kind: index, entry },
                    ));
                }
                if keyed.len() > self.tenant.bounds.sorted {
                    return Err(too_many(
                        "more resources match than are sorted: narrow the filter, or leave sortBy out",
                    ));
                }
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        let total = keyed.len() as u64;
        let (skip, start) = match cursor {
            Some(cursor) => {
                let place = read_cursor(cursor, &named, at)?;
                (place.map_or(0, |place| place.done), None)
            }
            None => {
                let start = request.start_index.unwrap_or(1).max(1);
                (start - 1, Some(start))
            }
        };
        let hits: Vec<Hit> = keyed
            .into_iter()
            .map(|(_, hit)| hit)
            .skip(usize::try_from(skip).unwrap_or(usize::MAX))
            .take(limit)
            .collect();
        let done = skip.saturating_add(hits.len() as u64);
        let next = (cursor.is_some() && done < total && !hits.is_empty()).then(|| {
            let cursor = Cursor {
                kind: 0,
                after: EntryId::default(),
                done,
            };
            cursor.print(&named, self.cursor_until(at))
        });
        let found = Found {
            total: Some(total),
            start,
            next,
            ..Found::default()
        };
        Ok((hits, found))
    }

    /// The matches among the next entries of a kind, and behind which entry it goes
    /// on; none at the end.
    async fn next(
        &self,
        query: &Query<'_>,
        index: usize,
        after: EntryId,
        limit: usize,
    ) -> Result<(Vec<Entry>, Option<EntryId>), Refused> {
        let (Some(kind), Some(way)) = (query.kinds.get(index), query.ways.get(index)) else {
            return Ok((Vec::new(), None));
        };
        let place = &kind.place;
        let found = match &way.access {
            Access::Nothing => Vec::new(),
            Access::All => self.directory.page(place, after, 0, limit).await?,
            Access::Id(id) => {
                let one = self.directory.get(place, id).await?;
                one.into_iter().filter(|one| one.entry > after).collect()
            }
            Access::Value { attribute, value } => {
                self.directory
                    .by_value(place, attribute, value, after, limit)
                    .await?
            }
            Access::Containing(member) => {
                self.directory
                    .containing(place, member, after, limit)
                    .await?
            }
            Access::Contained(group) => {
                self.directory.contained(place, group, after, limit).await?
            }
        };
        let last = found.last().map(|last| last.entry);
        let last = last.filter(|_| found.len() >= limit);
        let matching = match query.filter {
            Some(filter) if !way.exact => {
                let mut matching = Vec::new();
                for entry in found {
                    if self.matches(kind, &entry, filter).await? {
                        matching.push(entry);
                    }
                }
                if query.began.elapsed() > self.tenant.bounds.search {
                    return Err(too_many(
                        "the search takes too long: narrow the filter by an attribute that is indexed",
                    ));
                }
                matching
            }
            _ => found,
        };
        Ok((matching, last))
    }

    async fn matches(&self, kind: &Kind, entry: &Entry, filter: &Filter) -> Result<bool, Refused> {
        let name = kind.role.attribute();
        let wanted = name.is_some_and(|name| access::asks_for(filter, name));
        let resource = self.loaded(kind, entry, wanted).await?;
        Ok(filter.matches(&resource, &kind.schema)?)
    }

    /// An entry as a resource, with its members or groups where they are wanted.
    async fn loaded(&self, kind: &Kind, entry: &Entry, wanted: bool) -> Result<Resource, Refused> {
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
        for run in hits.chunk_by(|left, right| left.kind == right.kind) {
            let Some(kind) = run.first().and_then(|hit| query.kinds.get(hit.kind)) else {
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

/// Where a cursor leads; none for the first page, whose cursor is empty.
fn read_cursor(text: &str, named: &str, at: Timestamp) -> Result<Option<Cursor>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(Cursor::read(text, named, at)?))
}

/// What a cursor belongs to: all of a query but its page.
fn name(query: &Query<'_>, request: &SearchRequest) -> String {
    let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.name()).collect();
    let filter = request.filter.as_ref().map(ToString::to_string);
    let by = request.sort_by.as_ref().map(ToString::to_string);
    let tenant = query.kinds.first().map(|kind| &kind.place.tenant);
    format!(
        "{tenant:?} {kinds:?} {filter:?} {by:?} {}",
        request.descending
    )
}

fn too_many(detail: &str) -> Refused {
    Refused::Scim(ScimError::bad_request(ScimType::TooMany, detail))
}
