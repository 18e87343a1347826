//! Reading beside the one writer.
//!
//! In WAL mode a reader sees the state of the last commit when it begins, and
//! neither waits for the writer nor makes it wait. So a question that changes
//! nothing does not stand in the writer's queue, where it would hold up a
//! commit that others wait for. Whoever has been answered by the writer finds
//! what was committed: the answer comes after the commit, and a reader that
//! begins later begins behind it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::open;
use crate::store::StoreError;

/// Questions that are answered at once. More do not help a disk, and each
/// connection keeps pages of its own in memory.
const AT_ONCE: usize = 2;

/// Connections that only read. They are opened as they are needed.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
            idle: Arc::default(),
            free: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Runs `body` on one state of the store, however many statements it takes.
    pub(super) async fn run<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let ended = |_| StoreError::Thread("a reader of the store has ended".to_owned());
        let turn = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|e| StoreError::Thread(e.to_string()))?;
        let readers = self.clone();
        spawn_blocking(move || {
            let outcome = readers.now(body);
            drop(turn);
            outcome
        })
        .await
        .map_err(ended)?
    }

    /// The same at once, on the thread that asks: for what reads a handful of pages
    /// and is asked often, as to hand it over would cost more than the answer. So
    /// many of these are under way at most as there are threads.
    pub(super) fn now<T>(
        &self,
        body: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let outcome = in_snapshot(&connection, body);
        self.idle().push(connection);
        outcome
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A push or a pop is whole or has not happened.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opened for writing, so that the last connection of all can fold the log into
/// the file; but every statement that would change something is refused.
fn connect(path: &std::path::Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(&format!("PRAGMA query_only = ON; {}", open::READER))?;
    open::plan_once(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn in_snapshot<T>(
    connection: &Connection,
    body: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let outcome = body(connection);
    // Nothing was changed, so both mean the same.
    connection.prepare_cached("ROLLBACK")?.execute([])?;
    outcome
}
