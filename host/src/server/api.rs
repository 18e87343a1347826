//! What a site asks of the host besides SCIM: that it has changed, whether all is well,
//! tokens for its clients.
//!
//! | file | what it answers |
//! |---|---|
//! | `events.rs` | `POST /api/TENANT/v1/events`: what has changed at a site |
//! | `site.rs` | `GET /api/TENANT/v1/site`: how the holder of a token stands here |
//! | `tokens.rs` | `/api/TENANT/v1/tokens`: tokens for SCIM clients of the tenant |
//! | `openapi.rs` | the description of all of it, `docs/openapi.json` |
//!
//! As with SCIM the tenant stands in the address and the token decides. Whoever is not let
//! in does not learn whether there is such a tenant. Errors are problem details (RFC 9457).
//!
//! # Adding an endpoint
//!
//! A variant of [`Endpoint`] with its segments, methods and scope, a file with what it
//! answers, and its line in `openapi.rs`; `docs/openapi.json` has to follow.

mod events;
pub mod openapi;
mod site;
mod tokens;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use purser_engine::ids::{Kind, MappingName};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    App,
    body::{self, Unread},
    scim::bearer,
    token::{Denied, Holder},
};
use crate::{
    clock,
    directory::Service,
    store::{Scope, StoreError},
};

/// Where it begins.
pub(super) const API: &str = "api";

/// The version of this interface, in every address.
const VERSION: &str = "v1";

/// RFC 9457 §3.
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Bytes of a body, at most.
const MOST: usize = 4 << 20;

/// A mapping that hears what a site says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearer {
    /// The mapping.
    pub mapping: MappingName,
    /// The site behind its source.
    pub site: String,
    /// What may change there.
    pub kinds: Vec<Kind>,
}

/// What is asked for below `/api/TENANT/v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Events,
    Site,
    Tokens,
    Token(i64),
}

impl Endpoint {
    fn of(segments: &[String]) -> Option<Self> {
        let texts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match texts.as_slice() {
            ["events"] => Some(Self::Events),
            ["site"] => Some(Self::Site),
            ["tokens"] => Some(Self::Tokens),
            ["tokens", number] => number.parse().ok().map(Self::Token),
            _ => None,
        }
    }

    fn methods(self) -> &'static [Method] {
        match self {
            Self::Events => &[Method::POST],
            Self::Site => &[Method::GET],
            Self::Tokens => &[Method::GET, Method::POST],
            Self::Token(_) => &[Method::DELETE],
        }
    }

    fn scope(self) -> Scope {
        match self {
            Self::Events | Self::Site => Scope::Events,
            Self::Tokens | Self::Token(_) => Scope::Manage,
        }
    }

    /// For the log.
    fn label(self) -> &'static str {
        match self {
            Self::Events => "/events",
            Self::Site => "/site",
            Self::Tokens => "/tokens",
            Self::Token(_) => "/tokens/{number}",
        }
    }
}

/// A request that was let in.
struct Asked<'a> {
    app: &'a App,
    service: &'a Service,
    holder: Holder,
    method: Method,
    now: Timestamp,
}

/// Answers a request to the address of this interface.
pub(super) async fn answer(app: &App, request: Request) -> Response {
    let began = std::time::Instant::now();
    let (head, body) = request.into_parts();
    let segments = super::scim::segments(head.uri.path());
    let (tenant, endpoint) = match segments.as_slice() {
        [api, tenant, version, rest @ ..] if api == API && version == VERSION => {
            (app.tenant(tenant), Endpoint::of(rest))
        }
        _ => (None, None),
    };
    let method = head.method;
    let outcome = admitted(app, tenant, endpoint, &method, &head.headers, body).await;
    let response = outcome.unwrap_or_else(|problem| problem);
    super::log(
        began,
        tenant,
        &method,
        endpoint.map_or("other", Endpoint::label),
        &response,
    );
    response
}

async fn admitted(
    app: &App,
    service: Option<&Service>,
    endpoint: Option<Endpoint>,
    method: &Method,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    let now = clock::now();
    let token = bearer(headers);
    let tenant = service.map(|service| service.tenant().id);
    let scope = endpoint.map_or(Scope::Events, Endpoint::scope);
    let admitted = app.tokens.admit(token.as_deref(), tenant, scope, now).await;
    let holder = admitted.map_err(failed)?.map_err(denied)?;
    let Some((service, endpoint)) = service.zip(endpoint) else {
        return Err(problem(404, "there is no such endpoint"));
    };
    if !endpoint.methods().contains(method) {
        let names: Vec<&str> = endpoint.methods().iter().map(Method::as_str).collect();
        let mut response = problem(405, "this method means nothing here");
        if let Ok(allowed) = HeaderValue::try_from(names.join(", ")) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        return Err(response);
    }
    let asked = Asked {
        app,
        service,
        holder,
        method: method.clone(),
        now,
    };
    match endpoint {
        Endpoint::Events => events::answer(&asked, body).await,
        Endpoint::Site => Ok(site::answer(&asked)),
        Endpoint::Tokens if asked.method == Method::POST => tokens::make(&asked, body).await,
        Endpoint::Tokens => tokens::list(&asked).await,
        Endpoint::Token(number) => tokens::revoke(&asked, number).await,
    }
}

impl Asked<'_> {
    /// The body as JSON of this form; what is unknown in it is refused.
    async fn read<T: DeserializeOwned>(&self, body: Body) -> Result<T, Response> {
        let read = body::read(body, MOST, self.app.manner.body).await;
        let bytes = read.map_err(|why| match why {
            Unread::Late => problem(408, "the body did not come in time"),
            Unread::TooLarge | Unread::Broken => {
                problem(413, "the body broke off, or it is too large")
            }
        })?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // Where and what kind, not what: the text may hold anything.
            let why = if error.is_data() {
                error.to_string()
            } else {
                "it is not JSON".to_owned()
            };
            problem(400, &format!("the body cannot be used: {why}"))
        })
    }
}

/// RFC 6750 §3: not let in, and why, as far as that is told.
fn denied(denied: Denied) -> Response {
    let with = |mut response: Response, name, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().insert(name, value);
        }
        response
    };
    let challenge = |error| format!("Bearer realm=\"api\", error=\"{error}\"");
    match denied {
        Denied::Unknown => with(
            problem(401, "the bearer token is missing, or it is not good here"),
            header::WWW_AUTHENTICATE,
            challenge("invalid_token"),
        ),
        Denied::Scope => with(
            problem(
                403,
                "the token is for something else: make one with --scope manage",
            ),
            header::WWW_AUTHENTICATE,
            challenge("insufficient_scope"),
        ),
        Denied::TooFast(seconds) => with(
            problem(429, "too many requests with this token: slow down"),
            header::RETRY_AFTER,
            seconds.to_string(),
        ),
    }
}

/// The store cannot answer.
fn failed(error: StoreError) -> Response {
    tracing::error!(%error, "the store cannot answer");
    problem(503, "the store cannot answer; nothing was changed")
}

/// An error: problem details (RFC 9457 §3).
#[derive(Debug, Serialize, ToSchema)]
struct Problem {
    /// What the status means.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
}

/// An error.
fn problem(status: u16, detail: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let problem = Problem {
        title: code.canonical_reason().unwrap_or("Error"),
        status,
        detail: detail.to_owned(),
    };
    let mut response = answered(status, &problem);
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    response
}

/// A JSON document.
fn answered(status: u16, document: &impl Serialize) -> Response {
    let text = serde_json::to_string(document).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Nothing to say.
fn empty() -> Response {
    let mut response = answered(204, &());
    *response.body_mut() = Body::empty();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}
