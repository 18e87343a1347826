use super::*;
use crate::{resource::Resource, urn};
use serde_json::json;

/// RFC 7644 §3.4.2.
#[test]
fn a_list_response_survives_json() {
    let json = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 2,
        "itemsPerPage": 2,
        "startIndex": 1,
        "Resources": [
            { "id": "2819c223-7f76-453a-919d-413861904646", "userName": "bjensen" },
            { "id": "c75ad752-64ae-4823-840d-ffa80929976c", "userName": "jsmith", "x": null },
        ],
    });
    let list = ListResponse::from_value(json.clone()).unwrap();
    assert_eq!(list.total_results, 2);
    assert_eq!(
        list.resources[1].id(),
        Some("c75ad752-64ae-4823-840d-ffa80929976c")
    );
    assert_eq!(list.to_value(), json);
}

/// RFC 9865 §2, the second example.
#[test]
fn a_page_by_cursor_has_no_start_index() {
    let json = json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": 100,
        "itemsPerPage": 1,
        "nextCursor": "YkU3OF86Pz0rGv",
        "previousCursor": "ze7L30kMiiLX6x",
        "Resources": [{ "id": "1" }],
    });
    let list = ListResponse::from_value(json.clone()).unwrap();
    assert_eq!(list.start_index, None);
    assert_eq!(list.next_cursor.as_deref(), Some("YkU3OF86Pz0rGv"));
    assert_eq!(list.to_value(), json);

    let last = ListResponse::from_value(json!({
        "totalResults": 0, "Resources": [], "nextCursor": "", "previousCursor": null,
    }))
    .unwrap();
    assert_eq!((last.next_cursor, last.previous_cursor), (None, None));
    assert_eq!(last.start_index, Some(1));
}

#[test]
fn a_list_response_is_read_tolerantly() {
    let list = ListResponse::from_value(json!({
        "schemas": urn::LIST_RESPONSE.to_lowercase(),
        "TotalResults": "1000",
        "startindex": "101",
    }))
    .unwrap();
    assert_eq!(
        (list.total_results, list.items_per_page, list.start_index),
        (1000, 0, Some(101))
    );

    let list = ListResponse::from_value(json!({ "totalResults": 1, "resources": [{}] })).unwrap();
    assert_eq!((list.items_per_page, list.start_index), (1, Some(1)));
    assert_eq!(list.resources, [Resource::new()]);
}

#[test]
fn what_is_no_list_is_named() {
    for (json, text) in [
        (json!([]), "the body is a list, not a SCIM list response"),
        (
            json!("<html>"),
            "the body is a string, not a SCIM list response",
        ),
        (
            json!({ "userName": "babs" }),
            "the body is an object without schemas, not a SCIM list response",
        ),
        (
            json!({ "schemas": [urn::ERROR], "status": "403" }),
            "the body is an error message, not a SCIM list response",
        ),
        (
            json!({ "schemas": [urn::USER], "userName": "babs" }),
            "the body is an object of schema urn:ietf:params:scim:schemas:core:2.0:User, \
             not a SCIM list response",
        ),
        (
            json!({ "Resources": [] }),
            "\"totalResults\" of the list response is missing or not a number",
        ),
        (
            json!({ "Resources": {}, "totalResults": 0 }),
            "\"Resources\" of the list response is missing or not a list",
        ),
        (
            json!({ "Resources": [{}, 5], "totalResults": 2 }),
            "entry 1 of \"Resources\" cannot be read",
        ),
    ] {
        assert_eq!(
            ListResponse::from_value(json).unwrap_err().to_string(),
            text
        );
    }
}

/// RFC 7644 §3.12.
#[test]
fn an_error_survives_json() {
    let json = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "scimType": "mutability",
        "detail": "Attribute 'id' is readOnly",
        "status": "400",
    });
    let error = ErrorResponse::from_value(&json).unwrap();
    assert_eq!(error.status, 400);
    assert_eq!(error.scim_type, Some(ScimType::Mutability));
    assert_eq!(error.to_value(), json);
}

#[test]
fn an_error_is_read_tolerantly() {
    let error =
        ErrorResponse::from_value(&json!({ "Status": 409, "scimType": "quotaExceeded" })).unwrap();
    assert_eq!(error.status, 409);
    assert_eq!(
        error.scim_type,
        Some(ScimType::Other("quotaExceeded".to_owned()))
    );
    assert_eq!(error.detail, None);
    assert_eq!(error.to_value()["status"], json!("409"));
    assert_eq!(ScimType::from("UNIQUENESS"), ScimType::Uniqueness);
    for (word, scim_type) in [
        ("invalidCursor", ScimType::InvalidCursor),
        ("expiredCursor", ScimType::ExpiredCursor),
        ("invalidCount", ScimType::InvalidCount),
    ] {
        assert_eq!(ScimType::from(word), scim_type);
        assert_eq!(scim_type.word(), word);
    }
    for wrong in [json!({}), json!({ "status": 99_999 }), json!([])] {
        assert!(ErrorResponse::from_value(&wrong).is_err(), "{wrong}");
    }
}

/// RFC 7643 §8.5, and what servers make of it.
#[test]
fn a_configuration_says_what_it_says() {
    let config = ServiceProviderConfig::from_value(&json!({
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576 },
        "filter": { "supported": true, "maxResults": 200 },
        "changePassword": { "supported": false },
        "sort": "True",
        "etag": { "supported": "false" },
    }));
    assert_eq!(
        config,
        ServiceProviderConfig {
            patch: Some(true),
            bulk: Some(true),
            bulk_max_operations: Some(1000),
            bulk_max_payload_size: Some(1_048_576),
            filter: Some(true),
            filter_max_results: Some(200),
            change_password: Some(false),
            sort: Some(true),
            etag: Some(false),
        }
    );
    for unreadable in [
        json!("<html>"),
        json!({ "patch": 5, "filter": {} }),
        json!(null),
    ] {
        assert_eq!(
            ServiceProviderConfig::from_value(&unreadable),
            ServiceProviderConfig::default()
        );
    }
}

#[test]
fn the_resources_of_a_list_can_be_left_as_they_came() {
    let text = br#" {"TotalResults": "2", "x": [{"Resources": 1}], "resources": [ {"id":"a", "n": 1.50}, {"id" : "b"}]}"#;
    let list = RawListResponse::read(text).unwrap();
    assert_eq!(list.total_results, 2);
    let texts: Vec<&str> = list.resources.iter().map(|raw| raw.get()).collect();
    assert_eq!(texts, [r#"{"id":"a", "n": 1.50}"#, r#"{"id" : "b"}"#]);
    for other in [
        r#"{"totalResults": 0}"#,
        r#"{"totalResults": 1, "Resources": null}"#,
        r#"{"totalResults": 1, "Resources": {}}"#,
        r#"{"totalResults": "many", "Resources": []}"#,
        r#"{"Resources": []}"#,
        r#"{"totalResults": 1, "Resources": [{]}"#,
        r#"[]"#,
        "<html>",
    ] {
        assert!(RawListResponse::read(other.as_bytes()).is_none(), "{other}");
    }
}
