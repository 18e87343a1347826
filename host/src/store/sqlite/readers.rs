//! Reading beside the one writer.
//!
//! In WAL mode a reader sees the state of the last commit when it begins, and
//! neither waits for the writer nor makes it wait. So a question that changes
//! nothing does not stand in the writer's queue, where it would hold up a
//! commit that others wait for. Whoever has been answered by the writer finds
//! what was committed: the answer comes after the commit, and a reader that
//! begins later begins behind it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::open;
use crate::store::StoreError;

/// Questions that are answered at once. More do not help a disk, and each
/// connection keeps pages of its own in memory.
const AT_ONCE: usize = 2;

/// So long nothing was written when a connection for short questions maps the file.
const QUIET: Duration = Duration::from_millis(200);

/// The most that SQLite maps, in bytes.
const MAPPED: i64 = 0x7fff_0000;

/// Connections that only read. They are opened as they are needed.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    path: Arc<PathBuf>,
    /// For questions that go through much, once.
    idle: Arc<Mutex<Vec<Reader>>>,
    /// For short ones, of which many come.
    quick: Arc<Mutex<Vec<Reader>>>,
    free: Arc<Semaphore>,
    /// Grows with each transaction of the writer.
    state: Arc<AtomicU64>,
    /// The writer is at work.
    writing: Arc<AtomicBool>,
}

/// A connection that only reads.
#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// The state that it looks at, where its look is open.
    open: Option<u64>,
    /// When it began to look at a state.
    since: Instant,
    /// Its pages are the system's own.
    mapped: bool,
}

impl Reader {
    fn new(connection: Connection) -> Self {
        Self {
            connection,
            open: None,
            since: Instant::now(),
            mapped: false,
        }
    }

    /// Looks at a state that is no older than this.
    fn look(&mut self, state: u64) -> rusqlite::Result<()> {
        if self.open != Some(state) {
            self.close()?;
            self.map(false)?;
            self.begin(state)?;
            self.since = Instant::now();
        }
        Ok(())
    }

    fn begin(&mut self, state: u64) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        self.open = Some(state);
        Ok(())
    }

    /// Maps the file where nothing has been written for a while. SQLite forgets the pages
    /// that a connection has read, and unmaps what it has mapped, whenever somebody else
    /// has written. Read anew, a page of a large store is a call to the system; mapped
    /// anew, it is a fault, which is dearer. So mapping is for when it lasts: then a page
    /// costs nothing, and is in the system's memory and nowhere else.
    fn map_where_quiet(&mut self, state: u64) -> rusqlite::Result<()> {
        if !self.mapped && self.since.elapsed() > QUIET {
            self.close()?;
            self.map(true)?;
            self.begin(state)?;
        }
        Ok(())
    }

    fn map(&mut self, wanted: bool) -> rusqlite::Result<()> {
        if self.mapped != wanted {
            let size = if wanted { MAPPED } else { 0 };
            self.connection.pragma_update(None, "mmap_size", size)?;
            self.mapped = wanted;
        }
        Ok(())
    }

    /// Nothing was changed: to roll back and to commit are the same.
    fn close(&mut self) -> rusqlite::Result<()> {
        if self.open.take().is_some() {
            self.connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        Ok(())
    }
}

/// While the writer is at work.
pub(super) struct Writing<'r>(&'r Readers);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        // Before whoever asked is answered: what they ask next is behind it.
        self.0.state.fetch_add(1, Ordering::AcqRel);
        self.0.writing.store(false, Ordering::Release);
    }
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
            idle: Arc::default(),
            quick: Arc::default(),
            free: Arc::new(Semaphore::new(AT_ONCE)),
            state: Arc::default(),
            writing: Arc::default(),
        }
    }

    /// The writer begins: no look stays open that nobody looks through.
    pub(super) fn writing(&self) -> Writing<'_> {
        self.writing.store(true, Ordering::Release);
        for pool in [&self.idle, &self.quick] {
            for reader in locked(pool).iter_mut() {
                // One that cannot be closed is not used again either.
                let _looked_at_no_more = reader.close();
            }
        }
        Writing(self)
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
            let outcome = readers.ask(&readers.idle, false, body);
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
        self.ask(&self.quick, true, body)
    }

    fn ask<T>(
        &self,
        pool: &Mutex<Vec<Reader>>,
        is_quick: bool,
        body: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = locked(pool).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader::new(connect(&self.path)?),
        };
        let state = self.state.load(Ordering::Acquire);
        reader.look(state)?;
        if is_quick {
            reader.map_where_quiet(state)?;
        }
        let outcome = body(&reader.connection);
        if outcome.is_err() {
            reader.close()?;
        }
        let mut idle = locked(pool);
        if self.writing.load(Ordering::Acquire) {
            reader.close()?;
        }
        idle.push(reader);
        outcome
    }
}

fn locked(pool: &Mutex<Vec<Reader>>) -> MutexGuard<'_, Vec<Reader>> {
    // A push or a pop is whole or has not happened.
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opened for writing, so that the last connection of all can fold the log into
/// the file; but every statement that would change something is refused.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(&format!("PRAGMA query_only = ON; {}", open::READER))?;
    open::plan_once(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
