//! `[mapping.NAME.operations.KIND]`: what may be done by whose initiative.

use std::collections::BTreeMap;

use purser_engine::{
    ids::Kind,
    operation::{Operation, Switches, Trigger},
};

use super::known_kind;
use crate::config::{
    reader::{Pairs, Reader},
    source::SourceConfig,
};

/// By kind and operation, the triggers that may.
pub(super) type RawOperations = Pairs<BTreeMap<Operation, Vec<Trigger>>>;

pub(super) fn check(
    raw: RawOperations,
    source: Option<&SourceConfig>,
    reader: &mut Reader<'_>,
) -> Switches {
    let mut switches = Switches::default();
    for (kind, operations) in raw.0 {
        known_kind(&kind, source, reader);
        let kind = Kind::new(kind.into_inner());
        for (operation, triggers) in operations {
            switches.set(kind.clone(), operation, triggers);
        }
    }
    switches
}
