//! The protocol (RFC 7644 §3): routes and handlers.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use purser_scim::{Resource, ScimType, message::ListResponse, patch::PatchRequest};
use serde_json::Value;
use uuid::Uuid;

use super::{
    App,
    memory::{self, Kind, Moment},
};
use crate::clock;

mod answer;
mod discovery;
mod query;

use answer::Answer;
pub(super) use answer::Failure;
use query::Parameters;

/// A group of some hundred thousand members fits into one request.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Everything below the base path.
pub(super) fn routes() -> Router<App> {
    let mut routes = discovery::routes();
    for kind in Kind::ALL {
        let all = get(move |state, query| list(kind, state, query))
            .post(move |state, body| create(kind, state, body));
        let one = get(move |state, path, query| read(kind, state, path, query))
            .put(move |state, path, body| replace(kind, state, path, body))
            .patch(move |state, path, body| patch(kind, state, path, body))
            .delete(move |state, path| delete(kind, state, path));
        let endpoint = kind.endpoint();
        routes = routes
            .route(&format!("/{endpoint}"), all)
            .route(&format!("/{endpoint}/{{id}}"), one);
    }
    routes.layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Any path that is no endpoint.
pub(super) async fn not_found() -> Failure {
    Failure::plain(StatusCode::NOT_FOUND, "there is no such endpoint")
}

async fn list(
    kind: Kind,
    State(app): State<App>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Answer, Failure> {
    let parameters = Parameters::read(&pairs)?;
    let schema = kind.schema();
    let now = clock::now();
    let memory = app.memory();
    let mut found = Vec::new();
    for resource in memory.all(kind) {
        if parameters.matches(resource, &schema)? {
            found.push(resource);
        }
    }
    let page: Vec<Resource> = found
        .iter()
        .skip(parameters.skip())
        .take(parameters.count)
        .filter(|resource| app.manners.shows(resource, now))
        .map(|resource| parameters.select(resource, &schema))
        .collect();
    let list = ListResponse {
        total_results: found.len() as u64,
        items_per_page: page.len() as u64,
        start_index: Some(parameters.start_index as u64),
        resources: page,
        ..ListResponse::default()
    };
    Ok(Answer::new(StatusCode::OK, list.to_value()))
}

async fn read(
    kind: Kind,
    State(app): State<App>,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Answer, Failure> {
    let parameters = Parameters::read(&pairs)?;
    let memory = app.memory();
    let resource = memory.get(kind, &id)?;
    if !app.manners.shows(resource, clock::now()) {
        return Err(memory::not_found().into());
    }
    let resource = parameters.select(resource, &kind.schema());
    Ok(Answer::new(StatusCode::OK, resource.into_value()))
}

async fn create(kind: Kind, State(app): State<App>, body: Bytes) -> Result<Response, Failure> {
    let body = resource(&body)?;
    let moment = Moment {
        at: clock::now(),
        base: &app.base,
    };
    let id = Uuid::new_v4().to_string();
    let created = app.memory().create(kind, body, id, moment)?;
    let location = created
        .get("meta")
        .and_then(|meta| meta.get("location")?.as_str())
        .and_then(|location| HeaderValue::from_str(location).ok());
    let mut response = Answer::new(StatusCode::CREATED, visible(kind, &created)).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn replace(
    kind: Kind,
    State(app): State<App>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer, Failure> {
    let replaced = app
        .memory()
        .replace(kind, &id, resource(&body)?, clock::now())?;
    Ok(Answer::new(StatusCode::OK, visible(kind, &replaced)))
}

async fn patch(
    kind: Kind,
    State(app): State<App>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer, Failure> {
    let request = PatchRequest::parse(&json(&body)?)?;
    let patched = app.memory().patch(kind, &id, &request, clock::now())?;
    Ok(Answer::new(StatusCode::OK, visible(kind, &patched)))
}

async fn delete(
    kind: Kind,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    app.memory().delete(kind, &id, clock::now())?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an answer to a write shows: all but what is never returned.
fn visible(kind: Kind, resource: &Resource) -> Value {
    Parameters::default()
        .select(resource, &kind.schema())
        .into_value()
}

fn json(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body)
        .map_err(|_| Failure::bad_request(ScimType::InvalidSyntax, "the body is not JSON"))
}

fn resource(body: &[u8]) -> Result<Resource, Failure> {
    Resource::from_value(json(body)?)
        .map_err(|error| Failure::bad_request(ScimType::InvalidSyntax, error.to_string()))
}
