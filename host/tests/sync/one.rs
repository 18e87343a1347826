//! One object on a person's word.

use std::collections::BTreeMap;

use purser_engine::ids::ObjectKey;
use purser_host::sync::one::{Outcome, Wish, one};
use serde_json::json;

use super::{fakes::World, person, role};

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_synchronised_on_demand_with_steps() {
    let world = World::new();
    world.source.put(
        "user",
        vec![person("1", "ann", &["editor"]), person("2", "bob", &[])],
    );
    world.source.put("role", vec![role("editor")]);
    let wish = Wish::Match("ANN".to_owned());
    let Outcome::Done(key, report) = one(&world.wiring, &wish, BTreeMap::new(), true)
        .await
        .unwrap()
    else {
        panic!("done")
    };
    assert_eq!(key, ObjectKey::new("user", "1"));
    assert_eq!(world.target.writes(), ["create ann"], "nobody else");
    let steps: Vec<String> = report.traces[0]
        .steps
        .iter()
        .map(|s| format!("{:?}: {}", s.step, s.text))
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @r#"
    Read: read from the source (active, line 1)
    Scope: in scope: not (dept eq "external")
    Map: mapped by attribute-map, with 1 memberships
    Match: not linked, and nothing at the target matches
    Decide: create (absent)
    Write: done: create
    "#);
    // The group comes later, and with it the membership.
    let role = Wish::Object(ObjectKey::new("role", "editor"));
    one(&world.wiring, &role, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(world.target.members("editor"), ["ann"]);
    // Gone: proven by a whole enumeration of her kind, nobody else is touched.
    world.source.put("user", vec![]);
    let gone = Wish::Object(ObjectKey::new("user", "1"));
    one(&world.wiring, &gone, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
    world.source.unproven.lock().unwrap().insert("user".into());
    let Outcome::Unproven(..) = one(&world.wiring, &gone, BTreeMap::new(), false)
        .await
        .unwrap()
    else {
        panic!("unproven")
    };
}
