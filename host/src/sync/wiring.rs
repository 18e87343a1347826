//! All parts of one mapping, put together.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use purser_engine::{Digest, ids::ResourceType, operation::Trigger};
use purser_plugin::Mapper;
use purser_scim::{
    Resource, fold,
    path::AttrPath,
    schema::{ResourceSchema, Uniqueness},
};

use super::{Control, write::later};
use crate::{config::MappingConfig, source::Source, store::Store, target::Target};

/// Asks the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One mapping, ready to run.
#[derive(Clone)]
pub struct Wiring {
    /// Its configuration.
    pub config: MappingConfig,
    /// By whose initiative it runs.
    pub trigger: Trigger,
    /// By which attributes any mapping to the same target looks objects up.
    pub looked_up: BTreeMap<ResourceType, Vec<AttrPath>>,
    /// Where objects come from.
    pub source: Arc<dyn Source>,
    /// Where they go.
    pub target: Arc<dyn Target>,
    /// Who maps them.
    pub mapper: Mapper,
    /// The durable state.
    pub store: Arc<dyn Store>,
    /// Requests to the target at once, of all workers together.
    pub concurrency: usize,
    /// Who do the jobs of a run side by side.
    pub workers: usize,
    /// For how long a worker has its jobs without a further word; at least twice `request_timeout`.
    pub lease: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long after its creation a resource may be missing from what the target shows.
    pub visibility_delay: Duration,
    /// Objects in one call of the mapper.
    pub batch: usize,
    /// Asks the time.
    pub clock: Clock,
    /// Says how far a run is, and stops it.
    pub control: Control,
}

impl Wiring {
    /// From when on whatever was created until `time` is visible.
    pub(super) fn visible_after(&self, time: Timestamp) -> Timestamp {
        later(time, self.visibility_delay)
    }

    /// Whatever was created before this is visible at `now`.
    pub(super) fn visible_if_before(&self, now: Timestamp) -> Timestamp {
        SignedDuration::try_from(self.visibility_delay)
            .ok()
            .and_then(|delay| now.checked_sub(delay).ok())
            .unwrap_or(now)
    }

    /// A digest of everything but the object that decides what a projection is.
    pub(super) fn fingerprint(&self) -> Digest {
        let scope: Vec<String> = self
            .config
            .scope
            .iter()
            .map(|(kind, filter)| format!("{kind} {filter}"))
            .collect();
        Digest::of_parts(
            [self.mapper.fingerprint()]
                .into_iter()
                .chain(scope.iter().map(String::as_str)),
        )
    }

    /// The time of a run that begins now: in whole seconds, as components are
    /// told it, so that what is due is due for them as well.
    pub(super) fn now(&self) -> Timestamp {
        let now = (self.clock)();
        let whole = TimestampRound::new()
            .smallest(Unit::Second)
            .mode(RoundMode::Floor);
        now.round(whole).unwrap_or(now)
    }

    /// The values by which a resource is recognised, in the order of the
    /// matching rules: (attribute path, value).
    pub(super) fn match_values(
        &self,
        resource_type: &ResourceType,
        resource: &Resource,
    ) -> Vec<(String, String)> {
        self.config
            .matching(resource_type)
            .iter()
            .flat_map(|path| {
                texts_at(resource, path).map(move |text| (path.to_string(), text.to_owned()))
            })
            .collect()
    }

    /// By what any mapping to the target would find a resource, case-folded: what is
    /// kept of resources must be the same whichever mapping has seen them last.
    pub(super) fn found_by(
        &self,
        resource_type: &ResourceType,
        resource: &Resource,
    ) -> Vec<(String, String)> {
        let own = self.config.matching(resource_type);
        let all = self.looked_up.get(resource_type);
        let others = all.into_iter().flatten().filter(|path| !own.contains(path));
        let keys = own.iter().chain(others).flat_map(|path| {
            texts_at(resource, path).map(move |text| (path.to_string(), text.to_owned()))
        });
        folded(keys.collect())
    }

    /// Of which attributes these are values, for whoever remembers them.
    pub(super) fn found_by_what(&self, resource_type: &ResourceType) -> String {
        let own = self.config.matching(resource_type).iter();
        let all = self.looked_up.get(resource_type).into_iter().flatten();
        let mut paths: Vec<String> = own.chain(all).map(ToString::to_string).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.join(" ")
    }

    /// The same of a resource that was written: by the target's answer, or where
    /// that shows nothing of it, by what it was told.
    pub(super) fn link_keys(
        &self,
        resource_type: &ResourceType,
        answer: Option<&Resource>,
        written: &Resource,
    ) -> Vec<(String, String)> {
        let shown = answer.map(|resource| self.found_by(resource_type, resource));
        shown
            .filter(|keys| !keys.is_empty())
            .unwrap_or_else(|| self.found_by(resource_type, written))
    }
}

/// Keys with their values' case folded.
pub(super) fn folded(mut keys: Vec<(String, String)>) -> Vec<(String, String)> {
    for (_, value) in &mut keys {
        *value = fold::fold(value);
    }
    keys
}

/// The non-empty texts at a path.
pub(super) fn texts_at<'r>(
    resource: &'r Resource,
    path: &AttrPath,
) -> impl Iterator<Item = &'r str> {
    resource
        .values_at(path)
        .into_iter()
        .filter_map(serde_json::Value::as_str)
        .filter(|text| !text.is_empty())
}

/// Values that must be unique at the target by its schema (RFC 7643 §2.2
/// `uniqueness`), case-folded. The folding is ours for every attribute
/// (invariant 11): two accounts that differ by case only are one too many.
pub(super) fn unique_values(schema: &ResourceSchema, resource: &Resource) -> Vec<(String, String)> {
    schema
        .core()
        .attributes
        .iter()
        // `id` is the server's own (RFC 7643 §3.1).
        .filter(|a| a.uniqueness != Uniqueness::None && !a.name.eq_ignore_ascii_case("id"))
        .filter_map(|attribute| {
            let text = resource.get(&attribute.name)?.as_str()?;
            (!text.is_empty()).then(|| (attribute.name.clone(), fold::fold(text)))
        })
        .collect()
}
