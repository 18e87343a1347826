//! Pages by cursor (RFC 9865).

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;

use super::support::*;

fn filled(names: usize) -> Result<Here> {
    let here = here()?;
    for n in 0..names {
        here.make("/Users", &user(&format!("u{n:02}")))?;
    }
    Ok(here)
}

#[test]
fn rfc9865_2_a_walk_sees_each_once() -> Result<()> {
    let here = filled(11)?;
    let all: Vec<String> = (0..11).map(|n| format!("u{n:02}")).collect();
    for count in [1, 3, 11, 100] {
        assert_eq!(
            walk(&here, &format!("count={count}"), "userName", |_| Ok(()))?,
            all,
            "{count}"
        );
    }
    assert_eq!(
        walk(
            &here,
            "count=4&filter=userName%20sw%20%22u0%22",
            "userName",
            |_| Ok(())
        )?,
        all[..10]
    );
    let down: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(
        walk(
            &here,
            "count=4&sortBy=userName&sortOrder=descending",
            "userName",
            |_| Ok(())
        )?,
        down
    );
    Ok(())
}

#[test]
fn rfc9865_2_deletes_lose_nobody_who_stays() -> Result<()> {
    let here = filled(20)?;
    let list = here.get("/Users")?.expect(200)?;
    let ids = listed(&list, "id");
    let seen = walk(&here, "count=3", "userName", |page| {
        // One that was seen, the last that was seen, and one that was not.
        for index in [page - 1, page * 3 - 1, 20 - page] {
            if let Some(id) = ids.get(index) {
                let _gone_already = here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?;
            }
        }
        Ok(())
    })?;
    let left: BTreeSet<String> = listed(&here.get("/Users")?.expect(200)?, "userName")
        .into_iter()
        .collect();
    let unique: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(unique.len(), seen.len(), "nobody comes twice");
    assert!(left.is_subset(&unique), "{left:?} {unique:?}");
    assert!(!left.is_empty());
    Ok(())
}

#[test]
fn rfc9865_2_a_sorted_walk_goes_on_behind_whom_it_met_last() -> Result<()> {
    let here = here()?;
    // Equals, and some without a value. displayName and userName are indexed, title is not.
    let names = ["Émile", "alpha", "Zeta", "émile", "beta", "", "ALPHA"];
    let make = |user: &str, name: Option<&str>| {
        let more = json!({
            "emails": [{ "value": "shared@example.org" }], "displayName": name, "title": name,
        });
        here.make("/Users", &user_with(user, more))
    };
    for n in 0..24 {
        make(&format!("u{:02}", n * 7 % 24), names.get(n % 8).copied())?;
    }
    for by in [
        "userName",
        "userName&sortOrder=descending",
        "displayName",
        "displayName&sortOrder=descending",
        "title",
        "title&sortOrder=descending",
        "title&filter=userName%20sw%20%22u%22",
        "displayName&filter=userName%20sw%20%22u%22",
        "displayName&filter=emails.value%20eq%20%22shared@example.org%22",
    ] {
        let query = format!("sortBy={by}");
        let all = here.get(&format!("/Users?{query}"))?.expect(200)?;
        let (ids, order) = (listed(&all, "id"), listed(&all, "userName"));
        for count in [1, 5] {
            let walked = walk(&here, &format!("{query}&count={count}"), "userName", |_| {
                Ok(())
            })?;
            assert_eq!(walked, order, "{query} by {count}");
        }
        // On each page the last that was met goes, and one that was not; others come.
        let mut gone = BTreeSet::new();
        let walked = walk(&here, &format!("{query}&count=2"), "userName", |page| {
            for place in [page * 2 - 1, order.len().saturating_sub(page)] {
                if let (Some(id), Some(name)) = (ids.get(place), order.get(place))
                    && gone.len() < 10
                    && gone.insert(name.clone())
                {
                    here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?
                        .expect(204)?;
                }
            }
            Ok(())
        })?;
        let at = |name: &String| walked.iter().position(|met| met == name);
        let living: Vec<&String> = order.iter().filter(|name| !gone.contains(*name)).collect();
        let places: Vec<usize> = living.iter().filter_map(|name| at(name)).collect();
        assert_eq!(places.len(), living.len(), "{query}: {living:?} {walked:?}");
        assert!(places.is_sorted(), "{query}: {walked:?}");
        let once: BTreeSet<&String> = walked.iter().collect();
        assert_eq!(once.len(), walked.len(), "{query}: {walked:?}");
        for name in gone {
            make(&name, Some(&name))?;
        }
    }
    Ok(())
}

#[test]
fn rfc9865_2_types_are_sorted_together() -> Result<()> {
    let here = here()?;
    for name in ["b", "d"] {
        here.make("/Users", &user_with(name, json!({ "displayName": name })))?;
    }
    for name in ["a", "c"] {
        here.make("/Groups", &group(name, &[]))?;
    }
    let path = "/?sortBy=displayName&count=1";
    let met = walk_at(&here, path, "displayName", |_| Ok(()))?;
    assert_eq!(met, ["a", "b", "c", "d"]);
    Ok(())
}

#[test]
fn rfc9865_3_bad_cursors_are_told_apart() -> Result<()> {
    let here = filled(3)?;
    here.get("/Users?cursor=nonsense")?
        .refused(400, "invalidCursor")?;
    let list = here.get("/Users?cursor&count=1")?.expect(200)?;
    let next = text(&list, "/nextCursor")?;
    // It belongs to its query.
    here.get(&format!("/Users?cursor={next}&filter=title%20pr"))?
        .refused(400, "invalidCursor")?;
    let sorted = here
        .get("/Users?cursor&count=1&sortBy=title")?
        .expect(200)?;
    let sorted = text(&sorted, "/nextCursor")?;
    for query in ["sortBy=userName", "sortBy=title&sortOrder=descending", ""] {
        here.get(&format!("/Users?cursor={sorted}&{query}"))?
            .refused(400, "invalidCursor")?;
    }
    here.get(&format!("/Users?sortBy=title&cursor={sorted}.e3"))?
        .refused(400, "invalidCursor")?;
    here.get(&format!("/Groups?cursor={next}"))?
        .refused(400, "invalidCursor")?;
    here.get("/Users?cursor&count=many")?
        .refused(400, "invalidCount")?;
    // RFC 9865 §2: a negative count is none.
    assert_eq!(
        here.get("/Users?cursor&count=-1")?.expect(200)?["itemsPerPage"],
        0
    );
    let both = here.get("/Users?cursor&startIndex=1")?;
    assert_eq!(both.status, 400);
    let quick = here_with("cursor_seconds = 1")?;
    for name in ["a", "b"] {
        quick.make("/Users", &user(name))?;
    }
    let list = quick.get("/Users?cursor&count=1")?.expect(200)?;
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    quick
        .get(&format!("/Users?cursor={}", text(&list, "/nextCursor")?))?
        .refused(400, "expiredCursor")
}

#[test]
fn rfc9865_2_3_a_search_by_post_takes_cursors() -> Result<()> {
    let here = filled(3)?;
    let search = |cursor: &str| {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "cursor": cursor, "count": 2,
        });
        here.call("POST", "/Users/.search", &body)?.expect(200)
    };
    let first = search("")?;
    let second = search(&text(&first, "/nextCursor")?)?;
    assert_eq!(listed(&second, "userName"), ["u02"]);
    assert_eq!(second.get("nextCursor"), None);
    Ok(())
}
