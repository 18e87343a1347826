//! Versions (RFC 7644 §3.14, RFC 9110 §13), and writers at the same time.

use std::{sync::Barrier, thread};

use anyhow::Result;
use serde_json::json;

use super::support::*;

#[test]
fn rfc7644_3_14_a_reader_that_knows_the_version_is_told_so() -> Result<()> {
    let here = here()?;
    let path = format!("/Users/{}", here.make("/Users", &user("babs"))?);
    let said = here.get(&path)?;
    let tag = said.headers.get("etag").cloned().unwrap_or_default();
    assert!(tag.starts_with("W/\""), "{tag}");
    for known in [tag.as_str(), "*", &format!("\"x\", {tag}")] {
        let said = here.call_with("GET", &path, &[("if-none-match", known)], &NOTHING)?;
        assert_eq!(said.headers.get("etag"), Some(&tag));
        said.expect(304)?;
    }
    here.call_with("GET", &path, &[("if-none-match", "W/\"77\"")], &NOTHING)?
        .expect(200)?;
    Ok(())
}

#[test]
fn rfc7644_3_14_a_write_to_another_version_is_412() -> Result<()> {
    let here = here()?;
    let made = here.call("POST", "/Users", &user("babs"))?.expect(201)?;
    let path = format!("/Users/{}", text(&made, "/id")?);
    let old = text(&made, "/meta/version")?;
    let rename = patch(json!([{ "op": "replace", "path": "title", "value": "A" }]));
    let changed = here
        .call_with("PATCH", &path, &[("if-match", &old)], &rename)?
        .expect(200)?;
    let new = text(&changed, "/meta/version")?;
    assert_ne!(old, new);
    for (method, body) in [
        ("PATCH", rename.clone()),
        ("PUT", user("babs")),
        ("DELETE", NOTHING),
    ] {
        let error = here
            .call_with(method, &path, &[("if-match", &old)], &body)?
            .expect(412)?;
        assert_eq!(error["status"], "412");
    }
    assert_eq!(here.get(&path)?.expect(200)?, changed);
    here.call_with("PUT", &path, &[("if-match", "*")], &user("babs"))?
        .expect(200)?;
    here.call_with("DELETE", &path, &[("if-match", &old)], &NOTHING)?
        .expect(412)?;
    let now = text(&here.get(&path)?.expect(200)?, "/meta/version")?;
    here.call_with("DELETE", &path, &[("if-match", &now)], &NOTHING)?
        .expect(204)?;
    Ok(())
}

#[test]
fn rfc7644_3_14_members_make_versions_as_well() -> Result<()> {
    let here = here()?;
    let user_id = here.make("/Users", &user("a"))?;
    let made = here
        .call("POST", "/Groups", &group("G", &[]))?
        .expect(201)?;
    let path = format!("/Groups/{}", text(&made, "/id")?);
    let old = text(&made, "/meta/version")?;
    let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": user_id }] }]));
    here.call_with("PATCH", &path, &[("if-match", &old)], &add)?
        .expect(204)?;
    here.call_with("PATCH", &path, &[("if-match", &old)], &add)?
        .expect(412)?;
    Ok(())
}

/// Lets `writers` threads do something at the same time.
fn together<T: Send>(writers: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let barrier = Barrier::new(writers);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|index| {
                let (work, barrier) = (&work, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    work(index)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| anyhow::anyhow!("a writer broke down"))?
            })
            .collect()
    })
}

/// A client of its own for each thread.
fn client(
    origin: &str,
    token: &str,
) -> impl Fn(&str, &str, Option<&str>, serde_json::Value) -> Result<u16> {
    let (base, token) = (format!("{origin}/scim/acme/v2"), token.to_owned());
    move |method, path, version, body| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut request = client
            .request(method.parse()?, format!("{base}{path}"))
            .bearer_auth(&token)
            .header("content-type", "application/scim+json")
            .body(body.to_string());
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        runtime.block_on(async { Ok(request.send().await?.status().as_u16()) })
    }
}

#[test]
fn two_who_patch_one_user_lose_nothing() -> Result<()> {
    let here = here()?;
    let path = format!("/Users/{}", here.make("/Users", &user("babs"))?);
    let (origin, token) = (here.origin().to_owned(), here.token().to_owned());
    let statuses = together(2, |index| {
        let call = client(&origin, &token);
        (0..20)
            .map(|nth| {
                let mail = json!([{ "value": format!("{index}-{nth}@x.org") }]);
                call(
                    "PATCH",
                    &path,
                    None,
                    patch(json!([{ "op": "add", "path": "emails", "value": mail }])),
                )
            })
            .collect::<Result<Vec<u16>>>()
    })?;
    assert!(statuses.into_iter().flatten().all(|status| status == 200));
    let user = here.get(&path)?.expect(200)?;
    assert_eq!(user["emails"].as_array().map(Vec::len), Some(40));
    Ok(())
}

#[test]
fn of_a_put_and_a_patch_of_one_version_one_is_412() -> Result<()> {
    let here = here()?;
    let (origin, token) = (here.origin().to_owned(), here.token().to_owned());
    for round in 0..10 {
        let made = here
            .call("POST", "/Users", &user(&format!("u{round}")))?
            .expect(201)?;
        let path = format!("/Users/{}", text(&made, "/id")?);
        let version = text(&made, "/meta/version")?;
        let mut statuses = together(2, |index| {
            let call = client(&origin, &token);
            if index == 0 {
                let body = user_with(&format!("u{round}"), json!({ "title": "put" }));
                call("PUT", &path, Some(&version), body)
            } else {
                let change = json!([{ "op": "add", "path": "nickName", "value": "patch" }]);
                call("PATCH", &path, Some(&version), patch(change))
            }
        })?;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }
    Ok(())
}

#[test]
fn of_many_who_want_one_name_one_gets_it() -> Result<()> {
    let here = here()?;
    let (origin, token) = (here.origin().to_owned(), here.token().to_owned());
    let mut statuses = together(8, |_| {
        client(&origin, &token)("POST", "/Users", None, user("babs"))
    })?;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    Ok(())
}

#[test]
fn members_that_many_add_at_the_same_time_are_all_there() -> Result<()> {
    let here = here()?;
    let ids: Vec<String> = (0..16)
        .map(|n| here.make("/Users", &user(&format!("u{n}"))))
        .collect::<Result<_>>()?;
    let path = format!("/Groups/{}", here.make("/Groups", &group("G", &[]))?);
    let (origin, token) = (here.origin().to_owned(), here.token().to_owned());
    let statuses = together(8, |index| {
        let call = client(&origin, &token);
        ids.iter()
            .skip(index * 2)
            .take(2)
            .map(|id| {
                let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
                call("PATCH", &path, None, patch(add))
            })
            .collect::<Result<Vec<u16>>>()
    })?;
    assert!(statuses.into_iter().flatten().all(|status| status == 204));
    let group = here.get(&path)?.expect(200)?;
    assert_eq!(group["members"].as_array().map(Vec::len), Some(16));
    Ok(())
}

#[test]
fn what_was_answered_survives_a_kill() -> Result<()> {
    let mut here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    let group_id = here.make("/Groups", &group("G", &[&id]))?;
    here.provider().restart()?;
    assert_eq!(
        text(
            &here.get(&format!("/Users/{id}"))?.expect(200)?,
            "/userName"
        )?,
        "babs"
    );
    let group = here.get(&format!("/Groups/{group_id}"))?.expect(200)?;
    assert_eq!(group["members"][0]["value"], json!(id));
    Ok(())
}
