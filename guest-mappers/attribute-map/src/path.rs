//! Where a value goes: a SCIM attribute path (RFC 7644 §3.10).

use purser_guest::json::Value;

/// The enterprise extension (RFC 7643 §4.3).
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user";

/// Before the attributes of a core schema the URN may stand, and adds nothing.
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// The extension, where it is not a core attribute.
    pub(crate) urn: Option<String>,
    /// The attribute.
    pub(crate) attribute: String,
    /// The element of a multi-valued attribute: a sub-attribute and its value.
    pub(crate) filter: Option<(String, Value)>,
    /// The sub-attribute.
    pub(crate) sub: Option<String>,
    /// Extension and attribute in lower case: equal where rules are about the
    /// same attribute.
    pub(crate) container: (Option<String>, String),
}

impl Path {
    /// Reads a path; the error says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let rest = strip_core(text);
        let (head, filter, tail) = match rest.split_once('[') {
            None => (rest, None, None),
            Some((head, rest)) => {
                let (filter, tail) = rest.rsplit_once(']').ok_or("`]` is missing")?;
                let tail = tail
                    .strip_prefix('.')
                    .ok_or("after `]` a sub-attribute is needed, such as `.value`")?;
                (head, Some(read_filter(filter)?), Some(tail))
            }
        };
        let (urn, name) = match head.rsplit_once(':') {
            Some((urn, name)) if is_urn(urn) => (Some(urn.to_owned()), name),
            Some(_) => return Err("what stands before the last `:` is not a schema URN".to_owned()),
            None => (None, head),
        };
        let (attribute, sub) = match (name.split_once('.'), tail) {
            (None, tail) => (name, tail),
            (Some((attribute, sub)), None) => (attribute, Some(sub)),
            (Some(_), Some(_)) => {
                return Err("a filter follows an attribute, not a sub-attribute".to_owned());
            }
        };
        for name in [Some(attribute), sub].into_iter().flatten() {
            if !is_name(name) {
                return Err(format!("`{name}` is not an attribute name"));
            }
        }
        if urn.is_none()
            && ["schemas", "id", "meta"]
                .iter()
                .any(|own| attribute.eq_ignore_ascii_case(own))
        {
            return Err(format!("`{attribute}` cannot be mapped"));
        }
        let lower_urn = urn.as_ref().map(|urn| urn.to_ascii_lowercase());
        let container = (lower_urn, attribute.to_ascii_lowercase());
        Ok(Self {
            urn,
            attribute: attribute.to_owned(),
            filter,
            sub: sub.map(str::to_owned),
            container,
        })
    }

    /// Whether the attribute holds text, so that numbers are written as text.
    /// Known for the core schemas and the enterprise extension, whose attributes
    /// are all strings but these; elsewhere a value keeps the source's type.
    pub(crate) fn is_text(&self) -> bool {
        let known = match &self.urn {
            None => true,
            Some(urn) => urn.eq_ignore_ascii_case(ENTERPRISE),
        };
        let last = self.sub.as_deref().unwrap_or(&self.attribute);
        known
            && !["active", "primary"]
                .iter()
                .any(|flag| last.eq_ignore_ascii_case(flag))
    }

    /// Whether it is a multi-valued attribute of the core schemas, written
    /// without saying which element: each value becomes an element `{"value": …}`.
    pub(crate) fn is_list(&self) -> bool {
        const LISTS: [&str; 8] = [
            "emails",
            "phoneNumbers",
            "ims",
            "photos",
            "groups",
            "entitlements",
            "roles",
            "members",
        ];
        let is = |name: &&str| self.attribute.eq_ignore_ascii_case(name);
        self.urn.is_none() && self.filter.is_none() && self.sub.is_none() && LISTS.iter().any(is)
    }
}

fn strip_core(text: &str) -> &str {
    let Some(head) = text.get(..CORE.len()) else {
        return text;
    };
    if !head.eq_ignore_ascii_case(CORE) {
        return text;
    }
    let rest = text.get(CORE.len()..).unwrap_or_default();
    rest.split_once(':').map_or(text, |(_, path)| path)
}

fn is_urn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
        && !text.contains(char::is_whitespace)
}

fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let text = text.strip_prefix('$').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(inner)
}

/// `type eq "work"`: one comparison, because an element is made from it.
fn read_filter(text: &str) -> Result<(String, Value), String> {
    const WANTED: &str = "a filter here has the form `[type eq \"work\"]`";
    let mut words = text.trim().splitn(3, ' ');
    let (Some(name), Some(operator), Some(value)) = (words.next(), words.next(), words.next())
    else {
        return Err(WANTED.to_owned());
    };
    let value: Value = purser_guest::json::from_str(value).map_err(|_| WANTED)?;
    let plain = matches!(value, Value::String(_) | Value::Bool(_));
    if !is_name(name) || !operator.eq_ignore_ascii_case("eq") || !plain {
        return Err(WANTED.to_owned());
    }
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let path =
            Path::read("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value")
                .unwrap();
        assert_eq!(
            path.urn.as_deref(),
            Some("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
        );
        assert_eq!(
            (path.attribute.as_str(), path.sub.as_deref()),
            ("manager", Some("value"))
        );
        let path = Path::read(r#"emails[type eq "work"].value"#).unwrap();
        assert_eq!(path.filter, Some(("type".to_owned(), "work".into())));
        let path = Path::read("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName").unwrap();
        assert_eq!((path.urn, path.attribute.as_str()), (None, "name"));
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "a b",
            "a.b.c",
            "emails[type]",
            "emails[type eq work].value",
            "emails[type eq \"w\"]",
            "x:y",
            "id",
            "name.a[type eq \"x\"].b",
        ] {
            assert!(Path::read(text).is_err(), "{text}");
        }
    }
}
