//! A proxy between Purser and a SCIM server: it counts what passes, and can kill
//! Purser at a chosen request.
//!
//! The two moments of a kill are those that a durable client must survive: the
//! request never left (*before* it is forwarded), and the request was done but
//! nobody heard of it (*after* the target has answered). It can also play a
//! target in trouble ([`Fault`]).

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    purser::{PATIENCE, Running, Victim},
    server::Foreign,
};

mod counts;
mod entry;
mod fault;
mod hold;

pub use counts::Counts;
pub use entry::Entry;
use fault::Faults;
pub use fault::{Fault, Trouble};
use hold::Hold;

/// When exactly Purser dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The target never sees the request.
    BeforeForward,
    /// The target has done it, Purser never hears of it.
    AfterAnswer,
}

/// Where Purser dies: at the `nth` (from 1) request with this endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KillPoint {
    /// As in [`Entry::endpoint`]: `POST /Users`.
    pub endpoint: String,
    /// Counted since the point was set.
    pub nth: u64,
    /// Before or after the target.
    pub moment: Moment,
}

struct Armed {
    point: KillPoint,
    seen: u64,
    victim: Victim,
}

#[derive(Default)]
struct Shared {
    log: Mutex<Vec<Entry>>,
    armed: Mutex<Option<Armed>>,
    faults: Mutex<Faults>,
    under_way: AtomicUsize,
    held: Hold,
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn armed(&self) -> MutexGuard<'_, Option<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running proxy. It ends with this value.
pub struct Proxy {
    base: String,
    shared: Arc<Shared>,
    // Dropping the runtime ends its tasks.
    _runtime: Runtime,
}

#[derive(Clone)]
struct App {
    shared: Arc<Shared>,
    client: reqwest::Client,
    origin: Arc<str>,
    base_path: Arc<str>,
}

impl Proxy {
    /// Starts a proxy in front of a server.
    ///
    /// # Errors
    /// No port, or no HTTP client.
    pub fn before(server: &impl Foreign) -> Result<Self> {
        let base = server.base();
        // `http://host:port` and the path after it.
        let path = base
            .match_indices('/')
            .nth(2)
            .map_or(base.len(), |(at, _)| at);
        let (origin, base_path) = base.split_at(path);
        Self::start(origin, base_path)
    }

    fn start(origin: &str, base_path: &str) -> Result<Self> {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("no runtime for the proxy")?;
        let shared = Arc::<Shared>::default();
        let app = App {
            shared: Arc::clone(&shared),
            client: reqwest::Client::builder()
                // Sooner than any server: a kept connection that it closes just then is a 502.
                .pool_idle_timeout(Duration::from_secs(1))
                .build()
                .context("no client for the proxy")?,
            origin: origin.into(),
            base_path: base_path.into(),
        };
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let base = format!("http://{}{base_path}", listener.local_addr()?);
        let router = Router::new().fallback(pass).with_state(app);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            base,
            shared,
            _runtime: runtime,
        })
    }

    /// The address that Purser is given.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What has passed since the last call, and forgets it. Waits for requests
    /// that are under way: one whose sender was killed is still done by the target.
    ///
    /// # Panics
    /// One of them is never done.
    pub fn take(&self) -> Vec<Entry> {
        let begun = Instant::now();
        while self.shared.under_way.load(Ordering::Acquire) > 0 {
            assert!(begun.elapsed() < PATIENCE, "a request is never done");
            thread::sleep(Duration::from_millis(1));
        }
        std::mem::take(&mut self.shared.log())
    }

    /// How many requests were answered since the last [`Proxy::take`].
    pub fn answered(&self) -> usize {
        self.shared.log().len()
    }

    /// What has passed since the last [`Proxy::take`], counted; and forgets it.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.take())
    }

    /// Kills `victim` when it comes to `point`.
    pub fn arm(&self, point: KillPoint, victim: Victim) {
        *self.shared.armed() = Some(Armed {
            point,
            seen: 0,
            victim,
        });
    }

    /// Whether a kill is still waiting for its request.
    pub fn is_armed(&self) -> bool {
        self.shared.armed().is_some()
    }

    /// Lets something go wrong with a later request.
    pub fn trouble(&self, fault: Fault) {
        self.shared.faults().set(fault, self.shared.held.round());
    }

    /// Whether each fault has found its request.
    pub fn is_trouble_over(&self) -> bool {
        self.shared.faults().is_empty()
    }

    /// Waits until a request is kept on its way ([`Trouble::Hold`]).
    ///
    /// # Errors
    /// `running` has ended, so none will come, or it hangs.
    pub fn until_held(&self, running: &Running) -> Result<()> {
        let begun = Instant::now();
        while !self.shared.held.any() {
            ensure!(running.is_running()?, "it ended before the request came");
            ensure!(begun.elapsed() < PATIENCE, "the request does not come");
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Whether a request is kept on its way.
    pub fn holds(&self) -> bool {
        self.shared.held.any()
    }

    /// Lets go on what is kept, and what would be by the faults set until now.
    pub fn let_go(&self) {
        self.shared.held.let_go();
    }

    /// Gives up a kill that has not happened.
    pub fn disarm(&self) {
        *self.shared.armed() = None;
    }
}

/// Passes one request on: in a task of its own, so that it is done and counted
/// even where its sender has died meanwhile, as it would be without a proxy.
async fn pass(State(app): State<App>, request: Request) -> Response {
    app.shared.under_way.fetch_add(1, Ordering::AcqRel);
    let passed = tokio::spawn(async move {
        let passed = forward(&app, request).await;
        app.shared.under_way.fetch_sub(1, Ordering::AcqRel);
        passed
    });
    let failure = match passed.await {
        Ok(Ok(response)) => return response,
        Ok(Err(error)) => format!("{error:#}"),
        Err(error) => error.to_string(),
    };
    // The words are for whoever reads the log of a failed test.
    (StatusCode::BAD_GATEWAY, failure).into_response()
}

async fn forward(app: &App, request: Request) -> Result<Response> {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let below = path.strip_prefix(&*app.base_path).unwrap_or(path);
    let mut entry = Entry::new(head.method.as_str(), below, &body);

    let strike = strike(app, &entry.endpoint);
    if let Some((victim, Moment::BeforeForward)) = &strike {
        victim.kill();
        return Ok(StatusCode::BAD_GATEWAY.into_response());
    }

    let mut headers = head.headers;
    for name in ["host", "connection", "content-length"] {
        headers.remove(name);
    }
    let (trouble, round) = app.shared.faults().next(&entry.endpoint).unzip();
    match trouble {
        None => {}
        Some(Trouble::Answer(status)) => {
            entry.status = status;
            app.shared.log().push(entry);
            return Ok(StatusCode::from_u16(status)?.into_response());
        }
        Some(Trouble::Vanish) => {
            let resource = app.client.delete(format!("{}{path}", app.origin));
            resource.headers(headers.clone()).send().await?;
        }
        Some(Trouble::Hold(Moment::BeforeForward)) => app.shared.held.keep(round).await?,
        // Once the target has answered.
        Some(Trouble::Hold(Moment::AfterAnswer) | Trouble::Lose) => {}
    }
    let answer = app
        .client
        .request(head.method, format!("{}{path}", app.origin))
        .headers(headers)
        .body(body)
        .send()
        .await?;
    let status = answer.status();
    let mut headers = answer.headers().clone();
    for name in ["connection", "content-length", "transfer-encoding"] {
        headers.remove(name);
    }
    let body = answer.bytes().await?;
    entry.status = status.as_u16();
    app.shared.log().push(entry);
    if let Some((victim, Moment::AfterAnswer)) = &strike {
        victim.kill();
    }
    if trouble == Some(Trouble::Hold(Moment::AfterAnswer)) {
        app.shared.held.keep(round).await?;
    }
    if trouble == Some(Trouble::Lose) {
        return Ok(StatusCode::GATEWAY_TIMEOUT.into_response());
    }
    Ok((status, headers, Body::from(body)).into_response())
}

/// Whether this is the request that Purser dies at.
fn strike(app: &App, endpoint: &str) -> Option<(Victim, Moment)> {
    let mut armed = app.shared.armed();
    let trap = armed
        .as_mut()
        .filter(|trap| trap.point.endpoint == endpoint)?;
    trap.seen += 1;
    if trap.seen < trap.point.nth {
        return None;
    }
    armed.take().map(|trap| (trap.victim, trap.point.moment))
}
