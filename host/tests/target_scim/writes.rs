//! Writing: the exact requests, and what comes of their answers.

use insta::assert_snapshot;
use purser_engine::{
    change::{Action, Origin},
    ids::{ResourceType, TargetId},
};
use purser_host::target::{Answer, scim::ScimTarget};
use purser_scim::{
    Resource, ResourceSchema,
    diff::{Delta, diff},
};
use serde_json::{Value, json};
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::support::{
    bodies, members, on, refusal, requests, scim, server, shown, write, write_user,
};

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

fn create() -> Action {
    Action::Create {
        resource: resource(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen",
        }))
        .into(),
    }
}

fn delta(before: Value, after: Value) -> Delta {
    diff(&resource(before), &resource(after), &ResourceSchema::user())
}

fn update(delta: Delta) -> Action {
    Action::Update {
        target_id: TargetId::new("a/b c"),
        delta,
    }
}

#[tokio::test]
async fn a_create_sends_the_resource_as_it_is() {
    let (server, target) = server().await;
    on(
        &server,
        "POST",
        "/Users",
        scim(201, &json!({ "id": "7", "userName": "bjensen" })),
    )
    .await;
    let answer = write_user(&target, create()).await.unwrap();
    assert_eq!(
        answer,
        Answer::Done(Some(resource(json!({ "id": "7", "userName": "bjensen" }))))
    );
    let requests = requests(&server, "POST").await;
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen"}"#
    );
    let header = |name| request.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), "application/scim+json");
    assert_eq!(header("accept"), "application/scim+json, application/json");
    assert_eq!(header("authorization"), "Bearer s3cret-token");
    assert_eq!(
        header("user-agent"),
        concat!("purser/", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn a_create_without_body_is_read_where_it_stands() {
    let (server, target) = server().await;
    on(
        &server,
        "POST",
        "/Users",
        ResponseTemplate::new(201).insert_header("location", "/v2/Users/7"),
    )
    .await;
    on(&server, "GET", "/Users/7", scim(200, &json!({ "id": "7" }))).await;
    let answer = write_user(&target, create()).await.unwrap();
    assert_eq!(answer, Answer::Done(Some(resource(json!({ "id": "7" })))));
}

#[tokio::test]
async fn a_create_that_does_not_say_what_it_made_is_in_doubt() {
    let elsewhere = "https://example.com/v2/Users/7";
    for answer in [
        ResponseTemplate::new(201),
        ResponseTemplate::new(201).insert_header("location", elsewhere),
        ResponseTemplate::new(201).insert_header("location", "/v2/Users/unreadable"),
        ResponseTemplate::new(201).insert_header("location", "/v2/Users/"),
        scim(200, &json!({ "userName": "bjensen" })),
        ResponseTemplate::new(201).set_body_raw("{\"id\": ", "application/scim+json"),
    ] {
        let (server, target) = server().await;
        on(&server, "POST", "/Users", answer).await;
        let text = shown(&write_user(&target, create()).await.unwrap_err());
        assert!(
            text.starts_with("transient, may be done\nPOST /v2/Users answered 20"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_create_that_exists() {
    let (server, target) = server().await;
    on(
        &server,
        "POST",
        "/Users",
        refusal(409, "uniqueness", "taken"),
    )
    .await;
    assert_snapshot!(shown(&write_user(&target, create()).await.unwrap_err()), @r#"
    conflict
    POST /v2/Users answered 409 (uniqueness): taken
    "#);
}

#[tokio::test]
async fn a_create_where_nothing_takes_it() {
    let (server, target) = server().await;
    on(&server, "POST", "/Users", ResponseTemplate::new(404)).await;
    assert_snapshot!(shown(&write_user(&target, create()).await.unwrap_err()), @r#"
    unusable
    POST /v2/Users answered 404
    hint: there is nothing at this address: check the path in base_url
    "#);
}

#[tokio::test]
async fn an_update_names_each_path() {
    let (server, target) = server().await;
    on(
        &server,
        "PATCH",
        "/Users/a%2Fb%20c",
        ResponseTemplate::new(204),
    )
    .await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let delta = delta(
        json!({ "title": "Guide", "active": true, enterprise: { "department": "Tours" } }),
        json!({ "active": false, "name": { "givenName": "Barbara" }, enterprise: { "costCenter": "4130" } }),
    );
    assert_eq!(
        write_user(&target, update(delta)).await.unwrap(),
        Answer::Done(None)
    );
    assert_eq!(
        bodies(&server, "PATCH").await,
        [json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                { "op": "remove", "path": "title" },
                { "op": "replace", "path": "active", "value": false },
                { "op": "remove", "path": format!("{enterprise}:department") },
                { "op": "add", "path": format!("{enterprise}:costCenter"), "value": "4130" },
                { "op": "add", "path": "name.givenName", "value": "Barbara" },
            ],
        })]
    );
}

#[tokio::test]
async fn an_update_brings_the_resource_where_the_target_sends_it() {
    let (server, target) = server().await;
    on(
        &server,
        "PATCH",
        "/Users/7",
        scim(200, &json!({ "id": "7", "title": "x" })),
    )
    .await;
    let action = Action::Link {
        target_id: TargetId::new("7"),
        origin: Origin::Adopted,
        delta: delta(json!({}), json!({ "title": "x" })),
    };
    let answer = write_user(&target, action).await.unwrap();
    assert_eq!(
        answer,
        Answer::Done(Some(resource(json!({ "id": "7", "title": "x" }))))
    );
}

#[tokio::test]
async fn an_update_of_what_is_gone() {
    let (server, target) = server().await;
    on(
        &server,
        "PATCH",
        "/Users/7",
        refusal(404, "", "no such user"),
    )
    .await;
    let action = Action::Update {
        target_id: TargetId::new("7"),
        delta: delta(json!({}), json!({ "title": "x" })),
    };
    assert_eq!(write_user(&target, action).await.unwrap(), Answer::Gone);
}

#[tokio::test]
async fn links_and_unlinks_without_difference_send_nothing() {
    let (server, target) = server().await;
    let target_id = TargetId::new("7");
    let link = Action::Link {
        target_id: target_id.clone(),
        origin: Origin::Created,
        delta: Delta::default(),
    };
    for action in [
        link,
        Action::Unlink {
            target_id: Some(target_id),
        },
    ] {
        assert_eq!(
            write_user(&target, action).await.unwrap(),
            Answer::Done(None)
        );
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_id_that_would_vanish_from_the_address_is_never_sent() {
    let (server, target) = server().await;
    for id in ["", ".", ".."] {
        let text = shown(
            &write_user(
                &target,
                Action::Delete {
                    target_id: TargetId::new(id),
                },
            )
            .await
            .unwrap_err(),
        );
        assert!(text.starts_with("rejected 0"), "{text}");
    }
    assert_eq!(requests(&server, "DELETE").await.len(), 0);
}

#[tokio::test]
async fn a_server_that_knows_only_json_gets_json_from_then_on() {
    let (server, target) = server().await;
    on(&server, "POST", "/Users", |request: &Request| match request
        .headers
        .get("content-type")
        .unwrap()
        .to_str()
        .unwrap()
    {
        "application/json" => scim(201, &json!({ "id": "7" })),
        _ => ResponseTemplate::new(415),
    })
    .await;
    for _ in 0..2 {
        write_user(&target, create()).await.unwrap();
    }
    let requests = requests(&server, "POST").await;
    let types: Vec<&str> = requests
        .iter()
        .map(|r| r.headers.get("content-type").unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "application/scim+json",
            "application/json",
            "application/json"
        ]
    );
}

#[tokio::test]
async fn a_server_that_knows_no_type_is_asked_twice() {
    let (server, target) = server().await;
    on(&server, "POST", "/Users", ResponseTemplate::new(415)).await;
    assert_snapshot!(shown(&write_user(&target, create()).await.unwrap_err()), @r#"
    rejected 415 None
    POST /v2/Users answered 415
    "#);
    assert_eq!(requests(&server, "POST").await.len(), 2);
}

async fn change_members(
    target: &ScimTarget,
    add: &[&str],
    remove: &[&str],
) -> Result<Answer, String> {
    let action = Action::Members {
        target_id: TargetId::new("g"),
        add: members(add),
        remove: members(remove),
    };
    write(target, ResourceType::group(), action)
        .await
        .map_err(|error| shown(&error))
}

/// The operations of each request, in short: `+a`, `-b`.
async fn operations(server: &MockServer) -> Vec<String> {
    let in_short = |operation: &Value| match (&operation["op"], &operation["path"]) {
        (Value::String(op), Value::String(path)) if op == "add" && path == "members" => {
            let values = operation["value"].as_array().unwrap();
            values
                .iter()
                .map(|value| format!("+{}", value["value"].as_str().unwrap()))
                .collect::<Vec<_>>()
                .join(" ")
        }
        (Value::String(op), Value::String(path)) if op == "remove" => {
            path.replace("members[value eq \"", "-").replace("\"]", "")
        }
        other => panic!("{other:?}"),
    };
    let bodies = bodies(server, "PATCH").await;
    let all = bodies
        .iter()
        .map(|body| body["Operations"].as_array().unwrap());
    all.map(|operations| {
        operations
            .iter()
            .map(in_short)
            .collect::<Vec<_>>()
            .join(" ")
    })
    .collect()
}

#[tokio::test]
async fn members_are_one_add_and_a_removal_each() {
    let (server, target) = server().await;
    on(&server, "PATCH", "/Groups/g", ResponseTemplate::new(204)).await;
    assert_eq!(
        change_members(&target, &["a", "b"], &["c\"d"]).await,
        Ok(Answer::Done(None))
    );
    assert_eq!(
        bodies(&server, "PATCH").await,
        [json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                { "op": "add", "path": "members", "value": [{ "value": "a" }, { "value": "b" }] },
                { "op": "remove", "path": "members[value eq \"c\\\"d\"]" },
            ],
        })]
    );
}

#[tokio::test]
async fn members_come_in_requests_of_the_configured_size() {
    let (server, target) = server().await;
    on(&server, "PATCH", "/Groups/g", ResponseTemplate::new(204)).await;
    change_members(&target, &["a", "b", "c", "d"], &["e", "f", "g"])
        .await
        .unwrap();
    assert_eq!(operations(&server).await, ["+a +b +c", "+d -e -f", "-g"]);
}

#[tokio::test]
async fn no_members_are_no_request() {
    let (server, target) = server().await;
    assert_eq!(
        change_members(&target, &[], &[]).await,
        Ok(Answer::Done(None))
    );
    assert_eq!(requests(&server, "PATCH").await.len(), 0);
}

#[tokio::test]
async fn a_member_that_is_no_longer_there_counts_as_removed() {
    let (server, target) = server().await;
    on(&server, "PATCH", "/Groups/g", |request: &Request| {
        if String::from_utf8_lossy(&request.body).contains("\\\"gone\\\"") {
            refusal(400, "noTarget", "no such member")
        } else {
            ResponseTemplate::new(204)
        }
    })
    .await;
    assert_eq!(
        change_members(&target, &["a"], &["gone", "c"]).await,
        Ok(Answer::Done(None))
    );
    assert_eq!(
        operations(&server).await,
        ["+a -gone -c", "+a", "-gone", "-c"]
    );
}

#[tokio::test]
async fn other_refusals_of_members_are_refusals() {
    let (server, target) = server().await;
    on(
        &server,
        "PATCH",
        "/Groups/g",
        refusal(400, "invalidValue", "no such user"),
    )
    .await;
    assert_snapshot!(change_members(&target, &["a"], &["b"]).await.unwrap_err(), @r#"
    rejected 400 Some("invalidValue")
    PATCH /v2/Groups/g answered 400 (invalidValue): no such user
    "#);
    assert_eq!(requests(&server, "PATCH").await.len(), 1);
}

#[tokio::test]
async fn members_of_a_group_that_is_gone() {
    let (server, target) = server().await;
    on(&server, "PATCH", "/Groups/g", ResponseTemplate::new(404)).await;
    assert_eq!(
        change_members(&target, &["a", "b", "c", "d"], &[]).await,
        Ok(Answer::Gone)
    );
    assert_eq!(requests(&server, "PATCH").await.len(), 1);
}
