//! Lost answers at targets that show late what they made, and that would take a
//! second one: nothing is ever made twice in silence.

use std::{collections::BTreeMap, time::Duration};

use purser_engine::{effect::Effect, ids::ObjectKey, situation::Situation};
use purser_host::sync::one::{Wish, one};
use serde_json::json;

use super::{
    fakes::{Mishap, World},
    person,
};

/// How long new resources are hidden, and how long Purser is told to wait for them.
const HIDDEN: Duration = Duration::from_millis(300);
const DELAY: Duration = Duration::from_millis(900);
/// Nothing is ever shown.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// One person, whose create is lost on the way back.
fn lost(hidden: Duration, delay: Duration) -> World {
    let mut world = World::new();
    world.wiring.visibility_delay = delay;
    world.target.hide(hidden);
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.target.mishaps([Mishap::LoseAnswer]);
    world
}

async fn created(world: &World) -> u64 {
    let links = world.status().await.links;
    links["User"].get("created").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_up_late_is_waited_for_and_ours() {
    for shares_names in [false, true] {
        let world = lost(HIDDEN, DELAY);
        if shares_names {
            world.target.share_names();
        }
        let report = world.run().await;
        assert_eq!(world.target.writes(), ["create ann"], "sent once");
        assert_eq!((report.parked, created(&world).await), (0, 1));
        assert_eq!(world.status().await.open_intents, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found_is_not_sent_again_where_the_target_would_take_a_second_one() {
    let world = lost(FOR_EVER, Duration::ZERO);
    world.target.share_names();
    world.target.unlist();
    for _ in 0..2 {
        let report = world.run().await;
        assert_eq!((report.parked, world.target.count("User")), (1, 1));
        let parked = &world.status().await.parked[0];
        assert_eq!(parked.situation, Situation::UnknownOutcome);
        insta::allow_duplicates!(
            insta::assert_snapshot!(parked.reason, @"the answer to its create was lost and nothing that matches can be found, but the target would take a second one; look there: if it has it, correct it so that it matches, if not, `purser sync MAPPING --object user:1 --allow create=1` sends it again")
        );
    }
    // It shows up after all.
    world.target.hide(Duration::ZERO);
    let report = world.run().await;
    assert_eq!((report.parked, created(&world).await), (0, 1));
    assert_eq!(world.target.writes(), ["create ann"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_listing_after_the_delay_proves_that_it_is_not_there() {
    let world = lost(HIDDEN, DELAY);
    world.target.share_names();
    world.target.blind(true);
    world.run().await;
    world.target.blind(false);
    let id = world.target.by("User", "userName", "ann")["id"].clone();
    world.target.uproot("User", id.as_str().unwrap());
    let report = world.run().await;
    assert_eq!((report.parked, world.target.count("User")), (0, 1));
    assert_eq!(created(&world).await, 1);
}

/// A quotation mark in a name is enough for some.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_listing_answers_where_the_target_does_not_understand_the_question() {
    for arrived in [true, false] {
        let world = lost(Duration::ZERO, Duration::ZERO);
        world.target.share_names();
        world.target.deaf();
        let report = world.run().await;
        assert_eq!(report.parked, 1, "before its create there was no answer");
        if !arrived {
            let id = world.target.by("User", "userName", "ann")["id"].clone();
            world.target.uproot("User", id.as_str().unwrap());
        }
        let report = world.run().await;
        assert_eq!((report.parked, created(&world).await), (0, 1));
        assert_eq!(world.target.count("User"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_has_looked_may_have_it_sent_again() {
    let world = lost(FOR_EVER, Duration::ZERO);
    world.target.share_names();
    world.target.unlist();
    world.run().await;
    let id = world.target.by("User", "userName", "ann")["id"].clone();
    world.target.uproot("User", id.as_str().unwrap());
    let wish = Wish::Object(ObjectKey::new("user", "1"));
    let report = |allow| one(&world.wiring, &wish, allow, false);
    report(BTreeMap::new()).await.unwrap();
    assert_eq!(world.target.count("User"), 0, "not without a word");
    report(BTreeMap::from([(Effect::Create, 1)])).await.unwrap();
    assert_eq!((world.target.count("User"), created(&world).await), (1, 1));
    assert_eq!(world.status().await.parked.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_target_is_asked_again_and_its_conflict_says_that_it_is_there() {
    let world = lost(FOR_EVER, Duration::ZERO);
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.target.count("User"), 1);
    let status = world.status().await;
    assert_eq!(status.parked[0].situation, Situation::UnknownOutcome);
    assert!(
        status.parked[0]
            .reason
            .ends_with("raise the target's visibility_delay_seconds, or look there"),
        "{}",
        status.parked[0].reason
    );
    world.target.hide(Duration::ZERO);
    world.run().await;
    assert_eq!((world.target.count("User"), created(&world).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_is_no_protection_against_a_second_one() {
    let world = lost(FOR_EVER, Duration::ZERO);
    world.target.unlist();
    world.target.blind(true);
    world.run().await;
    world.target.blind(false);
    // Her name changes before anybody knows what became of the first create.
    world.source.put("user", vec![person("1", "anna", &[])]);
    let report = world.run().await;
    assert_eq!((report.parked, world.target.count("User")), (1, 1));
    assert_eq!(
        world.status().await.parked[0].situation,
        Situation::UnknownOutcome
    );
    world.target.hide(Duration::ZERO);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "anna")["externalId"],
        json!("1"),
        "found by what was sent, and renamed"
    );
    assert_eq!(world.target.count("User"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_made_meanwhile_is_not_taken_for_ours() {
    let world = lost(FOR_EVER, Duration::ZERO);
    world.target.share_names();
    world.target.unlist();
    world.target.plant(
        "User",
        "x1",
        json!({"userName": "someone", "externalId": "theirs", "active": true}),
    );
    world.run().await;
    world.target.plant(
        "User",
        "x1",
        json!({"userName": "ann", "externalId": "theirs", "active": true}),
    );
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(
        world.target.by("User", "externalId", "theirs")["title"],
        json!(null),
        "left alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_without_what_is_young_does_not_break_its_link() {
    let mut world = World::new();
    world.wiring.visibility_delay = FOR_EVER;
    world.target.hide(FOR_EVER);
    world.target.share_names();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    let again = world.run().await;
    assert_eq!((again.planned.in_step, world.target.count("User")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_whose_account_shows_up_late_does_not_stay_open() {
    let world = lost(HIDDEN, DELAY);
    world.target.blind(true);
    world.run().await;
    world.target.blind(false);
    world.source.put("user", vec![]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
}
