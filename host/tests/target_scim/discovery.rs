//! Discovery: what is read, what is assumed, and what is an error.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use purser_engine::{
    ids::{ResourceType, TargetId},
    imprint::Known,
};
use purser_host::target::{Discovery, Target, scim::ScimTarget};
use purser_scim::{schema::Uniqueness, urn};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{html, on, page, refusal, requests, scim, server, settings, shown};

fn list(resources: Value) -> Value {
    json!({
        "schemas": [urn::LIST_RESPONSE], "totalResults": resources.as_array().unwrap().len(), "Resources": resources,
    })
}

fn config() -> Value {
    json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true }, "filter": { "supported": "False", "maxResults": 200 },
    })
}

/// The types with their extensions, the features, and the remarks, a line each.
fn shown_offer(offer: &Discovery) -> String {
    let types = offer.resource_types.iter().map(|offered| {
        let extensions: Vec<&str> = offered
            .schema
            .extensions()
            .map(|schema| schema.id.as_str())
            .collect();
        format!(
            "{} at {} {extensions:?}",
            offered.name,
            offered.schema.resource_type().endpoint
        )
    });
    let features = format!("patch {:?}, filter {:?}", offer.patch, offer.filter);
    types
        .chain([features])
        .chain(offer.remarks.iter().cloned())
        .collect::<Vec<_>>()
        .join("\n")
}

async fn mount(
    server: &MockServer,
    config: ResponseTemplate,
    types: ResponseTemplate,
    schemas: ResponseTemplate,
) {
    on(server, "GET", "/ServiceProviderConfig", config).await;
    on(server, "GET", "/ResourceTypes", types).await;
    on(server, "GET", "/Schemas", schemas).await;
}

#[tokio::test]
async fn what_is_offered_is_read_once() {
    let (server, target) = server().await;
    let types = list(json!([
        { "name": "User", "endpoint": "/People", "schema": urn::USER,
          "schemaExtensions": [{ "schema": "urn:example:Extra", "required": true }] },
        { "name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device" },
        { "name": "Robot", "endpoint": "https://example.com/Robots", "schema": urn::USER },
        { "name": "Ghost", "endpoint": "/Ghosts", "schema": "urn:example:Ghost" },
        { "description": "no name" },
    ]));
    let schemas = list(json!([
        { "id": "urn:example:Device", "attributes": [{ "name": "serial", "type": "string" }] },
        { "id": "urn:example:Extra", "attributes": [] },
    ]));
    mount(
        &server,
        scim(200, &config()),
        scim(200, &types),
        scim(200, &schemas),
    )
    .await;
    on(
        &server,
        "GET",
        "/People/7",
        scim(200, &json!({ "id": "7" })),
    )
    .await;
    assert_snapshot!(shown_offer(&target.discover().await.unwrap()), @r#"
    User at /People ["urn:example:Extra"]
    Device at /Devices []
    patch Some(true), filter Some(false)
    ResourceTypes: 1 of 5 entries cannot be read
    the endpoint of resource type Robot is not below base_url; the type is left out
    resource type Ghost needs the schema urn:example:Ghost, which is not there; the type is left out
    "#);
    target.discover().await.unwrap();
    target
        .read(&ResourceType::user(), &TargetId::new("7"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(requests(&server, "GET").await.len(), 4);
}

#[tokio::test]
async fn what_is_missing_is_assumed() {
    let (_server, target) = server().await;
    assert_snapshot!(shown_offer(&target.discover().await.unwrap()), @r#"
    User at /Users ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    Group at /Groups []
    patch None, filter None
    ServiceProviderConfig is not there, RFC 7643 is assumed: GET /v2/ServiceProviderConfig answered 404
    ResourceTypes is not there, RFC 7643 is assumed: GET /v2/ResourceTypes answered 404
    Schemas is not there, RFC 7643 is assumed: GET /v2/Schemas answered 404
    "#);
}

#[tokio::test]
async fn refusals_and_nonsense_are_remarks() {
    let (server, target) = server().await;
    mount(
        &server,
        refusal(403, "", "not for you"),
        ResponseTemplate::new(501),
        scim(200, &json!("text")),
    )
    .await;
    assert_snapshot!(shown_offer(&target.discover().await.unwrap()), @r#"
    User at /Users ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    Group at /Groups []
    patch None, filter None
    ServiceProviderConfig is not there, RFC 7643 is assumed: GET /v2/ServiceProviderConfig answered 403: not for you
    ResourceTypes is not there, RFC 7643 is assumed: GET /v2/ResourceTypes answered 501
    Schemas is not there, RFC 7643 is assumed: GET /v2/Schemas answered 200 without a SCIM document
    "#);
}

#[tokio::test]
async fn after_scim_was_heard_even_pages_are_remarks() {
    let (server, target) = server().await;
    mount(
        &server,
        scim(200, &config()),
        html(200),
        ResponseTemplate::new(401),
    )
    .await;
    assert_snapshot!(shown_offer(&target.discover().await.unwrap()), @r#"
    User at /Users ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    Group at /Groups []
    patch Some(true), filter Some(false)
    ResourceTypes is not there, RFC 7643 is assumed: GET /v2/ResourceTypes answered 200 with an HTML page
    Schemas is not there, RFC 7643 is assumed: GET /v2/Schemas answered 401
    "#);
}

#[tokio::test]
async fn lists_without_envelope_are_read() {
    let (server, target) = server().await;
    let types =
        json!([{ "name": "User", "schema": urn::USER }, { "name": "Group", "schema": urn::GROUP }]);
    mount(
        &server,
        scim(200, &config()),
        scim(200, &types),
        ResponseTemplate::new(404),
    )
    .await;
    assert_snapshot!(shown_offer(&target.discover().await.unwrap()), @r#"
    User at /Users []
    Group at /Groups []
    patch Some(true), filter Some(false)
    Schemas is not there, RFC 7643 is assumed: GET /v2/Schemas answered 404
    "#);
}

#[tokio::test]
async fn what_cannot_be_a_scim_server_is_an_error() {
    for first in [
        html(200),
        ResponseTemplate::new(401),
        ResponseTemplate::new(301).insert_header("location", "/x"),
        html(403),
    ] {
        let (server, target) = server().await;
        on(&server, "GET", "/ServiceProviderConfig", first).await;
        let text = shown(&target.discover().await.unwrap_err());
        assert!(
            text.starts_with("unusable\nGET /v2/ServiceProviderConfig answered"),
            "{text}"
        );
        assert_eq!(requests(&server, "GET").await.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_not_taken_for_one_without_discovery() {
    let (server, target) = server().await;
    mount(
        &server,
        scim(200, &config()),
        ResponseTemplate::new(503),
        ResponseTemplate::new(404),
    )
    .await;
    on(&server, "GET", "/Users", scim(200, &page(0, &[]))).await;
    let text = shown(
        &target
            .list(&ResourceType::user(), None, Known::default())
            .await
            .unwrap_err(),
    );
    assert_eq!(text, "transient\nGET /v2/ResourceTypes answered 503");
}

#[tokio::test]
async fn a_profile_says_what_is_unique_in_place_of_the_schemas() {
    let (server, _) = server().await;
    let mut settings = settings(&format!("{}/v2/", server.uri()));
    settings.unique = BTreeMap::from([(ResourceType::user(), vec!["externalid".to_owned()])]);
    let target = ScimTarget::new(settings).unwrap();
    let offer = target.discover().await.unwrap();
    let unique = |kind: ResourceType| -> Vec<String> {
        let schema = offer.resource_type(&kind).unwrap().schema.core();
        let unique = schema
            .attributes
            .iter()
            .filter(|a| a.uniqueness != Uniqueness::None);
        unique.map(|a| a.name.clone()).collect()
    };
    assert_eq!(unique(ResourceType::user()), ["externalid"]);
    assert_eq!(unique(ResourceType::group()), Vec::<String>::new());
}
