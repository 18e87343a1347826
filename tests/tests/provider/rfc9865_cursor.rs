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
fn rfc9865_3_bad_cursors_are_told_apart() -> Result<()> {
    let here = filled(3)?;
    here.get("/Users?cursor=nonsense")?
        .refused(400, "invalidCursor")?;
    let list = here.get("/Users?cursor&count=1")?.expect(200)?;
    let next = text(&list, "/nextCursor")?;
    // It belongs to its query.
    here.get(&format!("/Users?cursor={next}&filter=title%20pr"))?
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
