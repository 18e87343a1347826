//! What is to be done in which situation: the part of a decision that an
//! administrator chooses.

use serde::{Deserialize, Serialize};

use crate::{change::Origin, ids::ResourceType};

/// One unlinked resource at the target matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Link it, remembered as adopted, and bring the mapped attributes into step.
    #[default]
    Link,
    /// Show it to a person and leave it alone.
    Report,
}

/// A linked object is proven to be gone at its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absent {
    /// Set `active` to false and remove the memberships that we added.
    #[default]
    Deactivate,
    /// Delete the resource.
    Delete,
    /// Leave it alone, and show it.
    Keep,
}

/// A linked object has left the scope of its mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutOfScope {
    /// As for an absent one.
    #[default]
    Deactivate,
    /// Delete the resource.
    Delete,
    /// Give up the link and leave the resource as it is.
    Unlink,
    /// Leave it alone, and show it.
    Keep,
}

/// A linked resource is gone at the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkBroken {
    /// Create it again.
    #[default]
    Create,
    /// Show it to a person.
    Report,
}

/// The policy of one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// A match that nobody owns.
    pub found: Found,
    /// Gone at the source, resource type User.
    pub absent_user: Absent,
    /// Gone at the source, any other resource type. They cannot be
    /// deactivated (RFC 7643 §4.2 has no `active`), so `deactivate` keeps them.
    pub absent_other: Absent,
    /// Excluded by the scope or by the mapping.
    pub out_of_scope: OutOfScope,
    /// Gone at the target.
    pub link_broken: LinkBroken,
    /// What we did not create may be deleted all the same.
    pub delete_adopted: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            found: Found::default(),
            absent_user: Absent::Deactivate,
            absent_other: Absent::Delete,
            out_of_scope: OutOfScope::default(),
            link_broken: LinkBroken::default(),
            delete_adopted: false,
        }
    }
}

/// How a resource leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// `active` becomes false.
    Deactivate,
    /// The resource is deleted.
    Delete,
    /// The link is given up.
    Unlink,
    /// Nothing happens; it is shown.
    Keep,
}

impl Policy {
    /// What happens to the resource of an absent object.
    pub fn on_absent(&self, resource_type: &ResourceType, origin: Origin) -> Departure {
        let user = *resource_type == ResourceType::user();
        let wish = match if user {
            self.absent_user
        } else {
            self.absent_other
        } {
            Absent::Deactivate => Departure::Deactivate,
            Absent::Delete => Departure::Delete,
            Absent::Keep => Departure::Keep,
        };
        self.possible(wish, resource_type, origin)
    }

    /// What happens to the resource of an object that is out of scope.
    pub fn on_out_of_scope(&self, resource_type: &ResourceType, origin: Origin) -> Departure {
        let wish = match self.out_of_scope {
            OutOfScope::Deactivate => Departure::Deactivate,
            OutOfScope::Delete => Departure::Delete,
            OutOfScope::Unlink => Departure::Unlink,
            OutOfScope::Keep => Departure::Keep,
        };
        self.possible(wish, resource_type, origin)
    }

    fn possible(&self, wish: Departure, resource_type: &ResourceType, origin: Origin) -> Departure {
        let user = *resource_type == ResourceType::user();
        match wish {
            // What we did not create we never delete; a leaver's account is closed all the same.
            Departure::Delete if origin == Origin::Adopted && !self.delete_adopted => {
                if user {
                    Departure::Deactivate
                } else {
                    Departure::Keep
                }
            }
            Departure::Deactivate if !user => Departure::Keep,
            wish => wish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_did_not_create_is_deleted_only_with_the_second_switch() {
        let mut policy = Policy {
            absent_user: Absent::Delete,
            ..Policy::default()
        };
        let (user, group) = (ResourceType::user(), ResourceType::group());
        assert_eq!(policy.on_absent(&user, Origin::Created), Departure::Delete);
        assert_eq!(
            policy.on_absent(&user, Origin::Adopted),
            Departure::Deactivate
        );
        assert_eq!(policy.on_absent(&group, Origin::Created), Departure::Delete);
        assert_eq!(policy.on_absent(&group, Origin::Adopted), Departure::Keep);
        policy.delete_adopted = true;
        assert_eq!(policy.on_absent(&user, Origin::Adopted), Departure::Delete);
        assert_eq!(policy.on_absent(&group, Origin::Adopted), Departure::Delete);
    }

    #[test]
    fn a_group_cannot_be_deactivated() {
        let policy = Policy::default();
        let (user, group) = (ResourceType::user(), ResourceType::group());
        assert_eq!(
            policy.on_out_of_scope(&group, Origin::Created),
            Departure::Keep
        );
        assert_eq!(
            policy.on_out_of_scope(&user, Origin::Adopted),
            Departure::Deactivate
        );
    }
}
