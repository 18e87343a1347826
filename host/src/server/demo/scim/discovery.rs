//! What the server says about itself (RFC 7644 §4).

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use purser_scim::{Resource, message::ListResponse, schema::Schema, urn};
use serde_json::{Value, json};

use super::{App, Failure, answer::Answer, query::MAX_RESULTS};
use crate::server::demo::memory::Kind;

/// The three discovery endpoints.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/ServiceProviderConfig", get(config))
        .route("/ResourceTypes", get(|State(app): State<App>| async move { list(types(&app)) }))
        .route(
            "/ResourceTypes/{id}",
            get(|State(app): State<App>, Path(id): Path<String>| async move {
                one(types(&app), &id)
            }),
        )
        .route("/Schemas", get(|State(app): State<App>| async move { list(schemas(&app)) }))
        .route(
            "/Schemas/{id}",
            get(|State(app): State<App>, Path(id): Path<String>| async move {
                one(schemas(&app), &id)
            }),
        )
}

async fn config(State(app): State<App>) -> Answer {
    let no = json!({ "supported": false });
    let document = json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_RESULTS },
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A fixed token in the Authorization header",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", app.base),
        },
    });
    Answer::new(StatusCode::OK, document)
}

fn types(app: &App) -> Vec<Value> {
    Kind::ALL
        .into_iter()
        .map(|kind| {
            document(
                app,
                "ResourceType",
                kind.name(),
                kind.schema().resource_type(),
            )
        })
        .collect()
}

fn schemas(app: &App) -> Vec<Value> {
    [Schema::user(), Schema::group(), Schema::enterprise_user()]
        .into_iter()
        .map(|schema| app.manners.schema(schema))
        .map(|schema| document(app, "Schema", &schema.id, &schema))
        .collect()
}

/// A document with its `meta`.
fn document(app: &App, kind: &str, id: &str, body: &impl serde::Serialize) -> Value {
    let mut document = serde_json::to_value(body).unwrap_or_default();
    if let Some(map) = document.as_object_mut() {
        let location = format!("{}/{kind}s/{id}", app.base);
        map.insert(
            "meta".to_owned(),
            json!({ "resourceType": kind, "location": location }),
        );
    }
    document
}

fn list(documents: Vec<Value>) -> Answer {
    let resources: Vec<Resource> = documents
        .into_iter()
        .filter_map(|document| Resource::from_value(document).ok())
        .collect();
    let count = resources.len() as u64;
    let list = ListResponse {
        total_results: count,
        items_per_page: count,
        start_index: Some(1),
        resources,
        ..ListResponse::default()
    };
    Answer::new(StatusCode::OK, list.to_value())
}

fn one(documents: Vec<Value>, id: &str) -> Result<Answer, Failure> {
    documents
        .into_iter()
        .find(|document| {
            document
                .get("id")
                .and_then(Value::as_str)
                .is_some_and(|of| urn::same(of, id))
        })
        .map(|document| Answer::new(StatusCode::OK, document))
        .ok_or_else(|| Failure::plain(StatusCode::NOT_FOUND, "there is no such document"))
}
