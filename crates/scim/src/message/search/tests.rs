use super::*;
use serde_json::json;

fn pairs(query: &[(&'static str, &'static str)]) -> Result<SearchRequest, ScimError> {
    SearchRequest::from_pairs(query.iter().copied(), &Limits::default())
}

fn body(members: Value) -> Result<SearchRequest, ScimError> {
    let mut body = json!({ "schemas": [urn::SEARCH_REQUEST] });
    let (Value::Object(map), Value::Object(members)) = (&mut body, members) else {
        panic!("objects");
    };
    map.extend(members);
    SearchRequest::from_value(&body, &Limits::default())
}

fn scim_type(result: Result<SearchRequest, ScimError>) -> ScimType {
    let error = result.unwrap_err();
    assert_eq!(error.status, 400);
    error.scim_type.unwrap()
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

/// RFC 7644 §3.4.3, figure 4, both ways.
#[test]
fn both_ways_mean_the_same() {
    let expected = SearchRequest {
        filter: Some("displayName sw \"smith\"".parse().unwrap()),
        sort_by: Some(path("name.familyName")),
        descending: true,
        start_index: Some(1),
        count: Some(10),
        cursor: None,
        attributes: vec![path("displayName"), path("userName")],
        excluded_attributes: Vec::new(),
    };
    let by_url = pairs(&[
        ("ATTRIBUTES", "displayName, userName,"),
        ("Filter", "displayName sw \"smith\""),
        ("sortBy", "name.familyName"),
        ("sortorder", "Descending"),
        ("startIndex", "1"),
        ("count", "10"),
        ("api-version", "2"),
    ]);
    assert_eq!(by_url, Ok(expected.clone()));
    let by_body = body(json!({
        "attributes": ["displayName", "userName"],
        "filter": "displayName sw \"smith\"",
        "sortby": "name.familyName",
        "sortOrder": "descending",
        "StartIndex": 1,
        "count": 10,
        "cursor": null,
        "excludedAttributes": [],
        "api-version": { "x": 1 },
    }));
    assert_eq!(by_body, Ok(expected));
    assert_eq!(pairs(&[]), Ok(SearchRequest::default()));
    assert_eq!(body(json!({})), Ok(SearchRequest::default()));
}

/// RFC 7644 §3.4.2.4, table 6.
#[test]
fn small_numbers_count_as_the_smallest() {
    for (text, index, count) in [
        ("-5", 1, 0),
        ("0", 1, 0),
        (" 7 ", 7, 7),
        ("99999999999999999999999", u64::MAX, u64::MAX),
        ("-99999999999999999999999", 1, 0),
    ] {
        let search = pairs(&[("startIndex", text), ("count", text)]).unwrap();
        assert_eq!(
            (search.start_index, search.count),
            (Some(index), Some(count)),
            "{text}"
        );
    }
    let search = body(json!({ "startIndex": -5, "count": -5 })).unwrap();
    assert_eq!((search.start_index, search.count), (Some(1), Some(0)));
}

#[test]
fn what_is_no_whole_number_is_refused() {
    for text in ["", "ten", "1.0", "1e1", "--1", "+1", "-"] {
        assert_eq!(
            scim_type(pairs(&[("count", text)])),
            ScimType::InvalidValue,
            "{text}"
        );
        assert_eq!(
            scim_type(pairs(&[("startIndex", text)])),
            ScimType::InvalidValue,
            "{text}"
        );
        assert_eq!(
            scim_type(pairs(&[("cursor", ""), ("count", text)])),
            ScimType::InvalidCount,
            "{text}"
        );
    }
    for value in [json!(1.5), json!("10"), json!([1]), json!(true)] {
        assert_eq!(
            scim_type(body(json!({ "count": value }))),
            ScimType::InvalidValue
        );
        assert_eq!(
            scim_type(body(json!({ "count": value, "cursor": "a" }))),
            ScimType::InvalidCount
        );
    }
}

/// RFC 9865 §2.
#[test]
fn cursors() {
    let first = pairs(&[("cursor", ""), ("count", "10")]).unwrap();
    assert_eq!(first.cursor.as_deref(), Some(""));
    let next = body(json!({ "cursor": "VZUTiyhEQJ94IR-._~", "count": -1 })).unwrap();
    assert_eq!(next.cursor.as_deref(), Some("VZUTiyhEQJ94IR-._~"));
    assert_eq!(next.count, Some(0));
    for wrong in ["a b", "a/b", "é", "a%20"] {
        assert_eq!(
            scim_type(pairs(&[("cursor", wrong)])),
            ScimType::InvalidCursor
        );
    }
    assert_eq!(
        scim_type(body(json!({ "cursor": 5 }))),
        ScimType::InvalidCursor
    );
    assert_eq!(
        scim_type(pairs(&[("cursor", ""), ("startIndex", "1")])),
        ScimType::InvalidValue
    );
}

#[test]
fn refusals() {
    for (query, expected) in [
        (vec![("filter", "userName")], ScimType::InvalidFilter),
        (vec![("filter", "")], ScimType::InvalidFilter),
        (vec![("sortBy", "")], ScimType::InvalidValue),
        (vec![("sortBy", "a b")], ScimType::InvalidValue),
        (vec![("sortOrder", "down")], ScimType::InvalidValue),
        (vec![("attributes", "a,5")], ScimType::InvalidValue),
        (vec![("excludedAttributes", "a b")], ScimType::InvalidValue),
        (
            vec![("attributes", "a"), ("excludedAttributes", "b")],
            ScimType::InvalidValue,
        ),
        (vec![("count", "1"), ("Count", "2")], ScimType::InvalidValue),
        (
            vec![("filter", "a pr"), ("filter", "b pr")],
            ScimType::InvalidValue,
        ),
    ] {
        assert_eq!(scim_type(pairs(&query)), expected, "{query:?}");
    }
    for (members, expected) in [
        (json!({ "filter": 5 }), ScimType::InvalidFilter),
        (json!({ "filter": "a b c" }), ScimType::InvalidFilter),
        (json!({ "sortBy": ["a"] }), ScimType::InvalidValue),
        (json!({ "sortOrder": true }), ScimType::InvalidValue),
        (json!({ "attributes": 5 }), ScimType::InvalidValue),
        (json!({ "attributes": ["a", 5] }), ScimType::InvalidValue),
        (json!({ "attributes": ["a,b"] }), ScimType::InvalidValue),
    ] {
        assert_eq!(scim_type(body(members.clone())), expected, "{members}");
    }
    for wrong in [
        json!([]),
        json!({}),
        json!({ "schemas": [urn::PATCH_OP] }),
        json!({ "schemas": [], "filter": "a pr" }),
    ] {
        let result = SearchRequest::from_value(&wrong, &Limits::default());
        assert_eq!(scim_type(result), ScimType::InvalidSyntax, "{wrong}");
    }
}

/// A URL of a query holds personal data; what is said of it must not.
#[test]
fn an_error_tells_no_value() {
    for query in [
        vec![("sortBy", "Jensen Jensen")],
        vec![("filter", "Jensen Jensen")],
        vec![("count", "Jensen")],
        vec![("cursor", "Jensen Jensen")],
        vec![("attributes", "Jensen Jensen")],
    ] {
        let error = pairs(&query).unwrap_err();
        assert!(!error.detail.contains("Jensen"), "{}", error.detail);
    }
}

#[test]
fn a_filter_is_read_within_limits() {
    let limits = Limits {
        terms: 1,
        ..Limits::default()
    };
    let result = SearchRequest::from_pairs([("filter", "a pr and b pr")], &limits);
    assert_eq!(scim_type(result), ScimType::InvalidFilter);
}
