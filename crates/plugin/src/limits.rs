//! How much a plugin may take: the numbers, and the guard that holds them.
//!
//! Time is held by the engine's epoch (see [`crate::runtime`]), the stack by the
//! engine's configuration, and the size of what comes back by the fuel for
//! copying; this module holds memory, tables and instances.

use std::time::Duration;

use wasmtime::{ResourceLimiter, error::format_err};

/// What a plugin may use. Every figure but the length of its file is per call,
/// because each call has an instance of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a plugin's file. Nothing of a longer one is looked at. 32 MiB;
    /// components of interpreted languages, which bring their interpreter along,
    /// have 2 to 18.
    pub file_bytes: usize,
    /// Wall time of compiling it, where that is done by a process of its own. 120 s;
    /// the largest interpreters take half a minute on two cores.
    pub compile_time: Duration,
    /// Bytes of address space of that process. 2 GiB.
    pub compile_memory_bytes: usize,
    /// Wall time of one call, instantiation included. 5 s.
    pub batch_time: Duration,
    /// Bytes of linear memory, all memories of the instance together. 64 MiB;
    /// a Python guest needs 128 MiB.
    pub memory_bytes: usize,
    /// Bytes of WebAssembly stack. 256 KiB.
    pub stack_bytes: usize,
    /// Bytes of one object's attributes on the way in. 64 KiB.
    pub document_in_bytes: usize,
    /// Bytes of one resource on the way out; times the number of objects, it
    /// also bounds all that a call copies. 256 KiB.
    pub document_out_bytes: usize,
    /// Objects in one call. 100.
    pub batch_objects: usize,
    /// Log lines kept of one call. 100.
    pub log_lines: usize,
    /// Bytes kept of one log line. 1 KiB.
    pub log_line_bytes: usize,
    /// Lookups in one call. 10,000.
    pub lookups: usize,
    /// Core instances in a component. Interpreted languages need many. 64.
    pub core_instances: usize,
    /// Linear memories in a component. 16.
    pub memories: usize,
    /// Tables in a component. 64.
    pub tables: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 32 << 20,
            compile_time: Duration::from_secs(120),
            compile_memory_bytes: 2 << 30,
            batch_time: Duration::from_secs(5),
            memory_bytes: 64 << 20,
            stack_bytes: 256 << 10,
            document_in_bytes: 64 << 10,
            document_out_bytes: 256 << 10,
            batch_objects: 100,
            log_lines: 100,
            log_line_bytes: 1 << 10,
            lookups: 10_000,
            core_instances: 64,
            memories: 16,
            tables: 64,
        }
    }
}

/// Elements of one table; what the pool has room for as well.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Counts what one store has taken, over all its memories together.
pub(crate) struct Guard {
    limits: Limits,
    memory_bytes: usize,
    /// Set when memory was refused: the error that follows is told apart by it.
    pub(crate) memory_refused: bool,
}

impl Guard {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            memory_bytes: 0,
            memory_refused: false,
        }
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .memory_bytes
            .saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory_bytes {
            self.memory_refused = true;
            // An error and not `false`: a guest that is told "no" tends to
            // abort in a way that hides the reason.
            return Err(format_err!("memory limit"));
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        self.limits.core_instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
