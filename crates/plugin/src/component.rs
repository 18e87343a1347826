//! From bytes to a component that may be linked, or an answer in our own words.
//!
//! The linker's own messages name types (`resource implementation is missing`)
//! and cannot tell "not granted" from "host too old". So imports are looked at
//! first, by name and version, before anything is linked and long before any
//! code runs.

use wasmtime::{Engine, Module, component::Component};
use wit_component::ComponentEncoder;

use crate::{error::LoadError, grants::Grants, limits::Limits};

const PACKAGE: &str = "purser:plugin/";
const MINOR: &str = "0.1.";

/// Interfaces of the contract that plugins may import.
const IMPORTS: [(&str, Offer); 3] = [
    ("types", Offer::Always),
    ("log", Offer::Always),
    // In the contract as a draft: known by name, so that the answer can say what
    // is missing, but not linked yet.
    (
        "lookup",
        Offer::Later {
            capability: "lookup:<table>",
            prefix: "lookup:",
        },
    ),
];

enum Offer {
    Always,
    Later {
        capability: &'static str,
        prefix: &'static str,
    },
}

/// Reads a file, whether component or core module.
pub(crate) fn read(engine: &Engine, limits: &Limits, bytes: &[u8]) -> Result<Component, LoadError> {
    if bytes.len() > limits.file_bytes {
        return Err(LoadError::FileTooLarge {
            limit: limits.file_bytes,
            found: bytes.len(),
        });
    }
    // Magic, then layer and version: 1 is a core module, anything else is left
    // to the engine to take or refuse.
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
            let component = componentise(engine, bytes)?;
            let component = compile(engine, limits, &component)?;
            let exports = component.component_type().exports(engine).len();
            if exports == 0 {
                return Err(LoadError::NoContract);
            }
            Ok(component)
        }
        Some([0, b'a', b's', b'm', ..]) => compile(engine, limits, bytes),
        _ => Err(LoadError::NotWasm),
    }
}

fn compile(engine: &Engine, limits: &Limits, bytes: &[u8]) -> Result<Component, LoadError> {
    Component::new(engine, bytes).map_err(|error| {
        // The engine has no type for this error; the corpus holds the words. With
        // a pool it comes now, without one when an instance is made.
        if format!("{error:#}").contains("pooling allocator") {
            LoadError::BeyondLimits {
                limits: Box::new(limits.clone()),
                source: error.into(),
            }
        } else {
            damaged(error)
        }
    })
}

fn damaged(error: wasmtime::Error) -> LoadError {
    LoadError::Damaged(error.into())
}

/// Wraps a core module into the component that its contract section describes,
/// so that a Rust author needs nothing but cargo.
fn componentise(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    // The encoder trusts the lengths in a module: it panics on one cut off.
    Module::validate(engine, bytes).map_err(damaged)?;
    let encode = || {
        ComponentEncoder::default()
            .validate(true)
            .module(bytes)
            .and_then(|mut encoder| encoder.encode())
    };
    match std::panic::catch_unwind(encode) {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(match foreign_module_import(engine, bytes) {
            Some(import) => foreign(import),
            None => LoadError::Damaged(error.into()),
        }),
        Err(_) => Err(LoadError::Damaged("the component encoder gave up".into())),
    }
}

/// The first import of a core module that is not of the contract.
fn foreign_module_import(engine: &Engine, bytes: &[u8]) -> Option<String> {
    let module = Module::new(engine, bytes).ok()?;
    let import = module
        .imports()
        .find(|import| !import.module().starts_with(PACKAGE))?;
    Some(import.module().to_owned())
}

fn foreign(import: String) -> LoadError {
    if import.starts_with("wasi") {
        LoadError::NeedsWasi { import }
    } else {
        LoadError::ForeignImport { import }
    }
}

/// Looks at what a component wants and what it offers. Returns the version of
/// the contract that it was built with.
pub(crate) fn verify(
    engine: &Engine,
    component: &Component,
    name: &str,
    grants: &Grants,
) -> Result<String, LoadError> {
    let ty = component.component_type();
    // Versions first: under another contract no other answer is of use.
    let mut version = None;
    let mut maps = false;
    for (export, _) in ty.exports(engine) {
        match contract(export) {
            Some(("metadata", found)) => version = Some(same_minor(found)?),
            Some(("mapping", found)) => maps = same_minor(found).is_ok(),
            // What else it can do is not asked for.
            _ => {}
        }
    }
    for (import, _) in ty.imports(engine) {
        let Some((interface, found)) = contract(import) else {
            return Err(foreign(import.to_owned()));
        };
        let found = same_minor(found)?;
        let offer = IMPORTS.iter().find(|(known, _)| *known == interface);
        match offer.map(|(_, offer)| offer) {
            Some(Offer::Always) => {}
            Some(Offer::Later { prefix, .. }) if grants.any_with(prefix) => {
                return Err(LoadError::NotOffered {
                    interface: interface.to_owned(),
                });
            }
            Some(Offer::Later { capability, .. }) => {
                return Err(LoadError::NotGranted {
                    interface: interface.to_owned(),
                    capability: (*capability).to_owned(),
                    mapping: name.to_owned(),
                });
            }
            None => {
                return Err(LoadError::LaterInterface {
                    interface: interface.to_owned(),
                    version: found.to_owned(),
                });
            }
        }
    }
    match version {
        None => Err(LoadError::NoMetadata),
        Some(_) if !maps => Err(LoadError::NoMapping),
        Some(version) => Ok(version.to_owned()),
    }
}

/// Splits `purser:plugin/<interface>@<version>`.
fn contract(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.split_once('@')
}

fn same_minor(version: &str) -> Result<&str, LoadError> {
    if version.starts_with(MINOR) && !version.contains('-') {
        Ok(version)
    } else {
        Err(LoadError::OtherContract {
            found: version.to_owned(),
        })
    }
}
