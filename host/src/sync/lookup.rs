//! Asking the target whether it has a resource that matches.

use purser_engine::{
    decide::Correlation,
    ids::{ObjectKey, ResourceType, TargetId},
};
use purser_scim::{Resource, filter::Filter, fold, path::AttrPath};

use super::{Wiring, members::Failure, wiring::texts_at};

/// Looks an object up by (attribute path, value), in order; the first that
/// finds anything decides.
pub(super) async fn lookup(
    wiring: &Wiring,
    key: &ObjectKey,
    resource_type: &ResourceType,
    keys: &[(String, String)],
) -> Result<Correlation, Failure> {
    for (path, text) in keys {
        // Paths come from a checked configuration, by way of the store at most.
        let Ok(path) = path.parse::<AttrPath>() else {
            continue;
        };
        let found = wiring
            .target
            .find(resource_type, &Filter::eq(path.clone(), text.as_str()))
            .await?;
        let folded = fold::fold(text);
        // A server that ignores filters answers with everybody: only what
        // really matches counts.
        let mut matching: Vec<Resource> = found
            .into_iter()
            .filter(|resource| texts_at(resource, &path).any(|own| fold::fold(own) == folded))
            .collect();
        match matching.len() {
            0 => continue,
            1 => {}
            n => return Ok(Correlation::Many(n)),
        }
        let Some(resource) = matching.pop() else {
            continue;
        };
        let Some(id) = resource.id() else { continue };
        let target_id = TargetId::new(id);
        let owner = wiring
            .store
            .owner(&wiring.config.target, resource_type, &target_id)
            .await?;
        return Ok(match owner {
            Some(by) if by != *key => Correlation::Owned { by },
            _ => Correlation::One {
                target_id,
                resource,
            },
        });
    }
    Ok(Correlation::Nothing)
}
