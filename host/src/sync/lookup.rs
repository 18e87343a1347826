//! Asking the target whether it has a resource that matches.

use purser_engine::{
    decide::Correlation,
    ids::{ObjectKey, ResourceType, TargetId},
};
use purser_scim::{Resource, filter::Filter, fold, path::AttrPath};

use super::{Wiring, members::Failure, wiring::texts_at};

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    /// For whom.
    pub key: &'a ObjectKey,
    /// Its resource type.
    pub resource_type: &'a ResourceType,
    /// (attribute path, value), the strongest first.
    pub keys: &'a [(String, String)],
    /// A resource that we began to create: whatever a stronger key tells apart
    /// from what we sent is somebody else's.
    pub ours: bool,
}

/// Looks an object up by its keys, in order; the first that finds anything decides.
pub(super) async fn lookup(wiring: &Wiring, sought: Sought<'_>) -> Result<Correlation, Failure> {
    for (place, (attribute, text)) in sought.keys.iter().enumerate() {
        // Paths come from a checked configuration, by way of the store at most.
        let Ok(path) = attribute.parse::<AttrPath>() else {
            continue;
        };
        let found = wiring
            .target
            .find(
                sought.resource_type,
                &Filter::eq(path.clone(), text.as_str()),
            )
            .await?;
        let folded = fold::fold(text);
        let stronger = sought.keys.get(..place).unwrap_or_default();
        // A server that ignores filters answers with everybody: only what
        // really matches counts.
        let mut matching: Vec<Resource> = found
            .into_iter()
            .filter(|resource| texts_at(resource, &path).any(|own| fold::fold(own) == folded))
            .filter(|resource| !sought.ours || !told_apart(stronger, resource))
            .collect();
        match matching.len() {
            0 => continue,
            1 => {}
            count => {
                return Ok(Correlation::Many {
                    count,
                    attribute: attribute.clone(),
                });
            }
        }
        let Some(resource) = matching.pop() else {
            continue;
        };
        let Some(id) = resource.id() else { continue };
        let target_id = TargetId::new(id);
        let owner = wiring
            .store
            .owner(&wiring.config.target, sought.resource_type, &target_id)
            .await?;
        return Ok(match owner {
            Some(by) if by != *sought.key => Correlation::Owned {
                by,
                attribute: attribute.clone(),
            },
            _ => Correlation::One {
                target_id,
                resource,
            },
        });
    }
    Ok(Correlation::Nothing)
}

/// Whether the resource has other values than these at an attribute of theirs.
pub(super) fn told_apart(keys: &[(String, String)], resource: &Resource) -> bool {
    keys.iter().any(|(attribute, _)| {
        let Ok(path) = attribute.parse::<AttrPath>() else {
            return false;
        };
        let mut theirs = texts_at(resource, &path).map(fold::fold).peekable();
        theirs.peek().is_some()
            && !theirs.any(|own| {
                keys.iter()
                    .any(|(name, value)| name == attribute && fold::fold(value) == own)
            })
    })
}
