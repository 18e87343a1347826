use super::*;
use crate::{
    patch::PatchRequest,
    resource::Resource,
    schema::ResourceSchema,
    urn::{ENTERPRISE_USER, GROUP, USER},
};
use serde_json::json;

mod plan;

fn body(operations: Value) -> Value {
    json!({ "schemas": [urn::BULK_REQUEST], "Operations": operations })
}

fn request(operations: Value) -> BulkRequest {
    BulkRequest::from_value(&body(operations), 100).unwrap()
}

fn one(operation: Value) -> Result<BulkOperation, BulkFault> {
    let mut operations = request(json!([operation])).operations;
    assert_eq!(operations.len(), 1);
    operations.remove(0)
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({ "type": "Group", "value": member }))
        .collect();
    json!({
        "method": "POST",
        "path": "/Groups",
        "bulkId": bulk_id,
        "data": { "schemas": [GROUP], "displayName": bulk_id, "members": members },
    })
}

/// RFC 7644 §3.7.3, the first example; the data of its PATCH is no JSON there.
#[test]
fn a_request_of_all_methods() {
    let value = json!({
        "schemas": [urn::BULK_REQUEST],
        "failOnErrors": 1,
        "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "qwerty",
              "data": { "schemas": [USER], "userName": "Alice" } },
            { "method": "put", "path": "Users/b7c14771/", "version": "W/\"3694e05e9dff591\"",
              "data": { "schemas": [USER], "id": "b7c14771", "userName": "Bob" } },
            { "Method": "Patch", "path": "/Users/5d8d29d3", "version": null,
              "data": { "schemas": [urn::PATCH_OP], "Operations": [{ "op": "remove", "path": "nickName" }] } },
            { "method": "DELETE", "path": "/Users/e9025315", "data": {} },
        ],
    });
    let request = BulkRequest::from_value(&value, 4).unwrap();
    assert_eq!(request.fail_on_errors, Some(1));
    let read: Vec<_> = request
        .operations
        .iter()
        .map(|operation| {
            let operation = operation.as_ref().unwrap();
            (
                operation.method.word(),
                operation.endpoint(),
                operation.id(),
                operation.bulk_id.as_deref(),
                operation.version.as_deref(),
                operation.data.is_some(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            ("POST", "/Users", None, Some("qwerty"), None, true),
            (
                "PUT",
                "/Users",
                Some("b7c14771"),
                None,
                Some("W/\"3694e05e9dff591\""),
                true
            ),
            ("PATCH", "/Users", Some("5d8d29d3"), None, None, true),
            ("DELETE", "/Users", Some("e9025315"), None, None, false),
        ]
    );
}

/// RFC 7644 §3.7.4.
#[test]
fn too_many_operations() {
    let operations: Vec<Value> = (0..3).map(|n| group(&n.to_string(), &[])).collect();
    let error = BulkRequest::from_value(&body(json!(operations)), 2).unwrap_err();
    assert_eq!((error.status, error.scim_type), (413, None));
    assert!(error.detail.contains("maxOperations (2)"));
    assert!(BulkRequest::from_value(&body(json!(operations)), 3).is_ok());
}

#[test]
fn an_envelope_that_cannot_be_read_refuses_all() {
    for value in [
        json!([]),
        json!({ "Operations": [] }),
        json!({ "schemas": [urn::PATCH_OP], "Operations": [] }),
        json!({ "schemas": [urn::BULK_REQUEST] }),
        json!({ "schemas": [urn::BULK_REQUEST], "Operations": {} }),
        body(json!(["POST"])),
        body(json!([{ "path": "/Users/1" }])),
        body(json!([{ "method": "GET", "path": "/Users/1" }])),
        json!({ "schemas": [urn::BULK_REQUEST], "Operations": [], "failOnErrors": 0 }),
        json!({ "schemas": [urn::BULK_REQUEST], "Operations": [], "failOnErrors": -1 }),
        json!({ "schemas": [urn::BULK_REQUEST], "Operations": [], "failOnErrors": "1" }),
    ] {
        let error = BulkRequest::from_value(&value, 100).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type),
            (400, Some(ScimType::InvalidSyntax)),
            "{value}"
        );
    }
    assert_eq!(request(json!([])), BulkRequest::default());
}

#[test]
fn a_fault_is_that_of_its_operation() {
    for operation in [
        json!({ "method": "POST", "path": "/Users", "data": {} }),
        json!({ "method": "POST", "path": "/Users", "bulkId": "", "data": {} }),
        json!({ "method": "POST", "path": "/Users", "bulkId": 5, "data": {} }),
        json!({ "method": "POST", "path": "/Users/1", "bulkId": "a", "data": {} }),
        json!({ "method": "POST", "path": "/", "bulkId": "a", "data": {} }),
        json!({ "method": "POST", "path": "/Users", "bulkId": "a" }),
        json!({ "method": "POST", "path": "/Users?attributes=id", "bulkId": "a", "data": {} }),
        json!({ "method": "POST", "bulkId": "a", "data": {} }),
        json!({ "method": "PUT", "path": "/Users", "data": {} }),
        json!({ "method": "PUT", "path": "/Users/1", "data": null }),
        json!({ "method": "PUT", "path": "//1", "data": {} }),
        json!({ "method": "PATCH", "path": "/Users/1/2", "data": {} }),
        json!({ "method": "PATCH", "path": "https://example.com/Users/1", "data": {} }),
        json!({ "method": "PATCH", "path": 1, "data": {} }),
        json!({ "method": "DELETE", "path": "/Users/1", "version": 1 }),
        json!({ "method": "DELETE", "path": "/Users/1", "data": { "userName": "Alice" } }),
    ] {
        let fault = one(operation.clone()).unwrap_err();
        assert_eq!(fault.error.status, 400, "{operation}");
        assert_eq!(fault.error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(!fault.error.detail.contains("Alice"));
    }
    let fault = one(json!({ "method": "PUT", "path": "/Users/1" })).unwrap_err();
    assert_eq!(
        fault
            .into_result(Some("https://example.com/v2/Users/1".to_owned()))
            .to_value(),
        json!({
            "location": "https://example.com/v2/Users/1",
            "method": "PUT",
            "status": "400",
            "response": {
                "schemas": [urn::ERROR],
                "scimType": "invalidSyntax",
                "detail": "a PUT needs \"data\"",
                "status": "400",
            },
        })
    );
}

#[test]
fn a_bulk_id_that_stands_twice_refuses_both() {
    let request = request(json!([
        group("a", &[]),
        group("b", &[]),
        { "method": "DELETE", "path": "/Users/1", "bulkId": "a" },
    ]));
    let faults: Vec<bool> = request.operations.iter().map(Result::is_err).collect();
    assert_eq!(faults, [true, false, true]);
    let fault = request.operations[0].clone().unwrap_err();
    assert_eq!(fault.bulk_id.as_deref(), Some("a"));
    assert_eq!(fault.path.as_deref(), Some("/Groups"));
}

/// RFC 7644 §3.7.2.
#[test]
fn references_are_found_and_resolved() {
    let mut value = json!({
        "userName": "Bob",
        "nickName": "says bulkId:c",
        ENTERPRISE_USER: { "manager": { "value": "bulkId:a", "$ref": "../Users/bulkId:a" } },
        "members": [{ "value": "bulkId:b" }, { "value": "bulkId:d" }, { "value": "bulkId:" }],
        "path": "members[value eq \"bulkId:b\" or value eq \"bulkId:e\"]",
        "deep": [[["https://example.com/v2/Users/bulkId:f?x#bulkId:g"]]],
    });
    assert_eq!(references(&value), ["a", "b", "d", "e", "f"]);
    resolve(&mut value, &|bulk_id| {
        (bulk_id != "d").then(|| format!("id-of-{bulk_id}"))
    });
    assert_eq!(
        value,
        json!({
            "userName": "Bob",
            "nickName": "says bulkId:c",
            ENTERPRISE_USER: { "manager": { "value": "id-of-a", "$ref": "../Users/id-of-a" } },
            "members": [{ "value": "id-of-b" }, { "value": "bulkId:d" }, { "value": "bulkId:" }],
            "path": "members[value eq \"id-of-b\" or value eq \"id-of-e\"]",
            "deep": [[["https://example.com/v2/Users/id-of-f?x#bulkId:g"]]],
        })
    );
    assert_eq!(references(&value), ["d"]);
    let known = |bulk_id: &str| (bulk_id == "qwerty").then(|| "1".to_owned());
    assert_eq!(resolve_text("/Groups/bulkId:qwerty", &known), "/Groups/1");
}

/// RFC 7644 §3.7.1: 409.
#[test]
fn a_reference_to_nothing_is_a_conflict() {
    let known = |bulk_id: &str| (bulk_id == "a").then(|| "1".to_owned());
    let operation = one(group("b", &["bulkId:a"])).unwrap();
    let resolved = operation.resolved(&known).unwrap();
    assert_eq!(resolved.data.unwrap()["members"][0]["value"], json!("1"));

    let in_data = one(group("b", &["bulkId:secret"])).unwrap();
    let in_path = one(json!({ "method": "DELETE", "path": "/Groups/bulkId:secret" })).unwrap();
    for operation in [in_data, in_path] {
        let error = operation.resolved(&known).unwrap_err();
        assert_eq!((error.status, error.scim_type), (409, None));
        assert!(!error.detail.contains("secret"));
    }
}

#[test]
fn a_post_is_split_by_whole_values() {
    let operation = one(json!({
        "method": "POST",
        "path": "/Users",
        "bulkId": "x",
        "data": {
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "Bob",
            "roles": [],
            "emails": [{ "value": "bob@example.com" }],
            "friends": [{ "value": "bulkId:a" }, { "value": "bulkId:b" }],
            ENTERPRISE_USER: { "division": "A", "manager": { "value": "bulkId:a", "x": 1 } },
            "urn:example:Ext": { "boss": "bulkId:a" },
        },
    }))
    .unwrap();
    let (now, later) = operation.split(&["a".to_owned()]);
    assert_eq!(
        now.data,
        Some(json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "Bob",
            "roles": [],
            "emails": [{ "value": "bob@example.com" }],
            "friends": [{ "value": "bulkId:b" }],
            ENTERPRISE_USER: { "division": "A" },
        }))
    );
    assert_eq!(
        (later.method, later.path.as_str()),
        (BulkMethod::Patch, "/Users/bulkId:x")
    );
    assert_eq!(
        later.data,
        Some(json!({
            "schemas": [urn::PATCH_OP],
            "Operations": [{ "op": "add", "value": {
                "friends": [{ "value": "bulkId:a" }],
                ENTERPRISE_USER: { "manager": { "value": "bulkId:a", "x": 1 } },
                "urn:example:Ext": { "boss": "bulkId:a" },
            } }],
        }))
    );
}

/// RFC 7644 §3.7.1, its example: done as a server would, step by step.
#[test]
fn two_groups_become_members_of_each_other() {
    let request = request(json!([
        group("qwerty", &["bulkId:ytrewq"]),
        group("ytrewq", &["bulkId:qwerty"]),
    ]));
    let schema = ResourceSchema::group();
    let mut groups: Vec<(String, Resource)> = Vec::new();
    let mut put_off: HashMap<usize, BulkOperation> = HashMap::new();
    for step in request.plan() {
        let (operation, index) = match step {
            Step::Whole(index) => (request.operations[index].clone().unwrap(), index),
            Step::Deferred { index, without } => {
                let (now, later) = request.operations[index].clone().unwrap().split(&without);
                put_off.insert(index, later);
                (now, index)
            }
            Step::Complete(index) => (put_off.remove(&index).unwrap(), index),
        };
        let known = |bulk_id: &str| {
            groups
                .iter()
                .position(|(known, _)| known == bulk_id)
                .map(|place| format!("id-{place}"))
        };
        let operation = operation.resolved(&known).unwrap();
        let data = operation.data.clone().unwrap();
        match operation.method {
            BulkMethod::Post => {
                let bulk_id = operation.bulk_id.unwrap();
                groups.push((bulk_id, Resource::from_value(data).unwrap()));
            }
            _ => {
                assert_eq!(operation.id(), Some(format!("id-{index}").as_str()));
                let patch = PatchRequest::parse(&data).unwrap();
                assert_eq!(patch.apply(&mut groups[index].1, &schema), Ok(true));
            }
        }
    }
    assert!(put_off.is_empty());
    let member = |id: &str| json!([{ "type": "Group", "value": id }]);
    assert_eq!(groups[0].1.get("members"), Some(&member("id-1")));
    assert_eq!(groups[1].1.get("members"), Some(&member("id-0")));
}

/// RFC 7644 §3.7.3; the example of §3.7.2 with its older `status` is not what the text says.
#[test]
fn a_response() {
    let response = BulkResponse {
        operations: vec![
            BulkResult {
                method: BulkMethod::Post,
                bulk_id: Some("qwerty".to_owned()),
                location: Some("https://example.com/v2/Users/92b725cd".to_owned()),
                version: Some("W/\"oY4m4wn58tkVjJxK\"".to_owned()),
                status: 201,
                response: None,
            },
            BulkResult::failed(
                BulkMethod::Delete,
                None,
                Some("https://example.com/v2/Users/e9025315".to_owned()),
                ScimError {
                    status: 404,
                    scim_type: None,
                    detail: "Resource does not exist.".to_owned(),
                },
            ),
        ],
    };
    let errors: Vec<bool> = response
        .operations
        .iter()
        .map(BulkResult::is_error)
        .collect();
    assert_eq!(errors, [false, true]);
    assert_eq!(
        response.to_value(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": [
                {
                    "location": "https://example.com/v2/Users/92b725cd",
                    "method": "POST",
                    "bulkId": "qwerty",
                    "version": "W/\"oY4m4wn58tkVjJxK\"",
                    "status": "201",
                },
                {
                    "location": "https://example.com/v2/Users/e9025315",
                    "method": "DELETE",
                    "status": "404",
                    "response": {
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                        "detail": "Resource does not exist.",
                        "status": "404",
                    },
                },
            ],
        })
    );
}
