//! A small SCIM server, all in memory: the other side of the demonstration and of
//! the tests, which can ask it for bad manners.
//!
//! | file | what lives there |
//! |---|---|
//! | [`memory`] | the resources and the rules between them; no HTTP, no clock |
//! | `scim.rs`, `scim/` | the protocol: routes, queries, discovery, answers |
//! | `auth.rs` | the bearer token |
//! | `manners.rs` | what it does wrong, where a test asks for it |
//! | `counts.rs` | how often what was asked, for the demonstration's table |
//!
//! # Adding a resource type
//!
//! 1. One variant in [`memory::Kind`] with its schema; routes, discovery and
//!    listing follow from it.
//! 2. What binds it to the others (as members bind groups to users) goes into
//!    `memory/`, with a test there.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use secrecy::SecretString;
use tokio::net::TcpListener;

mod auth;
mod counts;
mod manners;
pub mod memory;
mod scim;

use counts::Counts;
pub use manners::Manners;
use memory::Memory;

/// Where the SCIM endpoints begin.
pub const BASE_PATH: &str = "/scim/v2";

/// Where the server tells how often it was asked what (the token is needed there too).
pub const COUNTS_PATH: &str = "/demo/counts";

/// What the handlers share.
#[derive(Clone)]
struct App {
    memory: Arc<Mutex<Memory>>,
    counts: Arc<Counts>,
    manners: Manners,
    token: Arc<SecretString>,
    /// `http://host:port/scim/v2`, for `meta.location`.
    base: Arc<str>,
}

impl App {
    /// The resources. A handler that panicked has left them whole: each change
    /// is one assignment, so a poisoned lock is no reason to stop.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves SCIM below [`BASE_PATH`] to whoever holds `token`, until the task is dropped.
///
/// # Errors
/// The listener has no address, or accepting connections failed for good.
pub async fn serve(listener: TcpListener, token: SecretString, manners: Manners) -> io::Result<()> {
    let address = listener.local_addr()?;
    let app = App {
        memory: Arc::new(Mutex::new(Memory::new(manners.shares_names))),
        counts: Arc::default(),
        manners,
        token: Arc::new(token),
        base: format!("http://{address}{BASE_PATH}").into(),
    };
    axum::serve(listener, router(app)).await
}

fn router(app: App) -> Router {
    use axum::middleware::from_fn_with_state;

    Router::new()
        .nest(BASE_PATH, scim::routes())
        .layer(from_fn_with_state(app.clone(), counts::count))
        .merge(counts::routes())
        .fallback(scim::not_found)
        .layer(from_fn_with_state(app.clone(), auth::require_token))
        .with_state(app)
}
