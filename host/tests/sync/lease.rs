//! Leases and fencing in the store: time is an argument, nobody waits.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use purser_engine::{
    change::Member,
    ids::{MappingName, ObjectKey, RunId, TargetId},
    operation::Trigger,
    situation::Situation,
};
use purser_host::store::{
    Audit, Begin, Begun, Claimed, Class, Detail, Fence, HandOver, Job, Leased, Outcome, Retry,
    RunMode, RunState, Settlement, Store, sqlite::SqliteStore,
};
use serde_json::json;

/// So many seconds into the test.
fn second(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_790_000_000 + n)
}

struct Shelf {
    store: SqliteStore,
    run: RunId,
    folder: tempfile::TempDir,
}

fn mapping() -> MappingName {
    "people".into()
}

impl Shelf {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("purser.db")).unwrap();
        let run = store
            .start_run(&mapping(), RunMode::Run, Trigger::Manual, second(0))
            .await
            .unwrap();
        Self { store, run, folder }
    }

    async fn queue(&self, id: &str, class: Class) {
        let key = ObjectKey::new("user", id);
        self.store
            .enqueue(self.run, &mapping(), &key, class, second(0))
            .await
            .unwrap();
    }

    /// Claims up to `limit` jobs for ten seconds.
    async fn claim(&self, limit: usize, at: i64) -> Claimed {
        self.store
            .claim_jobs(self.run, limit, second(at), second(at + 10))
            .await
            .unwrap()
    }

    async fn jobs(&self, limit: usize, at: i64) -> Vec<Arc<Job>> {
        match self.claim(limit, at).await {
            Claimed::Jobs(jobs) => jobs,
            other => panic!("jobs, not {other:?}"),
        }
    }

    /// The only job.
    async fn job(&self, at: i64) -> Arc<Job> {
        let mut jobs = self.jobs(10, at).await;
        assert_eq!(jobs.len(), 1);
        jobs.remove(0)
    }

    async fn settle(&self, job: &Arc<Job>, at: i64) -> Leased {
        self.store
            .settle(Arc::new(settlement(job, at)))
            .await
            .unwrap()
    }

    /// What the audit says, oldest first.
    fn audit(&self) -> Vec<(String, String)> {
        let database = rusqlite::Connection::open(self.folder.path().join("purser.db")).unwrap();
        database
            .prepare("SELECT id, effects FROM audit ORDER BY seq")
            .unwrap()
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }
}

fn settlement(job: &Arc<Job>, at: i64) -> Settlement {
    Settlement {
        job: job.clone(),
        target: "wiki".into(),
        at: second(at),
        outcome: Outcome::Parked {
            situation: Situation::Absent,
            reason: "as a test wants it".to_owned(),
            waits_for: None,
            forget_intent: false,
            unique: None,
            refusal: None,
        },
        edges: None,
        references: None,
        again: false,
    }
}

fn begin(job: &Arc<Job>, at: i64) -> Begin {
    Begin {
        job: job.clone(),
        target: "wiki".into(),
        resource_type: "User".into(),
        unique: vec![("userName".to_owned(), "ann".to_owned())],
        keys: Vec::new(),
        intent: Some(purser_engine::Digest::of_json(&json!("a projection"))),
        at: second(at),
    }
}

fn retry(job: &Arc<Job>, at: i64) -> Retry {
    Retry {
        job: job.clone(),
        at: second(at),
        not_before: second(at),
        error: "a test".to_owned(),
        forget_intent: true,
    }
}

fn sent(job: &Arc<Job>, at: i64) -> HandOver {
    HandOver {
        job: job.clone(),
        at: second(at),
        audit: Audit {
            target_id: None,
            situation: Situation::Linked,
            effects: "verify".to_owned(),
            detail: Detail::Attributes {
                attributes: Vec::new(),
            },
        },
        members: Vec::new(),
    }
}

#[tokio::test]
async fn a_lease_is_one_workers_until_it_passes_and_numbers_only_grow() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    let first = shelf.job(0).await;
    assert!(!first.verify);
    let Claimed::NotBefore(time) = shelf.claim(10, 9).await else {
        panic!("somebody has it")
    };
    assert_eq!(time, second(10), "its lease passes then");
    let second_claim = shelf.job(10).await;
    assert!(second_claim.fence > first.fence);
    assert!(
        second_claim.verify,
        "the first may have sent something: what stands there is read first"
    );
    assert_eq!(second_claim.attempt, 1);
    assert_eq!(shelf.settle(&second_claim, 19).await, Leased::Ours(()));
    assert!(matches!(shelf.claim(10, 19).await, Claimed::Nothing));
    // A job that comes again, and a process that starts anew, do not bring old numbers back.
    shelf.queue("1", Class::User).await;
    let path = shelf.folder.path().join("purser.db");
    let Shelf {
        store,
        run,
        folder: _folder,
    } = shelf;
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let again = store
        .claim_jobs(run, 1, second(20), second(30))
        .await
        .unwrap();
    let Claimed::Jobs(jobs) = again else {
        panic!("{again:?}")
    };
    assert!(jobs[0].fence > second_claim.fence);
}

/// Whether the job of another worker stands as before a stale one spoke.
async fn untouched(shelf: &Shelf, owner: &Arc<Job>, at: i64) {
    assert!(
        matches!(shelf.claim(10, at).await, Claimed::NotBefore(_)),
        "the owner still has it"
    );
    assert_eq!(
        shelf.store.status(&mapping()).await.unwrap().open_intents,
        1,
        "the owner's intent stands"
    );
    assert_eq!(
        shelf.store.begin(vec![begin(owner, at)]).await.unwrap(),
        [Begun::Ready]
    );
}

#[tokio::test]
async fn whoever_lost_the_lease_is_not_heard() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    let stale = shelf.job(0).await;
    let owner = shelf.job(10).await;
    assert_eq!(
        shelf.store.begin(vec![begin(&owner, 11)]).await.unwrap(),
        [Begun::Ready]
    );
    let store = &shelf.store;
    // Also where its clock stands still.
    for at in [5, 12] {
        assert_eq!(shelf.settle(&stale, at).await, Leased::Fenced);
        assert_eq!(
            store.retry(retry(&stale, at)).await.unwrap(),
            Leased::Fenced
        );
        assert_eq!(
            store.begin(vec![begin(&stale, at)]).await.unwrap(),
            [Begun::Fenced],
            "a stale worker must not send"
        );
        assert_eq!(
            store
                .mark_gone(&stale, second(at), second(at))
                .await
                .unwrap(),
            Leased::Fenced
        );
        let member = Member {
            object: ObjectKey::new("user", "2"),
            target_id: TargetId::new("t2"),
        };
        assert_eq!(
            store
                .begin_members(&stale, second(at), vec![member.clone()])
                .await
                .unwrap(),
            Leased::Fenced
        );
        assert_eq!(
            store
                .remember_found_members(&stale, second(at), vec![member.target_id])
                .await
                .unwrap(),
            Leased::Fenced
        );
        let renewed = store
            .renew(shelf.run, stale.fence, second(at), second(at + 10))
            .await
            .unwrap();
        assert_eq!(renewed, Leased::Fenced);
        let unsent = vec![stale.key.clone()];
        store.release(vec![stale.clone()], unsent).await.unwrap();
        untouched(&shelf, &owner, 12).await;
    }
    assert!(
        shelf
            .store
            .status(&mapping())
            .await
            .unwrap()
            .parked
            .is_empty()
    );
    assert_eq!(shelf.settle(&owner, 13).await, Leased::Ours(()));
}

#[tokio::test]
async fn a_lease_that_passed_is_over_also_where_nobody_took_the_job() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    let job = shelf.job(0).await;
    assert_eq!(
        shelf.store.begin(vec![begin(&job, 1)]).await.unwrap(),
        [Begun::Ready]
    );
    assert_eq!(shelf.settle(&job, 10).await, Leased::Fenced);
    assert_eq!(
        shelf.store.retry(retry(&job, 10)).await.unwrap(),
        Leased::Fenced
    );
    // It sent something and says so: the job itself becomes the verification.
    shelf.store.hand_over(vec![sent(&job, 11)]).await.unwrap();
    let verify = shelf.job(11).await;
    assert!(verify.verify && verify.fence > job.fence);
    assert!(verify.triggers.contains("verify"), "{}", verify.triggers);
    assert_eq!(shelf.audit(), [("1".to_owned(), "verify".to_owned())]);
    assert_eq!(shelf.settle(&verify, 12).await, Leased::Ours(()));
    assert!(matches!(shelf.claim(10, 12).await, Claimed::Nothing));
}

#[tokio::test]
async fn to_say_that_nothing_was_sent_the_number_is_enough() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    let job = shelf.job(0).await;
    assert_eq!(
        shelf.store.begin(vec![begin(&job, 1)]).await.unwrap(),
        [Begun::Ready]
    );
    let unsent = vec![job.key.clone()];
    shelf.store.release(vec![job], unsent).await.unwrap();
    assert_eq!(
        shelf.store.status(&mapping()).await.unwrap().open_intents,
        0
    );
    let again = shelf.job(11).await;
    assert!(
        !again.verify && again.attempt == 0,
        "as if it had never been claimed"
    );
}

#[tokio::test]
async fn what_was_sent_is_verified_after_whoever_works_on_it_now() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    let stale = shelf.job(0).await;
    let owner = shelf.job(10).await;
    shelf.store.hand_over(vec![sent(&stale, 11)]).await.unwrap();
    assert!(matches!(shelf.claim(10, 11).await, Claimed::NotBefore(_)));
    assert_eq!(shelf.settle(&owner, 12).await, Leased::Ours(()));
    let verify = shelf.job(12).await;
    assert!(verify.verify);
    assert_eq!(shelf.settle(&verify, 13).await, Leased::Ours(()));
    // And where the owner has ended it already.
    shelf.store.hand_over(vec![sent(&stale, 14)]).await.unwrap();
    assert!(shelf.job(14).await.verify);
}

#[tokio::test]
async fn a_renewed_lease_lasts_and_a_passed_one_cannot_be_renewed() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    shelf.queue("2", Class::User).await;
    let jobs = shelf.jobs(10, 0).await;
    let renew = async |at: i64| {
        shelf
            .store
            .renew(shelf.run, jobs[0].fence, second(at), second(at + 10))
            .await
            .unwrap()
    };
    assert_eq!(renew(9).await, Leased::Ours(()));
    assert!(matches!(shelf.claim(10, 15).await, Claimed::NotBefore(_)));
    for job in &jobs {
        assert_eq!(shelf.settle(job, 18).await, Leased::Ours(()));
    }
    shelf.queue("3", Class::User).await;
    let last = shelf.job(20).await;
    let late = shelf
        .store
        .renew(shelf.run, last.fence, second(30), second(40))
        .await
        .unwrap();
    assert_eq!(late, Leased::Fenced);
    assert_eq!(last.fence, Fence(jobs[0].fence.0 + 1));
}

#[tokio::test]
async fn a_class_waits_for_lower_ones_that_are_under_way() {
    let shelf = Shelf::new().await;
    for (id, class) in [
        ("1", Class::Deactivate),
        ("2", Class::Deactivate),
        ("3", Class::User),
        ("4", Class::Delete),
    ] {
        shelf.queue(id, class).await;
    }
    let a = shelf.jobs(1, 0).await;
    let b = shelf.jobs(1, 0).await;
    assert_eq!(
        (a[0].key.id.as_str(), b[0].key.id.as_str()),
        ("1", "2"),
        "one class side by side"
    );
    assert_eq!(shelf.settle(&a[0], 1).await, Leased::Ours(()));
    assert!(
        matches!(shelf.claim(1, 1).await, Claimed::NotBefore(_)),
        "nobody is created before all leavers are locked out"
    );
    assert_eq!(shelf.settle(&b[0], 1).await, Leased::Ours(()));
    let user = shelf.job(1).await;
    assert_eq!(user.key.id.as_str(), "3");
    assert!(
        matches!(shelf.claim(1, 1).await, Claimed::NotBefore(_)),
        "deletions come last"
    );
    // Whoever was woken meanwhile does not wait for what comes later.
    assert_eq!(shelf.settle(&user, 2).await, Leased::Ours(()));
    let deletion = shelf.job(2).await;
    shelf.queue("5", Class::User).await;
    assert_eq!(shelf.job(2).await.key.id.as_str(), "5");
    assert_eq!(deletion.key.id.as_str(), "4");
}

#[tokio::test]
async fn verifications_outlive_a_run_that_was_cut_short() {
    let shelf = Shelf::new().await;
    shelf.queue("1", Class::User).await;
    shelf.queue("2", Class::User).await;
    let jobs = shelf.jobs(10, 0).await;
    shelf
        .store
        .hand_over(vec![sent(&jobs[0], 1)])
        .await
        .unwrap();
    shelf
        .store
        .end_run(shelf.run, RunState::Failed, second(2), json!({}))
        .await
        .unwrap();
    // A simulation does nothing, so it leaves them to the next run.
    let simulation = shelf
        .store
        .start_run(&mapping(), RunMode::Plan, Trigger::Manual, second(3))
        .await
        .unwrap();
    let nothing = shelf
        .store
        .claim_jobs(simulation, 10, second(3), second(13))
        .await
        .unwrap();
    assert!(matches!(nothing, Claimed::Nothing), "{nothing:?}");
    let next = shelf
        .store
        .start_run(&mapping(), RunMode::Run, Trigger::Manual, second(4))
        .await
        .unwrap();
    let claimed = shelf
        .store
        .claim_jobs(next, 10, second(4), second(14))
        .await
        .unwrap();
    let Claimed::Jobs(left) = claimed else {
        panic!("{claimed:?}")
    };
    let ids: Vec<&str> = left.iter().map(|job| job.key.id.as_str()).collect();
    assert_eq!(ids, ["1"], "the other is planned anew");
    assert!(left[0].verify);
}
