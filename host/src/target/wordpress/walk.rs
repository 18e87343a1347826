//! A walk through all users of a site, page by page, in order of their ids.
//!
//! WordPress counts pages by places, so whoever is deleted meanwhile moves all behind
//! them one place up, and somebody who lives would be passed over. Each page therefore
//! begins with the last user of the page before it: where somebody else stands there, the
//! walk knows that it has not seen all.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    USERS,
    rest::{PAGE, Rest},
};
use crate::target::TargetError;

/// How far it has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    /// Users until now.
    pub(crate) seen: u64,
    /// What the site counted at first.
    pub(crate) total: u64,
    /// Somebody came or went meanwhile: it proves nothing.
    pub(crate) moved: bool,
    last: Option<u64>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

impl Walk {
    /// The next users as WordPress shows them to whoever may edit them; none at the end.
    pub(crate) async fn page(&mut self, rest: &Rest) -> Result<Vec<Box<RawValue>>, TargetError> {
        let offset = self.seen.saturating_sub(u64::from(self.last.is_some()));
        let (mut page, total) = users(rest, offset, None).await?;
        let id = |text: &RawValue| serde_json::from_str::<Id>(text.get()).ok().map(|it| it.id);
        if self.seen == 0 {
            self.total = total;
        }
        self.moved |= total != self.total;
        if let Some(last) = self.last {
            if page.first().and_then(|first| id(first)) == Some(last) {
                page.remove(0);
            } else {
                self.moved = true;
            }
        }
        self.seen = self.seen.saturating_add(page.len() as u64);
        if let Some(last) = page.last() {
            self.last = id(last);
        }
        Ok(page)
    }
}

/// A page of users, as texts, and how many there are on all pages.
pub(super) async fn users(
    rest: &Rest,
    offset: u64,
    search: Option<&str>,
) -> Result<(Vec<Box<RawValue>>, u64), TargetError> {
    let mut parameters = vec![
        ("context", "edit".to_owned()),
        ("per_page", PAGE.to_string()),
        ("offset", offset.to_string()),
        ("orderby", "id".to_owned()),
        ("order", "asc".to_owned()),
    ];
    if let Some(search) = search {
        parameters.push(("search", search.to_owned()));
    }
    let success = rest.there(USERS, &parameters).await?;
    let page = serde_json::from_slice(success.text());
    let page: Vec<Box<RawValue>> = page.map_err(|_| success.unexpected("WordPress"))?;
    // Without it nobody knows whether that was all.
    let total = success
        .total
        .ok_or_else(|| success.unexpected("WordPress"))?;
    Ok((page, total))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{method, path, query_param},
    };

    use super::*;

    /// A site whose users stand at these places when they are asked for.
    async fn site(pages: &[(u64, std::ops::Range<u64>, u64)]) -> (MockServer, Rest) {
        let server = MockServer::start().await;
        let index = ResponseTemplate::new(200).set_body_json(json!({ "namespaces": ["wp/v2"] }));
        Mock::given(path("/wp-json/"))
            .respond_with(index)
            .mount(&server)
            .await;
        for (offset, ids, total) in pages {
            let users: Vec<Value> = ids.clone().map(|id| json!({ "id": id })).collect();
            let answer = ResponseTemplate::new(200)
                .set_body_json(users)
                .insert_header("x-wp-total", total.to_string());
            Mock::given(method("GET"))
                .and(path("/wp-json/wp/v2/users"))
                .and(query_param("offset", offset.to_string()))
                .respond_with(answer)
                .mount(&server)
                .await;
        }
        let rest = Rest::new(
            server.uri().parse().unwrap(),
            "admin".to_owned(),
            "x".into(),
            std::time::Duration::from_secs(10),
        );
        (server, rest.unwrap())
    }

    async fn walked(rest: &Rest) -> Walk {
        let mut walk = Walk::default();
        while !walk.page(rest).await.unwrap().is_empty() {}
        walk
    }

    #[tokio::test]
    async fn a_walk_meets_everybody_once() {
        let pages = [(0, 1..101, 150), (99, 100..151, 150), (149, 150..151, 150)];
        let (_server, rest) = site(&pages).await;
        let walk = walked(&rest).await;
        assert_eq!((walk.seen, walk.total, walk.moved), (150, 150, false));
    }

    /// One is deleted and one is made between two pages: the count is the same, and
    /// somebody was passed over.
    #[tokio::test]
    async fn who_goes_while_another_comes_is_noticed() {
        let pages = [(0, 1..101, 150), (99, 101..152, 150), (150, 1..1, 150)];
        let (_server, rest) = site(&pages).await;
        let walk = walked(&rest).await;
        assert!(walk.moved, "{walk:?}");
    }

    #[tokio::test]
    async fn a_count_that_changes_is_noticed() {
        let pages = [(0, 1..101, 150), (99, 100..152, 151), (150, 151..152, 151)];
        let (_server, rest) = site(&pages).await;
        assert!(walked(&rest).await.moved);
    }
}
