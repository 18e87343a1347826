use super::*;
use crate::{
    resource::Resource,
    schema::ResourceSchema,
    urn::{ENTERPRISE_USER, USER},
};
use serde_json::{Map, json};

fn parse(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

/// RFC 7644 figure 2, in canonical spelling.
const FIGURE_2: [&str; 17] = [
    r#"userName eq "bjensen""#,
    r#"name.familyName co "O'Malley""#,
    r#"userName sw "J""#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
    r#"title pr"#,
    r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
    r#"title pr and userType eq "Employee""#,
    r#"title pr or userType eq "Intern""#,
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType eq "Employee" and emails.type eq "work""#,
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
];

#[test]
fn the_examples_of_the_rfc_print_as_they_read() {
    for text in FIGURE_2 {
        assert_eq!(parse(text).to_string(), text);
    }
    assert_eq!(
        parse(r#"userType eq "Employee" and (emails.type eq "work")"#).to_string(),
        FIGURE_2[14]
    );
}

#[test]
fn not_binds_tighter_than_and_than_or() {
    for (text, grouped) in [
        ("a pr or b pr and c pr", "a pr or (b pr and c pr)"),
        ("a pr and b pr or c pr", "(a pr and b pr) or c pr"),
        ("not (a pr) and b pr", "not (a pr) and b pr"),
        ("not(a pr)or b pr", "not (a pr) or b pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("((a pr))", "a pr"),
        ("a pr and b pr and c pr", "a pr and b pr and c pr"),
        ("a pr and (b pr and c pr)", "a pr and (b pr and c pr)"),
    ] {
        assert_eq!(parse(text).to_string(), grouped, "{text}");
    }
}

#[test]
fn operators_and_literals_ignore_case() {
    let filter = parse("userName Eq \"john\" AND NOT (active EQ True) oR title PR");
    assert_eq!(
        filter.to_string(),
        r#"(userName eq "john" and not (active eq true)) or title pr"#
    );
}

#[test]
fn values_are_those_of_json() {
    for (text, value) in [
        (r#""a\"b\\c\u00e9\/""#, json!("a\"b\\cé/")),
        (r#""O'Malley ) ] and""#, json!("O'Malley ) ] and")),
        ("-1.5e3", json!(-1500.0)),
        (
            "18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("0.1", json!(0.1)),
        ("null", json!(null)),
        ("false", json!(false)),
        (r#""""#, json!("")),
    ] {
        assert_eq!(parse(&format!("a eq {text}")), Filter::eq(path("a"), value));
    }
    assert_eq!(parse(r#"a eq"x""#), Filter::eq(path("a"), "x"));
}

#[test]
fn builders_escape() {
    let filter = Filter::eq(path("userName"), "a\"b\\c")
        .and(Filter::present(path("title")))
        .and(Filter::value_path(
            path("emails"),
            Filter::eq(path("type"), "w"),
        ));
    assert_eq!(
        filter.to_string(),
        r#"userName eq "a\"b\\c" and title pr and emails[type eq "w"]"#
    );
    assert_eq!(parse(&filter.to_string()), filter);
    assert_eq!(Filter::all([]), None);
    let any = Filter::any(["a", "b"].map(|name| Filter::present(path(name)))).unwrap();
    assert_eq!((!any).to_string(), "not (a pr or b pr)");
}

#[test]
fn a_word_that_begins_like_a_connective_is_none() {
    assert_eq!(parse("a pr and order pr").to_string(), "a pr and order pr");
    assert_eq!(
        parse("not pr or notes pr").to_string(),
        "not pr or notes pr"
    );
}

#[test]
fn errors_say_where_and_what() {
    for (text, at, expected) in [
        ("", 0, "an attribute name"),
        ("   ", 3, "an attribute name"),
        ("userName", 8, "a space and an operator"),
        (
            "userName regex \"x\"",
            9,
            "one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr",
        ),
        (
            "userName eq",
            11,
            "a JSON string, number, true, false or null",
        ),
        (
            "userName eq john",
            12,
            "a JSON string, number, true, false or null",
        ),
        ("a eq 01", 5, "a JSON string, number, true, false or null"),
        ("a eq \"x", 7, "the closing quote"),
        (
            "a eq \"\\x\"",
            5,
            "a JSON string, number, true, false or null",
        ),
        ("a pr and", 8, "an attribute name"),
        ("a pr b pr", 5, "\"and\", \"or\" or the end"),
        ("(a pr", 5, "\"and\", \"or\" or \")\""),
        ("a[b pr", 6, "\"and\", \"or\" or \"]\""),
        ("a pr)", 4, "\"and\", \"or\" or the end"),
        (
            "not a pr",
            4,
            "one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr",
        ),
        ("é pr", 0, "an attribute name"),
        ("a.b[c pr]", 3, "a space and an operator"),
    ] {
        assert_eq!(
            Filter::parse(text).unwrap_err(),
            FilterError::Syntax {
                at,
                expected: expected.to_owned()
            },
            "{text}"
        );
    }
}

#[test]
fn budgets_hold() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    let wide = |terms: usize| vec!["a pr"; terms].join(" or ");
    assert!(Filter::parse(&nested(32)).is_ok());
    assert!(Filter::parse(&wide(128)).is_ok());
    for (text, budget, limit) in [
        (nested(33), Budget::Depth, 32),
        (wide(129), Budget::Terms, 128),
        (
            format!("a eq \"{}\"", "x".repeat(16 * 1024)),
            Budget::Bytes,
            16 * 1024,
        ),
    ] {
        let error = Filter::parse(&text).unwrap_err();
        assert_eq!(error, FilterError::TooLarge { budget, limit });
    }
    let generous = Limits {
        depth: usize::MAX,
        terms: usize::MAX,
        bytes: usize::MAX,
    };
    for opening in ["(", "not(", "a["] {
        let error = Filter::parse_with(&opening.repeat(100_000), generous).unwrap_err();
        assert_eq!(
            error,
            FilterError::TooLarge {
                budget: Budget::Depth,
                limit: 128
            }
        );
    }
    assert!(Filter::parse_with(&wide(50_000), generous).is_ok());
}

fn user() -> Resource {
    Resource::from_value(json!({
        "schemas": [USER, ENTERPRISE_USER],
        "id": "2819c223",
        "externalId": "Ab",
        "userName": "BJensen",
        "name": { "familyName": "Straße", "givenName": "" },
        "active": true,
        "nickName": null,
        "title": "Tour Guide",
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" },
        ],
        "x509Certificates": [{ "value": "MIIDQzCCAqyg==" }],
        "profileUrl": "https://example.com/Babs",
        "shoeSize": 38,
        "colours": ["Red", "Blue"],
        "meta": { "created": "2010-01-23T04:56:22Z" },
        ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "26118915" } },
    }))
    .unwrap()
}

#[test]
fn evaluation_by_schema() {
    let (user, schema) = (user(), ResourceSchema::user());
    let department = format!("{ENTERPRISE_USER}:department");
    for (text, matches) in [
        // Case follows caseExact.
        (r#"userName eq "bjensen""#, true),
        (r#"USERNAME eq "bjensen""#, true),
        (r#"externalId eq "ab""#, false),
        (r#"externalId eq "Ab""#, true),
        (r#"name.familyName eq "STRASSE""#, true),
        (r#"profileUrl eq "https://example.com/babs""#, false),
        (
            r#"schemas eq "URN:IETF:params:scim:schemas:core:2.0:user""#,
            true,
        ),
        // Parts of texts.
        (r#"userName co "JEN""#, true),
        (r#"userName sw "jen""#, false),
        (r#"userName ew "SEN""#, true),
        (r#"title co """#, true),
        // Order.
        (r#"userName gt "a""#, true),
        (r#"userName le "BJENSEN""#, true),
        (r#"shoeSize gt 37.5"#, true),
        (r#"shoeSize lt 38"#, false),
        // Instants.
        (r#"meta.created eq "2010-01-23T05:56:22+01:00""#, true),
        (r#"meta.created lt "2010-01-23T04:56:22.5Z""#, true),
        (r#"meta.created ge "2011-01-01T00:00:00""#, false),
        // Presence and its many spellings.
        ("title pr", true),
        ("nickName pr", false),
        ("nickName eq null", true),
        ("locale eq null", true),
        ("locale ne null", false),
        ("title ne null", true),
        (r#"locale ne "en""#, true),
        ("name pr", true),
        ("name.givenName pr", true),
        ("name.middleName pr", false),
        ("emails pr", true),
        ("emails.display pr", false),
        (&format!("{ENTERPRISE_USER} pr"), true),
        // Multi-valued: any value; complex: its `value`.
        (r#"emails eq "BABS@jensen.org""#, true),
        (r#"emails.type eq "home""#, true),
        (r#"emails.type ne "home""#, true),
        (r#"emails.type eq "other""#, false),
        (r#"not (emails.type eq "other")"#, true),
        (r#"colours eq "red""#, true),
        // One and the same value.
        (r#"emails[type eq "home" and value co "example"]"#, false),
        (r#"emails[type eq "work" and value co "example"]"#, true),
        (r#"emails[not (primary eq true)]"#, true),
        (r#"emails.type eq "home" and emails co "example""#, true),
        (r#"name[familyName eq "strasse"]"#, true),
        (r#"schemas[value sw "urn:ietf"]"#, true),
        // Types.
        ("active eq true", true),
        (r#"active eq "true""#, false),
        (r#"active ne "true""#, true),
        ("active ne true", false),
        (r#"x509Certificates eq "MIIDQzCCAqyg""#, true),
        (r#"x509Certificates eq "miidqzccaqyg""#, false),
        // URNs.
        (&format!("{USER}:userName eq \"bjensen\""), true),
        (&format!("{department} eq \"tours\""), true),
        (&format!("{ENTERPRISE_USER}:manager eq \"26118915\""), true),
        (&format!("{ENTERPRISE_USER}:manager.value pr"), true),
        (r#"department eq "tours""#, false),
    ] {
        assert_eq!(parse(text).matches(&user, &schema), Ok(matches), "{text}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused_whatever_the_resource_holds() {
    let schema = ResourceSchema::user();
    for text in [
        "active gt true",
        "active co \"t\"",
        "x509Certificates gt \"a\"",
        "emails[primary lt true]",
        "emails.primary ge false",
        "name eq \"x\"",
        "userName gt 5",
        "userName gt null",
        "meta.created gt \"yesterday\"",
        "title pr or active gt true",
    ] {
        let error = parse(text).matches(&Resource::new(), &schema).unwrap_err();
        assert!(
            matches!(error, FilterError::Unsupported { .. }),
            "{text}: {error}"
        );
    }
    let error = parse("active gt true").check(&schema).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"gt\" cannot be used on active: a boolean has no order"
    );
}

#[test]
fn evaluation_over_a_source() {
    let Value::Object(row) = json!({
        "role": ["editor", "author"],
        "age": 40,
        "active": true,
        "mail": "Babs@example.com",
        "empty": [],
        "org": { "unit": "R&D", "site": null },
        "posts": [{ "n": 1, "tag": "a" }, { "n": 2, "tag": "b" }],
        "_meta": "x",
    }) else {
        panic!("an object");
    };
    for (text, matches) in [
        (r#"role eq "editor""#, true),
        (r#"role eq "Editor""#, false),
        (r#"Role eq "editor""#, false),
        (r#"mail ew "@example.com""#, true),
        (r#"mail ew "@EXAMPLE.com""#, false),
        ("age ge 40", true),
        ("age eq 40.0", true),
        (r#"age eq "40""#, false),
        (r#"age ne "40""#, false),
        ("age ne 41", true),
        (r#"age co "4""#, false),
        ("active eq true", true),
        ("active gt false", false),
        (r#"active eq "true""#, false),
        ("mail gt \"A\"", true),
        (r#"org.unit eq "R&D""#, true),
        ("org.site pr", false),
        ("org pr", true),
        ("empty pr", false),
        ("empty eq null", true),
        ("nothing eq null", true),
        ("role eq null", false),
        ("role ne null", true),
        (r#"nothing ne "x""#, true),
        (r#"nothing gt "x""#, false),
        ("posts.n eq 2", true),
        (r#"posts[n eq 2 and tag eq "a"]"#, false),
        (r#"posts[n eq 2 and tag eq "b"]"#, true),
        ("_meta pr and not (role eq \"admin\")", true),
    ] {
        assert_eq!(parse(text).matches_json(&row), matches, "{text}");
    }
    assert!(!parse("a pr").matches_json(&Map::new()));
}
