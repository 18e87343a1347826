//! How often the server was asked what: method and endpoint, without ids.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::Next,
    response::Response,
    routing::get,
};

use super::{App, BASE_PATH, COUNTS_PATH};

/// Requests by `METHOD /Endpoint`, since the server started.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    fn add(&self, key: String) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(key).or_default() += 1;
    }

    fn all(&self) -> BTreeMap<String, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Counts a request and passes it on. What is no endpoint counts as `other`,
/// so that strangers cannot fill the memory with keys.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    const ENDPOINTS: [&str; 5] = [
        "Users",
        "Groups",
        "ServiceProviderConfig",
        "ResourceTypes",
        "Schemas",
    ];
    let path = request.uri().path();
    let first = path
        .strip_prefix(BASE_PATH)
        .unwrap_or(path)
        .trim_matches('/')
        .split('/')
        .next();
    let endpoint = ENDPOINTS
        .into_iter()
        .find(|name| Some(*name) == first)
        .unwrap_or("other");
    app.counts.add(format!("{} /{endpoint}", request.method()));
    next.run(request).await
}

/// The endpoint that tells the counts; it does not count itself.
pub(super) fn routes() -> Router<App> {
    Router::new().route(
        COUNTS_PATH,
        get(|State(app): State<App>| async move { Json(app.counts.all()) }),
    )
}
