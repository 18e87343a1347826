//! Bodies of POST and PUT, and what a PATCH left, judged by the schema (RFC 7644 §3.3, §3.5).
//!
//! What comes out is canonical, whatever spelling came in:
//!
//! - names, URNs and `schemas` in the schema's spelling; `schemas` first, with the core URN first
//!   and then the extensions that hold data, in the order of the resource type (RFC 7643 §3);
//! - values of the types of RFC 7643 §2.3, in a list where the attribute is multi-valued; nothing
//!   empty anywhere (RFC 7643 §2.5);
//! - the values of a list each once, also where only their `type` and `value` are the same: the
//!   last stays, in the place of the first (RFC 7643 §2.4). They compare exactly, since ids that
//!   differ in case are different ids even in a schema that calls them case-insensitive;
//! - nothing that the schema does not know: unlike everywhere else in this crate, what is unknown
//!   goes, since a service provider promises to return only what its schemas say.
//!
//! Canonical output is read strictly as itself; that is a property test in `tests/laws.rs`.
//!
//! **Tolerance.** What [`Tolerance::Lenient`] takes beyond the RFC stands in `names.rs` (where an
//! attribute may stand), `coerce.rs` (which forms a value may have) and `schemas.rs`. One more goes
//! there; strictly read, it must stay an error.
//!
//! **Mutability.** What is readOnly in a body is ignored, whatever it is (RFC 7644 §3.3, §3.5.1). A
//! writeOnly attribute is in the output if the body has it, and only then: a client cannot repeat
//! what it cannot read, so its absence says nothing, and who stores it keeps what is stored.

mod coerce;
mod keep;
mod names;
mod read;
mod schemas;
mod values;

use serde_json::Map;

use crate::{
    judge::invalid_value,
    message::ScimError,
    path::AttrPath,
    resource::Resource,
    schema::{AttributeType, Mutability, ResourceSchema},
    value::get_in,
};
use values::Reader;

/// How bodies are read: lenient in, canonical out; strict is for conformance and for picky sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tolerance {
    /// Takes what clients are known to send where its meaning is beyond doubt, and drops what no
    /// schema knows.
    #[default]
    Lenient,
    /// Takes the forms of RFC 7643 only.
    Strict,
}

/// The resource that a POST asks for (RFC 7644 §3.3).
///
/// # Errors
///
/// 400 `invalidValue` where a required attribute is missing or blank, a value is not of its
/// attribute's type, or two values of a list are primary. Strictly also 400 `invalidSyntax` where
/// the body does not conform to the schema: an attribute or URN that is not of this resource
/// type, the same attribute twice, or `schemas` missing or not telling all that is there.
pub fn create(
    body: Resource,
    schema: &ResourceSchema,
    tolerance: Tolerance,
) -> Result<Resource, ScimError> {
    let resource = Reader::of_client(schema, tolerance).read(body)?;
    let resource = schemas::put(resource, schema);
    required(&resource, schema, true)?;
    Ok(resource)
}

/// The resource that a PUT makes of `before` (RFC 7644 §3.5.1).
///
/// What the body does not have is cleared, but for what it cannot change: readOnly attributes and
/// sub-attributes stay as they are, immutable ones with a value too. What the server derives from
/// others (`manager.displayName`) it must derive anew. Values of a list are recognised by their
/// `value` and `type`; that their sub-attributes are immutable does not keep them from coming and
/// going.
///
/// # Errors
///
/// Those of [`create`], and 400 `mutability` where the body has another value for an immutable
/// attribute than the one it has.
pub fn replace(
    before: &Resource,
    body: Resource,
    schema: &ResourceSchema,
    tolerance: Tolerance,
) -> Result<Resource, ScimError> {
    let mut after = Reader::of_client(schema, tolerance).read(body)?;
    keep::fill(before, &mut after, schema);
    let after = schemas::put(after, schema);
    // First, since to leave out what is required is `invalidValue` here and no change.
    required(&after, schema, true)?;
    keep::check(before, &after, schema)?;
    Ok(after)
}

/// The resource that a PATCH left behind, after `PatchRequest::apply`: canonical, as if it had
/// been created so. What is readOnly is the server's own and stays.
///
/// # Errors
///
/// 400 `invalidValue` as in [`create`]. That a required attribute was removed, or an immutable or
/// readOnly one changed, PATCH itself has refused with `mutability`.
pub fn finish(patched: Resource, schema: &ResourceSchema) -> Result<Resource, ScimError> {
    let resource = Reader::of_server(schema).read(patched)?;
    let resource = schemas::put(resource, schema);
    // Nobody returns what is writeOnly, so the resource that was patched need not have it.
    required(&resource, schema, false)?;
    Ok(resource)
}

/// Refuses a resource that lacks what is required, or has a blank text for it: "a non-empty
/// userName" (RFC 7643 §4.1.1) is none of spaces.
fn required(
    resource: &Resource,
    schema: &ResourceSchema,
    with_write_only: bool,
) -> Result<(), ScimError> {
    let is_asked = |path: &AttrPath| {
        with_write_only
            || ![path, &path.parent()].into_iter().any(|path| {
                schema
                    .attribute(path)
                    .is_some_and(|known| known.mutability == Mutability::WriteOnly)
            })
    };
    if let Some(path) = schema.missing_required(resource).into_iter().find(is_asked) {
        return Err(invalid_value(format!("{path} is required")));
    }
    let empty = Map::new();
    let extensions = schema.extensions().map(|extension| {
        let map = resource.get(&extension.id).and_then(|map| map.as_object());
        (map.unwrap_or(&empty), &extension.attributes)
    });
    let of_extensions =
        extensions.flat_map(|(map, attributes)| attributes.iter().map(move |known| (map, known)));
    let of_top = schema.top_level().map(|known| (resource.as_map(), known));
    for (map, known) in of_top.chain(of_extensions) {
        let is_text = known.required && known.type_ == AttributeType::String;
        let text = get_in(map, &known.name).and_then(|value| value.as_str());
        if is_text && !known.is_read_only() && text.is_some_and(|text| text.trim().is_empty()) {
            return Err(invalid_value(format!(
                "{} is required and must not be blank",
                known.name
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
