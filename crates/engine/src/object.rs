//! What a source says about one object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ObjectKey, ResourceType};

/// One object as the source has it. `active` and `roles` are the typed
/// envelope: the host decides by them, whatever a mapping makes of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceObject {
    /// Kind and id.
    pub key: ObjectKey,
    /// The SCIM resource type that it becomes.
    pub resource_type: ResourceType,
    /// Whether the source counts the object as active.
    pub active: bool,
    /// The object's roles at the source, as the source names them.
    pub roles: Vec<String>,
    /// All that the source gave, by name.
    pub attributes: Map<String, Value>,
}
