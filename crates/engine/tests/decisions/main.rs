//! The decision table: every situation, with the policy's answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

mod drift;
mod failsafe;
mod leaving;
mod linked;
mod projection;
mod switches;
mod unlinked;

use std::collections::BTreeMap;

use purser_engine::{
    absence::{Absence, Complete, Evidence},
    change::{Action, Change, Origin},
    decide::{Begun, Correlation, Decision, Facts, Linked, Wanted, decide},
    effect::{Effect, Effects},
    failsafe::{Failsafe, Judgement},
    ids::{ObjectKey, ResourceType, RunId, TargetId},
    object::SourceObject,
    policy::{Absent, Found, LinkBroken, OutOfScope, Policy},
    projection::{Projection, ProjectionError},
    situation::Situation,
};
use purser_scim::{Resource, schema::ResourceSchema};
use serde_json::{Value, json};

const USER: &str = purser_scim::urn::USER;

/// The answer to a create was lost so long ago that its resource would be visible.
const LONG_AGO: Option<Begun> = Some(Begun {
    visible: true,
    repeatable: false,
});

fn key() -> ObjectKey {
    ObjectKey::new("user", "7")
}

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

fn object(active: bool) -> SourceObject {
    SourceObject {
        key: key(),
        resource_type: ResourceType::user(),
        active,
        roles: Vec::new(),
        attributes: serde_json::Map::new(),
    }
}

fn mapped(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn projection(value: Value) -> Wanted {
    Wanted::Projection(Box::new(
        Projection::new(
            &object(true),
            mapped(value),
            Vec::new(),
            &ResourceSchema::user(),
        )
        .unwrap(),
    ))
}

fn jdoe() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "jdoe", "active": true})
}

fn linked(written: Value, origin: Origin) -> Option<Linked> {
    Some(Linked {
        target_id: TargetId::new("t7"),
        origin,
        written: resource(written),
        gone: false,
        left: false,
    })
}

fn absence() -> Absence {
    let evidence = Evidence {
        counted: 0,
        expected: Some(0),
        reached_end: true,
        unchanged: true,
        ..Evidence::default()
    };
    Absence::from_enumeration(
        &Complete::verify(RunId(2), &evidence).unwrap(),
        key(),
        RunId(1),
    )
    .unwrap()
}

/// The facts of one case; the rest is as in most cases.
struct Case {
    wanted: Wanted,
    link: Option<Linked>,
    begun: Option<Begun>,
    correlation: Option<Correlation>,
    actual: Option<Resource>,
    policy: Policy,
}

impl Case {
    fn of(wanted: Wanted) -> Self {
        Self {
            wanted,
            link: None,
            begun: None,
            correlation: None,
            actual: None,
            policy: Policy::default(),
        }
    }

    fn decide(self) -> Decision {
        decide(Facts {
            object: &key(),
            resource_type: &ResourceType::user(),
            wanted: self.wanted,
            link: self.link,
            begun: self.begun,
            correlation: self.correlation,
            actual: self.actual,
            schema: &ResourceSchema::user(),
            policy: &self.policy,
        })
    }

    fn change(self) -> Change {
        match self.decide() {
            Decision::Change(change) => *change,
            other => panic!("a change was expected: {other:?}"),
        }
    }
}

fn found(value: Value) -> Option<Correlation> {
    Some(Correlation::One {
        target_id: TargetId::new("t9"),
        resource: resource(value),
    })
}
