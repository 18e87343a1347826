//! The bearer token (RFC 6750), asked for on every path.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{App, scim::Failure};

/// Lets a request pass that carries the token.
pub(super) async fn require_token(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    // Digests are compared, so that the time taken tells nothing about the token.
    let digest = |token: &str| Sha256::digest(token.as_bytes());
    if given.is_some_and(|given| digest(given) == digest(app.token.expose_secret())) {
        return next.run(request).await;
    }
    let failure = Failure::plain(
        StatusCode::UNAUTHORIZED,
        "the bearer token is missing or wrong",
    );
    let mut response = failure.into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        header::HeaderValue::from_static("Bearer"),
    );
    response
}
