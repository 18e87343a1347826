//! Users are made, changed and deleted.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use purser_engine::{effect::is_active, ids::TargetId};
use purser_scim::{Resource, diff::Delta};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Rename, USERS, WordPress,
    form::{self, roles},
    rejected, route,
};
use crate::target::{Answer, TargetError, http::Method};

impl WordPress {
    pub(super) async fn create(&self, resource: &Resource) -> Result<Answer, TargetError> {
        let form = self.form().await?;
        let login = resource.get("userName").and_then(Value::as_str);
        let mut fields = form.fields(resource);
        // What is empty is WordPress's to choose.
        fields.retain(|_, value| *value != "");
        fields.insert("username".to_owned(), login.unwrap_or_default().into());
        // Nobody is told it and nobody keeps it: whoever signs in by a password asks for a
        // new one by mail.
        fields.insert("password".to_owned(), password().into());
        let active = is_active(resource);
        let first = active.then_some(self.settings.default_role.as_str());
        fields.insert("roles".to_owned(), first.into_iter().collect());
        if let Some(Value::Object(meta)) = fields.get_mut("meta") {
            meta.retain(|_, value| *value != "");
        }
        let parameters = [("context", "edit".to_owned())];
        let body = Value::Object(fields);
        let made = self
            .rest
            .call(Method::POST, USERS, &parameters, Some(&body))
            .await?;
        let made = made.ok_or_else(|| rejected("WordPress has no place for users"))?;
        let user = made.value().and_then(|user| form.resource(&user));
        user.map(|user| Answer::Done(Some(user)))
            .ok_or_else(|| made.in_doubt())
    }

    pub(super) async fn modify(&self, id: &TargetId, delta: &Delta) -> Result<Answer, TargetError> {
        let form = self.form().await?;
        let _alone = self.alone(id.as_str()).await;
        let Some(user) = self.user(id.as_str()).await? else {
            return Ok(Answer::Gone);
        };
        let unusable = || rejected("the answer of WordPress is no user");
        let before = form.resource(&user).ok_or_else(unusable)?;
        let mut after = before.clone();
        delta
            .to_patch()
            .apply(&mut after, &self.schema)
            .map_err(|error| rejected(error.to_string()))?;
        let login = |resource: &Resource| resource.get("userName").cloned();
        if login(&before) != login(&after) && self.settings.rename == Rename::Refuse {
            return Err(rejected(
                "WordPress never changes a login: rename the account by hand, or set `rename = \"keep\"` for the target \
                 to leave logins as they are",
            ));
        }
        let mut fields = form::changed(form.fields(&before), form.fields(&after));
        let open = is_active(&after);
        let mut becomes = roles(&user);
        if open == becomes.is_empty() {
            becomes = open
                .then(|| self.settings.default_role.clone())
                .into_iter()
                .collect();
            fields.insert("roles".to_owned(), json!(becomes));
        }
        if fields.is_empty() {
            return Ok(Answer::Done(Some(before)));
        }
        self.may_touch(&user, &becomes)?;
        let changed = self.post(id.as_str(), fields).await?;
        Ok(match changed {
            Some(user) => Answer::Done(form.resource(&user)),
            None => Answer::Gone,
        })
    }

    pub(super) async fn delete(&self, id: &TargetId) -> Result<Answer, TargetError> {
        let Some(heir) = self.settings.reassign_to else {
            return Err(rejected(
                "what a user has written needs another author: set `reassign_to` of the target to a user's id",
            ));
        };
        let _alone = self.alone(id.as_str()).await;
        let Some(user) = self.user(id.as_str()).await? else {
            return Ok(Answer::Gone);
        };
        self.may_touch(&user, &[])?;
        let Some(route) = route(id.as_str()) else {
            return Ok(Answer::Gone);
        };
        let parameters = [("force", "true".to_owned()), ("reassign", heir.to_string())];
        let gone = self
            .rest
            .call(Method::DELETE, &route, &parameters, None)
            .await?;
        Ok(gone.map_or(Answer::Gone, |_| Answer::Done(None)))
    }
}

/// 244 random bits.
fn password() -> String {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_another_s() {
        assert_ne!(password(), password());
        assert_eq!(password().len(), 43);
    }
}
