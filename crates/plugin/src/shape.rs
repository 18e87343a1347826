//! What a component is made of, as it can be seen from outside.

use wasmtime::{Engine, component::Component};

/// Bytes of a page of linear memory.
const PAGE_BYTES: u64 = 64 << 10;

/// A component from outside: what it wants, what it offers, what each instance takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The version of the contract that it was built with.
    pub contract: String,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports; those of a later contract are among them.
    pub exports: Vec<String>,
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Linear memories of an instance.
    pub memories: u32,
    /// Bytes with which the largest of them begins.
    pub memory_bytes: u64,
    /// Tables of an instance.
    pub tables: u32,
}

impl Shape {
    pub(crate) fn of(
        engine: &Engine,
        component: &Component,
        contract: String,
        file_bytes: usize,
    ) -> Self {
        let ty = component.component_type();
        // None only for components that import core modules, which the contract has not.
        let needs = component.resources_required();
        let count = |get: fn(&wasmtime::ResourcesRequired) -> u32| needs.as_ref().map_or(0, get);
        Self {
            contract,
            imports: ty
                .imports(engine)
                .map(|(name, _)| name.to_owned())
                .collect(),
            exports: ty
                .exports(engine)
                .map(|(name, _)| name.to_owned())
                .collect(),
            file_bytes,
            memories: count(|needs| needs.num_memories),
            memory_bytes: needs
                .as_ref()
                .and_then(|needs| needs.max_initial_memory_size)
                .map_or(0, |pages| pages.saturating_mul(PAGE_BYTES)),
            tables: count(|needs| needs.num_tables),
        }
    }
}
