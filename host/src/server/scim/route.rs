//! What an address means.

use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::reply::Reply;
use crate::{
    directory::Tenant,
    server::{SCIM, VERSION},
};

/// What is asked for below a tenant's base address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The base address itself: all resources (RFC 7644 §3.4.2.1).
    Root,
    /// `/.search` over all resources (RFC 7644 §3.4.3).
    SearchAll,
    /// `/Bulk` (RFC 7644 §3.7).
    Bulk,
    /// `/Me` (RFC 7644 §3.11).
    Me,
    /// `/ServiceProviderConfig` (RFC 7644 §4).
    Config,
    /// `/ResourceTypes`, or one of them.
    Types(Option<String>),
    /// `/Schemas`, or one of them.
    Schemas(Option<String>),
    /// `/Users`
    All(String),
    /// `/Users/.search`
    Search(String),
    /// `/Users/ID`
    One(String, String),
    /// No endpoint.
    Nothing,
}

/// The segments of a path, decoded. What is no UTF-8 is no segment of ours.
pub(in crate::server) fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

/// The tenant that is named, and what comes behind it; none where the path leads
/// elsewhere.
pub(super) fn tenant(segments: &[String]) -> (Option<&str>, &[String]) {
    match segments {
        [scim, tenant, version, rest @ ..] if scim == SCIM && version == VERSION => {
            (Some(tenant), rest)
        }
        _ => (None, &[]),
    }
}

impl Route {
    /// What the segments below the base address mean.
    pub(super) fn of(segments: &[String]) -> Self {
        let texts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match texts.as_slice() {
            [] => Self::Root,
            [".search"] => Self::SearchAll,
            ["Bulk"] => Self::Bulk,
            ["Me", ..] => Self::Me,
            ["ServiceProviderConfig"] => Self::Config,
            ["ResourceTypes"] => Self::Types(None),
            ["ResourceTypes", name] => Self::Types(Some((*name).to_owned())),
            ["Schemas"] => Self::Schemas(None),
            ["Schemas", urn] => Self::Schemas(Some((*urn).to_owned())),
            [endpoint] => Self::All((*endpoint).to_owned()),
            [endpoint, ".search"] => Self::Search((*endpoint).to_owned()),
            [endpoint, id] => Self::One((*endpoint).to_owned(), (*id).to_owned()),
            _ => Self::Nothing,
        }
    }

    /// The route without what it is about, for the log.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Root => "/",
            Self::SearchAll => "/.search",
            Self::Bulk => "/Bulk",
            Self::Me => "/Me",
            Self::Config => "/ServiceProviderConfig",
            Self::Types(_) => "/ResourceTypes",
            Self::Schemas(_) => "/Schemas",
            Self::All(_) => "/{type}",
            Self::Search(_) => "/{type}/.search",
            Self::One(..) => "/{type}/{id}",
            Self::Nothing => "other",
        }
    }

    /// Refuses what is not there, and methods that mean nothing there.
    pub(super) fn allows(&self, tenant: &Tenant, method: &Method) -> Result<(), Reply> {
        let methods: &[Method] = match self {
            Self::Root | Self::Config | Self::Types(_) | Self::Schemas(_) => &[Method::GET],
            Self::SearchAll | Self::Bulk => &[Method::POST],
            Self::All(endpoint) if tenant.at(endpoint).is_some() => &[Method::GET, Method::POST],
            Self::Search(endpoint) if tenant.at(endpoint).is_some() => &[Method::POST],
            Self::One(endpoint, _) if tenant.at(endpoint).is_some() => {
                &[Method::GET, Method::PUT, Method::PATCH, Method::DELETE]
            }
            Self::Me => return Ok(()),
            Self::All(_) | Self::Search(_) | Self::One(..) | Self::Nothing => {
                return Err(Reply::plain(404, "there is no such endpoint"));
            }
        };
        if methods.contains(method) {
            return Ok(());
        }
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        Err(Reply::not_allowed(&names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let of = |path: &str| {
            let segments = segments(path);
            let (tenant, rest) = tenant(&segments);
            (tenant.map(str::to_owned), Route::of(rest))
        };
        let one = |id: &str| Route::One("Users".to_owned(), id.to_owned());
        for (path, route) in [
            ("/scim/acme/v2", Route::Root),
            ("/scim/acme/v2/", Route::Root),
            ("/scim/acme/v2/Users", Route::All("Users".to_owned())),
            ("/scim/acme/v2/Users/", Route::All("Users".to_owned())),
            ("/scim/acme/v2/Users/a%2Fb", one("a/b")),
            (
                "/scim/acme/v2/Users/.search",
                Route::Search("Users".to_owned()),
            ),
            (
                "/scim/acme/v2/Schemas/urn:a:b",
                Route::Schemas(Some("urn:a:b".to_owned())),
            ),
            ("/scim/acme/v2/Users/a/b", Route::Nothing),
        ] {
            assert_eq!(of(path), (Some("acme".to_owned()), route), "{path}");
        }
        for path in ["/", "/scim/acme/v1/Users", "/scim/acme", "/Users"] {
            assert_eq!(of(path).0, None, "{path}");
        }
    }
}
