//! What there is to decide about a kind, by going through its rows and its links
//! side by side: both stand in the order of their ids. In a run that changes little
//! that is a fraction of what it takes to look each link up.

use std::cmp::Ordering;

use purser_engine::{Digest, ids::ObjectKey};
use rusqlite::{Connection, params};

use super::{
    candidates::{standing, text},
    convert,
    staging::rows::Sweeps,
};
use crate::store::{Scan, StoreError, Survey};

/// Where more than these are to be decided, they are walked over in the order of the
/// source and not held in memory.
const FEW: usize = 20_000;

pub(super) fn survey(c: &Connection, scan: &Scan) -> Result<Survey, StoreError> {
    let seen_from = Sweeps::of(c, &scan.source)?.seen_from(&scan.kind, scan.run);
    let mut objects = c.prepare_cached(
        "SELECT id, position, digest, seen_run FROM source_object WHERE source = ?1 AND kind = ?2 ORDER BY id",
    )?;
    let mut links = c.prepare_cached(
        "SELECT id, state = 'live' AND gone = 0, input, reevaluate_at FROM link
         WHERE mapping = ?1 AND kind = ?2 AND state <> 'ended' ORDER BY id",
    )?;
    let mut objects = objects.query(params![scan.source.as_str(), scan.kind.as_str()])?;
    let mut links = links.query(params![scan.mapping.as_str(), scan.kind.as_str()])?;
    let mut link = links.next()?;
    let mut in_step = 0;
    let mut few: Vec<(i64, ObjectKey)> = Vec::new();
    let mut all_seen = true;
    while let Some(object) = objects.next()? {
        let id = text(object, 0)?.unwrap_or_default();
        let seen = object.get::<_, i64>(3)? >= seen_from;
        // Links of which the source has never shown anything.
        while let Some(row) = link
            && text(row, 0)?.unwrap_or_default().cmp(id) == Ordering::Less
        {
            all_seen = false;
            link = links.next()?;
        }
        let own = match link {
            Some(row) if text(row, 0)? == Some(id) => Some(row),
            _ => None,
        };
        let as_it_stands = match own {
            Some(row) if seen => {
                let digest = Digest::from_stored(text(object, 2)?.unwrap_or_default());
                standing(row, 1)?.in_step(&digest, &scan.fingerprint, scan.now)
            }
            _ => false,
        };
        if own.is_some() {
            all_seen &= seen;
            link = links.next()?;
        }
        if as_it_stands {
            in_step += 1;
        } else if seen {
            if few.len() == FEW {
                return Ok(Survey {
                    present: None,
                    all_seen: false,
                });
            }
            let key = convert::key(scan.kind.to_string(), id.to_owned());
            few.push((object.get(1)?, key));
        }
    }
    few.sort_unstable_by_key(|(position, _)| *position);
    Ok(Survey {
        present: Some((in_step, few.into_iter().map(|(_, key)| key).collect())),
        all_seen: all_seen && link.is_none(),
    })
}
