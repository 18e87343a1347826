//! The credentials test, as a person reads it.

use insta::assert_snapshot;
use purser_host::target::{Finding, Target};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::support::{html, on, page, scim, server, target, without_port};

fn shown(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let hint = finding
            .hint
            .as_ref()
            .map(|hint| format!("\n  hint: {hint}"))
            .unwrap_or_default();
        format!(
            "{:?} {}: {}{hint}",
            finding.state, finding.check, finding.message
        )
    });
    without_port(&lines.collect::<Vec<_>>().join("\n"))
}

fn config(patch: Value) -> ResponseTemplate {
    let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    scim(200, &json!({ "schemas": [schema], "patch": patch }))
}

async fn with_lists(server: &MockServer, found: &[&str]) {
    use wiremock::matchers::query_param_contains;
    Mock::given(method("GET"))
        .and(path("/v2/Users"))
        .and(query_param_contains("filter", "userName eq \""))
        .respond_with(scim(200, &page(found.len() as u64, found)))
        .mount(server)
        .await;
    on(server, "GET", "/Users", scim(200, &page(1234, &["a"]))).await;
    on(server, "GET", "/Groups", scim(200, &page(5, &["a"]))).await;
}

#[tokio::test]
async fn all_is_well() {
    let (server, target) = server().await;
    on(
        &server,
        "GET",
        "/ServiceProviderConfig",
        config(json!({ "supported": true })),
    )
    .await;
    with_lists(&server, &[]).await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Ok service provider config: readable
    Ok search: a search for a user who does not exist finds nobody
    Ok list Users: 1234 at the target
    Ok list Groups: 5 at the target
    Ok write support: PATCH is announced
    "#);
}

#[tokio::test]
async fn it_works_but_little_is_known() {
    let (server, target) = server().await;
    with_lists(&server, &[]).await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Warning service provider config: GET /v2/ServiceProviderConfig answered 404
      hint: if the checks below pass, nothing needs to be done: RFC 7643 is assumed
    Ok search: a search for a user who does not exist finds nobody
    Ok list Users: 1234 at the target
    Ok list Groups: 5 at the target
    Warning write support: the target does not say whether it supports PATCH
      hint: changes and memberships are sent by PATCH; try one account first
    "#);
}

#[tokio::test]
async fn filters_are_ignored_and_patch_is_denied() {
    let (server, target) = server().await;
    on(
        &server,
        "GET",
        "/ServiceProviderConfig",
        config(json!({ "supported": false })),
    )
    .await;
    with_lists(&server, &["a", "b"]).await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Ok service provider config: readable
    Failed search: a search for a user who does not exist finds 2
      hint: the target ignores filters, so that existing accounts cannot be told from others
    Ok list Users: 1234 at the target
    Ok list Groups: 5 at the target
    Warning write support: the target says that it does not support PATCH
      hint: changes and memberships are sent by PATCH; if it works nevertheless, the announcement is wrong
    "#);
}

#[tokio::test]
async fn a_wrong_token_is_said_once() {
    let (server, target) = server().await;
    on(
        &server,
        "GET",
        "/ServiceProviderConfig",
        ResponseTemplate::new(401),
    )
    .await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Failed service provider config: GET /v2/ServiceProviderConfig answered 401
      hint: the token is wrong or has expired, or the web server strips the Authorization header before the application sees it (Apache with PHP: `CGIPassAuth On`)
    "#);
}

#[tokio::test]
async fn a_wrong_token_is_seen_at_the_search_where_discovery_is_public() {
    let (server, target) = server().await;
    on(
        &server,
        "GET",
        "/ServiceProviderConfig",
        config(json!({ "supported": true })),
    )
    .await;
    on(&server, "GET", "/Users", ResponseTemplate::new(401)).await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Ok service provider config: readable
    Failed search: GET /v2/Users answered 401
      hint: the token is wrong or has expired, or the web server strips the Authorization header before the application sees it (Apache with PHP: `CGIPassAuth On`)
    "#);
}

#[tokio::test]
async fn a_wrong_path_is_corrected() {
    let server = MockServer::start().await;
    Mock::given(path("/scim/v2/ServiceProviderConfig"))
        .respond_with(config(json!({ "supported": true })))
        .mount(&server)
        .await;
    assert_snapshot!(shown(&target(&server.uri()).test().await), @r#"
    Warning address: http://127.0.0.1:PORT has no path
      hint: most servers have SCIM at a path such as /scim/v2
    Ok connect: connected, without TLS
    Warning service provider config: GET /ServiceProviderConfig answered 404
      hint: if the checks below pass, nothing needs to be done: RFC 7643 is assumed
    Failed search: GET /Users answered 404
      hint: a SCIM server answers at http://127.0.0.1:PORT/scim/v2: set base_url to that
    "#);
}

#[tokio::test]
async fn a_page_is_told_from_scim() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(html(200))
        .mount(&server)
        .await;
    assert_snapshot!(shown(&target(&format!("{}/wiki", server.uri())).test().await), @r#"
    Ok address: http://127.0.0.1:PORT/wiki
    Ok connect: connected, without TLS
    Failed service provider config: GET /wiki/ServiceProviderConfig answered 200 with an HTML page
      hint: this is no SCIM server: check the path in base_url. A login page means that the token is not looked at; a page of the site, that its SCIM module or its permalinks are off; a PHP warning before the JSON, that display_errors is on
    "#);
}

#[tokio::test]
async fn a_redirect_names_the_right_address() {
    let (server, target) = server().await;
    let answer = ResponseTemplate::new(301)
        .insert_header("location", "https://example.org/v2/ServiceProviderConfig");
    on(&server, "GET", "/ServiceProviderConfig", answer).await;
    assert_snapshot!(shown(&target.test().await), @r#"
    Ok address: http://127.0.0.1:PORT/v2
    Ok connect: connected, without TLS
    Failed service provider config: GET /v2/ServiceProviderConfig answered 301: it redirects to https://example.org/v2/ServiceProviderConfig
      hint: set base_url to https://example.org/v2
    "#);
}

#[tokio::test]
async fn nobody_answers() {
    assert_snapshot!(shown(&target("http://no-such-host.invalid/v2").test().await), @r#"
    Warning address: http://no-such-host.invalid/v2: the token and all personal data travel unencrypted
      hint: use https://
    Failed connect: GET /v2/ServiceProviderConfig: the host no-such-host.invalid is not found
      hint: check that the host and port in base_url are right and the target runs; then try again
    "#);
    assert_snapshot!(shown(&target("http://127.0.0.1:1/v2/Users").test().await), @r#"
    Warning address: http://127.0.0.1:PORT/v2/Users ends with the name of an endpoint
      hint: base_url ends before it
    Failed connect: GET /v2/Users/ServiceProviderConfig: no connection to 127.0.0.1:PORT (connection refused)
      hint: check that the host and port in base_url are right and the target runs; then try again
    "#);
}
