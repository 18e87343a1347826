//! HTTP: the service provider over the directory, and the server of the demonstration.
//!
//! | file | what lives there |
//! |---|---|
//! | `listen.rs` | connections: how many, how slow, how they end |
//! | [`scim`] | the service provider: routes, discovery, answers (RFC 7644) |
//! | `body.rs` | the body of a request, read within bounds |
//! | `carried.rs` | SCIM requests that come by way of the site that they are about |
//! | [`api`] | events, tokens, the connection test: what sites ask besides SCIM |
//! | [`token`] | bearer tokens: made, recognised, revoked |
//! | `documents.rs` | discovery documents, as both servers put them together |
//! | `health.rs` | whether the host lives, and whether it can answer |
//! | [`demo`] | the server of the demonstration, all in memory |
//!
//! Requests come to `/scim/TENANT/v2/…` and `/api/TENANT/v1/…`. What a tenant's resources are and what may be
//! done to them is known to [`crate::directory`]; this room knows HTTP.

pub mod api;
mod body;
mod carried;
pub mod demo;
mod documents;
mod health;
mod listen;
pub mod scim;
pub mod token;

pub use carried::Carried;
pub use listen::{Manner, serve};

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    http::Method,
    response::Response,
    routing::get,
};

use crate::directory::Service;
use token::Tokens;

/// Where the tenants' SCIM endpoints begin.
const SCIM: &str = "scim";

/// The version of the protocol, in every address (RFC 7644 §3.13).
const VERSION: &str = "v2";

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct App {
    /// The tenants' resources.
    pub tenants: Arc<Vec<Service>>,
    /// Who may do what.
    pub tokens: Arc<Tokens>,
    /// Who hears what sites say.
    pub hearers: Arc<Vec<api::Hearer>>,
    /// What waits for sites.
    pub carried: Carried,
    /// How slow a client may be.
    pub manner: Manner,
}

impl App {
    fn tenant(&self, name: &str) -> Option<&Service> {
        self.tenants
            .iter()
            .find(|service| service.tenant().name == name)
    }
}

/// One line for each answer. No id, no query, no body: who is asked about is nobody's business.
fn log(began: Instant, tenant: Option<&Service>, method: &Method, route: &str, answer: &Response) {
    tracing::info!(
        tenant = tenant.map_or("", |service| service.tenant().name.as_str()),
        %method,
        route,
        status = answer.status().as_u16(),
        micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}

/// The address of a tenant's SCIM endpoints below that of the host.
#[must_use]
pub fn base_of(public: &str, tenant: &str) -> String {
    format!("{}/{SCIM}/{tenant}/{VERSION}", public.trim_end_matches('/'))
}

/// All that the host answers.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .fallback(answer)
        .with_state(app)
}

async fn answer(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path
        .strip_prefix('/')
        .and_then(|path| path.split('/').next())
        == Some(api::API)
    {
        return api::answer(&app, request).await;
    }
    if request.headers().contains_key(carried::SITE) {
        return carried::answer(&app, request).await;
    }
    scim::answer(&app, request, None).await
}
