//! The service provider: SCIM 2.0 over a tenant's directory (RFC 7644).
//!
//! | file | what lives there |
//! |---|---|
//! | `route.rs` | what an address means |
//! | `request.rs` | token, query, body: read within bounds |
//! | `resources.rs` | create, read, replace, PATCH, delete, search, bulk |
//! | `discovery.rs` | what this server says about itself (RFC 7644 §4) |
//! | `reply.rs` | answers and errors, with their headers |
//!
//! Addresses are taken apart by hand rather than by a router, because every answer,
//! also that there is no such thing or no such method here, is a SCIM message, comes
//! behind the token, and is logged in one place.
//!
//! # Adding an endpoint
//!
//! A variant of `route::Route`, its segments and methods there, and an arm in
//! [`answer`]; the test of tokens crosses it by itself.

mod discovery;
pub(super) mod reply;
mod request;
mod resources;
mod route;

use axum::{extract::Request, http::Method, response::Response};

use self::{reply::Reply, request::Asked, route::Route};
pub(super) use self::{request::token as bearer, route::segments};
use super::{App, token::Denied};
use crate::{clock, directory::Service, store::Scope};

/// The tenant that an address leads to, and what stands behind it.
pub(super) fn addressed<'a>(app: &'a App, path: &str) -> (Option<&'a Service>, Vec<String>) {
    let segments = route::segments(path);
    let (tenant, rest) = route::tenant(&segments);
    let service = tenant.and_then(|name| app.tenant(name));
    (service, rest.to_vec())
}

/// Answers whatever is not asked of the host itself; `at`: the tenant's address as the
/// client knows it, where that is another.
pub(super) async fn answer(app: &App, request: Request, at: Option<&str>) -> Response {
    let began = std::time::Instant::now();
    let (head, body) = request.into_parts();
    let (tenant, rest) = addressed(app, head.uri.path());
    let route = route::Route::of(&rest);
    let elsewhere = tenant.zip(at).map(|(tenant, at)| tenant.at_address(at));
    let tenant = elsewhere.as_ref().or(tenant);
    let is_head = head.method == Method::HEAD;
    let asked = Asked {
        method: if is_head { Method::GET } else { head.method },
        headers: head.headers,
        query: head.uri.query().unwrap_or_default().to_owned(),
        now: clock::now(),
    };
    let label = route.label();
    let method = asked.method.clone();
    let outcome = admitted(app, tenant, &route, asked, body).await;
    let response = outcome.unwrap_or_else(Reply::from).into_response();
    super::log(began, tenant, &method, label, &response);
    response
}

async fn admitted(
    app: &App,
    tenant: Option<&Service>,
    route: &Route,
    asked: Asked,
    body: axum::body::Body,
) -> Result<Reply, Reply> {
    let token = request::token(&asked.headers);
    // RFC 7643 §5: how to authenticate should be told to whoever does not know it yet.
    let is_open = matches!(route, Route::Config) && token.is_none();
    let number = tenant.map(|service| service.tenant().id);
    let mut site = None;
    if !(is_open && tenant.is_some()) {
        let admitted = app
            .tokens
            .admit(token.as_deref(), number, Scope::Scim, asked.now)
            .await
            .map_err(Reply::from)?;
        let holder = admitted.map_err(|denied| match denied {
            Denied::Unknown => Reply::unauthorized(token.is_some()),
            Denied::Scope => Reply::forbidden(),
            Denied::TooFast(seconds) => Reply::too_fast(seconds),
        })?;
        site = holder.site;
    }
    let Some(service) = tenant else {
        return Err(Reply::unauthorized(token.is_some()));
    };
    route.allows(service.tenant(), &asked.method)?;
    let body = request::Body::new(body, service.tenant().bounds.body, app.manner.body);
    match route {
        Route::Config | Route::Types(_) | Route::Schemas(_) => {
            discovery::answer(service.tenant(), route, &asked)
        }
        Route::Me => Err(Reply::plain(
            501,
            "a token is nobody in particular here, so there is no /Me (RFC 7644 §3.11)",
        )),
        Route::Nothing => Err(Reply::plain(404, "there is no such endpoint")),
        Route::Root
        | Route::SearchAll
        | Route::Bulk
        | Route::All(_)
        | Route::Search(_)
        | Route::One(..) => {
            let spoken_for = site.map(|site| service.on_behalf_of(Some(&site)));
            let service = spoken_for.as_ref().unwrap_or(service);
            resources::answer(service, route, &asked, body).await
        }
    }
}
