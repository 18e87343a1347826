//! Roles as groups, and memberships as roles of users.
//!
//! WordPress tells nobody over its API which roles it has, so they stand in the
//! configuration. They are made and removed by the site and its plugins, never by us.
//!
//! A membership is written on the user, who has a list of roles that is replaced as a
//! whole. So whoever changes it reads it first, and one user is never changed by two at a
//! time. Two rules keep `active` and roles apart:
//!
//! - Who has no role is deactivated. Memberships that are added meanwhile are not given:
//!   they would open the account. They come back with it.
//! - Who is active has a role: the default role, if no other. It gives way to any other.

use futures::{StreamExt, stream};
use purser_engine::change::Member;
use serde_json::{Map, Value, json};

use super::{
    WordPress,
    form::{id, roles, text},
    rest::PAGE,
};
use crate::target::{Answer, TargetError};

/// The role whose users are left alone.
const ADMINISTRATOR: &str = "administrator";

/// Whoever may do this is an administrator, whatever the role is called.
const ADMINISTERS: [&str; 2] = ["manage_options", "promote_users"];

/// Users that are changed at once by one step.
const AT_ONCE: usize = 4;

/// The roles that somebody has to have, from those that they have; none where nothing changes.
pub(super) fn with(now: &[String], slug: &str, default: &str) -> Option<Vec<String>> {
    let has = now.iter().any(|role| role == slug);
    if now.is_empty() || has || slug == default {
        return None;
    }
    let others = now.iter().filter(|role| *role != default).cloned();
    Some(others.chain([slug.to_owned()]).collect())
}

/// The same without a role.
pub(super) fn without(now: &[String], slug: &str, default: &str) -> Option<Vec<String>> {
    if !now.iter().any(|role| role == slug) {
        return None;
    }
    let mut rest: Vec<String> = now.iter().filter(|role| *role != slug).cloned().collect();
    if rest.is_empty() {
        rest.push(default.to_owned());
    }
    (rest != now).then_some(rest)
}

/// A user who gets a role, or loses it.
#[derive(Clone, Debug)]
struct Edge {
    user: String,
    add: bool,
}

impl WordPress {
    /// Adds and removes the users of a role.
    pub(super) async fn members(
        &self,
        slug: &str,
        add: &[Member],
        remove: &[Member],
    ) -> Result<Answer, TargetError> {
        let edges = |members: &[Member], add: bool| -> Vec<Edge> {
            let ids = members.iter().map(|member| member.target_id.to_string());
            ids.map(|user| Edge { user, add }).collect()
        };
        let mut all = edges(add, true);
        all.extend(edges(remove, false));
        let mut refused = Vec::new();
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        for part in all.chunks(page) {
            let users = self.some_users(part).await?;
            // Whoever is gone is found out by a listing, or by the next change.
            let mut differing = part.to_vec();
            differing.retain(|edge| {
                let user = users.iter().find(|user| is(user, &edge.user));
                user.is_some_and(|user| self.becomes(user, slug, edge.add).is_some())
            });
            let mut changes = stream::iter(differing)
                .map(|edge| self.change_role(edge, slug))
                .buffer_unordered(AT_ONCE);
            while let Some(outcome) = changes.next().await {
                match outcome {
                    Ok(()) => {}
                    Err(TargetError::Rejected { message, .. }) => refused.push(message),
                    Err(error) => return Err(error),
                }
            }
        }
        match refused.first() {
            None => Ok(Answer::Done(None)),
            Some(first) => Err(TargetError::Rejected {
                status: 0,
                scim_type: None,
                message: format!("{} users are not changed; {first}", refused.len()),
            }),
        }
    }

    async fn some_users(&self, part: &[Edge]) -> Result<Vec<Value>, TargetError> {
        let ids: Vec<&str> = part.iter().map(|edge| edge.user.as_str()).collect();
        let parameters = [
            ("context", "edit".to_owned()),
            ("include", ids.join(",")),
            ("per_page", PAGE.to_string()),
            ("_fields", "id,username,roles".to_owned()),
        ];
        let success = self.rest.there("/wp/v2/users", &parameters).await?;
        match success.value() {
            Some(Value::Array(users)) => Ok(users),
            _ => Err(success.unexpected("WordPress")),
        }
    }

    fn becomes(&self, user: &Value, slug: &str, add: bool) -> Option<Vec<String>> {
        let (now, default) = (roles(user), self.settings.default_role.as_str());
        if add {
            with(&now, slug, default)
        } else {
            without(&now, slug, default)
        }
    }

    async fn change_role(&self, edge: Edge, slug: &str) -> Result<(), TargetError> {
        let _alone = self.alone(&edge.user).await;
        let Some(user) = self.user(&edge.user).await? else {
            return Ok(());
        };
        let Some(roles) = self.becomes(&user, slug, edge.add) else {
            return Ok(());
        };
        self.may_touch(&user, &roles)?;
        let fields = Map::from_iter([("roles".to_owned(), json!(roles))]);
        self.post(&edge.user, fields).await.map(drop)
    }

    /// The ids of those who have a role.
    pub(super) async fn users_with(&self, slug: &str) -> Result<Vec<Value>, TargetError> {
        let mut members = Vec::new();
        loop {
            let parameters = [
                ("context", "edit".to_owned()),
                ("roles", slug.to_owned()),
                ("per_page", PAGE.to_string()),
                ("offset", members.len().to_string()),
                ("orderby", "id".to_owned()),
                ("order", "asc".to_owned()),
                ("_fields", "id".to_owned()),
            ];
            let success = self.rest.there("/wp/v2/users", &parameters).await?;
            let Some(Value::Array(page)) = success.value() else {
                return Err(success.unexpected("WordPress"));
            };
            let ids = page.iter().filter_map(id);
            members.extend(ids.map(|id| json!({ "value": id.to_string() })));
            if (page.len() as u64) < PAGE {
                return Ok(members);
            }
        }
    }

    /// User 1 and administrators are left alone, and nobody becomes one, unless
    /// `administrators` names them.
    pub(super) fn may_touch(&self, user: &Value, becomes: &[String]) -> Result<(), TargetError> {
        let login = text(user, "username");
        let is_one = |roles: &[String]| roles.iter().any(|role| role == ADMINISTRATOR);
        let administers = ADMINISTERS.iter().any(|capability| {
            let capabilities = user.get("capabilities");
            capabilities.and_then(|all| all.get(capability)) == Some(&Value::Bool(true))
        });
        let privileged =
            id(user) == Some(1) || administers || is_one(&roles(user)) || is_one(becomes);
        let listed = self.settings.administrators.iter();
        if !privileged || listed.into_iter().any(|name| name == login) {
            return Ok(());
        }
        Err(TargetError::Rejected {
            status: 0,
            scim_type: None,
            message: format!(
                "the user {} is an administrator of the site, or would become one: left alone, unless `administrators` \
                 of the target names the login",
                id(user).unwrap_or_default()
            ),
        })
    }
}

fn is(user: &Value, wanted: &str) -> bool {
    id(user).is_some_and(|id| id.to_string() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_default_role_gives_way_and_comes_back() {
        let subscriber = roles(&["subscriber"]);
        let editor = with(&subscriber, "editor", "subscriber").unwrap();
        assert_eq!(editor, roles(&["editor"]));
        let both = with(&editor, "author", "subscriber").unwrap();
        assert_eq!(both, roles(&["editor", "author"]));
        assert_eq!(with(&both, "editor", "subscriber"), None);
        assert_eq!(with(&both, "subscriber", "subscriber"), None);
        let author = without(&both, "editor", "subscriber").unwrap();
        assert_eq!(author, roles(&["author"]));
        assert_eq!(
            without(&author, "author", "subscriber"),
            Some(subscriber.clone())
        );
        assert_eq!(without(&subscriber, "subscriber", "subscriber"), None);
    }

    #[test]
    fn who_is_deactivated_gets_no_role() {
        assert_eq!(with(&[], "editor", "subscriber"), None);
        assert_eq!(without(&[], "editor", "subscriber"), None);
    }
}
