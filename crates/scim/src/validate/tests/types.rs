use super::*;

/// RFC 7643 §2.3, table 1.
#[test]
fn values_of_the_types_of_the_rfc() {
    let all = json!({
        "flag": false,
        "count": -5,
        "rate": 0.25,
        "since": "2008-01-23T04:56:22Z",
        "key": "Zm9v",
        "link": "../Users/1",
        "tags": ["a"],
        "owner": { "role": "user" },
        "parts": [{ "name": "wheel" }],
    });
    created(thing(all.clone()), thing(all));
    for same in [
        json!({ "rate": 5 }),
        json!({ "count": u64::MAX }),
        json!({ "since": "2008-01-23T04:56:22.5-05:00" }),
        json!({ "key": "-_8" }),
    ] {
        created(thing(same.clone()), thing(same));
    }
}

#[test]
fn values_of_other_types() {
    for (wrong, words) in [
        (json!({ "flag": "yes" }), "flag is of type boolean"),
        (json!({ "flag": 1 }), "flag"),
        (json!({ "count": 1.5 }), "count is of type integer"),
        (json!({ "count": "1.5" }), "count"),
        (json!({ "count": "five" }), "count"),
        (json!({ "count": 1e300 }), "count"),
        (json!({ "count": true }), "count"),
        (json!({ "rate": "a lot" }), "rate is of type decimal"),
        (json!({ "rate": false }), "rate"),
        (json!({ "since": "2008-01-23" }), "since is no xsd:dateTime"),
        (json!({ "since": "" }), "since"),
        (json!({ "since": 1_200_000_000 }), "since"),
        (json!({ "key": "§" }), "key is not base64"),
        (json!({ "key": 5 }), "key"),
        (json!({ "link": 5 }), "link is of type reference"),
        (json!({ "link": ["a", "b"] }), "link"),
        (json!({ "owner": true }), "owner is of type complex"),
        (
            json!({ "owner": [{ "role": "a" }, { "role": "b" }] }),
            "owner",
        ),
        (json!({ "owner": { "role": { "x": 1 } } }), "owner.role"),
        (json!({ "tags": { "x": "y" } }), "tags"),
        (json!({ "tags": ["a", { "x": "y" }] }), "tags"),
        (json!({ "parts": [true] }), "parts"),
        (json!({ "parts": [{ "name": ["a", "b"] }] }), "parts.name"),
        (
            json!({ "parts": [{ "name": "a", "primary": "x" }] }),
            "parts.primary",
        ),
        (json!({ EXTRA: "red" }), EXTRA),
        (json!({ EXTRA: { "colour": ["a", "b"] } }), "Extra:colour"),
    ] {
        refused_both(thing(wrong), &ScimType::InvalidValue, words);
    }
}

#[test]
fn nul_is_no_character_of_a_text() {
    for wrong in [
        json!({ "tags": ["a\0b"] }),
        json!({ "link": "a\0" }),
        json!({ "owner": { "role": "\0" } }),
    ] {
        refused_both(thing(wrong), &ScimType::InvalidValue, "NUL");
    }
}

#[test]
fn errors_name_attributes_and_no_values() {
    for body in [
        thing(json!({ "since": "SECRET" })),
        thing(json!({ "key": "S.E.C.R.E.T" })),
        thing(json!({ "count": "SECRET" })),
        thing(json!({ "tags": [{ "SECRET": "SECRET" }] })),
        thing(json!({ "SECRET value": "SECRET" })),
        thing(json!({ "owner": { "role": "x", "SECRET value": 1 } })),
        thing(json!({ "schemas": ["SECRET"] })),
        thing(json!({ "schemas": "SECRET" })),
    ] {
        let error = create(resource(body), &things(), Tolerance::Strict).unwrap_err();
        assert!(!error.detail.contains("SECRET"), "{error}");
        assert!(!error.detail.contains("S.E"), "{error}");
    }
}
