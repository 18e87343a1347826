//! Sites that carry out their own writes.
//!
//! A SCIM request may come by way of the site that it is about: the site's plugin hands it
//! on, and waits for the answer ([`crate::server`], `carried.rs`). One of the site's few
//! PHP processes is taken for as long as that lasts. A request of ours back into the site
//! would need another, and where there is none both would wait for each other. So what has
//! to be done at the site meanwhile is asked of the request that waits, in its answer, and
//! the site tells in its next request what came of it.
//!
//! Here the two meet: whoever has something to ask of a site ([`Site::ask`]) and the
//! requests that it carries ([`Site::open`]). While one is open nothing is sent to the site
//! in any other way, and while something is under way to the site no carried request opens:
//! its client is told to come again at once. So that the next one of a client finds the way
//! free, a carried request stays until the run that it has caused has ended, too
//! ([`Site::rested`]).

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use tokio::sync::{Notify, oneshot};

/// Steps that one answer asks for, at most: a site does them one after the other.
const AT_ONCE: usize = 20;

/// Something that a site is asked to do: a request to its own API, by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ask {
    /// The login of the user as whom it is done.
    #[serde(rename = "as")]
    pub user: String,
    /// The HTTP method.
    pub method: String,
    /// The route, such as `/wp/v2/users`.
    pub route: String,
    /// The parameters of the query.
    pub parameters: BTreeMap<String, String>,
    /// The body.
    pub body: Option<Value>,
}

/// What came of it.
#[derive(Debug, Deserialize)]
pub struct Told {
    /// The HTTP status that the API gave.
    pub status: u16,
    /// How many there are on all pages of a listing.
    #[serde(default)]
    pub total: Option<u64>,
    /// What it answered.
    pub body: Box<RawValue>,
}

/// Why nothing is known of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The site has never heard of it.
    NotAsked,
    /// It may have been done.
    Unknown,
}

/// How something comes to a site.
#[derive(Debug)]
pub enum Way {
    /// It was carried, and this came of it.
    Carried(Result<Told, Lost>),
    /// Nothing is carried: ask the site yourself, and keep this meanwhile.
    Direct(Call),
}

/// All sites that have a name, as one host knows them.
#[derive(Clone, Debug, Default)]
pub struct Sites(Arc<Mutex<BTreeMap<String, Arc<Site>>>>);

impl Sites {
    /// The site with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Arc<Site> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sites.entry(name.to_owned()).or_default())
    }
}

/// One site.
#[derive(Debug, Default)]
pub struct Site {
    state: Mutex<State>,
    /// Something is to be carried.
    asked: Notify,
    /// A short run has ended.
    rested: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Carried requests that wait.
    carriers: usize,
    /// Requests of ours that are under way to the site.
    calls: usize,
    /// Runs that take long.
    runs: usize,
    /// Runs that bring what has just changed.
    short_runs: usize,
    queue: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ask: Ask,
    taken: Arc<AtomicBool>,
    /// None where nobody is left to carry it.
    told: oneshot::Sender<Option<Told>>,
}

impl Site {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the site by the requests that it carries, or leaves it to the caller where it
    /// carries none.
    pub async fn ask(self: &Arc<Self>, ask: Ask, patience: Duration) -> Way {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let (told, answer) = oneshot::channel();
            let taken = Arc::new(AtomicBool::new(false));
            {
                let mut state = self.state();
                if state.carriers == 0 {
                    state.calls += 1;
                    return Way::Direct(Call(Arc::clone(self)));
                }
                state.queue.push_back(Waiting {
                    ask: ask.clone(),
                    taken: Arc::clone(&taken),
                    told,
                });
            }
            self.asked.notify_one();
            let lost = match tokio::time::timeout_at(until, answer).await {
                Ok(Ok(Some(told))) => return Way::Carried(Ok(told)),
                // All that were carried have their answer: the way is free.
                Ok(Ok(None)) => continue,
                Ok(Err(_)) => Lost::Unknown,
                Err(_) if taken.load(Ordering::Acquire) => Lost::Unknown,
                Err(_) => Lost::NotAsked,
            };
            return Way::Carried(Err(lost));
        }
    }

    /// A carried request that is about to wait; none while something else is under way to
    /// the site, because both might wait for each other.
    #[must_use]
    pub fn open(self: &Arc<Self>) -> Option<Carrier> {
        let mut state = self.state();
        if state.calls > 0 || state.runs > 0 {
            return None;
        }
        state.carriers += 1;
        Some(Carrier(Arc::clone(self)))
    }

    /// A run that takes long: no carried request opens until this ends.
    #[must_use]
    pub fn occupy(self: &Arc<Self>) -> Run {
        self.state().runs += 1;
        Run {
            site: Arc::clone(self),
            is_short: false,
        }
    }

    /// A run that brings what has just changed, and is soon done.
    #[must_use]
    pub fn attend(self: &Arc<Self>) -> Run {
        self.state().short_runs += 1;
        Run {
            site: Arc::clone(self),
            is_short: true,
        }
    }

    /// Until no short run is under way.
    pub async fn rested(&self) {
        loop {
            // Listening before looking, or what comes between the two is missed.
            let rested = self.rested.notified();
            if self.state().short_runs == 0 {
                return;
            }
            rested.await;
        }
    }
}

/// A request of ours to the site, for as long as this lives.
#[derive(Debug)]
pub struct Call(Arc<Site>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.state().calls -= 1;
    }
}

/// A run that reads or writes the site, for as long as this lives.
#[derive(Debug)]
pub struct Run {
    site: Arc<Site>,
    is_short: bool,
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut state = self.site.state();
        if self.is_short {
            state.short_runs -= 1;
            drop(state);
            self.site.rested.notify_waiters();
        } else {
            state.runs -= 1;
        }
    }
}

/// A carried request that waits for its answer.
#[derive(Debug)]
pub struct Carrier(Arc<Site>);

impl Carrier {
    /// The site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.0
    }

    /// What the site is to do next. Nothing is lost where the caller stops waiting.
    pub async fn next(&self) -> Taken {
        loop {
            let asked = self.0.asked.notified();
            let taken = self.take();
            if !taken.0.is_empty() {
                return taken;
            }
            asked.await;
        }
    }

    fn take(&self) -> Taken {
        let mut state = self.0.state();
        let mut taken = Vec::new();
        while taken.len() < AT_ONCE
            && let Some(waiting) = state.queue.pop_front()
        {
            // Whoever has stopped waiting has told that it was not done.
            if !waiting.told.is_closed() {
                waiting.taken.store(true, Ordering::Release);
                taken.push(waiting);
            }
        }
        if !state.queue.is_empty() {
            self.0.asked.notify_one();
        }
        Taken(taken)
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.carriers -= 1;
        if state.carriers > 0 {
            // It may have been woken for something that it does not take any more.
            self.0.asked.notify_one();
            return;
        }
        for waiting in state.queue.drain(..) {
            let _gone = waiting.told.send(None);
        }
    }
}

/// What a site has been asked and has not told about yet. Where it never does, whoever
/// asked is told that it may have been done.
#[derive(Debug)]
pub struct Taken(Vec<Waiting>);

impl Taken {
    /// What is asked, in order.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        self.0.iter().map(|waiting| &waiting.ask)
    }

    /// What came of it, in the same order.
    pub fn told(self, told: Vec<Told>) {
        for (waiting, told) in self.0.into_iter().zip(told) {
            let _gone = waiting.told.send(Some(told));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn ask(route: &str) -> Ask {
        Ask {
            user: "admin".to_owned(),
            method: "GET".to_owned(),
            route: route.to_owned(),
            parameters: BTreeMap::new(),
            body: None,
        }
    }

    fn told(status: u16) -> Told {
        Told {
            status,
            total: None,
            body: RawValue::from_string("null".to_owned()).unwrap(),
        }
    }

    fn asked(site: &Arc<Site>, route: &str) -> tokio::task::JoinHandle<Way> {
        let (site, ask) = (Arc::clone(site), ask(route));
        tokio::spawn(async move { site.ask(ask, PATIENCE).await })
    }

    async fn status(asked: tokio::task::JoinHandle<Way>) -> Result<u16, Lost> {
        match asked.await.unwrap() {
            Way::Carried(carried) => carried.map(|told| told.status),
            Way::Direct(_) => panic!("it was not carried"),
        }
    }

    #[tokio::test]
    async fn what_is_asked_is_carried_and_told() {
        let site = Sites::default().named("blog");
        let carrier = site.open().unwrap();
        let (one, two) = (asked(&site, "/one"), asked(&site, "/two"));
        let (mut first, mut both) = (carrier.next().await, Vec::new());
        if first.0.len() == 1 {
            both = carrier.next().await.0;
        }
        first.0.append(&mut both);
        let routes: Vec<_> = first.asks().map(|ask| ask.route.clone()).collect();
        assert_eq!(routes, ["/one", "/two"]);
        first.told(vec![told(200), told(404)]);
        assert_eq!(status(one).await, Ok(200));
        assert_eq!(status(two).await, Ok(404));
    }

    #[tokio::test]
    async fn nothing_else_is_under_way_while_a_request_is_carried() {
        let site = Arc::new(Site::default());
        let Way::Direct(call) = site.ask(ask("/"), PATIENCE).await else {
            panic!("nothing carries it");
        };
        assert!(site.open().is_none(), "a call is under way");
        drop(call);
        let run = site.occupy();
        assert!(site.open().is_none(), "a run is under way");
        drop(run);
        let carrier = site.open().unwrap();
        let waits = asked(&site, "/");
        tokio::task::yield_now().await;
        assert!(!waits.is_finished(), "it waits to be carried");
        // What nobody has taken goes on its own way.
        drop(carrier);
        assert!(matches!(waits.await.unwrap(), Way::Direct(_)));
    }

    #[tokio::test]
    async fn what_is_never_told_is_unknown_and_what_is_never_taken_was_not_done() {
        let site = Arc::new(Site::default());
        let carrier = site.open().unwrap();
        let lost = asked(&site, "/");
        drop(carrier.next().await);
        assert_eq!(status(lost).await, Err(Lost::Unknown));

        let short = site.ask(ask("/"), Duration::from_millis(1)).await;
        assert!(matches!(short, Way::Carried(Err(Lost::NotAsked))));
        assert!(
            carrier.next().now_or_never().is_none(),
            "nobody waits for it"
        );
    }

    #[tokio::test]
    async fn a_short_run_lets_others_open_and_is_waited_for() {
        let site = Arc::new(Site::default());
        let run = site.attend();
        assert!(site.open().is_some());
        assert!(site.rested().now_or_never().is_none());
        let waits = tokio::spawn({
            let site = Arc::clone(&site);
            async move { site.rested().await }
        });
        tokio::task::yield_now().await;
        drop(run);
        waits.await.unwrap();
        assert!(site.rested().now_or_never().is_some());
    }

    #[tokio::test]
    async fn another_request_carries_what_one_has_left() {
        let site = Arc::new(Site::default());
        let (one, two) = (site.open().unwrap(), site.open().unwrap());
        let asked = asked(&site, "/");
        tokio::task::yield_now().await;
        drop(one);
        two.next().await.told(vec![told(200)]);
        assert_eq!(status(asked).await, Ok(200));
    }
}
