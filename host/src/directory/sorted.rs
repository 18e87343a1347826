//! The order of an attribute that no index has (RFC 7644 §3.4.2.3).
//!
//! All matches are looked at for each page, and only those that can be on it are kept. A
//! page by its position keeps all before it as well, so it has a bound; a page behind a
//! cursor has none but the time of a search.

use std::collections::BTreeMap;

use purser_scim::{
    ScimError,
    sort::{Order, SortKey},
};
use serde_json::Value;

use super::{
    Refused, Service,
    cursor::{self, Cursor},
    search::{BATCH, Hit, Page, Query, too_many},
};
use crate::store::EntryId;

/// Where a match stands: by its value, and among equals in the order of all listings.
type Stand = (SortKey, usize, EntryId);

impl Service {
    /// A page of what is put in order, and one more behind a cursor if there is another
    /// page; and how many there are. `orders` are those of the kinds: one way each.
    pub(super) async fn sorted(
        &self,
        query: &Query<'_>,
        orders: &[Order],
        page: Page,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<u64>), Refused> {
        let bound = self.tenant.bounds.sorted;
        let (skip, behind, most) = match page {
            Page::At(start) => {
                let skip = usize::try_from(start - 1).unwrap_or(usize::MAX);
                // One more than the bound, to know that it does not do.
                let most = skip.saturating_add(limit).min(bound.saturating_add(1));
                (skip, None, most)
            }
            Page::Behind(cursor) => {
                let behind = cursor.map(|cursor| stand(query, orders, &cursor));
                (0, behind.transpose()?, limit + 1)
            }
        };
        let mut first: BTreeMap<Stand, Hit> = BTreeMap::new();
        let mut total = 0_u64;
        let mut place = Some(Cursor::default());
        while let Some(from) = place {
            let (found, next) = self.next(query, &from, 0, BATCH).await?;
            for mut hit in found {
                let (Some(kind), Some(order)) = (query.kind(hit.way), orders.get(hit.way)) else {
                    continue;
                };
                total += 1;
                let by = &order.by().attr;
                let related = kind.role.attribute();
                let related = related.is_some_and(|name| by.eq_ignore_ascii_case(name));
                let resource = self.loaded(kind, &hit.entry, related).await?;
                let value = order.value(&resource);
                let stand = (order.key_of(value, &kind.schema), hit.way, hit.entry.entry);
                if behind.as_ref().is_some_and(|behind| stand <= *behind) {
                    continue;
                }
                hit.key = value.map(Value::to_string);
                first.insert(stand, hit);
                if first.len() > most {
                    first.pop_last();
                }
            }
            self.in_time(query)?;
            place = next;
        }
        if first.len() > bound {
            return Err(too_many(
                "the page is so far behind that it is not sorted: narrow the filter, or walk by a cursor",
            ));
        }
        Ok((first.into_values().skip(skip).collect(), Some(total)))
    }
}

/// Where a cursor stands in the order.
fn stand(query: &Query<'_>, orders: &[Order], cursor: &Cursor) -> Result<Stand, ScimError> {
    let (Some(kind), Some(order)) = (query.kind(cursor.way), orders.get(cursor.way)) else {
        return Err(cursor::invalid());
    };
    let value: Option<Value> = match &cursor.key {
        Some(key) => Some(serde_json::from_str(key).map_err(|_| cursor::invalid())?),
        None => None,
    };
    let key = order.key_of(value.as_ref(), &kind.schema);
    Ok((key, cursor.way, cursor.after))
}
