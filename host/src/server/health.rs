//! Whether the host lives, and whether it can answer. Neither tells anything else.

use axum::{extract::State, http::StatusCode};

use super::App;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store answers as well.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    for tenant in app.tenants.iter() {
        if let Err(error) = tenant.is_ready().await {
            tracing::error!(%error, "not ready");
            return (StatusCode::SERVICE_UNAVAILABLE, "not ready\n");
        }
    }
    (StatusCode::OK, "ready\n")
}
