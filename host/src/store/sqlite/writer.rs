//! The one thread that owns the connection.
//!
//! Whoever needs the database sends a closure. Closures that arrive while a
//! commit is under way share the next one, and nobody is answered before that
//! is on disk (but for what a run stages, see [`Writer::stage`]). Where one of a
//! group fails, the group is undone and each runs again by itself, so that one
//! takes nothing of the others with it: savepoints would do the same, but they
//! cost each closure a copy of every page that it changes, and failures are rare.
//! That is what a durable settle of many concurrent requests needs, and why the
//! store speaks to SQLite directly (rusqlite) and not through an asynchronous
//! pool: the grouping lives in the thread that owns the connection.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use self::manner::{Answered, Patience};
use super::readers::Readers;
use crate::{
    failpoint::{self, Moment, Step},
    store::StoreError,
};

mod manner;

/// At most so many closures share a commit.
const GROUP: usize = 128;

/// How long what settles an answer waits for others to share its commit. A commit
/// costs the same few pages and one flush for one answer as for twenty, and nobody
/// but the next batch waits for it.
const LINGER: Duration = Duration::from_millis(5);

/// So many are worth a commit at once.
const ENOUGH: usize = 32;

/// A closure with whoever waits for its outcome. It may run twice, see above.
trait Work: Send {
    fn answered(&self) -> Answered;

    /// Whether it may wait for others, see [`LINGER`].
    fn patience(&self) -> Patience;

    /// Whether it went well.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells the outcome, once that of the commit is known.
    fn reply(self: Box<Self>, commit: Result<(), &rusqlite::Error>);
}

struct Asked<T, F> {
    answered: Answered,
    patience: Patience,
    body: F,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Asked<T, F>
where
    T: Send,
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
{
    fn answered(&self) -> Answered {
        self.answered
    }

    fn patience(&self) -> Patience {
        self.patience
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let outcome = (self.body)(connection);
        let well = outcome.is_ok();
        self.outcome = Some(outcome);
        well
    }

    fn reply(self: Box<Self>, commit: Result<(), &rusqlite::Error>) {
        let Self {
            body,
            outcome,
            answer,
            ..
        } = *self;
        let outcome = match (commit, outcome) {
            // What failed by itself says why.
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(error), _) => Err(StoreError::Commit(error.to_string())),
            (Ok(()), None) => Err(StoreError::Commit("it was not tried".to_owned())),
        };
        // Whatever it shares with whoever asked is left to them, who made it: to free
        // the memory of another thread is dear.
        drop(body);
        // Whoever asked may have gone away: then nobody needs the answer.
        let _ = answer.send(outcome);
    }
}

/// A handle to the thread. The thread ends when the last handle is gone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Work>>,
}

impl Writer {
    /// Takes the connection over.
    pub(super) fn start(connection: Connection, readers: Readers) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel::<Box<dyn Work>>();
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(&connection, &readers, &work))
            .map_err(|e| StoreError::Thread(e.to_string()))?;
        Ok(Self { queue })
    }

    /// Runs `body` as one transaction and answers when it is durable. Its step
    /// says what it is.
    pub(super) async fn run<T, F>(&self, step: Step, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
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
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.step(Answered::InOrder, step, body).await
    }

    /// What a run stages for itself and could lose: no step.
    pub(super) async fn unnamed<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue(Answered::InOrder, Patience::None, body).await
    }

    async fn step<T, F>(&self, answered: Answered, step: Step, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        failpoint::reach(step, Moment::Before);
        let outcome = self
            .queue(answered, Patience::of(step), move |connection| {
                let outcome = body(connection);
                failpoint::reach(step, Moment::Uncommitted);
                outcome
            })
            .await;
        failpoint::reach(step, Moment::After);
        outcome
    }

    async fn queue<T, F>(
        &self,
        answered: Answered,
        patience: Patience,
        body: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, receive) = oneshot::channel();
        let work = Box::new(Asked {
            answered,
            patience,
            body,
            outcome: None,
            answer,
        });
        self.queue
            .send(work)
            .map_err(|_| StoreError::Thread("the store's thread has ended".to_owned()))?;
        receive
            .await
            .map_err(|_| StoreError::Thread("the store's thread has ended".to_owned()))?
    }
}

/// What the thread works on.
struct Serving<'c> {
    connection: &'c Connection,
    readers: &'c Readers,
    /// What the connection is set to.
    set_to: Option<Answered>,
}

fn serve(connection: &Connection, readers: &Readers, queue: &mpsc::Receiver<Box<dyn Work>>) {
    let mut serving = Serving {
        connection,
        readers,
        set_to: None,
    };
    let mut waiting = None;
    while let Some(first) = waiting.take().or_else(|| queue.recv().ok()) {
        let (answered, patience, begun) = (first.answered(), first.patience(), Instant::now());
        let mut group = vec![first];
        let together = serving.transaction(answered, |connection| {
            let mut well = group.iter_mut().all(|first| first.run(connection));
            let mut patient = patience == Patience::Waits;
            while well && group.len() < GROUP {
                let wait = if patient && group.len() < ENOUGH {
                    LINGER.saturating_sub(begun.elapsed())
                } else {
                    Duration::ZERO
                };
                match next(queue, wait) {
                    // What need not be on the disk may be there.
                    Some(mut next)
                        if next.answered() == answered || answered == Answered::OnDisk =>
                    {
                        patient &= next.patience() != Patience::None;
                        well = next.run(connection);
                        group.push(next);
                    }
                    // It has the next commit, which keeps the order.
                    Some(other) => {
                        waiting = Some(other);
                        break;
                    }
                    None => break,
                }
            }
            well
        });
        let undone = matches!(together, Ok(false)) && group.len() > 1;
        for mut work in group {
            let alone = if undone {
                serving
                    .transaction(answered, |connection| work.run(connection))
                    .map(drop)
            } else {
                Ok(())
            };
            let outcome = together.as_ref().map(drop).and(alone.as_ref().copied());
            work.reply(outcome);
        }
    }
}

/// What is asked next, within `wait`.
fn next(queue: &mpsc::Receiver<Box<dyn Work>>, wait: Duration) -> Option<Box<dyn Work>> {
    match queue.try_recv() {
        Ok(work) => Some(work),
        Err(_) if wait.is_zero() => None,
        Err(_) => queue.recv_timeout(wait).ok(),
    }
}

impl Serving<'_> {
    /// Commits where `body` says that all went well; else all of it is undone.
    fn transaction(
        &mut self,
        answered: Answered,
        body: impl FnOnce(&Connection) -> bool,
    ) -> rusqlite::Result<bool> {
        let outcome = self.attempt(answered, body);
        if !self.connection.is_autocommit() {
            // Nothing of it stays, and whoever asked is told so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        outcome
    }

    fn attempt(
        &mut self,
        answered: Answered,
        body: impl FnOnce(&Connection) -> bool,
    ) -> rusqlite::Result<bool> {
        if self.set_to != Some(answered) {
            self.connection.execute_batch(answered.synchronous())?;
            self.set_to = Some(answered);
        }
        let _readers_know = self.readers.writing();
        self.execute("BEGIN IMMEDIATE")?;
        let well = body(self.connection);
        if well {
            self.execute("COMMIT")?;
        }
        Ok(well)
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(statement)?
            .execute([])
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, time::Duration};

    use tokio::task::{self, JoinHandle};

    use super::*;

    type Marks = Result<i64, StoreError>;

    /// A writer of a database with marks, of which some must have a parent by the
    /// time that they are committed.
    fn writer() -> (tempfile::TempDir, PathBuf, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks.db");
        let connection = Connection::open(&path).unwrap();
        let tables = "
            PRAGMA journal_mode = WAL;
            PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE mark (n INTEGER, parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)";
        connection.execute_batch(tables).unwrap();
        let readers = Readers::new(path.clone());
        (folder, path, Writer::start(connection, readers).unwrap())
    }

    /// What another connection sees.
    fn seen(path: &PathBuf) -> Vec<i64> {
        let reader = Connection::open(path).unwrap();
        let mut query = reader.prepare("SELECT n FROM mark ORDER BY rowid").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Leaves a mark and says how durable it will be: 2 is `FULL`, 1 is `NORMAL`.
    fn mark(connection: &Connection, n: i64, parent: Option<i64>) -> Marks {
        let row = rusqlite::params![n, parent];
        connection.execute("INSERT INTO mark VALUES (?1, ?2)", row)?;
        Ok(connection.pragma_query_value(None, "synchronous", |row| row.get(0))?)
    }

    fn run(
        writer: &Writer,
        body: impl Fn(&Connection) -> Marks + Send + 'static,
    ) -> JoinHandle<Marks> {
        let writer = writer.clone();
        task::spawn(async move { writer.run(Step::Settle, body).await })
    }

    fn stage(writer: &Writer, n: i64) -> JoinHandle<Marks> {
        let writer = writer.clone();
        task::spawn(async move {
            writer
                .stage(Step::StagePage, move |c| mark(c, n, None))
                .await
        })
    }

    /// What keeps the writer busy until the sender is dropped.
    fn gate(
        n: i64,
    ) -> (
        mpsc::Sender<()>,
        impl Fn(&Connection) -> Marks + Send + 'static,
    ) {
        let (go, gate) = mpsc::channel();
        let body = move |connection: &Connection| {
            let closed = gate.recv_timeout(Duration::from_secs(60));
            assert_eq!(closed, Err(mpsc::RecvTimeoutError::Disconnected));
            mark(connection, n, None)
        };
        (go, body)
    }

    fn busy(writer: &Writer, n: i64) -> (mpsc::Sender<()>, JoinHandle<Marks>) {
        let (go, body) = gate(n);
        (go, run(writer, body))
    }

    /// All that was spawned has asked: tasks of one thread come in turn.
    async fn asked() {
        for _ in 0..3 {
            task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_is_answered_is_flushed_and_what_is_staged_only_kept_in_order() {
        let (_folder, path, writer) = writer();
        let (go, body) = gate(1);
        let busy = writer.clone();
        let first = task::spawn(async move { busy.stage(Step::StagePage, body).await });
        let staged = [stage(&writer, 2), stage(&writer, 3)];
        let last = run(&writer, |c| mark(c, 4, None));
        let unnamed = writer.clone();
        let unnamed = task::spawn(async move { unnamed.unnamed(|c| mark(c, 5, None)).await });
        asked().await;
        drop(go);
        let mut durable = vec![first.await.unwrap().unwrap()];
        for one in staged.into_iter().chain([last, unnamed]) {
            durable.push(one.await.unwrap().unwrap());
        }
        // The last one shares a commit that is flushed in any case.
        assert_eq!(durable, [1, 1, 1, 2, 2]);
        assert_eq!(seen(&path), [1, 2, 3, 4, 5]);
    }

    #[tokio::test]
    async fn who_asks_meanwhile_shares_a_commit() {
        let (_folder, path, writer) = writer();
        let (go, first) = busy(&writer, 1);
        let slow = run(&writer, |c| {
            thread::sleep(Duration::from_millis(300));
            mark(c, 2, None)
        });
        asked().await;
        assert_eq!(seen(&path), [0; 0]);
        drop(go);
        first.await.unwrap().unwrap();
        // The first is answered with the last of the group, and not before.
        assert_eq!(seen(&path), [1, 2]);
        slow.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_fails_takes_nothing_of_the_others_along() {
        let (_folder, path, writer) = writer();
        let (go, first) = busy(&writer, 1);
        let failing = run(&writer, |c| {
            mark(c, 2, None)?;
            Err(StoreError::Thread("of its own".to_owned()))
        });
        let after = run(&writer, |c| mark(c, 3, None));
        asked().await;
        drop(go);
        first.await.unwrap().unwrap();
        let error = failing.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("of its own"), "{error}");
        after.await.unwrap().unwrap();
        assert_eq!(seen(&path), [1, 3]);
    }

    #[tokio::test]
    async fn a_commit_that_fails_is_told_to_all_who_share_it_and_the_next_goes_well() {
        let (_folder, path, writer) = writer();
        let (go, first) = busy(&writer, 1);
        let orphan = run(&writer, |c| mark(c, 2, Some(7)));
        asked().await;
        drop(go);
        for one in [first, orphan] {
            let error = one.await.unwrap().unwrap_err();
            assert!(matches!(error, StoreError::Commit(_)), "{error}");
        }
        assert_eq!(seen(&path), [0; 0], "who was told so has left nothing");
        run(&writer, |c| mark(c, 3, None)).await.unwrap().unwrap();
        assert_eq!(seen(&path), [3]);
    }
}
