//! Tokens for SCIM clients of the tenant. Nobody makes a token that may more than that.

use axum::{body::Body, response::Response};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, answered, empty, failed, problem};
use crate::{
    server::token::{DAYS, MOST_DAYS, make as new_token},
    store::{Scope, TokenRow, sqlite::directory::NewToken},
};

/// Characters of a name, at most.
const NAME: usize = 100;

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(super) struct Wanted {
    /// What to call it, so that it can be told from others.
    name: String,
    /// Days until it ceases to be good.
    #[serde(default = "a_year")]
    #[schema(minimum = 1, maximum = 3650, default = 365)]
    days: u32,
}

/// A new token.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeToken)]
pub(super) struct Made<'a> {
    /// Its number, by which it is revoked.
    number: i64,
    name: &'a str,
    /// The bearer token (RFC 6750), which is not shown again.
    token: &'a str,
    /// When it ceases to be good.
    #[schema(format = "date-time")]
    expires: String,
}

/// The tokens of SCIM clients, oldest first; never the tokens themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(super) struct List<'a> {
    tokens: Vec<Shown<'a>>,
}

/// A token as it is kept.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct Shown<'a> {
    number: i64,
    name: &'a str,
    #[schema(format = "date-time")]
    created: String,
    #[schema(format = "date-time")]
    expires: String,
    /// When it was revoked.
    #[schema(format = "date-time")]
    revoked: Option<String>,
    /// When it was used last, to the minute.
    #[schema(format = "date-time")]
    used: Option<String>,
}

fn a_year() -> u32 {
    DAYS
}

/// Make a token for a SCIM client of the tenant. It is shown once.
#[utoipa::path(
    post, path = "/tokens", operation_id = "makeToken", tag = "tokens", request_body = Wanted,
    responses((status = 201, description = "Made", body = Made), (status = "4XX", description = "Refused, and why", body = super::Problem, content_type = "application/problem+json")),
)]
pub(super) async fn make(asked: &Asked<'_>, body: Body) -> Result<Response, Response> {
    let wanted: Wanted = asked.read(body).await?;
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
        return Err(problem(
            400,
            &format!("`name` has 1 to {NAME} characters on one line"),
        ));
    }
    if !(1..=MOST_DAYS).contains(&wanted.days) {
        return Err(problem(
            400,
            &format!("`days` is a number from 1 to {MOST_DAYS}"),
        ));
    }
    let expires = asked.now + SignedDuration::from_hours(24 * i64::from(wanted.days));
    let made = new_token(
        asked.service.directory(),
        NewToken {
            tenant: asked.service.tenant().id,
            name: name.to_owned(),
            scope: Scope::Scim,
            // A client speaks for itself, whoever has made its token.
            site: None,
            mapping: None,
            created: asked.now,
            expires,
        },
    )
    .await
    .map_err(failed)?;
    Ok(answered(
        201,
        &Made {
            number: made.number,
            name,
            token: made.token.expose_secret(),
            expires: expires.to_string(),
        },
    ))
}

/// Show the tokens of SCIM clients.
#[utoipa::path(
    get, path = "/tokens", operation_id = "listTokens", tag = "tokens",
    responses((status = 200, description = "The tokens", body = List), (status = "4XX", description = "Refused, and why", body = super::Problem, content_type = "application/problem+json")),
)]
pub(super) async fn list(asked: &Asked<'_>) -> Result<Response, Response> {
    let directory = asked.service.directory();
    let rows = directory
        .tokens(asked.service.tenant().id)
        .await
        .map_err(failed)?;
    let clients = rows.iter().filter(|row| row.scope == Scope::Scim);
    let tokens = clients.map(shown).collect();
    Ok(answered(200, &List { tokens }))
}

/// End the token of a SCIM client at once.
#[utoipa::path(
    delete, path = "/tokens/{number}", operation_id = "revokeToken", tag = "tokens", params(("number" = i64, Path, description = "Its number")),
    responses((status = 204, description = "It opens nothing any more"), (status = "4XX", description = "Refused, and why", body = super::Problem, content_type = "application/problem+json")),
)]
pub(super) async fn revoke(asked: &Asked<'_>, number: i64) -> Result<Response, Response> {
    let (directory, tenant) = (asked.service.directory(), asked.service.tenant().id);
    let rows = directory.tokens(tenant).await.map_err(failed)?;
    let is_client = rows
        .iter()
        .any(|row| row.number == number && row.scope == Scope::Scim);
    let ended = is_client
        && directory
            .revoke_token(tenant, number, asked.now)
            .await
            .map_err(failed)?;
    if !ended {
        return Err(problem(
            404,
            "there is no such token of a SCIM client that is good",
        ));
    }
    Ok(empty())
}

fn shown(row: &TokenRow) -> Shown<'_> {
    Shown {
        number: row.number,
        name: &row.name,
        created: row.created.to_string(),
        expires: row.expires.to_string(),
        revoked: row.revoked.map(|at| at.to_string()),
        used: row.used.map(|at| at.to_string()),
    }
}
