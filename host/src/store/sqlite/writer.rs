//! The one thread that owns the connection.
//!
//! Whoever needs the database sends a closure. Closures that arrive while a
//! commit is under way share the next one: each runs in a savepoint of its own,
//! so one that fails takes nothing of the others with it, and nobody is
//! answered before the commit is on disk. That is what a durable settle of many
//! concurrent requests needs, and why the store speaks to SQLite directly
//! (rusqlite) and not through an asynchronous pool: the grouping lives in the
//! thread that owns the connection.

use std::{sync::mpsc, thread};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    failpoint::{self, Moment, Step},
    store::StoreError,
};

/// At most so many closures share a commit.
const GROUP: usize = 128;

/// A closure with its answer; returns what is to be done once the commit's
/// outcome is known.
type Work = Box<dyn FnOnce(&Connection) -> Reply + Send>;
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
        failpoint::reach(step, Moment::Before);
        let outcome = self
            .unnamed(move |connection| {
                let outcome = body(connection);
                failpoint::reach(step, Moment::Uncommitted);
                outcome
            })
            .await;
        failpoint::reach(step, Moment::After);
        outcome
    }

    /// The same for what a run stages for itself and could lose: no step.
    pub(super) async fn unnamed<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, receive) = oneshot::channel::<Result<T, StoreError>>();
        let work: Work = Box::new(move |connection| {
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
            .send(work)
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
    while let Ok(first) = work.recv() {
        let mut replies = Vec::new();
        let outcome = connection.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
            replies.push(first(connection));
            while replies.len() < GROUP {
                match work.try_recv() {
                    Ok(next) => replies.push(next(connection)),
                    Err(_) => break,
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
