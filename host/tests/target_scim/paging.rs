//! Listings of servers that page well, badly, or not at all.

use purser_engine::{ids::ResourceType, imprint::Known};
use purser_host::target::{Doubt, End, Next, Target};
use purser_scim::{filter::Filter, path::AttrPath};
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::support::{on, page, requests, scim, server, shown};

/// The ids of all pages, whether the listing is whole, and how many requests it took.
async fn listed(
    answer: impl Fn(u64) -> Value + Send + Sync + 'static,
) -> (Vec<String>, bool, usize) {
    let (ids, doubt, requests) = doubted(answer).await;
    (ids, doubt.is_none(), requests)
}

/// The ids of all pages, what speaks against the listing being whole, and how many requests it took.
async fn doubted(
    answer: impl Fn(u64) -> Value + Send + Sync + 'static,
) -> (Vec<String>, Option<String>, usize) {
    let (server, target) = server().await;
    on(&server, "GET", "/Users", move |request: &Request| {
        let start = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "startIndex")
            .unwrap();
        scim(200, &answer(start.1.parse().unwrap()))
    })
    .await;
    let (mut ids, mut from) = (Vec::new(), None);
    loop {
        let page = target
            .list(&ResourceType::user(), from, Known::default())
            .await
            .unwrap();
        let before = ids.len();
        for user in &page.resources {
            let id = user.resource.id().unwrap().to_owned();
            // As the store counts: what was seen before is not new.
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let end = match page.next((ids.len() - before) as u64) {
            Next::More(token) => {
                from = Some(token);
                assert!(ids.len() < 1000, "a listing without end");
                continue;
            }
            Next::End(end) => end,
        };
        let count = requests(&server, "GET")
            .await
            .iter()
            .filter(|r| r.url.path() == "/v2/Users")
            .count();
        let doubt = match end {
            End::Whole => None,
            End::Doubtful(doubt) => Some(doubt.to_string()),
        };
        return (ids, doubt, count);
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn pages_until_all_are_there() {
    let answer = |start| match start {
        1 => page(5, &["a", "b"]),
        3 => page(5, &["c", "d"]),
        5 => page(5, &["e"]),
        _ => panic!("startIndex {start}"),
    };
    assert_eq!(
        listed(answer).await,
        (owned(&["a", "b", "c", "d", "e"]), true, 3)
    );
}

#[tokio::test]
async fn nobody_is_a_whole_listing() {
    assert_eq!(listed(|_| page(0, &[])).await, (vec![], true, 1));
}

#[tokio::test]
async fn a_server_that_caps_the_count_is_followed() {
    let answer = |start| match start {
        1 => page(3, &["a"]),
        2 => page(3, &["b"]),
        _ => page(3, &["c"]),
    };
    assert_eq!(listed(answer).await, (owned(&["a", "b", "c"]), true, 3));
}

#[tokio::test]
async fn a_server_that_sends_all_at_once_is_whole() {
    assert_eq!(
        listed(|_| page(3, &["a", "b", "c"])).await,
        (owned(&["a", "b", "c"]), true, 1)
    );
}

#[tokio::test]
async fn a_server_that_ignores_start_index_ends_incomplete() {
    let why = "the target ignores startIndex: a page repeats what came before it, 2 of 5 came";
    assert_eq!(
        doubted(|_| page(5, &["a", "b"])).await,
        (owned(&["a", "b"]), Some(why.to_owned()), 2)
    );
}

#[tokio::test]
async fn an_empty_page_before_the_end_is_incomplete() {
    let answer = |start| {
        if start == 1 {
            page(5, &["a", "b"])
        } else {
            page(5, &[])
        }
    };
    assert_eq!(listed(answer).await, (owned(&["a", "b"]), false, 2));
}

#[tokio::test]
async fn a_total_that_changes_on_the_way_is_incomplete() {
    let answer = |start| {
        if start == 1 {
            page(4, &["a", "b"])
        } else {
            page(3, &["c"])
        }
    };
    assert_eq!(listed(answer).await, (owned(&["a", "b", "c"]), false, 2));
}

#[tokio::test]
async fn overlapping_pages_give_each_resource_once_and_go_on() {
    let answer = |start| match start {
        1 => page(4, &["a", "b"]),
        3 => page(4, &["b", "c"]),
        _ => page(4, &["d"]),
    };
    assert_eq!(
        listed(answer).await,
        (owned(&["a", "b", "c", "d"]), true, 3)
    );
}

#[tokio::test]
async fn more_than_announced_is_incomplete() {
    assert_eq!(
        listed(|_| page(1, &["a", "b"])).await,
        (owned(&["a", "b"]), false, 1)
    );
}

#[tokio::test]
async fn a_resource_without_id_is_incomplete() {
    let answer = |_| {
        let mut body = page(2, &["a", "b"]);
        body["Resources"][1]["id"] = json!(null);
        body
    };
    assert_eq!(listed(answer).await, (owned(&["a"]), false, 2));
}

#[tokio::test]
async fn listings_ask_for_a_page_and_groups_without_members() {
    let (server, target) = server().await;
    on(&server, "GET", "/Users", scim(200, &page(0, &[]))).await;
    on(&server, "GET", "/Groups", scim(200, &page(0, &[]))).await;
    for kind in [ResourceType::user(), ResourceType::group()] {
        let page = target.list(&kind, None, Known::default()).await.unwrap();
        assert_eq!(page.next(0), Next::End(End::Whole));
    }
    let all = requests(&server, "GET").await;
    let asked: Vec<&str> = all
        .iter()
        .filter_map(|request| request.url.query())
        .collect();
    assert_eq!(
        asked,
        [
            "startIndex=1&count=2",
            "startIndex=1&count=2&excludedAttributes=members"
        ]
    );
}

#[tokio::test]
async fn a_search_is_one_encoded_request() {
    let (server, target) = server().await;
    on(&server, "GET", "/Users", scim(200, &page(1, &["a"]))).await;
    let filter = Filter::eq(AttrPath::new("userName"), "o'b\"r & co+");
    let found = target.find(&ResourceType::user(), &filter).await.unwrap();
    assert_eq!(found.len(), 1);
    let all = requests(&server, "GET").await;
    let last = &all.last().unwrap().url;
    assert_eq!(
        last.query(),
        Some("filter=userName%20eq%20%22o%27b%5C%22r%20%26%20co%2B%22")
    );
    assert_eq!(last.query_pairs().next().unwrap().1, filter.to_string());
}

#[tokio::test]
async fn a_missing_endpoint_or_another_document_is_no_empty_list() {
    let (server, target) = server().await;
    on(&server, "GET", "/Users", ResponseTemplate::new(404)).await;
    on(&server, "GET", "/Groups", scim(200, &json!({ "id": "x" }))).await;
    let error = |kind: ResourceType| {
        let target = &target;
        async move {
            shown(
                &target
                    .list(&kind, None, Known::default())
                    .await
                    .unwrap_err(),
            )
        }
    };
    insta::assert_snapshot!(error(ResourceType::user()).await, @r#"
    unusable
    GET /v2/Users answered 404
    hint: there is nothing at this address: check the path in base_url
    "#);
    insta::assert_snapshot!(error(ResourceType::group()).await, @r#"
    unusable
    GET /v2/Groups answered 200, but not with a SCIM message
    hint: check the path in base_url, and what the target writes before or after its JSON
    "#);
    insta::assert_snapshot!(error(ResourceType::new("Device")).await, @r#"
    unusable
    the target offers no resource type Device
    hint: take the mapping of this type out, or enable the type at the target
    "#);
}

#[tokio::test]
async fn what_is_known_at_its_place_is_not_read_but_counts() {
    let (server, target) = server().await;
    let mut body = page(2, &["a", "b"]);
    let all = body["Resources"].as_array_mut().unwrap();
    all.push(json!({ "userName": "nobody" }));
    on(&server, "GET", "/Users", scim(200, &body)).await;
    let list = async |known: &Known| {
        let page = target
            .list(&ResourceType::user(), None, known.clone())
            .await;
        page.unwrap()
    };
    let first = list(&Known::default()).await;
    assert_eq!((first.resources.len(), first.same.len()), (2, 0));
    let known = |about: &str, places: [u64; 2]| {
        let mut known = Known::new(about, 1, 10);
        for (place, shown) in places.into_iter().zip(&first.resources) {
            known.stood(place, shown.imprint);
        }
        known
    };
    let second = list(&known("", [1, 2])).await;
    assert_eq!((second.resources.len(), second.same), (0, vec![1, 2]));
    // At another place, or told about by other attributes, it is something else.
    assert_eq!(list(&known("", [2, 1])).await.same, [0; 0]);
    assert_eq!(list(&known("emails", [1, 2])).await.same, [0; 0]);
    // Who has no id was not listed, whoever is known beside him.
    let page = list(&known("", [1, 2])).await;
    assert_eq!(page.next(2), Next::End(End::Doubtful(Doubt::Nameless)));
}
