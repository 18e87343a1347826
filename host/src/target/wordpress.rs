//! The `wordpress` target: a WordPress site by its REST API and an application password,
//! with nothing installed there.
//!
//! | file | what it does |
//! |---|---|
//! | `rest.rs` | addresses, and what WordPress's errors mean |
//! | `form.rs` | a user as a SCIM resource and back; what WordPress can hold |
//! | `walk.rs` | all users, page by page; also for the source |
//! | `search.rs` | users looked for |
//! | `write.rs` | users made, changed and deleted |
//! | `role.rs` | roles as groups, memberships as roles |
//! | `probe.rs` | the credentials test |
//!
//! **What `active` is.** A user of WordPress cannot be switched off. Deactivated is who
//! has no role: such a user may do nothing at all. Whoever comes back has the default role
//! at first; what the source says of roles is told again then
//! ([`Target::forgets_memberships`]).
//!
//! **Names stay.** WordPress never changes a login. Nobody is deleted and made anew for it.

pub(crate) mod form;
mod probe;
pub(crate) mod rest;
mod role;
mod search;
pub(crate) mod walk;
mod write;

use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use purser_engine::{
    change::{Action, Step},
    ids::{ResourceType, TargetId},
    imprint::{Imprint, Known},
};
use purser_scim::{Resource, filter::Filter, path::AttrPath, schema::ResourceSchema, urn};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use url::Url;

pub use self::form::EXTENSION;
use self::{form::Form, rest::Rest, walk::Walk};
use super::{
    Answer, Came, Discovery, Doubt, Finding, OfferedType, Page, PageToken, Target, TargetError,
    http::{HttpSetupError, Method},
};
use crate::site::Site;

/// Users are changed by one at a time; of so many sets, each has its own turn.
const TURNS: usize = 64;

/// Where users are.
pub(crate) const USERS: &str = "/wp/v2/users";

/// What becomes of a user whose name has changed at the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rename {
    /// The change is not made, and shown to a person.
    #[default]
    Refuse,
    /// The login stays as it is, the rest is changed.
    Keep,
}

/// How to speak to one WordPress site.
#[derive(Clone, Debug)]
pub struct WordPressSettings {
    /// The site's address.
    pub base_url: Url,
    /// The login of the user whose application password it is.
    pub user: String,
    /// The application password.
    pub password: SecretString,
    /// For one whole request.
    pub timeout: Duration,
    /// The same site, where it may carry requests.
    pub carried_by: Option<Arc<Site>>,
    /// Roles of the site: names by slugs.
    pub roles: BTreeMap<String, String>,
    /// The role of whoever has no other.
    pub default_role: String,
    /// Logins of administrators that may be changed, and of those who may become one.
    pub administrators: Vec<String>,
    /// The id of the user who gets what a deleted user has written.
    pub reassign_to: Option<u64>,
    /// What becomes of a user whose name has changed.
    pub rename: Rename,
    /// Registered user meta by the SCIM attribute that it holds.
    pub meta: BTreeMap<AttrPath, String>,
}

/// A WordPress site as a target.
pub struct WordPress {
    rest: Rest,
    settings: WordPressSettings,
    schema: ResourceSchema,
    group_schema: ResourceSchema,
    /// Read once in the life of this value, so once in a run.
    offer: OnceCell<(Form, Vec<String>)>,
    turns: [Mutex<()>; TURNS],
    /// How far the listing has come that is under way.
    walk: Mutex<Walk>,
}

impl fmt::Debug for WordPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordPress")
            .field("site", &self.rest.site().as_str())
            .finish_non_exhaustive()
    }
}

fn rejected(message: impl Into<String>) -> TargetError {
    TargetError::Rejected {
        status: 0,
        scim_type: None,
        message: message.into(),
    }
}

impl WordPress {
    /// Makes a client. Nothing is sent.
    ///
    /// # Errors
    /// See [`HttpSetupError`].
    pub fn new(settings: WordPressSettings) -> Result<Self, HttpSetupError> {
        let rest = Rest::new(
            settings.base_url.clone(),
            settings.user.clone(),
            settings.password.clone(),
            settings.timeout,
        )?
        .carried_by(settings.carried_by.clone());
        Ok(Self {
            rest,
            schema: form::schema(&settings.meta),
            group_schema: form::group_schema(),
            settings,
            offer: OnceCell::new(),
            turns: std::array::from_fn(|_| Mutex::new(())),
            walk: Mutex::default(),
        })
    }

    /// How users are written, and what a person should know about that: the site's own
    /// schema says which languages and which meta it has.
    async fn offer(&self) -> Result<&(Form, Vec<String>), TargetError> {
        self.offer
            .get_or_try_init(|| async {
                let options = self.rest.call(Method::OPTIONS, USERS, &[], None).await?;
                let document = options.and_then(|success| success.value());
                let properties = document
                    .as_ref()
                    .and_then(|document| document.pointer("/schema/properties"));
                let texts = |pointer: &str| -> Vec<String> {
                    let found = properties.and_then(|all| all.pointer(pointer));
                    let values = found.and_then(Value::as_array).into_iter().flatten();
                    let values = values.filter_map(Value::as_str);
                    values.map(str::to_owned).collect()
                };
                let known = properties.and_then(|all| all.pointer("/meta/properties"));
                let mut remarks = Vec::new();
                let mut meta = self.settings.meta.clone();
                meta.retain(|path, key| {
                    let there = known.is_some_and(|known| known.get(key.as_str()).is_some());
                    if !there {
                        remarks.push(format!(
                            "The site has no user meta `{key}` that its REST API shows, so {path} is not kept there: \
                             register it with `show_in_rest`."
                        ));
                    }
                    there
                });
                let form = Form {
                    meta,
                    locales: texts("/locale/enum"),
                };
                Ok((form, remarks))
            })
            .await
    }

    async fn form(&self) -> Result<&Form, TargetError> {
        Ok(&self.offer().await?.0)
    }

    /// Nobody else changes this user meanwhile.
    async fn alone(&self, id: &str) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or(0);
        // There are as many as there are places.
        let [first, ..] = &self.turns;
        self.turns.get(place).unwrap_or(first).lock().await
    }

    /// A user as WordPress shows it to whoever may edit it; none where it is gone.
    async fn user(&self, id: &str) -> Result<Option<Value>, TargetError> {
        let Some(route) = route(id) else {
            return Ok(None);
        };
        let parameters = [("context", "edit".to_owned())];
        let found = self.rest.get(&route, &parameters).await?;
        found
            .map(|success| {
                let user = success.value().filter(|user| form::id(user).is_some());
                user.ok_or_else(|| success.unexpected("WordPress"))
            })
            .transpose()
    }

    /// Changes fields of a user; none where it is gone.
    async fn post(
        &self,
        id: &str,
        fields: Map<String, Value>,
    ) -> Result<Option<Value>, TargetError> {
        let Some(route) = route(id) else {
            return Ok(None);
        };
        let parameters = [("context", "edit".to_owned())];
        let body = Value::Object(fields);
        let changed = self
            .rest
            .call(Method::POST, &route, &parameters, Some(&body))
            .await?;
        changed
            .map(|success| success.value().ok_or_else(|| success.in_doubt()))
            .transpose()
    }

    /// A role as a group, without members.
    fn group(&self, slug: &str) -> Option<Resource> {
        let name = self.settings.roles.get(slug)?;
        let group = json!({ "schemas": [urn::GROUP], "id": slug, "displayName": name });
        Resource::from_value(group).ok()
    }

    fn groups(&self) -> Vec<Resource> {
        let slugs = self.settings.roles.keys();
        slugs.filter_map(|slug| self.group(slug)).collect()
    }
}

/// Where a user is; none where the id is none of WordPress's.
pub(crate) fn route(id: &str) -> Option<String> {
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{USERS}/{id}"))
}

fn is_user(resource_type: &ResourceType) -> bool {
    *resource_type == ResourceType::user()
}

#[async_trait]
impl Target for WordPress {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        let (_, remarks) = self.offer().await?;
        Ok(Discovery {
            resource_types: vec![
                OfferedType {
                    name: ResourceType::user(),
                    schema: self.schema.clone(),
                },
                OfferedType {
                    name: ResourceType::group(),
                    schema: self.group_schema.clone(),
                },
            ],
            patch: Some(true),
            filter: Some(true),
            remarks: remarks.clone(),
        })
    }

    async fn list(
        &self,
        resource_type: &ResourceType,
        from: Option<PageToken>,
        known: Known,
    ) -> Result<Page, TargetError> {
        let mut token = from.unwrap_or_default();
        if !is_user(resource_type) {
            let groups: Vec<Came> = self.groups().into_iter().map(Came::from).collect();
            let total = groups.len() as u64;
            return Ok(Page::new(token, groups, total));
        }
        let form = self.form().await?;
        let start = token.start_index.max(1);
        let mut walk = self.walk.lock().await;
        if token.start_index == 0 {
            *walk = Walk::default();
        }
        // Another listing has begun meanwhile: what this one has seen proves nothing.
        let mut moved = walk.seen != start - 1;
        let page = walk.page(&self.rest).await?;
        moved |= walk.moved;
        if moved {
            token.doubt.get_or_insert(Doubt::Moved);
        }
        let total = walk.total;
        let mut came = Vec::with_capacity(page.len());
        for (place, text) in (start..).zip(&page) {
            let imprint = Imprint::of([known.about().as_bytes(), text.get().as_bytes()]);
            if known.is_same(place, imprint) {
                came.push(Came::Same);
                continue;
            }
            let user: Option<Value> = serde_json::from_str(text.get()).ok();
            // One without an id makes the listing doubtful.
            let resource = user
                .and_then(|user| form.resource(&user))
                .unwrap_or_default();
            came.push(Came::Read(resource, Some(imprint)));
        }
        Ok(Page::new(token, came, total))
    }

    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError> {
        if is_user(resource_type) {
            return self.find_users(filter).await;
        }
        let mut found = self.groups();
        found.retain(|group| filter.matches(group, &self.group_schema).unwrap_or(false));
        Ok(found)
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        if is_user(resource_type) {
            let form = self.form().await?;
            let user = self.user(id.as_str()).await?;
            return Ok(user.and_then(|user| form.resource(&user)));
        }
        let Some(mut group) = self.group(id.as_str()) else {
            return Ok(None);
        };
        group.set("members", self.users_with(id.as_str()).await?);
        Ok(Some(group))
    }

    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError> {
        let user = is_user(step.resource_type());
        match step.action() {
            Action::Create { resource } if user => self.create(resource).await,
            Action::Link {
                target_id, delta, ..
            }
            | Action::Update { target_id, delta } => {
                if delta.is_empty() {
                    return Ok(Answer::Done(None));
                }
                if user {
                    return self.modify(target_id, delta).await;
                }
                // A role has nothing but its name.
                let renamed = |path: &AttrPath| path.attr.eq_ignore_ascii_case("displayName");
                if delta
                    .changes
                    .iter()
                    .any(|change| renamed(&change.path.attr))
                {
                    return Err(rejected(
                        "a role of WordPress is not renamed from outside: give it the name that the source has, in the \
                         target's `roles`",
                    ));
                }
                Ok(Answer::Done(None))
            }
            Action::Delete { target_id } if user => self.delete(target_id).await,
            Action::Create { .. } => Err(rejected(
                "WordPress has no such role, and roles are not made from outside: make it there with a plugin, and name \
                 it in the target's `roles`",
            )),
            Action::Delete { .. } => {
                Err(rejected("a role of WordPress is not deleted from outside"))
            }
            Action::Unlink { .. } => Ok(Answer::Done(None)),
            Action::Members {
                target_id,
                add,
                remove,
            } => self.members(target_id.as_str(), add, remove).await,
        }
    }

    fn forgets_memberships(&self) -> bool {
        true
    }

    async fn test(&self) -> Vec<Finding> {
        probe::run(self).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number() {
        assert_eq!(route("17").as_deref(), Some("/wp/v2/users/17"));
        for wrong in ["", "me", "../settings", "1?force=true"] {
            assert_eq!(route(wrong), None, "{wrong}");
        }
    }
}
