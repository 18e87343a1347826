//! What a projection takes from a mapping, and refuses.

use super::*;

#[test]
fn a_projection_takes_references_out_and_refuses_what_it_cannot_use() {
    let schema = ResourceSchema::user();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let projection = Projection::new(
        &object(true),
        mapped(json!({
            "id": "mine", "meta": {"version": "1"}, "userName": "jdoe", "favouriteColour": "blue",
            "groups": [{"value": "role:editor"}, {"value": "role:editor"}],
            (enterprise): {"manager": {"value": "user:3"}, "department": "R&D"},
        })),
        Vec::new(),
        &schema,
    )
    .unwrap();
    assert_eq!(projection.edges.len(), 1);
    assert_eq!(projection.references.len(), 1);
    assert_eq!(projection.references[0].to, ObjectKey::new("user", "3"));
    assert_eq!(projection.dropped, ["favouriteColour"]);
    let body = projection.for_create().as_value();
    let expected = json!({"schemas": [USER, enterprise], "userName": "jdoe", (enterprise): {"department": "R&D"}});
    assert_eq!(body, expected);

    let refuse =
        |value| Projection::new(&object(true), mapped(value), Vec::new(), &schema).unwrap_err();
    assert_eq!(
        refuse(json!({"displayName": "J"})),
        ProjectionError::Missing("userName".to_owned())
    );
    assert_eq!(
        refuse(json!({"userName": "jdoe", "groups": [{"value": "editor"}]})),
        ProjectionError::Reference {
            attribute: "groups".to_owned()
        }
    );
}
