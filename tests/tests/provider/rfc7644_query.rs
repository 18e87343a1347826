//! Queries (RFC 7644 §3.4.2, §3.4.3).

use anyhow::Result;
use serde_json::{Value, json};

use super::support::*;

/// Some people who differ.
fn people() -> Result<Here> {
    let here = here()?;
    for (name, more) in [
        (
            "ann",
            json!({ "active": true, "title": "Chief", "emails": [{ "value": "ann@x.org", "type": "work", "primary": true }, { "value": "zoe@y.org", "type": "home" }] }),
        ),
        (
            "Bob",
            json!({ "active": false, "name": { "familyName": "Ölander" }, "emails": [{ "value": "bob@x.org", "type": "home" }] }),
        ),
        (
            "carl",
            json!({ "active": true, "title": "clerk", "x509Certificates": [{ "value": "TUlJ" }] }),
        ),
        (
            "dora",
            json!({ "title": "Guide \"A\" \\ B", ENTERPRISE: { "department": "Tours" } }),
        ),
    ] {
        here.make("/Users", &user_with(name, more))?;
    }
    Ok(here)
}

macro_rules! filters {
    ($($name:ident: $($filter:expr => $names:expr),+;)+) => {$(
        #[test]
        fn $name() -> Result<()> {
            let here = people()?;
            $(
                let names: &[&str] = &$names;
                assert_eq!(found(&here, $filter)?, names, "{}", $filter);
            )+
            Ok(())
        }
    )+};
}

filters! {
    rfc7644_3_4_2_2_eq: "userName eq \"ANN\"" => ["ann"], "active eq true" => ["ann", "carl"],
        "title eq \"CHIEF\"" => ["ann"];
    rfc7644_3_4_2_2_ne: "userName ne \"ann\"" => ["Bob", "carl", "dora"], "active ne true" => ["Bob", "dora"];
    rfc7644_3_4_2_2_co_sw_ew: "userName co \"A\"" => ["ann", "carl", "dora"], "userName sw \"b\"" => ["Bob"],
        "userName ew \"A\"" => ["dora"];
    rfc7644_3_4_2_2_pr: "title pr" => ["ann", "carl", "dora"], "name.familyName pr" => ["Bob"];
    rfc7644_3_4_2_2_order: "userName gt \"bob\"" => ["carl", "dora"], "userName ge \"bob\"" => ["Bob", "carl", "dora"],
        "userName lt \"bob\"" => ["ann"], "userName le \"bob\"" => ["ann", "Bob"];
    rfc7644_3_4_2_2_and_or_not_by_precedence:
        "title pr and active eq true or userName eq \"Bob\"" => ["ann", "Bob", "carl"],
        "title pr and (active eq true or userName eq \"dora\")" => ["ann", "carl", "dora"],
        "not (title pr) or userName eq \"ann\"" => ["ann", "Bob"],
        "title pr AND NOT (active EQ true)" => ["dora"];
    rfc7644_3_4_2_2_value_paths: "emails[type eq \"work\" and value co \"x.org\"]" => ["ann"],
        "emails[type eq \"work\" and value co \"y.org\"]" => [],
        "emails.type eq \"home\" and emails.value co \"x.org\"" => ["ann", "Bob"];
    rfc7644_3_4_2_2_complex_by_its_value: "emails co \"bob@\"" => ["Bob"], "emails eq \"zoe@y.org\"" => ["ann"];
    rfc7644_3_4_2_2_full_names: "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"bob\"" => ["Bob"],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tours\"" => ["dora"];
    rfc7644_3_4_2_2_escapes: "title eq \"Guide \\\"A\\\" \\\\ B\"" => ["dora"];
    rfc7644_3_4_2_2_unicode: "name.familyName eq \"öLANDER\"" => ["Bob"];
    rfc7644_3_4_2_2_unknown_attributes_match_nothing: "shoeSize eq 42" => [], "shoeSize pr" => [];
    rfc7644_3_4_2_2_meta: "meta.resourceType eq \"User\"" => ["ann", "Bob", "carl", "dora"],
        "meta.resourceType eq \"Group\"" => [], "meta.lastModified gt \"2001-01-01T00:00:00Z\"" => ["ann", "Bob", "carl", "dora"],
        "meta.created lt \"2001-01-01T00:00:00Z\"" => [];
}

#[test]
fn rfc7644_3_4_2_2_what_is_no_filter_is_invalid_filter() -> Result<()> {
    let here = people()?;
    for filter in [
        "userName",
        "userName eq",
        "userName is \"a\"",
        "userName eq \"a",
        "eq \"a\"",
        "(userName eq \"a\"",
        "userName eq \"a\" and",
        "active gt true",
        "x509Certificates.value gt \"TUlJ\"",
        "emails[type eq \"a\"",
        "",
        "name eq \"a\"",
        "active co \"t\"",
    ] {
        let path = format!("/Users?filter={}", encoded(filter));
        here.get(&path)?.refused(400, "invalidFilter")?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_4_2_2_a_filter_has_bounds() -> Result<()> {
    let here = people()?;
    let deep = format!("{}userName pr{}", "(".repeat(2_000), ")".repeat(2_000));
    let long = vec!["userName pr"; 5_000].join(" or ");
    for filter in [deep, long] {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        here.call("POST", "/Users/.search", &body)?
            .refused(400, "invalidFilter")?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_4_2_nothing_found_is_an_empty_list() -> Result<()> {
    let here = people()?;
    let list = here
        .get("/Users?filter=userName%20eq%20%22nobody%22")?
        .expect(200)?;
    assert_eq!(
        (&list["totalResults"], &list["Resources"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(
        list["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
    );
    Ok(())
}

fn sorted(here: &Here, query: &str) -> Result<Vec<String>> {
    Ok(listed(
        &here.get(&format!("/Users?{query}"))?.expect(200)?,
        "userName",
    ))
}

#[test]
fn rfc7644_3_4_2_3_sorted_as_asked() -> Result<()> {
    let here = people()?;
    for (query, names) in [
        ("sortBy=userName", ["ann", "Bob", "carl", "dora"]),
        (
            "sortBy=userName&sortOrder=descending",
            ["dora", "carl", "Bob", "ann"],
        ),
        // Who has none comes last, or first.
        ("sortBy=title", ["ann", "carl", "dora", "Bob"]),
        (
            "sortBy=title&sortOrder=descending",
            ["Bob", "dora", "carl", "ann"],
        ),
        // By the primary value, else the first.
        ("sortBy=emails", ["ann", "Bob", "carl", "dora"]),
        ("sortBy=emails.value", ["ann", "Bob", "carl", "dora"]),
        ("sortBy=name.familyName", ["Bob", "ann", "carl", "dora"]),
    ] {
        assert_eq!(sorted(&here, query)?, names, "{query}");
    }
    here.get("/Users?sortBy=userName&sortOrder=up")?
        .refused(400, "invalidValue")
}

#[test]
fn rfc7644_3_4_2_3_pages_of_an_indexed_order_are_those_of_any_other() -> Result<()> {
    let here = here()?;
    // displayName is indexed, title is not; some have none.
    for n in 0..9 {
        let name = format!("{}{n}", if n % 2 == 0 { 'a' } else { 'B' });
        let more = match n % 3 {
            0 => json!({ "active": n < 5 }),
            _ => json!({ "active": n < 5, "displayName": name, "title": name }),
        };
        here.make("/Users", &user_with(&format!("u{n}"), more))?;
    }
    let by_name = |query: &str| -> Result<Value> {
        let list = |by: &str| {
            here.get(&format!("/Users?sortBy={by}&{query}"))?
                .expect(200)
        };
        let (indexed, other) = (list("displayName")?, list("title")?);
        assert_eq!(indexed, other, "{query}");
        Ok(indexed)
    };
    let all = by_name("")?;
    assert_eq!(
        listed(&all, "userName"),
        ["u2", "u4", "u8", "u1", "u5", "u7", "u0", "u3", "u6"]
    );
    for start in 1..=10 {
        for count in [0, 1, 4, 9] {
            let page = by_name(&format!("startIndex={start}&count={count}"))?;
            assert_eq!(page["totalResults"], 9);
            by_name(&format!(
                "startIndex={start}&count={count}&filter=active%20eq%20true"
            ))?;
        }
    }
    for by in ["displayName", "title"] {
        let path = format!("/Users?sortBy={by}&cursor&count=2");
        assert_eq!(here.get(&path)?.expect(200)?["totalResults"], 9, "{by}");
    }
    // Among those who have none the order of an answer is its own.
    let down = here
        .get("/Users?sortBy=displayName&sortOrder=descending&startIndex=3&count=3")?
        .expect(200)?;
    assert_eq!(listed(&down, "userName")[1..], ["u7", "u5"]);
    Ok(())
}

#[test]
fn rfc7644_3_4_2_4_pages_by_index() -> Result<()> {
    let here = people()?;
    let page = |query: &str| -> Result<(Value, Vec<String>)> {
        let list = here.get(&format!("/Users?{query}"))?.expect(200)?;
        let names = listed(&list, "userName");
        Ok((
            json!([
                list["totalResults"],
                list["startIndex"],
                list["itemsPerPage"]
            ]),
            names,
        ))
    };
    for (query, numbers, names) in [
        (
            "startIndex=2&count=2",
            json!([4, 2, 2]),
            vec!["Bob", "carl"],
        ),
        ("startIndex=0&count=1", json!([4, 1, 1]), vec!["ann"]),
        ("startIndex=-7&count=1", json!([4, 1, 1]), vec!["ann"]),
        ("count=0", json!([4, 1, 0]), vec![]),
        ("count=-3", json!([4, 1, 0]), vec![]),
        ("startIndex=4&count=9", json!([4, 4, 1]), vec!["dora"]),
        ("startIndex=5", json!([4, 5, 0]), vec![]),
        (
            "count=2&filter=active%20eq%20true",
            json!([2, 1, 2]),
            vec!["ann", "carl"],
        ),
        (
            "startIndex=2&filter=active%20eq%20true",
            json!([2, 2, 1]),
            vec!["carl"],
        ),
        (
            "startIndex=2&count=1&sortBy=userName&sortOrder=descending",
            json!([4, 2, 1]),
            vec!["carl"],
        ),
    ] {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(page(query)?, (numbers, names), "{query}");
    }
    here.get("/Users?count=many")?.refused(400, "invalidValue")
}

#[test]
fn rfc7644_3_4_2_4_a_page_has_a_most() -> Result<()> {
    let here = here_with("page_size = 3")?;
    for name in ["a", "b", "c", "d"] {
        here.make("/Users", &user(name))?;
    }
    let list = here.get("/Users?count=100")?.expect(200)?;
    assert_eq!(
        (&list["totalResults"], &list["itemsPerPage"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(
        here.get("/ServiceProviderConfig")?.expect(200)?["filter"]["maxResults"],
        3
    );
    Ok(())
}

#[test]
fn rfc7644_3_4_2_5_attributes_are_chosen() -> Result<()> {
    let here = people()?;
    let one = |query: &str| -> Result<Value> {
        Ok(here.get(&format!("/Users?count=1&{query}"))?.expect(200)?["Resources"][0].clone())
    };
    let names = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    };
    assert_eq!(names(&one("attributes=title")?), ["schemas", "id", "title"]);
    let user = one("attributes=emails.value,USERNAME")?;
    assert_eq!(user["emails"][0], json!({ "value": "ann@x.org" }));
    assert_eq!(user["userName"], "ann");
    let user = one("excludedAttributes=emails,id,meta,schemas")?;
    assert_eq!(
        names(&user),
        ["schemas", "id", "userName", "active", "title"]
    );
    assert_eq!(
        one("excludedAttributes=emails.type")?["emails"][0].get("type"),
        None
    );
    assert_eq!(names(&one("attributes=nothing")?), ["schemas", "id"]);
    let full = one(&format!("attributes={USER}:title"))?;
    assert_eq!(full["title"], "Chief");
    Ok(())
}

#[test]
fn rfc7644_3_4_3_a_search_by_post_is_the_same_search() -> Result<()> {
    let here = people()?;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "active eq true", "attributes": ["userName"], "sortBy": "userName", "sortOrder": "descending",
        "startIndex": 1, "count": 1,
    });
    let posted = here.call("POST", "/Users/.search", &body)?.expect(200)?;
    assert_eq!(listed(&posted, "userName"), ["carl"]);
    assert_eq!(posted["totalResults"], 2);
    assert_eq!(posted["Resources"][0].get("active"), None);
    let query = "/Users?filter=active%20eq%20true&attributes=userName&sortBy=userName&sortOrder=descending&count=1";
    assert_eq!(here.get(query)?.expect(200)?, posted);
    here.call("POST", "/Users/.search", &json!({ "filter": "title pr" }))?
        .refused(400, "invalidSyntax")
}

#[test]
fn rfc7644_3_4_2_1_the_base_address_knows_all_types() -> Result<()> {
    let here = people()?;
    here.make("/Groups", &group("Guides", &[]))?;
    let all = here.get("/")?.expect(200)?;
    assert_eq!(all["totalResults"], 5);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "userName eq \"ann\" or displayName eq \"guides\"",
    });
    let list = here.call("POST", "/.search", &body)?.expect(200)?;
    let types: Vec<&Value> = list["Resources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| &one["meta"]["resourceType"])
        .collect();
    assert_eq!(types, ["User", "Group"]);
    let page = here.get("/?startIndex=4&count=2")?.expect(200)?;
    assert_eq!(
        (page["totalResults"].clone(), listed(&page, "id").len()),
        (json!(5), 2)
    );
    Ok(())
}

#[test]
fn rfc7644_3_4_2_2_members_and_groups_are_found_by_the_index() -> Result<()> {
    let here = people()?;
    let ann = here
        .get("/Users?filter=userName%20eq%20%22ann%22")?
        .expect(200)?;
    let ann = text(&ann, "/Resources/0/id")?;
    let id = here.make("/Groups", &group("G", &[&ann]))?;
    here.make("/Groups", &group("H", &[]))?;
    let groups = |filter: &str| -> Result<Vec<String>> {
        let path = format!(
            "/Groups?excludedAttributes=members&filter={}",
            encoded(filter)
        );
        let list = here.get(&path)?.expect(200)?;
        assert_eq!(list["Resources"][0].get("members"), None);
        Ok(listed(&list, "displayName"))
    };
    for filter in [
        format!("members[value eq \"{ann}\"]"),
        format!("members.value eq \"{ann}\""),
        format!("members eq \"{ann}\""),
        format!("members.value eq \"{ann}\" and displayName eq \"g\""),
        format!("id eq \"{id}\" and members eq \"{ann}\""),
        "members pr".to_owned(),
    ] {
        assert_eq!(groups(&filter)?, ["G"], "{filter}");
    }
    assert_eq!(found(&here, &format!("groups.value eq \"{id}\""))?, ["ann"]);
    assert_eq!(found(&here, "groups.display eq \"g\"")?, ["ann"]);
    Ok(())
}
