//! Create, read, replace, PATCH, delete, search and bulk (RFC 7644 §3).

use axum::http::{HeaderName, Method, header};
use purser_scim::{Selection, message::SearchRequest, urn};
use serde_json::Value;

use super::{
    reply::Reply,
    request::{Asked, Body},
    route::Route,
};
use crate::directory::{Delivery, Found, Kind, Outcome, Service, new_id};

/// Said of a write that has not reached its target when it is answered.
const DELIVERY: HeaderName = HeaderName::from_static("purser-delivery");

pub(super) async fn answer(
    service: &Service,
    route: &Route,
    asked: &Asked,
    body: Body,
) -> Result<Reply, Reply> {
    let tenant = service.tenant();
    let all: Vec<&Kind> = tenant.kinds.iter().collect();
    match route {
        Route::Root => search(service, all, &query(service, asked)?, asked).await,
        Route::SearchAll => {
            let request = posted(service, asked, body).await?;
            search(service, all, &request, asked).await
        }
        Route::Bulk => {
            let body = body.json(asked).await?;
            let answered = service.bulk(&body, asked.now).await?;
            Ok(Reply::document(200, answered.to_string()))
        }
        Route::All(endpoint) | Route::Search(endpoint) | Route::One(endpoint, _) => {
            let Some(kind) = tenant.at(endpoint) else {
                return Err(Reply::plain(404, "there is no such endpoint"));
            };
            match route {
                Route::One(_, id) => one(service, kind, id, asked, body).await,
                Route::Search(_) => {
                    let request = posted(service, asked, body).await?;
                    search(service, vec![kind], &request, asked).await
                }
                _ if asked.method == Method::POST => {
                    let selection = selection(service, asked)?;
                    let body = body.resource(asked).await?;
                    let id = new_id(asked.now);
                    let made = service
                        .create(kind, body, id, &selection, asked.now)
                        .await?;
                    Ok(written(201, made))
                }
                _ => search(service, vec![kind], &query(service, asked)?, asked).await,
            }
        }
        _ => Err(Reply::plain(404, "there is no such endpoint")),
    }
}

async fn one(
    service: &Service,
    kind: &Kind,
    id: &str,
    asked: &Asked,
    body: Body,
) -> Result<Reply, Reply> {
    let condition = asked.condition();
    let selection = selection(service, asked)?;
    match asked.method {
        Method::PUT => {
            let body = body.resource(asked).await?;
            let done = service
                .replace(kind, id, body, &condition, &selection, asked.now)
                .await?;
            Ok(written(200, done))
        }
        Method::PATCH => {
            let body = body.json(asked).await?;
            let done = service
                .patch(kind, id, &body, &condition, &selection, asked.now)
                .await?;
            Ok(written(200, done))
        }
        Method::DELETE => {
            let delivery = service.delete(kind, id, &condition, asked.now).await?;
            Ok(delivered(Reply::empty(204), delivery))
        }
        _ => {
            let read = service.read(kind, id, &condition, &selection).await?;
            let status = if read.text.is_some() { 200 } else { 304 };
            Ok(told(status, read))
        }
    }
}

/// RFC 7644 §3.4.2: the query of a GET.
fn query(service: &Service, asked: &Asked) -> Result<SearchRequest, Reply> {
    let pairs = asked.pairs();
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let limits = &service.tenant().bounds.filter;
    Ok(SearchRequest::from_pairs(pairs, limits)?)
}

/// RFC 7644 §3.4.3: the query of a POST.
async fn posted(service: &Service, asked: &Asked, body: Body) -> Result<SearchRequest, Reply> {
    let body = body.json(asked).await?;
    let limits = &service.tenant().bounds.filter;
    Ok(SearchRequest::from_value(&body, limits)?)
}

/// RFC 7644 §3.9: which attributes the answer shows.
fn selection(service: &Service, asked: &Asked) -> Result<Selection, Reply> {
    if asked.query.is_empty() {
        return Ok(Selection::default());
    }
    let request = query(service, asked)?;
    Ok(Selection::new(
        request.attributes,
        request.excluded_attributes,
    ))
}

async fn search(
    service: &Service,
    kinds: Vec<&Kind>,
    request: &SearchRequest,
    asked: &Asked,
) -> Result<Reply, Reply> {
    let found = service.search(kinds, request, asked.now).await?;
    Ok(Reply::document(200, list(&found)))
}

/// RFC 7644 §3.4.2, RFC 9865 §2: the texts of the resources stand in it as they are.
fn list(found: &Found) -> String {
    let length: usize = found.resources.iter().map(|text| text.len() + 1).sum();
    let mut text = String::with_capacity(length + 256);
    text.push_str(&format!("{{\"schemas\":[\"{}\"]", urn::LIST_RESPONSE));
    if let Some(total) = found.total {
        text.push_str(&format!(",\"totalResults\":{total}"));
    }
    text.push_str(&format!(",\"itemsPerPage\":{}", found.resources.len()));
    if let Some(start) = found.start {
        text.push_str(&format!(",\"startIndex\":{start}"));
    }
    if let Some(next) = &found.next {
        text.push_str(&format!(",\"nextCursor\":{}", Value::from(next.as_str())));
    }
    text.push_str(",\"Resources\":[");
    text.push_str(&found.resources.join(","));
    text.push_str("]}");
    text
}

/// RFC 7644 §3.3, §3.5.1, §3.5.2: what was made or changed, or that it was.
fn written(status: u16, outcome: Outcome) -> Reply {
    let status = if outcome.text.is_some() { status } else { 204 };
    told(status, outcome)
}

fn told(status: u16, outcome: Outcome) -> Reply {
    let reply = match outcome.text {
        Some(text) => Reply::document(status, text),
        None => Reply::empty(status),
    };
    // RFC 7644 §3.3: where it stands; for what stood there already, RFC 9110 §8.7.
    let place = if status == 201 {
        header::LOCATION
    } else {
        header::CONTENT_LOCATION
    };
    let reply = delivered(reply, outcome.delivery);
    reply
        .with(place, outcome.location)
        .with(header::ETAG, outcome.tag)
}

/// Who waits too long for a target is told that it is still on its way.
fn delivered(reply: Reply, delivery: Delivery) -> Reply {
    match delivery {
        Delivery::Settled => reply,
        Delivery::Pending => reply.with(DELIVERY, "pending"),
    }
}
