//! A full reconcile: both sides are read whole, every object is decided, the
//! plan is stored row by row, and what is approved becomes jobs.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use purser_engine::{
    change::{Action, AttributeDelta, Change},
    decide::Decision,
    effect::{Effect, Effects},
    failsafe::{Failsafe, Grant, Held, Judgement},
    ids::{Kind, ObjectKey, ResourceType},
    plan::{Row, Verdict},
    situation::Situation,
};
use serde_json::Value;

use super::{
    SyncError, Wiring, changed,
    control::Phase,
    drain::Drain,
    evaluate::{Evaluated, Ground, Remembered, evaluate},
    frame, pipeline,
    report::RunReport,
    stage,
    view::View,
    walk::Walk,
};
use crate::{
    source::KindInfo,
    store::{Class, EdgeChange, Fate, PlannedRow, RunMode, Scan},
};

/// What a person said for this run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Stop after the plan.
    pub simulate: bool,
    /// How many of an effect may happen, in place of the failsafe's limit.
    pub allow: BTreeMap<Effect, u64>,
    /// How many rows a kind must have, in place of the configured proof.
    pub expect_rows: BTreeMap<Kind, u64>,
}

/// Runs a mapping. `on_row` sees each row of the plan as it is made.
///
/// # Errors
/// See [`SyncError`]. The run is recorded as failed; what was done stays done.
pub async fn sweep(
    wiring: &Wiring,
    options: &Options,
    on_row: &mut (dyn FnMut(&Row) + Send),
) -> Result<RunReport, SyncError> {
    let mode = if options.simulate {
        RunMode::Plan
    } else {
        RunMode::Run
    };
    // A full run sees all that has changed until now.
    let until = match mode {
        RunMode::Run => changed::before_all(wiring).await?,
        _ => 0,
    };
    let mut report = frame::begin(wiring, mode).await?;
    let mut outcome = Sweep {
        wiring,
        options,
        failsafe: Failsafe::new(wiring.config.deprovision_limit, options.allow.clone()),
        report: &mut report,
        on_row,
        read: BTreeMap::new(),
        all_seen: BTreeSet::new(),
    }
    .run()
    .await;
    if outcome.is_ok() && until > 0 {
        let forgotten = wiring
            .store
            .forget_changed(&wiring.config.name, until)
            .await;
        outcome = forgotten.map_err(SyncError::from);
    }
    frame::end(wiring, &report, &outcome).await?;
    outcome.map(|()| report)
}

struct Sweep<'a> {
    wiring: &'a Wiring,
    options: &'a Options,
    failsafe: Failsafe,
    report: &'a mut RunReport,
    on_row: &'a mut (dyn FnMut(&Row) + Send),
    /// Rows of each kind that were read: so many are planned.
    read: BTreeMap<Kind, u64>,
    /// Kinds of which no linked object is missing.
    all_seen: BTreeSet<Kind>,
}

impl Sweep<'_> {
    async fn run(mut self) -> Result<(), SyncError> {
        let (wiring, run) = (self.wiring, self.report.run);
        let discovery = frame::discover(wiring, self.report).await?;
        let mut view = View {
            run,
            discovery,
            complete: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            only: None,
            swept: BTreeMap::new(),
            listed: BTreeSet::new(),
            now: wiring.now(),
            listed_at: (wiring.clock)(),
            planning: true,
            sure_that_absent: false,
            remembered: Remembered::default(),
        };
        let kinds = wiring.source.kinds().to_vec();
        for info in &kinds {
            // Said before anything is read: a type that nobody offers would park everybody.
            view.schema(wiring, &info.resource_type)?;
        }
        self.stage(&mut view, &kinds).await?;
        for info in &kinds {
            self.plan_present(&view, info).await?;
        }
        for info in kinds
            .iter()
            .filter(|info| view.complete.contains_key(&info.kind))
        {
            self.plan_absent(&view, info).await?;
        }
        self.plan_members(&kinds).await?;
        if self.options.simulate {
            return frame::tell_suspended(wiring, self.report).await;
        }
        let complete = view.complete.keys().cloned().collect();
        wiring
            .store
            .clear_stale(run, &wiring.config.name, complete)
            .await?;
        let jobs = wiring
            .store
            .approve_plan(run, &wiring.config.name, (wiring.clock)())
            .await?;
        wiring.control.begin(Phase::Apply, "", Some(jobs));
        view.planning = false;
        Drain::new(wiring, &view, &mut self.failsafe, self.report, false)
            .run()
            .await?;
        frame::count_aside(wiring, self.report).await
    }

    /// Reads both sides into the store.
    async fn stage(&mut self, view: &mut View, kinds: &[KindInfo]) -> Result<(), SyncError> {
        let (wiring, run) = (self.wiring, view.run);
        for info in kinds {
            let expected = self.options.expect_rows.get(&info.kind).copied();
            let staged = stage::source(wiring, run, &info.kind, expected).await?;
            self.read.insert(info.kind.clone(), wiring.control.done());
            match staged {
                Ok(complete) => {
                    view.complete.insert(info.kind.clone(), complete);
                }
                Err(why) => {
                    self.report
                        .incomplete
                        .insert(info.kind.clone(), (why.to_string(), why.is_failure()));
                }
            }
        }
        // A listing says what became of creates whose answers were lost, once it would show them.
        let lost = wiring.store.sent_until(&wiring.config.name).await?;
        if let Some(visible_at) = lost.map(|sent_until| wiring.visible_after(sent_until)) {
            let rest = visible_at.duration_since((wiring.clock)());
            tokio::select! {
                () = tokio::time::sleep(Duration::try_from(rest).unwrap_or_default()) => {}
                why = wiring.control.until_stopped() => return Err(SyncError::Stopped(why)),
            }
        }
        view.listed_at = (wiring.clock)();
        let types: BTreeSet<&ResourceType> = kinds.iter().map(|info| &info.resource_type).collect();
        for resource_type in types {
            let allowed = self.options.allow.get(&Effect::Create).copied();
            let limit = allowed.unwrap_or(wiring.config.deprovision_limit);
            let listing = stage::target(wiring, run, resource_type, limit).await?;
            if let Some(missing) = listing.unbelieved {
                self.report.remarks.push(format!(
                    "The target's listing of {resource_type} lacks {missing} linked resources, more than {limit}: it is not \
                     believed. If they are really gone, --allow create=N lets them be made again."
                ));
            }
            self.report.unowned += listing.counts.unowned;
            self.report.drifted += listing.counts.drifted;
            if listing.complete {
                view.listed.insert(resource_type.clone());
            } else {
                let why = listing.doubt.map(|doubt| doubt.to_string());
                self.report
                    .unlisted
                    .insert(resource_type.clone(), why.unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn plan_present(&mut self, view: &View, info: &KindInfo) -> Result<(), SyncError> {
        let scan = self.scan(view, &info.kind);
        let total = self.read.get(&info.kind).copied();
        self.wiring.control.begin(Phase::Plan, &info.kind, total);
        let wiring = self.wiring;
        let walk = Walk::begin(wiring, scan).await?;
        self.count_in_step(walk.in_step);
        if walk.all_seen {
            self.all_seen.insert(info.kind.clone());
        }
        pipeline::plan(wiring, view, &walk, |in_step, page| {
            self.count_in_step(in_step);
            wiring.control.advance(page.len() as u64);
            self.rows(page)
        })
        .await
    }

    /// Objects that are in step as they stand.
    fn count_in_step(&mut self, objects: u64) {
        self.report.planned.objects += objects;
        self.report.planned.in_step += objects;
        self.wiring.control.advance(objects);
    }

    async fn plan_absent(&mut self, view: &View, info: &KindInfo) -> Result<(), SyncError> {
        let scan = self.scan(view, &info.kind);
        let mut after: Option<ObjectKey> = None;
        while !self.all_seen.contains(&info.kind) {
            self.wiring.control.check()?;
            let page = self
                .wiring
                .store
                .next_missing(&scan, after.as_ref(), self.wiring.batch)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            self.plan_page(
                view,
                evaluate(self.wiring, view, page, Ground::default(), false).await?,
            )
            .await?;
        }
        let unfinished = self.wiring.store.unfinished(&scan).await?;
        self.plan_page(
            view,
            evaluate(self.wiring, view, unfinished, Ground::default(), false).await?,
        )
        .await
    }

    fn scan(&self, view: &View, kind: &Kind) -> Scan {
        Scan {
            mapping: self.wiring.config.name.clone(),
            source: self.wiring.config.source.clone(),
            kind: kind.clone(),
            run: view.run,
            fingerprint: self.wiring.fingerprint(),
            now: view.now,
        }
    }

    async fn plan_page(&mut self, view: &View, page: Vec<Evaluated>) -> Result<(), SyncError> {
        let rows = self.rows(page);
        pipeline::store(self.wiring, view, rows).await
    }

    fn rows(&mut self, page: Vec<Evaluated>) -> Vec<PlannedRow> {
        page.into_iter()
            .filter_map(|evaluated| self.plan(evaluated))
            .collect()
    }

    /// One object: its row for people, and its row for the store.
    fn plan(&mut self, evaluated: Evaluated) -> Option<PlannedRow> {
        let keeps_edges = evaluated.keeps_edges();
        let Evaluated {
            candidate,
            decision,
            waits_for,
            edges,
            input,
            reevaluate_at,
            leaving,
            suspended,
            switched_off,
            ..
        } = evaluated;
        self.report.planned.objects += 1;
        self.report.leave(switched_off);
        let planned = |fate, edges, input| {
            Some(PlannedRow {
                key: candidate.key.clone(),
                position: candidate.position,
                fate,
                edges,
                input,
                reevaluate_at,
            })
        };
        match decision {
            Decision::InStep => {
                self.report.planned.in_step += 1;
                // Mapped, and nothing differs: its memberships may, and it need not be mapped again.
                edges.and_then(|edges| planned(Fate::InStep, Some(edges), input))
            }
            Decision::Ignore if suspended => {
                self.report.suspended += 1;
                planned(Fate::Suspended, None, None)
            }
            // A plan has waited for whatever has to be waited for.
            Decision::Ignore | Decision::Correlate | Decision::Wait => None,
            Decision::Report { situation, reason } => {
                self.row(plain(
                    &candidate.key,
                    &candidate.resource_type,
                    situation,
                    Verdict::Reported,
                    reason,
                ));
                let edges = edges.filter(|_| keeps_edges);
                edges.and_then(|edges| planned(Fate::InStep, Some(edges), None))
            }
            Decision::Park { situation, reason } => {
                self.row(plain(
                    &candidate.key,
                    &candidate.resource_type,
                    situation,
                    Verdict::Parked,
                    reason.clone(),
                ));
                planned(
                    Fate::Parked {
                        situation,
                        reason,
                        waits_for,
                    },
                    None,
                    None,
                )
            }
            Decision::Change(change) => match self.judge(*change, candidate.held.as_ref()) {
                Judgement::Approved(change) => {
                    let grant = change.grant();
                    let change = change.get();
                    self.row(Row::of(change, Verdict::Approved, None));
                    let returning = candidate
                        .link
                        .as_ref()
                        .is_some_and(|link| link.left || link.leaving)
                        && !leaving;
                    let fate = Fate::Approved {
                        grant,
                        class: class(change),
                        leaving: leaving && !matches!(change.action, Action::Unlink { .. }),
                        creating: returning
                            || matches!(change.action, Action::Create { .. } | Action::Link { .. }),
                    };
                    planned(fate, edges, None)
                }
                Judgement::Held(Held { change, reason }) => {
                    self.row(Row::of(&change, Verdict::Held, Some(reason.clone())));
                    let fate = Fate::Held {
                        grant: Grant::of(&change),
                        effects: change.effects.to_string(),
                        reason,
                    };
                    planned(fate, None, None)
                }
            },
        }
    }

    /// Who was held before stays held, also where something else about the change is new.
    fn judge(&mut self, change: Change, held: Option<&Grant>) -> Judgement {
        self.failsafe.judge(change, held.is_some())
    }

    /// Memberships, one row a group.
    async fn plan_members(&mut self, kinds: &[KindInfo]) -> Result<(), SyncError> {
        let (changes, nobody) = self
            .wiring
            .store
            .plan_members(self.report.run, &self.wiring.config.name)
            .await?;
        self.report.planned.dropped_references = nobody;
        for group in changes.chunk_by(|a, b| a.edge.group == b.edge.group) {
            let Some(first) = group.first() else { continue };
            let key = &first.edge.group;
            let resource_type = kinds
                .iter()
                .find(|info| info.kind == key.kind)
                .map_or_else(ResourceType::group, |info| info.resource_type.clone());
            let mut row = members_row(key, resource_type, group);
            let by = BTreeSet::from([self.wiring.trigger]);
            let operations = &self.wiring.config.operations;
            if let Some(reason) = operations.why_off(&key.kind, &row.effects, &by) {
                row.verdict = Verdict::Reported;
                row.reason = Some(reason);
            }
            self.row(row);
        }
        Ok(())
    }

    fn row(&mut self, row: Row) {
        self.report.planned.count(&row);
        (self.on_row)(&row);
    }
}

/// The order in which a change is done.
pub(super) fn class(change: &Change) -> Class {
    if change.effects.contains(Effect::Deactivate) {
        Class::Deactivate
    } else if change.effects.contains(Effect::Delete) {
        Class::Delete
    } else if change.resource_type == ResourceType::user() {
        Class::User
    } else {
        Class::Other
    }
}

fn plain(
    key: &ObjectKey,
    resource_type: &ResourceType,
    situation: Situation,
    verdict: Verdict,
    reason: String,
) -> Row {
    Row {
        object: key.clone(),
        resource_type: resource_type.clone(),
        situation,
        effects: Effects::default(),
        attributes: Vec::new(),
        verdict,
        reason: Some(reason),
    }
}

fn members_row(group: &ObjectKey, resource_type: ResourceType, edges: &[EdgeChange]) -> Row {
    let mut effects = Effects::default();
    let attributes = edges
        .iter()
        .map(|change| {
            effects.insert(if change.add {
                Effect::AddMember
            } else {
                Effect::RemoveMember
            });
            let member = Some(Value::String(change.edge.member.to_string()));
            let (before, after) = if change.add {
                (None, member)
            } else {
                (member, None)
            };
            AttributeDelta {
                path: "members".to_owned(),
                before,
                after,
            }
        })
        .collect();
    Row {
        object: group.clone(),
        resource_type,
        situation: Situation::Linked,
        effects,
        attributes,
        verdict: Verdict::Approved,
        reason: None,
    }
}
