//! How the holder of a token stands here: for the connection test of a settings page.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, answered};

/// What a site should know of itself.
#[derive(Serialize, ToSchema)]
pub(super) struct Site<'a> {
    /// The version of the host.
    version: &'static str,
    /// The tenant of the token.
    tenant: &'a str,
    /// The site for which the token speaks, where it is for one.
    site: Option<&'a str>,
    /// Mappings that bring what clients of the tenant write to this site.
    writes: Vec<&'a str>,
    /// The mapping for which a client's write waits: where it writes to this site, the site
    /// carries it out while it carries the request.
    waits_for: Option<&'a str>,
    /// Mappings that hear of what changes at this site.
    hears: Vec<&'a str>,
}

/// Test the connection: who the token is, and what is set up for its site.
#[utoipa::path(
    get, path = "/site", operation_id = "testConnection", tag = "site",
    responses((status = 200, description = "How the holder of the token stands", body = Site), (status = "4XX", description = "Refused, and why", body = super::Problem, content_type = "application/problem+json")),
)]
pub(super) fn answer(asked: &Asked<'_>) -> Response {
    let (tenant, site) = (asked.service.tenant(), asked.holder.site.as_deref());
    let hears = asked.app.hearers.iter();
    let hears = hears.filter(|hearer| Some(hearer.site.as_str()) == site);
    let feeds = tenant.feeds.iter();
    let feeds = feeds.filter(|feed| site.is_some() && feed.site.as_deref() == site);
    let mut writes: Vec<&str> = feeds.map(|feed| feed.mapping.as_str()).collect();
    // Once, for all its kinds.
    writes.dedup();
    let stands = Site {
        version: env!("CARGO_PKG_VERSION"),
        tenant: &tenant.name,
        site,
        writes,
        waits_for: tenant.wait.as_ref().map(|wait| wait.mapping.as_str()),
        hears: hears.map(|hearer| hearer.mapping.as_str()).collect(),
    };
    answered(200, &stands)
}
