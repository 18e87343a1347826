//! `[tenant.NAME]`: a directory of SCIM resources, served over HTTP.

use std::{collections::BTreeMap, ops::Range, path::PathBuf, time::Duration};

use purser_engine::ids::MappingName;
use purser_scim::{ResourceSchema, Tolerance, schema::Schema};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};

use super::{
    mapping::MappingConfig,
    reader::{Name, Reader},
    source::SourceConfig,
};
use crate::directory::{Bounds, WaitFor, group_schema};

/// `[tenant.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct TenantConfig {
    /// Its name, as in its address.
    pub name: String,
    /// How bodies are read.
    pub tolerance: Tolerance,
    /// A PATCH of a group answers with the group instead of 204.
    pub patch_returns_group: bool,
    /// What one request may cost.
    pub bounds: Bounds,
    /// For which mapping the writes of its clients wait, how long, and how many.
    pub wait: Option<WaitFor>,
    /// The resource types, in the order of the discovery documents.
    pub schemas: Vec<ResourceSchema>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    strict: Option<bool>,
    patch_returns_group: Option<bool>,
    extensions: Option<BTreeMap<String, Vec<Spanned<PathBuf>>>>,
    page_size: Option<Spanned<u32>>,
    body_bytes: Option<Spanned<u32>>,
    operations: Option<Spanned<u32>>,
    search_seconds: Option<Spanned<u32>>,
    cursor_seconds: Option<Spanned<u32>>,
    wait_for: Option<Spanned<String>>,
    wait_seconds: Option<Spanned<u32>>,
    waiters: Option<Spanned<u32>>,
}

/// Reads one section; answers also where it says what it waits for.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<(TenantConfig, Option<Range<usize>>)> {
    let raw: Raw = reader.read(section, name.span.clone())?;
    if !name
        .text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    {
        reader.problem(
            name.span.clone(),
            "this name cannot be part of an address",
            "use ASCII letters, digits, `_`, `-` and `.`",
        );
    }
    let default = Bounds::default();
    let mut number = |given, default: usize| {
        let default = u32::try_from(default).unwrap_or(u32::MAX);
        usize::try_from(reader.above_zero(given, default)).unwrap_or(usize::MAX)
    };
    let bounds = Bounds {
        page: number(raw.page_size, default.page),
        operations: number(raw.operations, default.operations),
        body: number(raw.body_bytes, default.body),
        search: seconds(number(
            raw.search_seconds,
            usize::try_from(default.search.as_secs()).unwrap_or(usize::MAX),
        )),
        cursor: seconds(number(
            raw.cursor_seconds,
            usize::try_from(default.cursor.as_secs()).unwrap_or(usize::MAX),
        )),
        ..default
    };
    let patience = number(raw.wait_seconds, 20);
    let waiters = number(raw.waiters, 100);
    let place = raw.wait_for.as_ref().map(Spanned::span);
    let wait = raw.wait_for.map(|mapping| WaitFor {
        mapping: MappingName::new(mapping.into_inner()),
        patience: seconds(patience),
        waiters,
    });
    let schemas = schemas(raw.extensions.unwrap_or_default(), name, reader)?;
    let tenant = TenantConfig {
        name: name.text.clone(),
        tolerance: if raw.strict.unwrap_or_default() {
            Tolerance::Strict
        } else {
            Tolerance::Lenient
        },
        patch_returns_group: raw.patch_returns_group.unwrap_or_default(),
        bounds,
        wait,
        schemas,
    };
    Some((tenant, place))
}

/// What a tenant waits for is a mapping that brings at once what changes in it.
pub(super) fn awaited(
    tenant: &TenantConfig,
    place: Option<Range<usize>>,
    sources: &[SourceConfig],
    mappings: &[MappingConfig],
    reader: &mut Reader<'_>,
) {
    let Some((wait, place)) = tenant.wait.as_ref().zip(place) else {
        return;
    };
    let is_fed = mappings.iter().any(|mapping| {
        let source = sources.iter().find(|source| source.name == mapping.source);
        let tenant_of_source = source.and_then(|source| source.connector.tenant());
        mapping.name == wait.mapping
            && mapping.automatic
            && tenant_of_source == Some(tenant.name.as_str())
    });
    if !is_fed {
        reader.problem(
            place,
            format!("the mapping `{}` does not bring what changes here to a target", wait.mapping),
            "name a mapping whose source is the directory of this tenant, without `automatic = false`",
        );
    }
}

fn seconds(count: usize) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Users and groups, each with the extensions that are configured for it.
fn schemas(
    extensions: BTreeMap<String, Vec<Spanned<PathBuf>>>,
    name: &Name,
    reader: &mut Reader<'_>,
) -> Option<Vec<ResourceSchema>> {
    let mut schemas = vec![ResourceSchema::user(), group_schema()];
    let mut sound = true;
    for (of, files) in extensions {
        let at = schemas
            .iter()
            .position(|schema| schema.resource_type().name == of);
        let Some(at) = at else {
            sound = false;
            reader.problem(
                name.span.clone(),
                format!("there is no resource type `{of}` to extend"),
                "the resource types are User and Group",
            );
            continue;
        };
        for file in files {
            let path = reader.path(&file);
            let read = std::fs::read_to_string(&path)
                .map_err(|error| error.to_string())
                .and_then(|text| Schema::parse_strict(&text).map_err(|error| error.to_string()));
            match (read, schemas.get_mut(at)) {
                (Ok(schema), Some(slot)) => *slot = slot.clone().with_extension(schema, false),
                (Err(why), _) => {
                    sound = false;
                    reader.problem(
                        file.span(),
                        format!("this is not a schema that can be used: {why}"),
                        "write a schema document as in RFC 7643 §7, with a URN as its `id`",
                    );
                }
                (Ok(_), None) => {}
            }
        }
    }
    sound.then_some(schemas)
}
