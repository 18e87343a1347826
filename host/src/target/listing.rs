//! A listing, page by page, and whether it was whole.
//!
//! Only distinct resources count, because pages overlap and servers ignore
//! `startIndex`. Who has seen which is known by the store, which marks each
//! resource with the run that saw it: a listing of a million resources takes no
//! more memory than one of a thousand. So a page says what came, whoever stores
//! it says how much of that was new ([`Page::next`]), and both together say
//! whether the listing goes on.

use purser_engine::imprint::Imprint;
use purser_scim::Resource;

/// A target that goes on for longer is not listed, but looked up.
const MOST_RESOURCES: u64 = 5_000_000;

/// One page of a listing.
#[derive(Clone, Debug)]
#[must_use = "a listing goes on, or ends with a verdict"]
pub struct Page {
    /// The resources that were read, all with an id. Some may have stood on a page before it.
    pub resources: Vec<Shown>,
    /// The places of those that were known.
    pub same: Vec<u64>,
    /// What the listing came to before this page.
    so_far: PageToken,
    /// What the page held, also what cannot be used.
    received: u64,
    /// The target's count, as of this page.
    total: u64,
}

/// One resource as it came.
#[derive(Clone, Debug)]
pub enum Came {
    /// As known at its place.
    Same,
    /// Read; the imprint is of its text.
    Read(Resource, Option<Imprint>),
}

impl From<Resource> for Came {
    fn from(resource: Resource) -> Self {
        Self::Read(resource, None)
    }
}

/// A resource, and where it stands.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its index in the listing, from 1 on.
    pub place: u64,
    /// The imprint of its text; none where that is to be read each time.
    pub imprint: Option<Imprint>,
    /// The resource.
    pub resource: Resource,
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another page, which begins there.
    More(PageToken),
    /// Nothing.
    End(End),
}

/// How a listing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All pages together held as many distinct resources as the target counts.
    Whole,
    /// It proves no absence.
    Doubtful(Doubt),
}

/// What speaks against a listing being whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// A page held nothing but what pages before it had held.
    #[error(
        "the target ignores startIndex: a page repeats what came before it, {seen} of {total} came"
    )]
    Repeats {
        /// Distinct resources until now.
        seen: u64,
        /// What the target counts.
        total: u64,
    },
    /// The pages ended early, or held more than the target counts.
    #[error("{seen} resources came, the target counts {total}")]
    Count {
        /// Distinct resources until now.
        seen: u64,
        /// What the target counts.
        total: u64,
    },
    /// The target's count differed from page to page.
    #[error("totalResults changed between pages")]
    Moved,
    /// A resource without an id.
    #[error("a resource came without an id")]
    Nameless,
}

/// Where a listing stands. Made by the target, and meaningful to it only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageToken {
    /// 1-based index of the next resource (RFC 7644 §3.4.2.4); 0 before the first page.
    pub start_index: u64,
    /// Distinct resources until now.
    pub seen: u64,
    /// The first page's `totalResults`.
    pub total: u64,
    /// What spoke first against a whole listing.
    pub doubt: Option<Doubt>,
}

impl Page {
    /// A page as it was received, asked for with `so_far`, of a target that counts `total`.
    pub fn new(mut so_far: PageToken, came: Vec<Came>, total: u64) -> Self {
        let received = came.len() as u64;
        let (mut resources, mut same) = (Vec::new(), Vec::new());
        for (place, came) in (so_far.start_index.max(1)..).zip(came) {
            match came {
                Came::Same => same.push(place),
                Came::Read(resource, imprint) if resource.id().is_some() => resources.push(Shown {
                    place,
                    imprint,
                    resource,
                }),
                // Without an id it cannot be addressed, so it was not listed either.
                Came::Read(..) => {}
            }
        }
        if so_far.start_index == 0 {
            so_far.total = total;
        } else if total != so_far.total {
            so_far.doubt.get_or_insert(Doubt::Moved);
        }
        if ((resources.len() + same.len()) as u64) < received {
            so_far.doubt.get_or_insert(Doubt::Nameless);
        }
        Self {
            resources,
            same,
            so_far,
            received,
            total,
        }
    }

    /// Where the next page begins if all `given` resources of this one are new;
    /// none where nothing is expected to follow.
    pub fn expected(&self, given: u64) -> Option<PageToken> {
        let page = Self {
            resources: Vec::new(),
            same: Vec::new(),
            so_far: self.so_far.clone(),
            ..*self
        };
        match page.next(given) {
            Next::More(token) => Some(token),
            Next::End(_) => None,
        }
    }

    /// What follows, now that `fresh` of its resources turned out to be new.
    ///
    /// A listing always ends: each further page must bring at least one resource
    /// that was not seen before, and there is a limit.
    pub fn next(self, fresh: u64) -> Next {
        let mut token = self.so_far;
        token.seen = token.seen.saturating_add(fresh);
        let (seen, total) = (token.seen, self.total);
        if seen < total && fresh > 0 && seen < MOST_RESOURCES {
            token.start_index = token.start_index.max(1).saturating_add(self.received);
            return Next::More(token);
        }
        let doubt = match token.doubt {
            // Of several doubts this one says what is wrong with the server.
            _ if seen != total && fresh == 0 && self.received > 0 => {
                Some(Doubt::Repeats { seen, total })
            }
            None if seen != total => Some(Doubt::Count { seen, total }),
            doubt => doubt,
        };
        Next::End(doubt.map_or(End::Whole, End::Doubtful))
    }
}
