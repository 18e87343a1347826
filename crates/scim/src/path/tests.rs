use super::*;
use crate::urn::ENTERPRISE_USER;

#[test]
fn attribute_notation_of_rfc7644_3_10() {
    for (text, urn, attr, sub) in [
        ("userName", None, "userName", None),
        ("name.givenName", None, "name", Some("givenName")),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
            Some(crate::urn::USER),
            "name",
            Some("givenName"),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            Some(ENTERPRISE_USER),
            "department",
            None,
        ),
        ("members.$ref", None, "members", Some("$ref")),
        ("urn:example:hr:2.0", Some("urn:example:hr:2.0"), "", None),
    ] {
        let path: AttrPath = text.parse().unwrap();
        assert_eq!(path.urn.as_deref(), urn, "{text}");
        assert_eq!(path.attr, attr, "{text}");
        assert_eq!(path.sub.as_deref(), sub, "{text}");
        assert_eq!(path.to_string(), text);
    }
}

/// RFC 7644 figure 8.
#[test]
fn paths_of_the_rfc() {
    for text in [
        "members",
        "name.familyName",
        r#"addresses[type eq "work"]"#,
        r#"members[value eq "2819c223-7f76-453a-919d-413861904646"]"#,
        r#"members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName"#,
        r#"emails[type eq "work" and value ew "example.com"]"#,
        r#"urn:example:2.0:Ext:things[a eq "]"].b"#,
    ] {
        let path: Path = text.parse().unwrap();
        assert_eq!(path.to_string(), text);
        assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, at) in [
        ("", 0),
        ("1name", 0),
        ("name.", 5),
        ("name.1", 5),
        ("a b", 1),
        (":a", 0),
        ("urn:a:", 6),
        ("emails[", 7),
        (r#"emails[type eq "x""#, 18),
        (r#"emails[type eq "x"]x"#, 19),
        (r#"emails[type eq "x"]."#, 20),
        (r#"name.sub[type eq "x"]"#, 8),
    ] {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
    }
}

#[test]
fn a_bare_extension_urn_needs_a_schema() {
    let schema = ResourceSchema::user();
    let path: Path = ENTERPRISE_USER.parse().unwrap();
    assert_eq!(path.attr.attr, "User");
    let resolved = path.resolve(&schema);
    assert_eq!(resolved.attr, AttrPath::schema(ENTERPRISE_USER));
    assert_eq!(resolved.to_string(), ENTERPRISE_USER);
}

#[test]
fn meaning_ignores_case_and_the_core_urn() {
    let path = |text: &str| text.parse::<AttrPath>().unwrap();
    assert!(path("UserName").same(&path(&format!("{}:userName", crate::urn::USER))));
    assert!(!path("department").same(&path(&format!("{ENTERPRISE_USER}:department"))));
}
