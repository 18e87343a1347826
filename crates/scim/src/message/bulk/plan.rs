//! The order in which the operations of a bulk request can be done (RFC 7644 §3.7, §3.7.1).
//!
//! The client's order is kept, except that an operation waits for what it refers to ("the client's
//! intent is preserved"):
//!
//! - for the POSTs that its data refer to, until they have an id;
//! - for the POST that its path refers to, until all of that resource is there;
//! - for the operation before it that has the same path, so that one resource sees its changes in
//!   the client's order even where one of them has to wait.
//!
//! Only POSTs can wait for each other in a circle, since nothing else has a bulkId to refer to.
//! Where nothing can be done but for a circle, the first POST of the circle is created without
//! what is missing and completed as soon as that is there. One such break often suffices: of two
//! groups that are members of each other, the second one finds the first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{BulkMethod, BulkRequest, reference, references};

/// One thing to do. Each operation is done once: `Whole`, or `Deferred` and later `Complete`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Do the operation at this index: all that it refers to was done before, or never will be.
    /// If the operation is a [`BulkFault`](super::BulkFault), it is its turn to be counted.
    Whole(usize),
    /// Do the POST at this index without what refers to other POSTs of its circle: the first part
    /// of [`BulkOperation::split`](super::BulkOperation::split).
    Deferred {
        /// The operation.
        index: usize,
        /// The bulkIds that do not stand for anything yet.
        without: Vec<String>,
    },
    /// Add what the POST at this index was deferred without: the second part.
    Complete(usize),
}

impl BulkRequest {
    /// What to do in which order; see the module's text. References to bulkIds that no POST of the
    /// request has are nothing to wait for.
    #[must_use]
    pub fn plan(&self) -> Vec<Step> {
        Planner::new(self).run()
    }
}

/// What an operation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The POST at this index gave its resource an id.
    Created(usize),
    /// The operation at this index is done with.
    Done(usize),
}

impl Event {
    fn index(self) -> usize {
        match self {
            Self::Created(index) | Self::Done(index) => index,
        }
    }
}

#[derive(Default)]
struct Wait {
    /// What has yet to happen.
    unmet: BTreeSet<Event>,
    /// Whether the operation was done, if only without what it waits for.
    begun: bool,
}

struct Planner<'a> {
    request: &'a BulkRequest,
    waits: Vec<Wait>,
    listeners: BTreeMap<Event, Vec<usize>>,
    /// Operations that wait for nothing, by the client's order.
    ready: BTreeSet<usize>,
    steps: Vec<Step>,
}

impl<'a> Planner<'a> {
    fn new(request: &'a BulkRequest) -> Self {
        let mut planner = Self {
            request,
            waits: Vec::new(),
            listeners: BTreeMap::new(),
            ready: BTreeSet::new(),
            steps: Vec::new(),
        };
        let operations = request.operations.iter().enumerate();
        let posts: HashMap<&str, usize> = operations
            .clone()
            .filter_map(|(index, operation)| Some((index, operation.as_ref().ok()?)))
            .filter(|(_, operation)| operation.method == BulkMethod::Post)
            .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)))
            .collect();
        let mut last_on_path: HashMap<&str, usize> = HashMap::new();
        for (index, operation) in operations {
            let mut wait = Wait::default();
            if let Ok(operation) = operation {
                let post = |bulk_id: &String| posts.get(bulk_id.as_str()).copied();
                let data = operation.data.as_ref().map(references).unwrap_or_default();
                let on_path = reference::in_text(&operation.path);
                wait.unmet
                    .extend(data.iter().filter_map(post).map(Event::Created));
                wait.unmet
                    .extend(on_path.iter().filter_map(post).map(Event::Done));
                if operation.method != BulkMethod::Post
                    && let Some(before) = last_on_path.insert(&operation.path, index)
                {
                    wait.unmet.insert(Event::Done(before));
                }
            }
            if wait.unmet.is_empty() {
                planner.ready.insert(index);
            }
            for event in &wait.unmet {
                planner.listeners.entry(*event).or_default().push(index);
            }
            planner.waits.push(wait);
        }
        planner
    }

    fn run(mut self) -> Vec<Step> {
        loop {
            while let Some(index) = self.ready.pop_first() {
                if self.begin(index) {
                    self.steps.push(Step::Whole(index));
                    self.happened(Event::Created(index));
                } else {
                    self.steps.push(Step::Complete(index));
                }
                self.happened(Event::Done(index));
            }
            let Some(index) = self.in_a_circle() else {
                return self.steps;
            };
            self.begin(index);
            let without = self.missing(index);
            self.steps.push(Step::Deferred { index, without });
            self.happened(Event::Created(index));
        }
    }

    /// Marks an operation as begun; whether it was not before.
    fn begin(&mut self, index: usize) -> bool {
        self.waits
            .get_mut(index)
            .is_some_and(|wait| !std::mem::replace(&mut wait.begun, true))
    }

    fn happened(&mut self, event: Event) {
        for index in self.listeners.remove(&event).unwrap_or_default() {
            if let Some(wait) = self.waits.get_mut(index) {
                wait.unmet.remove(&event);
                if wait.unmet.is_empty() {
                    self.ready.insert(index);
                }
            }
        }
    }

    /// Follows what the first operation left waits for until an operation comes up again: from
    /// there on it is a circle. Gives the circle's first POST; `None` where none is left.
    fn in_a_circle(&self) -> Option<usize> {
        let first = self.waits.iter().position(|wait| !wait.begun)?;
        let mut walked: Vec<usize> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut at = first;
        while !places.contains_key(&at) {
            places.insert(at, walked.len());
            walked.push(at);
            let next = self.waits.get(at).and_then(|wait| wait.unmet.first());
            at = next.map_or(first, |event| event.index());
        }
        let circle = walked.iter().skip(places.get(&at).copied().unwrap_or(0));
        let open = circle.filter(|index| self.waits.get(**index).is_some_and(|wait| !wait.begun));
        // A circle has only POSTs that are not begun; whatever else it were, one of it is begun
        // now, so that this ends.
        Some(open.min().copied().unwrap_or(first))
    }

    /// The bulkIds of the POSTs that an operation still waits for.
    fn missing(&self, index: usize) -> Vec<String> {
        let unmet = self.waits.get(index).map(|wait| &wait.unmet);
        unmet
            .into_iter()
            .flatten()
            .filter_map(|event| {
                let operation = self.request.operations.get(event.index())?;
                operation.as_ref().ok()?.bulk_id.clone()
            })
            .collect()
    }
}
