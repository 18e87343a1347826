//! Trouble at the target, where a test asks for it.

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The target never sees the request; this is the answer.
    Answer(u16),
    /// The target does it, and its answer is lost on the way.
    Lose,
    /// Somebody deletes the resource just before the request comes.
    Vanish,
    /// It is kept on its way until [`super::Proxy::let_go`]: before the target sees it, or its answer.
    Hold(super::Moment),
}

/// One request that something goes wrong with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As in [`super::Entry::endpoint`]: `POST /Users`.
    pub endpoint: String,
    /// Which of them, counted from 1 since the fault was set.
    pub nth: u64,
    /// What.
    pub trouble: Trouble,
}

impl Fault {
    /// The `nth` request with this endpoint meets trouble.
    pub fn new(endpoint: &str, nth: u64, trouble: Trouble) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            nth,
            trouble,
        }
    }
}

/// Those that have not happened, each with the round of [`super::Hold`] it was set in.
#[derive(Default)]
pub(super) struct Faults(Vec<(Fault, u64)>);

impl Faults {
    pub(super) fn set(&mut self, fault: Fault, round: u64) {
        self.0.push((fault, round));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What happens to a request with this endpoint; each fault happens once.
    pub(super) fn next(&mut self, endpoint: &str) -> Option<(Trouble, u64)> {
        let here = |fault: &Fault| fault.endpoint == endpoint;
        for (fault, _) in self.0.iter_mut().filter(|(fault, _)| here(fault)) {
            fault.nth = fault.nth.saturating_sub(1);
        }
        let due = self
            .0
            .iter()
            .position(|(fault, _)| here(fault) && fault.nth == 0)?;
        let (fault, round) = self.0.remove(due);
        Some((fault.trouble, round))
    }
}
