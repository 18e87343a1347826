//! The power fails at each place between durable steps: no duplicate, nothing
//! lost, nothing of ours taken for adopted, and the same state in the end.
//!
//! Each step has a story of its own: two exports, cut at each moment of the step
//! wherever it comes by, then run to the end. Stories of steps that a healthy
//! target does not cause make trouble first.

use anyhow::{Context, Result};
use purser_host::failpoint::{Moment, Step};
use purser_tests::{
    dataset::{Dataset, Version},
    long,
    proxy::{Fault, Trouble},
    purser::{MAPPING, Outcome},
    scene::{Leavers, Scene},
    server::{Foreign, Kind},
};
use serde_json::json;

use super::failure::{hostile, use_component};

/// The signal by which a process ends itself.
const SIGABRT: i32 = 6;

type Site = Scene<Box<dyn Foreign>>;

/// A site with all that can happen: leavers, a name that is freed and waited
/// for, groups that come and go. A small one before a foreign server; the soak's
/// large ones before our own, which is quick.
fn site() -> Result<Site> {
    let accounts = u32::try_from(long::number("ACCOUNTS", 60)?)?;
    let dataset = Dataset::changing(accounts, 2, "0.3")?;
    let server = if long::is_soak() {
        Kind::Demo
    } else {
        Kind::Scim2Server
    };
    Scene::around(dataset, Leavers::Delete, |folder| server.start(folder))
}

/// Cuts a run at each moment of the step, after `before` has prepared each;
/// answers at which it was cut.
fn cut(
    scene: &Site,
    step: Step,
    before: impl Fn(&Site) -> Result<()>,
    run: impl Fn(&Site, &str) -> Result<Outcome>,
) -> Result<Vec<bool>> {
    cut_at(scene, step, step.moments().iter(), before, run)
}

fn cut_at<'m>(
    scene: &Site,
    step: Step,
    moments: impl Iterator<Item = &'m Moment>,
    before: impl Fn(&Site) -> Result<()>,
    run: impl Fn(&Site, &str) -> Result<Outcome>,
) -> Result<Vec<bool>> {
    let cut_at = |moment: &Moment| {
        before(scene)?;
        let outcome = run(scene, &format!("{}.{}", step.name(), moment.name()))?;
        Ok(outcome.signal == Some(SIGABRT))
    };
    let cuts: Vec<bool> = moments.map(cut_at).collect::<Result<_>>()?;
    let landed = cuts.iter().filter(|cut| **cut).count();
    long::note(&json!({ "step": step.name(), "cuts": landed }))?;
    Ok(cuts)
}

fn quiet(_: &Site) -> Result<()> {
    Ok(())
}

fn run(scene: &Site, place: &str) -> Result<Outcome> {
    scene.run_allowed(Some(place))
}

/// Goes on undisturbed until everything is in step.
fn finish(scene: &Site, version: Version) -> Result<()> {
    scene.run_allowed(None)?.expect(scene.code(version))?;
    scene.compare(version)
}

/// Nothing more to do, each account made once.
fn at_rest(scene: &Site, created: u64) -> Result<()> {
    let seen = scene.proxy.counts();
    assert_eq!(
        seen.users_created,
        scene.dataset.expected_users()? + created,
        "each account was created once"
    );
    scene.nothing_adopted()?;
    scene
        .run_allowed(None)?
        .expect(scene.code(Version::Second))?;
    assert_eq!(scene.proxy.counts().writes, 0, "all of it is remembered");
    Ok(())
}

/// Both exports, cut wherever the step comes by. The moments of the second one in turn
/// from the last to the first: what a run has nothing to do for does not come by, and the
/// first run of each export finds the target as it was left.
fn everyday(step: Step) -> Result<()> {
    let mut scene = site()?;
    let first = cut(&scene, step, quiet, run)?;
    finish(&scene, Version::First)?;
    scene.advance()?;
    let mut second = cut_at(&scene, step, step.moments().iter().rev(), quiet, run)?;
    second.reverse();
    finish(&scene, Version::Second)?;
    let never = first
        .iter()
        .zip(&second)
        .any(|(first, second)| !first && !second);
    assert!(
        !never,
        "a moment of {step:?} never came by: {first:?}, {second:?}"
    );
    at_rest(&scene, scene.dataset.expected("create")?)
}

fn each(steps: &[Step]) -> Result<()> {
    for step in steps {
        everyday(*step).with_context(|| format!("cut at {step:?}"))?;
    }
    Ok(())
}

/// Steps that every run comes by.
const READING: [Step; 7] = [
    Step::StartRun,
    Step::StagePage,
    Step::FinishSource,
    Step::StageListing,
    Step::FinishListing,
    Step::SavePlan,
    Step::ClearStale,
];
const DOING: [Step; 8] = [
    Step::ApprovePlan,
    Step::Claim,
    Step::Begin,
    Step::BeginMembers,
    Step::Request,
    Step::Settle,
    Step::FreeClaims,
    Step::EndRun,
];
/// Steps with a story of their own: below, in `lease.rs`, and those of the service
/// provider in `tests/provider/cut.rs`, and of events in `tests/wordpress/events.rs`.
const SPECIAL: [Step; 14] = [
    Step::Renew,
    Step::HandOver,
    Step::Enqueue,
    Step::RememberMembers,
    Step::Retry,
    Step::Release,
    Step::MarkGone,
    Step::Suspend,
    Step::Postpone,
    Step::DirectoryWrite,
    Step::Token,
    Step::Index,
    Step::ForgetChanged,
    Step::NoteEvents,
];

#[test]
fn every_step_has_its_story() {
    for (step, name) in Step::ALL {
        let told = [&READING[..], &DOING, &SPECIAL].concat().contains(step);
        assert!(told, "nobody cuts at {name}");
    }
}

#[test]
fn while_both_sides_are_read() -> Result<()> {
    each(&READING)
}

#[test]
fn while_jobs_are_done() -> Result<()> {
    each(&DOING)
}

/// The first export, cut at each moment of a step that only this answer to the
/// third create causes; then to the end of the second.
fn answered(step: Step, status: u16) -> Result<()> {
    let mut scene = site()?;
    let trouble = |scene: &Site| {
        scene
            .proxy
            .trouble(Fault::new("POST /Users", 3, Trouble::Answer(status)));
        Ok(())
    };
    let cuts = cut(&scene, step, trouble, run)?;
    assert_eq!(cuts, [true; 3]);
    finish(&scene, Version::First)?;
    scene.advance()?;
    finish(&scene, Version::Second)?;
    at_rest(&scene, scene.dataset.expected("create")?)
}

#[test]
fn while_a_job_is_put_back() -> Result<()> {
    answered(Step::Retry, 503)
}

#[test]
fn while_a_run_is_given_up() -> Result<()> {
    answered(Step::Release, 401)
}

#[test]
fn while_a_lost_group_is_remembered() -> Result<()> {
    let mut scene = site()?;
    scene
        .run_allowed(None)?
        .expect(scene.code(Version::First))?;
    scene.advance()?;
    let vanish = |scene: &Site| {
        scene
            .proxy
            .trouble(Fault::new("PATCH /Groups", 1, Trouble::Vanish));
        Ok(())
    };
    // A group and no account: this server leaves deleted accounts in their groups.
    let cuts = cut(&scene, Step::MarkGone, vanish, run)?;
    assert_eq!(cuts, [true; 3]);
    finish(&scene, Version::Second)?;
    at_rest(&scene, scene.dataset.expected("create")?)
}

#[test]
fn while_one_object_is_asked_for() -> Result<()> {
    let mut scene = site()?;
    scene
        .run_allowed(None)?
        .expect(scene.code(Version::First))?;
    scene.advance()?;
    let cuts = cut(&scene, Step::Enqueue, quiet, |scene, place| {
        scene
            .purser
            .call_cut(&["sync", MAPPING, "--object", "user:7"], place)
    })?;
    assert_eq!(cuts, [true; 3]);
    finish(&scene, Version::Second)?;
    at_rest(&scene, scene.dataset.expected("create")?)
}

/// A component fails on everybody until it is suspended, and somebody asks for
/// one object meanwhile; then it is what it was.
#[test]
fn while_a_component_is_suspended() -> Result<()> {
    let mut scene = site()?;
    finish(&scene, Version::First)?;
    scene.advance()?;
    let well = scene.purser.config.clone();
    use_component(&mut scene, &hostile()?, "trap")?;
    let cuts = cut(&scene, Step::Suspend, quiet, run)?;
    assert_eq!(cuts, [true; 3]);
    for _ in 0..3 {
        scene.run_allowed(None)?.expect(5)?;
    }
    let status = scene.purser.status()?;
    assert_eq!(status[MAPPING]["suspended"]["failures"], 3, "{status}");
    let cuts = cut(&scene, Step::Postpone, quiet, |scene, place| {
        // Somebody who is in both exports.
        let arguments = ["sync", MAPPING, "--object", "user:1"];
        scene.purser.call_cut(&arguments, place)
    })?;
    assert_eq!(cuts, [true; 3]);

    scene.purser.config = well;
    scene.purser.write_config()?;
    finish(&scene, Version::Second)?;
    let status = scene.purser.status()?;
    assert!(status[MAPPING]["suspended"].is_null(), "{status}");
    at_rest(&scene, scene.dataset.expected("create")?)
}

#[test]
fn while_the_members_of_others_are_remembered() -> Result<()> {
    let mut scene = site()?;
    // A group that somebody made by hand before Purser came; it is matched by its name.
    let group: serde_json::Value = serde_json::from_str(
        scene
            .dataset
            .lines("expected_groups", Version::First)?
            .first()
            .context("no groups")?,
    )?;
    let display_name = group
        .get("displayName")
        .cloned()
        .context("a group without a name")?;
    scene.server.create(
        "Groups",
        &serde_json::json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": display_name,
        }),
    )?;
    let cuts = cut(&scene, Step::RememberMembers, quiet, run)?;
    assert_eq!(cuts, [true; 3]);
    finish(&scene, Version::First)?;
    scene.advance()?;
    finish(&scene, Version::Second)?;
    let status = scene.purser.status()?;
    assert_eq!(status[MAPPING]["links"]["Group"]["adopted"], 1, "{status}");
    assert!(
        status[MAPPING]["links"]["User"].get("adopted").is_none(),
        "{status}"
    );
    Ok(())
}
