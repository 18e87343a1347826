//! One engine for the process, and the clock that ends what does not end itself.
//!
//! Memory comes from a pool, because a fresh instance for each batch is cheap
//! only with it (a reused slot, copy-on-write images). Each memory has all the
//! addresses that a guest can name, 4 GiB, however little of them it may use: then
//! no access needs a check, and a batch takes a fifth less time. That is address
//! space, not memory, but a terabyte of it, which some containers refuse; then the
//! pool is as small as the limits allow, and where that is refused as well,
//! instances are allocated on demand, each memory with no more addresses than it may
//! use: slower, never broken.
//!
//! Time is bounded by epochs and not by fuel: the promise is about wall time,
//! and fuel would punish interpreted languages.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, Inlining, InstanceAllocationStrategy,
    PoolingAllocationConfig, component::Linker,
};

use crate::{
    cache::Cache,
    call::{self, State},
    compile::{Compile, Compiler},
    error::{LoadError, RuntimeError},
    grants::Grants,
    limits::{Limits, TABLE_ELEMENTS},
    plugin::Plugin,
};

/// All that a guest can name: no memory needs more addresses.
const NAMEABLE: usize = 4 << 30;

/// The grain of the time limit.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Calls at the same time; more wait. The pool is as large as that.
const CALLS: u32 = 16;

/// Memory of a slot that is wiped and kept instead of given back. Larger than
/// the stack that a Rust guest puts first, else every call would fault its heap
/// in again.
const KEEP_RESIDENT: usize = 2 << 20;

/// An engine with limits. Cheap to clone; the last clone, plugin or mapper to go
/// takes the engine's clock with it.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) limits: Limits,
    pub(crate) tuning: Tuning,
    pooled: bool,
    pub(crate) compiler: Compiler,
    pub(crate) cache: Option<Cache>,
    gate: Gate,
    ticker: Ticker,
}

impl Runtime {
    /// Sets up the engine. Compiles in this process and keeps nothing.
    ///
    /// # Errors
    /// The limits are beyond what the engine can hold, or no thread is to be had.
    pub fn new(limits: Limits) -> Result<Self, RuntimeError> {
        Self::with(limits, Compile::default())
    }

    /// Sets up the engine, and says how it gets machine code. A cache that cannot
    /// be used is left out; the log says why.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with(limits: Limits, compile: Compile) -> Result<Self, RuntimeError> {
        let (engine, tuning, pooled) =
            engine(&limits).map_err(|e| RuntimeError::Engine(e.into()))?;
        let cache = compile.cache.and_then(|folder| {
            Cache::open(&folder)
                .inspect_err(|error| {
                    tracing::warn!(
                        target: "plugin",
                        folder = %folder.display(),
                        %error,
                        "compiled components cannot be kept there, each run compiles them again",
                    );
                })
                .ok()
        });
        let linker = call::linker(&engine).map_err(|e| RuntimeError::Engine(e.into()))?;
        let ticker = Ticker::start(engine.weak()).map_err(RuntimeError::Ticker)?;
        Ok(Self(Arc::new(Inner {
            engine,
            linker,
            limits,
            tuning,
            pooled,
            compiler: compile.by,
            cache,
            gate: Gate::default(),
            ticker,
        })))
    }

    /// Makes a plugin of a file: a component, or the core module that cargo
    /// writes for `wasm32-unknown-unknown`. `name` is the name of the mapping
    /// that wants it, for messages and log lines.
    ///
    /// Compiles it, unless that was done before and kept (a tenth of a second for
    /// a Rust guest, half a minute for an interpreted language), and runs the
    /// plugin once under the limits, with empty settings.
    ///
    /// # Errors
    /// The file is not a plugin that this host can run; the text says why.
    pub fn load(&self, name: &str, bytes: &[u8], grants: &Grants) -> Result<Plugin, LoadError> {
        Plugin::load(Arc::clone(&self.0), name, bytes, grants)
    }

    /// The limits of every call.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether instances come from a pool. Otherwise the kernel or the container
    /// refused the address space that a pool reserves, and each call takes longer.
    #[must_use]
    pub fn pooled(&self) -> bool {
        self.0.pooled()
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Waits for a place in the pool.
    pub(crate) fn enter(&self) -> Place<'_> {
        self.gate.enter()
    }

    pub(crate) fn pooled(&self) -> bool {
        self.pooled
    }

    /// The engine's clock.
    pub(crate) fn clock(&self) -> Clock<'_> {
        Clock(self)
    }
}

/// The engine's clock, read: the one that ends calls also tells how long they
/// took, so that nobody asks the machine's.
pub(crate) struct Clock<'a>(&'a Inner);

impl Clock<'_> {
    /// Ticks since the engine was made.
    pub(crate) fn now(&self) -> u64 {
        self.0.ticker.ticks.load(Ordering::Relaxed)
    }

    /// The time limit of a call in ticks.
    pub(crate) fn limit(&self) -> u64 {
        let ticks = self.0.limits.batch_time.as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// The deadline of a call that begins now; of its ticks the first may be
    /// over at once.
    pub(crate) fn deadline(&self) -> u64 {
        self.limit().saturating_add(1)
    }
}

/// All that machine code depends on beside the engine's version and the
/// processor: what compiles must be tuned like what runs.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Tuning {
    stack_bytes: usize,
    /// Bytes of address space that a memory has; none: all that a guest can name.
    reservation: Option<u64>,
}

/// The best engine that this machine lets us have, and whether it has a pool.
fn engine(limits: &Limits) -> wasmtime::Result<(Engine, Tuning, bool)> {
    let wide = Tuning {
        stack_bytes: limits.stack_bytes,
        reservation: None,
    };
    let narrow = Tuning {
        reservation: Some(u64::try_from(limits.memory_bytes).unwrap_or(u64::MAX)),
        ..wide
    };
    for tuning in [wide, narrow] {
        match pooling(limits, tuning) {
            Ok(engine) => return Ok((engine, tuning, true)),
            Err(error) => tracing::warn!(
                target: "plugin",
                error = %format_args!("{error:#}"),
                bytes_of_a_memory = tuning.reservation,
                "no address space for a memory pool of this size: plugins take longer",
            ),
        }
    }
    tracing::warn!(target: "plugin", "no memory pool for plugins, allocating on demand");
    // Where a pool is refused, addresses for a few wide memories may be refused as well.
    let tuning = if limits.memory_bytes < NAMEABLE {
        narrow
    } else {
        wide
    };
    Ok((Engine::new(&config(tuning))?, tuning, false))
}

/// The configuration of an engine without a pool.
pub(crate) fn config(tuning: Tuning) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(tuning.stack_bytes)
        // Equal results everywhere, so that projections may be remembered.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        // Where documents cross from one module to another, small functions are
        // called for each of their parts: 7 % of a batch.
        .compiler_inlining(Inlining::Yes);
    if let Some(bytes) = tuning.reservation {
        config.memory_reservation(bytes);
    }
    config
}

/// An engine with a pool.
fn pooling(limits: &Limits, tuning: Tuning) -> wasmtime::Result<Engine> {
    let each = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let all = |count: usize| each(count).saturating_mul(CALLS);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CALLS)
        .total_core_instances(all(limits.core_instances))
        .max_core_instances_per_component(each(limits.core_instances))
        .total_memories(all(limits.memories))
        .max_memories_per_component(each(limits.memories))
        .total_tables(all(limits.tables))
        .max_tables_per_component(each(limits.tables))
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(limits.memory_bytes)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    let mut config = config(tuning);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// The thread that moves the engine's clock. It stops when this is dropped.
struct Ticker {
    ticks: Arc<AtomicU64>,
    _stop: Sender<()>,
}

impl Ticker {
    fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let ticks = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&ticks);
        thread::Builder::new()
            .name("plugin-clock".to_owned())
            .spawn(move || {
                // Nothing is ever sent: the wait ends by time, or for good.
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            })?;
        Ok(Self { ticks, _stop: stop })
    }
}

/// Lets [`CALLS`] callers in at a time: an exhausted pool would be an error.
#[derive(Default)]
struct Gate {
    inside: Mutex<u32>,
    left: Condvar,
}

impl Gate {
    fn enter(&self) -> Place<'_> {
        let inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inside = self
            .left
            .wait_while(inside, |inside| *inside >= CALLS)
            .unwrap_or_else(PoisonError::into_inner);
        *inside += 1;
        Place(self)
    }
}

/// A place in the pool, free again when dropped.
pub(crate) struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inside = self.0.inside.lock().unwrap_or_else(PoisonError::into_inner);
        *inside = inside.saturating_sub(1);
        self.0.left.notify_one();
    }
}
