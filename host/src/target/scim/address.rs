//! Addresses at a service provider. What comes from the target itself (endpoints,
//! ids) never leads away from the base address, as the token would go along.

use url::{Url, form_urlencoded};

/// The address of an endpoint that the target names (RFC 7643 §6); none if it
/// is not below `base`, whose path ends with a slash.
pub(super) fn endpoint(base: &Url, endpoint: &str) -> Option<Url> {
    // Some servers name a whole address.
    if let Ok(whole) = Url::parse(endpoint) {
        let below = whole.origin() == base.origin() && whole.path().starts_with(base.path());
        return (below && whole.query().is_none()).then_some(whole);
    }
    let segments: Vec<&str> = endpoint
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    (!segments.is_empty()).then(|| append(base.clone(), &segments))?
}

/// The address of one resource: its id is one path segment, whatever it holds.
/// None if the id cannot be one, so that no request ends at the whole collection.
pub(super) fn resource(endpoint: Url, id: &str) -> Option<Url> {
    append(endpoint, &[id])
}

fn append(mut url: Url, segments: &[&str]) -> Option<Url> {
    // Such segments vanish from an address, also when they are percent-encoded.
    if segments
        .iter()
        .any(|segment| matches!(*segment, "" | "." | ".."))
    {
        return None;
    }
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(segments);
    Some(url)
}

/// With a query; blanks as `%20`, since not every server reads `+` as one.
pub(super) fn with_query(mut url: Url, parameters: &[(&str, String)]) -> Url {
    let query: Vec<String> = parameters
        .iter()
        .map(|(name, value)| {
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{name}={}", value.replace('+', "%20"))
        })
        .collect();
    url.set_query(Some(&query.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://example.org/scim/v2/".parse().unwrap()
    }

    #[test]
    fn endpoints_stay_below_the_base() {
        let at = |text| endpoint(&base(), text).map(String::from);
        for good in [
            "/Users",
            "Users",
            "Users/",
            "https://example.org/scim/v2/Users",
        ] {
            assert!(
                at(good)
                    .unwrap()
                    .starts_with("https://example.org/scim/v2/Users"),
                "{good}"
            );
        }
        for bad in [
            "",
            "/",
            "../Users",
            "https://example.com/scim/v2/Users",
            "https://example.org/Users",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_id_is_one_segment_or_nothing() {
        let users = endpoint(&base(), "/Users").unwrap();
        let at = |id| resource(users.clone(), id).map(String::from);
        assert_eq!(
            at("a/b?c#d%2e").unwrap(),
            "https://example.org/scim/v2/Users/a%2Fb%3Fc%23d%252e"
        );
        for bad in ["", ".", ".."] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn queries_are_percent_encoded() {
        let url = with_query(base(), &[("filter", r#"userName eq "a+b&c@ü""#.to_owned())]);
        assert_eq!(
            url.query(),
            Some("filter=userName%20eq%20%22a%2Bb%26c%40%C3%BC%22")
        );
    }
}
