//! Bearer tokens (RFC 6750), and the walls between tenants (RFC 7644 §6).

use anyhow::Result;
use serde_json::{Value, json};

use super::{connectors::COPY, support::*};

/// The tokens of the tenant as they are listed, and as they are read.
fn tokens(here: &Here) -> Result<(String, Vec<Value>)> {
    let list = here.purser(&["token", "list", "acme", "--json"])?;
    let rows = list
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    Ok((list, rows))
}

/// Every route with every method that means something there.
fn routes(id: &str) -> Vec<(&'static str, String)> {
    let mut routes = Vec::new();
    for path in [
        "",
        "/",
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/ResourceTypes/User",
        "/Schemas",
        "/Me",
        "/Nothing",
    ] {
        routes.push(("GET", path.to_owned()));
    }
    routes.push(("GET", format!("/Schemas/{USER}")));
    for path in ["/.search", "/Bulk", "/Users/.search", "/Groups/.search"] {
        routes.push(("POST", path.to_owned()));
    }
    for endpoint in ["/Users", "/Groups"] {
        routes.push(("GET", endpoint.to_owned()));
        routes.push(("POST", endpoint.to_owned()));
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            routes.push((method, format!("{endpoint}/{id}")));
        }
    }
    routes
}

#[test]
fn rfc7644_6_no_tenant_opens_with_anothers_token() -> Result<()> {
    let here = here_with("[tenant.globex]\n[tenant.initech]")?;
    let id = here.make("/Users", &user("babs"))?;
    let tenants = ["acme", "globex", "initech"];
    let tokens: Vec<String> = tenants
        .iter()
        .map(|name| here.new_token(name, &[]))
        .collect::<Result<_>>()?;
    let mut crossed = 0;
    for tenant in tenants {
        for (of, token) in tenants.iter().zip(&tokens) {
            if *of == tenant {
                continue;
            }
            let authorization = format!("Bearer {token}");
            for (method, path) in routes(&id) {
                let url = format!("{}{path}", here.base_of(tenant));
                let body = if method == "GET" { NOTHING } else { json!({}) };
                let said = here.send(method, &url, &[("authorization", &authorization)], &body)?;
                assert!(said.headers.contains_key("www-authenticate"));
                assert_eq!(said.status, 401, "{method} {url}");
                crossed += 1;
            }
        }
    }
    assert_eq!(crossed, 6 * routes("").len());
    // And the same id is nobody's there.
    let authorization = format!("Bearer {}", tokens[1]);
    let url = format!("{}/Users/{id}", here.base_of("globex"));
    here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?
        .expect(404)?;
    here.send(
        "POST",
        &format!("{}/Users", here.base_of("globex")),
        &[("authorization", &authorization)],
        &user("babs"),
    )?
    .expect(201)?;
    Ok(())
}

#[test]
fn rfc6750_3_whatever_is_wrong_with_a_token_the_answer_is_one() -> Result<()> {
    let here = here()?;
    let url = format!("{}/Users", here.base_of("acme"));
    let revoked = here.new_token("acme", &[])?;
    here.purser(&["token", "revoke", "acme", "2"])?;
    let good = here.token().to_owned();
    let mut bodies = Vec::new();
    for authorization in [
        format!("Bearer {revoked}"),
        "Bearer wrong".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {good}"),
        format!("Bearer {good}x"),
        good.clone(),
    ] {
        let said = here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?;
        assert_eq!(
            said.headers.get("www-authenticate").map(String::as_str),
            Some("Bearer realm=\"scim\", error=\"invalid_token\"")
        );
        bodies.push(said.expect(401)?);
    }
    let said = here.send("GET", &url, &[], &NOTHING)?;
    assert_eq!(
        said.headers.get("www-authenticate").map(String::as_str),
        Some("Bearer realm=\"scim\"")
    );
    bodies.push(said.expect(401)?);
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    // Not in the address either, where it would be logged (RFC 6750 §2.3).
    here.send("GET", &format!("{url}?access_token={good}"), &[], &NOTHING)?
        .expect(401)?;
    here.send(
        "GET",
        &url,
        &[("authorization", &format!("bearer {good}"))],
        &NOTHING,
    )?
    .expect(200)?;
    Ok(())
}

#[test]
fn several_tokens_are_good_at_a_time_until_revoked() -> Result<()> {
    let here = here()?;
    let url = format!("{}/Users", here.base_of("acme"));
    let next = here.new_token("acme", &["--name", "next"])?;
    let with = |token: &str| -> Result<u16> {
        Ok(here
            .send(
                "GET",
                &url,
                &[("authorization", &format!("Bearer {token}"))],
                &NOTHING,
            )?
            .status)
    };
    assert_eq!((with(here.token())?, with(&next)?), (200, 200));
    here.purser(&["token", "revoke", "acme", "1"])?;
    assert_eq!((with(here.token())?, with(&next)?), (401, 200));
    let (list, rows) = tokens(&here)?;
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["number"].clone(),
                row["name"].clone(),
                row["good"].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (json!(1), json!("client"), json!(false)),
            (json!(2), json!("next"), json!(true))
        ]
    );
    assert!(!list.contains(&next), "a token is shown once");
    assert!(rows[1]["used"].is_string(), "{list}");
    Ok(())
}

#[test]
fn rfc6750_3_1_a_token_for_something_else_is_403() -> Result<()> {
    let here = here()?;
    let token = here.new_token("acme", &["--scope", "events"])?;
    let url = format!("{}/Users", here.base_of("acme"));
    let said = here.send(
        "GET",
        &url,
        &[("authorization", &format!("Bearer {token}"))],
        &NOTHING,
    )?;
    assert!(
        said.headers
            .get("www-authenticate")
            .is_some_and(|said| said.contains("insufficient_scope"))
    );
    said.expect(403)?;
    Ok(())
}

#[test]
fn a_token_is_for_a_tenant_or_for_one_of_its_mappings() -> Result<()> {
    let here = here_with(COPY)?;
    for scope in ["events", "manage"] {
        here.new_token("acme", &["--scope", scope, "--mapping", "copy"])?;
    }
    let (_, rows) = tokens(&here)?;
    let mappings: Vec<&Value> = rows.iter().map(|row| &row["mapping"]).collect();
    assert_eq!(mappings, [&Value::Null, &json!("copy"), &json!("copy")]);
    for (arguments, why) in [
        (["events", "nothing"], "nothing"),
        (["scim", "copy"], "opens a tenant, not a mapping"),
    ] {
        let [scope, mapping] = arguments;
        let made = here.new_token("acme", &["--scope", scope, "--mapping", mapping]);
        let said = made.err().map(|error| error.to_string());
        assert!(said.is_some_and(|said| said.contains(why)), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_token_is_nowhere_in_clear() -> Result<()> {
    let here = here()?;
    here.make("/Users", &user("babs"))?;
    for file in [
        "purser.db",
        "purser.db-wal",
        "serve.log",
        "serve.out",
        "purser.toml",
    ] {
        let bytes = std::fs::read(here.folder().join(file)).unwrap_or_default();
        assert!(
            !String::from_utf8_lossy(&bytes).contains(here.token()),
            "{file}"
        );
    }
    Ok(())
}

#[test]
fn rfc6585_4_who_asks_too_fast_is_told_when_to_come_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = purser_tests::provider::Provider::start(folder.path(), "")?;
    let url = format!("{}/Users", provider.base_of("acme"));
    // The configuration of the tests lets 100,000 through; another host has 5.
    let text = std::fs::read_to_string(folder.path().join("purser.toml"))?;
    std::fs::write(
        folder.path().join("purser.toml"),
        text.replace("100000", "5"),
    )?;
    let mut provider = provider;
    provider.restart()?;
    let url = url.replacen(&url[..url.find("/scim").unwrap_or(0)], provider.origin(), 1);
    let authorization = format!("Bearer {}", provider.token());
    let mut refused = None;
    for _ in 0..200 {
        let said = provider.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?;
        if said.status == 429 {
            refused = said.headers.get("retry-after").cloned();
            break;
        }
    }
    assert_eq!(refused.as_deref(), Some("1"));
    Ok(())
}
