//! Errors, methods, media types and bounds (RFC 7644 §3.1, §3.8, §3.12, §3.13, §7).

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::json;

use super::support::*;

#[test]
fn rfc7644_3_12_an_error_is_a_message() -> Result<()> {
    let here = here()?;
    let said = here.get("/Users/nobody")?;
    assert_eq!(
        said.headers.get("content-type").map(String::as_str),
        Some("application/scim+json")
    );
    let body = said.expect(404)?;
    assert_eq!(
        body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(body["status"], "404");
    assert!(body["detail"].is_string());
    Ok(())
}

#[test]
fn rfc7644_3_8_both_media_types_are_taken_and_no_other() -> Result<()> {
    let here = here()?;
    for (nth, (kind, status)) in [
        ("application/scim+json", 201),
        ("application/json", 201),
        ("application/scim+json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/x-www-form-urlencoded", 415),
    ]
    .into_iter()
    .enumerate()
    {
        let user = user(&format!("u{nth}"));
        here.call_with("POST", "/Users", &[("content-type", kind)], &user)?
            .expect(status)?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_1_answers_are_scim_whatever_is_accepted() -> Result<()> {
    let here = here()?;
    for accept in [
        "application/scim+json",
        "application/json",
        "*/*",
        "text/html",
    ] {
        let said = here.call_with("GET", "/Users", &[("accept", accept)], &NOTHING)?;
        assert_eq!(
            said.headers.get("content-type").map(String::as_str),
            Some("application/scim+json")
        );
        said.expect(200)?;
    }
    Ok(())
}

#[test]
fn rfc9110_15_5_6_a_method_that_means_nothing_is_405() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    for (method, path, allowed) in [
        ("PUT", "/Users".to_owned(), "GET, POST"),
        ("DELETE", "/Users".to_owned(), "GET, POST"),
        ("POST", format!("/Users/{id}"), "GET, PUT, PATCH, DELETE"),
        ("GET", "/Bulk".to_owned(), "POST"),
        ("GET", "/.search".to_owned(), "POST"),
        ("GET", "/Users/.search".to_owned(), "POST"),
        ("OPTIONS", "/Users".to_owned(), "GET, POST"),
    ] {
        let said = here.call(method, &path, &NOTHING)?;
        assert_eq!(
            said.headers.get("allow").map(String::as_str),
            Some(allowed),
            "{path}"
        );
        said.expect(405)?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_13_other_versions_are_not_there() -> Result<()> {
    let here = here()?;
    let authorization = format!("Bearer {}", here.token());
    for version in ["v1", "v3", "V2", ""] {
        let url = format!("{}/scim/acme/{version}/Users", here.origin());
        here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?
            .expect(401)?;
    }
    Ok(())
}

#[test]
fn rfc9110_9_3_2_head_is_get_without_a_body() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    let said = here.call("HEAD", &format!("/Users/{id}"), &NOTHING)?;
    assert!(said.headers.contains_key("etag"));
    assert_eq!(said.expect(200)?, NOTHING);
    Ok(())
}

#[test]
fn rfc7644_3_12_a_body_has_a_most() -> Result<()> {
    let here = here_with("body_bytes = 2048")?;
    let large = user_with("babs", json!({ "title": "x".repeat(3_000) }));
    here.call("POST", "/Users", &large)?.expect(413)?;
    here.make("/Users", &user("babs"))?;
    Ok(())
}

#[test]
fn rfc7644_3_12_a_body_nests_so_deep_and_no_deeper() -> Result<()> {
    let here = here()?;
    let authorization = format!("Bearer {}", here.token());
    let url = format!("{}/Users", here.base_of("acme"));
    let headers = [("authorization", authorization.as_str())];
    for deep in [200, 100_000] {
        let body = format!("{{\"a\":{}{}}}", "[".repeat(deep), "]".repeat(deep));
        here.send_text("POST", &url, &headers, Some(body))?
            .refused(400, "invalidSyntax")?;
    }
    here.get("/Users")?.expect(200)?;
    Ok(())
}

#[test]
fn rfc7644_3_12_a_patch_has_a_most() -> Result<()> {
    let here = here_with("operations = 3")?;
    let id = here.make("/Users", &user("babs"))?;
    let one = json!({ "op": "replace", "path": "title", "value": "x" });
    let four = patch(json!([one, one, one, one]));
    here.call("PATCH", &format!("/Users/{id}"), &four)?
        .expect(413)?;
    Ok(())
}

#[test]
fn rfc7644_3_12_errors_repeat_no_value() -> Result<()> {
    let here = here()?;
    let secret = "Xq7secretXq7";
    for said in [
        here.call(
            "POST",
            "/Users",
            &user_with("a", json!({ "active": secret })),
        )?,
        here.call(
            "POST",
            "/Users",
            &user_with("a", json!({ "emails": { "primary": secret } })),
        )?,
        here.get(&format!(
            "/Users?filter={}",
            encoded(&format!("userName gt \"{secret}"))
        ))?,
        here.get(&format!("/Users/{secret}"))?,
    ] {
        assert!(said.status >= 400);
        assert!(!said.body.to_string().contains(secret), "{}", said.body);
    }
    // It is written by somebody else, soon.
    let all = |log: &String| log.matches("answered").count() >= 4;
    let log = eventually(|| here.log(), all)?;
    assert!(
        !log.contains(secret) && !log.contains(here.token()),
        "{log}"
    );
    Ok(())
}

/// Sends bytes as they are; gives the first line of what comes back.
fn raw(here: &Here, text: &str) -> Result<String> {
    let address = here.origin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(text.as_bytes())?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer)?;
    let answer = String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned();
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn rfc9112_3_what_is_no_http_is_400_and_stalls_nobody() -> Result<()> {
    let here = here()?;
    assert!(raw(&here, "nonsense\r\n\r\n")?.contains("400"));
    let silent = TcpStream::connect(here.origin().trim_start_matches("http://"))?;
    here.get("/Users")?.expect(200)?;
    drop(silent);
    Ok(())
}

#[test]
fn health_is_told_to_everybody_and_says_nothing_else() -> Result<()> {
    let here = here()?;
    for path in ["/health", "/ready"] {
        let line = raw(
            &here,
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        )?;
        assert!(line.contains("200"), "{line}");
    }
    Ok(())
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_end() -> Result<()> {
    let mut here = here()?;
    let address = here.origin().trim_start_matches("http://").to_owned();
    let body = user("babs").to_string();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let head = format!(
        "POST /scim/acme/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        here.token(),
        body.len()
    );
    let (first, rest) = body.split_at(10);
    stream.write_all(head.as_bytes())?;
    stream.write_all(first.as_bytes())?;
    // It is under way once another that came later has been answered.
    here.get("/Users")?.expect(200)?;
    let id = here.id();
    std::process::Command::new("kill")
        .args(["-TERM", &id.to_string()])
        .status()?;
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(rest.as_bytes())?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .context("the answer breaks off")?;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(here.provider().ended()?, Some(0));
    Ok(())
}

/// The same host, which has no patience.
fn impatient() -> Result<Here> {
    let mut here = here()?;
    let file = here.folder().join("purser.toml");
    let text = std::fs::read_to_string(&file)?;
    let hasty = text.replace("[server]", "[server]\nhead_seconds = 1\nbody_seconds = 1");
    std::fs::write(&file, hasty)?;
    here.provider().restart()?;
    Ok(here)
}

#[test]
fn rfc9110_15_5_9_a_body_that_does_not_come_is_408_and_nothing_is_made() -> Result<()> {
    let here = impatient()?;
    let head = format!(
        "POST /scim/acme/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"userName\"",
        here.token()
    );
    assert!(raw(&here, &head)?.contains("408"));
    assert_eq!(
        here.get("/Users")?.expect(200)?.get("totalResults"),
        Some(&json!(0))
    );
    Ok(())
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() -> Result<()> {
    let here = impatient()?;
    let mut stream = TcpStream::connect(here.origin().trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(b"GET /scim/acme/v2/Users HTTP/1.1\r\nHost:")?;
    let mut answer = String::new();
    // Closed, with or without a word; not waited for.
    let _any = stream.read_to_string(&mut answer);
    assert!(!answer.contains(" 200 "), "{answer}");
    here.get("/Users")?.expect(200)?;
    Ok(())
}
