//! The one thread that owns the connection.
//!
//! Whoever needs the database sends a closure. Closures that arrive while a
//! commit is under way share the next one: each runs in a savepoint of its own,
//! so one that fails takes nothing of the others with it, and nobody is
//! answered before the commit is on disk (but for what a run stages, see
//! [`Writer::stage`]). That is what a durable settle of many
//! concurrent requests needs, and why the store speaks to SQLite directly
//! (rusqlite) and not through an asynchronous pool: the grouping lives in the
//! thread that owns the connection.

use std::{
    sync::mpsc::{self, TryRecvError},
    thread,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    failpoint::{self, Moment, Step},
    store::StoreError,
};

/// At most so many closures share a commit.
const GROUP: usize = 128;

/// Whether an answer waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    /// What was done survives a power cut.
    OnDisk,
    /// A power cut may take it back, in the order in which it was done: what is
    /// on the disk later is so together with all that came before it.
    InOrder,
}

/// A closure with its answer; returns what is to be done once the commit's
/// outcome is known.
type Body = Box<dyn FnOnce(&Connection) -> Reply + Send>;
type Work = (Answered, Body);
type Reply = Box<dyn FnOnce(Result<(), &rusqlite::Error>) + Send>;

/// A handle to the thread. The thread ends when the last handle is gone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Work>,
}

impl Writer {
    /// Takes the connection over.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel::<Work>();
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(&connection, &work))
            .map_err(|e| StoreError::Thread(e.to_string()))?;
        Ok(Self { queue })
    }

    /// Runs `body` as one transaction and answers when it is durable. Its step
    /// says what it is.
    pub(super) async fn run<T, F>(&self, step: Step, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.step(Answered::OnDisk, step, body).await
    }

    /// The same for what a run reads anew if it is cut short: whole pages in a
    /// transaction each, but nobody waits for the disk. A request to a target, a
    /// plan that is approved and the end of a run wait for it, and what was
    /// staged before them is on the disk then, too.
    pub(super) async fn stage<T, F>(&self, step: Step, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.step(Answered::InOrder, step, body).await
    }

    /// What a run stages for itself and could lose: no step.
    pub(super) async fn unnamed<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue(Answered::InOrder, body).await
    }

    async fn step<T, F>(&self, answered: Answered, step: Step, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        failpoint::reach(step, Moment::Before);
        let outcome = self
            .queue(answered, move |connection| {
                let outcome = body(connection);
                failpoint::reach(step, Moment::Uncommitted);
                outcome
            })
            .await;
        failpoint::reach(step, Moment::After);
        outcome
    }

    async fn queue<T, F>(&self, answered: Answered, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, receive) = oneshot::channel::<Result<T, StoreError>>();
        let body: Body = Box::new(move |connection| {
            let outcome = in_savepoint(connection, body);
            Box::new(move |commit| {
                let outcome = match commit {
                    Ok(()) => outcome,
                    Err(e) => Err(StoreError::Commit(e.to_string())),
                };
                // Whoever asked may have gone away: then nobody needs the answer.
                let _ = answer.send(outcome);
            })
        });
        self.queue
            .send((answered, body))
            .map_err(|_| StoreError::Thread("the store's thread has ended".to_owned()))?;
        receive
            .await
            .map_err(|_| StoreError::Thread("the store's thread has ended".to_owned()))?
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    body: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT work")?;
    match body(connection) {
        Ok(value) => {
            connection.execute_batch("RELEASE work")?;
            Ok(value)
        }
        Err(error) => {
            connection.execute_batch("ROLLBACK TO work; RELEASE work")?;
            Err(error)
        }
    }
}

fn serve(connection: &Connection, work: &mpsc::Receiver<Work>) {
    let mut waiting = None;
    while let Some((answered, first)) = waiting.take().or_else(|| work.recv().ok()) {
        let mut replies = Vec::new();
        let outcome = begin(connection, answered).and_then(|()| {
            replies.push(first(connection));
            while replies.len() < GROUP {
                match work.try_recv() {
                    Ok((next, body)) if next == answered => replies.push(body(connection)),
                    // It has the next commit, which keeps the order.
                    Ok(other) => {
                        waiting = Some(other);
                        break;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            connection.execute_batch("COMMIT")
        });
        if outcome.is_err() && !connection.is_autocommit() {
            // The commit failed and everybody is told so; what was done is undone.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(outcome.as_ref().copied());
        }
    }
}

/// In WAL mode `NORMAL` writes in order and leaves the flush to the next commit
/// under `FULL`, or to the next time that the log is folded into the file.
fn begin(connection: &Connection, answered: Answered) -> rusqlite::Result<()> {
    connection.execute_batch(match answered {
        Answered::OnDisk => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        Answered::InOrder => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
    })
}
