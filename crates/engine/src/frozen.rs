//! A resource as it is wanted: decided once, then planned, sent and remembered.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use purser_scim::Resource;

use crate::Digest;

/// A resource that many hold and nobody changes: cheap to clone, and what is made of
/// it (its text, its digest) is made once for all of them.
#[derive(Clone, Debug, Default)]
pub struct Frozen(Arc<Kept>);

#[derive(Clone, Debug, Default)]
struct Kept {
    resource: Resource,
    text: OnceLock<String>,
    digest: OnceLock<Digest>,
}

impl Frozen {
    /// The JSON text, without spaces.
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.0.resource.to_string())
    }

    /// The resource, to be changed: others that hold it keep what they have.
    pub fn thaw(&mut self) -> &mut Resource {
        let kept = Arc::make_mut(&mut self.0);
        kept.text.take();
        kept.digest.take();
        &mut kept.resource
    }

    /// The digest of its creation.
    pub(crate) fn created(&self) -> &Digest {
        self.0
            .digest
            .get_or_init(|| Digest::of_object("create", self.0.resource.as_map()))
    }
}

impl Deref for Frozen {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        &self.0.resource
    }
}

impl From<Resource> for Frozen {
    fn from(resource: Resource) -> Self {
        Self(Arc::new(Kept {
            resource,
            ..Kept::default()
        }))
    }
}

impl PartialEq for Frozen {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.resource == other.0.resource
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_changed_is_told_anew_and_others_keep_what_they_have() {
        let resource = Resource::from_value(json!({"userName": "mia"})).unwrap();
        let mut mine = Frozen::from(resource);
        let theirs = mine.clone();
        let (text, digest) = (theirs.text().to_owned(), theirs.created().clone());
        assert_eq!(mine, theirs);
        mine.thaw().set("active", true);
        assert_eq!(mine.text(), r#"{"userName":"mia","active":true}"#);
        assert_ne!(*mine.created(), digest);
        assert_eq!((theirs.text(), theirs.created()), (text.as_str(), &digest));
        assert_ne!(mine, theirs);
    }
}
