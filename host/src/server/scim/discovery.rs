//! What this server says about itself (RFC 7644 §4, RFC 7643 §5–7). It says what is
//! so: every figure is the one that is held to.

use purser_scim::{schema::Schema, urn};
use serde_json::{Value, json};

use super::{reply::Reply, request::Asked, route::Route};
use crate::{directory::Tenant, server::documents};

pub(super) fn answer(tenant: &Tenant, route: &Route, asked: &Asked) -> Result<Reply, Reply> {
    let is_filtered = asked
        .pairs()
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    match route {
        Route::Config => Ok(Reply::document(200, config(tenant).to_string())),
        Route::Types(None) | Route::Schemas(None) if is_filtered => {
            // RFC 7644 §4: so that nobody takes a part for the whole.
            Err(Reply::plain(403, "these documents are not filtered"))
        }
        Route::Types(None) => Ok(all(types(tenant))),
        Route::Schemas(None) => Ok(all(schemas(tenant))),
        Route::Types(Some(name)) => one(types(tenant), name),
        Route::Schemas(Some(name)) => one(schemas(tenant), name),
        _ => Err(Reply::plain(404, "there is no such endpoint")),
    }
}

fn config(tenant: &Tenant) -> Value {
    let bounds = &tenant.bounds;
    json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bounds.operations,
            "maxPayloadSize": bounds.body,
        },
        "filter": { "supported": true, "maxResults": bounds.page },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        // RFC 9865 §4.
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": bounds.page,
            "maxPageSize": bounds.page,
            "cursorTimeout": bounds.cursor.as_secs(),
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of this tenant in the Authorization header",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", tenant.base),
        },
    })
}

fn types(tenant: &Tenant) -> Vec<Value> {
    let kinds = tenant.kinds.iter();
    kinds
        .map(|kind| {
            let of = kind.schema.resource_type();
            documents::document(&tenant.base, "ResourceType", &of.name, of)
        })
        .collect()
}

/// Each schema once, however many types have it.
fn schemas(tenant: &Tenant) -> Vec<Value> {
    let mut all: Vec<&Schema> = Vec::new();
    for kind in tenant.kinds.iter() {
        let of = std::iter::once(kind.schema.core()).chain(kind.schema.extensions());
        for schema in of {
            if !all.iter().any(|known| urn::same(&known.id, &schema.id)) {
                all.push(schema);
            }
        }
    }
    all.into_iter()
        .map(|schema| documents::document(&tenant.base, "Schema", &schema.id, schema))
        .collect()
}

fn all(documents: Vec<Value>) -> Reply {
    Reply::document(200, documents::list(&documents).to_string())
}

fn one(documents: Vec<Value>, id: &str) -> Result<Reply, Reply> {
    documents::find(documents, id)
        .map(|document| Reply::document(200, document.to_string()))
        .ok_or_else(|| Reply::plain(404, "there is no such document"))
}
