//! Discovery (RFC 7644 §4): what the target offers, and what is assumed where
//! it does not say.
//!
//! Many servers lack one of the three endpoints, refuse it to provisioning
//! tokens, or answer it with something else. None of that hinders provisioning,
//! so it becomes a remark. What shows that there is no SCIM server, or that the
//! token is wrong, is an error, unless SCIM has already been heard.

use std::collections::BTreeMap;

use purser_engine::ids::ResourceType;
use purser_scim::{
    message::{ListResponse, ServiceProviderConfig},
    schema::{self, Attribute, ResourceSchema, Schema, Uniqueness},
    urn,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::address;
use crate::target::{
    Discovery, OfferedType, TargetError,
    http::{Call, Http, Reply},
};

/// What a profile says of a target that says it wrongly itself: unique
/// attributes by resource type.
pub(super) type Unique = BTreeMap<ResourceType, Vec<String>>;

/// Reads the three endpoints.
pub(super) async fn discover(http: &Http, unique: &Unique) -> Result<Discovery, TargetError> {
    let mut reader = Reader {
        http,
        heard_scim: false,
        remarks: Vec::new(),
    };
    let config = reader
        .document("ServiceProviderConfig")
        .await?
        .map(|document| ServiceProviderConfig::from_value(&document))
        .unwrap_or_default();
    let types: Vec<schema::ResourceType> = reader.list("ResourceTypes").await?;
    let schemas: Vec<Schema> = reader.list("Schemas").await?;
    let mut remarks = reader.remarks;
    Ok(Discovery {
        resource_types: resolve(http, types, schemas, unique, &mut remarks),
        patch: config.patch,
        filter: config.filter,
        remarks,
    })
}

/// Resource types with their schemas; those of RFC 7643 where the target has none.
fn resolve(
    http: &Http,
    types: Vec<schema::ResourceType>,
    mut schemas: Vec<Schema>,
    unique: &Unique,
    remarks: &mut Vec<String>,
) -> Vec<OfferedType> {
    let types = if types.is_empty() {
        vec![
            ResourceSchema::user().resource_type().clone(),
            ResourceSchema::group().resource_type().clone(),
        ]
    } else {
        types
    };
    // The first schema of an id counts: the RFC's fill gaps, they replace nothing.
    schemas.extend([Schema::user(), Schema::enterprise_user(), Schema::group()]);
    let mut offered = Vec::new();
    for mut resource_type in types {
        // A type without an endpoint is at the place that the RFC gives to its schema.
        if resource_type.endpoint.is_empty() {
            resource_type.endpoint = match resource_type.schema.as_str() {
                schema if urn::same(schema, urn::USER) => "/Users".to_owned(),
                schema if urn::same(schema, urn::GROUP) => "/Groups".to_owned(),
                _ => format!("/{}s", resource_type.name),
            };
        }
        if address::endpoint(http.base(), &resource_type.endpoint).is_none() {
            remarks.push(format!(
                "the endpoint of resource type {} is not below base_url; the type is left out",
                resource_type.name
            ));
            continue;
        }
        let corrected = unique
            .get(&ResourceType::new(&resource_type.name))
            .map(|names| correct(&schemas, &resource_type.schema, names));
        let schemas = corrected.as_deref().unwrap_or(&schemas);
        match ResourceSchema::from_parts(resource_type.clone(), schemas) {
            Ok(schema) => offered.push(OfferedType {
                name: ResourceType::new(&resource_type.name),
                schema,
            }),
            Err(error) => remarks.push(format!("{error}; the type is left out")),
        }
    }
    offered
}

/// The schemas, with just these attributes of one of them unique.
fn correct(schemas: &[Schema], id: &str, names: &[String]) -> Vec<Schema> {
    let mut schemas = schemas.to_vec();
    for schema in schemas
        .iter_mut()
        .filter(|schema| urn::same(&schema.id, id))
    {
        for attribute in &mut schema.attributes {
            let is_unique = names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&attribute.name));
            attribute.uniqueness = if is_unique {
                Uniqueness::Server
            } else {
                Uniqueness::None
            };
        }
        // Not every schema lists `externalId`, which all resources may have (RFC 7643 §3.1).
        for name in names {
            if schema.attribute(name).is_none() {
                let attribute = json!({ "name": name, "type": "string", "uniqueness": "server" });
                schema
                    .attributes
                    .extend(serde_json::from_value::<Attribute>(attribute));
            }
        }
    }
    schemas
}

struct Reader<'a> {
    http: &'a Http,
    /// One of the endpoints has answered with a SCIM document.
    heard_scim: bool,
    remarks: Vec<String>,
}

impl Reader<'_> {
    /// One document; none, with a remark, where the target does not give it.
    async fn document(&mut self, name: &str) -> Result<Option<Value>, TargetError> {
        let Some(url) = address::endpoint(self.http.base(), name) else {
            return Ok(None);
        };
        let answer = self.http.send(Call::get(url)).await?;
        let refusal = answer.message();
        // RFC 7644 §4 leaves these endpoints open to everybody; some servers refuse them to
        // provisioning tokens, which then do work.
        let tolerated = answer.status() == 403 && !answer.is_html();
        match answer.accept() {
            Ok(Reply::Success(success)) => match success.value() {
                Some(document @ (Value::Object(_) | Value::Array(_))) => {
                    self.heard_scim = true;
                    return Ok(Some(document));
                }
                _ => self.remark(name, &format!("{refusal} without a SCIM document")),
            },
            Err(error @ TargetError::Transient { .. }) => return Err(error),
            Err(error @ TargetError::Unusable { .. }) if !tolerated && !self.heard_scim => {
                return Err(error);
            }
            Ok(Reply::Gone(_)) | Err(_) => self.remark(name, &refusal),
        }
        Ok(None)
    }

    /// A list of documents; those that cannot be read are left out with a remark.
    async fn list<T: DeserializeOwned>(&mut self, name: &str) -> Result<Vec<T>, TargetError> {
        let Some(document) = self.document(name).await? else {
            return Ok(Vec::new());
        };
        let entries = match document {
            // Not RFC 7644 §4, but met: the list without its envelope.
            Value::Array(entries) => entries,
            envelope => match ListResponse::from_value(envelope) {
                Ok(list) => list
                    .resources
                    .into_iter()
                    .map(|entry| entry.into_value())
                    .collect(),
                Err(error) => {
                    self.remark(name, &error.to_string());
                    return Ok(Vec::new());
                }
            },
        };
        let count = entries.len();
        let read: Vec<T> = entries
            .into_iter()
            .filter_map(|entry| serde_json::from_value(entry).ok())
            .collect();
        if read.len() < count {
            let lost = count.saturating_sub(read.len());
            self.remarks
                .push(format!("{name}: {lost} of {count} entries cannot be read"));
        }
        Ok(read)
    }

    fn remark(&mut self, name: &str, what: &str) {
        self.remarks
            .push(format!("{name} is not there, RFC 7643 is assumed: {what}"));
    }
}
