//! One call: a fresh store, a fresh instance, a deadline, and an error in words.
//!
//! A trap leaves an instance in an unknown state, and a store never gives back
//! the memory of an instance; so both live for one call and no longer.

use std::sync::Arc;

use wasmtime::{
    Engine, Store, Trap,
    component::{HasSelf, Instance, InstancePre, Linker},
};

use crate::{
    bindings::v0_1::purser::plugin::{log, lookup, types},
    error::{CallError, TrapKind},
    grants::Grants,
    limits::Guard,
    runtime::Inner,
    table::Tables,
    text,
};

/// What a store carries.
pub(crate) struct State {
    guard: Guard,
    plugin: String,
    lines_left: usize,
    line_bytes: usize,
    /// What this call may read: asked for and granted.
    tables: Arc<Tables>,
    lookups_left: usize,
    /// Set when a lookup was refused because there were too many.
    too_many_lookups: bool,
}

/// The strict linker: the shared types and `log`, nothing else. What a plugin
/// imports beyond that does not link, unless it is granted ([`linker_for`]).
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// The linker for a plugin with these grants: a grant is an interface more. That
/// no plugin without it comes this far is the matter of [`crate::component`].
pub(crate) fn linker_for(
    strict: &Linker<State>,
    grants: &Grants,
) -> wasmtime::Result<Linker<State>> {
    let mut linker = strict.clone();
    if grants.any_table() {
        lookup::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    }
    Ok(linker)
}

/// Runs `run` in a fresh instance. `copied` bounds the bytes that the plugin may
/// hand over at once. `tables` are all that it may read.
pub(crate) fn fresh<T>(
    runtime: &Inner,
    plugin: &str,
    pre: &InstancePre<State>,
    copied: usize,
    tables: Arc<Tables>,
    run: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
) -> Result<T, CallError> {
    let _place = runtime.enter();
    let limits = &runtime.limits;
    let mut store = Store::new(
        &runtime.engine,
        State {
            guard: Guard::new(limits),
            plugin: plugin.to_owned(),
            lines_left: limits.log_lines,
            line_bytes: limits.log_line_bytes,
            tables,
            lookups_left: limits.lookups,
            too_many_lookups: false,
        },
    );
    store.limiter(|state| &mut state.guard);
    // Before the instance is made: its start functions count.
    store.set_epoch_deadline(runtime.clock().deadline());
    store.epoch_deadline_trap();
    store.set_hostcall_fuel(copied);
    let result = pre
        .instantiate(&mut store)
        .and_then(|instance| run(&mut store, &instance));
    // Also where it went on: what it made of the refusal depends on how many
    // objects were in its call, and that must not change a result.
    if store.data().too_many_lookups {
        return Err(CallError::Lookups {
            limit: limits.lookups,
        });
    }
    result.map_err(|error| {
        let failure = classify(runtime, store.data(), copied, &error);
        tracing::debug!(target: "plugin", plugin, error = %format_args!("{error:#}"), "call failed");
        failure
    })
}

fn classify(runtime: &Inner, state: &State, copied: usize, error: &wasmtime::Error) -> CallError {
    let limits = &runtime.limits;
    if state.guard.memory_refused {
        return CallError::Memory {
            limit: limits.memory_bytes,
        };
    }
    let kind = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            return CallError::Timeout {
                limit: limits.batch_time,
            };
        }
        Some(Trap::UnreachableCodeReached) => TrapKind::Unreachable,
        Some(Trap::StackOverflow) => TrapKind::StackOverflow,
        Some(Trap::MemoryOutOfBounds | Trap::TableOutOfBounds) => TrapKind::OutOfBounds,
        Some(_) => TrapKind::Other,
        // The engine has no types for these errors; tests hold the words.
        None => {
            let words = format!("{error:#}");
            if words.contains("fuel allocated for hostcalls") {
                return CallError::OutputTooLarge { limit: copied };
            }
            if words.contains("count too high") {
                return CallError::Parts {
                    core_instances: limits.core_instances,
                    memories: limits.memories,
                    tables: limits.tables,
                };
            }
            TrapKind::Other
        }
    };
    CallError::Trap { kind }
}

impl types::Host for State {}

impl lookup::Host for State {
    fn get(&mut self, table: String, key: String) -> Result<Vec<String>, lookup::LookupError> {
        let Some(left) = self.lookups_left.checked_sub(1) else {
            self.too_many_lookups = true;
            return Err(lookup::LookupError::Quota);
        };
        self.lookups_left = left;
        let table = self.tables.get(&table);
        let table = table.ok_or(lookup::LookupError::NotGranted)?;
        Ok(table.get(&key).to_vec())
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        let Some(left) = self.lines_left.checked_sub(1) else {
            return;
        };
        self.lines_left = left;
        let plugin = self.plugin.as_str();
        let message = text::clean_to(&message, self.line_bytes);
        match level {
            log::Level::Debug => tracing::debug!(target: "plugin", plugin, "{message}"),
            log::Level::Info => tracing::info!(target: "plugin", plugin, "{message}"),
            log::Level::Warning => tracing::warn!(target: "plugin", plugin, "{message}"),
            log::Level::Error => tracing::error!(target: "plugin", plugin, "{message}"),
        }
        if left == 0 {
            tracing::warn!(target: "plugin", plugin, "too many log lines in one call, the rest is dropped");
        }
    }
}
