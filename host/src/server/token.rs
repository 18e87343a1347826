//! Bearer tokens (RFC 6750): made, recognised, revoked.
//!
//! A token is 256 random bits, shown once. Kept is its SHA-256 digest, which is as good
//! as a slow hash here: nobody guesses 256 bits. All digests are in memory, because
//! every request asks for one, and because only the host that has the store can change
//! them. A token that is wrong, of another tenant, expired or revoked is told from a
//! good one at the very end, so that neither the answer nor its time says which it was.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use purser_engine::ids::MappingName;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::store::{
    Scope, StoreError, TenantId, TokenRow,
    sqlite::directory::{Directory, NewToken},
};

/// What every token begins with, so that people and scanners know it for what it is.
const PREFIX: &str = "purser_";

/// Days for which a token is good unless told otherwise.
pub const DAYS: u32 = 365;

/// Days for which a token is good, at most.
pub const MOST_DAYS: u32 = 3_650;

/// Days before its end on which a token is warned of.
pub const WARNINGS: [i64; 3] = [30, 7, 1];

/// A token that is in use.
#[derive(Debug)]
struct Live {
    row: TokenRow,
    digest: [u8; 32],
    limiter: DefaultDirectRateLimiter,
    /// The minute in which it was used last, as far as the store knows.
    used: AtomicI64,
}

/// Who may do what.
#[derive(Debug)]
pub struct Tokens {
    directory: Directory,
    quota: Quota,
    live: RwLock<Known>,
}

/// The tokens that were asked for, as of one state of the store.
#[derive(Debug, Default)]
struct Known {
    state: u64,
    live: HashMap<[u8; 32], Arc<Live>>,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No token, or none that is good here.
    Unknown,
    /// The token may do something else.
    Scope,
    /// Too many requests; try again after so many seconds.
    TooFast(u64),
}

/// Who has a token that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The number of the token.
    pub number: i64,
    /// The site for which its holder speaks, where it is one.
    pub site: Option<String>,
    /// The only mapping that it opens; else the whole tenant.
    pub mapping: Option<MappingName>,
}

/// A new token: the only time that it is seen.
#[derive(Debug)]
pub struct Made {
    /// Its number, by which it is revoked.
    pub number: i64,
    /// The token.
    pub token: SecretString,
}

/// Makes a token and keeps its digest.
///
/// # Errors
/// The store cannot keep it.
pub async fn make(directory: &Directory, new: NewToken) -> Result<Made, StoreError> {
    // Each UUID has 122 random bits: three of them fill the digest's 256.
    let random = [(); 3].map(|()| Uuid::new_v4());
    let digest_of_all = random
        .iter()
        .fold(Sha256::new(), |digest, uuid| digest.chain_update(uuid))
        .finalize();
    let text: String = digest_of_all
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let token = SecretString::from(format!("{PREFIX}{text}"));
    let digest = digest(token.expose_secret());
    let number = directory.add_token(new, digest).await?;
    Ok(Made { number, token })
}

/// In how many days a token ends, if that is to be said today: on the days of
/// [`WARNINGS`], and to whoever starts the host on any day from the first of them on.
#[must_use]
pub fn warning(token: &TokenRow, now: Timestamp, starts: bool) -> Option<i64> {
    if token.revoked.is_some() || token.expires <= now {
        return None;
    }
    let days = token.expires.duration_since(now).as_hours() / 24;
    let said = if starts {
        WARNINGS.iter().any(|first| days <= *first)
    } else {
        WARNINGS.contains(&days)
    };
    said.then_some(days)
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Tokens {
    /// The tokens of a directory; each may ask so many times a second.
    #[must_use]
    pub fn new(directory: Directory, requests_per_second: NonZeroU32) -> Self {
        Self {
            directory,
            quota: Quota::per_second(requests_per_second),
            live: RwLock::default(),
        }
    }

    /// Whether this token opens the tenant for this now, and who holds it. It is counted as
    /// used.
    ///
    /// # Errors
    /// See [`Denied`]; the store cannot be asked.
    pub async fn admit(
        &self,
        token: Option<&str>,
        tenant: Option<TenantId>,
        scope: Scope,
        now: Timestamp,
    ) -> Result<Result<Holder, Denied>, StoreError> {
        let given = digest(token.unwrap_or_default());
        let live = self.find(given).await?;
        // All of it is asked, whatever the outcome.
        let good = live.as_ref().map_or(0, |live| {
            let same = live.digest.ct_eq(&given).unwrap_u8();
            let here = u8::from(tenant == Some(live.row.tenant));
            let lives = u8::from(live.row.revoked.is_none()) & u8::from(live.row.expires > now);
            same & here & lives
        });
        let (Some(live), 1) = (live, good) else {
            return Ok(Err(Denied::Unknown));
        };
        if !live.row.scope.covers(scope) {
            return Ok(Err(Denied::Scope));
        }
        if let Err(wait) = live.limiter.check() {
            let clock = governor::clock::DefaultClock::default();
            let wait = wait.wait_time_from(governor::clock::Clock::now(&clock));
            return Ok(Err(Denied::TooFast(wait.as_secs() + 1)));
        }
        self.remember(&live, now);
        Ok(Ok(Holder {
            number: live.row.number,
            site: live.row.site.clone(),
            mapping: live.row.mapping.clone(),
        }))
    }

    /// Once a minute is often enough, and nobody waits for it.
    fn remember(&self, live: &Live, now: Timestamp) {
        let minute = now.as_second().div_euclid(60);
        if live.used.swap(minute, Ordering::Relaxed) == minute {
            return;
        }
        let (directory, number) = (self.directory.clone(), live.row.number);
        tokio::spawn(async move {
            if let Err(error) = directory.token_used(number, now).await {
                tracing::warn!(%error, "cannot keep when a token was used");
            }
        });
    }

    /// The token with this digest, from memory or from the store.
    async fn find(&self, digest: [u8; 32]) -> Result<Option<Arc<Live>>, StoreError> {
        let state = self.directory.tokens_changed();
        {
            let known = self.live.read().unwrap_or_else(PoisonError::into_inner);
            if known.state == state
                && let Some(live) = known.live.get(&digest)
            {
                return Ok(Some(Arc::clone(live)));
            }
        }
        let Some(row) = self.directory.token(digest).await? else {
            return Ok(None);
        };
        let mut known = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if known.state != state {
            // What was known may have ended since. Its pace begins anew with it.
            *known = Known {
                state,
                live: HashMap::new(),
            };
        }
        let live = known.live.entry(digest).or_insert_with(|| {
            let minute = row.used.map_or(0, |used| used.as_second().div_euclid(60));
            Arc::new(Live {
                row,
                digest,
                limiter: RateLimiter::direct(self.quota),
                used: AtomicI64::new(minute),
            })
        });
        Ok(Some(Arc::clone(live)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_token_is_warned_of_before_its_end() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let row = |days: i64| TokenRow {
            number: 1,
            tenant: TenantId::default(),
            name: "client".to_owned(),
            scope: Scope::Scim,
            site: None,
            mapping: None,
            created: now,
            expires: now + SignedDuration::from_hours(days * 24 + 1),
            revoked: None,
            used: None,
        };
        let on = |days| warning(&row(days), now, false);
        assert_eq!(
            [31, 30, 29, 8, 7, 2, 1, 0].map(on),
            [None, Some(30), None, None, Some(7), None, Some(1), None]
        );
        let at_start = |days| warning(&row(days), now, true);
        assert_eq!(
            [31, 29, 0, -1].map(at_start),
            [None, Some(29), Some(0), None]
        );
        let revoked = TokenRow {
            revoked: Some(now),
            ..row(7)
        };
        assert_eq!(warning(&revoked, now, true), None);
    }
}
