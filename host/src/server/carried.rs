//! Requests that come by way of the site that they are about.
//!
//! The plugin of a site hands a SCIM request on as it came, under the tenant's address,
//! with two headers more: [`SITE`], the site's own token, and [`ADDRESS`], under which
//! clients reach the tenant at the site. It is answered as ever (*final*), or with steps
//! that the site is to do first ([`STEPS`]): then the site does them in the same PHP
//! process and tells what came of them, at [`REPORT`], until the answer is final.
//!
//! So a site never has to answer a request of ours while it waits for us
//! ([`crate::site`]). Reads, and writes for which nobody waits, are final at once. Where a
//! run or a request is under way to the site, a write is told to come again (503), at once.
//!
//! Who tells nothing for [`PATIENCE`] is given up: what was asked may have been done, and
//! is looked up later; the write itself stays, and is brought to the site without it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{task::JoinHandle, time::Instant};
use url::Url;
use uuid::Uuid;

use super::{
    App, body,
    scim::{self, reply::Reply},
    token::{Denied, Holder},
};
use crate::{
    clock,
    directory::Service,
    site::{Carrier, Sites, Taken, Told},
    store::Scope,
};

/// The header with the site's own token.
pub(super) const SITE: &str = "purser-site";

/// The header with the address of the tenant at the site.
const ADDRESS: &str = "purser-address";

/// The header that tells the plugin that it, and not the client, was not let in.
const PROBLEM: &str = "purser-problem";

/// The media type of an answer that asks for steps.
const STEPS: HeaderValue = HeaderValue::from_static("application/vnd.purser.steps+json");

/// The endpoint below the tenant's address at which is told what came of them.
const REPORT: &str = ".carried";

/// How long a site may take for its steps.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an answer waits for the end of the run that it has caused.
const LINGERING: Duration = Duration::from_secs(2);

/// Bytes of a report, at most.
const MOST: usize = 32 << 20;

/// Requests that wait for a site.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// What the sites are asked meanwhile.
    sites: Sites,
    waiting: Arc<Mutex<HashMap<String, Waiting>>>,
}

/// A request that waits for a site's report.
#[derive(Debug)]
struct Waiting {
    /// The number of the token by which it came.
    token: i64,
    request: Carrying,
    taken: Taken,
}

/// A request that comes by way of a site.
#[derive(Debug)]
struct Carrying {
    stage: Stage,
    carrier: Carrier,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// It is being answered.
    Asked(JoinHandle<Response>),
    /// Its answer is there, and the run that it has caused may not have ended yet. Until
    /// when it waits for that.
    Answered(Response, Instant),
}

/// What a site says of its steps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    /// Which request waits for it.
    request: String,
    /// In the order of the steps.
    told: Vec<Told>,
}

/// Answers a request that comes by way of a site.
pub(super) async fn answer(app: &App, request: Request) -> Response {
    let (service, rest) = scim::addressed(app, request.uri().path());
    let (service, holder) = match admitted(app, service, request.headers()).await {
        Ok(both) => both,
        Err(response) => return response,
    };
    if rest == [REPORT] {
        return report(app, &holder, request).await;
    }
    let at = match request.headers().get(ADDRESS).map(public) {
        None => None,
        Some(Some(url)) => Some(url),
        Some(None) => return refused(400, "Purser-Address is no http or https address"),
    };
    // RFC 7644 §3.4.3: a search by POST reads.
    let reads = request.method().is_safe() || rest.last().is_some_and(|last| last == ".search");
    let site = awaited(service, &holder).filter(|_| !reads);
    let Some(site) = site else {
        return scim::answer(app, request, at.as_deref()).await;
    };
    let Some(carrier) = app.carried.sites.named(site).open() else {
        return Reply::plain(
            503,
            "the site is being brought into step: try again in a moment",
        )
        .with(header::RETRY_AFTER, "2")
        .into_response();
    };
    let all = app.clone();
    let answer = tokio::spawn(async move { scim::answer(&all, request, at.as_deref()).await });
    let stage = Stage::Asked(answer);
    go_on(app, holder.number, Carrying { stage, carrier }).await
}

/// By the site's own token; whoever carries speaks for a site.
async fn admitted<'a>(
    app: &App,
    service: Option<&'a Service>,
    headers: &HeaderMap,
) -> Result<(&'a Service, Holder), Response> {
    let token = headers.get(SITE).and_then(|value| value.to_str().ok());
    let tenant = service.map(|service| service.tenant().id);
    let admitted = app
        .tokens
        .admit(token, tenant, Scope::Events, clock::now())
        .await
        .map_err(|error| Reply::from(error).into_response())?;
    let problem = match (service, admitted) {
        (Some(service), Ok(holder)) if holder.site.is_some() => return Ok((service, holder)),
        (_, Ok(_)) => "the token of the site is for no site: make one with --site",
        (_, Err(Denied::Scope)) => {
            "the token of the site is for something else: make one with --scope manage"
        }
        (_, Err(Denied::TooFast(_))) => "the site sends too many requests",
        (_, Err(Denied::Unknown)) => "the token of the site is not good here",
    };
    let mut response = refused(503, problem);
    response
        .headers_mut()
        .insert(PROBLEM, HeaderValue::from_static("site-token"));
    Err(response)
}

fn refused(status: u16, detail: &str) -> Response {
    Reply::plain(status, detail).into_response()
}

/// The address that clients use, without a slash at its end.
fn public(value: &HeaderValue) -> Option<String> {
    let url = Url::parse(value.to_str().ok()?).ok()?;
    let sound = matches!(url.scheme(), "http" | "https") && url.has_host();
    let sound = sound && url.username().is_empty() && url.password().is_none();
    // Without pretty permalinks it stands in the query, and ids are put behind it.
    (sound && url.fragment().is_none()).then(|| value.to_str().unwrap_or_default().to_owned())
}

/// The site, where a write waits for a mapping that leads there.
fn awaited<'h>(service: &Service, holder: &'h Holder) -> Option<&'h str> {
    let site = holder.site.as_deref()?;
    let tenant = service.tenant();
    let wait = tenant.wait.as_ref()?;
    let leads_there = tenant
        .feeds
        .iter()
        .any(|feed| feed.mapping == wait.mapping && feed.site.as_deref() == Some(site));
    leads_there.then_some(site)
}

/// What the site tells of its steps.
async fn report(app: &App, holder: &Holder, request: Request) -> Response {
    if request.method() != Method::POST {
        return Reply::not_allowed("POST").into_response();
    }
    let Ok(bytes) = body::read(request.into_body(), MOST, app.manner.body).await else {
        return refused(400, "the report did not come whole");
    };
    let report: Report = match serde_json::from_slice(&bytes) {
        Ok(report) => report,
        Err(error) => return refused(400, &format!("this is no report: {error}")),
    };
    let waiting = app.carried.take(&report.request, holder.number);
    let Some(Waiting { request, taken, .. }) = waiting else {
        return refused(410, "nobody waits for this report any more");
    };
    taken.told(report.told);
    go_on(app, holder.number, request).await
}

/// Until the answer, or until the site is asked for something.
async fn go_on(app: &App, token: i64, mut request: Carrying) -> Response {
    let taken = loop {
        match &mut request.stage {
            Stage::Asked(answer) => tokio::select! {
                biased;
                answer = answer => {
                    let answer = answer.unwrap_or_else(|_broken| {
                        refused(500, "the request broke down; what was written stays")
                    });
                    request.stage = Stage::Answered(answer, Instant::now() + LINGERING);
                }
                taken = request.carrier.next() => break taken,
            },
            Stage::Answered(answer, until) => tokio::select! {
                biased;
                taken = request.carrier.next() => break taken,
                () = request.carrier.site().rested() => return std::mem::take(answer),
                () = tokio::time::sleep_until(*until) => return std::mem::take(answer),
            },
        }
    };
    let id = Uuid::new_v4().to_string();
    let steps: Vec<_> = taken.asks().collect();
    let text = json!({ "request": id, "steps": steps }).to_string();
    let waiting = Waiting {
        token,
        request,
        taken,
    };
    app.carried.wait(id, waiting);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, STEPS);
    response
}

impl Carried {
    /// None yet.
    #[must_use]
    pub fn new(sites: Sites) -> Self {
        Self {
            sites,
            waiting: Arc::default(),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request until the site tells, or for as long as it may take.
    fn wait(&self, id: String, waiting: Waiting) {
        self.waiting().insert(id.clone(), waiting);
        let carried = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            if carried.waiting().remove(&id).is_some() {
                tracing::warn!("a site has not told what came of its steps");
            }
        });
    }

    /// The request that waits for this report, where it came from the same site.
    fn take(&self, id: &str, token: i64) -> Option<Waiting> {
        let mut waiting = self.waiting();
        let same = waiting
            .get(id)
            .is_some_and(|waiting| waiting.token == token);
        same.then(|| waiting.remove(id)).flatten()
    }
}
