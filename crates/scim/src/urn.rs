//! Schema URNs of RFC 7643 §8.7, RFC 7643 §10 and RFC 7644 §8.2.
//!
//! URNs are compared without regard to ASCII case (RFC 7643 §2.1, RFC 7644 §3.10): use [`same`].

/// Core User schema (RFC 7643 §4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Core Group schema (RFC 7643 §4.2).
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Enterprise User extension (RFC 7643 §4.3).
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Service provider configuration (RFC 7643 §5).
pub const SERVICE_PROVIDER_CONFIG: &str =
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// Resource type (RFC 7643 §6).
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// Schema (RFC 7643 §7).
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// List response (RFC 7644 §3.4.2).
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Search request (RFC 7644 §3.4.3).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// PATCH request (RFC 7644 §3.5.2).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Bulk request (RFC 7644 §3.7).
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// Bulk response (RFC 7644 §3.7).
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// Error (RFC 7644 §3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What every core schema URN of RFC 7643 begins with.
pub const CORE_PREFIX: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// Whether two schema URNs name the same schema.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Whether `urn` is a core schema of RFC 7643, whose attributes stand at the top level of a
/// resource. A core schema defined elsewhere is known only to a `ResourceSchema`.
#[must_use]
pub fn is_core(urn: &str) -> bool {
    urn.split_at_checked(CORE_PREFIX.len())
        .is_some_and(|(head, name)| head.eq_ignore_ascii_case(CORE_PREFIX) && !name.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_is_told_from_extension() {
        assert!(is_core(USER));
        assert!(is_core("URN:ietf:params:scim:SCHEMAS:core:2.0:user"));
        assert!(!is_core(ENTERPRISE_USER));
        assert!(!is_core(
            "urn:ietf:params:scim:schemas:core:2.0:User:userName"
        ));
        assert!(!is_core("urn"));
        assert!(!is_core(""));
    }
}
