//! A fast SCIM server for users, in memory and in this process: whoever pushes to
//! it is slower than it is.
//!
//! It keeps each resource as the text that it sends, so that a page costs what its
//! bytes cost, however many resources there are. It creates, reads, lists and
//! looks up; what no bench sends (PATCH, PUT, DELETE) it refuses, and counts.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use purser_scim::{Resource, fold::fold, schema::ResourceSchema, urn};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

/// Pages are at most this long.
const LONGEST_PAGE: usize = 1000;

/// A running sink. It ends with its runtime.
pub struct Sink {
    pub base: String,
    shelf: Arc<Shelf>,
}

#[derive(Default)]
struct Shelf {
    kept: Mutex<Kept>,
    creates: AtomicU64,
    other_writes: AtomicU64,
    reads: AtomicU64,
}

#[derive(Default)]
struct Kept {
    texts: Vec<Box<str>>,
    by_name: HashMap<String, usize>,
}

impl Sink {
    /// Starts it on a free loopback port.
    pub fn start(runtime: &Runtime) -> Result<Self> {
        let shelf = Arc::<Shelf>::default();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let base = format!("http://{}/v2", listener.local_addr()?);
        let router = Router::new()
            .route("/v2/ServiceProviderConfig", get(config))
            .route("/v2/ResourceTypes", get(types))
            .route("/v2/Schemas", get(schemas))
            .route("/v2/Users", get(list).post(create))
            .route(
                "/v2/Users/{id}",
                get(read).put(refuse).patch(refuse).delete(refuse),
            )
            .layer(DefaultBodyLimit::max(1 << 20))
            .with_state(Arc::clone(&shelf));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { base, shelf })
    }

    /// Forgets all resources and counts.
    pub fn clear(&self) {
        *self.shelf.kept() = Kept::default();
        self.counts();
    }

    /// How often somebody created, wrote otherwise, and read, since the last look.
    pub fn counts(&self) -> (u64, u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (
            take(&self.shelf.creates),
            take(&self.shelf.other_writes),
            take(&self.shelf.reads),
        )
    }

    /// What it holds, as it was sent: without `id` and `meta`.
    pub fn bodies(&self) -> Result<Vec<Value>> {
        let kept = self.shelf.kept();
        let body = |text: &str| {
            let mut value: Value = serde_json::from_str(text)?;
            if let Some(map) = value.as_object_mut() {
                map.remove("id");
                map.remove("meta");
            }
            Ok(value)
        };
        kept.texts.iter().map(|text| body(text)).collect()
    }
}

impl Shelf {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Here = State<Arc<Shelf>>;

/// What it has to know of a user to take it.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(rename = "userName", borrow)]
    name: Option<Cow<'a, str>>,
}

async fn create(State(shelf): Here, body: Bytes) -> Response {
    shelf.creates.fetch_add(1, Ordering::Relaxed);
    // All of it is checked, but only the name is taken out: what is kept is the text.
    let Ok(Named { name }) = serde_json::from_slice(&body) else {
        return error(StatusCode::BAD_REQUEST, "the body is no resource");
    };
    let Some(name) = name else {
        return error(StatusCode::BAD_REQUEST, "userName is missing");
    };
    let text = str::from_utf8(&body).unwrap_or_default();
    let Some(rest) = text.trim_start().strip_prefix('{') else {
        return error(StatusCode::BAD_REQUEST, "the body is no resource");
    };
    let mut kept = shelf.kept();
    let number = kept.texts.len();
    let Entry::Vacant(place) = kept.by_name.entry(fold(&name)) else {
        return error(StatusCode::CONFLICT, "userName is taken");
    };
    place.insert(number);
    let text = format!(r#"{{"id":"u{number}","meta":{{"resourceType":"User"}},{rest}"#);
    kept.texts.push(text.as_str().into());
    drop(kept);
    answer(StatusCode::CREATED, text)
}

async fn read(State(shelf): Here, Path(id): Path<String>) -> Response {
    shelf.reads.fetch_add(1, Ordering::Relaxed);
    let number = id
        .strip_prefix('u')
        .and_then(|number| number.parse::<usize>().ok());
    let text = number.and_then(|number| shelf.kept().texts.get(number).cloned());
    match text {
        Some(text) => answer(StatusCode::OK, text.into()),
        None => error(StatusCode::NOT_FOUND, "there is no such user"),
    }
}

async fn list(State(shelf): Here, Query(query): Query<HashMap<String, String>>) -> Response {
    shelf.reads.fetch_add(1, Ordering::Relaxed);
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let start = number("startIndex").unwrap_or(1).max(1);
    let count = number("count").unwrap_or(100).min(LONGEST_PAGE);
    let kept = shelf.kept();
    if let Some(filter) = query.get("filter") {
        // Of filters it knows the one that a look-up by name is.
        let name = filter
            .strip_prefix("userName eq \"")
            .and_then(|rest| rest.strip_suffix('"'));
        let found = name
            .and_then(|name| kept.by_name.get(&fold(name)))
            .and_then(|&number| kept.texts.get(number));
        let found: Vec<&str> = found.into_iter().map(AsRef::as_ref).collect();
        return page(&found, found.len(), 1);
    }
    let texts: Vec<&str> = kept
        .texts
        .iter()
        .skip(start - 1)
        .take(count)
        .map(AsRef::as_ref)
        .collect();
    page(&texts, kept.texts.len(), start)
}

fn page(texts: &[&str], total: usize, start: usize) -> Response {
    let mut body =
        String::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>() + 200);
    let _to_memory = write!(
        body,
        r#"{{"schemas":["{}"],"totalResults":{total},"itemsPerPage":{},"startIndex":{start},"Resources":["#,
        urn::LIST_RESPONSE,
        texts.len()
    );
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        body.push_str(text);
    }
    body.push_str("]}");
    answer(StatusCode::OK, body)
}

async fn refuse(State(shelf): Here) -> Response {
    shelf.other_writes.fetch_add(1, Ordering::Relaxed);
    error(StatusCode::NOT_IMPLEMENTED, "nothing is changed here")
}

async fn config() -> Response {
    let yes = json!({ "supported": true });
    let no = json!({ "supported": false });
    let config = json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": yes,
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": LONGEST_PAGE },
        "changePassword": no, "sort": no, "etag": no,
        "authenticationSchemes": [],
    });
    answer(StatusCode::OK, config.to_string())
}

async fn types() -> Response {
    documents(vec![json!(ResourceSchema::user().resource_type())])
}

async fn schemas() -> Response {
    let schema = ResourceSchema::user();
    let extensions = schema.extensions().map(|extension| json!(extension));
    documents(
        [json!(schema.core())]
            .into_iter()
            .chain(extensions)
            .collect(),
    )
}

fn documents(documents: Vec<Value>) -> Response {
    let resources = documents
        .into_iter()
        .filter_map(|it| Resource::from_value(it).ok());
    let texts: Vec<String> = resources.map(|it| it.into_value().to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    page(&texts, texts.len(), 1)
}

fn error(status: StatusCode, detail: &str) -> Response {
    let body =
        json!({ "schemas": [urn::ERROR], "status": status.as_u16().to_string(), "detail": detail });
    answer(status, body.to_string())
}

fn answer(status: StatusCode, body: String) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/scim+json")],
        body,
    )
        .into_response()
}
