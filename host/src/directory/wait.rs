//! Answers that wait until a write has reached a target.
//!
//! The write is made as ever and held in the store (`store/waiting.rs`); here somebody
//! waits for what the settlement of its job says. Nothing is locked meanwhile: no
//! transaction, and no turn at the target. Whoever waits too long is told that it is
//! pending, and the settlement decides all the same.

use std::{sync::Arc, time::Duration};

use purser_engine::ids::MappingName;
use purser_scim::{Resource, ScimError, ScimType, Selection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{Outcome, Refused, Service, plain, render::display, tenant::Kind, unreadable};
use crate::store::{Feed, Hold, Verdict, Writing};

/// For whom the writes of a tenant wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitFor {
    /// The mapping that brings them to its target.
    pub mapping: MappingName,
    /// How long an answer waits, at most.
    pub patience: Duration,
    /// How many wait at once, at most.
    pub waiters: usize,
}

/// The right to wait, and how long.
pub(super) struct Turn {
    feed: Feed,
    until: Instant,
    _room: OwnedSemaphorePermit,
}

/// Whether what was written has reached its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It has, or nobody waits for that.
    #[default]
    Settled,
    /// Not yet.
    Pending,
}

impl Service {
    /// The same for clients, whose writes wait where the tenant says so.
    #[must_use]
    pub fn waiting(mut self) -> Self {
        let wait = self.tenant.wait.as_ref();
        self.room = wait.map(|wait| Arc::new(Semaphore::new(wait.waiters)));
        self
    }

    /// A turn to wait, where writes of the kind do.
    pub(super) fn turn(&self, kind: &Kind) -> Result<Option<Turn>, Refused> {
        let Some((wait, room)) = self.tenant.wait.as_ref().zip(self.room.as_ref()) else {
            return Ok(None);
        };
        let feed = self.feeds.iter().find(|feed| {
            feed.mapping == wait.mapping && feed.resource_type.as_str() == kind.name()
        });
        let Some(feed) = feed else { return Ok(None) };
        if feed.echo {
            // It would wait for its own answer.
            return Err(plain(
                403,
                "writes here wait for the very site for which this token speaks: a site carries out its own writes itself",
            ));
        }
        let Ok(room) = Arc::clone(room).try_acquire_owned() else {
            return Err(plain(
                503,
                "too many writes wait for their target: try again later",
            ));
        };
        Ok(Some(Turn {
            feed: feed.clone(),
            until: Instant::now() + wait.patience,
            _room: room,
        }))
    }

    /// How it is written, and who waits for it.
    pub(super) fn writing_for(
        &self,
        at: jiff::Timestamp,
        turn: Option<&Turn>,
        external_id: Option<&str>,
    ) -> Writing {
        Writing {
            hold: turn.map(|turn| Hold {
                mapping: turn.feed.mapping.clone(),
                external_id: external_id.map(str::to_owned),
            }),
            ..self.writing(at)
        }
    }

    /// Waits until it is known what came of the write.
    ///
    /// # Errors
    /// It was refused and taken back.
    pub(super) async fn delivered(
        &self,
        turn: Option<&Turn>,
        id: &str,
    ) -> Result<Delivery, Refused> {
        let Some(turn) = turn else {
            return Ok(Delivery::Settled);
        };
        let settled = self.directory.settled();
        loop {
            // Listening before looking, or what comes between the two is missed.
            let heard = settled.notified();
            match self.directory.verdict(&turn.feed, id).await? {
                None | Some(Some(Verdict::Done)) => return Ok(Delivery::Settled),
                Some(Some(Verdict::Refused(refusal))) => {
                    let word = refusal.scim_type.as_deref();
                    return Err(Refused::Scim(ScimError {
                        status: refusal.status,
                        scim_type: word.map(ScimType::from),
                        detail: refusal.detail,
                    }));
                }
                Some(None) => {}
            }
            tokio::select! {
                () = heard => {}
                () = tokio::time::sleep_until(turn.until) => return Ok(Delivery::Pending),
            }
        }
    }

    /// An earlier write to the resource waits: this one comes after it.
    ///
    /// # Errors
    /// That takes too long.
    pub(super) async fn after_the_earlier(
        &self,
        turn: Option<&Turn>,
        id: &str,
    ) -> Result<(), Refused> {
        match self.delivered(turn, id).await {
            Ok(Delivery::Pending) => Err(plain(
                503,
                "an earlier write to this resource waits for its target: try again later",
            )),
            // What became of the earlier one was told to whoever sent it.
            Ok(Delivery::Settled) | Err(Refused::Scim(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The resource that the same create has made, or is making, if it was sent before:
    /// its answer came late or was lost.
    pub(super) async fn sent_before(
        &self,
        kind: &Kind,
        resource: &Resource,
        turn: Option<&Turn>,
        selection: &Selection,
    ) -> Result<Option<Outcome>, Refused> {
        let external_id = resource.get("externalId").and_then(|id| id.as_str());
        let Some((_, external_id)) = turn.zip(external_id) else {
            return Ok(None);
        };
        for earlier in self.directory.earlier(&kind.place, external_id).await? {
            let made = Resource::parse(&earlier.document).map_err(unreadable)?;
            if display(&made) != display(resource) {
                continue;
            }
            let delivery = match self.delivered(turn, &earlier.id).await {
                Ok(delivery) => delivery,
                // That one was taken back: this is another try.
                Err(Refused::Scim(_)) => continue,
                Err(error) => return Err(error),
            };
            let mut entry = self.directory.get(&kind.place, &earlier.id).await?;
            if entry.is_none() {
                let hidden = kind.place.hidden();
                entry = self.directory.get(&hidden, &earlier.id).await?;
            }
            if let Some(entry) = entry {
                let outcome = self.outcome(kind, &entry, Some(selection), delivery);
                return outcome.await.map(Some);
            }
        }
        Ok(None)
    }
}
