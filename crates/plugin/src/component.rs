//! Whether a component may be linked, or an answer in our own words.
//!
//! The linker's own messages name types (`resource implementation is missing`)
//! and cannot tell "not granted" from "host too old". So imports are looked at
//! first, by name and version, before anything is linked and long before any
//! code runs.

use wasmtime::{Engine, component::Component};

use crate::{compile::Refusal, error::LoadError, grants::Grants};

/// What the names of our interfaces begin with.
pub(crate) const PACKAGE: &str = "purser:plugin/";
const MINOR: &str = "0.1.";

/// Interfaces of the contract that plugins may import.
const IMPORTS: [(&str, Offer); 3] = [
    ("types", Offer::Always),
    ("log", Offer::Always),
    (
        "lookup",
        Offer::Granted {
            capability: "lookup:<table>",
            by: Grants::any_table,
        },
    ),
];

enum Offer {
    Always,
    Granted {
        /// As it would stand in the configuration.
        capability: &'static str,
        by: fn(&Grants) -> bool,
    },
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
            return Err(Refusal::Foreign(import.to_owned()).into());
        };
        let found = same_minor(found)?;
        let offer = IMPORTS.iter().find(|(known, _)| *known == interface);
        match offer.map(|(_, offer)| offer) {
            Some(Offer::Always) => {}
            Some(Offer::Granted { by, .. }) if by(grants) => {}
            Some(Offer::Granted { capability, .. }) => {
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
