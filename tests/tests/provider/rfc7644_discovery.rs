//! What the server says about itself (RFC 7644 §4, RFC 7643 §5–7).

use anyhow::Result;
use serde_json::{Value, json};

use super::support::*;

#[test]
fn the_check_says_where_a_tenant_is_found() -> Result<()> {
    let here = here_with("")?;
    let said = here.purser(&["check"])?;
    // The tests listen where there is room, which the configuration does not know.
    let address = "http://127.0.0.1:0/scim/acme/v2";
    assert!(
        said.contains("tenant acme") && said.contains(&format!("User, Group at {address}")),
        "{said}"
    );
    Ok(())
}

#[test]
fn rfc7644_4_the_configuration_tells_what_is_so() -> Result<()> {
    let here = here_with("page_size = 7\noperations = 5\nbody_bytes = 4096\ncursor_seconds = 60")?;
    let config = here.get("/ServiceProviderConfig")?.expect(200)?;
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(config["changePassword"]["supported"], false);
    assert_eq!(config["filter"]["maxResults"], 7);
    assert_eq!(config["bulk"]["maxOperations"], 5);
    assert_eq!(config["bulk"]["maxPayloadSize"], 4096);
    assert_eq!(
        config["authenticationSchemes"][0]["type"],
        "oauthbearertoken"
    );
    assert_eq!(
        text(&config, "/meta/resourceType")?,
        "ServiceProviderConfig"
    );
    Ok(())
}

#[test]
fn rfc9865_4_the_configuration_tells_of_pagination() -> Result<()> {
    let here = here_with("page_size = 7\ncursor_seconds = 60")?;
    let config = here.get("/ServiceProviderConfig")?.expect(200)?;
    assert_eq!(
        config["pagination"],
        json!({ "cursor": true, "index": true, "defaultPaginationMethod": "index",
                "defaultPageSize": 7, "maxPageSize": 7, "cursorTimeout": 60 })
    );
    Ok(())
}

#[test]
fn rfc7643_5_how_to_authenticate_is_told_to_everybody() -> Result<()> {
    let here = here()?;
    let url = format!("{}/ServiceProviderConfig", here.base_of("acme"));
    here.send("GET", &url, &[], &NOTHING)?.expect(200)?;
    let url = format!("{}/Schemas", here.base_of("acme"));
    here.send("GET", &url, &[], &NOTHING)?.expect(401)?;
    // But not whether there is such a tenant.
    let url = format!("{}/ServiceProviderConfig", here.base_of("other"));
    here.send("GET", &url, &[], &NOTHING)?.expect(401)?;
    Ok(())
}

#[test]
fn rfc7643_6_resource_types_lead_to_their_schemas() -> Result<()> {
    let here = here()?;
    let types = here.get("/ResourceTypes")?.expect(200)?;
    assert_eq!(types["totalResults"], 2);
    assert_eq!(listed(&types, "endpoint"), ["/Users", "/Groups"]);
    for kind in types["Resources"].as_array().into_iter().flatten() {
        let name = text(kind, "/name")?;
        assert_eq!(
            &here.get(&format!("/ResourceTypes/{name}"))?.expect(200)?,
            kind
        );
        let extensions = kind["schemaExtensions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| &e["schema"]);
        for urn in std::iter::once(&kind["schema"]).chain(extensions) {
            let urn = urn.as_str().unwrap_or_default();
            let schema = here.get(&format!("/Schemas/{urn}"))?.expect(200)?;
            assert_eq!(schema["id"], urn);
        }
        assert!(text(kind, "/meta/location")?.ends_with(&format!("/ResourceTypes/{name}")));
    }
    here.get("/ResourceTypes/Nothing")?.expect(404)?;
    Ok(())
}

#[test]
fn rfc7643_7_schemas_are_listed_and_found_in_any_case() -> Result<()> {
    let here = here()?;
    let schemas = here.get("/Schemas")?.expect(200)?;
    assert_eq!(listed(&schemas, "id"), [USER, ENTERPRISE, GROUP]);
    here.get(&format!("/Schemas/{}", USER.to_lowercase()))?
        .expect(200)?;
    here.get(&format!("/Schemas/{}", encoded(USER)))?
        .expect(200)?;
    here.get("/Schemas/urn:example:nothing")?.expect(404)?;
    Ok(())
}

#[test]
fn rfc7644_4_filters_are_refused_and_the_rest_ignored() -> Result<()> {
    let here = here()?;
    for path in ["/ResourceTypes", "/Schemas"] {
        here.get(&format!("{path}?filter=name%20eq%20%22User%22"))?
            .expect(403)?;
        let all = here.get(path)?.expect(200)?;
        let asked = here
            .get(&format!("{path}?count=1&startIndex=2&sortBy=id"))?
            .expect(200)?;
        assert_eq!(all, asked, "{path}");
    }
    Ok(())
}

#[test]
fn rfc7644_4_nothing_can_be_written_there() -> Result<()> {
    let here = here()?;
    for path in [
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/Schemas",
        "/ResourceTypes/User",
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let said = here.call(method, path, &json!({}))?;
            assert_eq!(said.headers.get("allow").map(String::as_str), Some("GET"));
            said.expect(405)?;
        }
    }
    Ok(())
}

#[test]
fn rfc7643_6_a_configured_extension_is_told_and_held_to() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let urn = "urn:example:university:2.0:User";
    let schema = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn, "name": "University", "description": "What a university knows",
        "attributes": [
            { "name": "affiliation", "type": "string", "multiValued": true },
            { "name": "matriculation", "type": "string", "multiValued": false, "uniqueness": "server", "caseExact": true },
            { "name": "secretNote", "type": "string", "multiValued": false, "returned": "request" },
            { "name": "enrolled", "type": "boolean", "multiValued": false, "mutability": "immutable" },
        ],
    });
    let file = folder.path().join("university.json");
    std::fs::write(&file, schema.to_string())?;
    let here = here_with(&format!(
        "extensions = {{ User = [\"{}\"] }}",
        file.display()
    ))?;
    let types = here.get("/ResourceTypes/User")?.expect(200)?;
    let named = |value: &Value| value["schema"] == urn;
    assert!(
        types["schemaExtensions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(named)
    );
    assert_eq!(
        here.get(&format!("/Schemas/{urn}"))?.expect(200)?["name"],
        "University"
    );

    let body = |name: &str, number: &str| {
        json!({ "schemas": [USER, urn], "userName": name, urn: {
            "affiliation": ["staff"], "matriculation": number, "secretNote": "n", "enrolled": true } })
    };
    let id = here.make("/Users", &body("ann", "A1"))?;
    here.call("POST", "/Users", &body("bob", "A1"))?
        .refused(409, "uniqueness")?;
    here.make("/Users", &body("bob", "a1"))?;
    let path = format!("/Users/{id}");
    assert_eq!(here.get(&path)?.expect(200)?[urn].get("secretNote"), None);
    let asked = here
        .get(&format!("{path}?attributes={urn}:secretNote"))?
        .expect(200)?;
    assert_eq!(asked[urn]["secretNote"], "n");
    let change =
        patch(json!([{ "op": "replace", "path": format!("{urn}:enrolled"), "value": false }]));
    here.call("PATCH", &path, &change)?
        .refused(400, "mutability")?;
    assert_eq!(
        found(&here, &format!("{urn}:affiliation eq \"STAFF\""))?,
        ["ann", "bob"]
    );
    assert_eq!(
        found(&here, &format!("{urn}:matriculation eq \"A1\""))?,
        ["ann"]
    );
    Ok(())
}
