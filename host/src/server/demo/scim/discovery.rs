//! What the server says about itself (RFC 7644 §4).

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use purser_scim::{schema::Schema, urn};
use serde_json::{Value, json};

use super::{App, Failure, answer::Answer, query::MAX_RESULTS};
use crate::server::{demo::memory::Kind, documents};

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
            documents::document(
                &app.base,
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
        .map(|schema| documents::document(&app.base, "Schema", &schema.id, &schema))
        .collect()
}

fn list(documents: Vec<Value>) -> Answer {
    Answer::new(StatusCode::OK, documents::list(&documents))
}

fn one(documents: Vec<Value>, id: &str) -> Result<Answer, Failure> {
    documents::find(documents, id)
        .map(|document| Answer::new(StatusCode::OK, document))
        .ok_or_else(|| Failure::plain(StatusCode::NOT_FOUND, "there is no such document"))
}
