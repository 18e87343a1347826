//! Asking the target whether it has a resource that matches.

use purser_engine::{
    decide::Correlation,
    ids::{ObjectKey, ResourceType, TargetId},
    projection::Projection,
};
use purser_scim::{Resource, filter::Filter, fold};

use super::{SyncError, Wiring, wiring::texts_at};

/// Looks an object up by the matching rules, in their order; the first that
/// finds anything decides.
pub(super) async fn lookup(
    wiring: &Wiring,
    key: &ObjectKey,
    resource_type: &ResourceType,
    projection: &Projection,
) -> Result<Correlation, SyncError> {
    for path in wiring.config.matching(resource_type) {
        for text in texts_at(&projection.resource, path) {
            let found = wiring
                .target
                .find(resource_type, &Filter::eq(path.clone(), text))
                .await
                .map_err(|cause| SyncError::Target {
                    name: wiring.config.target.clone(),
                    cause,
                })?;
            let folded = fold::fold(text);
            // A server that ignores filters answers with everybody: only what
            // really matches counts.
            let mut matching: Vec<Resource> = found
                .into_iter()
                .filter(|resource| texts_at(resource, path).any(|own| fold::fold(own) == folded))
                .collect();
            match matching.len() {
                0 => continue,
                1 => {}
                n => return Ok(Correlation::Many(n)),
            }
            let Some(resource) = matching.pop() else { continue };
            let Some(id) = resource.id() else { continue };
            let target_id = TargetId::new(id);
            return Ok(match wiring.store.owner(&wiring.config.target, resource_type, &target_id).await? {
                Some(by) if by != *key => Correlation::Owned { by },
                _ => Correlation::One { target_id, resource },
            });
        }
    }
    Ok(Correlation::Nothing)
}
