//! From a plugin's file to machine code.
//!
//! The compiler is the widest door that a stranger's file passes: it takes
//! superlinear time for some functions, it writes out every instance of nested
//! components, and nothing can stop it once it has begun. So it works in a
//! process of its own, with an end to its time and its memory ([`child`]), and
//! what it made is kept ([`crate::cache`]): once a file, not once a run.
//!
//! A program that embeds this crate and has no such process to start gets
//! [`Compiler::Here`]: a panic of the compiler is caught, but only
//! [`crate::Limits::file_bytes`] bounds what it takes. That is for tests and for
//! files that one trusts.
//!
//! Rejected: caps on functions, blocks and locals instead of a process. What the
//! interpreters of real plugins need is more than what a bomb needs.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use wasmtime::{Engine, Module, component::Component};
use wit_component::ComponentEncoder;

use crate::{cache::Key, component::PACKAGE, error::LoadError, runtime::Inner};

pub(crate) mod child;

/// How a runtime gets machine code.
#[derive(Debug, Clone, Default)]
pub struct Compile {
    /// Who compiles.
    pub by: Compiler,
    /// The folder that compiled components are kept in; made where it is not
    /// there. It must belong to this process's user, and nobody else may write
    /// to it. None: nothing is kept.
    pub cache: Option<PathBuf>,
}

/// Who compiles.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// This process, for as long and with as much memory as it takes.
    #[default]
    Here,
    /// A process of its own, within [`crate::Limits::compile_time`] and
    /// [`crate::Limits::compile_memory_bytes`]. The program must do nothing but
    /// call [`crate::compile_component`] when it is called with these arguments.
    Child {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
}

/// Where a plugin's machine code came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was compiled just now.
    Compiled,
    /// It was compiled before, and kept.
    Kept,
}

/// Why the compiler does not take a file. Crosses from one process to another.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// What a library said.
    Damaged(String),
    /// It imports what is not in the contract.
    Foreign(String),
}

impl From<Refusal> for LoadError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Damaged(why) => Self::Damaged(why.into()),
            Refusal::Foreign(import) if import.starts_with("wasi") => Self::NeedsWasi { import },
            Refusal::Foreign(import) => Self::ForeignImport { import },
        }
    }
}

/// Makes a component of a file, whether component or core module.
pub(crate) fn component(runtime: &Inner, bytes: &[u8]) -> Result<(Component, Origin), LoadError> {
    let limits = &runtime.limits;
    if bytes.len() > limits.file_bytes {
        return Err(LoadError::FileTooLarge {
            limit: limits.file_bytes,
            found: bytes.len(),
        });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(LoadError::NotWasm);
    }
    let key = Key::new(&runtime.engine, bytes);
    let kept = runtime
        .cache
        .as_ref()
        .and_then(|cache| cache.load(&runtime.engine, &key));
    let (component, origin) = match kept {
        Some(component) => (component, Origin::Kept),
        None => {
            let artefact = compile(runtime, bytes)?;
            let component = take(runtime, &artefact)?;
            if let Some(cache) = &runtime.cache {
                cache.keep(&key, &artefact);
            }
            (component, Origin::Compiled)
        }
    };
    let exports = component.component_type().exports(&runtime.engine).len();
    if is_module(bytes) && exports == 0 {
        return Err(LoadError::NoContract);
    }
    Ok((component, origin))
}

fn compile(runtime: &Inner, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    match &runtime.compiler {
        Compiler::Here => Ok(here(&runtime.engine, bytes)?),
        Compiler::Child { program, arguments } => child::ask(runtime, program, arguments, bytes),
    }
}

/// Compiles in this process. Panics of the compiler are its refusal.
fn here(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let compile = || {
        let wrapped;
        let component = if is_module(bytes) {
            wrapped = wrap(engine, bytes)?;
            &wrapped
        } else {
            bytes
        };
        engine.precompile_component(component).map_err(damaged)
    };
    catch_unwind(AssertUnwindSafe(compile))
        .unwrap_or_else(|_| Err(Refusal::Damaged("the compiler gave up".to_owned())))
}

/// Takes over what the compiler made.
#[expect(
    unsafe_code,
    reason = "loading machine code cannot be checked by the compiler"
)]
fn take(runtime: &Inner, artefact: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: the bytes come from `Engine::precompile_component`, called by this
    // process or by the program that the embedder named for it, through a pipe
    // that nobody else has an end of.
    let component = unsafe { Component::deserialize(&runtime.engine, artefact) };
    component.map_err(|error| {
        // The engine has no type for this error; the corpus holds the words. With
        // a pool it comes now, without one when an instance is made.
        if format!("{error:#}").contains("pooling allocator") {
            LoadError::BeyondLimits {
                limits: Box::new(runtime.limits.clone()),
                source: error.into(),
            }
        } else {
            LoadError::Damaged(error.into())
        }
    })
}

/// Whether the bytes are a core module: magic, then layer and version. Anything
/// else is left to the engine to take or refuse.
fn is_module(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x01\0\0\0")
}

/// Wraps a core module into the component that its contract section describes,
/// so that a Rust author needs nothing but cargo.
fn wrap(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    // The encoder trusts the lengths in a module: it panics on one cut off.
    Module::validate(engine, bytes).map_err(damaged)?;
    ComponentEncoder::default()
        .validate(true)
        .module(bytes)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| match foreign_import(engine, bytes) {
            Some(import) => Refusal::Foreign(import),
            None => Refusal::Damaged(format!("{error:#}")),
        })
}

/// The first import of a core module that is not of the contract.
fn foreign_import(engine: &Engine, bytes: &[u8]) -> Option<String> {
    let module = Module::new(engine, bytes).ok()?;
    let import = module
        .imports()
        .find(|import| !import.module().starts_with(PACKAGE))?;
    Some(import.module().to_owned())
}

fn damaged(error: wasmtime::Error) -> Refusal {
    Refusal::Damaged(format!("{error:#}"))
}
