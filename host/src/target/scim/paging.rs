//! Listings by index (RFC 7644 §3.4.2.4), made for servers that get it wrong.
//!
//! A listing always ends: each further page must bring at least one resource
//! that was not seen before, and there is a limit. It is whole only if as many
//! distinct resources came as the target counts, and that count never changed:
//! what is missing from any other listing may still be there.

use purser_scim::message::ListResponse;

use crate::target::{Doubt, Page, PageToken};

/// A target that goes on for longer is not listed, but looked up.
const MOST_RESOURCES: usize = 5_000_000;

/// What the page `list`, asked for with `token`, means.
pub(super) fn advance(mut token: PageToken, list: ListResponse) -> Page {
    let first = token.start_index == 0;
    let start = token.start_index.max(1);
    if first {
        token.total = list.total_results;
    } else if list.total_results != token.total {
        token.doubt.get_or_insert(Doubt::Moved);
    }
    let received = list.resources.len() as u64;
    let mut resources = Vec::with_capacity(list.resources.len());
    for resource in list.resources {
        match resource.id() {
            // Seen before: pages overlap, or the server ignores startIndex.
            Some(id) if !token.seen.insert(id.to_owned()) => {}
            Some(_) => resources.push(resource),
            // Without an id it cannot be addressed, so it was not listed either.
            None => {
                token.doubt.get_or_insert(Doubt::Nameless);
            }
        }
    }
    let seen = token.seen.len() as u64;
    let goes_on =
        seen < list.total_results && !resources.is_empty() && token.seen.len() < MOST_RESOURCES;
    if goes_on {
        token.start_index = start.saturating_add(received);
        Page {
            resources,
            next: Some(token),
            complete: false,
            doubt: None,
        }
    } else {
        let total = list.total_results;
        if seen != total {
            let repeats = resources.is_empty() && received > 0;
            // Of several doubts this one says what is wrong with the server.
            token.doubt = match token.doubt {
                _ if repeats => Some(Doubt::Repeats { seen, total }),
                None => Some(Doubt::Count { seen, total }),
                doubt => doubt,
            };
        }
        Page {
            resources,
            next: None,
            complete: token.doubt.is_none(),
            doubt: token.doubt,
        }
    }
}
