//! The description of this interface (OpenAPI 3.1), drawn from its types. It is checked in
//! as `docs/openapi.json`, and a test fails where that is another.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{events, site, tokens};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Purser",
        version = "1",
        description = "What a site asks of a Purser host besides SCIM. The tenant stands in the address, and a \
                       bearer token of it (`purser token new TENANT --scope events` or `--scope manage`) opens it. \
                       Errors are problem details (RFC 9457).",
        license(name = "Apache-2.0 OR MIT"),
    ),
    servers((
        url = "{origin}/api/{tenant}/v1",
        variables(
            ("origin" = (default = "http://127.0.0.1:8020", description = "Where the host is reached")),
            ("tenant" = (default = "people", description = "As in [tenant.NAME]")),
        ),
    )),
    paths(events::answer, site::answer, tokens::list, tokens::make, tokens::revoke),
    modifiers(&Bearer),
    security(("bearer" = [])),
)]
struct Interface;

/// RFC 6750.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document, as it is checked in.
#[must_use]
pub fn document() -> String {
    let mut text = Interface::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
