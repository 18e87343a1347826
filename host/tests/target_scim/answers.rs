//! What each answer means, and the words for it.

use std::time::Duration;

use insta::assert_snapshot;
use jiff::Timestamp;
use purser_engine::{
    change::Action,
    ids::{ResourceType, TargetId},
};
use purser_host::target::{
    Target,
    http::{LONGEST_WAIT, parse_retry_after},
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{html, on, refusal, requests, scim, server, shown, write_user};

/// What a read of a user becomes when it is answered so.
async fn read(answer: ResponseTemplate) -> String {
    let (server, target) = server().await;
    on(&server, "GET", "/Users/7", answer).await;
    match target
        .read(&ResourceType::user(), &TargetId::new("7"))
        .await
    {
        Ok(resource) => format!("read {resource:?}"),
        Err(error) => shown(&error),
    }
}

/// What a deletion becomes when it is answered so.
async fn delete(answer: ResponseTemplate) -> String {
    let (server, target) = server().await;
    on(&server, "DELETE", "/Users/7", answer).await;
    let action = Action::Delete {
        target_id: TargetId::new("7"),
    };
    match write_user(&target, action).await {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => shown(&error),
    }
}

#[tokio::test]
async fn a_wrong_token() {
    assert_snapshot!(read(refusal(401, "", "Invalid token s3cret-token.")).await, @r#"
    unusable
    GET /v2/Users/7 answered 401: Invalid token [token].
    hint: the token is wrong or has expired, or the web server strips the Authorization header before the application sees it (Apache with PHP: `CGIPassAuth On`)
    "#);
    assert_snapshot!(read(html(401)).await, @r#"
    unusable
    GET /v2/Users/7 answered 401 with an HTML page
    hint: the token is wrong or has expired, or the web server strips the Authorization header before the application sees it (Apache with PHP: `CGIPassAuth On`)
    "#);
}

#[tokio::test]
async fn a_token_without_rights() {
    assert_snapshot!(read(ResponseTemplate::new(403)).await, @r#"
    unusable
    GET /v2/Users/7 answered 403
    hint: the token lacks the right to do this: let it read and write users and groups
    "#);
    assert_snapshot!(read(html(403)).await, @r#"
    unusable
    GET /v2/Users/7 answered 403 with an HTML page
    hint: the answer is a page, not SCIM: a firewall or the web server refuses the request before the application sees it, or the token lacks the right
    "#);
}

#[tokio::test]
async fn nothing_there_is_an_answer() {
    assert_eq!(
        read(refusal(404, "", "User 7 not found")).await,
        "read None"
    );
    assert_eq!(read(ResponseTemplate::new(410)).await, "read None");
    assert_eq!(delete(ResponseTemplate::new(404)).await, "Gone");
    assert_eq!(delete(ResponseTemplate::new(204)).await, "Done(None)");
    assert_eq!(delete(ResponseTemplate::new(202)).await, "Done(None)");
}

#[tokio::test]
async fn a_page_proves_no_absence() {
    assert_snapshot!(read(html(404)).await, @r#"
    unusable
    GET /v2/Users/7 answered 404 with an HTML page
    hint: this is no SCIM server: check the path in base_url. A login page means that the token is not looked at; a page of the site, that its SCIM module or its permalinks are off; a PHP warning before the JSON, that display_errors is on
    "#);
    assert_snapshot!(read(html(200)).await, @r#"
    unusable
    GET /v2/Users/7 answered 200 with an HTML page
    hint: this is no SCIM server: check the path in base_url. A login page means that the token is not looked at; a page of the site, that its SCIM module or its permalinks are off; a PHP warning before the JSON, that display_errors is on
    "#);
    let warning = ResponseTemplate::new(200).set_body_raw(
        "\u{feff}<br />\n<b>Warning</b>: …{\"id\": \"7\"}",
        "application/scim+json",
    );
    assert!(read(warning).await.contains("a PHP warning"));
}

#[tokio::test]
async fn something_else_than_scim() {
    assert_snapshot!(read(scim(200, &json!(["x"]))).await, @r#"
    unusable
    GET /v2/Users/7 answered 200, but not with a SCIM message
    hint: check the path in base_url, and what the target writes before or after its JSON
    "#);
    assert_snapshot!(read(ResponseTemplate::new(200)).await, @r#"
    unusable
    GET /v2/Users/7 answered 200, but not with a SCIM message
    hint: check the path in base_url, and what the target writes before or after its JSON
    "#);
    let with_mark =
        ResponseTemplate::new(200).set_body_raw("\u{feff}{\"id\": \"7\"}", "application/json");
    assert_snapshot!(read(with_mark).await, @r#"read Some(Resource({"id": String("7")}))"#);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let to = |status, place: &str| ResponseTemplate::new(status).insert_header("location", place);
    assert_snapshot!(read(to(308, "https://www.example.org/api/v2/Users/7?token=x")).await, @r#"
    unusable
    GET /v2/Users/7 answered 308: it redirects to https://www.example.org/api/v2/Users/7
    hint: set base_url to https://www.example.org/api/v2
    "#);
    assert_snapshot!(read(to(302, "/login?next=/v2/Users/7")).await, @r#"
    unusable
    GET /v2/Users/7 answered 302: it redirects to http://127.0.0.1:PORT/login
    hint: set base_url to the address at which the target itself answers; a redirect to a login page means that the token is not looked at
    "#);
    assert_snapshot!(read(ResponseTemplate::new(301)).await, @r#"
    unusable
    GET /v2/Users/7 answered 301
    hint: set base_url to the address at which the target itself answers
    "#);
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_at_the_same_origin() {
    let (server, target) = server().await;
    on(
        &server,
        "GET",
        "/Users/7",
        ResponseTemplate::new(307).insert_header("location", "/v2/Users/8"),
    )
    .await;
    on(&server, "GET", "/Users/8", scim(200, &json!({ "id": "8" }))).await;
    target
        .read(&ResourceType::user(), &TargetId::new("7"))
        .await
        .unwrap_err();
    let paths: Vec<String> = requests(&server, "GET")
        .await
        .iter()
        .map(|r| r.url.path().to_owned())
        .collect();
    assert!(!paths.contains(&"/v2/Users/8".to_owned()), "{paths:?}");
}

#[tokio::test]
async fn refusals_carry_the_targets_words_cleaned_and_cut() {
    assert_snapshot!(delete(refusal(409, "uniqueness", "userName is taken")).await, @r#"
    conflict
    DELETE /v2/Users/7 answered 409 (uniqueness): userName is taken
    "#);
    assert_snapshot!(delete(refusal(400, "mutability", "a\r\n\u{1b}[31mb")).await, @r#"
    rejected 400 Some("mutability")
    DELETE /v2/Users/7 answered 400 (mutability): a [31mb
    "#);
    assert_snapshot!(delete(scim(405, &json!({ "message": "No route" }))).await, @r#"
    rejected 405 None
    DELETE /v2/Users/7 answered 405: No route
    "#);
    assert_snapshot!(delete(ResponseTemplate::new(501)).await, @r#"
    rejected 501 None
    DELETE /v2/Users/7 answered 501
    "#);
    let long = delete(refusal(400, "invalidValue", &"ä".repeat(5000))).await;
    assert_eq!(long.matches('ä').count(), 300, "{long}");
}

#[tokio::test]
async fn a_status_as_number_and_an_unknown_body_are_fine() {
    assert_snapshot!(delete(scim(400, &json!({ "status": 400, "SCIMTYPE": "noTarget" }))).await, @r#"
    rejected 400 Some("noTarget")
    DELETE /v2/Users/7 answered 400 (noTarget)
    "#);
}

#[tokio::test]
async fn later_perhaps() {
    let busy = |status| refusal(status, "", "busy").insert_header("retry-after", "120");
    assert_snapshot!(delete(busy(429)).await, @r#"
    transient, retry after 120s
    DELETE /v2/Users/7 answered 429: busy
    "#);
    assert_snapshot!(delete(busy(503)).await, @r#"
    transient, retry after 120s, may be done
    DELETE /v2/Users/7 answered 503: busy
    "#);
    assert_snapshot!(read(busy(503)).await, @r#"
    transient, retry after 120s
    GET /v2/Users/7 answered 503: busy
    "#);
    assert_snapshot!(delete(html(502)).await, @r#"
    transient, may be done
    DELETE /v2/Users/7 answered 502 with an HTML page
    "#);
    for status in [408, 412, 425] {
        let text = delete(ResponseTemplate::new(status)).await;
        assert!(text.starts_with("transient\n"), "{text}");
    }
}

#[tokio::test]
async fn nothing_is_no_page_whatever_it_is_called() {
    let nothing = ResponseTemplate::new(204).insert_header("content-type", "text/html");
    assert_eq!(
        delete(nothing).await,
        delete(ResponseTemplate::new(204)).await
    );
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
    let parse = |text| parse_retry_after(text, now);
    assert_eq!(parse("120"), Some(Duration::from_secs(120)));
    assert_eq!(parse(" 0 "), Some(Duration::ZERO));
    assert_eq!(
        parse("Sun, 06 Nov 1994 08:49:37 GMT"),
        Some(Duration::from_secs(30))
    );
    assert_eq!(parse("Sat, 05 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    for far in [
        "999999999999999999999999",
        "86401",
        "Sun, 06 Nov 2094 08:49:37 GMT",
    ] {
        assert_eq!(parse(far), Some(LONGEST_WAIT), "{far}");
    }
    for nonsense in ["", "-1", "soon", "1.5", "١٢"] {
        assert_eq!(parse(nonsense), None, "{nonsense}");
    }
}
