//! Users are looked for.

use purser_scim::{
    Resource,
    filter::{CompareOp, Filter},
};
use serde_json::Value;

use super::{WordPress, rejected, walk::users};
use crate::target::TargetError;

impl WordPress {
    /// The users that match. WordPress searches for a part of a login, a name or an
    /// address; everything else is looked for among all.
    pub(super) async fn find_users(&self, filter: &Filter) -> Result<Vec<Resource>, TargetError> {
        let form = self.form().await?;
        let search = searched(filter);
        let (mut found, mut offset) = (Vec::new(), 0);
        loop {
            let (page, total) = users(&self.rest, offset, search).await?;
            for text in &page {
                let user: Option<Value> = serde_json::from_str(text.get()).ok();
                let resource = user.and_then(|user| form.resource(&user));
                let matches = |resource: &Resource| filter.matches(resource, &self.schema);
                match resource.as_ref().map(matches) {
                    Some(Ok(true)) => found.extend(resource),
                    Some(Ok(false)) | None => {}
                    Some(Err(error)) => return Err(rejected(error.to_string())),
                }
            }
            offset = offset.saturating_add(page.len() as u64);
            if page.is_empty() || offset >= total {
                return Ok(found);
            }
        }
    }
}

/// What WordPress may be asked to search for, where the filter is for one value of what it searches.
fn searched(filter: &Filter) -> Option<&str> {
    let Filter::Compare {
        path,
        op: CompareOp::Eq,
        value: Value::String(text),
    } = filter
    else {
        return None;
    };
    let name = path.attr.to_ascii_lowercase();
    let searched = match path.sub.as_deref() {
        None => ["username", "displayname"].contains(&name.as_str()),
        Some(sub) => name == "emails" && sub.eq_ignore_ascii_case("value"),
    };
    // An asterisk means something else to WordPress.
    (searched && !text.trim().is_empty() && !text.contains('*')).then_some(text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordpress_searches_for_names_and_addresses_and_we_for_the_rest() {
        let searched = |text: &str| searched(&text.parse().unwrap()).map(str::to_owned);
        assert_eq!(searched(r#"userName eq "ann""#).as_deref(), Some("ann"));
        assert_eq!(
            searched(r#"emails.value eq "a@x.org""#).as_deref(),
            Some("a@x.org")
        );
        for other in [
            r#"userName sw "ann""#,
            r#"externalId eq "17""#,
            r#"userName eq "a*""#,
            r#"userName eq "ann" and active eq true"#,
        ] {
            assert_eq!(searched(other), None, "{other}");
        }
    }
}
