//! `[mapping.NAME]`: the wiring from a source to a target.

mod operations;
mod plugin;
mod schedule;
mod settings;

use std::collections::BTreeMap;

use purser_engine::{
    failsafe::DEFAULT_DEPROVISION_LIMIT,
    ids::{Kind, MappingName, ResourceType, SourceName, TargetName},
    operation::Switches,
    policy::{Absent, Policy},
};
use purser_scim::{
    filter::{Filter, FilterError},
    path::AttrPath,
};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};

pub use self::plugin::{PluginLimits, PluginRef, SHIPPED_PLUGINS};
use self::{operations::RawOperations, plugin::RawLimits, schedule::RawSchedule};
use super::{
    explain::suggest,
    lookup::{self, LookupConfig},
    reader::{Name, Pairs, Reader},
    source::SourceConfig,
};
use crate::schedule::Schedule;

/// `[mapping.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct MappingConfig {
    /// Its name.
    pub name: MappingName,
    /// Where the objects come from; a configured source.
    pub source: SourceName,
    /// Where they go; a configured target.
    pub target: TargetName,
    /// Who maps them.
    pub plugin: PluginRef,
    /// Capabilities that the plugin may have.
    pub grants: Vec<String>,
    /// The lookup tables among them.
    pub lookups: Vec<LookupConfig>,
    /// Which objects of a kind are meant; all of those kinds that are not named.
    pub scope: BTreeMap<Kind, Filter>,
    /// By which attributes an unlinked object is looked up, in this order.
    pub match_by: BTreeMap<ResourceType, Vec<AttrPath>>,
    /// What changes in a directory that is its source is brought to the target at once,
    /// by a running host. True.
    pub automatic: bool,
    /// When it runs by itself, if it does.
    pub schedule: Option<Schedule>,
    /// What may be done by whose initiative.
    pub operations: Switches,
    /// What is to be done in which situation.
    pub policy: Policy,
    /// Deactivate and Delete together that one run may cause unasked. 25.
    pub deprovision_limit: u64,
    /// How much the plugin may take.
    pub limits: PluginLimits,
    /// What is handed to the plugin: a JSON object.
    pub settings: serde_json::Value,
}

impl MappingConfig {
    /// The attributes by which an unlinked object of a type is looked up, in order.
    pub fn matching(&self, resource_type: &ResourceType) -> &[AttrPath] {
        self.match_by.get(resource_type).map_or(&[], Vec::as_slice)
    }
}

/// What the other sections offer.
pub(super) struct Names<'n> {
    pub source_names: &'n [String],
    pub target_names: &'n [String],
    /// Those sources that could be read.
    pub sources: &'n [SourceConfig],
    /// Tables by their names, those that could be read.
    pub lookups: BTreeMap<&'n str, Option<&'n LookupConfig>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    source: Spanned<String>,
    target: Spanned<String>,
    plugin: Spanned<PluginRef>,
    #[serde(default)]
    grants: Vec<Spanned<String>>,
    #[serde(default)]
    scope: Pairs<Spanned<String>>,
    #[serde(default, rename = "match")]
    match_by: Pairs<Vec<Spanned<String>>>,
    automatic: Option<Spanned<bool>>,
    schedule: Option<RawSchedule>,
    #[serde(default)]
    operations: RawOperations,
    policy: Option<Spanned<Policy>>,
    #[serde(default)]
    failsafe: RawFailsafe,
    #[serde(default)]
    limits: RawLimits,
    settings: Option<Spanned<toml::Table>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawFailsafe {
    deprovision: Option<u64>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    names: &Names<'_>,
    reader: &mut Reader<'t>,
) -> Option<MappingConfig> {
    let raw: Raw = reader.read(section, name.span.clone())?;
    known("source", &raw.source, names.source_names, reader);
    known("target", &raw.target, names.target_names, reader);
    let source = names
        .sources
        .iter()
        .find(|source| source.name.as_str() == raw.source.get_ref());
    for grant in &raw.grants {
        reader.is_given(grant, "the name of a capability, such as \"time\"");
    }
    Some(MappingConfig {
        name: MappingName::new(name.text.clone()),
        scope: scope(raw.scope, source, reader),
        match_by: match_by(raw.match_by, source, reader),
        source: SourceName::new(raw.source.into_inner()),
        target: TargetName::new(raw.target.into_inner()),
        plugin: plugin::check(raw.plugin, reader),
        lookups: lookup::granted(&raw.grants, &names.lookups, reader),
        grants: raw.grants.into_iter().map(Spanned::into_inner).collect(),
        automatic: automatic(raw.automatic, source, reader),
        schedule: raw.schedule.and_then(|raw| raw.check(reader)),
        operations: operations::check(raw.operations, source, reader),
        policy: policy(raw.policy, reader),
        deprovision_limit: raw
            .failsafe
            .deprovision
            .unwrap_or(DEFAULT_DEPROVISION_LIMIT),
        limits: raw.limits.check(reader),
        settings: settings::to_json(raw.settings, reader),
    })
}

/// Only a directory says what changes in it, and a site that has a name.
fn automatic(
    given: Option<Spanned<bool>>,
    source: Option<&SourceConfig>,
    reader: &mut Reader<'_>,
) -> bool {
    let Some(given) = given else { return true };
    if source.is_some_and(|source| !source.says_what_changes()) {
        reader.problem(
            given.span(),
            "the source of this mapping does not say what changes in it",
            "take the key out, or take a source with `connector = \"directory\"`, or a WordPress with a `site`",
        );
    }
    given.into_inner()
}

fn policy(policy: Option<Spanned<Policy>>, reader: &mut Reader<'_>) -> Policy {
    let Some(policy) = policy else {
        return Policy::default();
    };
    // RFC 7643 §4.2: a group has no `active` that could become false.
    if policy.get_ref().absent_other == Absent::Deactivate {
        let hint = "write `absent_other = \"delete\"` or `\"keep\"`";
        reader.problem(
            policy.span(),
            "only users can be deactivated, but `absent_other` is \"deactivate\"",
            hint,
        );
    }
    policy.into_inner()
}

fn known(what: &str, name: &Spanned<String>, all: &[String], reader: &mut Reader<'_>) {
    if all.contains(name.get_ref()) {
        return;
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let hint = if all.is_empty() {
        format!("add a section `[{what}.{}]`", name.get_ref())
    } else {
        suggest(name.get_ref(), &all, &format!("configured as `[{what}.…]`"))
    };
    reader.problem(
        name.span(),
        format!("there is no {what} `{}`", name.get_ref()),
        hint,
    );
}

/// A key that names a kind of the source.
fn known_kind(kind: &Spanned<String>, source: Option<&SourceConfig>, reader: &mut Reader<'_>) {
    let Some(source) = source else { return };
    let kinds: Vec<&str> = source.kinds().map(|info| info.kind.as_str()).collect();
    if !kinds.contains(&kind.get_ref().as_str()) {
        let hint = suggest(kind.get_ref(), &kinds, "its kinds are");
        let message = format!(
            "the source `{}` has no kind `{}`",
            source.name,
            kind.get_ref()
        );
        reader.problem(kind.span(), message, hint);
    }
}

fn scope(
    pairs: Pairs<Spanned<String>>,
    source: Option<&SourceConfig>,
    reader: &mut Reader<'_>,
) -> BTreeMap<Kind, Filter> {
    let mut scope = BTreeMap::new();
    for (kind, text) in pairs.0 {
        known_kind(&kind, source, reader);
        match text.get_ref().parse::<Filter>() {
            Ok(filter) => {
                scope.insert(Kind::new(kind.into_inner()), filter);
            }
            Err(error) => {
                let span = match &error {
                    FilterError::Syntax { at, .. } => reader.inside(&text, *at),
                    _ => text.span(),
                };
                let message = match error {
                    FilterError::Syntax { expected, .. } => {
                        format!("not a filter: expected {expected} here")
                    }
                    other => other.to_string(),
                };
                reader.problem(span, message, "a filter compares attributes: `uid ne 0`, `mail pr`, `status eq 1 and not (name sw \"test\")`");
            }
        }
    }
    scope
}

fn match_by(
    pairs: Pairs<Vec<Spanned<String>>>,
    source: Option<&SourceConfig>,
    reader: &mut Reader<'_>,
) -> BTreeMap<ResourceType, Vec<AttrPath>> {
    let paths = |words: [&str; 2]| words.into_iter().map(AttrPath::new).collect::<Vec<_>>();
    let mut by = BTreeMap::from([
        (ResourceType::user(), paths(["externalId", "userName"])),
        (ResourceType::group(), paths(["externalId", "displayName"])),
    ]);
    for (resource_type, texts) in pairs.0 {
        if let Some(source) = source {
            let mut types: Vec<&str> = source
                .kinds()
                .map(|info| info.resource_type.as_str())
                .collect();
            types.sort_unstable();
            types.dedup();
            if !types.contains(&resource_type.get_ref().as_str()) {
                let hint = suggest(resource_type.get_ref(), &types, "its kinds become");
                let message = format!(
                    "no kind of the source `{}` becomes a `{}`",
                    source.name,
                    resource_type.get_ref()
                );
                reader.problem(resource_type.span(), message, hint);
            }
        }
        let mut paths = Vec::new();
        for text in texts {
            match text.get_ref().parse::<AttrPath>() {
                Ok(path) => paths.push(path),
                Err(error) => {
                    let span = reader.inside(&text, error.at);
                    let message =
                        format!("not an attribute path: expected {} here", error.expected);
                    reader.problem(
                        span,
                        message,
                        "write it as SCIM does: `userName`, `emails.value`",
                    );
                }
            }
        }
        by.insert(ResourceType::new(resource_type.into_inner()), paths);
    }
    by
}
